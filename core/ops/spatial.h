/* spatial.h - rules named by the rows of core/ops/spatial.def: signals, images and volumes
 *
 * Linear rows (convolution, average pooling, resizing, unfolding) and their gradients are each other's gradients, so that every
 * derivative exists. Read next: core/ops/window.h, core/ops/nn_conv.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_SPATIAL_H
#define LUN_CORE_OPS_SPATIAL_H
#include "core/ops/window.h"
struct lun_node;

/* nn_conv.c */
bool lun_infer_convolution(lun_call *c);
bool lun_compose_conv(lun_call *c);
bool lun_infer_conv_gradient(lun_call *c);
void lun_vjp_convolution(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_conv_input_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
void lun_vjp_conv_weight_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_conv_transpose(lun_call *c);

/* nn_shuffle.c: attributes of im2col kernel_size, dilation, padding, stride; of col2im output_size first */
bool lun_infer_unfold_planes(lun_call *c);
void lun_vjp_unfold_planes(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_fold_planes(lun_call *c);
void lun_vjp_fold_planes(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_unfold(lun_call *c);
bool lun_compose_pixel_shuffle(lun_call *c);
bool lun_compose_pixel_unshuffle(lun_call *c);
bool lun_compose_channel_shuffle(lun_call *c);
/* Attributes kernel_size, dilation, padding, stride from k on, for an image of in_h x in_w. */
bool lun_unfold_window(const lun_params *p, int k, int64_t in_h, int64_t in_w, lun_window *w);

/* nn_pool.c */
bool lun_infer_max_pool(lun_call *c);
void lun_vjp_max_pool(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_max_pool(lun_call *c);
bool lun_infer_plane_scatter(lun_call *c);
void lun_vjp_plane_scatter(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_plane_gather(lun_call *c);
void lun_vjp_plane_gather(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_avg_pool(lun_call *c);
void lun_vjp_avg_pool(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_avg_pool_gradient(lun_call *c);
void lun_vjp_avg_pool_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_avg_pool(lun_call *c);
bool lun_compose_lp_pool(lun_call *c);
/* Do positions in the last n dims of x fit 32 bits? */
bool lun_plane_fits(const lun_tensor *x, int n);
/* Runs `inner` (values, positions from 0) and sets what a pool returns: values in x's dtype and, if wanted, indices from 1. */
bool lun_pool_results(lun_call *c, lun_call *inner, bool indices);
/* g added at positions into zeros like input 0 of node n. */
lun_tensor *lun_plane_scatter(const struct lun_node *n, lun_tensor *g, lun_tensor *positions, int64_t space);

/* nn_pool_adaptive.c */
bool lun_infer_adaptive_avg_pool(lun_call *c);
void lun_vjp_adaptive_avg_pool(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_adaptive_avg_pool_gradient(lun_call *c);
void lun_vjp_adaptive_avg_pool_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_window_max(lun_call *c);
void lun_vjp_window_max(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_adaptive_max_pool(lun_call *c);
bool lun_compose_fractional_max_pool(lun_call *c);
bool lun_compose_max_unpool(lun_call *c);

/* nn_resize.c */
bool lun_compose_interpolate(lun_call *c);
bool lun_infer_resize(lun_call *c);
void lun_vjp_resize(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_upsample(lun_call *c);
void lun_vjp_resize_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);

/* nn_grid.c, nn_grid_gradient.c */
bool lun_infer_grid_sample(lun_call *c);
void lun_vjp_grid_sample(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_grid_sample_gradient(lun_call *c);
bool lun_compose_affine_grid(lun_call *c);
/* Attributes mode, padding_mode, align_corners of grid_sample, read once. */
typedef enum { LUN_GRID_BILINEAR, LUN_GRID_NEAREST, LUN_GRID_BICUBIC } lun_grid_mode;
typedef enum { LUN_GRID_ZEROS, LUN_GRID_BORDER, LUN_GRID_REFLECTION } lun_grid_padding;
typedef struct lun_grid_options { lun_grid_mode mode; lun_grid_padding padding; bool align; } lun_grid_options;
bool lun_grid_read(const lun_params *p, lun_grid_options *o);
/* The gradients of grid_sample from ordinary ops, for derivatives of higher order. */
void lun_grid_gradient_by_ops(lun_tensor *g, lun_tensor *x, lun_tensor *grid, const lun_grid_options *o, lun_tensor **dx);
#endif
