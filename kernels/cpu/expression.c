/* expression.c - runs a formula over blocks of 1024 elements
 *
 * The program's registers are blocks that stay in the cache; each step is one loop over a block. Inputs that already lie as the
 * loops want them are read where they are, others are gathered and converted first; half precision is computed in float.
 * Holds: an element's value depends on its inputs only, not on how the work was cut.
 * Read next: core/expression_program.h, kernels/cpu/expression_loops.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/expression.h"
#include "core/alloc.h"
#include "core/error.h"
#include "core/expression_program.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/kernels.h"
#include "kernels/iter.h"
#include "kernels/threads.h"

enum { BLOCK = 1024 };

typedef struct job {
    lun_iter it; /* operand 0 is the result; operand of[n] is input n */
    int of[LUN_EXPRESSION_INPUTS];
    const lun_program *program;
    const lun_block_loops *loops;
    lun_dtype type; /* computed in */
    int64_t width, block, piece; /* bytes of an element, elements of a block and of a piece */
    char *scratch; /* registers of all pieces */
} job;

typedef struct machine {
    char *block; /* registers, one after the other, and one block more for conversions */
    void *at[LUN_PROGRAM_REGISTERS];
} machine;

static size_t machine_bytes(const job *j) { return (size_t)(j->program->registers + 1) * (size_t)j->block * (size_t)j->width; }

static void fill_constants(const job *j, machine *m)
{
    const lun_program *p = j->program;
    for (int k = 0; k < p->constants; k++) {
        void *to = m->at[LUN_EXPRESSION_INPUTS + k];
        for (int64_t i = 0; i < j->block; i++) {
            if (j->type == LUN_F64) {
                ((double *)to)[i] = p->constant[k];
            } else {
                ((float *)to)[i] = (float)p->constant[k];
            }
        }
    }
}

/* Register n holds elements from..from+n of input n. */
static void bring(const job *j, machine *m, int input, int64_t from, int64_t n)
{
    const lun_operand *o = &j->it.operand[j->of[input]];
    char *own = m->block + (int64_t)input * j->block * j->width;
    bool flat = lun_operand_flat(&j->it, j->of[input]);
    if (o->dtype == j->type && flat) {
        m->at[input] = o->data + from * o->size;
        return;
    }
    m->at[input] = own;
    if (o->dtype == j->type) {
        lun_gather(&j->it, j->of[input], from, n, own);
        return;
    }
    char *raw = m->block + (int64_t)j->program->registers * j->block * j->width;
    lun_gather(&j->it, j->of[input], from, n, raw);
    lun_convert(n, j->type, own, o->dtype, raw);
}

static void take_away(const job *j, machine *m, int64_t from, int64_t n, const void *result)
{
    const lun_operand *o = &j->it.operand[0];
    char *raw = m->block + (int64_t)j->program->registers * j->block * j->width;
    if (o->dtype != j->type) {
        lun_convert(n, o->dtype, raw, j->type, result);
        result = raw;
    }
    lun_scatter(&j->it, 0, from, n, result);
}

static void run_block(const job *j, machine *m, int64_t from, int64_t n)
{
    const lun_program *p = j->program;
    const lun_operand *o = &j->it.operand[0];
    bool direct = o->dtype == j->type && lun_operand_flat(&j->it, 0);
    for (int k = 0; k < LUN_EXPRESSION_INPUTS; k++) {
        if (p->inputs >> k & 1U) {
            bring(j, m, k, from, n);
        }
    }
    for (int k = 0; k < p->steps; k++) {
        const lun_step *s = &p->step[k];
        lun_block_loop *loop = s->kind == LUN_TERM_CALL ? j->loops->function[s->what] : j->loops->operation[s->kind];
        bool last = k == p->steps - 1;
        void *to = last && direct ? o->data + from * o->size : m->at[s->to];
        loop(n, to, m->at[s->a], m->at[s->b], m->at[s->c]);
        if (last && !direct) {
            take_away(j, m, from, n, to);
        }
    }
}

static void run_piece(int64_t piece, void *argument)
{
    job *j = argument;
    int64_t from = piece * j->piece, end = from + j->piece;
    end = end < j->it.numel ? end : j->it.numel;
    machine m = {.block = j->scratch + (size_t)piece * machine_bytes(j)};
    for (int r = 0; r < j->program->registers; r++) {
        m.at[r] = m.block + (int64_t)r * j->block * j->width;
    }
    fill_constants(j, &m);
    for (int64_t n; from < end; from += n) {
        n = end - from < j->block ? end - from : j->block;
        run_block(j, &m, from, n);
    }
}

/* Pieces by shape and program only; each has registers of its own, so there are not many. */
enum { MOST_PIECES = 32 };

static bool run(job *j)
{
    double cost = 0.4 * j->program->steps;
    j->block = j->it.numel < BLOCK ? j->it.numel : BLOCK;
    j->piece = lun_piece_size(j->it.numel, cost);
    int64_t least = (j->it.numel / MOST_PIECES / BLOCK + 1) * BLOCK;
    j->piece = j->piece > least ? j->piece : least;
    int64_t pieces = (j->it.numel + j->piece - 1) / j->piece;
    size_t bytes = (size_t)pieces * machine_bytes(j);
    j->scratch = lun_data_get(bytes);
    if (!j->scratch) {
        return false;
    }
    bool done = lun_parallel(pieces, run_piece, j, cost * (double)j->it.numel);
    lun_data_put(j->scratch, bytes);
    return done || lun_fail_interrupted();
}

bool lun_cpu_expression(lun_call *c)
{
    const lun_tensor *out = c->out[0];
    job j = {.program = lun_program_of((int)lun_param_int(&c->params, 0, 0)), .type = out->dtype == LUN_F64 ? LUN_F64 : LUN_F32};
    if (!j.program) {
        return false;
    }
    j.loops = j.type == LUN_F64 ? &LUN_BY_ISA(lun_blocks_f64) : &LUN_BY_ISA(lun_blocks_f32);
    j.width = (int64_t)lun_dtype_size(j.type);
    lun_iter_begin(&j.it, out->ndim, out->dims);
    lun_iter_add(&j.it, out);
    for (int k = 0; k < LUN_EXPRESSION_INPUTS; k++) {
        if (!(j.program->inputs >> k & 1U)) {
            continue;
        }
        if (k >= c->n_in || lun_is_none(c->in[k])) {
            lun_fail(LUN_E_INTERNAL, NULL, "a formula reads input %d, which is not there", k + 1);
            return false;
        }
        j.of[k] = j.it.count;
        lun_iter_add(&j.it, c->in[k]);
    }
    lun_iter_merge(&j.it);
    return run(&j);
}
