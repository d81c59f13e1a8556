/* conv_plan.h - a convolution as oneDNN computes it: arrays in blocks of 16 channels, and what moves them there and back
 *
 * A plan is made once for a shape and kept; making one takes a third of a millisecond or more, as code is generated for it.
 * Holds: a plan is only read by who runs it, so threads share it. Read next: kernels/cpu/conv_plan.c, kernels/cpu/conv_onednn.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_CONV_PLAN_H
#define LUN_KERNELS_CPU_CONV_PLAN_H
#include "kernels/cpu/onednn.h"

typedef enum lun_conv_task { LUN_CONV_FORWARD, LUN_CONV_IMAGES, LUN_CONV_WEIGHTS } lun_conv_task; /* what is computed */
typedef enum lun_conv_side { LUN_SIDE_SRC, LUN_SIDE_WEIGHTS, LUN_SIDE_DST, LUN_SIDES } lun_conv_side;

/* Compared as bytes. `in` and `out` are channels of a group; all_in and all_out those that lie in an image, of which these are a part. */
typedef struct lun_conv_shape {
    int64_t task, bias, images, groups, in, out, all_in, all_out;
    int64_t size[2], to[2], kernel[2], stride[2], dilation[2], before[2], after[2];
} lun_conv_shape;

typedef struct lun_conv_array {
    lun_dnnl_array plain; /* as a tensor lies */
    const void *inside;   /* as the convolution wants it */
    size_t bytes;
    bool same;
    void *move; /* from plain to inside, or back for the result */
} lun_conv_array;

typedef struct lun_conv_plan {
    lun_conv_shape shape;
    lun_conv_array side[LUN_SIDES];
    lun_dnnl_array bias;
    void *forward, *plan, *run;
    size_t scratch; /* bytes that a run needs */
    int users;
    bool good; /* one that is not is kept too, so that it is not made again */
} lun_conv_plan;

/* The plan for a shape, from those that are kept, or made; NULL when oneDNN has none. Give it back. */
lun_conv_plan *lun_conv_plan_take(const lun_conv_shape *shape);
void lun_conv_plan_give(lun_conv_plan *p);

/* Which side is the result of a task. */
static inline lun_conv_side lun_conv_result(int64_t task)
{
    return task == LUN_CONV_FORWARD ? LUN_SIDE_DST : task == LUN_CONV_IMAGES ? LUN_SIDE_SRC : LUN_SIDE_WEIGHTS;
}
/* From plain to inside, or back if the side is the result. False when oneDNN failed. */
bool lun_conv_plan_move(const lun_conv_plan *p, lun_conv_side side, void *plain, void *inside);
/* The convolution itself, of arrays as it wants them. */
bool lun_conv_plan_run(const lun_conv_plan *p, void *const inside[LUN_SIDES], void *bias, void *scratch);
#endif
