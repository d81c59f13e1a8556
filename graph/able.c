/* able.c - which kernels can wait
 *
 * Holds: a kernel of this list never fails for what the elements are, only for memory and interrupts; so an error of shapes or dtypes comes
 * where it comes in an eager run. Kernels that write into other arguments than in[0] are named in written_by (graph/queue.c).
 * SPDX-License-Identifier: MIT
 */
#include "graph/queue.h"
#include "kernels/cpu/complex.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/map.h"
#include "kernels/cpu/random.h"
#include "kernels/cpu/reduce.h"

bool lun_kernel_can_wait(lun_kernel kernel)
{
    static const lun_kernel able[] = {
        lun_cpu_formula, lun_cpu_expression, lun_cpu_row_gradient, lun_cpu_where, lun_cpu_float_test, lun_cpu_logical_not, lun_cpu_complex_part,
        lun_cpu_fill, lun_cpu_eye, lun_cpu_range, lun_cpu_linspace, lun_cpu_copy, lun_cpu_copy_, lun_cpu_slice_gradient,
        lun_cpu_random_uniform, lun_cpu_random_normal, lun_cpu_randint, lun_cpu_dropout_mask,
        lun_cpu_sum, lun_cpu_extremum, lun_cpu_any_all, lun_cpu_cumulative,
        lun_cpu_gather, lun_cpu_scatter, lun_cpu_scatter_add, lun_cpu_index_select, lun_cpu_index_add, lun_cpu_index_copy,
        lun_cpu_index_fill, lun_cpu_masked_fill, lun_cpu_triangle, lun_cpu_set_slice, lun_cpu_set_index, lun_cpu_cat, lun_cpu_flip,
        lun_cpu_diagonal_gradient, lun_cpu_matmul, lun_cpu_linear, lun_cpu_softmax, lun_cpu_row_logsumexp,
        lun_cpu_conv, lun_cpu_conv_input_gradient, lun_cpu_conv_weight_gradient, lun_cpu_im2col, lun_cpu_col2im,
        lun_cpu_max_pool, lun_cpu_plane_scatter, lun_cpu_plane_gather, lun_cpu_avg_pool, lun_cpu_avg_pool_gradient,
        lun_cpu_adaptive_avg_pool, lun_cpu_adaptive_avg_pool_gradient,
        lun_cpu_channel_norm, lun_cpu_channel_norm_gradient, lun_cpu_channel_affine, lun_cpu_layer_norm, lun_cpu_layer_norm_gradient,
        lun_cpu_group_norm, lun_cpu_group_norm_gradient,
        lun_cpu_cross_entropy_labels, lun_cpu_cross_entropy_gradient, lun_cpu_nll_loss, lun_cpu_label_weights,
        lun_cpu_attention, lun_cpu_attention_gradient, lun_cpu_attention_dropout, lun_cpu_recurrent, lun_cpu_recurrent_gradient,
        lun_cpu_embedding, lun_cpu_embedding_gradient, lun_cpu_embedding_add, lun_cpu_sgd_step, lun_cpu_adam_step,
    };
    for (size_t i = 0; i < sizeof able / sizeof *able; i++)
        if (able[i] == kernel) return kernel != NULL;
    return false;
}
