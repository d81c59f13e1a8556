/* saved.h - values that wait for the backward pass
 *
 * A node saves aliases without graph (a user's handle may later be rewritten in place and would tie a knot), with the version they had.
 * The host may take each value into its own keeping (saved-tensor hooks) and hand it back when it is read.
 * Read next: core/saved.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_SAVED_H
#define LUN_CORE_SAVED_H
#include "core/tape.h"

/* What ctx->saved_hooks points to while values go to the host. */
typedef struct lun_saved_hooks {
    void *(*pack)(void *argument, lun_tensor *x);            /* a thing to keep, or NULL after lun_fail */
    lun_tensor *(*unpack)(void *argument, void *thing);      /* scoped, or NULL after lun_fail */
    void (*release)(void *argument, void *thing);
    void (*done)(void *argument);                            /* nobody needs the hooks any more */
    void *argument;
    int refs;
} lun_saved_hooks;

void lun_saved_hooks_drop(lun_saved_hooks *h); /* a record of lun_block_get; NULL is fine */

/* Saves x (NULL and LUN_NONE: nothing); false after lun_fail. */
bool lun_saved_put(lun_saved *slot, lun_tensor *x);
void lun_saved_free(lun_saved *slot);
#endif
