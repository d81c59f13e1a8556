/* loss_terms.c - elementwise parts of losses that are no plain formula
 *
 * Read next: core/ops/loss_likelihood.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>
#include <string.h>

enum { PIECE = 4096 };

typedef struct job {
    bool wide;
    int64_t n;
    const void *x, *t;
    void *to;
} job;

/* -(t max(log x, -100) + (1 - t) max(log(1 - x), -100)); NaN stays */
#define TERMS(T, LOG, LOG1P)                                                                         \
    static void terms_##T(const job *j, int64_t first, int64_t last)                                 \
    {                                                                                                \
        const T *x = j->x, *t = j->t;                                                                \
        T *to = j->to;                                                                               \
        for (int64_t i = first; i < last; i++) {                                                     \
            T yes = LOG(x[i]), no = LOG1P(-x[i]);                                                    \
            yes = yes < (T)-100 ? (T)-100 : yes;                                                     \
            no = no < (T)-100 ? (T)-100 : no;                                                        \
            to[i] = (t[i] - 1) * no - t[i] * yes;                                                    \
        }                                                                                            \
    }
TERMS(float, logf, log1pf)
TERMS(double, log, log1p)

static void piece(int64_t p, void *argument)
{
    const job *j = argument;
    int64_t last = (p + 1) * PIECE < j->n ? (p + 1) * PIECE : j->n;
    if (j->wide) terms_double(j, p * PIECE, last);
    else terms_float(j, p * PIECE, last);
}

bool lun_cpu_binary_terms(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) return false;
    job j = {.wide = f.type == LUN_F64, .n = c->out[0]->numel, .x = f.in[0].data, .t = f.in[1].data, .to = f.out[0].data};
    return lun_frame_close(&f, lun_parallel((j.n + PIECE - 1) / PIECE, piece, &j, 15 * (double)j.n));
}

bool lun_cpu_label_counts(lun_call *c)
{
    const lun_tensor *t = c->in[0];
    lun_tensor *out = c->out[0];
    int64_t classes = t->dims[t->ndim - 1];
    memset(lun_data(out), 0, lun_tensor_bytes(out));
    for (int64_t row = 0; row < t->numel / classes; row++) {
        bool ended = false; /* what stands behind counts for nothing, but is a label */
        for (int64_t k = 0; k < classes; k++) {
            int64_t label = lun_get_integer(t, row * classes + k);
            ended = ended || label == -1;
            if (label == -1) continue;
            if (label < 1 || label > classes)
                return lun_fail(LUN_E_INDEX, "use -1 after the last class of a row", "label %lld (row %lld, position %lld) is outside 1..%lld",
                                (long long)label, (long long)row + 1, (long long)k + 1, (long long)classes), false;
            int64_t at = row * classes + label - 1;
            if (!ended) lun_set_double(out, at, lun_get_double(out, at) + 1);
        }
    }
    return true;
}
