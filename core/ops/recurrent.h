/* recurrent.h - rules named by the rows of core/ops/recurrent.def, and the plan of a run over a sequence
 *
 * Read next: core/ops/recurrent.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_RECURRENT_H
#define LUN_CORE_OPS_RECURRENT_H
#include "core/apply.h"
struct lun_node;

typedef enum { LUN_RECURRENT_TANH, LUN_RECURRENT_RELU, LUN_RECURRENT_LSTM, LUN_RECURRENT_GRU } lun_recurrent_mode;
/* Rows of weights per hidden unit; numbers kept per hidden unit and step for the gradient (lstm: i f g o c; gru: r z n, w_hn h + b_hn). */
static inline int64_t lun_recurrent_gates(lun_recurrent_mode m) { return m == LUN_RECURRENT_LSTM ? 4 : m == LUN_RECURRENT_GRU ? 3 : 1; }
static inline int64_t lun_recurrent_kept(lun_recurrent_mode m) { return m == LUN_RECURRENT_LSTM ? 5 : m == LUN_RECURRENT_GRU ? 4 : 0; }

/* How many sequences step t has: sizes[t], or all `batch` of them when sizes is LUN_NONE; steps is how many steps there are. */
typedef struct lun_steps { const lun_tensor *sizes; int64_t batch, steps, total; } lun_steps;
/* Reads sizes (falling, their sum `total`); false after lun_fail. */
bool lun_steps_read(lun_steps *s, const lun_tensor *sizes, int64_t batch, int64_t total);
int64_t lun_steps_size(const lun_steps *s, int64_t t);

bool lun_compose_recurrent(lun_call *c);
bool lun_compose_cell(lun_call *c);
/* recurrent_layer.c */
bool lun_infer_recurrent(lun_call *c);
void lun_vjp_recurrent(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_recurrent_gradient(lun_call *c);
/* One layer in one direction: x [total, i] gives out [total, r], and the last h and c ([batch, .]; c only of an lstm). */
typedef struct lun_layer {
    lun_recurrent_mode mode;
    bool reverse;
    lun_steps steps;
    lun_tensor *w_ih, *w_hh, *b_ih, *b_hh, *projection, *h0, *c0; /* biases and projection may be LUN_NONE */
} lun_layer;
bool lun_recurrent_layer(const lun_layer *l, lun_tensor *x, lun_tensor **out, lun_tensor **h, lun_tensor **c);
#endif
