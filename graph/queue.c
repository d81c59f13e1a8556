/* queue.c - ops wait, and run when a value is needed
 *
 * While ops wait or a compiled function runs, the backends are such whose kernels are `arrive`. They take what can wait: the call is
 * kept with aliases of its tensors, their storages lose their data pointer, and results give their memory back until they are written.
 * Holds: while a kernel runs nothing waits, so kernels and the pool's threads never meet a storage without data.
 * Read next: graph/plan.c. SPDX-License-Identifier: MIT
 */
#include "graph/queue.h"

#include "core/alloc.h"
#include "core/backend.h"
#include "core/context.h"
#include "core/device.h"
#include "core/functional.h"
#include "graph/chains.h"
#include "graph/plan.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST = 4096, WORTH_COLLECTING = 64 * 1024, WORTH_GIVING_BACK = 16 * 1024 };

static __thread lun_queue queue __attribute__((tls_model("initial-exec")));
static lun_backend lazy[LUN_DEVICE_TYPES];        /* home's, with kernels that may wait */
static const lun_backend *home[LUN_DEVICE_TYPES]; /* as the devices gave them; NULL: not used yet */
static void (*collect_garbage)(void);

void lun_graph_on_run(void (*collect)(void)) { collect_garbage = collect; }

/* --- storages -------------------------------------------------------------------------------------------------------------------- */

int lun_queue_hold(lun_queue *q, lun_storage *s)
{
    if (s->queued++) return s->slot;
    if ((size_t)q->n_slots == q->slot_room && !lun_block_grow(&q->slots, &q->slot_room, sizeof *q->slots, 64)) return s->queued--, -1;
    q->slots[q->n_slots] = (lun_slot){.storage = s, .data = s->data};
    s->data = NULL;
    return s->slot = q->n_slots++;
}

/* A large result that nobody has written or seen needs no memory yet. On a device it keeps what it has: what is short there is told at the
 * op, and nobody who reads later finds that there is none. */
static void begin_fresh(lun_slot *slot)
{
    lun_storage *s = slot->storage;
    bool host = s->device.type == LUN_CPU;
    slot->fresh = !host || (s->bytes >= WORTH_GIVING_BACK && !s->release);
    if (!slot->fresh || !host) return;
    lun_data_unused(slot->data, s->bytes);
    slot->data = NULL;
}

/* Storages have their data pointers again. */
static void show(lun_queue *q)
{
    for (int i = 0; i < q->n_slots; i++) q->slots[i].storage->data = q->slots[i].data;
}

static bool memory_of(lun_storage *s)
{
    if (!s->data) s->data = s->bytes <= LUN_INLINE_BYTES ? (void *)s->inline_data : lun_data_get(s->bytes);
    return s->data != NULL;
}

/* The same for a reader who cannot be told that there is none: zeros, and an error is pending. */
static void unmap(lun_storage *s) { munmap(s->data, s->bytes); }

static void memory_or_zeros(lun_storage *s)
{
    if (memory_of(s)) return;
    void *zeros = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED) return;
    s->data = zeros;
    s->release = unmap;
}

static void let_go(lun_tensor *x, int slot)
{
    lun_storage *s = x->storage;
    if (slot >= 0 && --s->queued == 0 && !s->data) s->data = s->inline_data; /* never written, never read */
    lun_drop(x);
}

/* --- ops that wait --------------------------------------------------------------------------------------------------------------- */

/* Bits of the tensors that a call writes. */
static unsigned written_by(const lun_call *c)
{
    unsigned results = ((1U << c->n_out) - 1) << LUN_CALL_INPUTS;
    if (!c->inplace && !(c->op->flags & LUN_OP_WRITES)) return results;
    bool state = c->op->id == LUN_OP_sgd_step_ || c->op->id == LUN_OP_adam_step_; /* their kernels write momentum and means too */
    return state ? 1U | 4U | 8U : 1U;
}

void lun_queued_done(lun_queued *e)
{
    lun_call *c = &e->call;
    bool inplace = c->n_out == 1 && c->n_in && c->few_out[0] == c->few[0];
    for (int k = 0; k < c->n_in; k++)
        if (!lun_is_none(c->few[k])) let_go(c->few[k], e->slot[k]);
    for (int k = 0; k < c->n_out && !inplace; k++) let_go(c->few_out[k], e->slot[LUN_CALL_INPUTS + k]);
    c->n_in = c->n_out = 0;
    e->held = e->writes = 0;
    e->dropped = true;
}

static bool hold_tensor(lun_queue *q, lun_queued *e, int k, lun_tensor *x, bool written)
{
    lun_tensor *own = lun_keep(lun_tensor_alias(x));
    e->slot[k] = -1;
    if (!own) return false;
    if (k < LUN_CALL_INPUTS) e->call.few[e->call.n_in++] = own;
    else e->call.few_out[e->call.n_out++] = own;
    if (lun_is_none(x) || ((x->flags & LUN_NUMBER) && !written)) return true;
    bool first = !x->storage->queued && x->storage->refs == 2 && k >= LUN_CALL_INPUTS;
    e->slot[k] = lun_queue_hold(q, x->storage);
    if (e->slot[k] < 0) return false;
    e->held |= 1U << k;
    e->writes |= (unsigned)written << k;
    if (first) begin_fresh(&q->slots[e->slot[k]]);
    return true;
}

static lun_queued *next(lun_queue *q, const lun_call *c)
{
    if ((size_t)q->count == q->room && !lun_block_grow(&q->ops, &q->room, sizeof *q->ops, 64)) return NULL;
    lun_queued *e = &q->ops[q->count++];
    lun_call *own = &e->call;
    memcpy(own, c, offsetof(lun_call, params));
    memcpy(&own->params, &c->params, offsetof(lun_params, attr) + (size_t)c->params.count * sizeof *c->params.attr);
    memcpy(own->params.pool, c->params.pool, (size_t)c->params.used * sizeof *c->params.pool);
    own->n_in = own->n_out = 0;
    e->held = e->writes = 0;
    e->add_one = e->dropped = false;
    if (q->graph) q->graph->counts.queued++;
    return e;
}

/* The newest op is not to wait after all: storages that it was the first to hold have their data again. */
static void take_back(lun_queue *q, int slots)
{
    for (int i = slots; i < q->n_slots; i++) q->slots[i].storage->data = q->slots[i].data;
    lun_queued_done(&q->ops[--q->count]);
    q->n_slots = slots;
}

static bool wait_for_it(lun_queue *q, const lun_call *c)
{
    unsigned writes = written_by(c);
    bool inplace = writes & 1U, ok = true;
    int slots = q->n_slots;
    lun_queued *e = next(q, c);
    if (!e) return false;
    for (int i = 0; ok && i < c->n_in; i++) ok = hold_tensor(q, e, i, c->in[i], writes >> i & 1);
    for (int k = 0; ok && !inplace && k < c->n_out; k++) ok = hold_tensor(q, e, LUN_CALL_INPUTS + k, c->out[k], true);
    if (inplace && ok) { /* the result is in[0] itself */
        e->call.n_out = 1;
        e->call.few_out[0] = e->call.few[0];
        e->slot[LUN_CALL_INPUTS] = -1;
    }
    if (!ok) take_back(q, slots);
    return ok;
}

/* --- running --------------------------------------------------------------------------------------------------------------------- */

bool lun_queued_memory(const lun_queue *q, const lun_queued *e)
{
    for (unsigned left = e->writes; left; left &= left - 1)
        if (!memory_of(q->slots[e->slot[lun_lowest(left)]].storage)) return false;
    return true;
}

const lun_backend *lun_queue_home(lun_device device) { return home[device.type] ? home[device.type] : lun_backends[device.type]; }

static const lun_backend *home_of(const lun_call *c) { return lun_queue_home(lun_tensor_device(c->out[0])); }

/* By the device's own kernel, now. */
static bool run_home(lun_call *c)
{
    const lun_backend *b = home_of(c);
    if (b->begin && !b->begin(lun_tensor_device(c->out[0]).index, c)) return false;
    return b->kernel[c->op->id](c);
}

static bool add_one(lun_tensor *x)
{
    int64_t *v = lun_data(x);
    for (int64_t i = 0; i < x->numel; i++) v[i]++;
    return true;
}

bool lun_queued_run(const lun_queue *q, lun_queued *e)
{
    lun_context *ctx = lun_context_get();
    lun_call *c = &e->call;
    if (!lun_queued_memory(q, e)) return false;
    if (e->add_one) return add_one(c->few[0]);
    bool was = ctx->uninterruptible;
    ctx->uninterruptible = was || (e->writes & 1U);
    c->in = c->few;
    c->out = c->few_out;
    bool ok = run_home(c);
    ctx->uninterruptible = was;
    if (!ok && !ctx->error.op[0]) snprintf(ctx->error.op, sizeof ctx->error.op, "%s%s", c->op->name, c->inplace ? "_" : "");
    return ok;
}

/* What did not run waits on, in the same order. */
static void wait_on(lun_queue *q)
{
    int left = 0;
    for (int i = 0; i < q->count; i++) {
        if (q->ops[i].dropped) continue;
        lun_queued *e = &q->ops[left++];
        if (e != &q->ops[i]) *e = q->ops[i];
        for (unsigned held = e->held; held; held &= held - 1) lun_queued_tensor(e, lun_lowest(held))->storage->queued = 0;
    }
    q->count = left;
    q->n_slots = 0;
    for (int i = 0; i < left; i++) {
        lun_queued *e = &q->ops[i];
        for (unsigned held = e->held; held; held &= held - 1) { /* there is room: these slots were there before */
            int k = lun_lowest(held);
            e->slot[k] = lun_queue_hold(q, lun_queued_tensor(e, k)->storage);
        }
    }
}

static void collect_if_worth_it(const lun_queue *q)
{
    size_t bytes = 0;
    for (int i = 0; i < q->n_slots; i++) {
        const lun_storage *s = q->slots[i].storage;
        if (q->slots[i].fresh && s->refs > s->queued) bytes += s->bytes;
    }
    if (collect_garbage && bytes >= WORTH_COLLECTING) collect_garbage();
}

static void go_home(lun_queue *q);

bool lun_graph_run(void)
{
    lun_queue *q = &queue;
    if (!q->count || q->busy) return true;
    if (q->count > 1) collect_if_worth_it(q); /* finalizers may run ops, even this queue */
    if (!q->count) return true;
    q->busy++;
    show(q);
    lun_storage *ends[LUN_LONGEST_CHAIN];
    int held = lun_chain_hold_ends(q, ends);
    bool ok = lun_plan_run(q);
    while (held) lun_storage_drop(ends[--held]);
    if (ok) q->count = q->n_slots = 0;
    else wait_on(q);
    q->busy--;
    if (ok) go_home(q);
    else if (lun_error_get()->code == LUN_E_INTERRUPT) lun_interrupt_clear();
    return ok;
}

/* An op that cannot run is given up; what it should have written is zeros, or as it was. */
static void give_up(lun_queue *q, lun_queued *e)
{
    for (unsigned held = e->held; held; held &= held - 1) {
        lun_slot *slot = &q->slots[e->slot[lun_lowest(held)]];
        slot->storage->data = slot->data;
        memory_or_zeros(slot->storage);
        slot->data = slot->storage->data;
    }
    lun_queued_done(e);
}

static void run_all(lun_queue *q)
{
    lun_context *ctx = lun_context_get();
    bool was = ctx->uninterruptible;
    ctx->uninterruptible = true;
    while (!q->busy && q->count && !lun_graph_run()) give_up(q, &q->ops[0]);
    ctx->uninterruptible = was;
}

/* Who reads memory cannot be told of a failure: an interrupt waits, and where there is no memory are zeros and a pending error. */
static void *read_now(lun_storage *s)
{
    run_all(&queue);
    if (!s->data) memory_or_zeros(s);
    return s->data;
}

/* --- the door's other table ------------------------------------------------------------------------------------------------------ */

static bool may_wait(const lun_queue *q, const lun_call *c)
{
    bool listened = lun_queue_is_watched();
    if (q->busy || !q->depth) return false;
    if (!listened && lun_queue_may_hold(c)) return true;
    lun_graph_counts *counts = &q->graph->counts;
    if (listened && !counts->watched)
        lun_device_notice("compile: a debugger or a profiler is armed, so the ops of the compiled function run one by one (said once)");
    *(listened ? &counts->watched : &counts->at_once) += 1;
    if (!listened) counts->reason = c->op->name;
    return false;
}

static void leave_home(lun_queue *q);

static bool begins_chain(lun_call *c)
{
    lun_queue *q = &queue;
    if (q->busy || q->depth || q->count || !lun_chain_takes(c)) return false;
    leave_home(q);
    q->graph = &lun_chains;
    if (!wait_for_it(q, c)) go_home(q); /* an error is pending */
    return true;
}

static bool arrive(lun_call *c)
{
    lun_queue *q = &queue;
    if (may_wait(q, c) || lun_chain_continues(q, c)) return (q->count < MOST || lun_graph_run()) && wait_for_it(q, c);
    if (!q->busy && !lun_graph_run()) return false;
    if (begins_chain(c)) return !lun_failed();
    q->busy++;
    bool ok = run_home(c);
    q->busy--;
    return ok;
}

/* A device's own beginning comes when the kernel runs; an op that has none there (core/device.h) begins now. */
static bool arrive_begin(int index, const lun_call *c)
{
    const lun_backend *b = home[LUN_CUDA];
    return b->kernel[c->op->id] ? true : (queue.busy || lun_graph_run()) && b->begin(index, c);
}

static bool arrive_synchronize(int index) { return (queue.busy || lun_graph_run()) && home[LUN_CUDA]->synchronize(index); }

/* Positions in a result that waits are counted from 1 when they are there. */
static bool arrive_add_one(lun_tensor *x)
{
    lun_queue *q = &queue;
    if (q->busy || !x->storage->queued) return add_one(x);
    lun_call c;
    int slots = q->n_slots;
    lun_call_begin(&c, lun_op_at(LUN_OP_copy_));
    lun_queued *e = next(q, &c);
    if (!e) return false;
    e->add_one = true;
    bool ok = hold_tensor(q, e, 0, x, true);
    if (!ok) take_back(q, slots);
    return ok;
}

/* The table of a device's type, when there is one. */
static void prepare(lun_device_type type)
{
    const lun_backend *own = home[type] = lun_backends[type];
    if (!own) return;
    lazy[type] = *own;
    for (int i = 0; i < LUN_OP_COUNT; i++) lazy[type].kernel[i] = own->kernel[i] ? arrive : NULL;
    if (type != LUN_CPU) {
        lazy[type].begin = arrive_begin;
        lazy[type].synchronize = arrive_synchronize;
    }
}

static void prepare_all(void)
{
    for (int type = 0; type < LUN_DEVICE_TYPES; type++) prepare((lun_device_type)type);
    lun_able_start();
    lazy[LUN_CPU].add_one = arrive_add_one;
    lun_storage_wait = read_now;
}

/* The tables are the lazy ones while any thread is away; other threads' kernels pass through them. */
static void set_away(lun_queue *q, bool away)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int threads;
    if (q->away == away) return;
    q->away = away;
    pthread_mutex_lock(&lock);
    threads += away ? 1 : -1;
    if (!home[LUN_CUDA] && lun_backends[LUN_CUDA]) prepare(LUN_CUDA); /* which was opened since */
    for (int type = 0; type < LUN_DEVICE_TYPES; type++)
        if (home[type]) lun_backends[type] = threads ? &lazy[type] : home[type];
    pthread_mutex_unlock(&lock);
}

static void get_ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare_all);
}

static void leave_home(lun_queue *q)
{
    get_ready();
    set_away(q, true);
}

static void go_home(lun_queue *q)
{
    if (!q->depth && !q->count) set_away(q, false);
}

bool lun_graph_enter(lun_graph *g)
{
    lun_queue *q = &queue;
    if (!q->depth && !lun_graph_run()) return false;
    leave_home(q);
    if (!q->depth++) q->graph = g;
    q->graph->counts.calls += q->depth == 1;
    return true;
}

void lun_graph_leave(void)
{
    queue.depth--;
    go_home(&queue);
}

void lun_graph_free(lun_graph *g)
{
    if (queue.graph == g) run_all(&queue);
    if (queue.graph == g) queue.graph = NULL;
    if (!queue.depth && !queue.count) { /* a thread that ends leaves nothing behind */
        lun_block_put(queue.ops, queue.room * sizeof *queue.ops);
        lun_block_put(queue.slots, queue.slot_room * sizeof *queue.slots);
        queue.ops = NULL;
        queue.slots = NULL;
        queue.room = queue.slot_room = 0;
        queue.n_slots = 0;
    }
    lun_plans_free(g);
    lun_constants_free(g);
}

bool lun_graph_chains(int64_t elements)
{
    if (!lun_graph_run()) return false;
    get_ready();
    lun_chains.passes = elements < INT64_MAX ? LUN_PASS_FUSE : 0;
    lun_op_waits = (lun_waiting){begins_chain, elements};
    if (!lun_chains.passes) lun_graph_free(&lun_chains);
    return true;
}
