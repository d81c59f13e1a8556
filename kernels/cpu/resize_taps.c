/* resize_taps.c - the weights of nearest, linear and cubic resizing, with or without antialiasing
 *
 * Read next: kernels/cpu/resize_taps.h, kernels/cpu/resize.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/resize_taps.h"

#include "core/alloc.h"
#include "core/error.h"

#include <math.h>
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

/* How many input positions an output position is away from the next. */
static double step_of(const lun_resize_options *o, int d, int64_t in, int64_t out)
{
    if (o->align) return out > 1 ? (double)(in - 1) / (double)(out - 1) : 0;
    return o->scale[d] > 0 ? 1 / o->scale[d] : (double)in / (double)out;
}

static int32_t clip(int64_t v, int64_t in) { return (int32_t)(v < 0 ? 0 : v >= in ? in - 1 : v); }

static int64_t nearest(const lun_resize_options *o, double step, bool wide, int64_t i)
{
    double shift = o->mode == LUN_RESIZE_NEAREST_EXACT ? 0.5 : 0;
    if (wide) return (int64_t)floor(((double)i + shift) * step);
    return (int64_t)floorf(((float)i + (float)shift) * (float)step);
}

static double cubic(double x, double a)
{
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    return 0;
}

static double triangle(double x, double unused)
{
    (void)unused;
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Weights at t..t+3 from where output i falls, w[k] for input at[k]; the number of entries. */
static int plain_taps(const lun_resize_options *o, double step, bool wide, int64_t in, int64_t out, int64_t i, int32_t *at, double *w)
{
    if (o->mode == LUN_RESIZE_NEAREST || o->mode == LUN_RESIZE_NEAREST_EXACT || (in == out && o->mode == LUN_RESIZE_LINEAR && step == 1)) {
        at[0] = clip(o->mode == LUN_RESIZE_LINEAR ? i : nearest(o, step, wide, i), in);
        w[0] = 1;
        return 1;
    }
    double x = o->align ? step * (double)i : step * ((double)i + 0.5) - 0.5;
    if (o->mode == LUN_RESIZE_LINEAR && x < 0) x = 0;
    double whole = floor(x);
    int64_t base = whole < (double)in ? (int64_t)whole : in - 1;
    double f = x - (double)base;
    if (o->mode == LUN_RESIZE_LINEAR) {
        if (f > 1) f = 1;
        at[0] = clip(base, in);
        at[1] = clip(base + 1, in);
        w[0] = 1 - f;
        w[1] = f;
        return f > 0 && at[1] != at[0] ? 2 : (w[0] = 1, 1);
    }
    for (int k = 0; k < 4; k++) {
        at[k] = clip(base + k - 1, in);
        w[k] = cubic(f - k + 1, -0.75);
    }
    return 4;
}

/* The filter is widened by the step when shrinking; weights sum to 1. */
static int64_t smooth_taps(const lun_resize_options *o, double step, int64_t in, int64_t i, int32_t *at, double *w)
{
    bool four = o->mode == LUN_RESIZE_CUBIC;
    double stretch = step >= 1 ? step : 1, support = (four ? 2 : 1) * stretch, centre = step * ((double)i + 0.5), total = 0;
    double low = centre - support + 0.5, high = centre + support + 0.5;
    int64_t from = low > 0 ? (int64_t)low : 0, to = high < (double)in ? (int64_t)high : in, n = 0;
    for (int64_t k = from; k < to; k++, n++) {
        double x = ((double)k - centre + 0.5) / stretch;
        at[n] = (int32_t)k;
        w[n] = four ? cubic(x, -0.5) : triangle(x, 0);
        total += w[n];
    }
    for (int64_t k = 0; k < n && total != 0; k++) w[k] /= total;
    return n;
}

bool lun_taps_make(lun_taps *t, const lun_resize_options *o, int d, bool wide, int64_t in, int64_t out)
{
    double step = step_of(o, d, in, out), most = o->antialias ? 2 * 2 * (step >= 1 ? step : 1) + 3 : 4;
    if (most > (double)in + 4) most = (double)in + 4;
    int64_t entries;
    if (__builtin_mul_overflow(out, (int64_t)most, &entries))
        return lun_fail(LUN_E_SHAPE, NULL, "resizing to %lld positions needs too large a table", (long long)out), false;
    if (!reserve(t, out, entries)) return false;
    for (int64_t i = 0; i < out; i++) {
        int64_t k = t->first[i];
        t->first[i + 1] = k + (o->antialias ? smooth_taps(o, step, in, i, t->at + k, t->w + k)
                                            : plain_taps(o, step, wide, in, out, i, t->at + k, t->w + k));
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
