/* context.h - all mutable state of a thread that runs ops
 *
 * Holds: one lun_context per thread; apart from the op table, the device list and the allocator there is no other mutable global.
 * The debugger's prompt gets a context of its own (lun_context_push / pop), so that looking does not move the run.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_CONTEXT_H
#define LUN_CORE_CONTEXT_H
#include "core/error.h"
#include "core/hook.h"
#include "core/random.h"
#include "core/scope.h"
#include "core/storage.h"

typedef struct lun_site { const char *file; int line; } lun_site; /* file is interned: compare and keep the pointer */

typedef struct lun_context {
    unsigned armed;             /* lun_armed_bits; changed with __atomic builtins only (a signal handler sets INTERRUPT) */
    bool grad_enabled;          /* false inside no_grad */
    bool create_graph;          /* true while a backward pass is itself being recorded */
    bool uninterruptible;       /* an in-place op is writing */
    bool dry;                   /* shapes only: results have no memory (core/hollow.h); nothing is computed, written or drawn */
    lun_phase phase;
    int depth;                  /* composed ops around the current one */
    const struct lun_call *whole; /* the user's call, while parts of it run; NULL otherwise */
    int kernels;                /* kernels that run, one inside another */
    uint64_t sequence;          /* ops so far */
    const struct lun_node *backward_node;
    lun_generator generator;
    lun_device default_device;  /* where new tensors are made when nobody says where */
    lun_scope scope;
    lun_error error;
    lun_listener *listeners;
    const char *module_path;    /* "net.fc1#2" while a module call runs, interned; NULL outside */
    struct lun_saved_hooks *saved_hooks; /* who keeps values that are saved for backward; NULL: the graph */
    bool detect_anomaly;        /* look for NaN in every gradient */
    lun_site (*site)(void);     /* host callback: the line of user code that runs now */
    struct lun_context *outer;  /* the context this one was pushed over */
} lun_context;

/* Asked for several times per op: reached without a call (a pointer fits in the room left for modules that are loaded later). */
extern __thread lun_context *lun_context_current __attribute__((tls_model("initial-exec"))); /* NULL before a thread's first use */
lun_context *lun_context_first(void);
static inline lun_context *lun_context_get(void)
{
    lun_context *ctx = lun_context_current;
    return __builtin_expect(ctx != NULL, 1) ? ctx : lun_context_first();
}
void lun_context_push(lun_context *fresh); /* `fresh` (caller's memory) becomes the thread's context, clean but for site and seed */
void lun_context_pop(void);

/* Before a thread that ran ops ends: drops its temporaries. */
void lun_context_leave_thread(void);

void lun_manual_seed(uint64_t seed);
/* Takes `numbers` 32-bit numbers from the thread's generator; returns where they begin. */
lun_generator lun_generator_take(uint64_t numbers);
/* A copy of `text` that lives for ever and is equal by pointer for equal texts. NULL after lun_fail. */
const char *lun_intern(const char *text);

/* Ctrl-C: async-signal-safe; marks the interactive context (the first that was made). */
void lun_interrupt_request(void);
bool lun_interrupted(void);          /* has it been asked for? kernels poll this between pieces, on any thread */
void lun_interrupt_clear(void);
/* Arms MESSAGE: the next op tells listeners that somebody outside has something to say. Async-signal-safe. */
void lun_interrupt_message(void);
#endif
