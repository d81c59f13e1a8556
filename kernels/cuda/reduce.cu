/* reduce.cu - how a reduction is parted and cut
 *
 * Holds: cuts depend on shape, strides and dtype only. Read next: kernels/cuda/reduce.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/reduce.h"

void lun_fold_part(lun_fold_plan *p, const lun_tensor *x, uint32_t folded, bool in_order)
{
    p->x = lun_data(x);
    lun_axes_part(x, folded, in_order, &p->kept, &p->folded);
    for (lun_axes *part : {&p->kept, &p->folded}) /* kernels walk at least one */
        if (!part->n) part->n = (int)(part->dims[0] = part->in[0] = part->out[0] = 1);
}

/* Many results and enough threads for each: the GPU is full with about 2048 blocks, more chunks would only cost joining. */
enum { FULL = 2048, FEW_ROWS = 64, SOME_ELEMENTS = 8192, GROUP_MOST = 1024, COLUMNS_LEAST = 16, SHORT = 32 };

static void cut_into(lun_fold_plan *p, int64_t units, int64_t least)
{
    int64_t n = p->folded.numel, chunks = (n + least - 1) / least, most = units < FULL ? FULL / units : 1;
    chunks = chunks < most ? chunks : most;
    p->chunk = (n + chunks - 1) / chunks;
    p->chunks = (n + p->chunk - 1) / p->chunk;
}

/* Are the folded elements several runs of whole packs, each at a multiple of a pack's bytes? */
static bool in_packs(const lun_fold_plan *p, size_t element)
{
    const lun_axes *k = &p->kept, *f = &p->folded;
    const int64_t width = lun_fold_width(element);
    bool fit = f->n > 1 && f->in[f->n - 1] == 1 && f->dims[f->n - 1] % width == 0 && (uintptr_t)p->x % (element * (size_t)width) == 0;
    for (int d = 0; d < f->n - 1; d++) fit &= f->in[d] % width == 0;
    for (int d = 0; d < k->n; d++) fit &= k->in[d] % width == 0 || k->dims[d] == 1;
    return fit;
}

bool lun_fold_cut(lun_fold_plan *p, size_t element, int *lanes)
{
    const lun_axes *k = &p->kept, *f = &p->folded;
    int64_t inner = k->dims[k->n - 1], step = k->in[k->n - 1], n = f->numel;
    p->flat = f->n == 1 && f->in[0] == 1;
    p->packed = in_packs(p, element);
    p->chunk = n;
    p->chunks = 1;
    if (k->numel > 1 && inner >= COLUMNS_LEAST && step > 0 && step < f->in[f->n - 1]) {
        *lanes = n < SHORT && inner >= LUN_FOLD_THREADS ? (int)LUN_FOLD_THREADS : (int)LUN_WARP;
        cut_into(p, k->numel / inner * ((inner + *lanes - 1) / *lanes), FEW_ROWS);
        return true;
    }
    if (n <= GROUP_MOST && (n <= LUN_FOLD_THREADS || k->numel >= FULL / 2)) {
        int64_t each = p->flat || p->packed ? lun_fold_width(element) : 1;
        *lanes = lun_fold_lanes((n + each - 1) / each, LUN_WARP);
        return false;
    }
    *lanes = LUN_FOLD_THREADS;
    cut_into(p, k->numel, SOME_ELEMENTS);
    if (p->packed) { /* no pack is cut */
        const int64_t width = lun_fold_width(element);
        p->chunk = (p->chunk + width - 1) / width * width;
        p->chunks = (n + p->chunk - 1) / p->chunk;
    }
    return false;
}
