/* matmul_bytes.cu - int_mm: bytes times signed bytes, summed as int32
 *
 * Each block computes a square of the result; four neighbours along the sum are one word in shared memory, which __dp4a
 * multiplies at once. Unsigned bytes a are taken as a - 128, which is signed, and 128 times the sum of each column of b is added
 * at the end.
 * Holds: takes any strides. What is more than an int32 wraps around, so results are the CPU's, bit by bit. Signed bytes that lie
 * as cuBLAS wants them are its work (lun_blas_bytes). Read next: kernels/cuda/product.cu, kernels/cpu/matmul_bytes.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/product.h"

enum { SIDE = 16, WORDS = 8, THREADS = SIDE * SIDE };

/* Four bytes `step` apart, of which `left` are there; the others are 0. */
static __device__ __forceinline__ uint32_t word_at(const uint8_t *x, int64_t step, int64_t left)
{
    uint32_t word = 0;
    if (step == 1 && left >= 4 && !((uintptr_t)x & 3)) return *(const uint32_t *)x;
    for (int j = 0; j < 4 && j < left; j++) word |= (uint32_t)x[j * step] << 8 * j;
    return word;
}

/* Bytes from..from + 4 WORDS of the lines `line`.. of a factor (a's rows, b's columns), as to[word][line]. Neighbouring threads
 * read neighbours in memory. */
template <int TILE>
static __device__ void load_words(uint32_t (*to)[TILE + 1], const lun_factor &x, int64_t lines, int64_t line_step, int64_t k,
                                  int64_t step, int64_t line, int64_t from)
{
    for (int e = (int)threadIdx.x; e < TILE * WORDS; e += THREADS) {
        const int r = step == 1 ? e / WORDS : e % TILE, w = step == 1 ? e % WORDS : e / TILE;
        const int64_t at = from + 4 * w;
        to[w][r] = line + r < lines ? word_at((const uint8_t *)x.data + (line + r) * line_step + at * step, step, k - at) : 0;
    }
}

/* flip: what makes a's bytes signed. */
template <int EACH> static __global__ void __launch_bounds__(THREADS) multiply_bytes(lun_product p, uint32_t flip)
{
    constexpr int TILE = SIDE * EACH;
    __shared__ uint32_t a[WORDS][TILE + 1], b[WORDS][TILE + 1];
    const int64_t across = (p.n + TILE - 1) / TILE, tiles = (p.m + TILE - 1) / TILE * across;
    const int y = (int)threadIdx.x / SIDE, x = (int)threadIdx.x % SIDE;
    for (int64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
        const int64_t row = t / across * TILE, col = t % across * TILE;
        int sum[EACH][EACH] = {}, ones[EACH] = {};
        for (int64_t k = 0; k < p.k; k += 4 * WORDS) {
            load_words<TILE>(a, p.a, p.m, p.a.row, p.k, p.a.col, row, k);
            load_words<TILE>(b, p.b, p.n, p.b.col, p.k, p.b.row, col, k);
            __syncthreads();
            for (int w = 0; w < WORDS; w++)
#pragma unroll
                for (int j = 0; j < EACH; j++) {
                    const int other = (int)b[w][x + j * SIDE];
                    ones[j] = __dp4a(0x01010101, other, ones[j]);
#pragma unroll
                    for (int i = 0; i < EACH; i++) sum[i][j] = __dp4a((int)(a[w][y + i * SIDE] ^ flip), other, sum[i][j]);
                }
            __syncthreads();
        }
#pragma unroll
        for (int i = 0; i < EACH; i++)
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                const int64_t r = row + y + i * SIDE, c = col + x + j * SIDE;
                const uint32_t more = flip ? 128 * (uint32_t)ones[j] : 0;
                if (r < p.m && c < p.n) ((int32_t *)p.c)[r * p.n + c] = (int32_t)((uint32_t)sum[i][j] + more);
            }
    }
}

extern "C" bool lun_cuda_int_mm(lun_call *c)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    lun_product p{};
    p.type = (lun_dtype)x->dtype;
    p.m = x->dims[0];
    p.k = x->dims[1];
    p.n = p.c_row = y->dims[1];
    p.batches = 1;
    p.a = {lun_data(x), x->strides[0], x->strides[1], 0};
    p.b = {lun_data(y), y->strides[0], y->strides[1], 0};
    p.c = lun_data(c->out[0]);
    const lun_blas_answer answer = lun_blas_bytes(&p);
    if (answer != LUN_BLAS_ABSENT) return answer == LUN_BLAS_DONE;
    const uint32_t flip = p.type == LUN_U8 ? 0x80808080U : 0;
    const int64_t large = SIDE * 4, many = (p.m + large - 1) / large * ((p.n + large - 1) / large);
    if (p.m > SIDE && p.n > SIDE && many >= 64)
        return lun_cuda_launch("multiply bytes", multiply_bytes<4>, lun_blocks(many, 1), THREADS, 0, p, flip);
    const int64_t blocks = (p.m + SIDE - 1) / SIDE * ((p.n + SIDE - 1) / SIDE);
    return !blocks || lun_cuda_launch("multiply bytes", multiply_bytes<1>, lun_blocks(blocks, 1), THREADS, 0, p, flip);
}
