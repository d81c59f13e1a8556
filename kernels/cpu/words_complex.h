/* words_complex.h - functions of complex numbers that C does not have as formulas want them
 *
 * Read next: kernels/cpu/words_c64.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_WORDS_COMPLEX_H
#define LUN_KERNELS_CPU_WORDS_COMPLEX_H
#include "kernels/cpu/vmath.h"

#include <complex.h>
#undef I /* and CMPLX is not there for clang in glibc: __builtin_complex is */

/* exp(z) - 1 without loss near 0: the real part is expm1(a) cos(b) - 2 sin(b/2)^2 */
LUN_INLINE double _Complex lun_expm1_c128(double _Complex z)
{
    double a = creal(z), b = cimag(z), half = sin(b / 2);
    return __builtin_complex(expm1(a) * cos(b) - 2 * half * half, exp(a) * sin(b));
}

/* log(1 + z): where |1 + z| is near 1 its logarithm is taken of |1 + z|^2 - 1 = a (2 + a) + b^2 */
LUN_INLINE double _Complex lun_log1p_c128(double _Complex z)
{
    double a = creal(z), b = cimag(z), size = hypot(1 + a, b), excess = a * (2 + a) + b * b;
    return __builtin_complex(size > 0.5 && size < 2 ? 0.5 * log1p(excess) : log(size), atan2(b, 1 + a));
}
/* x^0 is 1 and 0^y is 0, also where C says NaN */
LUN_INLINE double _Complex lun_pow_c128(double _Complex x, double _Complex y)
{
    return y == 0 ? 1 : x == 0 ? 0 : cpow(x, y);
}
LUN_INLINE float _Complex lun_pow_c64(float _Complex x, float _Complex y)
{
    return y == 0 ? 1 : x == 0 ? 0 : (float _Complex)cpow((double _Complex)x, (double _Complex)y);
}
#endif
