/* spectrum.cu - eigenvalues, singular values and pseudo-inverses by cuSOLVER; on the CPU where it is missing
 *
 * cuSOLVER wants at least as many rows as columns. A wide row-major matrix is, by columns, its tall transpose: A' = U' S Vh'
 * gives
 * A = Vh'^T S U'^T, so only strides change.
 * Holds: as kernels/cpu/spectrum.c and eig.c. Vectors are unique up to a factor of size 1, which may be another one than on
 * the CPU.
 * Read next: kernels/cuda/columns.h, core/ops/decompose_spectrum.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/spectrum.h"
#include "kernels/cuda/columns.h"
#include "kernels/cuda/product.h"

extern "C" {
#include "core/device.h"
#include "core/tape.h"
#include "kernels/cuda/kernels.h"
}

#include <float.h>

static bool elsewhere(lun_call *c) { return lun_device_fallback(c, lun_tensor_device(c->out[0])); }

/* ---- symmetric ---- */

/* Eigenvalues into `values`, eigenvectors (vectors) in the place of `a`, by columns; info says what failed, or was not finite. */
static bool symmetric(const lun_tensor *x, lun_tensor *a, bool upper, bool vectors, const lun_tensor *values,
                      const lun_tensor *info)
{
    const int64_t n = x->dims[x->ndim - 1], count = lun_matrix_count(x);
    int32_t *bad = lun_cuda_room<int32_t>(x, count);
    const lun_matrices job = lun_matrices_of(x, a, count, n, n);
    return bad && lun_launch_hide_bad(a, count, bad) && lun_solver_symmetric(&job, vectors, !upper, lun_data(values),
                                                                             lun_at<int32_t>(info)) &&
           lun_launch_join_info(info, bad);
}

/* eigh_parts(x, upper, vectors) -> values, vectors, info */
extern "C" bool lun_cuda_eigh(lun_call *c)
{
    lun_tensor *x = c->in[0], *values = c->out[0], *v = c->out[1], *info = c->out[2];
    const bool upper = lun_param_bool(&c->params, 0, false), vectors = lun_param_bool(&c->params, 1, true);
    const int64_t n = x->dims[x->ndim - 1];
    if (!x->numel) return lun_fill_results(c);
    if (!lun_solver_takes(LUN_SOLVER_SYMMETRIC, x)) return elsewhere(c);
    lun_tensor *a = lun_by_columns(x, n);
    return a && symmetric(x, a, upper, vectors, values, info) && lun_launch_spoil(values, info) &&
           (!vectors || (lun_from_columns(v, a, n) && lun_launch_spoil(v, info)));
}

/* ---- singular values ---- */

struct singular {
    lun_tensor *u, *vh, *s; /* memory; s: row-major */
    lun_factor of_u, of_vh; /* how U (m x k or more columns) and Vh lie in it */
};

static lun_factor transposed(const lun_factor &f) { return lun_factor{f.data, f.col, f.row, f.batch}; }

static lun_tensor *list_of(lun_dtype type, const lun_tensor *like, int64_t n)
{
    return lun_tensor_empty(type, 1, &n, lun_tensor_device(like));
}

/* Of x's matrices, whose memory `a` is: by columns, or as it lies when there are fewer rows than columns. Nothing in `a` is
 * NaN. */
static bool find_singular(const lun_tensor *x, lun_tensor *a, bool full, bool vectors, int32_t *info, singular *to)
{
    const int64_t rows = x->dims[x->ndim - 2], columns = x->dims[x->ndim - 1], count = lun_matrix_count(x);
    const bool wide = rows < columns;
    const int64_t m = wide ? columns : rows, n = wide ? rows : columns;
    const lun_dtype type = (lun_dtype)x->dtype;
    const bool small = count > 1 && m <= LUN_SOLVER_SMALL;
    const int64_t left = full || small ? m : n, each = vectors ? count : 0;
    const lun_matrices job = lun_matrices_of(x, a, count, m, n);
    lun_tensor *u = list_of(type, x, each * m * left), *v = list_of(type, x, each * n * n);
    to->s = list_of(lun_dtype_real(type), x, count * n);
    if (!u || !v || !to->s) return false;
    void *du = vectors ? lun_data(u) : NULL, *dv = vectors ? lun_data(v) : NULL;
    const char kind = !vectors ? 'N' : full ? 'A' : 'S';
    if (small ? !lun_solver_svd_small(&job, vectors, du, lun_data(to->s), dv, info)
              : !lun_solver_svd(&job, kind, du, lun_data(to->s), dv, info)) return false;
    if (small && vectors && !lun_launch_conjugate(v)) return false;
    lun_factor fu = {du, 1, m, m * left}, fv = {dv, small ? n : 1, small ? 1 : n, n * n};
    to->u = wide ? v : u;
    to->vh = wide ? u : v;
    to->of_u = wide ? transposed(fv) : fu;
    to->of_vh = wide ? transposed(fu) : fv;
    return true;
}

static bool write_matrix(const lun_tensor *to, lun_tensor *memory, const lun_factor &f)
{
    lun_tensor *from = lun_strided_view(memory, to, to->dims[to->ndim - 2], to->dims[to->ndim - 1], f.row, f.col, f.batch);
    return from && lun_cuda_assign(to, from);
}

static lun_tensor *memory_of(lun_tensor *x)
{
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1];
    x = lun_detach(x);
    return m < n ? lun_clone(x) : x ? lun_by_columns(x, n) : NULL;
}

/* svd_parts(x, full, vectors) -> U, S, Vh, info */
extern "C" bool lun_cuda_svd(lun_call *c)
{
    lun_tensor *x = c->in[0], *u = c->out[0], *s = c->out[1], *vh = c->out[2], *info = c->out[3];
    const bool full = lun_param_bool(&c->params, 0, true), vectors = lun_param_bool(&c->params, 1, true);
    if (!x->numel) return lun_fill_results(c) && (!vectors || !full || (lun_fill_identity(u) && lun_fill_identity(vh)));
    if (!lun_solver_takes(LUN_SOLVER_SVD, x)) return elsewhere(c);
    const int64_t count = lun_matrix_count(x);
    int32_t *bad = lun_cuda_room<int32_t>(x, count);
    lun_tensor *a = memory_of(x);
    singular found;
    if (!bad || !a || !lun_launch_hide_bad(a, count, bad) ||
        !find_singular(x, a, full, vectors, lun_at<int32_t>(info), &found) || !lun_launch_join_info(info, bad)) return false;
    lun_tensor *values = lun_tensor_as(found.s, s->ndim, s->dims, s->strides, 0);
    if (!values || !lun_cuda_assign(s, values) || !lun_launch_spoil(s, info)) return false;
    return !vectors || (write_matrix(u, found.u, found.of_u) && write_matrix(vh, found.vh, found.of_vh) &&
                        lun_launch_spoil(u, info) && lun_launch_spoil(vh, info));
}

/* ---- what is made of singular values ---- */

/* Which values of a matrix are not 0: those above the larger of atol and rtol times the largest. Without lists: rtol is the
 * same for all. */
struct tolerance {
    const void *atol, *rtol;
    double share;
};

template <class R> static __device__ double cut_of(const tolerance &t, int64_t i, int64_t k, const R *values)
{
    double largest = 0;
    for (int64_t e = 0; e < k; e++) largest = fmax(largest, fabs((double)values[i * k + e]));
    const double atol = t.atol ? (double)((const R *)t.atol)[i] : 0, share = t.rtol ? (double)((const R *)t.rtol)[i] : t.share;
    const double by_size = share * largest;
    return atol > by_size || atol != atol ? atol : by_size; /* nothing is above a tolerance of NaN */
}

/* A block for each matrix: row e of `rows` (n parts of numbers; part (e, c) at e row + c col) over value e, or 0. rank: how
 * many values count. */
template <class R> static __global__ void invert_rows(int64_t count, int64_t k, int64_t n, int64_t parts, int64_t row,
    int64_t col, int64_t step, tolerance t, const R *values, const R *from, R *to, int64_t *rank)
{
    for (int64_t i = blockIdx.x; i < count; i += gridDim.x) {
        const double cut = cut_of<R>(t, i, k, values);
        for (int64_t e = threadIdx.x; e < k * n * parts; e += blockDim.x) {
            const int64_t r = e / (n * parts), c = e % (n * parts) / parts, part = e % parts;
            const R value = values[i * k + r];
            to[i * k * n * parts + e] = fabs((double)value) > cut ? from[(i * step + r * row + c * col) * parts + part] / value
                : 0;
        }
        if (rank && !threadIdx.x) {
            int64_t all = 0;
            for (int64_t e = 0; e < k; e++) all += fabs((double)values[i * k + e]) > cut;
            rank[i] = all;
        }
    }
}

/* k x n row-major matrices of f's rows over the values. */
static bool over_values(lun_dtype type, int64_t count, int64_t k, int64_t n, const tolerance &t, const lun_tensor *values,
                        const lun_factor &f, lun_tensor *to, int64_t *rank)
{
    const int64_t parts = lun_dtype_is_complex(type) ? 2 : 1;
    return lun_by_float(lun_dtype_real(type), [&](auto tag) {
        using R = typename decltype(tag)::type;
        if constexpr (sizeof(R) >= 4)
            return lun_cuda_launch("divide by values", invert_rows<R>, lun_blocks(count, 1, LUN_CUDA_GRID), LUN_CUDA_BLOCK, 0,
                count, k, n, parts, f.row, f.col, f.batch, t, lun_at<R>(values), (const R *)f.data, lun_at<R>(to), rank);
        else return lun_no_such_kernel(type);
    });
}

static lun_product product_of(lun_dtype type, int64_t count, int64_t m, int64_t n, int64_t k, const lun_factor &a,
                              const lun_factor &b, void *to)
{
    lun_product p = {};
    p.type = type;
    p.batches = count;
    p.m = m;
    p.n = n;
    p.k = k;
    p.a = a;
    p.b = b;
    p.c = to;
    p.c_row = n;
    p.c_batch = m * n;
    return p;
}

static __global__ void only_one(int64_t n, int32_t *info)
{
    for (int64_t i = lun_thread<int64_t>(); i < n; i += lun_threads<int64_t>()) info[i] = info[i] != 0;
}

/* The conjugate of the pseudo-inverse is Vh^T S^+ U^T; of a Hermitian matrix with A = V D V^H it is conj(V) D^+ V^T. */
static bool inverted(const lun_tensor *x, bool hermitian, const tolerance &t, const lun_tensor *to, const lun_tensor *info)
{
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], k = m < n ? m : n, count = lun_matrix_count(x);
    const lun_dtype type = (lun_dtype)x->dtype;
    lun_tensor *a = hermitian ? lun_by_columns(x, n) : memory_of(const_cast<lun_tensor *>(x)), *v = list_of(type, x,
        count * k * n);
    int32_t *bad = lun_cuda_room<int32_t>(x, count);
    lun_factor rows, other;
    lun_tensor *values;
    if (!a || !v || !bad) return false;
    if (hermitian) {
        values = list_of(lun_dtype_real(type), x, count * n);
        if (!values || !symmetric(x, a, false, true, values, info)) return false;
        rows = lun_factor{lun_data(a), n, 1, n * n}; /* V^T, as V lies by columns */
        other = transposed(rows);
    } else {
        singular found;
        if (!lun_launch_hide_bad(a, count, bad) || !find_singular(x, a, false, true, lun_at<int32_t>(info), &found) ||
            !lun_launch_join_info(info, bad))
            return false;
        values = found.s;
        rows = found.of_vh;
        other = transposed(found.of_u);
    }
    if (!over_values(type, count, k, n, t, values, rows, v, NULL)) return false;
    const lun_factor over = {lun_data(v), n, 1, k * n};
    if (hermitian && !lun_launch_conjugate(a)) return false;
    const lun_product p = hermitian ? product_of(type, count, n, n, n, other, over, lun_data(to))
                                    : product_of(type, count, n, m, k, transposed(over), other, lun_data(to));
    return lun_cuda_product(&p) && lun_launch_conjugate(to);
}

/* pinv_parts(x, atol, rtol, hermitian) -> out, info */
extern "C" bool lun_cuda_pinv(lun_call *c)
{
    lun_tensor *x = c->in[0], *to = c->out[0], *info = c->out[1];
    const bool hermitian = lun_param_bool(&c->params, 0, false);
    const lun_dtype real = lun_dtype_real((lun_dtype)x->dtype);
    if (!x->numel) return lun_fill_results(c);
    if (!lun_solver_takes(hermitian ? LUN_SOLVER_SYMMETRIC : LUN_SOLVER_SVD, x)) return elsewhere(c);
    const lun_tensor *atol = lun_cuda_dense(c->in[1], real), *rtol = lun_cuda_dense(c->in[2], real);
    if (!atol || !rtol) return false;
    const tolerance t = {lun_data(atol), lun_data(rtol), 0};
    return inverted(x, hermitian, t, to, info) && lun_launch_spoil(to, info) &&
           lun_cuda_over("say what failed", only_one, info->numel, info->numel, lun_at<int32_t>(info));
}

/* conj(x) = Vh^T S^+ (U^T conj(b)) */
bool lun_cuda_least_squares(const lun_least_squares *j)
{
    const lun_tensor *x = j->x;
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], k = m < n ? m : n, count = lun_matrix_count(x),
        sides = j->b->dims[j->b->ndim - 1];
    const lun_dtype type = (lun_dtype)x->dtype, real = lun_dtype_real(type);
    const tolerance t = {NULL, NULL, j->rcond >= 0 ? j->rcond : real == LUN_F64 ? DBL_EPSILON : (double)FLT_EPSILON};
    lun_tensor *b = lun_dtype_is_complex(type) ? lun_clone(j->b) : j->b, *y = list_of(type, x, count * k * sides),
        *over = list_of(type, x, count * k * sides);
    singular found;
    if (!b || !y || !over || !lun_launch_conjugate(b) || !find_singular(x, j->a, false, true, lun_at<int32_t>(j->info),
                                                                        &found)) return false;
    const lun_factor of_y = {lun_data(y), sides, 1, k * sides}, of_over = {lun_data(over), sides, 1, k * sides};
    const lun_product first = product_of(type, count, k, sides, m, transposed(found.of_u), lun_factor{lun_data(b), sides, 1,
        m * sides}, lun_data(y));
    const lun_product second = product_of(type, count, n, sides, k, transposed(found.of_vh), of_over, lun_data(j->to));
    if (!lun_cuda_product(&first) || !over_values(type, count, k, sides, t, found.s, of_y, over, lun_at<int64_t>(j->rank)) ||
        !lun_cuda_product(&second) || !lun_launch_conjugate(j->to)) return false;
    if (!j->values->numel) return true;
    lun_tensor *values = lun_tensor_as(found.s, j->values->ndim, j->values->dims, j->values->strides, 0);
    return values && lun_cuda_assign(j->values, values);
}

/* ---- any matrix ---- */

/* Real matrices: values and vectors as complex numbers. The second of a pair of values has the conjugate of the first one's
 * vector. */
template <class R, class C> static __global__ void join_parts(int64_t count, int64_t n, const R *parts, const R *columns,
                                                              C *values, C *vectors)
{
    const int64_t all = count * n * n;
    for (int64_t e = lun_thread<int64_t>(); e < all; e += lun_threads<int64_t>()) {
        const int64_t i = e / (n * n), r = e / n % n, c = e % n, first = parts[i * 2 * n + n + c] < 0 && c ? c - 1 : c;
        const R sign = parts[i * 2 * n + n + c];
        if (!r) values[i * n + c] = C{parts[i * 2 * n + c], sign};
        if (!vectors) continue;
        const R re = columns[(i * n + first) * n + r], im = sign == 0 || first + 1 == n ? 0
            : columns[(i * n + first + 1) * n + r];
        vectors[e] = C{re, sign < 0 ? -im : im};
    }
}

template <class R, class C> static bool join(const lun_tensor *x, const lun_tensor *parts, const lun_tensor *columns,
                                             const lun_call *c)
{
    const bool vectors = columns != NULL;
    return lun_cuda_over("join parts", join_parts<R, C>, x->numel, lun_matrix_count(x), x->dims[x->ndim - 1], lun_at<R>(parts),
        vectors ? lun_at<R>(columns) : (const R *)NULL, lun_at<C>(c->out[0]), vectors ? lun_at<C>(c->out[1]) : (C *)NULL);
}

/* eig_parts(x, vectors) -> values, vectors, info */
extern "C" bool lun_cuda_eig(lun_call *c)
{
    lun_tensor *x = c->in[0], *info = c->out[2];
    const lun_dtype type = (lun_dtype)x->dtype;
    const bool vectors = lun_param_bool(&c->params, 0, true), complex = lun_dtype_is_complex(type);
    const int64_t n = x->dims[x->ndim - 1], count = lun_matrix_count(x);
    if (!x->numel) return lun_fill_results(c);
    if (!lun_solver_takes(LUN_SOLVER_EIG, x)) return elsewhere(c);
    int32_t *bad = lun_cuda_room<int32_t>(x, count);
    lun_tensor *a = lun_by_columns(x, n), *columns = list_of(type, x, vectors ? count * n * n : 0);
    lun_tensor *values = complex ? c->out[0] : list_of(type, x, count * 2 * n);
    if (!bad || !a || !columns || !values || !lun_launch_hide_bad(a, count, bad)) return false;
    const lun_matrices job = lun_matrices_of(x, a, count, n, n);
    if (!lun_solver_eig(&job, lun_data(values), vectors ? lun_data(columns) : NULL, lun_at<int32_t>(info)) ||
        !lun_launch_join_info(info, bad))
        return false;
    const lun_tensor *given = vectors ? columns : NULL;
    const bool joined = complex ? !vectors || lun_from_columns(c->out[1], columns, n)
                        : type == LUN_F64 ? join<double, lun_c128>(x, values, given, c) : join<float, lun_c64>(x, values, given,
                            c);
    return joined && lun_launch_spoil(c->out[0], info) && (!vectors || lun_launch_spoil(c->out[1], info));
}
