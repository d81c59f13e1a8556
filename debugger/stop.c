/* stop.c - the listener that stops
 *
 * Holds: of several breakpoints at one place the first whose condition holds stops. On a device a NaN is found out while the run goes
 * on, and the stop comes at the next wait. A stop inside a stop's own evaluation cannot happen, because that runs in a context without
 * listeners. Read next: debugger/break.c, debugger/events.c. SPDX-License-Identifier: MIT
 */
#include "debugger/stop.h"

#include "core/context.h"
#include "core/error.h"
#include "core/op_id.h"
#include "debugger/alias.h"
#include "debugger/events.h"
#include "debugger/measure.h"
#include "debugger/travel.h"

#include <string.h>
#include <time.h>

static lun_stop_host host;
static lun_step step_mode;
static int step_left, step_depth;
static uint64_t finish_sequence, optimizer_step;
static bool muted, travels; /* travels: as of when it was armed */
static int op_calls[LUN_OP_LIMIT]; /* calls per op in this run, for #k */

/* Where a breakpoint may stop, as bits 1 << kind of event: at an op of the forward pass or of an optimiser's step, in backward passes, at any
 * op, at one that writes. What is not asked for is passed with a look at these. */
static struct { uint8_t op[LUN_OP_LIMIT], backward, any, writing; } wanted;
static uint8_t asks[LUN_OP_LIMIT]; /* of these, what the door need not even ask about in the forward phase */

static lun_action ask(lun_stop *s)
{
    const lun_call *c = s->event->call;
    const lun_tensor *in[LUN_CALL_INPUTS], *out[LUN_MAX_OUT];
    size_t n_in = sizeof *in * (size_t)(c->n_in < LUN_CALL_INPUTS ? c->n_in : LUN_CALL_INPUTS);
    size_t n_out = sizeof *out * (size_t)(s->event->kind == LUN_EVENT_AFTER ? c->n_out < LUN_MAX_OUT ? c->n_out : LUN_MAX_OUT : 0);
    memcpy(in, c->in, n_in);
    memcpy(out, c->out, n_out);
    lun_step step = step_mode;
    step_mode = LUN_STEP_NONE;
    lun_action action = host.stop(s);
    if (s->passed) step_mode = step;
    lun_stop_rearm();
    bool edited = action == LUN_SKIP || memcmp(in, c->in, n_in) || memcmp(out, c->out, n_out);
    if (edited && !s->late) lun_travel_edited(s->event);
    if (action == LUN_UNWIND) {
        lun_measure_forget(true);
        lun_error_clear();
        lun_fail(LUN_E_UNWIND, NULL, "the debugger left this run");
    } else if (s->event->kind == LUN_EVENT_ERROR && action != LUN_GO) {
        lun_error_clear(); /* the op runs again, or has a result now */
    }
    return action;
}

/* ---- conditions ---- */

static uint64_t nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static bool native_holds(lun_breakpoint *b, lun_event *e)
{
    char problem[160];
    lun_condition_facts facts = {.step = optimizer_step, .hits = b->passes};
    lun_verdict v = lun_condition_test(b->condition, e, &facts, problem);
    if (v != LUN_CONDITION_FAILED) return v == LUN_CONDITION_YES;
    b->enabled = false;
    host.failed(b, problem);
    lun_stop_rearm();
    return true; /* stops this once, so that it is not overlooked */
}

/* The place is right: counts, asks the condition, counts the hit. */
static bool stops_here(lun_breakpoint *b, lun_event *e)
{
    int id = b->id;
    b->passes++;
    if (b->condition || b->asks_host) {
        uint64_t before = nanoseconds();
        bool holds = b->asks_host ? host.condition(b, e) : native_holds(b, e);
        if (lun_break_find(id) != b) return false; /* the condition removed it */
        b->nanoseconds += nanoseconds() - before;
        if (!holds) return false;
    }
    return lun_break_hit(b);
}

/* ---- which breakpoint ---- */

static bool event_fits(const lun_event_row *row, lun_event_kind kind)
{
    static const lun_event_kind kinds[] = {[LUN_EVENT_ROW_BEFORE] = LUN_EVENT_BEFORE, [LUN_EVENT_ROW_AFTER] = LUN_EVENT_AFTER,
                                           [LUN_EVENT_ROW_ERROR] = LUN_EVENT_ERROR};
    return row->when != LUN_EVENT_ROW_HOST && kinds[row->when] == kind;
}

static bool writes_watched(const lun_breakpoint *b, const lun_event *e)
{
    const lun_call *c = e->call;
    return e->kind == LUN_EVENT_BEFORE && c->n_in && (c->inplace || (c->op->flags & LUN_OP_WRITES)) && lun_break_watches(b, c->in[0]);
}

static bool is_place(lun_breakpoint *b, const lun_event *e, char *why)
{
    if (b->kind == LUN_BREAK_EVENT) return event_fits(b->event, e->kind) && b->event->happens(e, b->size, why);
    if (b->kind == LUN_BREAK_WATCH) return writes_watched(b, e);
    if (b->kind > LUN_BREAK_NAME || e->kind == LUN_EVENT_ERROR) return false;
    return lun_break_matches(b, e, op_calls[e->call->op->id]);
}

/* The op is long done and its tensors may be gone: the stop has its name, line and shapes. A condition would want their values. */
static bool stop_late(const lun_late *late)
{
    lun_breakpoint *b = lun_break_first();
    while (b && !(b->enabled && b->kind == LUN_BREAK_EVENT && lun_event_is_health(b->event) && lun_event_health(b->event, late->bits) &&
                  lun_break_hit(b)))
        b = b->next;
    if (!b) return true;
    lun_call call;
    lun_call_begin(&call, late->op);
    call.inplace = late->inplace;
    lun_event e = {.kind = LUN_EVENT_AFTER, .phase = late->phase, .call = &call, .sequence = late->sequence};
    return ask(&(lun_stop){.event = &e, .breakpoint = b, .reason = b->event->name, .why = "", .late = late}) != LUN_UNWIND;
}

static bool step_stops(const lun_event *e)
{
    if (step_mode == LUN_STEP_NONE || e->kind == LUN_EVENT_ERROR) return false;
    if (step_mode == LUN_STEP_FINISH_OP) return e->kind == LUN_EVENT_AFTER && e->sequence == finish_sequence;
    return e->kind == LUN_EVENT_BEFORE && (step_mode == LUN_STEP_OP || e->depth <= step_depth) && --step_left <= 0;
}

static bool passes_quietly(const lun_event *e)
{
    const lun_call *c = e->call;
    unsigned bits = wanted.any | (e->phase == LUN_PHASE_BACKWARD ? wanted.backward : wanted.op[c->op->id]);
    if (c->inplace || (c->op->flags & LUN_OP_WRITES)) bits |= wanted.writing;
    return step_mode == LUN_STEP_NONE && !(bits >> e->kind & 1);
}

/* The breakpoints and steps at an event. */
static lun_action look_at(lun_event *e)
{
    char why[LUN_EVENT_WHY] = "";
    for (lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        if (!b->enabled || !is_place(b, e, why)) continue;
        int id = b->id;
        bool stops = stops_here(b, e);
        if (!stops && lun_break_find(id) != b) break;
        if (!stops) continue;
        lun_stop s = {.event = e, .breakpoint = b, .reason = b->event ? b->event->name : "breakpoint", .why = why};
        lun_action action = ask(&s);
        if (!s.passed || action != LUN_GO) return action;
        if (lun_break_find(id) != b) break;
    }
    if (e->kind == LUN_EVENT_AFTER) lun_alias_note(e);
    if (!step_stops(e)) return LUN_GO;
    return ask(&(lun_stop){.event = e, .reason = step_mode == LUN_STEP_FINISH_OP ? "finish" : "step", .why = ""});
}

static lun_action on_event(lun_listener *l, lun_event *e)
{
    (void)l;
    lun_travel_place place = travels ? lun_travel_event(e) : LUN_TRAVEL_LIVE;
    if (place == LUN_TRAVEL_ANSWERED) return LUN_SKIP;
    if (place == LUN_TRAVEL_PASSING || muted) return LUN_GO;
    if (place == LUN_TRAVEL_ARRIVED && e->phase == LUN_PHASE_FORWARD) op_calls[e->call->op->id]++;
    if (place == LUN_TRAVEL_ARRIVED) return ask(&(lun_stop){.event = e, .reason = "back", .why = ""});
    if (place == LUN_TRAVEL_DIVERGED)
        return ask(&(lun_stop){.event = e, .reason = "diverged", .why = "another op than the first time, or other options, shapes or numbers: "
                                                                        "what runs here depends on a clock, a file, a coroutine"});
    if (e->kind == LUN_EVENT_BEFORE && e->phase == LUN_PHASE_FORWARD) op_calls[e->call->op->id]++;
    return passes_quietly(e) ? LUN_GO : look_at(e);
}

/* ---- arming ---- */

static lun_listener listener = {.on = on_event, .passed = op_calls};

static lun_context *run_context(void)
{
    lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer; /* the run's context, also when asked for from a prompt */
    return ctx;
}

static unsigned bits_of(const lun_breakpoint *b)
{
    switch (b->kind) {
    case LUN_BREAK_OP: case LUN_BREAK_NAME: return LUN_ARMED_BREAK;
    case LUN_BREAK_MODULE: return b->phase == LUN_PHASE_BACKWARD ? LUN_ARMED_BREAK : 0;
    case LUN_BREAK_WATCH: return LUN_ARMED_WATCH;
    case LUN_BREAK_EVENT: return b->event->when == LUN_EVENT_ROW_HOST ? 0 : lun_event_is_health(b->event) ? LUN_ARMED_HEALTH : LUN_ARMED_BREAK;
    default: return 0;
    }
}

/* Adds what b may stop at to `wanted`. */
static void want(const lun_breakpoint *b)
{
    static const uint8_t whens[] = {[LUN_EVENT_ROW_BEFORE] = 1 << LUN_EVENT_BEFORE, [LUN_EVENT_ROW_AFTER] = 1 << LUN_EVENT_AFTER,
                                    [LUN_EVENT_ROW_ERROR] = 1 << LUN_EVENT_ERROR, [LUN_EVENT_ROW_HOST] = 0};
    const uint8_t when = b->after ? 1 << LUN_EVENT_AFTER : 1 << LUN_EVENT_BEFORE;
    if (b->kind == LUN_BREAK_EVENT) *(lun_event_is_write(b->event) ? &wanted.writing : &wanted.any) |= whens[b->event->when];
    else if (b->kind == LUN_BREAK_WATCH) wanted.writing |= 1 << LUN_EVENT_BEFORE;
    else if (b->kind == LUN_BREAK_NAME) wanted.any |= when;
    else if (b->phase == LUN_PHASE_BACKWARD) wanted.backward |= when;
    else if (b->kind == LUN_BREAK_OP)
        for (int id = 0; id < LUN_OP_LIMIT; id++) wanted.op[id] |= b->ops[id] ? when : 0;
}

void lun_stop_rearm(void)
{
    travels = lun_travel_on();
    unsigned bits = (step_mode == LUN_STEP_NONE ? 0 : LUN_ARMED_STEP) | (travels ? LUN_ARMED_JOURNAL : 0);
    bool alias = false;
    const lun_event_row *row = lun_event_find("alias");
    memset(&wanted, 0, sizeof wanted);
    for (const lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        if (!b->enabled) continue;
        bits |= bits_of(b);
        want(b);
        alias |= b->event == row;
    }
    if (alias) wanted.any |= 1 << LUN_EVENT_AFTER; /* nodes are noted there */
    lun_alias_track(alias);
    if (!(bits & ~(unsigned)LUN_ARMED_JOURNAL)) lun_measure_forget(true);
    for (int id = 0; id < LUN_OP_LIMIT; id++) asks[id] = wanted.op[id] | wanted.any | wanted.writing; /* any op may be in place */
    listener.bits = bits;
    listener.asks = step_mode == LUN_STEP_NONE && !travels && !muted ? asks : NULL;
    lun_listen_in(run_context(), &listener, bits != 0);
}

void lun_stop_set_host(const lun_stop_host *h)
{
    host = *h;
    lun_late_stop = stop_late;
    lun_stop_rearm();
}

void lun_stop_step(lun_step how, int count)
{
    const lun_context *ctx = run_context();
    step_mode = how;
    step_left = count;
    step_depth = ctx->depth;
    finish_sequence = ctx->sequence;
    lun_stop_rearm();
}

void lun_stop_new_run(void)
{
    for (int id = 0; id < LUN_OP_LIMIT; id++) op_calls[id] = 0;
}

void lun_stop_uncount(int64_t from)
{
    const lun_travel_step *s;
    for (int64_t k = from; (s = lun_travel_at(k)); k++)
        if (s->phase == LUN_PHASE_FORWARD && op_calls[s->op->id] > 0) op_calls[s->op->id]--;
}

void lun_stop_mute(bool on)
{
    muted = on;
    lun_stop_rearm();
}

void lun_stop_set_step(uint64_t step) { optimizer_step = step; }
uint64_t lun_stop_get_step(void) { return optimizer_step; }
