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
    lun_dtype type, real;
    size_t size, part, bytes; /* of an element, of a real number, of a matrix */
    int m, n, k, left, right; /* m x n, k = the smaller; columns of U, rows of Vh */
    bool vectors, upper, full, hermitian, stopped;
    const char *a;
    char *u, *s, *v; /* results: U, values, Vh (or eigenvectors in u) */
    const char *atol, *rtol;
    int32_t *info;
    int lwork, lrwork, liwork;
} job;

static double cube(int m, int n) { return (double)m * n * (m < n ? m : n); }

static job begin(const lun_frame *f, const lun_tensor *x)
{
    job j = {.type = f->type, .real = lun_dtype_real(f->type), .la = lun_lapack_for(f->type), .a = f->in[0].data};
    j.size = lun_dtype_size(j.type);
    j.part = lun_dtype_size(j.real);
    j.m = (int)x->dims[x->ndim - 2];
    j.n = (int)x->dims[x->ndim - 1];
    j.k = j.left = j.right = j.m < j.n ? j.m : j.n;
    j.bytes = (size_t)j.m * (size_t)j.n * j.size;
    return j;
}

static bool is_complex(const job *j) { return lun_dtype_is_complex(j->type); }

static void fill(lun_dtype type, char *x, int64_t n, double value)
{
    for (int64_t i = 0; i < n; i++) lun_float_put(type, x, i, value);
}

/* ---- symmetric ---- */

static size_t symmetric_work(job *j)
{
    double answer[2] = {0, 0}, real[2] = {0, 0}, unused[2] = {0, 0};
    int query = -1, info, lda = j->n > 1 ? j->n : 1;
    const char *v = j->vectors ? "V" : "N";
    if (is_complex(j))
        j->la->heevd(v, "L", &j->n, unused, &lda, unused, answer, &query, real, &query, &j->liwork, &query, &info, 1, 1);
    else
        j->la->syevd(v, "L", &j->n, unused, &lda, unused, answer, &query, &j->liwork, &query, &info, 1, 1);
    j->lwork = lun_lapack_asked(j->type, answer);
    j->lrwork = is_complex(j) ? lun_lapack_asked(j->real, real) : 0;
    return lun_scratch_size((size_t)j->lwork * j->size) + lun_scratch_size((size_t)j->lrwork * j->part) +
           lun_scratch_size((size_t)j->liwork * sizeof(int));
}

/* a's eigenvectors, one after the other, take its place. A real matrix is its own transpose; of a complex one that is the conjugate,
 * whose vectors would be the conjugates, so it is turned first. */
static int symmetric(const job *j, char *a, char *values, char *scratch)
{
    int info = 0;
    if (!lun_all_finite(j->type, a, j->bytes / j->size)) return -1;
    void *work = lun_scratch(&scratch, (size_t)j->lwork * j->size), *rwork = lun_scratch(&scratch, (size_t)j->lrwork * j->part), *iwork = scratch;
    const char *v = j->vectors ? "V" : "N", *triangle = j->upper != is_complex(j) ? "L" : "U";
    if (is_complex(j)) {
        lun_transpose_square(j->size, j->n, a);
        j->la->heevd(v, triangle, &j->n, a, &j->n, values, work, &j->lwork, rwork, &j->lrwork, iwork, &j->liwork, &info, 1, 1);
    } else {
        j->la->syevd(v, triangle, &j->n, a, &j->n, values, work, &j->lwork, iwork, &j->liwork, &info, 1, 1);
    }
    return info;
}

static void eigh_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    char *values = j->s + (size_t)i * (size_t)j->n * j->part;
    j->info[i] = 0;
    if (!j->n) return;
    char *a = j->vectors ? j->u + (size_t)i * j->bytes : lun_scratch(&scratch, j->bytes);
    memcpy(a, j->a + (size_t)i * j->bytes, j->bytes);
    j->info[i] = symmetric(j, a, values, scratch);
    if (j->info[i]) fill(j->real, values, j->n, NAN);
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
    double answer[2] = {0, 0}, unused[2] = {0, 0};
    int query = -1, info, iwork, m = j->n > 1 ? j->n : 1, n = j->m > 1 ? j->m : 1, least = m < n ? m : n, most = m < n ? n : m;
    int ldvt = j->full ? n : least;
    if (is_complex(j))
        j->la->complex_gesdd(svd_kind(j), &m, &n, unused, &m, unused, unused, &m, unused, &ldvt, answer, &query, unused, &iwork, &info, 1);
    else
        j->la->gesdd(svd_kind(j), &m, &n, unused, &m, unused, unused, &m, unused, &ldvt, answer, &query, &iwork, &info, 1);
    j->lwork = lun_lapack_asked(j->type, answer);
    int rows = 5 * least + 7 > 2 * most + 2 * least + 1 ? 5 * least + 7 : 2 * most + 2 * least + 1; /* as LAPACK's manual has it */
    size_t rwork = is_complex(j) ? (size_t)least * (size_t)rows * j->part : 0;
    return lun_scratch_size(j->bytes) + lun_scratch_size((size_t)j->lwork * j->size) + lun_scratch_size(8 * (size_t)least * sizeof(int)) + rwork;
}

static int svd(const job *j, const char *x, char *u, char *s, char *v, char *scratch)
{
    int info = 0, ldu = j->left > 1 ? j->left : 1;
    if (!lun_all_finite(j->type, x, j->bytes / j->size)) return -1;
    void *a = lun_scratch(&scratch, j->bytes), *work = lun_scratch(&scratch, (size_t)j->lwork * j->size);
    void *iwork = lun_scratch(&scratch, 8 * (size_t)j->k * sizeof(int)), *rwork = scratch;
    memcpy(a, x, j->bytes);
    if (is_complex(j))
        j->la->complex_gesdd(svd_kind(j), &j->n, &j->m, a, &j->n, s, v, &j->n, u, &ldu, work, &j->lwork, rwork, iwork, &info, 1);
    else
        j->la->gesdd(svd_kind(j), &j->n, &j->m, a, &j->n, s, v, &j->n, u, &ldu, work, &j->lwork, iwork, &info, 1);
    return info;
}

static void identity(const job *j, char *x, int n)
{
    fill(j->type, x, (int64_t)n * n, 0);
    for (int64_t i = 0; i < n; i++) lun_float_put(j->type, x, i * n + i, 1);
}

static void svd_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    char *u = j->vectors ? j->u + (size_t)i * (size_t)j->m * (size_t)j->left * j->size : NULL;
    char *v = j->vectors ? j->v + (size_t)i * (size_t)j->right * (size_t)j->n * j->size : NULL;
    char *s = j->s + (size_t)i * (size_t)j->k * j->part;
    j->info[i] = 0;
    if (!j->k && j->full && j->vectors) {
        identity(j, u, j->m);
        identity(j, v, j->n);
    }
    if (!j->k) return;
    j->info[i] = svd(j, j->a + (size_t)i * j->bytes, u, s, v, scratch);
    if (!j->info[i]) return;
    fill(j->real, s, j->k, NAN);
    if (!j->vectors) return;
    fill(j->type, u, (int64_t)j->m * j->left, NAN);
    fill(j->type, v, (int64_t)j->right * j->n, NAN);
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

/* Rows of `vectors` (n numbers each) divided by their value, or cleared when it is not above the tolerance. */
static void invert_rows(const job *j, int64_t i, int64_t count, int64_t n, const char *values, const char *from, char *to)
{
    double largest = 0;
    for (int64_t k = 0; k < count; k++) largest = fmax(largest, fabs(lun_float_at(j->real, values, k)));
    double atol = lun_float_at(j->real, j->atol, i), by_size = lun_float_at(j->real, j->rtol, i) * largest;
    double cut = atol > by_size || atol != atol ? atol : by_size; /* nothing is above a tolerance of NaN */
    for (int64_t k = 0; k < count; k++) {
        double value = lun_float_at(j->real, values, k);
        bool kept = fabs(value) > cut;
        for (int64_t e = k * n; e < (k + 1) * n; e++)
            lun_float_put(j->real, to, e, kept ? lun_float_at(j->real, from, e) / value : 0);
    }
}

static void conjugate(const job *j, char *x, int64_t n)
{
    for (int64_t i = 1; i < 2 * n; i += 2) lun_float_put(j->real, x, i, -lun_float_at(j->real, x, i));
}

/* The Hermitian matrix that x's lower triangle says; the diagonal's imaginary parts do not count. */
static void mirror(const job *j, const char *x, char *to)
{
    int64_t n = j->n;
    for (int64_t r = 0; r < n; r++)
        for (int64_t c = 0; c < n; c++) {
            int64_t from = c > r ? c * n + r : r * n + c, at = 2 * (r * n + c);
            double im = lun_float_at(j->real, x, 2 * from + 1);
            lun_float_put(j->real, to, at, lun_float_at(j->real, x, 2 * from));
            lun_float_put(j->real, to, at + 1, c > r ? -im : c == r ? 0 : im);
        }
}

static void pinv_one(int64_t i, char *scratch, void *argument)
{
    job *j = argument;
    size_t k = (size_t)j->k, side = j->hermitian ? j->bytes : (size_t)j->m * k * j->size;
    const char *x = j->a + (size_t)i * j->bytes;
    char *out = j->u + (size_t)i * j->bytes;
    char *u = lun_scratch(&scratch, side), *s = lun_scratch(&scratch, k * j->part), *v = lun_scratch(&scratch, k * (size_t)j->n * j->size);
    if (!k) {
        fill(j->type, out, (int64_t)j->m * j->n, 0);
        return;
    }
    bool by_values = j->hermitian && !is_complex(j); /* a complex one goes the general way */
    if (by_values) memcpy(u, x, j->bytes);
    else if (j->hermitian) {
        mirror(j, x, u);
        x = u;
    }
    if (by_values ? symmetric(j, u, s, scratch) : svd(j, x, u, s, v, scratch)) {
        j->info[i] = 1;
        fill(j->type, out, (int64_t)j->m * j->n, NAN);
        return;
    }
    invert_rows(j, i, j->k, is_complex(j) ? 2 * j->n : j->n, s, by_values ? u : v, v);
    lun_matrix left = {v, 1, j->n}, right = by_values ? (lun_matrix){u, j->n, 1} : (lun_matrix){u, 1, j->k};
    if (j->k == 1 || j->n == 1 || j->m == 1) { /* strides that BLAS takes */
        lun_blas_strides(j->n, j->k, &left.row, &left.col);
        lun_blas_strides(j->k, j->m, &right.row, &right.col);
    }
    if (!lun_gemm(j->type, j->n, j->m, j->k, left, right, out, j->m, false)) __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
    if (is_complex(j)) conjugate(j, out, (int64_t)j->m * j->n); /* made of the conjugates of V and U */
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
    size_t k = (size_t)j.k, kept = lun_scratch_size(j.hermitian ? j.bytes : (size_t)j.m * k * j.size) + lun_scratch_size(k * j.part) +
                                   lun_scratch_size(k * (size_t)j.n * j.size);
    size_t work = !j.k ? 0 : j.hermitian && !is_complex(&j) ? symmetric_work(&j) : svd_work(&j);
    lun_batch b = {.count = count, .scratch = kept + work, .flops = 22 * cube(j.m, j.n), .one = pinv_one, .job = &j};
    return lun_frame_close(&f, lun_batch_run(&b) && !j.stopped);
}
