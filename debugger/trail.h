/* trail.h - where NaN and infinity went: the last ops whose results had some, while a `catch` looks for them
 *
 * Read next: debugger/trail.c, debugger/events.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_TRAIL_H
#define LUN_DEBUGGER_TRAIL_H
#include "core/context.h"
#include "core/hook.h"

enum { LUN_TRAIL = 256, LUN_TRAIL_INPUTS = 4 };

typedef struct lun_trail_entry {
    const lun_op *op, *node_op;  /* node_op: in a backward pass, whose gradient */
    const char *module_path;
    lun_site site;
    uint64_t sequence;
    lun_phase phase;
    unsigned bits, born;         /* LUN_HAS_NAN, LUN_HAS_INFINITY: in the result; those that no input had */
    int64_t position, numel;     /* of the first bad element, from 0; how many elements the result has */
    int n_in;
    double value, input[LUN_TRAIL_INPUTS]; /* there; of inputs of another shape NaN stands for unknown, see `known` */
    bool known[LUN_TRAIL_INPUTS];
    const lun_storage *out, *in[LUN_TRAIL_INPUTS]; /* addresses only: compared, never followed */
} lun_trail_entry;

void lun_trail_note(const lun_event *e, unsigned bits, unsigned born);
/* The newest entry older than `before` (0: any) whose result lay in this storage; NULL when no op made it bad. */
const lun_trail_entry *lun_trail_maker(const lun_storage *s, uint64_t before);
/* The first single number that what lay in this storage made bad, straight or through other ops; NULL: none so far. */
const lun_trail_entry *lun_trail_reached(const lun_storage *s);
/* The k-th newest, from 0; NULL behind the last. */
const lun_trail_entry *lun_trail_at(int k);
#endif
