/* special.h - special functions of one or two doubles that C's library does not have
 *
 * For formulas (core/expression.h), kernels and samplers. Holds: each takes any double and ends after a bounded number of steps;
 * poles and arguments outside the domain give infinities and NaN as PyTorch's functions do. Relative errors are about 1e-14, near a
 * zero of the function absolute ones. Read next: core/special.c, core/special_gamma.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_SPECIAL_H
#define LUN_CORE_SPECIAL_H

#ifndef LUN_SPECIAL              /* kernels/cuda/special.h reads the sources once more, as functions of the device */
#define LUN_SPECIAL              /* stands before these functions ... */
#define LUN_SPECIAL_PART static  /* ... and before what they are made of */
#endif

LUN_SPECIAL double lun_erfcx(double x);              /* exp(x^2) erfc(x) */
LUN_SPECIAL double lun_erfinv(double p);             /* erf(result) = p */
LUN_SPECIAL double lun_ndtri(double p);              /* where the standard normal distribution function is p */
LUN_SPECIAL double lun_log_ndtr(double x);           /* log of the standard normal distribution function */
LUN_SPECIAL double lun_i0(double x);                 /* modified Bessel functions of the first kind, order 0 and 1 */
LUN_SPECIAL double lun_i0e(double x);                /* the same times exp(-|x|) */
LUN_SPECIAL double lun_i1(double x);
LUN_SPECIAL double lun_i1e(double x);
LUN_SPECIAL double lun_lgamma(double x);             /* log |gamma(x)|; unlike C's it writes no global */
LUN_SPECIAL double lun_digamma(double x);
LUN_SPECIAL double lun_zeta(double s, double q);     /* Hurwitz's: sum of (q + k)^-s over k >= 0 */
LUN_SPECIAL double lun_polygamma(double n, double x); /* n-th derivative of digamma; n whole */
LUN_SPECIAL double lun_gammainc(double a, double x); /* regularised incomplete gamma functions, lower and upper */
LUN_SPECIAL double lun_gammaincc(double a, double x);
LUN_SPECIAL double lun_gamma_quantile_slope(double a, double x); /* dx/da at a fixed value of gammainc(a, x) */
#endif
