/* rtc_compile.h - kernels that are compiled while the program runs, where NVRTC is found
 *
 * NVRTC is found as the other libraries are (kernels/cuda/library.h); its code is loaded by the driver's own functions, which the runtime
 * finds. Without it, and for what it cannot compile, the interpreter of kernels/cuda/fused.cu computes the same.
 * Holds: a program is compiled when it has come some times, never while a graph is recorded. Bits are those of the kernels that were
 * compiled ahead: another version of NVRTC than the build's compiler is given only programs without functions of its mathematical library.
 * Read next: kernels/cuda/fused_text.cu, kernels/cuda/rtc_compile.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_RTC_COMPILE_H
#define LUN_KERNELS_CUDA_RTC_COMPILE_H
#include "kernels/cuda/fused.h"

enum { LUN_RTC_THREADS = 256 };

/* The program's text as CUDA C++, a kernel called lun_fused, to be given back to free(); NULL: no memory. *plain: it asks for no function that
 * might be another one in another version. */
char *lun_fused_text(const lun_fused_program *g, bool *plain);
/* How many elements a thread of it makes. */
static inline int lun_fused_width(const lun_fused_program *g) { return g->wide ? 2 : 4; }

/* What the text includes, by name; k from 0, NULL behind the last. */
const char *lun_rtc_header(int k, const char **name);

/* The kernel for a run of g on device `index`; NULL: there is none, or not yet. */
void *lun_rtc_kernel(lun_fused_program *g, int index);
bool lun_rtc_launch(void *kernel, unsigned blocks, lun_fused_plan *p);
#endif
