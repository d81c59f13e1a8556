/* embedding.cu - rows of a table picked by number, added back for the gradient, shortened, counted, compared
 *
 * Holds: each sum of the gradient has one order (kernels/cuda/place.cu). Read next: kernels/cuda/pick.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/pick.h"
#include "kernels/cuda/place.h"

extern "C" bool lun_cuda_embedding(lun_call *c)
{
    const lun_tensor *tokens = c->in[0], *w = lun_cuda_dense(c->in[1], (lun_dtype)c->in[1]->dtype);
    return w && lun_cuda_pick_rows(lun_data(c->out[0]), lun_data(w), lun_at<int64_t>(tokens), 1, tokens->numel, w->dims[0],
                                   w->dims[1] * (int64_t)lun_dtype_size((lun_dtype)w->dtype));
}

extern "C" bool lun_cuda_embedding_gradient(lun_call *c)
{
    const lun_tensor *out = c->out[0], *tokens = c->in[1], *g = lun_cuda_dense(c->in[0], (lun_dtype)out->dtype);
    const lun_slices s = {1, out->dims[1], tokens->numel, out->dims[0], 1, false, false};
    if (!g || !lun_cuda_add_slices(out, (lun_dtype)out->dtype, lun_data(out), lun_data(g), lun_at<int64_t>(tokens), s))
        return false;
    if (!lun_param_given(&c->params, 1)) return true;
    int64_t padding = lun_param_int(&c->params, 1, 0);
    size_t bytes = (size_t)out->dims[1] * lun_dtype_size((lun_dtype)out->dtype);
    padding += padding < 0 ? out->dims[0] : 0;
    return lun_cuda_zero((char *)lun_data(out) + (size_t)padding * bytes, bytes);
}

static bool copy_row(void *to, const void *from, size_t bytes)
{
    return lun_cuda_check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, lun_cuda_stream()), "copy a row");
}

/* x[at[i]] += g[i]. What is added to the row of padding_idx is taken back. */
extern "C" bool lun_cuda_embedding_add(lun_call *c)
{
    const lun_tensor *x = c->out[0], *at = c->in[2], *g = lun_cuda_dense(c->in[1], (lun_dtype)x->dtype);
    const lun_slices s = {1, x->dims[1], at->numel, x->dims[0], 1, true, false};
    const size_t bytes = (size_t)x->dims[1] * lun_dtype_size((lun_dtype)x->dtype);
    const bool padded = lun_param_given(&c->params, 0);
    int64_t padding = lun_param_int(&c->params, 0, 0);
    padding += padding < 0 ? x->dims[0] : 0;
    char *row = (char *)lun_data(x) + (padded ? (size_t)padding * bytes : 0);
    char *kept = padded ? lun_cuda_room<char>(x, (int64_t)bytes) : NULL;
    if (!g || (padded && (!kept || !copy_row(kept, row, bytes)))) return false;
    return lun_cuda_add_slices(x, (lun_dtype)x->dtype, lun_data(x), lun_data(g), lun_at<int64_t>(at), s) &&
           (!padded || copy_row(row, kept, bytes));
}

/* ---- rows that are too long ---- */

static __global__ void mark_rows(uint8_t *seen, const int64_t *tokens, int64_t n)
{
    for (int64_t i = lun_thread<int64_t>(); i < n; i += lun_threads<int64_t>()) seen[tokens[i]] = 1;
}

/* A warp for each row; sums in double. */
template <class T>
static __global__ void shorten_rows(T *w, const uint8_t *seen, int64_t rows, int64_t n, int64_t row_stride, int64_t stride,
                                    double most, double p)
{
    const int lane = threadIdx.x & 31;
    const int64_t warps = lun_threads<int64_t>() / 32;
    for (int64_t row = lun_thread<int64_t>() / 32; row < rows; row += warps) {
        T *x = w + row * row_stride;
        double norm = 0, base = p < 0 ? HUGE_VAL : 0;
        if (!seen[row]) continue;
        for (int64_t k = lane; k < n; k += 32) {
            double v = fabs((double)lun_load(x[k * stride]));
            base = (p < 0 ? v < base : v > base) ? v : base;
            norm += p == 2 ? v * v : p == 1 ? v : p == 0 ? (double)(v != 0) : isinf(p) ? 0 : pow(v, p);
        }
        for (int d = 16; d > 0; d /= 2) {
            double other = __shfl_xor_sync(0xffffffff, base, d);
            base = (p < 0 ? other < base : other > base) ? other : base;
            norm += __shfl_xor_sync(0xffffffff, norm, d);
        }
        if (isinf(p)) norm = base;
        else if (p != 0) norm = p == 2 ? sqrt(norm) : pow(norm, 1 / p);
        if (!isinf(p) && fabs(p) >= 100 && !(isfinite(norm) && norm > 0) && isfinite(base) && base != 0) { /* as on the CPU */
            double sum = 0;
            for (int64_t k = lane; k < n; k += 32) sum += pow(fabs((double)lun_load(x[k * stride])) / base, p);
            for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
            norm = base * pow(sum, 1 / p);
        }
        for (int64_t k = lane; norm > most && k < n; k += 32)
            x[k * stride] = lun_store<T>((lun_wide<T>)((double)lun_load(x[k * stride]) * (most / (norm + 1e-7))));
    }
}

extern "C" bool lun_cuda_embedding_renorm(lun_call *c)
{
    const lun_tensor *w = c->out[0], *tokens = c->in[1];
    const double most = lun_param_float(&c->params, 0, 1), p = lun_param_float(&c->params, 1, 2);
    const int64_t rows = w->dims[0];
    uint8_t *seen = lun_cuda_room<uint8_t>(w, rows);
    return seen && lun_cuda_zero(seen, (size_t)rows) &&
           lun_cuda_over("embedding", mark_rows, tokens->numel, seen, lun_at<int64_t>(tokens), tokens->numel) &&
           lun_by_float((lun_dtype)w->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               return lun_cuda_over("embedding", shorten_rows<T>, rows * 32, lun_at<T>(w), seen, rows, w->dims[1],
                                    w->strides[0], w->strides[1], most, p);
           });
}

/* ---- how often each token is there ---- */

static __global__ void count_tokens(unsigned *counts, const int64_t *tokens, int64_t n)
{
    for (int64_t i = lun_thread<int64_t>(); i < n; i += lun_threads<int64_t>()) atomicAdd(&counts[tokens[i]], 1U);
}

template <class T> static __global__ void one_over_count(T *to, const unsigned *counts, const int64_t *tokens, int64_t n)
{
    for (int64_t i = lun_thread<int64_t>(); i < n; i += lun_threads<int64_t>())
        to[i] = lun_store<T>((lun_wide<T>)(1 / (double)counts[tokens[i]]));
}

extern "C" bool lun_cuda_token_frequency(lun_call *c)
{
    const lun_tensor *out = c->out[0], *tokens = c->in[0];
    unsigned *counts = lun_cuda_room<unsigned>(out, c->bound);
    return counts && lun_cuda_zero(counts, (size_t)c->bound * sizeof *counts) &&
           lun_cuda_over("embedding", count_tokens, tokens->numel, counts, lun_at<int64_t>(tokens), tokens->numel) &&
           lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
               using T = typename decltype(tag)::type;
               return lun_cuda_over("embedding", one_over_count<T>, tokens->numel, lun_at<T>(out), counts,
                                    lun_at<int64_t>(tokens), tokens->numel);
           });
}

/* ---- the largest of each bag ---- */

/* Rows whose number in `use` is 0 are left out; use NULL: none. The first largest counts, NaN as largest; from 1, 0 for none.
 */
template <class T>
static __global__ void largest_of_bag(int64_t *to, const T *x, const int64_t *first, const double *use, int64_t bags,
                                      int64_t n)
{
    const int64_t all = bags * n;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t b = lun_divide(t, n), k = t - b * n, at = 0;
        lun_wide<T> best = 0;
        for (int64_t row = first[b]; row < first[b + 1]; row++) {
            lun_wide<T> v = lun_load(x[row * n + k]);
            if (use && use[row] == 0) continue;
            if (at && !(v > best || (v != v && best == best))) continue;
            best = v;
            at = row + 1;
        }
        to[t] = at;
    }
}

extern "C" bool lun_cuda_bag_argmax(lun_call *c)
{
    const lun_tensor *x = lun_cuda_dense(c->in[0], (lun_dtype)c->in[0]->dtype), *first = lun_cuda_dense(c->in[1], LUN_I64),
                     *out = c->out[0];
    const lun_tensor *use = lun_is_none(c->in[2]) ? NULL : lun_cuda_dense(c->in[2], LUN_F64);
    if (!x || !first || (!lun_is_none(c->in[2]) && !use)) return false;
    return lun_by_real((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("embedding_bag", largest_of_bag<T>, out->numel, lun_at<int64_t>(out), lun_at<T>(x),
                             lun_at<int64_t>(first), use ? lun_at<double>(use) : (const double *)NULL, out->dims[0],
                             out->dims[1]);
    });
}
