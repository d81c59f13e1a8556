/* conv.h - what the three convolutions share: geometry, unfolding, scratch memory
 *
 * An image's windows unfold into a matrix with a row per (channel, window element) and a column per output position; convolution
 * is then a matrix product. Tiles of output rows (of all depths, one after the other) keep that matrix in the cache. Signals and
 * images are volumes with a depth, or a depth and a height, of 1.
 * Holds: tiles and pieces depend on the shape only; a scratch slot is used by one piece at a time and never carries a result.
 * Read next: kernels/cpu/conv.c (forward), conv_backward.c, conv_few.c, conv_depthwise.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_CONV_H
#define LUN_KERNELS_CPU_CONV_H
#include "core/ops/window.h"
#include "kernels/cpu/choice.h"
#include "kernels/cpu/conv_plan.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

typedef struct lun_conv {
    lun_frame frame;
    lun_dtype type;
    const lun_rows *rows;
    lun_window w;
    int64_t size;                            /* bytes of an element */
    int64_t images, groups, in, out;         /* channels of one group */
    int64_t in_plane, out_plane, window, k;  /* elements; k = in * window */
    int64_t out_rows, tile_rows, tiles;      /* output rows, and those of a tile */
    bool direct;                             /* 1x1: an image is its own unfolded matrix */
    bool flipped;                            /* a gradient of images as a convolution */
    bool whole;                              /* int64, which BLAS does not know */
    const char *x, *weight, *g, *bias;
    char *to;
    bool stopped;
    /* scratch */
    char *scratch;
    size_t slot_bytes, scratch_bytes;
    int slots;
    unsigned char busy[LUN_THREADS_MAX];
    /* backward */
    int64_t blocks, block, parts, part_images; /* channel blocks; image parts */
    char *partial;
} lun_conv;

/* Reads the geometry of a convolution of x with w giving y, for the tensors in their forward roles; opens the frame. */
bool lun_conv_open(lun_conv *v, lun_call *c, const lun_tensor *x, const lun_tensor *w, const lun_tensor *y);
/* Memory for `channels` unfolded channels of a tile, for each thread that may run one of `pieces`. */
bool lun_conv_scratch(lun_conv *v, int64_t channels, int64_t pieces);
bool lun_conv_close(lun_conv *v, bool done);
static inline int lun_conv_claim(lun_conv *v) { return lun_claim(v->busy, v->slots); }
static inline void lun_conv_release(lun_conv *v, int slot) { lun_release(v->busy, slot); }

/* Unfolds output rows y0..y1-1 of channels planes at x into to. */
void lun_conv_unfold(const lun_conv *v, const char *x, int64_t channels, int64_t y0, int64_t y1, char *to);
/* Adds the unfolded rows back where they came from. */
void lun_conv_fold(const lun_conv *v, const char *from, int64_t channels, int64_t y0, int64_t y1, char *x);
/* n times the element at value */
void lun_conv_fill(const lun_conv *v, const char *value, char *to, int64_t n);
double lun_conv_ns(const lun_conv *v);
/* c[m, n] (+)= a[m, k] b[k, n]; false when interrupted. */
bool lun_conv_product(const lun_conv *v, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add);
/* The row and plane parts of a window over planes: what lun_conv_unfold and lun_conv_fold need. */
void lun_conv_planes(lun_conv *v, lun_dtype type);

/* By oneDNN, where that is faster than what `class` names: conv_onednn.c. False when it is not done that way; else *done tells whether it
 * was not interrupted. */
bool lun_conv_onednn(lun_conv *v, lun_conv_task task, lun_choice_class class, bool *done);

/* One input channel per group. */
static inline bool lun_conv_is_depthwise(const lun_conv *v) { return v->in == 1 && v->groups > 1 && !v->whole; }
/* How we would do it ourselves. */
static inline lun_choice_class lun_conv_class(const lun_conv *v, bool planes, bool few)
{
    return planes ? LUN_CHOICE_planes : lun_conv_is_depthwise(v) ? LUN_CHOICE_depthwise : few ? LUN_CHOICE_rows :
           v->direct ? LUN_CHOICE_point : v->window == 1 ? LUN_CHOICE_strided : LUN_CHOICE_product;
}

/* Convolution with few outputs per group and a stride of 1 along rows: conv_few.c. Is it that? False when it is not done that way;
 * else *done tells whether it was not interrupted. */
bool lun_conv_is_few(const lun_conv *v);
bool lun_conv_few(lun_conv *v, bool *done);
/* The gradient of the weights without unfolding: conv_few_weights.c. */
bool lun_conv_weights_are_few(const lun_conv *v);
bool lun_conv_few_weights(lun_conv *v, bool *done);
/* Makes v, whose g and weight are set, the convolution of g that gives the gradient of the images; false (v as it was) unless the stride
 * is 1. */
bool lun_conv_flip(lun_conv *v);

/* Depthwise convolution with one output per channel and a stride of 1 along rows, and its weights' gradient: conv_planes.c. Is it that?
 * False when it is not done that way; else *done tells whether it was not interrupted. */
bool lun_conv_is_planes(const lun_conv *v);
bool lun_conv_planes_forward(lun_conv *v, bool *done);
bool lun_conv_planes_weights(lun_conv *v, bool *done);

/* Convolution with one input channel per group, without unfolding: conv_depthwise.c */
bool lun_conv_depthwise(lun_conv *v);
bool lun_conv_depthwise_input_gradient(lun_conv *v);
bool lun_conv_depthwise_weight_gradient(lun_conv *v);
#endif
