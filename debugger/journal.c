/* journal.c - the listener that keeps the journal
 *
 * Holds: inputs are looked at before the op, which may overwrite them; a tensor on a device is brought to the host for its hash.
 * Read next: core/hook.h. SPDX-License-Identifier: MIT
 */
#include "debugger/journal.h"

#include "core/device.h"
#include "core/error.h"
#include "core/hook.h"
#include "core/summary.h"
#include "core/tape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lun_record *records;
static int64_t count, capacity;
static int64_t open_record = -1; /* whose op runs now */

uint64_t lun_journal_mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9E3779B97F4A7C15U;
    return h ^ (h >> 29);
}

static uint64_t element(const char *at, size_t size)
{
    uint64_t word[2] = {0, 0};
    memcpy(word, at, size);
    return size > 8 ? lun_journal_mix(word[0], word[1]) : word[0];
}

/* The elements in row-major order, whatever the strides. */
static uint64_t hash_of(const lun_tensor *x, const int64_t *dims, const int64_t *strides)
{
    size_t size = lun_dtype_size((lun_dtype)x->dtype);
    const char *data = lun_storage_data(x->storage);
    int64_t index[LUN_MAX_DIMS] = {0}, at = x->offset;
    uint64_t h = (uint64_t)x->dtype + 1;
    for (int64_t k = 0; k < x->numel; k++) {
        h = lun_journal_mix(h, element(data + (size_t)at * size, size));
        for (int d = x->ndim; d-- > 0;) {
            at += strides[d];
            if (++index[d] < dims[d]) break;
            at -= index[d] * strides[d];
            index[d] = 0;
        }
    }
    return h;
}

static uint64_t transposed_hash(const lun_tensor *x)
{
    int64_t dims[2] = {x->dims[1], x->dims[0]}, strides[2] = {x->strides[1], x->strides[0]};
    return hash_of(x, dims, strides);
}

static lun_print print_of(lun_tensor *x)
{
    lun_print p = {.ndim = -1};
    lun_summary s;
    if (!x || lun_is_none(x) || !(x = lun_on_host(x))) return lun_error_clear(), p;
    p.ndim = x->ndim;
    if (x->ndim) memcpy(p.dims, x->dims, (size_t)(x->ndim < 4 ? x->ndim : 4) * sizeof *p.dims);
    p.dtype = x->dtype;
    p.parameter = (x->flags & LUN_REQUIRES_GRAD) && !x->node;
    p.hash = hash_of(x, x->dims, x->strides);
    if (x->ndim == 2) p.transposed = transposed_hash(x);
    if (!lun_summarize(x, &s)) return lun_error_clear(), p;
    p.absmax = s.finite == s.seen ? fmax(fabs(s.min), fabs(s.max)) : INFINITY;
    p.mean = s.mean;
    return p;
}

uint64_t lun_journal_attributes(const lun_params *params)
{
    uint64_t h = (uint64_t)params->count;
    for (int k = 0; k < params->count; k++) {
        const lun_attr *a = &params->attr[k];
        bool list = a->kind == LUN_ATTR_INTS || a->kind == LUN_ATTR_FLOATS, text = a->kind == LUN_ATTR_STRING;
        bool value = a->kind == LUN_ATTR_INT || a->kind == LUN_ATTR_FLOAT || a->kind == LUN_ATTR_BOOL || a->kind == LUN_ATTR_DTYPE;
        h = lun_journal_mix(lun_journal_mix(h, a->kind), value ? (uint64_t)a->value.i : list || text ? a->count : 0);
        for (int i = 0; i < (a->kind == LUN_ATTR_COMPLEX ? 2 : list ? a->count : 0); i++) h = lun_journal_mix(h, (uint64_t)params->pool[a->at + i]);
        const char *word = (const char *)(params->pool + a->at);
        for (int i = 0; i < a->count && text; i++) h = lun_journal_mix(h, (uint64_t)(unsigned char)word[i]);
    }
    return h;
}

static double simple(const lun_attr *a)
{
    return a->kind == LUN_ATTR_FLOAT ? a->value.f : a->kind == LUN_ATTR_INT || a->kind == LUN_ATTR_BOOL ? (double)a->value.i : NAN;
}

static bool room(void)
{
    if (count < capacity) return true;
    if (count >= LUN_JOURNAL_MOST) return false;
    int64_t more = capacity ? 2 * capacity : 256;
    lun_record *grown = realloc(records, (size_t)more * sizeof *grown);
    if (!grown) return false;
    records = grown;
    capacity = more;
    return true;
}

/* Is what stood in the first argument of no consequence? */
static bool overwrites(const lun_call *c)
{
    static const char *const ops[] = {"fill_", "zero_", "copy_"};
    bool writes = c->inplace || (c->op->flags & LUN_OP_WRITES);
    if (writes && (c->op->flags & LUN_OP_RANDOM)) return true;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (!strcmp(c->op->name, ops[i])) return true;
    return false;
}

static lun_context *run_context(void)
{
    lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer;
    return ctx;
}

static void begin(const lun_event *e)
{
    const lun_context *ctx = run_context();
    const lun_call *c = e->call;
    open_record = -1;
    if (!room()) return;
    lun_record *r = &records[count];
    *r = (lun_record){.op = c->op, .node_op = e->node ? e->node->op : NULL, .module_path = e->node ? e->node->module_path : ctx->module_path,
                      .sequence = e->sequence, .phase = e->phase, .inplace = c->inplace, .attributes = lun_journal_attributes(&c->params),
                      .drawn = ctx->generator.offset, .n_in = c->n_in < LUN_JOURNAL_IN ? c->n_in : LUN_JOURNAL_IN};
    for (int i = 0; i < LUN_JOURNAL_OPTIONS; i++) r->option[i] = i < c->params.count ? simple(&c->params.attr[i]) : NAN;
    if (e->node) r->site = e->node->site;
    else if (ctx->site) r->site = ctx->site();
    for (int i = 0; i < r->n_in; i++) r->in[i] = print_of(c->in[i]);
    if (r->n_in && overwrites(c)) r->in[0].hash = r->in[0].transposed = 0;
    open_record = count++;
}

static void end(const lun_event *e)
{
    if (open_record < 0 || records[open_record].sequence != e->sequence) return;
    lun_record *r = &records[open_record];
    const lun_call *c = e->call;
    r->failed = e->kind == LUN_EVENT_ERROR;
    r->n_out = r->failed ? 0 : c->n_out < LUN_JOURNAL_OUT ? c->n_out : LUN_JOURNAL_OUT;
    for (int k = 0; k < r->n_out; k++) r->out[k] = print_of(c->out[k]);
    if (!strncmp(r->op->name, "empty", 5)) r->out[0].hash = 0; /* whatever lay there */
}

static lun_action on_event(lun_listener *l, lun_event *e)
{
    (void)l;
    if (e->depth) return LUN_GO;
    if (e->kind == LUN_EVENT_BEFORE) begin(e);
    else end(e);
    return LUN_GO;
}

static lun_listener listener = {.bits = LUN_ARMED_JOURNAL, .on = on_event};

void lun_journal(bool on)
{
    if (on) count = 0;
    open_record = -1;
    lun_listen_in(run_context(), &listener, on);
}

void lun_journal_include(const lun_event *e)
{
    if (e->kind == LUN_EVENT_BEFORE && !e->depth) begin(e);
}

int64_t lun_journal_count(void) { return count; }
const lun_record *lun_journal_at(int64_t k) { return k >= 0 && k < count ? &records[k] : NULL; }
