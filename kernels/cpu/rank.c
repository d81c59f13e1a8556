/* rank.c - median, nanmedian, kthvalue, mode: one element of each line, by its rank
 *
 * Lines are gathered side by side as double or int64, which hold every other dtype exactly, and put in order as sort does.
 * Read next: kernels/cpu/sort.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/sort.h"
#include "kernels/threads.h"

#include <string.h>

typedef struct job {
    int op; /* lun_op_id */
    lun_dtype wide;
    const char *lines;
    char *values;     /* one of each line, wide */
    int64_t *indices; /* NULL: not wanted */
    int64_t n, count, k, per_piece;
    char *scratch;
    size_t scratch_bytes; /* of a piece */
} job;

static bool is_nan(const job *j, const char *line, int64_t i)
{
    return j->wide == LUN_F64 && ((const double *)(const void *)line)[i] != ((const double *)(const void *)line)[i];
}

static bool same(const job *j, const char *line, int64_t a, int64_t b)
{
    if (j->wide == LUN_F64) return ((const double *)(const void *)line)[a] == ((const double *)(const void *)line)[b];
    return ((const int64_t *)(const void *)line)[a] == ((const int64_t *)(const void *)line)[b];
}

/* The middle; for median the first NaN when there is one, for nanmedian the middle of the others. */
static int64_t middle(const job *j, const char *line, char *scratch, uint32_t *at)
{
    int64_t n = j->n, nans = 0, first = -1;
    for (int64_t i = 0; i < n; i++) {
        if (!is_nan(j, line, i)) continue;
        first = nans++ ? first : i;
    }
    if (nans && (j->op == LUN_OP_median || nans == n)) return first;
    int64_t k = (n - nans - 1) / 2;
    lun_order_first(j->wide, line, n, k + 1, scratch, at);
    return at[k];
}

/* The last place of the longest run of equal values; of equally long runs the first. */
static int64_t most_frequent(const job *j, const char *line, char *scratch, uint32_t *at)
{
    int64_t best = 0, longest = 0, run = 0;
    lun_order_first(j->wide, line, j->n, j->n, scratch, at);
    for (int64_t i = 0; i < j->n; i++) {
        run++;
        if (i + 1 < j->n && same(j, line, at[i], at[i + 1])) continue;
        if (run > longest) {
            longest = run;
            best = at[i];
        }
        run = 0;
    }
    return best;
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t from = piece * j->per_piece, to = from + j->per_piece;
    char *scratch = j->scratch + (size_t)piece * j->scratch_bytes;
    uint32_t *at = (uint32_t *)(void *)(scratch + lun_order_bytes(j->n));
    for (int64_t i = from; i < to && i < j->count; i++) {
        const char *line = j->lines + i * j->n * 8;
        int64_t place;
        if (j->op == LUN_OP_mode) {
            place = most_frequent(j, line, scratch, at);
        } else if (j->op == LUN_OP_kthvalue) {
            lun_order_first(j->wide, line, j->n, j->k, scratch, at);
            place = at[j->k - 1];
        } else {
            place = middle(j, line, scratch, at);
        }
        memcpy(j->values + i * 8, line + place * 8, 8);
        if (j->indices) j->indices[i] = place;
    }
}

static bool run(job *j, lun_call *c)
{
    enum { PIECES = 64 };
    lun_tensor *out = c->out[0];
    if (j->n > UINT32_MAX)
        return lun_fail(LUN_E_SHAPE, "a part of it, or x:float():quantile(0.5)", "%lld positions are too many to be put in order",
                        (long long)j->n), false;
    int64_t least = (j->count + PIECES - 1) / PIECES, some = 4096 / j->n + 1;
    j->per_piece = some > least ? some : least;
    int64_t pieces = (j->count + j->per_piece - 1) / j->per_piece;
    j->scratch_bytes = lun_order_bytes(j->n) + ((size_t)j->n * sizeof(uint32_t) + 63) / 64 * 64;
    size_t bytes = (size_t)pieces * j->scratch_bytes, room = (size_t)j->count * 8;
    char *values = lun_data_get(room);
    bool done = values && (j->scratch = lun_data_get(bytes)) != NULL;
    if (done) {
        j->values = values;
        done = lun_parallel(pieces, run_piece, j, 15.0 * (double)j->n * (double)j->count) || lun_fail_interrupted();
        lun_data_put(j->scratch, bytes);
        if (done) lun_convert(j->count, (lun_dtype)out->dtype, lun_data(out), j->wide, values);
    }
    if (values) lun_data_put(values, room);
    return done;
}

bool lun_cpu_rank(lun_call *c)
{
    lun_tensor x = *c->in[0];
    bool median = c->op->id == LUN_OP_median || c->op->id == LUN_OP_nanmedian, all = median && !lun_param_given(&c->params, 0);
    int k = c->op->id == LUN_OP_kthvalue;
    int dim = all || !x.ndim ? 0 : lun_dim_normalize(lun_param_int(&c->params, k, -1), x.ndim);
    job j = {.op = c->op->id, .wide = lun_dtype_is_float((lun_dtype)x.dtype) ? LUN_F64 : LUN_I64, .k = k ? lun_param_int(&c->params, 0, 1) : 0,
             .indices = c->n_out > 1 ? lun_data(c->out[1]) : NULL};
    if (dim < 0) return false;
    j.n = all ? x.numel : x.ndim ? x.dims[dim] : 1;
    j.count = x.numel / j.n;
    for (int d = dim; !all && d + 1 < x.ndim; d++) { /* the dim goes last, so that its lines lie side by side */
        int64_t size = x.dims[d], stride = x.strides[d];
        x.dims[d] = x.dims[d + 1];
        x.strides[d] = x.strides[d + 1];
        x.dims[d + 1] = size;
        x.strides[d + 1] = stride;
    }
    lun_dense dense;
    if (!lun_dense_read(&dense, &x, j.wide)) return false;
    j.lines = dense.data;
    bool done = run(&j, c);
    lun_dense_end(&dense);
    return done;
}
