/* views.h - what a view knows of the tensor it looks into, and what a write through either means for the graph
 *
 * A view holds its base (the tensor at the root of a chain of views) and the storage's version when its node was made. When a write
 * has happened since, its node is made anew from the base's when somebody asks. A recorded write into a view becomes a write into
 * the base. So the history of the memory lives in one place, the base, and all views see it.
 * Holds: views hold bases, never the other way round, and a leaf that wants a gradient is never a view: no cycles.
 * Read next: core/views.c, core/tape.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_VIEWS_H
#define LUN_CORE_VIEWS_H
#include "core/tape.h"

/* y, just made by a view op, looks into x. */
void lun_view_join(lun_tensor *y, lun_tensor *x);
/* y becomes a tensor of its own that happens to share memory. */
void lun_view_part(lun_tensor *y);
/* y is one of several views that one call gave out: it may not be written to while recording (as in PyTorch). */
void lun_view_piece(lun_tensor *y);
/* May a recorded write go to this view? False after lun_fail. */
bool lun_view_writable(const lun_tensor *x);
/* `n` has recorded a write into the view y: its base gets the history. False after lun_fail. */
bool lun_view_written(lun_tensor *y, lun_node *n);

bool lun_view_renew(lun_tensor *x);
/* x's node is what the last write to its memory made it; call before reading x->node. False after lun_fail. */
static inline bool lun_view_refresh(lun_tensor *x)
{
    return !(x->flags & LUN_VIEW) || x->view_version == x->storage->version || lun_view_renew(x);
}
#endif
