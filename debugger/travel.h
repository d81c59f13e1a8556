/* travel.h - going back: a call that is run again up to an earlier op
 *
 * Between lun_travel_begin and lun_travel_end (one call of a network) each op at depth 0 leaves a step: its results are kept, and memory
 * that it overwrites is copied first. Going back means: the host leaves the call, lun_travel_rewind puts memory, random numbers and counters
 * back to the call's beginning, and the host calls again; ops before the target are answered with what they gave the first time (or run again
 * where that was not kept), so Lua's locals come to be as they were; at the target the run stops, live.
 * Holds: an op that comes at another place than the first time is a divergence: reported, and the rest runs live.
 * Read next: debugger/travel.c, lib/dbg/travel.lua. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_TRAVEL_H
#define LUN_DEBUGGER_TRAVEL_H
#include "core/context.h"
#include "core/hook.h"

typedef struct lun_travel_step {
    const lun_op *op;
    const char *module_path;
    lun_site site;
    uint64_t sequence;
    lun_phase phase;
    lun_generator before, after;  /* the run's generator */
    bool writes, finished, edited;
    int n_out;
    lun_tensor *out[LUN_MAX_OUT]; /* kept, one reference each; NULL: not kept */
} lun_travel_step;

typedef enum {
    LUN_TRAVEL_LIVE,     /* an ordinary op */
    LUN_TRAVEL_PASSING,  /* runs again on the way to the target: nothing stops */
    LUN_TRAVEL_ANSWERED, /* its results are filled in: LUN_SKIP */
    LUN_TRAVEL_ARRIVED,  /* this is the target */
    LUN_TRAVEL_DIVERGED  /* another op than the first time */
} lun_travel_place;

void lun_travel_begin(size_t keep); /* bytes of results to keep; what is beyond runs again */
void lun_travel_end(void);
bool lun_travel_on(void);
bool lun_travel_forwarding(void);
/* The steps so far; the last is the op that runs now or ran last. */
int64_t lun_travel_count(void);
const lun_travel_step *lun_travel_at(int64_t k); /* from 0; NULL outside */
size_t lun_travel_bytes(void);                   /* held by results and by copies of overwritten memory */
/* Back to the beginning, with step `target` (from 0) to stop at. False after lun_fail: a device, a backward pass, out of reach. */
bool lun_travel_can(int64_t target);
void lun_travel_rewind(int64_t target);
/* For the listener: what this event is; before an op it may fill in the results. */
lun_travel_place lun_travel_event(lun_event *e);
/* A stop gave the op other results, or results instead of running it. */
void lun_travel_edited(const lun_event *e);
#endif
