/* context.c - the thread's state, start-up, interned texts, the interrupt flag
 *
 * Holds: the first context made is the interactive one; a signal handler may only set its INTERRUPT bit.
 * Read next: core/apply.c. SPDX-License-Identifier: MIT
 */
#include "core/context.h"

#include "core/alloc.h"
#include "core/backend.h"

#include <pthread.h>
#include <string.h>

static __thread lun_context base_context;
__thread lun_context *lun_context_current __attribute__((tls_model("initial-exec")));
static lun_context *interactive;
static volatile int interrupt_asked;

const lun_backend *lun_backends[LUN_DEVICE_TYPES];
lun_waiting lun_op_waits = {NULL, INT64_MAX};

lun_context *lun_context_first(void)
{
    base_context.grad_enabled = true;
    base_context.generator.seed = 0x853c49e6748fea9bULL;
    lun_context_current = &base_context;
    lun_context *none = NULL;
    __atomic_compare_exchange_n(&interactive, &none, lun_context_current, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return lun_context_current;
}

void lun_context_push(lun_context *fresh)
{
    lun_context *outer = lun_context_get();
    memset(fresh, 0, sizeof *fresh);
    fresh->grad_enabled = true;
    fresh->generator = outer->generator;
    fresh->default_device = outer->default_device;
    fresh->site = outer->site;
    fresh->outer = outer;
    __atomic_compare_exchange_n(&interactive, &(lun_context *){outer}, fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    lun_context_current = fresh;
}

void lun_context_pop(void)
{
    lun_context *inner = lun_context_current, *outer = inner->outer;
    if (!outer) return;
    lun_scope_drain(0);
    lun_block_put(inner->scope.items, inner->scope.capacity * sizeof *inner->scope.items);
    lun_context_current = outer;
    __atomic_compare_exchange_n(&interactive, &(lun_context *){inner}, outer, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void lun_context_leave_thread(void)
{
    lun_context *ctx = lun_context_get();
    lun_scope_drain(0);
    lun_block_put(ctx->scope.items, ctx->scope.capacity * sizeof *ctx->scope.items);
    ctx->scope = (lun_scope){0};
}

void lun_manual_seed(uint64_t seed)
{
    lun_context *ctx = lun_context_get();
    ctx->generator.seed = seed;
    ctx->generator.offset = 0;
}

lun_generator lun_generator_take(uint64_t numbers)
{
    lun_context *ctx = lun_context_get();
    lun_generator start = ctx->generator;
    if (!ctx->dry) ctx->generator.offset += (numbers + 3) / 4;
    return start;
}

/* Interned texts: a chained hash table that only grows. */
typedef struct interned { struct interned *next; char text[]; } interned;
enum { INTERN_BUCKETS = 1024 };
static interned *buckets[INTERN_BUCKETS];
static pthread_mutex_t intern_lock = PTHREAD_MUTEX_INITIALIZER;

const char *lun_intern(const char *text)
{
    uint32_t hash = 2166136261U;
    size_t length = 0;
    for (; text[length]; length++) hash = (hash ^ (unsigned char)text[length]) * 16777619U;
    interned **bucket = &buckets[hash % INTERN_BUCKETS], *found;
    pthread_mutex_lock(&intern_lock);
    for (found = *bucket; found && strcmp(found->text, text);) found = found->next;
    if (!found && (found = lun_block_get(sizeof *found + length + 1))) {
        memcpy(found->text, text, length + 1);
        found->next = *bucket;
        *bucket = found;
    }
    pthread_mutex_unlock(&intern_lock);
    return found ? found->text : NULL;
}

void lun_interrupt_request(void)
{
    interrupt_asked = 1;
    lun_context *target = __atomic_load_n(&interactive, __ATOMIC_RELAXED);
    if (target) __atomic_fetch_or(&target->armed, (unsigned)LUN_ARMED_INTERRUPT, __ATOMIC_RELAXED);
}

void lun_interrupt_message(void)
{
    lun_context *target = __atomic_load_n(&interactive, __ATOMIC_RELAXED);
    if (target) __atomic_fetch_or(&target->armed, (unsigned)LUN_ARMED_MESSAGE, __ATOMIC_RELAXED);
}

bool lun_interrupted(void) { return interrupt_asked != 0; }

void lun_interrupt_clear(void)
{
    interrupt_asked = 0;
    lun_disarm(LUN_ARMED_INTERRUPT);
}
