/* profile.c - which ops ran how often, for how long
 *
 * A listener at the door: the clock is read before and after each op, and what the ops inside a composed one took is taken off it.
 * Holds: a table with room for every op of every phase, so nothing is allocated while the code runs. Read next: profile.h, core/hook.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/profile.h"

#include "core/backend.h"
#include "core/context.h"
#include "core/hook.h"
#include "core/op.h"
#include "core/op_id.h"
#include "core/tensor.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"

#include <lauxlib.h>
#include <string.h>
#include <time.h>

enum { DEEPEST = 32, ROWS = 1024 };

typedef struct row {
    const lun_op *op;
    lun_phase phase;
    long long calls, bytes, made, fresh;
    double seconds, work;
} row;

typedef struct profile {
    lun_listener listener;    /* first: the callback gets this */
    double begun[DEEPEST], inside[DEEPEST]; /* of the ops that run now: when they began, what those in them took */
    int depth;
    row rows[ROWS];           /* found by hashing */
} profile;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static row *row_of(profile *p, const lun_op *op, lun_phase phase)
{
    size_t at = ((size_t)op / 16 + (size_t)phase * 331) % ROWS;
    for (int tries = 0; tries < ROWS; tries++, at = (at + 1) % ROWS) {
        row *r = &p->rows[at];
        if (!r->op) *r = (row){.op = op, .phase = phase};
        if (r->op == op && r->phase == phase) return r;
    }
    return NULL;
}

static long long bytes_of(lun_tensor *const *x, int n)
{
    long long bytes = 0;
    for (int i = 0; i < n; i++)
        if (x[i] && x[i] != LUN_NONE) bytes += (long long)lun_tensor_bytes(x[i]);
    return bytes;
}

/* Of how many results the memory is new, and not that of an argument. */
static int count_fresh(const lun_call *c)
{
    int fresh = 0;
    for (int i = 0; i < c->n_out; i++) {
        bool shared = !c->out[i] || c->out[i] == LUN_NONE;
        for (int k = 0; k < c->n_in && !shared; k++)
            shared = c->in[k] && c->in[k] != LUN_NONE && c->in[k]->storage == c->out[i]->storage;
        fresh += !shared;
    }
    return fresh;
}

static double numel(const lun_tensor *x) { return x && x != LUN_NONE ? (double)x->numel : 0; }

/* Elements of a weight that one element of the larger side is multiplied with. */
static double window(const lun_tensor *w) { return w && w != LUN_NONE && w->ndim > 0 && w->dims[0] > 0 ? (double)(w->numel / w->dims[0]) : 0; }

/* Multiplications and additions: of products, convolutions and attention from their shapes (a causal mask saves none here), of the rest one for
 * each element; 0 where nothing is computed. Ops made of ops count those. */
static double work_of(const lun_call *c)
{
    const lun_tensor *x = c->n_in > 0 ? c->in[0] : NULL, *w = c->n_in > 1 ? c->in[1] : NULL, *y = c->n_out > 0 ? c->out[0] : NULL;
    if (!x || x == LUN_NONE || !y || y == LUN_NONE || x->storage == y->storage) return 0;
    switch (c->op->id) {
    case LUN_OP_matmul: case LUN_OP_mm: case LUN_OP_bmm: case LUN_OP_mv: case LUN_OP_dot: case LUN_OP_linear: case LUN_OP_int_mm:
        return x->ndim > 0 ? 2 * numel(y) * (double)x->dims[x->ndim - 1] : 0;
    case LUN_OP_convolution: return 2 * numel(y) * window(w);
    case LUN_OP_conv_input_gradient: return 2 * numel(x) * window(w);
    case LUN_OP_conv_weight_gradient: return 2 * numel(x) * window(y);
    case LUN_OP_attention: return 4 * numel(x) * (double)w->dims[w->ndim - 2];
    case LUN_OP_attention_gradient: return 10 * numel(w) * (double)c->in[2]->dims[c->in[2]->ndim - 2];
    default: return numel(x) > numel(y) ? numel(x) : numel(y);
    }
}

static void note(profile *p, const lun_event *e, double took, double inside)
{
    row *r = row_of(p, e->call->op, e->phase);
    if (!r) return;
    r->calls++;
    r->seconds += took - inside;
    long long made = e->kind == LUN_EVENT_AFTER ? bytes_of(e->call->out, e->call->n_out) : 0;
    r->made += made;
    if (e->kind == LUN_EVENT_AFTER) r->fresh += count_fresh(e->call);
    if (e->kind == LUN_EVENT_AFTER && inside == 0) r->work += work_of(e->call);
    r->bytes += made + bytes_of(e->call->in, e->call->n_in);
}

/* Work of a device belongs to the op that queued it, so each is waited for. */
static bool wait_for(const lun_event *e)
{
    const lun_call *c = e->call;
    if (e->kind != LUN_EVENT_AFTER || c->n_out < 1 || !c->out[0] || lun_is_none(c->out[0])) return true;
    lun_device device = lun_tensor_device(c->out[0]);
    return device.type == LUN_CPU || lun_backends[device.type]->synchronize(device.index);
}

static lun_action on_event(lun_listener *l, lun_event *e)
{
    profile *p = (profile *)l;
    if (e->kind == LUN_EVENT_BEFORE) {
        if (p->depth < DEEPEST) {
            p->inside[p->depth] = 0;
            p->begun[p->depth] = now();
        }
        p->depth++;
        return LUN_GO;
    }
    if (p->depth == 0 || --p->depth >= DEEPEST) return LUN_GO;
    bool done = wait_for(e);
    double took = now() - p->begun[p->depth];
    if (p->depth > 0) p->inside[p->depth - 1] += took;
    note(p, e, took, p->inside[p->depth]);
    return done ? LUN_GO : LUN_UNWIND; /* with the error of what was waited for */
}

static int stop(lua_State *L)
{
    profile *p = lua_touserdata(L, 1);
    lun_unlisten(&p->listener);
    return 0;
}

static int push_rows(lua_State *L, const profile *p)
{
    static const char *const phases[] = {[LUN_PHASE_FORWARD] = "", [LUN_PHASE_BACKWARD] = "backward", [LUN_PHASE_OPTIMIZER] = "optimizer"};
    lua_newtable(L);
    for (int i = 0, n = 0; i < ROWS; i++) {
        const row *r = &p->rows[i];
        if (!r->op) continue;
        lua_createtable(L, 0, 8);
        lunL_set_text(L, "op", r->op->name);
        lunL_set_text(L, "phase", phases[r->phase]);
        lunL_set_number(L, "calls", (double)r->calls);
        lunL_set_number(L, "seconds", r->seconds);
        lunL_set_number(L, "bytes", (double)r->bytes);
        lunL_set_number(L, "made", (double)r->made);
        lunL_set_number(L, "fresh", (double)r->fresh);
        lunL_set_number(L, "work", r->work);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

int lunL_profile_from_lua(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    profile *p = lua_newuserdatauv(L, sizeof *p, 0);
    memset(p, 0, sizeof *p);
    p->listener = (lun_listener){.bits = LUN_ARMED_PROFILE, .on = on_event};
    if (luaL_newmetatable(L, "lunette.profile")) {
        lua_pushcfunction(L, stop);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, "__gc");
        lua_setfield(L, -2, "__close");
    }
    lua_setmetatable(L, 2);
    lua_toclose(L, 2); /* however f ends */
    lun_listen(&p->listener);
    double start = now();
    lua_pushvalue(L, 1);
    lua_call(L, 0, 0);
    double took = now() - start;
    lun_unlisten(&p->listener);
    push_rows(L, p);
    lua_pushnumber(L, took);
    return 2;
}
