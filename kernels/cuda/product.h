/* product.h - matrix products on the device, for every kernel that needs one
 *
 * A product is a batch of c[i] = a[i] b[i] (+ bias) (+ c[i]), or c[i] - a[i] b[i]. cuBLAS computes it where it was found, else
 * kernels of our own do.
 * Holds: a matrix is an address and two strides in elements, one of which is 1 (strides of dims of size 1 do not matter); a stride of
 * batches may be 0. Results do not depend on what ran before. Read next: kernels/cuda/matmul.cu, kernels/cuda/blas.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_PRODUCT_H
#define LUN_KERNELS_CUDA_PRODUCT_H
#include "kernels/cuda/device.h"

struct lun_factor {
    const void *data;
    int64_t row, col; /* elements from one row to the next, from one column to the next */
    int64_t batch;    /* elements from one matrix to the next */
};

struct lun_product {
    lun_dtype type;
    int64_t m, n, k, batches;
    lun_factor a, b;         /* m x k and k x n */
    void *c;                 /* m x n, rows c_row apart, matrices c_batch apart */
    int64_t c_row, c_batch;
    const void *bias;        /* n values added to every row, or NULL */
    bool add, less;          /* added to what is in c, or taken off it, in all bits of the dtype; not together with bias */
};

extern "C" {
/* Queues the product; false after lun_fail. Any dtype but bool. */
bool lun_cuda_product(const lun_product *p);
/* May float32 be rounded to TF32 (10 bits of mantissa) in products and convolutions, where tensor cores then compute it? 0 or 1 sets
 * it, anything else leaves it; what holds from now on is given back. At first it may not. */
bool lun_cuda_tf32(int allow);
}

typedef enum { LUN_BLAS_ABSENT, LUN_BLAS_DONE, LUN_BLAS_FAILED } lun_blas_answer;
/* The same by cuBLAS; ABSENT: not here, or not for this one. FAILED after lun_fail. */
lun_blas_answer lun_blas_product(const lun_product *p);
/* A product of bytes, without batches, whose results are int32. */
lun_blas_answer lun_blas_bytes(const lun_product *p);
/* Would it compute products of this dtype, without a bias? */
bool lun_blas_knows(lun_dtype type);
#endif
