/* map_run.c - runs an elementwise loop over operands of any strides and dtypes
 *
 * Three ways, tried in this order: all operands flat (one call per piece); rows that are flat (one call per inner run); blocks of
 * 1024 elements, in which whatever is not flat or of another dtype is gathered and converted into a buffer first.
 * Holds: a piece is a range of linear positions; each element is computed by the same loop body whichever way is taken.
 * Read next: kernels/cpu/map.h, kernels/iter.h. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/map.h"
#include "kernels/threads.h"
#include <string.h>

enum { BLOCK = 1024, WIDEST = 16, ROW_WORTH_A_CALL = 256 };

typedef enum { DIRECT, SINGLE, FILLED, GATHERED } form;

typedef struct job {
    const lun_iter *it;
    const lun_map *m;
    int64_t piece;
    unsigned scalars;                                /* what the loop is told are single values */
    bool flat, rows;                                 /* which way */
    form form[LUN_ITER_OPERANDS];
    _Alignas(16) char single[LUN_ITER_OPERANDS][WIDEST]; /* values of SINGLE and FILLED operands, converted */
} job;

static lun_dtype loop_dtype(const lun_map *m, int k) { return k == 0 ? m->writes : m->reads[k - 1]; }

static void fill_block(void *block, const char *value, int64_t size)
{
    char *to = block;
    for (int64_t i = 0; i < BLOCK; i++) {
        memcpy(to + i * size, value, (size_t)size);
    }
}

static void run_flat(const job *j, int64_t from, int64_t to)
{
    const void *in[LUN_MAP_INPUTS];
    for (int k = 1; k < j->it->count; k++) {
        const lun_operand *o = &j->it->operand[k];
        in[k - 1] = j->form[k] == SINGLE ? j->single[k] : o->data + from * o->size;
    }
    const lun_operand *out = &j->it->operand[0];
    j->m->loop(to - from, out->data + from * out->size, in, j->scalars, j->m->params);
}

static void run_rows(const job *j, int64_t from, int64_t to)
{
    const lun_iter *it = j->it;
    int64_t inner = it->dims[it->ndim - 1];
    while (from < to) {
        int64_t run = inner - from % inner;
        run = run < to - from ? run : to - from;
        const void *in[LUN_MAP_INPUTS];
        for (int k = 1; k < it->count; k++) {
            in[k - 1] = j->form[k] == SINGLE ? j->single[k] : lun_operand_at(it, k, from);
        }
        j->m->loop(run, lun_operand_at(it, 0, from), in, j->scalars, j->m->params);
        from += run;
    }
}

static const void *bring(const job *j, int k, int64_t from, int64_t n, void *block, void *raw)
{
    const lun_operand *o = &j->it->operand[k];
    lun_dtype wanted = loop_dtype(j->m, k);
    bool flat = lun_operand_flat(j->it, k);
    if (o->dtype == wanted) {
        lun_gather(j->it, k, from, n, block);
        return block;
    }
    const void *source = flat ? o->data + from * o->size : raw;
    if (!flat) {
        lun_gather(j->it, k, from, n, raw);
    }
    lun_convert(n, wanted, block, o->dtype, source);
    return block;
}

static void take_away(const job *j, int64_t from, int64_t n, const void *block, void *raw)
{
    const lun_operand *o = &j->it->operand[0];
    const void *source = block;
    if (o->dtype != j->m->writes) {
        bool flat = lun_operand_flat(j->it, 0);
        void *to = flat ? o->data + from * o->size : raw;
        lun_convert(n, o->dtype, to, j->m->writes, block);
        if (flat) {
            return;
        }
        source = raw;
    }
    lun_scatter(j->it, 0, from, n, source);
}

static void run_blocks(const job *j, int64_t from, int64_t to)
{
    _Alignas(64) char buffer[LUN_ITER_OPERANDS][BLOCK * WIDEST], raw[BLOCK * WIDEST];
    const lun_iter *it = j->it;
    for (int k = 1; k < it->count; k++) {
        if (j->form[k] == FILLED) {
            fill_block(buffer[k], j->single[k], (int64_t)lun_dtype_size(loop_dtype(j->m, k)));
        }
    }
    for (int64_t n; from < to; from += n) {
        n = to - from < BLOCK ? to - from : BLOCK;
        const void *in[LUN_MAP_INPUTS];
        for (int k = 1; k < it->count; k++) {
            const lun_operand *o = &it->operand[k];
            in[k - 1] = j->form[k] == DIRECT   ? o->data + from * o->size
                        : j->form[k] == SINGLE ? j->single[k]
                        : j->form[k] == FILLED ? buffer[k]
                                               : bring(j, k, from, n, buffer[k], raw);
        }
        const lun_operand *out = &it->operand[0];
        if (j->form[0] == DIRECT) {
            j->m->loop(n, out->data + from * out->size, in, j->scalars, j->m->params);
        } else {
            j->m->loop(n, buffer[0], in, j->scalars, j->m->params);
            take_away(j, from, n, buffer[0], raw);
        }
    }
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t from = piece * j->piece, to = from + j->piece;
    to = to < j->it->numel ? to : j->it->numel;
    if (j->flat) {
        run_flat(j, from, to);
    } else if (j->rows) {
        run_rows(j, from, to);
    } else {
        run_blocks(j, from, to);
    }
}

/* Are inner runs long, and of every operand fit for the loop as they lie? One operand may have one value per run. */
static bool rows_fit(job *j)
{
    const lun_iter *it = j->it;
    unsigned scalars = j->scalars;
    bool fit = it->dims[it->ndim - 1] >= ROW_WORTH_A_CALL;
    for (int k = 0; k < it->count && fit; k++) {
        const lun_operand *o = &it->operand[k];
        unsigned bit = k ? 1U << (k - 1) : 0U;
        int64_t step = o->strides[it->ndim - 1];
        if (j->form[k] != SINGLE) {
            bool one = step == 0 && (j->m->scalars & bit) && !scalars;
            scalars |= one ? bit : 0U;
            fit = o->dtype == loop_dtype(j->m, k) && (step == o->size || one);
        }
    }
    j->scalars = fit ? scalars : j->scalars;
    return fit;
}

static void classify(job *j)
{
    const lun_iter *it = j->it;
    j->flat = true;
    for (int k = 0; k < it->count; k++) {
        const lun_operand *o = &it->operand[k];
        lun_dtype wanted = loop_dtype(j->m, k);
        unsigned bit = k ? 1U << (k - 1) : 0U;
        if (k > 0 && lun_operand_single(it, k) && (it->numel > 1 || o->dtype != wanted)) {
            lun_convert(1, wanted, j->single[k], o->dtype, o->data);
            bool taken = (j->m->scalars & bit) && !j->scalars;
            j->form[k] = taken ? SINGLE : FILLED;
            j->scalars |= taken ? bit : 0U;
        } else {
            j->form[k] = o->dtype == wanted && lun_operand_flat(it, k) ? DIRECT : GATHERED;
        }
        j->flat = j->flat && (j->form[k] == DIRECT || j->form[k] == SINGLE);
    }
    j->rows = !j->flat && rows_fit(j);
}

bool lun_map_run(const lun_iter *it, const lun_map *m)
{
    job j = {.it = it, .m = m};
    classify(&j);
    double cost = m->cost + (j.flat || j.rows ? 0 : 1);
    j.piece = lun_piece_size(it->numel, cost);
    int64_t pieces = (it->numel + j.piece - 1) / j.piece;
    return lun_parallel(pieces, run_piece, &j, cost * (double)it->numel) || lun_fail_interrupted();
}

typedef struct flat_job {
    int64_t n, piece;
    char *out;
    const void *const *in;
    unsigned scalars;
    const lun_map *m;
    int inputs;
} flat_job;

static void run_flat_piece(int64_t piece, void *argument)
{
    const flat_job *j = argument;
    int64_t from = piece * j->piece, to = from + j->piece;
    to = to < j->n ? to : j->n;
    const void *in[LUN_MAP_INPUTS] = {0};
    for (int k = 0; k < j->inputs; k++) {
        const char *at = j->in[k];
        in[k] = (j->scalars >> k) & 1U ? at : at + from * (int64_t)lun_dtype_size(j->m->reads[k]);
    }
    j->m->loop(to - from, j->out + from * (int64_t)lun_dtype_size(j->m->writes), in, j->scalars, j->m->params);
}

bool lun_map_run_flat(int64_t n, void *out, int inputs, const void *const *in, unsigned scalars, const lun_map *m)
{
    if (n <= BLOCK) { /* never worth a second thread, and over before anybody could interrupt it */
        m->loop(n, out, in, scalars, m->params);
        return true;
    }
    flat_job j = {n, lun_piece_size(n, m->cost), out, in, scalars, m, inputs};
    int64_t pieces = (n + j.piece - 1) / j.piece;
    return lun_parallel(pieces, run_flat_piece, &j, m->cost * (double)n) || lun_fail_interrupted();
}
