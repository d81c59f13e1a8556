/* break.c - the list of breakpoints and how they match
 *
 * Read next: debugger/stop.c. SPDX-License-Identifier: MIT
 */
#include "debugger/break.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/op_id.h"
#include "core/tape.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lun_breakpoint *list;
static int last_id;

static const char *after_prefix(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(text, prefix, n) ? NULL : text + n;
}

/* "GLOB#k/exit" without its tail. */
static bool read_tail(lun_breakpoint *b, const char *rest)
{
    snprintf(b->glob, sizeof b->glob, "%s", rest);
    char *slash = strchr(b->glob, '/'), *hash;
    if (slash) {
        b->exit = !strcmp(slash, "/exit");
        if (!b->exit && strcmp(slash, "/enter")) return false;
        *slash = 0;
    }
    if ((hash = strchr(b->glob, '#'))) {
        char *end;
        b->call = (int)strtol(hash + 1, &end, 10);
        if (*end || b->call < 1) return false;
        *hash = 0;
    }
    return b->glob[0] != 0;
}

static bool read_location(lun_breakpoint *b, const char *text)
{
    const char *rest;
    b->phase = LUN_PHASE_FORWARD;
    if (!strcmp(text, "nonfinite")) return b->kind = LUN_BREAK_NONFINITE, true;
    if ((rest = after_prefix(text, "bwd "))) b->phase = LUN_PHASE_BACKWARD;
    else if ((rest = after_prefix(text, "opt "))) b->phase = LUN_PHASE_OPTIMIZER;
    else rest = text;
    const char *op = after_prefix(rest, "op:"), *module = after_prefix(rest, "mod:");
    b->kind = module ? LUN_BREAK_MODULE : LUN_BREAK_OP;
    if (module && b->phase != LUN_PHASE_FORWARD) return false;
    return (op || module) && read_tail(b, op ? op : module);
}

static bool names_op(const lun_breakpoint *b, const char *name)
{
    char inplace[64];
    snprintf(inplace, sizeof inplace, "%s_", name);
    return !fnmatch(b->glob, name, 0) || !fnmatch(b->glob, inplace, 0);
}

static int resolve_ops(lun_breakpoint *b)
{
    int n = 0;
    const lun_op *op;
    const char *alias;
    for (int id = 0; id < lun_op_count(); id++) b->ops[id] = names_op(b, lun_op_at(id)->name);
    for (int k = 0; (alias = lun_op_alias(k, &op)); k++) b->ops[op->id] |= names_op(b, alias);
    for (int id = 0; id < lun_op_count(); id++) n += b->ops[id];
    return n;
}

lun_breakpoint *lun_break_add(const char *location, int *matches)
{
    lun_breakpoint *b = lun_block_get(sizeof *b), **at = &list;
    if (!b) return NULL;
    memset(b, 0, sizeof *b);
    snprintf(b->location, sizeof b->location, "%s", location);
    if (strlen(location) >= sizeof b->location || !read_location(b, location)) {
        lun_block_put(b, sizeof *b);
        return lun_fail(LUN_E_ARGUMENT, "op:relu, op:conv*, mod:net.fc2, mod:act#2, mod:net/exit, bwd op:relu, or nonfinite",
                        "'%s' is no place to stop", location);
    }
    *matches = b->kind == LUN_BREAK_OP ? resolve_ops(b) : 0;
    b->id = ++last_id;
    b->enabled = true;
    while (*at) at = &(*at)->next;
    *at = b;
    return b;
}

void lun_break_resolve(void)
{
    for (lun_breakpoint *b = list; b; b = b->next)
        if (b->kind == LUN_BREAK_OP) resolve_ops(b);
}

lun_breakpoint *lun_break_find(int id)
{
    lun_breakpoint *b = list;
    while (b && b->id != id) b = b->next;
    return b;
}

bool lun_break_remove(int id)
{
    for (lun_breakpoint **at = &list; *at; at = &(*at)->next) {
        lun_breakpoint *b = *at;
        if (b->id != id) continue;
        *at = b->next;
        lun_block_put(b, sizeof *b);
        return true;
    }
    return false;
}

lun_breakpoint *lun_break_first(void) { return list; }

static bool suffix_matches(const char *glob, const char *path)
{
    for (const char *p = path; p; p = strchr(p, '.') ? strchr(p, '.') + 1 : NULL)
        if (!fnmatch(glob, p, 0)) return true;
    return false;
}

lun_breakpoint *lun_break_module(const char *path, int call, bool exit)
{
    for (lun_breakpoint *b = list; b; b = b->next)
        if (b->enabled && b->kind == LUN_BREAK_MODULE && b->exit == exit && (!b->call || b->call == call) && suffix_matches(b->glob, path))
            return b;
    return NULL;
}

bool lun_break_matches(const lun_breakpoint *b, const lun_event *e)
{
    if (!b->enabled || b->kind != LUN_BREAK_OP || b->phase != e->phase) return false;
    if (e->kind != (b->after ? LUN_EVENT_AFTER : LUN_EVENT_BEFORE)) return false;
    /* in a backward pass the op that counts is the one whose gradient is computed */
    const lun_op *op = e->phase == LUN_PHASE_BACKWARD && e->node ? e->node->op : e->call->op;
    if (e->phase == LUN_PHASE_BACKWARD && e->node && e->node->custom) return names_op(b, lun_node_name(e->node));
    return b->ops[op->id];
}

bool lun_break_hit(lun_breakpoint *b)
{
    b->hits++;
    if (b->ignore) {
        b->ignore--;
        return false;
    }
    if (b->once) b->enabled = false;
    return true;
}
