/* reduce.h - folding elements into states: sums, products, extremes, their places, variance
 *
 * A state is two cells, a and b: a running value in a wide type (double for floats, int64 for integers) and, for some folds, a second
 * one (the place of an extreme; the sum of squared deviations). Two loops feed states: `run` folds elements that lie side by
 * side into one state; `columns` folds rows of n elements into n states. `join` adds the states of a later part to earlier ones.
 * Holds: how elements are grouped depends on the shape only, so results do not depend on the number of threads. Floats are
 * summed in 64 lanes per block of 1024, blocks in double.
 * Read next: kernels/cpu/reduce.inc (the loops), kernels/cpu/reduce.c (who runs them). SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_REDUCE_H
#define LUN_KERNELS_CPU_REDUCE_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

typedef struct lun_fold {
    /* `index` is the place of x[0] in the folded dims, `before` how many elements the state holds already */
    void (*begin)(int64_t n, void *a, void *b);
    void (*run)(int64_t n, const void *x, int64_t index, int64_t before, void *a, void *b);
    void (*columns)(int64_t rows, int64_t n, const void *x, int64_t row_bytes, int64_t index, int64_t before, void *a, void *b);
    void (*join)(int64_t n, void *a, void *b, const void *later_a, const void *later_b, int64_t before, int64_t later);
} lun_fold;

/* What is computed; b is used by the last three. */
typedef enum { LUN_FOLD_SUM, LUN_FOLD_PROD, LUN_FOLD_MAX, LUN_FOLD_MIN, LUN_FOLD_ARGMAX, LUN_FOLD_ARGMIN, LUN_FOLD_VAR, LUN_FOLDS } lun_fold_kind;
typedef struct lun_fold_table { lun_fold fold[LUN_FOLDS]; } lun_fold_table;

LUN_EACH_ISA(const lun_fold_table, lun_folds_f32);
LUN_EACH_ISA(const lun_fold_table, lun_folds_f64);
LUN_EACH_ISA(const lun_fold_table, lun_folds_i8);
LUN_EACH_ISA(const lun_fold_table, lun_folds_u8);
LUN_EACH_ISA(const lun_fold_table, lun_folds_i16);
LUN_EACH_ISA(const lun_fold_table, lun_folds_i32);
LUN_EACH_ISA(const lun_fold_table, lun_folds_i64);

/* Kernels. */
struct lun_call;
bool lun_cpu_sum(struct lun_call *c); /* sum, mean, prod, amax, amin, var, std */
bool lun_cpu_extremum(struct lun_call *c); /* max, min: values and places; argmax, argmin: places */
bool lun_cpu_any_all(struct lun_call *c);
#endif
