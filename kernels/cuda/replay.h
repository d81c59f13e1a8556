/* replay.h - what changes from one replay of a graph to the next: random numbers, step numbers, the numbers of optimisers
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

/* An optimiser's step, as its kernel takes it: in replays the op's attributes are read from `numbers`, in order and flags as 0, but for
 * adam_step_'s step number, which is that plus replay->count. Both NULL outside of recording. */
enum { LUN_STEP_NUMBERS = 8 };
struct lun_step { const double *numbers; const lun_replay *replay; };
/* Asked by the op before it launches; *taken: only its attributes were wanted, for a replay, and nothing is to be launched. False
 * after lun_fail. */
extern "C" bool lun_cuda_step_of(const lun_call *c, lun_step *step, bool *taken);
#endif
