/* rows_loops.c - the loops of kernels/cpu/rows.h for float and double
 *
 * Read next: kernels/cpu/rows.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/rows.h"
#include "kernels/cpu/vmath.h"

#include <stdbool.h>
#include <string.h>

enum { LANES = 16, WIDE_LANES = 64, BLOCK = 2048 };

/* Rows of pooled images are short: vectors of 512 bits would mostly be their scalar rest. */
#if defined(__AVX512F__) && !defined(__clang__)
#define NARROW __attribute__((target("prefer-vector-width=256")))
#else
#define NARROW
#endif

#define TABLE \
    { \
        .softmax = NAME(softmax), .log_softmax = NAME(log_softmax), \
        .softmax_gradient = NAME(softmax_gradient), .log_softmax_gradient = NAME(log_softmax_gradient), \
        .softmax_columns = NAME(softmax_columns), .log_softmax_columns = NAME(log_softmax_columns), \
        .softmax_gradient_columns = NAME(softmax_gradient_columns), \
        .log_softmax_gradient_columns = NAME(log_softmax_gradient_columns), \
        .peak = NAME(peak), .peak_columns = NAME(peak_columns), \
        .exp_shifted = NAME(exp_shifted), .exp_shifted_columns = NAME(exp_shifted_columns), \
        .sum = NAME(sum), .sum_squares = NAME(sum_squares), .dot = NAME(dot), \
        .dot_centred = NAME(dot_centred), .centre = NAME(centre), .normalise = NAME(normalise), \
        .weigh = NAME(weigh), .norm_gradient = NAME(norm_gradient), \
        .norm_gradient_run = NAME(norm_gradient_run), .add_products = NAME(add_products), \
        .add_squares = NAME(add_squares), .centre_columns = NAME(centre_columns), \
        .add_products_columns = NAME(add_products_columns), \
        .norm_gradient_columns = NAME(norm_gradient_columns), .add = NAME(add), .axpy = NAME(axpy), \
        .axpy_spread = NAME(axpy_spread), .dot_step = NAME(dot_step), .larger = NAME(larger), .taps = NAME(taps), \
        .largest_of_four = NAME(largest_of_four), \
        .window_means = NAME(window_means), .divide = NAME(divide), .blend = NAME(blend) \
    }

#define T float
#define NAME(x) x##_f32
#define EXP lun_exp32
#define LOG lun_log32
#include "kernels/cpu/rows.inc"
const lun_rows LUN_HERE(lun_row_cells_f32) = TABLE;
#undef T
#undef NAME
#undef EXP
#undef LOG

#define T double
#define NAME(x) x##_f64
#define EXP exp
#define LOG log
#include "kernels/cpu/rows.inc"
const lun_rows LUN_HERE(lun_row_cells_f64) = TABLE;
