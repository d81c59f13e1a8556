/* create.h - rules named by the rows of core/ops/create.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_CREATE_H
#define LUN_CORE_OPS_CREATE_H
#include "core/device.h"
struct lun_node;
bool lun_infer_full(lun_call *c);
bool lun_infer_create(lun_call *c);
bool lun_infer_create_float(lun_call *c);
bool lun_infer_eye(lun_call *c);
bool lun_infer_arange(lun_call *c);
bool lun_infer_range(lun_call *c);
bool lun_infer_linspace(lun_call *c);
bool lun_infer_randint(lun_call *c);
bool lun_infer_randperm(lun_call *c);
bool lun_infer_full_like(lun_call *c);
bool lun_infer_fill(lun_call *c);
bool lun_infer_like(lun_call *c);
bool lun_infer_like_float(lun_call *c);
bool lun_infer_cast(lun_call *c);
bool lun_infer_copy(lun_call *c);
void lun_vjp_cast(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_identity(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_copy(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_fill(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
