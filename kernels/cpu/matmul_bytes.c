/* matmul_bytes.c - int_mm: bytes times signed bytes, summed as int32
 *
 * oneDNN multiplies them where the processor has an instruction for it (onednn.h). Elsewhere they are multiplied as floats, 512 products at a
 * time: as many stay below 2^24, so each such sum is exact in whatever order it is taken, and the sums are added as whole numbers.
 * Holds: both ways give the same bits; what is more than an int32 wraps around. Pieces depend on the shape only.
 * Read next: kernels/cpu/matmul.c, kernels/cpu/onednn.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/context.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/onednn.h"
#include "kernels/threads.h"

enum { EXACT = 512 }; /* 512 x 255 x 128 < 2^24 */

typedef struct job {
    int64_t m, n, k;
    bool signs, floats; /* a is int8; operands are read as floats */
    lun_dense dense[2];
    lun_matrix a, b;
    int32_t *c;
    lun_gemm_blocks blocks;
    float *room; /* sums of a block, for each thread */
    int rooms;
    unsigned char busy[LUN_THREADS_MAX];
    bool stopped;
} job;

static lun_matrix part(const job *j, lun_matrix x, int64_t row, int64_t col)
{
    const int64_t size = j->floats ? sizeof(float) : 1;
    return (lun_matrix){(const char *)x.data + (row * x.row + col * x.col) * size, x.row, x.col};
}

static bool multiply_floats(const job *j, int64_t rows, int64_t cols, lun_matrix a, lun_matrix b, int32_t *c, float *sums)
{
    for (int64_t deep = 0; deep < j->k; deep += EXACT) {
        const int64_t some = j->k - deep < EXACT ? j->k - deep : EXACT;
        if ((deep && lun_interrupted()) || !lun_gemm(LUN_F32, rows, cols, some, part(j, a, 0, deep), part(j, b, deep, 0), sums, cols, false))
            return false;
        for (int64_t r = 0; r < rows; r++)
            for (int64_t i = 0; i < cols; i++) {
                const uint32_t before = deep ? (uint32_t)c[r * j->n + i] : 0;
                c[r * j->n + i] = (int32_t)(before + (uint32_t)(int32_t)sums[r * cols + i]);
            }
    }
    return true;
}

static void piece(int64_t p, void *argument)
{
    job *j = argument;
    const lun_gemm_block w = lun_gemm_block_at(&j->blocks, j->m, j->n, p);
    const lun_matrix a = part(j, j->a, w.row, 0), b = part(j, j->b, 0, w.col);
    int32_t *c = j->c + w.row * j->n + w.col;
    bool done;
    if (j->floats) {
        int mine = lun_claim(j->busy, j->rooms);
        done = multiply_floats(j, w.rows, w.cols, a, b, c, j->room + mine * j->blocks.rows * j->blocks.cols);
        lun_release(j->busy, mine);
    } else {
        done = lun_onednn_bytes(w.rows, w.cols, j->k, a, j->signs, b, c, j->n);
    }
    if (!done) __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
}

/* As it lies when its strides can be told, else a copy. */
static bool open_operand(const job *j, lun_dense *d, lun_matrix *m, const lun_tensor *x)
{
    *m = (lun_matrix){lun_data(x), x->strides[0], x->strides[1]};
    if (!j->floats && lun_blas_strides(x->dims[0], x->dims[1], &m->row, &m->col)) return true;
    if (!lun_dense_read(d, x, j->floats ? LUN_F32 : (lun_dtype)x->dtype)) return false;
    *m = (lun_matrix){d->data, x->dims[1], 1};
    return true;
}

static bool run(job *j)
{
    const double one = lun_gemm_ns(j->m, j->n, j->k);
    const int64_t pieces = j->blocks.row_count * j->blocks.col_count;
    size_t bytes = 0;
    if (j->floats) {
        j->rooms = (int)(pieces < lun_threads() ? pieces : lun_threads());
        bytes = (size_t)(j->blocks.rows * j->blocks.cols) * sizeof(float) * (size_t)j->rooms;
        if (!(j->room = lun_data_get(bytes))) return false;
    }
    bool done = (lun_parallel(pieces, piece, j, one) && !j->stopped) || lun_fail_interrupted();
    if (bytes) lun_data_put(j->room, bytes);
    return done;
}

bool lun_cpu_int_mm(lun_call *c)
{
    const lun_tensor *x = c->in[0], *y = c->in[1];
    job j = {.m = x->dims[0], .k = x->dims[1], .n = y->dims[1], .signs = x->dtype == LUN_I8, .c = lun_data(c->out[0])};
    const int64_t sizes[] = {j.m, j.n, j.k};
    if (!lun_blas_fits(3, sizes)) return false;
    j.floats = !lun_onednn_takes_bytes(j.m, j.n, j.k);
    j.blocks = lun_gemm_cut(j.m, j.n, j.k);
    bool done = open_operand(&j, &j.dense[0], &j.a, x) && open_operand(&j, &j.dense[1], &j.b, y) && run(&j);
    lun_dense_end(&j.dense[0]);
    lun_dense_end(&j.dense[1]);
    return done;
}
