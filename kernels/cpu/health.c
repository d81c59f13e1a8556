/* health.c - which of NaN and infinity are in a tensor: what catching them asks after each op
 *
 * A tensor is looked through in the order of its memory, dim by dim; what lies side by side is one run, whatever the order of the dims.
 * Read next: kernels/cpu/health_loops.c, debugger/events.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/health.h"

#include "core/context.h"
#include "kernels/threads.h"

typedef struct job {
    lun_health_loop *loop;
    const char *data;
    int ndim;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS]; /* in memory's order: the last is the closest */
    int64_t run, runs, per_piece, size;                /* floats of a run, runs, floats at most in a piece, bytes of a float */
    unsigned found;
} job;

enum { PIECE = 1 << 15 };

/* Dims by stride, the largest first; a dim of stride 0 repeats what is there. */
static void order_dims(job *j, const lun_tensor *x)
{
    for (int d = 0; d < x->ndim; d++) {
        if (x->dims[d] == 1 || !x->strides[d]) continue;
        int at = j->ndim++;
        for (; at && j->strides[at - 1] < x->strides[d]; at--) {
            j->dims[at] = j->dims[at - 1];
            j->strides[at] = j->strides[at - 1];
        }
        j->dims[at] = x->dims[d];
        j->strides[at] = x->strides[d];
    }
}

/* Takes from the end the dims that together are one run. */
static void merge_run(job *j)
{
    for (j->run = 1; j->ndim && j->strides[j->ndim - 1] == j->run; j->ndim--) j->run *= j->dims[j->ndim - 1];
    j->runs = 1;
    for (int d = 0; d < j->ndim; d++) j->runs *= j->dims[d];
}

static const char *run_at(const job *j, int64_t number)
{
    int64_t at = 0;
    for (int d = j->ndim; d-- > 0; number /= j->dims[d]) at += number % j->dims[d] * j->strides[d];
    return j->data + at * j->size;
}

static void piece(int64_t p, void *argument)
{
    job *j = argument;
    unsigned bits = 0;
    if (j->runs == 1) {
        int64_t from = p * j->per_piece, n = j->run - from < j->per_piece ? j->run - from : j->per_piece;
        bits = j->loop(n, j->data + from * j->size);
    } else {
        int64_t last = (p + 1) * j->per_piece < j->runs ? (p + 1) * j->per_piece : j->runs;
        for (int64_t r = p * j->per_piece; r < last; r++) bits |= j->loop(j->run, run_at(j, r));
    }
    if (bits) __atomic_fetch_or(&j->found, bits, __ATOMIC_RELAXED);
}

unsigned lun_cpu_health(const lun_tensor *x)
{
    const lun_health_table *loops = &LUN_BY_ISA(lun_health_loops);
    job j = {.loop = x->dtype == LUN_F16 ? loops->f16 : x->dtype == LUN_BF16 ? loops->bf16 : x->dtype == LUN_F32 ? loops->f32 : loops->f64,
             .data = lun_data(x), .size = (int64_t)lun_dtype_size((lun_dtype)x->dtype)};
    if (!x->numel) return 0;
    if (x->numel <= PIECE && lun_is_contiguous(x)) return j.loop(x->numel, j.data);
    order_dims(&j, x);
    merge_run(&j);
    j.per_piece = j.runs == 1 ? PIECE : j.run > PIECE ? 1 : PIECE / j.run;
    int64_t all = j.runs == 1 ? j.run : j.runs;
    lun_context *ctx = lun_context_get();
    bool before = ctx->uninterruptible;
    ctx->uninterruptible = true; /* the op is done: it is too late to fail */
    lun_parallel((all + j.per_piece - 1) / j.per_piece, piece, &j, 0.05 * (double)x->numel);
    ctx->uninterruptible = before;
    return j.found;
}
