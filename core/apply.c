/* apply.c - the door every op passes
 *
 * hook before -> mix dtypes -> infer -> check indices -> allocate -> run -> record -> hook after. In place: elementwise ops write
 * straight into their first argument, all others compute and then copy. Holds: a call that fails leaves its arguments as they
 * were. Read next: core/tape.c, kernels/cpu/backend.c. SPDX-License-Identifier: MIT
 */
#include "core/apply.h"

#include "core/alloc.h"
#include "core/backend.h"
#include "core/context.h"
#include "core/device.h"
#include "core/functional.h"
#include "core/hollow.h"
#include "core/index_check.h"
#include "core/mix.h"
#include "core/params.h"
#include "core/tape.h"
#include "core/views.h"

#include <stdio.h>
#include <string.h>

void lun_call_begin(lun_call *c, const lun_op *op)
{
    memset(c, 0, offsetof(lun_call, params));
    c->op = op;
    c->in = c->few;
    c->out = c->few_out;
    c->params.count = c->params.used = 0;
}

bool lun_call_input(lun_call *c, lun_tensor *x)
{
    int capacity = LUN_CALL_INPUTS;
    while (capacity < c->n_in) capacity *= 2;
    if (c->n_in == capacity) {
        lun_tensor **more = lun_block_get(2 * (size_t)capacity * sizeof *more);
        if (!more) return false;
        memcpy(more, c->in, (size_t)c->n_in * sizeof *more);
        lun_call_end(c);
        c->in = more;
    }
    c->in[c->n_in++] = x;
    return x != NULL;
}

/* A list longer than few_out lives in a scoped tensor's memory, so it goes with the results it names. */
bool lun_call_output(lun_call *c, lun_tensor *x)
{
    int64_t capacity = LUN_MAX_OUT;
    c->list = true;
    while (capacity < c->n_out) capacity *= 2;
    if (c->n_out == capacity) {
        capacity *= 2;
        lun_tensor *room = lun_tensor_empty(LUN_I64, 1, &capacity, (lun_device){LUN_CPU, 0});
        if (!room) return false;
        c->out = memcpy(lun_data(room), c->out, (size_t)c->n_out * sizeof(lun_tensor *));
    }
    c->out[c->n_out++] = x;
    return x != NULL;
}

void lun_call_end(lun_call *c)
{
    if (c->in == c->few) return;
    size_t capacity = LUN_CALL_INPUTS;
    while (capacity < (size_t)c->n_in) capacity *= 2;
    lun_block_put(c->in, capacity * sizeof *c->in);
    c->in = c->few;
}

static bool wants_gradient(const lun_context *ctx, const lun_call *c)
{
    if (!ctx->grad_enabled) return false;
    if (c->op->flags & LUN_OP_NO_GRAD) /* what is overwritten gets no gradient, and the graph must know */
        return (c->inplace || (c->op->flags & LUN_OP_WRITES)) && lun_requires_grad(c->in[0]);
    for (int i = 0; i < c->n_in; i++)
        if (lun_requires_grad(c->in[i])) return true;
    return false;
}

/* May in[0] be written to? */
static bool check_target(const lun_context *ctx, const lun_call *c)
{
    const lun_tensor *x = c->in[0];
    if (lun_self_overlaps(x))
        return lun_fail(LUN_E_INPLACE, "write to x:clone() instead",
                        "cannot write into an expanded tensor or overlapping windows: several of its elements are the same memory"), false;
    if (ctx->grad_enabled && (x->flags & LUN_REQUIRES_GRAD) && !x->node)
        return lun_fail(LUN_E_INPLACE, "lun.no_grad(function() ... end) for an update, or a new tensor instead of the in-place form",
                        "x is a leaf that requires grad; changing it in place would lose its gradient"), false;
    if (!(x->flags & LUN_VIEW) || !ctx->grad_enabled || !lun_dtype_has_gradient((lun_dtype)x->dtype)) return true;
    if (wants_gradient(ctx, c) || lun_requires_grad(x->base)) return lun_view_writable(x);
    return true;
}

static void written(lun_tensor *x)
{
    lun_context *ctx = lun_context_get();
    x->storage->version++;
    if (!ctx->site) return;
    lun_site at = ctx->site();
    x->storage->write_file = at.file;
    x->storage->write_line = at.line;
}

/* Elementwise rows write straight into in[0] when shape and dtype stay; a partly overlapping argument is copied first. */
static bool direct_inplace(lun_call *c)
{
    lun_tensor *x = c->in[0];
    const lun_spec *s = &c->out_spec[0];
    if (c->op->family != LUN_FAMILY_UNARY && c->op->family != LUN_FAMILY_BINARY) return false;
    return s->dtype == x->dtype && lun_shape_same(s->ndim, s->dims, x->ndim, x->dims);
}

static bool untangle(lun_call *c)
{
    for (int i = 1; i < c->n_in; i++) {
        lun_tensor *x = c->in[0], *y = c->in[i];
        if (lun_is_none(y) || !lun_may_overlap(x, y)) continue;
        bool same = x->dtype == y->dtype && x->offset == y->offset && lun_shape_same(x->ndim, x->dims, y->ndim, y->dims) &&
                    !memcmp(x->strides, y->strides, x->ndim * sizeof *x->strides);
        if (!same && !(c->in[i] = lun_contiguous(lun_clone(lun_detach(y))))) return false;
    }
    return true;
}

static bool allocate(lun_call *c, lun_device device, bool dry)
{
    for (int k = 0; k < c->n_out; k++) {
        lun_spec *s = &c->out_spec[k];
        if (!c->out[k]) c->out[k] = (dry ? lun_hollow_empty : lun_tensor_empty)(s->dtype, s->ndim, s->dims, device);
        if (!c->out[k]) return false;
    }
    return true;
}

static bool fill_empty(lun_call *c)
{
    for (int k = 0; k < c->n_out; k++)
        if (c->out[k]->numel && !lun_fill_into(c->out[k], c->op->empty)) return false;
    return true;
}

/* Numbers reach formula rows on a device as they are, in the host's memory; all other kernels find everything where they run. */
static bool gather_inputs(lun_call *c, lun_device device)
{
    bool moves = (c->op->flags & LUN_OP_MOVES) != 0;
    for (int i = moves ? 1 : 0; i < c->n_in && c->op->family == LUN_FAMILY_OP; i++) {
        bool number = !lun_is_none(c->in[i]) && (c->in[i]->flags & LUN_NUMBER);
        if ((number || moves) && !(c->in[i] = lun_on_device(c->in[i], device))) return false;
    }
    return true;
}

static bool run_kernel(lun_call *c, lun_device device)
{
    lun_context *ctx = lun_context_get();
    bool empty = false;
    for (int i = 0; i < c->n_in; i++) empty |= !lun_is_none(c->in[i]) && c->in[i]->numel == 0;
    if (c->out[0]->numel == 0 && !(c->op->flags & LUN_OP_TAKES_EMPTY)) /* the gradients of weights are not empty where x is */
        return c->n_out == 1 || (c->op->flags & LUN_OP_WRITES) || fill_empty(c);
    if (empty && !c->op->has_list && !(c->op->flags & LUN_OP_TAKES_EMPTY))
        return (c->op->flags & LUN_OP_WRITES) ? true : fill_empty(c);
    const lun_backend *backend = lun_backends[device.type];
    if ((device.type != LUN_CPU || (c->op->flags & LUN_OP_MOVES)) && !gather_inputs(c, device)) return false;
    lun_kernel kernel = backend->kernel[c->op->id];
    if (c->out[0]->numel >= lun_op_waits.elements && !ctx->kernels && lun_op_waits.asks(c)) return !lun_failed();
    if (device.type != LUN_CPU && !backend->begin(device.index, c)) return false;
    ctx->uninterruptible = c->inplace || (c->op->flags & LUN_OP_WRITES);
    ctx->kernels++;
    bool ok = kernel ? kernel(c) : lun_device_fallback(c, device);
    ctx->kernels--;
    ctx->uninterruptible = false;
    if (!ok && ctx->error.code == LUN_E_INTERRUPT) lun_interrupt_clear();
    return ok;
}

/* The index outputs of kernels count from 0, everybody else from 1. */
static bool index_outputs(lun_call *c, lun_device device)
{
    for (int k = 0; k < c->n_out; k++) {
        lun_tensor *x = c->out[k];
        if (!(c->op->index_out >> k & 1) || !x->numel) continue;
        if (lun_backends[device.type]->add_one) {
            if (!lun_backends[device.type]->add_one(x)) return false;
            continue;
        }
        int64_t *v = lun_data(x);
        for (int64_t i = 0; i < x->numel; i++) v[i]++;
    }
    return true;
}

/* Do the arguments hold no tensor, at most numbers? */
static bool made_of_numbers(const lun_call *c)
{
    bool all = true;
    for (int i = 0; i < c->n_in; i++) all = all && (lun_is_none(c->in[i]) || (c->in[i]->flags & LUN_NUMBER));
    return all;
}

/* Where the results are made: where the row's `device` says, or its arguments stand, or new tensors go. */
static lun_device device_of_results(const lun_call *c, lun_device arguments)
{
    const lun_context *ctx = lun_context_get();
    if (c->op->device_attr >= 0 && !ctx->depth && !ctx->backward_node && made_of_numbers(c)) arguments = ctx->default_device;
    return c->op->device_attr < 0 ? arguments : lun_param_device(&c->params, c->op->device_attr, arguments);
}

/* Inside a composed op or a gradient, what was made on the CPU goes along. */
static bool find_device(lun_call *c, lun_device *device)
{
    const lun_context *ctx = lun_context_get();
    if (!lun_device_of_call(c, ctx->depth || ctx->backward_node, device)) return false;
    *device = device_of_results(c, *device);
    return true;
}

static bool compute(lun_call *c)
{
    lun_device device;
    bool writes = (c->op->flags & LUN_OP_WRITES) != 0, dry = lun_context_get()->dry;
    if (!find_device(c, &device)) return false;
    if (c->inplace || writes) {
        c->out[0] = c->in[0];
        if (!dry && !untangle(c)) return false;
    }
    if (!lun_check_indices(c) || !allocate(c, device, dry)) return false;
    if (dry) return true;
    if (c->op->flags & LUN_OP_RANDOM) { /* an element takes one 32-bit number, a double two, a complex number twice as many as its parts */
        lun_dtype t = (lun_dtype)c->out[0]->dtype;
        uint64_t usual = (uint64_t)c->out[0]->numel * (t == LUN_C128 ? 4 : t == LUN_F64 || t == LUN_C64 ? 2 : 1);
        c->generator = lun_generator_take(c->draws ? c->draws : usual);
    }
    if (!run_kernel(c, device)) return false;
    if (!index_outputs(c, device)) return false;
    if (c->numbers && !c->inplace && !writes) c->out[0]->flags |= LUN_NUMBER;
    return true;
}

static bool inplace_by_copy(lun_call *c, lun_tensor *target);

/* The way of an op that has a kernel or makes a view. */
static bool run_primitive(lun_call *c)
{
    lun_context *ctx = lun_context_get();
    bool writes = (c->op->flags & LUN_OP_WRITES) != 0;
    if ((c->inplace || writes) && !check_target(ctx, c)) return false;
    lun_tensor *target = c->in[0];
    if (!lun_mix_dtypes(c) || !c->op->infer(c) || !lun_check_results(c)) return false;
    if (c->inplace && (c->in[0] != target || !direct_inplace(c))) return inplace_by_copy(c, target);
    bool record = wants_gradient(ctx, c);
    lun_tensor *few[LUN_CALL_INPUTS], **original = c->in;
    lun_edge edges[LUN_CALL_INPUTS];
    if (c->n_in <= LUN_CALL_INPUTS) original = memcpy(few, c->in, (size_t)c->n_in * sizeof *few);
    if (record && (c->inplace || writes) && !lun_tape_before_write(c, original, edges)) return false;
    if (c->op->flags & LUN_OP_VIEW) lun_view_join(c->out[0], c->in[0]);
    else if (!compute(c)) return false;
    if (c->inplace || writes) written(c->out[0]);
    return !record || lun_tape_record(c, original, c->inplace || writes ? edges : NULL);
}

/* What the gradient may read of the memory that is to be overwritten is copied first; of composed ops nobody knows what they save. */
static bool spare_inputs(lun_call *c, const lun_tensor *target)
{
    if (!wants_gradient(lun_context_get(), c)) return true;
    for (int i = 0; i < c->n_in; i++) {
        bool read = c->op->compose || i >= 16 || (c->op->save >> i & 1);
        if (!read || lun_is_none(c->in[i]) || !lun_may_overlap(c->in[i], target)) continue;
        if (!(c->in[i] = lun_clone(c->in[i]))) return false;
    }
    return true;
}

/* What runs from here on is a part of c, or of what c is a part of. Returns what to set back afterwards. */
static const lun_call *part_of(lun_context *ctx, const lun_call *c)
{
    const lun_call *was = ctx->whole;
    if (!was) ctx->whole = c;
    return was;
}

/* The in-place form of an op that cannot write directly: compute, then copy into target. */
static bool inplace_by_copy(lun_call *c, lun_tensor *target)
{
    lun_call again = *c;
    again.in = c->in == c->few ? again.few : c->in;
    again.out = again.few_out;
    again.inplace = false;
    again.out[0] = NULL;
    lun_spec *s = &c->out_spec[0];
    if (!spare_inputs(&again, target)) return false;
    if (!c->op->compose) {
        if (lun_dtypes[s->dtype].kind > lun_dtypes[target->dtype].kind)
            return lun_fail(LUN_E_DTYPE, "use the form without _", "a %s result cannot be stored in a %s tensor",
                            lun_dtypes[s->dtype].name, lun_dtypes[target->dtype].name), false;
        if (!lun_shape_same(s->ndim, s->dims, target->ndim, target->dims))
            return lun_fail(LUN_E_SHAPE, "use the form without _", "the result's shape differs from the tensor it should be stored in"), false;
    }
    const lun_call *whole = part_of(lun_context_get(), c);
    bool ok = c->op->compose ? c->op->compose(&again) : run_primitive(&again);
    lun_context_get()->whole = whole;
    if (!ok) return false;
    c->n_out = 1;
    c->out[0] = lun_copy_into(target, again.out[0]);
    return c->out[0] != NULL;
}

static bool run_row(lun_call *c)
{
    lun_context *ctx = lun_context_get();
    if (!c->op->compose) return run_primitive(c);
    lun_device device;
    if (!lun_check_class(c) || !find_device(c, &device)) return false;
    bool elsewhere = (c->op->device_attr >= 0 || device.type != LUN_CPU) && !c->inplace; /* a part of it may have been made on the CPU */
    const lun_call *whole = part_of(ctx, c);
    ctx->depth++;
    bool ok = c->inplace ? inplace_by_copy(c, c->in[0]) : c->op->compose(c);
    for (int k = 0; ok && k < c->n_out; k++) ok = c->out[k] && (!elsewhere || (c->out[k] = lun_to_device(c->out[k], device)));
    ctx->depth--;
    ctx->whole = whole;
    if (!ok && !ctx->error.earlier) ctx->error.op[0] = 0; /* the name of a part says nothing to who called the whole: lun_apply writes this one's */
    for (int k = 0; ok && (c->op->flags & LUN_OP_PIECES) && k < c->n_out; k++) lun_view_piece(c->out[k]);
    return ok;
}

/* By the row that the op's options ask for; the caller sees the call as it was made. */
static bool run_variant(lun_call *c)
{
    const lun_op *asked = c->op, *row;
    int n_in = c->n_in, count = c->params.count, used = c->params.used;
    lun_tensor *first = c->in[0];
    lun_attr option = c->params.attr[0];
    row = asked->variant(c);
    if (row == asked) return run_row(c);
    c->op = row;
    c->asked = asked;
    bool ok = row && run_row(c);
    c->op = asked;
    c->asked = NULL;
    c->n_in = n_in;
    c->in[0] = first;
    c->params.count = count;
    c->params.used = used;
    c->params.attr[0] = option;
    return ok;
}

static bool run(lun_call *c) { return c->op->variant ? run_variant(c) : run_row(c); }

/* For which events of an op in the forward phase its listeners want to be called, as bits; who is not told of it before it runs counts it. */
static unsigned events_asked_for(const lun_context *ctx, const lun_op *op)
{
    unsigned bits = 0;
    for (const lun_listener *l = ctx->listeners; l; l = l->next) bits |= l->asks ? l->asks[op->id] : ~0U;
    for (const lun_listener *l = bits >> LUN_EVENT_BEFORE & 1 ? NULL : ctx->listeners; l; l = l->next) l->passed[op->id]++;
    return bits;
}

/* The slow way, taken when somebody listens or an interrupt is asked for. */
static bool run_watched(lun_call *c, unsigned armed)
{
    lun_context *ctx = lun_context_get();
    if (armed & LUN_ARMED_INTERRUPT) {
        lun_interrupt_clear();
        return lun_fail_interrupted();
    }
    const unsigned by_op = LUN_ARMED_BREAK | LUN_ARMED_HEALTH | LUN_ARMED_WATCH;
    unsigned asked = armed & ~by_op || ctx->phase != LUN_PHASE_FORWARD ? ~0U : events_asked_for(ctx, c->op);
    if (!asked) return run(c);
    lun_event e = {.kind = LUN_EVENT_BEFORE, .phase = ctx->phase, .call = c, .node = ctx->backward_node,
                   .sequence = ctx->sequence, .depth = ctx->depth};
    lun_action action = asked >> LUN_EVENT_BEFORE & 1 ? lun_hooks_run(&e) : LUN_GO;
    while (action == LUN_GO || action == LUN_RETRY) {
        c->n_out = 0;
        c->out = memset(c->few_out, 0, sizeof c->few_out);
        e.kind = run(c) ? LUN_EVENT_AFTER : LUN_EVENT_ERROR;
        action = lun_hooks_run(&e);
        if (action == LUN_GO) return e.kind == LUN_EVENT_AFTER;
    }
    return action == LUN_SKIP && !lun_failed();
}

bool lun_apply(lun_call *c)
{
    lun_context *ctx = lun_context_get();
    bool ok = true, failed = lun_failed(); /* before: that failure is not this op's */
    if (!c->op->has_list) /* tensors a C caller left out at the end */
        while (c->n_in < c->op->n_tensors && lun_call_input(c, LUN_NONE)) continue;
    for (int i = 0; i < c->n_in; i++) ok &= c->in[i] != NULL;
    if (!ok && !lun_failed()) lun_fail(LUN_E_INTERNAL, NULL, "an argument is NULL without an error");
    ok = ok && !lun_failed() && lun_params_complete(&c->params, c->op);
    if (ok) {
        ctx->sequence++;
        unsigned armed = __atomic_load_n(&ctx->armed, __ATOMIC_RELAXED);
        ok = __builtin_expect(armed == 0 || ctx->uninterruptible, 1) ? run(c) : run_watched(c, armed);
    }
    bool inner = (c->op->flags & LUN_OP_HIDDEN) && ctx->depth; /* the composed op around it gives the name */
    if (!ok && !inner && !failed && !ctx->error.op[0]) snprintf(ctx->error.op, sizeof ctx->error.op, "%s%s", c->op->name, c->inplace ? "_" : "");
    lun_call_end(c);
    return ok;
}

lun_tensor *lun_apply1(lun_call *c) { return lun_apply(c) ? c->out[0] : NULL; }
