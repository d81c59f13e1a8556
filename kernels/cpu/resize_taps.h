/* resize_taps.h - which positions of a dim a resized position is made of, and how much of each
 *
 * Resizing is linear and goes dim by dim: output o of a dim is the sum of w[k] times input at[k] for k from first[o] to
 * first[o + 1] - 1. The gradient is the same with the table turned round.
 * Read next: kernels/cpu/resize_taps.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_RESIZE_TAPS_H
#define LUN_KERNELS_CPU_RESIZE_TAPS_H
#include "core/ops/resize.h"

typedef struct lun_taps {
    int64_t n;       /* outputs */
    int64_t *first;  /* n + 1 */
    int32_t *at;
    double *w;
    void *memory;
    size_t bytes;
} lun_taps;

/* Table of dim d from `in` to `out` positions; wide: positions of nearest are computed in double. False after lun_fail. */
bool lun_taps_make(lun_taps *t, const lun_resize_options *o, int d, bool wide, int64_t in, int64_t out);
/* The same table read the other way: `in` outputs made of the positions that used them. */
bool lun_taps_turn(lun_taps *t, const lun_taps *from, int64_t in);
void lun_taps_free(lun_taps *t);
#endif
