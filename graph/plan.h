/* plan.h - how a queue is run: alone, or in fused groups, which on the CPU a block interpreter runs, on a device one launch
 *
 * A group is a list of elementwise ops over one number of elements. It is run over blocks of 1024: each op's loop (the very one that an
 * eager run calls, so the bits are the same) goes over the block before the next block begins. A value that only the group uses stands in
 * a room of one block instead of memory.
 * A plan knows the structure: which ops, shapes and storages. Numbers, attributes, learning rates are read from the queue in each run,
 * and whether somebody outside still holds a value is looked at in each run.
 * Read next: graph/plan.c (making one), graph/blocks.c (running a group). SPDX-License-Identifier: MIT
 */
#ifndef LUN_GRAPH_PLAN_H
#define LUN_GRAPH_PLAN_H
#include "graph/queue.h"
#include "kernels/cpu/map.h"

enum { LUN_GROUP_OPS = 48, LUN_GROUP_OPERANDS = 96, LUN_GROUP_ROOMS = 24, LUN_GROUP_GATHERED = LUN_ITER_OPERANDS - 1,
       LUN_GROUP_SUMS = 8 };

typedef enum {
    LUN_FLAT,     /* as many elements as the group, side by side */
    LUN_SINGLE,   /* one value for all */
    LUN_GATHERED, /* broadcast or strided: brought block by block */
    LUN_LATE      /* the result of a sum: there when the group has run */
} lun_form;

typedef struct lun_group_operand {
    int op, tensor;   /* whose tensor it is: op of the queue, number for lun_queued_tensor */
    int slot;         /* -1: a number */
    lun_dtype dtype;  /* SINGLE: what it is read as */
    lun_form form;
    bool written;
    bool made;        /* by the first op that touches it, which does not read it */
    bool inside;      /* nothing but this group uses it in the queue, and it has no memory yet */
    bool summed;      /* a sum is fed of it behind the last op: nothing may write to it any more */
    bool filled;      /* SINGLE: some loop wants a block of it */
    int room;         /* its block; -1: none */
    int first, last;  /* ops of the group that touch it */
} lun_group_operand;

typedef struct lun_group_op {
    int op, inputs, out;
    int in[LUN_MAP_INPUTS];
    unsigned scalars;
    lun_map map;
} lun_group_op;

typedef struct lun_group_sum { int op, in; } lun_group_sum; /* of all elements: sum or mean */

typedef struct lun_group {
    int n_ops, n_operands, n_sums, rooms;
    int64_t n, room_bytes;
    lun_device device;
    void *program;    /* a device's, for this group */
    int shape;        /* the op of the queue whose result has the group's dims */
    double cost;
    lun_group_op ops[LUN_GROUP_OPS];
    lun_group_sum sums[LUN_GROUP_SUMS];
    lun_group_operand operands[LUN_GROUP_OPERANDS];
} lun_group;

typedef struct lun_step {
    int op;           /* an op on its own, or -1 */
    lun_group *group;
} lun_step;

typedef struct lun_plan {
    uint64_t hash;
    int n_steps;
    size_t room;
    lun_step *steps;
} lun_plan;

/* Runs the whole queue: passes, then step by step. Ops that ran are dropped from it. False after lun_fail. */
bool lun_plan_run(lun_queue *q);
void lun_plans_free(lun_graph *g);
/* Drops ops whose results nobody needs, those that compute what another one did, and those made of numbers alone that an earlier run
 * computed (graph/constants.c). */
void lun_pass_dead(lun_queue *q);
void lun_pass_common(lun_queue *q);
void lun_pass_constant(lun_queue *q);
void lun_constants_free(lun_graph *g);
/* For the passes. Counts in `uses` how often each storage is written. */
void lun_count_writes(lun_queue *q);
/* After that: is each result written by this op alone? Does somebody outside hold one? */
bool lun_is_pure(const lun_queue *q, const lun_queued *e);
bool lun_is_held(const lun_queue *q, const lun_queued *e);
/* Ops behind number `after` that read slot `from` read slot `to`. */
void lun_redirect(lun_queue *q, int after, int from, int to);
/* The steps of a queue; NULL after lun_fail. */
lun_plan *lun_plan_make(lun_queue *q, uint64_t hash, bool fuse);
void lun_plan_free(lun_plan *p);
bool lun_group_run(lun_queue *q, const lun_group *g);
/* On a device: in one launch, or one by one where that is as good. *fused: which. */
bool lun_group_launch(lun_queue *q, lun_group *g, bool *fused);
#endif
