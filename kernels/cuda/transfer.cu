/* transfer.cu - bytes between host and device, through a ring of pinned memory
 *
 * The driver can only copy in the background from memory that is pinned. So what goes to the device is first copied into a ring of four
 * pinned pages, and the caller may go on at once; a page is reused when the copy that left it is done. What comes back
 * goes through the same pages, two at a time, so that copying out overlaps with the bus.
 * Holds: to_host waits for all work before it, and raises what kernels flagged. Read next: kernels/cuda/flags.cu.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/state.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES = 4 };
static const size_t page_bytes = (size_t)4 << 20, step = 256;

struct lun_cuda_transfer {
    pthread_mutex_t lock;
    char *pages;               /* PAGES * page_bytes, pinned */
    cudaEvent_t left[PAGES];   /* recorded behind the last copy out of the page */
    bool waiting[PAGES];       /* such an event is there */
    int page;
    size_t at;                 /* first free byte of the page */
};

bool lun_cuda_transfer_start(lun_cuda_device *d)
{
    lun_cuda_transfer *t = (lun_cuda_transfer *)calloc(1, sizeof *t);
    if (!t) return lun_fail(LUN_E_MEMORY, NULL, "no memory for the transfers' records"), false;
    pthread_mutex_init(&t->lock, NULL);
    void *pages = NULL;
    bool ok = lun_cuda_check(cudaHostAlloc(&pages, PAGES * page_bytes, cudaHostAllocDefault), "pin memory for transfers");
    t->pages = (char *)pages;
    for (int i = 0; i < PAGES && ok; i++)
        ok = lun_cuda_check(cudaEventCreateWithFlags(&t->left[i], cudaEventDisableTiming), "make an event");
    d->transfer = t;
    return ok;
}

/* The next page, once nothing leaves it any more. */
static bool turn_page(lun_cuda_device *d)
{
    lun_cuda_transfer *t = d->transfer;
    if (t->at && !lun_cuda_check(cudaEventRecord(t->left[t->page], d->stream), "mark a transfer")) return false;
    t->waiting[t->page] |= t->at != 0;
    t->page = (t->page + 1) % PAGES;
    t->at = 0;
    if (!t->waiting[t->page]) return true;
    t->waiting[t->page] = false;
    return lun_cuda_check(cudaEventSynchronize(t->left[t->page]), "wait for a transfer");
}

static bool send(lun_cuda_device *d, char *to, const char *from, size_t bytes)
{
    lun_cuda_transfer *t = d->transfer;
    while (bytes) {
        size_t room = page_bytes - t->at, n = bytes < room ? bytes : room;
        if (n < bytes && room < page_bytes) { /* does not fit in the rest of the page: begins the next */
            if (!turn_page(d)) return false;
            continue;
        }
        char *stage = t->pages + (size_t)t->page * page_bytes + t->at;
        memcpy(stage, from, n);
        if (!lun_cuda_check(cudaMemcpyAsync(to, stage, n, cudaMemcpyHostToDevice, d->stream), "copy to the device")) return false;
        t->at += (n + step - 1) / step * step;
        if (t->at >= page_bytes && !turn_page(d)) return false;
        to += n;
        from += n;
        bytes -= n;
    }
    return true;
}

extern "C" bool lun_cuda_from_host(void *device, const void *host, size_t bytes, int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !bytes) return d != NULL;
    if (d->recording) {
        const void *constant = lun_cuda_graph_constant(d, host, bytes);
        return constant &&
               lun_cuda_check(cudaMemcpyAsync(device, constant, bytes, cudaMemcpyHostToDevice, d->stream), "copy to the device");
    }
    bool ok;
    if (!lun_cuda_follow(d, device, 0)) return false;
    if (lun_cuda_from_pinned(d, device, host, bytes, &ok)) return ok;
    pthread_mutex_lock(&d->transfer->lock);
    ok = send(d, (char *)device, (const char *)host, bytes);
    pthread_mutex_unlock(&d->transfer->lock);
    return ok;
}

/* Piece k is fetched into its page while piece k - 1 is copied out. */
static bool fetch(lun_cuda_device *d, char *to, const char *from, size_t bytes)
{
    lun_cuda_transfer *t = d->transfer;
    size_t pieces = (bytes + page_bytes - 1) / page_bytes;
    int page[2] = {0, 0};
    for (size_t k = 0; k <= pieces; k++) {
        if (k < pieces) {
            size_t n = k + 1 < pieces ? page_bytes : bytes - k * page_bytes;
            if (!turn_page(d)) return false;
            page[k & 1] = t->page;
            t->at = page_bytes;
            if (!lun_cuda_check(cudaMemcpyAsync(t->pages + (size_t)t->page * page_bytes, from + k * page_bytes, n, cudaMemcpyDeviceToHost,
                                                d->stream), "copy from the device") ||
                !lun_cuda_check(cudaEventRecord(t->left[t->page], d->stream), "mark a transfer"))
                return false;
        }
        if (!k) continue;
        size_t n = k < pieces ? page_bytes : bytes - (k - 1) * page_bytes;
        if (!lun_cuda_check(cudaEventSynchronize(t->left[page[(k - 1) & 1]]), "wait for the device")) return false;
        memcpy(to + (k - 1) * page_bytes, t->pages + (size_t)page[(k - 1) & 1] * page_bytes, n);
    }
    t->at = 0; /* all pieces have left the page */
    return true;
}

extern "C" bool lun_cuda_to_host(void *host, const void *device, size_t bytes, int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !bytes) return d != NULL;
    if (!lun_cuda_graph_allows(d, "reading values") || !lun_cuda_gather(d)) return false;
    pthread_mutex_lock(&d->transfer->lock);
    bool ok = fetch(d, (char *)host, (const char *)device, bytes);
    pthread_mutex_unlock(&d->transfer->lock);
    return ok && lun_cuda_look(d);
}

/* --- between devices ---------------------------------------------------------------------------------------------------------- */

/* Direct access where the hardware has it; without, the driver goes through the host by itself. */
static void open_way(int to, int from)
{
    static unsigned char asked[LUN_CUDA_DEVICES][LUN_CUDA_DEVICES];
    int may = 0;
    if (asked[to][from]) return;
    asked[to][from] = 1;
    if (cudaDeviceCanAccessPeer(&may, to, from) == cudaSuccess && may) cudaDeviceEnablePeerAccess(from, 0);
    cudaGetLastError(); /* "already enabled" is fine */
}

/* The copy is queued at the source; the target's work goes on behind it. */
static bool copy_across(void *to, int to_index, const void *from, int from_index, size_t bytes)
{
    lun_cuda_device *target = lun_cuda_use(to_index);
    if (!target || !lun_cuda_graph_allows(target, "copying between devices")) return false;
    open_way(to_index, from_index);
    cudaEvent_t ready = NULL, done = NULL;
    bool ok = lun_cuda_gather(target) &&
              lun_cuda_check(cudaEventCreateWithFlags(&ready, cudaEventDisableTiming), "make an event") &&
              lun_cuda_check(cudaEventRecord(ready, target->stream), "mark a transfer");
    lun_cuda_device *source = ok ? lun_cuda_use(from_index) : NULL; /* the target's memory may still be in use there: wait for that too */
    ok = source && lun_cuda_gather(source) &&
         lun_cuda_check(cudaStreamWaitEvent(source->stream, ready, 0), "order two devices") &&
         lun_cuda_check(cudaMemcpyPeerAsync(to, to_index, from, from_index, bytes, source->stream), "copy between devices") &&
         lun_cuda_check(cudaEventCreateWithFlags(&done, cudaEventDisableTiming), "make an event") &&
         lun_cuda_check(cudaEventRecord(done, source->stream), "mark a transfer") &&
         lun_cuda_check(cudaStreamWaitEvent(target->stream, done, 0), "order two devices");
    ok = ok && lun_cuda_spread(source) && lun_cuda_spread(target);
    if (ready) cudaEventDestroy(ready);
    if (done) cudaEventDestroy(done);
    return lun_cuda_use(to_index) && ok;
}

extern "C" bool lun_cuda_copy(void *to, int to_index, const void *from, int from_index, size_t bytes)
{
    if (to_index != from_index) return copy_across(to, to_index, from, from_index, bytes);
    lun_cuda_device *d = lun_cuda_use(to_index);
    if (!d || !lun_cuda_gather(d)) return false;
    return lun_cuda_check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, d->stream), "copy within the device") &&
           lun_cuda_spread(d);
}
