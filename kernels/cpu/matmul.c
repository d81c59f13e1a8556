/* matmul.c - the matmul and linear kernels: batches and blocks over threads
 *
 * Both are one job: a batch of products c[i] = a[i] b[i] (+ bias), where a batch dim of size 1 is read again and again. A batch over
 * which b does not change becomes rows of one product. Operands are taken as they lie when BLAS can read their strides, else packed;
 * bf16 is multiplied as it is where the processor can, else as floats.
 * Holds: pieces depend on the shape only. Read next: kernels/cpu/gemm.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm_bf16.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <string.h>

/* One operand: a batch of matrices. */
typedef struct operand {
    lun_dense dense; /* a packed copy, or the tensor itself */
    const char *data;
    int64_t row, col;
    int64_t batch[LUN_MAX_DIMS]; /* strides of the batch dims of the result, 0 where repeated */
} operand;

typedef struct job {
    lun_dtype type; /* of the result, and of the operands but for: */
    bool halves;    /* operands are bf16 */
    int64_t size, read_size; /* bytes of an element of the result, of an operand */
    int64_t m, n, k, ldc, batches, matrices_per_piece;
    int batch_ndim;
    int64_t batch_dims[LUN_MAX_DIMS];
    operand a, b;
    const char *bias; /* n values added to each row, or NULL */
    char *c;
    lun_gemm_blocks blocks;
    char *packed; /* bf16: b of the matrix under way, or NULL: each thread packs its own, behind its scratch memory */
    char *room;
    size_t room_bytes; /* of one thread */
    int rooms;
    unsigned char busy[LUN_THREADS_MAX];
    bool stopped;
} job;

static const char *matrix_at(const job *j, const operand *x, int64_t batch)
{
    int64_t offset = 0;
    for (int d = j->batch_ndim - 1; d >= 0; d--) {
        offset += batch % j->batch_dims[d] * x->batch[d];
        batch /= j->batch_dims[d];
    }
    return x->data + offset * j->read_size;
}

static void pack_all(int64_t n, int64_t k, lun_matrix b, void *packed)
{
    for (int64_t panel = 0; panel * LUN_BF16_PANEL < n; panel++) lun_gemm_bf16_pack(n, k, b, panel, packed);
}

static bool multiply_halves(job *j, int64_t rows, int64_t col, int64_t cols, lun_matrix a, lun_matrix b, void *c)
{
    int mine = lun_claim(j->busy, j->rooms);
    char *room = j->room + (size_t)mine * j->room_bytes, *packed = j->packed ? j->packed : room + lun_gemm_bf16_room();
    const float *bias = j->bias ? (const float *)j->bias + col : NULL;
    if (!j->packed) pack_all(j->n, j->k, b, packed);
    bool done = lun_gemm_bf16(rows, j->n, j->k, a, packed, col, cols, bias, c, j->ldc, room);
    lun_release(j->busy, mine);
    return done;
}

static bool multiply_floats(const job *j, int64_t rows, int64_t col, int64_t cols, lun_matrix a, lun_matrix b, char *c)
{
    if (!lun_gemm(j->type, rows, cols, j->k, a, b, c, j->ldc, false)) return false;
    const lun_dtype real = lun_dtype_real(j->type);
    const int64_t numbers = cols * j->size / (int64_t)lun_dtype_size(real);
    for (int64_t r = 0; j->bias && r < rows; r++) /* while the block is in the cache; rows of bias for a product that adds cost twice as much */
        lun_rows_for(real)->add(numbers, j->bias + col * j->size, c + r * j->ldc * j->size);
    return true;
}

static void block(job *j, int64_t batch, int64_t at)
{
    const lun_gemm_block w = lun_gemm_block_at(&j->blocks, j->m, j->n, at);
    char *c = j->c + (batch * j->m * j->ldc + w.row * j->ldc + w.col) * j->size;
    lun_matrix a = {matrix_at(j, &j->a, batch) + w.row * j->a.row * j->read_size, j->a.row, j->a.col};
    lun_matrix b = {matrix_at(j, &j->b, batch) + w.col * j->b.col * j->read_size, j->b.row, j->b.col};
    if (!(j->halves ? multiply_halves(j, w.rows, w.col, w.cols, a, b, c) : multiply_floats(j, w.rows, w.col, w.cols, a, b, c)))
        __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
}

static void piece(int64_t p, void *argument)
{
    job *j = argument;
    int64_t per_matrix = j->blocks.row_count * j->blocks.col_count;
    if (per_matrix > 1) {
        block(j, p / per_matrix, p % per_matrix);
        return;
    }
    int64_t first = p * j->matrices_per_piece, last = first + j->matrices_per_piece;
    for (int64_t batch = first; batch < last && batch < j->batches; batch++) block(j, batch, 0);
}

/* One matrix after the other, whose b all threads pack together. */
typedef struct halves { job *j; int64_t batch; } halves;

static void pack_piece(int64_t p, void *argument)
{
    const halves *h = argument;
    const job *j = h->j;
    lun_gemm_bf16_pack(j->n, j->k, (lun_matrix){matrix_at(j, &j->b, h->batch), j->b.row, j->b.col}, p, j->packed);
}

static void multiply_piece(int64_t p, void *argument)
{
    const halves *h = argument;
    block(h->j, h->batch, p);
}

static bool run_matrices(job *j, double one)
{
    const int64_t panels = (j->n + LUN_BF16_PANEL - 1) / LUN_BF16_PANEL, pieces = j->blocks.row_count * j->blocks.col_count;
    const double pack_ns = 0.05 * (double)j->n * (double)j->k;
    for (int64_t batch = 0; batch < j->batches; batch++) {
        halves h = {j, batch};
        bool again = batch && matrix_at(j, &j->b, batch) == matrix_at(j, &j->b, batch - 1); /* the same b, packed already */
        if (!again && !lun_parallel(panels, pack_piece, &h, pack_ns)) return false;
        if (!lun_parallel(pieces, multiply_piece, &h, one) || j->stopped) return false;
    }
    return true;
}

static bool run_halves(job *j, int64_t pieces, double one)
{
    const bool together = j->blocks.row_count * j->blocks.col_count > 1;
    const size_t packed = lun_gemm_bf16_packed(j->n, j->k);
    j->rooms = (int)(pieces < lun_threads() ? pieces : lun_threads());
    j->room_bytes = lun_gemm_bf16_room() + (together ? 0 : packed);
    const size_t bytes = j->room_bytes * (size_t)j->rooms + (together ? packed : 0);
    if (!(j->room = lun_data_get(bytes))) return false;
    if (together) j->packed = j->room + j->room_bytes * (size_t)j->rooms;
    bool done = together ? run_matrices(j, one) : lun_parallel(pieces, piece, j, one * (double)j->batches) && !j->stopped;
    lun_data_put(j->room, bytes);
    return done;
}

static bool run(job *j)
{
    if (j->m == 0 || j->n == 0 || j->batches == 0) return true; /* linear takes empty inputs itself: k of them may be 0, not the results */
    int64_t sizes[] = {j->m, j->n, j->k, j->a.row, j->a.col, j->b.row, j->b.col, j->ldc};
    if (!lun_blas_fits(8, sizes)) return false;
    j->blocks = j->halves ? lun_gemm_bf16_cut(j->m, j->n, j->k) : lun_gemm_cut(j->m, j->n, j->k);
    double one = lun_gemm_ns(j->m, j->n, j->k);
    int64_t per_matrix = j->blocks.row_count * j->blocks.col_count, pieces = j->batches * per_matrix;
    if (per_matrix == 1) { /* small products share a piece of about 50 us */
        j->matrices_per_piece = one > 50000 ? 1 : (int64_t)(50000 / one) + 1;
        pieces = (j->batches + j->matrices_per_piece - 1) / j->matrices_per_piece;
    }
    if (j->halves) return run_halves(j, pieces, one);
    return lun_parallel(pieces, piece, j, one * (double)j->batches) && !j->stopped;
}

/* Makes an operand of tensor x whose last two dims (after adding the missing one of a vector) are r x c. */
static bool open_operand(job *j, operand *o, const lun_tensor *x, int64_t r, int64_t c, bool column, int64_t row, int64_t col)
{
    int inner = x->ndim < 2 ? x->ndim : 2, ndim = x->ndim - inner;
    int64_t strides[LUN_MAX_DIMS];
    memcpy(strides, x->strides, sizeof strides);
    if (j->halves || (x->dtype == j->type && lun_blas_strides(r, c, &row, &col))) {
        o->data = lun_data(x);
    } else {
        if (!lun_dense_read(&o->dense, x, j->type)) return false;
        o->data = o->dense.data;
        lun_shape_strides(x->ndim, x->dims, strides);
        row = column ? 1 : c;
        col = column ? r : 1;
        lun_blas_strides(r, c, &row, &col);
    }
    o->row = row;
    o->col = col;
    lun_shape_broadcast_strides(ndim, x->dims, strides, j->batch_ndim, j->batch_dims, o->batch);
    return true;
}

/* The batch and row dims of a, when b stays the same: can they be read as rows of one matrix? */
static void merge_batch(job *j)
{
    if (j->batches == 1 || j->a.col != 1) return;
    for (int d = 0; j->m == 1 && d < j->batch_ndim; d++) /* one row each: the last batch dim takes its place */
        if (j->batch_dims[d] != 1 && j->a.batch[d] >= j->k) j->a.row = j->a.batch[d];
    int64_t step = j->m * j->a.row;
    for (int d = j->batch_ndim - 1; d >= 0; d--) {
        if (j->batch_dims[d] == 1) continue;
        if (j->b.batch[d] != 0 || j->a.batch[d] != step) return;
        step *= j->batch_dims[d];
    }
    j->m *= j->batches;
    j->batches = 1;
}

static lun_dtype computed_in(const lun_tensor *out)
{
    return out->dtype == LUN_F64 || lun_dtype_is_complex((lun_dtype)out->dtype) ? (lun_dtype)out->dtype : LUN_F32;
}

/* Sizes and batch dims of x times y, both at least 1-d, and how they are read. */
static void measure(job *j, const lun_tensor *x, const lun_tensor *y)
{
    enum { LEAST = 8, WORTH = 1 << 15 }; /* rows and columns, multiplications: below, floats are as fast */
    j->m = x->ndim > 1 ? x->dims[x->ndim - 2] : 1;
    j->k = x->dims[x->ndim - 1];
    j->n = y->ndim > 1 ? y->dims[y->ndim - 1] : 1;
    j->ldc = j->n;
    int nx = x->ndim > 2 ? x->ndim - 2 : 0, ny = y->ndim > 2 ? y->ndim - 2 : 0;
    lun_shape_broadcast(nx, x->dims, ny, y->dims, &j->batch_ndim, j->batch_dims);
    j->batches = lun_shape_numel(j->batch_ndim, j->batch_dims);
    j->halves = x->dtype == LUN_BF16 && y->dtype == LUN_BF16 && j->m * j->batches >= LEAST && j->n >= LEAST &&
                (double)j->m * (double)j->n * (double)j->k >= WORTH && lun_gemm_bf16_there();
    j->size = j->read_size = j->halves ? 2 : (int64_t)lun_dtype_size(j->type);
}

/* Where the result goes, and the bias as floats. bf16 that is multiplied as it is is rounded by the product itself. */
static bool open_rest(job *j, lun_frame *f, lun_call *c, unsigned operands)
{
    *f = (lun_frame){.call = c};
    bool bias = c->n_in > 2 && !lun_is_none(c->in[2]);
    bool open = j->halves ? !bias || lun_dense_read(&f->in[2], c->in[2], j->type) : lun_frame_open_but(f, c, operands);
    j->c = j->halves ? lun_data(c->out[0]) : f->out[0].data;
    j->bias = bias ? f->in[2].data : NULL;
    return open;
}

static bool open_pair(job *j, const lun_tensor *x, const lun_tensor *y)
{
    int64_t x_col = x->strides[x->ndim - 1], x_row = x->ndim > 1 ? x->strides[x->ndim - 2] : j->k * x_col;
    int64_t y_row = y->ndim > 1 ? y->strides[y->ndim - 2] : y->strides[0];
    int64_t y_col = y->ndim > 1 ? y->strides[y->ndim - 1] : 1;
    return open_operand(j, &j->a, x, j->m, j->k, false, x_row, x_col) &&
           open_operand(j, &j->b, y, j->k, j->n, false, y_row, y_col);
}

bool lun_cpu_matmul(lun_call *c)
{
    lun_tensor *x = c->in[0], *y = c->in[1];
    if (!lun_dtype_has_gradient((lun_dtype)x->dtype)) return lun_matmul_integers(c);
    job j = {.type = computed_in(c->out[0])};
    lun_frame f;
    measure(&j, x, y);
    if (!open_rest(&j, &f, c, ~0U)) return false;
    bool done = open_pair(&j, x, y);
    if (done) {
        merge_batch(&j);
        done = run(&j) || lun_fail_interrupted();
    }
    lun_dense_end(&j.a.dense);
    lun_dense_end(&j.b.dense);
    return lun_frame_close(&f, done);
}

bool lun_cpu_linear(lun_call *c)
{
    lun_tensor *x = c->in[0], *w = c->in[1];
    job j = {.type = computed_in(c->out[0])};
    lun_frame f;
    lun_tensor y = *w; /* the transposed weight, only to be measured */
    if (w->ndim == 2) {
        y.dims[0] = w->dims[1];
        y.dims[1] = w->dims[0];
        y.strides[0] = w->strides[1];
        y.strides[1] = w->strides[0];
    }
    measure(&j, x, &y);
    if (!open_rest(&j, &f, c, 3)) return false;
    int64_t x_col = x->strides[x->ndim - 1], x_row = x->ndim > 1 ? x->strides[x->ndim - 2] : j.k * x_col;
    bool done = open_operand(&j, &j.a, x, j.m, j.k, false, x_row, x_col) &&
                open_operand(&j, &j.b, w, j.k, j.n, true, y.strides[0], w->ndim == 2 ? y.strides[1] : 1);
    if (done) {
        merge_batch(&j);
        done = run(&j) || lun_fail_interrupted();
    }
    lun_dense_end(&j.a.dense);
    lun_dense_end(&j.b.dense);
    return lun_frame_close(&f, done);
}
