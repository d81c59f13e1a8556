/* kernels.h - every CUDA kernel, by op
 *
 * A kernel has the contract of core/backend.h; kernels/cuda/backend.c puts each into the table. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_KERNELS_H
#define LUN_KERNELS_CUDA_KERNELS_H
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

/* formulas kept as text: expression.cu */
bool lun_cuda_expression(lun_call *c);

/* random numbers: random.cu, draw.cu, multinomial.cu */
bool lun_cuda_random_uniform(lun_call *c); /* rand, rand_like, uniform_ */
bool lun_cuda_random_normal(lun_call *c);  /* randn, randn_like, normal_ */
bool lun_cuda_randint(lun_call *c);
bool lun_cuda_randperm(lun_call *c);
bool lun_cuda_dropout_mask(lun_call *c);
bool lun_cuda_draw(lun_call *c);           /* distributions whose parameters are numbers or tensors */
bool lun_cuda_multinomial(lun_call *c);
/* matrices: matmul.cu */
bool lun_cuda_matmul(lun_call *c);
bool lun_cuda_linear(lun_call *c);

/* attention: attention.cu */
bool lun_cuda_attention(lun_call *c);
bool lun_cuda_attention_gradient(lun_call *c);
bool lun_cuda_attention_dropout(lun_call *c);

#endif
