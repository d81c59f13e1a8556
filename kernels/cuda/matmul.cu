/* matmul.cu - matmul, linear and their kin: from strided tensors to products
 *
 * A batch of products in which one operand stays the same becomes one product of more rows; batches whose dims do not lie in one step
 * are queued piece by piece. Operands are taken as they lie when their strides can be told to BLAS, else a copy is made.
 * Without cuBLAS, and for whole numbers, the kernels of kernels/cuda/product.cu compute.
 * Read next: kernels/cuda/product.cu, kernels/cuda/blas.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/product.h"

#include <string.h>

/* One operand: a batch of matrices. */
struct operand {
    lun_factor at;
    int64_t batch[LUN_MAX_DIMS]; /* strides of the batch dims of the result, 0 where repeated */
};

struct job {
    lun_product p;
    int batch_ndim;
    int64_t batch_dims[LUN_MAX_DIMS];
    operand a, b;
};

/* Can a product read an r x c matrix with these strides? Strides of dims of size 1 are set right. */
static bool readable(int64_t r, int64_t c, int64_t *row, int64_t *col)
{
    if (c == 1) *col = 1;
    if (r == 1 && *col == 1) *row = c;
    if (r == 1 && *col != 1) *row = 1;
    return (*col == 1 && *row >= c) || (*row == 1 && *col >= r) || (c == 1 && *row >= 1);
}

/* Makes an operand of tensor x whose last two dims (after adding the missing one of a vector) are r x c, `row` and `col` apart. */
static bool open_operand(job *j, operand *o, lun_tensor *x, int64_t r, int64_t c, bool column, int64_t row, int64_t col)
{
    int inner = x->ndim < 2 ? x->ndim : 2, ndim = x->ndim - inner;
    if (!readable(r, c, &row, &col)) {
        if (!(x = lun_clone(x))) return false;
        row = column ? 1 : c;
        col = column ? r : 1;
        readable(r, c, &row, &col);
    }
    o->at = {lun_data(x), row, col, 0};
    lun_shape_broadcast_strides(ndim, x->dims, x->strides, j->batch_ndim, j->batch_dims, o->batch);
    return true;
}

/* The batch and row dims of a, when b stays the same: can they be read as rows of one matrix? */
static void merge_rows(job *j)
{
    lun_product *p = &j->p;
    if (p->batches == 1 || j->a.at.col != 1) return;
    for (int d = 0; p->m == 1 && d < j->batch_ndim; d++) /* one row each: the last batch dim takes its place */
        if (j->batch_dims[d] != 1 && j->a.batch[d] >= p->k) j->a.at.row = j->a.batch[d];
    int64_t step = p->m * j->a.at.row;
    for (int d = j->batch_ndim - 1; d >= 0; d--) {
        if (j->batch_dims[d] == 1) continue;
        if (j->b.batch[d] != 0 || j->a.batch[d] != step) return;
        step *= j->batch_dims[d];
    }
    p->m *= p->batches;
    p->batches = 1;
    j->batch_ndim = 0;
}

/* Drops batch dims of size 1 and joins those that both operands step through evenly. */
static void merge_batches(job *j)
{
    int n = 0;
    for (int d = 0; d < j->batch_ndim; d++) {
        int64_t size = j->batch_dims[d], a = j->a.batch[d], b = j->b.batch[d];
        if (size == 1) continue;
        if (n && j->a.batch[n - 1] == a * size && j->b.batch[n - 1] == b * size) n--, size *= j->batch_dims[n];
        j->batch_dims[n] = size;
        j->a.batch[n] = a;
        j->b.batch[n++] = b;
    }
    j->batch_ndim = n;
}

static bool run(job *j)
{
    lun_product *p = &j->p;
    const int64_t size = (int64_t)lun_dtype_size(p->type);
    if (!p->m || !p->n || !p->batches) return true;
    merge_rows(j);
    merge_batches(j);
    int last = j->batch_ndim - 1;
    int64_t inner = last < 0 ? 1 : j->batch_dims[last], outer = p->batches / inner;
    p->batches = inner;
    p->c_row = p->n;
    p->c_batch = p->m * p->n;
    p->a = j->a.at;
    p->b = j->b.at;
    p->a.batch = last < 0 ? 0 : j->a.batch[last];
    p->b.batch = last < 0 ? 0 : j->b.batch[last];
    char *c = (char *)p->c;
    for (int64_t i = 0; i < outer; i++) {
        int64_t a = 0, b = 0, rest = i;
        for (int d = last - 1; d >= 0; rest /= j->batch_dims[d--]) {
            a += rest % j->batch_dims[d] * j->a.batch[d];
            b += rest % j->batch_dims[d] * j->b.batch[d];
        }
        p->a.data = (const char *)j->a.at.data + a * size;
        p->b.data = (const char *)j->b.at.data + b * size;
        p->c = c + i * inner * p->c_batch * size;
        if (!lun_cuda_product(p)) return false;
    }
    return true;
}

/* Sizes and batch dims of x times y, both at least 1-d. */
static void measure(job *j, const lun_call *c, const lun_tensor *x, const lun_tensor *y)
{
    j->p.type = (lun_dtype)x->dtype;
    j->p.c = lun_data(c->out[0]);
    j->p.m = x->ndim > 1 ? x->dims[x->ndim - 2] : 1;
    j->p.k = x->dims[x->ndim - 1];
    j->p.n = y->ndim > 1 ? y->dims[y->ndim - 1] : 1;
    int nx = x->ndim > 2 ? x->ndim - 2 : 0, ny = y->ndim > 2 ? y->ndim - 2 : 0;
    lun_shape_broadcast(nx, x->dims, ny, y->dims, &j->batch_ndim, j->batch_dims);
    j->p.batches = lun_shape_numel(j->batch_ndim, j->batch_dims);
}

static bool open_first(job *j, lun_tensor *x)
{
    int64_t col = x->strides[x->ndim - 1], row = x->ndim > 1 ? x->strides[x->ndim - 2] : j->p.k * col;
    return open_operand(j, &j->a, x, j->p.m, j->p.k, false, row, col);
}

extern "C" bool lun_cuda_matmul(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    job j{};
    measure(&j, c, x, y);
    int64_t row = y->ndim > 1 ? y->strides[y->ndim - 2] : y->strides[0], col = y->ndim > 1 ? y->strides[y->ndim - 1] : 1;
    return open_first(&j, x) && open_operand(&j, &j.b, y, j.p.k, j.p.n, false, row, col) && run(&j);
}

extern "C" bool lun_cuda_linear(lun_call *c)
{
    lun_tensor *x = c->in[0], *w = c->in[1], *bias = c->in[2];
    job j{};
    lun_tensor y = *w; /* the transposed weight, only to be measured */
    if (w->ndim == 2) {
        y.dims[0] = w->dims[1];
        y.dims[1] = w->dims[0];
    }
    measure(&j, c, x, &y);
    if (!lun_is_none(bias)) {
        if (!(bias = lun_contiguous(bias))) return false;
        j.p.bias = lun_data(bias);
    }
    int64_t row = w->strides[w->ndim - 1], col = w->ndim == 2 ? w->strides[0] : 1;
    return open_first(&j, x) && open_operand(&j, &j.b, w, j.p.k, j.p.n, true, row, col) && run(&j);
}
