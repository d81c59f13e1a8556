/* onednn.c - oneDNN for the larger products of floats and of bytes, where it is installed and the processor has AVX-512
 *
 * Loaded at the first product that is worth it, so that a shell that needs none does not pay its 25 ms and 10 MB. Like OpenBLAS it is a
 * kernel for one thread, and work is split by us. Where it is faster was measured once, for products of one thread: from about 1e6
 * multiplications on it takes 0.3 to 0.95 of OpenBLAS's time in all layouts; below, OpenBLAS's kernels for small matrices win. The
 * choice depends on the shape only, so bits are stable. LUNETTE_ONEDNN=off leaves it out.
 * Holds: the only file that calls oneDNN. Its generated code points the stack pointer into a buffer of the heap in most layouts, so a signal handled
 * on this stack would write over what lies before the buffer; signals wait while it computes, which is one piece of work.
 * Read next: kernels/cpu/gemm.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/onednn.h"

#include "kernels/cpu/isa.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* As dnnl.h has it: row-major; 0 is success. */
static int (*sgemm)(char ta, char tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b, int64_t ldb,
                    float beta, float *c, int64_t ldc);
#define BYTES(name, T)                                                                                                                    \
    static int (*name)(char ta, char tb, char offsets, int64_t m, int64_t n, int64_t k, float alpha, const T *a, int64_t lda, T a_offset, \
                       const int8_t *b, int64_t ldb, int8_t b_offset, float beta, int32_t *c, int64_t ldc, const int32_t *c_offset)
BYTES(gemm_u8, uint8_t);
BYTES(gemm_s8, int8_t);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    const char *wish = getenv("LUNETTE_ONEDNN");
    if (lun_isa() != LUN_ISA_AVX512 || (wish && !strcmp(wish, "off"))) return;
    void *library = lun_load_one_thread("libdnnl.so.3", "OMP_NUM_THREADS");
    if (!library) library = lun_load_one_thread("libdnnl.so.2", "OMP_NUM_THREADS");
    if (!library) return;
    int (*threads)(void) = NULL;
    void *found = dlsym(library, "omp_get_max_threads");
    memcpy(&threads, &found, sizeof found);
    if (threads && threads() != 1) return; /* OpenMP was in the process before us, with threads of its own */
    found = dlsym(library, "dnnl_sgemm");
    memcpy(&sgemm, &found, sizeof found);
    if (!__builtin_cpu_supports("avx512vnni")) return; /* pairs of products would be cut at 16 bits */
    found = dlsym(library, "dnnl_gemm_u8s8s32");
    memcpy(&gemm_u8, &found, sizeof found);
    found = dlsym(library, "dnnl_gemm_s8s8s32");
    memcpy(&gemm_s8, &found, sizeof found);
}

bool lun_onednn_there(void)
{
    pthread_once(&once, load);
    return sgemm != NULL;
}

static void leave_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

bool lun_onednn_product(int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, float *c, int64_t ldc, bool add)
{
    const double worth = 1e6;
    if ((double)m * (double)n * (double)k < worth || !lun_onednn_there()) return false;
    bool ta = a.col != 1, tb = b.col != 1;
    sigset_t before;
    leave_signals(&before);
    int status = sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a.data, ta ? a.col : a.row, b.data, tb ? b.col : b.row, (float)add, c, ldc);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status == 0;
}

bool lun_onednn_takes_bytes(int64_t m, int64_t n, int64_t k)
{
    const double worth = 1e6;
    return (double)m * (double)n * (double)k >= worth && lun_onednn_there() && gemm_u8 && gemm_s8;
}

bool lun_onednn_bytes(int64_t m, int64_t n, int64_t k, lun_matrix a, bool signs, lun_matrix b, int32_t *c, int64_t ldc)
{
    const char ta = a.col != 1 ? 'T' : 'N', tb = b.col != 1 ? 'T' : 'N';
    const int64_t lda = a.col != 1 ? a.col : a.row, ldb = b.col != 1 ? b.col : b.row;
    const int32_t none = 0;
    sigset_t before;
    leave_signals(&before);
    int status = signs ? gemm_s8(ta, tb, 'F', m, n, k, 1, a.data, lda, 0, b.data, ldb, 0, 0, c, ldc, &none)
                       : gemm_u8(ta, tb, 'F', m, n, k, 1, a.data, lda, 0, b.data, ldb, 0, 0, c, ldc, &none);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status == 0;
}
