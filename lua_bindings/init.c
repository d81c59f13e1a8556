/* init.c - require "lunette": builds the module table
 *
 * Starts the core, makes the tensors' metatable and the functions of `lun`, and lets `require` find the Lua files that travel inside
 * ("lunette.nn" is lib/nn.lua, "lunette.nn.layers" lib/nn/layers.lua). LUNETTE_LIB names a folder whose files are taken instead, for
 * working on lib/ without building.
 * Holds: works in the lunette program and in a stock lua5.4; opening twice gives the same table.
 * Read next: lua_bindings/box.c, lua_bindings/call.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/init.h"

#include "core/alloc.h"
#include "core/context.h"
#include "core/error.h"
#include "kernels/start.h"
#include "lua_bindings/autograd.h"
#include "lua_bindings/box.h"
#include "lua_bindings/call.h"
#include "lua_bindings/construct.h"
#include "lua_bindings/cuda.h"
#include "lua_bindings/data.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/dry.h"
#include "lua_bindings/embedded.h"
#include "lua_bindings/files.h"
#include "lua_bindings/gradients.h"
#include "lua_bindings/graph.h"
#include "lua_bindings/index.h"
#include "lua_bindings/memory.h"
#include "lua_bindings/methods.h"
#include "lua_bindings/module.h"
#include "lua_bindings/names.h"
#include "lua_bindings/op_define.h"
#include "lua_bindings/plot.h"
#include "lua_bindings/random.h"
#include "lua_bindings/table.h"
#include "lua_bindings/train.h"
#include "lua_bindings/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Lua files inside -------------------------------------------------------------------------------------------------------- */

/* "lunette.nn.layers" -> "lib/nn/layers.lua", "lunette.tutorials.x" -> "tutorials/x.lua"; false when it is not one of ours. */
static bool file_of_module(const char *module, char *path, size_t room)
{
    static const char prefix[] = "lunette.";
    if (strncmp(module, prefix, sizeof prefix - 1)) return false;
    const char *rest = module + sizeof prefix - 1;
    int n = snprintf(path, room, "%s%s.lua", strncmp(rest, "tutorials.", 10) ? "lib/" : "", rest);
    if (n < 0 || (size_t)n >= room) return false;
    for (char *c = path; c < path + n - 4; c++)
        if (*c == '.') *c = '/';
    return true;
}

static int load_from_folder(lua_State *L, const char *folder, const char *path)
{
    char full[1024], name[256];
    int n = snprintf(full, sizeof full, "%s/%s", folder, path + 4);
    if (n < 0 || (size_t)n >= sizeof full) return 0;
    FILE *f = fopen(full, "rb");
    if (!f) return 0;
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (size_t got = 1; got;) {
        char *to = luaL_prepbuffer(&b);
        got = fread(to, 1, LUAL_BUFFERSIZE, f);
        luaL_addsize(&b, got);
    }
    fclose(f);
    luaL_pushresult(&b);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    snprintf(name, sizeof name, "=lunette:%s", path);
    return luaL_loadbufferx(L, text, length, name, "t") == LUA_OK ? 1 : lua_error(L);
}

static int searcher(lua_State *L)
{
    char path[200], name[220];
    const char *folder = getenv("LUNETTE_LIB");
    if (!file_of_module(luaL_checkstring(L, 1), path, sizeof path)) return 0;
    if (folder && !strncmp(path, "lib/", 4) && load_from_folder(L, folder, path)) return 1;
    for (const lun_embedded_file *file = lun_embedded_files; file->name; file++) {
        if (strcmp(file->name, path)) continue;
        snprintf(name, sizeof name, "=lunette:%s", path);
        if (luaL_loadbufferx(L, file->start, (size_t)(file->end - file->start), name, "t") != LUA_OK) return lua_error(L);
        return 1;
    }
    lua_pushfstring(L, "no file '%s' inside lunette", path);
    return 1;
}

static void add_searcher(lua_State *L)
{
    int top = lua_gettop(L);
    if (lua_getglobal(L, "package") == LUA_TTABLE && lua_getfield(L, -1, "searchers") == LUA_TTABLE) {
        lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
        for (lua_Integer i = n; i >= 2; i--) { /* before the search of the file system */
            lua_rawgeti(L, -1, i);
            lua_rawseti(L, -2, i + 1);
        }
        lua_pushcfunction(L, searcher);
        lua_rawseti(L, -2, 2);
    }
    lua_settop(L, top);
}

void lunL_preload(lua_State *L, const char *name, lua_CFunction open)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* --- the module ---------------------------------------------------------------------------------------------------------------- */

static int is_tensor(lua_State *L)
{
    lua_pushboolean(L, lunL_is_tensor(L, 1));
    return 1;
}

/* Makes the metatable and its tables; lun is at index `functions`. */
static void open_tensors(lua_State *L, int functions)
{
    lunL_box_open(L);
    lunL_push_metatable(L);
    int meta = lua_gettop(L), methods = meta + 1, properties = meta + 2, setters = meta + 3;
    lua_createtable(L, 0, 400);
    lua_createtable(L, 0, 24);
    lua_createtable(L, 0, 8);
    lua_getfield(L, meta, "free");
    lua_setfield(L, methods, "free");
    lunL_open_methods(L, methods, properties, setters);
    lunL_open_ops(L, functions, methods, meta);
    lunL_open_types(L, functions, methods);
    lunL_open_operators(L, meta);
    lunL_open_index(L, meta, methods, properties, setters);
    static const char *const shared[] = {"split", "chunk", "unbind", "from_zero_based", "numel"};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        lua_getfield(L, methods, shared[i]);
        lua_setfield(L, functions, shared[i]);
    }
    /* names for completion and help, without running anything */
    lua_pushvalue(L, methods);
    lua_setfield(L, meta, "__methods");
    lua_pushvalue(L, properties);
    lua_setfield(L, meta, "__properties");
    lua_settop(L, functions);
}

static int start_failed(lua_State *L)
{
    const lun_error *e = lun_error_get();
    lua_pushfstring(L, "lunette cannot start: %s", e->message);
    lun_error_clear();
    return lua_error(L);
}

int luaopen_lunette(lua_State *L)
{
    static const char module_key;
    lua_settop(L, 0);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &module_key) == LUA_TTABLE) return 1;
    lua_settop(L, 0);
    lunL_now = L;
    if (!lun_start()) return start_failed(L);
    lun_context_get()->site = lunL_site;
    lua_createtable(L, 0, 400);
    lunL_open_memory(L);
    open_tensors(L, 1);
    lunL_open_construct(L);
    lunL_open_autograd(L);
    lunL_open_random(L);
    lunL_open_files(L);
    lunL_open_module(L);
    lunL_open_text(L);
    lunL_open_table(L);
    lua_pushcfunction(L, is_tensor);
    lua_setfield(L, 1, "is_tensor");
    lua_pushboolean(L, 0);
    lua_setfield(L, 1, "session"); /* the shell puts its table of globals here */
    lua_pushliteral(L, LUN_VERSION);
    lua_setfield(L, 1, "version");
    lunL_preload(L, "lunette.plot_core", lunL_open_plot);
    lunL_preload(L, "lunette.cuda_core", lunL_open_cuda);
    lunL_preload(L, "lunette.data_core", lunL_open_data);
    lunL_preload(L, "lunette.autograd_core", lunL_open_autograd_core);
    lunL_preload(L, "lunette.graph_core", lunL_open_graph);
    lunL_preload(L, "lunette.op_core", lunL_open_op_define);
    lunL_preload(L, "lunette.train_core", lunL_open_train);
    lunL_preload(L, "lunette.dry_core", lunL_open_dry);
    lunL_debug_preload(L);
    lunL_preload(L, "lunette.help_core", lunL_open_help);
    if (!lunL_in_worker) lunL_debug_failures();
    add_searcher(L);
    lunL_open_names(L);
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &module_key);
    if (!lunL_in_worker) {
        lunL_graph_start();
        lun_alloc_started();
    }
    return 1;
}
