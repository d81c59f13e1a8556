/* onednn.c - oneDNN for larger products of floats and of bytes, and convolutions, where it is installed and the processor has AVX-512
 *
 * Loaded at the first product or convolution that is worth it, so that a shell that needs none does not pay its 25 ms and 10 MB. Like
 * OpenBLAS it is a kernel for one thread, and work is split by us. Where it is faster was measured (kernels/cpu/choice.def).
 * Holds: with kernels/cpu/conv_plan.c the only file that calls oneDNN. Its generated code points the stack pointer into a buffer of the
 * heap in most layouts, so a signal handled on this stack would write over what lies before the buffer; signals wait while it computes,
 * which is one piece of work.
 * Read next: kernels/cpu/gemm.c, kernels/cpu/conv_plan.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/onednn.h"

#include "kernels/cpu/choice.h"
#include "kernels/cpu/isa.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

/* As dnnl.h has it: row-major; 0 is success. */
static int (*sgemm)(char ta, char tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b,
                    int64_t ldb, float beta, float *c, int64_t ldc);
#define BYTES(name, T)                                                                                                                    \
    static int (*name)(char ta, char tb, char offsets, int64_t m, int64_t n, int64_t k, float alpha, const T *a, int64_t lda, T a_offset, \
                       const int8_t *b, int64_t ldb, int8_t b_offset, float beta, int32_t *c, int64_t ldc, const int32_t *c_offset)
BYTES(gemm_u8, uint8_t);
BYTES(gemm_s8, int8_t);
static pthread_once_t once = PTHREAD_ONCE_INIT;
static lun_dnnl api;

/* A function by way of an object pointer, as POSIX has it. */
static bool find(void *library, const char *name, void *slot)
{
    void *found = dlsym(library, name);
    memcpy(slot, &found, sizeof found);
    return found != NULL;
}

static bool find_all(void *library)
{
    const struct { const char *name; void *slot; } wanted[] = {
        {"dnnl_engine_create", &api.engine_create},
        {"dnnl_stream_create", &api.stream_create},
        {"dnnl_stream_destroy", &api.stream_destroy},
        {"dnnl_primitive_attr_create", &api.attr_create},
        {"dnnl_primitive_attr_set_scratchpad_mode", &api.attr_set_scratchpad_mode},
        {"dnnl_memory_desc_init_by_strides", &api.array_by_strides},
        {"dnnl_memory_desc_init_by_tag", &api.array_by_tag},
        {"dnnl_memory_desc_get_size", &api.array_size},
        {"dnnl_memory_desc_equal", &api.array_equal},
        {"dnnl_dilated_convolution_forward_desc_init", &api.forward},
        {"dnnl_dilated_convolution_backward_data_desc_init", &api.backward_data},
        {"dnnl_dilated_convolution_backward_weights_desc_init", &api.backward_weights},
        {"dnnl_primitive_desc_create", &api.plan_create},
        {"dnnl_reorder_primitive_desc_create", &api.reorder_plan_create},
        {"dnnl_primitive_desc_query_md", &api.plan_array},
        {"dnnl_primitive_desc_query", &api.plan_ask},
        {"dnnl_primitive_desc_destroy", &api.plan_destroy},
        {"dnnl_primitive_create", &api.primitive_create},
        {"dnnl_primitive_execute", &api.primitive_execute},
        {"dnnl_primitive_destroy", &api.primitive_destroy},
        {"dnnl_memory_create", &api.memory_create},
        {"dnnl_memory_destroy", &api.memory_destroy},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!find(library, wanted[i].name, wanted[i].slot)) return false;
    enum { SCRATCH_OF_CALLER = 1 };
    return !api.engine_create(&api.engine, LUN_DNNL_CPU, 0) && !api.attr_create(&api.attributes) &&
           !api.attr_set_scratchpad_mode(api.attributes, SCRATCH_OF_CALLER);
}

static void load(void)
{
    if (lun_isa() != LUN_ISA_AVX512 || lun_choice_is_off()) return;
    void *library = lun_load_one_thread("libdnnl.so.2", "OMP_NUM_THREADS");
    if (!library) library = lun_load_one_thread("libdnnl.so.3", "OMP_NUM_THREADS");
    if (!library) return;
    int (*threads)(void) = NULL;
    if (find(library, "omp_get_max_threads", &threads) && threads() != 1) return; /* OpenMP was here before us, with threads of its own */
    find(library, "dnnl_sgemm", &sgemm);
    if (!find_all(library)) api.engine = NULL;
    if (!__builtin_cpu_supports("avx512vnni")) return; /* pairs of products would be cut at 16 bits */
    find(library, "dnnl_gemm_u8s8s32", &gemm_u8);
    find(library, "dnnl_gemm_s8s8s32", &gemm_s8);
}

bool lun_onednn_there(void)
{
    pthread_once(&once, load);
    return sgemm != NULL;
}

const lun_dnnl *lun_onednn(void)
{
    pthread_once(&once, load);
    return api.engine ? &api : NULL;
}

static void leave_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

static bool product_is_worth(lun_choice_task task, int64_t m, int64_t n, int64_t k)
{
    enum { THIN = 16 };
    const lun_choice_class class = n < THIN ? LUN_CHOICE_narrow : m < THIN ? LUN_CHOICE_short :
                                   k < THIN ? LUN_CHOICE_shallow : LUN_CHOICE_wide;
    return lun_choice_is_onednn(task, class, LUN_CHOICE_full, (double)m * (double)n * (double)k);
}

bool lun_onednn_product(int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, float *c, int64_t ldc, bool add)
{
    bool ta = a.col != 1, tb = b.col != 1;
    const lun_choice_task task = ta ? tb ? LUN_CHOICE_tt : LUN_CHOICE_tn : tb ? LUN_CHOICE_nt : LUN_CHOICE_nn;
    if (!product_is_worth(task, m, n, k) || !lun_onednn_there()) return false;
    sigset_t before;
    leave_signals(&before);
    int status = sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a.data, ta ? a.col : a.row, b.data, tb ? b.col : b.row, (float)add,
                       c, ldc);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status == 0;
}

bool lun_onednn_takes_bytes(int64_t m, int64_t n, int64_t k)
{
    return product_is_worth(LUN_CHOICE_bytes, m, n, k) && lun_onednn_there() && gemm_u8 && gemm_s8;
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
