/* factor_small.c - LU and Cholesky of matrices so small that a call of LAPACK costs more than the arithmetic
 *
 * The plain algorithms, with LAPACK's meaning of every argument: columns one after the other, pivots from 1, info.
 * Holds: n is at most LUN_SMALL. Read next: kernels/cpu/factor.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/factor_small.h"

#include <math.h>

/* Row r and row p of all n columns change places. */
#define SMALL(T, ABS, SQRT)                                                          \
    static void exchange_##T(int n, T *a, int r, int p)                              \
    {                                                                                \
        for (int c = 0; c < n; c++) {                                                \
            T keep = a[c * n + r];                                                   \
            a[c * n + r] = a[c * n + p];                                             \
            a[c * n + p] = keep;                                                     \
        }                                                                            \
    }                                                                                \
    static int lu_##T(int n, T *a, int *pivots)                                      \
    {                                                                                \
        int info = 0;                                                                \
        for (int k = 0; k < n; k++) {                                                \
            T *column = a + k * n;                                                   \
            int p = k;                                                               \
            for (int r = k + 1; r < n; r++)                                          \
                if (ABS(column[r]) > ABS(column[p])) p = r;                          \
            pivots[k] = p + 1;                                                       \
            if (column[p] == 0) {                                                    \
                if (!info) info = k + 1;                                             \
                continue;                                                            \
            }                                                                        \
            if (p != k) exchange_##T(n, a, k, p);                                    \
            T factor = 1 / column[k];                                                \
            for (int r = k + 1; r < n; r++) column[r] *= factor;                     \
            for (int c = k + 1; c < n; c++) {                                        \
                T *other = a + c * n, by = other[k];                                 \
                for (int r = k + 1; r < n; r++) other[r] -= by * column[r];          \
            }                                                                        \
        }                                                                            \
        return info;                                                                 \
    }                                                                                \
    /* One right side. */                                                            \
    static void substitute_##T(int n, const T *a, const int *pivots, T *b, bool transposed) \
    {                                                                                \
        for (int k = 0; !transposed && k < n; k++) {                                 \
            T keep = b[k];                                                           \
            b[k] = b[pivots[k] - 1];                                                 \
            b[pivots[k] - 1] = keep;                                                 \
        }                                                                            \
        for (int k = 0; !transposed && k < n; k++)                                   \
            for (int r = k + 1; r < n; r++) b[r] -= a[k * n + r] * b[k];             \
        for (int k = n - 1; !transposed && k >= 0; k--) {                            \
            b[k] /= a[k * n + k];                                                    \
            for (int r = 0; r < k; r++) b[r] -= a[k * n + r] * b[k];                 \
        }                                                                            \
        for (int k = 0; transposed && k < n; k++) {                                  \
            for (int r = 0; r < k; r++) b[k] -= a[k * n + r] * b[r];                 \
            b[k] /= a[k * n + k];                                                    \
        }                                                                            \
        for (int k = n - 1; transposed && k >= 0; k--)                               \
            for (int r = k + 1; r < n; r++) b[k] -= a[k * n + r] * b[r];             \
        for (int k = n - 1; transposed && k >= 0; k--) {                             \
            T keep = b[k];                                                           \
            b[k] = b[pivots[k] - 1];                                                 \
            b[pivots[k] - 1] = keep;                                                 \
        }                                                                            \
    }                                                                                \
    /* The lower triangle of a row-major matrix, row by row; zeros above it. */      \
    static int cholesky_##T(int n, T *a)                                             \
    {                                                                                \
        T inverse[LUN_SMALL]; /* of the diagonal: one division for each row */       \
        for (int r = 0; r < n; r++) {                                                \
            T *row = a + r * n, pivot = row[r];                                      \
            for (int c = 0; c < r; c++) {                                            \
                T sum = row[c];                                                      \
                for (int k = 0; k < c; k++) sum -= row[k] * a[c * n + k];            \
                row[c] = sum * inverse[c];                                           \
                pivot -= row[c] * row[c];                                            \
            }                                                                        \
            if (!(pivot > 0)) return r + 1;                                          \
            row[r] = SQRT(pivot);                                                    \
            inverse[r] = 1 / row[r];                                                 \
            for (int c = r + 1; c < n; c++) row[c] = 0;                              \
        }                                                                            \
        return 0;                                                                    \
    }
SMALL(float, fabsf, sqrtf)
SMALL(double, fabs, sqrt)

int lun_small_lu(lun_dtype type, int n, void *a, int *pivots)
{
    return type == LUN_F64 ? lu_double(n, a, pivots) : lu_float(n, a, pivots);
}

void lun_small_substitute(lun_dtype type, int n, int k, const void *a, const int *pivots, void *b, bool transposed)
{
    for (int i = 0; i < k; i++)
        if (type == LUN_F64) substitute_double(n, a, pivots, (double *)b + i * n, transposed);
        else substitute_float(n, a, pivots, (float *)b + i * n, transposed);
}

int lun_small_cholesky(lun_dtype type, int n, void *a) { return type == LUN_F64 ? cholesky_double(n, a) : cholesky_float(n, a); }
