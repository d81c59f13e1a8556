/* window.h - geometry of a window that moves over the last one to three dims of a tensor
 *
 * Convolution, pooling and unfolding share it, and their kernels too. Dims are depth, height, width; those that a signal or an image
 * lacks have size 1 and come first, so that a row is always the last dim.
 * Holds: all numbers are below 2^31, so products of two of them cannot overflow. Read next: core/ops/window.c, core/ops/nn_conv.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_WINDOW_H
#define LUN_CORE_OPS_WINDOW_H
#include "core/apply.h"

enum { LUN_SPACE = 3 };

typedef struct lun_window {
    int n; /* spatial dims: 1 to 3 */
    int64_t in[LUN_SPACE], out[LUN_SPACE], kernel[LUN_SPACE], stride[LUN_SPACE], pad[LUN_SPACE], dilation[LUN_SPACE];
} lun_window;

/* The spatial dims of a row by its name: 2 for max_pool2d. */
int lun_window_space(const lun_op *op);
/* Attribute k: one number or n numbers, each at least `least`, into the last n cells of `to`; the cells before become `fill`. */
bool lun_window_numbers(const lun_params *p, int k, const char *name, int n, int64_t least, int64_t fill, int64_t *to);
/* The last n of dims into the last n cells of `to`, 1 before. */
void lun_window_dims(int n, const int64_t *dims, int64_t *to);
/* Attribute k: one or n positive reals into the last n cells of `to`, 1 before. */
bool lun_scales(const lun_params *p, int k, const char *name, int n, double *to);
/* Attributes stride, padding, dilation, from 0 on, of a convolution whose in and kernel sizes are set; sets n and the out sizes. */
bool lun_conv_window(const lun_params *p, int n, lun_window *w);
/* Attributes kernel_size, stride, padding, then `dilation` and `ceil_mode` (numbers of attributes; dilation -1: none) of a pool. */
bool lun_pool_window(const lun_params *p, int n, const int64_t *in, int dilation, int ceil_mode, lun_window *w);
/* Is x [n, channels, n sizes] or [channels, n sizes], nothing but the batch empty? False after lun_fail. */
bool lun_window_input(const lun_tensor *x, int n);
/* Result k: like x with the last w->n sizes replaced by w's out sizes. */
void lun_window_result(lun_call *c, int k, lun_dtype dtype, const lun_tensor *x, const lun_window *w);
#endif
