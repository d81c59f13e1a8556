/* search.c - positions in sorted sequences, and counts in equal bins
 *
 * Elements are read as double or int64, which hold every other dtype exactly; bins are computed in the dtype itself, so that elements on
 * an edge fall where PyTorch puts them. Read next: core/ops/count.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

typedef struct job {
    const char *sequence, *values;
    int64_t *out;
    int64_t n, row, count, per_piece; /* row: values of each sequence */
    bool integers, right;
} job;

/* How many of n sorted elements stand before v (NaN after everything). */
#define BEFORE(name, T)                                                                          \
    static int64_t name(const T *s, int64_t n, T v, bool right)                                  \
    {                                                                                            \
        int64_t low = 0, high = n;                                                               \
        while (low < high) {                                                                     \
            int64_t mid = low + (high - low) / 2;                                                \
            bool before = right ? !(s[mid] > v) : !(s[mid] >= v);                                \
            if (before) low = mid + 1;                                                           \
            else high = mid;                                                                     \
        }                                                                                        \
        return low;                                                                              \
    }
BEFORE(before_f64, double)
BEFORE(before_i64, int64_t)

static void search_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    int64_t from = piece * j->per_piece, to = from + j->per_piece;
    for (int64_t i = from; i < to && i < j->count; i++) {
        const void *s = j->sequence + (j->row ? i / j->row * j->n * 8 : 0), *v = j->values + i * 8;
        j->out[i] = j->integers ? before_i64(s, j->n, *(const int64_t *)v, j->right) : before_f64(s, j->n, *(const double *)v, j->right);
    }
}

bool lun_cpu_search(lun_call *c)
{
    lun_tensor *s = c->in[0], *v = c->in[1];
    bool floats = lun_dtype_is_float((lun_dtype)s->dtype) || lun_dtype_is_float((lun_dtype)v->dtype);
    job j = {.out = lun_data(c->out[0]), .n = s->dims[s->ndim - 1], .row = s->ndim > 1 ? v->dims[v->ndim - 1] : 0, .count = v->numel,
             .per_piece = 1024, .integers = !floats, .right = lun_param_bool(&c->params, 0, false)};
    lun_dense sequence = {0}, values = {0};
    if (!v->numel) return true;
    bool done = (!s->numel || lun_dense_read(&sequence, s, floats ? LUN_F64 : LUN_I64)) && lun_dense_read(&values, v, floats ? LUN_F64 : LUN_I64);
    if (done) {
        j.sequence = sequence.data;
        j.values = values.data;
        done = lun_parallel((j.count + j.per_piece - 1) / j.per_piece, search_piece, &j, 50.0 * (double)j.count) ||
               lun_fail_interrupted();
    }
    lun_dense_end(&sequence);
    lun_dense_end(&values);
    return done;
}

/* ---- histc ---- */

/* The edges: as given, else the extremes of x; a point is widened by 1 on both sides. False after lun_fail. */
#define COUNT(name, T)                                                                           \
    static bool name(const T *x, int64_t n, T low, T high, int64_t bins, T *out)                 \
    {                                                                                            \
        if (low == high && n) {                                                                  \
            low = high = x[0];                                                                   \
            for (int64_t i = 0; i < n; i++) {                                                    \
                low = x[i] < low || x[i] != x[i] ? x[i] : low;                                   \
                high = x[i] > high || x[i] != x[i] ? x[i] : high;                                \
            }                                                                                    \
        }                                                                                        \
        if (!isfinite(low) || !isfinite(high)) return false;                                     \
        if (low == high) low -= 1, high += 1;                                                    \
        for (int64_t i = 0; i < n; i++) {                                                        \
            if (!(x[i] >= low && x[i] <= high)) continue;                                        \
            int64_t bin = (int64_t)((x[i] - low) * (T)bins / (high - low));                      \
            out[bin < bins ? bin : bins - 1] += 1;                                               \
        }                                                                                        \
        return true;                                                                             \
    }
COUNT(count_f32, float)
COUNT(count_f64, double)

bool lun_cpu_histc(lun_call *c)
{
    lun_frame f;
    int64_t n = c->in[0]->numel, bins = c->out[0]->numel;
    double low = lun_param_float(&c->params, 1, 0), high = lun_param_float(&c->params, 2, 0);
    if (!lun_frame_open(&f, c)) return false;
    memset(f.out[0].data, 0, (size_t)bins * lun_dtype_size(f.type));
    bool finite = f.type == LUN_F32 ? count_f32(f.in[0].data, n, (float)low, (float)high, bins, f.out[0].data)
                                    : count_f64(f.in[0].data, n, low, high, bins, f.out[0].data);
    if (!finite) lun_fail(LUN_E_ARGUMENT, "x:histc(bins, min, max)", "x has NaN or infinite elements, so bins from its extremes cannot be made");
    return lun_frame_close(&f, finite);
}
