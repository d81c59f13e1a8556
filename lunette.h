/* lunette.h - the library's public header: tensors, automatic differentiation and file formats for a C program
 *
 * Compile with `pkg-config --cflags --libs lunette`. A program starts the library once, marks the pool,
 * computes, reads its results and drains:
 *
 *     if (!lun_start()) return 1;
 *     size_t mark = lun_scope_mark();
 *     lun_tensor *x = lun_tensor_copy_of((float[]){1, 2, 3}, LUN_F32, 1, (int64_t[]){3});
 *     lun_tensor *y = lun_sum(lun_mul(x, x), 0, NULL, false);
 *     if (y) printf("%g\n", lun_get_double(y, 0)); else fprintf(stderr, "%s\n", lun_error_get()->message);
 *     lun_scope_drain(mark);
 *
 * Holds: nothing here knows Lua. Functions borrow their arguments; results belong to the scope unless lun_keep keeps them; NULL
 * in gives NULL out, and the thread's error says why.
 * Read next: core/lun.h. SPDX-License-Identifier: MIT
 */
#ifndef LUNETTE_H
#define LUNETTE_H
#ifdef __cplusplus
#error "lunette.h is C17; call it from a C file of your program"
#endif
#include "core/lun.h"
#include "formats/csv.h"
#include "formats/idx.h"
#include "formats/safetensors.h"
#include "kernels/start.h"
#include "kernels/threads.h"
#endif
