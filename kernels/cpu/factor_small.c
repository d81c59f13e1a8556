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
    /* The lower triangle of a row-major matrix; zeros above it. Column by column, with the column side by side. */ \
    static int cholesky_##T(int n, T *a)                                             \
    {                                                                                \
        T column[LUN_SMALL];                                                         \
        for (int k = 0; k < n; k++) {                                                \
            T pivot = a[k * n + k];                                                  \
            if (!(pivot > 0)) return k + 1;                                          \
            T root = SQRT(pivot), by = 1 / root;                                     \
            a[k * n + k] = root;                                                     \
            for (int c = k + 1; c < n; c++) a[k * n + c] = 0;                        \
            for (int r = k + 1; r < n; r++) {                                        \
                T l = a[r * n + k] * by;                                             \
                a[r * n + k] = column[r] = l;                                        \
                for (int c = k + 1; c <= r; c++) a[r * n + c] -= l * column[c];      \
            }                                                                        \
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
