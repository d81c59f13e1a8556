/* backend.c - the CPU's table of kernels
 *
 * Formula rows all have the same kernel, which finds its loops by op and dtype; every other op is named here. An op without a line
 * has no CPU kernel, because it is a view or made of other ops.
 * Holds: nothing here is written after start-up. Read next: kernels/cpu/map.h, kernels/cpu/kernels.h.
 * SPDX-License-Identifier: MIT
 */
#include "core/backend.h"
#include "core/alloc.h"
#include "core/context.h"
#include "core/device.h"
#include "kernels/cpu/complex.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/draw.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/health.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/lapack.h"
#include "kernels/cpu/map.h"
#include "kernels/cpu/random.h"
#include "kernels/cpu/reduce.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#include <string.h>

static void *get(size_t bytes, int index)
{
    (void)index;
    return lun_data_get(bytes);
}

static void put(void *data, size_t bytes, int index)
{
    (void)index;
    lun_data_put(data, bytes);
}

static bool copy(void *to, const void *from, size_t bytes, int index)
{
    (void)index;
    memcpy(to, from, bytes);
    return true;
}

static bool synchronize(int index)
{
    (void)index;
    return true;
}

#define UNARY(id, ...) [LUN_OP_##id] = lun_cpu_formula,
#define BINARY(id, ...) [LUN_OP_##id] = lun_cpu_formula,
#define COMPARE(id, ...) [LUN_OP_##id] = lun_cpu_formula,
#define OP(id, ...)

static const lun_backend table = {
    .name = "cpu", .get = get, .put = put, .to_host = copy, .from_host = copy, .synchronize = synchronize,
    .health = lun_cpu_health,
    .kernel = {
#include "core/op_id.h"
#include "core/ops.def"
        /* elementwise */
        [LUN_OP_row_gradient] = lun_cpu_row_gradient,
        [LUN_OP_expression] = lun_cpu_expression,
        [LUN_OP_where] = lun_cpu_where,
        [LUN_OP_frexp] = lun_cpu_frexp,
        [LUN_OP_isnan] = lun_cpu_float_test,
        [LUN_OP_isinf] = lun_cpu_float_test,
        [LUN_OP_isfinite] = lun_cpu_float_test,
        [LUN_OP_logical_not] = lun_cpu_logical_not,
        /* complex numbers */
        [LUN_OP_fft_c2c] = lun_cpu_fft,
        [LUN_OP_fft_r2c] = lun_cpu_fft,
        [LUN_OP_fft_c2r] = lun_cpu_fft,
        [LUN_OP_conj_physical] = lun_cpu_complex_part,
        [LUN_OP_angle] = lun_cpu_complex_part,
        /* made from numbers */
        [LUN_OP_full] = lun_cpu_fill,
        [LUN_OP_zeros] = lun_cpu_fill,
        [LUN_OP_ones] = lun_cpu_fill,
        [LUN_OP_empty] = lun_cpu_empty,
        [LUN_OP_full_like] = lun_cpu_fill,
        [LUN_OP_zeros_like] = lun_cpu_fill,
        [LUN_OP_ones_like] = lun_cpu_fill,
        [LUN_OP_empty_like] = lun_cpu_empty,
        [LUN_OP_fill_] = lun_cpu_fill,
        [LUN_OP_eye] = lun_cpu_eye,
        [LUN_OP_arange] = lun_cpu_range,
        [LUN_OP_range] = lun_cpu_range,
        [LUN_OP_linspace] = lun_cpu_linspace,
        /* random */
        [LUN_OP_rand] = lun_cpu_random_uniform,
        [LUN_OP_rand_like] = lun_cpu_random_uniform,
        [LUN_OP_uniform_] = lun_cpu_random_uniform,
        [LUN_OP_randn] = lun_cpu_random_normal,
        [LUN_OP_randn_like] = lun_cpu_random_normal,
        [LUN_OP_normal_] = lun_cpu_random_normal,
        [LUN_OP_randint] = lun_cpu_randint,
        [LUN_OP_randperm] = lun_cpu_randperm,
        [LUN_OP_dropout_mask] = lun_cpu_dropout_mask,
        [LUN_OP_random_] = lun_cpu_randint,
        [LUN_OP_randint_like] = lun_cpu_randint,
        [LUN_OP_multinomial] = lun_cpu_multinomial,
        [LUN_OP_normal] = lun_cpu_draw,
        [LUN_OP_bernoulli] = lun_cpu_draw,
        [LUN_OP_bernoulli_] = lun_cpu_draw,
        [LUN_OP_poisson] = lun_cpu_draw,
        [LUN_OP_binomial] = lun_cpu_draw,
        [LUN_OP_standard_gamma] = lun_cpu_draw,
        [LUN_OP_exponential_] = lun_cpu_draw,
        [LUN_OP_geometric_] = lun_cpu_draw,
        [LUN_OP_cauchy_] = lun_cpu_draw,
        [LUN_OP_log_normal_] = lun_cpu_draw,
        /* copies */
        [LUN_OP_cast] = lun_cpu_copy,
        [LUN_OP_clone] = lun_cpu_copy,
        [LUN_OP_to_device] = lun_device_arrived,
        [LUN_OP_copy_] = lun_cpu_copy_,
        [LUN_OP_slice_gradient] = lun_cpu_slice_gradient,
        /* reductions */
        [LUN_OP_sum] = lun_cpu_sum,
        [LUN_OP_mean] = lun_cpu_sum,
        [LUN_OP_prod] = lun_cpu_sum,
        [LUN_OP_var] = lun_cpu_sum,
        [LUN_OP_std] = lun_cpu_sum,
        [LUN_OP_amax] = lun_cpu_sum,
        [LUN_OP_amin] = lun_cpu_sum,
        [LUN_OP_max] = lun_cpu_extremum,
        [LUN_OP_min] = lun_cpu_extremum,
        [LUN_OP_argmax] = lun_cpu_extremum,
        [LUN_OP_argmin] = lun_cpu_extremum,
        [LUN_OP_any] = lun_cpu_any_all,
        [LUN_OP_all] = lun_cpu_any_all,
        /* picking, placing, joining, ordering */
        [LUN_OP_gather] = lun_cpu_gather,
        [LUN_OP_scatter] = lun_cpu_scatter,
        [LUN_OP_scatter_add] = lun_cpu_scatter_add,
        [LUN_OP_scatter_fold] = lun_cpu_scatter_fold,
        [LUN_OP_index_select] = lun_cpu_index_select,
        [LUN_OP_index_add] = lun_cpu_index_add,
        [LUN_OP_index_copy] = lun_cpu_index_copy,
        [LUN_OP_index_fill] = lun_cpu_index_fill,
        [LUN_OP_masked_fill] = lun_cpu_masked_fill,
        [LUN_OP_nonzero_positions] = lun_cpu_nonzero_positions,
        [LUN_OP_tril] = lun_cpu_triangle,
        [LUN_OP_triu] = lun_cpu_triangle,
        [LUN_OP_set_slice_] = lun_cpu_set_slice,
        [LUN_OP_set_mask_] = lun_cpu_set_mask,
        [LUN_OP_set_index_] = lun_cpu_set_index,
        [LUN_OP_cat] = lun_cpu_cat,
        [LUN_OP_flip] = lun_cpu_flip,
        [LUN_OP_diagonal_gradient] = lun_cpu_diagonal_gradient,
        [LUN_OP_sort] = lun_cpu_sort,
        [LUN_OP_topk] = lun_cpu_topk,
        [LUN_OP_cumsum] = lun_cpu_cumulative,
        [LUN_OP_cumprod] = lun_cpu_cumulative,
        [LUN_OP_median] = lun_cpu_rank,
        [LUN_OP_nanmedian] = lun_cpu_rank,
        [LUN_OP_kthvalue] = lun_cpu_rank,
        [LUN_OP_mode] = lun_cpu_rank,
        [LUN_OP_search_sorted] = lun_cpu_search,
        [LUN_OP_histc] = lun_cpu_histc,
        [LUN_OP_cummax] = lun_cpu_running,
        [LUN_OP_cummin] = lun_cpu_running,
        [LUN_OP_logcumsumexp] = lun_cpu_running,
        /* matrices */
        [LUN_OP_matmul] = lun_cpu_matmul,
        [LUN_OP_linear] = lun_cpu_linear,
        [LUN_OP_mm] = lun_cpu_matmul,
        [LUN_OP_mv] = lun_cpu_matmul,
        [LUN_OP_bmm] = lun_cpu_matmul,
        [LUN_OP_int_mm] = lun_cpu_int_mm,
        [LUN_OP_dot] = lun_cpu_matmul,
        /* factorisations */
        [LUN_OP_lu_parts] = lun_cpu_lu_factor,
        [LUN_OP_pivot_order] = lun_cpu_pivot_order,
        [LUN_OP_lu_det] = lun_cpu_lu_det,
        [LUN_OP_lu_slogdet] = lun_cpu_lu_det,
        [LUN_OP_inverse_parts] = lun_cpu_inverse,
        [LUN_OP_solve_parts] = lun_cpu_solve,
        [LUN_OP_solve_again] = lun_cpu_solve_again,
        [LUN_OP_solve_triangle] = lun_cpu_solve_triangle,
        [LUN_OP_cholesky_parts] = lun_cpu_cholesky,
        [LUN_OP_qr] = lun_cpu_qr,
        [LUN_OP_geqrf] = lun_cpu_geqrf,
        [LUN_OP_reflections_product] = lun_cpu_reflections_product,
        [LUN_OP_lstsq_parts] = lun_cpu_lstsq,
        [LUN_OP_eigh_parts] = lun_cpu_eigh,
        [LUN_OP_svd_parts] = lun_cpu_svd,
        [LUN_OP_pinv_parts] = lun_cpu_pinv,
        [LUN_OP_eig_parts] = lun_cpu_eig,
        [LUN_OP_matrix_exp] = lun_cpu_matrix_exp,
        [LUN_OP_row_distances] = lun_cpu_row_distances,
        /* networks */
        [LUN_OP_softmax] = lun_cpu_softmax,
        [LUN_OP_log_softmax] = lun_cpu_softmax,
        [LUN_OP_softmax_gradient] = lun_cpu_softmax,
        [LUN_OP_log_softmax_gradient] = lun_cpu_softmax,
        [LUN_OP_row_logsumexp] = lun_cpu_row_logsumexp,
        [LUN_OP_convolution] = lun_cpu_conv,
        [LUN_OP_conv_input_gradient] = lun_cpu_conv_input_gradient,
        [LUN_OP_conv_weight_gradient] = lun_cpu_conv_weight_gradient,
        [LUN_OP_grid_sample] = lun_cpu_grid_sample,
        [LUN_OP_grid_sample_gradient] = lun_cpu_grid_sample_gradient,
        [LUN_OP_resize] = lun_cpu_resize,
        [LUN_OP_resize_gradient] = lun_cpu_resize_gradient,
        [LUN_OP_unfold_planes] = lun_cpu_im2col,
        [LUN_OP_fold_planes] = lun_cpu_col2im,
        [LUN_OP_max_pool] = lun_cpu_max_pool,
        [LUN_OP_window_max] = lun_cpu_window_max,
        [LUN_OP_plane_scatter] = lun_cpu_plane_scatter,
        [LUN_OP_plane_gather] = lun_cpu_plane_gather,
        [LUN_OP_avg_pool] = lun_cpu_avg_pool,
        [LUN_OP_avg_pool_gradient] = lun_cpu_avg_pool_gradient,
        [LUN_OP_adaptive_avg_pool1d] = lun_cpu_adaptive_avg_pool,
        [LUN_OP_adaptive_avg_pool2d] = lun_cpu_adaptive_avg_pool,
        [LUN_OP_adaptive_avg_pool3d] = lun_cpu_adaptive_avg_pool,
        [LUN_OP_adaptive_avg_pool_gradient] = lun_cpu_adaptive_avg_pool_gradient,
        [LUN_OP_channel_affine] = lun_cpu_channel_affine,
        [LUN_OP_channel_norm] = lun_cpu_channel_norm,
        [LUN_OP_channel_norm_gradient] = lun_cpu_channel_norm_gradient,
        [LUN_OP_group_norm] = lun_cpu_group_norm,
        [LUN_OP_group_norm_gradient] = lun_cpu_group_norm_gradient,
        [LUN_OP_rms_norm] = lun_cpu_layer_norm,
        [LUN_OP_rms_norm_gradient] = lun_cpu_layer_norm_gradient,
        [LUN_OP_layer_norm] = lun_cpu_layer_norm,
        [LUN_OP_layer_norm_gradient] = lun_cpu_layer_norm_gradient,
        [LUN_OP_cross_entropy_labels] = lun_cpu_cross_entropy_labels,
        [LUN_OP_cross_entropy_gradient] = lun_cpu_cross_entropy_gradient,
        [LUN_OP_nll_loss] = lun_cpu_nll_loss,
        [LUN_OP_label_weights] = lun_cpu_label_weights,
        [LUN_OP_binary_terms] = lun_cpu_binary_terms,
        [LUN_OP_label_counts] = lun_cpu_label_counts,
        [LUN_OP_attention] = lun_cpu_attention,
        [LUN_OP_attention_gradient] = lun_cpu_attention_gradient,
        [LUN_OP_attention_dropout] = lun_cpu_attention_dropout,
        [LUN_OP_recurrent] = lun_cpu_recurrent,
        [LUN_OP_recurrent_gradient] = lun_cpu_recurrent_gradient,
        [LUN_OP_ctc_alignment] = lun_cpu_ctc_alignment,
        [LUN_OP_ctc_loss_gradient] = lun_cpu_ctc_gradient,
        [LUN_OP_nms_keep] = lun_cpu_nms_keep,
        [LUN_OP_roi_cells] = lun_cpu_roi_cells,
        [LUN_OP_roi_cells_gradient] = lun_cpu_roi_cells_gradient,
        [LUN_OP_roi_largest] = lun_cpu_roi_largest,
        [LUN_OP_embedding_rows] = lun_cpu_embedding,
        [LUN_OP_embedding_renorm_] = lun_cpu_embedding_renorm,
        [LUN_OP_embedding_add_] = lun_cpu_embedding_add,
        [LUN_OP_token_frequency] = lun_cpu_token_frequency,
        [LUN_OP_bag_argmax] = lun_cpu_bag_argmax,
        [LUN_OP_embedding_gradient] = lun_cpu_embedding_gradient,
        [LUN_OP_one_hot_classes] = lun_cpu_one_hot,
        /* optimisers */
        [LUN_OP_sgd_step_] = lun_cpu_sgd_step,
        [LUN_OP_adam_step_] = lun_cpu_adam_step,
    },
};

lun_kernel lun_cpu_kernel(int id) { return table.kernel[id]; }

/* An op that writes into its own argument is never left half done. */
static bool interrupted(void) { return lun_interrupted() && !lun_context_get()->uninterruptible; }

const lun_backend *lun_cpu_backend(void)
{
    lun_threads_on_poll(interrupted);
    return lun_gemm_start() && lun_lapack_start() ? &table : NULL;
}
