/* params.h - attributes beyond reading and writing them (those are in core/op.h)
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_PARAMS_H
#define LUN_CORE_PARAMS_H
#include "core/op.h"

/* Appends the row's defaults for what is missing; false after lun_fail when something without a default is. */
bool lun_params_complete(lun_params *p, const lun_op *op);
/* Reads the default of an argument once. */
void lun_arg_prepare(lun_arg *arg);
/* Appends the default of argument number `arg` of the row (none when it has no default). */
bool lun_params_fallback(lun_params *p, const lun_op *op, int arg);
/* Bytes in use: header, attributes and the used part of the pool (it stands last), what a record needs to copy. */
size_t lun_params_bytes(const lun_params *p);
#endif
