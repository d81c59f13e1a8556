/* events.c - the tests of debugger/events.def
 *
 * Holds: NaN (or infinity) is born where an output has it and no input had; elsewhere it only travels. An infinity that was asked for
 * (masked_fill with -inf) is deliberate: counted, not reported. Read next: debugger/alias.c. SPDX-License-Identifier: MIT
 */
#include "debugger/events.h"

#include "core/backend.h"
#include "core/context.h"
#include "core/error.h"
#include "core/op_id.h"
#include "core/shape.h"
#include "debugger/alias.h"
#include "debugger/trail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- health ---- */

static int64_t deliberate;

int64_t lun_deliberate_count(void) { return deliberate; }

unsigned lun_health(const lun_tensor *x)
{
    if (!x || lun_is_none(x) || !lun_dtype_is_float((lun_dtype)x->dtype) || x->storage->device.type != LUN_CPU) return 0;
    return lun_backends[LUN_CPU]->health(x);
}

/* An attribute that is not finite: masked_fill(mask, -inf), full(inf). */
static bool asked_for(const lun_call *c)
{
    for (int k = 0; k < c->params.count; k++) {
        const lun_attr *a = &c->params.attr[k];
        if (a->kind == LUN_ATTR_FLOAT && !isfinite(a->value.f)) return true;
    }
    return false;
}

static int64_t count_infinite(const lun_tensor *x)
{
    int64_t n = 0;
    for (int64_t i = 0; i < x->numel; i++) n += isinf(lun_get_double(x, i)) != 0;
    return n;
}

/* A row of an infinite number given as an argument: its values count as deliberate, whatever else the op does is looked at. */
static unsigned is_deliberate(const lun_call *c, unsigned out)
{
    bool number = false;
    for (int i = 0; i < c->n_in; i++)
        number |= !lun_is_none(c->in[i]) && c->in[i]->ndim == 0 && isinf(lun_get_double(c->in[i], 0));
    if ((out & LUN_HAS_INFINITY) && (number || asked_for(c))) deliberate += count_infinite(c->out[0]);
    return asked_for(c) ? out & ~(unsigned)LUN_HAS_INFINITY : out;
}

/* NaN and infinity each on its own: 0 * inf bears a NaN although an input was infinite. */
static unsigned born(const lun_event *e)
{
    const lun_call *c = e->call;
    unsigned out = 0;
    if ((c->op->flags & (LUN_OP_VIEW | LUN_OP_CREATION)) || c->op->id == LUN_OP_to_device) return 0;
    const lun_backend *device = c->n_out && c->out[0] ? lun_backends[lun_tensor_device(c->out[0]).type] : NULL;
    if (device && device->watch) return device->watch(e, &out) ? out : 0;
    for (int k = 0; k < c->n_out; k++) out |= lun_health(c->out[k]);
    unsigned all = out;
    if (out) out = is_deliberate(c, out);
    for (int i = 0; i < c->n_in && out; i++) out &= ~lun_health(c->in[i]);
    if (all && c->n_out) lun_trail_note(e, all, out);
    return out;
}

/* On a device nobody looks at the inputs a second time. */
static const char *about_inputs(const lun_call *c)
{
    unsigned in = 0;
    for (int i = 0; i < c->n_in; i++) {
        if (!lun_is_none(c->in[i]) && lun_tensor_device(c->in[i]).type != LUN_CPU) return "";
        in |= lun_health(c->in[i]);
    }
    return !in ? " (inputs finite)" : in & LUN_HAS_NAN ? " (inputs had no infinity)" : " (inputs had no NaN)";
}

static bool born_nonfinite(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    unsigned bits = born(e);
    if (bits) snprintf(why, LUN_EVENT_WHY, "born here%s", about_inputs(e->call));
    return bits != 0;
}

static bool born_nan(const lun_event *e, int64_t size, char *why) { return born_nonfinite(e, size, why) && (born(e) & LUN_HAS_NAN); }
static bool born_inf(const lun_event *e, int64_t size, char *why) { return born_nonfinite(e, size, why) && (born(e) & LUN_HAS_INFINITY); }

unsigned lun_event_health(const lun_event_row *row, unsigned bits)
{
    return row->happens == born_nan ? bits & LUN_HAS_NAN : row->happens == born_inf ? bits & LUN_HAS_INFINITY : bits;
}

bool lun_event_is_health(const lun_event_row *row)
{
    return row->happens == born_nonfinite || row->happens == born_nan || row->happens == born_inf;
}

/* ---- shapes and memory ---- */

static bool failed(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    const lun_error *error = lun_error_get();
    if (e->depth || error->code == LUN_E_INTERRUPT || error->code == LUN_E_UNWIND) return false;
    snprintf(why, LUN_EVENT_WHY, "error[%s] %.200s", lun_error_number(error->code), error->message);
    return true;
}

static bool same_shape(const lun_tensor *x, int n, const int64_t *dims) { return lun_shape_same(x->ndim, x->dims, n, dims); }

static bool broadcast(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    const lun_call *c = e->call;
    if ((c->op->family != LUN_FAMILY_BINARY && c->op->family != LUN_FAMILY_COMPARE) || e->phase == LUN_PHASE_BACKWARD) return false;
    const lun_tensor *a = c->in[0], *b = c->in[1];
    int64_t dims[LUN_MAX_DIMS];
    int n;
    char one[LUN_SHAPE_TEXT], two[LUN_SHAPE_TEXT], both[LUN_SHAPE_TEXT];
    if (lun_is_none(a) || lun_is_none(b)) return false;
    if (!lun_shape_broadcast(a->ndim, a->dims, b->ndim, b->dims, &n, dims)) return lun_error_clear(), false; /* the op says it better */
    if (same_shape(a, n, dims) || same_shape(b, n, dims)) return false;
    snprintf(why, LUN_EVENT_WHY, "%s with %s gives %s: both sides grew", lun_shape_text(a->ndim, a->dims, one),
             lun_shape_text(b->ndim, b->dims, two), lun_shape_text(n, dims, both));
    return true;
}

static bool copied(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    const lun_call *c = e->call;
    int id = c->op->id;
    if (id != LUN_OP_clone && id != LUN_OP_cast && id != LUN_OP_to_device && id != LUN_OP_copy_) return false;
    if (id != LUN_OP_copy_ && c->out[0]->storage == c->in[0]->storage) return false;
    snprintf(why, LUN_EVENT_WHY, "%zu bytes are copied", lun_tensor_bytes(c->out[0]));
    return true;
}

static bool allocated(const lun_event *e, int64_t size, char *why)
{
    const lun_call *c = e->call;
    size_t bytes = 0;
    if (c->inplace || (c->op->flags & (LUN_OP_VIEW | LUN_OP_WRITES))) return false;
    for (int k = 0; k < c->n_out; k++) bytes += c->out[k] ? c->out[k]->storage->bytes : 0;
    if (bytes <= (size_t)size) return false;
    snprintf(why, LUN_EVENT_WHY, "the result takes %zu bytes", bytes);
    return true;
}

static bool draws(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    if (!(e->call->op->flags & LUN_OP_RANDOM)) return false;
    const lun_generator *g = &lun_context_get()->generator;
    snprintf(why, LUN_EVENT_WHY, "seed %llu, %llu groups of numbers drawn so far", (unsigned long long)g->seed, (unsigned long long)g->offset);
    return true;
}

static bool writes_in_place(const lun_call *c) { return c->n_in && (c->inplace || (c->op->flags & LUN_OP_WRITES)); }

static bool writes(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    const lun_call *c = e->call;
    char text[LUN_SHAPE_TEXT];
    if (!writes_in_place(c)) return false;
    snprintf(why, LUN_EVENT_WHY, "%s is about to change (version %u)", lun_tensor_text(c->in[0], text), c->in[0]->storage->version);
    return true;
}

static bool spoils(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    return writes_in_place(e->call) && lun_alias_find(e->call->in[0], why);
}

static bool loses_gradient(const lun_event *e, int64_t size, char *why)
{
    (void)size;
    const lun_call *c = e->call;
    bool wanted = false, kept = false;
    for (int i = 0; i < c->n_in; i++) wanted |= !lun_is_none(c->in[i]) && lun_requires_grad(c->in[i]);
    for (int k = 0; k < c->n_out; k++) kept |= c->out[k] && lun_requires_grad(c->out[k]);
    bool floats = c->n_out && c->out[0] && lun_dtype_has_gradient((lun_dtype)c->out[0]->dtype);
    if (e->depth || e->phase != LUN_PHASE_FORWARD || !wanted || kept || !floats) return false;
    bool recording = lun_context_get()->grad_enabled;
    snprintf(why, LUN_EVENT_WHY, recording ? "%s has no gradient: what is computed from its result does not train what came before"
                                           : "%s ran under no_grad", c->op->name);
    return true;
}

/* ---- the table ---- */

static const lun_event_row rows[] = {
#define EVENT(name, when, happens, help) {#name, help, LUN_EVENT_ROW_##when, happens},
#include "debugger/events.def"
#undef EVENT
};
enum { ROWS = sizeof rows / sizeof *rows };

const lun_event_row *lun_event_at(int k) { return k >= 0 && k < ROWS ? &rows[k] : NULL; }

const lun_event_row *lun_event_find(const char *name)
{
    for (int k = 0; k < ROWS; k++)
        if (!strcmp(rows[k].name, name)) return &rows[k];
    return NULL;
}

bool lun_event_is_write(const lun_event_row *row) { return row->happens == writes || row->happens == spoils; }
bool lun_event_is_after(const lun_event_row *row) { return row->when == LUN_EVENT_ROW_AFTER; }

static bool read_size(const char *text, int64_t *size)
{
    char *end;
    double n = strtod(text, &end);
    const char *unit = *end ? strchr("KMG", *end) : NULL;
    if (end == text || (*end && !unit) || (unit && end[1]) || !(n >= 0) || n > 1e15)
        return lun_fail(LUN_E_ARGUMENT, "alloc>64K, alloc>10M, alloc>1G", "'%s' is no number of bytes", text), false;
    *size = (int64_t)ldexp(n, !unit ? 0 : *unit == 'K' ? 10 : *unit == 'M' ? 20 : 30);
    return true;
}

bool lun_event_read(const char *text, const lun_event_row **row, int64_t *size)
{
    char name[16];
    size_t n = strcspn(text, "> ");
    if (n >= sizeof name) return false;
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    const lun_event_row *found = lun_event_find(name);
    if (!found) return false;
    const char *rest = text + n + strspn(text + n, " ");
    if (found->happens == allocated && *rest != '>')
        return lun_fail(LUN_E_ARGUMENT, "alloc>10M", "alloc wants a size"), false;
    if (*rest && (found->happens != allocated || !read_size(rest + 1 + strspn(rest + 1, " "), size))) return false;
    *row = found;
    return true;
}
