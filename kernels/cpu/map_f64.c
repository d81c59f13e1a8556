/* map_f64.c - the formula rows compiled for double, with the functions of vmath64.h and of libm
 *
 * Read next: kernels/cpu/map.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/vmath64.h"
#include "kernels/cpu/words_f64.h"

#define exp(v) lun_exp64(v)
#define log(v) lun_log64(v)
#define log1p(v) lun_log1p64(v)
#define expm1(v) lun_expm164(v)
#define tanh(v) lun_tanh64(v)
#define erf(v) lun_erf64(v)
#define sin(v) lun_sin64(v)
#define cos(v) lun_cos64(v)
/* libm has the rest by their own names */
#define floordiv(a, b) lun_floordiv64(a, b)
#define floormod(a, b) lun_floormod64(a, b)
#define truncdiv(a, b) lun_truncdiv64(a, b)
#include "kernels/cpu/map.inc"
