/* spectrum.h - least squares by singular values. Read next: kernels/cuda/spectrum.cu. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CUDA_SPECTRUM_H
#define LUN_KERNELS_CUDA_SPECTRUM_H
#include "kernels/cuda/device.h"

struct lun_least_squares {
    const lun_tensor *x;      /* [*, m, n] */
    lun_tensor *a;            /* its memory, to be overwritten: by columns, or (m < n) as it lies */
    lun_tensor *b;            /* [*, m, sides], contiguous */
    const lun_tensor *to;     /* [*, n, sides] */
    const lun_tensor *rank, *values, *info; /* values may be empty: nobody wants them */
    double rcond;             /* values up to this share of the largest count as 0; below 0: the rounding of the dtype */
};
/* The shortest of the x for which |a x - b| is least; false after lun_fail. */
bool lun_cuda_least_squares(const lun_least_squares *job);
#endif
