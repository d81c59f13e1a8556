/* complex.h - rules of the rows of core/ops/complex.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_COMPLEX_H
#define LUN_CORE_OPS_COMPLEX_H
#include "core/apply.h"
struct lun_node;
bool lun_infer_view_as_real(lun_call *c);
bool lun_infer_view_as_complex(lun_call *c);
bool lun_infer_real_part(lun_call *c); /* the dtype of the absolute value */
bool lun_infer_complex_part(lun_call *c);
bool lun_compose_complex(lun_call *c);
bool lun_compose_polar(lun_call *c);
bool lun_compose_real(lun_call *c);
bool lun_compose_imag(lun_call *c);
bool lun_compose_conj(lun_call *c);
void lun_vjp_view_as_real(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_view_as_complex(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_complex_part(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_conj(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_abs(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_acosh(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_angle(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_sgn(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
