/* lapack.h - LAPACK's routines by dtype, and how a batch of matrices is worked on
 *
 * LAPACK counts rows down the columns, tensors along the rows: what is row-major here is the transpose there. Kernels use that where
 * they can (a symmetric matrix, a solution of the transposed system, the exchanged factors of an SVD) and transpose where they must.
 * Holds: sizes passed lun_lapack_takes; a matrix is worked on by one thread from its first to its last bit, so results do not depend on
 * the number of threads; an interrupt is seen between matrices, not inside LAPACK.
 * Read next: kernels/cpu/lapack.c, kernels/cpu/factor.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_LAPACK_H
#define LUN_KERNELS_CPU_LAPACK_H
#include "kernels/cpu/frame.h"

/* Fortran's functions take addresses, and the lengths of their texts at the end; matrices are void here as one table serves all dtypes. */
/* in four dtypes */
#define LUN_LAPACK(X)                                                                                                              \
    X(getrf, const int *m, const int *n, void *a, const int *lda, int *pivots, int *info)                                          \
    X(getri, const int *n, void *a, const int *lda, const int *pivots, void *work, const int *lwork, int *info)                    \
    X(getrs, const char *trans, const int *n, const int *nrhs, const void *a, const int *lda, const int *pivots, void *b,          \
      const int *ldb, int *info, size_t)                                                                                           \
    X(potrf, const char *uplo, const int *n, void *a, const int *lda, int *info, size_t)                                           \
    X(trsm, const char *side, const char *uplo, const char *trans, const char *diag, const int *m, const int *n, const void *alpha, \
      const void *a, const int *lda, void *b, const int *ldb, size_t, size_t, size_t, size_t)                                      \
    X(geqrf, const int *m, const int *n, void *a, const int *lda, void *tau, void *work, const int *lwork, int *info)              \
    X(gels, const char *trans, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb,      \
      void *work, const int *lwork, int *info, size_t)
/* in float and double; what complex matrices have instead, or with other arguments, follows below */
#define LUN_LAPACK_REAL(X)                                                                                                         \
    X(orgqr, const int *m, const int *n, const int *k, void *a, const int *lda, const void *tau, void *work, const int *lwork,     \
      int *info)                                                                                                                   \
    X(syevd, const char *jobz, const char *uplo, const int *n, void *a, const int *lda, void *w, void *work, const int *lwork,     \
      int *iwork, const int *liwork, int *info, size_t, size_t)                                                                    \
    X(gesdd, const char *jobz, const int *m, const int *n, void *a, const int *lda, void *s, void *u, const int *ldu, void *vt,    \
      const int *ldvt, void *work, const int *lwork, int *iwork, int *info, size_t)                                                \
    X(gelsy, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb, int *jpvt,             \
      const void *rcond, int *rank, void *work, const int *lwork, int *info)                                                       \
    X(gelsd, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb, void *s,               \
      const void *rcond, int *rank, void *work, const int *lwork, int *iwork, int *info)                                           \
    X(gelss, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb, void *s,               \
      const void *rcond, int *rank, void *work, const int *lwork, int *info)                                                       \
    X(geev, const char *jobvl, const char *jobvr, const int *n, void *a, const int *lda, void *wr, void *wi, void *vl,             \
      const int *ldvl, void *vr, const int *ldvr, void *work, const int *lwork, int *info, size_t, size_t)
#define LUN_LAPACK_COMPLEX(X)                                                                                                      \
    X(ungqr, ungqr, const int *m, const int *n, const int *k, void *a, const int *lda, const void *tau, void *work,                \
      const int *lwork, int *info)                                                                                                 \
    X(heevd, heevd, const char *jobz, const char *uplo, const int *n, void *a, const int *lda, void *w, void *work,                \
      const int *lwork, void *rwork, const int *lrwork, int *iwork, const int *liwork, int *info, size_t, size_t)                  \
    X(complex_gesdd, gesdd, const char *jobz, const int *m, const int *n, void *a, const int *lda, void *s, void *u,               \
      const int *ldu, void *vt, const int *ldvt, void *work, const int *lwork, void *rwork, int *iwork, int *info, size_t)         \
    X(complex_gelsy, gelsy, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb,         \
      int *jpvt, const void *rcond, int *rank, void *work, const int *lwork, void *rwork, int *info)                               \
    X(complex_gelsd, gelsd, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb,         \
      void *s, const void *rcond, int *rank, void *work, const int *lwork, void *rwork, int *iwork, int *info)                     \
    X(complex_gelss, gelss, const int *m, const int *n, const int *nrhs, void *a, const int *lda, void *b, const int *ldb,         \
      void *s, const void *rcond, int *rank, void *work, const int *lwork, void *rwork, int *info)                                 \
    X(complex_geev, geev, const char *jobvl, const char *jobvr, const int *n, void *a, const int *lda, void *w, void *vl,          \
      const int *ldvl, void *vr, const int *ldvr, void *work, const int *lwork, void *rwork, int *info, size_t, size_t)

typedef struct lun_lapack {
#define X(name, ...) void (*name)(__VA_ARGS__);
    LUN_LAPACK(X)
    LUN_LAPACK_REAL(X)
#undef X
#define X(name, fortran, ...) void (*name)(__VA_ARGS__);
    LUN_LAPACK_COMPLEX(X)
#undef X
} lun_lapack;

/* Finds the routines; called once at start-up, after lun_gemm_start. False after lun_fail. */
bool lun_lapack_start(void);
/* The routines for one dtype: F32, F64, C64 or C128. */
const lun_lapack *lun_lapack_for(lun_dtype type);
/* LAPACK counts in int, elements of a matrix too: false after lun_fail when a matrix (the last two dims of x) is too large, or there is
 * no LAPACK. */
bool lun_lapack_takes(const lun_tensor *x);
/* What a routine answered when it was asked (lwork = -1) how much work space it wants. */
int lun_lapack_asked(lun_dtype type, const void *work);

/* A batch of matrices, one after the other, on all threads. */
typedef struct lun_batch {
    int64_t count;
    size_t scratch;  /* bytes that one matrix needs while it is worked on */
    double flops;    /* operations for one matrix, about */
    void (*one)(int64_t i, char *scratch, void *job); /* must not fail: what LAPACK reports goes into a result */
    void *job;
    /* private */
    char *memory;
    size_t slot;
    int64_t per_piece;
    int slots;
    unsigned char *taken;
} lun_batch;

/* Runs b->one for 0..count-1; false when an interrupt came, or after lun_fail when there is no memory. */
bool lun_batch_run(lun_batch *b);
/* The same over the matrices of x, and closes the frame. */
bool lun_lapack_run(lun_frame *f, const lun_tensor *x, size_t scratch, double flops, void (*one)(int64_t, char *, void *), void *job);

/* to[c][r] = from[r][c] for elements of `size` bytes (4, 8 or 16); rows lie from_ld and to_ld elements apart. */
void lun_transpose_matrix(size_t size, int64_t r, int64_t c, const void *from, int64_t from_ld, void *to, int64_t to_ld);
/* The same within one n x n matrix. */
void lun_transpose_square(size_t size, int64_t n, void *a);
/* Are all n elements finite? */
bool lun_all_finite(lun_dtype type, const void *data, size_t n);
/* Element i of an array of floats (the real part, where type is complex), as double. */
double lun_float_at(lun_dtype type, const void *data, int64_t i);
/* The same written; an imaginary part becomes 0. */
void lun_float_put(lun_dtype type, void *data, int64_t i, double value);
/* An array in scratch: `bytes` from *at on, which moves on by a multiple of 64. */
void *lun_scratch(char **at, size_t bytes);
static inline size_t lun_scratch_size(size_t bytes) { return (bytes + 63) / 64 * 64; }
#endif
