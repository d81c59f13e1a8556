/* attention.h - loops over tiles of scores, one copy per instruction set
 *
 * A tile has up to LUN_ATTENTION_QUERIES rows of LUN_ATTENTION_KEYS elements (the distance of its rows). Of row r only the first
 * reach[r] elements count; the others become 0.
 * Read next: kernels/cpu/attention_loops.c, kernels/cpu/attention.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_ATTENTION_H
#define LUN_KERNELS_CPU_ATTENTION_H
#include "kernels/cpu/isa.h"
#include <stdint.h>

enum { LUN_ATTENTION_QUERIES = 64, LUN_ATTENTION_KEYS = 256 };

typedef struct lun_attention_loops {
    /* Scores become scale s + mask (NULL: none), then exp(. - top), where top[r] is raised to the row's largest so far; total[r] is
     * the sum so far in terms of the new top, and shrink[r] what older sums are to be multiplied with. */
    void (*step)(int64_t rows, int64_t keys, const int64_t *reach, double scale, void *s, const void *mask, void *top, void *total, void *shrink);
    /* exp(scale s + mask - lse) */
    void (*again)(int64_t rows, int64_t keys, const int64_t *reach, double scale, void *s, const void *mask, const void *lse);
    /* s = s (d - inner) scale: the gradient of the scores from that of the weights */
    void (*score_gradient)(int64_t rows, int64_t keys, void *s, const void *d, const void *inner, double scale);
    void (*scale_rows)(int64_t rows, int64_t n, const void *factor, void *y); /* y[r][i] *= factor[r] */
    void (*multiply)(int64_t rows, int64_t keys, const void *factor, void *s); /* tiles, element by element */
    void (*inner)(int64_t rows, int64_t n, const void *x, const void *y, void *to); /* to[r] = sum of x[r][i] y[r][i] */
} lun_attention_loops;
LUN_EACH_ISA(const lun_attention_loops, lun_attention_f32);
LUN_EACH_ISA(const lun_attention_loops, lun_attention_f64);
#endif
