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
        /* reductions */
        [LUN_OP_sum] = lun_cuda_sum,
        [LUN_OP_mean] = lun_cuda_sum,
        [LUN_OP_prod] = lun_cuda_sum,
        [LUN_OP_amax] = lun_cuda_extremum,
        [LUN_OP_amin] = lun_cuda_extremum,
        [LUN_OP_max] = lun_cuda_extremum,
        [LUN_OP_min] = lun_cuda_extremum,
        [LUN_OP_argmax] = lun_cuda_extremum,
        [LUN_OP_argmin] = lun_cuda_extremum,
        [LUN_OP_var] = lun_cuda_variance,
        [LUN_OP_std] = lun_cuda_variance,
        [LUN_OP_any] = lun_cuda_any_all,
        [LUN_OP_all] = lun_cuda_any_all,
        /* softmax and losses */
        [LUN_OP_softmax] = lun_cuda_softmax,
        [LUN_OP_log_softmax] = lun_cuda_softmax,
        [LUN_OP_softmax_gradient] = lun_cuda_softmax,
        [LUN_OP_log_softmax_gradient] = lun_cuda_softmax,
        [LUN_OP_row_logsumexp] = lun_cuda_row_logsumexp,
        [LUN_OP_cross_entropy_labels] = lun_cuda_cross_entropy_labels,
        [LUN_OP_cross_entropy_gradient] = lun_cuda_cross_entropy_gradient,
        [LUN_OP_nll_loss] = lun_cuda_nll_loss,
        [LUN_OP_label_weights] = lun_cuda_label_weights,
        [LUN_OP_one_hot_classes] = lun_cuda_one_hot,
        [LUN_OP_binary_terms] = lun_cuda_binary_terms,
        [LUN_OP_label_counts] = lun_cuda_label_counts,
        /* order */
        [LUN_OP_cumsum] = lun_cuda_cumulative,
        [LUN_OP_cumprod] = lun_cuda_cumulative,
        [LUN_OP_cummax] = lun_cuda_running,
        [LUN_OP_cummin] = lun_cuda_running,
        [LUN_OP_logcumsumexp] = lun_cuda_running,
        [LUN_OP_sort] = lun_cuda_sort,
        [LUN_OP_topk] = lun_cuda_topk,
        [LUN_OP_median] = lun_cuda_rank,
        [LUN_OP_nanmedian] = lun_cuda_rank,
        [LUN_OP_kthvalue] = lun_cuda_rank,
        [LUN_OP_mode] = lun_cuda_rank,
        [LUN_OP_search_sorted] = lun_cuda_search,
        [LUN_OP_histc] = lun_cuda_histc,
        [LUN_OP_ctc_alignment] = lun_cuda_ctc_alignment,
        [LUN_OP_ctc_loss_gradient] = lun_cuda_ctc_gradient,
        /* norms and optimisers */
        [LUN_OP_layer_norm] = lun_cuda_layer_norm,
        [LUN_OP_layer_norm_gradient] = lun_cuda_layer_norm_gradient,
        [LUN_OP_rms_norm] = lun_cuda_layer_norm,
        [LUN_OP_rms_norm_gradient] = lun_cuda_layer_norm_gradient,
        [LUN_OP_channel_norm] = lun_cuda_channel_norm,
        [LUN_OP_channel_norm_gradient] = lun_cuda_channel_norm_gradient,
        [LUN_OP_channel_affine] = lun_cuda_channel_affine,
        [LUN_OP_group_norm] = lun_cuda_group_norm,
        [LUN_OP_group_norm_gradient] = lun_cuda_group_norm_gradient,
        [LUN_OP_sgd_step_] = lun_cuda_sgd_step,
        [LUN_OP_adam_step_] = lun_cuda_adam_step,
        /* Fourier transforms */
        [LUN_OP_fft_c2c] = lun_cuda_fft,
        [LUN_OP_fft_r2c] = lun_cuda_fft,
        [LUN_OP_fft_c2r] = lun_cuda_fft,
        /* recurrent networks */
        [LUN_OP_recurrent] = lun_cuda_recurrent,
        [LUN_OP_recurrent_gradient] = lun_cuda_recurrent_gradient,
    },
};

const lun_backend *lun_cuda_backend(void);
const lun_backend *lun_cuda_backend(void) { return lun_cuda_count() ? &table : NULL; }
