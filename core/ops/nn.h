/* nn.h - rules named by the rows of core/ops/nn.def (infer, vjp, compose)
 *
 * Fused gradients are hidden ops without a gradient of their own; while a backward pass is itself recorded (create_graph) the rules
 * write the same gradient with ordinary ops instead, so that every derivative exists. Linear rows (convolution, pooling) are each
 * other's gradients and need no second form. Read next: core/ops/nn_softmax.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_NN_H
#define LUN_CORE_OPS_NN_H
#include "core/apply.h"
#include "core/op.h"
struct lun_node;

/* A call of `id` with n inputs; attributes and lun_apply follow. */
void lun_nn_begin(lun_call *c, lun_op_id id, int n, lun_tensor *const *in);
/* Appends a copy of attributes first..last of p. */
bool lun_nn_copy_params(lun_params *to, const lun_params *p, int first, int last);
/* Is a backward pass being recorded? */
bool lun_nn_differentiable(void);

/* nn_softmax.c */
bool lun_infer_softmax(lun_call *c);
void lun_vjp_softmax(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_log_softmax(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_logsumexp(lun_call *c);
bool lun_infer_row_logsumexp(lun_call *c);
void lun_vjp_row_logsumexp(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);

/* nn_conv.c */
bool lun_infer_conv2d(lun_call *c);
bool lun_infer_conv2d_input_gradient(lun_call *c);
bool lun_infer_conv2d_weight_gradient(lun_call *c);
void lun_vjp_conv2d(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_conv2d_input_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_conv2d_weight_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_conv1d(lun_call *c);

/* nn_pool.c */
bool lun_infer_max_pool2d(lun_call *c);
void lun_vjp_max_pool2d(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_pool1d(lun_call *c);
bool lun_infer_plane_scatter(lun_call *c);
void lun_vjp_plane_scatter(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_plane_gather(lun_call *c);
void lun_vjp_plane_gather(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_avg_pool2d(lun_call *c);
void lun_vjp_avg_pool2d(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_avg_pool2d_gradient(lun_call *c);
void lun_vjp_avg_pool2d_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_adaptive_avg_pool2d(lun_call *c);
void lun_vjp_adaptive_avg_pool2d(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_adaptive_avg_pool2d_gradient(lun_call *c);
void lun_vjp_adaptive_avg_pool2d_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);

/* Geometry of a window that moves over planes; shared by infer and kernels of conv2d and the pools. */
typedef struct lun_window {
    int64_t in_h, in_w, out_h, out_w;
    int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
} lun_window;
/* Reads attributes kernel, stride, padding, ceil_mode of a pool (dilation -1: none) for input x; out sizes checked. */
bool lun_pool_window(const lun_call *c, const lun_params *p, int64_t in_h, int64_t in_w, int dilation, int ceil_mode, lun_window *w);
/* Reads stride, padding, dilation, from attribute 0 on, for kernel and input sizes already in w; sets the out sizes. */
bool lun_conv_window(const lun_params *p, lun_window *w);

/* nn_norm.c */
bool lun_compose_batch_norm(lun_call *c);
bool lun_infer_channel_norm(lun_call *c);
void lun_vjp_channel_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_channel_norm_gradient(lun_call *c);
bool lun_infer_layer_norm(lun_call *c);
void lun_vjp_layer_norm(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_layer_norm_gradient(lun_call *c);
#endif
