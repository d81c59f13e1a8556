/* expression_loops.c - one loop for each operation and function of formulas, for float and double
 *
 * The functions are those that map_f32.c and map_f64.c give the rows, so that a formula and a row agree to the bit.
 * Read next: kernels/cpu/expression.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/expression.h"
#include "kernels/cpu/vmath64.h"
#include "kernels/cpu/words.h"

#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that calls libm does not become SIMD, and that is known */
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (int64_t i = 0; i < n; i++)
#else
#define EACH _Pragma("GCC ivdep") for (int64_t i = 0; i < n; i++)
#endif
#define MAYBE __attribute__((unused))

#define SINGLE(name) (float)lun_##name /* computed in double, rounded once */

/* operation, its value */
#define OPERATIONS(X)                                                                                            \
    X(NAME, a) X(NEGATE, -a) X(NOT, a == 0 ? 1 : 0) X(OR, ((a != 0) | (b != 0)) ? 1 : 0)                           \
    X(AND, ((a != 0) & (b != 0)) ? 1 : 0) X(EQ, a == b ? 1 : 0) X(NE, a != b ? 1 : 0) X(LE, a <= b ? 1 : 0)        \
    X(GE, a >= b ? 1 : 0) X(LT, a < b ? 1 : 0) X(GT, a > b ? 1 : 0) X(ADD, a + b) X(SUB, a - b) X(MUL, a * b)    \
    X(DIV, a / b) X(CHOOSE, a != 0 ? b : c)

/* function, for float, for double */
#define FUNCTIONS1(X)                                                                                            \
    X(exp, lun_exp32, lun_exp64) X(log, lun_log32, lun_log64) X(log1p, lun_log1p32, lun_log1p64) X(expm1, lun_expm132, lun_expm164)      \
    X(sqrt, sqrtf, sqrt) X(tanh, lun_tanh32, lun_tanh64) X(erf, lun_erf32, lun_erf64) X(sin, lun_sin32, lun_sin64)                 \
    X(cos, lun_cos32, lun_cos64) X(tan, lun_tan32, tan) X(fabs, fabsf, fabs) X(floor, floorf, floor) X(ceil, ceilf, ceil)                     \
    X(rint, rintf, rint) X(trunc, truncf, trunc) X(asin, asinf, asin) X(acos, acosf, acos)                       \
    X(atan, atanf, atan) X(sinh, sinhf, sinh) X(cosh, coshf, cosh) X(asinh, asinhf, asinh)                       \
    X(acosh, acoshf, acosh) X(atanh, atanhf, atanh) X(erfc, erfcf, erfc) X(lgamma, SINGLE(lgamma), lun_lgamma)              \
    X(cbrt, cbrtf, cbrt) X(exp2, lun_exp232, exp2) X(log2, lun_log232, log2) X(log10, lun_log1032, log10)        \
    X(erfcx, SINGLE(erfcx), lun_erfcx) X(erfinv, SINGLE(erfinv), lun_erfinv) X(ndtri, SINGLE(ndtri), lun_ndtri)  \
    X(log_ndtr, SINGLE(log_ndtr), lun_log_ndtr) X(digamma, SINGLE(digamma), lun_digamma) X(i0, SINGLE(i0), lun_i0) \
    X(i0e, SINGLE(i0e), lun_i0e) X(i1, SINGLE(i1), lun_i1) X(i1e, SINGLE(i1e), lun_i1e) X(j0, j0f, j0)           \
    X(j1, j1f, j1) X(y0, y0f, y0) X(y1, y1f, y1)
#define FUNCTIONS2(X)                                                                                            \
    X(pow, lun_pow32, pow) X(floordiv, lun_floordiv32, lun_floordiv64) X(floormod, lun_floormod32, lun_floormod64) \
    X(atan2, atan2f, atan2) X(hypot, hypotf, hypot) X(fmod, fmodf, fmod) X(truncdiv, lun_truncdiv32, lun_truncdiv64) \
    X(copysign, lun_sign_of32, copysign) X(nextafter, nextafterf, nextafter) X(polygamma, SINGLE(polygamma), lun_polygamma) \
    X(zeta, SINGLE(zeta), lun_zeta) X(gammainc, SINGLE(gammainc), lun_gammainc) X(gammaincc, SINGLE(gammaincc), lun_gammaincc) \
    X(gammaslope, SINGLE(gamma_quantile_slope), lun_gamma_quantile_slope)

#define LOOP(T, name, value)                                                                                     \
    static void name(int64_t n, void *to, const void *pa, const void *pb MAYBE, const void *pc MAYBE)            \
    {                                                                                                            \
        T *out = to;                                                                                             \
        const T *as = pa, *bs MAYBE = pb, *cs MAYBE = pc;                                                        \
        EACH                                                                                                     \
        {                                                                                                        \
            const T a = as[i];                                                                                   \
            out[i] = value;                                                                                      \
        }                                                                                                        \
    }
/* b and c are read only where the operation has them */
#define b bs[i]
#define c cs[i]
#define X(id, value) LOOP(float, f32_##id, value) LOOP(double, f64_##id, value)
OPERATIONS(X)
#undef X
#define X(name, of32, of64) LOOP(float, f32_fn_##name, of32(a)) LOOP(double, f64_fn_##name, of64(a))
FUNCTIONS1(X)
#undef X
/* angles beyond what the quick sin and cos reach */
#define FAR(T, id, name, whole, bound)                                                                           \
    static void id##_far_##name(int64_t n, void *to, const void *pa, const void *pb, const void *pc)             \
    {                                                                                                            \
        const T *as = pa;                                                                                        \
        T *out = to;                                                                                             \
        int far = 0;                                                                                             \
        for (int64_t i = 0; i < n; i++) far |= (as[i] < 0 ? -as[i] : as[i]) > bound;                             \
        if (!far) id##_fn_##name(n, to, pa, pb, pc);                                                             \
        else for (int64_t i = 0; i < n; i++) out[i] = whole(as[i]);                                              \
    }
FAR(float, f32, sin, sinf, 0x1p28f)
FAR(float, f32, cos, cosf, 0x1p28f)
FAR(float, f32, tan, tanf, 0x1p28f)
FAR(double, f64, sin, sin, 1e6)
FAR(double, f64, cos, cos, 1e6)

#define X(name, of32, of64) LOOP(float, f32_fn_##name, of32(a, b)) LOOP(double, f64_fn_##name, of64(a, b))
FUNCTIONS2(X)
#undef X
#undef b
#undef c

#define X(id, value) .operation[LUN_TERM_##id] = f32_##id,
#define F(name, of32, of64) .function[LUN_FUNCTION_##name] = f32_fn_##name,
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
const lun_block_loops LUN_HERE(lun_blocks_f32) = {OPERATIONS(X) FUNCTIONS1(F) FUNCTIONS2(F) .function[LUN_FUNCTION_sin] = f32_far_sin,
                                                  .function[LUN_FUNCTION_cos] = f32_far_cos, .function[LUN_FUNCTION_tan] = f32_far_tan};
#undef X
#undef F
#define X(id, value) .operation[LUN_TERM_##id] = f64_##id,
#define F(name, of32, of64) .function[LUN_FUNCTION_##name] = f64_fn_##name,
const lun_block_loops LUN_HERE(lun_blocks_f64) = {OPERATIONS(X) FUNCTIONS1(F) FUNCTIONS2(F) .function[LUN_FUNCTION_sin] = f64_far_sin,
                                                  .function[LUN_FUNCTION_cos] = f64_far_cos};
