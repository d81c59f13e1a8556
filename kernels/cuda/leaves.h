/* leaves.h - the gradients that a recorded backward pass gives to leaves, for graph.cu
 *
 * Read next: kernels/cuda/leaves.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_LEAVES_H
#define LUN_KERNELS_CUDA_LEAVES_H
#include <stdbool.h>

struct lun_cuda_leaves;
/* From begin to end the leaves that get a gradient are noted; NULL after lun_fail. */
lun_cuda_leaves *lun_cuda_leaves_begin(void);
void lun_cuda_leaves_end(lun_cuda_leaves *l);
/* Before and after a replay: x.grad is what running the program again would have found, and left. */
bool lun_cuda_leaves_before(lun_cuda_leaves *l);
bool lun_cuda_leaves_after(lun_cuda_leaves *l);
void lun_cuda_leaves_free(lun_cuda_leaves *l); /* l may be NULL */
#endif
