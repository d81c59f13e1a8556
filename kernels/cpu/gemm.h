/* gemm.h - matrix products, one thread at a time
 *
 * OpenBLAS is the inner kernel and never splits work itself; who calls these functions cuts a product into blocks whose borders
 * depend on the shape only, so results do not depend on the number of threads.
 * Holds: a matrix argument is an address and two strides (elements per row and per column), one of which is 1; all sizes and
 * strides passed lun_blas_fits. No BLAS call is longer than about 1e9 operations, and an interrupt is seen between them.
 * Read next: kernels/cpu/gemm.c, kernels/cpu/matmul.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_GEMM_H
#define LUN_KERNELS_CPU_GEMM_H
#include "core/dtype.h"

typedef struct lun_matrix {
    const void *data;
    int64_t row, col; /* elements from one row to the next, from one column to the next */
} lun_matrix;

/* Sets OpenBLAS to one thread and makes its first call, which needs memory that it would wait for without end. False after
 * lun_fail(LUN_E_MEMORY). Called once at start-up. */
bool lun_gemm_start(void);
/* Is OpenBLAS there? Else products are plain loops, and there is no LAPACK. */
bool lun_blas_there(void);
/* Stores OpenBLAS's function `name` at slot, which is a function pointer; false after lun_fail. For lapack.c. */
bool lun_blas_symbol(const char *name, void *slot);

/* Loads a library while the environment variable that sets its threads says 1; NULL when it cannot be (dlerror tells). */
void *lun_load_one_thread(const char *name, const char *variable);

/* c = a b, or c += a b when `add`; a is m x k, b is k x n, c row-major with rows `ldc` apart. `type` is F32, F64, C64 or C128. False when an
 * interrupt arrived. */
bool lun_gemm(lun_dtype type, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add);

/* The same in plain loops (gemm_plain.c). */
void lun_gemm_plain(lun_dtype type, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add);

/* Can the strides of an r x c matrix be told to BLAS? A dim of size 1 may have any stride; those are set right here. */
bool lun_blas_strides(int64_t r, int64_t c, int64_t *row, int64_t *col);
/* BLAS counts in int: false after lun_fail when one of n sizes does not fit. */
bool lun_blas_fits(int n, const int64_t *sizes);

/* How a product is cut: blocks of at most rows x cols of the result; by_columns: those of one column follow each other. */
typedef struct lun_gemm_blocks { int64_t rows, cols, row_count, col_count; bool by_columns; } lun_gemm_blocks;
lun_gemm_blocks lun_gemm_cut(int64_t m, int64_t n, int64_t k);
/* The block number `at`, from 0, of an m x n product. */
typedef struct lun_gemm_block { int64_t row, col, rows, cols; } lun_gemm_block;
lun_gemm_block lun_gemm_block_at(const lun_gemm_blocks *b, int64_t m, int64_t n, int64_t at);
/* About how long a product takes on one thread. */
double lun_gemm_ns(int64_t m, int64_t n, int64_t k);
#endif
