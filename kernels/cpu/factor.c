/* factor.c - LU and Cholesky: factors, determinants, inverses, solutions
 *
 * Where only the factors' use counts (det, solve), the row-major matrix is factored as it lies, which gives the factors of its
 * transpose: A x = b is then solved as the transposed system, and nothing is moved.
 * Holds: a singular matrix is no failure here: `info` says at which diagonal element (from 1), the op decides.
 * Read next: core/ops/decompose_lu.c, kernels/cpu/lapack.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/factor_small.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/lapack.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_lapack *la;
    lun_dtype type;
    size_t size;            /* bytes of an element */
    int m, n, k;            /* the matrices are m x n, with k right sides */
    size_t a_bytes, b_bytes; /* of one matrix, of its right sides */
    const char *a, *b;
    char *out, *lu;
    int32_t *pivots, *info;
    bool left, transposed, unit, upper, flipped, logarithm;
    int lwork, lda;
} job;

static job begin(const lun_frame *f, const lun_tensor *x)
{
    job j = {.type = f->type, .la = lun_lapack_for(f->type), .size = lun_dtype_size(f->type)};
    j.m = (int)x->dims[x->ndim - 2];
    j.n = (int)x->dims[x->ndim - 1];
    j.a_bytes = (size_t)j.m * (size_t)j.n * j.size;
    j.a = f->in[0].data;
    return j;
}

static bool small(const job *j) { return j->n <= LUN_SMALL && !lun_dtype_is_complex(j->type); }
static double cube(int n) { return (double)n * n * n; }

/* ---- factors as such ---- */

static void lu_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    int k = j->m < j->n ? j->m : j->n, info = 0;
    if (k) {
        lun_transpose_matrix(j->size, j->m, j->n, j->a + (size_t)i * j->a_bytes, j->n, scratch, j->m);
        j->la->getrf(&j->m, &j->n, scratch, &j->m, j->pivots + i * k, &info);
        lun_transpose_matrix(j->size, j->n, j->m, scratch, j->m, j->out + (size_t)i * j->a_bytes, j->n);
    }
    j->info[i] = info;
}

/* lu_factor_ex(x) -> LU, pivots, info */
bool lun_cpu_lu_factor(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.out = f.out[0].data;
    j.pivots = f.out[1].data;
    j.info = f.out[2].data;
    return lun_lapack_run(&f, c->in[0], j.a_bytes, cube(j.n), lu_one, &j);
}

/* The factors of the transpose of matrix i, in place of a copy of it. */
static int factor_transpose(const job *j, int64_t i)
{
    int info = 0;
    char *lu = j->lu + (size_t)i * j->a_bytes;
    memcpy(lu, j->a + (size_t)i * j->a_bytes, j->a_bytes);
    if (small(j)) return lun_small_lu(j->type, j->n, lu, j->pivots + i * j->n);
    if (j->n) j->la->getrf(&j->n, &j->n, lu, &j->n, j->pivots + i * j->n, &info);
    return info;
}

typedef struct pair { double re, im; } pair;

static pair diagonal(const job *j, const char *lu, int k)
{
    int64_t at = (int64_t)k * j->n + k;
    if (!lun_dtype_is_complex(j->type)) return (pair){lun_float_at(j->type, lu, at), 0};
    lun_dtype real = lun_dtype_real(j->type);
    return (pair){lun_float_at(real, lu, 2 * at), lun_float_at(real, lu, 2 * at + 1)};
}

static void put(const job *j, char *out, int64_t i, pair v)
{
    if (!lun_dtype_is_complex(j->type)) {
        lun_float_put(j->type, out, i, v.re);
        return;
    }
    lun_float_put(lun_dtype_real(j->type), out, 2 * i, v.re);
    lun_float_put(lun_dtype_real(j->type), out, 2 * i + 1, v.im);
}

/* Without imaginary parts none arises: infinity times an imaginary 0 would be NaN. */
static pair times(pair a, pair b)
{
    if (a.im == 0 && b.im == 0) return (pair){a.re * b.re, 0};
    return (pair){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static pair sign(pair u, double size)
{
    if (size == 0) return u;
    return u.im == 0 && isinf(size) ? (pair){copysign(1, u.re), 0} : (pair){u.re / size, u.im / size};
}

/* The product of the diagonal, or its sign and the sum of its logarithms; in double, rounded once. */
static void det_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    (void)scratch;
    factor_transpose(j, i);
    pair product = {1, 0};
    double sum = 0;
    for (int k = 0; k < j->n; k++) {
        pair u = diagonal(j, j->lu + (size_t)i * j->a_bytes, k);
        double size = u.im == 0 ? fabs(u.re) : hypot(u.re, u.im);
        if (j->pivots[i * j->n + k] != k + 1) u = (pair){-u.re, -u.im};
        product = times(product, j->logarithm ? sign(u, size) : u);
        sum += log(size);
    }
    put(j, j->out, i, product);
    if (j->logarithm) lun_float_put(lun_dtype_real(j->type), (void *)(uintptr_t)j->b, i, sum);
}

/* lu_det(x) -> det, LU of the transpose, pivots; lu_slogdet(x) -> sign, logabsdet, LU, pivots */
bool lun_cpu_lu_det(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.logarithm = c->n_out == 4;
    j.out = f.out[0].data;
    if (j.logarithm) j.b = f.out[1].data;
    j.lu = f.out[j.logarithm ? 2 : 1].data;
    j.pivots = f.out[j.logarithm ? 3 : 2].data;
    return lun_lapack_run(&f, c->in[0], 0, cube(j.n), det_one, &j);
}

/* NaN anywhere in matrix i? LAPACK makes zeros of it here and there. */
static bool has_nan(const job *j, int64_t i)
{
    lun_dtype real = lun_dtype_real(j->type);
    int64_t n = (int64_t)(j->a_bytes / lun_dtype_size(real));
    for (int64_t k = 0; k < n; k++)
        if (isnan(lun_float_at(real, j->a + (size_t)i * j->a_bytes, k))) return true;
    return false;
}

static void inverse_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    int info = factor_transpose(j, i);
    bool lost = info || has_nan(j, i);
    char *out = j->lu + (size_t)i * j->a_bytes;
    if (j->n && !lost) j->la->getri(&j->n, out, &j->n, j->pivots + i * j->n, scratch, &j->lwork, &info);
    for (int64_t k = 0; lost && k < (int64_t)j->n * j->n; k++) put(j, out, k, (pair){NAN, NAN});
    j->info[i] = info;
}

/* inv_ex(x) -> inverse, info, pivots */
bool lun_cpu_inverse(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.lu = f.out[0].data;
    j.info = f.out[1].data;
    j.pivots = f.out[2].data;
    double answer[2] = {0, 0};
    int query = -1, info, least = j.n > 1 ? j.n : 1;
    j.la->getri(&j.n, answer, &least, &query, answer, &query, &info);
    j.lwork = lun_lapack_asked(j.type, answer) > j.n ? lun_lapack_asked(j.type, answer) : j.n;
    return lun_lapack_run(&f, c->in[0], (size_t)j.lwork * j.size, 2 * cube(j.n), inverse_one, &j);
}

/* ---- solutions ---- */

/* x of a x = b (or x a = b) by the factors of a's transpose; `transposed` solves with a's transpose. */
static void substitute(const job *j, int64_t i, char *scratch)
{
    const char *b = j->b + (size_t)i * j->b_bytes;
    char *out = j->out + (size_t)i * j->b_bytes, *columns = j->left && j->k > 1 ? scratch : out;
    int info;
    if (!j->n || !j->k) return;
    if (columns == out) memcpy(out, b, j->b_bytes);
    else lun_transpose_matrix(j->size, j->n, j->k, b, j->k, columns, j->n);
    const char *lu = j->lu + (size_t)i * j->a_bytes;
    const int32_t *pivots = j->pivots + i * j->n;
    bool transposed = j->left != j->transposed;
    if (small(j)) lun_small_substitute(j->type, j->n, j->k, lu, pivots, columns, transposed);
    else j->la->getrs(transposed ? "T" : "N", &j->n, &j->k, lu, &j->n, pivots, columns, &j->n, &info, 1);
    if (columns != out) lun_transpose_matrix(j->size, j->k, j->n, columns, j->n, out, j->k);
}

static void solve_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    j->info[i] = factor_transpose(j, i);
    substitute(j, i, scratch);
}

static void substitute_one(int64_t i, char *scratch, void *argument) { substitute(argument, i, scratch); }

static void right_sides(job *j, const lun_tensor *b, bool left)
{
    j->left = left;
    j->k = (int)b->dims[b->ndim - (left ? 1 : 2)];
    j->b_bytes = (size_t)j->n * (size_t)j->k * j->size;
}

/* solve_factors(a, b, left) -> x, info, LU of the transpose, pivots */
bool lun_cpu_solve(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_lapack_takes(c->in[1]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    right_sides(&j, c->in[1], lun_param_bool(&c->params, 0, true));
    j.b = f.in[1].data;
    j.out = f.out[0].data;
    j.info = f.out[1].data;
    j.lu = f.out[2].data;
    j.pivots = f.out[3].data;
    return lun_lapack_run(&f, c->in[0], j.left ? j.b_bytes : 0, cube(j.n) + 2.0 * j.n * j.n * j.k, solve_one, &j);
}

/* solve_again(LU of the transpose, pivots, b, left, transposed) -> x */
bool lun_cpu_solve_again(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_lapack_takes(c->in[2]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    right_sides(&j, c->in[2], lun_param_bool(&c->params, 0, true));
    j.transposed = lun_param_bool(&c->params, 1, false);
    j.lu = f.in[0].data;
    j.pivots = f.in[1].data;
    j.b = f.in[2].data;
    j.out = f.out[0].data;
    return lun_lapack_run(&f, c->in[0], j.left ? j.b_bytes : 0, 2.0 * j.n * j.n * j.k, substitute_one, &j);
}

/* A row-major triangle seen from Fortran is the other triangle, and its side the other side: nothing is moved. */
static void triangle_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    const double d[2] = {1, 0};
    const float s[2] = {1, 0};
    (void)scratch;
    char *out = j->out + (size_t)i * j->b_bytes;
    memcpy(out, j->b + (size_t)i * j->b_bytes, j->b_bytes);
    if (!j->n || !j->k) return;
    bool lower = j->upper != j->flipped;
    int rows = j->left ? j->k : j->n, cols = j->left ? j->n : j->k;
    j->la->trsm(j->left ? "R" : "L", lower ? "L" : "U", j->flipped ? "T" : "N", j->unit ? "U" : "N", &rows, &cols,
                lun_dtype_real(j->type) == LUN_F64 ? (const void *)d : (const void *)s, j->a + (size_t)i * j->a_bytes, &j->lda, out, &rows,
                1, 1, 1, 1);
}

/* Is x the transpose of a row-major batch? Then it can be read as it lies. */
static bool lies_flipped(const lun_tensor *x)
{
    lun_tensor y = *x;
    int64_t n = x->dims[x->ndim - 1];
    y.strides[x->ndim - 2] = x->strides[x->ndim - 1];
    y.strides[x->ndim - 1] = x->strides[x->ndim - 2];
    return n > 1 && lun_is_contiguous(&y);
}

/* solve_triangle(a, b, upper, left, unitriangular) -> x */
bool lun_cpu_solve_triangle(lun_call *c)
{
    lun_frame f;
    const lun_tensor *x = c->in[0];
    bool flipped = lies_flipped(x);
    if (!lun_lapack_takes(x) || !lun_lapack_takes(c->in[1]) || !lun_frame_open_but(&f, c, flipped)) return false;
    job j = begin(&f, x);
    if (flipped) j.a = lun_data(x);
    j.flipped = flipped;
    j.lda = j.n > 1 ? j.n : 1;
    j.upper = lun_param_bool(&c->params, 0, true);
    right_sides(&j, c->in[1], lun_param_bool(&c->params, 1, true));
    j.unit = lun_param_bool(&c->params, 2, false);
    j.b = f.in[1].data;
    j.out = f.out[0].data;
    return lun_lapack_run(&f, x, 0, (double)j.n * j.n * j.k, triangle_one, &j);
}

static int small_cholesky(const job *j, char *out)
{
    if (j->upper) lun_transpose_square(j->size, j->n, out);
    int info = lun_small_cholesky(j->type, j->n, out);
    if (j->upper) lun_transpose_square(j->size, j->n, out);
    return info;
}

static void cholesky_one(int64_t i, char *scratch, void *argument)
{
    const job *j = argument;
    int info = 0;
    char *out = j->out + (size_t)i * j->a_bytes;
    (void)scratch;
    memcpy(out, j->a + (size_t)i * j->a_bytes, j->a_bytes);
    if (small(j)) {
        j->info[i] = small_cholesky(j, out);
        return;
    }
    if (j->n) j->la->potrf(j->upper ? "L" : "U", &j->n, out, &j->n, &info, 1);
    size_t n = (size_t)j->n;
    for (size_t r = 0; r < n; r++) {
        if (j->upper) memset(out + r * n * j->size, 0, r * j->size);
        else memset(out + (r * n + r + 1) * j->size, 0, (n - r - 1) * j->size);
    }
    j->info[i] = info;
}

/* cholesky_ex(x, upper) -> L, info */
bool lun_cpu_cholesky(lun_call *c)
{
    lun_frame f;
    if (!lun_lapack_takes(c->in[0]) || !lun_frame_open(&f, c)) return false;
    job j = begin(&f, c->in[0]);
    j.upper = lun_param_bool(&c->params, 0, false);
    j.out = f.out[0].data;
    j.info = f.out[1].data;
    return lun_lapack_run(&f, c->in[0], 0, cube(j.n) / 3, cholesky_one, &j);
}

/* pivot_order(pivots, rows): which row each row of P^T A is; pivots are exchanges, one after the other */
bool lun_cpu_pivot_order(lun_call *c)
{
    const lun_tensor *pivots = c->in[0];
    int64_t k = pivots->dims[pivots->ndim - 1], m = lun_param_int(&c->params, 0, k);
    const int64_t *p = lun_data(pivots);
    int64_t *order = lun_data(c->out[0]), count = lun_shape_numel(pivots->ndim - 1, pivots->dims);
    for (int64_t i = 0; i < count; i++, p += k, order += m) {
        for (int64_t r = 0; r < m; r++) order[r] = r;
        for (int64_t r = 0; r < k && r < m; r++) {
            int64_t keep = order[r];
            order[r] = order[p[r]];
            order[p[r]] = keep;
        }
    }
    return true;
}
