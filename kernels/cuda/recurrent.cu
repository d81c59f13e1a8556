/* recurrent.cu - one layer of a recurrent network over a packed batch, forward and back
 *
 * A step is one product of the states with the weights and one kernel over all gates. States are held [batch, .]: at any moment those of
 * a sequence as far as it has come; one that has not begun has its first, one that is over its last.
 * Holds: half precision is computed in float32 and rounded at the end, as on the CPU. Read next: kernels/cpu/recurrent.c,
 * core/ops/recurrent.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/product.h"

extern "C" {
#include "core/ops/recurrent.h"
}

/* The rows of one step, as kernels take them. */
struct cell {
    lun_recurrent_mode mode;
    int64_t rows, hidden;
    const void *x;             /* [rows, gates] */
    const void *u;             /* the states times the weights */
    const void *b;             /* a bias for u, or NULL */
    void *c, *kept, *y, *copy; /* copy: a second place for y, or NULL */
    /* backward */
    const void *kept_in, *more, *out; /* more: the gradient of kept, or NULL */
    const void *before, *first;       /* the states before: rows 0..before_rows - 1 `before_step` apart, others first ones */
    int64_t before_rows, before_step, first_step;
    const void *g;                    /* the gradient of y besides dh, or NULL */
    void *dh, *dpre, *other;
};

template <class T> static __device__ __forceinline__ T sigmoid(T x) { return 1 / (1 + exp(-x)); }

template <class T> static __global__ void forward_cell(cell s)
{
    const int64_t n = s.hidden;
    const int gates = s.mode == LUN_RECURRENT_LSTM ? 4 : s.mode == LUN_RECURRENT_GRU ? 3 : 1;
    for (int64_t at = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; at < s.rows * n; at += (int64_t)gridDim.x * blockDim.x) {
        const int64_t row = at / n, k = at % n;
        const T *x = (const T *)s.x + row * gates * n + k, *u = (const T *)s.u + row * gates * n + k, *b = s.b ? (const T *)s.b + k : NULL;
        T *y = (T *)s.y + at, pre[4] = {};
        for (int i = 0; i < gates; i++) pre[i] = s.mode == LUN_RECURRENT_GRU ? u[i * n] : x[i * n] + u[i * n];
        for (int i = 0; i < gates && b; i++) pre[i] += b[i * n];
        T made;
        if (s.mode == LUN_RECURRENT_LSTM) {
            T *to = (T *)s.kept + row * 5 * n + k, *c = (T *)s.c + at;
            T in = sigmoid(pre[0]), forget = sigmoid(pre[1]), g = tanh(pre[2]), o = sigmoid(pre[3]), now = forget * *c + in * g;
            to[0] = in;
            to[n] = forget;
            to[2 * n] = g;
            to[3 * n] = o;
            to[4 * n] = now;
            *c = now;
            made = o * tanh(now);
        } else if (s.mode == LUN_RECURRENT_GRU) {
            T *to = (T *)s.kept + row * 4 * n + k;
            T r = sigmoid(x[0] + pre[0]), z = sigmoid(x[n] + pre[1]), m = pre[2], now = tanh(x[2 * n] + r * m);
            to[0] = r;
            to[n] = z;
            to[2 * n] = now;
            to[3 * n] = m;
            made = now + z * (*y - now);
        } else {
            made = s.mode == LUN_RECURRENT_RELU ? (pre[0] < 0 ? 0 : pre[0]) : tanh(pre[0]);
        }
        *y = made;
        if (s.copy) ((T *)s.copy)[at] = made;
    }
}

template <class T> static __global__ void backward_cell(cell s)
{
    const int64_t n = s.hidden;
    for (int64_t at = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; at < s.rows * n; at += (int64_t)gridDim.x * blockDim.x) {
        const int64_t row = at / n, k = at % n;
        T *dh = (T *)s.dh + at;
        const T g = s.g ? *dh + ((const T *)s.g)[at] : *dh;
        const T before = !s.before && !s.first ? 0
                         : row < s.before_rows ? ((const T *)s.before)[row * s.before_step + k] : ((const T *)s.first)[row * s.first_step + k];
        if (s.mode == LUN_RECURRENT_LSTM) {
            const T *a = (const T *)s.kept_in + row * 5 * n + k, *e = s.more ? (const T *)s.more + row * 5 * n + k : NULL;
            T *to = (T *)s.dpre + row * 4 * n + k, *dc = (T *)s.c + at;
            T i = a[0], f = a[n], u = a[2 * n], o = a[3 * n], t = tanh(a[4 * n]);
            T all = *dc + g * o * (1 - t * t) + (e ? e[4 * n] : 0);
            T di = all * u + (e ? e[0] : 0), df = all * before + (e ? e[n] : 0);
            T du = all * i + (e ? e[2 * n] : 0), dout = g * t + (e ? e[3 * n] : 0);
            to[0] = di * i * (1 - i);
            to[n] = df * f * (1 - f);
            to[2 * n] = du * (1 - u * u);
            to[3 * n] = dout * o * (1 - o);
            *dc = all * f;
        } else if (s.mode == LUN_RECURRENT_GRU) {
            const T *a = (const T *)s.kept_in + row * 4 * n + k, *e = s.more ? (const T *)s.more + row * 4 * n + k : NULL;
            T *to = (T *)s.dpre + row * 3 * n + k, *other = (T *)s.other + row * 3 * n + k;
            T r = a[0], z = a[n], now = a[2 * n], m = a[3 * n];
            T dz = (g * (before - now) + (e ? e[n] : 0)) * z * (1 - z);
            T dn = (g * (1 - z) + (e ? e[2 * n] : 0)) * (1 - now * now);
            T dr = (dn * m + (e ? e[0] : 0)) * r * (1 - r);
            to[0] = other[0] = dr;
            to[n] = other[n] = dz;
            to[2 * n] = dn;
            other[2 * n] = dn * r + (e ? e[3 * n] : 0);
            *dh = g * z;
        } else {
            T y = ((const T *)s.out)[at];
            ((T *)s.dpre)[at] = s.mode == LUN_RECURRENT_RELU ? (y > 0 ? g : 0) : g * (1 - y * y);
        }
    }
}

/* to += from (if there is one); also to `copy`. */
template <class T> static __global__ void add_rows(int64_t n, T *to, const T *from, T *copy)
{
    for (int64_t at = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; at < n; at += (int64_t)gridDim.x * blockDim.x) {
        T v = from ? to[at] + from[at] : to[at];
        to[at] = v;
        copy[at] = v;
    }
}

/* ---- the walk over steps ---- */

struct layer {
    lun_dtype type;
    int64_t size; /* bytes */
    lun_recurrent_mode mode;
    bool reverse;
    int64_t hidden, result, gates, kept; /* gates, kept: numbers per row */
    lun_steps steps;
    lun_tensor *w, *b, *projection;
};

static char *rows(const layer *l, const lun_tensor *x, int64_t row, int64_t n)
{
    return lun_is_none(x) ? NULL : (char *)lun_data(x) + row * n * l->size;
}

/* Contiguous, in the dtype that is computed in. */
static lun_tensor *ready(const layer *l, lun_tensor *x) { return lun_is_none(x) ? x : lun_contiguous(lun_to_dtype(x, l->type)); }

static lun_tensor *new_like(const layer *l, const lun_tensor *x, int64_t columns)
{
    int64_t dims[2] = {x->dims[0], columns};
    return lun_tensor_empty(l->type, 2, dims, lun_tensor_device(x));
}

/* c = a b^T (or a b), the rows of a `k` long; added to c when `add`. */
static bool product(const layer *l, int64_t m, const void *a, int64_t k, const lun_tensor *w, bool transposed, int64_t n, void *to, bool add)
{
    lun_product p{};
    p.type = l->type;
    p.m = m;
    p.n = n;
    p.k = k;
    p.batches = 1;
    p.a = {a, k, 1, 0};
    p.b = {lun_data(w), transposed ? 1 : n, transposed ? k : 1, 0};
    p.c = to;
    p.c_row = n;
    p.add = add;
    return lun_cuda_product(&p);
}

template <class T, class... P, class... A>
static bool over(const char *what, void (*kernel)(P...), int64_t n, A... arguments)
{
    return !n || lun_cuda_launch(what, kernel, lun_blocks(n, 256), 256, 0, arguments...);
}

static bool copy(void *to, const void *from, int64_t bytes)
{
    return !bytes || lun_cuda_check(cudaMemcpyAsync(to, from, (size_t)bytes, cudaMemcpyDeviceToDevice, lun_cuda_stream()), "copy states");
}

static bool begin(layer *l, const lun_call *c, lun_tensor *w, lun_tensor *b, lun_tensor *projection, const lun_tensor *sizes, int64_t batch,
                  int64_t total)
{
    *l = layer{};
    l->type = w->dtype == LUN_F64 ? LUN_F64 : LUN_F32;
    l->size = (int64_t)lun_dtype_size(l->type);
    l->mode = (lun_recurrent_mode)lun_param_int(&c->params, 0, 0);
    l->reverse = lun_param_bool(&c->params, 1, false);
    l->gates = w->dims[0];
    l->hidden = l->gates / lun_recurrent_gates(l->mode);
    l->kept = lun_recurrent_kept(l->mode) * l->hidden;
    l->result = w->dims[1];
    l->w = ready(l, w);
    l->b = ready(l, b);
    l->projection = ready(l, projection);
    return l->w && l->b && l->projection && lun_steps_read(&l->steps, sizes, batch, total);
}

/* Calls step(t, first row, rows) for each step in one direction. */
template <class F> static bool walk(const layer *l, bool from_end, F step)
{
    int64_t offset = from_end ? l->steps.total : 0;
    for (int64_t k = 0; k < l->steps.steps; k++) {
        int64_t t = from_end ? l->steps.steps - 1 - k : k, n = lun_steps_size(&l->steps, t);
        if (from_end) offset -= n;
        if (!step(t, offset, n)) return false;
        if (!from_end) offset += n;
    }
    return true;
}

/* The results of the call in the dtype computed in, to be filled; and then brought into the call's. */
static bool results(const layer *l, const lun_call *c, lun_tensor **to)
{
    for (int i = 0; i < c->n_out; i++) {
        lun_tensor *x = c->out[i];
        to[i] = x->dtype == l->type ? x : lun_tensor_empty(l->type, x->ndim, x->dims, lun_tensor_device(x));
        if (!to[i]) return false;
    }
    return true;
}
static bool deliver(const lun_call *c, lun_tensor **from)
{
    for (int i = 0; i < c->n_out; i++)
        if (from[i] != c->out[i] && c->out[i]->numel && !lun_copy_into(c->out[i], from[i])) return false;
    return true;
}

template <class T> static bool forward(const layer *l, lun_tensor *x, lun_tensor *h, lun_tensor *c, lun_tensor **out)
{
    const bool projected = !lun_is_none(l->projection);
    lun_tensor *u = new_like(l, h, l->gates), *full = projected ? new_like(l, h, l->hidden) : h;
    if (!u || !full) return false;
    return walk(l, l->reverse, [&](int64_t, int64_t offset, int64_t n) {
        cell s{};
        s.mode = l->mode;
        s.rows = n;
        s.hidden = l->hidden;
        s.x = rows(l, x, offset, l->gates);
        s.u = lun_data(u);
        s.b = lun_is_none(l->b) ? NULL : lun_data(l->b);
        s.c = lun_is_none(c) ? NULL : lun_data(c);
        s.kept = rows(l, out[1], offset, l->kept);
        s.y = lun_data(full);
        char *to = rows(l, out[0], offset, l->result);
        s.copy = projected ? NULL : to;
        return product(l, n, lun_data(h), l->result, l->w, true, l->gates, lun_data(u), false) &&
               over<T>("recurrent step", forward_cell<T>, n * l->hidden, s) &&
               (!projected || (product(l, n, lun_data(full), l->hidden, l->projection, true, l->result, to, false) &&
                               copy(lun_data(h), to, n * l->result * l->size)));
    });
}

extern "C" bool lun_cuda_recurrent(lun_call *c)
{
    layer l;
    lun_tensor *out[LUN_MAX_OUT], *h0 = c->in[1], *c0 = c->in[2];
    if (!begin(&l, c, c->in[3], c->in[4], c->in[5], c->in[6], h0->dims[0], c->in[0]->dims[0]) || !results(&l, c, out)) return false;
    lun_tensor *x = ready(&l, c->in[0]), *h = lun_clone(ready(&l, h0)), *m = lun_is_none(c0) ? c0 : lun_clone(ready(&l, c0));
    if (!x || !h || !m) return false;
    bool done = !l.steps.total || (l.type == LUN_F64 ? forward<double>(&l, x, h, m, out) : forward<float>(&l, x, h, m, out));
    return done && deliver(c, out);
}

/* ---- backward: dh and dc of a sequence are in its states, and stay there as those of h0 and c0 ---- */

struct saved { lun_tensor *g, *more, *out, *kept, *h0, *c0; };

/* Where the h or c that the rows of step t came from lie: those of the step before in the order of the forward, or the first ones. */
static void find_before(const layer *l, const saved *v, int64_t t, int64_t offset, int64_t n, cell *s)
{
    const bool lstm = l->mode == LUN_RECURRENT_LSTM;
    const lun_tensor *first = lstm ? v->c0 : v->h0, *all = lstm ? v->kept : v->out;
    int64_t earlier = l->reverse ? t + 1 : t - 1, step = lstm ? l->kept : l->result, skip = lstm ? 4 * l->hidden : 0;
    s->first = lun_data(first);
    s->first_step = lstm ? l->hidden : l->result;
    if (earlier < 0 || earlier >= l->steps.steps) return;
    int64_t size = lun_steps_size(&l->steps, earlier), from = l->reverse ? offset + n : offset - size;
    s->before = rows(l, all, from, step) + skip * l->size;
    s->before_rows = size;
    s->before_step = step;
}

template <class T> static bool backward(const layer *l, const saved *v, lun_tensor **out)
{
    const bool projected = !lun_is_none(l->projection), gru = l->mode == LUN_RECURRENT_GRU;
    lun_tensor *dx = out[0], *dh = out[1], *dc = out[2], *other = out[3], *full = projected ? new_like(l, v->h0, l->hidden) : dh;
    if (!full) return false;
    return walk(l, !l->reverse, [&](int64_t t, int64_t offset, int64_t n) {
        cell s{};
        s.mode = l->mode;
        s.rows = n;
        s.hidden = l->hidden;
        s.kept_in = rows(l, v->kept, offset, l->kept);
        s.more = rows(l, v->more, offset, l->kept);
        s.out = rows(l, v->out, offset, l->result);
        s.g = projected ? NULL : rows(l, v->g, offset, l->result);
        s.c = lun_data(dc);
        s.dh = lun_data(full);
        s.dpre = rows(l, dx, offset, l->gates);
        s.other = gru ? rows(l, other, offset, l->gates) : NULL;
        if (gru || l->mode == LUN_RECURRENT_LSTM) find_before(l, v, t, offset, n, &s);
        const void *slope = gru ? s.other : s.dpre;
        return (!projected || (over<T>("recurrent step", add_rows<T>, n * l->result, n * l->result, (T *)lun_data(dh),
                                       (const T *)rows(l, v->g, offset, l->result), (T *)rows(l, other, offset, l->result)) &&
                               product(l, n, lun_data(dh), l->result, l->projection, false, l->hidden, lun_data(full), false))) &&
               over<T>("recurrent step", backward_cell<T>, n * l->hidden, s) &&
               product(l, n, slope, l->gates, l->w, false, l->result, lun_data(dh), gru);
    });
}

extern "C" bool lun_cuda_recurrent_gradient(lun_call *c)
{
    layer l;
    lun_tensor *out[LUN_MAX_OUT];
    if (!begin(&l, c, c->in[6], LUN_NONE, c->in[7], c->in[8], c->in[4]->dims[0], c->in[2]->dims[0]) || !results(&l, c, out)) return false;
    saved v = {ready(&l, c->in[0]), ready(&l, c->in[1]), ready(&l, c->in[2]), ready(&l, c->in[3]), ready(&l, c->in[4]), ready(&l, c->in[5])};
    if (!v.g || !v.more || !v.out || !v.kept || !v.h0 || !v.c0) return false;
    for (int i = 1; i < 3; i++)
        if (out[i]->numel && !lun_cuda_check(cudaMemsetAsync(lun_data(out[i]), 0, lun_tensor_bytes(out[i]), lun_cuda_stream()), "clear gradients"))
            return false;
    bool done = !l.steps.total || (l.type == LUN_F64 ? backward<double>(&l, &v, out) : backward<float>(&l, &v, out));
    return done && deliver(c, out);
}
