/* trail.c - a ring of the last ops with bad results
 *
 * Holds: nothing of the run is kept alive. A storage's address may be used again; the newest entry with it is then the right one,
 * because whoever put a bad value there since left an entry. Read next: lib/dbg/why.lua. SPDX-License-Identifier: MIT
 */
#include "debugger/trail.h"

#include "core/tape.h"

#include <math.h>

static lun_trail_entry ring[LUN_TRAIL];
static int64_t count;

static int64_t first_bad(const lun_tensor *x)
{
    for (int64_t i = 0; i < x->numel; i++)
        if (!isfinite(lun_get_double(x, i))) return i;
    return 0;
}

static void note_inputs(lun_trail_entry *t, const lun_call *c, const lun_tensor *out)
{
    for (int i = 0; i < c->n_in && i < LUN_TRAIL_INPUTS; i++) {
        const lun_tensor *x = c->in[i];
        if (lun_is_none(x)) continue;
        t->n_in = i + 1;
        t->in[i] = x->storage;
        bool same = lun_shape_same(x->ndim, x->dims, out->ndim, out->dims);
        t->known[i] = (same || x->numel == 1) && x != out && lun_tensor_device(x).type == LUN_CPU;
        if (t->known[i]) t->input[i] = lun_get_double(x, same ? t->position : 0);
    }
}

void lun_trail_note(const lun_event *e, unsigned bits, unsigned born)
{
    const lun_context *ctx = lun_context_get();
    const lun_call *c = e->call;
    const lun_tensor *out = c->out[0];
    const lun_trail_entry *newest = lun_trail_at(0);
    if (newest && newest->sequence == e->sequence && newest->op == c->op) return;
    lun_trail_entry *t = &ring[count++ % LUN_TRAIL];
    *t = (lun_trail_entry){.op = c->op, .node_op = e->node ? e->node->op : NULL, .sequence = e->sequence, .phase = e->phase,
                           .bits = bits, .born = born,
                           .module_path = e->node ? e->node->module_path : ctx->module_path, .out = out->storage};
    if (ctx->site) t->site = ctx->site();
    t->position = first_bad(out);
    t->numel = out->numel;
    t->value = lun_get_double(out, t->position);
    note_inputs(t, c, out);
}

const lun_trail_entry *lun_trail_at(int k)
{
    return k < LUN_TRAIL && k < count ? &ring[(count - 1 - k) % LUN_TRAIL] : NULL;
}

const lun_trail_entry *lun_trail_maker(const lun_storage *s, uint64_t before)
{
    const lun_trail_entry *t;
    for (int k = 0; (t = lun_trail_at(k)); k++)
        if (t->out == s && (!before || t->sequence < before)) return t;
    return NULL;
}

static bool reads(const lun_trail_entry *t, const lun_storage *const *bad, int n)
{
    for (int i = 0; i < t->n_in; i++)
        for (int k = 0; k < n; k++)
            if (t->in[i] == bad[k]) return true;
    return false;
}

const lun_trail_entry *lun_trail_reached(const lun_storage *s)
{
    const lun_storage *bad[LUN_TRAIL + 1] = {s};
    int n = 1;
    const lun_trail_entry *maker = lun_trail_maker(s, 0);
    if (maker && maker->numel == 1 && maker->phase == LUN_PHASE_FORWARD) return maker;
    for (int k = LUN_TRAIL - 1; k >= 0; k--) { /* from the oldest */
        const lun_trail_entry *t = lun_trail_at(k);
        if (!t || (maker && t->sequence <= maker->sequence) || t->phase != LUN_PHASE_FORWARD || !reads(t, bad, n)) continue;
        if (t->numel == 1) return t;
        bad[n++] = t->out;
    }
    return NULL;
}
