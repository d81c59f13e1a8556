/* summary.c - one pass over a tensor in its own dtype, in runs along the last dim
 *
 * Holds: any dtype, any strides; nothing is allocated for a CPU tensor, and a device summarises its own. Read next: core/print.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/summary.h"

#include "core/backend.h"

#include <math.h>
#include <string.h>

enum { RUN = 512, LANES = 4, PIECE = 64, SAMPLES = 200 * 1000 };

#define AS_IS(v) ((double)(v))
#define FROM_F16(v) ((double)lun_f16_to_float(v))
#define FROM_BF16(v) ((double)lun_bf16_to_float(v))
#define FROM_COMPLEX(v) (hypot((double)(v).re, (double)(v).im))
#define LOAD(id, type, convert)                                                                   \
    static void load_##id(const void *from, int64_t stride, int n, double *to)                    \
    {                                                                                             \
        const type *p = from;                                                                     \
        for (int i = 0; i < n; i++) to[i] = convert(p[i * stride]);                               \
    }
LOAD(F32, float, AS_IS)
LOAD(F64, double, AS_IS)
LOAD(F16, lun_f16, FROM_F16)
LOAD(BF16, lun_bf16, FROM_BF16)
LOAD(I8, int8_t, AS_IS)
LOAD(U8, uint8_t, AS_IS)
LOAD(I16, int16_t, AS_IS)
LOAD(I32, int32_t, AS_IS)
LOAD(I64, int64_t, AS_IS)
LOAD(BOOL, uint8_t, AS_IS)
LOAD(C64, lun_c64, FROM_COMPLEX)
LOAD(C128, lun_c128, FROM_COMPLEX)

typedef void (*loader)(const void *, int64_t, int, double *);
static const loader loaders[LUN_DTYPE_COUNT] = {
#define X(id, ...) [LUN_##id] = load_##id,
    LUN_DTYPES(X)
#undef X
};

typedef struct tally {
    lun_summary *out;
    double shift, sum, squares; /* of value - shift, so that a large mean does not eat the spread */
    int64_t at;
} tally;

static void count_odd(tally *t, double v, int64_t at)
{
    if (isnan(v)) t->out->nan++;
    else if (v > 0) t->out->plus_inf++;
    else t->out->minus_inf++;
    if (t->out->first_bad < 0) t->out->first_bad = at;
}

static bool all_finite(const double *v, int n)
{
    int odd = 0;
    for (int i = 0; i < n; i++) odd |= v[i] - v[i] != 0;
    return !odd;
}

/* Finite values, in LANES sums side by side, which the compiler makes vectors of. */
static void add_finite(tally *t, const double *v, int n)
{
    lun_summary *s = t->out;
    double low[LANES], high[LANES], sum[LANES] = {0}, squares[LANES] = {0}, zeros[LANES] = {0};
    if (!s->finite) t->shift = s->min = s->max = v[0];
    for (int j = 0; j < LANES; j++) {
        low[j] = s->min;
        high[j] = s->max;
    }
    for (int i = 0; i < n; i += LANES)
        for (int j = 0; j < LANES; j++) {
            double x = v[i + j], d = x - t->shift;
            low[j] = x < low[j] ? x : low[j];
            high[j] = x > high[j] ? x : high[j];
            sum[j] += d;
            squares[j] += d * d;
            zeros[j] += x == 0 ? 1 : 0;
        }
    s->finite += n;
    s->nonzero += n;
    for (int j = 0; j < LANES; j++) {
        if (low[j] < s->min) s->min = low[j];
        if (high[j] > s->max) s->max = high[j];
        t->sum += sum[j];
        t->squares += squares[j];
        s->nonzero -= (int64_t)zeros[j];
    }
}

static void add_run(tally *t, const double *v, int n, int64_t step)
{
    lun_summary *s = t->out;
    if (n % LANES == 0 && all_finite(v, n)) {
        add_finite(t, v, n);
        s->seen += n;
        t->at += n * step;
        return;
    }
    for (int i = 0; i < n; i++) {
        s->nonzero += v[i] != 0;
        if (!isfinite(v[i])) {
            count_odd(t, v[i], t->at + i * step);
            continue;
        }
        if (!s->finite++) {
            t->shift = s->min = s->max = v[i];
        }
        if (v[i] < s->min) s->min = v[i];
        if (v[i] > s->max) s->max = v[i];
        double d = v[i] - t->shift;
        t->sum += d;
        t->squares += d * d;
    }
    s->seen += n;
    t->at += n * step;
}

/* Runs along the last dim; a contiguous tensor is one long run. */
static void walk(const lun_tensor *x, tally *t)
{
    loader load = loaders[x->dtype];
    size_t size = lun_dtype_size((lun_dtype)x->dtype);
    bool whole = lun_is_contiguous(x);
    int outer = whole || !x->ndim ? 0 : x->ndim - 1;
    int64_t inner = whole ? x->numel : x->dims[outer], stride = whole ? 1 : x->strides[outer], index[LUN_MAX_DIMS] = {0}, base = x->offset;
    double run[RUN];
    for (;;) {
        for (int64_t i = 0; i < inner; i += RUN) {
            int n = inner - i < RUN ? (int)(inner - i) : RUN;
            load((const char *)lun_storage_data(x->storage) + (size_t)(base + i * stride) * size, stride, n, run);
            add_run(t, run, n, 1);
        }
        int d = outer;
        while (d-- > 0) {
            base += x->strides[d];
            if (++index[d] < x->dims[d]) break;
            base -= index[d] * x->strides[d];
            index[d] = 0;
        }
        if (d < 0) return;
    }
}

/* Pieces of PIECE neighbours, evenly spread: one look into memory for each, not one for each element. */
static void sample_pieces(const lun_tensor *x, tally *t, int64_t step)
{
    double run[PIECE];
    size_t size = lun_dtype_size((lun_dtype)x->dtype);
    for (int64_t k = 0; k + PIECE <= x->numel; k += step * PIECE) {
        loaders[x->dtype]((const char *)lun_data(x) + (size_t)k * size, 1, PIECE, run);
        t->at = k;
        add_run(t, run, PIECE, 1);
    }
}

static void sample(const lun_tensor *x, tally *t)
{
    int64_t step = x->numel / SAMPLES;
    if (lun_is_contiguous(x)) {
        sample_pieces(x, t, step);
        return;
    }
    for (int64_t k = 0; k < x->numel; k += step) {
        double v = lun_summary_value(x, k);
        add_run(t, &v, 1, step);
    }
}

double lun_summary_value(const lun_tensor *x, int64_t k)
{
    lun_c128 z = lun_get_complex(x, k);
    return lun_dtype_is_complex((lun_dtype)x->dtype) ? hypot(z.re, z.im) : z.re;
}

static bool summarize(const lun_tensor *x, lun_summary *out, bool sampled)
{
    lun_device device = lun_tensor_device(x);
    *out = (lun_summary){.first_bad = -1, .min = NAN, .max = NAN, .mean = NAN, .std = NAN};
    if (!x->numel) return true;
    if (device.type != LUN_CPU) return lun_backends[device.type]->summarize(x, out);
    tally t = {.out = out};
    out->sampled = sampled;
    if (out->sampled) sample(x, &t);
    else walk(x, &t);
    if (!out->finite) return true;
    double n = (double)out->finite, mean = t.sum / n;
    out->mean = t.shift + mean;
    double variance = out->finite > 1 ? (t.squares - n * mean * mean) / (n - 1) : 0;
    out->std = sqrt(variance > 0 ? variance : 0);
    return true;
}

bool lun_summarize(const lun_tensor *x, lun_summary *out) { return summarize(x, out, x->numel > LUN_SUMMARY_EXACT); }
bool lun_summarize_whole(const lun_tensor *x, lun_summary *out) { return summarize(x, out, false); }

lun_tensor *lun_pick(const lun_tensor *x, int64_t n, const int64_t *positions, int64_t step)
{
    lun_tensor *y = lun_tensor_empty((lun_dtype)x->dtype, 1, &n, (lun_device){LUN_CPU, 0});
    return y && lun_backends[lun_tensor_device(x).type]->pick(x, n, positions, step, lun_data(y)) ? y : NULL;
}

bool lun_histogram(const lun_tensor *x, const lun_summary *s, int bins, int64_t *counts)
{
    memset(counts, 0, (size_t)bins * sizeof *counts);
    double width = s->max - s->min;
    int64_t step = x->numel / 20000 + 1;
    if (lun_tensor_device(x).type != LUN_CPU) {
        if (!(x = lun_pick(x, (x->numel + step - 1) / step, NULL, step))) return false;
        step = 1;
    }
    for (int64_t k = 0; k < x->numel; k += step) {
        double v = lun_summary_value(x, k);
        if (!isfinite(v)) continue;
        int bin = width > 0 ? (int)((v - s->min) / width * bins) : bins / 2;
        counts[bin < 0 ? 0 : bin >= bins ? bins - 1 : bin]++;
    }
    return true;
}
