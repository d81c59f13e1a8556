/* spectrum.c - eigenvalues of symmetric matrices, singular values, pseudo-inverses
 *
 * The SVD of a row-major matrix is that of its transpose with U and V exchanged, so it is taken as it lies, and the results too.
 * Holds: LAPACK never sees NaN or infinity here (some of its loops would not end): such a matrix gets info -1 and NaN for results.
 * Read next: core/ops/decompose_spectrum.c, kernels/cpu/lapack.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/lapack.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_lapack *la;
    lun_dtype type;
    size_t size, bytes; /* of an element, of a matrix */
    int m, n, k, left, right; /* m x n, k = the smaller; columns of U, rows of Vh */
    bool vectors, upper, full, hermitian, stopped;
    const char *a;
    char *u, *s, *v; /* results: U, values, Vh (or eigenvectors in u) */
    const char *atol, *rtol;
    int32_t *info;
    int lwork, liwork;
} job;

static double cube(int m, int n) { return (double)m * n * (m < n ? m : n); }

static job begin(const lun_frame *f, const lun_tensor *x)
{
    job j = {.type = f->type, .la = lun_lapack_for(f->type), .size = lun_dtype_size(f->type), .a = f->in[0].data};
    j.m = (int)x->dims[x->ndim - 2];
    j.n = (int)x->dims[x->ndim - 1];
    j.k = j.left = j.right = j.m < j.n ? j.m : j.n;
    j.bytes = (size_t)j.m * (size_t)j.n * j.size;
    return j;
}

static void fill(const job *j, char *x, int64_t n, double value)
{
    for (int64_t i = 0; i < n; i++) lun_float_put(j->type, x, i, value);
}

/* ---- symmetric ---- */

static size_t symmetric_work(job *j)
{
    double answer = 0;
    int query = -1, info, lda = j->n > 1 ? j->n : 1;
    j->la->syevd(j->vectors ? "V" : "N", "L", &j->n, &answer, &lda, &answer, &answer, &query, &j->liwork, &query, &info, 1, 1);
    j->lwork = lun_lapack_asked(j->type, &answer);
    return lun_scratch_size((size_t)j->lwork * j->size) + lun_scratch_size((size_t)j->liwork * sizeof(int));
}

/* a's eigenvectors, one after the other, take its place. */
static int symmetric(const job *j, char *a, char *values, char *scratch)
{
    int info = 0, lwork = j->lwork, liwork = j->liwork;
    if (!lun_all_finite(j->type, a, j->bytes / j->size)) return -1;
    void *work = lun_scratch(&scratch, (size_t)lwork * j->size), *iwork = scratch;
    j->la->syevd(j->vectors ? "V" : "N", j->upper ? "L" : "U", &j->n, a, &j->n, values, work, &lwork, iwork, &liwork, &info, 1, 1);
    return info;
}

static void eigh_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    char *values = j->s + (size_t)i * (size_t)j->n * j->size;
    j->info[i] = 0;
    if (!j->n) return;
    char *a = j->vectors ? j->u + (size_t)i * j->bytes : lun_scratch(&scratch, j->bytes);
    memcpy(a, j->a + (size_t)i * j->bytes, j->bytes);
    j->info[i] = symmetric(j, a, values, scratch);
    if (j->info[i]) fill(j, values, j->n, NAN);
    if (j->vectors) lun_transpose_square(j->size, j->n, a);
}

/* eigh_parts(x, upper, vectors) -> values, vectors, info */
bool lun_cpu_eigh(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.upper = lun_param_bool(&c->params, 0, false);
    j.vectors = lun_param_bool(&c->params, 1, true);
    j.s = f.out[0].data;
    j.u = f.out[1].data;
    j.info = f.out[2].data;
    size_t work = symmetric_work(&j) + (j.vectors ? 0 : lun_scratch_size(j.bytes));
    return lun_lapack_run(&f, c->in[0], work, (j.vectors ? 9 : 2) * cube(j.n, j.n), eigh_one, &j);
}

/* ---- singular values ---- */

static const char *svd_kind(const job *j) { return !j->vectors ? "N" : j->full ? "A" : "S"; }

static size_t svd_work(job *j)
{
    double answer = 0;
    int query = -1, info, iwork, m = j->n > 1 ? j->n : 1, n = j->m > 1 ? j->m : 1, least = m < n ? m : n, ldvt = j->full ? n : least;
    j->la->gesdd(svd_kind(j), &m, &n, &answer, &m, &answer, &answer, &m, &answer, &ldvt, &answer, &query, &iwork, &info, 1);
    j->lwork = lun_lapack_asked(j->type, &answer);
    return lun_scratch_size(j->bytes) + lun_scratch_size((size_t)j->lwork * j->size) + lun_scratch_size(8 * (size_t)least * sizeof(int));
}

static int svd(const job *j, const char *x, char *u, char *s, char *v, char *scratch)
{
    int info = 0, lwork = j->lwork, ldu = j->left > 1 ? j->left : 1;
    if (!lun_all_finite(j->type, x, j->bytes / j->size)) return -1;
    void *a = lun_scratch(&scratch, j->bytes), *work = lun_scratch(&scratch, (size_t)lwork * j->size), *iwork = scratch;
    memcpy(a, x, j->bytes);
    j->la->gesdd(svd_kind(j), &j->n, &j->m, a, &j->n, s, v, &j->n, u, &ldu, work, &lwork, iwork, &info, 1);
    return info;
}

static void identity(const job *j, char *x, int n)
{
    fill(j, x, (int64_t)n * n, 0);
    for (int64_t i = 0; i < n; i++) lun_float_put(j->type, x, i * n + i, 1);
}

static void svd_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    char *u = j->vectors ? j->u + (size_t)i * (size_t)j->m * (size_t)j->left * j->size : NULL;
    char *v = j->vectors ? j->v + (size_t)i * (size_t)j->right * (size_t)j->n * j->size : NULL;
    char *s = j->s + (size_t)i * (size_t)j->k * j->size;
    j->info[i] = 0;
    if (!j->k && j->full && j->vectors) {
        identity(j, u, j->m);
        identity(j, v, j->n);
    }
    if (!j->k) return;
    j->info[i] = svd(j, j->a + (size_t)i * j->bytes, u, s, v, scratch);
    if (!j->info[i]) return;
    fill(j, s, j->k, NAN);
    if (!j->vectors) return;
    fill(j, u, (int64_t)j->m * j->left, NAN);
    fill(j, v, (int64_t)j->right * j->n, NAN);
}

/* svd_parts(x, full, vectors) -> U, S, Vh, info */
bool lun_cpu_svd(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.full = lun_param_bool(&c->params, 0, true);
    j.vectors = lun_param_bool(&c->params, 1, true);
    if (j.full) {
        j.left = j.m;
        j.right = j.n;
    }
    j.u = f.out[0].data;
    j.s = f.out[1].data;
    j.v = f.out[2].data;
    j.info = f.out[3].data;
    size_t work = j.k ? svd_work(&j) : 0;
    return lun_lapack_run(&f, c->in[0], work, (j.vectors ? 20 : 4) * cube(j.m, j.n), svd_one, &j);
}

/* ---- pseudo-inverse ---- */

/* Rows of `vectors` (n elements each) divided by their value, or cleared when it is not above the tolerance. */
static void invert_rows(const job *j, int64_t i, int64_t count, int64_t n, const char *values, const char *from, char *to)
{
    double largest = 0;
    for (int64_t k = 0; k < count; k++) largest = fmax(largest, fabs(lun_float_at(j->type, values, k)));
    double cut = fmax(lun_float_at(j->type, j->atol, i), lun_float_at(j->type, j->rtol, i) * largest);
    for (int64_t k = 0; k < count; k++) {
        double value = lun_float_at(j->type, values, k);
        bool kept = fabs(value) > cut;
        for (int64_t e = k * n; e < (k + 1) * n; e++)
            lun_float_put(j->type, to, e, kept ? lun_float_at(j->type, from, e) / value : 0);
    }
}

static void pinv_one(int64_t i, char *scratch, void *argument)
{
    job *j = argument;
    size_t k = (size_t)j->k, side = j->hermitian ? j->bytes : (size_t)j->m * k * j->size;
    const char *x = j->a + (size_t)i * j->bytes;
    char *out = j->u + (size_t)i * j->bytes;
    char *u = lun_scratch(&scratch, side), *s = lun_scratch(&scratch, k * j->size), *v = lun_scratch(&scratch, k * (size_t)j->n * j->size);
    if (!k) {
        fill(j, out, (int64_t)j->m * j->n, 0);
        return;
    }
    if (j->hermitian) memcpy(u, x, j->bytes);
    if (j->hermitian ? symmetric(j, u, s, scratch) : svd(j, x, u, s, v, scratch)) {
        j->info[i] = 1;
        fill(j, out, (int64_t)j->m * j->n, NAN);
        return;
    }
    invert_rows(j, i, j->k, j->n, s, j->hermitian ? u : v, v);
    lun_matrix left = {v, 1, j->n}, right = j->hermitian ? (lun_matrix){u, j->n, 1} : (lun_matrix){u, 1, j->k};
    if (j->k == 1 || j->n == 1 || j->m == 1) { /* strides that BLAS takes */
        lun_blas_strides(j->n, j->k, &left.row, &left.col);
        lun_blas_strides(j->k, j->m, &right.row, &right.col);
    }
    if (!lun_gemm(j->type, j->n, j->m, j->k, left, right, out, j->m, false)) __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
}

/* pinv_values(x, atol, rtol, hermitian) -> out, info */
bool lun_cpu_pinv(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.hermitian = lun_param_bool(&c->params, 0, false);
    j.vectors = true;
    j.atol = f.in[1].data;
    j.rtol = f.in[2].data;
    j.u = f.out[0].data;
    j.info = f.out[1].data;
    int64_t count = c->out[1]->numel;
    memset(j.info, 0, (size_t)count * sizeof *j.info);
    size_t k = (size_t)j.k, kept = lun_scratch_size(j.hermitian ? j.bytes : (size_t)j.m * k * j.size) + lun_scratch_size(k * j.size) +
                                   lun_scratch_size(k * (size_t)j.n * j.size);
    size_t work = !j.k ? 0 : j.hermitian ? symmetric_work(&j) : svd_work(&j);
    lun_batch b = {.count = count, .scratch = kept + work, .flops = 22 * cube(j.m, j.n), .one = pinv_one, .job = &j};
    return lun_frame_close(&f, lun_batch_run(&b) && !j.stopped);
}
