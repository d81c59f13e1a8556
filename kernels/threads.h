/* threads.h - the pool: pieces of one job run on every core of the process's own mask
 *
 * A job is cut into pieces whose number and borders depend on the shape only. Each thread has a share of them, which it begins with, and then
 * takes what others have left. Who runs a piece may therefore never matter for its result, and partial results are combined by the caller
 * in order of pieces.
 * Holds: workers start at the first job that is worth them, never see Lua, block all signals and raise no errors. A caller on
 * whichever thread gets its job done even if no worker ever runs: waiting for a worker that is not scheduled cannot happen.
 * Read next: kernels/threads.c, then kernels/iter.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_THREADS_H
#define LUN_KERNELS_THREADS_H
#include <stdbool.h>
#include <stdint.h>

typedef void lun_piece(int64_t piece, void *argument);

/* Runs body(0..pieces-1, argument), each piece once, in any order and on any thread; returns when all are done.
 * `work_ns`: about how long the whole job takes on one thread. Small jobs, jobs inside a job and jobs that meet a pool in use
 * run on the calling thread alone. False when an interrupt arrived: some pieces were left out; no error is recorded here. */
bool lun_parallel(int64_t pieces, lun_piece *body, void *argument, double work_ns);

/* Threads used by a job, the caller included: the cores of the process's mask, LUNETTE_THREADS, or what was set. */
int lun_threads(void);
/* Sets that number (1 to LUN_THREADS_MAX; 0 means the default again). False when n is out of range or a job is running. */
bool lun_threads_set(int n);
enum { LUN_THREADS_MAX = 256 };

/* A place of `count` (0 counts as 1) that no other piece works in, for scratch memory: there are as many as threads, so one is free. */
static inline int lun_claim(unsigned char *busy, int count)
{
    for (int i = 0;; i = (i + 1) % (count ? count : 1))
        if (!__atomic_exchange_n(&busy[i], 1, __ATOMIC_ACQUIRE)) return i;
}
static inline void lun_release(unsigned char *busy, int place) { __atomic_store_n(&busy[place], 0, __ATOMIC_RELEASE); }

/* From now on the jobs of the calling thread run on it alone: a thread that works beside the main one leaves the pool to that. */
void lun_threads_alone(void);

/* Asked between pieces, on the calling thread only; true abandons the rest. NULL (the default) never interrupts.
 * core/backend.c or a host sets it once at start-up. */
void lun_threads_on_poll(bool (*interrupted)(void));

/* Ends the workers; the next job starts them again. Called at exit and before the library is unmapped. */
void lun_threads_stop(void);
#endif
