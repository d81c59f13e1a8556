/* map.cu - the kernels of formula rows and their fused gradients on CUDA
 *
 * Chooses the lane that is computed in, the row's kernel for it, and launches it once. The choices are those of kernels/cpu/map.c.
 * Read next: kernels/cuda/map.h, kernels/cuda/rows.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/flag.h"
#include "kernels/cuda/row_table.h"
#include "kernels/cuda/words.h"
extern "C" {
#include "kernels/cuda/kernels.h"
}

static const lun_row_kernels *kernels_of(const lun_call *c, const lun_op *row, lun_dtype t)
{
    typedef const lun_row_kernels *table(void);
    static table *const rows[LUN_LANES] = {lun_cuda_rows_f32, lun_cuda_rows_f64, lun_cuda_rows_i32,
                                           lun_cuda_rows_i64, lun_cuda_rows_c64, lun_cuda_rows_c128};
    static table *const specials[LUN_LANES] = {lun_cuda_specials_f32, lun_cuda_specials_f64, NULL, NULL, lun_cuda_specials_c64,
                                               lun_cuda_specials_c128};
    int lane = lun_lane_of(t);
    bool special = row->id >= LUN_MATH_ROWS;
    table *const *of = special ? specials : rows;
    int at = special ? row->id - (int)LUN_MATH_ROWS : row->id;
    const lun_row_kernels *kernels = lane < LUN_LANES && of[lane] ? of[lane]() + at : NULL;
    if (!kernels || !kernels->forward.any) {
        lun_fail(LUN_E_DTYPE, "convert it first, as in x:float()", "%s: not for %s", c->op->name, lun_dtypes[t].name);
        return NULL;
    }
    return kernels;
}

lun_map_number lun_map_attribute(double v, lun_dtype t)
{
    lun_map_number n = {};
    switch (lun_lane_of(t)) {
    case LUN_LANE_F32: n.f32 = (float)v; break;
    case LUN_LANE_F64: n.f64 = v; break;
    case LUN_LANE_I32: n.i32 = lun_param_i32(v); break;
    case LUN_LANE_I64: n.i64 = lun_param_i64(v); break;
    case LUN_LANE_C64: n.c64[0] = (float)v; break;
    default: n.c128[0] = v;
    }
    return n;
}

/* The row's attributes, from the call's attribute `first` on, as the lane has them. */
static void set_attributes(lun_map_plan *p, const lun_call *c, int first, lun_dtype t)
{
    for (int k = 0; k < 3; k++) {
        double v = first + k < c->params.count ? lun_param_float(&c->params, first + k, 0) : 0;
        p->p[k] = lun_map_attribute(v, t);
    }
}

int lun_map_row_of_power(const lun_call *c, lun_dtype t)
{
    static const struct { double exponent; int row; } rows[] = {
        {2, LUN_OP_square}, {0.5, LUN_OP_sqrt}, {-0.5, LUN_OP_rsqrt}, {-1, LUN_OP_reciprocal}};
    if (c->op->id != LUN_OP_pow || !lun_dtype_is_float(t) || !lun_map_is_number(c->in[1])) return -1;
    double exponent = lun_get_double(c->in[1], 0);
    for (const auto &r : rows)
        if (r.exponent == exponent) return r.row;
    return -1;
}

/* Operand 0 is looked through; where it holds a 0 the quotient is 0 too, and the call is flagged. */
template <class W> __global__ void __launch_bounds__(LUN_MAP_THREADS) find_zeros(const __grid_constant__ lun_map_plan p, lun_flag flag)
{
    int64_t i = (int64_t)blockIdx.x * LUN_MAP_THREADS + threadIdx.x, at[1];
    if (i >= p.n) return;
    W v;
    lun_map_locate<1>(p, i, at);
    lun_map_load<W, 1>(p.operand[0], at[0], 1, &v);
    if (v == W(0)) lun_flag_raise(flag, LUN_FLAG_DIVISION, i, 0, 0);
}

static bool look_for_zeros(const lun_call *c, lun_tensor *y)
{
    lun_map_plan p = {};
    unsigned blocks = lun_blocks(y->numel, LUN_MAP_THREADS);
    if (!lun_map_plan_of(&p, y, 0, NULL, NULL, 1)) return false;
    auto *kernel = y->dtype == LUN_I64 ? find_zeros<lun_whole<int64_t>> : find_zeros<lun_whole<int32_t>>;
    return lun_cuda_launch("look for zeros", kernel, blocks, LUN_MAP_THREADS, 0, p, lun_cuda_flag(c));
}

/* Whole numbers are not divided by 0: a number is looked at here, a tensor by a kernel before the division. */
static bool may_divide(const lun_call *c, lun_dtype t)
{
    int id = c->op->id;
    bool divides = id == LUN_OP_floor_divide || id == LUN_OP_remainder || id == LUN_OP_fmod || id == LUN_OP_div_trunc;
    if (!divides || lun_dtype_is_float(t)) return true;
    if (!lun_map_is_number(c->in[1])) return look_for_zeros(c, c->in[1]);
    if (lun_get_integer(c->in[1], 0) != 0) return true;
    lun_fail(LUN_E_ARGUMENT, "use floats, where x / 0 is inf or nan: x:float()", "whole number divided by 0");
    return false;
}

static bool plan(lun_map_plan *p, const lun_call *c, int width, int inputs, lun_dtype t, int first_attribute)
{
    lun_dtype reads[] = {t, t, t, t};
    set_attributes(p, c, first_attribute, t);
    return lun_map_plan_of(p, c->out[0], inputs, c->in, reads, width);
}

static bool run(const lun_call *c, lun_map_kernels kernels, int width, int inputs, lun_dtype t, int first_attribute)
{
    lun_map_plan p;
    return plan(&p, c, width, inputs, t, first_attribute) && lun_map_run(c->op->name, kernels, &p);
}

extern "C" bool lun_cuda_formula(lun_call *c)
{
    bool parts = c->op->id == LUN_OP_abs || c->op->id == LUN_OP_sgn;
    if (parts && lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) return lun_cuda_complex_part(c);
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    if (c->op->family == LUN_FAMILY_COMPARE) {
        t = (lun_dtype)c->in[0]->dtype;
        t = c->in[1]->dtype == t ? t : lun_dtype_promote(t, (lun_dtype)c->in[1]->dtype);
    }
    int power = lun_map_row_of_power(c, t);
    const lun_row_kernels *kernels = kernels_of(c, power < 0 ? c->op : lun_op_at(power), t);
    if (!kernels || !may_divide(c, t)) return false;
    int inputs = c->op->family == LUN_FAMILY_UNARY || power >= 0 ? 1 : 2;
    if (kernels->flat_halves && lun_dtype_size((lun_dtype)c->out[0]->dtype) == 2) {
        lun_map_plan p;
        if (!plan(&p, c, 2 * kernels->width, inputs, t, 0)) return false;
        if (p.flat && lun_dtype_size((lun_dtype)p.from) == 2) return lun_map_run(c->op->name, {NULL, kernels->flat_halves}, &p);
    }
    return run(c, kernels->forward, kernels->width, inputs, t, 0);
}

extern "C" bool lun_cuda_row_gradient(lun_call *c)
{
    const lun_op *row = lun_op_at((int)lun_param_int(&c->params, 0, 0));
    bool second = lun_param_int(&c->params, 1, 0) != 0;
    lun_dtype t = (lun_dtype)c->out[0]->dtype;
    const lun_row_kernels *kernels = kernels_of(c, row, t);
    return kernels && run(c, second ? kernels->dy : kernels->dx, kernels->width, row->family == LUN_FAMILY_UNARY ? 3 : 4, t, 2);
}
