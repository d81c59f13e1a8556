/* pack.c - Lua values to bytes and back: core.pack(...), and core.unpack(bytes) of unpack.c
 *
 * A value is a letter and its content; numbers as this machine has them. Read next: pack.h, unpack.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/pack.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/scope.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

enum { PLACE = 200 };

/* --- packing -------------------------------------------------------------------------------------------------------------------- */

typedef struct packer {
    lua_State *L;
    lunL_frame frame;
    int slot;        /* where on the stack the memory is */
    char *data;
    size_t used, room;
    lunL_pack_kind kind;
    int functions;   /* functions around the value */
    char place[PLACE]; /* which part of the value: "captured `f`, field x" */
} packer;

static void add(packer *p, const void *bytes, size_t n)
{
    if (n > p->room - p->used) {
        size_t room = p->room;
        while (n > room - p->used) room *= 2;
        char *more = lua_newuserdatauv(p->L, room, 0);
        memcpy(more, p->data, p->used);
        lua_replace(p->L, p->slot);
        p->data = more;
        p->room = room;
    }
    if (n) memcpy(p->data + p->used, bytes, n);
    p->used += n;
}

static void add_letter(packer *p, char letter) { add(p, &letter, 1); }

static void add_text(packer *p, const char *text, size_t n)
{
    uint64_t length = n;
    add(p, &length, sizeof length);
    add(p, text, n);
}

static int refuse(packer *p, int index)
{
    const char *what = lunL_describe(p->L, index);
    if (lua_istable(p->L, index)) what = "a table with a metatable";
    if (lua_iscfunction(p->L, index)) what = "a C function";
    return lunL_fail(p->L, p->frame, "data", LUN_E_ARGUMENT,
                     p->kind == LUNL_PACK_CODE ? "make it inside the function, or capture numbers, strings, plain tables, tensors" : NULL,
                     "%s%s%s and cannot be copied: numbers, strings, booleans, plain tables and tensors on the CPU can", p->place,
                     *p->place ? " is " : "the value is ", what);
}

static void add_value(packer *p, int index, int depth);

static void add_tensor(packer *p, int index)
{
    lun_tensor *x = lunL_tensor(p->L, index);
    if (!x) lunL_raise(p->L, p->frame);
    if (lun_tensor_device(x).type != LUN_CPU)
        lunL_fail(p->L, p->frame, "data", LUN_E_DEVICE, "x:cpu()", "%s%sa tensor on a device cannot be copied", p->place, *p->place ? ": " : "");
    size_t mark = lun_scope_mark();
    lun_tensor *plain = lun_is_contiguous(x) ? x : lun_contiguous(lun_tensor_alias(x));
    if (!plain) lunL_raise(p->L, p->frame);
    uint8_t head[3] = {plain->dtype, plain->ndim, (uint8_t)(x->flags & LUN_ZERO_BASED)};
    add_letter(p, 'X');
    add(p, head, sizeof head);
    add(p, plain->dims, plain->ndim * sizeof *plain->dims);
    add(p, lun_data(plain), lun_tensor_bytes(plain));
    lun_scope_drain(mark);
}

/* Adds to the place for the time of one value; returns what to cut it back to. */
static size_t enter(packer *p, const char *what, const char *name)
{
    size_t n = strlen(p->place);
    if (n + 1 < PLACE) {
        if (n) n += (size_t)snprintf(p->place + n, PLACE - n, ", ");
        if (n < PLACE) snprintf(p->place + n, PLACE - n, "%s `%.60s`", what, name);
    }
    return n > 2 && p->place[n - 2] == ',' ? n - 2 : n;
}

static void add_key_and_value(packer *p, int depth)
{
    int top = lua_gettop(p->L);
    add_value(p, top - 1, depth);
    const char *name = "[?]";
    char number[32];
    if (lua_type(p->L, top - 1) == LUA_TSTRING) name = lua_tostring(p->L, top - 1);
    else if (lua_isinteger(p->L, top - 1)) snprintf(number, sizeof number, "%lld", (long long)lua_tointeger(p->L, top - 1)), name = number;
    size_t cut = enter(p, "field", name);
    add_value(p, top, depth);
    p->place[cut] = 0;
}

static void add_table(packer *p, int index, int depth)
{
    if (depth == LUNL_PACK_DEEPEST)
        lunL_fail(p->L, p->frame, "data", LUN_E_ARGUMENT, NULL,
                  "a table nested deeper than %d cannot be copied; does it contain itself?", LUNL_PACK_DEEPEST);
    luaL_checkstack(p->L, 8, NULL);
    add_letter(p, '{');
    lua_pushnil(p->L);
    for (; lua_next(p->L, index); lua_pop(p->L, 1)) add_key_and_value(p, depth + 1);
    add_letter(p, '}');
}

/* --- code ------------------------------------------------------------------------------------------------------------------------- */

/* Pushes "module" and perhaps "field" for a table or function of a loaded module; how many were pushed. */
static int push_module_name(lua_State *L, int index)
{
    int top = lua_gettop(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    int loaded = top + 1;
    lua_pushnil(L);
    while (lua_next(L, loaded)) {
        bool named = lua_type(L, -2) == LUA_TSTRING;
        if (named && lua_rawequal(L, -1, index)) {
            lua_pop(L, 1);
            lua_replace(L, loaded);
            lua_settop(L, loaded);
            return 1;
        }
        if (named && lua_istable(L, -1) && lua_type(L, index) == LUA_TFUNCTION) {
            lua_pushnil(L);
            while (lua_next(L, -2)) {
                if (lua_type(L, -2) == LUA_TSTRING && lua_rawequal(L, -1, index)) {
                    lua_pop(L, 1);                 /* loaded, module name, module, field */
                    lua_replace(L, -2);            /* loaded, module name, field */
                    lua_remove(L, loaded);
                    return 2;
                }
                lua_pop(L, 1);
            }
        }
        lua_pop(L, 1);
    }
    lua_settop(L, top);
    return 0;
}

static bool add_module(packer *p, int index)
{
    int n = push_module_name(p->L, index), top = lua_gettop(p->L);
    if (!n) return false;
    add_letter(p, n == 1 ? 'M' : 'K');
    for (int i = top - n + 1; i <= top; i++) {
        size_t length;
        const char *text = lua_tolstring(p->L, i, &length);
        add_text(p, text, length);
    }
    lua_pop(p->L, n);
    return true;
}

static int write_piece(lua_State *L, const void *piece, size_t n, void *argument)
{
    (void)L;
    add(argument, piece, n);
    return 0;
}

/* The compiled text, then what it captured; _ENV stands for the globals of whoever runs it. */
static void add_function(packer *p, int index, int depth)
{
    lua_State *L = p->L;
    if (lua_iscfunction(L, index) || p->functions) refuse(p, index);
    luaL_checkstack(L, 8, NULL);
    p->functions++;
    add_letter(p, 'C');
    uint64_t length = 0;
    size_t at = p->used;
    add(p, &length, sizeof length);
    lua_pushvalue(L, index);
    lua_dump(L, write_piece, p, 0);
    lua_pop(L, 1);
    length = p->used - at - sizeof length;
    memcpy(p->data + at, &length, sizeof length);
    uint8_t count = 0;
    for (; lua_getupvalue(L, index, count + 1); lua_pop(L, 1)) count++;
    add(p, &count, 1);
    for (int i = 1; i <= count; i++) {
        const char *name = lua_getupvalue(L, index, i);
        size_t cut = enter(p, "captured", name);
        if (!strcmp(name, "_ENV")) add_letter(p, 'G');
        else add_value(p, lua_gettop(L), depth + 1);
        p->place[cut] = 0;
        lua_pop(L, 1);
    }
    p->functions--;
}

static void add_value(packer *p, int index, int depth)
{
    lua_State *L = p->L;
    size_t length;
    const char *text;
    int type = lua_type(L, index);
    if (type == LUA_TNIL) {
        add_letter(p, 'N');
    } else if (type == LUA_TBOOLEAN) {
        add_letter(p, lua_toboolean(L, index) ? 'T' : 'F');
    } else if (lua_isinteger(L, index)) {
        lua_Integer value = lua_tointeger(L, index);
        add_letter(p, 'I');
        add(p, &value, sizeof value);
    } else if (type == LUA_TNUMBER) {
        lua_Number value = lua_tonumber(L, index);
        add_letter(p, 'D');
        add(p, &value, sizeof value);
    } else if (type == LUA_TSTRING) {
        text = lua_tolstring(L, index, &length);
        add_letter(p, 'S');
        add_text(p, text, length);
    } else if (lunL_is_tensor(L, index)) {
        add_tensor(p, index);
    } else if (p->kind == LUNL_PACK_CODE && (type == LUA_TTABLE || type == LUA_TFUNCTION) && add_module(p, index)) {
        return;
    } else if (type == LUA_TTABLE && !lua_getmetatable(L, index)) {
        add_table(p, index, depth);
    } else if (p->kind == LUNL_PACK_CODE && type == LUA_TFUNCTION) {
        add_function(p, index, depth);
    } else {
        refuse(p, index);
    }
}

void lunL_pack(lua_State *L, int first, lunL_pack_kind kind)
{
    enum { FIRST_ROOM = 512 };
    int top = lua_gettop(L);
    packer p = {.L = L, .frame = lunL_enter(L), .room = FIRST_ROOM, .kind = kind};
    luaL_checkstack(L, 8, NULL);
    p.data = lua_newuserdatauv(L, FIRST_ROOM, 0);
    p.slot = top + 1;
    uint32_t count = (uint32_t)(top - first + 1);
    add(&p, &count, sizeof count);
    for (int i = first; i <= top; i++) add_value(&p, i, 0);
    lua_pushlstring(L, p.data, p.used);
    lua_replace(L, p.slot);
}

/* --- for Lua -------------------------------------------------------------------------------------------------------------------- */

static int pack(lua_State *L)
{
    lunL_pack(L, 1, LUNL_PACK_PLAIN);
    return 1;
}

/* pack_code(f): the check that a function can go to a worker, and its bytes */
static int pack_code(lua_State *L)
{
    lunL_pack(L, 1, LUNL_PACK_CODE);
    return 1;
}

static int unpack(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    return lunL_unpack(L, bytes, n, LUNL_PACK_PLAIN);
}

void lunL_open_pack(lua_State *L)
{
    static const luaL_Reg functions[] = {{"pack", pack}, {"pack_code", pack_code}, {"unpack", unpack}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
