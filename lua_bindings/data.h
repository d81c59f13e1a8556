/* data.h - lunette.data_core: what lib/data needs of C. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_DATA_H
#define LUN_LUA_BINDINGS_DATA_H
#include "formats/csv.h"

#include <lua.h>
/* Pushes the module's table. */
int lunL_open_data(lua_State *L);
/* Each adds its functions to the table on top of the stack. */
void lunL_open_streams(lua_State *L);
void lunL_open_arrays(lua_State *L);
void lunL_open_json(lua_State *L);
void lunL_open_pack(lua_State *L);
void lunL_open_media(lua_State *L);
void lunL_open_workers(lua_State *L);
/* Pushes a field's text, doubled quotes made single. */
void lunL_push_csv_field(lua_State *L, const lun_csv_field *f);
#endif
