/* special.h - special functions of one or two doubles that C's library does not have
 *
 * For formulas (core/expression.h), kernels and samplers. Holds: each takes any double and ends after a bounded number of steps;
 * poles and arguments outside the domain give infinities and NaN as PyTorch's functions do. Relative errors are about 1e-14, near a
 * zero of the function absolute ones. Read next: core/special.c, core/special_gamma.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_SPECIAL_H
#define LUN_CORE_SPECIAL_H

double lun_erfcx(double x);              /* exp(x^2) erfc(x) */
double lun_erfinv(double p);             /* erf(result) = p */
double lun_ndtri(double p);              /* where the standard normal distribution function is p */
double lun_log_ndtr(double x);           /* log of the standard normal distribution function */
double lun_i0(double x);                 /* modified Bessel functions of the first kind, order 0 and 1 */
double lun_i0e(double x);                /* the same times exp(-|x|) */
double lun_i1(double x);
double lun_i1e(double x);
double lun_lgamma(double x);             /* log |gamma(x)|; unlike C's it writes no global */
double lun_digamma(double x);
double lun_zeta(double s, double q);     /* Hurwitz's: sum of (q + k)^-s over k >= 0 */
double lun_polygamma(double n, double x); /* n-th derivative of digamma; n whole */
double lun_gammainc(double a, double x); /* regularised incomplete gamma functions, lower and upper */
double lun_gammaincc(double a, double x);
double lun_gamma_quantile_slope(double a, double x); /* dx/da at a fixed value of gammainc(a, x) */
#endif
