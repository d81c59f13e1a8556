/* gemm_bf16.c - products of bf16 with the processor's own instruction for them (AVX512_BF16), one thread at a time
 *
 * vdpbf16ps adds the products of two pairs to a float, twice what a float instruction does, so both operands are packed as pairs along k: b in
 * panels of 32 columns, once for the whole product, a in panels of 14 rows, whose 28 sums fill the registers. Blocks of k and of rows keep a's
 * panels in the second cache (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008); b's panels pass through the
 * first, two lines for 28 instructions.
 * Sums stay in the thread's own memory, where they are rounded too. Holds: they are float and rounded once; the instruction takes subnormal
 * numbers for 0. The order of a sum depends on k only.
 * Read next: kernels/cpu/matmul.c, kernels/cpu/gemm.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/gemm_bf16.h"

#include "core/context.h"
#include "kernels/cpu/isa.h"

#include <string.h>

enum { ROWS = 14, HALF = 8, COLS = LUN_BF16_PANEL, DEEP = 1024, HIGH = 6 * ROWS, PAIRS = DEEP / 2, WIDE = 1024, APART = WIDE + 16 };

static int64_t whole(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

size_t lun_gemm_bf16_room(void) { return (size_t)HIGH * (PAIRS * sizeof(uint32_t) + APART * sizeof(float)); }
size_t lun_gemm_bf16_packed(int64_t n, int64_t k) { return (size_t)(whole(n, COLS) * ((k + 1) / 2)) * sizeof(uint32_t); }

/* Blocks of rows first, so that b, which is packed once, stays and a is packed seldom. */
lun_gemm_blocks lun_gemm_bf16_cut(int64_t m, int64_t n, int64_t k)
{
    lun_gemm_blocks b = lun_gemm_cut(m, n, k);
    const int64_t wanted = b.row_count * b.col_count;
    if (wanted == 1) return b;
    b.rows = HIGH;
    b.row_count = (m + b.rows - 1) / b.rows;
    const int64_t parts = wanted > b.row_count ? (wanted + b.row_count / 2) / b.row_count : 1;
    b.cols = whole((n + parts - 1) / parts, COLS);
    b.col_count = (n + b.cols - 1) / b.cols;
    return b;
}

#if defined HAVE_ISA_AVX512 && defined __x86_64__
#include <immintrin.h>

#define WITH_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

bool lun_gemm_bf16_there(void) { return lun_isa() == LUN_ISA_AVX512 && __builtin_cpu_supports("avx512bf16"); }

static int64_t at_most(int64_t n, int64_t most) { return n < most ? n : most; }

/* The first n of 16 or of 32 lanes. */
static uint32_t first_lanes(int64_t n) { return n <= 0 ? 0 : n >= 32 ? 0xffffffffU : (1U << n) - 1; }

/* 16 rows of 16 numbers become columns. */
WITH_BF16 static void transpose(__m512i r[16])
{
    __m512i t[16], u[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int j = 0; j < 2; j++) {
            u[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + 2 + j]);
            u[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + 2 + j]);
        }
    for (int j = 0; j < 4; j++) { /* u[4 i + j] has column 4 l + j of rows 4 i.. in its quarter l */
        const __m512i even = _mm512_shuffle_i32x4(u[j], u[4 + j], 0x88), even_too = _mm512_shuffle_i32x4(u[8 + j], u[12 + j], 0x88);
        const __m512i odd = _mm512_shuffle_i32x4(u[j], u[4 + j], 0xdd), odd_too = _mm512_shuffle_i32x4(u[8 + j], u[12 + j], 0xdd);
        r[j] = _mm512_shuffle_i32x4(even, even_too, 0x88);
        r[4 + j] = _mm512_shuffle_i32x4(odd, odd_too, 0x88);
        r[8 + j] = _mm512_shuffle_i32x4(even, even_too, 0xdd);
        r[12 + j] = _mm512_shuffle_i32x4(odd, odd_too, 0xdd);
    }
}

/* Lines whose elements lie side by side: 16 pairs of 16 lines at a time. */
WITH_BF16 static void pack_along(uint32_t *to, const uint16_t *x, int64_t line, int64_t lines, int64_t k, int width)
{
    const int64_t pairs = (k + 1) / 2;
    for (int first = 0; first < width; first += 16) {
        const __mmask16 kept = (__mmask16)first_lanes(width - first);
        for (int64_t p = 0; p < pairs; p += 16) {
            const __mmask32 real = first_lanes(k - 2 * p);
            __m512i r[16];
            for (int i = 0; i < 16; i++)
                r[i] = first + i < lines ? _mm512_maskz_loadu_epi16(real, x + (first + i) * line + 2 * p) : _mm512_setzero_si512();
            transpose(r);
            for (int i = 0; i < 16; i++)
                if (p + i < pairs) _mm512_mask_storeu_epi32(to + (p + i) * width + first, kept, r[i]);
        }
    }
}

/* Lines that lie side by side, their elements `step` apart. */
WITH_BF16 static void pack_across(uint32_t *to, const uint16_t *x, int64_t step, int64_t lines, int64_t k, int width)
{
    __m512i low, high; /* which elements of two rows become pairs 0..15 and 16..31 */
    uint16_t order[64];
    for (int i = 0; i < 64; i++) order[i] = (uint16_t)(i / 2 + i % 2 * 32);
    memcpy(&low, order, sizeof low);
    memcpy(&high, order + 32, sizeof high);
    const __mmask32 real = first_lanes(lines);
    const __mmask16 kept = (__mmask16)first_lanes(width);
    for (int64_t i = 0; i < k; i += 2, to += width) {
        const __m512i one = _mm512_maskz_loadu_epi16(real, x + i * step);
        const __m512i two = i + 1 < k ? _mm512_maskz_loadu_epi16(real, x + (i + 1) * step) : _mm512_setzero_si512();
        _mm512_mask_storeu_epi32(to, kept, _mm512_permutex2var_epi16(one, low, two));
        if (width > 16) _mm512_storeu_si512(to + 16, _mm512_permutex2var_epi16(one, high, two));
    }
}

/* to[p * width + i] is the pair of elements 2p, 2p + 1 of line i; lines from `lines` on, and what lies beyond k, are 0. */
static void pack(uint32_t *to, const uint16_t *x, int64_t line, int64_t step, int64_t lines, int64_t k, int width)
{
    if (step == 1) pack_along(to, x, line, lines, k, width);
    else if (line == 1) pack_across(to, x, step, lines, k, width);
    else
        for (int64_t p = 0; 2 * p < k; p++)
            for (int i = 0; i < width; i++) {
                const uint16_t *from = x + i * line + 2 * p * step;
                to[p * width + i] = i >= lines ? 0 : from[0] | (uint32_t)(2 * p + 1 < k ? from[step] : 0) << 16;
            }
}

/* c (rows x cols of it) = or += the first `height` rows of a panel of a times a panel of b. `ahead` is the panel of b that comes next, fetched
 * meanwhile. */
WITH_BF16 static inline __attribute__((always_inline)) void multiply_rows(const int height, int64_t pairs, const uint32_t *a, const uint32_t *b,
                                                                         const uint32_t *ahead, float *c, int rows, int cols, bool add)
{
    const int64_t step = ahead ? COLS : 0;
    ahead = ahead ? ahead : b;
    __m512 sum[ROWS][2];
    for (int r = 0; r < height; r++) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (int64_t p = 0; p < pairs; p++, a += ROWS, b += COLS, ahead += step) {
        _mm_prefetch((const char *)ahead, _MM_HINT_T1);
        _mm_prefetch((const char *)ahead + 64, _MM_HINT_T1);
        const __m512bh left = (__m512bh)_mm512_loadu_si512(b), right = (__m512bh)_mm512_loadu_si512(b + 16);
#pragma GCC unroll 14
        for (int r = 0; r < height; r++) {
            const __m512bh one = (__m512bh)_mm512_set1_epi32((int)a[r]);
            sum[r][0] = _mm512_dpbf16_ps(sum[r][0], one, left);
            sum[r][1] = _mm512_dpbf16_ps(sum[r][1], one, right);
        }
    }
    const uint32_t real = first_lanes(cols);
    const __mmask16 low = (__mmask16)real, high = (__mmask16)(real >> 16);
    for (int r = 0; r < height && r < rows; r++, c += APART) {
        __m512 first = sum[r][0], second = sum[r][1];
        if (add) {
            first = _mm512_add_ps(first, _mm512_maskz_loadu_ps(low, c));
            second = _mm512_add_ps(second, _mm512_maskz_loadu_ps(high, c + 16));
        }
        _mm512_mask_storeu_ps(c, low, first);
        _mm512_mask_storeu_ps(c + 16, high, second);
    }
}

WITH_BF16 static void multiply_whole(int64_t pairs, const uint32_t *a, const uint32_t *b, const uint32_t *ahead, float *c, int rows, int cols,
                                     bool add)
{
    multiply_rows(ROWS, pairs, a, b, ahead, c, rows, cols, add);
}
WITH_BF16 static void multiply_half(int64_t pairs, const uint32_t *a, const uint32_t *b, const uint32_t *ahead, float *c, int rows, int cols,
                                    bool add)
{
    multiply_rows(HALF, pairs, a, b, ahead, c, rows, cols, add);
}

/* By the instruction for it: to the nearest, ties to even; subnormal numbers become 0. */
WITH_BF16 static void round_row(int64_t n, uint16_t *to, const float *from)
{
    for (int64_t i = 0; i < n; i += 16) {
        const __mmask16 real = (__mmask16)first_lanes(n - i);
        _mm256_mask_storeu_epi16(to + i, real, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(real, from + i)));
    }
}

/* k is cut into blocks of one size: an even number, so that no pair is cut. */
static int64_t block_of(int64_t k)
{
    const int64_t blocks = (k + DEEP - 1) / DEEP;
    return whole((k + blocks - 1) / blocks, 2);
}

/* Panel `panel` of the block of k that begins at `deep`, of a packed b with n columns. */
static uint32_t *panel_at(void *packed, int64_t n, int64_t k, int64_t deep, int64_t panel)
{
    return (uint32_t *)packed + whole(n, COLS) * (deep / 2) + panel * COLS * ((at_most(k - deep, block_of(k)) + 1) / 2);
}

void lun_gemm_bf16_pack(int64_t n, int64_t k, lun_matrix b, int64_t panel, void *packed)
{
    const uint16_t *from = (const uint16_t *)b.data + panel * COLS * b.col;
    const int64_t step = block_of(k);
    for (int64_t deep = 0; deep < k; deep += step)
        pack(panel_at(packed, n, k, deep, panel), from + deep * b.row, b.col, b.row, at_most(n - panel * COLS, COLS), at_most(k - deep, step), COLS);
}

/* A block of at most HIGH rows and WIDE columns. */
typedef struct block { int64_t n, k, rows, cols, panel; lun_matrix a; void *packed; uint32_t *of_a; float *sums; } block;

static void add_products(const block *b, int64_t deep, bool add)
{
    const int64_t some = at_most(b->k - deep, block_of(b->k)), pairs = (some + 1) / 2;
    const uint16_t *x = (const uint16_t *)b->a.data + deep * b->a.col;
    for (int64_t i = 0; i < b->rows; i += ROWS)
        pack(b->of_a + i * pairs, x + i * b->a.row, b->a.row, b->a.col, at_most(b->rows - i, ROWS), some, ROWS);
    for (int64_t j = 0; j < b->cols; j += COLS) {
        const uint32_t *of_b = panel_at(b->packed, b->n, b->k, deep, b->panel + j / COLS);
        for (int64_t i = 0; i < b->rows; i += ROWS) {
            const int rows = (int)at_most(b->rows - i, ROWS), cols = (int)at_most(b->cols - j, COLS);
            const uint32_t *ahead = i ? NULL : of_b + pairs * COLS;
            (rows > HALF ? multiply_whole : multiply_half)(pairs, b->of_a + i * pairs, of_b, ahead, b->sums + i * APART + j, rows, cols, add);
        }
    }
}

bool lun_gemm_bf16(int64_t m, int64_t n, int64_t k, lun_matrix a, void *packed, int64_t col, int64_t cols, const float *bias, uint16_t *c,
                   int64_t ldc, void *room)
{
    block b = {.n = n, .k = k, .packed = packed, .of_a = room, .sums = (float *)((uint32_t *)room + HIGH * PAIRS)};
    for (int64_t row = 0; row < m; row += HIGH)
        for (int64_t from = 0; from < cols; from += WIDE) {
            b.rows = at_most(m - row, HIGH);
            b.cols = at_most(cols - from, WIDE);
            b.panel = (col + from) / COLS;
            b.a = (lun_matrix){(const uint16_t *)a.data + row * a.row, a.row, a.col};
            for (int64_t r = 0; bias && r < b.rows; r++) memcpy(b.sums + r * APART, bias + from, (size_t)b.cols * sizeof *bias);
            for (int64_t deep = 0; deep < k; deep += block_of(k)) {
                if (deep && lun_interrupted()) return false;
                add_products(&b, deep, bias || deep);
            }
            for (int64_t r = 0; r < b.rows; r++) round_row(b.cols, c + (row + r) * ldc + from, b.sums + r * APART);
        }
    return true;
}
#else
bool lun_gemm_bf16_there(void) { return false; }
void lun_gemm_bf16_pack(int64_t n, int64_t k, lun_matrix b, int64_t panel, void *packed) { (void)n, (void)k, (void)b, (void)panel, (void)packed; }
bool lun_gemm_bf16(int64_t m, int64_t n, int64_t k, lun_matrix a, void *packed, int64_t col, int64_t cols, const float *bias, uint16_t *c,
                   int64_t ldc, void *room)
{
    (void)m, (void)n, (void)k, (void)a, (void)packed, (void)col, (void)cols, (void)bias, (void)c, (void)ldc, (void)room;
    return false;
}
#endif
