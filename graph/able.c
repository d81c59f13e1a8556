/* able.c - which ops can wait, and which can be fused
 *
 * Holds: a kernel of this list never fails for what the elements are, only for memory and interrupts; so an error of shapes or dtypes comes
 * where it comes in an eager run. Kernels that write into other arguments than in[0] are named in written_by (graph/queue.c).
 * SPDX-License-Identifier: MIT
 */
#include "graph/queue.h"

#include "core/context.h"
#include "kernels/cpu/complex.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/map.h"
#include "kernels/cpu/random.h"
#include "kernels/cpu/reduce.h"

static bool can_wait(lun_kernel kernel)
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

static bool able[LUN_OP_COUNT]; /* on the CPU */

void lun_able_start(void)
{
    const lun_backend *cpu = lun_queue_home((lun_device){LUN_CPU, 0});
    for (int i = 0; i < LUN_OP_COUNT; i++) able[i] = can_wait(cpu->kernel[i]);
}

/* Whole numbers divided by 0 are an error of now. */
bool lun_queue_may_hold(const lun_call *c)
{
    int id = c->op->id;
    bool divides = id == LUN_OP_floor_divide || id == LUN_OP_remainder || id == LUN_OP_fmod || id == LUN_OP_div_trunc;
    if (c->numbers || c->list || c->n_in > LUN_CALL_INPUTS || c->n_out > LUN_MAX_OUT) return false;
    if (divides && !lun_dtype_is_float((lun_dtype)c->out[0]->dtype)) return false;
    if (lun_tensor_device(c->out[0]).type == LUN_CPU) return able[id];
    lun_map map;
    return lun_queue_map(c, &map) > 0;
}

/* On other devices operands are read as they are: what they are computed in is the device's business. */
int lun_queue_map(const lun_call *c, lun_map *m)
{
    if (lun_tensor_device(c->out[0]).type == LUN_CPU) return lun_map_of(c, m);
    const lun_backend *b = lun_queue_home(lun_tensor_device(c->out[0]));
    int inputs = b && b->fuses ? b->fuses(c) : 0, first = c->op->id == LUN_OP_copy_ ? 1 : 0;
    *m = (lun_map){.first_param = -1, .writes = (lun_dtype)c->out[0]->dtype};
    for (int k = 0; k < inputs; k++) {
        bool there = first + k < c->n_in && !lun_is_none(c->in[first + k]);
        m->reads[k] = (lun_dtype)c->in[there ? first + k : first]->dtype;
    }
    return inputs;
}

bool lun_queue_is_watched(void)
{
    return lun_context_get()->armed & ~(unsigned)(LUN_ARMED_INTERRUPT | LUN_ARMED_MESSAGE | LUN_ARMED_AUTOCAST);
}
