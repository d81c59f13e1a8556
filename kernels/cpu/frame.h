/* frame.h - the tensors of a call as plain row-major arrays
 *
 * Matrix and network kernels compute in float or double on contiguous memory. A frame opens every input and output of a call that
 * way: as it lies when it already fits, else through a buffer (strided inputs, f16 and bf16, mixed widths); closing it rounds the
 * results back and gives the buffers away.
 * Holds: floats come as f->type, which is F64 when one of them is and F32 otherwise; integers and bool keep their type. Where complex
 * tensors are among them f->type is C64 or C128, and what is real comes as the type of its parts.
 * Read next: kernels/cpu/frame.c, kernels/cpu/gemm.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_FRAME_H
#define LUN_KERNELS_CPU_FRAME_H
#include "core/apply.h"

typedef struct lun_dense {
    void *data;   /* row-major; NULL for LUN_NONE */
    size_t owned; /* bytes of the buffer, 0 when data is the tensor's own */
} lun_dense;

typedef struct lun_frame {
    lun_call *call;
    lun_dtype type;
    lun_dense in[LUN_CALL_INPUTS], out[LUN_MAX_OUT];
} lun_frame;

/* Opens all inputs and outputs; false after lun_fail, with nothing left open. */
bool lun_frame_open(lun_frame *f, lun_call *c);
/* The same without inputs of bit mask `skip`: the kernel reads those itself. */
bool lun_frame_open_but(lun_frame *f, lun_call *c, unsigned skip);
/* Stores the results if `done`, else fails as interrupted (unless an error is pending); frees. Returns what the kernel returns. */
bool lun_frame_close(lun_frame *f, bool done);

/* The elements of x as `as`, row-major. */
bool lun_dense_read(lun_dense *d, const lun_tensor *x, lun_dtype as);
void lun_dense_end(lun_dense *d);

/* Element `at` of an array of double (wide) or float. */
static inline double lun_dense_get(bool wide, const void *data, int64_t at)
{
    return wide ? ((const double *)data)[at] : (double)((const float *)data)[at];
}
static inline void lun_dense_set(bool wide, void *data, int64_t at, double v)
{
    if (wide) ((double *)data)[at] = v;
    else ((float *)data)[at] = (float)v;
}

/* For pieces that run long: has an interrupt come, noticed here or by a piece beside this one? */
bool lun_stopped(bool *stopped);
#endif
