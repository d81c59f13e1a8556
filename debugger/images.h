/* images.h - what things were before they were first changed: memory, handles of tensors, nodes of the graph
 *
 * A set belongs to a call that may be gone back in. Nothing is copied until it is about to change, and each thing once.
 * Read next: debugger/images.c, debugger/travel.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_IMAGES_H
#define LUN_DEBUGGER_IMAGES_H
#include "core/tape.h"
#include "core/tensor.h"

typedef struct lun_images {
    struct lun_image *list;
    int64_t count, capacity;
    int64_t *index;        /* by address: 2 * capacity places, each a position in the list plus 1, or 0 */
    size_t bytes;          /* of copies */
} lun_images;

/* Before it changes. False when there is no memory for it, or it cannot be copied (`*why` says it). */
bool lun_images_storage(lun_images *set, lun_storage *s, const char **why);
bool lun_images_handle(lun_images *set, lun_tensor *x, const char **why); /* its gradient, its place in the graph */
bool lun_images_node(lun_images *set, lun_node *n, const char **why);     /* what it saved for its gradient, before that is freed */
/* Puts all back as it was; the set stays. */
void lun_images_restore(lun_images *set);
/* What `outer`, a set that began earlier (its first op had the number `sequence`), has no image of goes there; `set` is empty then. */
bool lun_images_hand_on(lun_images *set, lun_images *outer, uint64_t sequence);
void lun_images_forget(lun_images *set);
#endif
