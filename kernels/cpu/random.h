/* random.h - random numbers by counter, so that any part of a draw can be made on its own
 *
 * Number e of a draw is lane e mod 4 of group e / 4 (core/random.h). Of these 32-bit numbers are made:
 *   float     uniform: number i, its upper 24 bits          normal: numbers 2q and 2q+1 give elements 2q and 2q+1 (Box-Muller)
 *   double    uniform: numbers 2i and 2i+1, 53 bits         normal: numbers 4q .. 4q+3 give elements 2q and 2q+1
 *   integers  number i times the range, upper half; numbers 2i and 2i+1 when the range has more than 32 bits
 *   dropout   number i, as for float: 0 where it is below p
 * f16 and bf16 are rounded from float. Holds: the same numbers for every split of the work.
 * Read next: kernels/cpu/random.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_RANDOM_H
#define LUN_KERNELS_CPU_RANDOM_H
#include "core/random.h"
#include "kernels/cpu/isa.h"
#include <stdbool.h>

/* Loops over a run of numbers. Counts are of elements and even but for the last run. */
typedef struct lun_random_loops {
    void (*numbers)(lun_generator g, int64_t first_group, int64_t groups, uint32_t *to); /* 4 per group */
    void (*uniform)(int64_t n, const uint32_t *numbers, float low, float span, float *to);
    void (*normal)(int64_t pairs, const uint32_t *numbers, float mean, float deviation, float *to);
    void (*uniform_double)(int64_t n, const uint32_t *numbers, double low, double span, double *to);
    void (*normal_double)(int64_t pairs, const uint32_t *numbers, double mean, double deviation, double *to);
} lun_random_loops;
LUN_EACH_ISA(const lun_random_loops, lun_random);

/* Kernels. */
struct lun_call;
bool lun_cpu_random_uniform(struct lun_call *c); /* rand, rand_like, uniform_ */
bool lun_cpu_random_normal(struct lun_call *c);  /* randn, randn_like, normal_ */
bool lun_cpu_randint(struct lun_call *c);
bool lun_cpu_randperm(struct lun_call *c);
bool lun_cpu_dropout_mask(struct lun_call *c);
#endif
