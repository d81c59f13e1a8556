/* params.c - the attributes of a call
 *
 * Holds: attribute k belongs to the row's k-th non-tensor argument; what a caller leaves out is filled in from the row's defaults.
 * Read next: core/apply.c. SPDX-License-Identifier: MIT
 */
#include "core/params.h"

#include "core/error.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lun_attr *next_attr(lun_params *p, lun_attr_kind kind)
{
    if (p->count == LUN_MAX_ARGS) return lun_fail(LUN_E_INTERNAL, NULL, "too many attributes");
    lun_attr *a = &p->attr[p->count++];
    a->kind = (uint8_t)kind;
    a->count = 0;
    a->at = (uint16_t)p->used;
    return a;
}

static bool take_pool(lun_params *p, int cells)
{
    if (p->used + cells > LUN_PARAM_POOL) {
        lun_fail(LUN_E_ARGUMENT, NULL, "an argument list is too long");
        return false;
    }
    p->used += cells;
    return true;
}

bool lun_params_none(lun_params *p) { return next_attr(p, LUN_ATTR_NONE) != NULL; }

bool lun_params_int(lun_params *p, int64_t v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_INT);
    if (a) a->value.i = v;
    return a != NULL;
}

bool lun_params_float(lun_params *p, double v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_FLOAT);
    if (a) a->value.f = v;
    return a != NULL;
}

bool lun_params_bool(lun_params *p, bool v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_BOOL);
    if (a) a->value.i = v;
    return a != NULL;
}

bool lun_params_complex(lun_params *p, lun_c128 v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_COMPLEX);
    if (!a || !take_pool(p, 2)) return false;
    memcpy(p->pool + a->at, &v, sizeof v);
    return true;
}

bool lun_params_dtype(lun_params *p, lun_dtype v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_DTYPE);
    if (a) a->value.i = v;
    return a != NULL;
}

bool lun_params_device(lun_params *p, lun_device v) { return lun_params_int(p, v.type * 256 + v.index); }

bool lun_params_ints(lun_params *p, int n, const int64_t *v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_INTS);
    if (!a || !take_pool(p, n)) return false;
    a->count = (uint8_t)n;
    if (n) memcpy(p->pool + a->at, v, (size_t)n * sizeof *v);
    return true;
}

bool lun_params_floats(lun_params *p, int n, const double *v)
{
    lun_attr *a = next_attr(p, LUN_ATTR_FLOATS);
    if (!a || !take_pool(p, n)) return false;
    a->count = (uint8_t)n;
    if (n) memcpy(p->pool + a->at, v, (size_t)n * sizeof *v);
    return true;
}

bool lun_params_string(lun_params *p, const char *s)
{
    size_t n = strlen(s);
    lun_attr *a = next_attr(p, LUN_ATTR_STRING);
    if (!a || n > 255 || !take_pool(p, (int)(n / sizeof(int64_t)) + 1))
        return lun_fail(LUN_E_ARGUMENT, NULL, "a text argument is too long (%zu bytes)", n), false;
    a->count = (uint8_t)n;
    memcpy(p->pool + a->at, s, n + 1);
    return true;
}

bool lun_param_given(const lun_params *p, int k) { return k < p->count && p->attr[k].kind != LUN_ATTR_NONE; }

int64_t lun_param_int(const lun_params *p, int k, int64_t absent)
{
    if (!lun_param_given(p, k)) return absent;
    const lun_attr *a = &p->attr[k];
    if (a->kind == LUN_ATTR_COMPLEX) return (int64_t)lun_param_complex(p, k, 0).re;
    return a->kind == LUN_ATTR_FLOAT ? (int64_t)a->value.f : a->kind == LUN_ATTR_INTS && a->count ? p->pool[a->at] : a->value.i;
}

double lun_param_float(const lun_params *p, int k, double absent)
{
    if (!lun_param_given(p, k)) return absent;
    if (p->attr[k].kind == LUN_ATTR_COMPLEX) return lun_param_complex(p, k, 0).re;
    return p->attr[k].kind == LUN_ATTR_FLOAT ? p->attr[k].value.f : (double)p->attr[k].value.i;
}

lun_c128 lun_param_complex(const lun_params *p, int k, double absent)
{
    lun_c128 v = {absent, 0};
    if (!lun_param_given(p, k)) return v;
    if (p->attr[k].kind != LUN_ATTR_COMPLEX) return (lun_c128){lun_param_float(p, k, 0), 0};
    memcpy(&v, p->pool + p->attr[k].at, sizeof v);
    return v;
}

bool lun_param_bool(const lun_params *p, int k, bool absent)
{
    return lun_param_given(p, k) ? p->attr[k].value.i != 0 : absent;
}

lun_device lun_param_device(const lun_params *p, int k, lun_device absent)
{
    int64_t v = lun_param_int(p, k, -1);
    return v < 0 ? absent : (lun_device){(uint8_t)(v / 256), (uint8_t)(v % 256)};
}

lun_dtype lun_param_dtype(const lun_params *p, int k, lun_dtype absent)
{
    return lun_param_given(p, k) ? (lun_dtype)p->attr[k].value.i : absent;
}

const char *lun_param_string(const lun_params *p, int k, const char *absent)
{
    return lun_param_given(p, k) && p->attr[k].kind == LUN_ATTR_STRING ? (const char *)(p->pool + p->attr[k].at) : absent;
}

int lun_param_ints(const lun_params *p, int k, const int64_t **values)
{
    *values = NULL;
    if (!lun_param_given(p, k)) return 0;
    const lun_attr *a = &p->attr[k];
    *values = a->kind == LUN_ATTR_INTS ? p->pool + a->at : &a->value.i;
    return a->kind == LUN_ATTR_INTS ? a->count : 1;
}

int lun_param_floats(const lun_params *p, int k, int room, double *values)
{
    if (!lun_param_given(p, k)) return 0;
    const lun_attr *a = &p->attr[k];
    if (a->kind != LUN_ATTR_INTS && a->kind != LUN_ATTR_FLOATS) return values[0] = lun_param_float(p, k, 0), 1;
    for (int i = 0; i < a->count && i < room; i++) {
        if (a->kind == LUN_ATTR_FLOATS) memcpy(&values[i], &p->pool[a->at + i], sizeof *values);
        else values[i] = (double)p->pool[a->at + i];
    }
    return a->count;
}

/* The surface writes dims and positions from 1; inside they count from 0, negatives from the end as they are. */
static int64_t from_surface(int64_t v) { return v > 0 ? v - 1 : v; }

static bool add_fallback(lun_params *p, const lun_arg *arg)
{
    const char *text = arg->fallback;
    if (!*text || !strcmp(text, "nil")) return lun_params_none(p);
    switch ((lun_arg_kind)arg->kind) {
    case LUN_ARG_BOOL: return lun_params_bool(p, !strcmp(text, "true"));
    case LUN_ARG_STRING: return lun_params_string(p, text);
    case LUN_ARG_DTYPE: return lun_params_dtype(p, lun_dtype_by_name(text));
    case LUN_ARG_FLOAT: case LUN_ARG_FLOATS: return lun_params_float(p, strtod(text, NULL));
    case LUN_ARG_DIM: case LUN_ARG_DIMS: case LUN_ARG_INDEX: return lun_params_int(p, from_surface(strtoll(text, NULL, 10)));
    case LUN_ARG_ORDER:
        if (isalpha((unsigned char)*text) && strcmp(text, "inf") != 0) return lun_params_string(p, text);
        /* fall through */
    case LUN_ARG_NUMBER:
        return strpbrk(text, ".einf") ? lun_params_float(p, strtod(text, NULL)) : lun_params_int(p, strtoll(text, NULL, 10));
    default: return lun_params_int(p, strtoll(text, NULL, 10));
    }
}

void lun_arg_prepare(lun_arg *arg)
{
    lun_params one = {0};
    arg->text = arg->optional && (!add_fallback(&one, arg) || one.used);
    arg->ready = one.attr[0];
}

bool lun_params_complete(lun_params *p, const lun_op *op)
{
    int k = 0;
    for (int i = 0; i < op->n_args; i++) {
        if (op->arg[i].kind <= LUN_ARG_LABELS) continue;
        if (k++ < p->count) continue;
        if (!op->arg[i].optional)
            return lun_fail(LUN_E_ARGUMENT, NULL, "argument `%s` is missing", op->arg[i].name), false;
        const lun_arg *arg = &op->arg[i];
        if (!arg->text && p->count < LUN_MAX_ARGS) p->attr[p->count++] = arg->ready;
        else if (!add_fallback(p, arg)) return false;
    }
    return true;
}

bool lun_params_fallback(lun_params *p, const lun_op *op, int arg) { return add_fallback(p, &op->arg[arg]); }

size_t lun_params_bytes(const lun_params *p) { return offsetof(lun_params, pool) + (size_t)p->used * sizeof(int64_t); }
