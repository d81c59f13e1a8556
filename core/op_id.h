/* op_id.h - the number of each row of the table, LUN_OP_add and so on
 *
 * A header of its own because it changes with every row: only what names an op includes it, and the rest need not be compiled again.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OP_ID_H
#define LUN_CORE_OP_ID_H
typedef enum {
#define UNARY(id, ...) LUN_OP_##id,
#define BINARY(id, ...) LUN_OP_##id,
#define COMPARE(id, ...) LUN_OP_##id,
#define OP(id, ...) LUN_OP_##id,
#include "core/ops.def"
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP
    LUN_OP_COUNT,
    LUN_OP_LIMIT = LUN_OP_COUNT + 256 /* with those defined at run time (lun_op_define) */
} lun_op_id;
#endif
