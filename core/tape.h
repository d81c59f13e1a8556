/* tape.h - what happened, for the way back
 *
 * A node per recorded op: op, attributes, edges to what made its inputs, the values its gradient reads, where it was made.
 * Holds: a node never owns a handle the user holds (it keeps aliases), so graph and tensors cannot form a cycle; saved values
 * carry the version they had, and reading one that was changed since is an error naming both lines. Freeing a chain of a
 * million nodes does not recurse.
 * Read next: core/backward.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_TAPE_H
#define LUN_CORE_TAPE_H
#include "core/apply.h"
#include "core/context.h"

typedef struct lun_edge {
    struct lun_node *node; /* the op that made this input, or */
    lun_tensor *leaf;      /* the leaf it is, or both NULL: no gradient wanted */
    int output;
} lun_edge;

/* A saved value, or what the host made of it (core/saved.h). */
typedef struct lun_saved { lun_tensor *value; struct lun_packed *packed; uint32_t version; } lun_saved;

/* An op that the host made up: its gradient is a function of the host. */
typedef struct lun_custom {
    const char *name; /* interned */
    void (*backward)(void *argument, const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
    void (*release)(void *argument);
    void *argument;
} lun_custom;

/* A function that sees (and may replace) a gradient. */
typedef struct lun_grad_hook {
    struct lun_grad_hook *next;
    int output, id;
    uint64_t order;          /* they run in this order; those that keep a gradient come last */
    lun_tensor *(*on)(void *argument, lun_tensor *g); /* scoped result, or NULL after lun_fail */
    void (*release)(void *argument);
    void *argument;
} lun_grad_hook;

typedef struct lun_node {
    int refs;
    int n_in, n_out;
    const lun_op *op;
    uint64_t sequence;
    lun_site site;
    const char *module_path;
    lun_site freed_at;       /* where a backward pass freed the saved values */
    bool freed, inplace;
    lun_params *params;      /* attributes, cut to what is used */
    lun_edge *edge;          /* n_in */
    lun_spec *in_spec;       /* n_in */
    lun_saved *saved_in;     /* n_in; value NULL where not saved */
    lun_spec out_spec[LUN_MAX_OUT];
    lun_saved saved_out[LUN_MAX_OUT];
    lun_grad_hook *hooks;
    uint64_t drawn;          /* generator offset of a random op */
    lun_custom *custom;      /* nodes of lun_tape_custom, else NULL */
    /* scratch of the backward pass in progress */
    uint64_t visit;
    int waiting;
    lun_tensor *grad[LUN_MAX_OUT];
    size_t bytes;            /* of this record */
} lun_node;

/* Records a finished call; sets node of the results. `edges`: of an in-place op, captured before it. False after lun_fail. */
bool lun_tape_record(lun_call *c, lun_tensor **original_in, const lun_edge *edges);
/* Who made x: for the edge of an op that is recorded. Of a view, lun_view_refresh comes first. */
lun_edge lun_tape_edge(lun_tensor *x);
/* Before an in-place op changes in[0]: captures who made each input, and puts a copy into `original` for each that the gradient reads and
 * that would be overwritten. False after lun_fail. */
bool lun_tape_before_write(const lun_call *c, lun_tensor **original, lun_edge *edges);
/* Records a call of the row `custom` whose results have been computed outside the graph; `custom` is taken over (and released when
 * recording fails). The node, borrowed, or NULL after lun_fail. */
lun_node *lun_tape_custom(lun_call *c, const lun_edge *edges, const lun_custom *custom);
/* The op's name for messages. */
const char *lun_node_name(const lun_node *n);
void lun_node_keep(lun_node *n);
void lun_node_drop(lun_node *n);
void lun_node_free_saved(lun_node *n); /* after backward without retain_graph */

/* For gradient functions: does input i want a gradient? */
static inline bool lun_wants(const lun_node *n, int i) { return n->edge[i].node || n->edge[i].leaf; }
/* The saved input or output i: scoped; connected to the graph when create_graph is on; NULL after lun_fail if changed or freed. */
lun_tensor *lun_saved_in(const lun_node *n, int i);
lun_tensor *lun_saved_out(const lun_node *n, int i);

/* Hooks on the gradient of x (leaf or not). `release` is called when the hook goes. Returns an id, 0 after lun_fail. */
int lun_tensor_hook(lun_tensor *x, lun_tensor *(*on)(void *, lun_tensor *), void (*release)(void *), void *argument);
bool lun_tensor_unhook(lun_tensor *x, int id);
bool lun_tensor_retain_grad(lun_tensor *x);
/* What lun_drop of a handle needs. */
void lun_hooks_free(lun_grad_hook *hooks);
void lun_tape_forget(lun_tensor *x); /* the node no longer reports to this RETAIN_GRAD handle */
lun_tensor *lun_detach(lun_tensor *x); /* same data, no graph; scoped */
bool lun_set_requires_grad(lun_tensor *x, bool wanted);
#endif
