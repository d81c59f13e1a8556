/* memory.cu - the caching allocator: device memory that goes round without asking the driver
 *
 * Memory comes from the driver in segments, which are cut into blocks. Free blocks stand in lists by size (16 classes per power of two,
 * found through a bitmap); a block that is larger than needed is split, and neighbours that are both free are joined again. Small blocks
 * (up to 1 MB) have segments of their own, so that they do not break up the large ones.
 * The work of a stream is done in order, so a block can be handed out again as soon as its tensor is gone: whoever gets it is
 * queued behind whoever used it. Each stream has an arena of its own; what another one used last is waited for (streams.cu).
 * When nothing fits: segments without a used block go back to the driver, Lua's garbage is collected, and only then it is an error.
 * Holds: every byte of a segment is in exactly one block; two free blocks are never neighbours. Read next: kernels/cuda/heap.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/heap.h"
#include "kernels/cuda/state.h"
extern "C" {
#include "core/alloc.h"
}

#include <stdlib.h>

enum { SIDES = 2 }; /* small blocks, large blocks */
static const size_t small_limit = (size_t)1 << 20, small_segment = (size_t)2 << 20, large_unit = (size_t)2 << 20;

/* A graph's memory is an arena of its own, so that nothing else is put where a replay will write. */
struct lun_cuda_arena {
    lun_cuda_arena *next;
    lun_heap side[SIDES];
    size_t reserved;
    int stream;            /* whose blocks these are; of a graph's, 0 */
    bool replayed;         /* a graph's: what was given back is written again by each replay */
    bool closing;          /* its graph is gone: segments go back as soon as they are free */
};

struct lun_cuda_heap {
    lun_cuda_arena *first, *open, *usual; /* all; new blocks come from `open`, which is the usual one but while a graph is recorded */
    lun_cuda_arena *side[LUN_CUDA_SIDES]; /* or from the one of the thread's side stream */
    lun_cuda_memory memory;
};

static lun_cuda_arena *new_arena(lun_cuda_heap *h)
{
    lun_cuda_arena *a = (lun_cuda_arena *)calloc(1, sizeof *a);
    if (!a) return (lun_cuda_arena *)lun_fail(LUN_E_MEMORY, NULL, "no memory for the allocator's records");
    lun_heap_init(&a->side[0], 512);
    lun_heap_init(&a->side[1], (size_t)64 << 10);
    a->next = h->first;
    h->first = a;
    return a;
}

bool lun_cuda_heap_start(lun_cuda_device *d)
{
    lun_cuda_heap *h = (lun_cuda_heap *)calloc(1, sizeof *h);
    if (!h) return lun_fail(LUN_E_MEMORY, NULL, "no memory for the allocator's records"), false;
    h->memory.limit = d->total;
    h->memory.growth = (size_t)32 << 20;
    h->open = h->usual = new_arena(h);
    d->heap = h;
    return h->open != NULL;
}

bool lun_cuda_arena_for(lun_cuda_device *d, int number)
{
    lun_cuda_arena *a = new_arena(d->heap);
    if (a) a->stream = number;
    d->heap->side[number - 1] = a;
    return a != NULL;
}

static lun_cuda_arena *arena_now(const lun_cuda_device *d)
{
    const int number = lun_cuda_stream_number(d);
    return number ? d->heap->side[number - 1] : d->heap->open;
}

static void raise_peaks(lun_cuda_memory *m)
{
    if (m->allocated > m->peak_allocated) m->peak_allocated = m->allocated;
    if (m->reserved > m->peak_reserved) m->peak_reserved = m->reserved;
}

/* --- segments, under the lock ------------------------------------------------------------------------------------------------- */

static bool add_segment(lun_cuda_heap *h, lun_cuda_arena *a, int side, size_t bytes)
{
    lun_cuda_memory *m = &h->memory;
    void *data = NULL;
    if (bytes > m->limit || m->reserved > m->limit - bytes) return false;
    if (cudaMalloc(&data, bytes) != cudaSuccess) return cudaGetLastError(), false;
    if (!lun_heap_add(&a->side[side], data, bytes)) return cudaFree(data), false;
#ifdef LUN_CUDA_HOST
    lun_host_take_back(data, bytes);
#endif
    a->reserved += bytes;
    m->reserved += bytes;
    m->segments++;
    m->device_allocations++;
    raise_peaks(m);
    return true;
}

/* As large as segments shall grow, or, when that much is not to be had, as large as it must be. */
static bool grow(lun_cuda_heap *h, lun_cuda_arena *a, int side, size_t bytes)
{
    if (!side) return add_segment(h, a, 0, small_segment);
    size_t exact = (bytes + large_unit - 1) / large_unit * large_unit, wanted = h->memory.growth / large_unit * large_unit;
    if (bytes <= wanted / 2 && add_segment(h, a, 1, wanted)) return true;
    return add_segment(h, a, 1, exact);
}

static void release_arena(lun_cuda_heap *h, lun_cuda_arena *a)
{
    size_t one;
    for (int side = 0; side < SIDES; side++)
        while (void *data = lun_heap_remove_free(&a->side[side], &one)) {
            cudaFree(data); /* waits for work that may still use it */
            a->reserved -= one;
            h->memory.reserved -= one;
            h->memory.segments--;
            h->memory.device_frees++;
        }
}

static void close_arena(lun_cuda_heap *h, lun_cuda_arena *a)
{
    lun_cuda_arena **at = &h->first;
    release_arena(h, a);
    if (a->reserved) return;
    while (*at != a) at = &(*at)->next;
    *at = a->next;
    for (int side = 0; side < SIDES; side++) lun_heap_end(&a->side[side]);
    free(a);
}

/* Nothing is freed while a graph is recorded: that would wait. Of a graph that is there, nothing can be. */
static size_t release_segments(lun_cuda_heap *h)
{
    size_t before = h->memory.reserved;
    if (h->open != h->usual) return 0;
    for (lun_cuda_arena *a = h->first, *next; a; a = next) {
        next = a->next;
        if (a->closing) close_arena(h, a);
    }
    release_arena(h, h->usual);
    for (lun_cuda_arena *a : h->side)
        if (a) release_arena(h, a);
    return before - h->memory.reserved;
}

static lun_heap_block *take(lun_cuda_heap *h, lun_cuda_arena *a, size_t bytes)
{
    int side = bytes > small_limit;
    lun_heap_block *b = lun_heap_take(&a->side[side], bytes);
    if (!b && grow(h, a, side, bytes)) b = lun_heap_take(&a->side[side], bytes);
    if (b) b->last = (unsigned char)a->stream;
    return b;
}

/* --- get and put -------------------------------------------------------------------------------------------------------------- */

static lun_heap_block *take_hard(lun_cuda_device *d, size_t bytes)
{
    lun_cuda_heap *h = d->heap;
    lun_cuda_arena *a = arena_now(d);
    lun_heap_block *b = take(h, a, bytes);
    if (b) return b;
    h->memory.retries++;
    if (release_segments(h)) b = take(h, a, bytes);
    if (b) return b;
    pthread_mutex_unlock(&d->lock); /* what is collected comes back through lun_cuda_put */
    lun_memory_pressure();
    pthread_mutex_lock(&d->lock);
    b = take(h, a, bytes);
    if (!b && release_segments(h)) b = take(h, a, bytes);
    if (!b) h->memory.failures++;
    return b;
}

static void *out_of_memory(lun_cuda_device *d, size_t bytes)
{
    lun_cuda_memory m;
    if (!lun_cuda_memory_get(d->index, &m)) return NULL;
    const double mb = 1e6;
    const char *hint = m.split_free + m.reserved - m.allocated >= bytes && m.largest_free < bytes
                           ? "lun.cuda.memory_summary() shows how the free memory is broken up; smaller batches"
                           : "a smaller batch, or x = nil for what is no longer needed; lun.cuda.memory_summary() shows more";
    return lun_fail(LUN_E_MEMORY, hint,
                    "out of memory on cuda:%d: %.1f MB asked for; %.1f MB are in use, %.1f MB reserved (largest free piece %.1f MB), limit "
                    "%.1f MB; the device has %.1f MB free of %.1f MB",
                    d->index, (double)bytes / mb, (double)m.allocated / mb, (double)m.reserved / mb, (double)m.largest_free / mb,
                    (double)m.limit / mb, (double)m.free / mb, (double)m.total / mb);
}

/* The host device watches who touches what (kernels/cuda/host/memory.cpp). */
static void mark(const lun_heap_block *b, bool used)
{
#ifdef LUN_CUDA_HOST
    if (used) lun_host_hand_out(b->data, b->asked);
    else lun_host_take_back(b->data, b->bytes);
#else
    (void)b, (void)used;
#endif
}

/* Bytes left free behind each piece, so that it sees who goes past the end. */
static size_t fence(void)
{
#ifdef LUN_CUDA_HOST
    return lun_host_fence();
#else
    return 0;
#endif
}

extern "C" void *lun_cuda_get(size_t bytes, int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return NULL;
    if (bytes > d->total) {
        __atomic_fetch_add(&d->heap->memory.failures, 1, __ATOMIC_RELAXED);
        return out_of_memory(d, bytes);
    }
    pthread_mutex_lock(&d->lock);
    lun_heap_block *b = take_hard(d, bytes + fence());
    if (b) {
        lun_cuda_memory *m = &d->heap->memory;
        m->allocated += b->bytes;
        m->asked += bytes;
        m->allocations++;
        lun_cuda_health_forget(d, b->data);
        b->asked = bytes;
        raise_peaks(m);
    }
    pthread_mutex_unlock(&d->lock);
    if (!b) return out_of_memory(d, bytes);
    lun_memory_elsewhere((int64_t)b->bytes);
    mark(b, true);
    return b->data;
}

static lun_heap_block *find(lun_cuda_arena *a, const void *data, int *side)
{
    lun_heap_block *b = NULL;
    for (*side = 0; *side < SIDES; ++*side)
        if ((b = lun_heap_find(&a->side[*side], data))) break;
    return b;
}

/* May the driver be asked to free memory? */
static bool may_free(const lun_cuda_device *d) { return !d->lost && !d->recording && !lun_cuda_forked(); }

extern "C" void lun_cuda_put(void *data, size_t bytes, int index)
{
    (void)bytes;
    lun_cuda_device *d = lun_cuda_started(index);
    if (!d) return;
    lun_cuda_heap *h = d->heap;
    lun_heap_block *b = NULL;
    int side;
    if (may_free(d)) lun_cuda_join(d); /* whoever gets it next may not come before a copy that is on its way to it */
    pthread_mutex_lock(&d->lock);
    lun_cuda_arena *a = h->first;
    while (a && !(b = find(a, data, &side))) a = a->next;
    size_t freed = b ? b->bytes : 0;
    if (b) {
        if (b->last != a->stream && !(may_free(d) && lun_cuda_wait_for(d, a->stream, b->last))) d->owed = true;
        h->memory.allocated -= freed;
        h->memory.asked -= b->asked;
        h->memory.frees++;
        if (!a->replayed) mark(b, false);
        lun_heap_put(&a->side[side], b);
        if (a->closing && may_free(d)) close_arena(h, a);
    }
    pthread_mutex_unlock(&d->lock);
    lun_memory_elsewhere(-(int64_t)freed);
}

bool lun_cuda_follow(lun_cuda_device *d, const void *data, int number)
{
    lun_heap_block *b = NULL;
    int side;
    bool ok = true;
    if (!d->sides || !data || d->recording) return true;
    pthread_mutex_lock(&d->lock);
    for (lun_cuda_arena *a = d->heap->first; a && !(b = find(a, data, &side)); a = a->next) continue;
    if (b && b->last != number) {
        ok = lun_cuda_wait_for(d, number, b->last);
        b->last = (unsigned char)number;
    }
    pthread_mutex_unlock(&d->lock);
    return ok;
}

/* --- arenas of graphs --------------------------------------------------------------------------------------------------------- */

lun_cuda_arena *lun_cuda_arena_open(lun_cuda_device *d)
{
    pthread_mutex_lock(&d->lock);
    lun_cuda_arena *a = new_arena(d->heap);
    if (a) d->heap->open = a;
    if (a) a->replayed = true;
    pthread_mutex_unlock(&d->lock);
    return a;
}

void lun_cuda_arena_leave(lun_cuda_device *d) { d->heap->open = d->heap->usual; }

bool lun_cuda_arena_has(lun_cuda_device *d, lun_cuda_arena *a, const void *data)
{
    int side;
    pthread_mutex_lock(&d->lock);
    bool has = find(a, data, &side) != NULL;
    pthread_mutex_unlock(&d->lock);
    return has;
}

void lun_cuda_arena_close(lun_cuda_device *d, lun_cuda_arena *a)
{
    pthread_mutex_lock(&d->lock);
    a->closing = true;
    if (may_free(d)) close_arena(d->heap, a);
    pthread_mutex_unlock(&d->lock);
}

/* --- numbers and limits ------------------------------------------------------------------------------------------------------- */

bool lun_cuda_memory_get(int index, lun_cuda_memory *out)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return false;
    size_t free_bytes = 0, total = d->total;
    if (!lun_cuda_check(cudaMemGetInfo(&free_bytes, &total), "ask for free memory")) return false;
    pthread_mutex_lock(&d->lock);
    *out = d->heap->memory;
    for (const lun_cuda_arena *a = d->heap->first; a; a = a->next)
        for (int side = 0; side < SIDES; side++) lun_heap_measure(&a->side[side], &out->largest_free, &out->split_free);
    pthread_mutex_unlock(&d->lock);
    out->free = free_bytes;
    out->total = total;
    return true;
}

bool lun_cuda_set_fraction(int index, double fraction)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return false;
    if (!(fraction > 0 && fraction <= 1))
        return lun_fail(LUN_E_ARGUMENT, "0.5 is half of the device's memory", "a fraction lies above 0 and at most at 1, got %g", fraction),
               false;
    pthread_mutex_lock(&d->lock);
    d->heap->memory.limit = (size_t)((double)d->total * fraction);
    if (d->heap->memory.reserved > d->heap->memory.limit) release_segments(d->heap);
    pthread_mutex_unlock(&d->lock);
    return true;
}

bool lun_cuda_set_growth(int index, size_t bytes)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return false;
    if (bytes < large_unit || bytes > d->total)
        return lun_fail(LUN_E_ARGUMENT, "lun.cuda.set_memory_growth(64 * 2^20)",
                        "segments have at least 2 MB and at most all memory, got %zu bytes", bytes),
               false;
    pthread_mutex_lock(&d->lock);
    d->heap->memory.growth = bytes;
    pthread_mutex_unlock(&d->lock);
    return true;
}

bool lun_cuda_empty_cache(int index, size_t *bytes)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return false;
    pthread_mutex_lock(&d->lock);
    *bytes = release_segments(d->heap);
    pthread_mutex_unlock(&d->lock);
    return true;
}

bool lun_cuda_reset_peak(int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return false;
    pthread_mutex_lock(&d->lock);
    d->heap->memory.peak_allocated = d->heap->memory.allocated;
    d->heap->memory.peak_reserved = d->heap->memory.reserved;
    pthread_mutex_unlock(&d->lock);
    return true;
}
