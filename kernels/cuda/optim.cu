/* optim.cu - one step of SGD and Adam over a parameter, its gradient and its state
 *
 * One launch. Tensors of one dtype that lie side by side go in packs of 16 bytes; other strides and mixed dtypes element by
 * element.
 * Holds: the order of operations is that of kernels/cpu/optim_loops.c, so that an element's value is the CPU's to the last bits.
 * Read next: kernels/cpu/optim.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/block.h"
#include "kernels/cuda/replay.h"

#include <math.h>

enum { THREADS = 256, PARTS = 4 };

namespace {
/* v: parameter, gradient, then the state; W is what they are computed in. */
template <class W> struct sgd_step {
    enum { COUNT = 2 };
    W rate, decay;
    lun_step at; /* in replays of a graph: sgd_step_'s attributes */
    __device__ void prepare()
    {
        if (!at.numbers) return;
        rate = (W)at.numbers[0];
        decay = (W)at.numbers[3];
    }
    __device__ void operator()(W *v) const
    {
        W g = decay != 0 ? v[1] + decay * v[0] : v[1];
        v[0] -= rate * g;
    }
};
template <class W> struct momentum_step {
    enum { COUNT = 3 };
    W rate, decay, momentum, fresh;
    bool nesterov, first;
    lun_step at;
    __device__ void prepare()
    {
        if (!at.numbers) return;
        rate = (W)at.numbers[0];
        momentum = (W)at.numbers[1];
        fresh = (W)(1 - at.numbers[2]);
        decay = (W)at.numbers[3];
    }
    __device__ void operator()(W *v) const
    {
        W g = decay != 0 ? v[1] + decay * v[0] : v[1];
        v[2] = first ? g : v[2] * momentum + fresh * g;
        v[0] -= rate * (nesterov ? g + momentum * v[2] : v[2]);
    }
};
template <class W> struct adam_step {
    enum { COUNT = 4 };
    W rate, decay, shrink, eps, beta1, fresh1, beta2, fresh2, scale;
    bool near_old, decoupled;
    lun_step at; /* in replays: adam_step_'s attributes */
    /* n: step number, rate, beta1, beta2, eps, decay */
    __host__ __device__ void set(const double *n, double step)
    {
        rate = (W)(n[1] / (1 - pow(n[2], step)));
        scale = (W)sqrt(1 - pow(n[3], step));
        beta1 = (W)n[2], fresh1 = (W)(1 - n[2]);
        beta2 = (W)n[3], fresh2 = (W)(1 - n[3]);
        eps = (W)n[4];
        decay = (W)(decoupled ? 0 : n[5]);
        shrink = (W)(decoupled ? 1 - n[1] * n[5] : 1);
        near_old = n[2] > 0.5;
    }
    __device__ void prepare()
    {
        if (at.numbers) set(at.numbers, at.numbers[0] + (double)at.replay->count);
    }
    __device__ void operator()(W *v) const
    {
        W p = v[0] * shrink, g = decay != 0 ? v[1] + decay * p : v[1];
        v[2] = near_old ? v[2] + fresh1 * (g - v[2]) : g - (g - v[2]) * beta1;
        v[3] = v[3] * beta2 + fresh2 * g * g;
        v[0] = p - rate * v[2] / (sqrt(v[3]) / scale + eps);
    }
};

struct step_parts { void *at[PARTS]; };
struct step_types { int at[PARTS]; };
}

template <class T, class S> static __global__ void step_packs(step_parts p, int64_t n, S step)
{
    enum { V = lun_pack<T>::COUNT };
    int64_t packs = n / V, stride = (int64_t)gridDim.x * blockDim.x, first = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
    step.prepare();
    for (int64_t i = first; i < packs; i += stride) {
        lun_pack<T> some[S::COUNT];
        LUN_UNROLL
        for (int k = 0; k < S::COUNT; k++) some[k] = ((const lun_pack<T> *)p.at[k])[i];
        LUN_UNROLL
        for (int j = 0; j < V; j++) {
            lun_wide<T> v[S::COUNT];
            LUN_UNROLL
            for (int k = 0; k < S::COUNT; k++) v[k] = lun_load(some[k].at[j]);
            step(v);
            LUN_UNROLL
            for (int k = 0; k < S::COUNT; k++) some[k].at[j] = lun_store<T>(v[k]);
        }
        LUN_UNROLL
        for (int k = 0; k < S::COUNT; k++)
            if (k != 1) ((lun_pack<T> *)p.at[k])[i] = some[k];
    }
    for (int64_t i = packs * V + first; i < n; i += stride) {
        lun_wide<T> v[S::COUNT];
        for (int k = 0; k < S::COUNT; k++) v[k] = lun_load(((const T *)p.at[k])[i]);
        step(v);
        for (int k = 0; k < S::COUNT; k++)
            if (k != 1) ((T *)p.at[k])[i] = lun_store<T>(v[k]);
    }
}

template <class W> static __device__ __forceinline__ W get_float(const void *from, int type)
{
    switch (type) {
    case LUN_F32: return (W) * (const float *)from;
    case LUN_F64: return (W) * (const double *)from;
    case LUN_F16: return (W)lun_load(*(const lun_half *)from);
    default: return (W)lun_load(*(const lun_bf16 *)from);
    }
}

template <class W, class S> static __global__ void step_walk(lun_walk w, step_types types, S step)
{
    step.prepare();
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < w.numel; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t at[LUN_WALK_OPERANDS];
        W v[S::COUNT];
        lun_walk_at(w, i, at);
        LUN_UNROLL
        for (int k = 0; k < S::COUNT; k++) v[k] = get_float<W>(w.data[k] + at[k], types.at[k]);
        step(v);
        LUN_UNROLL
        for (int k = 0; k < S::COUNT; k++)
            if (k != 1) lun_put(w.data[k] + at[k], types.at[k], 0, (double)v[k]);
    }
}

/* make(W{}) gives the step computed in W. */
template <class F> static bool run_step(lun_call *c, int count, F make)
{
    const lun_tensor *x = c->in[0];
    bool flat = true, wide = false;
    step_parts p{};
    step_types types{};
    lun_iter it;
    lun_iter_begin(&it, x->ndim, x->dims);
    for (int k = 0; k < count; k++) {
        const lun_tensor *y = c->in[k];
        lun_iter_add(&it, y);
        p.at[k] = lun_data(y);
        types.at[k] = y->dtype;
        wide = wide || y->dtype == LUN_F64;
        flat = flat && y->dtype == x->dtype && lun_is_contiguous(y) && (uintptr_t)p.at[k] % 16 == 0;
        if (k >= 2) c->in[k]->storage->version++; /* the door counts the write to x, the result */
    }
    if (flat)
        return lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
            using T = typename decltype(tag)::type;
            auto step = make(lun_wide<T>{});
            return lun_cuda_launch(c->op->name, step_packs<T, decltype(step)>, lun_blocks(x->numel, THREADS * lun_pack<T>::COUNT),
                                   THREADS, 0, p, x->numel, step);
        });
    lun_iter_merge(&it);
    lun_walk w = lun_walk_of(&it);
    auto run = [&](auto step, auto kernel) {
        return lun_cuda_launch(c->op->name, kernel, lun_blocks(x->numel, THREADS), THREADS, 0, w, types, step);
    };
    if (wide) return run(make(0.0), step_walk<double, decltype(make(0.0))>);
    return run(make(0.0F), step_walk<float, decltype(make(0.0F))>);
}

extern "C" bool lun_cuda_sgd_step(lun_call *c)
{
    const lun_params *p = &c->params;
    double rate = lun_param_float(p, 0, 0), momentum = lun_param_float(p, 1, 0), dampening = lun_param_float(p, 2, 0);
    double decay = lun_param_float(p, 3, 0);
    bool nesterov = lun_param_bool(p, 4, false), first = lun_param_bool(p, 5, false), taken = false;
    lun_step at = {};
    const bool ok = lun_cuda_step_of(c, &at, &taken);
    if (!ok || taken) return ok;
    if (lun_is_none(c->in[2]))
        return run_step(c, 2, [&](auto zero) {
            using W = decltype(zero);
            return sgd_step<W>{(W)rate, (W)decay, at};
        });
    return run_step(c, 3, [&](auto zero) {
        using W = decltype(zero);
        return momentum_step<W>{(W)rate, (W)decay, (W)momentum, (W)(1 - dampening), nesterov, first, at};
    });
}

extern "C" bool lun_cuda_adam_step(lun_call *c)
{
    const lun_params *p = &c->params;
    double numbers[6] = {(double)lun_param_int(p, 0, 1)};
    for (int k = 1; k < 6; k++) numbers[k] = lun_param_float(p, k, 0);
    bool decoupled = lun_param_bool(p, 6, false), taken = false;
    lun_step at = {};
    const bool ok = lun_cuda_step_of(c, &at, &taken);
    if (!ok || taken) return ok;
    return run_step(c, 4, [&](auto zero) {
        adam_step<decltype(zero)> step{};
        step.decoupled = decoupled;
        step.at = at;
        step.set(numbers, numbers[0]);
        return step;
    });
}
