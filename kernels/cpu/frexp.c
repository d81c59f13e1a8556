/* frexp.c - numbers as mantissa and power of two
 *
 * Read next: kernels/cpu/frame.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

#include <math.h>

enum { PER_PIECE = 16384 };

typedef struct job {
    int64_t n;
    bool wide;
    const void *x;
    void *mantissa;
    int32_t *exponent;
} job;

static void piece(int64_t k, void *argument)
{
    const job *j = argument;
    int64_t end = (k + 1) * PER_PIECE < j->n ? (k + 1) * PER_PIECE : j->n;
    for (int64_t i = k * PER_PIECE; i < end; i++) {
        double x = lun_dense_get(j->wide, j->x, i);
        int power = 0;
        double m = frexp(x, &power);
        j->exponent[i] = isfinite(x) ? power : 0;
        if (j->wide) {
            ((double *)j->mantissa)[i] = m;
        } else {
            ((float *)j->mantissa)[i] = (float)m;
        }
    }
}

bool lun_cpu_frexp(lun_call *c)
{
    lun_frame f;
    if (!lun_frame_open(&f, c)) {
        return false;
    }
    job j = {c->out[0]->numel, f.type == LUN_F64, f.in[0].data, f.out[0].data, f.out[1].data};
    return lun_frame_close(&f, lun_parallel((j.n + PER_PIECE - 1) / PER_PIECE, piece, &j, 5.0 * (double)j.n));
}
