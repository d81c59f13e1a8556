/* cuda.h - what only CUDA can: the table behind lun.cuda, plain C for those who never see CUDA's headers
 *
 * Reached through lun_backends[LUN_CUDA]->cuda, so that the program needs no CUDA to be linked.
 * Holds: functions that return bool or a pointer return false or NULL after lun_fail. Read next: kernels/cuda/runtime.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_CUDA_H
#define LUN_KERNELS_CUDA_CUDA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lun_cuda_properties {
    char name[256];
    int major, minor;                   /* compute capability */
    int processors;                     /* streaming multiprocessors */
    int driver, runtime;                /* CUDA versions: 13000 is 13.0 */
    size_t memory, shared_memory, cache; /* bytes: of the device, of a block at most, of the level-2 cache */
} lun_cuda_properties;

typedef struct lun_cuda_memory {
    size_t allocated, peak_allocated;   /* bytes of blocks in use */
    size_t reserved, peak_reserved;     /* bytes taken from the device, used or kept for reuse */
    size_t asked;                       /* bytes that were asked for, of those in use */
    size_t largest_free;                /* the largest free piece of what is reserved */
    size_t split_free;                  /* free pieces whose segment is also in use: they cannot be given back */
    size_t limit, growth;               /* reserved may not exceed limit; segments have at least `growth` bytes */
    size_t free, total;                 /* of the device, as the driver says; other programs count too */
    uint64_t allocations, frees;        /* blocks handed out and taken back so far */
    uint64_t segments;                  /* segments now */
    uint64_t device_allocations, device_frees; /* segments made and given back so far */
    uint64_t retries, failures;         /* times that the cache was emptied or Lua's garbage collected to go on; out of memory */
} lun_cuda_memory;

/* How memory is copied that stands in pinned memory: waited for; queued (it may not change until the device was waited for); or queued
 * beside other work, until `join`. */
typedef enum { LUN_COPY_WAITS, LUN_COPY_QUEUED, LUN_COPY_ASIDE } lun_cuda_copy_mode;

typedef struct lun_cuda {
    bool (*properties)(int index, lun_cuda_properties *out);
    bool (*memory)(int index, lun_cuda_memory *out);
    bool (*set_fraction)(int index, double fraction); /* of the device's memory */
    bool (*set_growth)(int index, size_t bytes);
    bool (*empty_cache)(int index, size_t *bytes);    /* gives free segments back; *bytes: how many bytes these had */
    bool (*reset_peak)(int index);
    /* Wait after each call, so that what fails is named exactly; LUNETTE_CUDA_BLOCKING=1 starts so. */
    void (*set_blocking)(bool on);
    bool (*blocking)(void);
    /* Events: a mark in the device's queue. */
    void *(*event_new)(int index);
    void (*event_free)(void *event);
    bool (*event_record)(void *event, int stream);  /* -1: this thread's */
    bool (*event_order)(void *event, int stream);   /* what comes next in the stream, of the event's device, waits for the event there */
    bool (*event_done)(void *event, bool *done);
    bool (*event_wait)(void *event);
    bool (*event_elapsed)(void *from, void *to, double *milliseconds);
    /* Graphs: from begin to end work is recorded instead of being done; replay does it. keep: false when recording failed. A cut ends a
     * part and begins the next; a replay is of each part in turn, from 0. */
    void *(*graph_begin)(int index);                  /* -1: the device that this thread used last, or the first */
    bool (*graph_end)(void *graph, bool keep);
    bool (*graph_cut)(void *graph);
    bool (*graph_replay)(void *graph, int part);
    /* Steps of optimisers recorded so far. From collect(first) to collect(-1) their ops, in order from that one, run without doing
     * anything but to leave their attributes for the next replay. */
    int (*graph_steps)(void *graph);
    bool (*graph_collect)(void *graph, int first);
    void (*graph_free)(void *graph);
    /* From now on fused programs are compiled when they first come (kernels/cuda/rtc_compile.h): a graph is about to be recorded. */
    void (*compile_early)(bool on);
    const char *(*compiler)(uint64_t *kernels, uint64_t *runs); /* what is known of NVRTC, behind "NVRTC "; so far */
    /* May float32 be rounded to TF32 in products and convolutions? 0 or 1 sets it, -1 leaves it; how it is from now on comes back. */
    bool (*tf32)(int allow);
    /* Pinned memory, for the host's tensors; index: a device that is started for it. */
    void *(*pinned_get)(size_t bytes, int index);
    void (*pinned_put)(void *data);
    bool (*is_pinned)(const void *data);
    void (*copy_mode)(lun_cuda_copy_mode mode);       /* of this thread, until set again */
    bool (*join)(int index);
    /* Streams by number, 0: the device's own. A new one's number, 0 after lun_fail; the stream of this thread's work from now on;
     * wait for one; is its work done? */
    int (*stream_new)(int index);
    bool (*stream_use)(int index, int number, int *before);
    int (*stream_now)(int index);                     /* -1 after lun_fail */
    bool (*stream_wait)(int index, int number);
    bool (*stream_done)(int index, int number, bool *done);
} lun_cuda;
#endif
