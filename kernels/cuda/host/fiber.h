/* fiber.h - several stacks on one thread: a fiber runs until it switches to another by itself
 *
 * Holds: a switch costs some nanoseconds and no system call (on processors without an own switch below: ucontext). The sanitizer
 * is told of every switch. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HOST_FIBER_H
#define LUN_KERNELS_CUDA_HOST_FIBER_H
#include <stddef.h>

/* Is the address sanitizer watching? gcc and clang say so in their own ways. */
#if defined(__SANITIZE_ADDRESS__)
#define LUN_HOST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LUN_HOST_ASAN 1
#endif
#endif

struct lun_fiber {
    void *saved;        /* where it stands, while it does not run */
    char *stack;        /* lowest byte; of the host's own stack only the sanitizer knows it */
    size_t stack_bytes;
    void *fake_stack;   /* the sanitizer's */
};

/* Makes f begin with entry(), which never returns, when it is switched to; what it was doing is forgotten. */
void lun_fiber_begin(lun_fiber *f, char *stack, size_t stack_bytes, void (*entry)());
/* Leaves `from`, which is running, for `to`; returns when somebody switches to `from`. */
void lun_fiber_switch(lun_fiber *from, lun_fiber *to);
/* The first thing that an entry does. */
void lun_fiber_arrived();
#endif
