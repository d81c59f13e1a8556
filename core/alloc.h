/* alloc.h - where every byte of the core comes from
 *
 * Two doors: lun_block_* for the program's own small records (tensor handles, nodes; per-thread free lists) and lun_data_* for
 * tensor data (size classes, 64-byte alignment, a capped cache, a budget). Both count, and both can be made to fail at the n-th
 * call (LUN_FAIL_ALLOC=n) so that tests reach every error path.
 * Holds: live + request > budget is an out-of-memory error after the pressure callback had its chance; Linux would grant the
 * memory and kill the session later. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_ALLOC_H
#define LUN_CORE_ALLOC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lun_memory {
    size_t live, peak;       /* bytes of tensor data in use, and their maximum since lun_memory_reset_peak */
    size_t cached;           /* bytes kept for reuse */
    size_t budget;           /* live may not grow beyond this */
    size_t blocks;           /* records from lun_block_get not yet put back */
    uint64_t allocations;    /* calls of lun_data_get so far */
    uint64_t allocated;      /* bytes handed out so far; a collector can pace itself by it */
    int64_t elsewhere;       /* bytes of tensor data in use on devices */
    uint64_t elsewhere_allocated; /* and handed out there so far */
} lun_memory;

/* A record of `bytes` bytes, not cleared; NULL after lun_fail. Give the same size back. */
void *lun_block_get(size_t bytes);
void lun_block_put(void *block, size_t bytes);
/* A full array of `*room` elements of `size` bytes, whose address stands at `array`, gets room for twice as many, or for `first` when it has none.
 * False after lun_fail, with the array as it was. */
bool lun_block_grow(void *array, size_t *room, size_t size, size_t first);

/* Tensor data: 64-byte aligned, not cleared; NULL after lun_fail(LUN_E_MEMORY). */
void *lun_data_get(size_t bytes);
void lun_data_put(void *data, size_t bytes);
/* The same for data nobody wrote to: it counts as never handed out, and hurries no collector. */
void lun_data_unused(void *data, size_t bytes);

void lun_memory_get(lun_memory *out);
void lun_memory_reset_peak(void);
void lun_memory_set_budget(size_t bytes); /* 0: back to 80 % of what the machine and the cgroup leave */
size_t lun_memory_empty_cache(void);      /* gives the cache back to the system; returns its bytes */
/* `pressure` is called when the budget would be exceeded, before giving up: a host with a collector runs it. */
void lun_memory_on_pressure(void (*pressure)(void *), void *argument);
/* Calls it: a device's allocator does, before it gives up. */
void lun_memory_pressure(void);
/* A device's allocator tells of bytes handed out (positive) and taken back, so that a collector can pace itself by these too. */
void lun_memory_elsewhere(int64_t bytes);
/* From now on LUN_FAIL_ALLOC counts; called once when start-up is over. */
void lun_alloc_started(void);
#endif
