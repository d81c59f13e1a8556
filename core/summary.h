/* summary.h - what a tensor holds, in a few numbers: for displays, break conditions and health checks
 *
 * Exact up to LUN_SUMMARY_EXACT elements; above that some are looked at, evenly spread, and `sampled` is set.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_SUMMARY_H
#define LUN_CORE_SUMMARY_H
#include "core/tensor.h"

enum { LUN_SUMMARY_EXACT = 10 * 1000 * 1000, LUN_SUMMARY_BINS = 9 };

typedef struct lun_summary {
    int64_t seen, finite;                /* elements looked at; those neither NaN nor infinite */
    int64_t nan, plus_inf, minus_inf, nonzero;
    int64_t first_bad;                   /* row-major position of the first NaN or infinity, from 0; -1 none */
    double min, max, mean, std;          /* of the finite ones; std divides by n - 1 */
    bool sampled;
} lun_summary;

/* Of complex tensors the absolute values are summarised. A device computes this where the tensor stands, always exactly; false after
 * lun_fail when it cannot. */
bool lun_summarize(const lun_tensor *x, lun_summary *out);
/* The same of all elements, however many there are: for who decides by it. */
bool lun_summarize_whole(const lun_tensor *x, lun_summary *out);
/* n elements of a tensor on a device as a 1-d CPU tensor: at these row-major positions, or (NULL) at 0, step, 2 step ... */
lun_tensor *lun_pick(const lun_tensor *x, int64_t n, const int64_t *positions, int64_t step);
/* Element k of a CPU tensor as it is summarised. */
double lun_summary_value(const lun_tensor *x, int64_t k);
/* How the finite values spread between min and max: counts in equal bins (of a sample when there are many). False after lun_fail. */
bool lun_histogram(const lun_tensor *x, const lun_summary *s, int bins, int64_t *counts);
#endif
