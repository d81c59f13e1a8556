/* debug.c - between debugger/stop.c and lib/dbg.lua
 *
 * A stop becomes an event table and a call of the Lua function set with on_stop(f), on a fresh coroutine and in a fresh context;
 * what f returns becomes the action. Holds: no Lua error passes the core's frames; replacement tensors are kept by the run's scope.
 * Read next: lib/dbg.lua, lua_bindings/prompt.h, debugger/stop.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/debug.h"

#include "core/context.h"
#include "core/error.h"
#include "core/tape.h"
#include "debugger/stop.h"
#include "lua_bindings/box.h"
#include "lua_bindings/interrupt.h"
#include "lua_bindings/prompt.h"

#include <lauxlib.h>
#include <string.h>

static char on_stop_key, on_condition_key, on_failed_key;

static void set_string(lua_State *L, const char *name, const char *value)
{
    if (value) lua_pushstring(L, value);
    else lua_pushnil(L);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void set_tensors(lua_State *L, const char *name, lun_tensor **list, int n)
{
    lua_createtable(L, n, 1);
    set_integer(L, "n", n);
    for (int i = 0; i < n; i++) {
        if (!list[i] || lun_is_none(list[i])) continue;
        lunL_box_fill(L, lunL_box_new(L), list[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, name);
}

static void push_event(lua_State *L, const lun_event *e)
{
    static const char *const phases[] = {"fwd", "bwd", "opt"}, *const kinds[] = {"before", "after", "error"};
    lun_call *c = e->call;
    const lun_context *run = lun_context_get()->outer;
    lua_createtable(L, 0, 16);
    set_string(L, "kind", kinds[e->kind]);
    set_string(L, "phase", phases[e->phase]);
    set_string(L, "op", c->op->name);
    set_string(L, "module", run ? run->module_path : NULL);
    set_integer(L, "sequence", (lua_Integer)e->sequence);
    set_integer(L, "depth", e->depth);
    set_tensors(L, "inputs", c->in, c->n_in);
    set_tensors(L, "outputs", c->out, e->kind == LUN_EVENT_AFTER ? c->n_out : 0);
    lua_createtable(L, c->op->n_args, 0); /* the names of the tensor arguments */
    for (int i = 0, k = 0; i < c->op->n_args; i++) {
        if (c->op->arg[i].kind > LUN_ARG_LABELS) continue;
        lua_pushstring(L, c->op->arg[i].name);
        lua_rawseti(L, -2, ++k);
    }
    lua_setfield(L, -2, "names");
    lua_pushboolean(L, c->inplace);
    lua_setfield(L, -2, "inplace");
    if (!e->node) return;
    set_string(L, "node_op", lun_node_name(e->node));
    set_string(L, "node_module", e->node->module_path);
    set_string(L, "node_file", e->node->site.file);
    set_integer(L, "node_line", e->node->site.line);
}

/* Calls the registered function at `key` with the n values on top of L, on a fresh coroutine whose caller is L. Leaves the
 * coroutine on L and its status in the result; its values stand on the coroutine's stack. */
static lua_State *call_fresh(lua_State *L, const void *key, int n, int *status)
{
    lua_State *co = lunL_newthread(L);
    int results = 0;
    lua_insert(L, -1 - n);
    lua_rawgetp(co, LUA_REGISTRYINDEX, key);
    lua_xmove(L, co, n);
    lua_pushthread(L);
    lua_xmove(L, co, 1);
    *status = lunL_run(co, L, n + 1, &results);
    return co;
}

typedef struct stop_request {
    const lun_stop *stop;
    lun_breakpoint *breakpoint;
    lun_event *event;
    lun_action action;
    bool holds;
    lun_tensor *in[LUN_CALL_INPUTS], *out[LUN_MAX_OUT]; /* replacements, one reference each */
} stop_request;

static lun_tensor *kept_field(lua_State *L, int list, int i)
{
    lua_rawgeti(L, list, i + 1);
    lunL_box *box = lunL_box_at(L, -1);
    lun_tensor *x = box && box->x ? lun_keep(box->x) : NULL;
    lua_pop(L, 1);
    return x;
}

/* What lib/dbg.lua answers: an action, then {inputs}, {outputs} that were replaced. */
static void read_answer(lua_State *L, stop_request *r)
{
    const char *action = lua_tostring(L, 1);
    r->action = !action || !strcmp(action, "go") ? LUN_GO : !strcmp(action, "skip") ? LUN_SKIP : !strcmp(action, "retry") ? LUN_RETRY
                                                                                                                     : LUN_UNWIND;
    for (int i = 0; lua_istable(L, 2) && i < LUN_CALL_INPUTS; i++) r->in[i] = kept_field(L, 2, i);
    for (int k = 0; lua_istable(L, 3) && k < LUN_MAX_OUT; k++) r->out[k] = kept_field(L, 3, k);
}

static void push_late(lua_State *L, const lun_late *late)
{
    lua_createtable(L, 0, 6);
    set_string(L, "file", late->site.file);
    set_integer(L, "line", late->site.line);
    set_string(L, "what", late->bits & LUN_HAS_NAN ? "NaN" : "infinity");
    set_string(L, "shapes", late->shapes);
    set_integer(L, "ago", (lua_Integer)(late->noticed - late->sequence));
    lua_setfield(L, -2, "late");
    set_string(L, "module", late->module_path);
    if (!late->node[0]) return;
    set_string(L, "node_op", late->node);
    set_string(L, "node_module", late->module_path);
    set_string(L, "node_file", late->node_site.file);
    set_integer(L, "node_line", late->node_site.line);
}

static int stop_protected(lua_State *L)
{
    stop_request *r = lua_touserdata(L, 1);
    int status;
    push_event(L, r->stop->event);
    set_string(L, "reason", r->stop->reason);
    if (r->stop->late) push_late(L, r->stop->late);
    if (r->stop->breakpoint) set_integer(L, "breakpoint", r->stop->breakpoint->id);
    lua_State *co = call_fresh(L, &on_stop_key, 1, &status);
    if (status == LUA_OK) {
        read_answer(co, r);
        return 0;
    }
    if (!lunL_is_unwind(co, -1)) {
        const char *why = luaL_tolstring(co, -1, NULL);
        lua_writestringerror("debugger: %s\n", why);
        return 0;
    }
    r->action = LUN_UNWIND;
    return 0;
}

static int condition_protected(lua_State *L)
{
    stop_request *r = lua_touserdata(L, 1);
    int status;
    push_event(L, r->event);
    set_integer(L, "breakpoint", r->breakpoint->id);
    lua_State *co = call_fresh(L, &on_condition_key, 1, &status);
    if (status == LUA_OK) r->holds = lua_toboolean(co, 1);
    else if (lunL_is_unwind(co, -1)) r->action = LUN_UNWIND;
    return 0;
}

/* Runs `f` with r, in a fresh context; the run's error and generator stay untouched. */
static void in_fresh_context(lua_CFunction f, stop_request *r)
{
    lua_State *L = lunL_now;
    lun_context inner;
    if (!L || !lua_checkstack(L, 8)) return;
    int top = lua_gettop(L);
    lun_context_push(&inner);
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, r);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK && lunL_is_unwind(L, -1)) r->action = LUN_UNWIND;
    lua_settop(L, top);
    lun_context_pop();
    lunL_now = L;
}

static lun_action on_stop(const lun_stop *s)
{
    stop_request r = {.stop = s, .event = s->event, .action = LUN_GO};
    lun_call *c = s->event->call;
    in_fresh_context(stop_protected, &r);
    for (int i = 0; i < LUN_CALL_INPUTS; i++)
        if (r.in[i] && i < c->n_in) c->in[i] = lun_scope_add(r.in[i]);
    for (int k = 0; k < LUN_MAX_OUT; k++) {
        if (!r.out[k]) continue;
        c->out[k] = lun_scope_add(r.out[k]);
        if (k >= c->n_out) c->n_out = k + 1;
    }
    return r.action;
}

static bool on_condition(lun_breakpoint *b, lun_event *e)
{
    stop_request r = {.breakpoint = b, .event = e, .action = LUN_GO};
    in_fresh_context(condition_protected, &r);
    return r.holds;
}

/* ---- the functions of lunette.dbg_core ---- */

/* stop(event): a stop that Lua itself makes (a module, dbg.stop()). Returns what the answer was: action, inputs, outputs. */
static int stop(lua_State *L)
{
    lun_context inner;
    int status;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lun_context_push(&inner);
    lua_State *co = call_fresh(L, &on_stop_key, 1, &status);
    lun_context_pop();
    if (status == LUA_OK) {
        int n = lua_gettop(co);
        luaL_checkstack(L, n, NULL);
        lua_xmove(co, L, n);
        return n;
    }
    if (lunL_is_unwind(co, -1)) return lunL_unwind(L, lunL_unwind_reason());
    lua_xmove(co, L, 1);
    return lua_error(L);
}

/* prompt(text, env, command, words): asks; returns how it ended ("action", "end", "unwind", "nobody", "deep") and the value. */
static int prompt(lua_State *L)
{
    static const char *const ends[] = {"action", "end", "unwind", "nobody", "deep"};
    lunL_prompt_request request = {.prompt = luaL_checkstring(L, 1), .env = 2, .command = 3, .words = 4, .repeat_blank = true};
    lua_settop(L, 4);
    if (!lunL_prompt_nested) return lua_pushliteral(L, "nobody"), 1;
    lunL_prompt_result end = lunL_prompt_nested(L, &request);
    lua_pushstring(L, ends[end]);
    lua_insert(L, -2);
    return 2;
}

static void push_breakpoint(lua_State *L, const lun_breakpoint *b)
{
    lua_createtable(L, 0, 8);
    set_integer(L, "id", b->id);
    set_integer(L, "hits", (lua_Integer)b->hits);
    set_integer(L, "ignore", (lua_Integer)b->ignore);
    set_string(L, "location", b->location);
    set_string(L, "kind", b->kind == LUN_BREAK_OP ? "op" : b->kind == LUN_BREAK_MODULE ? "mod" : "event");
    lua_pushboolean(L, b->enabled);
    lua_setfield(L, -2, "enabled");
}

/* add(location, {once, conditional, after}) -> id, number of matching ops */
static int add(lua_State *L)
{
    const char *location = luaL_checkstring(L, 1);
    lunL_frame f = lunL_enter(L);
    int matches = 0;
    bool once = lua_toboolean(L, 2), conditional = lua_toboolean(L, 3), after = lua_toboolean(L, 4);
    lun_breakpoint *b = lun_break_add(location, &matches);
    if (!b) return lunL_raise(L, f);
    b->once = once;
    b->condition = conditional;
    b->after = after;
    lun_stop_rearm();
    lua_pushinteger(L, b->id);
    lua_pushinteger(L, matches);
    return lunL_leave(L, f, 2);
}

static int remove_breakpoint(lua_State *L)
{
    lua_pushboolean(L, lun_break_remove((int)luaL_checkinteger(L, 1)));
    lun_stop_rearm();
    return 1;
}

/* set(id, field, value): enabled, ignore. False when there is no such breakpoint. */
static int set(lua_State *L)
{
    lun_breakpoint *b = lun_break_find((int)luaL_checkinteger(L, 1));
    const char *field = luaL_checkstring(L, 2);
    if (b && !strcmp(field, "enabled")) b->enabled = lua_toboolean(L, 3);
    if (b && !strcmp(field, "ignore")) b->ignore = (uint64_t)luaL_checkinteger(L, 3);
    lun_stop_rearm();
    lua_pushboolean(L, b != NULL);
    return 1;
}

static int list(lua_State *L)
{
    lua_Integer n = 0;
    lua_newtable(L);
    for (const lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        push_breakpoint(L, b);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* match_module(path, call, exit) -> id of the breakpoint that stops there, counted as hit; nil */
static int match_module(lua_State *L)
{
    lun_breakpoint *b = lun_break_module(luaL_checkstring(L, 1), (int)luaL_checkinteger(L, 2), lua_toboolean(L, 3));
    if (!b) return 0;
    lua_pushinteger(L, b->id);
    return 1;
}

static int hit(lua_State *L)
{
    lun_breakpoint *b = lun_break_find((int)luaL_checkinteger(L, 1));
    lua_pushboolean(L, b && lun_break_hit(b));
    return 1;
}

static int step(lua_State *L)
{
    static const char *const modes[] = {"none", "op", "finish", NULL};
    static const lun_step steps[] = {LUN_STEP_NONE, LUN_STEP_OP, LUN_STEP_FINISH_OP};
    lun_stop_step(steps[luaL_checkoption(L, 1, NULL, modes)], (int)luaL_optinteger(L, 2, 1));
    return 0;
}

static int new_run(lua_State *L)
{
    (void)L;
    lun_stop_new_run();
    return 0;
}

static int quit(lua_State *L) { return lunL_unwind(L, lua_toboolean(L, 1) ? LUNL_UNWIND_EXIT : LUNL_UNWIND_QUIT); }

static int script(lua_State *L)
{
    const char *problem = "there is no shell here", *path = luaL_optstring(L, 1, NULL);
    if (lunL_prompt_script && lunL_prompt_script(path, &problem)) return 0;
    return lunL_fail(L, lunL_enter(L), "dbg.script", LUN_E_FILE, NULL, "%s: %s", path ? path : "(none)", problem);
}

static int register_function(lua_State *L, const void *key)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
    return 0;
}

static int set_on_stop(lua_State *L) { return register_function(L, &on_stop_key); }
static int set_on_condition(lua_State *L) { return register_function(L, &on_condition_key); }

/* Loads lib/dbg.lua, which registers who looks at failures, then hands over the error and the coroutine. */
static int look_at_failure(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lunette.dbg");
    lua_call(L, 1, 0);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &on_failed_key) != LUA_TFUNCTION) return 0;
    lua_insert(L, 1);
    lua_call(L, 2, 0);
    return 0;
}

/* The shell tells of a cell that failed; the error is on top of `dead`. */
static void on_failed(lua_State *L, lua_State *dead)
{
    if (!lua_checkstack(L, 6) || !lua_checkstack(dead, 2)) return;
    lua_pushcfunction(L, look_at_failure);
    lua_pushvalue(dead, -1);
    lua_xmove(dead, L, 1);
    lua_pushthread(dead);
    lua_xmove(dead, L, 1);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

void lunL_debug_failures(void) { lunL_prompt_failed = on_failed; }

static int set_on_failed(lua_State *L) { return register_function(L, &on_failed_key); }

int lunL_open_debug(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"stop", stop}, {"prompt", prompt}, {"add", add}, {"remove", remove_breakpoint}, {"set", set}, {"list", list},
        {"match_module", match_module}, {"hit", hit}, {"step", step}, {"new_run", new_run}, {"quit", quit}, {"script", script},
        {"on_stop", set_on_stop}, {"on_condition", set_on_condition}, {"on_failed", set_on_failed}, {NULL, NULL}};
    static const lun_stop_host host = {.condition = on_condition, .stop = on_stop};
    lun_stop_set_host(&host);
    luaL_newlib(L, functions);
    return 1;
}
