/* reduce_sum.cu - sum, mean, prod
 *
 * Floats are summed and multiplied in double, whole numbers in int64 that wraps around, complex numbers in a pair of doubles.
 * Where the result is to be of another kind than the input (a float sum of whole numbers), the input is converted first, as on
 * the CPU.
 * Read next: kernels/cuda/reduce.h, kernels/cpu/reduce.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/reduce.h"
#include "core/op_id.h"

namespace {
template <class T> struct fold_sum {
    using element = T;
    using state = typename lun_total<T>::type;
    __device__ state none() const { return 0; }
    __device__ void add(state &s, T v, int64_t, T) const { s += (state)lun_load(v); }
    __device__ state join(state a, state b) const { return a + b; }
    __device__ void finish(const lun_fold_plan &p, int64_t at, state s) const
    {
        if (p.count != 1) s = (state)((double)s / p.count);
        lun_put(p.out, p.out_type, at, s);
    }
};

template <class T> struct fold_product {
    using element = T;
    using state = typename lun_total<T>::type;
    __device__ state none() const { return 1; }
    __device__ void add(state &s, T v, int64_t, T) const { s = join(s, (state)lun_load(v)); }
    __device__ double join(double a, double b) const { return a * b; }
    __device__ int64_t join(int64_t a, int64_t b) const { return (int64_t)((uint64_t)a * (uint64_t)b); }
    __device__ void finish(const lun_fold_plan &p, int64_t at, state s) const { lun_put(p.out, p.out_type, at, s); }
};

/* Z: lun_c64 or lun_c128 */
template <class Z> struct fold_complex {
    using element = Z;
    using state = lun_c128;
    bool product;
    __device__ state none() const { return state{product ? 1.0 : 0.0, 0}; }
    __device__ state join(state a, state b) const
    {
        return product ? state{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re} : state{a.re + b.re, a.im + b.im};
    }
    __device__ void add(state &s, Z v, int64_t, Z) const { s = join(s, state{(double)v.re, (double)v.im}); }
    __device__ void finish(const lun_fold_plan &p, int64_t at, state s) const
    {
        s = state{s.re / p.count, s.im / p.count};
        if (p.out_type == LUN_C128) ((lun_c128 *)p.out)[at] = s;
        else ((lun_c64 *)p.out)[at] = lun_c64{(float)s.re, (float)s.im};
    }
};
}

static bool fold_complex_numbers(lun_call *c, const lun_fold_plan &p, uint32_t folded)
{
    bool product = c->op->id == LUN_OP_prod;
    if (c->in[0]->dtype == LUN_C128) return lun_fold_run(c, c->in[0], p, fold_complex<lun_c128>{product}, folded, false);
    return lun_fold_run(c, c->in[0], p, fold_complex<lun_c64>{product}, folded, false);
}

extern "C" bool lun_cuda_sum(lun_call *c)
{
    lun_tensor *x = c->in[0];
    lun_dtype given = (lun_dtype)x->dtype, wanted = (lun_dtype)c->out[0]->dtype;
    lun_fold_plan p{};
    uint32_t folded;
    if (!lun_param_dims(c, 0, x->ndim, &folded)) return false;
    p.out = lun_data(c->out[0]);
    p.out_type = wanted;
    p.count = 1;
    for (int d = 0; c->op->id == LUN_OP_mean && d < x->ndim; d++) p.count *= folded >> d & 1U ? (double)x->dims[d] : 1;
    if (lun_dtype_is_complex(given)) return fold_complex_numbers(c, p, folded);
    if (lun_dtype_is_float(given) != lun_dtype_is_float(wanted)) {
        x = lun_to_dtype(lun_tensor_alias(x), lun_dtype_is_float(wanted) ? LUN_F64 : LUN_I64);
        if (!x) return false;
    }
    return lun_by_real((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (c->op->id == LUN_OP_prod) return lun_fold_run(c, x, p, fold_product<T>{}, folded, false);
        return lun_fold_run(c, x, p, fold_sum<T>{}, folded, false);
    });
}
