/* profile.h - which ops ran how often, for how long
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_PROFILE_H
#define LUN_REPL_PROFILE_H
#include <lua.h>

/* Function of the module lunette.shell: profile(f) calls f and returns a list {op, phase, calls, seconds, bytes, made, fresh, work}: seconds without
 * the ops inside a composed one, bytes read and written, bytes of results, how many results have new memory, multiplications and
 * additions; and the seconds of the whole call. An error in f goes on. */
int lunL_profile_from_lua(lua_State *L);
#endif
