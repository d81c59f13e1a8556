/* unpack.c - Lua values from bytes
 *
 * Holds: reads only inside the bytes, asks for no more memory than they can fill, and takes code only from another thread of this program.
 * Read next: pack.h. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "lua_bindings/box.h"
#include "lua_bindings/pack.h"

#include <lauxlib.h>
#include <string.h>

typedef struct unpacker { lua_State *L; lunL_frame frame; const char *begin, *at, *end; lunL_pack_kind kind; } unpacker;

static int damaged(unpacker *u)
{
    return lunL_fail(u->L, u->frame, "data", LUN_E_FORMAT, "make the file anew", "packed values are damaged at byte %zu of %zu",
                     (size_t)(u->at - u->begin), (size_t)(u->end - u->begin));
}

static const char *take(unpacker *u, uint64_t n)
{
    if (n > (uint64_t)(u->end - u->at)) damaged(u);
    const char *at = u->at;
    u->at += n;
    return at;
}

static void take_into(unpacker *u, void *out, size_t n) { memcpy(out, take(u, n), n); }

static const char *take_text(unpacker *u, size_t *n)
{
    uint64_t length;
    take_into(u, &length, sizeof length);
    const char *text = take(u, length);
    *n = (size_t)length;
    return text;
}

static void push_value(unpacker *u, int depth);

static void push_tensor(unpacker *u)
{
    uint8_t head[3];
    int64_t dims[LUN_MAX_DIMS];
    take_into(u, head, sizeof head);
    if (head[0] >= LUN_DTYPE_COUNT || head[1] > LUN_MAX_DIMS) damaged(u);
    take_into(u, dims, head[1] * sizeof *dims);
    size_t bytes = lun_dtype_size((lun_dtype)head[0]);
    for (int d = 0; d < head[1]; d++)
        if (dims[d] < 0 || !lun_mul_sizes(bytes, (size_t)dims[d], &bytes)) damaged(u);
    const char *data = take(u, bytes);
    lunL_box *box = lunL_box_new(u->L);
    lun_tensor *x = lun_tensor_copy_of(data, (lun_dtype)head[0], head[1], dims);
    if (!x) lunL_raise(u->L, u->frame);
    if (head[2] & LUN_ZERO_BASED) x->flags |= LUN_ZERO_BASED;
    lunL_box_fill(u->L, box, x);
}

static void push_table(unpacker *u, int depth)
{
    lua_newtable(u->L);
    while (u->at < u->end && *u->at != '}') {
        push_value(u, depth + 1);
        if (lua_isnil(u->L, -1) || lua_rawequal(u->L, -1, -1) == 0) damaged(u); /* nil and NaN are no keys */
        push_value(u, depth + 1);
        lua_rawset(u->L, -3);
    }
    take(u, 1);
}

static void push_module(unpacker *u, bool is_field)
{
    size_t n;
    const char *name = take_text(u, &n);
    lua_getglobal(u->L, "require");
    lua_pushlstring(u->L, name, n);
    lua_call(u->L, 1, 1);
    if (!is_field) return;
    name = take_text(u, &n);
    lua_pushlstring(u->L, name, n);
    lua_gettable(u->L, -2);
    lua_remove(u->L, -2);
}

static void push_function(unpacker *u, int depth)
{
    size_t n;
    uint8_t count;
    const char *code = take_text(u, &n);
    if (luaL_loadbufferx(u->L, code, n, "=function", "b") != LUA_OK) lua_error(u->L);
    take_into(u, &count, 1);
    for (int i = 1; i <= count; i++) {
        push_value(u, depth + 1);
        lua_setupvalue(u->L, -2, i);
    }
}

static void push_value(unpacker *u, int depth)
{
    lua_State *L = u->L;
    lua_Integer whole;
    lua_Number real;
    size_t n;
    const char *text;
    luaL_checkstack(L, 8, NULL);
    if (depth > LUNL_PACK_DEEPEST + 2) damaged(u);
    char letter = *take(u, 1);
    bool code = u->kind == LUNL_PACK_CODE;
    switch (letter) {
    case 'N': lua_pushnil(L); return;
    case 'T': lua_pushboolean(L, 1); return;
    case 'F': lua_pushboolean(L, 0); return;
    case 'I': take_into(u, &whole, sizeof whole); lua_pushinteger(L, whole); return;
    case 'D': take_into(u, &real, sizeof real); lua_pushnumber(L, real); return;
    case 'S': text = take_text(u, &n); lua_pushlstring(L, text, n); return;
    case 'X': push_tensor(u); return;
    case '{': push_table(u, depth); return;
    default: break;
    }
    if (code && letter == 'G') lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    else if (code && (letter == 'M' || letter == 'K')) push_module(u, letter == 'K');
    else if (code && letter == 'C') push_function(u, depth);
    else damaged(u);
}

int lunL_unpack(lua_State *L, const char *bytes, size_t n, lunL_pack_kind kind)
{
    unpacker u = {.L = L, .frame = lunL_enter(L), .begin = bytes, .at = bytes, .end = bytes + n, .kind = kind};
    uint32_t count;
    take_into(&u, &count, sizeof count);
    if (count > n) damaged(&u);
    luaL_checkstack(L, (int)count + 8, NULL);
    for (uint32_t i = 0; i < count; i++) push_value(&u, 0);
    if (u.at != u.end) damaged(&u);
    return lunL_leave(L, u.frame, (int)count);
}
