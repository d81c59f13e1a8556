/* resize_taps.c - tables of the weights of nearest, linear and cubic resizing (core/ops/resize_axis.h), and tables turned round
 *
 * Read next: kernels/cpu/resize_taps.h, kernels/cpu/resize.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/resize_taps.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/ops/resize_axis.h"

#include <string.h>

static bool reserve(lun_taps *t, int64_t n, int64_t entries)
{
    size_t index = (size_t)(n + 1) * sizeof *t->first, weights, positions, all;
    if (!lun_mul_sizes((size_t)entries, sizeof *t->w, &weights) || !lun_mul_sizes((size_t)entries, sizeof *t->at, &positions) ||
        !lun_add_sizes(index, weights, &all) || !lun_add_sizes(all, positions, &all))
        return lun_fail(LUN_E_SHAPE, NULL, "resizing to %lld positions needs too large a table", (long long)n), false;
    t->memory = lun_data_get(all);
    if (!t->memory) return false;
    t->bytes = all;
    t->n = n;
    t->first = t->memory;
    t->w = (double *)(void *)((char *)t->memory + index);
    t->at = (int32_t *)(void *)((char *)t->memory + index + weights);
    t->first[0] = 0;
    return true;
}

void lun_taps_free(lun_taps *t)
{
    if (t->memory) lun_data_put(t->memory, t->bytes);
    t->memory = NULL;
}

bool lun_taps_make(lun_taps *t, const lun_resize_options *o, int d, bool wide, int64_t in, int64_t out)
{
    double step = lun_resize_step(o, d, in, out), most = lun_resize_most(o, step, in);
    int64_t entries;
    if (__builtin_mul_overflow(out, (int64_t)most, &entries))
        return lun_fail(LUN_E_SHAPE, NULL, "resizing to %lld positions needs too large a table", (long long)out), false;
    if (!reserve(t, out, entries)) return false;
    for (int64_t i = 0; i < out; i++) {
        int64_t k = t->first[i];
        t->first[i + 1] = k + lun_resize_taps(o, step, wide, in, out, i, t->at + k, t->w + k);
    }
    return true;
}

bool lun_taps_turn(lun_taps *t, const lun_taps *from, int64_t in)
{
    if (!reserve(t, in, from->first[from->n])) return false;
    memset(t->first, 0, (size_t)(in + 1) * sizeof *t->first);
    for (int64_t k = 0; k < from->first[from->n]; k++) t->first[from->at[k] + 1]++;
    for (int64_t i = 0; i < in; i++) t->first[i + 1] += t->first[i];
    for (int64_t i = 0; i < from->n; i++)
        for (int64_t k = from->first[i]; k < from->first[i + 1]; k++) {
            int64_t to = t->first[from->at[k]]++;
            t->at[to] = (int32_t)i;
            t->w[to] = from->w[k];
        }
    for (int64_t i = in; i > 0; i--) t->first[i] = t->first[i - 1];
    t->first[0] = 0;
    return true;
}
