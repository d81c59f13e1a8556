/* resize_axis.h - which positions of a dim a resized position is made of, and how much of each
 *
 * Shared by the kernels of resizing: those of the CPU make tables of it, those of CUDA too.
 * Holds: positions rise with the output's position and along an output's own list. Read next: kernels/cpu/resize_taps.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_RESIZE_AXIS_H
#define LUN_CORE_OPS_RESIZE_AXIS_H
#include "core/ops/resize.h"

#include <math.h>

/* How many input positions an output position is away from the next. */
static inline LUN_ON_DEVICE double lun_resize_step(const lun_resize_options *o, int d, int64_t in, int64_t out)
{
    if (o->align) return out > 1 ? (double)(in - 1) / (double)(out - 1) : 0;
    return o->scale[d] > 0 ? 1 / o->scale[d] : (double)in / (double)out;
}

static inline LUN_ON_DEVICE int32_t lun_resize_clip(int64_t v, int64_t in) { return (int32_t)(v < 0 ? 0 : v >= in ? in - 1 : v); }

static inline LUN_ON_DEVICE int64_t lun_resize_nearest(const lun_resize_options *o, double step, bool wide, int64_t i)
{
    double shift = o->mode == LUN_RESIZE_NEAREST_EXACT ? 0.5 : 0;
    if (wide) return (int64_t)floor(((double)i + shift) * step);
    return (int64_t)floorf(((float)i + (float)shift) * (float)step);
}

static inline LUN_ON_DEVICE double lun_resize_cubic(double x, double a)
{
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    return 0;
}

static inline LUN_ON_DEVICE double lun_resize_triangle(double x, double unused)
{
    (void)unused;
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Weights at t..t+3 from where output i falls, w[k] for input at[k]; the number of entries. */
static inline LUN_ON_DEVICE int lun_resize_plain(const lun_resize_options *o, double step, bool wide, int64_t in, int64_t out,
                                                 int64_t i, int32_t *at, double *w)
{
    bool same = in == out && o->mode == LUN_RESIZE_LINEAR && step == 1;
    if (same || o->mode == LUN_RESIZE_NEAREST || o->mode == LUN_RESIZE_NEAREST_EXACT) {
        at[0] = lun_resize_clip(same ? i : lun_resize_nearest(o, step, wide, i), in);
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
        at[0] = lun_resize_clip(base, in);
        at[1] = lun_resize_clip(base + 1, in);
        w[0] = 1 - f;
        w[1] = f;
        return f > 0 && at[1] != at[0] ? 2 : (w[0] = 1, 1);
    }
    for (int k = 0; k < 4; k++) {
        at[k] = lun_resize_clip(base + k - 1, in);
        w[k] = lun_resize_cubic(f - k + 1, -0.75);
    }
    return 4;
}

/* The filter is widened by the step when shrinking; weights sum to 1. */
static inline LUN_ON_DEVICE int64_t lun_resize_smooth(const lun_resize_options *o, double step, int64_t in, int64_t i,
                                                      int32_t *at, double *w)
{
    bool four = o->mode == LUN_RESIZE_CUBIC;
    double stretch = step >= 1 ? step : 1, support = (four ? 2 : 1) * stretch, centre = step * ((double)i + 0.5), total = 0;
    double low = centre - support + 0.5, high = centre + support + 0.5;
    int64_t from = low > 0 ? (int64_t)low : 0, to = high < (double)in ? (int64_t)high : in, n = 0;
    for (int64_t k = from; k < to; k++, n++) {
        double x = ((double)k - centre + 0.5) / stretch;
        at[n] = (int32_t)k;
        w[n] = four ? lun_resize_cubic(x, -0.5) : lun_resize_triangle(x, 0);
        total += w[n];
    }
    for (int64_t k = 0; k < n && total != 0; k++) w[k] /= total;
    return n;
}

/* Room for the entries of an output position of a dim. */
static inline double lun_resize_most(const lun_resize_options *o, double step, int64_t in)
{
    double most = o->antialias ? 2 * 2 * (step >= 1 ? step : 1) + 3 : 4;
    return most > (double)in + 4 ? (double)in + 4 : most;
}

/* Entries of output i of a dim from `in` to `out` positions; wide: positions of nearest are computed in double. */
static inline LUN_ON_DEVICE int64_t lun_resize_taps(const lun_resize_options *o, double step, bool wide, int64_t in, int64_t out,
                                                    int64_t i, int32_t *at, double *w)
{
    return o->antialias ? lun_resize_smooth(o, step, in, i, at, w) : lun_resize_plain(o, step, wide, in, out, i, at, w);
}
#endif
