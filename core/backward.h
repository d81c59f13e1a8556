/* backward.h - gradients, iteratively
 *
 * Walks the graph from the roots in reverse order of recording, each node once all its consumers are done, through the door (so it
 * can be broken into). Frees saved values as it goes unless retain_graph.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_BACKWARD_H
#define LUN_CORE_BACKWARD_H
#include "core/tape.h"

/* Adds d(sum roots*seeds)/d(leaf) into leaf->grad of every leaf below `roots`. seeds[i] may be LUN_NONE for 0-d roots (1). */
bool lun_backward(int n, lun_tensor **roots, lun_tensor **seeds, bool retain_graph, bool create_graph);
/* The same gradients for chosen tensors (leaves or not), returned and not accumulated; grads[i] is scoped, or LUN_NONE when
 * inputs[i] is not reached and allow_unused (else an error). */
bool lun_gradients(int n, lun_tensor **roots, lun_tensor **seeds, int n_inputs, lun_tensor **inputs, lun_tensor **grads,
                   bool retain_graph, bool create_graph, bool allow_unused);
/* Sums g down to a shape it was broadcast from. */
lun_tensor *lun_sum_to(lun_tensor *g, int ndim, const int64_t *dims);
#endif
