/* attention.cu - attention: from tensors to what its kernels are told
 *
 * Sources: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018; Dao et al., "FlashAttention", 2022; Dao,
 * "FlashAttention-2", 2023.
 * Holds: no matrix of scores is ever kept, and every result has one owner, so bits do not depend on the order of blocks.
 * Read next: kernels/cuda/attention_plain.cu, kernels/cuda/attention_tensor.cu, core/ops/attention.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/attention.h"

static lun_heads heads_of(const lun_tensor *x, int lead)
{
    lun_heads h{};
    h.data = lun_data(x);
    h.row = x->strides[x->ndim - 2];
    for (int d = 0; d < lead; d++) h.step[d] = x->strides[d];
    return h;
}

/* x with the elements of its rows side by side */
static lun_tensor *in_rows(lun_tensor *x) { return x->strides[x->ndim - 1] == 1 || x->dims[x->ndim - 1] == 1 ? x : lun_clone(x); }

static lun_mask_kind mask_kind(const lun_tensor *m)
{
    switch (m->dtype) {
    case LUN_BOOL: return LUN_MASK_BOOL;
    case LUN_F64: return LUN_MASK_F64;
    case LUN_F16: return LUN_MASK_F16;
    case LUN_BF16: return LUN_MASK_BF16;
    default: return LUN_MASK_F32;
    }
}

/* q, k, v at inputs `at`..at + 2, mask and seed after them. */
static bool begin(lun_attend *a, const lun_call *c, int at)
{
    lun_tensor *q = in_rows(c->in[at]), *k = in_rows(c->in[at + 1]), *v = in_rows(c->in[at + 2]), *mask = c->in[at + 3], *seed = c->in[at + 4];
    if (!q || !k || !v) return false;
    *a = lun_attend{};
    a->lead = q->ndim - 2;
    int64_t sets = 1;
    a->heads = 1;
    for (int d = 0; d < a->lead; d++) {
        a->heads *= a->q_dims[d] = q->dims[d];
        sets *= a->k_dims[d] = k->dims[d];
    }
    a->groups = sets ? a->heads / sets : 1;
    a->length = q->dims[a->lead];
    a->keys = k->dims[a->lead];
    a->e = q->dims[a->lead + 1];
    a->ev = v->dims[a->lead + 1];
    a->q = heads_of(q, a->lead);
    a->k = heads_of(k, a->lead);
    a->v = heads_of(v, a->lead);
    if (!lun_is_none(mask)) {
        a->mask = heads_of(mask, a->lead);
        a->mask_kind = mask_kind(mask);
        a->mask_key = mask->strides[mask->ndim - 1];
    }
    a->causal = lun_param_bool(&c->params, 0, false);
    a->scale = lun_param_float(&c->params, 1, 1);
    if (lun_is_none(seed)) return true;
    a->dropout = lun_param_float(&c->params, 2, 0);
    a->seed = (uint64_t)lun_get_integer(seed, 0); /* the seed stays on the CPU: the row's `counts` */
    a->offset = (uint64_t)lun_get_integer(seed, 1);
    return true;
}

static bool zero(lun_tensor *x)
{
    return !x->numel || lun_cuda_check(cudaMemsetAsync(lun_data(x), 0, lun_tensor_bytes(x), lun_cuda_stream()), "clear the result");
}

static bool has_work(const lun_attend *a) { return a->heads && a->length && a->keys && a->e && a->ev; }

extern "C" bool lun_cuda_attention(lun_call *c)
{
    lun_attend a;
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    if (!begin(&a, c, 0)) return false;
    if (!has_work(&a)) return zero(c->out[0]) && zero(c->out[1]);
    a.out = lun_data(c->out[0]);
    a.logsumexp = lun_data(c->out[1]);
    return lun_attention_fits(type, a, false) ? lun_attention_tensor_forward(type, a) : lun_attention_forward(type, a);
}

extern "C" bool lun_cuda_attention_gradient(lun_call *c)
{
    lun_attend a;
    lun_dtype type = (lun_dtype)c->in[1]->dtype;
    lun_tensor *g = in_rows(c->in[0]), *out = lun_contiguous(c->in[6]), *logsumexp = lun_contiguous(c->in[7]);
    if (!g || !out || !logsumexp || !begin(&a, c, 1)) return false;
    if (!has_work(&a)) return zero(c->out[0]) && zero(c->out[1]) && zero(c->out[2]);
    lun_tensor *inner = lun_tensor_empty((lun_dtype)logsumexp->dtype, logsumexp->ndim, logsumexp->dims, lun_tensor_device(out));
    if (!inner) return false;
    a.g = heads_of(g, a.lead);
    a.out = lun_data(out);
    a.logsumexp = lun_data(logsumexp);
    a.inner = lun_data(inner);
    a.dq = lun_data(c->out[0]);
    a.dk = lun_data(c->out[1]);
    a.dv = lun_data(c->out[2]);
    return lun_attention_fits(type, a, true) ? lun_attention_tensor_backward(type, a) : lun_attention_backward(type, a);
}

/* The factors alone: a thread for each group of four. */
template <class T> static __global__ void write_factors(lun_attend a, int64_t rows, T *to)
{
    const int64_t groups = (a.keys + 3) / 4;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < rows * groups; i += (int64_t)gridDim.x * blockDim.x) {
        lun_wide<T> factors[4];
        int64_t row = i / groups, key = i % groups * 4;
        lun_attention_factors<4>(a, row, key, factors);
        for (int k = 0; k < 4 && key + k < a.keys; k++) to[row * a.keys + key + k] = lun_store<T>(factors[k]);
    }
}

extern "C" bool lun_cuda_attention_dropout(lun_call *c)
{
    lun_tensor *out = c->out[0], *seed = c->in[0];
    lun_attend a{};
    a.keys = out->dims[out->ndim - 1];
    a.dropout = lun_param_float(&c->params, 0, 0);
    a.seed = (uint64_t)lun_get_integer(seed, 0);
    a.offset = (uint64_t)lun_get_integer(seed, 1);
    return lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        int64_t rows = out->numel / a.keys;
        return lun_cuda_launch("draw dropout", write_factors<T>, lun_blocks(rows * ((a.keys + 3) / 4), 256), 256, 0, a, rows, lun_at<T>(out));
    });
}
