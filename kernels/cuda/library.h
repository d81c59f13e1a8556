/* library.h - NVIDIA's libraries, found when first needed
 *
 * None of them is linked, and no header of theirs is read: kernels/cuda declares the few functions it calls. A library that is missing
 * costs only what it is used for; an own kernel or the CPU's stands in. LUNETTE_CUDA_VERBOSE=1 tells on stderr what was found where.
 * Holds: the host device has none of them but what LUNETTE_HOST_DEVICE_LIBRARIES, a folder of stand-ins for tests, holds.
 * Read next: kernels/cuda/library.c, kernels/cuda/blas.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_LIBRARY_H
#define LUN_KERNELS_CUDA_LIBRARY_H
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { LUN_CUBLAS, LUN_CUBLASLT, LUN_CUDNN, LUN_CUSOLVER, LUN_NVRTC, LUN_LIBRARIES } lun_library;

/* One function of a library: its name and the pointer that is to be set. */
typedef struct lun_symbol { const char *name; void *slot; } lun_symbol;
/* Sets n pointers; false (no error) when the library or one of the functions is missing: then none may be called. */
bool lun_library_symbols(lun_library which, int n, const lun_symbol *symbols);

#ifdef __cplusplus
}
#endif
#endif
