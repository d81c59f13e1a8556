/* graph.cu - recording a piece of work once and replaying it in one launch
 *
 * While a graph is recorded nothing is done; the driver notes launches and copies. What they use must stay where it is: new tensors come
 * from an arena of the graph's own, storages from outside are kept by it, small constants are copied into its pinned memory. A graph has
 * several parts, one launch each, where the program runs something in Lua in between.
 * Holds: what would wait, and values of the host that change from run to run, are refused with a reason.
 * Read next: kernels/cuda/replay.h, kernels/cuda/steps.cu, kernels/cuda/leaves.cu, lib/cuda.lua. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/leaves.h"
#include "kernels/cuda/steps.h"
extern "C" {
#include "core/hook.h"
}

#include <stdlib.h>
#include <string.h>

static const size_t chunk_bytes = 64 * 1024, constant_bytes = 16; /* larger ones of the program itself are refused */

struct chunk { chunk *next; char *data; size_t used, bytes; };

struct part {
    cudaGraphExec_t exec;
    lun_generator before; /* where random numbers stood when its recording began */
    uint64_t groups;      /* how many groups of four one run draws */
};

struct lun_cuda_graph {
    lun_cuda_graph *next;        /* dropped, but another one is being recorded: freed after that */
    lun_cuda_device *device;
    part *parts;                 /* the last one may be in the making */
    int parts_count;
    lun_cuda_arena *arena;
    lun_storage **kept;
    int kept_count, kept_room;
    chunk *constants;
    lun_replay *replay;          /* on the device */
    bool replay_used;            /* some kernel reads it */
    const lun_op *changing;      /* the last call must read it */
    bool asked;                  /* and has done so */
    lun_cuda_steps *steps;       /* NULL until an optimiser's step is recorded */
    lun_cuda_leaves *leaves;
    int64_t count;               /* replays begun */
};

/* --- what may be part of it --------------------------------------------------------------------------------------------------- */

bool lun_cuda_graph_allows(const lun_cuda_device *d, const char *what)
{
    if (!d->recording) return true;
    return lun_fail(LUN_E_ARGUMENT, "do it before or after the graph, or in lun.cuda.outside(function() ... end)",
                    "%s cannot be part of a CUDA graph: while it is recorded nothing is computed", what), false;
}

static __thread const lun_cuda_device *here; /* whose graph this thread records */

bool lun_cuda_graph_here(const lun_cuda_device *d) { return here == d; }

extern "C" const lun_replay *lun_cuda_replay(void)
{
    lun_cuda_graph *g = lun_cuda_here()->recording;
    if (!g) return NULL;
    g->asked = g->replay_used = true;
    return g->replay;
}

extern "C" bool lun_cuda_step_of(const lun_call *c, lun_step *step, bool *taken)
{
    lun_cuda_device *d = lun_cuda_here();
    lun_cuda_graph *g = d->collecting;
    *step = lun_step{};
    *taken = g != NULL;
    if (g) return lun_cuda_steps_take(g->steps, c, g->count);
    step->replay = lun_cuda_replay();
    return !step->replay || lun_cuda_steps_add(&d->recording->steps, c, d->index, &step->numbers);
}

static bool keep(lun_cuda_graph *g, lun_storage *s)
{
    if (lun_cuda_arena_has(g->device, g->arena, s->data)) return true; /* lives as long as the graph anyway */
    for (int i = g->kept_count; i-- > 0;)
        if (g->kept[i] == s) return true;
    if (g->kept_count == g->kept_room) {
        int room = g->kept_room ? 2 * g->kept_room : 64;
        lun_storage **more = (lun_storage **)realloc(g->kept, (size_t)room * sizeof *more);
        if (!more) return lun_fail(LUN_E_MEMORY, NULL, "no memory for the graph's records"), false;
        g->kept = more;
        g->kept_room = room;
    }
    lun_storage_keep(s);
    g->kept[g->kept_count++] = s;
    return true;
}

/* A kernel that draws or counts and knows nothing of replays would do the same each time. */
static bool changes_ok(const lun_cuda_graph *g)
{
    if (!g->changing || g->asked) return true;
    return lun_fail(LUN_E_ARGUMENT, "leave it out of the graph", "%s would give the same in every replay of a CUDA graph", g->changing->name),
           false;
}

/* What comes before the next such call may be a part of this one. */
static bool note_changing(lun_cuda_graph *g, const lun_call *c)
{
    const bool random = (c->op->flags & LUN_OP_RANDOM) != 0;
    const lun_generator *from = &g->parts[g->parts_count - 1].before;
    if (!random && c->op->id != LUN_OP_adam_step_) return true;
    if (!changes_ok(g)) return false;
    if (random && (c->generator.seed != from->seed || c->generator.offset < from->offset))
        return lun_fail(LUN_E_ARGUMENT, "call lun.manual_seed before g(): replays go on from there",
                        "the seed cannot be set in the middle of a CUDA graph"), false;
    g->changing = c->op;
    g->asked = false;
    return true;
}

bool lun_cuda_graph_takes(lun_cuda_device *d, const lun_call *c)
{
    lun_cuda_graph *g = d->recording;
    if (!note_changing(g, c)) return false;
    for (int i = 0; i < c->n_in; i++)
        if (!lun_is_none(c->in[i]) && lun_tensor_device(c->in[i]).type == LUN_CUDA && !keep(g, c->in[i]->storage)) return false;
    return true;
}

const void *lun_cuda_graph_constant(lun_cuda_device *d, const void *host, size_t bytes)
{
    lun_cuda_graph *g = d->recording;
    const lun_context *ctx = lun_context_get();
    if (bytes > constant_bytes && !ctx->depth && !ctx->backward_node) /* the program's own: it will want to bring other values each time */
        return lun_fail(LUN_E_ARGUMENT, "make a tensor on the device before, and put new values there: input:copy_(batch)",
                        "a tensor from the CPU cannot be part of a CUDA graph: replays would see its values of now");
    chunk *c = g->constants;
    if (!c || c->bytes - c->used < bytes) {
        void *data = NULL;
        c = (chunk *)calloc(1, sizeof *c);
        size_t room = bytes > chunk_bytes ? bytes : chunk_bytes;
        if (!c || !lun_cuda_check(cudaHostAlloc(&data, room, cudaHostAllocDefault), "pin memory for a graph")) return free(c), (void *)NULL;
        *c = chunk{g->constants, (char *)data, 0, room};
        g->constants = c;
    }
    void *at = c->data + c->used;
    memcpy(at, host, bytes);
    c->used += (bytes + 255) / 256 * 256;
    if (c->used > c->bytes) c->used = c->bytes;
    return at;
}

/* --- recording ---------------------------------------------------------------------------------------------------------------- */

static bool begin_part(lun_cuda_graph *g)
{
    part *more = (part *)realloc(g->parts, (size_t)(g->parts_count + 1) * sizeof *more);
    if (!more) return lun_fail(LUN_E_MEMORY, NULL, "no memory for a graph"), false;
    g->parts = more;
    if (!lun_cuda_check(cudaStreamBeginCapture(g->device->stream, cudaStreamCaptureModeRelaxed), "record a graph")) return false;
    g->parts[g->parts_count++] = part{NULL, lun_context_get()->generator, 0};
    return true;
}

static bool end_part(lun_cuda_graph *g, bool wanted)
{
    part *p = &g->parts[g->parts_count - 1];
    const lun_context *ctx = lun_context_get();
    cudaGraph_t recorded = NULL;
    cudaError_t result = cudaStreamEndCapture(g->device->stream, &recorded);
    bool ok = wanted && lun_cuda_check(result, "record a graph");
    if (ctx->generator.seed == p->before.seed) p->groups = ctx->generator.offset - p->before.offset;
    ok = ok && lun_cuda_check(cudaGraphInstantiate(&p->exec, recorded, 0), "make a graph");
    if (result == cudaSuccess && recorded) cudaGraphDestroy(recorded);
    return ok;
}

void *lun_cuda_graph_begin(int index)
{
    if (index < 0) index = lun_cuda_last_used() < 0 ? 0 : lun_cuda_last_used();
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !lun_cuda_graph_allows(d, "another graph") || !lun_cuda_wait(d)) return NULL;
    if (lun_cuda_stream_number(d))
        return lun_fail(LUN_E_ARGUMENT, "record it outside of lun.cuda.stream", "a graph is recorded on the device's own stream");
    lun_cuda_graph *g = (lun_cuda_graph *)calloc(1, sizeof *g);
    if (!g) return lun_fail(LUN_E_MEMORY, NULL, "no memory for a graph");
    g->device = d;
    g->replay = (lun_replay *)lun_cuda_get(sizeof *g->replay, index);
    if (g->replay && (g->leaves = lun_cuda_leaves_begin()) && (g->arena = lun_cuda_arena_open(d)) && begin_part(g)) {
        d->recording = g;
        here = d;
        return g;
    }
    if (g->arena) lun_cuda_arena_leave(d);
    lun_cuda_graph_free(g);
    return NULL;
}

/* Recording has drawn no number and made no step: the program stands where it stood. */
static bool stop_recording(lun_cuda_graph *g, bool wanted)
{
    g->device->recording = NULL;
    here = NULL;
    lun_cuda_arena_leave(g->device);
    lun_cuda_leaves_end(g->leaves);
    const bool ok = end_part(g, wanted);
    lun_context_get()->generator = g->parts[0].before;
    cudaGetLastError(); /* what was recorded in vain is no error of whoever comes next */
    return ok;
}

bool lun_cuda_graph_end(void *graph, bool wanted)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    if (!lun_cuda_use(g->device->index) || g->device->recording != g) return false;
    const bool ok = wanted && changes_ok(g);
    return stop_recording(g, ok) && ok;
}

bool lun_cuda_graph_cut(void *graph)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    return changes_ok(g) && end_part(g, true) && begin_part(g);
}

int lun_cuda_graph_steps(void *graph) { return lun_cuda_steps_count(((lun_cuda_graph *)graph)->steps); }

bool lun_cuda_graph_collect(void *graph, int first)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    lun_cuda_device *d = lun_cuda_use(g->device->index);
    if (!d || (first >= 0 && !lun_cuda_graph_allows(d, "another graph"))) return false;
    static __thread unsigned held; /* nobody stops at ops that are not run */
    lun_arm(held);
    held = 0;
    d->collecting = first >= 0 && g->steps ? g : NULL;
    if (!d->collecting) return true;
    lun_cuda_steps_from(g->steps, first);
    held = lun_context_get()->armed & ~(unsigned)(LUN_ARMED_INTERRUPT | LUN_ARMED_MESSAGE | LUN_ARMED_UNWIND);
    lun_disarm(held);
    return true;
}

bool lun_cuda_graph_replay(void *graph, int number)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    lun_cuda_device *d = lun_cuda_use(g->device->index);
    if (!d || !lun_cuda_graph_allows(d, "another graph")) return false;
    const bool first = number == 0, last = number + 1 == g->parts_count;
    const part *p = number < g->parts_count ? &g->parts[number] : NULL;
    if (!p || !p->exec) return lun_fail(LUN_E_ARGUMENT, NULL, "the graph was not recorded"), false;
    lun_generator now = lun_generator_take(4 * p->groups);
    if (first) g->count++;
    lun_replay replay = {g->count - 1, now.seed, now.offset - p->before.offset};
    if (g->replay_used && !lun_cuda_from_host(g->replay, &replay, sizeof replay, d->index)) return false;
    return lun_cuda_steps_send(g->steps) && (!first || lun_cuda_leaves_before(g->leaves)) && lun_cuda_gather(d) &&
           lun_cuda_check(cudaGraphLaunch(p->exec, d->stream), "replay a graph") && lun_cuda_spread(d) &&
           (!last || lun_cuda_leaves_after(g->leaves)) && (!lun_cuda_is_blocking() || lun_cuda_wait(d));
}

static lun_cuda_graph *dropped;

static void free_graph(lun_cuda_graph *g)
{
    lun_cuda_device *d = g->device;
    bool alive = !d->lost && !lun_cuda_forked();
    if (alive && g->count) cudaStreamSynchronize(d->stream); /* a replay may still be running */
    for (int k = 0; alive && k < g->parts_count; k++)
        if (g->parts[k].exec) cudaGraphExecDestroy(g->parts[k].exec);
    free(g->parts);
    lun_cuda_steps_free(g->steps);
    lun_cuda_leaves_free(g->leaves);
    for (int i = 0; i < g->kept_count; i++) lun_storage_drop(g->kept[i]);
    free(g->kept);
    for (chunk *c = g->constants, *next; c; c = next) {
        next = c->next;
        if (alive) cudaFreeHost(c->data);
        free(c);
    }
    if (g->replay) lun_cuda_put(g->replay, sizeof *g->replay, d->index);
    if (g->arena) lun_cuda_arena_close(d, g->arena);
    free(g);
}

/* Freeing waits, which would spoil a recording: Lua's collector may come at any time. */
void lun_cuda_graph_free(void *graph)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    lun_cuda_device *d = g->device;
    if (d->recording == g) stop_recording(g, false);
    g->next = dropped;
    dropped = g;
    for (int i = 0; i < LUN_CUDA_DEVICES; i++)
        if (lun_cuda_started(i) && lun_cuda_started(i)->recording) return;
    while ((g = dropped)) {
        dropped = g->next;
        free_graph(g);
    }
}
