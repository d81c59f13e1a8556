/* stop.c - the listener that stops
 *
 * Holds: NaN (or infinity) is born where an output has it and no input had; elsewhere it only travels. On a device that is found out
 * while the run goes on, and the stop comes at the next wait. A stop inside a stop's own evaluation cannot happen, because that runs
 * in a context without listeners. Read next: debugger/break.c. SPDX-License-Identifier: MIT
 */
#include "debugger/stop.h"

#include "core/backend.h"
#include "core/context.h"
#include "core/error.h"
#include "core/op_id.h"
#include "core/tape.h"

#include <math.h>

static lun_stop_host host;
static lun_step step_mode;
static int step_left;
static uint64_t finish_sequence;
static const lun_node *last_node;          /* backward: one stop per node */
static int op_calls[LUN_OP_LIMIT];         /* calls per op in this run, for #k */

/* x - x is 0 unless x is not finite: a loop that vectorises, so that healthy tensors cost little. */
static bool all_finite(const float *v, int64_t n)
{
    int bad = 0;
    for (int64_t i = 0; i < n; i++) bad |= (v[i] - v[i]) != 0.0F;
    return !bad;
}

unsigned lun_health(const lun_tensor *x)
{
    unsigned bits = 0;
    if (!x || lun_is_none(x) || !lun_dtype_is_float((lun_dtype)x->dtype) || x->storage->device.type != LUN_CPU) return 0;
    if (x->dtype == LUN_F32 && lun_is_contiguous(x) && all_finite(lun_data(x), x->numel)) return 0;
    for (int64_t i = 0; i < x->numel; i++) {
        double v = lun_get_double(x, i);
        if (!isfinite(v)) bits |= isnan(v) ? LUN_HAS_NAN : LUN_HAS_INFINITY;
    }
    return bits;
}

/* NaN and infinity each on its own: 0 * inf bears a NaN although an input was infinite. */
static bool born_nonfinite(const lun_event *e)
{
    const lun_call *c = e->call;
    unsigned out = 0;
    if (e->kind != LUN_EVENT_AFTER || (c->op->flags & (LUN_OP_VIEW | LUN_OP_CREATION)) || c->op->id == LUN_OP_to_device) return false;
    const lun_backend *device = c->n_out && c->out[0] ? lun_backends[lun_tensor_device(c->out[0]).type] : NULL;
    if (device && device->watch) return device->watch(e, &out) && out != 0;
    for (int k = 0; k < c->n_out; k++) out |= lun_health(c->out[k]);
    for (int i = 0; i < c->n_in && out; i++) out &= ~lun_health(c->in[i]);
    return out != 0;
}

static lun_action ask(const lun_stop *s)
{
    step_mode = LUN_STEP_NONE;
    lun_action action = host.stop(s);
    lun_stop_rearm();
    if (action == LUN_UNWIND) {
        lun_error_clear();
        lun_fail(LUN_E_UNWIND, NULL, "the debugger left this run");
    }
    return action;
}

static lun_action report(lun_event *e, lun_breakpoint *b, const char *reason)
{
    return ask(&(lun_stop){.event = e, .breakpoint = b, .reason = reason});
}

static lun_breakpoint *hit_op(lun_event *e)
{
    for (lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        if (!lun_break_matches(b, e)) continue;
        if (b->call && b->call != op_calls[e->call->op->id]) continue;
        if (e->phase == LUN_PHASE_BACKWARD && !b->after && e->node == last_node) continue;
        if (b->condition && !host.condition(b, e)) continue;
        if (e->phase == LUN_PHASE_BACKWARD) last_node = e->node;
        if (lun_break_hit(b)) return b;
    }
    return NULL;
}

static bool catches(const lun_breakpoint *b) { return b->enabled && b->kind == LUN_BREAK_NONFINITE; }

static lun_breakpoint *hit_nonfinite(lun_event *e)
{
    lun_breakpoint *b = lun_break_first();
    while (b && !catches(b)) b = b->next;
    if (!b || !born_nonfinite(e)) return NULL;
    for (; b; b = b->next) {
        if (!catches(b)) continue;
        if (b->condition && !host.condition(b, e)) continue;
        if (lun_break_hit(b)) return b;
    }
    return NULL;
}

/* The op is long done and its tensors may be gone: the stop has its name, line and shapes. A condition would want their values. */
static bool stop_late(const lun_late *late)
{
    lun_breakpoint *b = lun_break_first();
    while (b && !(catches(b) && lun_break_hit(b))) b = b->next;
    if (!b) return true;
    lun_call call;
    lun_call_begin(&call, late->op);
    call.inplace = late->inplace;
    lun_event e = {.kind = LUN_EVENT_AFTER, .phase = late->phase, .call = &call, .sequence = late->sequence};
    return ask(&(lun_stop){.event = &e, .breakpoint = b, .reason = "nonfinite", .late = late}) != LUN_UNWIND;
}

static bool step_stops(const lun_event *e)
{
    if (step_mode == LUN_STEP_FINISH_OP) return e->kind == LUN_EVENT_AFTER && e->sequence == finish_sequence;
    return step_mode == LUN_STEP_OP && e->kind == LUN_EVENT_BEFORE && e->depth == 0 && --step_left <= 0;
}

static lun_action on_event(lun_listener *l, lun_event *e)
{
    (void)l;
    if (e->kind == LUN_EVENT_BEFORE && e->phase == LUN_PHASE_FORWARD) {
        op_calls[e->call->op->id]++;
        last_node = NULL;
    }
    if (e->kind == LUN_EVENT_ERROR) return LUN_GO;
    lun_breakpoint *b = hit_op(e);
    if (b) return report(e, b, "breakpoint");
    if ((b = hit_nonfinite(e))) return report(e, b, "nonfinite");
    if (step_stops(e)) return report(e, NULL, step_mode == LUN_STEP_OP ? "step" : "finish");
    return LUN_GO;
}

static lun_listener listener = {.on = on_event};

void lun_stop_rearm(void)
{
    unsigned bits = step_mode == LUN_STEP_NONE ? 0 : LUN_ARMED_STEP;
    for (const lun_breakpoint *b = lun_break_first(); b; b = b->next)
        if (b->enabled && b->kind != LUN_BREAK_MODULE) bits |= b->kind == LUN_BREAK_OP ? LUN_ARMED_BREAK : LUN_ARMED_HEALTH;
    lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer; /* the run's context, also when asked for from a prompt */
    listener.bits = bits;
    lun_listen_in(ctx, &listener, bits != 0);
}

void lun_stop_set_host(const lun_stop_host *h)
{
    host = *h;
    lun_late_stop = stop_late;
    lun_stop_rearm();
}

void lun_stop_step(lun_step how, int count)
{
    lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer;
    step_mode = how;
    step_left = count;
    finish_sequence = ctx->sequence;
    lun_stop_rearm();
}

void lun_stop_new_run(void)
{
    for (int id = 0; id < LUN_OP_LIMIT; id++) op_calls[id] = 0;
    last_node = NULL;
}
