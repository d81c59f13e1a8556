/* loss.c - cross_entropy with class numbers, its gradient, nll_loss, label_weights, one_hot
 *
 * x is outer x classes x inner; a sample is a pair (outer, inner) and its label says which class is right. Labels arrive counted
 * from 0, the ignored one as `skip`. Each sample's loss and weight are kept and added in order afterwards. The largest of a
 * sample's scores and the sum of exp(x - largest) stay two numbers: their logsumexp would round the sum away beside large scores.
 * Read next: kernels/cpu/rows.h, core/ops/nn_loss.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/ops/loss.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const lun_rows *rows;
    bool wide;
    int64_t outer, classes, inner, size, blocks, per_piece, skip;
    const char *x, *g, *weight;
    char *to, *most, *sum; /* most, sum: per sample */
    const int64_t *labels;
    double smoothing, weight_sum, total;
    int reduction;
    double *loss, *counted; /* per sample */
} job;

static double class_weight(const job *j, int64_t k) { return j->weight ? lun_dense_get(j->wide, j->weight, k) : 1; }

static void begin(job *j, const lun_frame *f, const lun_tensor *x, int labels_at, int weight_at)
{
    const lun_call *c = f->call;
    int d = x->ndim > 1 ? 1 : 0;
    j->rows = lun_rows_for(f->type);
    j->wide = f->type == LUN_F64;
    j->size = (int64_t)lun_dtype_size(f->type);
    j->outer = d ? x->dims[0] : 1;
    j->classes = x->dims[d];
    j->inner = 1;
    for (int k = d + 1; k < x->ndim; k++) j->inner *= x->dims[k];
    j->blocks = j->inner == 1 ? 1 : (j->inner + LUN_COLUMNS - 1) / LUN_COLUMNS;
    int64_t unit = 1 + j->classes * (j->inner < LUN_COLUMNS ? j->inner : LUN_COLUMNS);
    j->per_piece = unit > 8192 ? 1 : 8192 / unit;
    j->labels = f->in[labels_at].data;
    j->weight = f->in[weight_at].data;
    j->skip = c->ignore >= 1 && c->ignore <= c->bound ? c->ignore - 1 : c->ignore;
    if (!c->ignore) j->skip = -1;
    for (int64_t k = 0; k < j->classes; k++) j->weight_sum += class_weight(j, k);
}

static int64_t pieces(const job *j) { return (j->outer * j->blocks + j->per_piece - 1) / j->per_piece; }
static double work(const job *j) { return (double)(j->outer * j->classes * j->inner) * (j->wide ? 6 : 0.8); }

/* -log softmax of one class, where `rest` is the logarithm of the sum */
static double class_loss(const job *j, int64_t outer, int64_t inner, int64_t k, double most, double rest)
{
    return most - lun_dense_get(j->wide, j->x, (outer * j->classes + k) * j->inner + inner) + rest;
}

static void sample_loss(const job *j, int64_t outer, int64_t inner, double rest)
{
    int64_t s = outer * j->inner + inner, label = j->labels[s];
    double most = lun_dense_get(j->wide, j->most, s), own, all = 0;
    if (rest == INFINITY) lun_dense_set(j->wide, j->sum, s, rest = NAN); /* beside an infinite score no class has a share */
    j->loss[s] = j->counted[s] = 0;
    if (label == j->skip) return;
    j->counted[s] = class_weight(j, label);
    own = j->counted[s] * class_loss(j, outer, inner, label, most, rest);
    for (int64_t k = 0; j->smoothing > 0 && k < j->classes; k++)
        all += class_weight(j, k) * class_loss(j, outer, inner, k, most, rest);
    j->loss[s] = (1 - j->smoothing) * own + j->smoothing / (double)j->classes * all;
}

static void forward_piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t last = (p + 1) * j->per_piece;
    for (int64_t u = p * j->per_piece; u < last && u < j->outer * j->blocks; u++) {
        int64_t outer = u / j->blocks, first = u % j->blocks * LUN_COLUMNS;
        int width = (int)(j->inner - first < LUN_COLUMNS ? j->inner - first : LUN_COLUMNS);
        const char *x = j->x + (outer * j->classes * j->inner + first) * j->size;
        int64_t s = outer * j->inner + first;
        double most, sum, rest[LUN_COLUMNS];
        if (j->inner == 1) {
            sum = j->rows->peak(j->classes, x, &most);
            lun_dense_set(j->wide, j->most, s, most);
            lun_dense_set(j->wide, j->sum, s, sum);
            sample_loss(j, outer, first, log(sum));
            continue;
        }
        j->rows->peak_columns(j->classes, j->inner, width, x, j->most + s * j->size, j->sum + s * j->size, rest);
        for (int i = 0; i < width; i++) sample_loss(j, outer, first + i, lun_dense_get(j->wide, rest, i));
    }
}

/* Losses of samples become the result; adds in order of samples. Returns the sum of the weights counted. */
static double finish(const job *j, char *to)
{
    double sum = 0, total = 0;
    int64_t n = j->outer * j->inner;
    for (int64_t s = 0; s < n; s++) {
        sum += j->loss[s];
        total += j->counted[s];
        if (j->reduction == 0) lun_dense_set(j->wide, to, s, j->loss[s]);
    }
    if (j->reduction) lun_dense_set(j->wide, to, 0, j->reduction == 1 ? sum / total : sum);
    return total;
}

bool lun_cpu_cross_entropy_labels(lun_call *c)
{
    lun_frame f;
    job j = {.smoothing = lun_param_float(&c->params, 2, 0), .reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"))};
    if (!lun_frame_open(&f, c)) return false;
    begin(&j, &f, c->in[0], 1, 2);
    size_t samples = (size_t)c->in[1]->numel;
    j.x = f.in[0].data;
    j.most = f.out[1].data;
    j.sum = j.most + (int64_t)samples * j.size;
    j.loss = lun_data_get(2 * samples * sizeof *j.loss);
    bool done = j.loss != NULL;
    if (done) {
        j.counted = j.loss + samples;
        done = lun_parallel(pieces(&j), forward_piece, &j, work(&j));
        if (done) lun_dense_set(j.wide, f.out[2].data, 0, finish(&j, f.out[0].data));
        lun_data_put(j.loss, 2 * samples * sizeof *j.loss);
    }
    return lun_frame_close(&f, done);
}

/* What the gradient of one sample is multiplied with. */
static double slope(const job *j, int64_t sample)
{
    if (j->labels[sample] == j->skip) return 0;
    if (j->reduction == 0) return lun_dense_get(j->wide, j->g, sample);
    return j->reduction == 1 ? lun_dense_get(j->wide, j->g, 0) / j->total : lun_dense_get(j->wide, j->g, 0);
}

/* dx = slope ((sum of T) softmax - T), where T is what each class counts */
static void sample_gradient(const job *j, int64_t outer, int64_t inner, double a)
{
    int64_t label = j->labels[outer * j->inner + inner], at = outer * j->classes * j->inner + inner;
    if (label == j->skip) return;
    int64_t own = at + label * j->inner;
    lun_dense_set(j->wide, j->to, own, lun_dense_get(j->wide, j->to, own) - a * (1 - j->smoothing) * class_weight(j, label));
    double each = a * j->smoothing / (double)j->classes;
    for (int64_t k = 0; j->smoothing > 0 && k < j->classes; k++)
        lun_dense_set(j->wide, j->to, at + k * j->inner, lun_dense_get(j->wide, j->to, at + k * j->inner) - each * class_weight(j, k));
}

static void backward_piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t last = (p + 1) * j->per_piece;
    double a[LUN_COLUMNS], wide_factor[LUN_COLUMNS];
    float factor[LUN_COLUMNS];
    for (int64_t u = p * j->per_piece; u < last && u < j->outer * j->blocks; u++) {
        int64_t outer = u / j->blocks, first = u % j->blocks * LUN_COLUMNS, s = outer * j->inner + first;
        int width = (int)(j->inner - first < LUN_COLUMNS ? j->inner - first : LUN_COLUMNS);
        int64_t at = (outer * j->classes * j->inner + first) * j->size;
        for (int i = 0; i < width; i++) {
            a[i] = slope(j, s + i);
            double weight = a[i] == 0 ? 0 : class_weight(j, j->labels[s + i]);
            wide_factor[i] = a[i] * ((1 - j->smoothing) * weight + j->smoothing / (double)j->classes * j->weight_sum);
            factor[i] = (float)wide_factor[i];
        }
        if (j->inner == 1)
            j->rows->exp_shifted(j->classes, j->x + at, lun_dense_get(j->wide, j->most, s),
                                 wide_factor[0] / lun_dense_get(j->wide, j->sum, s), j->to + at);
        else
            j->rows->exp_shifted_columns(j->classes, j->inner, width, j->x + at, j->most + s * j->size, j->sum + s * j->size,
                                         j->wide ? (const void *)wide_factor : factor, j->to + at);
        for (int i = 0; i < width; i++) sample_gradient(j, outer, first + i, a[i]);
    }
}

bool lun_cpu_cross_entropy_gradient(lun_call *c)
{
    lun_frame f;
    job j = {.smoothing = lun_param_float(&c->params, 2, 0), .reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"))};
    if (!lun_frame_open(&f, c)) return false;
    begin(&j, &f, c->in[1], 4, 5);
    j.g = f.in[0].data;
    j.x = f.in[1].data;
    j.most = f.in[2].data;
    j.sum = j.most + c->in[4]->numel * j.size;
    j.total = lun_dense_get(j.wide, f.in[3].data, 0);
    j.to = f.out[0].data;
    return lun_frame_close(&f, lun_parallel(pieces(&j), backward_piece, &j, work(&j)));
}

bool lun_cpu_nll_loss(lun_call *c)
{
    lun_frame f;
    job j = {.reduction = lun_nn_reduction(lun_param_string(&c->params, 1, "mean"))};
    if (!lun_frame_open(&f, c)) return false;
    begin(&j, &f, c->in[0], 1, 2);
    j.x = f.in[0].data;
    int64_t samples = c->in[1]->numel;
    j.loss = lun_data_get(2 * (size_t)samples * sizeof *j.loss);
    if (!j.loss) return lun_frame_close(&f, false);
    j.counted = j.loss + samples;
    for (int64_t s = 0; s < samples; s++) {
        int64_t label = j.labels[s];
        j.loss[s] = j.counted[s] = 0;
        if (label == j.skip) continue;
        j.counted[s] = class_weight(&j, label);
        j.loss[s] = -j.counted[s] * lun_dense_get(j.wide, j.x, (s / j.inner * j.classes + label) * j.inner + s % j.inner);
    }
    lun_dense_set(j.wide, f.out[1].data, 0, finish(&j, f.out[0].data));
    lun_data_put(j.loss, 2 * (size_t)samples * sizeof *j.loss);
    return lun_frame_close(&f, true);
}

bool lun_cpu_label_weights(lun_call *c)
{
    lun_frame f;
    job j = {.smoothing = lun_param_float(&c->params, 2, 0)};
    if (!lun_frame_open(&f, c)) return false;
    begin(&j, &f, c->out[0], 0, 1);
    j.to = f.out[0].data;
    memset(j.to, 0, (size_t)(c->out[0]->numel * j.size));
    for (int64_t s = 0; s < j.outer * j.inner; s++) {
        int64_t label = j.labels[s], at = s / j.inner * j.classes * j.inner + s % j.inner;
        if (label == j.skip) continue;
        for (int64_t k = 0; j.smoothing > 0 && k < j.classes; k++)
            lun_dense_set(j.wide, j.to, at + k * j.inner, j.smoothing / (double)j.classes * class_weight(&j, k));
        int64_t own = at + label * j.inner;
        lun_dense_set(j.wide, j.to, own, lun_dense_get(j.wide, j.to, own) + (1 - j.smoothing) * class_weight(&j, label));
    }
    return lun_frame_close(&f, true);
}

bool lun_cpu_one_hot(lun_call *c)
{
    const int64_t *labels = lun_data(c->in[0]);
    int64_t *to = lun_data(c->out[0]), classes = c->bound;
    memset(to, 0, lun_tensor_bytes(c->out[0]));
    for (int64_t i = 0; i < c->in[0]->numel; i++) to[i * classes + labels[i]] = 1;
    return true;
}
