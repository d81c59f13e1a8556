/* debug_lines.c - breakpoints at lines and functions of Lua, and steps by line
 *
 * A call hook looks whether the function that is entered contains a breakpoint's line; only then are line events asked for, in that
 * coroutine, until another function is entered. Steps ask for all lines while they last. Nothing is hooked otherwise.
 * Holds: the shared hook has one owner (lua_bindings/interrupt.h); what is typed at a stop is never stopped.
 * Read next: lib/dbg/run.lua. SPDX-License-Identifier: MIT
 */
#include "core/context.h"
#include "debugger/travel.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/interrupt.h"

#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

typedef enum { NO_STEP, INTO, OVER, FORWARD, OUT } line_step; /* FORWARD: over, and not back to an earlier line */

static struct {
    line_step how;
    lua_State *thread;  /* anchored in the registry */
    lua_State *run;     /* the run's main coroutine, anchored too: a step ends with its run */
    int depth, line, left;
} step;
static const char step_key, run_key;
static struct { lua_State *thread; int breakpoint; } entered; /* a function: it stops at its first line */

/* ---- where code comes from ---- */

static bool is_internal(const char *source)
{
    const char *name = source + (*source == '@' || *source == '=');
    return !strncmp(source, "=[C]", 4) || !strncmp(name, "lib/", 4) || !strncmp(name, "lunette", 7) || strstr(source, "lunette/lib/");
}

static char folder[4096]; /* that this process is in, as of when breakpoints last changed */

/* A whole path against the name of a file in our folder: "<folder>/train.lua", "./train.lua". */
static bool is_file_here(const char *wanted, const char *name)
{
    size_t n = strlen(folder);
    if (name[0] == '.' && name[1] == '/') name += 2;
    return n && !strncmp(wanted, folder, n) && wanted[n] == '/' && !strcmp(wanted + n + 1, name);
}

static bool is_file(const char *wanted, const char *source)
{
    if (*source != '@' && *source != '=') return false;
    const char *name = source + 1;
    if (*wanted == '/' && *name != '/') return is_file_here(wanted, name);
    size_t n = strlen(name), m = strlen(wanted);
    return n >= m && !strcmp(name + n - m, wanted) && (n == m || name[n - m - 1] == '/');
}

/* The whole of a file's main chunk may contain the line. */
static bool contains(const lun_breakpoint *b, const lua_Debug *ar)
{
    bool main = *ar->what == 'm';
    return b->enabled && b->kind == LUN_BREAK_LINE && (main || (ar->linedefined <= b->line && b->line <= ar->lastlinedefined)) &&
           is_file(b->glob, ar->source);
}

/* Does the function of ar (its "S" is filled in) contain the line of a breakpoint? */
static bool has_breakpoint(const lua_Debug *ar)
{
    if (*ar->what == 'C') return false;
    for (const lun_breakpoint *b = lun_break_first(); b; b = b->next)
        if (contains(b, ar)) return true;
    return false;
}

static int depth_of(lua_State *L)
{
    lua_Debug ar;
    int low = 0, high = 1;
    while (lua_getstack(L, high, &ar)) {
        low = high;
        high *= 2;
    }
    while (low + 1 < high) {
        int middle = low + (high - low) / 2;
        if (lua_getstack(L, middle, &ar)) low = middle;
        else high = middle;
    }
    return low + 1;
}

/* ---- stopping ---- */

/* Pushes the event of a stop in Lua code. */
static void push_stop(lua_State *L, const char *reason, const lun_breakpoint *b)
{
    static const char *const phases[] = {"fwd", "bwd", "opt"};
    luaL_checkstack(L, 8, NULL);
    lua_createtable(L, 0, 6);
    lua_pushliteral(L, "line");
    lua_setfield(L, -2, "kind");
    lunL_set_text(L, "phase", phases[lun_context_get()->phase]);
    lunL_set_text(L, "reason", reason);
    if (!b) return;
    lunL_set_integer(L, "breakpoint", b->id);
}

/* Shows the event on top of the stack. False when something ran there and nobody was asked: a step goes on. */
static bool show(lua_State *L)
{
    int top = lua_gettop(L) - 1;
    line_step before = step.how;
    step.how = NO_STEP;
    int n = lunL_debug_stop(L);
    bool passed = n > 0 && lua_isstring(L, -n) && !strcmp(lua_tostring(L, -n), "pass");
    if (passed) step.how = before;
    lua_settop(L, top);
    lunL_debug_lines_rearm(L);
    return !passed;
}

void lunL_debug_stop_in_code(lua_State *L, const char *reason)
{
    push_stop(L, reason, NULL);
    show(L);
}

/* Did it stop? */
static bool stop_at_breakpoint(lua_State *L, lun_breakpoint *b)
{
    push_stop(L, "breakpoint", b);
    if (!lunL_debug_stops_here(L, b)) return false;
    push_stop(L, "breakpoint", b);
    return show(L);
}

/* The values that a function is about to return, as `outputs`. */
static void stop_at_return(lua_State *L, lua_Debug *ar)
{
    push_stop(L, "finish", NULL);
    lua_pushliteral(L, "return");
    lua_setfield(L, -2, "kind");
    lua_getinfo(L, "nr", ar);
    lunL_set_text(L, "name", ar->name ? ar->name : "a call");
    lua_createtable(L, ar->ntransfer, 0);
    for (int i = 0; i < ar->ntransfer; i++) {
        if (!lua_getlocal(L, ar, ar->ftransfer + i)) break;
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "outputs");
    show(L);
}

/* ---- the hook ---- */

static void want_lines(lua_State *L, bool lines, bool returns)
{
    int extra = (lines ? LUA_MASKLINE | LUA_MASKRET : 0) | (returns ? LUA_MASKRET : 0);
    if ((lua_gethookmask(L) & (LUA_MASKLINE | LUA_MASKRET)) != extra || step.how) lunL_hook_extra(L, extra);
}

/* Is the function on top of L the value that the frame at `level` knows under this name, as local, upvalue or global? */
static bool is_known_as(lua_State *L, int level, const char *name)
{
    lua_Debug ar;
    const char *known;
    int function = lua_gettop(L);
    bool same = false;
    if (!lua_getstack(L, level, &ar)) return false;
    for (int i = 1; !same && (known = lua_getlocal(L, &ar, i)); i++) {
        same = !strcmp(known, name) && lua_rawequal(L, -1, function);
        lua_pop(L, 1);
    }
    lua_getinfo(L, "f", &ar);
    for (int i = 1; !same && (known = lua_getupvalue(L, function + 1, i)); i++) {
        same = !strcmp(known, name) && lua_rawequal(L, -1, function);
        lua_pop(L, 1);
    }
    lua_pushglobaltable(L);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    same = same || lua_rawequal(L, -1, function);
    lua_settop(L, function);
    return same;
}

/* The name by which Lua code called it; through pcall, sort and their like, the name that the Lua code which called those has for it. */
static bool has_name(lua_State *L, lua_Debug *ar, const char *name)
{
    lua_Debug caller;
    int level = 1;
    lua_getinfo(L, "n", ar);
    if (ar->name) return !strcmp(ar->name, name);
    while (lua_getstack(L, level, &caller) && lua_getinfo(L, "S", &caller) && *caller.what == 'C') level++;
    lua_getinfo(L, "f", ar);
    bool same = is_known_as(L, level, name);
    lua_pop(L, 1);
    return same;
}

/* Is the first argument an object whose metatable is called so? */
static bool has_owner(lua_State *L, const lua_Debug *ar, const char *owner, size_t length)
{
    bool same = false;
    if (!lua_getlocal(L, ar, 1)) return false;
    if (luaL_getmetafield(L, -1, "__name") == LUA_TSTRING) {
        const char *given = lua_tostring(L, -1);
        same = strlen(given) == length && !strncmp(given, owner, length);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return same;
}

/* "forward" is a function by that name, "Net:forward" one whose first argument is a Net. */
static bool is_function(lua_State *L, const lun_breakpoint *b, lua_Debug *ar)
{
    size_t owner = strcspn(b->glob, ".:");
    const char *name = b->glob[owner] ? b->glob + owner + 1 : b->glob;
    luaL_checkstack(L, 8, NULL);
    return has_name(L, ar, name) && (!b->glob[owner] || has_owner(L, ar, b->glob, owner));
}

static const char quiet_key; /* in the registry: functions that were entered since breakpoints changed, and have none */
static bool functions_wanted;

static void forget_quiet(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &quiet_key);
}

/* Of the function on top of L. */
static bool is_quiet(lua_State *L)
{
    bool quiet = false;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &quiet_key) == LUA_TTABLE) {
        lua_pushvalue(L, -2);
        quiet = lua_rawget(L, -2) == LUA_TBOOLEAN;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return quiet;
}

/* Pops the function. */
static void set_quiet(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &quiet_key) == LUA_TTABLE) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    lua_pop(L, 2);
}

static void on_call(lua_State *L, lua_Debug *ar)
{
    bool leaving = (lua_gethookmask(L) & LUA_MASKRET) != 0;
    lua_getinfo(L, "f", ar);
    if (lua_iscfunction(L, -1) || (!leaving && is_quiet(L))) {
        lua_pop(L, 1);
        return;
    }
    lua_getinfo(L, "S", ar);
    bool lines = has_breakpoint(ar);
    if (!lines && !functions_wanted) set_quiet(L);
    else lua_pop(L, 1);
    if (lines || leaving) want_lines(L, lines, leaving);
    if (is_internal(ar->source)) return;
    for (lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        if (lines && contains(b, ar)) b->bound = true;
        if (!b->enabled || b->kind != LUN_BREAK_FUNCTION || !is_function(L, b, ar)) continue;
        entered.thread = L;
        entered.breakpoint = b->id;
        want_lines(L, true, leaving);
        return;
    }
}

static bool is_on_stack(lua_State *L, int from)
{
    lua_Debug ar;
    for (int level = from; lua_getstack(L, level, &ar); level++)
        if (lua_getinfo(L, "S", &ar) && has_breakpoint(&ar)) return true;
    return false;
}

static void on_return(lua_State *L, lua_Debug *ar)
{
    if (step.how == OUT && L == step.thread && depth_of(L) == step.depth) {
        stop_at_return(L, ar);
        return;
    }
    lua_Debug caller;
    lua_getinfo(L, "S", ar);
    if (*ar->what == 'C' && (lua_gethookmask(L) & LUA_MASKLINE)) return; /* a call out of a function that wants lines */
    if (!lua_getstack(L, 1, &caller) || !lua_getinfo(L, "S", &caller)) return;
    bool lines = has_breakpoint(&caller);
    want_lines(L, lines, lines || !has_breakpoint(ar) || is_on_stack(L, 2));
}

/* Has the coroutine that was stepped yielded or ended? Then the step ends wherever Lua goes on. */
static bool left_behind(lua_State *thread)
{
    lua_Debug ar;
    return lua_status(thread) != LUA_OK || !lua_getstack(thread, 0, &ar);
}

static bool step_is_done(lua_State *L, const lua_Debug *ar)
{
    if (step.how == NO_STEP || is_internal(ar->source)) return false;
    if (step.how == INTO) return --step.left <= 0;
    if (L != step.thread) return left_behind(step.thread) && --step.left <= 0;
    int depth = depth_of(L);
    if (depth > step.depth || (step.how == OUT && depth >= step.depth)) return false;
    if (step.how == FORWARD && depth == step.depth && ar->currentline <= step.line) return false;
    step.depth = depth;
    return --step.left <= 0;
}

static void stop_at_function(lua_State *L, const lua_Debug *ar)
{
    lun_breakpoint *b = lun_break_find(entered.breakpoint);
    entered.thread = NULL;
    want_lines(L, has_breakpoint(ar), true);
    if (b) stop_at_breakpoint(L, b);
}

static void on_line(lua_State *L, lua_Debug *ar)
{
    lua_getinfo(L, "Sl", ar);
    if (entered.thread == L) {
        stop_at_function(L, ar);
        return;
    }
    for (lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        if (!b->enabled || b->kind != LUN_BREAK_LINE || b->line != ar->currentline || !is_file(b->glob, ar->source)) continue;
        int id = b->id;
        if (stop_at_breakpoint(L, b)) return;
        if (!lun_break_find(id)) break; /* it was removed there */
    }
    if (!step_is_done(L, ar)) return;
    push_stop(L, "step", NULL);
    show(L);
}

static void hook(lua_State *L, lua_Debug *ar)
{
    if (lun_context_get()->outer || lun_travel_forwarding()) return; /* typed at a stop; on the way to one */
    if (step.how && lunL_main() != step.run) step.how = NO_STEP;
    if (ar->event == LUA_HOOKLINE) on_line(L, ar);
    else if (ar->event == LUA_HOOKRET) on_return(L, ar);
    else on_call(L, ar);
}

/* ---- arming ---- */

/* Sets functions_wanted, too. */
static bool wanted(void)
{
    bool lines = false;
    functions_wanted = false;
    for (const lun_breakpoint *b = lun_break_first(); b; b = b->next) {
        lines |= b->enabled && b->kind == LUN_BREAK_LINE;
        functions_wanted |= b->enabled && b->kind == LUN_BREAK_FUNCTION;
    }
    return lines || functions_wanted;
}

/* The function that a coroutine is in, and those that wait for it, may have got a breakpoint while it stood still. */
static void arm_running(lua_State *L)
{
    lua_Debug ar;
    int level = 0;
    if (!lua_checkstack(L, 8)) return;
    while (lua_getstack(L, level, &ar) && lua_getinfo(L, "S", &ar) && *ar.what == 'C') level++;
    bool lines = lua_getstack(L, level, &ar) && lua_getinfo(L, "S", &ar) && has_breakpoint(&ar);
    want_lines(L, lines, lines || is_on_stack(L, level + 1));
}

static int mask_now;

void lunL_debug_lines_rearm(lua_State *L)
{
    if (!getcwd(folder, sizeof folder)) folder[0] = 0;
    bool places = wanted();
    int mask = step.how ? LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE : places ? LUA_MASKCALL : 0;
    if (places) forget_quiet(L);
    if (mask != mask_now) lunL_hook_set(L, LUNL_HOOK_DEBUGGER, hook, mask, 0);
    mask_now = mask;
    if (mask && !step.how) lunL_each_thread(L, arm_running);
}

/* line_step("into" "over" "forward" "out" "none", thread, level of the user's frame, count) */
static int line_step_from_lua(lua_State *L)
{
    static const char *const names[] = {"none", "into", "over", "forward", "out", NULL};
    lua_Debug ar;
    int how = luaL_checkoption(L, 1, NULL, names), level = (int)luaL_optinteger(L, 3, 0);
    lua_State *thread = how ? lua_tothread(L, 2) : NULL;
    luaL_argcheck(L, !how || thread, 2, "a coroutine");
    lua_settop(L, 4);
    lua_pushvalue(L, 2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &step_key);
    step.how = (line_step)how;
    step.thread = thread;
    step.run = lunL_debug_stopped_run();
    if (step.run && lua_checkstack(step.run, 1)) {
        lua_pushthread(step.run);
        lua_xmove(step.run, L, 1);
    } else {
        lua_pushnil(L);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &run_key);
    step.left = (int)luaL_optinteger(L, 4, 1);
    step.depth = how ? depth_of(thread) - level : 0;
    step.line = how && lua_getstack(thread, level, &ar) && lua_getinfo(thread, "l", &ar) ? ar.currentline : 0;
    lunL_debug_lines_rearm(L);
    return 0;
}

static int source_is_internal(lua_State *L)
{
    lua_pushboolean(L, is_internal(luaL_checkstring(L, 1)));
    return 1;
}

void lunL_debug_lines(lua_State *L)
{
    static const luaL_Reg functions[] = {{"line_step", line_step_from_lua}, {"is_internal", source_is_internal}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
