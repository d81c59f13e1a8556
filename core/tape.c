/* tape.c - recording ops, saving values, hooks on gradients
 *
 * A node and its arrays are one record. Saved values are aliases without graph (a user's handle may later be rewritten in place and
 * would tie a knot); when a recorded backward needs their graph it is put back from the edges.
 * Read next: core/backward.c. SPDX-License-Identifier: MIT
 */
#include "core/tape.h"

#include "core/alloc.h"
#include "core/functional.h"
#include "core/hook.h"
#include "core/params.h"
#include "core/saved.h"
#include "core/views.h"

#include <string.h>

static size_t node_bytes(int n_in, size_t params_bytes)
{
    return sizeof(lun_node) + (size_t)n_in * (sizeof(lun_spec) + sizeof(lun_edge) + sizeof(lun_saved)) + params_bytes;
}

static lun_node *node_new(const lun_call *c)
{
    size_t params_bytes = lun_params_bytes(&c->params), bytes = node_bytes(c->n_in, params_bytes);
    lun_node *n = lun_block_get(bytes);
    if (!n) return NULL;
    memset(n, 0, bytes - params_bytes);
    n->refs = 1;
    n->n_in = c->n_in;
    n->n_out = c->n_out;
    n->op = c->op;
    n->bytes = bytes;
    n->in_spec = (lun_spec *)(void *)(n + 1);
    n->edge = (lun_edge *)(void *)(n->in_spec + c->n_in);
    n->saved_in = (lun_saved *)(void *)(n->edge + c->n_in);
    n->params = (lun_params *)(void *)(n->saved_in + c->n_in);
    memcpy(n->params, &c->params, params_bytes);
    return n;
}

static lun_spec spec_of(const lun_tensor *x)
{
    lun_spec s = {.dtype = (lun_dtype)x->dtype, .ndim = x->ndim};
    if (x->ndim) memcpy(s.dims, x->dims, x->ndim * sizeof *s.dims);
    return s;
}

lun_edge lun_tape_edge(lun_tensor *x)
{
    if (lun_is_none(x) || !lun_dtype_has_gradient((lun_dtype)x->dtype)) return (lun_edge){0};
    if (x->node) return (lun_edge){.node = x->node, .output = x->output};
    return (lun_edge){.leaf = (x->flags & LUN_REQUIRES_GRAD) ? x : NULL};
}

/* Does the gradient of the call read input i? */
static bool is_saved(const lun_call *c, int i, bool other_wanted)
{
    return i < 16 && (c->op->save >> i & 1) && (!(c->op->save & LUN_SAVE_CROSS) || other_wanted);
}

bool lun_tape_before_write(const lun_call *c, lun_tensor **original, lun_edge *edges)
{
    for (int i = 0; i < c->n_in; i++) {
        if (!lun_view_refresh(c->in[i])) return false;
        edges[i] = lun_tape_edge(c->in[i]);
    }
    for (int i = 0; i < c->n_in; i++) {
        bool other = c->n_in > 1 && i < 2 && (edges[1 - i].node || edges[1 - i].leaf);
        if (lun_is_none(c->in[i]) || !is_saved(c, i, other) || !lun_may_overlap(c->in[i], c->in[0])) continue;
        if (!(original[i] = lun_clone(lun_detach(c->in[i])))) return false;
    }
    return true;
}

static bool save_values(lun_node *n, const lun_call *c, lun_tensor **in)
{
    bool ok = true;
    for (int i = 0; i < c->n_in && ok; i++)
        if (is_saved(c, i, i < 2 && c->n_in > 1 && lun_wants(n, 1 - i))) ok = lun_saved_put(&n->saved_in[i], in[i]);
    for (int k = 0; k < c->n_out && ok; k++)
        if (c->op->save >> (16 + k) & 1 && k < 8) ok = lun_saved_put(&n->saved_out[k], c->out[k]);
    return ok;
}

/* Unlinks the hook with this id, or (id 0) with this argument. */
static lun_grad_hook *take_hook(lun_grad_hook **at, int id, const void *argument)
{
    for (; *at; at = &(*at)->next) {
        lun_grad_hook *h = *at;
        if (id ? h->id != id : h->argument != argument) continue;
        *at = h->next;
        h->next = NULL;
        return h;
    }
    return NULL;
}

/* y is the node's k-th result from now on. What y's own gradient is kept by moves along; hooks stay with the value they were put on. */
static void attach(lun_node *n, lun_tensor *y, int k)
{
    lun_grad_hook *kept = y->node && (y->flags & LUN_RETAIN_GRAD) ? take_hook(&y->node->hooks, 0, y) : NULL;
    if (kept) {
        kept->output = k;
        kept->next = n->hooks;
        n->hooks = kept;
    }
    lun_node_keep(n);
    lun_node_drop(y->node);
    y->node = n;
    y->output = k;
}

static bool attach_results(lun_node *n, const lun_call *c)
{
    for (int k = 0; k < c->n_out; k++) n->out_spec[k] = spec_of(c->out[k]);
    if (n->inplace && (c->out[0]->flags & LUN_VIEW)) return lun_view_written(c->out[0], n);
    for (int k = 0; k < c->n_out; k++)
        if (lun_dtype_has_gradient((lun_dtype)c->out[k]->dtype)) attach(n, c->out[k], k);
    return true;
}

static lun_node *new_record(const lun_call *c, lun_tensor **in, const lun_edge *edges)
{
    lun_context *ctx = lun_context_get();
    for (int i = 0; i < c->n_in && !edges; i++)
        if (!lun_view_refresh(in[i])) return NULL;
    lun_node *n = node_new(c);
    if (!n) return NULL;
    n->sequence = ctx->sequence;
    n->module_path = ctx->module_path;
    n->drawn = c->generator.offset;
    n->inplace = edges != NULL;
    if (ctx->site) n->site = ctx->site();
    for (int i = 0; i < c->n_in; i++) {
        if (!lun_is_none(in[i])) n->in_spec[i] = spec_of(in[i]);
        n->edge[i] = edges ? edges[i] : lun_tape_edge(in[i]);
        lun_node_keep(n->edge[i].node);
        lun_keep(n->edge[i].leaf);
    }
    return n;
}

bool lun_tape_record(lun_call *c, lun_tensor **in, const lun_edge *edges)
{
    lun_node *n = new_record(c, in, edges);
    if (!n) return false;
    bool ok = save_values(n, c, in) && attach_results(n, c);
    lun_node_drop(n);
    return ok;
}

static void custom_free(lun_custom *custom)
{
    if (!custom) return;
    if (custom->release) custom->release(custom->argument);
    lun_block_put(custom, sizeof *custom);
}

lun_node *lun_tape_custom(lun_call *c, const lun_edge *edges, const lun_custom *custom)
{
    lun_custom *own = lun_block_get(sizeof *own);
    lun_node *n = own ? new_record(c, c->in, edges) : NULL;
    if (own) *own = *custom;
    else if (custom->release) custom->release(custom->argument);
    if (!n) {
        custom_free(own);
        return NULL;
    }
    n->custom = own;
    n->inplace = c->inplace;
    bool ok = attach_results(n, c);
    lun_node_drop(n);
    return ok ? n : NULL;
}

const char *lun_node_name(const lun_node *n) { return n->custom ? n->custom->name : n->op->name; }

void lun_node_keep(lun_node *n)
{
    if (n) __atomic_add_fetch(&n->refs, 1, __ATOMIC_RELAXED);
}

void lun_node_free_saved(lun_node *n)
{
    for (int i = 0; i < n->n_in; i++) lun_saved_free(&n->saved_in[i]);
    for (int k = 0; k < n->n_out; k++) lun_saved_free(&n->saved_out[k]);
}

void lun_hooks_free(lun_grad_hook *hooks)
{
    for (lun_grad_hook *h = hooks, *next; h; h = next) {
        next = h->next;
        if (h->release) h->release(h->argument);
        lun_block_put(h, sizeof *h);
    }
}

/* Nodes to free wait in a list (linked through `visit`), so that a long chain is freed by a loop. */
void lun_node_drop(lun_node *n)
{
    static __thread lun_node *waiting;
    static __thread bool busy;
    if (!n || __atomic_sub_fetch(&n->refs, 1, __ATOMIC_ACQ_REL)) return;
    n->visit = (uint64_t)(uintptr_t)waiting;
    waiting = n;
    if (busy) return;
    busy = true;
    while ((n = waiting)) {
        waiting = (lun_node *)(uintptr_t)n->visit;
        lun_node_free_saved(n);
        for (int k = 0; k < n->n_out; k++) lun_drop(n->grad[k]);
        for (int i = 0; i < n->n_in; i++) {
            lun_node_drop(n->edge[i].node);
            lun_drop(n->edge[i].leaf);
        }
        lun_hooks_free(n->hooks);
        custom_free(n->custom);
        lun_block_put(n, n->bytes);
    }
    busy = false;
}

/* ---- hooks on gradients ---- */

/* The node points at the handle without holding it; lun_tape_forget ends that when the handle goes. */
static lun_tensor *retain(void *handle, lun_tensor *g)
{
    lun_tensor *x = handle, *sum = lun_detach(g);
    if (!sum) return NULL;
    if (lun_watching) lun_watching->handle(x);
    lun_keep(sum);
    lun_drop(x->grad);
    x->grad = sum;
    return g;
}

int lun_tensor_hook(lun_tensor *x, lun_tensor *(*on)(void *, lun_tensor *), void (*release)(void *), void *argument)
{
    static int ids;
    if (!x || !lun_view_refresh(x)) return 0;
    if (!lun_requires_grad(x)) {
        lun_fail(LUN_E_GRADIENT, "x:requires_grad_()", "x does not require grad, so there is no gradient to hook");
        return 0;
    }
    lun_grad_hook *h = lun_block_get(sizeof *h), **at = x->node ? &x->node->hooks : &x->hooks;
    if (!h) return 0;
    *h = (lun_grad_hook){.output = x->output, .id = __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED), .on = on, .release = release,
                         .argument = argument};
    h->order = (uint64_t)h->id | (on == retain ? (uint64_t)1 << 32 : 0);
    while (*at) at = &(*at)->next;
    *at = h;
    return h->id;
}

static bool remove_hook(lun_grad_hook **at, int id, const void *argument)
{
    lun_grad_hook *h = take_hook(at, id, argument);
    lun_hooks_free(h);
    return h != NULL;
}

bool lun_tensor_unhook(lun_tensor *x, int id)
{
    return (x->node && remove_hook(&x->node->hooks, id, NULL)) || remove_hook(&x->hooks, id, NULL);
}

bool lun_tensor_retain_grad(lun_tensor *x)
{
    if (!x || !lun_view_refresh(x)) return false;
    if (!x->node || (x->flags & LUN_RETAIN_GRAD)) return true;
    if (!lun_tensor_hook(x, retain, NULL, x)) return false;
    x->flags |= LUN_RETAIN_GRAD;
    return true;
}

void lun_tape_forget(lun_tensor *x)
{
    if (x->node) remove_hook(&x->node->hooks, 0, x);
}

lun_tensor *lun_detach(lun_tensor *x) { return lun_tensor_alias(x); }

bool lun_set_requires_grad(lun_tensor *x, bool wanted)
{
    if (!x || !lun_view_refresh(x)) return false;
    if (wanted && !lun_dtype_has_gradient((lun_dtype)x->dtype))
        return lun_fail(LUN_E_DTYPE, "x:float() converts to float32", "only float and complex tensors can require grad, this is %s",
                        lun_dtypes[x->dtype].name), false;
    if (x->node && !wanted)
        return lun_fail(LUN_E_GRADIENT, "x:detach()", "x is the result of an op; only leaves can stop requiring grad"), false;
    if (lun_watching) lun_watching->handle(x);
    if (!x->node && wanted) lun_view_part(x);
    if (!x->node) x->flags = (uint16_t)(wanted ? x->flags | LUN_REQUIRES_GRAD : x->flags & ~LUN_REQUIRES_GRAD);
    return true;
}
