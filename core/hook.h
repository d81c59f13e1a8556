/* hook.h - listeners at the door
 *
 * One word, ctx->armed, is tested before and after each op; zero costs nothing. A listener names the bits it wants and is called
 * with an event. It may replace inputs (before) or results (after) and says how to go on; it never raises.
 * Holds: listeners run on the thread that runs the op; an op run inside a listener does not trigger listeners unless they ask.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_HOOK_H
#define LUN_CORE_HOOK_H
#include "core/apply.h"

enum lun_armed_bits {
    LUN_ARMED_INTERRUPT = 1, LUN_ARMED_BREAK = 2, LUN_ARMED_STEP = 4, LUN_ARMED_WATCH = 8, LUN_ARMED_HEALTH = 16,
    LUN_ARMED_JOURNAL = 32, LUN_ARMED_PROFILE = 64, LUN_ARMED_MESSAGE = 128, LUN_ARMED_AUTOCAST = 256, LUN_ARMED_UNWIND = 512
};

typedef enum {
    LUN_EVENT_BEFORE, LUN_EVENT_AFTER,   /* an op; composed ops give both, and so do the ops inside */
    LUN_EVENT_ERROR                      /* an op failed; the error is pending */
} lun_event_kind;

typedef enum { LUN_PHASE_FORWARD, LUN_PHASE_BACKWARD, LUN_PHASE_OPTIMIZER } lun_phase;

typedef struct lun_event {
    lun_event_kind kind;
    lun_phase phase;
    lun_call *call;              /* inputs (before: replaceable), results (after: replaceable) */
    const struct lun_node *node; /* backward: the node whose gradient is computed */
    uint64_t sequence;           /* counts ops of this context */
    int depth;                   /* 0, or how many composed ops this one is inside of */
} lun_event;

typedef enum {
    LUN_GO,     /* go on */
    LUN_SKIP,   /* before: call->out is filled in by the listener, do not run */
    LUN_RETRY,  /* after: run the op again */
    LUN_UNWIND  /* leave: lun_fail(LUN_E_UNWIND) has been called */
} lun_action;

typedef struct lun_listener {
    unsigned bits;               /* armed while this listener is on */
    lun_action (*on)(struct lun_listener *, lun_event *);
    struct lun_listener *next;
    bool running, nested;        /* nested: wants the ops run inside its own callback too */
    const uint8_t *asks;         /* NULL, or by op: bits 1 << kind of the events of the forward phase that it wants to be called for */
    int *passed;                 /* with asks: by op, counts the calls in the forward phase that it was not told of before they ran */
} lun_listener;

/* A NaN or an infinity that a device noticed when it was waited for, after the op that made it was long done. */
typedef struct lun_late {
    const lun_op *op;
    bool inplace;
    lun_phase phase;
    unsigned bits;              /* 1: NaN, 2: infinity */
    uint64_t sequence, noticed; /* of the op; how far the context is now */
    const char *module_path;
    struct { const char *file; int line; } site, node_site; /* the op's line; of a backward pass, the forward op's too */
    char node[40];              /* that op's name, or "" */
    char shapes[200];           /* "f32[2,3], f32[3] -> f32[2,3]" */
} lun_late;
/* Set by whoever stops there; false after lun_fail: the run is given up. */
extern bool (*lun_late_stop)(const lun_late *late);

/* Who is told before a tensor's gradient or place in the graph changes, and before a backward pass frees what a node saved. */
typedef struct lun_witness {
    void (*handle)(struct lun_tensor *x);
    void (*node)(struct lun_node *n);
} lun_witness;
#ifdef LUN_WITHOUT_DEBUGGER
#define lun_watching ((const lun_witness *)NULL)
#else
extern const lun_witness *lun_watching; /* NULL: nobody */
#endif

/* Who is told of each leaf that a backward pass is about to give a gradient; NULL: nobody (a CUDA graph is being recorded). */
extern void (*lun_leaf_noted)(struct lun_tensor *leaf);

void lun_listen(lun_listener *l);   /* adds to this thread's context and arms; adding twice is once */
void lun_unlisten(lun_listener *l);
/* The same for any context of this thread: a prompt that runs in a context of its own arms the run it stopped. */
struct lun_context;
void lun_listen_in(struct lun_context *ctx, lun_listener *l, bool on);
void lun_arm(unsigned bits);        /* recomputes nothing: sets bits beyond the listeners' (interrupt) */
void lun_disarm(unsigned bits);
/* Called by the door when the word is not zero. */
lun_action lun_hooks_run(lun_event *e);
#endif
