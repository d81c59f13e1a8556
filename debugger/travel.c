/* travel.c - the steps of calls, and the way back
 *
 * Holds: what is kept was made by the first way or put there at a stop; on the way forward an op is answered only if all its results are
 * kept, it wrote nothing, its node was not freed by a backward pass, and its arguments are the very tensors of the first time: so what is made
 * again has its own views and its own graph.
 * Read next: debugger/images.c, debugger/stop.c, lib/dbg/travel.lua. SPDX-License-Identifier: MIT
 */
#include "debugger/travel.h"

#include "core/error.h"
#include "debugger/images.h"
#include "debugger/journal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A call that can be gone back in. */
typedef struct call {
    int64_t first;               /* its first step */
    uint64_t sequence;
    lun_generator generator;
    lun_images images;
    const char *refusal;         /* why there is no way back in it */
} call;

static lun_travel_step *steps;
static int64_t count, capacity, position, target; /* position: the next step when going forward again */
static int64_t oldest[2];                         /* results before these were let go: usual ones, ends of modules */
static call *calls;
static int n_calls, call_capacity;
static size_t keep_most, kept_bytes;
static uint64_t spent, passed;                    /* nanoseconds, ops */
static bool forwarding, made_again;               /* made_again: an op before this one was not answered */
static const lun_context *owner;                  /* whose calls these are: other threads are not watched */

static lun_context *run_context(void)
{
    lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer;
    return ctx;
}

/* ---- keeping ---- */

static void let_go_of_inputs(lun_travel_step *s)
{
    for (int i = 0; i < LUN_TRAVEL_INPUTS; i++) {
        lun_drop(s->in[i]);
        s->in[i] = NULL;
    }
}

static void let_go(lun_travel_step *s)
{
    for (int k = 0; k < LUN_MAX_OUT; k++) {
        if (!s->out[k]) continue;
        kept_bytes -= lun_tensor_bytes(s->out[k]);
        lun_drop(s->out[k]);
        s->out[k] = NULL;
    }
}

static void cut(int64_t from)
{
    for (int64_t k = from; k < count; k++) {
        let_go(&steps[k]);
        let_go_of_inputs(&steps[k]);
    }
    if (from < count) count = from;
    for (int i = 0; i < 2; i++)
        if (oldest[i] > count) oldest[i] = count;
}

/* The oldest results go first; ends of modules when nothing else is left. */
static void make_room(void)
{
    for (int borders = 0; borders < 2; borders++) {
        int64_t *k = &oldest[borders];
        for (; *k < count - 1 && kept_bytes > keep_most; (*k)++)
            if (!steps[*k].edited && steps[*k].border == (bool)borders) {
                let_go(&steps[*k]);
                let_go_of_inputs(&steps[*k]);
            }
    }
}

static bool grow(void **list, int64_t used, int64_t *room, size_t size)
{
    if (used < *room) return true;
    int64_t more = *room ? 2 * *room : 64;
    void *grown = realloc(*list, (size_t)more * size);
    if (!grown) return false;
    *list = grown;
    *room = more;
    return true;
}

static void refuse(const char *why)
{
    for (int i = 0; i < n_calls; i++)
        if (!calls[i].refusal) calls[i].refusal = why;
}

static call *innermost(void) { return &calls[n_calls - 1]; }

/* Told by the core before a handle changes, and before a backward pass frees what a node saved. */
static void before_handle(lun_tensor *x)
{
    const char *why = NULL;
    if (lun_context_get() == owner && !lun_images_handle(&innermost()->images, x, &why)) refuse(why);
}

static void before_free(lun_node *n)
{
    const char *why = NULL;
    bool own = lun_context_get() == owner;
    if (own && n->sequence <= innermost()->sequence && !lun_images_node(&innermost()->images, n, &why)) refuse(why);
}

static const lun_witness witness = {before_handle, before_free};

static bool before_change(lun_tensor *x, const char **why)
{
    lun_images *set = &innermost()->images;
    return lun_images_storage(set, x->storage, why) && lun_images_handle(set, x, why) && (!x->base || lun_images_handle(set, x->base, why));
}

/* The row of an optimiser's step writes into the state that it is given, too. */
static void before_write(const lun_call *c)
{
    const char *why = NULL;
    const unsigned row = c->op->flags & (LUN_OP_WRITES | LUN_OP_NO_GRAD | LUN_OP_RANDOM);
    int n = row == (LUN_OP_WRITES | LUN_OP_NO_GRAD) ? c->n_in : 1;
    for (int i = 0; i < n; i++)
        if (!lun_is_none(c->in[i]) && !before_change(c->in[i], &why)) refuse(why);
}

/* ---- beginning and end ---- */

bool lun_travel_begin(size_t keep)
{
    const lun_context *ctx = run_context();
    int64_t room = call_capacity;
    if (!grow((void **)&calls, n_calls, &room, sizeof *calls)) return false;
    call_capacity = (int)room;
    keep_most = keep;
    if (!n_calls) spent = passed = 0;
    bool reachable = false;
    for (int i = 0; i < n_calls; i++) reachable |= !calls[i].refusal;
    if (!reachable && !forwarding) { /* nobody goes back to what was before */
        cut(0);
        for (int i = 0; i < n_calls; i++) calls[i].first = 0;
    }
    calls[n_calls++] = (call){.first = lun_travel_position(), .sequence = ctx->sequence, .generator = ctx->generator};
    lun_watching = &witness;
    owner = ctx;
    return true;
}

void lun_travel_end(void)
{
    if (!n_calls) return;
    call *inner = innermost();
    if (--n_calls) {
        if (!lun_images_hand_on(&inner->images, &innermost()->images, innermost()->sequence)) refuse("there was no memory for a copy");
        return;
    }
    lun_images_forget(&inner->images);
    cut(0);
    forwarding = false;
    lun_watching = NULL;
}

int lun_travel_calls(void) { return n_calls; }
bool lun_travel_on(void) { return n_calls > 0; }
bool lun_travel_forwarding(void) { return forwarding; }
int64_t lun_travel_count(void) { return count; }
const lun_travel_step *lun_travel_at(int64_t k) { return k >= 0 && k < count ? &steps[k] : NULL; }
int64_t lun_travel_position(void) { return forwarding ? position : count; }

size_t lun_travel_bytes(void)
{
    size_t bytes = kept_bytes;
    for (int i = 0; i < n_calls; i++) bytes += calls[i].images.bytes;
    return bytes;
}

int64_t lun_travel_earliest(void)
{
    for (int i = 0; i < n_calls; i++)
        if (!calls[i].refusal) return calls[i].first;
    if (n_calls) lun_fail(LUN_E_ARGUMENT, NULL, "there is no way back: %s", innermost()->refusal);
    else lun_fail(LUN_E_ARGUMENT, "travel on, before the network is called", "there is no call to go back in");
    return -1;
}

bool lun_travel_can(int64_t wanted)
{
    int64_t earliest = lun_travel_earliest();
    if (earliest < 0) return false;
    if (wanted < earliest || wanted >= count)
        return lun_fail(LUN_E_INDEX, "i record shows the steps", "step %lld is not among those that can be gone back to, %lld to %lld",
                        (long long)wanted + 1, (long long)earliest + 1, (long long)count), false;
    return true;
}

bool lun_travel_holds(int64_t wanted) { return n_calls && !innermost()->refusal && innermost()->first <= wanted; }

void lun_travel_rewind(int64_t wanted)
{
    lun_context *ctx = run_context();
    call *c = innermost();
    lun_images_restore(&c->images);
    ctx->generator = c->generator;
    ctx->sequence = c->sequence;
    cut(wanted + 1);
    let_go(&steps[wanted]);
    target = wanted;
    position = c->first;
    forwarding = true;
    made_again = false;
}

void lun_travel_pass(int64_t last)
{
    lun_context *ctx = run_context();
    ctx->sequence = steps[last].sequence;
    ctx->generator = steps[last].after;
    position = last + 1;
}

/* ---- on the way ---- */

static bool is_write(const lun_call *c) { return c->n_in && (c->inplace || (c->op->flags & LUN_OP_WRITES)); }

static uint64_t mark_of(const lun_event *e, lun_site site)
{
    const lun_call *c = e->call;
    uint64_t h = lun_journal_attributes(&c->params) + (uint64_t)(uintptr_t)site.file;
    h = lun_journal_mix(h, (uint64_t)site.line << 8 | (uint64_t)c->n_in << 1 | c->inplace);
    for (int i = 0; i < c->n_in; i++) {
        const lun_tensor *x = c->in[i];
        if (lun_is_none(x)) continue;
        h = lun_journal_mix(h, (uint64_t)x->dtype << 8 | x->ndim);
        for (int d = 0; d < x->ndim; d++) h = lun_journal_mix(h, (uint64_t)x->dims[d]);
        double number = (x->flags & LUN_NUMBER) && !lun_dtype_is_complex((lun_dtype)x->dtype) ? lun_get_double(x, 0) : 0;
        uint64_t word;
        memcpy(&word, &number, sizeof word);
        h = lun_journal_mix(h, word);
    }
    return h;
}

static void keep_results(lun_travel_step *s, const lun_call *c)
{
    s->finished = true;
    s->n_out = c->n_out;
    let_go(s);
    if ((s->writes && !s->edited) || c->list || c->n_out > LUN_MAX_OUT) return;
    for (int k = 0; k < c->n_out; k++) {
        s->out[k] = lun_keep(c->out[k]);
        s->out_version[k] = c->out[k]->storage->version;
        kept_bytes += lun_tensor_bytes(c->out[k]);
    }
    make_room();
}

/* What went in, for who looks at it later, and to know whether it is the same on the way forward. */
static void keep_inputs(lun_travel_step *s, const lun_call *c)
{
    s->n_in = c->n_in;
    for (int i = 0; i < c->n_in && i < LUN_TRAVEL_INPUTS; i++) {
        if (lun_is_none(c->in[i])) continue;
        s->in[i] = lun_keep(c->in[i]);
        s->in_version[i] = c->in[i]->storage->version;
    }
}

/* Did the run leave a module between these two? Then the result of the first is what came out of it. */
static bool leaves(const char *before, const char *now)
{
    if (!before || before == now) return false;
    size_t n = strlen(before);
    return !now || strncmp(before, now, n) || (now[n] && now[n] != '.');
}

static lun_travel_place begin_step(const lun_event *e)
{
    const lun_context *ctx = run_context();
    const lun_call *c = e->call;
    if (count >= LUN_TRAVEL_MOST) {
        refuse("too many ops ago; travel on inside the loop lets one go back in each call");
        cut(0);
        for (int i = 0; i < n_calls; i++) calls[i].first = 0;
    }
    if (!grow((void **)&steps, count, &capacity, sizeof *steps)) {
        refuse("there was no memory for its steps");
        return LUN_TRAVEL_LIVE;
    }
    if (count && leaves(steps[count - 1].module_path, ctx->module_path)) steps[count - 1].border = true;
    lun_site site = ctx->site ? ctx->site() : (lun_site){0};
    steps[count++] = (lun_travel_step){.op = c->op, .node_op = e->node ? e->node->op : NULL, .module_path = ctx->module_path, .site = site,
                                       .sequence = e->sequence, .mark = mark_of(e, site), .phase = e->phase, .before = ctx->generator,
                                       .writes = is_write(c)};
    keep_inputs(&steps[count - 1], c);
    if (is_write(c)) before_write(c);
    return LUN_TRAVEL_LIVE;
}

static bool same_inputs(const lun_travel_step *s, const lun_call *c)
{
    if (c->n_in > LUN_TRAVEL_INPUTS && made_again) return false; /* the others are not known */
    for (int i = 0; i < c->n_in && i < LUN_TRAVEL_INPUTS; i++) {
        const lun_tensor *x = c->in[i];
        if (s->in[i] != x && !lun_is_none(x) && !(x->flags & LUN_NUMBER)) return false;
    }
    return true;
}

static bool answer(const lun_travel_step *s, lun_event *e)
{
    lun_context *ctx = run_context();
    if (!s->finished || (s->writes && !s->edited) || !s->out[0]) return false;
    if (!s->edited && !same_inputs(s, e->call)) return false;
    for (int k = 0; k < s->n_out && !s->edited; k++)
        if (!s->out[k] || (s->out[k]->node && s->out[k]->node->freed)) return false;
    for (int k = 0; k < s->n_out; k++) e->call->out[k] = lun_scope_add(lun_keep(s->out[k]));
    e->call->n_out = s->n_out;
    ctx->generator = s->after;
    return true;
}

static lun_travel_place forward_step(lun_event *e)
{
    lun_context *ctx = run_context();
    lun_travel_step *s = &steps[position];
    lun_site site = ctx->site ? ctx->site() : (lun_site){0};
    bool same = position < count && s->op == e->call->op && s->module_path == ctx->module_path && s->phase == e->phase;
    if (!same || (s->mark != mark_of(e, site) && !s->edited)) {
        cut(position);
        forwarding = false;
        begin_step(e);
        return LUN_TRAVEL_DIVERGED;
    }
    ctx->sequence = e->sequence = s->sequence;
    ctx->generator = s->before;
    if (is_write(e->call)) before_write(e->call);
    if (position == target) {
        forwarding = false;
        s->finished = s->edited = false;
        let_go_of_inputs(s);
        keep_inputs(s, e->call);
        return LUN_TRAVEL_ARRIVED;
    }
    position++;
    if (answer(s, e)) return LUN_TRAVEL_ANSWERED;
    made_again = true;
    return LUN_TRAVEL_PASSING;
}

static lun_travel_place event(lun_event *e)
{
    if (e->depth && e->kind == LUN_EVENT_BEFORE && is_write(e->call)) { /* the op around it cannot be answered */
        before_write(e->call);
        if (count && !forwarding) steps[count - 1].writes = true;
    }
    if (e->depth) return forwarding ? LUN_TRAVEL_PASSING : LUN_TRAVEL_LIVE;
    if (e->kind == LUN_EVENT_BEFORE) return forwarding ? forward_step(e) : begin_step(e);
    if (forwarding) return LUN_TRAVEL_PASSING;
    if (e->kind == LUN_EVENT_AFTER && count && steps[count - 1].op == e->call->op) {
        steps[count - 1].after = run_context()->generator;
        keep_results(&steps[count - 1], e->call);
    }
    return LUN_TRAVEL_LIVE;
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

lun_travel_place lun_travel_event(lun_event *e)
{
    if (!n_calls) return LUN_TRAVEL_LIVE;
    uint64_t before = now();
    lun_travel_place place = event(e);
    spent += now() - before;
    passed += e->kind == LUN_EVENT_BEFORE;
    return place;
}

void lun_travel_cost(uint64_t *nanoseconds, uint64_t *ops)
{
    *nanoseconds = spent;
    *ops = passed;
}

void lun_travel_edited(const lun_event *e)
{
    if (!n_calls || forwarding || !count) return;
    lun_travel_step *s = &steps[count - 1];
    s->edited = true;
    if (s->writes) refuse("the arguments of an op that writes in place were changed at a stop");
    if (e->depth || s->op != e->call->op || !e->call->n_out) return;
    s->after = run_context()->generator;
    keep_results(s, e->call);
}
