/* pointwise.h - rules named by the rows of core/ops/pointwise.def, and variants named by math.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_POINTWISE_H
#define LUN_CORE_OPS_POINTWISE_H
#include "core/apply.h"
struct lun_node;
/* variants: which row computes a call (core/op.h) */
const lun_op *lun_variant_scaled(lun_call *c); /* add, sub */
const lun_op *lun_variant_div(lun_call *c);
const lun_op *lun_variant_round(lun_call *c);
const lun_op *lun_variant_gelu(lun_call *c);
const lun_op *lun_variant_square(lun_call *c);
const lun_op *lun_variant_clamp(lun_call *c);
const lun_op *lun_variant_hardtanh(lun_call *c);
const lun_op *lun_variant_threshold(lun_call *c);

bool lun_infer_nan_to_num(lun_call *c);
bool lun_infer_neg(lun_call *c);
bool lun_infer_hardtanh(lun_call *c);
bool lun_infer_threshold(lun_call *c);
bool lun_infer_celu(lun_call *c);
bool lun_infer_shrink(lun_call *c);
bool lun_infer_frexp(lun_call *c);
bool lun_compose_clamp(lun_call *c);
bool lun_compose_fill(lun_call *c);
bool lun_compose_lerp(lun_call *c);
bool lun_compose_addcmul(lun_call *c);
bool lun_compose_addcdiv(lun_call *c);
bool lun_compose_rsub(lun_call *c);
bool lun_compose_ldexp(lun_call *c);
bool lun_compose_float_power(lun_call *c);
bool lun_compose_polygamma(lun_call *c);
bool lun_compose_mvlgamma(lun_call *c);
bool lun_compose_glu(lun_call *c);
bool lun_compose_prelu(lun_call *c);
bool lun_compose_rrelu(lun_call *c);
bool lun_compose_softmin(lun_call *c);
const struct lun_op *lun_variant_complex(lun_call *c); /* softsign, logaddexp: complex numbers have a row of their own */
bool lun_compose_complex_softsign(lun_call *c);
bool lun_compose_complex_logaddexp(lun_call *c);
bool lun_compose_isclose(lun_call *c);
bool lun_compose_allclose(lun_call *c);
bool lun_compose_equal(lun_call *c);
bool lun_compose_isposinf(lun_call *c);
bool lun_compose_isneginf(lun_call *c);
bool lun_compose_isreal(lun_call *c);
bool lun_compose_signbit(lun_call *c);
void lun_vjp_add_scaled(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_second_only(const struct lun_node *n, lun_tensor **g, lun_tensor **dx); /* special.def: no derivative in the first argument */
void lun_vjp_frexp(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
