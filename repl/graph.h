/* graph.h - the autograd graph behind a tensor, as data for Lua
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_GRAPH_H
#define LUN_REPL_GRAPH_H
#include <lua.h>

/* Functions of the module lunette.shell. graph(x): a list of nodes, what x was made by first: {op, shape, place, inputs = {index of a node, or
 * the address of a leaf, or false for a constant}, shapes = {of the inputs}}; at most 10000. address(x): of a tensor, to compare with. */
int lunL_graph_from_lua(lua_State *L);
int lunL_graph_address(lua_State *L);
#endif
