/* journal.h - what a run did, op by op: enough to lay two runs side by side
 *
 * While it is on, each op that the user's code called (not those inside composed ops) leaves a record: where, of what shapes, and hashes of
 * what went in and came out. No tensor is held. Read next: debugger/journal.c, lib/dbg/diff.lua. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_JOURNAL_H
#define LUN_DEBUGGER_JOURNAL_H
#include "core/context.h"
#include "core/op.h"

enum { LUN_JOURNAL_IN = 6, LUN_JOURNAL_OUT = 2, LUN_JOURNAL_OPTIONS = 6, LUN_JOURNAL_MOST = 1000 * 1000 };

typedef struct lun_print {   /* a tensor's fingerprint; shape.ndim < 0: none there */
    uint64_t hash, transposed; /* of its elements in order; of those of x.t(), for matrices, else 0 */
    int ndim;
    int64_t dims[4];         /* the first four */
    uint8_t dtype;
    bool parameter;          /* a leaf that wants a gradient */
    double absmax, mean;
} lun_print;

typedef struct lun_record {
    const lun_op *op, *node_op;   /* node_op: in a backward pass, whose gradient */
    const char *module_path;
    lun_site site;
    uint64_t sequence, attributes, drawn; /* attributes: a hash; drawn: where its random numbers began */
    lun_phase phase;
    bool inplace, failed;
    double option[LUN_JOURNAL_OPTIONS]; /* the first options that are numbers or truths, in the order of the row; NaN for others */
    int n_in, n_out;
    lun_print in[LUN_JOURNAL_IN], out[LUN_JOURNAL_OUT];
} lun_record;

/* Begins a journal (dropping what was recorded before), or ends it. */
void lun_journal(bool on);
/* An op that a stop is at, before it runs, belongs to it. */
void lun_journal_include(const struct lun_event *e);
/* A hash of an op's options; one more word in a hash. */
uint64_t lun_journal_attributes(const lun_params *params);
uint64_t lun_journal_mix(uint64_t h, uint64_t word);
int64_t lun_journal_count(void);
const lun_record *lun_journal_at(int64_t k); /* from 0; NULL behind the last */
#endif
