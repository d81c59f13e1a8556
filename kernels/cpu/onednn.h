/* onednn.h - oneDNN, where it is installed, for the larger products of floats and of bytes, and for convolutions
 *
 * Which products and convolutions go to it is a table: kernels/cpu/choice.def. Read next: kernels/cpu/onednn.c, kernels/cpu/conv_plan.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_ONEDNN_H
#define LUN_KERNELS_CPU_ONEDNN_H
#include "kernels/cpu/gemm.h"

/* Is oneDNN found, and of use on this processor? Loads it. */
bool lun_onednn_there(void);
/* As lun_gemm for F32, on one thread. False, and nothing done, when it is not there or the product is small. */
bool lun_onednn_product(int64_t m, int64_t n, int64_t k, lun_matrix a, lun_matrix b, float *c, int64_t ldc, bool add);

/* Is a product of bytes worth a call, and the processor one that sums it without losing bits (AVX512_VNNI)? */
bool lun_onednn_takes_bytes(int64_t m, int64_t n, int64_t k);
/* c = a b on one thread, in int32, which wraps around; a is uint8, or int8 with `signs`, b int8. lun_onednn_takes_bytes has been asked. */
bool lun_onednn_bytes(int64_t m, int64_t n, int64_t k, lun_matrix a, bool signs, lun_matrix b, int32_t *c, int64_t ldc);

/* What describes an array, as it lies: room for the structs of oneDNN 2, whose insides are not looked at. */
typedef struct lun_dnnl_array { _Alignas(8) char bytes[1024]; } lun_dnnl_array;
typedef struct lun_dnnl_job { _Alignas(8) char bytes[8192]; } lun_dnnl_job;
typedef struct lun_dnnl_argument { int which; void *memory; } lun_dnnl_argument;
enum { LUN_DNNL_DIMS = 12, LUN_DNNL_F32 = 3, LUN_DNNL_ANY = 1, LUN_DNNL_DIRECT = 1, LUN_DNNL_TRAINING = 64, LUN_DNNL_CPU = 1 };
/* Kinds of arguments, and of what is asked of a plan. */
enum { LUN_DNNL_SRC = 1, LUN_DNNL_DST = 17, LUN_DNNL_WEIGHTS = 33, LUN_DNNL_BIAS = 41, LUN_DNNL_SCRATCH = 80, LUN_DNNL_DIFF = 128 };
enum { LUN_DNNL_ASK_NAME = 8, LUN_DNNL_ASK_SRC = 129, LUN_DNNL_ASK_WEIGHTS = 131, LUN_DNNL_ASK_DST = 133, LUN_DNNL_ASK_SCRATCH = 136 };

/* Those functions of oneDNN's C interface that convolution needs, as dnnl.h of version 2 has them; 0 is success. */
typedef struct lun_dnnl {
    int (*engine_create)(void **engine, int kind, size_t index);
    int (*stream_create)(void **stream, void *engine, unsigned flags);
    int (*stream_destroy)(void *stream);
    int (*attr_create)(void **attributes);
    int (*attr_set_scratchpad_mode)(void *attributes, int mode);
    int (*array_by_strides)(lun_dnnl_array *a, int ndims, const int64_t *dims, int type, const int64_t *strides);
    int (*array_by_tag)(lun_dnnl_array *a, int ndims, const int64_t *dims, int type, int tag);
    size_t (*array_size)(const void *a);
    int (*array_equal)(const void *a, const void *b);
    int (*forward)(lun_dnnl_job *job, int kind, int way, const void *src, const void *weights, const void *bias, const void *dst,
                   const int64_t *strides, const int64_t *dilations, const int64_t *before, const int64_t *after);
    int (*backward_data)(lun_dnnl_job *job, int way, const void *src, const void *weights, const void *dst, const int64_t *strides,
                         const int64_t *dilations, const int64_t *before, const int64_t *after);
    int (*backward_weights)(lun_dnnl_job *job, int way, const void *src, const void *weights, const void *bias, const void *dst,
                            const int64_t *strides, const int64_t *dilations, const int64_t *before, const int64_t *after);
    int (*plan_create)(void **plan, const lun_dnnl_job *job, void *attributes, void *engine, void *forward_plan);
    int (*reorder_plan_create)(void **plan, const void *from, void *from_engine, const void *to, void *to_engine, void *attributes);
    const void *(*plan_array)(void *plan, int asked, int index);
    int (*plan_ask)(void *plan, int asked, int index, void *answer);
    int (*plan_destroy)(void *plan);
    int (*primitive_create)(void **primitive, void *plan);
    int (*primitive_execute)(void *primitive, void *stream, int n, const lun_dnnl_argument *arguments);
    int (*primitive_destroy)(void *primitive);
    int (*memory_create)(void **memory, const void *array, void *engine, void *data);
    int (*memory_destroy)(void *memory);
    void *engine, *attributes; /* the processor; scratch memory is the caller's, so that threads may share a primitive */
} lun_dnnl;

/* Loads it; NULL where it is not there, of no use on this processor, or of another version than 2. */
const lun_dnnl *lun_onednn(void);
#endif
