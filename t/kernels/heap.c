/* heap.c - blocks of device memory: no two overlap, nothing is lost, neighbours join. The heap touches no memory, so addresses are made up.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/heap.c"
#include "t/tap.h"

enum { SLOTS = 200, ROUNDS = 200000 };
static const size_t segment = (size_t)32 << 20;

static uint64_t state = 88172645463325252ULL;
static size_t draw(size_t n)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (size_t)(state >> 11) % n;
}

/* Sizes of all magnitudes. */
static size_t draw_size(void) { return 1 + draw((size_t)1 << (1 + draw(24))); }

static bool overlap(const lun_heap_block *a, const lun_heap_block *b)
{
    return a->data < b->data + b->bytes && b->data < a->data + a->bytes;
}

static bool apart(lun_heap_block *const *slot, const lun_heap_block *b)
{
    for (int i = 0; i < SLOTS; i++)
        if (slot[i] && slot[i] != b && overlap(slot[i], b)) return false;
    return true;
}

static void soak(void)
{
    static lun_heap h;
    lun_heap_block *slot[SLOTS] = {NULL};
    size_t segments = 0, used = 0, most = 0;
    bool right = true, found = true, tight = true;
    lun_heap_init(&h, 512);
    for (int round = 0; round < ROUNDS; round++) {
        int i = (int)draw(SLOTS);
        if (slot[i]) {
            used -= slot[i]->bytes;
            lun_heap_put(&h, slot[i]);
            slot[i] = NULL;
            continue;
        }
        size_t bytes = draw_size();
        lun_heap_block *b = lun_heap_take(&h, bytes);
        if (!b) {
            lun_heap_add(&h, (void *)(uintptr_t)(++segments << 40), segment);
            b = lun_heap_take(&h, bytes);
        }
        slot[i] = b;
        used += b->bytes;
        if (used > most) most = used;
        right = right && b->bytes >= bytes && (uintptr_t)b->data % LUN_HEAP_UNIT == 0 && apart(slot, b);
        tight = tight && b->bytes < bytes + LUN_HEAP_UNIT;
        found = found && lun_heap_find(&h, b->data) == b;
    }
    ok(right, "blocks are large enough, aligned, and never overlap");
    ok(tight, "and at most a unit larger than asked for");
    ok(found, "a block is found by its address, and only by that");
    ok(!lun_heap_find(&h, (void *)(uintptr_t)42), "another address is nobody's");
    note("most in use %.1f MB in %zu segments of %.1f MB: %.2f times as much", (double)most / 1e6, segments, (double)segment / 1e6,
         (double)(segments * segment) / (double)most);
    ok(segments * segment < most + most / 2 + segment, "memory is reused");
    for (int i = 0; i < SLOTS; i++)
        if (slot[i]) lun_heap_put(&h, slot[i]);
    size_t largest = 0, split_bytes = 0, bytes, whole = 0;
    lun_heap_measure(&h, &largest, &split_bytes);
    ok(largest == segment && !split_bytes, "all free: every segment is one piece again");
    while (lun_heap_remove_free(&h, &bytes)) whole += bytes;
    ok(whole == segments * segment && !lun_heap_take(&h, 1), "and can be taken out");
    lun_heap_end(&h);
}

static void classes(void)
{
    static lun_heap h;
    lun_heap_init(&h, 4096);
    lun_heap_add(&h, (void *)(uintptr_t)(1 << 20), 8192);
    lun_heap_block *a = lun_heap_take(&h, 5000);
    is_int(a->bytes, 8192, "a rest below the least size stays with its block");
    ok(!lun_heap_take(&h, 1), "so there is nothing left");
    lun_heap_put(&h, a);
    ok(!lun_heap_take(&h, 8193), "more than there is does not fit");
    a = lun_heap_take(&h, 4096);
    lun_heap_block *b = lun_heap_take(&h, 4096);
    ok(a && b && a->after == b && b->before == a, "two halves");
    size_t bytes;
    ok(!lun_heap_remove_free(&h, &bytes), "a used segment cannot be taken out");
    lun_heap_put(&h, a);
    ok(!lun_heap_remove_free(&h, &bytes), "nor a half used one");
    lun_heap_put(&h, b);
    ok(lun_heap_remove_free(&h, &bytes) && bytes == 8192, "a free one can");
    lun_heap_end(&h);
}

int main(void)
{
    classes();
    soak();
    return done_testing();
}
