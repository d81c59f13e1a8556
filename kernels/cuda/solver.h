/* solver.h - the part of cuSOLVER that is called: QR, eigenvalues, singular values of batches of matrices
 *
 * Matrices lie one after the other, each by columns (row-major memory is the transpose), and are overwritten. Element types
 * are float,
 * double and the complex two; `like` is a tensor of the device whose scratch memory may be used. What is computed may become
 * part of the
 * stream later, so info (one number a matrix, 0 is well) is read like any other result.
 * Holds: sizes passed lun_solver_takes. Read next: kernels/cuda/solver.cu, orthogonal.cu, spectrum.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_SOLVER_H
#define LUN_KERNELS_CUDA_SOLVER_H
#include "kernels/cuda/device.h"

/* Has the library all that is called for this? LUN_SOLVER_EIG came with CUDA 12.8. */
typedef enum { LUN_SOLVER_QR, LUN_SOLVER_SYMMETRIC, LUN_SOLVER_SVD, LUN_SOLVER_EIG } lun_solver_part;
bool lun_solver_there(lun_solver_part part);
/* False (no error) where the CPU should compute: the part is missing, or a matrix has no elements or more than an int counts. */
bool lun_solver_takes(lun_solver_part part, const lun_tensor *x);

struct lun_matrices {
    lun_dtype type;
    const lun_tensor *like;
    int64_t count, m, n; /* m rows, n columns */
    void *data;
    int64_t step;        /* elements from one matrix to the next */
};

/* geqrf: R above the reflections' vectors; tau: the smaller of m and n for each matrix. */
bool lun_solver_qr(const lun_matrices *a, void *tau);
/* orgqr: the first a->n columns of the product of k reflections. tau_step: from one matrix's factors to the next one's. */
bool lun_solver_form_q(const lun_matrices *a, int64_t k, const void *tau, int64_t tau_step);
/* Values, smallest first, and (vectors) a's eigenvectors as columns in its place; one triangle of a is read. */
bool lun_solver_symmetric(const lun_matrices *a, bool vectors, bool lower, void *values, int32_t *info);
/* a = U diag(S) Vh for m >= n. kind: 'N' (values alone), 'S' (U has n columns), 'A' (m). */
bool lun_solver_svd(const lun_matrices *a, char kind, void *u, void *s, void *vh, int32_t *info);
/* The same for many small matrices at once, any m and n: U is m x m, and V (not Vh) n x n. */
enum { LUN_SOLVER_SMALL = 32 };
bool lun_solver_svd_small(const lun_matrices *a, bool vectors, void *u, void *s, void *v, int32_t *info);
/* Eigenvalues of any matrix. Real: values holds n real parts, then n imaginary ones, and a pair of conjugate values has its
 * real and
 * imaginary vectors in two columns of `vectors`, which may be NULL. */
bool lun_solver_eig(const lun_matrices *a, void *values, void *vectors, int32_t *info);
#endif
