/* apply.h - the door: every op, forward or backward, passes lun_apply
 *
 * check -> mix dtypes -> infer shape and dtype -> check indices -> allocate -> hook before -> run -> hook after -> record.
 * Kernels get: n >= 1 elements, one device, dtypes of the row's class, validated 0-based contiguous int64 indices, outputs
 * allocated and contiguous (except in place). Whoever wants to see or change ops is a listener (core/hook.h); nobody edits the door.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_APPLY_H
#define LUN_CORE_APPLY_H
#include "core/op.h"
#include "core/random.h"

enum { LUN_CALL_INPUTS = 8 };

typedef struct lun_call {
    const lun_op *op;
    const lun_op *asked; /* while another row computes it (variant): the row that was called; else NULL */
    lun_tensor **in; /* n_in tensors or LUN_NONE; points to `few` unless there are many */
    int n_in, n_out;
    bool list;       /* set by lun_call_output: the results are a list */
    bool inplace;    /* the name_ form: the result is written into in[0] */
    bool numbers;    /* set by mixing: all arguments are complex Lua numbers, so the result is one too */
    lun_tensor **out; /* n_out results; points to `few_out` unless the row gives a list (lun_call_output) */
    lun_tensor *few_out[LUN_MAX_OUT];
    lun_spec out_spec[LUN_MAX_OUT];
    int64_t bound;   /* set by infer of ops with index or label inputs: valid positions are 1..bound */
    int64_t ignore;  /* set by infer of ops with labels: this value passes unchanged; 0: none */
    lun_generator generator; /* RANDOM ops: where their numbers begin */
    uint64_t draws;  /* set by infer of RANDOM ops: how many 32-bit numbers are taken */
    lun_params params;
    lun_tensor *few[LUN_CALL_INPUTS];
} lun_call;

/* Prepares a call: no inputs, no attributes. */
void lun_call_begin(lun_call *c, const lun_op *op);
/* Adds a tensor (or LUN_NONE; NULL makes the call fail quietly later). */
bool lun_call_input(lun_call *c, lun_tensor *x);
/* Adds a result of a row that gives a list (.returns = "pieces: list", composed); false when x is NULL. */
bool lun_call_output(lun_call *c, lun_tensor *x);
/* Runs the call; results in c->out[0..n_out-1], scoped. False after lun_fail. */
bool lun_apply(lun_call *c);
/* Runs the call and returns its first result. */
lun_tensor *lun_apply1(lun_call *c);
/* Frees what a call with many inputs allocated; lun_apply calls it, only needed when a call is abandoned. */
void lun_call_end(lun_call *c);
#endif
