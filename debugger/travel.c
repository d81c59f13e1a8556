/* travel.c - the steps of a call, and the way back. Read next: debugger/stop.c, lib/dbg/travel.lua. SPDX-License-Identifier: MIT */
#include "debugger/travel.h"

#include "core/error.h"

#include <stdlib.h>
#include <string.h>

/* Memory as it was before its first write since the beginning. */
typedef struct image { lun_storage *storage; uint32_t version; void *bytes; } image;

static lun_travel_step *steps;
static int64_t count, capacity, position, target;  /* position: the next step when going forward again */
static image *images;
static int64_t n_images, image_capacity;
static size_t keep_most, kept_bytes, image_bytes;
static bool on, forwarding, refused;
static const char *refusal;
static uint64_t first_sequence;
static lun_generator first_generator;

static lun_context *run_context(void)
{
    lun_context *ctx = lun_context_get();
    while (ctx->outer) ctx = ctx->outer;
    return ctx;
}

/* ---- keeping ---- */

static void drop_step(lun_travel_step *s)
{
    for (int k = 0; k < LUN_MAX_OUT; k++) {
        if (!s->out[k]) continue;
        kept_bytes -= lun_tensor_bytes(s->out[k]);
        lun_drop(s->out[k]);
        s->out[k] = NULL;
    }
}

static void cut(int64_t from)
{
    for (int64_t k = from; k < count; k++) drop_step(&steps[k]);
    if (from < count) count = from;
}

static void forget_images(void)
{
    for (int64_t k = 0; k < n_images; k++) {
        lun_storage_drop(images[k].storage);
        free(images[k].bytes);
    }
    n_images = 0;
    image_bytes = 0;
}

static bool grow(void **list, int64_t used, int64_t *room, size_t size)
{
    if (used < *room) return true;
    int64_t more = *room ? 2 * *room : 64;
    void *grown = realloc(*list, (size_t)more * size);
    if (!grown) return false;
    *list = grown;
    *room = more;
    return true;
}

static void refuse(const char *why)
{
    refused = true;
    refusal = why;
}

static void save_image(lun_storage *s)
{
    for (int64_t k = 0; k < n_images; k++)
        if (images[k].storage == s) return;
    if (s->device.type != LUN_CPU) {
        refuse("memory of a device was overwritten");
        return;
    }
    void *bytes = malloc(s->bytes ? s->bytes : 1);
    if (!bytes || !grow((void **)&images, n_images, &image_capacity, sizeof *images)) {
        free(bytes);
        refuse("there was no memory for a copy of what was overwritten");
        return;
    }
    memcpy(bytes, lun_storage_data(s), s->bytes);
    lun_storage_keep(s);
    images[n_images++] = (image){s, s->version, bytes};
    image_bytes += s->bytes;
}

/* Newest first does not matter: there is one image for each storage. Whoever saved the memory sees the version it knew. */
static void restore_images(void)
{
    for (int64_t k = 0; k < n_images; k++) {
        memcpy(lun_storage_data(images[k].storage), images[k].bytes, images[k].storage->bytes);
        images[k].storage->version = images[k].version;
    }
}

/* ---- beginning and end ---- */

void lun_travel_begin(size_t keep)
{
    const lun_context *ctx = run_context();
    lun_travel_end();
    on = true;
    refused = false;
    keep_most = keep;
    first_sequence = ctx->sequence;
    first_generator = ctx->generator;
}

void lun_travel_end(void)
{
    cut(0);
    forget_images();
    on = forwarding = false;
    position = 0;
}

bool lun_travel_on(void) { return on; }
bool lun_travel_forwarding(void) { return forwarding; }
int64_t lun_travel_count(void) { return count; }
const lun_travel_step *lun_travel_at(int64_t k) { return k >= 0 && k < count ? &steps[k] : NULL; }
size_t lun_travel_bytes(void) { return kept_bytes + image_bytes; }

bool lun_travel_can(int64_t wanted)
{
    if (!on) return lun_fail(LUN_E_ARGUMENT, "travel on, before the network is called", "there is no call to go back in"), false;
    if (refused) return lun_fail(LUN_E_ARGUMENT, NULL, "there is no way back: %s", refusal), false;
    if (wanted < 0 || wanted >= count)
        return lun_fail(LUN_E_INDEX, "i record shows the steps", "step %lld is not among the %lld of this call", (long long)wanted + 1,
                        (long long)count), false;
    return true;
}

void lun_travel_rewind(int64_t wanted)
{
    lun_context *ctx = run_context();
    restore_images();
    ctx->generator = first_generator;
    ctx->sequence = first_sequence;
    cut(wanted + 1);
    drop_step(&steps[wanted]);
    target = wanted;
    position = 0;
    forwarding = true;
}

/* ---- on the way ---- */

static bool is_write(const lun_call *c) { return c->n_in && (c->inplace || (c->op->flags & LUN_OP_WRITES)); }

static void keep_results(lun_travel_step *s, const lun_call *c)
{
    size_t bytes = 0;
    s->finished = true;
    s->n_out = c->n_out;
    drop_step(s);
    for (int k = 0; k < c->n_out && k < LUN_MAX_OUT; k++) bytes += c->out[k] ? lun_tensor_bytes(c->out[k]) : 0;
    if (s->writes || c->list || c->n_out > LUN_MAX_OUT || kept_bytes + bytes > keep_most) return;
    for (int k = 0; k < c->n_out; k++) s->out[k] = lun_keep(c->out[k]);
    kept_bytes += bytes;
}

static lun_travel_place begin_step(const lun_event *e)
{
    const lun_context *ctx = run_context();
    const lun_call *c = e->call;
    if (e->phase == LUN_PHASE_BACKWARD) refuse("a backward pass ran in this call and freed what it had saved");
    if (!grow((void **)&steps, count, &capacity, sizeof *steps)) {
        refuse("there was no memory for its steps");
        return LUN_TRAVEL_LIVE;
    }
    steps[count++] = (lun_travel_step){.op = c->op, .module_path = ctx->module_path, .site = ctx->site ? ctx->site() : (lun_site){0},
                                       .sequence = e->sequence, .phase = e->phase, .before = ctx->generator, .writes = is_write(c)};
    if (is_write(c)) save_image(c->in[0]->storage);
    return LUN_TRAVEL_LIVE;
}

static bool answer(const lun_travel_step *s, lun_event *e)
{
    lun_context *ctx = run_context();
    if (!s->finished || s->writes || !s->out[0]) return false;
    for (int k = 0; k < s->n_out; k++) {
        if (!s->out[k]) return false;
        e->call->out[k] = lun_scope_add(lun_keep(s->out[k]));
    }
    e->call->n_out = s->n_out;
    ctx->generator = s->after;
    return true;
}

static lun_travel_place forward_step(lun_event *e)
{
    lun_context *ctx = run_context();
    lun_travel_step *s = &steps[position];
    if (s->op != e->call->op || s->module_path != ctx->module_path) {
        cut(position);
        forwarding = false;
        begin_step(e);
        return LUN_TRAVEL_DIVERGED;
    }
    ctx->sequence = e->sequence = s->sequence;
    if (position == target) {
        forwarding = false;
        ctx->generator = s->before;
        s->finished = false;
        return LUN_TRAVEL_ARRIVED;
    }
    position++;
    return answer(s, e) ? LUN_TRAVEL_ANSWERED : LUN_TRAVEL_PASSING;
}

lun_travel_place lun_travel_event(lun_event *e)
{
    if (!on) return LUN_TRAVEL_LIVE;
    if (e->depth && !forwarding && e->kind == LUN_EVENT_BEFORE && is_write(e->call) && count) { /* the op around it cannot be answered */
        save_image(e->call->in[0]->storage);
        steps[count - 1].writes = true;
    }
    if (e->depth) return forwarding ? LUN_TRAVEL_PASSING : LUN_TRAVEL_LIVE;
    if (e->kind == LUN_EVENT_BEFORE) return forwarding ? forward_step(e) : begin_step(e);
    if (forwarding) return LUN_TRAVEL_PASSING;
    if (e->kind == LUN_EVENT_AFTER && count && steps[count - 1].op == e->call->op) {
        keep_results(&steps[count - 1], e->call);
        steps[count - 1].after = run_context()->generator;
    }
    return LUN_TRAVEL_LIVE;
}

void lun_travel_edited(const lun_event *e)
{
    if (!on || forwarding || e->depth || !count || steps[count - 1].op != e->call->op) return;
    keep_results(&steps[count - 1], e->call);
    steps[count - 1].after = run_context()->generator;
    steps[count - 1].edited = true;
}
