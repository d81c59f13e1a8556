/* media.c - pictures, sound and folders for Lua: core.image(bytes, channels), core.wav(bytes), core.crc32c(bytes), core.folder(path)
 *
 * Read next: formats/image.h, lib/data/media.lua. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "formats/crc32c.h"
#include "formats/image.h"
#include "formats/wav.h"
#include "lua_bindings/box.h"
#include "lua_bindings/data.h"
#include "lua_bindings/fields.h"

#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/stat.h>

static int image(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    lua_Integer channels = luaL_optinteger(L, 2, 0);
    lunL_frame f = lunL_enter(L);
    if (channels != 0 && channels != 1 && channels != 3 && channels != 4)
        return lunL_fail(L, f, "data.image", LUN_E_ARGUMENT, "channels = 3", "`channels` must be 1, 3 or 4, got %lld", (long long)channels);
    lun_tensor *x = lun_image_decode(bytes, n, (int)channels);
    return x ? lunL_give(L, f, x) : lunL_fail(L, f, "data.image", LUN_E_FORMAT, NULL, "failed");
}

/* the samples and the frames per second */
static int wav(lua_State *L)
{
    size_t n;
    int64_t rate = 0;
    const char *bytes = luaL_checklstring(L, 1, &n);
    lunL_frame f = lunL_enter(L);
    lun_tensor *x = lun_wav_read(bytes, n, &rate);
    if (!x) return lunL_fail(L, f, "data.wav", LUN_E_FORMAT, NULL, "failed");
    lunL_give(L, f, x);
    lua_pushinteger(L, rate);
    return 2;
}

static int checksum(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    lua_pushinteger(L, lun_crc32c(bytes, n));
    return 1;
}

/* The folder is open meanwhile, so what may raise runs protected: (DIR, path, names) */
static int list_names(lua_State *L)
{
    DIR *folder = lua_touserdata(L, 1);
    lua_Integer n = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct stat about;
        if (*entry->d_name == '.') continue;
        lua_pushfstring(L, "%s/%s", lua_tostring(L, 2), entry->d_name);
        if (stat(lua_tostring(L, -1), &about)) about.st_mode = 0;
        lua_pop(L, 1);
        lua_createtable(L, 0, 2);
        lunL_set_text(L, "name", entry->d_name);
        lunL_set_flag(L, "folder", S_ISDIR(about.st_mode));
        lua_rawseti(L, 3, ++n);
    }
    return 1;
}

/* folder(path): {{name, folder = is it one?}, ...} in no order, without those that begin with a dot */
static int folder(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lunL_frame f = lunL_enter(L);
    lua_settop(L, 1);
    lua_newtable(L);
    DIR *opened = opendir(path);
    if (!opened) return lunL_fail(L, f, "data.image_folder", LUN_E_FILE, NULL, "cannot open the folder %s: %s", path, strerror(errno));
    lua_pushcfunction(L, list_names);
    lua_pushlightuserdata(L, opened);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    int status = lua_pcall(L, 3, 1, 0);
    closedir(opened);
    return status == LUA_OK ? 1 : lua_error(L);
}

void lunL_open_media(lua_State *L)
{
    static const luaL_Reg functions[] = {{"image", image}, {"wav", wav}, {"crc32c", checksum}, {"folder", folder}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
