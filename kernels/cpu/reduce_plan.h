/* reduce_plan.h - how a reduction is cut and walked
 *
 * Dims are parted into kept and folded ones, each part sorted by the input's strides and merged. If the input is contiguous along
 * a folded dim, each result is fed runs of it ("by rows"); if along a kept dim, blocks of results are fed rows of it ("by
 * columns"). Where there are few results, the folded range is cut into chunks whose states are joined in order at the end.
 * Holds: cuts depend on shape, strides and dtype only.
 * Read next: kernels/cpu/reduce_plan.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_REDUCE_PLAN_H
#define LUN_KERNELS_CPU_REDUCE_PLAN_H
#include "core/apply.h"
#include "core/axes.h"
#include "kernels/cpu/reduce.h"

/* Takes n finished states that begin at result `start` (in the order of plan->kept) and stores what they mean. */
typedef struct lun_reduction lun_reduction;
typedef void lun_finish(const lun_reduction *r, int64_t start, int64_t n, void *a, void *b);

struct lun_reduction {
    const lun_fold *fold;
    const lun_tensor *x;
    lun_dtype reads;      /* the fold's element type */
    lun_finish *finish;
    const lun_call *call;
    double correction;    /* of a variance */
    int64_t spread;       /* elements from one result to the next: 2 when they are the parts of complex numbers, 0 counts as 1 */
    /* the plan */
    lun_axes kept, folded; /* strides of the input in bytes, of results in elements */
    bool by_columns, direct; /* direct: no conversion */
    int64_t group;        /* results per piece */
    int64_t groups;
    int64_t chunk, chunks; /* of the folded range */
    char *partial;        /* states of all chunks: a, then b */
};

/* The plan alone; and joining the chunks' states (chunk c's at partial + c cells, b's after all a's) and storing what they mean. */
void lun_reduce_plan(lun_reduction *r, uint32_t folded, bool in_order);
void lun_reduce_join(const lun_reduction *r);
/* The plan of a sum or mean of all elements, which lie side by side and are read as they are; false for any other call, without an error.
 * Feeding a chunk's elements in runs of 1024 gives the bits that feeding it at once gives. At most LUN_REDUCE_CHUNKS chunks. */
enum { LUN_REDUCE_CHUNKS = 64, LUN_REDUCE_CELL = 8 };
bool lun_reduce_whole(const lun_call *c, lun_reduction *r);
/* Folds the dims of mask `folded`; `in_order`: places matter, so folded dims keep their order. False after lun_fail. */
bool lun_reduce(lun_reduction *r, uint32_t folded, bool in_order);
/* Stores n values of a wide type (F64 or I64) as results start.. of output k, converted. */
void lun_reduce_store(const lun_reduction *r, int k, int64_t start, int64_t n, lun_dtype wide, const void *values);
#endif
