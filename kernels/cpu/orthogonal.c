/* orthogonal.c - QR, products of reflections, least squares
 *
 * Holds: LAPACK works on columns, so a matrix is transposed on its way in and out.
 * Read next: core/ops/decompose_orthogonal.c, kernels/cpu/lapack.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/lapack.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_lapack *la;
    lun_dtype type;
    size_t size, a_bytes, b_bytes; /* of an element, of a matrix, of its right sides */
    int m, n, k, right;            /* m x n, k = the smaller (or number of reflections); columns of Q or of the right side */
    int rows;                      /* rows of R */
    const char *a, *b;
    char *q, *r, *tau;
    int32_t *info;
    int64_t *rank;
    char driver; /* 's' gels, 'y', 'd', 'v' gelss */
    double rcond;
    int lwork, liwork, lrwork;
} job;

static job begin(const lun_frame *f, const lun_tensor *x)
{
    job j = {.type = f->type, .la = lun_lapack_for(f->type), .size = lun_dtype_size(f->type), .a = f->in[0].data};
    j.m = (int)x->dims[x->ndim - 2];
    j.n = (int)x->dims[x->ndim - 1];
    j.k = j.m < j.n ? j.m : j.n;
    j.a_bytes = (size_t)j.m * (size_t)j.n * j.size;
    return j;
}

/* The first `columns` columns of Q, where the vectors of its reflections were. */
static void form_q(const job *j, int columns, void *a, const void *tau, void *work, int lwork)
{
    int info, m = j->m > 1 ? j->m : 1;
    (lun_dtype_is_complex(j->type) ? j->la->ungqr : j->la->orgqr)(&j->m, &columns, &j->k, a, &m, tau, work, &lwork, &info);
}

static double work_of_qr(job *j, int columns)
{
    double answer[2] = {0, 0}, more[2] = {0, 0}, unused[2] = {0, 0};
    int query = -1, info, m = j->m > 1 ? j->m : 1;
    j->la->geqrf(&j->m, &j->n, unused, &m, unused, answer, &query, &info);
    form_q(j, columns, unused, unused, more, -1);
    int first = lun_lapack_asked(j->type, answer), second = lun_lapack_asked(j->type, more);
    j->lwork = first > second ? first : second;
    return 4.0 * j->m * (columns > j->n ? columns : j->n) * j->k;
}

/* The columns of a row-major matrix, one after the other. */
static void columns_of(const job *j, const char *from, int r, int c, char *to) { lun_transpose_matrix(j->size, r, c, from, c, to, r); }
static void rows_of(const job *j, const char *from, int r, int c, char *to) { lun_transpose_matrix(j->size, c, r, from, r, to, c); }

/* The upper triangle of what geqrf left, as `rows` rows. */
static void take_r(const job *j, const char *columns, char *r)
{
    memset(r, 0, (size_t)j->rows * (size_t)j->n * j->size);
    for (int64_t c = 0; c < j->n; c++)
        for (int64_t i = 0; i <= c && i < j->rows && i < j->k; i++)
            memcpy(r + (size_t)(i * j->n + c) * j->size, columns + (size_t)(c * j->m + i) * j->size, j->size);
}

static bool is_nan(const job *j, const void *data, int64_t i)
{
    lun_dtype real = lun_dtype_real(j->type);
    return lun_dtype_is_complex(j->type) ? isnan(lun_float_at(real, data, 2 * i)) || isnan(lun_float_at(real, data, 2 * i + 1))
                                         : isnan(lun_float_at(real, data, i));
}

static void fill_nan(const job *j, char *at, int64_t count)
{
    int64_t n = lun_dtype_is_complex(j->type) ? 2 * count : count;
    for (int64_t i = 0; i < n; i++) lun_float_put(lun_dtype_real(j->type), at, i, NAN);
}

/* OpenBLAS takes a factor that is NaN for 0. So here all that the first such reflection touches becomes NaN; its number, or k. */
static int spread_nan(const job *j, char *columns, char *tau)
{
    int first = 0;
    while (first < j->k && !is_nan(j, tau, first)) first++;
    if (first == j->k) return first;
    for (int64_t c = first; c < j->n; c++) fill_nan(j, columns + (size_t)(c * j->m + first) * j->size, j->m - first);
    int longer = j->k < j->m ? j->k : j->m - 1; /* a reflection of one number is none */
    fill_nan(j, tau + (size_t)first * j->size, longer - first);
    return first;
}

static void qr_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    int info, good = 0, wide = j->n > j->right ? j->n : j->right;
    char *columns = lun_scratch(&scratch, (size_t)j->m * (size_t)wide * j->size);
    char *tau = lun_scratch(&scratch, (size_t)j->k * j->size), *work = scratch;
    if (j->k) {
        columns_of(j, j->a + (size_t)i * j->a_bytes, j->m, j->n, columns);
        j->la->geqrf(&j->m, &j->n, columns, &j->m, tau, work, &j->lwork, &info);
        good = spread_nan(j, columns, tau);
    }
    take_r(j, columns, j->r + (size_t)i * (size_t)j->rows * (size_t)j->n * j->size);
    if (!j->right || !j->m) return;
    form_q(j, j->right, columns, tau, work, j->lwork);
    if (good < j->k) fill_nan(j, columns + (size_t)good * (size_t)j->m * j->size, (int64_t)(j->right - good) * j->m);
    rows_of(j, columns, j->m, j->right, j->q + (size_t)i * (size_t)j->m * (size_t)j->right * j->size);
}

/* qr(x, mode) -> Q, R */
bool lun_cpu_qr(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    const lun_tensor *q = c->out[0], *r = c->out[1];
    j.right = q->ndim > 1 ? (int)q->dims[q->ndim - 1] : 0; /* mode "r" has no Q */
    j.rows = (int)r->dims[r->ndim - 2];
    j.q = f.out[0].data;
    j.r = f.out[1].data;
    double flops = work_of_qr(&j, j.right > 0 ? j.right : j.k);
    size_t wide = (size_t)(j.n > j.right ? j.n : j.right);
    size_t scratch = lun_scratch_size((size_t)j.m * wide * j.size) + lun_scratch_size((size_t)j.k * j.size) + (size_t)j.lwork * j.size;
    return lun_lapack_run(&f, c->in[0], scratch, flops, qr_one, &j);
}

static void geqrf_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    int info;
    if (!j->k) return;
    char *columns = lun_scratch(&scratch, j->a_bytes), *tau = j->tau + (size_t)i * (size_t)j->k * j->size;
    columns_of(j, j->a + (size_t)i * j->a_bytes, j->m, j->n, columns);
    j->la->geqrf(&j->m, &j->n, columns, &j->m, tau, scratch, &j->lwork, &info);
    spread_nan(j, columns, tau);
    rows_of(j, columns, j->m, j->n, j->q + (size_t)i * j->a_bytes);
}

/* geqrf(x) -> reflections under R, tau */
bool lun_cpu_geqrf(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.q = f.out[0].data;
    j.tau = f.out[1].data;
    double flops = work_of_qr(&j, j.k);
    return lun_lapack_run(&f, c->in[0], lun_scratch_size(j.a_bytes) + (size_t)j.lwork * j.size, flops, geqrf_one, &j);
}

static void product_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    if (!j->m || !j->n) return;
    void *columns = lun_scratch(&scratch, j->a_bytes);
    columns_of(j, j->a + (size_t)i * j->a_bytes, j->m, j->n, columns);
    form_q(j, j->n, columns, j->b + (size_t)i * (size_t)j->k * j->size, scratch, j->lwork);
    rows_of(j, columns, j->m, j->n, j->q + (size_t)i * j->a_bytes);
}

/* reflections_product(x, tau) -> Q */
bool lun_cpu_reflections_product(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    const lun_tensor *tau = c->in[1];
    j.k = (int)tau->dims[tau->ndim - 1];
    j.b = f.in[1].data;
    j.q = f.out[0].data;
    double flops = work_of_qr(&j, j.n);
    return lun_lapack_run(&f, c->in[0], lun_scratch_size(j.a_bytes) + (size_t)j.lwork * j.size, flops, product_one, &j);
}

/* ---- least squares ---- */

/* Solves for `right` columns in b (as tall as the larger of m and n); with lwork -1 asks how much work space that takes. */
static int least_squares(const job *j, void *a, void *b, void *s, int *jpvt, void *work, int lwork, void *rwork, int *iwork, int *rank)
{
    int info = 0, tall = j->m > j->n ? j->m : j->n;
    float rcond = (float)j->rcond;
    const void *r = lun_dtype_real(j->type) == LUN_F64 ? (const void *)&j->rcond : (const void *)&rcond;
    const lun_lapack *la = j->la;
    bool complex = lun_dtype_is_complex(j->type);
    if (j->driver == 's') la->gels("N", &j->m, &j->n, &j->right, a, &j->m, b, &tall, work, &lwork, &info, 1);
    else if (j->driver == 'y' && complex)
        la->complex_gelsy(&j->m, &j->n, &j->right, a, &j->m, b, &tall, jpvt, r, rank, work, &lwork, rwork, &info);
    else if (j->driver == 'y') la->gelsy(&j->m, &j->n, &j->right, a, &j->m, b, &tall, jpvt, r, rank, work, &lwork, &info);
    else if (j->driver == 'd' && complex)
        la->complex_gelsd(&j->m, &j->n, &j->right, a, &j->m, b, &tall, s, r, rank, work, &lwork, rwork, iwork, &info);
    else if (j->driver == 'd') la->gelsd(&j->m, &j->n, &j->right, a, &j->m, b, &tall, s, r, rank, work, &lwork, iwork, &info);
    else if (complex) la->complex_gelss(&j->m, &j->n, &j->right, a, &j->m, b, &tall, s, r, rank, work, &lwork, rwork, &info);
    else la->gelss(&j->m, &j->n, &j->right, a, &j->m, b, &tall, s, r, rank, work, &lwork, &info);
    return info;
}

static void lstsq_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    int tall = j->m > j->n ? j->m : j->n, rank = j->k;
    const char *x = j->a + (size_t)i * j->a_bytes, *y = j->b + (size_t)i * j->b_bytes;
    char *out = j->q + (size_t)i * (size_t)j->n * (size_t)j->right * j->size;
    char *a = lun_scratch(&scratch, j->a_bytes), *b = lun_scratch(&scratch, (size_t)tall * (size_t)j->right * j->size);
    size_t part = lun_dtype_size(lun_dtype_real(j->type));
    char *s = lun_scratch(&scratch, (size_t)j->k * part);
    int *jpvt = lun_scratch(&scratch, (size_t)j->n * sizeof(int)), *iwork = lun_scratch(&scratch, (size_t)j->liwork * sizeof(int));
    void *rwork = lun_scratch(&scratch, (size_t)j->lrwork * part);
    j->info[i] = 0;
    if (j->k && !(lun_all_finite(j->type, x, j->a_bytes / j->size) && lun_all_finite(j->type, y, j->b_bytes / j->size))) {
        j->info[i] = -1;
        for (int64_t e = 0; e < (int64_t)j->n * j->right; e++) lun_float_put(j->type, out, e, NAN);
        rank = 0;
    } else if (j->k) {
        columns_of(j, x, j->m, j->n, a);
        lun_transpose_matrix(j->size, j->m, j->right, y, j->right, b, tall);
        memset(jpvt, 0, (size_t)j->n * sizeof(int));
        j->info[i] = least_squares(j, a, b, s, jpvt, scratch, j->lwork, rwork, iwork, &rank);
        lun_transpose_matrix(j->size, j->right, j->n, b, tall, out, j->right);
        if (j->tau) memcpy(j->tau + (size_t)i * (size_t)j->k * part, s, (size_t)j->k * part);
    } else {
        memset(out, 0, (size_t)j->n * (size_t)j->right * j->size);
    }
    if (j->rank) j->rank[i] = rank;
}

/* lstsq_parts(a, b, rcond, driver) -> solution, rank, singular values, info */
bool lun_cpu_lstsq(lun_call *c)
{
    lun_frame f;
    const lun_tensor *b = c->in[1];
    if (!lun_lapack_takes(c->in[0]) || !lun_lapack_takes(b) || !lun_lapack_takes(c->out[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    const char *driver = lun_param_string(&c->params, 1, "gelsy");
    j.driver = !strcmp(driver, "gels") ? 's' : !strcmp(driver, "gelss") ? 'v' : driver[4];
    j.rcond = lun_param_float(&c->params, 0, -1);
    j.right = (int)b->dims[b->ndim - 1];
    j.b = f.in[1].data;
    j.b_bytes = (size_t)j.m * (size_t)j.right * j.size;
    j.q = f.out[0].data;
    j.rank = j.driver == 's' ? NULL : f.out[1].data;
    j.tau = j.driver == 'd' || j.driver == 'v' ? f.out[2].data : NULL;
    j.info = f.out[3].data;
    double answer[2] = {0, 0}, real[2] = {0, 0}, unused[2] = {0, 0};
    int rank;
    if (j.k) least_squares(&j, unused, unused, unused, &rank, answer, -1, real, &j.liwork, &rank);
    j.lwork = lun_lapack_asked(j.type, answer);
    int by_driver = j.driver == 'd' ? lun_lapack_asked(lun_dtype_real(j.type), real) : j.driver == 'y' ? 2 * j.n : 5 * j.k;
    j.lrwork = lun_dtype_is_complex(j.type) ? by_driver : 0;
    size_t tall = (size_t)(j.m > j.n ? j.m : j.n);
    size_t scratch = lun_scratch_size(j.a_bytes) + lun_scratch_size(tall * (size_t)j.right * j.size) + lun_scratch_size((size_t)j.k * j.size) +
                     lun_scratch_size((size_t)j.n * sizeof(int)) + lun_scratch_size((size_t)j.liwork * sizeof(int)) +
                     lun_scratch_size((size_t)j.lrwork * j.size) + (size_t)j.lwork * j.size;
    return lun_lapack_run(&f, c->in[0], scratch, 4.0 * j.m * j.n * j.k, lstsq_one, &j);
}
