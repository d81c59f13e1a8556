/* draw.h - random numbers of distributions, one element at a time
 *
 * Holds: element e of a draw takes its numbers from a stream of its own: places (offset + e, round) of Philox's counter, so that a
 * sampler that rejects may take as many as it likes and no other element changes.
 * Read next: kernels/cpu/draw.c, kernels/cpu/samplers.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_DRAW_H
#define LUN_KERNELS_CPU_DRAW_H
#include "core/random.h"
#include <stdbool.h>

typedef struct lun_stream {
    uint64_t seed, place;
    uint32_t round, number[4];
    int left;
} lun_stream;

static inline LUN_ON_DEVICE lun_stream lun_stream_of(lun_generator g, uint64_t element)
{
    lun_stream s = {g.seed, g.offset + element, 0, {0, 0, 0, 0}, 0};
    return s;
}

#ifndef LUN_SAMPLER /* kernels/cuda/samplers.h reads samplers.c once more, as functions of the device */
#define LUN_SAMPLER
#define LUN_SAMPLER_PART static
double lun_stream_uniform(lun_stream *s); /* in (0, 1), 53 bits, neither end */

/* One number of a distribution with two parameters (those it does not have are 0). */
typedef double lun_sampler(lun_stream *s, double a, double b);
lun_sampler lun_sample_normal, lun_sample_bernoulli, lun_sample_exponential, lun_sample_geometric, lun_sample_cauchy, lun_sample_log_normal,
    lun_sample_gamma, lun_sample_poisson, lun_sample_binomial;
#endif

/* Kernels. */
struct lun_call;
bool lun_cpu_draw(struct lun_call *c);
bool lun_cpu_multinomial(struct lun_call *c);
#endif
