/* orthogonal.cu - QR, products of reflections and least squares by cuSOLVER; on the CPU where it is missing
 *
 * Holds: as kernels/cpu/orthogonal.c, but for the drivers of least squares: gels is a QR, all others take the singular values,
 * which give
 * the same solution of least length. Read next: kernels/cuda/columns.h, core/ops/decompose_orthogonal.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/columns.h"
#include "kernels/cuda/product.h"
#include "kernels/cuda/spectrum.h"

extern "C" {
#include "core/device.h"
#include "core/ops/decompose.h"
#include "core/tape.h"
#include "kernels/cuda/kernels.h"
}

#include <string.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static bool elsewhere(lun_call *c) { return lun_device_fallback(c, lun_tensor_device(c->out[0])); }

/* The upper triangle of m x n matrices by columns, each `step` elements after the one before, as `rows` rows; zeros where
 * there is none. */
template <class T> static __global__ void take_r(int64_t all, int64_t m, int64_t n, int64_t rows, int64_t step,
                                                 const T *columns, T *r)
{
    for (int64_t e = lun_thread<int64_t>(); e < all; e += lun_threads<int64_t>()) {
        const int64_t c = e % n, i = e / n % rows, matrix = e / n / rows;
        r[e] = i <= c && i < m ? columns[matrix * step + c * m + i] : T{};
    }
}

static bool write_r(const lun_tensor *r, lun_tensor *columns, int64_t m, int64_t step)
{
    const int64_t rows = r->dims[r->ndim - 2], n = r->dims[r->ndim - 1];
    return !r->numel || lun_by_number((lun_dtype)r->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_over("take R", take_r<T>, r->numel, r->numel, m, n, rows, step, lun_at<T>(columns), lun_at<T>(r));
    });
}

static lun_tensor *factors_for(const lun_tensor *x, int64_t k)
{
    const int64_t all = lun_matrix_count(x) * k;
    return lun_tensor_empty((lun_dtype)x->dtype, 1, &all, lun_tensor_device(x));
}

extern "C" bool lun_cuda_qr(lun_call *c)
{
    lun_tensor *x = c->in[0], *q = c->out[0], *r = c->out[1];
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], k = least(m, n), count = lun_matrix_count(x);
    const int64_t right = q->ndim > 1 ? q->dims[q->ndim - 1] : 0, wide = right > n ? right : n; /* mode "r" has no Q */
    if (!x->numel) return lun_fill_results(c) && (!right || lun_fill_identity(q));
    if (!lun_solver_takes(LUN_SOLVER_QR, x) || !lun_solver_takes(LUN_SOLVER_QR, r)) return elsewhere(c);
    lun_tensor *a = lun_by_columns(x, wide), *tau = factors_for(x, k);
    if (!a || !tau) return false;
    lun_matrices job = {(lun_dtype)x->dtype, x, count, m, n, lun_data(a), m * wide};
    if (!lun_solver_qr(&job, lun_data(tau)) || !write_r(r, a, m, m * wide)) return false;
    job.n = right;
    return !right || (lun_solver_form_q(&job, k, lun_data(tau), k) && lun_from_columns(q, a, wide));
}

extern "C" bool lun_cuda_geqrf(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1];
    if (!x->numel) return lun_fill_results(c);
    if (!lun_solver_takes(LUN_SOLVER_QR, x)) return elsewhere(c);
    lun_tensor *a = lun_by_columns(x, n);
    if (!a) return false;
    const lun_matrices job = lun_matrices_of(x, a, lun_matrix_count(x), m, n);
    return lun_solver_qr(&job, lun_data(c->out[1])) && lun_from_columns(c->out[0], a, n);
}

extern "C" bool lun_cuda_reflections_product(lun_call *c)
{
    lun_tensor *x = c->in[0], *tau = lun_contiguous(lun_detach(c->in[1]));
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], k = c->in[1]->dims[c->in[1]->ndim - 1];
    if (!x->numel || !k) return lun_fill_identity(c->out[0]);
    if (!lun_solver_takes(LUN_SOLVER_QR, x)) return elsewhere(c);
    lun_tensor *a = lun_by_columns(x, n);
    if (!a || !tau) return false;
    const lun_matrices job = lun_matrices_of(x, a, lun_matrix_count(x), m, n);
    return lun_solver_form_q(&job, k, lun_data(tau), k) && lun_from_columns(c->out[0], a, n);
}

/* ---- least squares ---- */

/* bad[i] becomes -1 where the right side is not finite. */
template <class T> static __global__ void look_at_side(int64_t count, int64_t n, const T *all, int32_t *bad)
{
    for (int64_t i = blockIdx.x; i < count; i += gridDim.x) {
        int found = 0;
        for (int64_t e = threadIdx.x; e < n; e += blockDim.x) found |= !lun_number_finite(all[i * n + e]);
        found = __syncthreads_or(found);
        if (found && !threadIdx.x) bad[i] = -1;
    }
}

/* info: the first 0 on the diagonal of R, from 1; the k x k triangle lies by columns, m apart. */
template <class T> static __global__ void find_zero(int64_t count, int64_t m, int64_t k, int64_t step, const T *columns,
                                                    int32_t *info)
{
    for (int64_t i = lun_thread<int64_t>(); i < count; i += lun_threads<int64_t>()) {
        int64_t at = 0;
        while (at < k && number<T>::size(columns[i * step + at * (m + 1)]) != 0) at++;
        info[i] = at < k ? (int32_t)at + 1 : 0;
    }
}

static bool say_rank(lun_tensor *a, int64_t count, int64_t m, int64_t k, const lun_tensor *info)
{
    return lun_by_number((lun_dtype)a->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_over("find the rank", find_zero<T>, count, count, m, k, a->numel / count, lun_at<T>(a),
                             lun_at<int32_t>(info));
    });
}

static bool look_at_sides(const lun_tensor *b, int64_t count, int32_t *bad)
{
    return !b->numel || lun_by_number((lun_dtype)b->dtype, [&](auto zero) {
        using T = decltype(zero);
        return lun_cuda_launch("look for NaN", look_at_side<T>, lun_blocks(count, 1, LUN_CUDA_GRID), LUN_CUDA_BLOCK, 0, count,
                               b->numel / count, lun_at<T>(b), bad);
    });
}

/* The factored triangle as a tensor: R [*, k, k] out of its columns; or, of a matrix that was turned, R^H. */
static lun_tensor *triangle(const lun_tensor *x, lun_tensor *columns, int64_t m, int64_t k, bool turned)
{
    int64_t dims[LUN_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim - 1] = dims[x->ndim - 2] = k;
    lun_tensor *r = lun_tensor_empty((lun_dtype)x->dtype, x->ndim, dims, lun_tensor_device(x));
    if (!r || !write_r(r, columns, m, m * k)) return NULL;
    if (!turned) return r;
    return lun_launch_conjugate(r) ? lun_transpose(r, -2, -1) : NULL;
}

/* Full rank: A = Q R, or A^H = Q R for a wide one; `a` holds the tall one of the two by columns, and b the right sides. */
static bool by_qr(const lun_tensor *x, lun_tensor *a, lun_tensor *b, bool wide, const lun_tensor *to, const lun_tensor *info)
{
    const int64_t m0 = x->dims[x->ndim - 2], n0 = x->dims[x->ndim - 1], m = wide ? n0 : m0, k = wide ? m0 : n0,
        count = lun_matrix_count(x);
    const int64_t sides = b->dims[b->ndim - 1];
    const lun_matrices job = lun_matrices_of(x, a, count, m, k);
    lun_tensor *tau = factors_for(x, k);
    if (!tau || !lun_solver_qr(&job, lun_data(tau)) || !say_rank(a, count, m, k, info)) return false;
    lun_tensor *r = triangle(x, a, m, k, wide);
    if (!r || !lun_solver_form_q(&job, k, lun_data(tau), k)) return false;
    lun_product p = {};
    p.type = (lun_dtype)x->dtype;
    p.batches = count;
    p.n = sides;
    if (wide) { /* x = Q R^-H b */
        lun_tensor *y = lun_solve_triangle(r, b, false, true, false);
        if (!y || !(y = lun_contiguous(y))) return false;
        p.m = m;
        p.k = k;
        p.a = lun_factor{lun_data(a), 1, m, m * k};
        p.b = lun_factor{lun_data(y), sides, 1, k * sides};
        p.c = lun_data(to);
        p.c_row = sides;
        p.c_batch = m * sides;
        return lun_cuda_product(&p);
    }
    lun_tensor *y = lun_tensor_empty((lun_dtype)x->dtype, to->ndim, to->dims, lun_tensor_device(x)); /* R x = Q^H b */
    if (!y || !lun_launch_conjugate(a)) return false;
    p.m = k;
    p.k = m;
    p.a = lun_factor{lun_data(a), m, 1, m * k};
    p.b = lun_factor{lun_data(b), sides, 1, m * sides};
    p.c = lun_data(y);
    p.c_row = sides;
    p.c_batch = k * sides;
    lun_tensor *solved = lun_cuda_product(&p) ? lun_solve_triangle(r, y, true, true, false) : NULL;
    return solved && lun_cuda_assign(to, solved);
}

static __global__ void spoil_rank(int64_t n, const int32_t *info, int64_t *rank)
{
    for (int64_t i = lun_thread<int64_t>(); i < n; i += lun_threads<int64_t>())
        if (info[i]) rank[i] = 0;
}

/* lstsq_parts(a, b, rcond, driver) -> solution, rank, singular values, info */
extern "C" bool lun_cuda_lstsq(lun_call *c)
{
    lun_tensor *x = lun_detach(c->in[0]), *b = lun_contiguous(lun_detach(c->in[1])), *to = c->out[0], *info = c->out[3];
    if (!x || !b) return false;
    const bool gels = !strcmp(lun_param_string(&c->params, 1, "gelsy"), "gels");
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1], count = lun_matrix_count(x);
    if (!x->numel) return lun_fill_results(c);
    if (!lun_solver_takes(gels ? LUN_SOLVER_QR : LUN_SOLVER_SVD, x)) return elsewhere(c);
    const bool wide = m < n;
    lun_tensor *a = wide ? lun_clone(x) : lun_by_columns(x, n); /* by columns a row-major matrix is the transposed one */
    int32_t *bad = lun_cuda_room<int32_t>(x, count);
    if (!a || !bad || !lun_launch_hide_bad(a, count, bad) || !look_at_sides(b, count, bad)) return false;
    if (gels) {
        if ((wide && !lun_launch_conjugate(a)) || !by_qr(x, a, b, wide, to, info)) return false;
    } else {
        const lun_least_squares job = {x, a, b, to, c->out[1], c->out[2], info, lun_param_float(&c->params, 0, -1)};
        if (!lun_cuda_least_squares(&job)) return false;
    }
    if (!lun_launch_join_info(info, bad) || !lun_launch_spoil(to, info)) return false;
    return gels || lun_cuda_over("say the rank", spoil_rank, c->out[1]->numel, c->out[1]->numel, lun_at<int32_t>(info),
                                 lun_at<int64_t>(c->out[1]));
}
