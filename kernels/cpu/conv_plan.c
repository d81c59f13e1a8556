/* conv_plan.c - making, keeping and running oneDNN's convolutions
 *
 * Read next: kernels/cpu/conv_onednn.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/conv_plan.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 128 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static lun_conv_plan *kept[KEPT];
static int next_place;

static bool is_gradient(int64_t task, lun_conv_side side)
{
    return side == LUN_SIDE_DST ? task != LUN_CONV_FORWARD : side == lun_conv_result(task);
}

static int argument_of(int64_t task, lun_conv_side side)
{
    static const int names[LUN_SIDES] = {LUN_DNNL_SRC, LUN_DNNL_WEIGHTS, LUN_DNNL_DST};
    return names[side] + (is_gradient(task, side) ? LUN_DNNL_DIFF : 0);
}

static int asked_of(int64_t task, lun_conv_side side)
{
    static const int names[LUN_SIDES] = {LUN_DNNL_ASK_SRC, LUN_DNNL_ASK_WEIGHTS, LUN_DNNL_ASK_DST};
    return names[side] + is_gradient(task, side); /* that of a gradient follows */
}

/* How the three lie in tensors, and as oneDNN likes them. */
static bool describe(const lun_dnnl *d, lun_conv_plan *p, lun_dnnl_array any[LUN_SIDES])
{
    const lun_conv_shape *s = &p->shape;
    const int64_t plane = s->size[0] * s->size[1], to = s->to[0] * s->to[1], window = s->kernel[0] * s->kernel[1];
    const int64_t per_image[2] = {s->groups * s->all_in * plane, s->groups * s->all_out * to};
    const int64_t dims[LUN_SIDES][5] = {{s->images, s->groups * s->in, s->size[0], s->size[1]},
                                        {s->groups, s->out, s->in, s->kernel[0], s->kernel[1]},
                                        {s->images, s->groups * s->out, s->to[0], s->to[1]}};
    const int64_t strides[LUN_SIDES][5] = {{per_image[0], plane, s->size[1], 1},
                                           {s->out * s->all_in * window, s->all_in * window, window, s->kernel[1], 1},
                                           {per_image[1], to, s->to[1], 1}};
    for (int side = 0; side < LUN_SIDES; side++) {
        const int ungrouped = side == LUN_SIDE_WEIGHTS && s->groups == 1, n = side == LUN_SIDE_WEIGHTS && s->groups > 1 ? 5 : 4;
        int64_t size[LUN_DNNL_DIMS] = {0}, step[LUN_DNNL_DIMS] = {0};
        memcpy(size, dims[side] + ungrouped, (size_t)n * sizeof *size);
        memcpy(step, strides[side] + ungrouped, (size_t)n * sizeof *step);
        if (d->array_by_strides(&p->side[side].plain, n, size, LUN_DNNL_F32, step) ||
            d->array_by_tag(&any[side], n, size, LUN_DNNL_F32, LUN_DNNL_ANY))
            return false;
    }
    const int64_t outputs[LUN_DNNL_DIMS] = {s->groups * s->out}, one[LUN_DNNL_DIMS] = {1};
    return !d->array_by_strides(&p->bias, 1, outputs, LUN_DNNL_F32, one);
}

/* Code made for the shape; what else oneDNN has is slower than what we have. */
static bool is_made_code(const lun_dnnl *d, void *plan)
{
    const char *name = NULL;
    return !d->plan_ask(plan, LUN_DNNL_ASK_NAME, 0, &name) && name && (!strncmp(name, "jit", 3) || !strncmp(name, "br", 2));
}

static bool plan(const lun_dnnl *d, lun_conv_plan *p)
{
    enum { WAY = LUN_DNNL_DIRECT };
    lun_dnnl_array any[LUN_SIDES];
    lun_dnnl_job job;
    const lun_conv_shape *s = &p->shape;
    if (!describe(d, p, any)) return false;
    const void *x = &any[LUN_SIDE_SRC], *w = &any[LUN_SIDE_WEIGHTS], *y = &any[LUN_SIDE_DST], *bias = s->bias ? &p->bias : NULL;
    const int64_t skipped[2] = {s->dilation[0] - 1, s->dilation[1] - 1}, *stride = s->stride, *before = s->before, *after = s->after;
    if (d->forward(&job, LUN_DNNL_TRAINING, WAY, x, w, bias, y, stride, skipped, before, after) ||
        d->plan_create(&p->forward, &job, d->attributes, d->engine, NULL))
        return false;
    int failed = 0;
    if (s->task == LUN_CONV_FORWARD) p->plan = p->forward;
    else if (s->task == LUN_CONV_IMAGES) failed = d->backward_data(&job, WAY, x, w, y, stride, skipped, before, after);
    else failed = d->backward_weights(&job, WAY, x, w, NULL, y, stride, skipped, before, after);
    if (failed || (!p->plan && d->plan_create(&p->plan, &job, d->attributes, d->engine, p->forward))) return false;
    if (!is_made_code(d, p->plan)) return false;
    const void *scratch = d->plan_array(p->plan, LUN_DNNL_ASK_SCRATCH, 0);
    p->scratch = scratch ? d->array_size(scratch) : 0;
    return !d->primitive_create(&p->run, p->plan);
}

static bool plan_move(const lun_dnnl *d, lun_conv_plan *p, lun_conv_side side)
{
    lun_conv_array *a = &p->side[side];
    a->inside = d->plan_array(p->plan, asked_of(p->shape.task, side), 0);
    if (!a->inside) return false;
    a->bytes = (d->array_size(a->inside) + 63) / 64 * 64;
    a->same = d->array_equal(a->inside, &a->plain);
    if (a->same) return true;
    const bool back = side == lun_conv_result(p->shape.task);
    void *made = NULL;
    const void *from = back ? a->inside : &a->plain, *to = back ? &a->plain : a->inside;
    bool done = !d->reorder_plan_create(&made, from, d->engine, to, d->engine, d->attributes);
    const void *scratch = done ? d->plan_array(made, LUN_DNNL_ASK_SCRATCH, 0) : NULL;
    done = done && !(scratch && d->array_size(scratch)) && !d->primitive_create(&a->move, made); /* none was seen to need any */
    if (made) d->plan_destroy(made);
    return done;
}

static void destroy(lun_conv_plan *p)
{
    const lun_dnnl *d = lun_onednn();
    for (int side = 0; side < LUN_SIDES; side++)
        if (p->side[side].move) d->primitive_destroy(p->side[side].move);
    if (p->run) d->primitive_destroy(p->run);
    if (p->plan && p->plan != p->forward) d->plan_destroy(p->plan);
    if (p->forward) d->plan_destroy(p->forward);
    free(p);
}

static lun_conv_plan *make(const lun_conv_shape *shape)
{
    const lun_dnnl *d = lun_onednn();
    lun_conv_plan *p = d ? calloc(1, sizeof *p) : NULL;
    if (!p) return NULL;
    p->shape = *shape;
    p->good = plan(d, p);
    for (lun_conv_side side = 0; p->good && side < LUN_SIDES; side++) p->good = plan_move(d, p, side);
    return p;
}

/* In the place of one that nobody uses, the oldest first. When all are in use it is not kept: `users` stays 0 then. */
static void keep(lun_conv_plan *p)
{
    for (int i = 0; i < KEPT; i++) {
        lun_conv_plan **place = &kept[next_place];
        next_place = (next_place + 1) % KEPT;
        if (*place && (*place)->users) continue;
        if (*place) destroy(*place);
        *place = p;
        p->users = 1;
        return;
    }
}

void lun_conv_plan_give(lun_conv_plan *p)
{
    pthread_mutex_lock(&lock);
    if (!p->users) destroy(p);
    else p->users--;
    pthread_mutex_unlock(&lock);
}

lun_conv_plan *lun_conv_plan_take(const lun_conv_shape *shape)
{
    lun_conv_plan *found = NULL;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEPT && !found; i++)
        if (kept[i] && !memcmp(&kept[i]->shape, shape, sizeof *shape)) found = kept[i];
    if (found) found->users++;
    else if ((found = make(shape))) keep(found);
    pthread_mutex_unlock(&lock);
    if (!found || found->good) return found;
    lun_conv_plan_give(found);
    return NULL;
}

typedef struct operand { int which; const void *array; void *data; } operand;

static bool execute(void *primitive, int n, const operand *operands)
{
    const lun_dnnl *d = lun_onednn();
    void *stream = NULL;
    lun_dnnl_argument a[LUN_SIDES + 2];
    bool done = !d->stream_create(&stream, d->engine, 1);
    int made = 0;
    for (; done && made < n; made += done) {
        a[made].which = operands[made].which;
        done = !d->memory_create(&a[made].memory, operands[made].array, d->engine, operands[made].data);
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    done = done && !d->primitive_execute(primitive, stream, n, a);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    while (made > 0) d->memory_destroy(a[--made].memory);
    if (stream) d->stream_destroy(stream);
    return done;
}

bool lun_conv_plan_move(const lun_conv_plan *p, lun_conv_side side, void *plain, void *inside)
{
    const lun_conv_array *a = &p->side[side];
    const bool back = side == lun_conv_result(p->shape.task);
    const operand operands[] = {{LUN_DNNL_SRC, back ? a->inside : &a->plain, back ? inside : plain},
                                {LUN_DNNL_DST, back ? &a->plain : a->inside, back ? plain : inside}};
    return execute(a->move, 2, operands);
}

bool lun_conv_plan_run(const lun_conv_plan *p, void *const inside[LUN_SIDES], void *bias, void *scratch)
{
    const lun_dnnl *d = lun_onednn();
    operand operands[LUN_SIDES + 2];
    int n = 0;
    for (; n < LUN_SIDES; n++) operands[n] = (operand){argument_of(p->shape.task, (lun_conv_side)n), p->side[n].inside, inside[n]};
    if (bias) operands[n++] = (operand){LUN_DNNL_BIAS, &p->bias, bias};
    const void *room = p->scratch ? d->plan_array(p->plan, LUN_DNNL_ASK_SCRATCH, 0) : NULL;
    if (room) operands[n++] = (operand){LUN_DNNL_SCRATCH, room, scratch};
    return execute(p->run, n, operands);
}
