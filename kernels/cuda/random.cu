/* random.cu - rand, randn, uniform_, normal_, randint, dropout's mask and randperm on CUDA
 *
 * A thread makes what one group of Philox's four numbers gives (kernels/cpu/random.h says what belongs to which element), so that the
 * numbers are those of the CPU: uniforms and integers bit for bit; normals come from the same polynomials, in which the
 * device fuses products and sums. A target that is not contiguous is filled through a contiguous one, in row-major order.
 * Read next: kernels/cuda/draw.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/copy.h"
extern "C" {
#include "core/ops/random.h"
#include "kernels/cpu/vmath.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/runtime.h"
#include "kernels/cuda/replay.h"
}

enum { THREADS = 256 };

/* What is made of a group: `elements` values of type W. a and b: low and span; mean and deviation. */
struct uniform_floats {
    using wide = float;
    enum { elements = 4 };
    float low, span;
    __device__ __forceinline__ void make(const uint32_t *r, float *to) const
    {
#pragma unroll
        for (int k = 0; k < 4; k++) to[k] = low + span * ((float)(int32_t)(r[k] >> 8) * 0x1p-24f);
    }
};
struct normal_floats {
    using wide = float;
    enum { elements = 4 };
    float mean, deviation;
    __device__ __forceinline__ void make(const uint32_t *r, float *to) const
    {
#pragma unroll
        for (int k = 0; k < 4; k += 2) {
            uint32_t a = r[k], b = r[k + 1];
            float u = ((float)(int32_t)(a >> 16) * 65536.0f + (float)(int32_t)(a & 0xffffU) + 1.0f) * 0x1p-32f;
            float l = -2.0f * lun_log_core32(u), size = deviation * sqrtf(l < 0.0f ? 0.0f : l);
            float t = (float)((int32_t)(b & 0x3fffffffU) - 0x20000000) * 1.46291807926715968e-09f; /* pi/2 / 2^30 */
            to[k] = mean + size * lun_sin_quadrant32(t, (b >> 30) + 1U);
            to[k + 1] = mean + size * lun_sin_quadrant32(t, b >> 30);
        }
    }
};
static __device__ __forceinline__ double fraction(uint32_t a, uint32_t b)
{
    return (double)(int64_t)(((uint64_t)a << 21) | (b >> 11)) * 0x1p-53;
}
struct uniform_doubles {
    using wide = double;
    enum { elements = 2 };
    double low, span;
    __device__ __forceinline__ void make(const uint32_t *r, double *to) const
    {
        to[0] = low + span * fraction(r[0], r[1]);
        to[1] = low + span * fraction(r[2], r[3]);
    }
};
struct normal_doubles {
    using wide = double;
    enum { elements = 2 };
    double mean, deviation;
    __device__ __forceinline__ void make(const uint32_t *r, double *to) const
    {
        double u = fraction(r[0], r[1]), v = fraction(r[2], r[3]);
        double size = deviation * sqrt(-2 * log(1 - u)), t = 6.283185307179586 * v;
        to[0] = mean + size * cos(t);
        to[1] = mean + size * sin(t);
    }
};

template <class M, class E> __global__ void __launch_bounds__(THREADS) fill_drawn(M maker, lun_draws draws, int64_t n, E *to)
{
    const lun_generator g = lun_generator_now(draws);
    constexpr int elements = M::elements;
    int64_t group = (int64_t)blockIdx.x * THREADS + threadIdx.x, first = group * elements;
    if (first >= n) return;
    uint32_t numbers[4];
    typename M::wide made[elements];
    lun_philox(g.seed, g.offset + (uint64_t)group, numbers);
    maker.make(numbers, made);
    if (n - first >= elements) {
        lun_pack<E, elements> pack;
#pragma unroll
        for (int k = 0; k < elements; k++) pack.e[k] = lun_store<E>(made[k]);
        *(lun_pack<E, elements> *)(to + first) = pack;
        return;
    }
    for (int k = 0; k < elements; k++)
        if (first + k < n) to[first + k] = lun_store<E>(made[k]);
}

/* Where to draw into: the tensor itself when it can be written in packs, else a new one that lun_cuda_drawn brings back. */
static lun_tensor *room_for(lun_tensor *to, lun_dtype dtype)
{
    bool fit = to->dtype == dtype && lun_is_contiguous(to) && (uintptr_t)lun_data(to) % 16 == 0;
    return fit ? to : lun_tensor_empty(dtype, to->ndim, to->dims, lun_tensor_device(to));
}
static bool brought_back(lun_tensor *to, lun_tensor *drawn) { return drawn == to || lun_cuda_copy_tensor(to, drawn); }

template <class M, class E> static bool fill(const lun_call *c, M maker, lun_tensor *to)
{
    int64_t groups = (to->numel + M::elements - 1) / M::elements;
    return lun_cuda_launch(c->op->name, fill_drawn<M, E>, lun_blocks(groups, THREADS), THREADS, 0, maker, lun_draws_of(c), to->numel,
                           lun_at<E>(to));
}

/* Drawn as floats or doubles; other dtypes than floats are rounded from float32. */
template <class F, class D> static bool draw(const lun_call *c, double a, double b)
{
    lun_tensor parts = lun_random_parts(c->out[0]);
    lun_dtype t = (lun_dtype)parts.dtype;
    lun_tensor *to = room_for(&parts, lun_dtype_is_float(t) ? t : LUN_F32);
    if (!to) return false;
    F maker = {(float)a, (float)b};
    bool done = to->dtype == LUN_F64   ? fill<D, double>(c, D{a, b}, to)
              : to->dtype == LUN_F16   ? fill<F, lun_half>(c, maker, to)
              : to->dtype == LUN_BF16  ? fill<F, lun_bf16>(c, maker, to)
                                       : fill<F, float>(c, maker, to);
    return done && brought_back(&parts, to);
}

extern "C" bool lun_cuda_random_uniform(lun_call *c)
{
    bool between = c->op->id == LUN_OP_uniform_;
    double low = between ? lun_param_float(&c->params, 0, 0) : 0, high = between ? lun_param_float(&c->params, 1, 1) : 1;
    return draw<uniform_floats, uniform_doubles>(c, low, high - low);
}

extern "C" bool lun_cuda_random_normal(lun_call *c)
{
    double mean = 0, deviation = lun_dtype_is_complex((lun_dtype)c->out[0]->dtype) ? sqrt(0.5) : 1;
    if (c->op->id == LUN_OP_normal_) {
        mean = lun_param_float(&c->params, 0, 0);
        deviation = lun_param_float(&c->params, 1, 1);
    }
    return draw<normal_floats, normal_doubles>(c, mean, deviation);
}

/* --- whole numbers ------------------------------------------------------------------------------------------------------------ */

/* span 0 means 2^64 */
static __device__ __forceinline__ uint64_t scaled(uint64_t r, uint64_t span, bool wide)
{
    return !wide ? r * span >> 32 : span == 0 ? r : (uint64_t)((unsigned __int128)r * span >> 64);
}

__global__ void __launch_bounds__(THREADS)
fill_integers(lun_draws draws, int64_t n, int64_t low, uint64_t span, bool wide, int64_t *to)
{
    const lun_generator g = lun_generator_now(draws);
    int64_t group = (int64_t)blockIdx.x * THREADS + threadIdx.x, elements = wide ? 2 : 4, first = group * elements;
    if (first >= n) return;
    uint32_t numbers[4];
    lun_philox(g.seed, g.offset + (uint64_t)group, numbers);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        uint64_t r = wide ? (uint64_t)numbers[k & 2] << 32 | numbers[k | 1] : numbers[k];
        if (wide && (k & 1)) continue;
        int64_t at = first + (wide ? k / 2 : k);
        if (at < n) to[at] = (int64_t)((uint64_t)low + scaled(r, span, wide));
    }
}

extern "C" bool lun_cuda_randint(lun_call *c)
{
    lun_tensor *out = c->out[0], *to = room_for(out, LUN_I64);
    int64_t low = lun_param_int(&c->params, 0, 0);
    uint64_t span = (uint64_t)lun_param_int(&c->params, 1, 1) - (uint64_t)low;
    bool wide = span == 0 || span > (uint64_t)UINT32_MAX + 1;
    return to && lun_cuda_launch(c->op->name, fill_integers, lun_blocks(to->numel, THREADS * (wide ? 2 : 4)), THREADS, 0, lun_draws_of(c),
                                 to->numel, low, span, wide, lun_at<int64_t>(to)) && brought_back(out, to);
}

/* Each step of the shuffle needs the one before, so the CPU's kernel makes it and the result moves. */
extern "C" bool lun_cuda_randperm(lun_call *c)
{
    lun_tensor *out = c->out[0];
    lun_call there = *c;
    there.out = there.few_out;
    there.out[0] = lun_tensor_empty((lun_dtype)out->dtype, out->ndim, out->dims, (lun_device){LUN_CPU, 0});
    return there.out[0] && lun_backends[LUN_CPU]->kernel[LUN_OP_randperm](&there) &&
           lun_cuda_from_host(lun_data(out), lun_data(there.out[0]), lun_tensor_bytes(out), lun_tensor_device(out).index);
}

/* --- dropout ------------------------------------------------------------------------------------------------------------------ */

/* mask: 0 where the number is below p, else `kept`; out: x times mask */
template <class E> __global__ void __launch_bounds__(THREADS)
drop_elements(lun_draws draws, int64_t n, double p, double kept, const E *x, E *out, E *mask)
{
    const lun_generator g = lun_generator_now(draws);
    int64_t group = (int64_t)blockIdx.x * THREADS + threadIdx.x, first = group * 4;
    if (first >= n) return;
    uint32_t numbers[4];
    lun_philox(g.seed, g.offset + (uint64_t)group, numbers);
    const bool whole = n - first >= 4;
    lun_pack<E, 4> in, made, factor;
    if (whole) in = *(const lun_pack<E, 4> *)(x + first);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        if (!whole && first + k < n) in.e[k] = x[first + k];
        double u = (double)((float)(int32_t)(numbers[k] >> 8) * 0x1p-24f);
        factor.e[k] = lun_store<E>((lun_wide<E>)(u < p ? 0.0 : kept));
        if (whole || first + k < n) made.e[k] = lun_store<E>(lun_load(in.e[k]) * lun_load(factor.e[k]));
    }
    if (whole) {
        *(lun_pack<E, 4> *)(out + first) = made;
        *(lun_pack<E, 4> *)(mask + first) = factor;
        return;
    }
    for (int k = 0; k < 4; k++) {
        if (first + k >= n) break;
        out[first + k] = made.e[k];
        mask[first + k] = factor.e[k];
    }
}

extern "C" bool lun_cuda_dropout_mask(lun_call *c)
{
    double p = lun_param_float(&c->params, 0, 0);
    lun_tensor *x = lun_contiguous(c->in[0]);
    if (x && (uintptr_t)lun_data(x) % 32 != 0) x = lun_clone(x); /* a view that begins between packs */
    if (!x) return false;
    return lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        return lun_cuda_launch("dropout", drop_elements<E>, lun_blocks(x->numel, 4 * THREADS), THREADS, 0, lun_draws_of(c), x->numel, p,
                               1 / (1 - p), lun_at<E>(x), lun_at<E>(c->out[0]), lun_at<E>(c->out[1]));
    });
}
