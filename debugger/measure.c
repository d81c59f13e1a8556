/* measure.c - numbers of tensors, and the few that were measured last
 *
 * Holds: an entry holds its storage, so the address and version name the content; entries that nobody else holds go at the next look.
 * Read next: core/summary.c. SPDX-License-Identifier: MIT
 */
#include "debugger/measure.h"

#include "core/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEPT = 8 };

typedef struct entry {
    lun_storage *storage;
    uint32_t version;
    lun_tensor shape; /* its geometry */
    lun_summary summary;
} entry;

static entry kept[KEPT];
static int newest;

void lun_measure_forget(bool all)
{
    for (int i = 0; i < KEPT; i++) {
        if (!kept[i].storage || (!all && __atomic_load_n(&kept[i].storage->refs, __ATOMIC_RELAXED) > 1)) continue;
        lun_storage_drop(kept[i].storage);
        kept[i].storage = NULL;
    }
}

static bool is_of(const entry *k, const lun_tensor *x)
{
    return k->storage == x->storage && k->version == x->storage->version && k->shape.dtype == x->dtype && k->shape.offset == x->offset &&
           lun_shape_same(k->shape.ndim, k->shape.dims, x->ndim, x->dims) &&
           !memcmp(k->shape.strides, x->strides, x->ndim * sizeof *x->strides);
}

static const lun_summary *summary_of(const lun_tensor *x)
{
    for (int i = 0; i < KEPT; i++)
        if (is_of(&kept[i], x)) return &kept[i].summary;
    lun_measure_forget(false);
    newest = (newest + 1) % KEPT;
    entry *k = &kept[newest];
    lun_storage_drop(k->storage);
    k->storage = NULL;
    if (!lun_summarize_whole(x, &k->summary)) return NULL; /* a condition that looks at a sample would miss a NaN */
    k->storage = x->storage;
    lun_storage_keep(x->storage);
    k->version = x->storage->version;
    k->shape = *x;
    return &k->summary;
}

/* ---- the numbers ---- */

static double fraction(const lun_summary *s, int64_t n) { return s->seen ? (double)n / (double)s->seen : NAN; }
static double zeros(const lun_summary *s) { return fraction(s, s->seen - s->nonzero); }
static double nan_part(const lun_summary *s) { return fraction(s, s->nan); }
static double inf_part(const lun_summary *s) { return fraction(s, s->plus_inf + s->minus_inf); }
static double nonfinite(const lun_summary *s) { return fraction(s, s->seen - s->finite); }
static double smallest(const lun_summary *s) { return s->minus_inf ? -INFINITY : s->finite ? s->min : s->plus_inf ? INFINITY : NAN; }
static double largest(const lun_summary *s) { return s->plus_inf ? INFINITY : s->finite ? s->max : s->minus_inf ? -INFINITY : NAN; }
static double absmax(const lun_summary *s) { return fmax(fabs(smallest(s)), fabs(largest(s))); }
static double mean(const lun_summary *s) { return s->mean; }
static double std(const lun_summary *s) { return s->finite > 1 ? s->std : NAN; }
static double norm(const lun_summary *s)
{
    double n = (double)s->finite, spread = s->finite > 1 ? (n - 1) * s->std * s->std : 0;
    if (s->plus_inf + s->minus_inf) return INFINITY;
    return s->finite ? sqrt(spread + n * s->mean * s->mean) : NAN;
}

static const struct { const char *name; double (*of)(const lun_summary *); } numbers[] = {
    {"zeros", zeros}, {"nan", nan_part}, {"inf", inf_part}, {"nonfinite", nonfinite}, {"min", smallest}, {"max", largest},
    {"absmax", absmax}, {"mean", mean}, {"std", std}, {"norm", norm}, {"ndim", NULL}, {"numel", NULL}};
static const char *const texts[] = {"dtype", "device", "shape"};
enum { NUMBERS = sizeof numbers / sizeof *numbers, TEXTS = sizeof texts / sizeof *texts };

const char *lun_measure_name(int k, bool text)
{
    if (k < 0 || k >= (int)(text ? TEXTS : NUMBERS)) return NULL;
    return text ? texts[k] : numbers[k].name;
}

int lun_measure_find(const char *name, bool text)
{
    const char *known;
    for (int k = 0; (known = lun_measure_name(k, text)); k++)
        if (!strcmp(known, name)) return k;
    return -1;
}

bool lun_measure(int k, const lun_tensor *x, double *out)
{
    if (!numbers[k].of) {
        *out = numbers[k].name[2] == 'i' ? (double)x->ndim : (double)x->numel;
        return true;
    }
    const lun_summary *s = summary_of(x);
    if (s) *out = numbers[k].of(s);
    return s != NULL;
}

void lun_measure_text(int k, const lun_tensor *x, char *out)
{
    lun_device device = lun_tensor_device(x);
    size_t at = 0;
    out[0] = 0;
    if (k == 0) snprintf(out, LUN_MEASURE_TEXT, "%s", lun_dtypes[x->dtype].name);
    else if (k == 1) snprintf(out, LUN_MEASURE_TEXT, device.type == LUN_CPU ? "cpu" : "cuda:%d", (int)device.index);
    for (int d = 0; k == 2 && d < x->ndim && at < LUN_MEASURE_TEXT; d++)
        at += (size_t)snprintf(out + at, LUN_MEASURE_TEXT - at, d ? ",%lld" : "%lld", (long long)x->dims[d]);
}
