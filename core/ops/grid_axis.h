/* grid_axis.h - which positions of one dim a grid value reads, and how much of each
 *
 * Shared by the kernel of grid_sample and by its gradient from ordinary ops. A grid value from -1 to 1 is a place along the dim; with
 * t its fraction between two positions, bilinear reads two of them with weights 1 - t and t, bicubic four, nearest one.
 * Holds: positions outside (padding "zeros") are -1 and count as 0. Read next: core/ops/nn_grid.c, kernels/cpu/grid.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_GRID_AXIS_H
#define LUN_CORE_OPS_GRID_AXIS_H
#include "core/ops/spatial.h"

#include <math.h>

enum { LUN_GRID_TAPS = 4 };

typedef struct lun_grid_axis {
    int32_t at[LUN_GRID_TAPS];
    double w[LUN_GRID_TAPS], dw[LUN_GRID_TAPS]; /* weights, and their derivatives by the grid value */
    double t, slope;                            /* fraction, and its derivative by the grid value */
} lun_grid_axis;

/* How many positions a mode reads along a dim. */
static inline LUN_ON_DEVICE int lun_grid_taps(lun_grid_mode mode)
{
    return mode == LUN_GRID_BILINEAR ? 2 : mode == LUN_GRID_NEAREST ? 1 : 4;
}

/* The place along a dim of `size` positions; in float where the grid is float, so that places at an edge are PyTorch's. */
static inline LUN_ON_DEVICE double lun_grid_place(double g, bool wide, bool align, double size)
{
    if (wide) return align ? (g + 1) * ((size - 1) / 2) : (g + 1) * (size / 2) - 0.5;
    float x = (float)g + 1.0F;
    return align ? (double)(x * (((float)size - 1) / 2)) : (double)(x * ((float)size / 2) - 0.5F);
}

/* Folds a place back between the first and last position (align) or their outer edges. */
static inline LUN_ON_DEVICE double lun_grid_reflect(double x, bool align, double size, double *sign)
{
    double low = align ? 0 : -0.5, span = align ? size - 1 : size;
    if (!(span > 0)) return *sign = 0, 0;
    double from = fabs(x - low), flips = floor(from / span), extra = from - flips * span;
    bool odd = fmod(flips, 2.0) != 0;
    *sign *= (x < low ? -1 : 1) * (odd ? -1 : 1);
    return odd ? span - extra + low : extra + low;
}

static inline LUN_ON_DEVICE double lun_grid_clip(double x, double size, double *sign)
{
    if (!(x > 0)) return *sign = 0, 0; /* NaN too */
    if (x >= size - 1) return *sign = 0, size - 1;
    return x;
}

static inline LUN_ON_DEVICE double lun_grid_pad(double x, const lun_grid_options *o, double size, double *sign)
{
    *sign = 1;
    if (o->padding == LUN_GRID_REFLECTION) x = lun_grid_reflect(x, o->align, size, sign);
    return o->padding == LUN_GRID_ZEROS ? x : lun_grid_clip(x, size, sign);
}

static inline LUN_ON_DEVICE int32_t lun_grid_inside(double x, double size) { return x >= 0 && x < size ? (int32_t)x : -1; }

static inline LUN_ON_DEVICE void lun_grid_cubic(double t, double *w, double *dw)
{
    const double a = -0.75;
    for (int k = 0; k < 4; k++) {
        double x = k == 0 ? t + 1 : k == 1 ? t : k == 2 ? 1 - t : 2 - t, way = k < 2 ? 1 : -1;
        bool near = k == 1 || k == 2;
        w[k] = near ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
        dw[k] = way * (near ? (3 * (a + 2) * x - 2 * (a + 3)) * x : (3 * a * x - 10 * a) * x + 8 * a);
    }
}

static inline LUN_ON_DEVICE void lun_grid_axis_read(lun_grid_axis *a, const lun_grid_options *o, bool wide, double g, int64_t length)
{
    double size = (double)length, x = lun_grid_place(g, wide, o->align, size), sign, unused;
    double per = o->align ? (size - 1) / 2 : size / 2;
    if (x != x && o->mode != LUN_GRID_NEAREST && (o->mode == LUN_GRID_BICUBIC || o->padding == LUN_GRID_ZEROS)) {
        for (int k = 0; k < lun_grid_taps(o->mode); k++) { /* NaN is no place, and is seen; elsewhere it is clipped to the first one */
            a->at[k] = 0;
            a->w[k] = a->dw[k] = x;
        }
        a->t = a->slope = x;
        return;
    }
    if (x == x && !(x > -1e9 && x < 1e9)) x = o->padding == LUN_GRID_ZEROS ? -100 : x > 0 ? 1e9 : -1e9;
    if (o->mode == LUN_GRID_BICUBIC) {
        double base = floor(x);
        a->t = x - base;
        a->slope = per;
        lun_grid_cubic(a->t, a->w, a->dw);
        for (int k = 0; k < 4; k++) {
            a->dw[k] *= per;
            a->at[k] = lun_grid_inside(floor(lun_grid_pad(base + k - 1, o, size, &unused)), size);
        }
        return;
    }
    x = lun_grid_pad(x, o, size, &sign);
    a->slope = sign * per;
    if (o->mode == LUN_GRID_NEAREST) {
        a->at[0] = lun_grid_inside(rint(x), size);
        a->w[0] = 1;
        a->dw[0] = a->t = 0;
        return;
    }
    double base = floor(x);
    a->t = x - base;
    a->at[0] = lun_grid_inside(base, size);
    a->at[1] = lun_grid_inside(base + 1, size);
    a->w[0] = 1 - a->t;
    a->w[1] = a->t;
    a->dw[0] = -a->slope;
    a->dw[1] = a->slope;
}
#endif
