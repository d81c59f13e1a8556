/* blas.h - the part of cuBLAS and cuBLASLt that is called, declared here
 *
 * Sizes and numbers are those of CUDA 12 and 13 (library headers cublas_api.h, cublasLt.h). Read next: kernels/cuda/blas.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_BLAS_H
#define LUN_KERNELS_CUDA_BLAS_H
#include "kernels/cuda/device.h"

struct cublasContext;
typedef struct cublasContext *lun_blas_handle;

enum { LUN_BLAS_N = 0, LUN_BLAS_T = 1, LUN_BLAS_C = 2 };
enum { LUN_BLAS_LOWER = 0, LUN_BLAS_UPPER = 1 };
enum { LUN_BLAS_LEFT = 0, LUN_BLAS_RIGHT = 1 };
enum { LUN_BLAS_NON_UNIT = 0, LUN_BLAS_UNIT = 1 };
/* cudaDataType */
enum {
    LUN_BLAS_R32 = 0, LUN_BLAS_R64 = 1, LUN_BLAS_R16 = 2, LUN_BLAS_I8 = 3, LUN_BLAS_C32 = 4, LUN_BLAS_C64 = 5, LUN_BLAS_I32 = 10,
    LUN_BLAS_RB16 = 14
};
/* cublasComputeType_t */
enum { LUN_BLAS_COMPUTE_32 = 68, LUN_BLAS_COMPUTE_64 = 70, LUN_BLAS_COMPUTE_I32 = 72, LUN_BLAS_COMPUTE_TF32 = 77 };
enum { LUN_BLAS_NOT_SUPPORTED = 15 }; /* cublasStatus_t */
enum { LUN_BLAS_ALGORITHM = -1 }; /* CUBLAS_GEMM_DEFAULT */

/* The handle that belongs to the current stream; NULL when there is no cuBLAS (no error) or after lun_fail. */
lun_blas_handle lun_blas_here(void);
/* True for CUBLAS_STATUS_SUCCESS; else false after lun_fail, with `what` ("multiply"). */
bool lun_blas_check(int status, const char *what);
/* cudaDataType of a float or complex dtype; -1 for others. */
int lun_blas_type(lun_dtype type);
#endif
