/* conv_onednn.c - convolution and its two gradients by oneDNN, cut into pieces by us
 *
 * oneDNN keeps 16 channels side by side, so images are brought into that order and back, which is 3 to 8 % of the time; weights too. A
 * piece is some images times some of the channels of the result (of the images, for the gradient of the weights). What several blocks of
 * channels read, and the weights, are put in order first, by all threads; the rest within the piece, where it stays in the cache.
 * Holds: pieces depend on the shape only, and parts of a weights' gradient are added in order. Float32 signals and images, no volumes.
 * Read next: kernels/cpu/conv_plan.c, kernels/cpu/conv.h. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/shape.h"
#include "kernels/cpu/conv.h"
#include "kernels/cpu/conv_plan.h"

#include <string.h>

enum { PIECES = 8, CHANNELS = 16, BLOCK = 64 }; /* pieces that are wanted; channels side by side; channels of a block */

/* Multiplications: above the first, a few pieces would leave cores without work; an interrupt is seen between pieces. */
static const double worth_threads = 4e6, longest_piece = 1e9;
static const size_t most_bytes = (size_t)16 << 20; /* of images in order, and of sums of the weights' gradient */

typedef struct task {
    lun_conv *v;
    lun_conv_task task;
    lun_conv_plan *plan[2];                 /* for most units, and for the last, which may have fewer images */
    int64_t unit, units, block, blocks;     /* images of a unit; channels of a block */
    int64_t first, wave;                    /* of units, whose shared arrays are in order at a time */
    lun_conv_side shared;                   /* read by all blocks of channels */
    char *data[LUN_SIDES];                  /* the tensors, as they lie */
    char *ordered[LUN_SIDES], *slots, *sums; /* shared units, blocks of weights; a thread's arrays; parts of a weights' gradient */
    size_t step[LUN_SIDES], slot, weights;  /* bytes of a shared unit, of a block of weights, of a slot, of all weights */
    unsigned char busy[LUN_THREADS_MAX];
    int places;
    bool failed;
} task;

static int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }

static double multiplications(const lun_conv *v)
{
    return (double)v->images * (double)v->groups * (double)v->out * (double)v->out_plane * (double)v->k;
}

/* Blocks of channels are whole: as many as `wanted`, or fewer. */
static void cut_channels(task *t, int64_t channels, int64_t wanted)
{
    int64_t blocks = t->v->groups > 1 ? 1 : at_least(1, at_most(PIECES, wanted));
    while (blocks > 1 && (channels % blocks || channels / blocks % CHANNELS)) blocks--;
    t->blocks = blocks;
    t->block = channels / blocks;
}

/* A result: units of a few images, and where there are few of them, smaller blocks. */
static void cut_images(task *t, int64_t channels)
{
    const lun_conv *v = t->v;
    const int64_t whole = (int64_t)(longest_piece * (double)v->images / multiplications(v)); /* images that a piece may have */
    t->unit = at_least(1, at_most(at_most(4, v->images / PIECES), whole));
    t->units = (v->images + t->unit - 1) / t->unit;
    const int64_t missing = at_most(channels / CHANNELS, (PIECES + t->units - 1) / t->units);
    cut_channels(t, channels, t->units < PIECES ? at_least(missing, channels / BLOCK) : channels / BLOCK);
}

/* The weights' gradient: each unit has sums of its own, so that there are as few as give enough pieces. */
static void cut_sums(task *t, int64_t channels)
{
    const lun_conv *v = t->v;
    cut_channels(t, channels, channels / BLOCK);
    const int64_t wanted = at_least((PIECES + t->blocks - 1) / t->blocks, (int64_t)(multiplications(v) / longest_piece / (double)t->blocks));
    const int64_t parts = at_most(v->images, at_most(wanted, 1 + (int64_t)(most_bytes / t->weights)));
    t->unit = (v->images + parts - 1) / parts;
    t->units = (v->images + t->unit - 1) / t->unit;
}

/* What is read beyond the last element, so that the sizes come out. */
static bool shape_of(const task *t, int64_t images, lun_conv_shape *s)
{
    const lun_conv *v = t->v;
    const lun_window *w = &v->w;
    memset(s, 0, sizeof *s);
    s->task = t->task;
    s->bias = v->bias && t->task == LUN_CONV_FORWARD;
    s->images = images;
    s->groups = v->groups;
    s->in = t->task == LUN_CONV_FORWARD ? v->in : t->block;
    s->out = t->task == LUN_CONV_FORWARD ? t->block : v->out;
    s->all_in = v->in;
    s->all_out = v->out;
    for (int d = 0; d < 2; d++) {
        s->size[d] = w->in[d + 1];
        s->to[d] = w->out[d + 1];
        s->kernel[d] = w->kernel[d + 1];
        s->stride[d] = w->stride[d + 1];
        s->dilation[d] = w->dilation[d + 1];
        s->before[d] = w->pad[d + 1];
        int64_t reach = s->dilation[d] * (s->kernel[d] - 1) + 1;
        s->after[d] = at_least(0, (s->to[d] - 1) * s->stride[d] + reach - s->size[d] - s->before[d]);
        if ((s->size[d] + s->before[d] + s->after[d] - reach) / s->stride[d] + 1 != s->to[d]) return false;
    }
    return w->in[0] == 1 && w->kernel[0] == 1 && w->out[0] == 1;
}

static bool take_plans(task *t)
{
    lun_conv_shape s;
    const int64_t last = t->v->images - (t->units - 1) * t->unit;
    if (!shape_of(t, t->unit, &s) || !(t->plan[0] = lun_conv_plan_take(&s))) return false;
    s.images = last;
    if (!(t->plan[1] = lun_conv_plan_take(&s))) return false;
    const lun_conv_array *a = &t->plan[0]->side[LUN_SIDE_WEIGHTS], *b = &t->plan[1]->side[LUN_SIDE_WEIGHTS];
    return lun_onednn()->array_equal(a->inside, b->inside);
}

static const lun_conv_plan *plan_of(const task *t, int64_t unit) { return t->plan[unit == t->units - 1]; }

/* The first element of a side's unit and block, as the tensor lies; the shared side has no blocks. */
static char *plain_at(const task *t, lun_conv_side side, int64_t unit, int64_t block)
{
    const lun_conv *v = t->v;
    const int64_t channel = side == t->shared ? 0 : block * t->block;
    const bool source = side == LUN_SIDE_SRC;
    if (side == LUN_SIDE_WEIGHTS) return t->data[side] + channel * (t->task == LUN_CONV_FORWARD ? v->k : v->window) * v->size;
    const int64_t image = v->groups * (source ? v->in : v->out);
    return t->data[side] + (unit * t->unit * image + channel) * (source ? v->in_plane : v->out_plane) * v->size;
}

static void fail(task *t) { __atomic_store_n(&t->failed, true, __ATOMIC_RELAXED); }

/* Puts shared units of a wave in order; with the first wave come the blocks of weights. */
static void order_piece(int64_t p, void *argument)
{
    task *t = argument;
    const int64_t units = t->ordered[t->shared] ? at_most(t->wave, t->units - t->first) : 0;
    const bool weights = p >= units;
    const lun_conv_side side = weights ? LUN_SIDE_WEIGHTS : t->shared;
    const int64_t at = weights ? p - units : p;
    const lun_conv_plan *plan = plan_of(t, weights ? 0 : t->first + at);
    char *plain = plain_at(t, side, weights ? 0 : t->first + at, at), *inside = t->ordered[side] + (size_t)at * t->step[side];
    if (!plan->side[side].same && !lun_conv_plan_move(plan, side, plain, inside)) fail(t);
}

/* Adds the bias of a transposed convolution to a unit's planes. */
static void add_bias(const task *t, int64_t images, int64_t block, char *to)
{
    const lun_conv *v = t->v;
    for (int64_t i = 0; v->bias && t->task == LUN_CONV_IMAGES && i < images; i++)
        for (int64_t c = 0; c < v->groups * t->block; c++) {
            char *plane = to + (i * v->groups * v->in + c) * v->in_plane * v->size;
            v->rows->centre(v->in_plane, plane, 0, 1, lun_dense_get(false, v->bias, block * t->block + c), plane);
        }
}

/* Where a piece's array of a side lies in oneDNN's order: in the tensor, put in order before, or in the slot, which goes on then. */
static char *inside_at(const task *t, lun_conv_side side, int64_t unit, int64_t block, char *plain, char **slot)
{
    const lun_conv_array *a = &plan_of(t, unit)->side[side];
    char *free = *slot;
    if (a->same) return plain;
    if (t->ordered[side]) return t->ordered[side] + (size_t)(side == t->shared ? unit - t->first : block) * t->step[side];
    *slot += a->bytes;
    return free;
}

static void run_piece(task *t, int64_t unit, int64_t block, char *slot)
{
    const lun_conv_plan *plan = plan_of(t, unit);
    const lun_conv_side result = lun_conv_result(t->task);
    void *inside[LUN_SIDES];
    char *plain[LUN_SIDES];
    for (lun_conv_side side = 0; side < LUN_SIDES; side++) {
        plain[side] = plain_at(t, side, unit, block);
        if (side == LUN_SIDE_WEIGHTS && side == result && unit) plain[side] += t->sums + ((size_t)unit - 1) * t->weights - t->data[side];
        inside[side] = inside_at(t, side, unit, block, plain[side], &slot);
        if (side == result || plan->side[side].same || t->ordered[side]) continue;
        if (!lun_conv_plan_move(plan, side, plain[side], inside[side])) fail(t);
    }
    const char *bias = plan->shape.bias ? t->v->bias + block * t->block * t->v->size : NULL;
    if (!lun_conv_plan_run(plan, inside, (void *)(uintptr_t)bias, slot)) fail(t);
    if (!plan->side[result].same && !lun_conv_plan_move(plan, result, plain[result], inside[result])) fail(t);
    add_bias(t, plan->shape.images, block, plain[result]);
}

static void piece(int64_t p, void *argument)
{
    task *t = argument;
    const int place = lun_claim(t->busy, t->places);
    const int64_t units = at_most(t->wave, t->units - t->first);
    const bool heavy = t->weights > t->step[t->shared] * (size_t)units; /* what is more should be read once */
    run_piece(t, t->first + (heavy ? p % units : p / t->blocks), heavy ? p / units : p % t->blocks, t->slots + (size_t)place * t->slot);
    lun_release(t->busy, place);
}

/* Memory for what is put in order first, for each thread's arrays and for parts of a gradient; false when it is too much to say. */
static bool divide(task *t, char *memory, size_t *all)
{
    const bool sums = t->task == LUN_CONV_WEIGHTS;
    size_t counts[LUN_SIDES] = {[LUN_SIDE_WEIGHTS] = sums ? 0 : (size_t)t->blocks};
    const size_t shared = t->plan[0]->side[t->shared].bytes;
    t->wave = at_least((PIECES + t->blocks - 1) / t->blocks, at_most(t->units, (int64_t)(most_bytes / shared)));
    if (t->blocks > 1) counts[t->shared] = (size_t)at_most(t->wave, t->units);
    *all = 0;
    t->slot = 0;
    for (lun_conv_side side = 0; side < LUN_SIDES; side++) {
        const lun_conv_array *a = &t->plan[0]->side[side], *b = &t->plan[1]->side[side];
        const size_t count = counts[side];
        size_t bytes;
        t->step[side] = a->bytes > b->bytes ? a->bytes : b->bytes;
        if (!count) t->slot += t->step[side];
        if (!lun_mul_sizes(count, a->same && b->same ? 0 : t->step[side], &bytes)) return false;
        t->ordered[side] = count && memory ? memory + *all : NULL;
        if (!lun_add_sizes(*all, bytes, all)) return false;
    }
    const size_t scratch = t->plan[0]->scratch > t->plan[1]->scratch ? t->plan[0]->scratch : t->plan[1]->scratch;
    t->slot = (t->slot + scratch + 63) / 64 * 64;
    t->slots = memory ? memory + *all : NULL;
    if (!lun_add_sizes(*all, t->slot * (size_t)t->places, all)) return false;
    t->sums = memory ? memory + *all : NULL;
    return lun_add_sizes(*all, sums ? (size_t)(t->units - 1) * t->weights : 0, all);
}

static bool compute(task *t)
{
    const lun_conv *v = t->v;
    const int64_t per_image = v->groups * (t->shared == LUN_SIDE_SRC ? v->in * v->in_plane : v->out * v->out_plane);
    for (t->first = 0; t->first < t->units; t->first += t->wave) {
        const int64_t units = at_most(t->wave, t->units - t->first), images = at_most(v->images, units * t->unit);
        const int64_t weights = t->first || !t->ordered[LUN_SIDE_WEIGHTS] ? 0 : t->blocks;
        const double work = multiplications(v) * (double)images / (double)v->images;
        if (!lun_parallel((t->ordered[t->shared] ? units : 0) + weights, order_piece, t, 0.5 * (double)images * (double)per_image)) return false;
        if (!lun_parallel(units * t->blocks, piece, t, 0.02 * work)) return false;
    }
    for (int64_t part = 1; t->task == LUN_CONV_WEIGHTS && part < t->units; part++)
        v->rows->add(v->groups * v->out * v->k, t->sums + ((size_t)part - 1) * t->weights, t->data[LUN_SIDE_WEIGHTS]);
    return !t->failed || lun_fail(LUN_E_MEMORY, NULL, "oneDNN could not compute a convolution") != NULL;
}

/* What share of whole blocks of 16 channels is channels. */
static double filled(int64_t channels) { return (double)channels / (double)((channels + CHANNELS - 1) / CHANNELS * CHANNELS); }

static lun_choice_fill fill_of(const lun_conv *v, lun_conv_task what)
{
    const double most = 0.75;
    if (v->in == 1 && v->groups > 1) return filled(v->groups) < most ? LUN_CHOICE_part : LUN_CHOICE_full;
    if (v->in == 3 && v->groups == 1 && what != LUN_CONV_IMAGES && filled(v->out) >= most) return LUN_CHOICE_colour;
    return filled(v->in) * filled(v->out) < most ? LUN_CHOICE_part : LUN_CHOICE_full;
}

bool lun_conv_onednn(lun_conv *v, lun_conv_task what, lun_choice_class class, bool *done)
{
    task t = {.v = v, .task = what, .weights = (size_t)(v->groups * v->out * v->k * v->size)};
    const bool forward = what == LUN_CONV_FORWARD;
    const double work = multiplications(v);
    if (v->type != LUN_F32 || !lun_choice_is_onednn(LUN_CHOICE_forward + what, class, fill_of(v, what), work)) return false;
    if (!lun_onednn()) return false;
    t.shared = forward ? LUN_SIDE_SRC : LUN_SIDE_DST;
    t.data[LUN_SIDE_SRC] = what == LUN_CONV_IMAGES ? v->to : (char *)(uintptr_t)v->x;
    t.data[LUN_SIDE_WEIGHTS] = what == LUN_CONV_WEIGHTS ? v->to : (char *)(uintptr_t)v->weight;
    t.data[LUN_SIDE_DST] = forward ? v->to : (char *)(uintptr_t)v->g;
    if (what == LUN_CONV_WEIGHTS) cut_sums(&t, v->in);
    else cut_images(&t, forward ? v->out : v->in);
    if (work > worth_threads && t.units * t.blocks < PIECES / 2) return false;
    t.places = (int)at_most(t.units * t.blocks, lun_threads());
    size_t bytes;
    char *memory = NULL;
    bool taken = take_plans(&t) && divide(&t, NULL, &bytes);
    if (taken && !(memory = lun_data_get(bytes))) *done = false;
    if (memory) {
        divide(&t, memory, &bytes);
        *done = compute(&t);
        lun_data_put(memory, bytes);
    }
    for (int i = 0; i < 2; i++)
        if (t.plan[i]) lun_conv_plan_give(t.plan[i]);
    return taken;
}
