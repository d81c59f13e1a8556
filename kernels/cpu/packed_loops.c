/* packed_loops.c - the loops of kernels/cpu/packed.h for float and double
 *
 * A panel is two vectors wide. A tile of rows times a panel stays in registers while k goes by: per k two vectors are read, and one number
 * of each row. Columns beyond n are zeros that nobody stores. Read next: kernels/cpu/packed.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/packed.h"

#include "kernels/cpu/vectors.h"

#include <string.h>

enum { TILE = LUN_VECTOR == 64 ? 8 : 4 }; /* how many rows leave room for their sums in the registers */

/* Unrolled, so that sum[][] is registers. */
#define EACH_ROW _Pragma("GCC unroll 8") for (int r = 0; r < rows; r++)

#define LOOPS(T, NAME)                                                                                                                     \
    enum { LANES_##NAME = LUN_VECTOR / sizeof(T), PANEL_##NAME = 2 * LANES_##NAME };                                                       \
    typedef T vec_##NAME __attribute__((vector_size(LUN_VECTOR), aligned(sizeof(T)), may_alias));                                          \
    static void pack_##NAME(int64_t k, int64_t n, const void *b, int64_t row, int64_t col, void *to)                                       \
    {                                                                                                                                      \
        const T *from = b;                                                                                                                 \
        T *y = to;                                                                                                                         \
        for (int64_t first = 0; first < n; first += PANEL_##NAME)                                                                          \
            for (int64_t i = 0; i < k; i++, y += PANEL_##NAME)                                                                             \
                for (int64_t c = 0; c < PANEL_##NAME; c++) y[c] = first + c < n ? from[i * row + (first + c) * col] : 0;                   \
    }                                                                                                                                      \
    /* The sums of `rows` rows, a constant where this is inlined, with one panel; `columns` of them are stored. */                         \
    static inline __attribute__((always_inline)) void tile_##NAME(int rows, int64_t k, int64_t n, const T *x, const T *w, const T *start,  \
                                                                  const T *bias, T *to, int64_t apart, int64_t columns)                    \
    {                                                                                                                                      \
        vec_##NAME sum[TILE][2];                                                                                                           \
        EACH_ROW sum[r][0] = sum[r][1] = (vec_##NAME){0};                                                                                  \
        for (int64_t i = 0; i < k; i++, w += PANEL_##NAME) {                                                                               \
            vec_##NAME a = *(const vec_##NAME *)(const void *)w, b = *(const vec_##NAME *)(const void *)(w + LANES_##NAME);                \
            EACH_ROW {                                                                                                                     \
                T v = x[r * k + i];                                                                                                        \
                sum[r][0] += a * v;                                                                                                        \
                sum[r][1] += b * v;                                                                                                        \
            }                                                                                                                              \
        }                                                                                                                                  \
        EACH_ROW {                                                                                                                         \
            T line[PANEL_##NAME];                                                                                                          \
            memcpy(line, &sum[r][0], LUN_VECTOR), memcpy(line + LANES_##NAME, &sum[r][1], LUN_VECTOR);                                     \
            for (int64_t c = 0; start && c < columns; c++) line[c] += start[r * n + c];                                                    \
            for (int64_t c = 0; bias && c < columns; c++) line[c] += bias[c];                                                              \
            memcpy(to + r * apart, line, (size_t)columns * sizeof(T));                                                                     \
        }                                                                                                                                  \
    }                                                                                                                                      \
    static void product_##NAME(int64_t rows, int64_t k, int64_t n, const void *x, const void *packed, const void *start, const void *bias, \
                               void *to, int64_t apart)                                                                                    \
    {                                                                                                                                      \
        const T *from = x, *w = packed, *s = start, *b = bias;                                                                             \
        for (int64_t first = 0; first < n; first += PANEL_##NAME, w += k * PANEL_##NAME) {                                                 \
            int64_t columns = n - first < PANEL_##NAME ? n - first : PANEL_##NAME, r = 0;                                                  \
            for (; r + TILE <= rows; r += TILE)                                                                                            \
                tile_##NAME(TILE, k, n, from + r * k, w, s ? s + r * n + first : s, b ? b + first : b,                                     \
                                  (T *)to + r * apart + first, apart, columns);                                                            \
            for (; r < rows; r++)                                                                                                          \
                tile_##NAME(1, k, n, from + r * k, w, s ? s + r * n + first : s, b ? b + first : b,                                        \
                                  (T *)to + r * apart + first, apart, columns);                                                            \
        }                                                                                                                                  \
    }                                                                                                                                      \
    const lun_packed_loops LUN_HERE(lun_packed_##NAME) = {PANEL_##NAME, pack_##NAME, product_##NAME};
LOOPS(float, f32)
LOOPS(double, f64)
