/* map.h - one elementwise kernel: what it is told about its operands, and its body
 *
 * A thread makes `per` elements that follow each other in the merged iteration (kernels/iter.h), so all of them lie in one inner run:
 * it finds its place once, brings the operands' elements (16 bytes in one access where they lie side by side and aligned), computes,
 * and stores. `per` is the functor's width, or 1 where runs are no multiple of it. A thread makes one such group: a grid of 2^31
 * blocks reaches 2^39 elements at least, more than a device holds.
 * Most calls are flat: all elements lie side by side in one run, and inputs are of one dtype or numbers. They have a kernel of their own,
 * in which a group's place is its number: of a gelu's instructions that saves a third.
 * Holds: an output may be exactly one of the inputs, because a thread reads what it writes before it writes it.
 * Read next: kernels/cuda/rows.h (what is computed), kernels/cuda/map.cu (who launches). SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_MAP_H
#define LUN_KERNELS_CUDA_MAP_H
#include "kernels/cuda/lane.h"

/* A value that travels with the launch: a number given as an operand, an attribute. Read as its lane has it. */
union alignas(16) lun_map_number {
    float f32;
    double f64;
    int32_t i32;
    int64_t i64;
    float c64[2];
    double c128[2];
    unsigned char bytes[16];
};

enum lun_map_form { LUN_MAP_ROW, LUN_MAP_STEPS, LUN_MAP_NUMBER }; /* side by side and aligned; any inner stride; `number` */

enum { LUN_MAP_OPERANDS = 5, LUN_MAP_THREADS = 256 }; /* operand 0 is the result */

typedef struct lun_map_operand {
    char *data;
    int64_t strides[LUN_MAX_DIMS]; /* bytes, innermost first */
    lun_map_number number;
    uint8_t form, dtype;
} lun_map_operand;

typedef struct lun_map_plan {
    int64_t n;
    int ndim, per;
    int bits;                       /* of the elements' dtype: shifts ask for it */
    bool narrow;                    /* n < 2^31: positions are divided in 32 bits, by multiplication */
    int64_t dims[LUN_MAX_DIMS];     /* innermost first */
    uint32_t times[LUN_MAX_DIMS], shift[LUN_MAX_DIMS];
    bool flat;
    uint8_t from;                   /* the inputs' dtype of a flat plan */
    lun_map_number p[3];            /* the row's attributes */
    lun_map_operand operand[LUN_MAP_OPERANDS];
} lun_map_plan;

typedef void (*lun_map_entry)(const lun_map_plan);
typedef struct lun_map_kernels { lun_map_entry any, flat; } lun_map_kernels; /* flat is NULL where `any` does for all plans */

/* --- host side (map_plan.cu) -------------------------------------------------------------------------------------------------- */

/* Plans `out` = f(in[0], ..., in[count - 1]), broadcast. reads: the dtype each input is computed in; an input of another lane is
 * cast first, a number (LUN_NUMBER) is taken along. width: of the kernel. False after lun_fail. */
bool lun_map_plan_of(lun_map_plan *p, const lun_tensor *out, int count, lun_tensor *const *in, const lun_dtype *reads, int width);
/* The same for an iteration that is not merged yet; all its operands are on the device, with the dtypes that they are read as. */
void lun_map_plan_iter(lun_map_plan *p, lun_iter *it, int width);
/* Is x a number that the host knows (and no tensor on the device)? */
static inline bool lun_map_is_number(const lun_tensor *x) { return (x->flags & LUN_NUMBER) && lun_tensor_device(x).type == LUN_CPU; }
/* An operand that all threads read as this number; x is any 0-d tensor on the host. */
lun_map_number lun_map_number_of(const lun_tensor *x, lun_dtype t);
/* A row's attribute, as the lane of t has it. */
lun_map_number lun_map_attribute(double v, lun_dtype t);
/* q = (n times >> 32 + n) >> shift is n / d for all n below 2^31 */
void lun_map_divisor(int64_t d, uint32_t *times, uint32_t *shift);
/* x^2, x^0.5 and their like are rows of their own; -1 for other exponents. */
int lun_map_row_of_power(const lun_call *c, lun_dtype t);
bool lun_map_run(const char *what, lun_map_kernels kernels, const lun_map_plan *p);

/* --- device side -------------------------------------------------------------------------------------------------------------- */

static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, float *to) { *to = n.f32; }
static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, double *to) { *to = n.f64; }
static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, lun_whole<int32_t> *to) { *to = n.i32; }
static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, lun_whole<int64_t> *to) { *to = n.i64; }
static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, lun_complex64 *to) { *to = {n.c64[0], n.c64[1]}; }
static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, lun_complex128 *to) { *to = {n.c128[0], n.c128[1]}; }
template <class W> static __device__ __forceinline__ void lun_number_read(const lun_map_number &n, W *to) { *to = *(const W *)n.bytes; }

/* Byte offsets of `count` operands at linear position i. */
template <int count> static __device__ __forceinline__ void lun_map_locate(const lun_map_plan &p, int64_t i, int64_t *at)
{
    if (p.ndim == 1) {
        for (int k = 0; k < count; k++) at[k] = i * p.operand[k].strides[0];
        return;
    }
    for (int k = 0; k < count; k++) at[k] = 0;
#pragma unroll 1 /* the division of 64 bits is long */
    for (int d = 0; d < p.ndim; d++) {
        int64_t quotient = 0, rest = i;
        if (d < p.ndim - 1) {
            if (p.narrow) quotient = ((((uint64_t)(uint32_t)i * p.times[d]) >> 32) + (uint32_t)i) >> p.shift[d];
            else quotient = i / p.dims[d];
            rest = i - quotient * p.dims[d];
        }
        for (int k = 0; k < count; k++) at[k] += rest * p.operand[k].strides[d];
        i = quotient;
    }
}

/* Are the operand's elements read and written in one access? */
template <int width> static __device__ __forceinline__ bool lun_map_packed(const lun_map_operand &o, int count)
{
    return width > 1 && o.form == LUN_MAP_ROW && count == width;
}

/* Brings an operand's elements in two steps, so that all operands are under way before one is waited for: fetch leaves what came in one
 * access as it lay in memory, unpack makes it the lane's. */
template <class W, int width>
static __device__ __forceinline__ void lun_map_fetch(const lun_map_operand &o, int64_t at, int count, W *to)
{
    if (o.form == LUN_MAP_NUMBER) {
        lun_number_read(o.number, &to[0]);
#pragma unroll
        for (int k = 1; k < width; k++) to[k] = to[0];
        return;
    }
    const char *from = o.data + at;
    lun_lane<W>::each(o.dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        if (lun_map_packed<width>(o, count)) {
            const lun_pack<E, width> pack = *(const lun_pack<E, width> *)from;
            memcpy((void *)to, &pack, sizeof pack);
        } else {
#pragma unroll
            for (int k = 0; k < width; k++) to[k] = k < count ? lun_widen<W>(*(const E *)(from + k * o.strides[0])) : W{};
        }
    });
}
template <class W, int width> static __device__ __forceinline__ void lun_map_unpack(const lun_map_operand &o, int count, W *to)
{
    if (!lun_map_packed<width>(o, count)) return;
    lun_lane<W>::each(o.dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        if constexpr (sizeof(E) < sizeof(W)) { /* else they are the lane's already */
            lun_pack<E, width> pack;
            memcpy(&pack, (const void *)to, sizeof pack);
#pragma unroll
            for (int k = 0; k < width; k++) to[k] = lun_widen<W>(pack.e[k]);
        }
    });
}
template <class W, int width>
static __device__ __forceinline__ void lun_map_load(const lun_map_operand &o, int64_t at, int count, W *to)
{
    lun_map_fetch<W, width>(o, at, count, to);
    lun_map_unpack<W, width>(o, count, to);
}

template <class W, int width>
static __device__ __forceinline__ void lun_map_store(const lun_map_operand &o, int64_t at, int count, const W *from)
{
    char *to = o.data + at;
    lun_lane<W>::each(o.dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        if (lun_map_packed<width>(o, count)) {
            lun_pack<E, width> pack;
#pragma unroll
            for (int k = 0; k < width; k++) pack.e[k] = lun_narrow<E>(from[k]);
            *(lun_pack<E, width> *)to = pack;
        } else {
#pragma unroll
            for (int k = 0; k < width; k++)
                if (k < count) *(E *)(to + k * o.strides[0]) = lun_narrow<E>(from[k]);
        }
    });
}

/* The same of a flat plan: elements i..i + width - 1 */
template <class W, int width, int inputs>
static __device__ __forceinline__ void lun_map_load_flat(const lun_map_plan &p, int64_t i, W (*v)[width])
{
    lun_lane<W>::each(p.from, [&](auto tag) {
        using E = typename decltype(tag)::type;
        lun_pack<E, width> pack[inputs];
#pragma unroll
        for (int k = 0; k < inputs; k++)
            if (p.operand[1 + k].form != LUN_MAP_NUMBER)
                pack[k] = *(const lun_pack<E, width> *)((const E *)p.operand[1 + k].data + i);
#pragma unroll
        for (int k = 0; k < inputs; k++) {
            if (p.operand[1 + k].form == LUN_MAP_NUMBER) {
                W number;
                lun_number_read(p.operand[1 + k].number, &number);
#pragma unroll
                for (int j = 0; j < width; j++) v[k][j] = number;
            } else {
#pragma unroll
                for (int j = 0; j < width; j++) v[k][j] = lun_widen<W>(pack[k].e[j]);
            }
        }
    });
}
template <class R, int width>
static __device__ __forceinline__ void lun_map_store_flat(const lun_map_operand &o, int64_t i, const R *from)
{
    lun_lane<R>::each(o.dtype, [&](auto tag) {
        using E = typename decltype(tag)::type;
        lun_pack<E, width> pack;
#pragma unroll
        for (int k = 0; k < width; k++) pack.e[k] = lun_narrow<E>(from[k]);
        *(lun_pack<E, width> *)((E *)o.data + i) = pack;
    });
}

/* F: `lane` of the inputs, `result` lane, `inputs` their number, `width`; F(plan) is made once per thread, f(v) with the inputs'
 * values gives the result's. A functor that computes little has `crowd` 8: then so many blocks of it run at once that memory never rests. */
template <class F, int width>
static __device__ __forceinline__ void
lun_map_compute(const lun_map_plan &p, const typename F::lane (*v)[width], typename F::result *made)
{
    const F f(p);
#pragma unroll
    for (int j = 0; j < width; j++) {
        typename F::lane one[F::inputs];
#pragma unroll
        for (int k = 0; k < F::inputs; k++) one[k] = v[k][j];
        made[j] = f(one);
    }
}

template <class F> __global__ void __launch_bounds__(LUN_MAP_THREADS, F::crowd) lun_map_any(const __grid_constant__ lun_map_plan p)
{
    using W = typename F::lane;
    using R = typename F::result;
    constexpr int width = F::width, inputs = F::inputs;
    int64_t i = ((int64_t)blockIdx.x * LUN_MAP_THREADS + threadIdx.x) * p.per, at[1 + inputs];
    if (i >= p.n) return;
    int count = p.n - i < p.per ? (int)(p.n - i) : p.per;
    lun_map_locate<1 + inputs>(p, i, at);
    W v[inputs][width];
    R made[width];
#pragma unroll
    for (int k = 0; k < inputs; k++) lun_map_fetch<W, width>(p.operand[1 + k], at[1 + k], count, v[k]);
#pragma unroll
    for (int k = 0; k < inputs; k++) lun_map_unpack<W, width>(p.operand[1 + k], count, v[k]);
    lun_map_compute<F, width>(p, v, made);
    lun_map_store<R, width>(p.operand[0], at[0], count, made);
}

template <class F, int width> static __device__ __forceinline__ void lun_map_flat_group(const lun_map_plan &p, int64_t i)
{
    typename F::lane v[F::inputs][width];
    typename F::result made[width];
    lun_map_load_flat<typename F::lane, width, F::inputs>(p, i, v);
    lun_map_compute<F, width>(p, v, made);
    lun_map_store_flat<typename F::result, width>(p.operand[0], i, made);
}
/* Threads beyond the whole groups make one of the last elements each. */
template <class F> __global__ void __launch_bounds__(LUN_MAP_THREADS, F::crowd) lun_map_flat(const __grid_constant__ lun_map_plan p)
{
    constexpr int width = F::width;
    const int64_t group = (int64_t)blockIdx.x * LUN_MAP_THREADS + threadIdx.x, whole = (int64_t)((uint64_t)p.n / width);
    const int64_t last = whole * width + group - whole;
    if (group < whole) lun_map_flat_group<F, width>(p, group * width);
    else if (last < p.n) lun_map_flat_group<F, 1>(p, last);
}
template <class F> static inline lun_map_kernels lun_map_of() { return {lun_map_any<F>, lun_map_flat<F>}; }
#endif
