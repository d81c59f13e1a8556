/* graph.h - compiled functions for lib/graph. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_GRAPH_H
#define LUN_LUA_BINDINGS_GRAPH_H
#include <lua.h>

/* The module "lunette.graph_core". */
int lunL_open_graph(lua_State *L);
/* Chains of large elementwise ops are on in this thread. */
void lunL_graph_start(void);
/* Runs what waits. What cannot run waits on, and who needs it gets the error. */
void lunL_graph_settle(void);
#endif
