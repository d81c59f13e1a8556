/* norm_group.c - group_norm and its gradient
 *
 * x is n samples x groups x channels x inner; a group of a sample lies in one run. Each channel's sums of g and g (x - mean) serve the
 * gradient of x and, added over the samples in order, those of weight and bias.
 * Read next: kernels/cpu/norm.c, kernels/cpu/rows.h. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <math.h>

typedef struct job {
    const lun_rows *rows;
    bool wide;
    int64_t size, samples, groups, channels, inner, per_piece; /* channels of a group */
    double eps;
    const char *g, *x, *w, *b;
    char *y, *mean, *invstd;
    double *sums; /* backward: sum of g, of g (x - mean) / std, for each sample and channel */
} job;

static void forward_group(const job *j, int64_t unit)
{
    int64_t n = j->channels * j->inner, first = unit % j->groups * j->channels;
    const char *x = j->x + unit * n * j->size, *w = j->w ? j->w + first * j->size : NULL, *b = j->b ? j->b + first * j->size : NULL;
    char *y = j->y + unit * n * j->size;
    double mean = j->rows->sum(n, x) / (double)n, invstd = 1 / sqrt(j->rows->sum_squares(n, x, mean) / (double)n + j->eps);
    lun_dense_set(j->wide, j->mean, unit, mean);
    lun_dense_set(j->wide, j->invstd, unit, invstd);
    if (j->inner == 1) {
        j->rows->normalise(n, x, mean, invstd, w, b, y);
        return;
    }
    for (int64_t c = 0; c < j->channels; c++)
        j->rows->centre(j->inner, x + c * j->inner * j->size, mean, w ? invstd * lun_dense_get(j->wide, w, c) : invstd,
                        b ? lun_dense_get(j->wide, b, c) : 0, y + c * j->inner * j->size);
}

static void backward_group(const job *j, int64_t unit)
{
    int64_t n = j->channels * j->inner, first = unit % j->groups * j->channels;
    const char *x = j->x + unit * n * j->size, *g = j->g + unit * n * j->size;
    double mean = lun_dense_get(j->wide, j->mean, unit), invstd = lun_dense_get(j->wide, j->invstd, unit);
    double h = 0, hx = 0, *sums = j->sums + 2 * unit * j->channels;
    for (int64_t c = 0; c < j->channels; c++) {
        int64_t at = c * j->inner * j->size;
        double w = j->w ? lun_dense_get(j->wide, j->w, first + c) : 1;
        sums[2 * c] = j->rows->sum(j->inner, g + at);
        sums[2 * c + 1] = invstd * j->rows->dot_centred(j->inner, g + at, x + at, mean);
        h += w * sums[2 * c];
        hx += w * sums[2 * c + 1];
    }
    for (int64_t c = 0; c < j->channels; c++) {
        int64_t at = c * j->inner * j->size;
        j->rows->norm_gradient_run(j->inner, g + at, x + at, mean, invstd, j->w ? lun_dense_get(j->wide, j->w, first + c) : 1, h / (double)n,
                                   hx * invstd / (double)n, j->y + unit * n * j->size + at);
    }
}

static void piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t units = j->samples * j->groups;
    for (int64_t unit = p * j->per_piece; unit < (p + 1) * j->per_piece && unit < units; unit++) {
        if (j->g) backward_group(j, unit);
        else forward_group(j, unit);
    }
}

static void shape_of(job *j, const lun_frame *f, const lun_tensor *x, int64_t groups)
{
    *j = (job){.rows = lun_rows_for(f->type), .wide = f->type == LUN_F64, .size = (int64_t)lun_dtype_size(f->type), .groups = groups};
    j->samples = x->dims[0];
    j->channels = x->dims[1] / groups;
    j->inner = x->numel / (x->dims[0] * x->dims[1]);
    int64_t n = j->channels * j->inner;
    j->per_piece = n > 8192 ? 1 : 8192 / n;
}

static bool run(job *j, double ns)
{
    int64_t units = j->samples * j->groups;
    return lun_parallel((units + j->per_piece - 1) / j->per_piece, piece, j, ns * (double)(units * j->channels * j->inner));
}

bool lun_cpu_group_norm(lun_call *c)
{
    lun_frame f;
    job j;
    if (!lun_frame_open(&f, c)) return false;
    shape_of(&j, &f, c->in[0], lun_param_int(&c->params, 0, 1));
    j.eps = lun_param_float(&c->params, 1, 1e-5);
    j.x = f.in[0].data;
    j.w = f.in[1].data;
    j.b = f.in[2].data;
    j.y = f.out[0].data;
    j.mean = f.out[1].data;
    j.invstd = f.out[2].data;
    return lun_frame_close(&f, run(&j, 0.5));
}

/* Adds the samples' sums up, in order. */
static void add_samples(const job *j, char *dw, char *db)
{
    int64_t all = j->groups * j->channels;
    for (int64_t c = 0; c < all; c++) {
        double sum = 0, product = 0;
        for (int64_t i = 0; i < j->samples; i++) {
            sum += j->sums[2 * (i * all + c)];
            product += j->sums[2 * (i * all + c) + 1];
        }
        lun_dense_set(j->wide, dw, c, product);
        lun_dense_set(j->wide, db, c, sum);
    }
}

bool lun_cpu_group_norm_gradient(lun_call *c)
{
    lun_frame f;
    job j;
    if (!lun_frame_open(&f, c)) return false;
    shape_of(&j, &f, c->in[1], c->in[2]->dims[1]);
    j.g = f.in[0].data;
    j.x = f.in[1].data;
    j.mean = f.in[2].data;
    j.invstd = f.in[3].data;
    j.w = f.in[4].data;
    j.y = f.out[0].data;
    size_t bytes = (size_t)(2 * j.samples * j.groups * j.channels) * sizeof *j.sums;
    j.sums = lun_data_get(bytes);
    bool done = j.sums && run(&j, 0.8);
    if (done) add_samples(&j, f.out[1].data, f.out[2].data);
    if (j.sums) lun_data_put(j.sums, bytes);
    return lun_frame_close(&f, done);
}
