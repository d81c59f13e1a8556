/* pinned.cu - host memory that the device copies from by itself, and copies beside the device's other work
 *
 * x:pin_memory() puts a CPU tensor there. Its copy to the device needs no staging: the call waits for it, or (non_blocking) is queued like
 * a kernel, or (a loader that is one batch ahead) goes through a stream of its own while the step before computes; the main stream
 * waits for that at lun_cuda_join. Memory given back is kept and handed out again once the copies from it are done.
 * Holds: pinning costs the driver much, so it is never undone; what is pinned stands in one short list.
 * Read next: kernels/cuda/transfer.cu, lib/data.lua. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/state.h"

#include <stdlib.h>

struct pinned { pinned *next; char *data; size_t bytes; bool used, copied; cudaEvent_t last; }; /* last: behind the latest copy from it */

static pinned *list;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread lun_cuda_copy_mode mode;

struct lun_cuda_aside { cudaStream_t stream; cudaEvent_t ready, arrived; bool pending; };

void lun_cuda_set_copy_mode(lun_cuda_copy_mode wanted) { mode = wanted; }

/* --- memory ------------------------------------------------------------------------------------------------------------------- */

static pinned *kept(size_t bytes)
{
    for (pinned *p = list; p; p = p->next) {
        if (p->used || p->bytes < bytes || p->bytes / 2 > bytes) continue;
        if (!p->copied || cudaEventQuery(p->last) == cudaSuccess) return p;
        cudaGetLastError(); /* "not ready" is no error */
    }
    return NULL;
}

static pinned *fresh(size_t bytes)
{
    void *data = NULL;
    pinned *p = (pinned *)calloc(1, sizeof *p);
    bool ok = p && lun_cuda_check(cudaHostAlloc(&data, bytes, cudaHostAllocPortable), "pin memory") &&
              lun_cuda_check(cudaEventCreateWithFlags(&p->last, cudaEventDisableTiming), "make an event");
    if (!ok) {
        if (data) cudaFreeHost(data);
        free(p);
        return NULL;
    }
    p->data = (char *)data;
    p->bytes = bytes;
    p->next = list;
    list = p;
    return p;
}

void *lun_cuda_pinned_get(size_t bytes, int index)
{
    if (!lun_cuda_use(index)) return NULL;
    bytes = (bytes + 4095) / 4096 * 4096;
    pthread_mutex_lock(&lock);
    pinned *p = kept(bytes);
    if (!p) p = fresh(bytes);
    if (p) p->used = true, p->copied = false;
    pthread_mutex_unlock(&lock);
    return p ? p->data : lun_fail(LUN_E_MEMORY, NULL, "no memory could be pinned");
}

void lun_cuda_pinned_put(void *data)
{
    pthread_mutex_lock(&lock);
    for (pinned *p = list; p; p = p->next)
        if (p->data == data) p->used = false;
    pthread_mutex_unlock(&lock);
}

/* Under the lock. */
static pinned *find(const void *data, size_t bytes)
{
    pinned *p = list;
    while (p && !((const char *)data >= p->data && (const char *)data + bytes <= p->data + p->bytes)) p = p->next;
    return p;
}

bool lun_cuda_is_pinned(const void *data)
{
    pthread_mutex_lock(&lock);
    bool found = find(data, 1) != NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

/* --- copies ------------------------------------------------------------------------------------------------------------------- */

static bool open_aside(lun_cuda_device *d)
{
    if (d->aside) return true;
    lun_cuda_aside *a = (lun_cuda_aside *)calloc(1, sizeof *a);
    bool ok = a && lun_cuda_check(cudaStreamCreateWithFlags(&a->stream, cudaStreamNonBlocking), "make a stream") &&
              lun_cuda_check(cudaEventCreateWithFlags(&a->ready, cudaEventDisableTiming), "make an event") &&
              lun_cuda_check(cudaEventCreateWithFlags(&a->arrived, cudaEventDisableTiming), "make an event");
    if (ok) d->aside = a;
    else free(a);
    return ok || lun_fail(LUN_E_MEMORY, NULL, "no memory for a stream");
}

/* Behind what has been queued so far, which may still use the memory, but beside what comes next. */
static bool copy_aside(lun_cuda_device *d, void *to, pinned *p, const void *from, size_t bytes)
{
    if (!open_aside(d)) return false;
    lun_cuda_aside *a = d->aside;
    a->pending = true;
    p->copied = true;
    return lun_cuda_check(cudaEventRecord(a->ready, d->stream), "order two streams") &&
           lun_cuda_check(cudaStreamWaitEvent(a->stream, a->ready, 0), "order two streams") &&
           lun_cuda_check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, a->stream), "copy to the device") &&
           lun_cuda_check(cudaEventRecord(p->last, a->stream), "mark a transfer") &&
           lun_cuda_check(cudaEventRecord(a->arrived, a->stream), "mark a transfer");
}

static bool copy_pinned(lun_cuda_device *d, void *to, pinned *p, const void *from, size_t bytes)
{
    if (mode == LUN_COPY_ASIDE) return copy_aside(d, to, p, from, bytes);
    p->copied = true;
    return lun_cuda_check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, d->stream), "copy to the device") &&
           lun_cuda_check(cudaEventRecord(p->last, d->stream), "mark a transfer") &&
           (mode == LUN_COPY_QUEUED || lun_cuda_check(cudaEventSynchronize(p->last), "wait for a transfer"));
}

bool lun_cuda_from_pinned(lun_cuda_device *d, void *to, const void *from, size_t bytes, bool *ok)
{
    if (!list) return false;
    pthread_mutex_lock(&lock);
    pinned *p = find(from, bytes);
    if (p) *ok = copy_pinned(d, to, p, from, bytes);
    pthread_mutex_unlock(&lock);
    return p != NULL;
}

bool lun_cuda_join(lun_cuda_device *d)
{
    if (!d->aside || !d->aside->pending || d->recording) return true;
    d->aside->pending = false;
    return lun_cuda_check(cudaStreamWaitEvent(d->stream, d->aside->arrived, 0), "order two streams");
}

bool lun_cuda_join_index(int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    return d && lun_cuda_join(d);
}
