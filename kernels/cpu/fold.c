/* fold.c - windows of planes as columns (im2col) and back (col2im)
 *
 * A piece is one plane; the loops are those of convolution. Read next: kernels/cpu/conv.c. SPDX-License-Identifier: MIT
 */
#include "core/ops/spatial.h"
#include "kernels/cpu/conv.h"
#include "kernels/cpu/kernels.h"

#include <string.h>

static void unfold_plane(int64_t p, void *argument)
{
    const lun_conv *v = argument;
    lun_conv_unfold(v, v->x + p * v->in_plane * v->size, 1, 0, v->out_rows, v->to + p * v->window * v->out_plane * v->size);
}

static void fold_plane(int64_t p, void *argument)
{
    const lun_conv *v = argument;
    char *to = v->to + p * v->in_plane * v->size;
    memset(to, 0, (size_t)(v->in_plane * v->size));
    lun_conv_fold(v, v->x + p * v->window * v->out_plane * v->size, 1, 0, v->out_rows, to);
}

static bool run(lun_call *c, const lun_tensor *image, int first, lun_piece *body)
{
    lun_conv v = {.stopped = false};
    const int64_t *size = image->dims + image->ndim - 2;
    if (!lun_unfold_window(&c->params, first, size[0], size[1], &v.w) || !lun_frame_open(&v.frame, c)) return false;
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    lun_conv_planes(&v, lun_dtype_is_float(type) ? v.frame.type : type);
    v.x = v.frame.in[0].data;
    v.to = v.frame.out[0].data;
    int64_t planes = image->numel / v.in_plane;
    return lun_frame_close(&v.frame, lun_parallel(planes, body, &v, 0.5 * (double)planes * (double)v.window * (double)v.out_plane));
}

bool lun_cpu_im2col(lun_call *c) { return run(c, c->in[0], 0, unfold_plane); }
bool lun_cpu_col2im(lun_call *c) { return run(c, c->out[0], 1, fold_plane); }
