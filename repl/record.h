/* record.h - a cell whose outputs are data: the notebook, and whoever runs cells without a terminal
 *
 * While a cell is recorded, what it prints, the values it gives and the report of its error go into a list instead of onto
 * the screen (or there too). Holds: one recording at a time; it ends however the cell ends. Read next: record.c,
 * repl/capture.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_RECORD_H
#define LUN_REPL_RECORD_H
#include <lua.h>
#include <stdbool.h>

/* Is a cell being recorded now, and not a line at a prompt inside it? */
bool lunL_record_on(void);

/* A Lua function: notes all its arguments as values of the cell. Upvalue 1 as lunL_show_results. */
int lunL_record_values(lua_State *L);

/* Notes the report on top of L, and leaves it. Never raises. */
void lunL_record_report(lua_State *L, bool interrupted);

/* Functions of the module lunette.shell.
 * record(text, {source =, line =, echo =, seconds =}) -> {status = "good", "error", "memory", "interrupted", "quit" or "exit",
 *   stopped = nil, "time" or "flood", outputs = {{kind = "text", "warning", "value" or "error", text =, dropped =}, ...}}
 * emit(output): appends a table of the caller's to the outputs, behind what was printed so far; false when nothing is
 * recorded. */
int lunL_record_cell(lua_State *L);
int lunL_record_emit(lua_State *L);
#endif
