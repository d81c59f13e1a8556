/* rows.h - the kernels of every formula row for one lane, made from the rows' own text; included by one file per lane
 *
 * Each row becomes a class whose members are what map.h calls functors: `forward`, `dx`, `dy`. The text stands in them as it does in
 * core/ops/math.def; words.h says what its words mean. LUN_ROWS_OF makes the table of one lane.
 * Before: LUN_ROWS, a .def file of such rows; LUN_ROWS_WIDTH(W), how many elements a thread makes.
 * Holds: entries stand in the order of the .def file, as lun_formula numbers them. Read next: kernels/cuda/map_f32.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_ROWS_H
#define LUN_KERNELS_CUDA_ROWS_H
#include "kernels/cuda/map.h"
#include "kernels/cuda/row_table.h"
#include "kernels/cuda/words.h"

namespace lun_rows {

template <class W> struct is_whole { enum { value = 0 }; };
template <class S> struct is_whole<lun_whole<S>> { enum { value = 1 }; };
template <class W> struct is_complex { enum { value = 0 }; };
template <class R> struct is_complex<lun_complex<R>> { enum { value = 1 }; };

/* What the text calls p0, p1, p2; of a whole-number row also the bits of its dtype, and whether that is bool. */
template <class W> struct attributes {
    W p[3];
    int bits;
    bool truth;
    __device__ __forceinline__ attributes(const lun_map_plan &plan) : bits(plan.bits), truth(plan.operand[0].dtype == LUN_BOOL)
    {
#pragma unroll
        for (int k = 0; k < 3; k++) lun_number_read(plan.p[k], &p[k]);
    }
};

/* bool results of whole-number rows: the lowest bit of bitwise rows, else whether it is 0 */
template <lun_class kind, class W> __device__ __forceinline__ W in_dtype(W v, bool truth)
{
    if constexpr (is_whole<W>::value) {
        if (truth) return kind == LUN_CLASS_I ? v & W(1) : W(v != W(0));
    }
    return v;
}

template <class W> constexpr bool takes(lun_class kind)
{
    if (is_complex<W>::value) return kind == LUN_CLASS_NC || kind == LUN_CLASS_FC || kind == LUN_CLASS_C;
    if (is_whole<W>::value) return kind != LUN_CLASS_F && kind != LUN_CLASS_FC && kind != LUN_CLASS_FLOAT_ONLY;
    return kind != LUN_CLASS_I;
}

#define K(c) constant<W>(c)
#define lshift(a, b) shifted_left(a, b, bits)
#define rshift(a, b) shifted_right(a, b, bits)
/* The names of a row's text, and the functor that computes it. */
#define PARTS                                                                                                \
    [[maybe_unused]] const W p0 = this->p[0], p1 = this->p[1], p2 = this->p[2];                              \
    [[maybe_unused]] const int bits = this->bits;
#define FUNCTOR(name, out, count, ...)                                                                       \
    struct name : attributes<W> {                                                                            \
        using lane = W;                                                                                      \
        using result = out;                                                                                  \
        enum { inputs = count, width = LUN_ROWS_WIDTH(W), crowd = width == 4 ? 8 : 1 };                                                  \
        using attributes<W>::attributes;                                                                     \
        __device__ __forceinline__ out operator()(const W *v) const                                          \
        {                                                                                                    \
            PARTS                                                                                            \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    };
#define GRADIENT(name, count, df)                                                                            \
    FUNCTOR(name, W, count, [[maybe_unused]] const W g = v[0], x = v[1], y = v[2], z = v[count - 1]; return g * conjugate(W(df));)

#define UNARY(id, kind, f, df, ...)                                                                          \
    template <class W> struct row_##id {                                                                     \
        FUNCTOR(forward, W, 1, const W x = v[0]; return in_dtype<LUN_CLASS_##kind>(W(f), this->truth);)      \
        GRADIENT(dx, 3, df)                                                                                  \
    };
#define BINARY(id, kind, f, da, db, ...)                                                                     \
    template <class W> struct row_##id {                                                                     \
        FUNCTOR(forward, W, 2, const W x = v[0], y = v[1]; return in_dtype<LUN_CLASS_##kind>(W(f), this->truth);) \
        GRADIENT(dx, 4, da)                                                                                  \
        GRADIENT(dy, 4, db)                                                                                  \
    };
#define COMPARE(id, kind, f, ...)                                                                            \
    template <class W> struct row_##id {                                                                     \
        FUNCTOR(forward, uint8_t, 2, const W x = v[0], y = v[1]; return (f) ? 1 : 0;)                        \
    };
#define OP(id, ...)
#include LUN_ROWS
#undef UNARY
#undef BINARY
#undef COMPARE
#undef K
#undef lshift
#undef rshift
#undef PARTS
#undef FUNCTOR
#undef GRADIENT

/* The same for twice as many elements a thread, so that as many bytes of half precision are under way as of floats. */
template <class F> struct twice : F {
    enum { width = 2 * F::width };
    using F::F;
};

template <class W, template <class> class Row, lun_class kind, int derivatives> static lun_row_kernels kernels_of()
{
    lun_row_kernels k = {};
    if constexpr (takes<W>(kind)) {
        k.forward = lun_map_of<typename Row<W>::forward>();
        k.width = Row<W>::forward::width;
        if constexpr (std::is_same<W, float>::value && derivatives > 0 && Row<W>::forward::width > 1)
            k.flat_halves = lun_map_flat<twice<typename Row<W>::forward>>;
        if constexpr (derivatives > 0 && !is_whole<W>::value) k.dx = lun_map_of<typename Row<W>::dx>();
        if constexpr (derivatives > 1 && !is_whole<W>::value) k.dy = lun_map_of<typename Row<W>::dy>();
    }
    return k;
}

/* The table of lane W, made when it is first asked for. */
template <class W> static const lun_row_kernels *row_kernels()
{
    static const lun_row_kernels table[] = {
#define UNARY(id, kind, ...) kernels_of<W, row_##id, LUN_CLASS_##kind, 1>(),
#define BINARY(id, kind, ...) kernels_of<W, row_##id, LUN_CLASS_##kind, 2>(),
#define COMPARE(id, kind, ...) kernels_of<W, row_##id, LUN_CLASS_##kind, 0>(),
#undef OP
#define OP(id, ...) {},
#include LUN_ROWS
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP
    };
    return table;
}

} /* namespace lun_rows */
#endif
