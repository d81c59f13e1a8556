/* blocks.c - the block interpreter: runs a group of elementwise ops over blocks of 1024 elements
 *
 * Pieces go to the pool's threads; a piece goes block by block, a block op by op. Half precision and other dtypes than a loop's are
 * converted on the way in and out of each op, so a value is rounded where an eager run rounds it.
 * Holds: an element's value depends on its own inputs only, so the cut into pieces and blocks changes no bit.
 * Read next: kernels/cpu/map.h. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "graph/plan.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/reduce_plan.h"
#include "kernels/threads.h"

#include <string.h>

enum { BLOCK = 1024, WIDEST = 8 };

typedef struct job {
    const lun_group *g;
    int64_t piece;
    lun_iter it;                                            /* operand 0: the group's shape; then what is gathered */
    char *data[LUN_GROUP_OPERANDS];                         /* FLAT: in memory; NULL: in its room */
    int gathered[LUN_GROUP_OPERANDS];                       /* its number in `it` */
    double params[LUN_GROUP_OPS][3];
    _Alignas(8) char single[LUN_GROUP_OPERANDS][WIDEST];
    lun_reduction sums[LUN_GROUP_SUMS];
    _Alignas(8) char states[LUN_GROUP_SUMS][2 * LUN_REDUCE_CHUNKS * LUN_REDUCE_CELL];
} job;

typedef struct rooms {
    _Alignas(64) char room[LUN_GROUP_ROOMS][BLOCK * WIDEST];
    _Alignas(64) char taken[LUN_MAP_INPUTS][BLOCK * WIDEST], made[BLOCK * WIDEST];
} rooms;

static void fill(char *room, const char *value, int64_t size)
{
    for (int64_t i = 0; i < BLOCK; i++) memcpy(room + i * size, value, (size_t)size);
}

static char *room_of(const job *j, rooms *r, const lun_group_operand *o) { return r->room[0] + o->room * j->g->room_bytes; }

/* Where each operand's block is. */
static void find_block(const job *j, rooms *r, int64_t from, int64_t n, char **at)
{
    for (int i = 0; i < j->g->n_operands; i++) {
        const lun_group_operand *o = &j->g->operands[i];
        if (o->form == LUN_FLAT) at[i] = j->data[i] ? j->data[i] + from * (int64_t)lun_dtype_size(o->dtype) : room_of(j, r, o);
        if (o->form == LUN_GATHERED) lun_gather(&j->it, j->gathered[i], from, n, at[i] = room_of(j, r, o));
    }
}

static void run_op(const job *j, rooms *r, const lun_group_op *op, int number, int64_t n, char **at)
{
    const lun_group_operand *out = &j->g->operands[op->out];
    const void *in[LUN_MAP_INPUTS];
    for (int k = 0; k < op->inputs; k++) {
        const lun_group_operand *o = &j->g->operands[op->in[k]];
        bool scalar = op->scalars >> k & 1;
        in[k] = scalar ? j->single[op->in[k]] : at[op->in[k]];
        if (scalar || o->dtype == op->map.reads[k]) continue;
        lun_convert(n, op->map.reads[k], r->taken[k], o->dtype, in[k]);
        in[k] = r->taken[k];
    }
    if (!op->map.loop) {
        lun_convert(n, out->dtype, at[op->out], op->map.reads[0], in[0]);
    } else if (out->dtype == op->map.writes) {
        op->map.loop(n, at[op->out], in, op->scalars, j->params[number]);
    } else {
        op->map.loop(n, r->made, in, op->scalars, j->params[number]);
        lun_convert(n, out->dtype, at[op->out], op->map.writes, r->made);
    }
}

/* The block's part of each sum. */
static void add_up(job *j, int64_t piece, int64_t from, int64_t n, char **at)
{
    for (int i = 0; i < j->g->n_sums; i++) {
        const lun_reduction *r = &j->sums[i];
        char *a = r->partial + piece * LUN_REDUCE_CELL, *b = a + r->chunks * LUN_REDUCE_CELL;
        int64_t before = from - piece * j->piece;
        if (!before) r->fold->begin(1, a, b);
        r->fold->run(n, at[j->g->sums[i].in], from, before, a, b);
    }
}

static void run_piece(int64_t p, void *argument)
{
    job *j = argument;
    const lun_group *g = j->g;
    rooms r;
    char *at[LUN_GROUP_OPERANDS];
    int64_t from = p * j->piece, end = from + j->piece < g->n ? from + j->piece : g->n;
    for (int i = 0; i < g->n_operands; i++) {
        const lun_group_operand *o = &g->operands[i];
        if (o->form == LUN_SINGLE && o->filled) fill(at[i] = room_of(j, &r, o), j->single[i], (int64_t)lun_dtype_size(o->dtype));
    }
    for (int64_t n; from < end; from += n) {
        n = end - from < BLOCK ? end - from : BLOCK;
        find_block(j, &r, from, n, at);
        for (int i = 0; i < g->n_ops; i++) run_op(j, &r, &g->ops[i], i, n, at);
        add_up(j, p, from, n, at);
    }
}

/* Values that are read, or that others will read, are in memory; the rest stays in its room. */
static void find_operands(lun_queue *q, job *j)
{
    const lun_group *g = j->g;
    const lun_tensor *shape = lun_queued_tensor(&q->ops[g->shape], LUN_CALL_INPUTS);
    int64_t strides[LUN_MAX_DIMS];
    lun_shape_strides(shape->ndim, shape->dims, strides);
    lun_iter_begin(&j->it, shape->ndim, shape->dims);
    lun_iter_add_memory(&j->it, NULL, LUN_U8, strides);
    for (int i = 0; i < g->n_operands; i++) {
        const lun_group_operand *o = &g->operands[i];
        const lun_tensor *x = lun_queued_tensor(&q->ops[o->op], o->tensor);
        j->data[i] = NULL;
        if (o->form == LUN_LATE) continue;
        if (o->form == LUN_SINGLE) lun_convert(1, o->dtype, j->single[i], (lun_dtype)x->dtype, lun_data(x));
        else if (o->form == LUN_GATHERED) {
            j->gathered[i] = j->it.count;
            lun_iter_add(&j->it, x);
        } else if (!o->inside || x->storage->refs > x->storage->queued) j->data[i] = lun_data(x);
        else if (q->graph) q->graph->counts.unwritten += lun_tensor_bytes(x);
    }
    lun_iter_merge(&j->it);
}

bool lun_group_run(lun_queue *q, const lun_group *g)
{
    job j; /* 4 KB, of which a group uses little */
    j.g = g;
    for (int i = 0; i < g->n_operands; i++) { /* memory for what is written and is not to stay in a room */
        const lun_group_operand *o = &g->operands[i];
        const lun_storage *s = o->slot < 0 ? NULL : q->slots[o->slot].storage;
        if (o->written && (!o->inside || s->refs > s->queued) && !lun_queued_memory(q, &q->ops[o->op])) return false;
    }
    find_operands(q, &j);
    for (int i = 0; i < g->n_ops; i++) lun_map_params(&q->ops[g->ops[i].op].call, &g->ops[i].map, j.params[i]);
    j.piece = lun_piece_size(g->n, g->cost);
    for (int i = 0; i < g->n_sums; i++) { /* pieces are the chunks of the sums, which all have as many elements */
        lun_reduce_whole(&q->ops[g->sums[i].op].call, &j.sums[i]);
        j.sums[i].partial = j.states[i];
        j.piece = j.sums[i].chunk;
    }
    if (!lun_parallel((g->n + j.piece - 1) / j.piece, run_piece, &j, g->cost * (double)g->n)) return lun_fail_interrupted();
    for (int i = 0; i < g->n_sums; i++) lun_reduce_join(&j.sums[i]);
    return true;
}
