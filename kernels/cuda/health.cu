/* health.cu - catch nonfinite on a device, without waiting for any op
 *
 * Each float result is looked through by a kernel queued behind its op; a NaN or an infinity sets a byte in pinned memory. At the next
 * wait the host reads one word; if something is there it goes through the calls in order, and the first whose result is bad although its
 * inputs were not is the one that made it. What is known of a tensor is kept by place, shape and version, so most are looked through once.
 * Holds: as on the CPU (debugger/stop.c), NaN and infinity each on its own. Under lun.cuda.blocking the answer comes at once.
 * Read next: core/hook.h (lun_late), debugger/stop.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/state.h"
extern "C" {
#include "core/tape.h"
}

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 8192, CALLS = 2048, KNOWN = 16384, PLACES = 4096, THREADS = 256, TENSORS = 12, SHAPES = 4 };

struct shape { uint8_t dtype, ndim; int64_t dims[LUN_MAX_DIMS]; };

struct watched {
    lun_late late;
    uint64_t in[TENSORS], out[LUN_MAX_OUT];
    unsigned in_bits;    /* of inputs that stand on the host */
    int n_in, n_out, shapes;
    bool more;           /* not all inputs are in `shape` */
    shape shape_of[SHAPES], result;
};

struct lun_cuda_health {
    unsigned char *bytes;          /* pinned: of each slot, has it a NaN, has it an infinity */
    volatile unsigned *raised;     /* pinned */
    uint64_t slots, done;          /* handed out; those before `done` will not be written any more */
    uint64_t count, looked;        /* calls */
    watched calls[CALLS];
    struct { uint64_t key, slot; } known[KNOWN];
    unsigned char generation[PLACES]; /* by address: counts what was handed out there */
};

bool lun_cuda_health_start(lun_cuda_device *d)
{
    void *pinned = NULL;
    lun_cuda_health *h = (lun_cuda_health *)calloc(1, sizeof *h);
    if (!h) return lun_fail(LUN_E_MEMORY, NULL, "no memory for the debugger's records"), false;
    if (!lun_cuda_check(cudaHostAlloc(&pinned, 2 * SLOTS + sizeof *h->raised, cudaHostAllocDefault), "pin memory for the debugger"))
        return free(h), false;
    memset(pinned, 0, 2 * SLOTS + sizeof *h->raised);
    h->bytes = (unsigned char *)pinned;
    h->raised = (volatile unsigned *)(h->bytes + 2 * SLOTS);
    h->slots = h->done = 1; /* 0 is no slot */
    d->health = h;
    return true;
}

static size_t place_of(const void *data) { return (size_t)((uintptr_t)data / 512 * 0x9E3779B97F4A7C15ULL >> 52); }

void lun_cuda_health_forget(lun_cuda_device *d, const void *data)
{
    if (d->health) d->health->generation[place_of(data)]++;
}

/* --- looking through a tensor ------------------------------------------------------------------------------------------------- */

static __device__ unsigned bits_of(double v) { return v - v == 0 ? 0 : v != v ? LUN_HAS_NAN : LUN_HAS_INFINITY; }
template <class T> static __device__ unsigned look_at(T v)
{
    auto wide = lun_load(v);
    return wide - wide == 0 ? 0 : wide != wide ? LUN_HAS_NAN : LUN_HAS_INFINITY;
}
static __device__ unsigned look_at(lun_c64 v) { return bits_of(v.re) | bits_of(v.im); }
static __device__ unsigned look_at(lun_c128 v) { return bits_of(v.re) | bits_of(v.im); }

static __device__ void report(unsigned bits, volatile unsigned char *slot, volatile unsigned *raised)
{
    __shared__ unsigned found;
    if (threadIdx.x == 0) found = 0;
    __syncthreads();
    if (bits) atomicOr(&found, bits);
    __syncthreads();
    if (threadIdx.x || !found) return;
    if (found & LUN_HAS_NAN) slot[0] = 1;
    if (found & LUN_HAS_INFINITY) slot[1] = 1;
    *raised = 1;
}

template <class T> static __global__ void look_through(const T *x, int64_t n, volatile unsigned char *slot, volatile unsigned *raised)
{
    unsigned bits = 0;
    const int64_t step = (int64_t)gridDim.x * THREADS;
    int64_t i = blockIdx.x * (int64_t)THREADS + threadIdx.x;
    for (; i + 3 * step < n; i += 4 * step) {
        T a = x[i], b = x[i + step], c = x[i + 2 * step], d = x[i + 3 * step];
        bits |= look_at(a) | look_at(b) | look_at(c) | look_at(d);
    }
    for (; i < n; i += step) bits |= look_at(x[i]);
    report(bits, slot, raised);
}

template <class T> static __global__ void look_along(const lun_walk w, volatile unsigned char *slot, volatile unsigned *raised)
{
    unsigned bits = 0;
    for (int64_t i = blockIdx.x * (int64_t)THREADS + threadIdx.x; i < w.numel; i += (int64_t)gridDim.x * THREADS) {
        int64_t at[LUN_WALK_OPERANDS];
        lun_walk_at(w, i, at);
        bits |= look_at(*(const T *)(w.data[0] + at[0]));
    }
    report(bits, slot, raised);
}

template <class T> static bool launch_look(const lun_tensor *x, unsigned char *slot, volatile unsigned *raised)
{
    unsigned blocks = lun_blocks(x->numel, 4 * THREADS, 2048);
    if (lun_is_contiguous(x))
        return lun_cuda_launch("look for NaN", look_through<T>, blocks, THREADS, 0, (const T *)lun_data(x), x->numel,
                               (volatile unsigned char *)slot, raised);
    lun_iter it;
    lun_iter_begin(&it, x->ndim, x->dims);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    return lun_cuda_launch("look for NaN", look_along<T>, blocks, THREADS, 0, lun_walk_of(&it), (volatile unsigned char *)slot, raised);
}

static uint64_t mix(uint64_t h, uint64_t v) { return (h ^ v) * 0x9E3779B97F4A7C15ULL ^ (h >> 29); }

static uint64_t key_of(const lun_cuda_health *h, const lun_tensor *x)
{
    uint64_t key = mix((uintptr_t)lun_data(x), ((uint64_t)x->storage->version << 16) | ((uint64_t)x->dtype << 8) |
                                                   h->generation[place_of(x->storage->data)]);
    for (int d = 0; d < x->ndim; d++)
        if (x->dims[d] != 1) key = mix(mix(key, (uint64_t)x->dims[d]), (uint64_t)x->strides[d]);
    return key ? key : 1;
}

/* The slot of x, which is looked through unless that has been done. 0: it cannot have one; a failure to launch is no error of the op. */
static uint64_t slot_of(lun_cuda_health *h, const lun_tensor *x)
{
    lun_dtype t = (lun_dtype)x->dtype;
    if (!lun_dtype_has_gradient(t) || !x->numel) return 0;
    uint64_t key = key_of(h, x);
    auto *entry = &h->known[key % KNOWN];
    if (entry->key == key && h->slots - entry->slot < SLOTS) return entry->slot;
    uint64_t slot = h->slots++;
    unsigned char *bytes = h->bytes + 2 * (slot % SLOTS);
    bytes[0] = bytes[1] = 0;
    bool ok = t == LUN_C64 ? launch_look<lun_c64>(x, bytes, h->raised) : t == LUN_C128 ? launch_look<lun_c128>(x, bytes, h->raised)
              : lun_by_float(t, [&](auto tag) { return launch_look<typename decltype(tag)::type>(x, bytes, h->raised); });
    entry->key = ok ? key : 0;
    entry->slot = slot;
    return ok ? slot : 0;
}

/* --- calls -------------------------------------------------------------------------------------------------------------------- */

static void describe(shape *s, const lun_tensor *x)
{
    s->dtype = x->dtype;
    s->ndim = x->ndim;
    memcpy(s->dims, x->dims, x->ndim * sizeof *x->dims);
}

static void describe_call(watched *w, const lun_event *e)
{
    const lun_context *ctx = lun_context_get();
    const lun_node *n = e->node;
    lun_late *l = &w->late;
    memset(l, 0, sizeof *l);
    l->op = e->call->op;
    l->inplace = e->call->inplace;
    l->phase = e->phase;
    l->sequence = e->sequence;
    l->module_path = n ? n->module_path : ctx->module_path;
    lun_site at = ctx->site ? ctx->site() : lun_site{NULL, 0};
    l->site.file = at.file;
    l->site.line = at.line;
    if (!n) return;
    snprintf(l->node, sizeof l->node, "%s", lun_node_name(n));
    l->node_site.file = n->site.file;
    l->node_site.line = n->site.line;
}

static void add_input(lun_cuda_health *h, watched *w, const lun_tensor *x)
{
    if (lun_is_none(x)) return;
    if (w->shapes < SHAPES) describe(&w->shape_of[w->shapes++], x);
    else w->more = true;
    if (lun_tensor_device(x).type == LUN_CUDA && w->n_in < TENSORS) w->in[w->n_in++] = slot_of(h, x);
    else if (lun_tensor_device(x).type == LUN_CPU && x->numel == 1 && lun_dtype_is_float((lun_dtype)x->dtype)) {
        double v = lun_get_double(x, 0);
        if (!isfinite(v)) w->in_bits |= isnan(v) ? LUN_HAS_NAN : LUN_HAS_INFINITY;
    }
}

static unsigned bits_in(const lun_cuda_health *h, const uint64_t *slots, int n)
{
    unsigned bits = 0;
    for (int i = 0; i < n; i++) {
        const unsigned char *bytes = h->bytes + 2 * (slots[i] % SLOTS);
        if (slots[i]) bits |= (bytes[0] ? LUN_HAS_NAN : 0) | (bytes[1] ? LUN_HAS_INFINITY : 0);
    }
    return bits;
}

static unsigned born_in(const lun_cuda_health *h, const watched *w)
{
    return bits_in(h, w->out, w->n_out) & ~(w->in_bits | bits_in(h, w->in, w->n_in));
}

static void all_done(lun_cuda_health *h)
{
    h->looked = h->count;
    h->done = h->slots;
    *h->raised = 0;
}

extern "C" bool lun_cuda_watch(const lun_event *e, unsigned *born)
{
    const lun_call *c = e->call;
    *born = 0;
    if (c->n_out < 1) return true;
    lun_cuda_device *d = lun_cuda_use(lun_tensor_device(c->out[0]).index);
    if (!d || d->recording || (!d->health && !lun_cuda_health_start(d))) return d && d->recording;
    lun_cuda_health *h = d->health;
    bool full = h->count - h->looked >= CALLS || h->slots - h->done >= SLOTS - 2 * (TENSORS + LUN_MAX_OUT);
    if (full && !lun_cuda_wait(d)) return false;
    watched *w = &h->calls[h->count++ % CALLS];
    w->n_in = w->n_out = w->shapes = 0;
    w->in_bits = 0;
    w->more = false;
    describe_call(w, e);
    for (int i = 0; i < c->n_in; i++) add_input(h, w, c->in[i]);
    for (int k = 0; k < c->n_out && k < LUN_MAX_OUT; k++)
        if (c->out[k] && lun_tensor_device(c->out[k]).type == LUN_CUDA) w->out[w->n_out++] = slot_of(h, c->out[k]);
    describe(&w->result, c->out[0]);
    if (!lun_cuda_is_blocking()) return true;
    if (!lun_cuda_check(cudaStreamSynchronize(lun_cuda_stream()), "wait for the device")) return false;
    *born = born_in(h, w);
    all_done(h);
    return true;
}

/* --- afterwards --------------------------------------------------------------------------------------------------------------- */

static size_t add_shape(const shape *s, char *text, size_t at, size_t room)
{
    char dims[LUN_SHAPE_TEXT];
    lun_shape_text(s->ndim, s->dims, dims);
    int n = at < room ? snprintf(text + at, room - at, "%s%s", lun_dtypes[s->dtype].abbreviation, dims) : 0;
    return at + (size_t)(n > 0 ? n : 0);
}

static void write_shapes(watched *w)
{
    char *text = w->late.shapes;
    size_t room = sizeof w->late.shapes, at = 0;
    for (int i = 0; i < w->shapes && at < room; i++) {
        if (i) at += (size_t)snprintf(text + at, room - at, ", ");
        at = add_shape(&w->shape_of[i], text, at, room);
    }
    if (at < room) at += (size_t)snprintf(text + at, room - at, w->more ? ", ... -> " : " -> ");
    add_shape(&w->result, text, at, room);
}

bool lun_cuda_health_raised(const lun_cuda_device *d) { return d->health && *d->health->raised; }

/* The device has just been waited for. While a prompt is open nothing is reported: that would be a stop within a stop. */
bool lun_cuda_health_look(lun_cuda_device *d)
{
    lun_cuda_health *h = d->health;
    const lun_context *ctx = lun_context_get();
    if (!h || (*h->raised && ctx->outer)) return true;
    if (!*h->raised || !(ctx->armed & LUN_ARMED_HEALTH) || !lun_late_stop) return all_done(h), true;
    uint64_t first = h->looked, end = h->count;
    all_done(h);
    for (uint64_t k = first; k < end; k++) {
        watched *w = &h->calls[k % CALLS];
        w->late.bits = born_in(h, w);
        if (!w->late.bits) continue;
        w->late.noticed = ctx->sequence;
        write_shapes(w);
        lun_late late = w->late; /* the stop may run ops that take the record's place */
        if (!lun_late_stop(&late)) return false;
    }
    return true;
}
