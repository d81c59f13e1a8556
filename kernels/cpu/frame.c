/* frame.c - gathers strided tensors, widens f16 and bf16, and rounds results back
 *
 * Holds: the split of the work depends on the shape only.
 * Read next: kernels/cpu/gemm.c, which uses it. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/frame.h"

#include "core/alloc.h"
#include "core/context.h"
#include "core/error.h"
#include "kernels/cpu/convert.h"
#include "kernels/threads.h"

#include <string.h>

/* n elements of one size, `stride` elements apart, side by side */
#define PACK(T)                                                                                  \
    static void pack_##T(void *restrict to, const void *restrict from, int64_t n, int64_t stride) \
    {                                                                                            \
        T *restrict t = to;                                                                      \
        const T *restrict s = from;                                                              \
        for (int64_t i = 0; i < n; i++) t[i] = s[i * stride];                                    \
    }
PACK(uint8_t)
PACK(uint16_t)
PACK(uint32_t)
PACK(uint64_t)
PACK(lun_c128)

static void pack(size_t size, void *to, const void *from, int64_t n, int64_t stride)
{
    if (stride == 1) memcpy(to, from, (size_t)n * size);
    else if (size == 1) pack_uint8_t(to, from, n, stride);
    else if (size == 2) pack_uint16_t(to, from, n, stride);
    else if (size == 4) pack_uint32_t(to, from, n, stride);
    else if (size == 8) pack_uint64_t(to, from, n, stride);
    else pack_lun_c128(to, from, n, stride);
}

typedef struct gather {
    lun_dtype to_type, from_type;
    char *to;
    const char *from;
    int ndim; /* dims but the last */
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    int64_t n, stride; /* the last dim */
    int64_t rows, rows_per_piece;
} gather;

static void gather_row(const gather *g, char *to, const char *from)
{
    enum { CHUNK = 512 };
    lun_c128 chunk[CHUNK];
    size_t to_size = lun_dtype_size(g->to_type), from_size = lun_dtype_size(g->from_type);
    if (g->to_type == g->from_type) pack(to_size, to, from, g->n, g->stride);
    else if (g->stride == 1) lun_convert(g->n, g->to_type, to, g->from_type, from);
    else
        for (int64_t at = 0; at < g->n; at += CHUNK) {
            int64_t n = g->n - at < CHUNK ? g->n - at : CHUNK;
            pack(from_size, chunk, from + at * g->stride * (int64_t)from_size, n, g->stride);
            lun_convert(n, g->to_type, to + (size_t)at * to_size, g->from_type, chunk);
        }
}

static void gather_piece(int64_t piece, void *argument)
{
    const gather *g = argument;
    int64_t first = piece * g->rows_per_piece, last = first + g->rows_per_piece;
    if (last > g->rows) last = g->rows;
    int64_t at[LUN_MAX_DIMS] = {0}, from = 0;
    for (int64_t d = g->ndim - 1, rest = first; d >= 0; d--) {
        at[d] = rest % g->dims[d];
        rest /= g->dims[d];
        from += at[d] * g->strides[d];
    }
    size_t to_size = lun_dtype_size(g->to_type), from_size = lun_dtype_size(g->from_type);
    for (int64_t row = first; row < last; row++) {
        gather_row(g, g->to + (size_t)(row * g->n) * to_size, g->from + from * (int64_t)from_size);
        for (int d = g->ndim - 1; d >= 0; d--) {
            from += g->strides[d];
            if (++at[d] < g->dims[d]) break;
            from -= at[d] * g->strides[d];
            at[d] = 0;
        }
    }
}

/* Dims that follow each other in memory become one; what is left of the shape goes into g. */
static void merge_dims(gather *g, const lun_tensor *x)
{
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    int n = 0;
    for (int d = 0; d < x->ndim; d++) {
        if (x->dims[d] == 1) continue;
        if (n && strides[n - 1] == x->dims[d] * x->strides[d]) {
            dims[n - 1] *= x->dims[d];
            strides[n - 1] = x->strides[d];
        } else {
            dims[n] = x->dims[d];
            strides[n++] = x->strides[d];
        }
    }
    g->n = n ? dims[n - 1] : 1;
    g->stride = n ? strides[n - 1] : 1;
    g->ndim = n ? n - 1 : 0;
    memcpy(g->dims, dims, (size_t)g->ndim * sizeof *dims);
    memcpy(g->strides, strides, (size_t)g->ndim * sizeof *strides);
    const int64_t piece = 32768;
    if (g->ndim == 0 && g->n > piece) { /* one long row is cut as well */
        int64_t cut = piece;
        while (cut > 1 && g->n % cut) cut /= 2;
        if (cut >= 1024) {
            g->ndim = 1;
            g->dims[0] = g->n / cut;
            g->strides[0] = cut * g->stride;
            g->n = cut;
        }
    }
    g->rows = x->numel / g->n;
    g->rows_per_piece = g->n >= piece ? 1 : piece / g->n;
}

static bool move(void *to, lun_dtype to_type, const void *from, lun_dtype from_type, const lun_tensor *shape)
{
    gather g = {.to_type = to_type, .from_type = from_type, .to = to, .from = from};
    merge_dims(&g, shape);
    int64_t pieces = (g.rows + g.rows_per_piece - 1) / g.rows_per_piece;
    return lun_parallel(pieces, gather_piece, &g, (double)shape->numel);
}

bool lun_dense_read(lun_dense *d, const lun_tensor *x, lun_dtype as)
{
    *d = (lun_dense){0};
    if (lun_is_none(x)) return true;
    if (!x->numel || (x->dtype == as && lun_is_contiguous(x))) return d->data = lun_data(x), true;
    d->owned = (size_t)x->numel * lun_dtype_size(as);
    d->data = lun_data_get(d->owned);
    if (!d->data) return d->owned = 0, false;
    if (move(d->data, as, lun_data(x), (lun_dtype)x->dtype, x)) return true;
    return lun_dense_end(d), false;
}

void lun_dense_end(lun_dense *d)
{
    if (d->owned) lun_data_put(d->data, d->owned);
    *d = (lun_dense){0};
}

static lun_dtype computed_as(const lun_frame *f, const lun_tensor *x)
{
    lun_dtype t = (lun_dtype)x->dtype;
    return lun_dtype_is_complex(t) ? f->type : lun_dtype_is_float(t) ? lun_dtype_real(f->type) : t;
}

static bool open_out(lun_frame *f, int i)
{
    lun_tensor *x = f->call->out[i];
    lun_dtype as = computed_as(f, x);
    if (x->dtype == as || !x->numel) return f->out[i].data = lun_data(x), true;
    f->out[i].owned = (size_t)x->numel * lun_dtype_size(as);
    f->out[i].data = lun_data_get(f->out[i].owned);
    if (!f->out[i].data) f->out[i].owned = 0;
    return f->out[i].data != NULL;
}

static void widen(lun_frame *f, lun_dtype t)
{
    if (lun_dtype_real(t) == LUN_F64) f->type = lun_dtype_is_complex(f->type) ? LUN_C128 : LUN_F64;
    if (lun_dtype_is_complex(t)) f->type = lun_dtype_complex(f->type);
}

bool lun_frame_open_but(lun_frame *f, lun_call *c, unsigned skip)
{
    *f = (lun_frame){.call = c, .type = LUN_F32};
    for (int i = 0; i < c->n_in; i++)
        if (!lun_is_none(c->in[i])) widen(f, (lun_dtype)c->in[i]->dtype);
    for (int i = 0; i < c->n_out; i++) widen(f, (lun_dtype)c->out[i]->dtype);
    bool good = true;
    for (int i = 0; good && i < c->n_in; i++)
        if (!(skip >> i & 1U) && !lun_is_none(c->in[i]))
            good = lun_dense_read(&f->in[i], c->in[i], computed_as(f, c->in[i]));
    for (int i = 0; good && i < c->n_out; i++) good = open_out(f, i);
    return good || lun_frame_close(f, false);
}

bool lun_frame_open(lun_frame *f, lun_call *c) { return lun_frame_open_but(f, c, 0); }

bool lun_frame_close(lun_frame *f, bool done)
{
    lun_call *c = f->call;
    for (int i = 0; i < c->n_out; i++) {
        lun_tensor *x = c->out[i];
        if (done && f->out[i].owned)
            done = move(lun_data(x), (lun_dtype)x->dtype, f->out[i].data, computed_as(f, x), x);
        lun_dense_end(&f->out[i]);
    }
    for (int i = 0; i < c->n_in; i++) lun_dense_end(&f->in[i]);
    return done || lun_fail_interrupted();
}

bool lun_stopped(bool *stopped)
{
    if (lun_interrupted()) __atomic_store_n(stopped, true, __ATOMIC_RELAXED);
    return __atomic_load_n(stopped, __ATOMIC_RELAXED);
}
