/* dense.cu - copies, zeros, scratch memory and single values for kernel functions. Read next: kernels/cuda/dense.h.
 * SPDX-License-Identifier: MIT */
#include "kernels/cuda/dense.h"

#include "kernels/cuda/copy.h"

#include <string.h>

static bool on_host(const lun_tensor *x) { return lun_tensor_device(x).type == LUN_CPU; }

/* A number on the host as one element of the dtype, converted by the CPU's own kernel. */
static bool convert_number(char *to, const lun_tensor *x, lun_dtype as)
{
    lun_call c;
    lun_tensor *y = lun_tensor_empty(as, 0, NULL, lun_device{LUN_CPU, 0});
    if (!y) return false;
    lun_call_begin(&c, lun_op_at(LUN_OP_copy_));
    c.in[0] = c.out[0] = y;
    c.in[1] = const_cast<lun_tensor *>(x);
    c.n_in = 2;
    c.n_out = 1;
    if (!lun_backends[LUN_CPU]->kernel[LUN_OP_copy_](&c)) return false;
    memcpy(to, lun_data(y), lun_dtype_size(as));
    return true;
}

bool lun_cuda_assign(const lun_tensor *to, const lun_tensor *x)
{
    if (!to->numel) return true;
    if (!on_host(x)) return lun_cuda_copy_tensor(to, x);
    alignas(16) char number[16];
    return convert_number(number, x, (lun_dtype)to->dtype) && lun_cuda_fill_tensor(to, number);
}

const lun_tensor *lun_cuda_dense(const lun_tensor *x, lun_dtype as)
{
    if (x->dtype == as && lun_is_contiguous(x)) return x;
    lun_tensor *y = lun_tensor_empty(as, x->ndim, x->dims, lun_tensor_device(x));
    return y && lun_cuda_assign(y, x) ? y : NULL;
}

bool lun_cuda_zero(void *data, size_t bytes)
{
    return !bytes || lun_cuda_check(cudaMemsetAsync(data, 0, bytes, lun_cuda_stream()), "clear memory");
}

void *lun_cuda_scratch(const lun_tensor *x, size_t bytes)
{
    int64_t n = bytes ? (int64_t)bytes : 1;
    lun_tensor *room = lun_tensor_empty(LUN_U8, 1, &n, lun_tensor_device(x));
    return room ? lun_data(room) : NULL;
}

bool lun_cuda_value_read(lun_cuda_value *v, const lun_tensor *x, lun_dtype as)
{
    memset(v, 0, sizeof *v);
    if (on_host(x)) return convert_number(v->bytes, x, as);
    const lun_tensor *y = lun_cuda_dense(x, as);
    v->device = y ? lun_data(y) : NULL;
    return y != NULL;
}
