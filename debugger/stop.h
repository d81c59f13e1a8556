/* stop.h - when to stop, and what a stop may do
 *
 * One listener at the door decides: breakpoints, steps, the first value that is not finite. At a stop the host is called; it shows a
 * prompt, in a context of its own (lun_context_push), so that nothing typed there moves the run, and says how to go on.
 * Read next: lua_bindings/debug.c (the host), core/hook.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_STOP_H
#define LUN_DEBUGGER_STOP_H
#include "debugger/break.h"

typedef enum { LUN_STEP_NONE, LUN_STEP_OP, LUN_STEP_FINISH_OP } lun_step;

typedef struct lun_stop {
    lun_event *event;
    lun_breakpoint *breakpoint; /* NULL for a step */
    const char *reason;         /* "breakpoint", "step", "finish", "nonfinite", "error" */
    const lun_late *late;       /* noticed only now: the event has the op and no tensors; else NULL */
} lun_stop;

typedef struct lun_stop_host {
    /* Does the breakpoint's condition hold? Called only when it has one. */
    bool (*condition)(lun_breakpoint *b, lun_event *e);
    /* Shows the stop; may change event->call->in (before) or ->out; says how to go on. LUN_UNWIND: the run is given up. */
    lun_action (*stop)(const lun_stop *s);
} lun_stop_host;

/* Sets the host once and starts listening as soon as there is something to listen for. */
void lun_stop_set_host(const lun_stop_host *host);
/* After breakpoints changed: arms what is needed. */
void lun_stop_rearm(void);
/* The next stop by stepping: before the count-th op from now, or after the op that is running. */
void lun_stop_step(lun_step how, int count);
/* A new run begins (a module tree is called from outside, a cell starts): op call numbers count from 1 again. */
void lun_stop_new_run(void);
/* Which of these x has, in a CPU tensor of floats; 0 for others (a device looks for itself, see core/backend.h: watch). */
enum { LUN_HAS_NAN = 1, LUN_HAS_INFINITY = 2 };
unsigned lun_health(const lun_tensor *x);
#endif
