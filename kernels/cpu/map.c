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
#include "kernels/cpu/copy.h"
#include "kernels/cpu/kernels.h"
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

/* The loops of a row in dtype t; NULL when there are none. */
static const lun_row_loops *find_loops(const lun_op *row, lun_dtype t)
{
    static const lun_row_table *const specials[LUN_DTYPE_COUNT] = {[LUN_F32] = &lun_specials_f32, [LUN_F64] = &lun_specials_f64,
                                                                   [LUN_C64] = &lun_specials_c64, [LUN_C128] = &lun_specials_c128};
    const lun_row_table *table = row->id < LUN_FORMULA_SPECIAL ? tables[lun_isa()][t] : specials[t];
    return table && table->row[row->id].forward ? &table->row[row->id] : NULL;
}

static const lun_row_loops *loops_of(const lun_call *c, const lun_op *row, lun_dtype t)
{
    const lun_row_loops *loops = find_loops(row, t);
    if (!loops) {
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
    lun_fail(LUN_E_ARGUMENT, "use floats, where x / 0 is inf or nan: x:float()", "whole number divided by 0");
    return true;
}

static void read_params(const lun_call *c, int first, double *p)
{
    memset(p, 0, 3 * sizeof *p);
    if (c->params.count <= first) return;
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

/* The dtype that a formula row is computed in. */
static lun_dtype formula_dtype(const lun_call *c)
{
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    if (c->op->family == LUN_FAMILY_COMPARE) {
        t = (lun_dtype)c->in[0]->dtype;
        t = c->in[1]->dtype == t ? t : lun_dtype_promote(t, (lun_dtype)c->in[1]->dtype);
    }
    return lun_dtype_computed(t);
}

#define INLINE static inline __attribute__((always_inline)) /* 45 instructions of a one-element op */
/* The loop of `row`, by which the call's row is computed, and how many inputs it reads. */
INLINE int formula_map(const lun_call *c, const lun_op *row, const lun_row_loops *loops, lun_dtype t, lun_map *m)
{
    bool compares = c->op->family == LUN_FAMILY_COMPARE, two = c->op->family != LUN_FAMILY_UNARY && row->family != LUN_FAMILY_UNARY;
    *m = (lun_map){.loop = loops->forward, .writes = compares ? LUN_BOOL : t, .reads = {t, t}, .scalars = two ? 3U : 0U};
    set_cost(m, row->formula, row->id >= LUN_FORMULA_SPECIAL, c->out[0]->numel);
    return two ? 2 : 1;
}

bool lun_cpu_formula(lun_call *c)
{
    bool parts = c->op->id == LUN_OP_abs || c->op->id == LUN_OP_sgn;
    if (parts && lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) return lun_cpu_complex_part(c);
    lun_dtype t = formula_dtype(c);
    int power = row_of_power(c, t);
    const lun_op *row = power < 0 ? row_of_angles(c->op, c->in[0], t) : lun_op_at(power);
    const lun_row_loops *loops = loops_of(c, row, t);
    if (!loops || divides_by_zero(c, t)) {
        return false;
    }
    if (is_cube(c, t)) {
        return run_cube(c, t);
    }
    double p[3];
    read_params(c, 0, p);
    lun_map m;
    int inputs = formula_map(c, row, loops, t, &m);
    m.params = p;
    return lun_map_call(c, inputs, &m);
}

/* The loop of a row's derivative, whose name and parameters are attributes of the call. */
INLINE int gradient_map(const lun_call *c, const lun_op *row, const lun_row_loops *loops, lun_dtype t, lun_map *m)
{
    bool second = lun_param_int(&c->params, 1, 0) != 0;
    *m = (lun_map){.loop = second ? loops->dy : loops->dx, .writes = t, .reads = {t, t, t, t}, .first_param = 2};
    set_cost(m, second ? row->dy : row->dx, row->id >= LUN_FORMULA_SPECIAL, c->out[0]->numel);
    return 4;
}

bool lun_cpu_row_gradient(lun_call *c)
{
    const lun_op *row = lun_op_at((int)lun_param_int(&c->params, 0, 0));
    lun_dtype t = lun_dtype_computed((lun_dtype)c->out[0]->dtype);
    row = row_of_angles(row, c->in[1], t);
    const lun_row_loops *loops = loops_of(c, row, t);
    if (!loops) {
        return false;
    }
    double p[3];
    read_params(c, 2, p);
    lun_map m;
    int inputs = gradient_map(c, row, loops, t, &m);
    m.params = p;
    return lun_map_call(c, inputs, &m);
}

static const double no_params[3];

static lun_map where_map(const lun_call *c)
{
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    size_t size = lun_dtype_size(t);
    int k = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : size == 8 ? 3 : 4;
    return (lun_map){.loop = LUN_BY_ISA(lun_choices).where[k], .writes = t, .reads = {LUN_BOOL, t, t}, .scalars = 6U, .cost = 0.3,
                     .params = no_params};
}

bool lun_cpu_where(lun_call *c)
{
    lun_map m = where_map(c);
    return lun_map_call(c, 3, &m);
}

static lun_map test_map(const lun_call *c)
{
    const lun_choice_loops *l = &LUN_BY_ISA(lun_choices);
    int wide = c->in[0]->dtype == LUN_F64;
    lun_loop *loop = c->op->id == LUN_OP_isnan ? l->isnan[wide] : c->op->id == LUN_OP_isinf ? l->isinf[wide] : l->isfinite[wide];
    return (lun_map){.loop = loop, .writes = LUN_BOOL, .reads = {wide ? LUN_F64 : LUN_F32}, .cost = 0.2, .params = no_params};
}

bool lun_cpu_float_test(lun_call *c)
{
    if (lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) return lun_cpu_complex_part(c);
    lun_map m = test_map(c);
    return lun_map_call(c, 1, &m);
}

static lun_map not_map(void)
{
    return (lun_map){.loop = LUN_BY_ISA(lun_choices).not, .writes = LUN_BOOL, .reads = {LUN_BOOL}, .cost = 0.2, .params = no_params};
}

bool lun_cpu_logical_not(lun_call *c)
{
    lun_map m = not_map();
    return lun_map_call(c, 1, &m);
}

/* Rows whose loop is chosen by looking at all elements first. */
static bool looks_first(const lun_call *c, const lun_op *row, lun_dtype t)
{
    bool angles = row->id == LUN_OP_sin || row->id == LUN_OP_cos || row->id == LUN_OP_tan;
    bool divides = row->id == LUN_OP_floor_divide || row->id == LUN_OP_remainder || row->id == LUN_OP_fmod || row->id == LUN_OP_div_trunc;
    bool reads_power = row->id == LUN_OP_pow && c->op == row && c->in[1]->numel == 1;
    return angles || (divides && !lun_dtype_is_float(t)) || (reads_power && !(c->in[1]->flags & LUN_NUMBER));
}

int lun_map_of(const lun_call *c, lun_map *m)
{
    lun_kernel own = lun_cpu_kernel(c->op->id);
    if (!c->n_in || !c->n_out) return 0;
    lun_dtype given = (lun_dtype)c->in[0]->dtype, made = (lun_dtype)c->out[0]->dtype;
    *m = (lun_map){.cost = 0.2, .params = no_params, .first_param = -1};
    if (own == lun_cpu_copy || own == lun_cpu_copy_) {
        m->writes = made;
        m->reads[0] = own == lun_cpu_copy ? given : (lun_dtype)c->in[1]->dtype;
        return lun_dtype_is_complex(made) || lun_dtype_is_complex(m->reads[0]) ? 0 : 1;
    }
    if (lun_dtype_is_complex(given) || lun_dtype_is_complex(made)) return 0;
    int inputs = own == lun_cpu_where ? 3 : own == lun_cpu_float_test || own == lun_cpu_logical_not ? 1 : 0;
    if (inputs) {
        *m = own == lun_cpu_where ? where_map(c) : own == lun_cpu_float_test ? test_map(c) : not_map();
        m->first_param = -1;
        return inputs;
    }
    if (own != lun_cpu_formula && own != lun_cpu_row_gradient) return 0;
    bool forward = own == lun_cpu_formula;
    lun_dtype t = forward ? formula_dtype(c) : lun_dtype_computed(made);
    const lun_op *row = forward ? c->op : lun_op_at((int)lun_param_int(&c->params, 0, 0));
    if (looks_first(c, row, t) || (forward && is_cube(c, t))) return 0;
    int power = forward ? row_of_power(c, t) : -1;
    row = power < 0 ? row : lun_op_at(power);
    const lun_row_loops *loops = find_loops(row, t);
    if (!loops) return 0;
    return forward ? formula_map(c, row, loops, t, m) : gradient_map(c, row, loops, t, m);
}

void lun_map_params(const lun_call *c, const lun_map *m, double *p)
{
    if (m->first_param < 0) memset(p, 0, 3 * sizeof *p);
    else read_params(c, m->first_param, p);
}
