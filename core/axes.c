/* axes.c - parts the dims of a reduction. Read next: core/axes.h. SPDX-License-Identifier: MIT */
#include "core/axes.h"

static void swap_cells(int64_t *v, int a, int b)
{
    int64_t t = v[a];
    v[a] = v[b];
    v[b] = t;
}

static void sort_axes(lun_axes *x)
{
    for (int d = 1; d < x->n; d++)
        for (int e = d; e > 0 && x->in[e - 1] < x->in[e]; e--) {
            swap_cells(x->dims, e - 1, e);
            swap_cells(x->in, e - 1, e);
            swap_cells(x->out, e - 1, e);
        }
}

static void merge_axes(lun_axes *x)
{
    int last = 0;
    for (int d = 1; d < x->n; d++) {
        bool joined = x->in[last] == x->in[d] * x->dims[d] && x->out[last] == x->out[d] * x->dims[d];
        last += !joined;
        x->dims[last] = joined ? x->dims[last] * x->dims[d] : x->dims[d];
        x->in[last] = x->in[d];
        x->out[last] = x->out[d];
    }
    x->n = x->n ? last + 1 : 0;
}

void lun_axes_part(const lun_tensor *x, uint32_t folded, bool in_order, lun_axes *kept, lun_axes *gone)
{
    int64_t strides[LUN_MAX_DIMS], step = 1;
    *kept = *gone = (lun_axes){.numel = 1};
    for (int d = x->ndim - 1; d >= 0; d--) {
        strides[d] = folded >> d & 1U ? 0 : step;
        step *= folded >> d & 1U ? 1 : x->dims[d];
    }
    for (int d = 0; d < x->ndim; d++) {
        lun_axes *to = folded >> d & 1U ? gone : kept;
        to->numel *= x->dims[d];
        if (x->dims[d] == 1) continue;
        to->dims[to->n] = x->dims[d];
        to->in[to->n] = x->strides[d];
        to->out[to->n++] = strides[d];
    }
    sort_axes(kept);
    if (!in_order) sort_axes(gone);
    merge_axes(kept);
    merge_axes(gone);
}
