/* replay.h - what changes from one replay of a graph to the next: random numbers and step numbers
 *
 * A recorded kernel is launched with the same arguments again and again. One that draws random numbers, or counts steps, takes
 * lun_cuda_replay() as an argument (NULL outside of recording) and asks the functions below, so that replays give what running the
 * program again would have given. Read next: kernels/cuda/graph.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_REPLAY_H
#define LUN_KERNELS_CUDA_REPLAY_H
#include "kernels/cuda/device.h"

struct lun_replay { int64_t count; uint64_t seed, shift; }; /* in the device's memory, written before each replay; count: replays before */

/* The replays of the graph that is being recorded; NULL when none is. */
extern "C" const lun_replay *lun_cuda_replay(void);

/* Where a call's random numbers begin, as a kernel takes it: by value. */
struct lun_draws { lun_generator at; const lun_replay *replay; };
static inline lun_draws lun_draws_of(const lun_call *c) { return lun_draws{c->generator, lun_cuda_replay()}; }
static __device__ __forceinline__ lun_generator lun_generator_now(const lun_draws &d)
{
    lun_generator g = d.at;
    if (d.replay) g.seed = d.replay->seed, g.offset += d.replay->shift;
    return g;
}
static __device__ __forceinline__ int64_t lun_step_now(int64_t step, const lun_replay *r) { return r ? step + r->count : step; }
#endif
