/* scope.h - the pool that owns temporaries
 *
 * Every tensor a core function returns belongs to the thread's pool until the innermost mark is drained; whoever wants it longer
 * calls lun_keep. So gradient formulas neither free nor check. Cost: one pointer store per result.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_SCOPE_H
#define LUN_CORE_SCOPE_H
#include "core/tensor.h"

typedef struct lun_scope { lun_tensor **items; size_t count, capacity; } lun_scope;

size_t lun_scope_mark(void);            /* where the pool stands now */
void lun_scope_drain(size_t mark);      /* drops everything that came after */
/* Hands a reference over to the pool; returns x, or NULL (x dropped, error set) when the pool cannot grow. */
lun_tensor *lun_scope_add(lun_tensor *x);
#endif
