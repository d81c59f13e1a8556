/* run.c - from a queue to its results: passes, the plan that fits, its steps
 *
 * Holds: a queue and its plan are matched by a hash of ops, shapes, strides, dtypes and which storages are the same; numbers and attributes
 * are no part of it, but those that choose a loop (an exponent, the row of a gradient).
 * Read next: graph/plan.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/context.h"
#include "core/op_id.h"
#include "graph/plan.h"

#include <string.h>

enum { MOST_PLANS = 32 };

static void mix(uint64_t *h, uint64_t v)
{
    *h = (*h ^ v) * 0x9E3779B97F4A7C15U;
    *h ^= *h >> 29;
}

static void mix_tensor(uint64_t *h, const lun_queue *q, const lun_tensor *x, int slot)
{
    if (lun_is_none(x)) {
        mix(h, 1);
        return;
    }
    mix(h, (uint64_t)x->dtype | (uint64_t)x->ndim << 8 | (uint64_t)(x->flags & LUN_NUMBER) << 16 |
               (uint64_t)(slot >= 0 && q->slots[slot].fresh) << 24 | (uint64_t)lun_tensor_device(x).type << 25 | (uint64_t)(uint32_t)slot << 32);
    mix(h, (uint64_t)x->offset | (uint64_t)lun_tensor_device(x).index << 56);
    for (int d = 0; d < x->ndim; d++) {
        mix(h, (uint64_t)x->dims[d]);
        mix(h, (uint64_t)x->strides[d]);
    }
}

/* What chooses a loop is part of the structure. */
static void mix_choice(uint64_t *h, const lun_call *c)
{
    if (c->op->id == LUN_OP_row_gradient) {
        mix(h, (uint64_t)lun_param_int(&c->params, 0, 0));
        mix(h, (uint64_t)lun_param_int(&c->params, 1, 0));
    }
    if (c->op->id == LUN_OP_expression) mix(h, (uint64_t)lun_param_int(&c->params, 0, 0));
    if (c->op->id != LUN_OP_pow || !(c->few[1]->flags & LUN_NUMBER) || lun_tensor_device(c->few[1]).type != LUN_CPU) return;
    double exponent = lun_get_double(c->few[1], 0);
    uint64_t bits;
    memcpy(&bits, &exponent, sizeof bits);
    mix(h, bits);
}

static uint64_t hash_of(const lun_queue *q, unsigned passes)
{
    uint64_t h = passes;
    for (int i = 0; i < q->count; i++) {
        const lun_queued *e = &q->ops[i];
        if (e->dropped) continue;
        mix(&h, (uint64_t)i | (uint64_t)e->call.op->id << 16 | (uint64_t)e->call.n_in << 40 | (uint64_t)e->call.n_out << 48 |
                    (uint64_t)e->call.inplace << 56 | (uint64_t)e->add_one << 57);
        for (int k = 0; k < e->call.n_in; k++) mix_tensor(&h, q, e->call.few[k], e->slot[k]);
        for (int k = 0; k < e->call.n_out; k++) mix_tensor(&h, q, e->call.few_out[k], e->slot[LUN_CALL_INPUTS + k]);
        mix_choice(&h, &e->call);
    }
    return h;
}

void lun_plans_free(lun_graph *g)
{
    for (int i = 0; i < g->n_plans; i++) lun_plan_free(g->plans[i]);
    lun_block_put(g->plans, (size_t)(g->plans ? MOST_PLANS : 0) * sizeof *g->plans);
    g->plans = NULL;
    g->n_plans = 0;
}

static lun_plan *plan_of(lun_queue *q, lun_graph *g)
{
    uint64_t hash = hash_of(q, g->passes);
    for (int i = 0; i < g->n_plans; i++) {
        if (g->plans[i]->hash != hash) continue;
        g->counts.matched++;
        return g->plans[i];
    }
    if (g->n_plans == MOST_PLANS) lun_plans_free(g); /* sizes that never come again would fill the memory */
    if (!g->plans && !(g->plans = lun_block_get(MOST_PLANS * sizeof *g->plans))) return NULL;
    lun_plan *p = lun_plan_make(q, hash, g->passes & LUN_PASS_FUSE);
    if (!p) return NULL;
    g->counts.plans++;
    return g->plans[g->n_plans++] = p;
}

static bool run_step(lun_queue *q, const lun_step *s)
{
    if (!s->group) {
        if (!lun_queued_run(q, &q->ops[s->op])) return false;
        lun_queued_done(&q->ops[s->op]);
        return true;
    }
    bool fused = true;
    if (!(s->group->device.type == LUN_CPU ? lun_group_run(q, s->group) : lun_group_launch(q, s->group, &fused))) return false;
    for (int i = 0; i < s->group->n_ops; i++) lun_queued_done(&q->ops[s->group->ops[i].op]);
    for (int i = 0; i < s->group->n_sums; i++) lun_queued_done(&q->ops[s->group->sums[i].op]);
    q->graph->counts.groups += fused;
    if (fused) q->graph->counts.fused += (uint64_t)(s->group->n_ops + s->group->n_sums);
    return true;
}

/* As they came: when there is no graph any more, or no memory for a plan. */
static bool run_in_order(lun_queue *q)
{
    for (int i = 0; i < q->count; i++) {
        if (q->ops[i].dropped) continue;
        if (!lun_queued_run(q, &q->ops[i])) return false;
        lun_queued_done(&q->ops[i]);
    }
    return true;
}

static bool run_planned(lun_queue *q)
{
    lun_graph *g = q->graph;
    for (int i = 0; i < q->count; i++) {
        q->ops[i].call.in = q->ops[i].call.few;
        q->ops[i].call.out = q->ops[i].call.few_out;
    }
    if (!g) return run_in_order(q);
    g->counts.runs++;
    if (g->passes & LUN_PASS_COMMON) lun_pass_common(q);
    if (g->passes & LUN_PASS_CONSTANT) lun_pass_constant(q);
    if (g->passes & LUN_PASS_DEAD) lun_pass_dead(q);
    lun_plan *p = plan_of(q, g);
    if (!p) {
        lun_error_clear();
        return run_in_order(q);
    }
    for (int i = 0; i < p->n_steps; i++)
        if (!run_step(q, &p->steps[i])) return false;
    return true;
}

bool lun_plan_run(lun_queue *q)
{
    lun_context *ctx = lun_context_get();
    const lun_call *whole = ctx->whole; /* what waits is no part of what runs now */
    ctx->whole = NULL;
    bool ok = run_planned(q);
    ctx->whole = whole;
    return ok;
}
