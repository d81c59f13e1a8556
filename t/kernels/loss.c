/* loss.c - softmax, logsumexp and the losses against their formulas, gradients of both orders
 *
 * Read next: kernels/cpu/loss.c. SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"
#include "core/op_id.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>
#include <string.h>

static const lun_device cpu = {LUN_CPU, 0};

/* ---- softmax and its kin ---- */

static int64_t along = -1;
static lun_tensor *soft(lun_tensor **x) { return lun_softmax(x[0], along); }
static lun_tensor *log_soft(lun_tensor **x) { return lun_log_softmax(x[0], along); }

static lun_tensor *logsumexp(lun_tensor *x, int n, const int64_t *dims, bool keepdim)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_logsumexp));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, n, dims);
    lun_params_bool(&c.params, keepdim);
    return lun_apply1(&c);
}
static lun_tensor *all_summed(lun_tensor **x) { return logsumexp(x[0], 2, (int64_t[]){0, 2}, false); }

/* exp(x) / sum of exp(x) by the definition, in double */
static lun_tensor *defined(lun_tensor *x, int64_t dim, bool logarithm)
{
    lun_tensor *y = lun_tensor_empty(LUN_F64, x->ndim, x->dims, cpu);
    int64_t inner = 1, n = x->dims[dim];
    for (int d = (int)dim + 1; d < x->ndim; d++) inner *= x->dims[d];
    for (int64_t i = 0; i < x->numel; i++) {
        double sum = 0, most = -INFINITY;
        int64_t first = i / (n * inner) * n * inner + i % inner;
        for (int64_t k = 0; k < n; k++) most = fmax(most, lun_get_double(x, first + k * inner));
        for (int64_t k = 0; k < n; k++) sum += exp(lun_get_double(x, first + k * inner) - most);
        double v = lun_get_double(x, i) - most;
        lun_set_double(y, i, logarithm ? v - log(sum) : exp(v) / sum);
    }
    return y;
}

static void softmaxes(void)
{
    static const struct { lun_dtype t; double tolerance; } types[] = {{LUN_F32, 2e-6}, {LUN_F64, 1e-14}, {LUN_F16, 5e-3}, {LUN_BF16, 5e-2}};
    for (int k = 0; k < 4; k++)
        for (int d = 0; d < 3; d++) {
            lun_tensor *x = random_tensor(types[k].t, 3, (int64_t[]){5, 33, 71}, -9, 9), *y = lun_softmax(x, d);
            ok(distance(y, defined(x, d, false)) <= types[k].tolerance, "softmax of dim %d in %s", d, lun_dtypes[types[k].t].name);
            ok(distance(lun_log_softmax(x, d - 3), defined(x, d, true)) <= 20 * types[k].tolerance, "log_softmax");
            near(distance(lun_softmax(strided(x, 0, 2), d), y), 0, 0, "the same of a strided one");
        }
    lun_tensor *x = random_tensor(LUN_F64, 3, (int64_t[]){2, 3, 4}, -2, 2);
    for (along = 0; along < 3; along++) {
        gradcheck("softmax", soft, 1, &x, along != 1);
        gradcheck("log_softmax", log_soft, 1, &x, along != 1);
    }
    gradcheck("logsumexp", all_summed, 1, &x, true);
    lun_tensor *l = logsumexp(x, 1, (int64_t[]){1}, true), *want = lun_log(lun_sum(lun_exp(x), 1, (int64_t[]){1}, true));
    near(distance(l, want), 0, 1e-14, "logsumexp keeps the dim");
    near(lun_get_double(logsumexp(lun_full(1, (int64_t[]){3}, 1000, LUN_F32, cpu), 1, (int64_t[]){0}, false), 0), 1000 + log(3), 1e-6, "no overflow");
    near(lun_get_double(logsumexp(lun_full(1, (int64_t[]){3}, -INFINITY, LUN_F32, cpu), 1, (int64_t[]){0}, false), 0), -INFINITY, 0, "all -inf");
    near(lun_get_double(lun_softmax(lun_tensor_number(3, LUN_F32), 0), 0), 1, 0, "softmax of a 0-d tensor");
    ok(!lun_softmax(x, 3), "dim 4 of 3 is refused: %s", lun_error_get()->message);
    lun_error_clear();
}

/* ---- cross_entropy and nll_loss ---- */

typedef struct setting { const char *reduction; int64_t ignore; double smoothing; bool weighted; } setting;
static setting now = {"mean", -100, 0, false};
static lun_tensor *labels, *weight, *probabilities;

static lun_tensor *loss(lun_op_id id, lun_tensor *x, lun_tensor *target)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    lun_call_input(&c, x);
    lun_call_input(&c, target);
    lun_call_input(&c, now.weighted ? weight : LUN_NONE);
    lun_params_int(&c.params, now.ignore);
    lun_params_string(&c.params, now.reduction);
    if (id == LUN_OP_cross_entropy) lun_params_float(&c.params, now.smoothing);
    return lun_apply1(&c);
}
static lun_tensor *entropy(lun_tensor **x) { return loss(LUN_OP_cross_entropy, x[0], labels); }
static lun_tensor *likelihood(lun_tensor **x) { return loss(LUN_OP_nll_loss, x[0], labels); }
static lun_tensor *soft_entropy(lun_tensor **x) { return loss(LUN_OP_cross_entropy, x[0], probabilities); }

/* PyTorch's formula, sample by sample; x is [n, classes, inner]. */
static double formula(lun_tensor *x, bool logarithms, int64_t sample, double *counted)
{
    int64_t classes = x->dims[1], inner = x->numel / x->dims[0] / classes, label = lun_get_integer(labels, sample);
    lun_tensor *l = logarithms ? x : defined(x, 1, true);
    double own = 0, smooth = 0;
    *counted = 0;
    if (label == now.ignore) return 0;
    for (int64_t k = 0; k < classes; k++) {
        double w = now.weighted ? lun_get_double(weight, k) : 1;
        double v = lun_get_double(l, (sample / inner * classes + k) * inner + sample % inner);
        if (k == label - 1) {
            own = -w * v;
            *counted = w;
        }
        smooth -= w * v;
    }
    return logarithms ? own : (1 - now.smoothing) * own + now.smoothing / (double)classes * smooth;
}

static void check_loss(lun_op_id id, lun_tensor *x, double tolerance)
{
    lun_tensor *y = loss(id, x, labels);
    double sum = 0, total = 0, worst = y ? 0 : INFINITY, counted;
    bool none = !strcmp(now.reduction, "none");
    for (int64_t s = 0; y && s < labels->numel; s++) {
        double v = formula(x, id == LUN_OP_nll_loss, s, &counted);
        if (none) worst = fmax(worst, fabs(v - lun_get_double(y, s)));
        sum += v;
        total += counted;
    }
    if (y && !none) worst = fabs(lun_get_double(y, 0) - (!strcmp(now.reduction, "mean") ? sum / total : sum));
    if (lun_failed()) note("%s", lun_error_get()->message);
    ok(worst <= tolerance, "%s in %s, %s, ignore %d, smoothing %g, %s (off by %.2g)", lun_op_at((int)id)->name, lun_dtypes[x->dtype].name,
       now.reduction, (int)now.ignore, now.smoothing, now.weighted ? "weighted" : "plain", worst);
}

static void set_labels(int ndim, const int64_t *dims, int64_t classes)
{
    labels = lun_tensor_empty(LUN_I64, ndim, dims, cpu);
    for (int64_t i = 0; i < labels->numel; i++) lun_set_integer(labels, i, now.ignore < 0 && i == 1 ? now.ignore : 1 + i * 7 % classes);
}

static void cross_entropies(void)
{
    static const setting settings[] = {{"mean", -100, 0, false}, {"sum", -100, 0, true}, {"none", -1, 0, false}, {"mean", 2, 0, true},
                                       {"mean", -100, 0.1, false}, {"sum", 2, 0.2, true}, {"none", -7, 0.3, true}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        now = settings[i];
        weight = random_tensor(LUN_F64, 1, (int64_t[]){5}, 0.5, 2);
        set_labels(1, (int64_t[]){6}, 5);
        lun_tensor *x = random_tensor(LUN_F64, 2, (int64_t[]){6, 5}, -3, 3), *deep = random_tensor(LUN_F64, 3, (int64_t[]){2, 5, 70}, -3, 3);
        check_loss(LUN_OP_cross_entropy, x, 1e-13);
        check_loss(LUN_OP_nll_loss, x, 1e-13);
        gradcheck("cross_entropy", entropy, 1, &x, true);
        if (now.smoothing == 0) gradcheck("nll_loss", likelihood, 1, &x, true);
        set_labels(2, (int64_t[]){2, 70}, 5);
        check_loss(LUN_OP_cross_entropy, deep, 1e-11);
        check_loss(LUN_OP_nll_loss, deep, 1e-11);
        weight = lun_to_dtype(weight, LUN_F32);
        check_loss(LUN_OP_cross_entropy, strided(lun_to_dtype(deep, LUN_F32), 1, 2), 1e-4);
        set_labels(2, (int64_t[]){2, 3}, 5);
        lun_tensor *small = random_tensor(LUN_F64, 3, (int64_t[]){2, 5, 3}, -3, 3);
        weight = lun_to_dtype(weight, LUN_F64);
        gradcheck("cross_entropy of more dims", entropy, 1, &small, i > 3);
    }
}

static void by_probabilities(void)
{
    lun_tensor *x = random_tensor(LUN_F64, 2, (int64_t[]){4, 3}, -2, 2);
    now = (setting){"mean", -100, 0, false};
    probabilities = lun_softmax(random_tensor(LUN_F64, 2, (int64_t[]){4, 3}, -1, 1), 1);
    double want = -lun_get_double(lun_sum(lun_mul(probabilities, defined(x, 1, true)), 0, NULL, false), 0) / 4;
    near(lun_get_double(soft_entropy(&x), 0), want, 1e-13, "cross_entropy with probabilities");
    gradcheck("it", soft_entropy, 1, &x, true);
    labels = lun_tensor_copy_of((int64_t[]){2, 1, 3, 3}, LUN_I64, 1, (int64_t[]){4});
    probabilities = lun_tensor_empty(LUN_F64, 2, x->dims, cpu);
    for (int i = 0; i < 12; i++) lun_set_double(probabilities, i, lun_get_integer(labels, i / 3) == i % 3 + 1);
    now.smoothing = 0.25;
    near(distance(soft_entropy(&x), entropy(&x)), 0, 1e-13, "probabilities 0 and 1 are labels, also with smoothing");
}

static void refusals(void)
{
    now = (setting){"mean", -100, 0, false};
    lun_tensor *x = random_tensor(LUN_F32, 2, (int64_t[]){3, 4}, -1, 1);
    labels = lun_tensor_copy_of((int64_t[]){1, 5, 2}, LUN_I64, 1, (int64_t[]){3});
    ok(!entropy(&x), "label 5 of 4: %s", lun_error_get()->message);
    lun_error_clear();
    lun_set_integer(labels, 1, 0);
    ok(!entropy(&x), "label 0: %s", lun_error_get()->message);
    lun_error_clear();
    labels = lun_tensor_copy_of((int64_t[]){1, 2}, LUN_I64, 1, (int64_t[]){2});
    ok(!entropy(&x), "too few labels: %s", lun_error_get()->message);
    lun_error_clear();
    now.reduction = "average";
    ok(!entropy(&x), "an unknown reduction: %s", lun_error_get()->message);
    lun_error_clear();
}

/* ---- losses by element ---- */

static lun_tensor *pairwise(lun_op_id id, lun_tensor **x, int n)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at((int)id));
    for (int i = 0; i < n; i++) lun_call_input(&c, x[i]);
    return lun_apply1(&c);
}
static lun_tensor *mse(lun_tensor **x) { return pairwise(LUN_OP_mse_loss, x, 2); }
static lun_tensor *l1(lun_tensor **x) { return pairwise(LUN_OP_l1_loss, x, 2); }
static lun_tensor *smooth(lun_tensor **x) { return pairwise(LUN_OP_smooth_l1_loss, x, 2); }
static lun_tensor *binary(lun_tensor **x) { return pairwise(LUN_OP_binary_cross_entropy_with_logits, (lun_tensor *[]){x[0], x[1], LUN_NONE, LUN_NONE}, 4); }
static lun_tensor *binary_weighted(lun_tensor **x) { return pairwise(LUN_OP_binary_cross_entropy_with_logits, (lun_tensor *[]){x[0], x[1], x[2], x[3]}, 4); }

static void elementwise(void)
{
    lun_tensor *x = random_tensor(LUN_F64, 2, (int64_t[]){3, 4}, -3, 3), *t = random_tensor(LUN_F64, 2, (int64_t[]){3, 4}, 0, 1);
    lun_tensor *w = random_tensor(LUN_F64, 2, (int64_t[]){3, 4}, 0, 1), *p = random_tensor(LUN_F64, 1, (int64_t[]){4}, 0.5, 2), *in[] = {x, t, w, p};
    double squares = 0, sizes = 0, bent = 0, logistic = 0, weighted = 0;
    for (int i = 0; i < 12; i++) {
        double a = lun_get_double(x, i), b = lun_get_double(t, i), d = fabs(a - b), s = 1 / (1 + exp(-a));
        squares += d * d / 12;
        sizes += d / 12;
        bent += (d < 1 ? 0.5 * d * d : d - 0.5) / 12;
        logistic -= (b * log(s) + (1 - b) * log(1 - s)) / 12;
        weighted -= lun_get_double(w, i) * (lun_get_double(p, i % 4) * b * log(s) + (1 - b) * log(1 - s)) / 12;
    }
    near(lun_get_double(mse(in), 0), squares, 1e-13, "mse_loss");
    near(lun_get_double(l1(in), 0), sizes, 1e-13, "l1_loss");
    near(lun_get_double(smooth(in), 0), bent, 1e-13, "smooth_l1_loss");
    near(lun_get_double(binary(in), 0), logistic, 1e-13, "bce_with_logits");
    near(lun_get_double(binary_weighted(in), 0), weighted, 1e-13, "bce_with_logits, weighted");
    gradcheck("mse_loss", mse, 2, in, true);
    gradcheck("l1_loss", l1, 2, in, false);
    gradcheck("smooth_l1_loss", smooth, 2, in, true);
    gradcheck("bce_with_logits", binary, 2, in, true);
    gradcheck("bce_with_logits, weighted", binary_weighted, 2, in, true);
    lun_tensor *far[2] = {lun_full(1, (int64_t[]){1}, -500, LUN_F32, cpu), lun_full(1, (int64_t[]){1}, 1, LUN_F32, cpu)};
    near(lun_get_double(binary(far), 0), 500, 1e-6, "no overflow far out");
    lun_tensor *misfit[2] = {random_tensor(LUN_F32, 2, (int64_t[]){3, 1}, 0, 1), random_tensor(LUN_F32, 1, (int64_t[]){3}, 0, 1)};
    ok(!mse(misfit), "[3,1] against [3] is refused: %s", lun_error_get()->message);
    lun_error_clear();
}

int main(void)
{
    if (!lun_start()) return 1;
    softmaxes();
    cross_entropies();
    by_probabilities();
    refusals();
    elementwise();
    return done_testing();
}
