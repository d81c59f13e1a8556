/* backend.c - CUDA's table of kernels
 *
 * An op without a line is a view, is made of other ops, or has no CUDA kernel yet: then the door runs the CPU's on copies and says so once.
 * Read next: kernels/cuda/device.h, kernels/cuda/runtime.cu. SPDX-License-Identifier: MIT
 */
#include "core/device.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/runtime.h"

#define UNARY(id, ...) [LUN_OP_##id] = lun_cuda_formula,
#define BINARY(id, ...) [LUN_OP_##id] = lun_cuda_formula,
#define COMPARE(id, ...) [LUN_OP_##id] = lun_cuda_formula,
#define OP(id, ...)

static const lun_backend table = {
    .name = "cuda", .get = lun_cuda_get, .put = lun_cuda_put, .to_host = lun_cuda_to_host, .from_host = lun_cuda_from_host,
    .synchronize = lun_cuda_synchronize, .count = lun_cuda_count, .copy = lun_cuda_copy, .begin = lun_cuda_begin,
    .positions = lun_cuda_positions, .add_one = lun_cuda_add_one,
    .summarize = lun_cuda_summarize, .pick = lun_cuda_pick, .watch = lun_cuda_watch,
    .cuda = &lun_cuda_services,
    .kernel = {
#include "core/ops.def"
        [LUN_OP_to_device] = lun_device_arrived,
        /* elementwise */
        [LUN_OP_row_gradient] = lun_cuda_row_gradient,
        [LUN_OP_expression] = lun_cuda_expression,
        [LUN_OP_where] = lun_cuda_where,
        [LUN_OP_frexp] = lun_cuda_frexp,
        [LUN_OP_isnan] = lun_cuda_float_test,
        [LUN_OP_isinf] = lun_cuda_float_test,
        [LUN_OP_isfinite] = lun_cuda_float_test,
        [LUN_OP_logical_not] = lun_cuda_logical_not,
        [LUN_OP_conj_physical] = lun_cuda_complex_part,
        [LUN_OP_angle] = lun_cuda_complex_part,
        /* made from numbers */
        [LUN_OP_full] = lun_cuda_fill,
        [LUN_OP_zeros] = lun_cuda_fill,
        [LUN_OP_ones] = lun_cuda_fill,
        [LUN_OP_empty] = lun_cuda_empty,
        [LUN_OP_full_like] = lun_cuda_fill,
        [LUN_OP_zeros_like] = lun_cuda_fill,
        [LUN_OP_ones_like] = lun_cuda_fill,
        [LUN_OP_empty_like] = lun_cuda_empty,
        [LUN_OP_fill_] = lun_cuda_fill,
        [LUN_OP_eye] = lun_cuda_eye,
        [LUN_OP_arange] = lun_cuda_range,
        [LUN_OP_range] = lun_cuda_range,
        [LUN_OP_linspace] = lun_cuda_linspace,
        /* random */
        [LUN_OP_rand] = lun_cuda_random_uniform,
        [LUN_OP_rand_like] = lun_cuda_random_uniform,
        [LUN_OP_uniform_] = lun_cuda_random_uniform,
        [LUN_OP_randn] = lun_cuda_random_normal,
        [LUN_OP_randn_like] = lun_cuda_random_normal,
        [LUN_OP_normal_] = lun_cuda_random_normal,
        [LUN_OP_randint] = lun_cuda_randint,
        [LUN_OP_random_] = lun_cuda_randint,
        [LUN_OP_randint_like] = lun_cuda_randint,
        [LUN_OP_randperm] = lun_cuda_randperm,
        [LUN_OP_dropout_mask] = lun_cuda_dropout_mask,
        [LUN_OP_multinomial] = lun_cuda_multinomial,
        [LUN_OP_normal] = lun_cuda_draw,
        [LUN_OP_bernoulli] = lun_cuda_draw,
        [LUN_OP_bernoulli_] = lun_cuda_draw,
        [LUN_OP_poisson] = lun_cuda_draw,
        [LUN_OP_binomial] = lun_cuda_draw,
        [LUN_OP_standard_gamma] = lun_cuda_draw,
        [LUN_OP_exponential_] = lun_cuda_draw,
        [LUN_OP_geometric_] = lun_cuda_draw,
        [LUN_OP_cauchy_] = lun_cuda_draw,
        [LUN_OP_log_normal_] = lun_cuda_draw,
        /* copies */
        [LUN_OP_cast] = lun_cuda_clone,
        [LUN_OP_clone] = lun_cuda_clone,
        [LUN_OP_copy_] = lun_cuda_copy_,
        [LUN_OP_slice_gradient] = lun_cuda_slice_gradient,
        /* matrices */
        [LUN_OP_matmul] = lun_cuda_matmul,
        [LUN_OP_linear] = lun_cuda_linear,
        [LUN_OP_mm] = lun_cuda_matmul,
        [LUN_OP_mv] = lun_cuda_matmul,
        [LUN_OP_bmm] = lun_cuda_matmul,
        [LUN_OP_dot] = lun_cuda_matmul,
        /* attention */
        [LUN_OP_attention] = lun_cuda_attention,
        [LUN_OP_attention_gradient] = lun_cuda_attention_gradient,
        [LUN_OP_attention_dropout] = lun_cuda_attention_dropout,
    },
};

const lun_backend *lun_cuda_backend(void);
const lun_backend *lun_cuda_backend(void) { return lun_cuda_count() ? &table : NULL; }
