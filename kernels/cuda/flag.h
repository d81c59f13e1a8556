/* flag.h - how a kernel says that a value was bad, without stopping and without anybody waiting
 *
 * On the host `lun_flag f = lun_cuda_flag(call);` goes by value into the launch; in the kernel lun_flag_raise(f, KIND, element, value,
 * bound) records the value, and the kernel goes on with something harmless in its place. At the next wait the earliest flag of the
 * earliest call becomes an error that names op and line. Nothing is written, and nothing costs, while all is well.
 * Holds: of several bad elements the one with the smallest position wins, so the message is the same every time.
 * Read next: kernels/cuda/flags.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_FLAG_H
#define LUN_KERNELS_CUDA_FLAG_H
#include "kernels/cuda/device.h"

/* What can be wrong; flags.cu has a text for each. element counts from 0. */
enum lun_flag_kind {
    LUN_FLAG_INDEX,    /* a position outside 1..bound, also from the end */
    LUN_FLAG_LABEL,    /* a label outside 1..bound */
    LUN_FLAG_ROW_LABEL, /* the same in rows of `bound` labels: element is row * bound + place */
    LUN_FLAG_DIVISION, /* a whole number divided by 0 */
    LUN_FLAG_WEIGHT,   /* multinomial: a weight that is negative or not finite; value: the bits of a double */
    LUN_FLAG_FEW,      /* multinomial: row `element` has only `value` weights above 0, `bound` are needed */
    LUN_FLAG_DRAW,     /* a parameter of a distribution outside its range; value: the bits of a double */
    LUN_FLAG_SINGULAR, /* matrix `element` has no inverse */
    LUN_FLAG_NOT_POSITIVE, /* matrix `element` is not positive definite */
    LUN_FLAG_BINS      /* histc: no bins from extremes that are not finite */
};

struct lun_flag_record { unsigned long long key; long long value, bound; unsigned kind, site, lock, spare; };
struct lun_flag {
    lun_flag_record *record;     /* in the device's memory */
    volatile unsigned *raised;   /* in the host's: becomes 1 */
    unsigned long long key;      /* which call, in its upper 24 bits */
    unsigned site;
};
enum { LUN_FLAG_ELEMENT_BITS = 40 };

extern "C" lun_flag lun_cuda_flag(const lun_call *c);

static __device__ inline void lun_flag_raise(const lun_flag &f, lun_flag_kind kind, int64_t element, int64_t value, int64_t bound)
{
    const unsigned long long most = (1ULL << LUN_FLAG_ELEMENT_BITS) - 1;
    unsigned long long key = f.key | ((unsigned long long)element < most ? (unsigned long long)element : most);
    volatile lun_flag_record *r = f.record;
    if (r->key <= key) return;
    for (bool done = false; !done;) {
        if (atomicCAS(&f.record->lock, 0U, 1U) != 0U) continue;
        __threadfence();
        if (key < r->key) {
            r->key = key;
            r->value = value;
            r->bound = bound;
            r->kind = (unsigned)kind;
            r->site = f.site;
            *f.raised = 1U;
        }
        __threadfence();
        atomicExch(&f.record->lock, 0U);
        done = true;
    }
}
#endif
