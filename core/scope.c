/* scope.c - the pool of temporaries. Read next: core/tensor.c. SPDX-License-Identifier: MIT */
#include "core/scope.h"

#include "core/alloc.h"
#include "core/context.h"

#include <string.h>

size_t lun_scope_mark(void) { return lun_context_get()->scope.count; }

void lun_scope_drain(size_t mark)
{
    lun_scope *s = &lun_context_get()->scope;
    while (s->count > mark) lun_drop(s->items[--s->count]);
}

static bool grow(lun_scope *s)
{
    size_t capacity = s->capacity ? 2 * s->capacity : 64;
    lun_tensor **items = lun_block_get(capacity * sizeof *items);
    if (!items) return false;
    if (s->count) memcpy(items, s->items, s->count * sizeof *items);
    lun_block_put(s->items, s->capacity * sizeof *items);
    s->items = items;
    s->capacity = capacity;
    return true;
}

lun_tensor *lun_scope_add(lun_tensor *x)
{
    if (!x || lun_is_none(x)) return x;
    lun_scope *s = &lun_context_get()->scope;
    if (s->count == s->capacity && !grow(s)) {
        lun_drop(x);
        return NULL;
    }
    s->items[s->count++] = x;
    return x;
}
