/* plan.c - cuts a queue into steps, and fuses elementwise neighbours
 *
 * One group is open at a time. An op that cannot be fused goes before the open group if neither touches what the other writes, else the
 * group ends. Holds: two operands of a group on one storage, one of them written, are the same elements; so a block never reads what
 * another block writes. Read next: graph/blocks.c. SPDX-License-Identifier: MIT
 */
#include "graph/plan.h"

#include "core/alloc.h"
#include "core/op_id.h"
#include "kernels/cpu/reduce_plan.h"

#include <string.h>

typedef struct builder {
    lun_queue *q;
    lun_plan *plan;
    lun_group *group; /* open; NULL: none */
} builder;

static bool add_step(builder *b, int op, lun_group *group)
{
    lun_plan *p = b->plan;
    if ((size_t)p->n_steps == p->room && !lun_block_grow(&p->steps, &p->room, sizeof *p->steps, 32)) return false;
    p->steps[p->n_steps++] = (lun_step){op, group};
    return true;
}

/* --- operands -------------------------------------------------------------------------------------------------------------------- */

static lun_form form_of(const lun_group *g, const lun_tensor *x)
{
    if (x->numel == g->n && lun_is_contiguous(x)) return LUN_FLAT;
    for (int d = 0; d < x->ndim; d++)
        if (x->dims[d] != 1 && x->strides[d] != 0) return LUN_GATHERED;
    return LUN_SINGLE;
}

static bool same_elements(const lun_tensor *a, const lun_tensor *b)
{
    return a->dtype == b->dtype && a->offset == b->offset && a->ndim == b->ndim && !memcmp(a->dims, b->dims, a->ndim * sizeof *a->dims) &&
           !memcmp(a->strides, b->strides, a->ndim * sizeof *a->strides);
}

static lun_tensor *tensor_of(const builder *b, const lun_group_operand *o) { return lun_queued_tensor(&b->q->ops[o->op], o->tensor); }

/* The operand of the group that is x, or -1; *clash: x and another one share memory in a way that does not go together. */
static int find(const builder *b, const lun_tensor *x, int slot, lun_form form, lun_dtype read_as, bool written, bool *clash)
{
    const lun_group *g = b->group;
    for (int i = 0; i < g->n_operands && slot >= 0; i++) {
        const lun_group_operand *o = &g->operands[i];
        if (o->slot != slot) continue;
        const lun_tensor *y = tensor_of(b, o);
        bool flat = form == LUN_FLAT && o->form == LUN_FLAT && x->dtype == y->dtype && x->offset == y->offset;
        bool kin = form == o->form && form != LUN_FLAT && form != LUN_LATE;
        bool same = flat || (kin && same_elements(x, y) && (form != LUN_SINGLE || o->dtype == read_as));
        if (same) return i;
        if (written || o->written) *clash = true;
    }
    return -1;
}

static int operand(builder *b, int op, int k, lun_dtype read_as, bool written)
{
    lun_group *g = b->group;
    const lun_queued *e = &b->q->ops[op];
    const lun_tensor *x = lun_queued_tensor(e, k);
    lun_form form = form_of(g, x);
    bool clash = false;
    int i = find(b, x, e->slot[k], form, read_as, written, &clash), gathered = 0;
    if (clash || (written && (form != LUN_FLAT || (i >= 0 && g->operands[i].summed)))) return -1;
    if (i < 0) {
        for (int j = 0; j < g->n_operands; j++) gathered += g->operands[j].form == LUN_GATHERED;
        bool fits = g->n_operands < LUN_GROUP_OPERANDS && (form != LUN_GATHERED || gathered < LUN_GROUP_GATHERED || g->device.type != LUN_CPU);
        const lun_tensor *shape = lun_queued_tensor(&b->q->ops[g->shape], LUN_CALL_INPUTS), *out = lun_queued_tensor(e, LUN_CALL_INPUTS);
        if (form == LUN_GATHERED && !lun_shape_same(shape->ndim, shape->dims, out->ndim, out->dims)) fits = false;
        if (!fits) return -1;
        i = g->n_operands++;
        g->operands[i] = (lun_group_operand){.op = op, .tensor = k, .slot = e->slot[k], .form = form, .room = -1, .first = g->n_ops,
                                             .made = written, .dtype = form == LUN_SINGLE ? read_as : (lun_dtype)x->dtype};
    }
    g->operands[i].written |= written;
    g->operands[i].last = g->n_ops;
    return i;
}

/* How many rooms the operands could need at once; on a device, as far as one can tell now, how many are read or wanted in memory. */
static int rooms_wanted(const builder *b)
{
    const lun_group *g = b->group;
    int n = 0;
    for (int i = 0; g->device.type != LUN_CPU && i < g->n_operands; i++) {
        const lun_group_operand *o = &g->operands[i];
        const lun_storage *s = o->slot < 0 ? NULL : b->q->slots[o->slot].storage;
        n += !o->made || !s || s->refs > s->queued;
    }
    if (n) return n;
    for (int i = 0; i < g->n_operands; i++) {
        const lun_group_operand *o = &g->operands[i];
        n += (o->written && o->form != LUN_LATE) || o->filled || o->form == LUN_GATHERED;
    }
    return n;
}

/* --- joining --------------------------------------------------------------------------------------------------------------------- */

static bool join_operands(builder *b, int op, lun_group_op *to)
{
    lun_group *g = b->group;
    const lun_call *c = &b->q->ops[op].call;
    int first = c->op->id == LUN_OP_copy_ ? 1 : 0;
    bool inplace = c->few_out[0] == c->few[0];
    for (int k = 0; k < to->inputs; k++) { /* an absent input is never read */
        int from = first + k < c->n_in && !lun_is_none(c->few[first + k]) ? first + k : first;
        int i = operand(b, op, from, to->map.reads[k], false);
        if (i < 0) return false;
        to->in[k] = i;
        lun_group_operand *o = &g->operands[i];
        if (o->form != LUN_SINGLE) continue;
        if ((to->map.scalars >> k & 1) && !to->scalars) to->scalars = 1U << k;
        else o->filled = true;
    }
    to->out = operand(b, op, inplace ? 0 : LUN_CALL_INPUTS, to->map.writes, true);
    return to->out >= 0 && rooms_wanted(b) <= LUN_GROUP_ROOMS;
}

static bool join(builder *b, int op, const lun_map *m, int inputs)
{
    lun_group *g = b->group;
    const lun_tensor *out = lun_queued_tensor(&b->q->ops[op], LUN_CALL_INPUTS);
    if (g->n_ops == LUN_GROUP_OPS || out->numel != g->n || !lun_device_same(lun_tensor_device(out), g->device)) return false;
    lun_group before = {.n_operands = g->n_operands};
    memcpy(before.operands, g->operands, (size_t)g->n_operands * sizeof *g->operands);
    lun_group_op to = {.op = op, .inputs = inputs, .map = *m};
    if (!join_operands(b, op, &to)) {
        g->n_operands = before.n_operands;
        memcpy(g->operands, before.operands, (size_t)before.n_operands * sizeof *g->operands);
        return false;
    }
    g->ops[g->n_ops++] = to;
    g->cost += m->cost;
    return true;
}

/* A sum or mean of all elements is fed by the group whose value it reads. */
static bool join_sum(builder *b, int op)
{
    lun_group *g = b->group;
    const lun_queued *e = &b->q->ops[op];
    lun_reduction r;
    bool clash = false;
    if (!g || g->device.type != LUN_CPU || e->add_one || e->call.n_in != 1) return false;
    if (g->n_sums == LUN_GROUP_SUMS || g->n_operands == LUN_GROUP_OPERANDS) return false;
    const lun_tensor *x = e->call.few[0];
    if (x->numel != g->n || !lun_reduce_whole(&e->call, &r)) return false;
    int in = find(b, x, e->slot[0], LUN_FLAT, (lun_dtype)x->dtype, false, &clash);
    int late = find(b, e->call.few_out[0], e->slot[LUN_CALL_INPUTS], LUN_LATE, LUN_F32, true, &clash);
    if (in < 0 || late >= 0 || clash || g->operands[in].form != LUN_FLAT) return false;
    g->operands[in].last = LUN_GROUP_OPS;
    g->operands[in].summed = true;
    g->operands[g->n_operands++] = (lun_group_operand){.op = op, .tensor = LUN_CALL_INPUTS, .slot = e->slot[LUN_CALL_INPUTS],
                                                       .form = LUN_LATE, .written = true, .room = -1};
    g->sums[g->n_sums++] = (lun_group_sum){op, in};
    return true;
}

/* May this op go before the open group? */
static bool passes(const builder *b, const lun_queued *e)
{
    const lun_group *g = b->group;
    for (unsigned held = e->held; held; held &= held - 1) {
        int k = lun_lowest(held);
        bool written = e->writes >> k & 1;
        for (int i = 0; i < g->n_operands; i++)
            if (g->operands[i].slot == e->slot[k] && (g->operands[i].written || written)) return false;
    }
    return true;
}

/* --- closing --------------------------------------------------------------------------------------------------------------------- */

static int uses_inside(const builder *b, int slot)
{
    int uses = 0;
    for (int i = 0; i < b->group->n_ops; i++) {
        const lun_queued *e = &b->q->ops[b->group->ops[i].op];
        for (unsigned held = e->held; held; held &= held - 1) uses += e->slot[lun_lowest(held)] == slot;
    }
    for (int i = 0; i < b->group->n_sums; i++) uses += b->q->ops[b->group->sums[i].op].slot[0] == slot;
    return uses;
}

/* A room is taken from an operand's first op to its last; what is gathered or filled keeps its own. */
static void give_rooms(builder *b)
{
    lun_group *g = b->group;
    int busy_until[LUN_GROUP_ROOMS];
    for (int i = 0; i < g->n_operands; i++) {
        lun_group_operand *o = &g->operands[i];
        const lun_slot *slot = o->slot < 0 ? NULL : &b->q->slots[o->slot];
        if (o->form == LUN_LATE) continue;
        o->inside = o->written && slot->fresh && slot->uses == uses_inside(b, o->slot);
        if (!o->inside && !o->filled && o->form != LUN_GATHERED) continue;
        int first = o->inside ? o->first : 0, room = 0;
        while (room < g->rooms && busy_until[room] >= first) room++;
        if (room == g->rooms) g->rooms++;
        o->room = room;
        busy_until[room] = o->inside ? o->last : LUN_GROUP_OPS;
        int64_t bytes = (int64_t)lun_dtype_size(o->dtype) * 1024;
        if (bytes > g->room_bytes) g->room_bytes = bytes;
    }
}

static bool close_group(builder *b)
{
    lun_group *g = b->group;
    b->group = NULL;
    if (!g) return true;
    if (g->n_ops + g->n_sums > 1) {
        b->group = g;
        give_rooms(b);
        b->group = NULL;
        if (add_step(b, -1, g)) return true;
        lun_block_put(g, sizeof *g);
        return false;
    }
    int alone = g->ops[0].op;
    lun_block_put(g, sizeof *g);
    return add_step(b, alone, NULL);
}

static bool open_group(builder *b, int op, const lun_map *m, int inputs)
{
    lun_group *g = b->group = lun_block_get(sizeof *g);
    if (!g) return false;
    const lun_tensor *out = lun_queued_tensor(&b->q->ops[op], LUN_CALL_INPUTS);
    g->n_ops = g->n_operands = g->n_sums = g->rooms = 0;
    g->room_bytes = 0;
    g->cost = 0;
    g->device = lun_tensor_device(out);
    g->program = NULL;
    g->n = out->numel;
    g->shape = op;
    if (join(b, op, m, inputs)) return true;
    lun_block_put(g, sizeof *g);
    b->group = NULL;
    return add_step(b, op, NULL);
}

static bool place(builder *b, int op, bool fuse)
{
    const lun_queued *e = &b->q->ops[op];
    lun_map m;
    int inputs = fuse && !e->add_one ? lun_queue_map(&e->call, &m) : 0;
    if (inputs) return (b->group && join(b, op, &m, inputs)) || (close_group(b) && open_group(b, op, &m, inputs));
    if (fuse && join_sum(b, op)) return true;
    if (b->group && !passes(b, e) && !close_group(b)) return false;
    return add_step(b, op, NULL);
}

static void count_uses(lun_queue *q)
{
    for (int i = 0; i < q->n_slots; i++) q->slots[i].uses = 0;
    for (int i = 0; i < q->count; i++) {
        const lun_queued *e = &q->ops[i];
        for (unsigned held = e->held; held; held &= held - 1) q->slots[e->slot[lun_lowest(held)]].uses++;
    }
}

void lun_plan_free(lun_plan *p)
{
    for (int i = 0; i < p->n_steps; i++)
        if (p->steps[i].group) lun_block_put(p->steps[i].group, sizeof *p->steps[i].group);
    lun_block_put(p->steps, p->room * sizeof *p->steps);
    lun_block_put(p, sizeof *p);
}

lun_plan *lun_plan_make(lun_queue *q, uint64_t hash, bool fuse)
{
    builder b = {.q = q, .plan = lun_block_get(sizeof *b.plan)};
    if (!b.plan) return NULL;
    *b.plan = (lun_plan){.hash = hash};
    count_uses(q);
    bool ok = true;
    for (int i = 0; ok && i < q->count; i++) ok = q->ops[i].dropped || place(&b, i, fuse);
    if (ok && close_group(&b)) return b.plan;
    if (b.group) lun_block_put(b.group, sizeof *b.group);
    lun_plan_free(b.plan);
    return NULL;
}
