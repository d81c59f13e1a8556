/* hook.c - the listeners of a context. Read next: core/apply.c. SPDX-License-Identifier: MIT */
#include "core/hook.h"

#include "core/context.h"

bool (*lun_late_stop)(const lun_late *late);
void (*lun_leaf_noted)(struct lun_tensor *leaf);
#ifndef LUN_WITHOUT_DEBUGGER
const lun_witness *lun_watching;
#endif

void lun_arm(unsigned bits) { __atomic_fetch_or(&lun_context_get()->armed, bits, __ATOMIC_RELAXED); }
void lun_disarm(unsigned bits) { __atomic_fetch_and(&lun_context_get()->armed, ~bits, __ATOMIC_RELAXED); }

static void rearm(lun_context *ctx)
{
    const unsigned kept = LUN_ARMED_INTERRUPT | LUN_ARMED_UNWIND | LUN_ARMED_MESSAGE;
    unsigned bits = 0;
    for (lun_listener *l = ctx->listeners; l; l = l->next) bits |= l->bits;
    __atomic_fetch_and(&ctx->armed, kept | bits, __ATOMIC_RELAXED);
    __atomic_fetch_or(&ctx->armed, bits, __ATOMIC_RELAXED);
}

void lun_listen_in(lun_context *ctx, lun_listener *l, bool on)
{
    for (lun_listener **at = &ctx->listeners; *at; at = &(*at)->next)
        if (*at == l) {
            *at = l->next;
            break;
        }
    if (on) {
        l->next = ctx->listeners;
        ctx->listeners = l;
    }
    rearm(ctx);
}

void lun_listen(lun_listener *l) { lun_listen_in(lun_context_get(), l, true); }
void lun_unlisten(lun_listener *l) { lun_listen_in(lun_context_get(), l, false); }

lun_action lun_hooks_run(lun_event *e)
{
    lun_context *ctx = lun_context_get();
    for (lun_listener *l = ctx->listeners, *next; l; l = next) {
        next = l->next;
        if (l->running && !l->nested) continue;
        bool was_running = l->running;
        l->running = true;
        lun_action action = l->on(l, e);
        l->running = was_running;
        if (action != LUN_GO) return action;
    }
    return LUN_GO;
}
