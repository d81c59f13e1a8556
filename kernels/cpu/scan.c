/* scan.c - cumsum and cumprod
 *
 * A tensor is seen as [outer, n, inner]; up to 256 neighbouring lines are run through together, so that any dim is read in the order
 * of memory; rows, where inner is 1, eight at a time (scan_loops.c). Floats are summed in double, whole numbers in int64.
 * Holds: a line is never cut, so its bits do not depend on threads. Read next: kernels/cpu/scan_loops.c, core/ops/index_order.c.
 * SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/scan.h"
#include "kernels/threads.h"

enum { TOGETHER = 256, MANY = 64 }; /* MANY rows are enough for all threads, eight at a time */

typedef struct job {
    const void *x;
    void *out;
    lun_dtype type; /* of both: F32, F64, C64, C128 or I64 */
    bool product;
    int64_t outer, n, inner, chunks, lines, lines_per_piece;
} job;

#define SCAN(name, T, A, start, step)                                                            \
    static void name(const T *x, T *out, int64_t n, int64_t inner, int64_t width)                \
    {                                                                                            \
        A total[TOGETHER], one = start;                                                          \
        for (int64_t k = 0; inner == 1 && k < n; k++) {                                          \
            one = one step (A)x[k];                                                              \
            out[k] = (T)one;                                                                     \
        }                                                                                        \
        if (inner == 1) {                                                                        \
            return;                                                                              \
        }                                                                                        \
        for (int64_t i = 0; i < width; i++) {                                                    \
            total[i] = start;                                                                    \
        }                                                                                        \
        for (int64_t k = 0; k < n; k++) {                                                        \
            const T *from = x + k * inner;                                                       \
            T *to = out + k * inner;                                                             \
            for (int64_t i = 0; i < width; i++) {                                                \
                total[i] = total[i] step (A)from[i];                                             \
                to[i] = (T)total[i];                                                             \
            }                                                                                    \
        }                                                                                        \
    }
SCAN(sum_f32, float, double, 0, +)
SCAN(sum_f64, double, double, 0, +)
SCAN(sum_i64, int64_t, uint64_t, 0, +) /* unsigned: overflow wraps around */
SCAN(product_f32, float, double, 1, *)
SCAN(product_f64, double, double, 1, *)
SCAN(product_i64, int64_t, uint64_t, 1, *)
SCAN(sum_c64, float _Complex, double _Complex, 0, +)
SCAN(sum_c128, double _Complex, double _Complex, 0, +)
SCAN(product_c64, float _Complex, double _Complex, 1, *)
SCAN(product_c128, double _Complex, double _Complex, 1, *)

/* As many lines from `line` to `end` as can be scanned by eights; how many were. */
static int64_t run_rows(const job *j, int64_t line, int64_t end)
{
    if (j->inner != 1 || (j->type != LUN_F32 && j->type != LUN_F64)) return 0;
    int64_t done = 0;
    for (; line + done + LUN_SCAN_ROWS <= end; done += LUN_SCAN_ROWS) {
        int64_t at = (line + done) * j->n;
        if (j->type == LUN_F64) {
            lun_scan_f64 *scan = j->product ? LUN_BY_ISA(lun_scan_product_f64) : LUN_BY_ISA(lun_scan_sum_f64);
            scan((const double *)j->x + at, (double *)j->out + at, j->n);
        } else {
            lun_scan_f32 *scan = j->product ? LUN_BY_ISA(lun_scan_product_f32) : LUN_BY_ISA(lun_scan_sum_f32);
            scan((const float *)j->x + at, (float *)j->out + at, j->n);
        }
    }
    return done;
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t line = piece * j->lines_per_piece, end = line + j->lines_per_piece;
    end = end < j->lines ? end : j->lines;
    for (line += run_rows(j, line, end); line < end; line++) {
        int64_t first = line % j->chunks * TOGETHER, at = line / j->chunks * j->n * j->inner + first;
        int64_t width = j->inner - first < TOGETHER ? j->inner - first : TOGETHER;
        if (j->type == LUN_F32) {
            (j->product ? product_f32 : sum_f32)((const float *)j->x + at, (float *)j->out + at, j->n, j->inner, width);
        } else if (j->type == LUN_F64) {
            (j->product ? product_f64 : sum_f64)((const double *)j->x + at, (double *)j->out + at, j->n, j->inner, width);
        } else if (j->type == LUN_C64) {
            (j->product ? product_c64 : sum_c64)((const float _Complex *)j->x + at, (float _Complex *)j->out + at, j->n, j->inner, width);
        } else if (j->type == LUN_C128) {
            (j->product ? product_c128 : sum_c128)((const double _Complex *)j->x + at, (double _Complex *)j->out + at, j->n, j->inner, width);
        } else {
            (j->product ? product_i64 : sum_i64)((const int64_t *)j->x + at, (int64_t *)j->out + at, j->n, j->inner, width);
        }
    }
}

static void describe(job *j, const lun_call *c)
{
    const lun_tensor *x = c->in[0];
    int64_t dim = lun_param_int(&c->params, 0, 0);
    dim += dim < 0 ? x->ndim : 0;
    j->outer = j->inner = 1;
    for (int d = 0; d < x->ndim; d++) {
        j->outer *= d < dim ? x->dims[d] : 1;
        j->inner *= d > dim ? x->dims[d] : 1;
    }
    j->n = x->ndim ? x->dims[dim] : 1;
    j->chunks = (j->inner + TOGETHER - 1) / TOGETHER;
    j->lines = j->outer * j->chunks;
    j->lines_per_piece = 8192 / (j->n * (j->inner < TOGETHER ? j->inner : TOGETHER)) + 1;
    if (j->inner == 1 && j->lines >= MANY) j->lines_per_piece = (j->lines_per_piece + LUN_SCAN_ROWS - 1) / LUN_SCAN_ROWS * LUN_SCAN_ROWS;
    j->product = c->op->id == LUN_OP_cumprod;
}

bool lun_cpu_cumulative(lun_call *c)
{
    lun_tensor *out = c->out[0];
    lun_dtype t = (lun_dtype)out->dtype;
    job j = {.type = t == LUN_F64 || lun_dtype_is_complex(t) ? t : lun_dtype_is_float(t) ? LUN_F32 : LUN_I64, .out = lun_data(out)};
    size_t bytes = (size_t)out->numel * lun_dtype_size(j.type);
    lun_dense dense;
    if (!lun_dense_read(&dense, c->in[0], j.type)) {
        return false;
    }
    describe(&j, c);
    j.x = dense.data;
    bool own = j.type != t, done = !own || (j.out = lun_data_get(bytes)) != NULL;
    if (done) {
        int64_t pieces = (j.lines + j.lines_per_piece - 1) / j.lines_per_piece;
        done = lun_parallel(pieces, run_piece, &j, 0.8 * (double)out->numel) || lun_fail_interrupted();
        if (own && done) {
            lun_convert(out->numel, t, lun_data(out), j.type, j.out);
        }
        if (own) {
            lun_data_put(j.out, bytes);
        }
    }
    lun_dense_end(&dense);
    return done;
}
