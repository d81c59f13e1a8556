/* kernels.h - every CUDA kernel, by op
 *
 * A kernel has the contract of core/backend.h; kernels/cuda/backend.c puts each into the table. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_KERNELS_H
#define LUN_KERNELS_CUDA_KERNELS_H
#ifdef __cplusplus
extern "C" {
#endif
#include "core/backend.h"

/* elementwise: map.cu, choice.cu */
bool lun_cuda_formula(lun_call *c);
bool lun_cuda_row_gradient(lun_call *c);
bool lun_cuda_where(lun_call *c);
bool lun_cuda_float_test(lun_call *c);   /* isnan, isinf, isfinite */
bool lun_cuda_logical_not(lun_call *c);
bool lun_cuda_frexp(lun_call *c);
bool lun_cuda_complex_part(lun_call *c); /* angle, conj_physical; abs, sgn and float tests of complex tensors */

/* copies, constants, ranges: copy.cu, fill.cu */
bool lun_cuda_clone(lun_call *c);        /* clone, cast */
bool lun_cuda_copy_(lun_call *c);
bool lun_cuda_slice_gradient(lun_call *c);
bool lun_cuda_fill(lun_call *c);
bool lun_cuda_empty(lun_call *c);
bool lun_cuda_eye(lun_call *c);
bool lun_cuda_range(lun_call *c);
bool lun_cuda_linspace(lun_call *c);

/* runs of elementwise calls, and formulas kept as text: fused.cu */
int lun_cuda_fuses(const lun_call *c);
bool lun_cuda_run_fused(const lun_fused *f, bool *done);
bool lun_cuda_expression(lun_call *c);

/* random numbers: random.cu, draw.cu, multinomial.cu */
bool lun_cuda_random_uniform(lun_call *c); /* rand, rand_like, uniform_ */
bool lun_cuda_random_normal(lun_call *c);  /* randn, randn_like, normal_ */
bool lun_cuda_randint(lun_call *c);
bool lun_cuda_randperm(lun_call *c);
bool lun_cuda_dropout_mask(lun_call *c);
bool lun_cuda_draw(lun_call *c);           /* distributions whose parameters are numbers or tensors */
bool lun_cuda_multinomial(lun_call *c);

/* matrices: matmul.cu, matmul_bytes.cu */
bool lun_cuda_matmul(lun_call *c);
bool lun_cuda_linear(lun_call *c);
bool lun_cuda_int_mm(lun_call *c);

/* attention: attention.cu */
bool lun_cuda_attention(lun_call *c);
bool lun_cuda_attention_gradient(lun_call *c);
bool lun_cuda_attention_dropout(lun_call *c);

/* reductions: reduce_sum.cu, reduce_extreme.cu, reduce_other.cu */
bool lun_cuda_sum(lun_call *);       /* sum, mean, prod */
bool lun_cuda_extremum(lun_call *);  /* amax, amin, max, min, argmax, argmin */
bool lun_cuda_variance(lun_call *);  /* var, std */
bool lun_cuda_any_all(lun_call *);

/* softmax.cu */
bool lun_cuda_softmax(lun_call *);   /* softmax, log_softmax and their gradients */
bool lun_cuda_row_logsumexp(lun_call *);

/* losses: loss.cu, loss_terms.cu */
bool lun_cuda_cross_entropy_labels(lun_call *);
bool lun_cuda_cross_entropy_gradient(lun_call *);
bool lun_cuda_nll_loss(lun_call *);
bool lun_cuda_label_weights(lun_call *);
bool lun_cuda_one_hot(lun_call *);
bool lun_cuda_binary_terms(lun_call *);
bool lun_cuda_label_counts(lun_call *);

/* norms: norm.cu, norm_channel.cu, norm_group.cu */
bool lun_cuda_layer_norm(lun_call *);          /* and rms_norm */
bool lun_cuda_layer_norm_gradient(lun_call *); /* likewise */
bool lun_cuda_channel_norm(lun_call *);
bool lun_cuda_channel_norm_gradient(lun_call *);
bool lun_cuda_channel_affine(lun_call *);
bool lun_cuda_group_norm(lun_call *);
bool lun_cuda_group_norm_gradient(lun_call *);

/* order: scan.cu, sort.cu, rank.cu, search.cu */
bool lun_cuda_cumulative(lun_call *); /* cumsum, cumprod */
bool lun_cuda_running(lun_call *);    /* cummax, cummin, logcumsumexp */
bool lun_cuda_sort(lun_call *);
bool lun_cuda_topk(lun_call *);
bool lun_cuda_rank(lun_call *);       /* median, nanmedian, kthvalue, mode */
bool lun_cuda_search(lun_call *);     /* positions in a sorted sequence */
bool lun_cuda_histc(lun_call *);

/* ctc.cu */
bool lun_cuda_ctc_alignment(lun_call *);
bool lun_cuda_ctc_gradient(lun_call *);

/* optim.cu */
bool lun_cuda_sgd_step(lun_call *);
bool lun_cuda_adam_step(lun_call *);

/* factorisations: factor.cu */
bool lun_cuda_lu_factor(lun_call *c);
bool lun_cuda_lu_det(lun_call *c); /* and lu_slogdet */
bool lun_cuda_inverse(lun_call *c);
bool lun_cuda_solve(lun_call *c);
bool lun_cuda_solve_again(lun_call *c);
bool lun_cuda_solve_triangle(lun_call *c);
bool lun_cuda_cholesky(lun_call *c);
bool lun_cuda_pivot_order(lun_call *c);

/* by cuSOLVER, else on the CPU: orthogonal.cu, spectrum.cu; matrix_exp.cu */
bool lun_cuda_qr(lun_call *c);
bool lun_cuda_geqrf(lun_call *c);
bool lun_cuda_reflections_product(lun_call *c);
bool lun_cuda_lstsq(lun_call *c);
bool lun_cuda_eigh(lun_call *c);
bool lun_cuda_svd(lun_call *c);
bool lun_cuda_pinv(lun_call *c);
bool lun_cuda_eig(lun_call *c);
bool lun_cuda_matrix_exp(lun_call *c);

/* Fourier transforms: fft.cu */
bool lun_cuda_fft(lun_call *c);

/* recurrent networks: recurrent.cu */
bool lun_cuda_recurrent(lun_call *c);
bool lun_cuda_recurrent_gradient(lun_call *c);

#ifdef __cplusplus
}
#endif
/* picking and placing: index.cu, place.cu, scatter.cu, mask.cu, join.cu */
bool lun_cuda_gather(lun_call *);
bool lun_cuda_index_select(lun_call *);
bool lun_cuda_index_add(lun_call *);
bool lun_cuda_index_copy(lun_call *);
bool lun_cuda_index_fill(lun_call *);
bool lun_cuda_set_index(lun_call *);
bool lun_cuda_scatter(lun_call *);
bool lun_cuda_scatter_add(lun_call *);
bool lun_cuda_scatter_fold(lun_call *);
bool lun_cuda_masked_fill(lun_call *);
bool lun_cuda_nonzero_positions(lun_call *);
bool lun_cuda_set_mask(lun_call *);
bool lun_cuda_triangle(lun_call *);
bool lun_cuda_cat(lun_call *);
bool lun_cuda_flip(lun_call *);
bool lun_cuda_diagonal_gradient(lun_call *);
bool lun_cuda_set_slice(lun_call *);

/* networks: embedding.cu, pool.cu, pool_means.cu, conv.cu, fold.cu, resize.cu, grid.cu, detection.cu; distance.cu */
bool lun_cuda_embedding(lun_call *);
bool lun_cuda_embedding_gradient(lun_call *);
bool lun_cuda_embedding_add(lun_call *);
bool lun_cuda_embedding_renorm(lun_call *);
bool lun_cuda_token_frequency(lun_call *);
bool lun_cuda_bag_argmax(lun_call *);
bool lun_cuda_max_pool(lun_call *);
bool lun_cuda_window_max(lun_call *);
bool lun_cuda_plane_scatter(lun_call *);
bool lun_cuda_plane_gather(lun_call *);
bool lun_cuda_avg_pool(lun_call *);
bool lun_cuda_avg_pool_gradient(lun_call *);
bool lun_cuda_adaptive_avg_pool(lun_call *);
bool lun_cuda_adaptive_avg_pool_gradient(lun_call *);
bool lun_cuda_convolution(lun_call *); /* and the next two: by cuDNN, else by the three after them (cudnn.cu) */
bool lun_cuda_convolution_input_gradient(lun_call *);
bool lun_cuda_convolution_weight_gradient(lun_call *);
bool lun_cuda_conv(lun_call *);
bool lun_cuda_conv_input_gradient(lun_call *);
bool lun_cuda_conv_weight_gradient(lun_call *);
bool lun_cuda_im2col(lun_call *);
bool lun_cuda_col2im(lun_call *);
bool lun_cuda_resize(lun_call *);
bool lun_cuda_resize_gradient(lun_call *);
bool lun_cuda_grid_sample(lun_call *);
bool lun_cuda_grid_sample_gradient(lun_call *);
bool lun_cuda_nms_keep(lun_call *);
bool lun_cuda_roi_cells(lun_call *);
bool lun_cuda_roi_cells_gradient(lun_call *);
bool lun_cuda_roi_largest(lun_call *);
bool lun_cuda_row_distances(lun_call *);
#endif
