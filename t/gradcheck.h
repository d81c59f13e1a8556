/* gradcheck.h - random tensors, and gradients against differences
 *
 * Read next: t/kernels/conv.c, which uses it. SPDX-License-Identifier: MIT
 */
#ifndef LUN_T_GRADCHECK_H
#define LUN_T_GRADCHECK_H
#include "core/lun.h"

/* Uniform in low..high, from a generator of its own; the same at every run. */
double random_in(double low, double high);
lun_tensor *random_tensor(lun_dtype t, int ndim, const int64_t *dims, double low, double high);
/* x with dims a and b exchanged in memory and back in shape: same values, strided. */
lun_tensor *strided(lun_tensor *x, int64_t a, int64_t b);
/* Largest difference of elements, infinity when shapes differ or one is NULL. */
double distance(lun_tensor *a, lun_tensor *b);

/* f of n inputs in float64: checks its gradients, and theirs when `twice`, against central differences. Two TAP lines at most. */
typedef lun_tensor *gradcheck_function(lun_tensor **x);
bool gradcheck(const char *name, gradcheck_function *f, int n, lun_tensor **x, bool twice);
#endif
