/* map.c - the kernels of formula rows, their fused gradients, and where, isnan ... on the CPU
 *
 * Chooses the dtype that is computed in (half precision in float), the loop for it, and the shortest way to run it.
 * Holds: the door has checked shapes and classes; integers are never divided by 0, because that is looked for here first.
 * Read next: kernels/cpu/map_run.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "core/apply.h"
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/complex.h"
#include "kernels/cpu/convert.h"
#include <math.h>
#include <string.h>

#define TABLES(isa)                                                                                          \
    {                                                                                                        \
        [LUN_F32] = &lun_rows_f32_##isa, [LUN_F64] = &lun_rows_f64_##isa, [LUN_I8] = &lun_rows_i8_##isa,     \
        [LUN_U8] = &lun_rows_u8_##isa, [LUN_I16] = &lun_rows_i16_##isa, [LUN_I32] = &lun_rows_i32_##isa,     \
        [LUN_I64] = &lun_rows_i64_##isa, [LUN_BOOL] = &lun_rows_bool_##isa,                                  \
        [LUN_C64] = &lun_rows_c64_##isa, [LUN_C128] = &lun_rows_c128_##isa                                   \
    }
static const lun_row_table *const tables[][LUN_DTYPE_COUNT] = {
    TABLES(baseline),
#ifdef HAVE_ISA_AVX2
    TABLES(avx2),
#endif
#ifdef HAVE_ISA_AVX512
    TABLES(avx512),
#endif
};

#define UNARY(id, ...) _Static_assert((int)LUN_FORMULA_##id == (int)LUN_OP_##id, "math.def comes first in ops.def");
#define BINARY UNARY
#define COMPARE UNARY
#define OP(id, ...)
#include "core/ops/math.def"
#include "core/ops/special.def"
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP

static const lun_row_loops *loops_of(const lun_call *c, const lun_op *row, lun_dtype t)
{
    static const lun_row_table *const specials[LUN_DTYPE_COUNT] = {[LUN_F32] = &lun_specials_f32, [LUN_F64] = &lun_specials_f64,
                                                                   [LUN_C64] = &lun_specials_c64, [LUN_C128] = &lun_specials_c128};
    const lun_row_table *table = row->id < LUN_FORMULA_SPECIAL ? tables[lun_isa()][t] : specials[t];
    const lun_row_loops *loops = table ? &table->row[row->id] : NULL;
    if (!loops || !loops->forward) {
        lun_fail(LUN_E_DTYPE, "convert it first, as in x:float()", "%s: not for %s", c->op->name, lun_dtypes[t].name);
        return NULL;
    }
    return loops;
}

/* About how long an element takes, by the words in the formula. */
static double cost_of(const char *formula, lun_dtype t)
{
    static const char *const dear[] = {"exp", "log", "tanh(", "erf(", "sin(", "cos(", "pow(", "floordiv(", "floormod("};
    double cost = 0.15;
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++) {
        for (const char *at = formula; (at = strstr(at, dear[i])); at++) {
            cost += t == LUN_F32 ? 0.5 : 5;
        }
    }
    return cost;
}

enum { WORTH_COSTING = 1024 };

static void set_cost(lun_map *m, const char *formula, bool slow, int64_t n)
{
    m->cost = n < WORTH_COSTING ? 0.15 : slow ? 60 : cost_of(formula, m->reads[0]);
}

/* Do all operands already have the loop's form? Then their addresses are all it needs. */
static bool all_flat(const lun_call *c, int inputs, const lun_map *m, const void **in, unsigned *scalars)
{
    const lun_tensor *out = c->out[0];
    if (out->dtype != m->writes || !lun_is_contiguous(out)) {
        return false;
    }
    *scalars = 0;
    for (int k = 0; k < inputs; k++) {
        const lun_tensor *x = lun_is_none(c->in[k]) ? c->in[0] : c->in[k];
        if (x->dtype != m->reads[k]) {
            return false;
        }
        if (x->numel != out->numel || !lun_is_contiguous(x)) {
            if (x->numel != 1 || *scalars || !(m->scalars >> k & 1U)) {
                return false;
            }
            *scalars = 1U << k;
        }
        in[k] = lun_data(x);
    }
    return true;
}

bool lun_map_call(const lun_call *c, int inputs, const lun_map *m)
{
    const void *in[LUN_MAP_INPUTS];
    unsigned scalars;
    lun_tensor *out = c->out[0];
    if (all_flat(c, inputs, m, in, &scalars)) {
        return lun_map_run_flat(out->numel, lun_data(out), inputs, in, scalars, m);
    }
    lun_iter it;
    lun_iter_begin(&it, out->ndim, out->dims);
    lun_iter_add(&it, out);
    for (int k = 0; k < inputs; k++) {
        lun_iter_add(&it, lun_is_none(c->in[k]) ? c->in[0] : c->in[k]); /* an absent input is never read */
    }
    lun_iter_merge(&it);
    return lun_map_run(&it, m);
}

static bool has_zero(const lun_tensor *x)
{
    int64_t block[256];
    char raw[256 * 8];
    lun_iter it;
    lun_iter_begin(&it, x->ndim, x->dims);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    for (int64_t i = 0; i < it.numel; i += 256) {
        int64_t n = it.numel - i < 256 ? it.numel - i : 256;
        bool zero = false;
        lun_gather(&it, 0, i, n, raw);
        lun_convert(n, LUN_I64, block, (lun_dtype)x->dtype, raw);
        for (int64_t k = 0; k < n; k++) {
            zero |= block[k] == 0;
        }
        if (zero) {
            return true;
        }
    }
    return false;
}

static bool divides_by_zero(const lun_call *c, lun_dtype t)
{
    int id = c->op->id;
    bool divides = id == LUN_OP_floor_divide || id == LUN_OP_remainder || id == LUN_OP_fmod || id == LUN_OP_div_trunc;
    if (!divides || lun_dtype_is_float(t) || !has_zero(c->in[1])) {
        return false;
    }
    lun_fail(LUN_E_ARGUMENT, "use floats, where x / 0 is inf or nan: x:float()", "%s: whole number divided by 0", c->op->name);
    return true;
}

static void read_params(const lun_call *c, int first, double *p)
{
    for (int k = 0; k < 3; k++) {
        p[k] = first + k < c->params.count ? lun_param_float(&c->params, first + k, 0) : 0;
    }
}

/* Beyond this the quick sin and cos know no angle any more (vmath.h, vmath64.h); C's do, one at a time. */
enum { FAR_BLOCK = 1024 };

static bool far_block(int64_t n, const void *block, bool wide)
{
    const float *narrow = block;
    const double *values = block;
    int far = 0;
    for (int64_t k = 0; k < n; k++) {
        far |= wide ? fabs(values[k]) > 1e6 : fabsf(narrow[k]) > 0x1p28f;
    }
    return far;
}

static bool has_far(const lun_tensor *x, lun_dtype t)
{
    _Alignas(16) char block[FAR_BLOCK * 8], raw[FAR_BLOCK * 8];
    lun_iter it;
    lun_iter_begin(&it, x->ndim, x->dims);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    bool plain = lun_operand_flat(&it, 0) && x->dtype == t;
    for (int64_t i = 0; i < it.numel; i += FAR_BLOCK) {
        int64_t n = it.numel - i < FAR_BLOCK ? it.numel - i : FAR_BLOCK;
        const void *at = plain ? it.operand[0].data + i * it.operand[0].size : block;
        if (!plain) {
            lun_gather(&it, 0, i, n, raw);
            lun_convert(n, t, block, (lun_dtype)x->dtype, raw);
        }
        if (far_block(n, at, t == LUN_F64)) {
            return true;
        }
    }
    return false;
}

/* The row whose loops compute sin, cos or tan of x: the row itself, or its slow form for far angles. */
static const lun_op *row_of_angles(const lun_op *row, const lun_tensor *x, lun_dtype t)
{
    int far = row->id == LUN_OP_sin ? LUN_OP_far_sin : row->id == LUN_OP_cos ? LUN_OP_far_cos : row->id == LUN_OP_tan ? LUN_OP_far_tan : -1;
    bool real = t == LUN_F32 || t == LUN_F64;
    return far >= 0 && real && !lun_is_none(x) && x->dtype != LUN_F16 && has_far(x, t) ? lun_op_at(far) : row;
}

/* x^2, x^0.5 and their like are rows of their own, a hundred times quicker than pow; -1 for other exponents. */
static int row_of_power(const lun_call *c, lun_dtype t)
{
    static const struct { double exponent; int row; } rows[] = {
        {2, LUN_OP_square}, {0.5, LUN_OP_sqrt}, {-0.5, LUN_OP_rsqrt}, {-1, LUN_OP_reciprocal}};
    if (c->op->id != LUN_OP_pow || !lun_dtype_is_float(t) || c->in[1]->numel != 1) return -1;
    double exponent = lun_get_double(c->in[1], 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].exponent == exponent) return rows[i].row;
    return -1;
}

/* x^3 = x^2 * x, in two passes: where the result lies beside x and has its dtype. */
static bool is_cube(const lun_call *c, lun_dtype t)
{
    return c->op->id == LUN_OP_pow && !c->inplace && c->out[0]->dtype == t && c->in[0]->dtype == t && lun_dtype_is_float(t) &&
           c->in[1]->numel == 1 && lun_get_double(c->in[1], 0) == 3;
}

static bool run_cube(lun_call *c, lun_dtype t)
{
    double none[3] = {0};
    lun_tensor *parts[] = {c->out[0], c->in[0]};
    lun_call product = *c;
    lun_map square = {.loop = loops_of(c, lun_op_at(LUN_OP_square), t)->forward, .writes = t, .reads = {t}, .cost = 0.15, .params = none};
    lun_map times = {.loop = loops_of(c, lun_op_at(LUN_OP_mul), t)->forward, .writes = t, .reads = {t, t}, .cost = 0.15, .params = none};
    product.in = parts;
    return lun_map_call(c, 1, &square) && lun_map_call(&product, 2, &times);
}

bool lun_cpu_formula(lun_call *c)
{
    bool parts = c->op->id == LUN_OP_abs || c->op->id == LUN_OP_sgn;
    if (parts && lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) return lun_cpu_complex_part(c);
    bool compares = c->op->family == LUN_FAMILY_COMPARE, two = c->op->family != LUN_FAMILY_UNARY;
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    if (compares) {
        t = (lun_dtype)c->in[0]->dtype;
        t = c->in[1]->dtype == t ? t : lun_dtype_promote(t, (lun_dtype)c->in[1]->dtype);
    }
    t = lun_dtype_computed(t);
    int power = row_of_power(c, t);
    const lun_op *row = power < 0 ? row_of_angles(c->op, c->in[0], t) : lun_op_at(power);
    const lun_row_loops *loops = loops_of(c, row, t);
    if (!loops || divides_by_zero(c, t)) {
        return false;
    }
    if (is_cube(c, t)) {
        return run_cube(c, t);
    }
    two = two && power < 0;
    double p[3];
    read_params(c, 0, p);
    lun_map m = {.loop = loops->forward, .writes = compares ? LUN_BOOL : t, .reads = {t, t}, .scalars = two ? 3U : 0U, .params = p};
    set_cost(&m, row->formula, row->id >= LUN_FORMULA_SPECIAL, c->out[0]->numel);
    return lun_map_call(c, two ? 2 : 1, &m);
}

bool lun_cpu_row_gradient(lun_call *c)
{
    const lun_op *row = lun_op_at((int)lun_param_int(&c->params, 0, 0));
    bool second = lun_param_int(&c->params, 1, 0) != 0;
    lun_dtype t = lun_dtype_computed((lun_dtype)c->out[0]->dtype);
    row = row_of_angles(row, c->in[1], t);
    const lun_row_loops *loops = loops_of(c, row, t);
    if (!loops) {
        return false;
    }
    double p[3];
    read_params(c, 2, p);
    lun_map m = {.loop = second ? loops->dy : loops->dx, .writes = t, .reads = {t, t, t, t}, .params = p};
    set_cost(&m, second ? row->dy : row->dx, row->id >= LUN_FORMULA_SPECIAL, c->out[0]->numel);
    return lun_map_call(c, 4, &m);
}

bool lun_cpu_where(lun_call *c)
{
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    size_t size = lun_dtype_size(t);
    int k = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : size == 8 ? 3 : 4;
    double none[3] = {0};
    lun_map m = {.loop = LUN_BY_ISA(lun_choices).where[k], .writes = t, .reads = {LUN_BOOL, t, t}, .scalars = 6U, .cost = 0.3, .params = none};
    return lun_map_call(c, 3, &m);
}

bool lun_cpu_float_test(lun_call *c)
{
    if (lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) return lun_cpu_complex_part(c);
    const lun_choice_loops *l = &LUN_BY_ISA(lun_choices);
    int wide = c->in[0]->dtype == LUN_F64;
    lun_loop *loop = c->op->id == LUN_OP_isnan ? l->isnan[wide] : c->op->id == LUN_OP_isinf ? l->isinf[wide] : l->isfinite[wide];
    double none[3] = {0};
    lun_map m = {.loop = loop, .writes = LUN_BOOL, .reads = {wide ? LUN_F64 : LUN_F32}, .cost = 0.2, .params = none};
    return lun_map_call(c, 1, &m);
}

bool lun_cpu_logical_not(lun_call *c)
{
    double none[3] = {0};
    lun_map m = {.loop = LUN_BY_ISA(lun_choices).not, .writes = LUN_BOOL, .reads = {LUN_BOOL}, .cost = 0.2, .params = none};
    return lun_map_call(c, 1, &m);
}
