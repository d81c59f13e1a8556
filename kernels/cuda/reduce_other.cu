/* reduce_other.cu - var, std, any, all
 *
 * A variance is taken in one pass: sums, in double, of the distances from the first element and of their squares. That element
 * is at most sqrt(n) standard deviations from the mean, so the difference of the two loses at most n ulps of a double.
 * Read next: kernels/cuda/reduce.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/reduce.h"
#include "core/op_id.h"

namespace {
template <class T> struct fold_variance {
    using element = T;
    struct state { double sum, squares; };
    __device__ state none() const { return state{0, 0}; }
    __device__ void add(state &s, T v, int64_t, T first) const
    {
        double d = (double)lun_load(v) - (double)lun_load(first);
        s.sum += d;
        s.squares += d * d;
    }
    __device__ state join(state a, state b) const { return state{a.sum + b.sum, a.squares + b.squares}; }
    __device__ void finish(const lun_fold_plan &p, int64_t at, state s) const
    {
        double squares = s.squares - s.sum * (s.sum / p.count);
        squares = (squares < 0 ? 0 : squares) / p.left;
        lun_put(p.out, p.out_type, at, p.root ? sqrt(squares) : squares);
    }
};
}

extern "C" bool lun_cuda_variance(lun_call *c)
{
    lun_tensor *x = c->in[0];
    lun_fold_plan p{};
    uint32_t folded;
    if (!lun_param_dims(c, 0, x->ndim, &folded)) return false;
    p.out = lun_data(c->out[0]);
    p.out_type = c->out[0]->dtype;
    p.root = c->op->id == LUN_OP_std;
    p.count = 1;
    for (int d = 0; d < x->ndim; d++) p.count *= folded >> d & 1U ? (double)x->dims[d] : 1;
    p.left = p.count - lun_param_float(&c->params, 2, 1);
    if (!(p.left > 0)) p.left = 0;
    return lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
        return lun_fold_run(c, x, p, fold_variance<typename decltype(tag)::type>{}, folded, false);
    });
}

template <class T> static __device__ __forceinline__ bool is_true(T v) { return lun_load(v) != 0; }
static __device__ __forceinline__ bool is_true(lun_c64 v) { return v.re != 0 || v.im != 0; }
static __device__ __forceinline__ bool is_true(lun_c128 v) { return v.re != 0 || v.im != 0; }

namespace {
template <class T> struct fold_truth {
    using element = T;
    using state = int;
    bool every;
    __device__ int none() const { return every; }
    __device__ int join(int a, int b) const { return every ? a & b : a | b; }
    __device__ void add(int &s, T v, int64_t, T) const { s = join(s, is_true(v)); }
    __device__ void finish(const lun_fold_plan &p, int64_t at, int s) const { ((uint8_t *)p.out)[at] = (uint8_t)s; }
};
}

extern "C" bool lun_cuda_any_all(lun_call *c)
{
    lun_tensor *x = c->in[0];
    bool every = c->op->id == LUN_OP_all;
    lun_fold_plan p{};
    uint32_t folded;
    if (!lun_param_named_dims(c, 0, x->ndim, &folded)) return false;
    p.out = lun_data(c->out[0]);
    if (x->dtype == LUN_C64) return lun_fold_run(c, x, p, fold_truth<lun_c64>{every}, folded, false);
    if (x->dtype == LUN_C128) return lun_fold_run(c, x, p, fold_truth<lun_c128>{every}, folded, false);
    return lun_by_real((lun_dtype)x->dtype, [&](auto tag) {
        return lun_fold_run(c, x, p, fold_truth<typename decltype(tag)::type>{every}, folded, false);
    });
}
