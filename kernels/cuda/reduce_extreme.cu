/* reduce_extreme.cu - amax, amin, max, min, argmax, argmin
 *
 * Holds: a NaN beats every number; of equal ones, and of NaNs, the first has the place. Places count from 0 here.
 * Read next: kernels/cuda/reduce.h, kernels/cpu/reduce.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/reduce.h"
#include "core/op_id.h"

#include <limits.h>
#include <math.h>

namespace {
/* What an extreme of T is kept in, and how results are stored from it. */
template <class T> struct cell_of { using type = int32_t; using wide = int64_t; };
template <> struct cell_of<int64_t> { using type = int64_t; using wide = int64_t; };
template <> struct cell_of<float> { using type = float; using wide = double; };
template <> struct cell_of<lun_half> { using type = float; using wide = double; };
template <> struct cell_of<lun_bf16> { using type = float; using wide = double; };
template <> struct cell_of<double> { using type = double; using wide = double; };

static __device__ __forceinline__ bool is_nan(float v) { return v != v; }
static __device__ __forceinline__ bool is_nan(double v) { return v != v; }
static __device__ __forceinline__ bool is_nan(int32_t) { return false; }
static __device__ __forceinline__ bool is_nan(int64_t) { return false; }
static __device__ __forceinline__ float lowest(float) { return -(float)INFINITY; }
static __device__ __forceinline__ double lowest(double) { return -(double)INFINITY; }
static __device__ __forceinline__ int32_t lowest(int32_t) { return INT32_MIN; }
static __device__ __forceinline__ int64_t lowest(int64_t) { return INT64_MIN; }
static __device__ __forceinline__ float highest(float) { return (float)INFINITY; }
static __device__ __forceinline__ double highest(double) { return (double)INFINITY; }
static __device__ __forceinline__ int32_t highest(int32_t) { return INT32_MAX; }
static __device__ __forceinline__ int64_t highest(int64_t) { return INT64_MAX; }

template <class T> struct fold_extreme {
    using element = T;
    using state = typename cell_of<T>::type;
    bool least;
    __device__ state none() const { return least ? highest(state()) : lowest(state()); }
    __device__ state join(state a, state b) const
    {
        bool beats = least ? b < a : b > a;
        return beats || is_nan(b) ? b : a;
    }
    __device__ void add(state &s, T v, int64_t, T) const { s = join(s, (state)lun_load(v)); }
    __device__ void finish(const lun_fold_plan &p, int64_t at, state s) const
    {
        lun_put(p.out, p.out_type, at, (typename cell_of<T>::wide)s);
    }
};

template <class T> struct fold_place {
    using element = T;
    using cell = typename cell_of<T>::type;
    struct state {
        cell value;
        int64_t place; /* -1: nothing yet */
    };
    bool least;
    __device__ state none() const { return state{0, -1}; }
    __device__ state join(state a, state b) const
    {
        if (a.place < 0 || b.place < 0) return a.place < 0 ? b : a;
        bool earlier = b.place < a.place, nan = is_nan(b.value);
        if (nan != is_nan(a.value)) return nan ? b : a;
        if (nan || a.value == b.value) return earlier ? b : a;
        return (b.value < a.value) == least ? b : a;
    }
    __device__ void add(state &s, T v, int64_t place, T) const { s = join(s, state{(cell)lun_load(v), place}); }
    __device__ void finish(const lun_fold_plan &p, int64_t at, state s) const
    {
        if (p.out) lun_put(p.out, p.out_type, at, (typename cell_of<T>::wide)s.value);
        if (p.places) p.places[at] = s.place;
    }
};
}

extern "C" bool lun_cuda_extremum(lun_call *c)
{
    int id = c->op->id;
    lun_tensor *x = c->in[0];
    bool least = id == LUN_OP_amin || id == LUN_OP_min || id == LUN_OP_argmin;
    bool only_place = id == LUN_OP_argmax || id == LUN_OP_argmin;
    lun_fold_plan p{};
    uint32_t folded;
    if (!lun_param_dims(c, 0, x->ndim, &folded)) return false;
    p.out_type = x->dtype;
    p.out = only_place ? NULL : lun_data(c->out[0]);
    p.places = only_place ? lun_at<int64_t>(c->out[0]) : c->n_out > 1 ? lun_at<int64_t>(c->out[1]) : NULL;
    return lun_by_real((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if (p.places) return lun_fold_run(c, x, p, fold_place<T>{least}, folded, true);
        return lun_fold_run(c, x, p, fold_extreme<T>{least}, folded, false);
    });
}
