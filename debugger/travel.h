/* travel.h - going back: a call that is run again up to an earlier op
 *
 * A call that can be gone back in (of a network, of backward, of an optimiser's step, a whole run; they nest) lies between
 * lun_travel_begin and lun_travel_end. Each op at depth 0 leaves a step: its results are kept, and what it changes is copied first. Going
 * back means: the host leaves the innermost call that holds the target, lun_travel_rewind puts memory, gradients, the graph, random
 * numbers and counters back to that call's beginning, and the host calls again; ops before the target are answered with what they gave the
 * first time (or run again where that was not kept), so Lua's locals come to be as they were; at the target the run stops, live.
 * Holds: an op that comes with other arguments or at another line than the first time is a divergence: reported, and the rest runs live.
 * Read next: debugger/travel.c, debugger/images.h, lib/dbg/travel.lua. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_TRAVEL_H
#define LUN_DEBUGGER_TRAVEL_H
#include "core/context.h"
#include "core/hook.h"

enum { LUN_TRAVEL_INPUTS = 4, LUN_TRAVEL_MOST = 400 * 1000 };

typedef struct lun_travel_step {
    const lun_op *op, *node_op;   /* node_op: in a backward pass, whose gradient */
    const char *module_path;
    lun_site site;
    uint64_t sequence, mark;      /* mark: a hash of options, shapes, numbers and line, by which the op is known again */
    lun_phase phase;
    lun_generator before, after;  /* the run's generator */
    bool writes, finished, edited, border; /* border: the last op of a module's call */
    int n_in, n_out;
    lun_tensor *in[LUN_TRAVEL_INPUTS], *out[LUN_MAX_OUT]; /* kept, one reference each; NULL: not kept */
    uint32_t in_version[LUN_TRAVEL_INPUTS], out_version[LUN_MAX_OUT]; /* of their memory then */
} lun_travel_step;

typedef enum {
    LUN_TRAVEL_LIVE,     /* an ordinary op */
    LUN_TRAVEL_PASSING,  /* runs again on the way to the target: nothing stops */
    LUN_TRAVEL_ANSWERED, /* its results are filled in: LUN_SKIP */
    LUN_TRAVEL_ARRIVED,  /* this is the target */
    LUN_TRAVEL_DIVERGED  /* another op than the first time */
} lun_travel_place;

/* Begins a call, inside those that have begun; `keep`: bytes of results to keep (the oldest go first, ends of modules last, and what has
 * gone runs again). False when there is no memory. */
bool lun_travel_begin(size_t keep);
void lun_travel_end(void);         /* of the innermost call */
int lun_travel_calls(void);        /* how many have begun */
bool lun_travel_on(void);
bool lun_travel_forwarding(void);
/* The steps so far; the last is the op that runs now or ran last. */
int64_t lun_travel_count(void);
const lun_travel_step *lun_travel_at(int64_t k); /* from 0; NULL outside */
size_t lun_travel_bytes(void);                   /* held by results and by copies of what was changed */
/* What it has cost since travelling began: nanoseconds, ops. */
void lun_travel_cost(uint64_t *nanoseconds, uint64_t *ops);
/* The step that runs next on the way forward, or that the next op will be. */
int64_t lun_travel_position(void);
/* The earliest step that can be gone back to; -1 after lun_fail where there is none: a device, no call. */
int64_t lun_travel_earliest(void);
bool lun_travel_can(int64_t target);             /* false after lun_fail */
/* Is the innermost call the one to go back in? */
bool lun_travel_holds(int64_t target);
/* Back to the beginning of the innermost call, with step `target` (from 0) to stop at. */
void lun_travel_rewind(int64_t target);
/* On the way: steps up to `last` are passed over at once, a call that is answered as a whole. */
void lun_travel_pass(int64_t last);
/* For the listener: what this event is; before an op it may fill in the results. */
lun_travel_place lun_travel_event(lun_event *e);
/* A stop gave the op other arguments, other results, or results instead of running it. */
void lun_travel_edited(const lun_event *e);
#endif
