/* pool.h - what the pooling kernels share: the planes of a call, cut into pieces
 *
 * Holds: a piece is a few whole planes, as many as the shape says. Read next: kernels/cpu/pool.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_POOL_H
#define LUN_KERNELS_CPU_POOL_H
#include "core/ops/window.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/rows.h"
#include "kernels/threads.h"

typedef struct lun_pool {
    const lun_rows *rows;
    bool wide; /* double, else float */
    lun_window w;
    int64_t size, planes, per_piece, in, out; /* bytes of an element; elements of a plane */
    const char *from;
    char *to;
    int32_t *positions;
    const void *more; /* what only one kernel needs */
} lun_pool;

/* The sizes in j->w must be set. */
void lun_pool_begin(lun_pool *j, const lun_frame *f, int64_t planes);
bool lun_pool_run(const lun_pool *j, lun_piece *body, double ns_per_element);
/* The plane after the last one of piece p, which begins with plane p * per_piece. */
int64_t lun_pool_last(const lun_pool *j, int64_t p);
#endif
