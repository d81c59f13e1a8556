/* gemm.c - OpenBLAS as a one-thread kernel, and oneDNN beside it for large float products
 *
 * OpenBLAS is loaded at start, not linked: only OPENBLAS_NUM_THREADS=1 set before keeps it from starting a worker of its own, which
 * would idle, and hang the exit of a program that is short of address space. A build --without-openblas does with plain loops where
 * there is none.
 * Holds: the only file that loads OpenBLAS, and with kernels/cpu/lapack.c the only one that calls it. A product with one row or one
 * column goes to gemv (measured 3 to 6 times faster than gemm there), k is cut so that no call takes longer than about 50 ms.
 * Read next: kernels/cpu/matmul.c, kernels/cpu/onednn.c, kernels/cpu/lapack.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/gemm.h"

#include "core/context.h"
#include "core/error.h"
#include "kernels/cpu/onednn.h"

#include <dlfcn.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* As cblas.h has them; nothing of OpenBLAS is needed to compile. */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };
#define GEMV(name, T, S)                                                                                                           \
    void (*name)(int order, int t, int rows, int cols, S alpha, const T *a, int lda, const T *x, int step, S beta, T *y, int y_step)
#define GEMM(name, T, S)                                                                                                           \
    void (*name)(int order, int ta, int tb, int m, int n, int k, S alpha, const T *a, int lda, const T *b, int ldb, S beta, T *c, int ldc)
static struct {
    GEMV(sgemv, float, float);
    GEMV(dgemv, double, double);
    GEMV(cgemv, void, const void *);
    GEMV(zgemv, void, const void *);
    GEMM(sgemm, float, float);
    GEMM(dgemm, double, double);
    GEMM(cgemm, void, const void *);
    GEMM(zgemm, void, const void *);
} blas;
static void *library; /* NULL: plain loops */

static double longest_call = 1e9; /* operations in one call: 5 to 40 ms */

bool lun_blas_fits(int n, const int64_t *sizes)
{
    for (int i = 0; i < n; i++)
        if (sizes[i] > INT_MAX)
            return lun_fail(LUN_E_SHAPE, NULL, "a size of %lld is more than a matrix product can take (%d)", (long long)sizes[i],
                            INT_MAX), false;
    return true;
}

static int narrow(int64_t v) { return (int)(v > INT_MAX ? INT_MAX : v); } /* lun_blas_fits has been asked */

bool lun_blas_strides(int64_t r, int64_t c, int64_t *row, int64_t *col)
{
    if (c == 1 && *row != 1) *col = 1;
    if (r == 1 && *col != 1) *row = 1;
    if (r == 1 && *col == 1 && *row < c) *row = c;
    if (c == 1 && *row == 1 && *col < r) *col = r;
    return (*col == 1 && *row >= c) || (*row == 1 && *col >= r);
}

/* A matrix as cblas wants it: stored by rows, or the transpose of that. */
static int order(lun_matrix x, int *ld)
{
    *ld = narrow(x.col == 1 ? x.row : x.col);
    return x.col == 1 ? NO_TRANS : TRANS;
}

/* y = A v for an r x c matrix */
static void gemv(lun_dtype type, int64_t r, int64_t c, lun_matrix a, const void *v, int64_t step, void *y, int64_t y_step, bool add)
{
    int ld, rows = narrow(r), cols = narrow(c);
    int t = order(a, &ld);
    if (t == TRANS) {
        int swap = rows;
        rows = cols;
        cols = swap;
    }
    const double one[] = {1, 0}, beta[] = {add, 0};
    const float one32[] = {1, 0}, beta32[] = {(float)add, 0};
    if (type == LUN_C128)
        blas.zgemv(ROW_MAJOR, t, rows, cols, one, a.data, ld, v, narrow(step), beta, y, narrow(y_step));
    else if (type == LUN_C64)
        blas.cgemv(ROW_MAJOR, t, rows, cols, one32, a.data, ld, v, narrow(step), beta32, y, narrow(y_step));
    else if (type == LUN_F64)
        blas.dgemv(ROW_MAJOR, t, rows, cols, 1, a.data, ld, v, narrow(step), add, y, narrow(y_step));
    else
        blas.sgemv(ROW_MAJOR, t, rows, cols, 1, a.data, ld, v, narrow(step), add, y, narrow(y_step));
}

static void product(lun_dtype type, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add)
{
    int lda, ldb;
    if (!library) {
        lun_gemm_plain(type, m, n, k, a, b, c, ldc, add);
        return;
    }
    if (n == 1) {
        gemv(type, m, k, a, b.data, b.row, c, ldc, add);
        return;
    }
    if (m == 1) {
        gemv(type, n, k, (lun_matrix){b.data, b.col, b.row}, a.data, a.col, c, 1, add);
        return;
    }
    if (type == LUN_F32 && lun_onednn_product(m, n, k, a, b, c, ldc, add)) return;
    int ta = order(a, &lda), tb = order(b, &ldb);
    const double one[] = {1, 0}, beta[] = {add, 0};
    const float one32[] = {1, 0}, beta32[] = {(float)add, 0};
    if (type == LUN_C128)
        blas.zgemm(ROW_MAJOR, ta, tb, narrow(m), narrow(n), narrow(k), one, a.data, lda, b.data, ldb, beta, c, narrow(ldc));
    else if (type == LUN_C64)
        blas.cgemm(ROW_MAJOR, ta, tb, narrow(m), narrow(n), narrow(k), one32, a.data, lda, b.data, ldb, beta32, c, narrow(ldc));
    else if (type == LUN_F64)
        blas.dgemm(ROW_MAJOR, ta, tb, narrow(m), narrow(n), narrow(k), 1, a.data, lda, b.data, ldb, add, c, narrow(ldc));
    else
        blas.sgemm(ROW_MAJOR, ta, tb, narrow(m), narrow(n), narrow(k), 1, a.data, lda, b.data, ldb, (float)add, c, narrow(ldc));
}

bool lun_gemm(lun_dtype type, int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, void *c, int64_t ldc, bool add)
{
    double cut = longest_call / (2.0 * (double)m * (double)n);
    int64_t step = cut < 64 ? 64 : cut > (double)k ? k : (int64_t)cut;
    int64_t size = (int64_t)lun_dtype_size(type);
    lun_blas_strides(m, k, &a.row, &a.col);
    lun_blas_strides(k, n, &b.row, &b.col);
    for (int64_t row = 0; !k && !add && row < m; row++) memset((char *)c + row * ldc * size, 0, (size_t)(n * size));
    for (int64_t at = 0; at < k; at += step) {
        if (at && lun_interrupted()) return false;
        lun_matrix x = {(const char *)a.data + at * a.col * size, a.row, a.col};
        lun_matrix y = {(const char *)b.data + at * b.row * size, b.row, b.col};
        product(type, m, n, k - at < step ? k - at : step, x, y, c, ldc, add || at);
    }
    return true;
}

static int64_t halve(int64_t n) { return ((n + 1) / 2 + 15) / 16 * 16; }

/* A thread should find in its own cache what it works on: to fetch a line that another core wrote takes 50 to 300 ns. Between two
 * bands of rows b is shared; between two of columns a is, and the rows of the result, which the next op walks in halves. */
static bool rows_share_less(const lun_gemm_blocks *b, int64_t k)
{
    return (double)k * (double)b->cols <= (double)b->rows * (double)(k + b->cols);
}

lun_gemm_blocks lun_gemm_cut(int64_t m, int64_t n, int64_t k)
{
    lun_gemm_blocks b = {.rows = m, .cols = n};
    const double all = 2.0 * (double)m * (double)n * (double)k, worth = 4e6;
    double target = all / 8, least = m == 1 || n == 1 ? 5e5 : 1.6e7; /* memory-bound products are worth a thread sooner */
    if (all >= 2 * worth && all / 2 < least) least = all / 2; /* two blocks, at least */
    target = target < least ? least : target > longest_call ? longest_call : target;
    while (2.0 * (double)b.rows * (double)b.cols * (double)k > 1.01 * target && (b.rows > 16 || b.cols > 16)) {
        const bool whole = b.rows == m && b.cols == n, rows = b.cols <= 16 || (b.rows > 16 && rows_share_less(&b, k));
        if (rows) b.rows = halve(b.rows);
        else b.cols = halve(b.cols);
        if (whole) b.by_columns = !rows;
    }
    b.row_count = (m + b.rows - 1) / b.rows;
    b.col_count = (n + b.cols - 1) / b.cols;
    return b;
}

lun_gemm_block lun_gemm_block_at(const lun_gemm_blocks *b, int64_t m, int64_t n, int64_t at)
{
    const int64_t row = (b->by_columns ? at % b->row_count : at / b->col_count) * b->rows;
    const int64_t col = (b->by_columns ? at / b->row_count : at % b->col_count) * b->cols;
    return (lun_gemm_block){row, col, m - row < b->rows ? m - row : b->rows, n - col < b->cols ? n - col : b->cols};
}

double lun_gemm_ns(int64_t m, int64_t n, int64_t k)
{
    double memory = 0.25 * ((double)m * (double)k + (double)k * (double)n + (double)m * (double)n);
    return 2.0 * (double)m * (double)n * (double)k / 100 + memory;
}

bool lun_blas_there(void) { return library != NULL; }

bool lun_blas_symbol(const char *name, void *slot)
{
    void *found = dlsym(library, name);
    if (!found) return lun_fail(LUN_E_FILE, "apt install libopenblas0", "OpenBLAS has no %s", name), false;
    memcpy(slot, &found, sizeof found); /* a function by way of an object pointer, as POSIX has it */
    return true;
}

/* The environment is put back: programs that we start may want threads. */
void *lun_load_one_thread(const char *name, const char *variable)
{
    const char *before = getenv(variable);
    char *kept = before ? strdup(before) : NULL;
    setenv(variable, "1", 1);
    void *loaded = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (kept) setenv(variable, kept, 1);
    else unsetenv(variable);
    free(kept);
    return loaded;
}

static bool load(void)
{
    library = lun_load_one_thread("libopenblas.so.0", "OPENBLAS_NUM_THREADS");
#ifndef HAVE_OPENBLAS
    if (!library) return true;
#endif
    if (!library) return lun_fail(LUN_E_FILE, "apt install libopenblas0", "cannot load OpenBLAS: %s", dlerror()), false;
    return lun_blas_symbol("cblas_sgemv", &blas.sgemv) && lun_blas_symbol("cblas_dgemv", &blas.dgemv) &&
           lun_blas_symbol("cblas_sgemm", &blas.sgemm) && lun_blas_symbol("cblas_dgemm", &blas.dgemm) &&
           lun_blas_symbol("cblas_cgemv", &blas.cgemv) && lun_blas_symbol("cblas_zgemv", &blas.zgemv) &&
           lun_blas_symbol("cblas_cgemm", &blas.cgemm) && lun_blas_symbol("cblas_zgemm", &blas.zgemm);
}

bool lun_gemm_start(void)
{
    const size_t buffer = (size_t)130 << 20; /* 64 or 128 MB and an alignment, by processor */
    if (!load()) return false;
    if (!library) {
        longest_call = 5e7;
        return true;
    }
    /* OpenBLAS retries for ever when it gets no buffer, so ask for as much first. */
    void *probe = mmap(NULL, buffer, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED)
        return lun_fail(LUN_E_MEMORY, "raise the limit on address space (ulimit -v)", "no memory for the matrix kernels (130 MB)"), false;
    munmap(probe, buffer);
    static const float a[16] = {1}, b[16] = {1};
    static const double x[16] = {1}, y[16] = {1};
    float c[16] = {0};
    double z[16] = {0};
    blas.sgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, 4, 4, 4, 1, a, 4, b, 4, 0, c, 4);
    blas.dgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, 4, 4, 4, 1, x, 4, y, 4, 0, z, 4);
    return true;
}
