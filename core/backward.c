/* backward.c - the backward pass
 *
 * Three loops: find the nodes below the roots and count how many consumers each has; run a node when all of its consumers are
 * done; hand each gradient to the node or leaf its edge names. No recursion, so depth costs memory only.
 * Holds: every gradient has its input's shape and dtype when it is handed on (broadcasts are summed here, once).
 * SPDX-License-Identifier: MIT
 */
#include "core/backward.h"

#include "core/alloc.h"
#include "core/device.h"
#include "core/functional.h"
#include "core/hook.h"
#include "core/touched.h"
#include "core/views.h"


/* A leaf with hooks: they see, once, the sum of what all edges bring. */
typedef struct hooked {
    lun_tensor *leaf, *sum;
    size_t waiting;             /* edges that have not brought theirs */
} hooked;

typedef struct pass {
    lun_node **ready;           /* a stack of nodes: first used to walk, then those that may run */
    size_t count, capacity;
    uint64_t visit;
    bool retain_graph, create_graph;
    int n_wanted;               /* lun_gradients: */
    lun_tensor **wanted, **found;
    hooked *hooked;
    size_t n_hooked, hooked_capacity;
} pass;

static bool push(pass *p, lun_node *n)
{
    if (p->count == p->capacity && !lun_block_grow(&p->ready, &p->capacity, sizeof *p->ready, 256)) return false;
    lun_node_keep(n);
    p->ready[p->count++] = n;
    return true;
}

static hooked *hooked_leaf(const pass *p, const lun_tensor *leaf)
{
    for (size_t i = 0; i < p->n_hooked; i++)
        if (p->hooked[i].leaf == leaf) return &p->hooked[i];
    return NULL;
}

/* An edge leads to this leaf. */
static bool expect(pass *p, lun_tensor *leaf)
{
    if (!leaf->hooks) return true;
    hooked *h = hooked_leaf(p, leaf);
    if (!h && p->n_hooked == p->hooked_capacity && !lun_block_grow(&p->hooked, &p->hooked_capacity, sizeof *p->hooked, 16)) return false;
    if (!h) {
        h = &p->hooked[p->n_hooked++];
        *h = (hooked){.leaf = lun_keep(leaf)};
    }
    h->waiting++;
    return true;
}

static void forget_hooked(pass *p)
{
    for (size_t i = 0; i < p->n_hooked; i++) {
        lun_drop(p->hooked[i].sum);
        lun_drop(p->hooked[i].leaf);
    }
    lun_block_put(p->hooked, p->hooked_capacity * sizeof *p->hooked);
}

static bool discover(pass *p, lun_node *n)
{
    if (n->visit == p->visit) return true;
    n->visit = p->visit;
    n->waiting = 0;
    for (int k = 0; k < n->n_out; k++) {
        lun_drop(n->grad[k]);
        n->grad[k] = NULL;
    }
    return push(p, n);
}

static bool count_consumers(pass *p, int n_roots, lun_tensor **roots)
{
    bool ok = true;
    for (int i = 0; i < n_roots && ok; i++) ok = roots[i]->node ? discover(p, roots[i]->node) : expect(p, roots[i]);
    while (p->count) {
        lun_node *n = p->ready[--p->count];
        for (int i = 0; i < n->n_in && ok; i++) {
            lun_node *below = n->edge[i].node;
            if (n->edge[i].leaf) ok = expect(p, n->edge[i].leaf);
            if (!below) continue;
            ok = discover(p, below);
            below->waiting++;
        }
        lun_node_drop(n);
    }
    return ok;
}

lun_tensor *lun_sum_to(lun_tensor *g, int ndim, const int64_t *dims)
{
    if (!g || lun_shape_same(g->ndim, g->dims, ndim, dims)) return g;
    int64_t fold[LUN_MAX_DIMS];
    int n = 0, lead = g->ndim - ndim;
    for (int d = 0; d < g->ndim; d++)
        if (d < lead || (dims[d - lead] == 1 && g->dims[d] != 1)) fold[n++] = d;
    if (n) g = lun_sum(g, n, fold, true);
    return lun_reshape(g, ndim, dims);
}

/* *slot = *slot + g, holding a reference. */
static bool accumulate(const pass *p, lun_tensor **slot, lun_tensor *g)
{
    lun_tensor *sum = g;
    if (*slot) sum = lun_add(*slot, g);
    else if (!p->create_graph && g->node) sum = lun_detach(g);
    if (!sum) return false;
    lun_keep(sum);
    lun_drop(*slot);
    *slot = sum;
    return true;
}

static const lun_grad_hook *hook_after(const lun_grad_hook *h, int output, uint64_t order)
{
    const lun_grad_hook *best = NULL;
    for (; h; h = h->next)
        if (h->output == output && h->order > order && (!best || h->order < best->order)) best = h;
    return best;
}

/* A hook may remove any hook, itself too, so the next one is looked for when it is due; those put on meanwhile wait for another pass. */
static lun_tensor *run_hooks(lun_grad_hook *const *list, int output, lun_tensor *g)
{
    uint64_t newest = 0, order = 0;
    if (!*list) return g;
    for (const lun_grad_hook *h = *list; h; h = h->next) newest = h->order > newest ? h->order : newest;
    for (const lun_grad_hook *h; g && (h = hook_after(*list, output, order)) && h->order <= newest;) {
        order = h->order;
        g = h->on(h->argument, g);
    }
    return g;
}

/* A leaf's gradient is its own buffer: what somebody else holds too is copied, later ones are added in place. */
static bool leaf_accumulate(const pass *p, lun_tensor *leaf, lun_tensor *g, bool shared)
{
    if (lun_watching) lun_watching->handle(leaf);
    if (lun_leaf_noted) lun_leaf_noted(leaf);
    if (p->create_graph) return accumulate(p, &leaf->grad, g);
    lun_tensor *sum;
    if (leaf->grad) return (lun_touched_add(leaf->grad, g, &sum) ? sum : lun_add_into(leaf->grad, g)) != NULL;
    if (shared || lun_watching || g->refs > 1 || g->storage->refs - g->storage->queued > 1 || g->node) g = lun_clone(lun_detach(g));
    leaf->grad = lun_keep(g);
    return g != NULL;
}

static bool leaf_gradient(const pass *p, lun_tensor *leaf, lun_tensor *g, bool shared)
{
    if (!p->wanted) return leaf_accumulate(p, leaf, g, shared);
    for (int i = 0; i < p->n_wanted; i++)
        if (p->wanted[i] == leaf && !accumulate(p, &p->found[i], g)) return false;
    return true;
}

static bool reach_leaf(const pass *p, lun_tensor *leaf, lun_tensor *g, bool shared)
{
    hooked *h = hooked_leaf(p, leaf);
    return h ? accumulate(p, &h->sum, g) : leaf_gradient(p, leaf, g, shared);
}

/* One edge to this leaf has brought what it brings; after the last one its hooks see the sum. */
static bool leaf_served(const pass *p, lun_tensor *leaf)
{
    hooked *h = hooked_leaf(p, leaf);
    if (!h || --h->waiting || !h->sum) return true;
    size_t mark = lun_scope_mark();
    lun_tensor *g = run_hooks(&leaf->hooks, 0, lun_scope_add(h->sum));
    h->sum = NULL;
    bool ok = g && leaf_gradient(p, leaf, g, false);
    lun_scope_drain(mark);
    return ok;
}

/* A gradient arrives at input i of node n; `shared`: it is to arrive at another one too. */
static bool deliver(const pass *p, const lun_node *n, int i, lun_tensor *g, bool shared)
{
    const lun_edge *e = &n->edge[i];
    const lun_spec *s = &n->in_spec[i];
    if (lun_is_none(g) || (!e->node && !e->leaf)) return true;
    if (lun_dtype_is_complex((lun_dtype)g->dtype) && !lun_dtype_is_complex(s->dtype))
        g = lun_call1(LUN_OP_real, g); /* a real value cannot move along i */
    g = lun_sum_to(g, s->ndim, s->dims);
    g = lun_to_dtype(g, s->dtype);
    if (!g) return false;
    return e->node ? accumulate(p, &e->node->grad[e->output], g) : reach_leaf(p, e->leaf, g, shared);
}

/* Hooks of the node's own results, and results that lun_gradients was asked for. */
static bool outputs_ready(const pass *p, lun_node *n, lun_tensor **g)
{
    for (int k = 0; k < n->n_out; k++) {
        g[k] = n->grad[k] ? lun_scope_add(n->grad[k]) : LUN_NONE;
        n->grad[k] = NULL;
        if (!g[k]) return false;
        if (lun_is_none(g[k])) continue;
        if (!(g[k] = run_hooks(&n->hooks, k, g[k]))) return false;
        for (int i = 0; i < p->n_wanted; i++)
            if (p->wanted[i]->node == n && p->wanted[i]->output == k && !accumulate(p, &p->found[i], g[k])) return false;
    }
    return true;
}

static bool has_nan(lun_tensor *g)
{
    if (!g || lun_is_none(g) || !lun_dtype_has_gradient((lun_dtype)g->dtype)) return false;
    lun_context *ctx = lun_context_get();
    bool was_enabled = ctx->grad_enabled;
    ctx->grad_enabled = false;
    lun_tensor *any = lun_call1(LUN_OP_any, lun_call1(LUN_OP_isnan, g));
    ctx->grad_enabled = was_enabled;
    return any && lun_get_integer(any, 0) != 0;
}

static bool no_nan(const lun_node *n, lun_tensor **dx)
{
    for (int i = 0; i < n->n_in; i++) {
        if (!lun_wants(n, i) || !has_nan(dx[i])) continue;
        lun_fail(LUN_E_NUMERIC, NULL, "backward of %s gave NaN for its argument %d; the op ran at %s:%d%s%s", lun_node_name(n), i + 1,
                 n->site.file ? n->site.file : "?", n->site.line, n->module_path ? " in module " : "", n->module_path ? n->module_path : "");
        lun_hint("look at the arguments there: a 0 under sqrt, log or division gives infinity, and infinity times 0 is NaN");
        return false;
    }
    return !lun_failed();
}

/* Gradient functions of ops with several results may be written for present gradients only. */
static bool run_vjp(const pass *p, lun_node *n, lun_tensor **g)
{
    lun_context *ctx = lun_context_get();
    lun_tensor *few[LUN_CALL_INPUTS], **dx = few;
    bool any = false, ok;
    for (int k = 0; k < n->n_out; k++) any |= !lun_is_none(g[k]);
    if (!any) return true;
    if (n->n_in > LUN_CALL_INPUTS && !(dx = lun_block_get((size_t)n->n_in * sizeof *dx))) return false;
    for (int i = 0; i < n->n_in; i++) dx[i] = LUN_NONE;
    ctx->backward_node = n;
    if (n->op->flags & LUN_OP_NO_GRAD) dx[0] = lun_zeros_like(g[0]); /* wrote over its argument */
    else n->op->vjp(n, g, dx);
    ctx->backward_node = NULL;
    ok = !lun_failed() && (!ctx->detect_anomaly || no_nan(n, dx));
    for (int i = 0; i < n->n_in && ok; i++) {
        bool shared = false;
        for (int j = i + 1; j < n->n_in; j++) shared |= dx[j] == dx[i];
        ok = dx[i] && deliver(p, n, i, dx[i], shared);
    }
    if (dx != few) lun_block_put(dx, (size_t)n->n_in * sizeof *dx);
    return ok;
}

static bool run_node(pass *p, lun_node *n)
{
    lun_tensor *g[LUN_MAX_OUT];
    size_t mark = lun_scope_mark();
    bool ok = outputs_ready(p, n, g);
    if (ok && !n->op->vjp && !(n->op->flags & LUN_OP_NO_GRAD))
        ok = lun_fail(LUN_E_GRADIENT, "x:detach() before it, if no gradient should flow there", "%s has no gradient", lun_node_name(n));
    ok = ok && run_vjp(p, n, g);
    lun_scope_drain(mark);
    if (ok && !p->retain_graph) {
        lun_context *ctx = lun_context_get();
        if (lun_watching) lun_watching->node(n);
        lun_node_free_saved(n);
        n->freed = true;
        if (ctx->site) n->freed_at = ctx->site();
    }
    for (int i = 0; i < n->n_in && ok; i++) {
        lun_node *below = n->edge[i].node;
        if (below && --below->waiting == 0) ok = push(p, below);
        else if (n->edge[i].leaf) ok = leaf_served(p, n->edge[i].leaf);
    }
    return ok;
}

static bool seed(pass *p, int n_roots, lun_tensor **roots, lun_tensor **seeds)
{
    for (int i = 0; i < n_roots; i++) {
        lun_tensor *x = roots[i], *g = seeds[i];
        if (!lun_requires_grad(x))
            return lun_fail(LUN_E_GRADIENT, "make a parameter with requires_grad = true, and compute outside lun.no_grad",
                            "this tensor does not require grad: nothing it was computed from does"), false;
        if (lun_is_none(g) && lun_dtype_is_complex((lun_dtype)x->dtype))
            return lun_fail(LUN_E_GRADIENT, "x:abs():sum():backward(), or pass a gradient of x's shape",
                            "backward starts from a real number, this is %s", lun_dtypes[x->dtype].name), false;
        if (lun_is_none(g) && x->numel != 1) {
            char text[LUN_SHAPE_TEXT];
            return lun_fail(LUN_E_GRADIENT, "x:sum():backward(), or pass a gradient of x's shape",
                            "backward starts from a single number, this is %s", lun_tensor_text(x, text)), false;
        }
        if (!lun_is_none(g) && !lun_shape_same(g->ndim, g->dims, x->ndim, x->dims)) {
            char a[LUN_SHAPE_TEXT], b[LUN_SHAPE_TEXT];
            return lun_fail(LUN_E_SHAPE, NULL, "the gradient %s must have the shape of %s", lun_tensor_text(g, a), lun_tensor_text(x, b)),
                   false;
        }
        if (g->flags & LUN_NUMBER) g = lun_to_device(g, lun_tensor_device(x));
        if (!g) return false;
        if (!lun_is_none(g) && !lun_device_same(lun_tensor_device(g), lun_tensor_device(x))) {
            char a[LUN_DEVICE_TEXT], b[LUN_DEVICE_TEXT];
            lun_fail(LUN_E_DEVICE, NULL, "the gradient is on %s, the tensor on %s", lun_device_text(lun_tensor_device(g), a),
                     lun_device_text(lun_tensor_device(x), b));
            return lun_hint("g:to(\"%s\") moves it there", b), false;
        }
        if (lun_is_none(g)) g = lun_full(x->ndim, x->dims, 1, (lun_dtype)x->dtype, lun_tensor_device(x));
        g = lun_to_dtype(g, (lun_dtype)x->dtype);
        if (!g) return false;
        if (x->node ? !accumulate(p, &x->node->grad[x->output], g) : !(reach_leaf(p, x, g, true) && leaf_served(p, x))) return false;
    }
    for (int i = 0; i < n_roots; i++) { /* a root below another root waits for its consumers */
        lun_node *n = roots[i]->node;
        bool again = false;
        for (int j = 0; j < i; j++) again |= roots[j]->node == n;
        if (n && !again && n->waiting == 0 && !push(p, n)) return false;
    }
    return true;
}

static bool walk(pass *p, int n_roots, lun_tensor **roots, lun_tensor **seeds)
{
    static uint64_t visits;
    lun_context *ctx = lun_context_get();
    bool was_enabled = ctx->grad_enabled, was_create = ctx->create_graph, ok;
    lun_phase was_phase = ctx->phase;
    p->visit = __atomic_add_fetch(&visits, 1, __ATOMIC_RELAXED);
    ctx->grad_enabled = ctx->create_graph = p->create_graph;
    ctx->phase = LUN_PHASE_BACKWARD;
    ok = count_consumers(p, n_roots, roots) && seed(p, n_roots, roots, seeds);
    while (p->count) {
        lun_node *n = p->ready[--p->count];
        ok = ok && run_node(p, n);
        lun_node_drop(n);
    }
    lun_block_put(p->ready, p->capacity * sizeof *p->ready);
    forget_hooked(p);
    ctx->grad_enabled = was_enabled;
    ctx->create_graph = was_create;
    ctx->phase = was_phase;
    return ok;
}

bool lun_backward(int n, lun_tensor **roots, lun_tensor **seeds, bool retain_graph, bool create_graph)
{
    for (int i = 0; i < n; i++)
        if (!roots[i] || !seeds[i] || !lun_view_refresh(roots[i])) return false;
    pass p = {.retain_graph = retain_graph || create_graph, .create_graph = create_graph};
    return walk(&p, n, roots, seeds);
}

bool lun_gradients(int n, lun_tensor **roots, lun_tensor **seeds, int n_inputs, lun_tensor **inputs, lun_tensor **grads,
                   bool retain_graph, bool create_graph, bool allow_unused)
{
    for (int i = 0; i < n; i++)
        if (!roots[i] || !seeds[i] || !lun_view_refresh(roots[i])) return false;
    for (int i = 0; i < n_inputs; i++) {
        grads[i] = NULL;
        if (!lun_view_refresh(inputs[i])) return false;
        if (!lun_requires_grad(inputs[i]))
            return lun_fail(LUN_E_GRADIENT, "x:requires_grad_() before it is used", "input %d does not require grad", i + 1), false;
    }
    pass p = {.retain_graph = retain_graph || create_graph, .create_graph = create_graph, .n_wanted = n_inputs, .wanted = inputs,
              .found = grads};
    bool ok = walk(&p, n, roots, seeds);
    for (int i = 0; i < n_inputs; i++) {
        if (grads[i]) lun_scope_add(grads[i]);
        else grads[i] = LUN_NONE;
        if (ok && lun_is_none(grads[i]) && !allow_unused)
            ok = lun_fail(LUN_E_GRADIENT, "allow_unused = true gives nil there", "input %d was not used to compute the result", i + 1);
    }
    return ok;
}
