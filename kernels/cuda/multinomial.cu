/* multinomial.cu - positions drawn by weight on CUDA, with the numbers and in the ways of kernels/cpu/multinomial.c
 *
 * With replacement: a block adds up the weights of its row one after the other, in the CPU's order, so that the sums are the
 * same to the bit; then its threads look their uniform numbers up. Without: each position waits an exponential time, and topk finds the
 * first ones. Holds: results count from 0 (the door adds 1); bad weights are flagged. Read next: kernels/cuda/samplers.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/copy.h"
#include "kernels/cuda/flag.h"
#include "kernels/cuda/samplers.h"
extern "C" {
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/replay.h"
}

enum { THREADS = 256 };

static __device__ __forceinline__ bool is_weight(double w) { return w >= 0 && !isinf(w); }

/* sums[i] = weight[0] + ... + weight[i]; last: the last position with a weight. Bad weights count as 0. */
__global__ void __launch_bounds__(THREADS)
add_weights(int64_t n, int64_t needed, const double *weights, double *sums, int64_t *lasts, lun_flag flag)
{
    __shared__ double piece[THREADS];
    const int64_t row = blockIdx.x;
    double total = 0;
    int64_t last = 0, able = 0;
    for (int64_t from = 0; from < n; from += THREADS) {
        int64_t i = from + threadIdx.x;
        double w = i < n ? weights[row * n + i] : 0;
        if (!is_weight(w)) {
            lun_flag_raise(flag, LUN_FLAG_WEIGHT, row * n + i, __double_as_longlong(w), 0);
            w = 0;
        }
        piece[threadIdx.x] = w;
        __syncthreads();
        int count = n - from < THREADS ? (int)(n - from) : (int)THREADS;
        if (threadIdx.x == 0) {
            for (int k = 0; k < count; k++) {
                last = piece[k] > 0 ? from + k : last;
                able += piece[k] > 0;
                piece[k] = total += piece[k];
            }
        }
        __syncthreads();
        if (i < n) sums[row * n + i] = piece[threadIdx.x];
        __syncthreads();
    }
    if (threadIdx.x) return;
    lasts[row] = last;
    if (able < needed) lun_flag_raise(flag, LUN_FLAG_FEW, row, able, needed);
}

__global__ void __launch_bounds__(THREADS)
look_up(lun_draws draws, int64_t rows, int64_t n, int64_t count, const double *sums, const int64_t *lasts, int64_t *out)
{
    const lun_generator g = lun_generator_now(draws);
    int64_t k = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (k >= rows * count) return;
    const double *sum = sums + k / count * n;
    lun_stream s = lun_stream_of(g, (uint64_t)k);
    double u = lun_samplers::lun_stream_uniform(&s) * sum[n - 1];
    int64_t low = 0, high = lasts[k / count]; /* the first position whose sum is above u */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sum[middle] > u) high = middle;
        else low = middle + 1;
    }
    out[k] = low;
}

__global__ void __launch_bounds__(THREADS) draw_waits(lun_draws draws, int64_t n, const double *weights, double *waits)
{
    const lun_generator g = lun_generator_now(draws);
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (i >= n) return;
    lun_stream s = lun_stream_of(g, (uint64_t)i);
    waits[i] = weights[i] > 0 ? -log(lun_samplers::lun_stream_uniform(&s)) / weights[i] : (double)INFINITY;
}

/* topk gives positions from 1, as every op; the result's are from 0 here. */
static bool first_ones(lun_tensor *waits, int64_t count, lun_tensor *out)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_topk));
    bool ready = lun_call_input(&c, waits) && lun_params_int(&c.params, count) && lun_params_int(&c.params, -1) &&
                 lun_params_bool(&c.params, false) && lun_params_bool(&c.params, true);
    if (!ready || !lun_apply(&c)) return false;
    lun_tensor *first = lun_add_number(c.out[1], -1);
    return first && lun_cuda_copy_tensor(out, first);
}

extern "C" bool lun_cuda_multinomial(lun_call *c)
{
    lun_tensor *out = c->out[0], *x = lun_contiguous(lun_to_dtype(c->in[0], LUN_F64));
    if (!x) return false;
    int64_t n = x->dims[x->ndim - 1], rows = x->numel / n, count = lun_param_int(&c->params, 0, 1);
    bool again = lun_param_bool(&c->params, 1, false);
    lun_tensor *sums = lun_tensor_empty(LUN_F64, x->ndim, x->dims, lun_tensor_device(x));
    lun_tensor *lasts = lun_tensor_empty(LUN_I64, 1, &rows, lun_tensor_device(x));
    if (!sums || !lasts) return false;
    if (!lun_cuda_launch("multinomial", add_weights, lun_blocks(rows, 1), THREADS, 0, n, again ? 1 : count, lun_at<double>(x),
                         lun_at<double>(sums), lun_at<int64_t>(lasts), lun_cuda_flag(c))) return false;
    if (again)
        return lun_cuda_launch("multinomial", look_up, lun_blocks(rows * count, THREADS), THREADS, 0, lun_draws_of(c), rows, n, count,
                               lun_at<double>(sums), lun_at<int64_t>(lasts), lun_at<int64_t>(out));
    lun_tensor *waits = sums; /* the sums have been checked and are no longer needed */
    return lun_cuda_launch("multinomial", draw_waits, lun_blocks(x->numel, THREADS), THREADS, 0, lun_draws_of(c), x->numel, lun_at<double>(x),
                           lun_at<double>(waits)) && first_ones(waits, count, out);
}
