/* launch.c - runs a group on a device: one launch, made by the device's backend
 *
 * Holds: on a device every result has memory from the start, so that a group can also be run op by op; what only the group uses is not
 * written. Read next: core/backend.h, kernels/cuda/fused.h. SPDX-License-Identifier: MIT
 */
#include "graph/plan.h"

/* Ops of the group that have run are given back one by one, so that who fails goes on from there. */
static bool run_one_by_one(lun_queue *q, const lun_group *g)
{
    for (int i = 0; i < g->n_ops; i++) {
        lun_queued *e = &q->ops[g->ops[i].op];
        if (!lun_queued_run(q, e)) return false;
        lun_queued_done(e);
    }
    return true;
}

bool lun_group_launch(lun_queue *q, lun_group *g, bool *fused)
{
    lun_fused_part parts[LUN_GROUP_OPS];
    lun_fused_operand operands[LUN_GROUP_OPERANDS];
    uint64_t unwritten = 0;
    for (int i = 0; i < g->n_operands; i++) {
        const lun_group_operand *o = &g->operands[i];
        const lun_tensor *x = lun_queued_tensor(&q->ops[o->op], o->tensor);
        bool kept = o->written && (!o->inside || x->storage->refs > x->storage->queued);
        operands[i] = (lun_fused_operand){.x = x, .flat = o->form == LUN_FLAT, .read = !o->made, .kept = kept};
        unwritten += o->written && !kept ? lun_tensor_bytes(x) : 0;
    }
    for (int i = 0; i < g->n_ops; i++) {
        const lun_group_op *op = &g->ops[i];
        parts[i] = (lun_fused_part){.call = &q->ops[op->op].call, .inputs = op->inputs, .out = op->out};
        for (int k = 0; k < op->inputs; k++) parts[i].in[k] = op->in[k];
    }
    const lun_tensor *shape = lun_queued_tensor(&q->ops[g->shape], LUN_CALL_INPUTS);
    lun_fused all = {g->n_ops, g->n_operands, parts, operands, shape, &g->program};
    if (!lun_queue_home(g->device)->run_fused(&all, fused)) return false;
    if (!*fused) return run_one_by_one(q, g);
    q->graph->counts.unwritten += unwritten;
    return true;
}
