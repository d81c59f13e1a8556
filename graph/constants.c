/* constants.c - what is made of numbers alone is kept from one run of a compiled function to the next: masks, ranges, tables of sines
 *
 * A value is known by a hash of its op, attributes, shape, and of its inputs, which are numbers or such values themselves. Kept are those
 * that other work reads. Holds: nobody outside holds a kept value and nothing writes to it, so it stays what it was.
 * Read next: graph/passes.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "graph/plan.h"

#include <string.h>

enum { MOST = 64 };
static const size_t most_bytes = (size_t)64 << 20;

struct lun_constants {
    int n;
    size_t bytes;
    uint64_t hash[MOST];
    lun_tensor *value[MOST];
};

static void mix(uint64_t *h, uint64_t v)
{
    *h = (*h ^ v) * 0x9E3779B97F4A7C15U;
    *h ^= *h >> 31;
}

static void mix_shape(uint64_t *h, const lun_tensor *x)
{
    mix(h, (uint64_t)x->dtype << 8 | x->ndim);
    mix(h, (uint64_t)x->offset);
    for (int d = 0; d < x->ndim; d++) {
        mix(h, (uint64_t)x->dims[d]);
        mix(h, (uint64_t)x->strides[d]);
    }
}

static void mix_number(uint64_t *h, const lun_tensor *x)
{
    uint64_t cells[2] = {0, 0};
    memcpy(cells, lun_data(x), lun_tensor_bytes(x));
    mix(h, (uint64_t)x->dtype);
    mix(h, cells[0]);
    mix(h, cells[1]);
}

static void mix_params(uint64_t *h, const lun_params *p)
{
    for (int i = 0; i < p->count; i++) {
        mix(h, (uint64_t)p->attr[i].kind | (uint64_t)p->attr[i].count << 8 | (uint64_t)p->attr[i].at << 16);
        mix(h, (uint64_t)p->attr[i].value.i);
    }
    for (int i = 0; i < p->used; i++) mix(h, (uint64_t)p->pool[i]);
}

/* What op i computes when it is made of numbers alone, as a hash; else 0. Hashes of earlier ops stand in their results' slots. */
static uint64_t content(const lun_queue *q, const lun_queued *e)
{
    const lun_call *c = &e->call;
    uint64_t h = (uint64_t)c->op->id + 1;
    if (!lun_is_pure(q, e)) return 0;
    for (int k = 0; k < c->n_in; k++) {
        const lun_tensor *x = c->few[k];
        bool number = e->slot[k] < 0 && !lun_is_none(x);
        if (!number && !lun_is_none(x) && !q->slots[e->slot[k]].content) return 0;
        mix(&h, (uint64_t)k);
        if (number && lun_tensor_device(x).type != LUN_CPU) return 0;
        if (number) mix_number(&h, x);
        else if (!lun_is_none(x)) {
            mix(&h, q->slots[e->slot[k]].content);
            mix_shape(&h, x);
        }
    }
    for (int k = 0; k < c->n_out; k++) mix_shape(&h, c->few_out[k]);
    mix_params(&h, &c->params);
    return h ? h : 1;
}

static struct lun_constants *constants_of(lun_graph *g)
{
    if (!g->constants && (g->constants = lun_block_get(sizeof *g->constants))) *g->constants = (struct lun_constants){.n = 0};
    return g->constants;
}

void lun_constants_free(lun_graph *g)
{
    for (int i = 0; g->constants && i < g->constants->n; i++) lun_drop(g->constants->value[i]);
    lun_block_put(g->constants, sizeof *g->constants);
    g->constants = NULL;
}

/* The kept value takes the place of the op's result; or the result is kept. */
static void take_or_keep(lun_queue *q, int i)
{
    lun_queued *e = &q->ops[i];
    lun_tensor *x = e->call.few_out[0];
    int own = e->slot[LUN_CALL_INPUTS];
    struct lun_constants *all = constants_of(q->graph);
    for (int k = 0; all && k < all->n; k++) {
        if (all->hash[k] != q->slots[own].content) continue;
        lun_storage *s = all->value[k]->storage;
        void *data = s->data;
        int slot = lun_queue_hold(q, s);
        if (slot < 0) {
            lun_error_clear();
            return;
        }
        s->data = data;
        lun_redirect(q, i, own, slot);
        s->queued--; /* the readers hold it */
        lun_queued_done(e);
        q->graph->counts.constant++;
        return;
    }
    if (!all || all->bytes + x->storage->bytes > most_bytes || all->n == MOST) {
        lun_constants_free(q->graph);
        return;
    }
    all->hash[all->n] = q->slots[own].content;
    all->bytes += x->storage->bytes;
    all->value[all->n] = lun_keep(lun_tensor_alias(x));
    if (all->value[all->n]) all->n++;
}

void lun_pass_constant(lun_queue *q)
{
    bool any = false;
    lun_count_writes(q);
    for (int i = 0; i < q->n_slots; i++) {
        q->slots[i].content = 0;
        q->slots[i].needed = false;
    }
    for (int i = 0; i < q->count; i++) {
        lun_queued *e = &q->ops[i];
        uint64_t h = e->dropped ? 0 : content(q, e);
        for (unsigned held = e->held; held; held &= held - 1) {
            lun_slot *s = &q->slots[e->slot[lun_lowest(held)]];
            if (h && lun_lowest(held) >= LUN_CALL_INPUTS) s->content = h + (uint64_t)lun_lowest(held);
            if (!h) s->needed = true;
            any |= !h && s->content;
        }
    }
    for (int i = 0; any && i < q->count; i++) {
        lun_queued *e = &q->ops[i];
        if (e->dropped || e->call.n_out != 1 || e->slot[LUN_CALL_INPUTS] < 0) continue;
        const lun_slot *s = &q->slots[e->slot[LUN_CALL_INPUTS]];
        if (s->content && s->needed && !lun_is_held(q, e)) take_or_keep(q, i);
    }
}
