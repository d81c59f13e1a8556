/* steps.cu - the numbers of optimisers' steps that were recorded in a graph: rates and their like follow the program from replay to replay
 *
 * Each recorded step has a slot in the device's memory that its kernel reads instead of what it was launched with. Before a replay the
 * program runs the optimisers' Lua again in a mode in which their ops only leave their attributes here (collecting); what differs from
 * last time is copied to the device, queued like all work. Adam's step number is kept less the replays so far, which the kernel adds,
 * so that it is not copied each time.
 * Holds: a slot's call must be the one that was recorded, with the same tensors and flags.
 * Read next: kernels/cuda/graph.cu, kernels/cuda/optim.cu, lib/cuda/recording.lua. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/steps.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 128, TENSORS = 4 };

struct slot { const lun_op *op; const void *tensor[TENSORS]; uint8_t flags; };
struct block {
    block *next;
    double (*on_device)[LUN_STEP_NUMBERS];
    double numbers[SLOTS][LUN_STEP_NUMBERS];
    slot slots[SLOTS];
    int used;
    bool changed;
};
struct lun_cuda_steps { block *first, *last; int index, count, next; };

static block *add_block(lun_cuda_steps *s)
{
    block *b = (block *)calloc(1, sizeof *b);
    if (!b) return (block *)lun_fail(LUN_E_MEMORY, NULL, "no memory for the graph's records");
    if (!(b->on_device = (double(*)[LUN_STEP_NUMBERS])lun_cuda_get(sizeof b->numbers, s->index))) return free(b), (block *)NULL;
    if (s->last) s->last->next = b;
    else s->first = b;
    return s->last = b;
}

static void read_call(const lun_call *c, int64_t replays, double *numbers, slot *s)
{
    s->op = c->op;
    s->flags = 0;
    for (int k = 0; k < LUN_STEP_NUMBERS; k++) {
        const bool there = k < c->params.count, flag = there && c->params.attr[k].kind == LUN_ATTR_BOOL;
        numbers[k] = there && !flag ? lun_param_float(&c->params, k, 0) : 0;
        if (flag && lun_param_bool(&c->params, k, false)) s->flags |= (uint8_t)(1u << k);
    }
    if (c->op->id == LUN_OP_adam_step_) numbers[0] -= (double)replays; /* the kernel adds them */
    for (int i = 0; i < TENSORS; i++) /* the gradient (1) may be one that is made in the graph */
        s->tensor[i] = i != 1 && i < c->n_in && !lun_is_none(c->in[i]) ? lun_data(c->in[i]) : NULL;
}

bool lun_cuda_steps_add(lun_cuda_steps **steps, const lun_call *c, int index, const double **numbers)
{
    if (!*steps && !(*steps = (lun_cuda_steps *)calloc(1, sizeof **steps)))
        return lun_fail(LUN_E_MEMORY, NULL, "no memory for the graph's records"), false;
    lun_cuda_steps *s = *steps;
    s->index = index;
    if (c->op->id == LUN_OP_sgd_step_ && lun_param_bool(&c->params, 5, false))
        return lun_fail(LUN_E_ARGUMENT, "call optimizer:step() once before the graph is made",
                        "the first step with momentum cannot be part of a CUDA graph: each replay would be a first one"), false;
    block *b = s->last && s->last->used < SLOTS ? s->last : add_block(s);
    if (!b) return false;
    const int at = b->used++;
    read_call(c, 0, b->numbers[at], &b->slots[at]);
    b->changed = true;
    s->count++;
    *numbers = b->on_device[at];
    return true;
}

int lun_cuda_steps_count(const lun_cuda_steps *s) { return s ? s->count : 0; }

void lun_cuda_steps_from(lun_cuda_steps *s, int first) { s->next = first; }

static bool differs(const slot *was, const slot *is)
{
    if (was->op == is->op && !memcmp(was->tensor, is->tensor, sizeof is->tensor) && was->flags == is->flags) return false;
    const bool same = was->op == is->op && !memcmp(was->tensor, is->tensor, sizeof is->tensor);
    return lun_fail(LUN_E_ARGUMENT, "make the graph again: g = lun.cuda.graph(f)", same ? "an option of the optimiser that is true or false has "
                    "changed since the CUDA graph was recorded" : "the optimiser's parameters or state are other tensors than when the CUDA "
                    "graph was recorded"), true;
}

bool lun_cuda_steps_take(lun_cuda_steps *s, const lun_call *c, int64_t replays)
{
    double numbers[LUN_STEP_NUMBERS];
    slot is;
    int at = s->next++;
    block *b = s->first;
    for (; b && at >= SLOTS; b = b->next) at -= SLOTS;
    read_call(c, replays, numbers, &is);
    if (!b || at >= b->used) return lun_fail(LUN_E_INTERNAL, NULL, "the optimiser makes more steps than were recorded"), false;
    if (differs(&b->slots[at], &is)) return false;
    if (!memcmp(b->numbers[at], numbers, sizeof numbers)) return true;
    memcpy(b->numbers[at], numbers, sizeof numbers);
    return b->changed = true;
}

bool lun_cuda_steps_send(lun_cuda_steps *s)
{
    for (block *b = s ? s->first : NULL; b; b = b->next) {
        if (!b->changed) continue;
        if (!lun_cuda_from_host(b->on_device, b->numbers, (size_t)b->used * sizeof *b->numbers, s->index)) return false;
        b->changed = false;
    }
    return true;
}

void lun_cuda_steps_free(lun_cuda_steps *s)
{
    for (block *b = s ? s->first : NULL, *next; b; b = next) {
        next = b->next;
        lun_cuda_put(b->on_device, sizeof b->numbers, s->index);
        free(b);
    }
    free(s);
}
