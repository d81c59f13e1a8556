/* heap.c - two-level lists of free blocks: a power of two, and 16 classes within it
 *
 * Class c of power p holds blocks from (16 + c) << (p - 4) units on. A search starts in the block's own class, where a few are tried, and
 * then takes any block of the next class that has one: constant time, and at most a sixteenth larger than the best fit.
 * Source: Masmano et al., "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/heap.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 64, TRIES = 8 };

void lun_heap_init(lun_heap *h, size_t least)
{
    memset(h, 0, sizeof *h);
    h->least = least < LUN_HEAP_UNIT ? LUN_HEAP_UNIT : least;
}

typedef struct chunk { struct chunk *next; lun_heap_block record[RECORDS]; } chunk;

void lun_heap_end(lun_heap *h)
{
    for (chunk *c = h->records, *next; c; c = next) {
        next = c->next;
        free(c);
    }
}

/* --- records ------------------------------------------------------------------------------------------------------------------ */

static void drop_record(lun_heap *h, lun_heap_block *b)
{
    b->next = h->spare;
    h->spare = b;
}

static lun_heap_block *new_record(lun_heap *h)
{
    if (!h->spare) {
        chunk *fresh = calloc(1, sizeof *fresh); /* until the end: records go round */
        if (!fresh) return NULL;
        fresh->next = h->records;
        h->records = fresh;
        for (int i = 0; i < RECORDS; i++) drop_record(h, &fresh->record[i]);
    }
    lun_heap_block *b = h->spare;
    h->spare = b->next;
    memset(b, 0, sizeof *b);
    return b;
}

static void enter(lun_heap_block **list, lun_heap_block *b)
{
    b->next = *list;
    b->link = list;
    if (b->next) b->next->link = &b->next;
    *list = b;
}

static void leave(lun_heap_block *b)
{
    *b->link = b->next;
    if (b->next) b->next->link = b->link;
}

/* --- classes ------------------------------------------------------------------------------------------------------------------ */

static void class_of(size_t bytes, int *power, int *class)
{
    size_t units = bytes / LUN_HEAP_UNIT;
    *power = 63 - __builtin_clzll(units);
    *class = (int)((*power >= 4 ? units >> (*power - 4) : units << (4 - *power)) & 15);
    if (*power >= LUN_HEAP_POWERS) *power = LUN_HEAP_POWERS - 1, *class = LUN_HEAP_CLASSES - 1;
}

static void insert(lun_heap *h, lun_heap_block *b)
{
    int p, c;
    class_of(b->bytes, &p, &c);
    b->used = false;
    enter(&h->free_list[p][c], b);
    h->classes[p] |= (uint16_t)(1U << c);
    h->powers |= 1ULL << p;
}

static void take_out(lun_heap *h, lun_heap_block *b)
{
    int p, c;
    class_of(b->bytes, &p, &c);
    leave(b);
    if (h->free_list[p][c]) return;
    h->classes[p] &= (uint16_t)~(1U << c);
    if (!h->classes[p]) h->powers &= ~(1ULL << p);
}

static lun_heap_block *search(const lun_heap *h, size_t bytes)
{
    int p, c, tries = 0;
    class_of(bytes, &p, &c);
    for (lun_heap_block *b = h->free_list[p][c]; b && tries < TRIES; b = b->next, tries++)
        if (b->bytes == bytes) return b;
    unsigned above = c + 1 < LUN_HEAP_CLASSES ? h->classes[p] & (0xffffU << (c + 1)) : 0;
    if (above) return h->free_list[p][__builtin_ctz(above)];
    uint64_t larger = p + 1 < 64 ? h->powers & (~0ULL << (p + 1)) : 0;
    if (larger) {
        p = __builtin_ctzll(larger);
        return h->free_list[p][__builtin_ctz(h->classes[p])];
    }
    for (lun_heap_block *b = h->free_list[p][c]; b; b = b->next)
        if (b->bytes >= bytes) return b;
    return NULL;
}

/* --- blocks ------------------------------------------------------------------------------------------------------------------- */

static size_t bucket_of(const void *data) { return (size_t)((uintptr_t)data / LUN_HEAP_UNIT * 0x9E3779B97F4A7C15ULL >> 52); }

bool lun_heap_add(lun_heap *h, void *data, size_t bytes)
{
    lun_heap_block *b = new_record(h);
    if (!b) return false;
    b->data = data;
    b->bytes = bytes;
    insert(h, b);
    return true;
}

static void split(lun_heap *h, lun_heap_block *b, size_t bytes)
{
    lun_heap_block *rest = b->bytes - bytes >= h->least ? new_record(h) : NULL;
    if (!rest) return;
    rest->data = b->data + bytes;
    rest->bytes = b->bytes - bytes;
    rest->before = b;
    rest->after = b->after;
    if (rest->after) rest->after->before = rest;
    b->after = rest;
    b->bytes = bytes;
    insert(h, rest);
}

lun_heap_block *lun_heap_take(lun_heap *h, size_t bytes)
{
    bytes = bytes ? (bytes + LUN_HEAP_UNIT - 1) / LUN_HEAP_UNIT * LUN_HEAP_UNIT : LUN_HEAP_UNIT;
    lun_heap_block *b = search(h, bytes);
    if (!b) return NULL;
    take_out(h, b);
    split(h, b, bytes);
    b->used = true;
    enter(&h->used[bucket_of(b->data)], b);
    return b;
}

lun_heap_block *lun_heap_find(lun_heap *h, const void *data)
{
    lun_heap_block *b = h->used[bucket_of(data)];
    while (b && b->data != data) b = b->next;
    return b;
}

/* b takes over the block after it. */
static void join(lun_heap *h, lun_heap_block *b)
{
    lun_heap_block *gone = b->after;
    b->bytes += gone->bytes;
    b->after = gone->after;
    if (b->after) b->after->before = b;
    drop_record(h, gone);
}

void lun_heap_put(lun_heap *h, lun_heap_block *b)
{
    leave(b);
    if (b->after && !b->after->used) {
        take_out(h, b->after);
        join(h, b);
    }
    if (b->before && !b->before->used) {
        b = b->before;
        take_out(h, b);
        join(h, b);
    }
    insert(h, b);
}

static lun_heap_block *whole_segment(const lun_heap *h)
{
    for (int p = 0; p < LUN_HEAP_POWERS; p++)
        for (int c = 0; c < LUN_HEAP_CLASSES; c++)
            for (lun_heap_block *b = h->free_list[p][c]; b; b = b->next)
                if (!b->before && !b->after) return b;
    return NULL;
}

void *lun_heap_remove_free(lun_heap *h, size_t *bytes)
{
    lun_heap_block *b = whole_segment(h);
    if (!b) return NULL;
    void *data = b->data;
    *bytes = b->bytes;
    take_out(h, b);
    drop_record(h, b);
    return data;
}

void lun_heap_measure(const lun_heap *h, size_t *largest, size_t *split)
{
    for (int p = 0; p < LUN_HEAP_POWERS; p++)
        for (int c = 0; c < LUN_HEAP_CLASSES; c++)
            for (const lun_heap_block *b = h->free_list[p][c]; b; b = b->next) {
                if (b->bytes > *largest) *largest = b->bytes;
                if (b->before || b->after) *split += b->bytes;
            }
}
