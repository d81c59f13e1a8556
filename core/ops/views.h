/* views.h - rules of views.def's rows (core/views.c). SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_VIEWS_H
#define LUN_CORE_OPS_VIEWS_H
#include "core/apply.h"
bool lun_infer_only_recorded(lun_call *c);
void lun_vjp_custom(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_base_view(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_base_write(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
