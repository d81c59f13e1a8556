/* scope.c - the pool of temporaries. Read next: core/tensor.c. SPDX-License-Identifier: MIT */
#include "core/scope.h"

#include "core/alloc.h"
#include "core/context.h"


size_t lun_scope_mark(void) { return lun_context_get()->scope.count; }

void lun_scope_drain(size_t mark)
{
    lun_scope *s = &lun_context_get()->scope;
    while (s->count > mark) lun_drop(s->items[--s->count]);
}

lun_tensor *lun_scope_add(lun_tensor *x)
{
    if (!x || lun_is_none(x)) return x;
    lun_scope *s = &lun_context_get()->scope;
    if (s->count == s->capacity && !lun_block_grow(&s->items, &s->capacity, sizeof *s->items, 64)) {
        lun_drop(x);
        return NULL;
    }
    s->items[s->count++] = x;
    return x;
}
