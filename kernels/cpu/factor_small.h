/* factor_small.h - LU and Cholesky of small matrices. Read next: kernels/cpu/factor_small.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_FACTOR_SMALL_H
#define LUN_KERNELS_CPU_FACTOR_SMALL_H
#include "core/dtype.h"

enum { LUN_SMALL = 16 }; /* from here on LAPACK is as fast */

/* As getrf of an n x n matrix stored by columns; returns info. */
int lun_small_lu(lun_dtype type, int n, void *a, int *pivots);
/* As getrs for k right sides. */
void lun_small_substitute(lun_dtype type, int n, int k, const void *a, const int *pivots, void *b, bool transposed);
/* The lower triangle of a matrix stored by rows becomes its factor; returns info. */
int lun_small_cholesky(lun_dtype type, int n, void *a);
#endif
