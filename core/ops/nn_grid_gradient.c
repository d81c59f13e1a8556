/* nn_grid_gradient.c - the gradients of grid_sample from ordinary ops, so that they can be differentiated again
 *
 * Along each dim a grid value g gives a fraction t = slope g + offset between two positions; slope, offset and the positions are
 * constants (they change in steps only), the weights are polynomials of t. For each combination of positions the gradient of x is
 * g times the product of weights, added there; that of the grid has one weight's derivative in the product.
 * Read next: core/ops/grid_axis.h. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/ops/grid_axis.h"
#include "core/shape.h"

#include <string.h>

typedef struct axis {
    lun_tensor *slope, *w[LUN_GRID_TAPS], *dw[LUN_GRID_TAPS]; /* [n, positions] */
} axis;

typedef struct sampling {
    const lun_grid_options *o;
    int n, taps;
    int64_t batch, channels, in, out, size[LUN_SPACE]; /* size: of dim d of x */
    axis along[LUN_SPACE];
    int32_t *at; /* [dims][taps][batch * out], in a tensor's memory */
} sampling;


/* Weights of the four cubic positions as polynomials of t, highest power first. */
static const double cubic[4][4] = {{-0.75, 1.5, -0.75, 0}, {1.25, -2.25, 0, 1}, {-1.25, 1.5, 0.75, 0}, {0.75, -0.75, 0, 0}};

static lun_tensor *polynomial(lun_tensor *t, int n, const double *c)
{
    lun_tensor *y = lun_add(lun_mul(t, lun_number(c[0])), lun_number(c[1]));
    for (int k = 2; k < n; k++) y = lun_add(lun_mul(y, t), lun_number(c[k]));
    return y;
}

static void weights(axis *a, lun_grid_mode mode, lun_tensor *t)
{
    if (mode == LUN_GRID_NEAREST) {
        a->w[0] = lun_ones_like(t);
        a->dw[0] = lun_zeros_like(t);
    } else if (mode == LUN_GRID_BILINEAR) {
        a->w[0] = lun_sub(lun_number(1), t);
        a->w[1] = t;
        a->dw[0] = lun_neg(a->slope);
        a->dw[1] = a->slope;
    } else {
        for (int k = 0; k < 4; k++) {
            double d[3] = {3 * cubic[k][0], 2 * cubic[k][1], cubic[k][2]};
            a->w[k] = polynomial(t, 4, cubic[k]);
            a->dw[k] = lun_mul(polynomial(t, 3, d), a->slope);
        }
    }
}

/* Reads dim d of the grid: positions into s->at, weights as functions of the grid. */
static bool read_axis(sampling *s, int d, lun_tensor *grid)
{
    int64_t dims[2] = {s->batch, s->out}, count = s->batch * s->out;
    lun_tensor *g = lun_on_host(lun_reshape(lun_select(grid, -1, s->n - 1 - d), 2, dims));
    if (!(g = lun_contiguous(g))) return false;
    lun_tensor *slope = lun_tensor_empty((lun_dtype)g->dtype, 2, dims, lun_tensor_device(g)), *offset = lun_zeros_like(slope);
    if (!offset) return false;
    for (int64_t i = 0; i < count; i++) {
        lun_grid_axis a;
        double v = lun_get_double(g, i);
        lun_grid_axis_read(&a, s->o, g->dtype == LUN_F64, v, s->size[d]);
        lun_set_double(slope, i, a.slope);
        lun_set_double(offset, i, a.slope == 0 ? a.t : a.t - a.slope * v);
        for (int k = 0; k < s->taps; k++) s->at[(d * s->taps + k) * count + i] = a.at[k];
    }
    s->along[d].slope = slope;
    weights(&s->along[d], s->o->mode, lun_add(lun_mul(g, slope), offset));
    return true;
}

/* Positions (from 1) in planes of x for one choice of positions along each dim, and 1 where all are inside, else 0. */
static bool choose(const sampling *s, const int *choice, lun_dtype dtype, lun_tensor **index, lun_tensor **inside)
{
    int64_t dims[3] = {s->batch, 1, s->out}, count = s->batch * s->out;
    *index = lun_tensor_empty(LUN_I64, 3, dims, (lun_device){LUN_CPU, 0});
    *inside = lun_tensor_empty(dtype, 2, (int64_t[]){s->batch, s->out}, (lun_device){LUN_CPU, 0});
    if (!*index || !*inside) return false;
    int64_t *at = lun_data(*index);
    for (int64_t i = 0; i < count; i++) {
        int64_t where = 0;
        bool within = true;
        for (int d = 0; d < s->n; d++) {
            int32_t p = s->at[(d * s->taps + choice[d]) * count + i];
            within = within && p >= 0;
            where = where * s->size[d] + p;
        }
        at[i] = within ? where + 1 : 1;
        lun_set_double(*inside, i, within);
    }
    return true;
}

static lun_tensor *add_up(lun_tensor *sum, lun_tensor *x) { return sum ? lun_add(sum, x) : x; }

/* One combination's part: into dx, and into the gradients along each dim. */
static bool add_choice(const sampling *s, const int *choice, lun_tensor *g, lun_tensor *x, lun_tensor **dx, lun_tensor **dgrid)
{
    lun_tensor *index, *inside;
    int64_t full[3] = {s->batch, s->channels, s->out};
    if (!choose(s, choice, (lun_dtype)x->dtype, &index, &inside)) return false;
    lun_tensor *weight = inside, *spread = lun_contiguous(lun_expand(index, 3, full));
    for (int d = 0; d < s->n; d++) weight = lun_mul(weight, s->along[d].w[choice[d]]);
    *dx = lun_scatter_add(*dx, 2, spread, lun_mul(g, lun_unsqueeze(weight, 1)));
    if (s->o->mode == LUN_GRID_NEAREST) return *dx != NULL;
    lun_tensor *value = lun_mul(lun_sum_dim(lun_mul(g, lun_gather_along(x, 2, spread)), 1, false), inside);
    for (int d = 0; d < s->n; d++) {
        lun_tensor *part = lun_mul(value, s->along[d].dw[choice[d]]);
        for (int e = 0; e < s->n; e++)
            if (e != d) part = lun_mul(part, s->along[e].w[choice[e]]);
        dgrid[d] = add_up(dgrid[d], part);
    }
    return dgrid[0] != NULL;
}

static bool all_choices(const sampling *s, lun_tensor *g, lun_tensor *x, lun_tensor **dx, lun_tensor **dgrid)
{
    int total = 1, choice[LUN_SPACE];
    for (int d = 0; d < s->n; d++) total *= s->taps;
    for (int k = 0; k < total; k++) {
        for (int d = 0, rest = k; d < s->n; d++, rest /= s->taps) choice[d] = rest % s->taps;
        if (!add_choice(s, choice, g, x, dx, dgrid)) return false;
    }
    return true;
}

void lun_grid_gradient_by_ops(lun_tensor *g, lun_tensor *x, lun_tensor *grid, const lun_grid_options *o, lun_tensor **dx)
{
    sampling s = {.o = o, .n = x->ndim - 2, .taps = lun_grid_taps(o->mode), .batch = x->dims[0], .channels = x->dims[1], .in = 1, .out = 1};
    lun_tensor *parts[LUN_SPACE] = {NULL, NULL, NULL}, *reversed[LUN_SPACE];
    for (int d = 0; d < s.n; d++) {
        s.size[d] = x->dims[d + 2];
        s.in *= x->dims[d + 2];
        s.out *= g->dims[d + 2];
    }
    int64_t cells = (int64_t)s.n * s.taps * s.batch * s.out, plane[3] = {s.batch, s.channels, s.in}, out[3] = {s.batch, s.channels, s.out};
    lun_tensor *memory = lun_tensor_empty(LUN_I32, 1, &cells, (lun_device){LUN_CPU, 0});
    if (!memory) return;
    s.at = lun_data(memory);
    for (int d = 0; d < s.n; d++)
        if (!read_axis(&s, d, grid)) return;
    lun_tensor *flat = lun_reshape(x, 3, plane), *sum = lun_zeros_like(flat);
    if (!all_choices(&s, lun_reshape(g, 3, out), flat, &sum, parts)) return;
    dx[0] = lun_reshape(sum, x->ndim, x->dims);
    for (int d = 0; d < s.n; d++) reversed[s.n - 1 - d] = parts[d];
    dx[1] = o->mode == LUN_GRID_NEAREST ? lun_zeros_like(grid) : lun_reshape(lun_stack(s.n, reversed, 2), grid->ndim, grid->dims);
}
