/* fused_text.cu - a fused program as CUDA C++: the same steps as the interpreter's, with values in registers
 *
 * A thread makes the interpreter's elements, so operands come in one access where they lie side by side. Numbers of formulas stand in the
 * text; operands that are numbers, and attributes, come with the launch.
 * Holds: each step is one expression, with the words of kernels/cuda/words.h, so what it gives is what the calls one by one give.
 * Read next: kernels/cuda/fused_body.h, kernels/cuda/rtc_compile.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/rtc_compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 128 << 10, NAME = 64 };
typedef struct writer { char *text; size_t at; } writer;

__attribute__((format(printf, 2, 3))) static void put(writer *w, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (w->at < ROOM) w->at += (size_t)vsnprintf(w->text + w->at, ROOM - w->at, format, values);
    va_end(values);
}

static const char *const lanes[LUN_LANES + 1] = {"float", "double", "lun_whole<int32_t>", "lun_whole<int64_t>", "", "", ""};

static const char *element_of(int dtype)
{
    switch (dtype) {
    case LUN_F32: return "float";
    case LUN_F64: return "double";
    case LUN_F16: return "lun_half";
    case LUN_BF16: return "lun_bf16";
    case LUN_I8: return "int8_t";
    case LUN_I16: return "int16_t";
    case LUN_I32: return "int32_t";
    case LUN_I64: return "int64_t";
    default: return "uint8_t";
    }
}

/* Argument a of a step: the name of a value, or a number. names: what stands in each register now. */
static const char *argument(const lun_fused_program *g, char (*names)[NAME], int a, char *room)
{
    if (a < LUN_FUSED_NUMBER) return names[a];
    const lun_fused_number *n = &g->number[a - LUN_FUSED_NUMBER];
    const lun_map_number v = lun_map_attribute(n->value, (lun_dtype)n->dtype);
    uint32_t bits;
    memcpy(&bits, v.bytes, sizeof bits);
    const int lane = lun_lane_of((lun_dtype)n->dtype);
    if (n->source != LUN_FUSED_CONSTANT) snprintf(room, NAME, "n%d", a - LUN_FUSED_NUMBER);
    else if (lane == LUN_LANE_F32) snprintf(room, NAME, "__uint_as_float(0x%08xu)", bits);
    else if (lane == LUN_LANE_F64) snprintf(room, NAME, "__longlong_as_double(0x%016llxll)", (unsigned long long)v.i64);
    else snprintf(room, NAME, "%s(%lld)", lanes[lane], lane == LUN_LANE_I32 ? (long long)v.i32 : (long long)v.i64);
    return room;
}

static int lane_made(const lun_fused_step *s)
{
    if (s->op == LUN_FUSED_TRUTH) return LUN_LANE_I32;
    return s->op >= LUN_FUSED_TO_F32 && s->op <= LUN_FUSED_TO_I64 ? s->op - LUN_FUSED_TO_F32 : s->lane;
}

static const char *sign_of(int op)
{
    switch (op) {
#define X(id, sign, binds) case LUN_TERM_##id: return sign;
    LUN_SIGNS(X)
#undef X
    default: return "";
    }
}

static void put_value(writer *w, const lun_fused_step *s, const char *a, const char *b, const char *c)
{
    const char *t = lanes[s->lane];
    switch (s->op) {
    case LUN_TERM_NEGATE: put(w, "-%s", a); break;
    case LUN_TERM_NOT: put(w, "%s(%s == %s(0))", t, a, t); break;
    case LUN_TERM_OR: case LUN_TERM_AND: put(w, "%s(%s != %s(0) %s %s != %s(0))", t, a, t, sign_of(s->op), b, t); break;
    case LUN_TERM_EQ: case LUN_TERM_NE: case LUN_TERM_LE: case LUN_TERM_GE: case LUN_TERM_LT: case LUN_TERM_GT:
        put(w, "%s(%s %s %s)", t, a, sign_of(s->op), b);
        break;
    case LUN_TERM_ADD: case LUN_TERM_SUB: case LUN_TERM_MUL: case LUN_TERM_DIV: put(w, "%s %s %s", a, sign_of(s->op), b); break;
    case LUN_TERM_CHOOSE: put(w, "%s != %s(0) ? %s : %s", a, t, b, c); break;
    case LUN_FUSED_CHOOSE: put(w, "%s.v ? %s : %s", a, b, c); break;
    case LUN_FUSED_TRUTH: put(w, "%s(%s != %s(0))", lanes[LUN_LANE_I32], a, t); break;
    case LUN_FUSED_TO_F32: case LUN_FUSED_TO_F64: case LUN_FUSED_TO_I32: case LUN_FUSED_TO_I64:
        put(w, "convert<%s>::of(%s)", lanes[s->op - LUN_FUSED_TO_F32], a);
        break;
    case LUN_FUSED_AS_F16: put(w, "lun_fused_as<lun_half>(%s)", a); break;
    case LUN_FUSED_AS_BF16: put(w, "lun_fused_as<lun_bf16>(%s)", a); break;
    case LUN_FUSED_AS_I8: put(w, "lun_fused_as<int8_t>(%s)", a); break;
    case LUN_FUSED_AS_U8: put(w, "lun_fused_as<uint8_t>(%s)", a); break;
    case LUN_FUSED_AS_I16: put(w, "lun_fused_as<int16_t>(%s)", a); break;
    default: {
        const lun_term call = {LUN_TERM_CALL, (uint8_t)(s->op - LUN_FUSED_FUNCTIONS), {0, 0, 0}, 0};
        const bool two = lun_term_arity(&call) == 2;
        put(w, "lun_rows::%s(%s%s%s)", lun_function_name((lun_function)call.what), a, two ? ", " : "", two ? b : "");
    }
    }
}

/* Is the function a loop of the core's own (core/special.h)? Does it have one right result, so that any version gives it? */
static bool is_special(int f)
{
    return f == LUN_FUNCTION_lgamma || (f >= LUN_FUNCTION_erfcx && f <= LUN_FUNCTION_i1e) ||
           (f >= LUN_FUNCTION_polygamma && f <= LUN_FUNCTION_gammaslope);
}
static bool is_exact(int f)
{
    return f == LUN_FUNCTION_sqrt || (f >= LUN_FUNCTION_fabs && f <= LUN_FUNCTION_trunc) ||
           (f >= LUN_FUNCTION_truncdiv && f <= LUN_FUNCTION_nextafter) || f == LUN_FUNCTION_fmod ||
           f == LUN_FUNCTION_floordiv || f == LUN_FUNCTION_floormod;
}

static void put_body(writer *w, const lun_fused_program *g)
{
    char names[LUN_FUSED_REGISTERS][NAME], room[3][NAME];
    for (int r = 0; r < LUN_FUSED_REGISTERS; r++) names[r][0] = 0;
    for (int k = 0; k < g->reads; k++) snprintf(names[g->at[k].reg], NAME, "a%d[j]", k);
    for (int k = 0; k < g->steps; k++) {
        const lun_fused_step *s = &g->step[k];
        const char *a = argument(g, names, s->a, room[0]), *b = argument(g, names, s->b, room[1]), *c = argument(g, names, s->c, room[2]);
        if (s->op == LUN_FUSED_STORE) {
            put(w, "        o%d[j] = %s;\n", s->to, a);
            continue;
        }
        put(w, "        const %s v%d = ", lanes[lane_made(s)], k);
        put_value(w, s, a, b, c);
        put(w, ";\n");
        snprintf(names[s->to], NAME, "v%d", k);
    }
}

static void put_kernel(writer *w, const lun_fused_program *g)
{
    const int width = lun_fused_width(g);
    put(w, "extern \"C\" __global__ void __launch_bounds__(%d) lun_fused(const __grid_constant__ lun_fused_plan p)\n{\n", LUN_RTC_THREADS);
    put(w, "    const long long i = ((long long)blockIdx.x * %d + threadIdx.x) * p.per;\n    if (i >= p.n) return;\n", LUN_RTC_THREADS);
    put(w, "    const int count = p.n - i < p.per ? (int)(p.n - i) : p.per;\n    long long at[LUN_FUSED_DIMS];\n    lun_fused_place(p, i, at);\n");
    for (int k = 0; k < g->memory; k++)
        put(w, "    %s %c%d[%d];\n", lanes[lun_lane_of((lun_dtype)g->at[k].dtype)], k < g->reads ? 'a' : 'o', k, width);
    for (int k = 0; k < g->reads; k++)
        put(w, "    lun_fused_load<%s, %d>(p.operand[%d], lun_fused_at(p, %d, at), p.strides[%d * p.ndim], count, a%d);\n",
            element_of(g->at[k].dtype), width, k, k, k, k);
    for (int k = 0; k < g->numbers; k++)
        if (g->number[k].source != LUN_FUSED_CONSTANT) {
            const char *t = lanes[lun_lane_of((lun_dtype)g->number[k].dtype)];
            put(w, "    const %s n%d = lun_fused_number_of<%s>(p, %d);\n", t, k, t, k);
        }
    put(w, "#pragma unroll\n    for (int j = 0; j < %d; j++) {\n", width);
    put_body(w, g);
    put(w, "    }\n");
    for (int k = g->reads; k < g->memory; k++)
        put(w, "    lun_fused_store<%s, %d>(p.operand[%d], lun_fused_at(p, %d, at), p.strides[%d * p.ndim], count, o%d);\n",
            element_of(g->at[k].dtype), width, k, k, k, k);
    put(w, "}\n");
}

char *lun_fused_text(const lun_fused_program *g, bool *plain)
{
    bool special = false;
    writer w = {(char *)malloc(ROOM), 0};
    if (!w.text) return NULL;
    *plain = true;
    for (int k = 0; k < g->steps; k++) {
        const int f = g->step[k].op - LUN_FUSED_FUNCTIONS;
        special |= f >= 0 && is_special(f);
        *plain &= f < 0 || is_exact(f);
    }
    put(&w, "#define LUN_RTC 1\n%s#include \"kernels/cuda/fused_body.h\"\n", special ? "#define LUN_RTC_SPECIAL 1\n" : "");
    put_kernel(&w, g);
#ifdef LUN_CUDA_HOST /* how the host device calls it */
    put(&w, "extern \"C\" void lun_fused_call(void **p) { lun_fused(*(const lun_fused_plan *)p[0]); }\n");
    put(&w, "extern \"C\" const unsigned long lun_fused_bytes = sizeof(lun_fused_plan);\n");
    put(&w, "const lun_rtc_index *lun_rtc_thread, *lun_rtc_block, *lun_rtc_size;\n");
#endif
    if (w.at < ROOM) return w.text;
    free(w.text);
    return NULL;
}
