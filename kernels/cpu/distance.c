/* distance.c - distances between all rows of two matrices
 *
 * Rows of the result are pieces. The 2-norm of many rows is |x|^2 + |y|^2 - 2 x y, a matrix product, where asked for: fast, and as
 * PyTorch inexact for rows that nearly agree.
 * Holds: no memory beyond the result. Read next: core/ops/distance.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>

typedef struct job {
    lun_dtype type;
    size_t size;
    int64_t rows, columns, n, rows_per_piece, pieces_per_matrix; /* rows of x, rows of y, their length */
    const char *x, *y;
    char *out;
    double p;
    bool product, stopped;
} job;

/* Four sums side by side, so that they can be added in one register. */
#define DISTANCES(T, ABS, MAX, SQRT)                                                                                   \
    static T distance_##T(const T *x, const T *y, int64_t n, double p)                                             \
    {                                                                                                              \
        T s[4] = {0, 0, 0, 0};                                                                                     \
        int64_t i = 0;                                                                                             \
        if (p == 2) {                                                                                              \
            for (; i + 4 <= n; i += 4)                                                                             \
                for (int k = 0; k < 4; k++) s[k] += (x[i + k] - y[i + k]) * (x[i + k] - y[i + k]);                  \
            for (; i < n; i++) s[0] += (x[i] - y[i]) * (x[i] - y[i]);                                              \
            return (T)sqrt((double)((s[0] + s[1]) + (s[2] + s[3])));                                               \
        }                                                                                                          \
        if (p == 1) {                                                                                              \
            for (; i + 4 <= n; i += 4)                                                                             \
                for (int k = 0; k < 4; k++) s[k] += ABS(x[i + k] - y[i + k]);                                      \
            for (; i < n; i++) s[0] += ABS(x[i] - y[i]);                                                           \
            return (s[0] + s[1]) + (s[2] + s[3]);                                                                  \
        }                                                                                                          \
        if (isinf(p)) {                                                                                            \
            for (; i < n; i++) {                                                                                   \
                T d = ABS(x[i] - y[i]);                                                                            \
                s[0] = d != d ? d : MAX(s[0], d);                                                                  \
                if (d != d) break;                                                                                 \
            }                                                                                                      \
            return s[0];                                                                                           \
        }                                                                                                          \
        double sum = 0, most = 0; /* no power of a difference over the largest one overflows */                    \
        for (int64_t k = 0; k < n && p != 0; k++) most = fmax(most, (double)ABS(x[k] - y[k]));                     \
        if (most == 0 || isinf(most)) most = 1;                                                                    \
        for (; i < n; i++) sum += p == 0 ? (double)(x[i] != y[i]) : pow((double)ABS(x[i] - y[i]) / most, p);       \
        return (T)(p == 0 ? sum : most * pow(sum, 1 / p));                                                         \
    }                                                                                                              \
    static void direct_##T(const job *j, const T *x, const T *y, int64_t rows, T *out)                             \
    {                                                                                                              \
        for (int64_t r = 0; r < rows; r++)                                                                         \
            for (int64_t c = 0; c < j->columns; c++) {                                                             \
                if (!(c & 1023) && lun_interrupted()) return; /* the pool sees it too, after this piece */         \
                out[r * j->columns + c] = distance_##T(x + r * j->n, y + c * j->n, j->n, j->p);                    \
            }                                                                                                      \
    }                                                                                                              \
    static T square_##T(const T *x, int64_t n)                                                                     \
    {                                                                                                              \
        T s[8] = {0};                                                                                              \
        int64_t i = 0;                                                                                             \
        for (; i + 8 <= n; i += 8)                                                                                 \
            for (int k = 0; k < 8; k++) s[k] += x[i + k] * x[i + k];                                               \
        for (; i < n; i++) s[0] += x[i] * x[i];                                                                    \
        return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));                                  \
    }                                                                                                              \
    /* out holds x y; the columns' norms fit on the stack in parts */                                               \
    static void from_product_##T(const job *j, const T *x, const T *y, int64_t rows, T *out)                       \
    {                                                                                                              \
        enum { PART = 256 };                                                                                       \
        T norms[PART];                                                                                             \
        for (int64_t c0 = 0; c0 < j->columns; c0 += PART) {                                                        \
            int64_t part = j->columns - c0 < PART ? j->columns - c0 : PART;                                        \
            for (int64_t c = 0; c < part; c++) norms[c] = square_##T(y + (c0 + c) * j->n, j->n);                   \
            for (int64_t r = 0; r < rows; r++) {                                                                   \
                T norm = square_##T(x + r * j->n, j->n), *to = out + r * j->columns + c0;                          \
                for (int64_t c = 0; c < part; c++) {                                                               \
                    T d = (norm + norms[c]) - 2 * to[c];                                                           \
                    to[c] = d < 0 ? 0 : SQRT(d);                                                                   \
                }                                                                                                  \
            }                                                                                                      \
        }                                                                                                          \
    }
DISTANCES(float, fabsf, fmaxf, sqrtf)
DISTANCES(double, fabs, fmax, sqrt)

static void piece(int64_t p, void *argument)
{
    job *j = argument;
    int64_t matrix = p / j->pieces_per_matrix, first = p % j->pieces_per_matrix * j->rows_per_piece;
    int64_t rows = j->rows - first < j->rows_per_piece ? j->rows - first : j->rows_per_piece;
    const char *x = j->x + (size_t)((matrix * j->rows + first) * j->n) * j->size, *y = j->y + (size_t)(matrix * j->columns * j->n) * j->size;
    char *out = j->out + (size_t)((matrix * j->rows + first) * j->columns) * j->size;
    if (j->product) {
        lun_matrix a = {x, j->n, 1}, b = {y, 1, j->n};
        lun_blas_strides(rows, j->n, &a.row, &a.col);
        lun_blas_strides(j->n, j->columns, &b.row, &b.col);
        if (!lun_gemm(j->type, rows, j->columns, j->n, a, b, out, j->columns, false)) __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
        if (j->type == LUN_F64) from_product_double(j, (const double *)(const void *)x, (const double *)(const void *)y, rows, (double *)(void *)out);
        else from_product_float(j, (const float *)(const void *)x, (const float *)(const void *)y, rows, (float *)(void *)out);
    } else if (j->type == LUN_F64) {
        direct_double(j, (const double *)(const void *)x, (const double *)(const void *)y, rows, (double *)(void *)out);
    } else {
        direct_float(j, (const float *)(const void *)x, (const float *)(const void *)y, rows, (float *)(void *)out);
    }
}

/* row_distances(x, y, p, product) -> [..., rows of x, rows of y] */
bool lun_cpu_row_distances(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0], *out = c->out[0];
    if (!lun_frame_open(&f, c)) return false;
    job j = {.type = f.type, .size = lun_dtype_size(f.type), .rows = out->dims[out->ndim - 2], .columns = out->dims[out->ndim - 1],
             .n = x->dims[x->ndim - 1], .x = f.in[0].data, .y = f.in[1].data, .out = f.out[0].data, .p = lun_param_float(&c->params, 0, 2)};
    j.product = lun_param_bool(&c->params, 1, false) && j.n;
    int64_t sizes[] = {j.rows, j.columns, j.n};
    if (!out->numel) return lun_frame_close(&f, true);
    if (!lun_blas_fits(3, sizes)) return lun_frame_close(&f, false);
    double row_ns = ((double)j.columns * (double)j.n * (j.product ? 0.1 : j.p == 1 || j.p == 2 ? 0.6 : 20) + (double)j.columns + 10);
    double wanted = j.product ? 2e6 : 50000; /* a product wants many rows */
    j.rows_per_piece = wanted / row_ns < 1 ? 1 : (int64_t)(wanted / row_ns) + 1;
    if (j.rows_per_piece > j.rows) j.rows_per_piece = j.rows;
    j.pieces_per_matrix = (j.rows + j.rows_per_piece - 1) / j.rows_per_piece;
    int64_t matrices = out->numel / (j.rows * j.columns);
    bool done = lun_parallel(matrices * j.pieces_per_matrix, piece, &j, row_ns * (double)(matrices * j.rows));
    done = done && !j.stopped && (j.product || !lun_interrupted());
    return lun_frame_close(&f, done);
}
