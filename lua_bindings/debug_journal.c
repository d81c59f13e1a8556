/* debug_journal.c - the journal as Lua tables. Read next: debugger/journal.h, lib/dbg/diff.lua. SPDX-License-Identifier: MIT */
#include "debugger/journal.h"

#include "lua_bindings/box.h"
#include "lua_bindings/debug.h"
#include "lua_bindings/fields.h"
#include "lua_bindings/init.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

static void push_print(lua_State *L, const lun_print *p)
{
    char text[LUN_SHAPE_TEXT];
    lua_createtable(L, 0, 6);
    if (p->ndim < 0) return;
    lunL_debug_set_integer(L, "hash", (lua_Integer)p->hash);
    if (p->transposed) lunL_debug_set_integer(L, "transposed", (lua_Integer)p->transposed);
    lun_shape_text(p->ndim < 4 ? p->ndim : 4, p->dims, text);
    lua_pushfstring(L, "%s%s%s", lun_dtypes[p->dtype].abbreviation, text, p->ndim > 4 ? ".." : "");
    lua_setfield(L, -2, "shape");
    lunL_set_flag(L, "parameter", p->parameter);
    lunL_set_number(L, "absmax", p->absmax);
    lunL_set_number(L, "mean", p->mean);
}

/* {name = number, ...} of the options that are numbers or truths */
static void push_options(lua_State *L, const lun_record *r)
{
    lua_createtable(L, 0, 4);
    for (int i = 0, k = 0; i < r->op->n_args && k < LUN_JOURNAL_OPTIONS; i++) {
        if (r->op->arg[i].kind <= LUN_ARG_LABELS) continue;
        if (!isnan(r->option[k])) lunL_set_number(L, r->op->arg[i].name, r->option[k]);
        k++;
    }
    lua_setfield(L, -2, "options");
}

static void push_record(lua_State *L, const lun_record *r)
{
    static const char *const phases[] = {"fwd", "bwd", "opt"};
    lua_createtable(L, 0, 14);
    lunL_debug_set_string(L, "op", r->op->name);
    lunL_debug_set_string(L, "of", r->node_op ? r->node_op->name : NULL);
    lunL_debug_set_string(L, "module", r->module_path);
    lunL_debug_set_string(L, "phase", phases[r->phase]);
    lunL_debug_set_string(L, "file", r->site.file);
    lunL_debug_set_integer(L, "line", (lua_Integer)r->site.line);
    lunL_debug_set_integer(L, "sequence", (lua_Integer)r->sequence);
    lunL_debug_set_integer(L, "attributes", (lua_Integer)r->attributes);
    lunL_debug_set_integer(L, "drawn", (lua_Integer)r->drawn);
    lunL_set_flag(L, "random", (r->op->flags & LUN_OP_RANDOM) != 0);
    lunL_set_flag(L, "failed", r->failed);
    push_options(L, r);
    lua_createtable(L, r->n_in, 0);
    for (int i = 0; i < r->n_in; i++) {
        push_print(L, &r->in[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "inputs");
    lua_createtable(L, r->n_out, 0);
    for (int k = 0; k < r->n_out; k++) {
        push_print(L, &r->out[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "outputs");
}

/* journal(true) begins; journal(false) ends and gives the list of records. */
static int journal(lua_State *L)
{
    bool on = lua_toboolean(L, 1);
    lun_journal(on);
    if (on && lunL_debug_event()) {
        lua_State *typed = lunL_now;
        lunL_now = lunL_debug_stopped_thread(); /* the op's line is where the run stands, not where this was typed */
        lun_journal_include(lunL_debug_event());
        lunL_now = typed;
    }
    if (on) return 0;
    lua_createtable(L, (int)lun_journal_count(), 0);
    for (int64_t k = 0; k < lun_journal_count(); k++) {
        push_record(L, lun_journal_at(k));
        lua_rawseti(L, -2, (lua_Integer)k + 1);
    }
    return 1;
}

void lunL_debug_journal(lua_State *L)
{
    static const luaL_Reg functions[] = {{"journal", journal}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
