/* stop.h - when to stop, and what a stop may do
 *
 * One listener at the door decides: breakpoints, steps, events. At a stop the host is called; it shows a prompt, in a context of its own
 * (lun_context_push), so that nothing typed there moves the run, and says how to go on. Whoever queues ops instead of running them (a
 * compiled region) runs them one by one while the armed word (core/hook.h) is not zero; so nothing set here is passed over.
 * Read next: lua_bindings/debug.c (the host), core/hook.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_STOP_H
#define LUN_DEBUGGER_STOP_H
#include "debugger/break.h"

/* OP: before any op, those inside composed ones too; OVER: before an op that is no deeper than where this was asked for. */
typedef enum { LUN_STEP_NONE, LUN_STEP_OP, LUN_STEP_OVER_OP, LUN_STEP_FINISH_OP } lun_step;

typedef struct lun_stop {
    lun_event *event;
    lun_breakpoint *breakpoint; /* NULL for a step */
    const char *reason;         /* "breakpoint", "step", "finish", "back", "diverged", or the event's name */
    const char *why;            /* a sentence of the event, or "" */
    const lun_late *late;       /* noticed only now: the event has the op and no tensors; else NULL */
    bool passed;                /* set by the host: something ran there (a trace), nobody was asked; a step goes on */
} lun_stop;

typedef struct lun_stop_host {
    /* Does the breakpoint's condition hold? Called only when the host has to say. */
    bool (*condition)(lun_breakpoint *b, lun_event *e);
    /* A condition could not be evaluated; its breakpoint is off from now on. */
    void (*failed)(const lun_breakpoint *b, const char *problem);
    /* Shows the stop; may change event->call->in (before) or ->out; says how to go on. LUN_UNWIND: the run is given up. */
    lun_action (*stop)(lun_stop *s);
} lun_stop_host;

/* Sets the host once and starts listening as soon as there is something to listen for. */
void lun_stop_set_host(const lun_stop_host *host);
/* After breakpoints changed: arms what is needed. */
void lun_stop_rearm(void);
/* The next stop by stepping: before the count-th op from now, or after the op that is running. */
void lun_stop_step(lun_step how, int count);
/* A new run begins (a module tree is called from outside, a cell starts): op call numbers count from 1 again. */
void lun_stop_new_run(void);
/* Before the run goes back to step `from` (debugger/travel.h): its ops from there on are not called yet. Those inside composed ops stay
 * counted. */
void lun_stop_uncount(int64_t from);
/* Nothing stops while it is on. */
void lun_stop_mute(bool on);
/* The optimiser's step that runs or ran last; 0 before the first. */
void lun_stop_set_step(uint64_t step);
uint64_t lun_stop_get_step(void);
#endif
