/* conv_loops.c - the loops of kernels/cpu/conv_few.c, conv_few_weights.c and conv_planes.c for float and double
 *
 * Holds: eight outputs at a time stay in registers while all elements of the window go by. Read next: kernels/cpu/conv_few.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/conv_loops.h"

#include "kernels/cpu/vectors.h"

#include <string.h>

/* Sums of outputs that are not there would take as long: a block of eight has a loop for at most 4, 6 and 8 of them. */
#define FEW(T, NAME)                                                                                                                       \
    typedef T vec_##NAME __attribute__((vector_size(LUN_VECTOR), aligned(sizeof(T)), may_alias));                                          \
    static inline __attribute__((always_inline)) void sum_##NAME(int64_t n, int64_t k, const int64_t *restrict offset, const T *x,         \
                                                                 const T *w, const T *b, const int most, int outs, int64_t plane, T *y)    \
    {                                                                                                                                      \
        enum { LANES = LUN_VECTOR / sizeof(T) };                                                                                           \
        for (int64_t i = 0; i < n; i += LANES) {                                                                                           \
            vec_##NAME sum[LUN_CONV_FEW];                                                                                                  \
            for (int o = 0; o < most; o++) sum[o] = (vec_##NAME){0} + b[o];                                                                \
            for (int64_t e = 0; e < k; e++) {                                                                                              \
                vec_##NAME v = *(const vec_##NAME *)(const void *)(x + offset[e] + i);                                                     \
                for (int o = 0; o < most; o++) sum[o] += v * w[e * LUN_CONV_FEW + o];                                                      \
            }                                                                                                                              \
            size_t bytes = (size_t)(n - i < LANES ? n - i : LANES) * sizeof(T);                                                            \
            for (int o = 0; o < outs; o++) memcpy(y + o * plane + i, &sum[o], bytes);                                                      \
        }                                                                                                                                  \
    }                                                                                                                                      \
    static void few_##NAME(int64_t n, int64_t k, const int64_t *restrict offset, const void *x, const void *w, const void *start, int outs, \
                           int64_t plane, void *y)                                                                                         \
    {                                                                                                                                      \
        if (outs <= 4) sum_##NAME(n, k, offset, x, w, start, 4, outs, plane, y);                                                           \
        else if (outs <= 6) sum_##NAME(n, k, offset, x, w, start, 6, outs, plane, y);                                                      \
        else sum_##NAME(n, k, offset, x, w, start, 8, outs, plane, y);                                                                     \
    }
FEW(float, f32)
FEW(double, f64)

/* What lies behind a row's end is not 0 in x, and may be infinite: its bits are taken away. */
#define WEIGH(T, BITS, NAME)                                                                                                               \
    typedef BITS bits_##NAME __attribute__((vector_size(LUN_VECTOR), may_alias));                                                          \
    typedef BITS near_##NAME __attribute__((vector_size(LUN_VECTOR), aligned(sizeof(T)), may_alias));                                      \
    static inline void add_square_##NAME(vec_##NAME sum[LUN_CONV_SQUARE][LUN_CONV_SQUARE], const T *x, const int64_t *offset,              \
                                        const T *g, int64_t plane, const bits_##NAME *inside)                                              \
    {                                                                                                                                      \
        for (int e = 0; e < LUN_CONV_SQUARE; e++) {                                                                                        \
            vec_##NAME v = (vec_##NAME)(*(const near_##NAME *)(const void *)(x + offset[e]) & *inside);                                    \
            for (int o = 0; o < LUN_CONV_SQUARE; o++) sum[e][o] += v * *(const vec_##NAME *)(const void *)(g + o * plane);                 \
        }                                                                                                                                  \
    }                                                                                                                                      \
    static void weigh_##NAME(const lun_conv_weigh *j, const int64_t *offset, const void *from, const void *gradient, double *total)        \
    {                                                                                                                                      \
        enum { LANES = LUN_VECTOR / sizeof(T) };                                                                                           \
        vec_##NAME sum[LUN_CONV_SQUARE][LUN_CONV_SQUARE] = {{{0}}};                                                                        \
        bits_##NAME inside, all;                                                                                                           \
        const int64_t whole = j->n / LANES * LANES, plane = j->plane;                                                                      \
        for (int l = 0; l < LANES; l++) {                                                                                                  \
            inside[l] = l < j->n - whole ? (BITS)-1 : 0;                                                                                   \
            all[l] = (BITS)-1;                                                                                                             \
        }                                                                                                                                  \
        for (int64_t m = 0; m < j->images; m++)                                                                                            \
            for (int64_t r = 0; r < j->rows; r++) {                                                                                        \
                const T *x = (const T *)from + m * j->x_image + r * j->x_row, *g = (const T *)gradient + m * j->g_image + r * j->g_row;    \
                for (int64_t i = 0; i < whole; i += LANES) add_square_##NAME(sum, x + i, offset, g + i, plane, &all);                      \
                if (whole < j->n) add_square_##NAME(sum, x + whole, offset, g + whole, plane, &inside);                                    \
            }                                                                                                                              \
        for (int k = 0; k < LUN_CONV_SQUARE * LUN_CONV_SQUARE; k++) {                                                                      \
            T lane[LANES];                                                                                                                 \
            memcpy(lane, &sum[k / LUN_CONV_SQUARE][k % LUN_CONV_SQUARE], sizeof lane);                                                     \
            for (int half = LANES / 2; half; half /= 2)                                                                                    \
                for (int l = 0; l < half; l++) lane[l] += lane[l + half];                                                                  \
            total[k] += (double)lane[0];                                                                                                   \
        }                                                                                                                                  \
    }
WEIGH(float, int32_t, f32)
WEIGH(double, int64_t, f64)

/* Four vectors of a row at a time. */
#define ONE(T, NAME)                                                                                                                       \
    static void one_##NAME(int64_t n, int64_t k, const int64_t *restrict offset, const void *from, const void *weights, double start, void *to)\
    {                                                                                                                                      \
        enum { LANES = LUN_VECTOR / sizeof(T), TURNS = 4 };                                                                                \
        const T *x = from, *w = weights;                                                                                                   \
        for (int64_t i = 0; i < n; i += TURNS * LANES) {                                                                                   \
            vec_##NAME sum[TURNS];                                                                                                         \
            for (int t = 0; t < TURNS; t++) sum[t] = (vec_##NAME){0} + (T)start;                                                           \
            for (int64_t e = 0; e < k; e++) {                                                                                              \
                const T *v = x + offset[e] + i;                                                                                            \
                for (int t = 0; t < TURNS; t++) sum[t] += *(const vec_##NAME *)(const void *)(v + t * LANES) * w[e];                       \
            }                                                                                                                              \
            int64_t left = n - i < TURNS * LANES ? n - i : TURNS * LANES;                                                                  \
            memcpy((T *)to + i, sum, (size_t)left * sizeof(T));                                                                            \
        }                                                                                                                                  \
    }                                                                                                                                      \
    static void weigh_one_##NAME(const lun_conv_weigh *j, const int64_t *offset, const void *from, const void *gradient, double *total)    \
    {                                                                                                                                      \
        enum { LANES = LUN_VECTOR / sizeof(T) };                                                                                           \
        vec_##NAME sum[LUN_CONV_SQUARE] = {{0}};                                                                                           \
        bits_##NAME inside;                                                                                                                \
        const int64_t whole = j->n / LANES * LANES;                                                                                        \
        for (int l = 0; l < LANES; l++) inside[l] = l < j->n - whole ? -1 : 0;                                                             \
        for (int64_t m = 0; m < j->images; m++)                                                                                            \
            for (int64_t r = 0; r < j->rows; r++) {                                                                                        \
                const T *x = (const T *)from + m * j->x_image + r * j->x_row, *g = (const T *)gradient + m * j->g_image + r * j->g_row;    \
                for (int64_t i = 0; i < whole; i += LANES)                                                                                 \
                    for (int e = 0; e < LUN_CONV_SQUARE; e++)                                                                              \
                        sum[e] += *(const vec_##NAME *)(const void *)(x + offset[e] + i) * *(const vec_##NAME *)(const void *)(g + i);     \
                vec_##NAME last = {0};                                                                                                     \
                memcpy(&last, g + whole, (size_t)(j->n - whole) * sizeof(T));                                                              \
                for (int e = 0; e < LUN_CONV_SQUARE && whole < j->n; e++)                                                                  \
                    sum[e] += (vec_##NAME)(*(const near_##NAME *)(const void *)(x + offset[e] + whole) & inside) * last;                   \
            }                                                                                                                              \
        for (int e = 0; e < LUN_CONV_SQUARE; e++)                                                                                          \
            for (int l = 0; l < LANES; l++) total[e] += (double)sum[e][l];                                                                 \
    }
ONE(float, f32)
ONE(double, f64)

const lun_conv_cells LUN_HERE(lun_conv_cells_f32) = {.few = few_f32, .weigh = weigh_f32, .one = one_f32, .weigh_one = weigh_one_f32};
const lun_conv_cells LUN_HERE(lun_conv_cells_f64) = {.few = few_f64, .weigh = weigh_f64, .one = one_f64, .weigh_one = weigh_one_f64};
