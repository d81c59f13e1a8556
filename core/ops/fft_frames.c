/* fft_frames.c - stft and istft, and the windows they use
 *
 * Frames are a view of the signal (unfold), so the transform reads it once; the way back adds them up with index_add.
 * Read next: core/ops/fft.c. SPDX-License-Identifier: MIT
 */
#include "core/functional.h"
#include "core/hollow.h"
#include "core/infer.h"
#include "core/mix.h"
#include "core/ops/fft.h"
#include "core/ops/fft_along.h"

#include <math.h>
#include <string.h>

typedef struct frames {
    int64_t n_fft, hop, win;
    bool normalized, onesided;
    lun_tensor *window; /* n_fft values, or LUN_NONE */
} frames;

static lun_tensor *pad_last(lun_tensor *x, int64_t before, int64_t after, const char *mode)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_pad));
    lun_call_input(&c, x);
    lun_params_ints(&c.params, 2, (int64_t[]){before, after});
    lun_params_string(&c.params, mode);
    return lun_apply1(&c);
}

/* Sizes and the window, which stands in the middle of a longer frame. */
static bool read_frames(const lun_call *c, frames *f)
{
    lun_tensor *w = c->in[1];
    f->n_fft = lun_param_int(&c->params, 0, 0);
    f->hop = lun_param_int(&c->params, 1, f->n_fft / 4);
    f->win = lun_param_int(&c->params, 2, f->n_fft);
    if (f->n_fft < 1 || f->win < 1 || f->win > f->n_fft)
        return lun_fail(LUN_E_ARGUMENT, "1 <= win_length <= n_fft", "n_fft is %lld, win_length %lld", (long long)f->n_fft, (long long)f->win), false;
    if (f->hop < 1) return lun_fail(LUN_E_ARGUMENT, "hop_length of 1 or more", "hop_length is %lld", (long long)f->hop), false;
    if (!lun_is_none(w) && (w->ndim != 1 || w->dims[0] != f->win)) {
        char text[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, "lun.hann_window(win_length)", "the window %s must have win_length = %lld values", lun_tensor_text(w, text),
                        (long long)f->win), false;
    }
    if (lun_is_none(w) && f->win < f->n_fft) w = lun_full(1, &f->win, 1, lun_dtype_real((lun_dtype)c->in[0]->dtype), lun_tensor_device(c->in[0]));
    int64_t left = (f->n_fft - f->win) / 2;
    f->window = f->win < f->n_fft ? pad_last(w, left, f->n_fft - f->win - left, "constant") : w;
    return f->window != NULL;
}

bool lun_compose_stft(lun_call *c)
{
    lun_tensor *x = c->in[0];
    frames f;
    char text[LUN_SHAPE_TEXT];
    if (x->ndim < 1 || x->ndim > 2)
        return lun_fail(LUN_E_SHAPE, "x:reshape(-1, x:size(-1))", "a signal has one dim, a batch of them two, got %s",
                        lun_tensor_text(x, text)), false;
    if (!read_frames(c, &f)) return false;
    bool complex = lun_is_complex(x) ||
                   (!lun_is_none(f.window) && lun_dtype_is_complex((lun_dtype)f.window->dtype));
    f.onesided = lun_param_bool(&c->params, 6, !complex);
    if (f.onesided && complex)
        return lun_fail(LUN_E_ARGUMENT, "onesided = false", "half a spectrum holds only a real signal"), false;
    if (!lun_param_given(&c->params, 7) && !complex)
        return lun_fail(LUN_E_ARGUMENT, "return_complex = true", "say whether the result is complex (return_complex = true) or its parts"), false;
    bool batch = x->ndim == 2;
    if (lun_param_bool(&c->params, 3, true)) {
        const char *mode = lun_param_string(&c->params, 4, "reflect");
        int64_t half = f.n_fft / 2, length = x->dims[x->ndim - 1];
        if (!strcmp(mode, "reflect") && half >= length)
            return lun_fail(LUN_E_SHAPE, "a smaller n_fft, or center = false",
                            "a \"reflect\" border of n_fft / 2 = %lld does not fit a signal of %lld", (long long)half, (long long)length), false;
        lun_tensor *three = batch ? lun_unsqueeze(x, 0) : lun_unsqueeze(lun_unsqueeze(x, 0), 0);
        three = pad_last(three, half, half, mode);
        x = batch ? lun_squeeze(three, 0) : lun_squeeze(lun_squeeze(three, 0), 0);
    }
    if (!x) return false;
    if (x->dims[x->ndim - 1] < f.n_fft)
        return lun_fail(LUN_E_ARGUMENT, "a smaller n_fft", "n_fft = %lld points of a signal that has %lld", (long long)f.n_fft,
                        (long long)x->dims[x->ndim - 1]), false;
    lun_tensor *y = lun_call_ints(LUN_OP_unfold, x, 3, (int64_t[]){-1, f.n_fft, f.hop});
    if (!lun_is_none(f.window)) y = lun_mul(y, f.window);
    double scale = lun_param_bool(&c->params, 5, false) ? 1 / sqrt((double)f.n_fft) : 1;
    y = lun_fft_along(f.onesided ? LUN_OP_fft_r2c : LUN_OP_fft_c2c, y, f.n_fft, -1, false, scale);
    y = lun_transpose(y, -2, -1);
    if (!lun_param_bool(&c->params, 7, true)) y = lun_call1(LUN_OP_view_as_real, y);
    return lun_composed(c, y);
}

/* frames [b, count, n] added up, `hop` apart: [b, n + hop (count - 1)] */
static lun_tensor *overlap(lun_tensor *x, int64_t hop)
{
    if (!x) return NULL;
    int64_t count = x->dims[1], n = x->dims[2], all = count * n, length = n + hop * (count - 1);
    lun_tensor *at = lun_integers(all);
    int64_t *to = at ? lun_data(at) : NULL;
    for (int64_t i = 0; to && i < all; i++) to[i] = i / n * hop + i % n + 1;
    lun_tensor *zero = lun_full(2, (int64_t[]){x->dims[0], length}, 0, (lun_dtype)x->dtype, lun_tensor_device(x));
    return at && zero ? lun_index_add(zero, 1, at, lun_reshape(x, 2, (int64_t[]){x->dims[0], all})) : NULL;
}

static bool check_spectrum(const lun_call *c, const frames *f)
{
    const lun_tensor *x = c->in[0];
    char text[LUN_SHAPE_TEXT];
    if (!lun_check_taken(c->op, (lun_dtype)x->dtype)) return false;
    int64_t expected = f->onesided ? f->n_fft / 2 + 1 : f->n_fft;
    if (x->ndim < 2 || x->ndim > 3 || x->dims[x->ndim - 2] != expected || !x->dims[x->ndim - 1] || !x->numel)
        return lun_fail(LUN_E_SHAPE, "the result of x:stft(n_fft, ...)", "needs [..., %lld, frames] for n_fft = %lld, got %s", (long long)expected,
                        (long long)f->n_fft, lun_tensor_text(x, text)), false;
    return f->hop <= f->win || lun_fail(LUN_E_ARGUMENT, "a hop_length of at most win_length", "hop_length %lld is more than win_length %lld: nothing "
                                        "is known between the frames", (long long)f->hop, (long long)f->win);
}

/* The signal and the sum of squared windows, cut to the part that was asked for; their quotient. */
static lun_tensor *weighted(const lun_call *c, const frames *f, lun_tensor *sum, lun_tensor *weight)
{
    bool center = lun_param_bool(&c->params, 3, true);
    int64_t all = sum->dims[1], start = center ? f->n_fft / 2 : 0, end = all - start, length = lun_param_int(&c->params, 6, end - start);
    if (length < 0) return lun_fail(LUN_E_ARGUMENT, "leave length out", "length is %lld", (long long)length);
    int64_t known = length < all - start ? length : all - start;
    sum = lun_narrow(sum, 1, start, known);
    weight = lun_narrow(weight, 1, start, known);
    for (int64_t k = 0; weight && !lun_is_hollow(weight) && k < known; k++)
        if (fabs(lun_get_double(weight, k)) < 1e-11)
            return lun_fail(LUN_E_ARGUMENT, "a window without zeros there, or a smaller hop_length", "the windows are 0 together at point %lld",
                            (long long)k + 1);
    lun_tensor *y = lun_div(sum, weight);
    return length > known ? pad_last(y, 0, length - known, "constant") : y;
}

bool lun_compose_istft(lun_call *c)
{
    lun_tensor *x = c->in[0];
    frames f;
    if (!read_frames(c, &f)) return false;
    bool to_complex = lun_param_bool(&c->params, 7, false);
    f.onesided = lun_param_bool(&c->params, 5, !to_complex && (x->ndim < 2 || x->dims[x->ndim - 2] != f.n_fft || f.n_fft == 1));
    if (f.onesided && to_complex)
        return lun_fail(LUN_E_ARGUMENT, "onesided = false", "half a spectrum holds only a real signal"), false;
    if (!check_spectrum(c, &f)) return false;
    lun_dtype real = lun_dtype_real((lun_dtype)x->dtype);
    bool batch = x->ndim == 3;
    int64_t count = x->dims[x->ndim - 1];
    lun_tensor *y = lun_transpose(batch ? x : lun_unsqueeze(x, 0), 1, 2);
    double scale = lun_param_bool(&c->params, 4, false) ? 1 / sqrt((double)f.n_fft) : 1.0 / (double)f.n_fft;
    if (!f.onesided && !to_complex) y = lun_narrow(y, -1, 0, f.n_fft / 2 + 1); /* as in PyTorch: the second half is not looked at */
    y = lun_fft_along(to_complex ? LUN_OP_fft_c2c : LUN_OP_fft_c2r, y, f.n_fft, -1, true, scale);
    lun_tensor *w = lun_is_none(f.window) ? lun_full(1, &f.n_fft, 1, real, lun_tensor_device(x)) : f.window;
    y = overlap(lun_mul(y, w), f.hop);
    lun_tensor *squares = lun_expand(lun_square(w), 3, (int64_t[]){1, count, f.n_fft}), *weight = overlap(squares, f.hop);
    if (!y || !weight) return false;
    y = weighted(c, &f, y, weight);
    return lun_composed(c, batch ? y : lun_squeeze(y, 0));
}

/* ---- windows ---- */

static double bessel_i0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 200 && term > 1e-17 * sum; k++) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* At part t (0..1) of the window. */
static double window_value(int op, double t, double a, double b)
{
    const double turn = 6.283185307179586476925;
    switch (op) {
    case LUN_OP_hann_window: return 0.5 - 0.5 * cos(turn * t);
    case LUN_OP_hamming_window: return a - b * cos(turn * t);
    case LUN_OP_blackman_window: return fmax(0.42 - 0.5 * cos(turn * t) + 0.08 * cos(2 * turn * t), 0);
    case LUN_OP_bartlett_window: return 1 - fabs(2 * t - 1);
    default: return bessel_i0(a * sqrt(fmax(0, 1 - (2 * t - 1) * (2 * t - 1)))) / bessel_i0(a);
    }
}

bool lun_compose_window(lun_call *c)
{
    int64_t n = lun_param_int(&c->params, 0, 0);
    int op = c->op->id, extra = op == LUN_OP_hamming_window ? 2 : op == LUN_OP_kaiser_window ? 1 : 0;
    double a = extra ? lun_param_float(&c->params, 2, 0) : 0, b = extra > 1 ? lun_param_float(&c->params, 3, 0) : 0;
    lun_dtype t = lun_param_dtype(&c->params, 2 + extra, LUN_F32);
    if (n < 0) return lun_fail(LUN_E_ARGUMENT, "0 or more values", "a window of %lld values is none", (long long)n), false;
    if (!lun_dtype_is_float(t)) return lun_fail(LUN_E_DTYPE, "leave dtype out", "a window needs a float dtype, got %s", lun_dtypes[t].name), false;
    int64_t steps = lun_param_bool(&c->params, 1, true) ? n : n - 1;
    lun_tensor *x = lun_tensor_empty(t, 1, &n, (lun_device){LUN_CPU, 0});
    for (int64_t k = 0; x && k < n; k++) lun_set_double(x, k, n == 1 ? 1 : window_value(op, (double)k / (double)steps, a, b));
    return lun_composed(c, x);
}
