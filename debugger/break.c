/* break.c - the list of breakpoints, how their locations are read and match
 *
 * Read next: debugger/stop.c. SPDX-License-Identifier: MIT
 */
#include "debugger/break.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/op_id.h"
#include "core/tape.h"
#include "debugger/events.h"

#include <ctype.h>
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

/* ---- reading a location ---- */

/* "GLOB#k/exit" without its tail. */
static bool read_tail(lun_breakpoint *b, const char *rest)
{
    snprintf(b->glob, sizeof b->glob, "%s", rest);
    char *slash = b->kind == LUN_BREAK_MODULE ? strchr(b->glob, '/') : NULL, *hash;
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

/* "FILE:LINE", or the name of a function such as forward, Net:forward, net.train. */
static bool read_code(lun_breakpoint *b, const char *text)
{
    const char *colon = strrchr(text, ':');
    char *end;
    long line = colon ? strtol(colon + 1, &end, 10) : 0;
    if (colon && line > 0 && !*end && colon > text) {
        b->kind = LUN_BREAK_LINE;
        b->line = (int)line;
        snprintf(b->glob, sizeof b->glob, "%.*s", (int)(colon - text), text);
        return true;
    }
    b->kind = LUN_BREAK_FUNCTION;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.:", *c)) return false;
    snprintf(b->glob, sizeof b->glob, "%s", text);
    const char last = text[0] ? text[strlen(text) - 1] : 0; /* "op:" is unfinished */
    return (isalpha((unsigned char)*text) || *text == '_') && (isalnum((unsigned char)last) || last == '_');
}

static bool read_prefixed(lun_breakpoint *b, const char *rest)
{
    static const struct { const char *prefix; lun_break_kind kind; } kinds[] = {
        {"op:", LUN_BREAK_OP}, {"mod:", LUN_BREAK_MODULE}, {"name:", LUN_BREAK_NAME}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *tail = after_prefix(rest, kinds[i].prefix);
        if (!tail) continue;
        b->kind = kinds[i].kind;
        return (b->kind != LUN_BREAK_MODULE || b->phase != LUN_PHASE_OPTIMIZER) && read_tail(b, tail);
    }
    return false;
}

static bool read_location(lun_breakpoint *b, const char *text)
{
    const char *rest;
    if (!strcmp(text, "bwd")) {
        b->phase = LUN_PHASE_BACKWARD;
        b->pass_start = true;
        strcpy(b->glob, "*");
        return b->kind = LUN_BREAK_OP, true;
    }
    if (!strcmp(text, "opt")) return b->kind = LUN_BREAK_STEP, b->phase = LUN_PHASE_OPTIMIZER, true;
    if (!strcmp(text, "watch")) return b->kind = LUN_BREAK_WATCH, true;
    if (lun_event_read(text, &b->event, &b->size)) return b->kind = LUN_BREAK_EVENT, true;
    if ((rest = after_prefix(text, "bwd "))) b->phase = LUN_PHASE_BACKWARD;
    else if ((rest = after_prefix(text, "opt "))) b->phase = LUN_PHASE_OPTIMIZER;
    else rest = text;
    return read_prefixed(b, rest) || (rest == text && !lun_failed() && read_code(b, text));
}

/* Does the pattern mean this op, or (mul_) only the form in place of it? */
static uint8_t names_op(const lun_breakpoint *b, const char *name)
{
    char inplace[64];
    if (!fnmatch(b->glob, name, 0)) return LUN_BREAK_ANY_FORM;
    snprintf(inplace, sizeof inplace, "%s_", name);
    return fnmatch(b->glob, inplace, 0) ? 0 : LUN_BREAK_INPLACE_FORM;
}

static bool means(const lun_breakpoint *b, const lun_call *c)
{
    return b->ops[c->op->id] == LUN_BREAK_ANY_FORM || (b->ops[c->op->id] && c->inplace);
}

static int resolve_ops(lun_breakpoint *b)
{
    int n = 0;
    const lun_op *op;
    const char *alias;
    for (int id = 0; id < lun_op_count(); id++) b->ops[id] = names_op(b, lun_op_at(id)->name);
    for (int k = 0; (alias = lun_op_alias(k, &op)); k++)
        if (names_op(b, alias) > b->ops[op->id]) b->ops[op->id] = names_op(b, alias);
    for (int id = 0; id < lun_op_count(); id++) {
        if (b->phase == LUN_PHASE_BACKWARD && lun_op_at(id)->compose) b->ops[id] = 0; /* it has no node */
        n += b->ops[id] != 0;
    }
    b->bound = n > 0;
    return n;
}

/* ---- the list ---- */

lun_breakpoint *lun_break_add(const char *location, int *matches)
{
    lun_breakpoint *b = lun_block_get(sizeof *b), **at = &list;
    if (!b) return NULL;
    memset(b, 0, sizeof *b);
    snprintf(b->location, sizeof b->location, "%s", location);
    if (strlen(location) >= sizeof b->glob || !read_location(b, location)) {
        lun_block_put(b, sizeof *b);
        return lun_fail(LUN_E_ARGUMENT, "op:relu, op:conv*#3, mod:net.fc2, mod:act#2/exit, name:fc.weight, bwd op:relu, opt, train.lua:41, "
                        "a function's name, or an event such as nonfinite", "'%s' is no place to stop", location);
    }
    *matches = b->kind == LUN_BREAK_OP ? resolve_ops(b) : -1;
    if (b->kind == LUN_BREAK_EVENT || b->kind == LUN_BREAK_STEP) b->bound = true;
    if (b->event && lun_event_is_after(b->event)) b->after = true;
    b->id = ++last_id;
    b->enabled = true;
    while (*at) at = &(*at)->next;
    *at = b;
    return b;
}

void lun_break_hide(lun_breakpoint *b)
{
    static int hidden;
    if (b->id == last_id) last_id--;
    b->id = --hidden;
}

void lun_break_resolve(void)
{
    for (lun_breakpoint *b = list; b; b = b->next)
        if (b->kind == LUN_BREAK_OP) resolve_ops(b);
}

bool lun_break_watch(lun_breakpoint *b, lun_tensor *x)
{
    if (!x) return false;
    if (lun_break_watches(b, x)) return true;
    lun_storage **more = realloc(b->watched, ((size_t)b->n_watched + 1) * sizeof *more);
    if (!more) return lun_fail(LUN_E_MEMORY, NULL, "no memory for another watched tensor"), false;
    b->watched = more;
    more[b->n_watched++] = x->storage;
    lun_storage_keep(x->storage);
    return b->bound = true;
}

bool lun_break_watches(const lun_breakpoint *b, const lun_tensor *x)
{
    for (int i = 0; i < b->n_watched; i++)
        if (b->watched[i] == x->storage) return true;
    return false;
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
        for (int i = 0; i < b->n_watched; i++) lun_storage_drop(b->watched[i]);
        free(b->watched);
        lun_condition_free(b->condition);
        lun_block_put(b, sizeof *b);
        return true;
    }
    return false;
}

lun_breakpoint *lun_break_first(void) { return list; }

const char *lun_break_pending(const lun_breakpoint *b)
{
    static const char *const reasons[] = {
        [LUN_BREAK_OP] = "no op has that name; lun.ops() lists them", [LUN_BREAK_MODULE] = "no module of that path has been called yet",
        [LUN_BREAK_NAME] = "no parameter of that name is known yet", [LUN_BREAK_WATCH] = "there is no such tensor yet",
        [LUN_BREAK_LINE] = "no function with that line has been called yet", [LUN_BREAK_FUNCTION] = "no function of that name has been called yet"};
    bool gradient = b->kind == LUN_BREAK_OP && b->phase == LUN_PHASE_BACKWARD;
    if (!b->bound && gradient) return "no op of that name has a gradient of its own; one made of other ops has theirs";
    return b->bound ? NULL : reasons[b->kind];
}

/* ---- matching ---- */

bool lun_break_path_matches(const char *glob, const char *path)
{
    for (const char *p = path; p; p = strchr(p, '.') ? strchr(p, '.') + 1 : NULL)
        if (!fnmatch(glob, p, 0)) return true;
    return false;
}

lun_breakpoint *lun_break_module(const lun_breakpoint *after, const char *path, int call, bool exit)
{
    for (lun_breakpoint *b = after ? after->next : list; b; b = b->next) {
        if (!b->enabled || b->kind != LUN_BREAK_MODULE || b->phase != LUN_PHASE_FORWARD || b->exit != exit) continue;
        if (!lun_break_path_matches(b->glob, path)) continue;
        b->bound = true;
        if (!b->call || b->call == call) return b;
    }
    return NULL;
}

/* In a backward pass the op that counts is the one whose gradient is computed, and it counts once. */
static bool matches_backward(lun_breakpoint *b, const lun_event *e)
{
    const lun_node *n = e->node;
    bool first = n->visit != b->last_pass, match;
    if (first) {
        b->last_pass = n->visit;
        b->last_node = NULL;
        b->last_path = NULL;
        b->in_pass = 0;
    }
    if (!b->after && n == b->last_node) return false;
    if (b->pass_start) match = first;
    else if (b->kind == LUN_BREAK_MODULE)
        match = n->module_path && n->module_path != b->last_path && lun_break_path_matches(b->glob, n->module_path);
    else match = n->custom ? names_op(b, lun_node_name(n)) : b->ops[n->op->id];
    b->last_node = n;
    b->last_path = n->module_path;
    if (!match) return false;
    b->bound = true;
    return !b->call || ++b->in_pass == b->call;
}

static bool reads_watched(const lun_breakpoint *b, const lun_call *c)
{
    for (int i = 0; i < c->n_in; i++)
        if (!lun_is_none(c->in[i]) && lun_break_watches(b, c->in[i])) return true;
    return false;
}

bool lun_break_matches(lun_breakpoint *b, const lun_event *e, int call)
{
    if (b->phase != e->phase || e->kind != (b->after ? LUN_EVENT_AFTER : LUN_EVENT_BEFORE)) return false;
    if (b->kind == LUN_BREAK_NAME) return reads_watched(b, e->call);
    if (e->phase == LUN_PHASE_BACKWARD && e->node) return matches_backward(b, e);
    return b->kind == LUN_BREAK_OP && !b->pass_start && means(b, e->call) && (!b->call || b->call == call);
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
