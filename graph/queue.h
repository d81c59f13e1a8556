/* queue.h - compiled functions and chains: a lazy mode of the door, in which kernels wait
 *
 * Between lun_graph_enter and lun_graph_leave kernels wait in a queue instead of running: on the CPU nearly all, on other devices those
 * of elementwise ops, which the device says (core/backend.h). The door still checks, infers shapes,
 * makes handles, takes random numbers and records for backward, so all of that is as in an eager run. The first need of a value runs
 * the queue: common and dead work is removed, chains are fused (graph/plan.h).
 * Holds: a storage that waiting ops read or write has no data pointer (core/storage.h), so nobody can read or write past the queue.
 * What cannot wait (a kernel that may fail for what the elements are, an armed debugger) runs the queue first and then at once.
 * Outside of compiled functions, an elementwise op with a large result that is not recorded waits for the op that comes next: if that one is
 * elementwise too and takes its result, both are one walk over memory, and so on: a chain. Anything else runs the chain first.
 * One queue per thread; while it is empty and nothing is compiled, the door's table of kernels is the CPU's own and costs nothing.
 * Read next: graph/queue.c, graph/plan.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_GRAPH_QUEUE_H
#define LUN_GRAPH_QUEUE_H
#include "core/backend.h"
#include "kernels/cpu/map.h"

enum lun_graph_passes { LUN_PASS_FUSE = 1, LUN_PASS_DEAD = 2, LUN_PASS_COMMON = 4, LUN_PASS_CONSTANT = 8, LUN_PASS_ALL = 15 };

typedef struct lun_graph_counts {
    uint64_t calls, queued, runs;      /* of the function; ops that waited; times the queue was run */
    uint64_t plans, matched;           /* plans made; runs that found theirs */
    uint64_t groups, fused;            /* fused groups that ran, and the ops in them */
    uint64_t unwritten;                /* bytes of intermediate values that never were in memory */
    uint64_t dead, common, constant;   /* ops that did not run: nobody needed them; the same had been computed; in an earlier run */
    uint64_t at_once, watched;         /* ops that could not wait; that did not, because somebody listens at the door */
    const char *reason;                /* the last op that could not wait; NULL: none */
} lun_graph_counts;

/* What is known of one compiled function: its switches, counts and plans. Starts as {.passes = LUN_PASS_ALL}. */
typedef struct lun_graph {
    unsigned passes;
    lun_graph_counts counts;
    struct lun_plan **plans;
    int n_plans;
    struct lun_constants *constants;   /* values made of numbers alone, from earlier runs; NULL: none */
} lun_graph;

enum { LUN_QUEUED_TENSORS = LUN_CALL_INPUTS + LUN_MAX_OUT };

typedef struct lun_queued {
    lun_call call;                     /* its tensors are aliases that the queue holds; numbers keep their value */
    int slot[LUN_QUEUED_TENSORS];      /* storages of inputs, then of outputs; -1: none, a number, or (in place) that of in[0] */
    unsigned held, writes;             /* bit k: tensor k stands in slot[k]; and is written */
    bool add_one;                      /* results that are indices: no kernel, 1 is added to in[0] */
    bool dropped;                      /* has run, is dead, or the same as an earlier one */
    int writes_before;                 /* for lun_pass_common */
} lun_queued;

/* A storage that waiting ops use. */
typedef struct lun_slot {
    lun_storage *storage;
    void *data;                        /* where its bytes are; NULL: it has none until it is written */
    int uses, writes;                  /* by ops that were not dropped */
    bool needed, fresh;                /* fresh: nobody but waiting ops has seen it */
    uint64_t content;                  /* for lun_pass_constant */
} lun_slot;

typedef struct lun_queue {
    lun_queued *ops;
    lun_slot *slots;
    int count, n_slots;
    size_t room, slot_room;
    int depth;                         /* compiled functions that run now, one inside another */
    int busy;                          /* kernels run: nothing waits */
    bool away;                         /* the door's table is the lazy one for this thread */
    lun_graph *graph;                  /* whose ops these are; NULL: its function is gone */
} lun_queue;

bool lun_graph_enter(lun_graph *g);    /* runs what waits from earlier calls first; false after lun_fail, and then it is not entered */
void lun_graph_leave(void);
bool lun_graph_run(void);              /* runs what waits; false after lun_fail: what could not run waits on */
void lun_graph_free(lun_graph *g);     /* runs what waits of its ops, frees its plans */
/* `collect` is called before a large queue runs: a host with a collector lets go of values nobody uses, so that they need not be written. */
void lun_graph_on_run(void (*collect)(void));

/* Chains on this thread begin at results of that many elements (INT64_MAX: never, as at first; LUN_WORTH_WAITING: other devices' at their own
 * number). Runs what waits; false after lun_fail. */
enum { LUN_WORTH_WAITING = 1 << 18, LUN_WORTH_WAITING_THERE = 1 << 22 }; /* on a GPU a pass over 2^18 floats takes a microsecond */
bool lun_graph_chains(int64_t elements);

/* For graph/plan.c. */
/* The slot of a storage, which has no data pointer from now on; -1 after lun_fail. While the queue runs, its pointer is to be put back. */
int lun_queue_hold(lun_queue *q, lun_storage *s);
/* Memory for what the op writes; runs its kernel. False after lun_fail. */
bool lun_queued_memory(const lun_queue *q, const lun_queued *e);
bool lun_queued_run(const lun_queue *q, lun_queued *e);
/* Lets go of the op's tensors: it has run, or is not needed. */
void lun_queued_done(lun_queued *e);
static inline lun_tensor *lun_queued_tensor(const lun_queued *e, int k)
{
    return k < LUN_CALL_INPUTS ? e->call.few[k] : e->call.few_out[k - LUN_CALL_INPUTS];
}
/* for (unsigned left = e->held; left; left &= left - 1) { int k = lun_lowest(left); ... } */
static inline int lun_lowest(unsigned left) { return __builtin_ctz(left); }
/* Can this call wait? Does somebody listen at the door, so that none can? */
bool lun_queue_may_hold(const lun_call *c);
bool lun_queue_is_watched(void);
/* The loop over a call's elements by which it can be fused with others, and how many inputs it reads; 0: it cannot. */
int lun_queue_map(const lun_call *c, lun_map *m);
/* The device's own table. */
const lun_backend *lun_queue_home(lun_device device);
void lun_able_start(void);
#endif
