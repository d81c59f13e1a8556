/* complex.c - chooses the loop for parts of complex numbers
 *
 * Read next: kernels/cpu/complex_loops.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/complex.h"
#include "core/apply.h"
#include "core/op_id.h"
#include "core/infer.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/frame.h"
#include "kernels/threads.h"

static lun_loop *loop_of(const lun_complex_loops *l, int op)
{
    switch (op) {
    case LUN_OP_abs: return l->abs;
    case LUN_OP_angle: return l->angle;
    case LUN_OP_sgn: return l->sgn;
    case LUN_OP_isnan: return l->isnan;
    case LUN_OP_isinf: return l->isinf;
    case LUN_OP_isfinite: return l->isfinite;
    default: return l->conj;
    }
}

/* Real numbers: angle has a loop, a conjugate is a copy. */
static bool real(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    bool wide = t == LUN_F64;
    double none[3] = {0};
    if (c->op->id == LUN_OP_conj_physical) return lun_copy_tensor(c->out[0], c->in[0]);
    const lun_complex_loops *l = wide ? &LUN_BY_ISA(lun_complex_c128) : &LUN_BY_ISA(lun_complex_c64);
    lun_dtype computed = wide ? LUN_F64 : LUN_F32;
    lun_map m = {.loop = l->real_angle, .writes = computed, .reads = {computed}, .cost = 0.3, .params = none};
    return lun_map_call(c, 1, &m);
}

bool lun_cpu_complex_part(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->in[0]->dtype;
    double none[3] = {0};
    if (!lun_dtype_is_complex(t)) return real(c);
    const lun_complex_loops *l = t == LUN_C128 ? &LUN_BY_ISA(lun_complex_c128) : &LUN_BY_ISA(lun_complex_c64);
    int op = c->op->id;
    lun_dtype writes = op == LUN_OP_abs || op == LUN_OP_angle ? lun_dtype_real(t) : (lun_dtype)c->out[0]->dtype;
    lun_map m = {.loop = loop_of(l, op), .writes = writes, .reads = {t}, .cost = op == LUN_OP_angle ? 10 : 1, .params = none};
    return lun_map_call(c, 1, &m);
}

/* ---- products ---- */

typedef struct product_job {
    const void *x;
    void *out;
    bool wide;
    int64_t outer, n, inner, lines_per_piece;
} product_job;

/* One line per result, in double. */
static void product_piece(int64_t piece, void *argument)
{
    const product_job *j = argument;
    int64_t first = piece * j->lines_per_piece, end = first + j->lines_per_piece;
    for (int64_t line = first; line < end && line < j->outer * j->inner; line++) {
        int64_t at = line / j->inner * j->n * j->inner + line % j->inner;
        double _Complex all = 1;
        for (int64_t k = 0; k < j->n; k++, at += j->inner)
            all *= j->wide ? ((const double _Complex *)j->x)[at] : (double _Complex)((const float _Complex *)j->x)[at];
        if (j->wide) ((double _Complex *)j->out)[line] = all;
        else ((float _Complex *)j->out)[line] = (float _Complex)all;
    }
}

bool lun_cpu_complex_prod(lun_call *c)
{
    const lun_tensor *x = c->in[0];
    uint32_t folded;
    lun_frame f;
    if (!lun_param_dims(c, 0, x->ndim, &folded) || !lun_frame_open(&f, c)) return false;
    product_job j = {f.in[0].data, f.out[0].data, f.type == LUN_C128, 1, 1, 1, 1};
    bool before = true; /* one dim, or all */
    for (int d = 0; d < x->ndim; d++) {
        if (folded >> d & 1U) j.n *= x->dims[d], before = false;
        else if (before) j.outer *= x->dims[d];
        else j.inner *= x->dims[d];
    }
    j.lines_per_piece = 8192 / (j.n ? j.n : 1) + 1;
    int64_t pieces = (j.outer * j.inner + j.lines_per_piece - 1) / j.lines_per_piece;
    return lun_frame_close(&f, lun_parallel(pieces, product_piece, &j, 2.0 * (double)x->numel));
}
