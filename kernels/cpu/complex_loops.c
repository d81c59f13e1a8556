/* complex_loops.c - absolute value, angle, sgn, conjugate and tests, for both complex types
 *
 * The absolute value of a complex64 is computed in double, where squares neither overflow nor vanish; that of a complex128 is hypot.
 * Read next: kernels/cpu/complex.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/complex.h"
#include "kernels/cpu/vmath.h"

#define UNUSED __attribute__((unused))
#define LOOP(name, ...)                                                                                      \
    static void name(int64_t n, void *out, const void *const *in, unsigned scalars UNUSED, const double *params UNUSED) \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (int64_t i = 0; i < n; i++)
#else
#define EACH _Pragma("GCC ivdep") for (int64_t i = 0; i < n; i++)
#endif

LUN_INLINE float abs_c64(lun_c64 z)
{
    double re = (double)z.re, im = (double)z.im, size = sqrt(re * re + im * im);
    bool infinite = fabs(re) == (double)INFINITY || fabs(im) == (double)INFINITY; /* beside NaN too */
    return infinite ? INFINITY : (float)size;
}
LUN_INLINE double abs_c128(lun_c128 z) { return hypot(z.re, z.im); }

#define LOOPS(id, T, R, atan2_, fabs_)                                                                          \
    LOOP(abs_loop_##id, const T *x = in[0]; R *to = out; EACH { to[i] = abs_##id(x[i]); })                      \
    LOOP(angle_##id, const T *x = in[0]; R *to = out; EACH { to[i] = atan2_(x[i].im, x[i].re); })               \
    LOOP(sgn_##id, const T *x = in[0]; T *to = out; EACH {                                                      \
        const R size = abs_##id(x[i]);                                                                          \
        const T one = {x[i].re / size, x[i].im / size}, none = {0, 0};                                          \
        to[i] = size == 0 ? none : one;                                                                         \
    })                                                                                                          \
    LOOP(conj_##id, const T *x = in[0]; T *to = out; EACH { const T z = {x[i].re, -x[i].im}; to[i] = z; })      \
    LOOP(isnan_##id, const T *x = in[0]; uint8_t *to = out; EACH { to[i] = (x[i].re != x[i].re) | (x[i].im != x[i].im); }) \
    LOOP(isinf_##id, const T *x = in[0]; uint8_t *to = out; EACH {                                              \
        to[i] = (fabs_(x[i].re) == (R)INFINITY) | (fabs_(x[i].im) == (R)INFINITY); })                           \
    LOOP(isfinite_##id, const T *x = in[0]; uint8_t *to = out; EACH {                                           \
        to[i] = (fabs_(x[i].re) < (R)INFINITY) & (fabs_(x[i].im) < (R)INFINITY); })                             \
    LOOP(real_angle_##id, const R *x = in[0]; R *to = out; EACH {                                               \
        to[i] = x[i] != x[i] ? x[i] : x[i] < 0 ? (R)3.14159265358979323846 : (R)0; })                           \
    const lun_complex_loops LUN_HERE(lun_complex_##id) = {abs_loop_##id, angle_##id, sgn_##id, conj_##id, isnan_##id, isinf_##id, \
                                                          isfinite_##id, real_angle_##id};
LOOPS(c64, lun_c64, float, atan2f, fabsf)
LOOPS(c128, lun_c128, double, atan2, fabs)
