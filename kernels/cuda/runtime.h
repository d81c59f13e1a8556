/* runtime.h - what the table in backend.c takes from the runtime: devices, memory, transfers, positions
 *
 * Read next: kernels/cuda/runtime.cu, memory.cu, transfer.cu, flags.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_RUNTIME_H
#define LUN_KERNELS_CUDA_RUNTIME_H
#include "core/backend.h"
#include "kernels/cuda/cuda.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The slots of lun_backend, by name (core/backend.h says what they do). */
void *lun_cuda_get(size_t bytes, int index);
void lun_cuda_put(void *data, size_t bytes, int index);
bool lun_cuda_to_host(void *host, const void *device, size_t bytes, int index);
bool lun_cuda_from_host(void *device, const void *host, size_t bytes, int index);
bool lun_cuda_synchronize(int index);
int lun_cuda_count(void);
bool lun_cuda_copy(void *to, int to_index, const void *from, int from_index, size_t bytes);
bool lun_cuda_begin(int index, const lun_call *c);
lun_tensor *lun_cuda_positions(const lun_call *c, int i, bool labels);
bool lun_cuda_add_one(lun_tensor *x);
bool lun_cuda_summarize(const lun_tensor *x, struct lun_summary *out);
bool lun_cuda_pick(const lun_tensor *x, int64_t n, const int64_t *positions, int64_t step, void *out);
bool lun_cuda_watch(const struct lun_event *e, unsigned *born);
extern const lun_cuda lun_cuda_services;

/* The last calls (recent.c). The file's name, or NULL when it could not be written. */
void lun_cuda_recent_add(const lun_call *c, int index);
const lun_op *lun_cuda_recent_last(bool *inplace);
const char *lun_cuda_recent_write(const char *why);

#ifdef __cplusplus
}
#endif
#endif
