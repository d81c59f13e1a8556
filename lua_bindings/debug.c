/* debug.c - between debugger/stop.c and lib/dbg.lua
 *
 * A stop becomes an event table and a call of the Lua function set with on_stop(f), on a fresh coroutine and in a fresh context;
 * what f returns becomes the action. Holds: no Lua error passes the core's frames; replacement tensors are kept by the run's scope.
 * Read next: lib/dbg.lua, lua_bindings/prompt.h, debugger/stop.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/debug.h"

#include "core/backend.h"
#include "core/context.h"
#include "core/error.h"
#include "core/tape.h"
#include "debugger/events.h"
#include "debugger/stop.h"
#include "lua_bindings/box.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/init.h"
#include "lua_bindings/interrupt.h"
#include "lua_bindings/prompt.h"

#include <lauxlib.h>
#include <string.h>

static char on_stop_key, on_condition_key, on_problem_key, on_failed_key;

static void set_tensors(lua_State *L, const char *name, lun_tensor **list, int n)
{
    lua_createtable(L, n, 1);
    lunL_debug_set_integer(L, "n", n);
    for (int i = 0; i < n; i++) {
        if (!list[i] || lun_is_none(list[i])) continue;
        lunL_box_fill(L, lunL_box_new(L), list[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, name);
}

static lua_Integer one_of(int kind, int64_t v) { return (kind == LUN_ARG_DIM || kind == LUN_ARG_DIMS || kind == LUN_ARG_INDEX) && v >= 0; }

static void push_list(lua_State *L, const lun_params *p, const lun_attr *a, int kind)
{
    lua_createtable(L, a->count, 0);
    for (int i = 0; i < a->count; i++) {
        int64_t cell = p->pool[a->at + i];
        double real;
        memcpy(&real, &cell, sizeof real);
        if (a->kind == LUN_ATTR_FLOATS) lua_pushnumber(L, real);
        else lua_pushinteger(L, (lua_Integer)cell + one_of(kind, cell));
        lua_rawseti(L, -2, i + 1);
    }
}

/* One attribute as the user would write it: dims and positions count from 1. */
static bool push_attribute(lua_State *L, const lun_params *p, const lun_attr *a, int kind)
{
    if (a->kind == LUN_ATTR_INT) lua_pushinteger(L, (lua_Integer)a->value.i + one_of(kind, a->value.i));
    else if (a->kind == LUN_ATTR_FLOAT) lua_pushnumber(L, a->value.f);
    else if (a->kind == LUN_ATTR_BOOL) lua_pushboolean(L, a->value.i != 0);
    else if (a->kind == LUN_ATTR_STRING) lua_pushlstring(L, (const char *)(p->pool + a->at), a->count);
    else if (a->kind == LUN_ATTR_DTYPE) lua_pushstring(L, lun_dtypes[a->value.i].name);
    else if ((a->kind == LUN_ATTR_INTS && kind != LUN_ARG_DIMLISTS) || a->kind == LUN_ATTR_FLOATS) push_list(L, p, a, kind);
    else return false;
    return true;
}

/* The arguments that are no tensors, by name. One that cannot be written as a value of Lua is named in `unwritten`. */
static void push_attributes(lua_State *L, const lun_call *c)
{
    const char *unwritten = NULL;
    lua_createtable(L, 0, 4);
    for (int i = 0, k = 0; i < c->op->n_args && k < c->params.count; i++) {
        int kind = c->op->arg[i].kind;
        if (kind <= LUN_ARG_LABELS) continue;
        const lun_attr *a = &c->params.attr[k++];
        if (a->kind == LUN_ATTR_NONE || kind == LUN_ARG_DEVICE) continue;
        if (push_attribute(L, &c->params, a, kind)) lua_setfield(L, -2, c->op->arg[i].name);
        else unwritten = c->op->arg[i].name;
    }
    lua_setfield(L, -2, "attributes");
    lunL_debug_set_string(L, "unwritten", unwritten);
}

static void push_event(lua_State *L, const lun_event *e)
{
    static const char *const phases[] = {"fwd", "bwd", "opt"}, *const kinds[] = {"before", "after", "error"};
    lun_call *c = e->call;
    const lun_context *run = lun_context_get()->outer;
    lua_createtable(L, 0, 16);
    lunL_debug_set_string(L, "kind", kinds[e->kind]);
    lunL_debug_set_string(L, "phase", phases[e->phase]);
    lunL_debug_set_string(L, "op", c->op->name);
    lunL_debug_set_string(L, "module", run ? run->module_path : NULL);
    lunL_debug_set_integer(L, "sequence", (lua_Integer)e->sequence);
    lunL_debug_set_integer(L, "depth", e->depth);
    set_tensors(L, "inputs", c->in, c->n_in);
    set_tensors(L, "outputs", c->out, e->kind == LUN_EVENT_AFTER ? c->n_out : 0);
    lua_createtable(L, c->op->n_args, 0); /* the names of the tensor arguments */
    for (int i = 0, k = 0; i < c->op->n_args; i++) {
        if (c->op->arg[i].kind > LUN_ARG_LABELS) continue;
        lua_pushstring(L, c->op->arg[i].name);
        lua_rawseti(L, -2, ++k);
    }
    lua_setfield(L, -2, "names");
    lunL_set_flag(L, "inplace", c->inplace);
    lunL_set_flag(L, "writes", c->inplace || (c->op->flags & LUN_OP_WRITES));
    lunL_set_flag(L, "random", (c->op->flags & LUN_OP_RANDOM) != 0);
    lunL_set_flag(L, "takes_list", c->op->has_list);
    push_attributes(L, c);
    if (!e->node) return;
    lunL_debug_set_string(L, "node_op", lun_node_name(e->node));
    lunL_debug_set_string(L, "node_module", e->node->module_path);
    lunL_debug_set_string(L, "node_file", e->node->site.file);
    lunL_debug_set_integer(L, "node_line", e->node->site.line);
}

static const lun_event *stopped_at;
static lua_State *stopped_run, *stopped_thread;

const lun_event *lunL_debug_event(void) { return stopped_at; }
lua_State *lunL_debug_stopped_run(void) { return stopped_run; }
lua_State *lunL_debug_stopped_thread(void) { return stopped_thread; }

lua_State *lunL_debug_call(lua_State *L, const void *key, int n, int *status)
{
    lua_State *co = lunL_newthread(L), *outer = stopped_run;
    int results = 0;
    lua_insert(L, -1 - n);
    lua_rawgetp(co, LUA_REGISTRYINDEX, key);
    lua_xmove(L, co, n);
    lua_pushthread(L);
    lua_xmove(L, co, 1);
    if (!outer) stopped_run = lunL_main();
    *status = lunL_run(co, L, n + 1, &results);
    if (*status != LUA_OK && *status != LUA_YIELD) lunL_close(co, L); /* its <close> variables: a stop that is left by q ends, too */
    stopped_run = outer;
    return co;
}

typedef struct stop_request {
    lun_stop *stop;
    const lun_breakpoint *breakpoint;
    const char *problem;
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
    r->stop->passed = action && !strcmp(action, "pass");
    bool goes = !action || r->stop->passed || !strcmp(action, "go");
    r->action = goes ? LUN_GO : !strcmp(action, "skip") ? LUN_SKIP : !strcmp(action, "retry") ? LUN_RETRY : LUN_UNWIND;
    for (int i = 0; lua_istable(L, 2) && i < LUN_CALL_INPUTS; i++) r->in[i] = kept_field(L, 2, i);
    for (int k = 0; lua_istable(L, 3) && k < LUN_MAX_OUT; k++) r->out[k] = kept_field(L, 3, k);
}

static void push_late(lua_State *L, const lun_late *late)
{
    lua_createtable(L, 0, 6);
    lunL_debug_set_string(L, "file", late->site.file);
    lunL_debug_set_integer(L, "line", late->site.line);
    lunL_debug_set_string(L, "what", late->bits & LUN_HAS_NAN ? "NaN" : "infinity");
    lunL_debug_set_string(L, "shapes", late->shapes);
    lunL_debug_set_integer(L, "ago", (lua_Integer)(late->noticed - late->sequence));
    lua_setfield(L, -2, "late");
    lunL_debug_set_string(L, "module", late->module_path);
    if (!late->node[0]) return;
    lunL_debug_set_string(L, "node_op", late->node);
    lunL_debug_set_string(L, "node_module", late->module_path);
    lunL_debug_set_string(L, "node_file", late->node_site.file);
    lunL_debug_set_integer(L, "node_line", late->node_site.line);
}

static int stop_protected(lua_State *L)
{
    stop_request *r = lua_touserdata(L, 1);
    int status;
    push_event(L, r->stop->event);
    lunL_debug_set_string(L, "reason", r->stop->reason);
    lunL_debug_set_string(L, "why", r->stop->why[0] ? r->stop->why : NULL);
    if (r->stop->late) push_late(L, r->stop->late);
    if (r->stop->breakpoint) lunL_debug_set_integer(L, "breakpoint", r->stop->breakpoint->id);
    lua_State *co = lunL_debug_call(L, &on_stop_key, 1, &status);
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
    lunL_debug_set_integer(L, "breakpoint", r->breakpoint->id);
    lua_State *co = lunL_debug_call(L, &on_condition_key, 1, &status);
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

static int problem_protected(lua_State *L)
{
    const stop_request *r = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &on_problem_key);
    lua_pushinteger(L, r->breakpoint->id);
    lua_pushstring(L, r->problem);
    lua_call(L, 2, 0);
    return 0;
}

static void on_problem(const lun_breakpoint *b, const char *problem)
{
    stop_request r = {.breakpoint = b, .problem = problem};
    in_fresh_context(problem_protected, &r);
}

static lun_action on_stop(lun_stop *s)
{
    const lun_event *outer = stopped_at;
    bool other_run = s->reason && !strcmp(s->reason, "step") && lunL_debug_step_run() && lunL_debug_step_run() != lunL_main();
    if (other_run) return LUN_GO; /* a step ends with its run */
    stop_request r = {.stop = s, .event = s->event, .action = LUN_GO};
    lun_call *c = s->event->call;
    lua_State *outer_thread = stopped_thread;
    stopped_at = s->event;
    stopped_thread = lunL_now;
    in_fresh_context(stop_protected, &r);
    stopped_at = outer;
    stopped_thread = outer_thread;
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

bool lunL_debug_holds(lua_State *L, int breakpoint)
{
    lun_context inner;
    int status, top = lua_gettop(L) - 1;
    lunL_debug_set_integer(L, "breakpoint", breakpoint);
    lun_context_push(&inner);
    lua_State *co = lunL_debug_call(L, &on_condition_key, 1, &status);
    lun_context_pop();
    bool holds = status == LUA_OK && lua_toboolean(co, 1);
    if (status != LUA_OK && lunL_is_unwind(co, -1)) return lunL_unwind(L, lunL_unwind_reason());
    lua_settop(L, top);
    return holds;
}

/* stop(event): a stop that Lua itself makes (a module, a line, dbg.stop()). Returns what the answer was: action, inputs, outputs. */
int lunL_debug_stop(lua_State *L)
{
    lun_context inner;
    int status;
    luaL_checktype(L, -1, LUA_TTABLE);
    lun_context_push(&inner);
    lua_State *co = lunL_debug_call(L, &on_stop_key, 1, &status);
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
static int set_on_problem(lua_State *L) { return register_function(L, &on_problem_key); }
static int set_on_condition(lua_State *L) { return register_function(L, &on_condition_key); }

/* Loads lib/dbg.lua, which registers who looks at failures, then hands over the error and the coroutine. */
static int look_at_failure(lua_State *L)
{
    lunL_require(L, "lunette.dbg");
    lua_pop(L, 1);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &on_failed_key) != LUA_TFUNCTION) return 0;
    lua_insert(L, 1);
    lua_call(L, 2, 0);
    return 0;
}

int lunL_debug_failed_inside(lua_State *L)
{
    if (lunL_is_unwind(L, 1) || !lua_checkstack(L, 6)) return 1;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &on_failed_key) == LUA_TFUNCTION) {
        lua_pushvalue(L, 1);
        lua_pushthread(L);
        lua_pushboolean(L, 1);
        lua_call(L, 3, 0);
    }
    lua_settop(L, 1);
    return 1;
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

static int open_debug(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"stop", lunL_debug_stop}, {"prompt", prompt}, {"quit", quit}, {"script", script}, {"on_stop", set_on_stop},
        {"on_condition", set_on_condition}, {"on_problem", set_on_problem}, {"on_failed", set_on_failed}, {NULL, NULL}};
    static const lun_stop_host host = {.condition = on_condition, .failed = on_problem, .stop = on_stop};
    lun_stop_set_host(&host);
    luaL_newlib(L, functions);
    lunL_debug_breaks(L);
    lunL_debug_lines(L);
    lunL_debug_graph(L);
    lunL_debug_journal(L);
    lunL_debug_why(L);
    lunL_debug_travel(L);
    lunL_debug_results(L);
    lunL_debug_wire(L);
    return 1;
}

void lunL_debug_preload(lua_State *L) { lunL_preload(L, "lunette.dbg_core", open_debug); }

void lunL_debug_op_defined(void)
{
    lun_break_resolve();
    lun_stop_rearm();
}
