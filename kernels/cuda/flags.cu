/* flags.cu - positions checked on the device, and what kernels flagged made into errors
 *
 * Each call that may flag something gets a number; which op and line that was stands in a table of the host, one entry for each place of
 * the program. The record in device memory is looked at only when the pinned word beside it says that there is something.
 * Holds: texts as in core/index_check.c. Read next: kernels/cuda/flag.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/flag.h"
#include "kernels/cuda/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flag_site { const lun_op *op; const char *file; int line; bool inplace; };

struct lun_cuda_flags {
    lun_flag_record *record, *copy; /* on the device; pinned */
    volatile unsigned *raised;      /* pinned */
    flag_site *sites;
    unsigned count, room;
    uint64_t calls;
};

bool lun_cuda_flags_start(lun_cuda_device *d)
{
    lun_cuda_flags *f = (lun_cuda_flags *)calloc(1, sizeof *f);
    if (!f) return lun_fail(LUN_E_MEMORY, NULL, "no memory for the flags' records"), false;
    void *record = NULL, *pinned = NULL;
    d->flags = f;
    if (!lun_cuda_check(cudaMalloc(&record, sizeof *f->record), "make room for flags") ||
        !lun_cuda_check(cudaHostAlloc(&pinned, 2 * sizeof *f->copy, cudaHostAllocDefault), "make room for flags"))
        return false;
    memset(pinned, 0, 2 * sizeof *f->copy);
    f->record = (lun_flag_record *)record;
    f->copy = (lun_flag_record *)pinned;
    f->raised = (volatile unsigned *)(f->copy + 1);
    return lun_cuda_flags_clear(d);
}

/* No key is larger than all ones: the first flag wins over it. */
bool lun_cuda_flags_clear(lun_cuda_device *d)
{
    lun_cuda_flags *f = d->flags;
    *f->raised = 0;
    return lun_cuda_check(cudaMemsetAsync(f->record, 0, sizeof *f->record, d->stream), "clear the flags") &&
           lun_cuda_check(cudaMemsetAsync(&f->record->key, 0xff, sizeof f->record->key, d->stream), "clear the flags");
}

/* --- which call --------------------------------------------------------------------------------------------------------------- */

/* Under the lock. Programs have few places that index, so a list will do, the latest first. */
static unsigned site_of(lun_cuda_flags *f, const flag_site *s)
{
    for (unsigned i = f->count; i-- > 0;) {
        const flag_site *t = &f->sites[i];
        if (t->op == s->op && t->file == s->file && t->line == s->line && t->inplace == s->inplace) return i;
    }
    if (f->count == f->room) {
        unsigned room = f->room ? 2 * f->room : 64;
        flag_site *more = (flag_site *)realloc(f->sites, room * sizeof *more);
        if (!more) return 0;
        f->sites = more;
        f->room = room;
    }
    f->sites[f->count] = *s;
    return f->count++;
}

extern "C" lun_flag lun_cuda_flag(const lun_call *c)
{
    const lun_context *ctx = lun_context_get();
    const lun_call *named = ctx->whole ? ctx->whole : c; /* the name of a part says nothing to who called the whole */
    lun_site at = ctx->site ? ctx->site() : lun_site{NULL, 0};
    flag_site s = {named->asked ? named->asked : named->op, at.file, at.line, named->inplace};
    lun_cuda_device *d = lun_cuda_here();
    lun_cuda_flags *f = d->flags;
    pthread_mutex_lock(&d->lock);
    lun_flag flag = {f->record, f->raised, (++f->calls & 0xffffff) << LUN_FLAG_ELEMENT_BITS, site_of(f, &s)};
    pthread_mutex_unlock(&d->lock);
    return flag;
}

/* --- texts -------------------------------------------------------------------------------------------------------------------- */

static double as_double(long long bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void fail_position(const lun_flag_record *r, bool labels)
{
    long long element = (long long)(r->key & ((1ULL << LUN_FLAG_ELEMENT_BITS) - 1));
    const char *what = labels ? "label" : "index";
    if (r->value == 0)
        lun_fail(LUN_E_INDEX, "values from a file that counts from 0 need + 1",
                 "%s 0 (element %lld): Lunette counts from 1, as Lua does; use 1..%lld", what, element + 1, r->bound);
    else lun_fail(LUN_E_INDEX, NULL, "%s %lld (element %lld) is outside 1..%lld", what, r->value, element + 1, r->bound);
    lun_hint("use 1..%lld%s", r->bound, labels ? "" : ", or negative numbers to count from the end");
}

static void fail_kind(const lun_flag_record *r)
{
    long long element = (long long)(r->key & ((1ULL << LUN_FLAG_ELEMENT_BITS) - 1));
    switch ((lun_flag_kind)r->kind) {
    case LUN_FLAG_INDEX: fail_position(r, false); break;
    case LUN_FLAG_LABEL: fail_position(r, true); break;
    case LUN_FLAG_ROW_LABEL:
        lun_fail(LUN_E_INDEX, "use -1 after the last class of a row", "label %lld (row %lld, position %lld) is outside 1..%lld", r->value,
                 element / r->bound + 1, element % r->bound + 1, r->bound);
        break;
    case LUN_FLAG_DIVISION:
        lun_fail(LUN_E_ARGUMENT, "use floats, where x / 0 is inf or nan: x:float()", "whole number divided by 0");
        break;
    case LUN_FLAG_WEIGHT:
        lun_fail(LUN_E_ARGUMENT, "lun.softmax(x, -1) makes weights of any numbers", "weights must be finite and not negative, got %g",
                 as_double(r->value));
        break;
    case LUN_FLAG_FEW:
        lun_fail(LUN_E_ARGUMENT, "replacement=true draws one again", "row %lld has only %lld weights above 0, %lld are needed", element + 1,
                 r->value, r->bound);
        break;
    case LUN_FLAG_DRAW:
        lun_fail(LUN_E_ARGUMENT, "x:clamp(least, most) keeps values in a range", "element %lld of a parameter is out of range: %g",
                 element + 1, as_double(r->value));
        break;
    case LUN_FLAG_SINGULAR:
        lun_fail(LUN_E_ARGUMENT, "lun.linalg.pinv(x) works for any matrix", "matrix %lld has no inverse", element + 1);
        break;
    case LUN_FLAG_NOT_POSITIVE:
        lun_fail(LUN_E_ARGUMENT, "x:matmul(x:t()) + lun.eye(n) is positive definite", "matrix %lld is not positive definite", element + 1);
        break;
    case LUN_FLAG_BINS:
        lun_fail(LUN_E_ARGUMENT, "x:histc(bins, min, max)", "x has NaN or infinite elements, so bins from its extremes cannot be made");
        break;
    }
}

/* Appends where it happened to the error just made, and gives it the op's name: the wait is only where it was noticed. */
static void name_call(const flag_site *s)
{
    const lun_context *ctx = lun_context_get();
    lun_error *e = &lun_context_get()->error;
    lun_site now = ctx->site ? ctx->site() : lun_site{NULL, 0};
    size_t n = strlen(e->message);
    if (s->file && (s->file != now.file || s->line != now.line))
        snprintf(e->message + n, sizeof e->message - n, " (by the %s%s at %s:%d; noticed only now)", s->op->name, s->inplace ? "_" : "",
                 s->file, s->line);
    snprintf(e->op, sizeof e->op, "%s%s", s->op->name, s->inplace ? "_" : "");
    e->earlier = true;
}

bool lun_cuda_flags_raised(const lun_cuda_device *d) { return *d->flags->raised != 0; }

bool lun_cuda_flags_look(lun_cuda_device *d)
{
    lun_cuda_flags *f = d->flags;
    if (!*f->raised) return true;
    if (!lun_cuda_check(cudaMemcpyAsync(f->copy, f->record, sizeof *f->copy, cudaMemcpyDeviceToHost, d->stream), "read the flags") ||
        !lun_cuda_check(cudaStreamSynchronize(d->stream), "wait for the device"))
        return false;
    lun_flag_record r = *f->copy;
    if (!lun_cuda_flags_clear(d) || lun_failed()) return false;
    flag_site s = f->sites[r.site];
    fail_kind(&r);
    name_call(&s);
    return false;
}

/* --- positions ---------------------------------------------------------------------------------------------------------------- */

struct position_rule { int64_t bound, ignore; bool labels; };

template <class T>
static __global__ void check_positions(const lun_walk w, position_rule rule, const lun_flag flag)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < w.numel; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t at[LUN_WALK_OPERANDS];
        lun_walk_at(w, i, at);
        int64_t v = (int64_t)*(const T *)(w.data[1] + at[1]), position = 0;
        if (v >= 1 && v <= rule.bound) position = v - 1;
        else if (rule.labels && rule.ignore && v == rule.ignore) position = v;
        else if (!rule.labels && v < 0 && v >= -rule.bound) position = v + rule.bound;
        else lun_flag_raise(flag, rule.labels ? LUN_FLAG_LABEL : LUN_FLAG_INDEX, i, v, rule.bound);
        *(int64_t *)(w.data[0] + at[0]) = position;
    }
}

extern "C" lun_tensor *lun_cuda_positions(const lun_call *c, int i, bool labels)
{
    lun_tensor *x = c->in[i];
    if (!lun_cuda_use(lun_tensor_device(x).index) || !lun_cuda_follow_one(x)) return NULL;
    lun_tensor *y = lun_tensor_empty(LUN_I64, x->ndim, x->dims, lun_tensor_device(x));
    if (!y || !x->numel) return y;
    lun_iter it;
    lun_iter_begin(&it, x->ndim, x->dims);
    lun_iter_add(&it, y); /* what is written decides the order of the walk */
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    position_rule rule = {c->bound, c->ignore, labels};
    bool ok = lun_by_integer((lun_dtype)x->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("check positions", check_positions<T>, lun_blocks(x->numel, 256, 4096), 256, 0, lun_walk_of(&it), rule,
                               lun_cuda_flag(c));
    });
    return ok ? y : NULL;
}

static __global__ void add_one(int64_t *x, int64_t n)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += (int64_t)gridDim.x * blockDim.x) x[i]++;
}

extern "C" bool lun_cuda_add_one(lun_tensor *x)
{
    if (!lun_cuda_use(lun_tensor_device(x).index)) return false;
    return lun_cuda_launch("count from one", add_one, lun_blocks(x->numel, 256, 4096), 256, 0, lun_at<int64_t>(x), x->numel);
}
