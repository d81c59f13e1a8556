/* backend.h - what a device must provide
 *
 * Holds: a kernel computes call->out from call->in under the door's promises (core/apply.h) and returns false after lun_fail;
 * it never calls Lua, never exits, never keeps tensors. An empty slot of `kernel` means that the door runs the CPU's kernel on copies
 * (core/device.h). Work on a device is queued and done in order; only to_host and synchronize wait, and they say what went wrong since.
 * kernels/cpu is the first implementer, kernels/cuda the second. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_BACKEND_H
#define LUN_CORE_BACKEND_H
#include "core/apply.h"
#include "core/op_id.h"

struct lun_summary;
struct lun_event;
typedef bool (*lun_kernel)(lun_call *);
enum { LUN_HAS_NAN = 1, LUN_HAS_INFINITY = 2 };

/* A run of elementwise calls. All are on one device, have memory for their results, and as many elements in the same order. */
enum { LUN_FUSED_INPUTS = 4 };
typedef struct lun_fused_part {
    const lun_call *call;
    int inputs, in[LUN_FUSED_INPUTS], out; /* operands */
} lun_fused_part;
typedef struct lun_fused_operand {
    const lun_tensor *x;
    bool flat;  /* all elements side by side; else the tensor's strides, broadcast to `shape` */
    bool read;  /* from memory, before the first part */
    bool kept;  /* what the last part that writes it made is wanted in memory */
} lun_fused_operand;
typedef struct lun_fused {
    int n_parts, n_operands;
    const lun_fused_part *parts;
    const lun_fused_operand *operands; /* two of them share no memory that is written */
    const lun_tensor *shape;
    void **program;                    /* the backend's, for runs of the same calls on other tensors; NULL at first, lives as long as the process */
} lun_fused;

typedef struct lun_backend {
    const char *name;                                             /* "cpu" */
    void *(*get)(size_t bytes, int index);                        /* device memory; NULL after lun_fail */
    void (*put)(void *data, size_t bytes, int index);
    bool (*to_host)(void *host, const void *device, size_t bytes, int index);
    bool (*from_host)(void *device, const void *host, size_t bytes, int index); /* the host memory may change when it returns */
    bool (*synchronize)(int index);                               /* -1: all that were used and still work */
    unsigned (*health)(const lun_tensor *x);                      /* which of these a float tensor has; NULL where that would wait */
    /* From here on: NULL where memory is the host's. */
    int (*count)(void);                                           /* how many devices of this type there are; 0 after lun_fail */
    bool (*copy)(void *to, int to_index, const void *from, int from_index, size_t bytes); /* between devices, or within one */
    bool (*begin)(int index, const lun_call *c);                  /* before each kernel: `index` is the device it runs on */
    /* Index or label argument i of the call as 0-based contiguous int64, checked against c->bound and c->ignore as in
     * core/index_check.c, but without waiting: what is out of bounds is clamped and reported at the next wait. */
    lun_tensor *(*positions)(const lun_call *c, int i, bool labels);
    bool (*add_one)(lun_tensor *x);                               /* contiguous int64: index results count from 1 */
    bool (*summarize)(const lun_tensor *x, struct lun_summary *out); /* core/summary.h; *out is as for an empty tensor */
    /* n elements as they are, to the host: at these row-major positions, or (NULL) at 0, step, 2 step ... */
    bool (*pick)(const lun_tensor *x, int64_t n, const int64_t *positions, int64_t step, void *host);
    /* Catch nonfinite, after an op whose result stands here: its floats will be looked through, and what is found is told through
     * lun_late_stop at the next wait; or at once, in *born, when each op is waited for. */
    bool (*watch)(const struct lun_event *e, unsigned *born);
    const struct lun_cuda *cuda;                                  /* what only CUDA can (kernels/cuda/cuda.h) */
    /* Elementwise calls may wait for one another (graph/queue.h) and then run in one walk over memory. fuses: how many inputs the call reads,
     * from the first on (copy_: the second); 0: it is to run at once, by itself. run_fused: false after lun_fail; *done false: it would gain
     * nothing, or does not fit, so run the calls one by one. */
    int (*fuses)(const lun_call *c);
    bool (*run_fused)(const lun_fused *f, bool *done);
    lun_kernel kernel[LUN_OP_COUNT];
} lun_backend;

extern const lun_backend *lun_backends[LUN_DEVICE_TYPES]; /* NULL: not present, or not used yet */

/* Asked by the door before a kernel with a result of at least `elements`, unless a kernel runs already: true when the op will be
 * computed later, together with the next one (graph/queue.h). An error may be pending then. asks NULL: nobody lets ops wait. */
typedef struct lun_waiting { bool (*asks)(struct lun_call *c); int64_t elements; } lun_waiting;
extern lun_waiting lun_op_waits;
#endif
