/* box.c - tensors as userdata, and errors as Lua objects
 *
 * Holds: only this file calls lua_error for the core's errors. An error object is a table {code, kind, op, message, hint, where}
 * with a readable text; it never contains install paths, because `where` is a line of user code.
 * Read next: lua_bindings/call.c, lua_bindings/interrupt.h (Ctrl-C and the debugger leave by their own road).
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/box.h"

#include "core/error.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/interrupt.h"
#include "lua_bindings/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char lunL_box_mark;
__thread lua_State *lunL_now;
__thread bool lunL_in_worker;

static const char box_key, error_key, spare_key, kept_key; /* registry: metatables, the error for no memory, a kept error */

void lunL_push_metatable(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &box_key); }

/* --- boxes ---------------------------------------------------------------------------------------------------------- */

lunL_box *lunL_box_make(lua_State *L, int metatable)
{
    lunL_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (lunL_box){.mark = &lunL_box_mark};
    lua_pushvalue(L, metatable);
    lua_setmetatable(L, -2);
    return box;
}

lunL_box *lunL_box_new(lua_State *L)
{
    lunL_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (lunL_box){.mark = &lunL_box_mark};
    lunL_push_metatable(L);
    lua_setmetatable(L, -2);
    return box;
}

void lunL_box_fill(lua_State *L, lunL_box *box, lun_tensor *x)
{
    box->x = lun_keep(x);
    lunL_memory_filled(L, box);
}

/* Only above the frame's mark: an entry of an outer frame is not ours to take. */
void lunL_box_take(lua_State *L, lunL_frame f, lunL_box *box, lun_tensor *x)
{
    lun_scope *s = &lun_context_get()->scope;
    bool newest = s->count > f.mark && s->items[s->count - 1] == x;
    if (newest) s->count--;
    box->x = newest ? x : lun_keep(x);
    lunL_memory_filled(L, box);
}

void lunL_box_release(lunL_box *box, lun_site at)
{
    lun_tensor *x = box->x;
    if (!x) return;
    lunL_memory_leave_scope(box);
    box->x = NULL;
    box->is.released = at;
    lun_drop(x);
}

static int box_gc(lua_State *L)
{
    lunL_box *box = lunL_box_at(L, 1);
    if (box) lunL_box_release(box, (lun_site){NULL, 0});
    return 0;
}

static int box_free(lua_State *L)
{
    lunL_box *box = lunL_box_at(L, 1);
    lunL_now = L;
    if (box) lunL_box_release(box, lunL_site());
    return 0;
}

lunL_frame lunL_enter(lua_State *L)
{
    lun_context *ctx = lun_context_get();
    lunL_now = L;
    ctx->error.code = LUN_E_NONE;
    return (lunL_frame){ctx->scope.count};
}

int lunL_give(lua_State *L, lunL_frame f, lun_tensor *x)
{
    if (!x || lun_failed()) return lunL_raise(L, f);
    if (lun_is_none(x)) {
        lua_pushnil(L);
    } else {
        luaL_checkstack(L, 4, NULL);
        lunL_box_take(L, f, lunL_box_new(L), x);
    }
    lun_scope_drain(f.mark);
    return 1;
}

int lunL_leave(lua_State *L, lunL_frame f, int n)
{
    if (lun_failed()) return lunL_raise(L, f);
    lun_scope_drain(f.mark);
    return n;
}

/* --- where the user's code is ------------------------------------------------------------------------------------------ */

/* Recording asks for each op: the last answer is remembered, so that interning is rare. No memory for it is no error. */
static const char *interned(const char *name)
{
    static __thread const char *last;
    if (last && !strcmp(last, name)) return last;
    bool failed_before = lun_failed();
    last = lun_intern(name);
    if (!last && !failed_before) lun_error_clear();
    return last ? last : "?";
}

lun_site lunL_site(void)
{
    lua_State *L = lunL_now;
    lua_Debug at;
    char own[LUA_IDSIZE];
    int own_line = 0; /* of the library's innermost function, when nobody else's code runs */
    for (int level = 0; L && level < 40 && lua_getstack(L, level, &at); level++) {
        if (!lua_getinfo(L, "Sl", &at) || at.currentline < 1) continue;
        if (strncmp(at.source, "=lunette:", 9) != 0) return (lun_site){interned(at.short_src), at.currentline};
        if (own_line) continue;
        memcpy(own, at.short_src, sizeof own);
        own_line = at.currentline;
    }
    return own_line ? (lun_site){interned(own), own_line} : (lun_site){NULL, 0};
}

/* --- errors ------------------------------------------------------------------------------------------------------------- */

static const char *field(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, 1);
    return lua_isstring(L, -1) ? lua_tostring(L, -1) : "";
}

static int error_text(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    const char *code = field(L, "code"), *op = field(L, "op"), *message = field(L, "message");
    const char *where = field(L, "where"), *hint = field(L, "hint");
    lua_pushfstring(L, "error[%s] %s%s%s%s%s%s%s", code, op, *op ? ": " : "", message, *where ? "\n  at " : "", where,
                    *hint ? "\nhint: " : "", hint);
    return 1;
}

static void set(lua_State *L, const char *name, const char *value)
{
    if (!value || !*value) return;
    lunL_set_text(L, name, value);
}

static void push_where(lua_State *L)
{
    lunL_now = L;
    lun_site at = lunL_site();
    if (!at.file) return;
    lua_pushfstring(L, "%s:%d", at.file, at.line);
    lua_setfield(L, -2, "where");
}

/* Runs protected: an out-of-memory error must be reportable when Lua has no memory either. */
static int build_error(lua_State *L)
{
    const lun_error *e = lun_error_get();
    lua_createtable(L, 0, 6);
    set(L, "code", lun_error_number(e->code));
    set(L, "kind", lun_error_kind(e->code));
    set(L, "op", e->op);
    set(L, "message", e->message);
    set(L, "hint", e->hint);
    push_where(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &error_key);
    lua_setmetatable(L, -2);
    return 1;
}

void lunL_push_error(lua_State *L)
{
    bool built = false;
    if (lua_checkstack(L, 8)) {
        lua_pushcfunction(L, build_error);
        built = lua_pcall(L, 0, 1, 0) == LUA_OK || lunL_is_unwind(L, -1); /* Ctrl-C came meanwhile: that is what is raised */
    }
    if (!built) {
        lua_settop(L, 0);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &spare_key);
    }
    lun_error_clear();
}

static bool push_kept(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key);
    return true;
}

void lunL_keep_error(lua_State *L)
{
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key);
    lun_fail(LUN_E_UNWIND, NULL, "a Lua function that was called back raised an error");
}

int lunL_raise(lua_State *L, lunL_frame f)
{
    lun_scope_drain(f.mark);
    lun_code code = lun_error_get()->code;
    if (code == LUN_E_NONE) lun_fail(LUN_E_INTERNAL, NULL, "a function failed without saying why");
    if (code == LUN_E_UNWIND && push_kept(L)) {
        lun_error_clear();
        return lua_error(L);
    }
    if (!lunL_in_worker && (code == LUN_E_INTERRUPT || code == LUN_E_UNWIND)) {
        lun_error_clear();
        return code == LUN_E_INTERRUPT ? lunL_interrupted(L) : lunL_unwind(L, lunL_unwind_reason());
    }
    lunL_push_error(L);
    return lua_error(L);
}

int lunL_fail(lua_State *L, lunL_frame f, const char *op, lun_code code, const char *hint, const char *format, ...)
{
    lun_error *e = &lun_context_get()->error;
    if (e->code == LUN_E_NONE) {
        char text[sizeof e->message];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        lun_fail(code, hint, "%s", text);
    }
    if (!e->op[0]) snprintf(e->op, sizeof e->op, "%s", op);
    return lunL_raise(L, f);
}

/* --- arguments ------------------------------------------------------------------------------------------------------------ */

const char *lunL_describe(lua_State *L, int index)
{
    static const char *const names[] = {"nothing", "nil", "a boolean", "userdata", "a number", "a string", "a table",
                                        "a function", "userdata", "a coroutine"};
    return lunL_is_tensor(L, index) ? "a tensor" : names[lua_type(L, index) + 1];
}

lun_tensor *lunL_tensor_named(lua_State *L, int index, const char *name)
{
    lunL_box *box = lunL_box_at(L, index);
    if (box && box->x) return box->x;
    const char *label = name ? name : "x";
    if (box && box->is.released.file)
        return lun_fail(LUN_E_RELEASED, NULL, "`%s` is a tensor that was released at %s:%d", label, box->is.released.file,
                        box->is.released.line);
    if (box) return lun_fail(LUN_E_RELEASED, NULL, "`%s` is a tensor that was released", label);
    const char *hint = lua_istable(L, index) ? "lun.tensor(t) makes a tensor of a table of numbers"
                       : lua_isnumber(L, index) ? "lun.tensor(n) makes a tensor of a number" : NULL;
    return lun_fail(LUN_E_ARGUMENT, hint, "`%s` must be a tensor, got %s", label, lunL_describe(L, index));
}

lun_tensor *lunL_tensor(lua_State *L, int index) { return lunL_tensor_named(L, index, NULL); }

/* --- start ------------------------------------------------------------------------------------------------------------------ */

static void make_spare(lua_State *L)
{
    static const char *const fields[][2] = {{"code", "E601"}, {"kind", "memory"}, {"op", ""}, {"message", "out of memory"},
                                            {"hint", "set what is no longer needed to nil"}};
    lua_createtable(L, 0, 5);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) set(L, fields[i][0], fields[i][1]);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &error_key);
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &spare_key);
}

void lunL_box_open(lua_State *L)
{
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, error_text);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "lunette.error");
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
    make_spare(L);
    lua_createtable(L, 0, 32);
    lua_pushliteral(L, "Tensor");
    lua_setfield(L, -2, "__name");
    luaL_setfuncs(L, (const luaL_Reg[]){{"__gc", box_gc}, {"__close", box_free}, {"free", box_free}, {NULL, NULL}}, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &box_key);
}
