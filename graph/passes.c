/* passes.c - ops that need not run: those nobody needs, and those that compute what another did
 *
 * Holds: what a write leaves in somebody's memory is needed; numbers taken from the generator were taken when the op came, so an op that
 * does not run changes no random number. Read next: graph/plan.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/op_id.h"
#include "core/params.h"
#include "graph/plan.h"

#include <string.h>

static void drop(lun_queued *e, uint64_t *count)
{
    lun_queued_done(e);
    ++*count;
}

void lun_pass_dead(lun_queue *q)
{
    for (int i = 0; i < q->count; i++) {
        const lun_queued *e = &q->ops[i];
        for (unsigned held = e->held; held; held &= held - 1) {
            lun_slot *s = &q->slots[e->slot[lun_lowest(held)]];
            s->needed = s->storage->refs > s->storage->queued;
        }
    }
    for (int i = q->count - 1; i >= 0; i--) {
        lun_queued *e = &q->ops[i];
        bool needed = false;
        for (unsigned writes = e->writes; writes && !needed; writes &= writes - 1) needed = q->slots[e->slot[lun_lowest(writes)]].needed;
        if (!needed && !e->dropped) drop(e, &q->graph->counts.dead);
        for (unsigned held = e->held; held; held &= held - 1) q->slots[e->slot[lun_lowest(held)]].needed = true;
    }
}

void lun_count_writes(lun_queue *q)
{
    for (int i = 0; i < q->n_slots; i++) q->slots[i].uses = 0;
    for (int i = 0; i < q->count; i++)
        for (unsigned writes = q->ops[i].writes; writes; writes &= writes - 1) q->slots[q->ops[i].slot[lun_lowest(writes)]].uses++;
}

/* --- common work ----------------------------------------------------------------------------------------------------------------- */

bool lun_is_pure(const lun_queue *q, const lun_queued *e)
{
    const lun_call *c = &e->call;
    if (e->dropped || e->add_one || c->inplace || !c->n_out || (c->op->flags & (LUN_OP_WRITES | LUN_OP_RANDOM))) return false;
    for (unsigned writes = e->writes; writes; writes &= writes - 1)
        if (q->slots[e->slot[lun_lowest(writes)]].uses != 1) return false;
    return true;
}

static bool same_tensor(const lun_queued *a, const lun_queued *b, int k)
{
    const lun_tensor *x = a->call.few[k], *y = b->call.few[k];
    if (lun_is_none(x) || lun_is_none(y)) return x == y;
    bool number = a->slot[k] < 0;
    if (a->slot[k] != b->slot[k] || x->dtype != y->dtype || x->offset != y->offset || x->flags != y->flags) return false;
    if (!lun_shape_same(x->ndim, x->dims, y->ndim, y->dims) || memcmp(x->strides, y->strides, x->ndim * sizeof *x->strides)) return false;
    if (!number) return true;
    return lun_tensor_device(x).type == LUN_CPU && lun_tensor_device(y).type == LUN_CPU && !memcmp(lun_data(x), lun_data(y), lun_tensor_bytes(x));
}

static bool same_params(const lun_params *a, const lun_params *b)
{
    if (a->count != b->count || a->used != b->used || memcmp(a->pool, b->pool, (size_t)a->used * sizeof *a->pool)) return false;
    for (int i = 0; i < a->count; i++) {
        const lun_attr *x = &a->attr[i], *y = &b->attr[i];
        if (x->kind != y->kind || x->count != y->count || x->at != y->at || x->value.i != y->value.i) return false;
    }
    return true;
}

static bool same_work(const lun_queued *a, const lun_queued *b)
{
    const lun_call *x = &a->call, *y = &b->call;
    if (x->op != y->op || x->n_in != y->n_in || x->n_out != y->n_out || !same_params(&x->params, &y->params)) return false;
    for (int k = 0; k < x->n_in; k++)
        if (!same_tensor(a, b, k)) return false;
    for (int k = 0; k < x->n_out; k++) {
        const lun_tensor *u = x->few_out[k], *v = y->few_out[k];
        if (u->dtype != v->dtype || !lun_shape_same(u->ndim, u->dims, v->ndim, v->dims)) return false;
    }
    return true;
}

void lun_redirect(lun_queue *q, int after, int from, int to)
{
    for (int i = after + 1; i < q->count; i++) {
        for (int k = 0; k < q->ops[i].call.n_in; k++) {
            if (q->ops[i].slot[k] != from) continue;
            lun_tensor *x = q->ops[i].call.few[k];
            lun_storage *before = x->storage;
            x->storage = q->slots[to].storage;
            lun_storage_keep(x->storage);
            x->storage->queued++;
            before->queued--;
            lun_storage_drop(before);
            q->ops[i].slot[k] = to;
        }
    }
}

bool lun_is_held(const lun_queue *q, const lun_queued *e)
{
    bool held = false;
    for (int k = 0; k < e->call.n_out; k++) {
        const lun_storage *s = q->slots[e->slot[LUN_CALL_INPUTS + k]].storage;
        held |= s->refs > s->queued;
    }
    return held;
}

static uint32_t key_of(const lun_queued *e)
{
    uint32_t h = (uint32_t)e->call.op->id;
    for (int k = 0; k < e->call.n_in; k++) h = (h ^ (uint32_t)e->slot[k]) * 2654435761U;
    return h ^ h >> 15;
}

/* The earlier op that did the same, or -1; then e is remembered. Writes to the inputs in between make two ops different: how often they
 * were written so far only grows, so equal sums are equal counts. */
enum { TABLE = 1024, PROBES = 8 };
static int earlier(lun_queue *q, int *table, int i)
{
    lun_queued *e = &q->ops[i];
    uint32_t key = key_of(e);
    e->writes_before = 0;
    for (int k = 0; k < e->call.n_in; k++) e->writes_before += e->slot[k] >= 0 ? q->slots[e->slot[k]].writes : 0;
    for (uint32_t p = 0; p < PROBES; p++) {
        int *at = &table[(key + p) % TABLE];
        if (*at < 0) {
            *at = i;
            return -1;
        }
        if (q->ops[*at].writes_before == e->writes_before && same_work(&q->ops[*at], e)) return *at;
    }
    return -1;
}

void lun_pass_common(lun_queue *q)
{
    int table[TABLE];
    memset(table, -1, sizeof table);
    lun_count_writes(q);
    for (int i = 0; i < q->n_slots; i++) q->slots[i].writes = 0;
    for (int i = 0; i < q->count; i++) {
        lun_queued *e = &q->ops[i];
        int first = lun_is_pure(q, e) ? earlier(q, table, i) : -1;
        for (unsigned writes = e->writes; writes; writes &= writes - 1) q->slots[e->slot[lun_lowest(writes)]].writes++;
        if (first < 0 || lun_is_held(q, e)) continue;
        for (int k = LUN_CALL_INPUTS; k < LUN_CALL_INPUTS + e->call.n_out; k++) lun_redirect(q, i, e->slot[k], q->ops[first].slot[k]);
        drop(e, &q->graph->counts.common);
    }
}
