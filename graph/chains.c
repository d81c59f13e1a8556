/* chains.c - which eager ops wait for one another
 *
 * Holds: at most one expression waits; every result of it is computed. Read next: graph/chains.h, graph/queue.c. SPDX-License-Identifier: MIT
 */
#include "graph/chains.h"

#include "core/context.h"
#include "core/op_id.h"
#include "kernels/cpu/map.h"

__thread lun_graph lun_chains;

static bool is_recorded(const lun_context *ctx, const lun_call *c)
{
    bool grad = false;
    for (int i = 0; i < c->n_in; i++) grad |= ctx->grad_enabled && lun_requires_grad(c->in[i]);
    return grad;
}

bool lun_chain_takes(const lun_call *c)
{
    const lun_context *ctx = lun_context_get();
    const bool there = lun_tensor_device(c->out[0]).type != LUN_CPU && lun_op_waits.elements == LUN_WORTH_WAITING;
    lun_map map;
    bool fresh = c->n_out == 1 && !c->inplace && !(c->op->flags & LUN_OP_WRITES);
    const int64_t least = there ? LUN_WORTH_WAITING_THERE : lun_op_waits.elements;
    return lun_chains.passes && fresh && c->out[0]->numel >= least && lun_queue_may_hold(c) && !lun_queue_is_watched() &&
           !ctx->backward_node && !is_recorded(ctx, c) && lun_queue_map(c, &map);
}

/* Does a waiting op hold x's memory, or write it? A number is no memory. */
static bool is_known(const lun_queue *q, const lun_tensor *x)
{
    const lun_storage *s = x->storage;
    if (lun_is_none(x) || (x->flags & LUN_NUMBER)) return true;
    return s->queued && s->slot >= 0 && s->slot < q->n_slots && q->slots[s->slot].storage == s;
}

/* What op i of the chain computes; NULL when it was given up. */
static lun_storage *made_by(const lun_queue *q, int i) { return q->ops[i].dropped ? NULL : q->ops[i].call.few_out[0]->storage; }

/* Will an op of the chain compute x? */
static bool is_awaited(const lun_queue *q, const lun_tensor *x)
{
    bool found = false;
    for (int i = 0; i < q->count; i++) found |= x->storage && x->storage == made_by(q, i);
    return found;
}

/* Is this what the chain began with? Then a loop has come round. */
static bool comes_round(const lun_queue *q, const lun_call *c)
{
    const lun_queued *first = &q->ops[0];
    bool same = first->call.op == c->op && first->call.n_in == c->n_in;
    for (int i = 0; same && i < c->n_in; i++) {
        const lun_tensor *x = c->in[i], *y = first->call.few[i];
        same = lun_is_none(x) ? lun_is_none(y) : !lun_is_none(y) && (x->storage == y->storage || (x->flags & y->flags & LUN_NUMBER));
    }
    return same;
}

/* How many results none of the ops takes. */
static int count_ends(const lun_queue *q)
{
    int n = 0;
    for (int i = 0; i < q->count; i++) n += made_by(q, i) && made_by(q, i)->queued == 1;
    return n;
}

bool lun_chain_continues(const lun_queue *q, const lun_call *c)
{
    if (q->busy || q->depth || !q->count || q->count >= LUN_LONGEST_CHAIN || q->graph != &lun_chains) return false;
    if (!made_by(q, 0)) return false;
    const lun_tensor *begun = q->ops[0].call.few_out[0];
    bool known = count_ends(q) == 1 && !comes_round(q, c), takes = false, sums = c->op->id == LUN_OP_sum || c->op->id == LUN_OP_mean;
    for (int i = 0; i < c->n_in; i++) {
        known &= is_known(q, c->in[i]);
        takes |= is_awaited(q, c->in[i]);
    }
    if (!(known || takes) || lun_queue_is_watched()) return false;
    if (sums && takes && c->in[0]->numel == begun->numel && c->out[0]->numel == 1) return lun_queue_may_hold(c) && !is_recorded(lun_context_get(), c);
    return c->out[0]->numel == begun->numel && lun_chain_takes(c) && q->count; /* asking may have needed a value */
}

int lun_chain_hold_ends(const lun_queue *q, lun_storage **ends)
{
    int n = 0;
    for (int i = 0; q->graph == &lun_chains && i < q->count; i++) {
        lun_storage *s = made_by(q, i);
        if (!s || s->queued > 1) continue;
        lun_storage_keep(s);
        ends[n++] = s;
    }
    return n;
}
