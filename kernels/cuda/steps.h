/* steps.h - the numbers of a graph's optimiser steps, for graph.cu (kernels: replay.h)
 *
 * A step is a call of sgd_step_ or adam_step_. Read next: kernels/cuda/steps.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_STEPS_H
#define LUN_KERNELS_CUDA_STEPS_H
#include "kernels/cuda/replay.h"
#include "kernels/cuda/state.h"

struct lun_cuda_steps;
/* One more is recorded: where its kernel reads its numbers. *steps is made with the first. False after lun_fail. */
bool lun_cuda_steps_add(lun_cuda_steps **steps, const lun_call *c, int index, const double **numbers);
int lun_cuda_steps_count(const lun_cuda_steps *s); /* s may be NULL, here and below where it is sent or freed */
/* The next call taken is number `first`, from 0. */
void lun_cuda_steps_from(lun_cuda_steps *s, int first);
/* What the call's numbers are from the next replay on; `replays` so far. False after lun_fail, when it is not the call that was recorded. */
bool lun_cuda_steps_take(lun_cuda_steps *s, const lun_call *c, int64_t replays);
/* Queues the copy of what has changed. */
bool lun_cuda_steps_send(lun_cuda_steps *s);
void lun_cuda_steps_free(lun_cuda_steps *s);
#endif
