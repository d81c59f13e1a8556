/* print.c - drawing a tensor
 *
 * Holds: only elements that are shown are formatted; all memory comes from lun_block_get.
 * Read next: core/summary.c. SPDX-License-Identifier: MIT
 */
#include "core/print.h"

#include "core/alloc.h"
#include "core/device.h"
#include "core/error.h"
#include "core/op.h"
#include "core/summary.h"
#include "core/tape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const lun_print_options lun_print_defaults = {
    .precision = 4, .threshold = 200, .edgeitems = 3, .linewidth = 100, .ascii = false, .header = true, .body = true};

/* --- growing text --------------------------------------------------------------------------------------------------------- */

static bool make_room(lun_print_buffer *t, size_t more)
{
    if (t->failed) return false;
    if (t->length + more <= t->capacity) return true;
    size_t capacity = t->capacity ? t->capacity : 512;
    while (capacity < t->length + more) capacity *= 2;
    char *data = lun_block_get(capacity);
    if (!data) return t->failed = true, false;
    if (t->length) memcpy(data, t->data, t->length);
    lun_block_put(t->data, t->capacity);
    t->data = data;
    t->capacity = capacity;
    return true;
}

void lun_print_add(lun_print_buffer *t, const char *format, ...)
{
    va_list args;
    for (size_t guess = 128;;) {
        if (!make_room(t, guess)) return;
        va_start(args, format);
        int n = vsnprintf(t->data + t->length, guess, format, args);
        va_end(args);
        if (n < 0) return;
        if ((size_t)n < guess) {
            t->length += (size_t)n;
            return;
        }
        guess = (size_t)n + 1;
    }
}

void lun_print_free(lun_print_buffer *t)
{
    lun_block_put(t->data, t->capacity);
    *t = (lun_print_buffer){0};
}

/* --- one element ------------------------------------------------------------------------------------------------------------ */

typedef struct style {
    enum { WHOLE, TRUTH, FIXED, SCIENTIFIC, POINT } kind;
    int precision, width;
} style;

static const char *odd_number(double v) { return isnan(v) ? "nan" : v > 0 ? "inf" : "-inf"; }

static int real_cell(double v, const style *s, char *out, size_t room)
{
    if (!isfinite(v)) return snprintf(out, room, "%s", odd_number(v));
    if (s->kind == POINT) return snprintf(out, room, "%.0f.", v);
    /* an outlier gets its own notation and leaves the others theirs */
    bool fits = v == 0 || (fabs(v) < 1e6 && fabs(v) >= 0.5 * pow(10, -s->precision));
    if (s->kind == FIXED && fits) return snprintf(out, room, "%.*f", s->precision, v);
    return snprintf(out, room, "%.*e", s->kind == FIXED ? (s->precision < 3 ? s->precision : 2) : s->precision, v);
}

/* "1.0000+2.0000i" */
static int complex_cell(lun_c128 z, const style *s, char *out, size_t room)
{
    int n = real_cell(z.re, s, out, room);
    if (!signbit(z.im) || isnan(z.im)) n += snprintf(out + n, room - (size_t)n, "+");
    n += real_cell(z.im, s, out + n, room - (size_t)n);
    return n + snprintf(out + n, room - (size_t)n, "i");
}

static int cell(const lun_tensor *x, int64_t k, const style *s, char *out, size_t room)
{
    if (s->kind == TRUTH) return snprintf(out, room, "%s", lun_get_integer(x, k) ? "true" : "false");
    if (s->kind == WHOLE) return snprintf(out, room, "%lld", (long long)lun_get_integer(x, k));
    if (lun_dtype_is_complex((lun_dtype)x->dtype)) return complex_cell(lun_get_complex(x, k), s, out, room);
    return real_cell(lun_get_double(x, k), s, out, room);
}

static void print_real(double v, int digits, char *buffer, size_t room)
{
    if (!isfinite(v)) snprintf(buffer, room, "%s", odd_number(v));
    else snprintf(buffer, room, "%.*g", digits, v);
}

char *lun_print_number(const lun_tensor *x, char *buffer, size_t room)
{
    lun_dtype t = (lun_dtype)x->dtype;
    if (t == LUN_BOOL) snprintf(buffer, room, "%s", lun_get_integer(x, 0) ? "true" : "false");
    else if (!lun_dtype_has_gradient(t)) snprintf(buffer, room, "%lld", (long long)lun_get_integer(x, 0));
    else {
        lun_c128 z = lun_get_complex(x, 0);
        int digits = lun_dtype_real(t) == LUN_F64 ? 10 : lun_dtype_real(t) == LUN_F32 ? 6 : 4;
        char imaginary[32];
        print_real(z.re, digits, buffer, room);
        if (!lun_dtype_is_complex(t)) return buffer;
        print_real(z.im, digits, imaginary, sizeof imaginary);
        size_t n = strlen(buffer);
        snprintf(buffer + n, room - n, "%s%si", imaginary[0] == '-' ? "" : "+", imaginary);
    }
    return buffer;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle magnitude of what is shown decides between fixed and scientific. */
static style choose_style(const lun_tensor *x, const int64_t *shown, int64_t n, int precision)
{
    style s = {.kind = x->dtype == LUN_BOOL ? TRUTH : WHOLE, .precision = precision};
    if (!lun_dtype_has_gradient((lun_dtype)x->dtype)) return s;
    double sizes[256];
    int64_t step = n / 256 + 1;
    int count = 0;
    bool whole = true;
    for (int64_t i = 0; i < n; i++) {
        lun_c128 z = lun_get_complex(x, shown[i]);
        double v = hypot(z.re, z.im);
        if (!isfinite(v)) continue;
        whole = whole && z.re == floor(z.re) && z.im == floor(z.im) && v < 1e7;
        if (v != 0 && i % step == 0 && count < 256) sizes[count++] = v;
    }
    qsort(sizes, (size_t)count, sizeof *sizes, by_size);
    double middle = count ? sizes[count / 2] : 1;
    s.kind = whole ? POINT : middle >= 1e-4 && middle < 1e5 ? FIXED : SCIENTIFIC;
    return s;
}

/* --- which elements ------------------------------------------------------------------------------------------------------------ */

typedef struct drawing {
    const lun_tensor *x, *values; /* values: read at the places of `shown` */
    const lun_print_options *o;
    lun_print_buffer *out;
    style s;
    int edge;        /* elements shown at each end of a dim; 0: all */
    int64_t *shown;  /* row-major positions in drawing order */
    int64_t count, capacity, next;
} drawing;

static int edge_of(const lun_tensor *x, const lun_print_options *o)
{
    if (x->numel <= o->threshold) return 0;
    int edge = o->edgeitems < 1 ? 1 : o->edgeitems;
    while (edge > 1 && pow(2.0 * edge, x->ndim) > 2000) edge--;
    return edge;
}

static bool cut(const drawing *d, int dim) { return d->edge && d->x->dims[dim] > 2 * d->edge; }

static int64_t shown_in(const drawing *d, int dim) { return cut(d, dim) ? 2 * d->edge : d->x->dims[dim]; }

/* The i-th shown index of a dim. */
static int64_t index_shown(const drawing *d, int dim, int64_t i)
{
    return cut(d, dim) && i >= d->edge ? d->x->dims[dim] - 2 * d->edge + i : i;
}

static void collect(drawing *d, int dim, int64_t at)
{
    if (dim == d->x->ndim) {
        d->shown[d->count++] = at;
        return;
    }
    for (int64_t i = 0; i < shown_in(d, dim); i++) collect(d, dim + 1, at * d->x->dims[dim] + index_shown(d, dim, i));
}

/* --- body ------------------------------------------------------------------------------------------------------------------------ */

static void draw_row(drawing *d, int dim)
{
    char text[64];
    int column = dim + 2;
    int64_t n = shown_in(d, dim);
    for (int64_t i = 0; i < n; i++) {
        int gap = i == d->edge && cut(d, dim) ? 5 : 1, behind = i + 1 == n ? d->x->ndim : 0;
        if (i && column + gap + d->s.width + behind > d->o->linewidth) {
            lun_print_add(d->out, "\n%*s", dim + 2, "");
            column = dim + 2;
        } else if (i) {
            lun_print_add(d->out, " ");
            column++;
        }
        if (i == d->edge && cut(d, dim)) {
            lun_print_add(d->out, "... ");
            column += 4;
        }
        cell(d->values, d->shown[d->next++], &d->s, text, sizeof text);
        lun_print_add(d->out, "%*s", d->s.width, text);
        column += d->s.width;
    }
}

static void draw_level(drawing *d, int dim)
{
    lun_print_add(d->out, "[");
    if (dim == d->x->ndim - 1) {
        draw_row(d, dim);
    } else {
        for (int64_t i = 0; i < shown_in(d, dim); i++) {
            const char *gap = dim + 2 < d->x->ndim ? "\n\n" : "\n";
            if (i) lun_print_add(d->out, "%s%*s", gap, dim + 2, "");
            if (i == d->edge && cut(d, dim)) lun_print_add(d->out, "...%s%*s", gap, dim + 2, "");
            draw_level(d, dim + 1);
        }
    }
    lun_print_add(d->out, "]");
}

static bool draw_body(const lun_tensor *x, const lun_print_options *o, lun_print_buffer *out)
{
    drawing d = {.x = x, .values = x, .o = o, .out = out, .edge = edge_of(x, o), .capacity = 1};
    char text[64];
    for (int dim = 0; dim < x->ndim; dim++) d.capacity *= shown_in(&d, dim);
    if (!(d.shown = lun_block_get((size_t)d.capacity * sizeof *d.shown))) return false;
    collect(&d, 0, 0);
    if (lun_tensor_device(x).type != LUN_CPU && (d.values = lun_pick(x, d.count, d.shown, 0)))
        for (int64_t i = 0; i < d.count; i++) d.shown[i] = i;
    if (d.values) {
        d.s = choose_style(d.values, d.shown, d.count, o->precision);
        for (int64_t i = 0; i < d.count; i++) {
            int width = cell(d.values, d.shown[i], &d.s, text, sizeof text);
            if (width > d.s.width) d.s.width = width;
        }
        lun_print_add(out, " ");
        draw_level(&d, 0);
    }
    lun_block_put(d.shown, (size_t)d.capacity * sizeof *d.shown);
    return d.values && !out->failed;
}

/* --- header ---------------------------------------------------------------------------------------------------------------------- */

static void add_bytes(lun_print_buffer *out, size_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double v = (double)bytes;
    int u = 0;
    for (; v >= 1024 && u < 4; u++) v /= 1024;
    lun_print_add(out, u && v < 100 ? "  %.1f %s" : "  %.0f %s", v, units[u]);
}

static void add_sparkline(lun_print_buffer *out, const int64_t *counts, int n)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    int64_t most = 1;
    for (int i = 0; i < n; i++)
        if (counts[i] > most) most = counts[i];
    lun_print_add(out, "  ");
    for (int i = 0; i < n; i++) lun_print_add(out, "%s", bars[counts[i] * 7 / most]);
}

/* A vector shows its course, anything else how its values spread. */
static void add_picture(const lun_tensor *x, const lun_summary *s, lun_print_buffer *out)
{
    int64_t levels[32], places[32];
    if (s->finite < 3 || s->max <= s->min || s->max - s->min > 1e300) return;
    if (x->ndim == 1 && s->finite == x->numel) {
        int n = x->numel < 32 ? (int)x->numel : 32;
        for (int i = 0; i < n; i++) places[i] = x->numel * i / n;
        bool near = lun_tensor_device(x).type == LUN_CPU;
        if (!near && !(x = lun_pick(x, n, places, 0))) return;
        for (int i = 0; i < n; i++)
            levels[i] = (int64_t)((lun_summary_value(x, near ? places[i] : i) - s->min) / (s->max - s->min) * 1000);
        add_sparkline(out, levels, n);
    } else if (lun_histogram(x, s, LUN_SUMMARY_BINS, levels)) {
        add_sparkline(out, levels, LUN_SUMMARY_BINS);
    }
}

static void add_odd_numbers(const lun_tensor *x, const lun_summary *s, lun_print_buffer *out)
{
    if (s->first_bad < 0) return;
    if (s->nan) lun_print_add(out, "  %lld NaN", (long long)s->nan);
    if (s->plus_inf) lun_print_add(out, "  %lld +Inf", (long long)s->plus_inf);
    if (s->minus_inf) lun_print_add(out, "  %lld -Inf", (long long)s->minus_inf);
    int64_t at[LUN_MAX_DIMS], rest = s->first_bad;
    for (int d = x->ndim - 1; d >= 0; d--) {
        at[d] = rest % x->dims[d] + 1;
        rest /= x->dims[d];
    }
    char text[LUN_SHAPE_TEXT];
    lun_print_add(out, " (first at %s)", lun_shape_text(x->ndim, at, text));
}

/* All digits of a whole number, but of one so large that the summary's double may have other last digits. */
static int whole_digits(double v) { return fabs(v) < 0x1p53 ? 16 : 4; }

static void add_statistics(const lun_tensor *x, const lun_print_options *o, lun_print_buffer *out)
{
    lun_summary s;
    if (!lun_summarize(x, &s)) return;
    const char *about = s.sampled ? "~" : "";
    if (x->dtype == LUN_BOOL) {
        double scale = (double)x->numel / (double)s.seen;
        double truths = (double)s.nonzero * scale;
        lun_print_add(out, "  %s%.0f true  %s%.0f false", about, truths, about, (double)x->numel - truths);
        return;
    }
    if (s.finite && lun_dtype_is_complex((lun_dtype)x->dtype)) lun_print_add(out, "  |x|");
    if (s.finite && !lun_dtype_has_gradient((lun_dtype)x->dtype))
        lun_print_add(out, "  min %s%.*g  max %s%.*g  mean %s%.4g", about, whole_digits(s.min), s.min, about, whole_digits(s.max),
                      s.max, about, s.mean);
    else if (s.finite)
        lun_print_add(out, "  min %s%.4g  max %s%.4g  mean %s%.4g  std %s%.4g", about, s.min, about, s.max, about, s.mean, about, s.std);
    add_odd_numbers(x, &s, out);
    if (s.sampled) lun_print_add(out, "  (one in %lld looked at)", (long long)(x->numel / s.seen));
    if (!o->ascii && lun_dtype_has_gradient((lun_dtype)x->dtype)) add_picture(x, &s, out);
}

/* Larger tensors stay on their device: only what is shown comes over. */
enum { MOST_BROUGHT = 1 << 16 };

/* `values` is x where the host can read it, or x itself when it is large. */
static void draw_header(const lun_tensor *x, const lun_tensor *values, const lun_print_options *o, lun_print_buffer *out)
{
    char text[LUN_SHAPE_TEXT], device[LUN_DEVICE_TEXT];
    lun_print_add(out, "%s", lun_tensor_text(x, text));
    if (!x->ndim && values) lun_print_add(out, "  %s", lun_print_number(values, text, sizeof text));
    lun_print_add(out, "  %s", lun_device_text(lun_tensor_device(x), device));
    if (x->ndim) add_bytes(out, lun_tensor_bytes(x));
    if (x->node) lun_print_add(out, "  grad(%s)", lun_node_name(x->node));
    else if (x->flags & LUN_REQUIRES_GRAD) lun_print_add(out, "  grad");
    if (x->flags & LUN_ZERO_BASED) lun_print_add(out, "  zero-based");
    if (!x->numel) lun_print_add(out, "  empty");
    else if (x->ndim && values) add_statistics(values, o, out);
    if (lun_error_get()->code == LUN_E_DEVICE) lun_print_add(out, "  (its values cannot be read: %s)", lun_error_get()->message);
}

bool lun_print(const lun_tensor *x, const lun_print_options *o, lun_print_buffer *out)
{
    const lun_tensor *values = x->numel > MOST_BROUGHT ? x : lun_on_host((lun_tensor *)(uintptr_t)x);
    if (o->header) draw_header(x, values, o, out);
    bool readable = values && !lun_failed();
    if (!readable && lun_error_get()->code == LUN_E_DEVICE) lun_error_clear(); /* was said; what an op did wrong is raised */
    if (lun_failed()) return false;
    if (!o->body || !x->ndim || !x->numel || !readable) return !out->failed;
    if (o->header) lun_print_add(out, "\n");
    return draw_body(values, o, out);
}
