/* fill.cu - constants, ranges and other tensors made from numbers alone
 *
 * Whole-number ranges are computed in int64, all others in double, then converted, as on the CPU: the same bits.
 * Read next: kernels/cuda/copy.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/copy.h"
extern "C" {
#include "core/ops/whole_range.h"
#include "kernels/cuda/kernels.h"
}

extern "C" bool lun_cuda_empty(lun_call *c)
{
    (void)c;
    return true;
}

/* A number as one element of the dtype, made on the host. */
typedef struct element { alignas(16) unsigned char bytes[16]; } element;
static element element_of(lun_tensor *number, lun_dtype dtype)
{
    element e = {};
    lun_map_number n = lun_map_number_of(number, dtype);
    uint16_t half = 0;
    lun_c128 whole = lun_get_complex(number, 0);
    switch (dtype) {
    case LUN_BOOL: e.bytes[0] = whole.re != 0 || whole.im != 0; break; /* a fraction is true too */
    case LUN_F16:
        half = lun_f16_from_float(n.f32);
        memcpy(e.bytes, &half, sizeof half);
        break;
    case LUN_BF16:
        half = lun_bf16_from_float(n.f32).bits;
        memcpy(e.bytes, &half, sizeof half);
        break;
    default: memcpy(e.bytes, n.bytes, sizeof e.bytes); /* narrow integers: the low bytes come first */
    }
    return e;
}

/* The number that the attribute holds; NULL after lun_fail. */
static lun_tensor *number_at(const lun_params *p, int k)
{
    int kind = k < p->count ? (int)p->attr[k].kind : (int)LUN_ATTR_NONE;
    return kind == LUN_ATTR_COMPLEX ? lun_tensor_complex(lun_param_complex(p, k, 0))
         : kind == LUN_ATTR_FLOAT   ? lun_tensor_number(lun_param_float(p, k, 0), LUN_F64)
                                    : lun_tensor_integer(lun_param_int(p, k, 0));
}

extern "C" bool lun_cuda_fill(lun_call *c)
{
    int id = c->op->id;
    if (id == LUN_OP_zeros || id == LUN_OP_zeros_like) return lun_cuda_fill_zero(c->out[0]);
    bool ones = id == LUN_OP_ones || id == LUN_OP_ones_like;
    /* the value is the first attribute, after the size where there is one */
    lun_tensor *number = ones ? lun_tensor_integer(1) : number_at(&c->params, id == LUN_OP_full ? 1 : 0);
    if (!number) return false;
    element e = element_of(number, (lun_dtype)c->out[0]->dtype);
    return lun_cuda_fill_tensor(c->out[0], e.bytes);
}

/* --- tensors whose elements follow from their position ------------------------------------------------------------------------ */

enum { THREADS = 256 };

template <class U> __global__ void __launch_bounds__(THREADS) set_diagonal(U *to, int64_t rows, int64_t columns, element one)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i < rows * columns) to[i] = i / columns == i % columns ? *(const U *)one.bytes : U{};
}

extern "C" bool lun_cuda_eye(lun_call *c)
{
    lun_tensor *out = c->out[0], *number = lun_tensor_integer(1);
    if (!number) return false;
    element one = element_of(number, (lun_dtype)out->dtype);
    return lun_by_size((lun_dtype)out->dtype, [&](auto tag) {
        using U = typename decltype(tag)::type;
        return lun_cuda_launch("eye", set_diagonal<U>, lun_blocks(out->numel, THREADS), THREADS, 0, lun_at<U>(out), out->dims[0],
                               out->dims[1], one);
    });
}

/* start + i step; of linspace, from both ends, so that the last is `stop` exactly */
typedef struct range {
    int64_t n, whole_start, whole_step, half;
    double start, step, stop;
} range;

static __device__ __forceinline__ double range_at(const range &r, int64_t i)
{
    return i < r.half ? r.start + (double)i * r.step : r.stop - (double)(r.n - 1 - i) * r.step;
}
template <class E> __global__ void __launch_bounds__(THREADS) make_range(E *to, range r)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i < r.n) to[i] = lun_store<E>((lun_wide<E>)range_at(r, i));
}
static __global__ void __launch_bounds__(THREADS) make_true_range(uint8_t *to, range r)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i < r.n) to[i] = range_at(r, i) != 0;
}
template <class E> __global__ void __launch_bounds__(THREADS) make_whole_range(E *to, range r)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i < r.n) to[i] = (E)((uint64_t)r.whole_start + (uint64_t)i * (uint64_t)r.whole_step);
}
/* linspace in whole numbers: what lies between, cut off */
template <class E> __global__ void __launch_bounds__(THREADS) make_cut_range(E *to, range r)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i < r.n) to[i] = (E)(int64_t)range_at(r, i);
}
/* and where doubles have too few digits for the ends, which are whole_start and whole_step here */
static __global__ void __launch_bounds__(THREADS) make_wide_range(int64_t *to, range r)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i < r.n) to[i] = lun_range_whole(r.whole_start, r.whole_step, i, r.n - 1);
}
template <class E> __global__ void __launch_bounds__(THREADS)
make_complex_range(E *to, int64_t n, lun_c128 a, lun_c128 b, lun_c128 step)
{
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i >= n) return;
    bool front = i < n / 2 || n == 1;
    double t = front ? (double)i : (double)(i - (n - 1));
    to[i].re = (decltype(to->re))((front ? a.re : b.re) + step.re * t);
    to[i].im = (decltype(to->im))((front ? a.im : b.im) + step.im * t);
}

static bool make(lun_tensor *out, range r)
{
    unsigned blocks = lun_blocks(r.n, THREADS);
    if (out->dtype == LUN_BOOL) return lun_cuda_launch("range", make_true_range, blocks, THREADS, 0, lun_at<uint8_t>(out), r);
    return lun_by_float((lun_dtype)out->dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        return lun_cuda_launch("range", make_range<E>, blocks, THREADS, 0, lun_at<E>(out), r);
    });
}

extern "C" bool lun_cuda_range(lun_call *c)
{
    const lun_params *p = &c->params;
    bool one_number = !lun_param_given(p, 1); /* arange(n) */
    lun_tensor *out = c->out[0];
    range r = {out->numel, one_number ? 0 : lun_param_int(p, 0, 0), lun_param_int(p, 2, 1), out->numel,
               one_number ? 0 : lun_param_float(p, 0, 0), lun_param_float(p, 2, 1), 0};
    if (!lun_dtype_is_int((lun_dtype)out->dtype)) return make(out, r);
    return lun_by_integer((lun_dtype)out->dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        return lun_cuda_launch("range", make_whole_range<E>, lun_blocks(r.n, THREADS), THREADS, 0, lun_at<E>(out), r);
    });
}

static bool complex_linspace(lun_call *c)
{
    lun_c128 a = lun_param_complex(&c->params, 0, 0), b = lun_param_complex(&c->params, 1, 0);
    lun_tensor *out = c->out[0];
    int64_t n = out->numel;
    double gaps = n > 1 ? (double)(n - 1) : 1;
    lun_c128 step = {(b.re - a.re) / gaps, (b.im - a.im) / gaps};
    unsigned blocks = lun_blocks(n, THREADS);
    auto make = [&](auto tag) {
        using E = typename decltype(tag)::type;
        return lun_cuda_launch("linspace", make_complex_range<E>, blocks, THREADS, 0, lun_at<E>(out), n, a, b, step);
    };
    return out->dtype == LUN_C64 ? make(lun_tag<lun_complex64>{}) : make(lun_tag<lun_complex128>{});
}

extern "C" bool lun_cuda_linspace(lun_call *c)
{
    lun_tensor *out = c->out[0];
    if (lun_dtype_is_complex((lun_dtype)out->dtype)) return complex_linspace(c);
    range r = {out->numel, 0, 0, out->numel / 2, lun_param_float(&c->params, 0, 0), 0, lun_param_float(&c->params, 1, 0)};
    bool whole = lun_dtype_is_int((lun_dtype)out->dtype);
    if (whole) { /* between whole ends */
        r.start = trunc(r.start);
        r.stop = trunc(r.stop);
    }
    r.step = r.n > 1 ? (r.stop - r.start) / (double)(r.n - 1) : 0;
    if (r.n == 1) r.stop = r.start;
    if (!whole) return make(out, r);
    r.whole_start = lun_param_int(&c->params, 0, 0);
    r.whole_step = lun_param_int(&c->params, 1, 0);
    if (out->dtype == LUN_I64 && lun_range_is_wide(r.whole_start, r.whole_step, r.n - 1))
        return lun_cuda_launch("linspace", make_wide_range, lun_blocks(r.n, THREADS), THREADS, 0, lun_at<int64_t>(out), r);
    return lun_by_integer((lun_dtype)out->dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        return lun_cuda_launch("linspace", make_cut_range<E>, lun_blocks(r.n, THREADS), THREADS, 0, lun_at<E>(out), r);
    });
}
