/* break.h - breakpoints: where to stop
 *
 * A location is "op:GLOB[#k]" or "mod:GLOB[#k][/enter|/exit]", optionally with "bwd " or "opt " in front for the phase; or an event,
 * "nonfinite". GLOB is a shell pattern; for modules it may match any dotted suffix of the path (fc2 matches net.fc2).
 * Holds: patterns are matched against the op table once, when set; at run time a miss costs one byte load.
 * Read next: debugger/stop.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_BREAK_H
#define LUN_DEBUGGER_BREAK_H
#include "core/hook.h"
#include "core/op_id.h"

typedef enum { LUN_BREAK_OP, LUN_BREAK_MODULE, LUN_BREAK_NONFINITE } lun_break_kind;

typedef struct lun_breakpoint {
    struct lun_breakpoint *next;
    int id, condition;          /* condition: a number that means something to the host; 0 none */
    lun_break_kind kind;
    lun_phase phase;
    int call;                   /* #k: only the k-th call of the module, or of the op within one run; 0 any */
    bool enabled, once, exit, after; /* exit: mod: /exit; after: an op whose condition reads its result */
    uint64_t hits, ignore;      /* ignore: passes left before it stops */
    char location[96], glob[96];
    uint8_t ops[LUN_OP_LIMIT];  /* ops that the glob matches */
} lun_breakpoint;

/* Adds a breakpoint; NULL after lun_fail when the location cannot be read. `matches` gets the number of ops that match now. */
lun_breakpoint *lun_break_add(const char *location, int *matches);
/* An op was defined at run time: which breakpoints name it? */
void lun_break_resolve(void);
lun_breakpoint *lun_break_find(int id);
bool lun_break_remove(int id);
lun_breakpoint *lun_break_first(void); /* in order of their numbers */
/* The enabled breakpoint for this module call, or NULL. Does not count a hit. */
lun_breakpoint *lun_break_module(const char *path, int call, bool exit);
/* Does this breakpoint stop here and now, its condition apart? */
bool lun_break_matches(const lun_breakpoint *b, const lun_event *e);
/* Counts a hit; false when it is to be ignored. A `once` breakpoint is disabled. */
bool lun_break_hit(lun_breakpoint *b);
#endif
