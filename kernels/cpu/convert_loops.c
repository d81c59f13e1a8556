/* convert_loops.c - the conversion of every pair of native types, and of half precision to and from float
 *
 * Read next: kernels/cpu/convert.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/convert.h"
#include "kernels/cpu/vmath.h"

#define LOOP(name, to_type, from_type, value)                                         \
    static void name(int64_t n, void *to, const void *from)                           \
    {                                                                                 \
        to_type *restrict out = to;                                                   \
        const from_type *restrict in = from;                                          \
        for (int64_t i = 0; i < n; i++) {                                             \
            const from_type v = in[i];                                                \
            out[i] = value;                                                           \
        }                                                                             \
    }

/* through int32, so that too large or negative numbers wrap the same way in scalar and vector code */
#define NARROW(T) (T)(int32_t)v
#define ALL_FROM(id, from_type, narrow)                                               \
    LOOP(f32_##id, float, from_type, (float)v)                                        \
    LOOP(f64_##id, double, from_type, (double)v)                                      \
    LOOP(i8_##id, int8_t, from_type, narrow(int8_t))                                  \
    LOOP(u8_##id, uint8_t, from_type, narrow(uint8_t))                                \
    LOOP(i16_##id, int16_t, from_type, narrow(int16_t))                               \
    LOOP(i32_##id, int32_t, from_type, (int32_t)v)                                    \
    LOOP(i64_##id, int64_t, from_type, (int64_t)v)                                    \
    LOOP(bool_##id, uint8_t, from_type, v != 0)
#define PLAIN(T) (T)v
ALL_FROM(f32, float, NARROW)
ALL_FROM(f64, double, NARROW)
ALL_FROM(i8, int8_t, PLAIN)
ALL_FROM(u8, uint8_t, PLAIN)
ALL_FROM(i16, int16_t, PLAIN)
ALL_FROM(i32, int32_t, PLAIN)
ALL_FROM(i64, int64_t, PLAIN)

LUN_INLINE float from_half(uint16_t h)
{
    uint32_t magnitude = (uint32_t)(h & 0x7fffU) << 13;
    float f = lun_from32(magnitude) * 0x1p112f; /* moves the exponent's bias, denormals included */
    uint32_t special = lun_bits32(f) | 0x7f800000U;
    f = magnitude >= 0x0f800000U ? lun_from32(special) : f;
    return lun_from32(lun_bits32(f) | (uint32_t)(h & 0x8000U) << 16);
}

LUN_INLINE uint16_t to_half(float f)
{
    uint32_t u = lun_bits32(f) & 0x7fffffffU, sign = (lun_bits32(f) >> 16) & 0x8000U;
    uint32_t normal = (u - 0x38000000U + 0xfffU + ((u >> 13) & 1U)) >> 13;
    uint32_t tiny = lun_bits32(lun_from32(u) + 0.5f) - 0x3f000000U; /* the sum rounds to steps of 2^-24 */
    uint32_t huge = u > 0x7f800000U ? 0x7e00U : 0x7c00U;
    uint32_t h = u < 0x38800000U ? tiny : normal;
    h = u >= 0x47800000U ? huge : h;
    return (uint16_t)(h | sign);
}

LOOP(f32_f16, float, lun_f16, from_half(v))
LOOP(f16_f32, lun_f16, float, to_half(v))
LOOP(f32_bf16, float, lun_bf16, lun_bf16_to_float(v))
LOOP(bf16_f32, lun_bf16, float, lun_bf16_from_float(v))

/* A real number becomes the real part; of a complex one the real part is left, and to bool it is "not zero". */
#define COMPLEX(id, T, R)                                                              \
    LOOP(id##_f32, T, float, ((T){(R)v, 0}))                                          \
    LOOP(id##_f64, T, double, ((T){(R)v, 0}))                                         \
    LOOP(id##_i8, T, int8_t, ((T){(R)v, 0}))                                          \
    LOOP(id##_u8, T, uint8_t, ((T){(R)v, 0}))                                         \
    LOOP(id##_i16, T, int16_t, ((T){(R)v, 0}))                                        \
    LOOP(id##_i32, T, int32_t, ((T){(R)v, 0}))                                        \
    LOOP(id##_i64, T, int64_t, ((T){(R)v, 0}))                                        \
    LOOP(f32_##id, float, T, (float)v.re)                                             \
    LOOP(f64_##id, double, T, (double)v.re)                                           \
    LOOP(i8_##id, int8_t, T, (int8_t)(int32_t)v.re)                                   \
    LOOP(u8_##id, uint8_t, T, (uint8_t)(int32_t)v.re)                                 \
    LOOP(i16_##id, int16_t, T, (int16_t)(int32_t)v.re)                                \
    LOOP(i32_##id, int32_t, T, (int32_t)v.re)                                         \
    LOOP(i64_##id, int64_t, T, (int64_t)v.re)                                         \
    LOOP(bool_##id, uint8_t, T, v.re != 0 || v.im != 0)
COMPLEX(c64, lun_c64, float)
COMPLEX(c128, lun_c128, double)
LOOP(c64_c128, lun_c64, lun_c128, ((lun_c64){(float)v.re, (float)v.im}))
LOOP(c128_c64, lun_c128, lun_c64, ((lun_c128){(double)v.re, (double)v.im}))

/* bool reads as u8 holding 0 or 1 */
#define ROW(id, name)                                                                               \
    [LUN_##id] = {[LUN_F32] = name##_f32, [LUN_F64] = name##_f64, [LUN_I8] = name##_i8, [LUN_U8] = name##_u8, \
                  [LUN_I16] = name##_i16, [LUN_I32] = name##_i32, [LUN_I64] = name##_i64, [LUN_BOOL] = name##_u8
#define FROM_COMPLEX(name) , [LUN_C64] = name##_c64, [LUN_C128] = name##_c128
const lun_convert_table LUN_HERE(lun_converters) = {{
    ROW(F32, f32) FROM_COMPLEX(f32), [LUN_F16] = f32_f16, [LUN_BF16] = f32_bf16},
    ROW(F64, f64) FROM_COMPLEX(f64)},
    ROW(I8, i8) FROM_COMPLEX(i8)},
    ROW(U8, u8) FROM_COMPLEX(u8)},
    ROW(I16, i16) FROM_COMPLEX(i16)},
    ROW(I32, i32) FROM_COMPLEX(i32)},
    ROW(I64, i64) FROM_COMPLEX(i64)},
    ROW(BOOL, bool) FROM_COMPLEX(bool)},
    ROW(C64, c64), [LUN_C128] = c64_c128},
    ROW(C128, c128), [LUN_C64] = c128_c64},
    [LUN_F16] = {[LUN_F32] = f16_f32},
    [LUN_BF16] = {[LUN_F32] = bf16_f32},
}};
