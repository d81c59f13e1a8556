/* saved.c - saving values for backward, handing them out again, joined to the graph where backward is itself recorded
 *
 * Holds: what comes back has the shape and dtype of what was saved, whoever kept it.
 * Read next: core/tape.c. SPDX-License-Identifier: MIT
 */
#include "core/saved.h"

#include "core/alloc.h"
#include "core/functional.h"

typedef struct lun_packed {
    lun_saved_hooks *hooks;
    void *thing;
    lun_spec spec;
} lun_packed;

void lun_saved_hooks_drop(lun_saved_hooks *h)
{
    if (!h || __atomic_sub_fetch(&h->refs, 1, __ATOMIC_ACQ_REL)) return;
    if (h->done) h->done(h->argument);
    lun_block_put(h, sizeof *h);
}

/* Hooks do not see what hooks compute. */
static bool pack(lun_saved *slot, lun_tensor *x)
{
    lun_context *ctx = lun_context_get();
    lun_saved_hooks *h = ctx->saved_hooks;
    lun_packed *p = lun_block_get(sizeof *p);
    if (!p) return false;
    *p = (lun_packed){.hooks = h, .spec = {.dtype = (lun_dtype)x->dtype, .ndim = x->ndim}};
    for (int d = 0; d < x->ndim; d++) p->spec.dims[d] = x->dims[d];
    bool was_enabled = ctx->grad_enabled;
    ctx->saved_hooks = NULL;
    ctx->grad_enabled = false;
    lun_tensor *alias = lun_tensor_alias(x);
    p->thing = alias ? h->pack(h->argument, alias) : NULL;
    ctx->grad_enabled = was_enabled;
    ctx->saved_hooks = h;
    if (!p->thing) {
        lun_block_put(p, sizeof *p);
        return false;
    }
    __atomic_add_fetch(&h->refs, 1, __ATOMIC_RELAXED);
    slot->packed = p;
    return true;
}

bool lun_saved_put(lun_saved *slot, lun_tensor *x)
{
    if (!x || lun_is_none(x)) return true;
    slot->version = x->storage->version;
    if (__builtin_expect(lun_context_get()->saved_hooks != NULL, 0)) return pack(slot, x);
    slot->value = lun_keep(lun_tensor_alias(x));
    return slot->value != NULL;
}

void lun_saved_free(lun_saved *slot)
{
    lun_packed *p = slot->packed;
    if (!slot->value && !p) return;
    lun_drop(slot->value);
    *slot = (lun_saved){.version = slot->version};
    if (!p) return;
    p->hooks->release(p->hooks->argument, p->thing);
    lun_saved_hooks_drop(p->hooks);
    lun_block_put(p, sizeof *p);
}

static lun_tensor *unpack(const lun_packed *p)
{
    lun_context *ctx = lun_context_get();
    bool was_enabled = ctx->grad_enabled;
    ctx->grad_enabled = false;
    lun_tensor *x = p->hooks->unpack(p->hooks->argument, p->thing);
    ctx->grad_enabled = was_enabled;
    if (!x) return NULL;
    char got[LUN_SHAPE_TEXT], want[LUN_SHAPE_TEXT];
    if (x->dtype == p->spec.dtype && lun_shape_same(x->ndim, x->dims, p->spec.ndim, p->spec.dims)) return lun_tensor_alias(x);
    return lun_fail(LUN_E_GRADIENT, "unpack must give back a tensor like the one that pack got", "unpack gave %s for a saved %s of shape %s",
                    lun_tensor_text(x, got), lun_dtypes[p->spec.dtype].name, lun_shape_text(p->spec.ndim, p->spec.dims, want));
}

/* Checks a saved value and hands it out as it was. */
static lun_tensor *value_of(const lun_node *n, const lun_saved *slot, const char *what)
{
    lun_tensor *x = slot->value;
    if (slot->packed) return unpack(slot->packed);
    if (!x) {
        if (!n->freed) return LUN_NONE;
        return lun_fail(LUN_E_GRADIENT, "run the forward pass again, or call backward{retain_graph=true} the first time if you need both",
                        "this graph was already used and its saved values are freed (at line %d)", n->freed_at.line);
    }
    if (x->storage->version != slot->version)
        return lun_fail(LUN_E_INPLACE, "write x:clone() in place instead, or use the form without _",
                        "backward of %s (line %d) needs its %s, but that was changed in place (line %d)", lun_node_name(n), n->site.line,
                        what, x->storage->write_line);
    return lun_scope_add(lun_keep(x));
}

/* y is the leaf as it was saved: another tensor with its own place in memory. */
static lun_tensor *join_leaf(lun_tensor *y, lun_tensor *leaf)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_view));
    lun_call_input(&c, leaf);
    lun_params_ints(&c.params, y->ndim, y->dims);
    c.n_out = 1;
    c.out[0] = y;
    return lun_tape_record(&c, c.in, NULL) ? y : NULL;
}

/* The alias joined to the graph again, for a backward pass that is itself recorded. */
static lun_tensor *join(lun_tensor *x, lun_edge edge)
{
    if (!x || lun_is_none(x) || !lun_context_get()->create_graph || (!edge.node && !edge.leaf)) return x;
    if (edge.leaf && edge.leaf->storage == x->storage && edge.leaf->offset == x->offset) return edge.leaf;
    lun_tensor *y = lun_tensor_alias(x);
    if (!y) return NULL;
    if (!edge.node) return join_leaf(y, edge.leaf);
    lun_node_keep(edge.node);
    y->node = edge.node;
    y->output = edge.output;
    return y;
}

lun_tensor *lun_saved_in(const lun_node *n, int i) { return join(value_of(n, &n->saved_in[i], "argument"), n->edge[i]); }

lun_tensor *lun_saved_out(const lun_node *n, int k)
{
    lun_edge self = {.node = (lun_node *)(uintptr_t)n, .output = k};
    lun_tensor *x = value_of(n, &n->saved_out[k], "result");
    return x && !lun_is_none(x) && lun_dtype_has_gradient((lun_dtype)x->dtype) ? join(x, self) : x;
}
