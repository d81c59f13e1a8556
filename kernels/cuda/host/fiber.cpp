/* fiber.cpp - the switch between stacks. Read next: launch.cpp. SPDX-License-Identifier: MIT */
#include "kernels/cuda/host/fiber.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef LUN_HOST_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#ifdef __x86_64__
/* Keeps what a called function must keep, on the stack that is left. */
extern "C" void lun_fiber_jump(void **save, void *load);
asm(R"(
    .text
    .type lun_fiber_jump, @function
    .globl lun_fiber_jump
    .hidden lun_fiber_jump
lun_fiber_jump:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size lun_fiber_jump, .-lun_fiber_jump
)");

static void prepare(lun_fiber *f, void (*entry)())
{
    uintptr_t top = ((uintptr_t)f->stack + f->stack_bytes) & ~(uintptr_t)15;
    void **at = (void **)top - 8; /* six registers, the entry, and 0 where its caller would be: as after a call, off by 8 from 16 */
    memset(at, 0, 8 * sizeof *at);
    at[6] = (void *)entry;
    f->saved = at;
}

static void jump(lun_fiber *from, lun_fiber *to) { lun_fiber_jump(&from->saved, to->saved); }
#else
#include <ucontext.h>

static void prepare(lun_fiber *f, void (*entry)())
{
    if (!f->saved) f->saved = malloc(sizeof(ucontext_t));
    ucontext_t *context = (ucontext_t *)f->saved;
    if (!context || getcontext(context) != 0) abort();
    context->uc_stack.ss_sp = f->stack;
    context->uc_stack.ss_size = f->stack_bytes;
    context->uc_link = NULL;
    makecontext(context, entry, 0);
}

static void jump(lun_fiber *from, lun_fiber *to)
{
    if (!from->saved && !(from->saved = malloc(sizeof(ucontext_t)))) abort();
    swapcontext((ucontext_t *)from->saved, (ucontext_t *)to->saved);
}
#endif

static lun_fiber *left; /* the fiber that was running before this one */

void lun_fiber_begin(lun_fiber *f, char *stack, size_t stack_bytes, void (*entry)())
{
    f->stack = stack;
    f->stack_bytes = stack_bytes;
    f->fake_stack = NULL;
#ifdef LUN_HOST_ASAN
    __asan_unpoison_memory_region(stack, stack_bytes); /* it may have been left in the middle of something */
#endif
    prepare(f, entry);
}

void lun_fiber_switch(lun_fiber *from, lun_fiber *to)
{
    left = from;
#ifdef LUN_HOST_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_bytes);
#endif
    jump(from, to);
#ifdef LUN_HOST_ASAN
    const void *bottom;
    size_t bytes;
    __sanitizer_finish_switch_fiber(from->fake_stack, &bottom, &bytes);
    left->stack = (char *)bottom;
    left->stack_bytes = bytes;
#endif
}

void lun_fiber_arrived()
{
#ifdef LUN_HOST_ASAN
    const void *bottom;
    size_t bytes;
    __sanitizer_finish_switch_fiber(NULL, &bottom, &bytes);
    left->stack = (char *)bottom;
    left->stack_bytes = bytes;
#endif
}
