/* state.h - what the runtime keeps for each device; for runtime.cu and the files beside it, not for kernels
 *
 * Holds: one stream per device, and those beside it that were asked for. `lock` guards all that lies below
 * it. Read next: kernels/cuda/runtime.cu, kernels/cuda/streams.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_STATE_H
#define LUN_KERNELS_CUDA_STATE_H
#include "kernels/cuda/device.h"
#include "kernels/cuda/flag.h"
#include "kernels/cuda/runtime.h"

#include <pthread.h>

enum { LUN_CUDA_DEVICES = 64, LUN_CUDA_SIDES = 15 };

struct lun_cuda_heap;     /* memory.cu */
struct lun_cuda_arena;
struct lun_cuda_graph;    /* graph.cu */
struct lun_cuda_transfer; /* transfer.cu */
struct lun_cuda_flags;    /* flags.cu */
struct lun_cuda_health;   /* health.cu */
struct lun_cuda_aside;    /* pinned.cu */

struct lun_cuda_device {
    int index;
    cudaStream_t stream;
    volatile bool lost;
    char lost_text[400];  /* what happened, and the file that tells of the last calls */
    size_t total;         /* bytes of memory */
    lun_cuda_properties properties;
    pthread_mutex_t lock;
    cudaStream_t side[LUN_CUDA_SIDES];        /* streams beside the own one, numbers from 1 (streams.cu) */
    cudaEvent_t tail[LUN_CUDA_SIDES + 1];     /* for waiting for each */
    int sides, next_side;
    volatile bool owed;                       /* a block went home without the wait that it needed */
    lun_cuda_heap *heap;
    lun_cuda_transfer *transfer;
    lun_cuda_flags *flags;
    lun_cuda_health *health;   /* NULL until somebody catches nonfinite */
    lun_cuda_aside *aside;     /* copies beside other work; NULL until there is one */
    lun_cuda_graph *recording; /* the graph that is being made; NULL */
    lun_cuda_graph *collecting; /* the graph whose optimisers' numbers are being asked for; NULL */
};

/* The device, made current for this thread; started at first use. NULL after lun_fail: no such device, lost, a forked process. */
lun_cuda_device *lun_cuda_use(int index);
/* The same device without any of that, for giving memory back; NULL when it was never started. */
lun_cuda_device *lun_cuda_started(int index);
/* The device that this thread used last, and its number, -1 where there is none. */
lun_cuda_device *lun_cuda_here(void);
int lun_cuda_last_used(void);
/* Is each call waited for? */
bool lun_cuda_is_blocking(void);
/* Is this a child process, in which CUDA is dead? */
bool lun_cuda_forked(void);
/* This thread's work goes to the stream that it chose from now on. */
void lun_cuda_refresh(lun_cuda_device *d);
/* Waits for all work of the device and raises what its kernels flagged. */
bool lun_cuda_wait(lun_cuda_device *d);

/* Each file starts its part of a device; false after lun_fail. */
bool lun_cuda_heap_start(lun_cuda_device *d);
bool lun_cuda_transfer_start(lun_cuda_device *d);
bool lun_cuda_flags_start(lun_cuda_device *d);
bool lun_cuda_flags_clear(lun_cuda_device *d);
/* Raises what was flagged, if anything; the device has just been waited for. */
bool lun_cuda_flags_look(lun_cuda_device *d);
/* Stops for what was found since the last wait; false after lun_fail. */
bool lun_cuda_health_look(lun_cuda_device *d);
bool lun_cuda_health_start(lun_cuda_device *d);
/* New memory begins here: what is known of its contents is of other contents. */
void lun_cuda_health_forget(lun_cuda_device *d, const void *data);
/* Has anything been flagged or found? */
bool lun_cuda_flags_raised(const lun_cuda_device *d);
bool lun_cuda_health_raised(const lun_cuda_device *d);
/* Both looks, after a wait. */
static inline bool lun_cuda_look(lun_cuda_device *d) { return lun_cuda_flags_look(d) && lun_cuda_health_look(d); }
/* The same after a wait for one stream or event: others may still be writing what is looked at, so all is waited for where there is
 * something. */
static inline bool lun_cuda_look_on(lun_cuda_device *d)
{
    return (!lun_cuda_flags_raised(d) && !lun_cuda_health_raised(d)) || lun_cuda_wait(d);
}

/* A copy from pinned memory; false when `from` is no such memory, else *ok says whether it could be made or queued. */
bool lun_cuda_from_pinned(lun_cuda_device *d, void *to, const void *from, size_t bytes, bool *ok);
/* What comes next on the device waits for the copies that were made beside it. */
bool lun_cuda_join(lun_cuda_device *d);

/* Streams by number, 0: the device's own. `waiter` goes on when what `other` has now is done. */
int lun_cuda_stream_number(const lun_cuda_device *d); /* of this thread */
cudaStream_t lun_cuda_stream_at(const lun_cuda_device *d, int number);
bool lun_cuda_wait_for(lun_cuda_device *d, int waiter, int other);
/* The own stream waits for all others; all others wait for it. */
bool lun_cuda_gather(lun_cuda_device *d);
bool lun_cuda_spread(lun_cuda_device *d);
/* Stream `number` uses the block at `data` (an address that was handed out) next. */
bool lun_cuda_follow(lun_cuda_device *d, const void *data, int number);
/* The same for this thread's stream and all tensors of a call on d; for one tensor on the device in use. */
bool lun_cuda_follow_call(lun_cuda_device *d, const lun_call *c);
bool lun_cuda_follow_one(const lun_tensor *x);
/* Memory of its own for a new stream; under the lock. */
bool lun_cuda_arena_for(lun_cuda_device *d, int number);

/* Memory that belongs to a graph: while it is open, all that is allocated comes from it; closed, it goes once its last block is free. */
lun_cuda_arena *lun_cuda_arena_open(lun_cuda_device *d);
void lun_cuda_arena_leave(lun_cuda_device *d);
bool lun_cuda_arena_has(lun_cuda_device *d, lun_cuda_arena *a, const void *data);
void lun_cuda_arena_close(lun_cuda_device *d, lun_cuda_arena *a);

/* Does this thread record a graph of d? */
bool lun_cuda_graph_here(const lun_cuda_device *d);
/* A graph is being made: may this call be part of it? */
bool lun_cuda_graph_takes(lun_cuda_device *d, const lun_call *c);
/* True; or false after lun_fail while a graph is being made, in which `what` ("waiting") cannot be. */
bool lun_cuda_graph_allows(const lun_cuda_device *d, const char *what);
/* Pinned memory with a copy of these bytes, which lives as long as the graph. NULL after lun_fail. */
const void *lun_cuda_graph_constant(lun_cuda_device *d, const void *host, size_t bytes);

/* For lun_cuda_services (runtime.cu). */
bool lun_cuda_memory_get(int index, lun_cuda_memory *out);
bool lun_cuda_set_fraction(int index, double fraction);
bool lun_cuda_set_growth(int index, size_t bytes);
bool lun_cuda_empty_cache(int index, size_t *bytes);
bool lun_cuda_reset_peak(int index);
int lun_cuda_stream_new(int index);
bool lun_cuda_stream_use(int index, int number, int *before);
int lun_cuda_stream_now(int index);
bool lun_cuda_stream_wait(int index, int number);
bool lun_cuda_stream_done(int index, int number, bool *done);
void *lun_cuda_event_new(int index);
void lun_cuda_event_free(void *event);
bool lun_cuda_event_record(void *event, int stream);
bool lun_cuda_event_order(void *event, int stream);
bool lun_cuda_event_done(void *event, bool *done);
bool lun_cuda_event_wait(void *event);
bool lun_cuda_event_elapsed(void *from, void *to, double *milliseconds);
void *lun_cuda_pinned_get(size_t bytes, int index);
void lun_cuda_pinned_put(void *data);
bool lun_cuda_is_pinned(const void *data);
void lun_cuda_set_copy_mode(lun_cuda_copy_mode wanted);
bool lun_cuda_join_index(int index);
void *lun_cuda_graph_begin(int index);
bool lun_cuda_graph_end(void *graph, bool keep);
bool lun_cuda_graph_cut(void *graph);
int lun_cuda_graph_steps(void *graph);
bool lun_cuda_graph_collect(void *graph, int first);
bool lun_cuda_graph_replay(void *graph, int part);
void lun_cuda_compile_early(bool on);
const char *lun_cuda_compiler(uint64_t *made, uint64_t *ran);
void lun_cuda_graph_free(void *graph);
#endif
