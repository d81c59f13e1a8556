/* kernels.h - every CPU kernel, by op
 *
 * A kernel has the contract of core/backend.h; kernels/cpu/backend.c puts each into the table. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_KERNELS_H
#define LUN_KERNELS_CPU_KERNELS_H
#include "core/backend.h"

/* The CPU's kernel of an op of the table; NULL when it has none. */
lun_kernel lun_cpu_kernel(int id);

/* formulas kept as text: expression.c */
bool lun_cpu_expression(lun_call *);
bool lun_cpu_frexp(lun_call *); /* frexp.c */

/* picking and placing: index.c, place.c, mask.c, write.c, join.c */
bool lun_cpu_gather(lun_call *);
bool lun_cpu_scatter(lun_call *);
bool lun_cpu_scatter_add(lun_call *);
bool lun_cpu_scatter_fold(lun_call *);      /* and scatter with a reduction: scatter_fold.c */
bool lun_cpu_index_select(lun_call *);
bool lun_cpu_index_add(lun_call *);
bool lun_cpu_index_copy(lun_call *);
bool lun_cpu_index_fill(lun_call *);
bool lun_cpu_masked_fill(lun_call *);
bool lun_cpu_nonzero_positions(lun_call *);
bool lun_cpu_triangle(lun_call *);          /* tril, triu */
bool lun_cpu_set_slice(lun_call *);
bool lun_cpu_set_mask(lun_call *);
bool lun_cpu_set_index(lun_call *);
bool lun_cpu_cat(lun_call *);
bool lun_cpu_flip(lun_call *);
bool lun_cpu_diagonal_gradient(lun_call *);

/* order: sort.c, rank.c, scan.c, running.c */
bool lun_cpu_sort(lun_call *);
bool lun_cpu_topk(lun_call *);
bool lun_cpu_cumulative(lun_call *);        /* cumsum, cumprod */
bool lun_cpu_rank(lun_call *);              /* median, nanmedian, kthvalue, mode */
bool lun_cpu_search(lun_call *);            /* positions in a sorted sequence: search.c */
bool lun_cpu_histc(lun_call *);
bool lun_cpu_running(lun_call *);           /* cummax, cummin, logcumsumexp */

/* matrices: matmul.c */
bool lun_cpu_matmul(lun_call *);
bool lun_matmul_integers(lun_call *); /* the part of matmul that BLAS cannot do: matmul_integers.c */
bool lun_cpu_int_mm(lun_call *);
bool lun_cpu_linear(lun_call *);

/* LU, Cholesky, systems: factor.c */
bool lun_cpu_lu_factor(lun_call *);
bool lun_cpu_lu_det(lun_call *);            /* lu_det, lu_slogdet */
bool lun_cpu_inverse(lun_call *);
bool lun_cpu_solve(lun_call *);
bool lun_cpu_solve_again(lun_call *);
bool lun_cpu_solve_triangle(lun_call *);
bool lun_cpu_cholesky(lun_call *);
bool lun_cpu_pivot_order(lun_call *);

/* QR, least squares: orthogonal.c */
bool lun_cpu_qr(lun_call *);
bool lun_cpu_geqrf(lun_call *);
bool lun_cpu_reflections_product(lun_call *);
bool lun_cpu_lstsq(lun_call *);

/* eigenvalues, singular values: spectrum.c */
bool lun_cpu_eigh(lun_call *);
bool lun_cpu_svd(lun_call *);
bool lun_cpu_pinv(lun_call *);
bool lun_cpu_eig(lun_call *);               /* eig.c */
bool lun_cpu_matrix_exp(lun_call *);        /* matrix_exp.c */
bool lun_cpu_row_distances(lun_call *);     /* distance.c */

/* softmax.c */
bool lun_cpu_softmax(lun_call *); /* softmax, log_softmax and their gradients */
bool lun_cpu_row_logsumexp(lun_call *);

/* convolution: conv.c, conv_backward.c */
bool lun_cpu_conv(lun_call *);
bool lun_cpu_conv_input_gradient(lun_call *);
bool lun_cpu_conv_weight_gradient(lun_call *);
/* fold.c */
bool lun_cpu_im2col(lun_call *);
bool lun_cpu_col2im(lun_call *);

/* pool.c */
bool lun_cpu_max_pool(lun_call *);
bool lun_cpu_plane_scatter(lun_call *);
bool lun_cpu_plane_gather(lun_call *);
/* grid.c */
bool lun_cpu_grid_sample(lun_call *);
bool lun_cpu_grid_sample_gradient(lun_call *);
/* resize.c */
bool lun_cpu_resize(lun_call *);
bool lun_cpu_resize_gradient(lun_call *);
/* pool_windows.c */
bool lun_cpu_window_max(lun_call *);
/* pool_means.c */
bool lun_cpu_avg_pool(lun_call *);
bool lun_cpu_avg_pool_gradient(lun_call *);
bool lun_cpu_adaptive_avg_pool(lun_call *);
bool lun_cpu_adaptive_avg_pool_gradient(lun_call *);

/* norm.c */
bool lun_cpu_channel_norm(lun_call *);
bool lun_cpu_channel_norm_gradient(lun_call *);
bool lun_cpu_layer_norm(lun_call *);
bool lun_cpu_channel_affine(lun_call *);
bool lun_cpu_group_norm(lun_call *);
bool lun_cpu_group_norm_gradient(lun_call *);
bool lun_cpu_layer_norm_gradient(lun_call *);

/* loss.c */
bool lun_cpu_cross_entropy_labels(lun_call *);
bool lun_cpu_cross_entropy_gradient(lun_call *);
bool lun_cpu_nll_loss(lun_call *);
bool lun_cpu_label_weights(lun_call *);
bool lun_cpu_one_hot(lun_call *);
bool lun_cpu_binary_terms(lun_call *); /* loss_terms.c */
bool lun_cpu_label_counts(lun_call *);

/* attention.c */
bool lun_cpu_attention(lun_call *);
bool lun_cpu_attention_gradient(lun_call *);
bool lun_cpu_attention_dropout(lun_call *);

/* recurrent.c */
bool lun_cpu_recurrent(lun_call *);
bool lun_cpu_recurrent_gradient(lun_call *);

/* ctc.c, detection.c */
bool lun_cpu_ctc_alignment(lun_call *);
bool lun_cpu_ctc_gradient(lun_call *);
bool lun_cpu_nms_keep(lun_call *);
bool lun_cpu_roi_cells(lun_call *);
bool lun_cpu_roi_cells_gradient(lun_call *);
bool lun_cpu_roi_largest(lun_call *);

/* fft.c */
bool lun_cpu_fft(lun_call *); /* fft_c2c, fft_r2c, fft_c2r */

/* optim.c */
bool lun_cpu_sgd_step(lun_call *);
bool lun_cpu_adam_step(lun_call *);

/* embedding.c */
bool lun_cpu_embedding(lun_call *);
bool lun_cpu_embedding_gradient(lun_call *);
bool lun_cpu_embedding_add(lun_call *);
bool lun_cpu_embedding_renorm(lun_call *);
bool lun_cpu_token_frequency(lun_call *);
bool lun_cpu_bag_argmax(lun_call *);
#endif
