/* choice.cu - elementwise kernels that are no formula: where, tests of floats, logical_not, frexp, parts of complex numbers
 *
 * where moves elements without looking at them, so it exists per size, not per dtype. Read next: kernels/cuda/map.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/copy.h"
#include "kernels/cuda/map.h"
extern "C" {
#include "kernels/cuda/kernels.h"
}

/* operand 1 is the condition, 2 and 3 are what it chooses from */
template <class U> __global__ void __launch_bounds__(LUN_MAP_THREADS) choose(const __grid_constant__ lun_map_plan p)
{
    constexpr int width = lun_lane<U>::width;
    int64_t i = ((int64_t)blockIdx.x * LUN_MAP_THREADS + threadIdx.x) * p.per, at[4];
    if (i >= p.n) return;
    int count = p.n - i < p.per ? (int)(p.n - i) : p.per;
    uint8_t chosen[width];
    U x[width], y[width];
    lun_map_locate<4>(p, i, at);
    lun_map_load<uint8_t, width>(p.operand[1], at[1], count, chosen);
    lun_map_load<U, width>(p.operand[2], at[2], count, x);
    lun_map_load<U, width>(p.operand[3], at[3], count, y);
#pragma unroll
    for (int k = 0; k < width; k++) x[k] = chosen[k] ? x[k] : y[k];
    lun_map_store<U, width>(p.operand[0], at[0], count, x);
}

/* A number as an operand that moves by size: its bytes are those of the element. */
static void make_element(lun_map_operand *o, lun_dtype t)
{
    if (o->form != LUN_MAP_NUMBER || (t != LUN_F16 && t != LUN_BF16)) return;
    uint16_t half = t == LUN_F16 ? lun_f16_from_float(o->number.f32) : lun_bf16_from_float(o->number.f32).bits;
    memcpy(o->number.bytes, &half, sizeof half);
}

extern "C" bool lun_cuda_where(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->out[0]->dtype, reads[] = {LUN_BOOL, t, t};
    lun_tensor *in[] = {c->in[0], c->in[1], c->in[2]};
    for (int k = 1; k < 3; k++) /* here elements must have the dtype itself, not only its lane */
        if (!lun_map_is_number(in[k]) && !(in[k] = lun_to_dtype(in[k], t))) return false;
    return lun_by_size(t, [&](auto tag) {
        using U = typename decltype(tag)::type;
        lun_map_plan p;
        if (!lun_map_plan_of(&p, c->out[0], 3, in, reads, lun_lane<U>::width)) return false;
        make_element(&p.operand[2], t);
        make_element(&p.operand[3], t);
        return lun_map_run("where", {choose<U>, NULL}, &p);
    });
}

/* --- one input ---------------------------------------------------------------------------------------------------------------- */

#define ELEMENTWISE(name, from, to, elements, value)                                                    \
    template <class W> struct name {                                                                    \
        using lane = from;                                                                              \
        using result = to;                                                                              \
        enum { inputs = 1, width = elements, crowd = 1 };                                                          \
        __device__ __forceinline__ name(const lun_map_plan &) {}                                        \
        __device__ __forceinline__ to operator()(const from *v) const                                   \
        {                                                                                               \
            const from x = v[0];                                                                        \
            return value;                                                                               \
        }                                                                                               \
    };
ELEMENTWISE(is_nan, W, uint8_t, lun_lane<W>::width, x != x)
ELEMENTWISE(is_infinite, W, uint8_t, lun_lane<W>::width, fabs(x) == (W)INFINITY)
ELEMENTWISE(is_finite, W, uint8_t, lun_lane<W>::width, fabs(x) < (W)INFINITY)
ELEMENTWISE(real_angle, W, W, lun_lane<W>::width, x != x ? x : x < 0 ? (W)3.14159265358979323846 : (W)0)
ELEMENTWISE(is_false, W, uint8_t, lun_lane<W>::width, x == W(0))

#define COMPLEX lun_complex<W>
ELEMENTWISE(complex_is_nan, COMPLEX, uint8_t, 2, x.re != x.re || x.im != x.im)
ELEMENTWISE(complex_is_infinite, COMPLEX, uint8_t, 2, fabs(x.re) == (W)INFINITY || fabs(x.im) == (W)INFINITY)
ELEMENTWISE(complex_is_finite, COMPLEX, uint8_t, 2, fabs(x.re) < (W)INFINITY && fabs(x.im) < (W)INFINITY)
ELEMENTWISE(complex_conjugate, COMPLEX, COMPLEX, 2, COMPLEX(x.re, -x.im))
/* of complex64 in double, where squares neither overflow nor vanish; infinite beside NaN too */
static __device__ __forceinline__ float size_of(lun_complex64 z)
{
    double re = (double)z.re, im = (double)z.im;
    bool infinite = fabs(re) == (double)INFINITY || fabs(im) == (double)INFINITY;
    return infinite ? (float)INFINITY : (float)sqrt(re * re + im * im);
}
static __device__ __forceinline__ double size_of(lun_complex128 z) { return hypot(z.re, z.im); }
static __device__ __forceinline__ float angle_of(lun_complex64 z) { return atan2f(z.im, z.re); }
static __device__ __forceinline__ double angle_of(lun_complex128 z) { return atan2(z.im, z.re); }
template <class R> static __device__ __forceinline__ lun_complex<R> direction_of(lun_complex<R> z)
{
    const R size = size_of(z);
    return size == 0 ? lun_complex<R>(0) : lun_complex<R>(z.re / size, z.im / size);
}
ELEMENTWISE(complex_size, COMPLEX, W, 2, size_of(x))
ELEMENTWISE(complex_angle, COMPLEX, W, 2, angle_of(x))
ELEMENTWISE(complex_direction, COMPLEX, COMPLEX, 2, direction_of(x))

template <class F> static bool run(const lun_call *c, lun_dtype reads)
{
    lun_map_plan p;
    return lun_map_plan_of(&p, c->out[0], 1, c->in, &reads, F::width) && lun_map_run(c->op->name, lun_map_of<F>(), &p);
}

template <class W> static bool test(const lun_call *c, lun_dtype t)
{
    switch (c->op->id) {
    case LUN_OP_isnan: return run<is_nan<W>>(c, t);
    case LUN_OP_isinf: return run<is_infinite<W>>(c, t);
    default: return run<is_finite<W>>(c, t);
    }
}

extern "C" bool lun_cuda_float_test(lun_call *c)
{
    if (lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) return lun_cuda_complex_part(c);
    return c->in[0]->dtype == LUN_F64 ? test<double>(c, LUN_F64) : test<float>(c, LUN_F32);
}

extern "C" bool lun_cuda_logical_not(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    if (lun_dtype_size(t) == 1) return run<is_false<uint8_t>>(c, t);
    switch (lun_lane_of(t)) {
    case LUN_LANE_F32: return run<is_false<float>>(c, t);
    case LUN_LANE_F64: return run<is_false<double>>(c, t);
    case LUN_LANE_I32: return run<is_false<lun_whole<int32_t>>>(c, t);
    case LUN_LANE_I64: return run<is_false<lun_whole<int64_t>>>(c, t);
    case LUN_LANE_C64: return run<is_false<lun_complex64>>(c, t);
    default: return run<is_false<lun_complex128>>(c, t);
    }
}

template <class W> static bool complex_part(const lun_call *c, lun_dtype t)
{
    switch (c->op->id) {
    case LUN_OP_abs: return run<complex_size<W>>(c, t);
    case LUN_OP_angle: return run<complex_angle<W>>(c, t);
    case LUN_OP_sgn: return run<complex_direction<W>>(c, t);
    case LUN_OP_isnan: return run<complex_is_nan<W>>(c, t);
    case LUN_OP_isinf: return run<complex_is_infinite<W>>(c, t);
    case LUN_OP_isfinite: return run<complex_is_finite<W>>(c, t);
    default: return run<complex_conjugate<W>>(c, t);
    }
}

extern "C" bool lun_cuda_complex_part(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    if (t == LUN_C64) return complex_part<float>(c, t);
    if (t == LUN_C128) return complex_part<double>(c, t);
    if (c->op->id == LUN_OP_conj_physical) return lun_cuda_copy_tensor(c->out[0], c->in[0]);
    return t == LUN_F64 ? run<real_angle<double>>(c, LUN_F64) : run<real_angle<float>>(c, LUN_F32);
}

/* --- frexp -------------------------------------------------------------------------------------------------------------------- */

template <class E> __global__ void __launch_bounds__(LUN_MAP_THREADS)
split_powers(int64_t n, const E *x, E *mantissa, int32_t *exponent)
{
    int64_t i = (int64_t)blockIdx.x * LUN_MAP_THREADS + threadIdx.x;
    if (i >= n) return;
    double v = (double)lun_load(x[i]);
    int power = 0;
    double m = frexp(v, &power);
    mantissa[i] = lun_store<E>((lun_wide<E>)m);
    exponent[i] = isfinite(v) ? power : 0;
}

extern "C" bool lun_cuda_frexp(lun_call *c)
{
    lun_tensor *x = lun_to_dtype(c->in[0], (lun_dtype)c->out[0]->dtype);
    if (!(x = lun_contiguous(x))) return false;
    return lun_by_float((lun_dtype)x->dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        return lun_cuda_launch("frexp", split_powers<E>, lun_blocks(x->numel, LUN_MAP_THREADS), LUN_MAP_THREADS, 0, x->numel,
                               lun_at<E>(x), lun_at<E>(c->out[0]), lun_at<int32_t>(c->out[1]));
    });
}
