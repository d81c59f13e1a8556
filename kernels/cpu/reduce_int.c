/* reduce_int.c - the folds of the integers; bool folds as u8
 *
 * Read next: kernels/cpu/reduce.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/reduce.h"

#define LUN_TYPE_ID i8
#define LUN_TYPE int8_t
#define LUN_WIDE int64_t
#define LUN_LANE int32_t
#define LUN_IS_FLOAT 0
#define LUN_LOWEST INT8_MIN
#define LUN_HIGHEST INT8_MAX
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST

#define LUN_TYPE_ID u8
#define LUN_TYPE uint8_t
#define LUN_WIDE int64_t
#define LUN_LANE int32_t
#define LUN_IS_FLOAT 0
#define LUN_LOWEST 0
#define LUN_HIGHEST UINT8_MAX
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST

#define LUN_TYPE_ID i16
#define LUN_TYPE int16_t
#define LUN_WIDE int64_t
#define LUN_LANE int32_t
#define LUN_IS_FLOAT 0
#define LUN_LOWEST INT16_MIN
#define LUN_HIGHEST INT16_MAX
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST

#define LUN_TYPE_ID i32
#define LUN_TYPE int32_t
#define LUN_WIDE int64_t
#define LUN_LANE int64_t
#define LUN_IS_FLOAT 0
#define LUN_LOWEST INT32_MIN
#define LUN_HIGHEST INT32_MAX
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST

#define LUN_TYPE_ID i64
#define LUN_TYPE int64_t
#define LUN_WIDE int64_t
#define LUN_LANE int64_t
#define LUN_IS_FLOAT 0
#define LUN_LOWEST INT64_MIN
#define LUN_HIGHEST INT64_MAX
#include "kernels/cpu/reduce.inc"
#undef LUN_TYPE_ID
#undef LUN_TYPE
#undef LUN_WIDE
#undef LUN_LANE
#undef LUN_IS_FLOAT
#undef LUN_LOWEST
#undef LUN_HIGHEST
