/* leaves.cu - x.grad and graphs: a replay writes the gradients where they were when it was recorded, and x.grad must be these
 *
 * Between replays the program may have set x.grad to nil (zero_grad) or to another tensor. A leaf that began without a gradient gets the
 * recorded one after each replay. To one that had a gradient, replays add: what x.grad is now goes there before.
 * Read next: kernels/cuda/graph.cu, core/backward.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/leaves.h"
#include "kernels/cuda/device.h"
extern "C" {
#include "core/hook.h"
#include "core/scope.h"
}

#include <stdlib.h>

struct leaf { lun_tensor *x, *before, *after; }; /* its gradient when recording met it first, and at the end; both may be NULL */
struct lun_cuda_leaves { leaf *list; int count, room; };

static __thread lun_cuda_leaves *noting;

static void note(lun_tensor *x)
{
    lun_cuda_leaves *l = noting;
    if (!l) return;
    for (int i = 0; i < l->count; i++)
        if (l->list[i].x == x) return;
    if (l->count == l->room) {
        const int room = l->room ? 2 * l->room : 64;
        leaf *more = (leaf *)realloc(l->list, (size_t)room * sizeof *more);
        if (!more) return (void)lun_fail(LUN_E_MEMORY, NULL, "no memory for the graph's records");
        l->list = more;
        l->room = room;
    }
    l->list[l->count++] = leaf{lun_keep(x), x->grad ? lun_keep(x->grad) : NULL, NULL};
}

lun_cuda_leaves *lun_cuda_leaves_begin(void)
{
    noting = (lun_cuda_leaves *)calloc(1, sizeof *noting);
    lun_leaf_noted = note;
    return noting ? noting : (lun_cuda_leaves *)lun_fail(LUN_E_MEMORY, NULL, "no memory for a graph");
}

void lun_cuda_leaves_end(lun_cuda_leaves *l)
{
    noting = NULL;
    for (int i = 0; i < l->count; i++) l->list[i].after = l->list[i].x->grad ? lun_keep(l->list[i].x->grad) : NULL;
}

static void set_grad(lun_tensor *x, lun_tensor *grad)
{
    if (x->grad == grad) return;
    if (grad) lun_keep(grad);
    lun_drop(x->grad);
    x->grad = grad;
}

bool lun_cuda_leaves_before(lun_cuda_leaves *l)
{
    bool ok = true;
    for (int i = 0; ok && i < l->count; i++) {
        leaf *one = &l->list[i];
        if (!one->before || one->x->grad == one->before) continue;
        const size_t mark = lun_scope_mark();
        ok = (one->x->grad ? lun_copy_into(one->before, one->x->grad) : lun_fill_into(one->before, 0)) != NULL;
        lun_scope_drain(mark);
        if (ok) set_grad(one->x, one->before);
    }
    return ok;
}

bool lun_cuda_leaves_after(lun_cuda_leaves *l)
{
    for (int i = 0; i < l->count; i++) set_grad(l->list[i].x, l->list[i].after);
    return true;
}

void lun_cuda_leaves_free(lun_cuda_leaves *l)
{
    if (!l) return;
    if (noting == l) noting = NULL;
    for (int i = 0; i < l->count; i++) {
        lun_drop(l->list[i].x);
        lun_drop(l->list[i].before);
        lun_drop(l->list[i].after);
    }
    free(l->list);
    free(l);
}
