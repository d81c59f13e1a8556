/* recent.c - the last calls on CUDA, and the Lua file that makes them again after a device was lost
 *
 * Values are gone with the device; shapes, dtypes and attributes are what is needed to see a fault again, mostly. A row that is not offered
 * in Lua is written as the call it is a part of; those of backward passes stand there as comments.
 * Holds: remembering a call allocates nothing. Read next: kernels/cuda/runtime.cu. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "core/params.h"
#include "kernels/cuda/runtime.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALLS = 64, SHAPES = 8 };

typedef struct shape { bool none, number, strided; uint8_t dtype, ndim; int64_t dims[LUN_MAX_DIMS]; } shape;
typedef struct recent { const lun_op *op; int index, n_in; bool inplace; shape in[SHAPES]; lun_params params; } recent;

static recent ring[CALLS];
static uint64_t count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void remember_shape(shape *s, const lun_tensor *x)
{
    s->none = lun_is_none(x);
    if (s->none) return;
    s->number = (x->flags & LUN_NUMBER) != 0;
    s->strided = !lun_is_contiguous(x);
    s->dtype = x->dtype;
    s->ndim = x->ndim;
    memcpy(s->dims, x->dims, x->ndim * sizeof *x->dims);
}

/* A row that Lua does not have stands for the call that it is a part of. */
static const lun_call *as_called(const lun_call *c)
{
    const lun_call *whole = lun_context_get()->whole;
    return whole && (c->op->flags & LUN_OP_HIDDEN) && !(whole->op->flags & LUN_OP_HIDDEN) ? whole : c;
}

void lun_cuda_recent_add(const lun_call *c, int index)
{
    c = as_called(c);
    pthread_mutex_lock(&lock);
    recent *r = &ring[count++ % CALLS];
    r->op = c->op;
    r->index = index;
    r->inplace = c->inplace;
    r->n_in = c->n_in;
    for (int i = 0; i < c->n_in && i < SHAPES; i++) remember_shape(&r->in[i], c->in[i]);
    memcpy(&r->params, &c->params, lun_params_bytes(&c->params));
    pthread_mutex_unlock(&lock);
}

const lun_op *lun_cuda_recent_last(bool *inplace)
{
    pthread_mutex_lock(&lock);
    const recent *r = count ? &ring[(count - 1) % CALLS] : NULL;
    *inplace = r && r->inplace;
    const lun_op *op = r ? r->op : NULL;
    pthread_mutex_unlock(&lock);
    return op;
}

/* --- as Lua ------------------------------------------------------------------------------------------------------------------- */

static void write_tensor(FILE *f, const shape *s)
{
    if (s->none) {
        fputs("nil", f);
        return;
    }
    fprintf(f, "tensor(\"%s\", {", lun_dtypes[s->dtype].name);
    for (int d = 0; d < s->ndim; d++) fprintf(f, d ? ", %" PRId64 : "%" PRId64, s->dims[d]);
    fprintf(f, "}%s)%s", s->number ? ", \"cpu\"" : "", s->strided ? " --[[ strided ]]" : "");
}

static void write_real(FILE *f, double v)
{
    if (isnan(v)) fputs("0/0", f);
    else if (isinf(v)) fputs(v > 0 ? "math.huge" : "-math.huge", f);
    else fprintf(f, "%.17g", v);
}

/* Dims and positions count from 0 inside, from 1 in Lua. */
static void write_whole(FILE *f, int64_t v, uint8_t kind)
{
    bool counted = kind == LUN_ARG_DIM || kind == LUN_ARG_DIMS || kind == LUN_ARG_INDEX || kind == LUN_ARG_DIMLISTS;
    fprintf(f, "%" PRId64, counted && v >= 0 ? v + 1 : v);
}

static void write_attribute(FILE *f, const recent *r, const lun_arg *arg, int k)
{
    const lun_attr *a = &r->params.attr[k];
    const int64_t *whole;
    double reals[LUN_PARAM_POOL];
    int n = 0;
    switch (k < r->params.count ? (lun_attr_kind)a->kind : LUN_ATTR_NONE) {
    case LUN_ATTR_INT:
        if (arg->kind == LUN_ARG_DEVICE) fputs("device", f);
        else write_whole(f, a->value.i, arg->kind);
        break;
    case LUN_ATTR_BOOL: fputs(a->value.i ? "true" : "false", f); break;
    case LUN_ATTR_FLOAT: write_real(f, a->value.f); break;
    case LUN_ATTR_DTYPE: fprintf(f, "\"%s\"", lun_dtypes[lun_param_dtype(&r->params, k, LUN_F32)].name); break;
    case LUN_ATTR_STRING: fprintf(f, "\"%s\"", lun_param_string(&r->params, k, "")); break;
    case LUN_ATTR_INTS:
        n = lun_param_ints(&r->params, k, &whole);
        fputc('{', f);
        for (int i = 0; i < n; i++) fputs(i ? ", " : "", f), write_whole(f, whole[i], arg->kind);
        fputc('}', f);
        break;
    case LUN_ATTR_FLOATS:
        n = lun_param_floats(&r->params, k, LUN_PARAM_POOL, reals);
        fputc('{', f);
        for (int i = 0; i < n && i < LUN_PARAM_POOL; i++) fputs(i ? ", " : "", f), write_real(f, reals[i]);
        fputc('}', f);
        break;
    default: fputs("nil", f);
    }
}

/* Arguments in the row's order; a list of tensors is its last one of tensors. */
static void write_call(FILE *f, const recent *r)
{
    bool hidden = (r->op->flags & LUN_OP_HIDDEN) || r->n_in > SHAPES;
    fputs(hidden ? "-- of a backward pass, or not offered in Lua: " : "", f);
    fprintf(f, "call(\"%s%s\", %d", r->op->name, r->inplace ? "_" : "", r->op->n_args);
    for (int i = 0, t = 0; i < r->op->n_args; i++) {
        const lun_arg *arg = &r->op->arg[i];
        bool list = arg->kind == LUN_ARG_TENSORS || arg->kind == LUN_ARG_OPERANDS;
        fputs(list ? ", {" : ", ", f);
        if (arg->kind > LUN_ARG_LABELS) write_attribute(f, r, arg, i - t);
        else if (!list) write_tensor(f, &r->in[t]);
        for (int k = t; list && k < r->n_in && k < SHAPES; k++) fputs(k > t ? ", " : "", f), write_tensor(f, &r->in[k]);
        if (list) fputc('}', f);
        t += arg->kind <= LUN_ARG_LABELS;
    }
    fputs(")\n", f);
}

static const char head[] =
    "-- Run with lunette, this makes the calls again, on values of its own, waiting after each: the one that fails is named.\n"
    "local lun = require \"lunette\"\n"
    "lun.cuda.blocking(true)\n"
    "local function tensor(dtype, dims, place)\n"
    "  local whole = dtype:find(\"int\") or dtype == \"bool\"\n"
    "  return (whole and lun.ones(dims) or lun.rand(dims)):to(dtype):to(place or device)\n"
    "end\n"
    "local function call(name, n, ...)\n"
    "  print(name)\n"
    "  lun[name](table.unpack({...}, 1, n))\n"
    "  lun.cuda.synchronize()\n"
    "end\n";

const char *lun_cuda_recent_write(const char *why)
{
    static char path[256];
    static int files;
    const char *folder = getenv("TMPDIR");
    bool written = false;
    pthread_mutex_lock(&lock);
    snprintf(path, sizeof path, "%s/lunette-cuda-%ld-%d.lua", folder && *folder ? folder : "/tmp", (long)getpid(), ++files);
    FILE *f = fopen(path, "wx");
    if (f) {
        fprintf(f, "-- %s\n", why);
        fprintf(f, "local device = \"cuda:%d\"\n", count ? ring[(count - 1) % CALLS].index : 0);
        fputs(head, f);
        for (uint64_t k = count > CALLS ? count - CALLS : 0; k < count; k++) write_call(f, &ring[k % CALLS]);
        written = !ferror(f);
        written = !fclose(f) && written;
    }
    pthread_mutex_unlock(&lock);
    return written ? path : NULL;
}
