/* backend.h - what a device must provide
 *
 * Holds: a kernel computes call->out from call->in under the door's promises (core/apply.h) and returns false after lun_fail;
 * it never calls Lua, never exits, never keeps tensors. An empty slot is "not on this device", raised in one place.
 * kernels/cpu is the first implementer, kernels/cuda the second. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_BACKEND_H
#define LUN_CORE_BACKEND_H
#include "core/apply.h"
#include "core/op_id.h"

typedef bool (*lun_kernel)(lun_call *);

typedef struct lun_backend {
    const char *name;                                             /* "cpu" */
    void *(*get)(size_t bytes, int index);                        /* device memory; NULL after lun_fail */
    void (*put)(void *data, size_t bytes, int index);
    bool (*to_host)(void *host, const void *device, size_t bytes, int index);
    bool (*from_host)(void *device, const void *host, size_t bytes, int index);
    bool (*synchronize)(int index);
    lun_kernel kernel[LUN_OP_COUNT];
} lun_backend;

extern const lun_backend *lun_backends[LUN_DEVICE_TYPES]; /* NULL: not present */
#endif
