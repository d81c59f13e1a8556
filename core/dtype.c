/* dtype.c - the tables made from LUN_DTYPES
 *
 * Holds: lun_dtype_promote is symmetric and gives PyTorch 2.13's answer for every pair (t/core/dtype.c has its table).
 * Read next: core/shape.c. SPDX-License-Identifier: MIT
 */
#include "core/dtype.h"

#include <math.h>
#include <string.h>

const lun_dtype_info lun_dtypes[LUN_DTYPE_COUNT] = {
#define X(id, name, short_name, type, kind) [LUN_##id] = {name, short_name, sizeof(type), kind},
    LUN_DTYPES(X)
#undef X
};

static const struct { const char *name; lun_dtype dtype; } aliases[] = {
    {"float", LUN_F32}, {"double", LUN_F64}, {"half", LUN_F16}, {"long", LUN_I64}, {"int", LUN_I32},
    {"short", LUN_I16}, {"char", LUN_I8},    {"byte", LUN_U8},  {"boolean", LUN_BOOL},
    {"cfloat", LUN_C64}, {"cdouble", LUN_C128},
};

lun_dtype lun_dtype_by_name(const char *name)
{
    for (int t = 0; t < LUN_DTYPE_COUNT; t++)
        if (!strcmp(name, lun_dtypes[t].name) || !strcmp(name, lun_dtypes[t].abbreviation)) return (lun_dtype)t;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (!strcmp(name, aliases[i].name)) return aliases[i].dtype;
    return LUN_DTYPE_NONE;
}

/* Two ints: the wider one; unsigned against a signed one that is not wider needs the next wider signed type. */
static lun_dtype promote_ints(lun_dtype a, lun_dtype b)
{
    if (a == b) return a;
    if (a == LUN_U8 || b == LUN_U8) {
        lun_dtype other = a == LUN_U8 ? b : a;
        return other == LUN_I8 ? LUN_I16 : other;
    }
    return lun_dtype_size(a) > lun_dtype_size(b) ? a : b;
}

static lun_dtype promote_floats(lun_dtype a, lun_dtype b)
{
    if (a == b) return a;
    if (lun_dtype_size(a) == lun_dtype_size(b)) return LUN_F32; /* f16 with bf16 */
    return lun_dtype_size(a) > lun_dtype_size(b) ? a : b;
}

lun_dtype lun_dtype_real(lun_dtype t) { return t == LUN_C64 ? LUN_F32 : t == LUN_C128 ? LUN_F64 : t; }
lun_dtype lun_dtype_complex(lun_dtype t) { return t == LUN_F64 || t == LUN_C128 ? LUN_C128 : LUN_C64; }

static lun_dtype promote_complex(lun_dtype a, lun_dtype b)
{
    if (a == LUN_C128 || b == LUN_C128 || a == LUN_F64 || b == LUN_F64) return LUN_C128;
    return LUN_C64;
}

lun_dtype lun_dtype_promote(lun_dtype a, lun_dtype b)
{
    lun_kind ka = lun_dtypes[a].kind, kb = lun_dtypes[b].kind;
    if (ka == LUN_KIND_COMPLEX || kb == LUN_KIND_COMPLEX) return promote_complex(a, b);
    if (ka != kb) return ka > kb ? a : b;
    return ka == LUN_KIND_INT ? promote_ints(a, b) : ka == LUN_KIND_FLOAT ? promote_floats(a, b) : LUN_BOOL;
}

float lun_f16_to_float(lun_f16 h)
{
    union { uint32_t u; float f; } v;
    uint32_t sign = (uint32_t)(h & 0x8000U) << 16, exponent = (h >> 10) & 0x1fU, mantissa = h & 0x3ffU;
    if (exponent == 0) { /* zero or subnormal: exact as mantissa * 2^-24 */
        v.f = (float)mantissa * 0x1p-24f;
        v.u |= sign;
        return v.f;
    }
    v.u = exponent == 31 ? sign | 0x7f800000U | (mantissa << 13) : sign | ((exponent + 112U) << 23) | (mantissa << 13);
    return v.f;
}

lun_f16 lun_f16_from_float(float f)
{
    union { float f; uint32_t u; } v = {f};
    uint32_t sign = (v.u >> 16) & 0x8000U, magnitude = v.u & 0x7fffffffU;
    if (magnitude > 0x7f800000U) return (lun_f16)(sign | 0x7e00U);
    if (magnitude >= 0x477ff000U) return (lun_f16)(sign | 0x7c00U); /* rounds to 65536 or more */
    if (magnitude < 0x38800000U) { /* subnormal: adding 2^-1 * ulp scale rounds to nearest even in hardware */
        union { uint32_t u; float f; } tiny = {magnitude};
        tiny.f += 0.5f;
        return (lun_f16)(sign | (tiny.u - 0x3f000000U));
    }
    uint32_t rounded = magnitude - 0x38000000U + 0xfffU + ((magnitude >> 13) & 1U);
    return (lun_f16)(sign | (rounded >> 13));
}
