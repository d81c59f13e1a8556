/* dtype.h - the element types: one row each, and how they mix
 *
 * Holds: LUN_DTYPES is the only list of element types; every table over dtypes in the program is made from it.
 * A complex element is two floats, the real part first, as C and Fortran have it.
 * Read next: core/shape.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_DTYPE_H
#define LUN_CORE_DTYPE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __CUDACC__
#define LUN_ON_DEVICE __host__ __device__ /* nvcc: a function of the core that kernels on a GPU call too */
#else
#define LUN_ON_DEVICE
#endif

typedef uint16_t lun_f16;              /* IEEE half, kept as bits */
typedef struct { uint16_t bits; } lun_bf16; /* upper half of a float */
typedef struct { float re, im; } lun_c64;
typedef struct { double re, im; } lun_c128;

typedef enum { LUN_KIND_BOOL, LUN_KIND_INT, LUN_KIND_FLOAT, LUN_KIND_COMPLEX } lun_kind;

/*        id    name          short    C type     kind */
#define LUN_DTYPES(X)                                                  \
    X(F32,  "float32",    "f32",  float,     LUN_KIND_FLOAT)           \
    X(F64,  "float64",    "f64",  double,    LUN_KIND_FLOAT)           \
    X(F16,  "float16",    "f16",  lun_f16,   LUN_KIND_FLOAT)           \
    X(BF16, "bfloat16",   "bf16", lun_bf16,  LUN_KIND_FLOAT)           \
    X(I8,   "int8",       "i8",   int8_t,    LUN_KIND_INT)             \
    X(U8,   "uint8",      "u8",   uint8_t,   LUN_KIND_INT)             \
    X(I16,  "int16",      "i16",  int16_t,   LUN_KIND_INT)             \
    X(I32,  "int32",      "i32",  int32_t,   LUN_KIND_INT)             \
    X(I64,  "int64",      "i64",  int64_t,   LUN_KIND_INT)             \
    X(BOOL, "bool",       "bool", uint8_t,   LUN_KIND_BOOL)            \
    X(C64,  "complex64",  "c64",  lun_c64,   LUN_KIND_COMPLEX)         \
    X(C128, "complex128", "c128", lun_c128,  LUN_KIND_COMPLEX)

typedef enum {
#define X(id, ...) LUN_##id,
    LUN_DTYPES(X)
#undef X
    LUN_DTYPE_COUNT,
    LUN_DTYPE_NONE = LUN_DTYPE_COUNT /* "not given" */
} lun_dtype;

typedef struct lun_dtype_info {
    const char *name, *abbreviation;
    size_t size; /* bytes of one element */
    lun_kind kind;
} lun_dtype_info;
extern const lun_dtype_info lun_dtypes[LUN_DTYPE_COUNT];

static inline size_t lun_dtype_size(lun_dtype t) { return lun_dtypes[t].size; }
static inline bool lun_dtype_is_float(lun_dtype t) { return lun_dtypes[t].kind == LUN_KIND_FLOAT; }
static inline bool lun_dtype_is_int(lun_dtype t) { return lun_dtypes[t].kind == LUN_KIND_INT; }
static inline bool lun_dtype_is_complex(lun_dtype t) { return lun_dtypes[t].kind == LUN_KIND_COMPLEX; }
/* May gradients flow through it? Floats and complex numbers. */
static inline bool lun_dtype_has_gradient(lun_dtype t) { return lun_dtypes[t].kind >= LUN_KIND_FLOAT; }
/* The float dtype of a complex one's parts, and the complex dtype whose parts hold t; themselves where that is what they are. */
lun_dtype lun_dtype_real(lun_dtype t);
lun_dtype lun_dtype_complex(lun_dtype t);
/* The dtype that elementwise rows compute t in: halves in float32. */
static inline lun_dtype lun_dtype_computed(lun_dtype t) { return t == LUN_F16 || t == LUN_BF16 ? LUN_F32 : t; }

/* The dtype called `name` ("float32", "f32", also "float" "double" "half" "long" "int" "short" "byte"), or LUN_DTYPE_NONE. */
lun_dtype lun_dtype_by_name(const char *name);
/* PyTorch's promotion table: the smallest dtype both fit in by kind (int8 with uint8 is int16, int64 with float16 is float16). */
lun_dtype lun_dtype_promote(lun_dtype a, lun_dtype b);

/* f16 and bf16 to and from float, round to nearest even. */
float lun_f16_to_float(lun_f16 h);
lun_f16 lun_f16_from_float(float f);
static inline float lun_bf16_to_float(lun_bf16 h)
{
    union { uint32_t u; float f; } v = {(uint32_t)h.bits << 16};
    return v.f;
}
static inline lun_bf16 lun_bf16_from_float(float f)
{
    union { float f; uint32_t u; } v = {f};
    lun_bf16 h;
    uint32_t rounded = v.u + 0x7fffU + ((v.u >> 16) & 1U);
    h.bits = f != f ? (uint16_t)((v.u >> 16) | 0x40U) : (uint16_t)(rounded >> 16);
    return h;
}
#endif
