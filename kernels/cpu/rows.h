/* rows.h - loops over rows and columns of floats that softmax, losses and norms are made of
 *
 * One table per instruction set and type; cells are float in lun_row_cells_f32 and double in lun_row_cells_f64. `run` loops take one row whose
 * elements lie side by side; `columns` loops take up to LUN_COLUMNS rows that lie side by side, element i of each at i * stride.
 * Holds: sums are taken in 64 lanes per block of 2048 elements and blocks are added in double, so bits depend on the length only.
 * Read next: kernels/cpu/rows.inc. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_ROWS_H
#define LUN_KERNELS_CPU_ROWS_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

enum { LUN_COLUMNS = 64 };

typedef struct lun_rows {
    void (*softmax)(int64_t n, const void *x, void *y);
    void (*log_softmax)(int64_t n, const void *x, void *y);
    void (*softmax_gradient)(int64_t n, const void *g, const void *y, void *dx);
    void (*log_softmax_gradient)(int64_t n, const void *g, const void *y, void *dx);
    void (*softmax_columns)(int64_t n, int64_t stride, int width, const void *x, void *y);
    void (*log_softmax_columns)(int64_t n, int64_t stride, int width, const void *x, void *y);
    void (*softmax_gradient_columns)(int64_t n, int64_t stride, int width, const void *g, const void *y, void *dx);
    void (*log_softmax_gradient_columns)(int64_t n, int64_t stride, int width, const void *g, const void *y, void *dx);
    /* the largest element, 0 where that is infinite, into *most, and the sum of exp(x - *most); of columns also its logarithm */
    double (*peak)(int64_t n, const void *x, double *most);
    void (*peak_columns)(int64_t n, int64_t stride, int width, const void *x, void *most, void *sum, void *log_sum);
    /* dx = factor exp(x - shift), of columns divided by the sum */
    void (*exp_shifted)(int64_t n, const void *x, double shift, double factor, void *dx);
    void (*exp_shifted_columns)(int64_t n, int64_t stride, int width, const void *x, const void *shift, const void *sum,
                                const void *factor, void *dx);
    double (*sum)(int64_t n, const void *x);
    double (*sum_squares)(int64_t n, const void *x, double mean);        /* of x - mean */
    double (*dot)(int64_t n, const void *x, const void *y);
    double (*dot_centred)(int64_t n, const void *g, const void *x, double mean); /* g (x - mean) */
    void (*centre)(int64_t n, const void *x, double mean, double a, double b, void *y); /* y = (x - mean) a + b */
    /* y = (x - mean) invstd w + b, elementwise weights; w and b may be NULL */
    void (*normalise)(int64_t n, const void *x, double mean, double invstd, const void *w, const void *b, void *y);
    /* sums of h and of h xhat, where h = g w */
    void (*weigh)(int64_t n, const void *g, const void *x, double mean, double invstd, const void *w, double *h, double *hx);
    /* dx = s (g w - p - (x - mean) q); w may be NULL */
    void (*norm_gradient)(int64_t n, const void *g, const void *x, double mean, double s, const void *w, double p, double q, void *dx);
    /* dx = s (g w - p - (x - mean) q), one weight for all */
    void (*norm_gradient_run)(int64_t n, const void *g, const void *x, double mean, double s, double w, double p, double q, void *dx);
    void (*add_products)(int64_t n, const void *g, const void *x, double mean, double invstd, void *dw, void *db); /* dw += g xhat, db += g */
    /* batch_norm of [n, channels]: columns are channels */
    void (*add_squares)(int64_t n, const void *x, const void *mean, void *sum);
    void (*centre_columns)(int64_t n, const void *x, const void *mean, const void *scale, const void *shift, void *y); /* (x - mean) scale + shift */
    void (*add_products_columns)(int64_t n, const void *g, const void *x, const void *mean, void *sum); /* sum += g (x - mean) */
    /* dx = s (g - p - (x - mean) q), a value of each per column */
    void (*norm_gradient_columns)(int64_t n, const void *g, const void *x, const void *mean, const void *s, const void *p, const void *q,
                                  void *dx);
    /* best[i] = x[i * step] where that is larger or NaN, and then at[i] = position + i * step */
    void (*larger)(int64_t n, const void *x, int64_t step, int32_t position, void *best, int32_t *at);
    /* best[i] of upper[2 i], upper[2 i + 1], lower[2 i], lower[2 i + 1], the first of equals, NaN before all; `position` and `below` are
     * the places of upper[0] and lower[0] */
    void (*largest_of_four)(int64_t n, const void *upper, const void *lower, int32_t position, int32_t below, void *best, int32_t *at);
    void (*add)(int64_t n, const void *x, void *y);                     /* y += x */
    void (*axpy)(int64_t n, double a, const void *x, int64_t step, void *y); /* y[i] += a x[i * step] */
    void (*axpy_spread)(int64_t n, double a, const void *x, int64_t step, void *y); /* y[i * step] += a x[i] */
    /* y[i] += w[0] x[i] + w[1] x[i + dilation] + ... for `taps` weights */
    void (*taps)(int64_t n, int64_t taps, const void *w, const void *x, int64_t dilation, void *y);
    /* y[i] = (x[i * step] + ... + x[i * step + taps - 1]) / counts[i] */
    void (*window_means)(int64_t n, int64_t taps, int64_t step, const void *x, const void *counts, void *y);
    void (*divide)(int64_t n, const void *x, const void *counts, void *y); /* y = x / counts */
    /* y[i] = w[i] x[at[i]] + w[n + i] x[at[n + i]] + ... for `taps` terms; w NULL: one term, weight 1 */
    void (*blend)(int64_t n, int64_t taps, const int32_t *at, const void *w, const void *x, void *y);
    double (*dot_step)(int64_t n, const void *g, const void *x, int64_t step); /* g[i] x[i * step] */
} lun_rows;

LUN_EACH_ISA(const lun_rows, lun_row_cells_f32);
LUN_EACH_ISA(const lun_rows, lun_row_cells_f64);

/* The table for F32 or F64. */
static inline const lun_rows *lun_rows_for(lun_dtype type)
{
    return type == LUN_F64 ? &LUN_BY_ISA(lun_row_cells_f64) : &LUN_BY_ISA(lun_row_cells_f32);
}
#endif
