/* graph.cu - recording a piece of work once and replaying it in one launch
 *
 * While a graph is recorded nothing is done; the driver notes launches and copies. What they use must stay where it is: new tensors come
 * from an arena of the graph's own, storages from outside are kept by it, small constants are copied into its pinned memory.
 * Holds: what would wait, and values of the host that change from run to run, are refused with a reason.
 * Read next: kernels/cuda/replay.h, lib/cuda.lua. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/replay.h"
#include "kernels/cuda/state.h"

#include <stdlib.h>
#include <string.h>

static const size_t chunk_bytes = 64 * 1024, constant_bytes = 16; /* larger ones of the program itself are refused */

struct chunk { chunk *next; char *data; size_t used, bytes; };

struct lun_cuda_graph {
    lun_cuda_graph *next;        /* dropped, but another one is being recorded: freed after that */
    lun_cuda_device *device;
    cudaGraphExec_t exec;
    lun_cuda_arena *arena;
    lun_storage **kept;
    int kept_count, kept_room;
    chunk *constants;
    lun_replay *replay;          /* on the device */
    bool replay_used;            /* some kernel reads it */
    const lun_op *changing;      /* the last call must read it */
    bool asked;                  /* and has done so */
    lun_generator before;        /* where random numbers stood when recording began */
    uint64_t groups;             /* how many groups of four one run draws */
    int64_t count;
};

/* --- what may be part of it --------------------------------------------------------------------------------------------------- */

bool lun_cuda_graph_allows(const lun_cuda_device *d, const char *what)
{
    if (!d->recording) return true;
    return lun_fail(LUN_E_ARGUMENT, "do it before or after the graph; g() gives tensors whose values can be read",
                    "%s cannot be part of a CUDA graph: while it is recorded nothing is computed", what), false;
}

extern "C" const lun_replay *lun_cuda_replay(void)
{
    lun_cuda_graph *g = lun_cuda_here()->recording;
    if (!g) return NULL;
    g->asked = g->replay_used = true;
    return g->replay;
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

bool lun_cuda_graph_takes(lun_cuda_device *d, const lun_call *c)
{
    lun_cuda_graph *g = d->recording;
    if (!changes_ok(g)) return false;
    g->changing = (c->op->flags & LUN_OP_RANDOM) || c->op->id == LUN_OP_adam_step_ ? c->op : NULL;
    g->asked = false;
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

void *lun_cuda_graph_begin(int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !lun_cuda_graph_allows(d, "another graph") || !lun_cuda_wait(d)) return NULL;
    if (lun_cuda_stream_number(d))
        return lun_fail(LUN_E_ARGUMENT, "record it outside of lun.cuda.stream", "a graph is recorded on the device's own stream");
    lun_cuda_graph *g = (lun_cuda_graph *)calloc(1, sizeof *g);
    if (!g) return lun_fail(LUN_E_MEMORY, NULL, "no memory for a graph");
    g->device = d;
    g->before = lun_context_get()->generator;
    g->replay = (lun_replay *)lun_cuda_get(sizeof *g->replay, index);
    bool ok = g->replay && (g->arena = lun_cuda_arena_open(d)) &&
              lun_cuda_check(cudaStreamBeginCapture(d->stream, cudaStreamCaptureModeRelaxed), "record a graph");
    if (ok) {
        d->recording = g;
        return g;
    }
    lun_cuda_graph_free(g);
    return NULL;
}

/* Recording has drawn no number and made no step: the program stands where it stood. */
static void restore_generator(lun_cuda_graph *g)
{
    lun_context *ctx = lun_context_get();
    if (ctx->generator.seed == g->before.seed) g->groups = ctx->generator.offset - g->before.offset;
    ctx->generator = g->before;
}

static cudaError_t stop_recording(lun_cuda_graph *g, cudaGraph_t *graph)
{
    g->device->recording = NULL;
    lun_cuda_arena_leave(g->device);
    restore_generator(g);
    return cudaStreamEndCapture(g->device->stream, graph);
}

bool lun_cuda_graph_end(void *graph, bool wanted)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    cudaGraph_t recorded = NULL;
    if (!lun_cuda_use(g->device->index) || g->device->recording != g) return false;
    bool ok = wanted && changes_ok(g);
    cudaError_t result = stop_recording(g, &recorded);
    ok = ok && lun_cuda_check(result, "record a graph") && lun_cuda_check(cudaGraphInstantiate(&g->exec, recorded, 0), "make a graph");
    if (recorded) cudaGraphDestroy(recorded);
    cudaGetLastError(); /* what was recorded in vain is no error of whoever comes next */
    return ok;
}

bool lun_cuda_graph_replay(void *graph)
{
    lun_cuda_graph *g = (lun_cuda_graph *)graph;
    lun_cuda_device *d = lun_cuda_use(g->device->index);
    if (!d || !lun_cuda_graph_allows(d, "another graph")) return false;
    if (!g->exec) return lun_fail(LUN_E_ARGUMENT, NULL, "the graph was not recorded"), false;
    lun_generator now = lun_generator_take(4 * g->groups);
    lun_replay replay = {g->count++, now.seed, now.offset - g->before.offset};
    if (g->replay_used && !lun_cuda_from_host(g->replay, &replay, sizeof replay, d->index)) return false;
    return lun_cuda_gather(d) && lun_cuda_check(cudaGraphLaunch(g->exec, d->stream), "replay a graph") && lun_cuda_spread(d) &&
           (!lun_cuda_is_blocking() || lun_cuda_wait(d));
}

static lun_cuda_graph *dropped;

static void free_graph(lun_cuda_graph *g)
{
    lun_cuda_device *d = g->device;
    bool alive = !d->lost && !lun_cuda_forked();
    if (alive && g->exec) {
        cudaStreamSynchronize(d->stream); /* a replay may still be running */
        cudaGraphExecDestroy(g->exec);
    }
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
    cudaGraph_t recorded = NULL;
    if (d->recording == g && stop_recording(g, &recorded) == cudaSuccess && recorded) cudaGraphDestroy(recorded);
    g->next = dropped;
    dropped = g;
    for (int i = 0; i < LUN_CUDA_DEVICES; i++)
        if (lun_cuda_started(i) && lun_cuda_started(i)->recording) return;
    while ((g = dropped)) {
        dropped = g->next;
        free_graph(g);
    }
}
