/* device.c - opening devices, moving tensors, the way of rows that a device has no kernel for
 *
 * Holds: what moves is the span of memory between a tensor's first and last element, so strides stay as they are and moving needs no kernel.
 * Read next: core/device.h. SPDX-License-Identifier: MIT
 */
#include "core/device.h"

#include "core/context.h"
#include "core/error.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const lun_backend *(*lun_device_opener)(lun_device_type type);
static uint64_t fallbacks[LUN_OP_LIMIT];

char *lun_device_text(lun_device device, char *buffer)
{
    if (device.type == LUN_CPU) return strcpy(buffer, "cpu");
    snprintf(buffer, LUN_DEVICE_TEXT, "cuda:%d", device.index);
    return buffer;
}

bool lun_device_open(lun_device device)
{
    if (device.type == LUN_CPU) return true;
    if (!lun_backends[device.type] && lun_device_opener) lun_backends[device.type] = lun_device_opener(device.type);
    const lun_backend *backend = lun_backends[device.type];
    if (!backend && !lun_failed()) lun_fail(LUN_E_DEVICE, "use \"cpu\"", "this build has no CUDA module");
    if (!backend) return false;
    int count = backend->count();
    if (device.index < count) return true;
    if (!lun_failed()) {
        lun_fail(LUN_E_DEVICE, NULL, "there is no device cuda:%d", device.index);
        lun_hint(count == 1 ? "the only one is cuda:0" : "there are cuda:0 to cuda:%d", count - 1);
    }
    return false;
}

bool lun_device_settle(void)
{
    bool ok = true;
    for (int type = 0; type < LUN_DEVICE_TYPES && ok; type++)
        if (type != LUN_CPU && lun_backends[type]) ok = lun_backends[type]->synchronize(-1);
    return ok;
}

static __thread uint8_t usual;

lun_device lun_device_usual(void)
{
    const lun_context *ctx = lun_context_get();
    return ctx->default_device.type == LUN_CUDA ? ctx->default_device : (lun_device){LUN_CUDA, usual};
}

void lun_device_set_usual(lun_device device)
{
    lun_context *ctx = lun_context_get();
    usual = device.index;
    if (ctx->default_device.type == LUN_CUDA) ctx->default_device = device;
}

bool lun_device_read(const char *name, lun_device *device)
{
    char *end;
    long index = lun_device_usual().index;
    *device = LUN_DEVICE_CPU;
    if (!strcmp(name, "cpu")) return true;
    bool cuda = !strncmp(name, "cuda", 4) && (!name[4] || (name[4] == ':' && name[5] >= '0' && name[5] <= '9'));
    if (cuda && name[4]) {
        index = strtol(name + 5, &end, 10);
        cuda = !*end && index < 256;
    }
    if (!cuda) return lun_fail(LUN_E_NAME, "\"cpu\", \"cuda\" or \"cuda:1\"", "no device '%s'", name), false;
    *device = (lun_device){LUN_CUDA, (uint8_t)index};
    return lun_device_open(*device);
}

/* --- moving ------------------------------------------------------------------------------------------------------------------- */

/* First byte of x's span within its storage, and how many bytes it has. */
static void span(const lun_tensor *x, size_t *from, size_t *bytes)
{
    size_t size = lun_dtype_size((lun_dtype)x->dtype);
    int64_t last = 0;
    for (int d = 0; d < x->ndim; d++) last += (x->dims[d] - 1) * x->strides[d];
    *from = (size_t)x->offset * size;
    *bytes = x->numel ? (size_t)(last + 1) * size : 0;
}

static bool copy_span(void *to, lun_device to_device, const void *from, lun_device from_device, size_t bytes)
{
    if (!bytes) return true;
    const lun_backend *a = lun_backends[to_device.type], *b = lun_backends[from_device.type];
    if (to_device.type == LUN_CPU) return b->to_host(to, from, bytes, from_device.index);
    if (from_device.type == LUN_CPU) return a->from_host(to, from, bytes, to_device.index);
    return a->copy(to, to_device.index, from, from_device.index, bytes);
}

static lun_tensor *move(lun_tensor *x, lun_device device)
{
    size_t from, bytes;
    span(x, &from, &bytes);
    int64_t cells = (int64_t)(bytes / lun_dtype_size((lun_dtype)x->dtype));
    lun_tensor *y = lun_tensor_empty((lun_dtype)x->dtype, 1, &cells, device);
    if (!y || !copy_span(lun_storage_data(y->storage), device, (char *)lun_storage_data(x->storage) + from, lun_tensor_device(x), bytes)) return NULL;
    y = lun_tensor_as(y, x->ndim, x->dims, x->strides, 0);
    if (y) y->flags |= x->flags & (LUN_ZERO_BASED | LUN_NUMBER);
    return y;
}

lun_tensor *lun_on_device(lun_tensor *x, lun_device device)
{
    size_t from, bytes;
    if (!x || lun_is_none(x) || lun_device_same(lun_tensor_device(x), device)) return x;
    if (!lun_device_open(device)) return NULL;
    span(x, &from, &bytes);
    if (bytes > 2 * lun_tensor_bytes(x) + 4096) x = lun_contiguous(lun_detach(x)); /* a few elements far apart close up first */
    return x ? move(x, device) : NULL;
}

lun_tensor *lun_to_device(lun_tensor *x, lun_device device)
{
    if (!x || lun_device_same(lun_tensor_device(x), device)) return x;
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_to_device));
    lun_call_input(&c, x);
    lun_params_device(&c.params, device);
    lun_params_device(&c.params, lun_tensor_device(x));
    return lun_apply1(&c);
}

/* The result is there before memory for it is asked for, so that nothing moves twice. */
bool lun_infer_to_device(lun_call *c)
{
    lun_tensor *x = lun_contiguous(lun_detach(c->in[0]));
    lun_device device = lun_param_device(&c->params, 0, LUN_DEVICE_CPU);
    lun_result_like(c, 0, c->in[0]);
    if (!x || !lun_device_open(device)) return false;
    c->out[0] = lun_device_same(lun_tensor_device(x), device) ? lun_clone(x) : move(x, device);
    return c->out[0] != NULL;
}

bool lun_device_arrived(lun_call *c) { return c->out[0] != NULL; }

void lun_vjp_to_device(const lun_node *n, lun_tensor **g, lun_tensor **dx)
{
    dx[0] = lun_to_device(g[0], lun_param_device(n->params, 1, LUN_DEVICE_CPU));
}

/* --- the door's questions ----------------------------------------------------------------------------------------------------- */

static bool is_lengths(const lun_call *c, int i)
{
    return i < 32 && !(c->op->has_list && i >= c->op->n_tensors - 1) && (c->op->count_in >> i & 1);
}

/* A number on the host; one that has been moved stands where it is, as any tensor. */
static bool is_number(const lun_tensor *x) { return (x->flags & LUN_NUMBER) && lun_tensor_device(x).type == LUN_CPU; }

static bool stays(const lun_call *c, int i) { return lun_is_none(c->in[i]) || is_number(c->in[i]) || is_lengths(c, i); }

/* "weight", "tensors[2]" */
enum { NAME_ROOM = 48 };
static char *name_of(const lun_call *c, int i, char *text)
{
    int last = c->op->n_tensors - 1, t = i < last ? i : last, k = 0;
    while (k < c->op->n_args - 1 && (c->op->arg[k].kind > LUN_ARG_LABELS || t-- > 0)) k++;
    if (c->op->has_list && i >= last) snprintf(text, NAME_ROOM, "%s[%d]", c->op->arg[k].name, i - last + 1);
    else snprintf(text, NAME_ROOM, "%s", c->op->arg[k].name);
    return text;
}

/* i < k. What moves: the tensor on the CPU, else the second; what is written stays. A parameter moves with its network. */
static bool apart(const lun_call *c, int i, int k, bool writes)
{
    char names[2][NAME_ROOM], places[2][LUN_DEVICE_TEXT];
    const lun_tensor *x[2] = {c->in[i], c->in[k]};
    for (int j = 0; j < 2; j++) name_of(c, j ? k : i, names[j]), lun_device_text(lun_tensor_device(x[j]), places[j]);
    int moves = lun_tensor_device(x[0]).type == LUN_CPU && !(writes && i == 0) ? 0 : 1;
    bool parameter = (x[moves]->flags & LUN_REQUIRES_GRAD) && !x[moves]->node;
    lun_fail(LUN_E_DEVICE, NULL, "%s is on %s and %s on %s", names[0], places[0], names[1], places[1]);
    if (parameter) lun_hint("net:to(\"%s\") moves all parameters of a network there", places[1 - moves]);
    else lun_hint("%s:to(\"%s\") moves it there", names[moves], places[1 - moves]);
    return false;
}

static bool all_on_host(const lun_call *c)
{
    for (int i = 0; i < c->n_in; i++)
        if (!lun_is_none(c->in[i]) && lun_tensor_device(c->in[i]).type != LUN_CPU) return false;
    return true;
}

bool lun_device_of_call(lun_call *c, bool lenient, lun_device *device)
{
    int first = -1;
    bool differ = false;
    *device = LUN_DEVICE_CPU;
    if (all_on_host(c)) return true;
    for (int i = 0; i < c->n_in; i++) {
        if (is_lengths(c, i) && !(c->in[i] = lun_on_host(c->in[i]))) return false; /* infer and kernels read them there */
        if (stays(c, i)) continue;
        lun_device here = lun_tensor_device(c->in[i]);
        if (first < 0) first = i, *device = here;
        else if (!lun_device_same(here, *device)) {
            differ = true;
            if (device->type == LUN_CPU) first = i, *device = here;
        }
    }
    if (c->op->flags & LUN_OP_MOVES) *device = lun_tensor_device(c->in[0]);
    if (!differ || (c->op->flags & LUN_OP_MOVES)) return true;
    bool writes = c->inplace || (c->op->flags & LUN_OP_WRITES);
    for (int i = 0; i < c->n_in; i++) {
        if (stays(c, i) || lun_device_same(lun_tensor_device(c->in[i]), *device)) continue;
        bool positions = i < 32 && ((c->op->index_in | c->op->label_in) >> i & 1);
        bool may = lun_tensor_device(c->in[i]).type == LUN_CPU && (lenient || positions || c->in[i]->ndim == 0) && !(writes && i == 0);
        if (!may) return apart(c, first < i ? first : i, first < i ? i : first, writes);
        if (!(c->in[i] = lun_to_device(c->in[i], *device))) return false;
    }
    return true;
}

/* --- rows without a kernel ---------------------------------------------------------------------------------------------------- */

static void say(const char *text)
{
    if (!getenv("LUNETTE_QUIET")) fprintf(stderr, "lunette: %s\n", text);
}
void (*lun_device_notice)(const char *text) = say;

uint64_t lun_device_fallbacks(int id) { return __atomic_load_n(&fallbacks[id], __ATOMIC_RELAXED); }

static void count(const lun_op *op, lun_device device)
{
    char text[160], name[LUN_DEVICE_TEXT];
    if (__atomic_fetch_add(&fallbacks[op->id], 1, __ATOMIC_RELAXED)) return;
    snprintf(text, sizeof text, "%s has no kernel on %s: it runs on the CPU, with copies (said once)", op->name, lun_device_text(device, name));
    lun_device_notice(text);
}

/* The results come back as they lie: an output that is also an argument is written back over its span. */
static bool bring_back(lun_tensor *to, const lun_tensor *from)
{
    size_t at, bytes;
    span(to, &at, &bytes);
    return copy_span((char *)lun_storage_data(to->storage) + at, lun_tensor_device(to), lun_data(from), LUN_DEVICE_CPU, bytes);
}

/* Room for n tensors that goes with the scope. */
static lun_tensor **list(int n, lun_tensor **few)
{
    int64_t size = n;
    if (n <= LUN_CALL_INPUTS) return few;
    lun_tensor *room = lun_tensor_empty(LUN_I64, 1, &size, LUN_DEVICE_CPU);
    return room ? lun_data(room) : NULL;
}

bool lun_device_fallback(lun_call *c, lun_device device)
{
    lun_kernel kernel = lun_backends[LUN_CPU]->kernel[c->op->id];
    if (!kernel) return lun_fail(LUN_E_DEVICE, "x:cpu() moves a tensor to the CPU", "there is no kernel for this op"), false;
    count(c->op, device);
    lun_call host = *c;
    host.in = list(c->n_in, host.few);
    host.out = host.few_out;
    if (!host.in) return false;
    const bool writes = (c->op->flags & LUN_OP_WRITES) != 0; /* perhaps into several arguments: Adam's moments */
    for (int i = 0; i < c->n_in; i++) {
        bool written = c->in[i] == c->out[0], elsewhere = !lun_is_none(c->in[i]) && lun_tensor_device(c->in[i]).type != LUN_CPU;
        host.in[i] = written || (writes && elsewhere) ? move(c->in[i], LUN_DEVICE_CPU) : lun_on_host(c->in[i]);
        if (!host.in[i]) return false;
        if (written) host.out[0] = host.in[i];
    }
    for (int k = 0; k < c->n_out; k++) {
        const lun_tensor *x = c->out[k];
        bool made = k == 0 && host.out[0] != x;
        if (!made) host.out[k] = lun_tensor_empty((lun_dtype)x->dtype, x->ndim, x->dims, LUN_DEVICE_CPU);
        if (!host.out[k]) return false;
    }
    if (!kernel(&host)) return false;
    for (int i = 0; writes && i < c->n_in; i++) /* the result last: it may share memory with an argument that was only read */
        if (host.in[i] != c->in[i] && c->in[i] != c->out[0] && !bring_back(c->in[i], host.in[i])) return false;
    for (int k = 0; k < c->n_out; k++)
        if (!bring_back(c->out[k], host.out[k])) return false;
    return true;
}
