/* break.h - breakpoints: where to stop
 *
 * A location is "op:GLOB[#k]", "mod:GLOB[#k][/enter|/exit]", "name:GLOB" (an op that reads a parameter), with "bwd " or "opt " in front
 * for the phase; "bwd" or "opt" alone (a backward pass, an optimiser's step begins); an event of debugger/events.def; "FILE:LINE" or
 * the name of a function. GLOB is a shell pattern; for modules and names it may match any dotted suffix (fc2 matches net.fc2).
 * Holds: patterns are matched against the op table once, when set; at run time a miss costs one byte load.
 * Read next: debugger/stop.h, debugger/events.c, debugger/condition.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_BREAK_H
#define LUN_DEBUGGER_BREAK_H
#include "core/hook.h"
#include "core/op_id.h"
#include "debugger/condition.h"

typedef enum {
    LUN_BREAK_OP, LUN_BREAK_MODULE, LUN_BREAK_NAME, LUN_BREAK_STEP, /* STEP: of an optimiser; the host sees it */
    LUN_BREAK_EVENT, LUN_BREAK_WATCH,                               /* WATCH: a write to a tensor's memory */
    LUN_BREAK_LINE, LUN_BREAK_FUNCTION                              /* the host's language; the host finds them */
} lun_break_kind;

typedef enum { LUN_BREAK_INPLACE_FORM = 1, LUN_BREAK_ANY_FORM = 2 } lun_break_form;

enum { LUN_BREAK_TEXT = 1024 }; /* a path of a file may be long */

struct lun_event_row;

typedef struct lun_breakpoint {
    struct lun_breakpoint *next;
    int id;
    lun_break_kind kind;
    lun_phase phase;
    const struct lun_event_row *event; /* EVENT: which */
    int64_t size;               /* alloc>SIZE */
    int call;                   /* #k: only the k-th call of the module, or of the op within one run; 0 any */
    int line;                   /* LINE: FILE is in `glob` */
    bool enabled, once, exit;   /* exit: mod: /exit */
    bool pass_start;            /* "bwd": the first op of each backward pass */
    bool after;                 /* stops behind the op: its condition reads the result */
    bool bound;                 /* something that it can stop at is known; else it is pending */
    lun_condition *condition;   /* NULL: none, or */
    bool asks_host;             /* one that the host evaluates */
    uint64_t passes, hits;      /* times at the place; times it stopped (or was ignored) there */
    uint64_t ignore;            /* hits left before it stops */
    uint64_t nanoseconds;       /* spent in its condition */
    uint64_t last_pass;         /* bwd: the backward pass, node and module it saw last: one stop for each */
    const struct lun_node *last_node;
    const char *last_path;
    int in_pass;                /* bwd #k: matches in this pass */
    lun_storage **watched;      /* NAME, WATCH: the memory, one reference each */
    int n_watched;
    char location[LUN_BREAK_TEXT], glob[LUN_BREAK_TEXT];
    uint8_t ops[LUN_OP_LIMIT];  /* how the glob matches each op: one of lun_break_form, or 0 */
} lun_breakpoint;

/* Adds a breakpoint; NULL after lun_fail when the location cannot be read. `matches` gets the number of ops that match now, -1 where
 * that says nothing. */
lun_breakpoint *lun_break_add(const char *location, int *matches);
/* It is the debugger's own: its number is below 0, and the user's are counted without it. */
void lun_break_hide(lun_breakpoint *b);
/* An op was defined at run time: which breakpoints name it? */
void lun_break_resolve(void);
/* NAME, WATCH: x's memory belongs to it from now on. False after lun_fail. */
bool lun_break_watch(lun_breakpoint *b, lun_tensor *x);
bool lun_break_watches(const lun_breakpoint *b, const lun_tensor *x);
lun_breakpoint *lun_break_find(int id);
bool lun_break_remove(int id);
lun_breakpoint *lun_break_first(void); /* in order of their numbers */
/* Why it cannot stop yet, or NULL. */
const char *lun_break_pending(const lun_breakpoint *b);
/* Does GLOB match the dotted path, or a suffix of it? */
bool lun_break_path_matches(const char *glob, const char *path);
/* The enabled breakpoint after `after` (NULL: from the first on) for this module call, or NULL. Its condition is not asked. */
lun_breakpoint *lun_break_module(const lun_breakpoint *after, const char *path, int call, bool exit);
/* Is this op or gradient the place, for OP, MODULE (backward) and NAME? `call`: which call of its op in this run. */
bool lun_break_matches(lun_breakpoint *b, const lun_event *e, int call);
/* Counts a hit; false when it is to be ignored. A `once` breakpoint is disabled. */
bool lun_break_hit(lun_breakpoint *b);
#endif
