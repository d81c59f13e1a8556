/* grid_loops.c - the loops of kernels/cpu/grid.h for float and double
 *
 * Places are kept within two positions of the image before they are cut to whole ones, so that no number is out of range.
 * Read next: kernels/cpu/grid.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/grid.h"

enum { RUN = 64 };

/* Along one dim, for each place the positions before (0) and after it (1): kept inside the image, their weights and the weights'
 * derivatives by the grid value (0 outside), and whether they are inside. */
#define AXIS(T, NAME)                                                                                                       \
    typedef struct axis_##NAME { int32_t at[2][RUN], in[2][RUN]; T w[2][RUN], dw[2][RUN]; } axis_##NAME;                    \
    static void read_##NAME(int64_t n, const T *restrict g, const lun_grid_dim *d, axis_##NAME *restrict a)                 \
    {                                                                                                                       \
        const int32_t size = (int32_t)d->size, last = size - 1;                                                             \
        const T scale = (T)d->scale, shift = (T)d->shift, low = d->border ? 0 : -2, high = (T)(d->border ? last : last + 2); \
        const T edge = d->border ? 0 : scale;                                                                               \
        for (int64_t i = 0; i < n; i++) {                                                                                   \
            T place = (g[2 * i] + 1) * scale - shift, x = place, slope = x > low && x < high ? scale : edge;                \
            int32_t none = !d->border & (place != place); /* NaN is no place, and is seen */                                \
            x = x > low ? x : low;                                                                                          \
            x = x < high ? x : high;                                                                                        \
            int32_t p = (int32_t)(x + 2) - 2, q = p + 1;                                                                    \
            T t = x - (T)p;                                                                                                 \
            int32_t in_p = ((p >= 0) & (p < size)) | none, in_q = ((q >= 0) & (q < size)) | none;                           \
            a->w[0][i] = none ? place : in_p ? 1 - t : 0;                                                                   \
            a->w[1][i] = none ? place : in_q ? t : 0;                                                                       \
            a->dw[0][i] = none ? place : in_p ? -slope : 0;                                                                 \
            a->dw[1][i] = none ? place : in_q ? slope : 0;                                                                  \
            a->in[0][i] = in_p;                                                                                             \
            a->in[1][i] = in_q;                                                                                             \
            a->at[0][i] = p < 0 ? 0 : p > last ? last : p;                                                                  \
            a->at[1][i] = q < 0 ? 0 : q > last ? last : q;                                                                  \
        }                                                                                                                   \
    }

#define CORNERS(T, NAME)                                                                                                    \
    static void product_##NAME(int64_t n, const T *restrict x, const T *restrict y, T *restrict to)                         \
    {                                                                                                                       \
        for (int64_t i = 0; i < n; i++) to[i] = x[i] * y[i];                                                                \
    }                                                                                                                       \
    static void places_##NAME(int64_t n, const axis_##NAME *x, int right, const axis_##NAME *y, int down, int32_t wide,     \
                              int32_t *restrict at, int32_t *restrict inside)                                               \
    {                                                                                                                       \
        const int32_t *restrict px = x->at[right], *restrict py = y->at[down];                                              \
        const int32_t *restrict ix = x->in[right], *restrict iy = y->in[down];                                              \
        for (int64_t i = 0; i < n; i++) {                                                                                   \
            at[i] = py[i] * wide + px[i];                                                                                   \
            inside[i] = ix[i] & iy[i];                                                                                      \
        }                                                                                                                   \
    }                                                                                                                       \
    static void corners_##NAME(int64_t n, const void *grid, const lun_grid_dim *dx, const lun_grid_dim *dy, int32_t *at,    \
                               void *w, int32_t *inside, void *wx, void *wy)                                                \
    {                                                                                                                       \
        axis_##NAME x, y;                                                                                                   \
        for (int64_t from = 0; from < n; from += RUN) {                                                                     \
            int64_t m = n - from < RUN ? n - from : RUN;                                                                    \
            read_##NAME(m, (const T *)grid + 2 * from, dx, &x);                                                             \
            read_##NAME(m, (const T *)grid + 2 * from + 1, dy, &y);                                                         \
            for (int k = 0; k < 4; k++) {                                                                                   \
                int right = k & 1, down = k >> 1;                                                                           \
                int64_t to = k * n + from;                                                                                  \
                places_##NAME(m, &x, right, &y, down, (int32_t)dx->size, at + to, inside + to);                             \
                product_##NAME(m, x.w[right], y.w[down], (T *)w + to);                                                      \
                if (wx) product_##NAME(m, x.dw[right], y.w[down], (T *)wx + to);                                            \
                if (wy) product_##NAME(m, x.w[right], y.dw[down], (T *)wy + to);                                            \
            }                                                                                                               \
        }                                                                                                                   \
    }
AXIS(float, f32)
AXIS(double, f64)
CORNERS(float, f32)
CORNERS(double, f64)

const lun_grid_cells LUN_HERE(lun_grid_cells_f32) = {corners_f32};
const lun_grid_cells LUN_HERE(lun_grid_cells_f64) = {corners_f64};
