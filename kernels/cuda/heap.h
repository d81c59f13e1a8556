/* heap.h - blocks within segments: taking, splitting, joining; knows addresses only, never touches what they point to
 *
 * Read next: kernels/cuda/heap.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HEAP_H
#define LUN_KERNELS_CUDA_HEAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LUN_HEAP_UNIT = 512, LUN_HEAP_POWERS = 40, LUN_HEAP_CLASSES = 16, LUN_HEAP_BUCKETS = 4096 };

typedef struct lun_heap_block {
    char *data;
    size_t bytes, asked;                    /* asked: free for the caller to use */
    struct lun_heap_block *before, *after;  /* neighbours in the segment; NULL at its ends */
    struct lun_heap_block *next, **link;    /* free: in the list of its class; used: in the table of addresses */
    bool used;
    unsigned char last;                     /* likewise: 0 in a block that was just taken */
} lun_heap_block;

typedef struct lun_heap {
    size_t least;                           /* smaller rests are not split off */
    uint64_t powers;                        /* bit p: some class of power p has a block */
    uint16_t classes[LUN_HEAP_POWERS];      /* bit c: class c of power p has a block */
    lun_heap_block *free_list[LUN_HEAP_POWERS][LUN_HEAP_CLASSES];
    lun_heap_block *used[LUN_HEAP_BUCKETS]; /* by address */
    lun_heap_block *spare;                  /* records not in use */
    void *records;                          /* where they come from */
} lun_heap;

void lun_heap_init(lun_heap *h, size_t least);
/* Frees the records, once no segment is left. */
void lun_heap_end(lun_heap *h);
/* Memory to cut blocks from; false when there is no memory for its record. */
bool lun_heap_add(lun_heap *h, void *data, size_t bytes);
/* A block of at least `bytes`; NULL when none fits. */
lun_heap_block *lun_heap_take(lun_heap *h, size_t bytes);
/* The used block that begins at this address; NULL when there is none. */
lun_heap_block *lun_heap_find(lun_heap *h, const void *data);
void lun_heap_put(lun_heap *h, lun_heap_block *b);
/* Takes a segment out that has no used block; its address and size, or NULL when there is none left. */
void *lun_heap_remove_free(lun_heap *h, size_t *bytes);
/* Raises *largest to the largest free block; adds up free blocks whose segment is in use. */
void lun_heap_measure(const lun_heap *h, size_t *largest, size_t *split);

#ifdef __cplusplus
}
#endif
#endif
