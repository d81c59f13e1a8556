/* fft.c - rules of Fourier transforms: lengths, factors, dims one after the other, gradients
 *
 * Holds: whatever the row, the work is done by fft_c2c, fft_r2c and fft_c2r along one dim; the adjoint of each is made of them too, so
 * derivatives of any order follow. Read next: core/ops/fft.def, core/ops/fft_frames.c, kernels/cpu/fft.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/ops/fft.h"

#include "core/functional.h"
#include "core/infer.h"
#include "core/ops/fft_along.h"
#include "core/tape.h"

#include <math.h>
#include <string.h>


/* ---- the three transforms ---- */

bool lun_infer_fft(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    lun_dtype t = (lun_dtype)x->dtype;
    int64_t dims[LUN_MAX_DIMS], n = lun_param_int(&c->params, 0, 1);
    int dim = lun_param_dim(c, 1, x->ndim);
    if (dim < 0) return false;
    memcpy(dims, x->dims, sizeof dims);
    dims[dim] = c->op->id == LUN_OP_fft_r2c ? n / 2 + 1 : n;
    lun_result(c, 0, c->op->id == LUN_OP_fft_c2r ? lun_dtype_real(t) : lun_dtype_complex(t), x->ndim, dims);
    return true;
}

lun_tensor *lun_fft_along(lun_op_id id, lun_tensor *x, int64_t n, int64_t dim, bool inverse, double scale)
{
    lun_call c;
    if (!x) return NULL;
    if (id == LUN_OP_fft_r2c && lun_is_complex(x)) return lun_fail(LUN_E_DTYPE, "lun.fft.fft takes complex tensors", "a real tensor is needed");
    if (id != LUN_OP_fft_r2c) x = lun_to_dtype(x, lun_dtype_complex((lun_dtype)x->dtype));
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_params_int(&c.params, n);
    lun_params_int(&c.params, dim);
    lun_params_bool(&c.params, inverse);
    lun_params_float(&c.params, scale);
    return lun_apply1(&c);
}

/* g cut off or filled with zeros to n positions. */
static lun_tensor *fit(lun_tensor *g, int dim, int64_t n)
{
    if (!g || g->dims[dim] == n) return g;
    if (g->dims[dim] > n) return lun_narrow(g, dim, 0, n);
    int64_t pad[2 * LUN_MAX_DIMS] = {0};
    pad[2 * (g->ndim - 1 - dim) + 1] = n - g->dims[dim];
    return lun_pad(g, 2 * (g->ndim - dim), pad, 0);
}

/* How often each coefficient of half a spectrum stands in the whole one: 1 2 2 ... (1). */
static lun_tensor *multiplicity(const lun_tensor *g, int dim, int64_t n)
{
    int64_t dims[LUN_MAX_DIMS], half = n / 2 + 1;
    for (int d = 0; d < g->ndim; d++) dims[d] = d == dim ? half : 1;
    lun_tensor *m = lun_tensor_empty(lun_dtype_real((lun_dtype)g->dtype), g->ndim, dims, lun_tensor_device(g));
    for (int64_t k = 0; m && k < half; k++) lun_set_double(m, k, k == 0 || 2 * k == n ? 1 : 2);
    return m;
}

void lun_vjp_fft(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    int64_t points = lun_param_int(n->params, 0, 1);
    int dim = lun_dim_normalize(lun_param_int(n->params, 1, 0), n->in_spec[0].ndim);
    bool inverse = lun_param_bool(n->params, 2, false);
    double scale = lun_param_float(n->params, 3, 1);
    lun_tensor *back;
    if (n->op->id == LUN_OP_fft_c2c) back = lun_fft_along(LUN_OP_fft_c2c, g[0], points, dim, !inverse, scale);
    else if (n->op->id == LUN_OP_fft_r2c) back = lun_call1(LUN_OP_real, lun_fft_along(LUN_OP_fft_c2c, g[0], points, dim, true, scale));
    else back = lun_mul(lun_fft_along(LUN_OP_fft_r2c, g[0], points, dim, false, scale), multiplicity(g[0], dim, points));
    dx[0] = fit(back, dim, n->in_spec[0].dims[dim]);
}

/* ---- which transform a row is ---- */

typedef struct transform {
    lun_op_id last;       /* along the (last) dim */
    bool inverse;         /* the sign of the exponent and the factor */
    bool conjugate_in, conjugate_out;
} transform;

static transform transform_of(const lun_op *op)
{
    const char *name = op->name + strlen("fft_");
    bool i = name[0] == 'i' && name[1] != 'r', ir = name[0] == 'i' && name[1] == 'r';
    char kind = name[i || ir];
    if (kind == 'r') return ir ? (transform){LUN_OP_fft_c2r, true, false, false} : (transform){LUN_OP_fft_r2c, false, false, false};
    if (kind == 'h') return i ? (transform){LUN_OP_fft_r2c, true, false, true} : (transform){LUN_OP_fft_c2r, false, true, false};
    return (transform){LUN_OP_fft_c2c, i, false, false};
}

static bool read_norm(const lun_call *c, int k, const char **norm)
{
    *norm = lun_param_string(&c->params, k, "backward");
    return !strcmp(*norm, "backward") || !strcmp(*norm, "ortho") || !strcmp(*norm, "forward") ||
           lun_fail(LUN_E_ARGUMENT, "\"backward\", \"ortho\" or \"forward\"", "no norm \"%s\"", *norm);
}

static double factor(const char *norm, bool inverse, int64_t n)
{
    if (norm[0] == 'o') return 1 / sqrt((double)n);
    return (norm[0] == 'b') == inverse ? 1.0 / (double)n : 1;
}

/* The tensor as a transform takes it: whole numbers as float32; half precision is refused, as in PyTorch. */
static lun_tensor *read_input(const lun_call *c, const transform *t)
{
    lun_tensor *x = c->in[0];
    if (!lun_dtype_has_gradient((lun_dtype)x->dtype)) x = lun_to_dtype(x, LUN_F32);
    return t->conjugate_in ? lun_conj(x) : x;
}

static bool enough(int64_t n)
{
    return n >= 1 || lun_fail(LUN_E_ARGUMENT, "leave n out for the size of the dim", "a transform of %lld points is none", (long long)n);
}

static lun_tensor *last_transform(const transform *t, lun_tensor *x, int64_t n, int64_t dim, const char *norm)
{
    lun_tensor *y = lun_fft_along(t->last, x, n, dim, t->last == LUN_OP_fft_c2c && t->inverse, factor(norm, t->inverse, n));
    return t->conjugate_out ? lun_conj(y) : y;
}

bool lun_compose_fft(lun_call *c)
{
    transform t = transform_of(c->op);
    const char *norm;
    lun_tensor *x = read_input(c, &t);
    if (!x || !read_norm(c, 2, &norm)) return false;
    if (!x->ndim) return lun_fail(LUN_E_SHAPE, "x:reshape(1)", "a 0-d tensor has no dim to transform"), false;
    int dim = lun_param_dim(c, 1, x->ndim);
    if (dim < 0) return false;
    int64_t n = lun_param_int(&c->params, 0, t.last == LUN_OP_fft_c2r ? 2 * (x->dims[dim] - 1) : x->dims[dim]);
    return enough(n) && lun_composed(c, last_transform(&t, x, n, dim, norm));
}

/* ---- several dims ---- */

typedef struct region {
    int count;
    int dim[LUN_MAX_DIMS];
    int64_t n[LUN_MAX_DIMS]; /* -1: the dim's own size */
} region;

static bool read_region(const lun_call *c, const lun_tensor *x, region *r)
{
    const int64_t *sizes, *dims;
    int n_sizes = lun_param_ints(&c->params, 0, &sizes), n_dims = lun_param_ints(&c->params, 1, &dims);
    bool given = lun_param_given(&c->params, 1), sized = lun_param_given(&c->params, 0), two = c->op->name[strlen(c->op->name) - 1] == '2';
    static const int64_t last_two[] = {-2, -1};
    if (!given && two) dims = last_two, n_dims = 2, given = true;
    r->count = given ? n_dims : sized ? n_sizes : x->ndim;
    if (sized && r->count != n_sizes)
        return lun_fail(LUN_E_ARGUMENT, "as many sizes as dims", "%d sizes for %d dims", n_sizes, r->count), false;
    if (r->count > x->ndim)
        return lun_fail(LUN_E_SHAPE, NULL, "%d dims to transform, the tensor has %d", r->count, x->ndim), false;
    uint32_t seen = 0;
    for (int k = 0; k < r->count; k++) {
        int d = given ? lun_dim_normalize(dims[k], x->ndim) : x->ndim - r->count + k;
        if (d < 0) return false;
        if (seen >> d & 1) return lun_fail(LUN_E_ARGUMENT, "each dim once", "dim %d is named twice", d + 1), false;
        seen |= 1U << d;
        r->dim[k] = d;
        r->n[k] = sized ? sizes[k] : -1;
    }
    return true;
}

static int64_t size_of(const region *r, int k, const lun_tensor *x) { return r->n[k] == -1 ? x->dims[r->dim[k]] : r->n[k]; }

bool lun_compose_fft_dims(lun_call *c)
{
    transform t = transform_of(c->op);
    const char *norm;
    region r;
    lun_tensor *x = read_input(c, &t);
    if (!x || !read_norm(c, 2, &norm) || !read_region(c, x, &r)) return false;
    if (!r.count && t.last != LUN_OP_fft_c2c) return lun_fail(LUN_E_ARGUMENT, "name a dim", "at least one dim must be transformed"), false;
    if (!r.count) return lun_composed(c, lun_to_dtype(x, lun_dtype_complex((lun_dtype)x->dtype)));
    int last = r.count - 1;
    bool to_real = t.last == LUN_OP_fft_c2r;
    int64_t n = to_real && r.n[last] == -1 ? 2 * (x->dims[r.dim[last]] - 1) : size_of(&r, last, x);
    for (int k = 0; k < last; k++)
        if (!enough(size_of(&r, k, x))) return false;
    if (!enough(n)) return false;
    if (!to_real) x = last_transform(&t, x, n, r.dim[last], norm);
    for (int k = last - 1; x && k >= 0; k--) { /* hfftn conjugated its input: its other dims go backwards, and forwards is meant */
        int64_t m = size_of(&r, k, x);
        bool inverse = t.conjugate_in ? !t.inverse : t.inverse;
        x = lun_fft_along(LUN_OP_fft_c2c, x, m, r.dim[k], inverse, factor(norm, t.inverse, m));
    }
    if (to_real) x = last_transform(&t, x, n, r.dim[last], norm);
    return lun_composed(c, x);
}

/* ---- order and frequencies ---- */

bool lun_compose_fftshift(lun_call *c)
{
    lun_tensor *x = c->in[0];
    bool back = c->op->id == LUN_OP_fft_ifftshift;
    uint32_t mask;
    int64_t dims[LUN_MAX_DIMS], shifts[LUN_MAX_DIMS];
    int n = 0;
    lun_call roll;
    if (!lun_param_dims(c, 0, x->ndim, &mask)) return false;
    for (int d = 0; d < x->ndim; d++) {
        if (!(mask >> d & 1)) continue;
        dims[n] = d;
        shifts[n++] = back ? -(x->dims[d] / 2) : x->dims[d] / 2;
    }
    if (!n) return lun_composed(c, x);
    lun_call_begin(&roll, lun_op_at(LUN_OP_roll));
    lun_call_input(&roll, x);
    lun_params_ints(&roll.params, n, shifts);
    lun_params_ints(&roll.params, n, dims);
    return lun_composed(c, lun_apply1(&roll));
}

bool lun_compose_fftfreq(lun_call *c)
{
    int64_t n = lun_param_int(&c->params, 0, 0);
    double step = lun_param_float(&c->params, 1, 1);
    lun_dtype t = lun_param_dtype(&c->params, 2, LUN_F32);
    bool half = c->op->id == LUN_OP_fft_rfftfreq;
    if (n < 1) return lun_fail(LUN_E_ARGUMENT, "1 or more points", "%lld points have no frequencies", (long long)n), false;
    if (!lun_dtype_is_float(t)) return lun_fail(LUN_E_DTYPE, "leave dtype out", "frequencies need a float dtype, got %s", lun_dtypes[t].name), false;
    int64_t count = half ? n / 2 + 1 : n;
    lun_tensor *x = lun_tensor_empty(t, 1, &count, (lun_device){LUN_CPU, 0});
    for (int64_t k = 0; x && k < count; k++) lun_set_double(x, k, (double)(half || 2 * k < n ? k : k - n) / ((double)n * step));
    return lun_composed(c, x);
}
