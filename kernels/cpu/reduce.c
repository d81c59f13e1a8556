/* reduce.c - sum, mean, prod, var, extremes and their places, any and all on the CPU
 *
 * Each kernel names a fold, the type it reads, and what to make of the final states.
 * Holds: places count from 0 here, the door makes them 1-based; half precision is folded in float.
 * Read next: kernels/cpu/reduce_plan.h, kernels/cpu/reduce.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/reduce.h"
#include "core/infer.h"
#include "core/op_id.h"
#include "kernels/cpu/complex.h"
#include "kernels/cpu/reduce_plan.h"
#include <math.h>

static const lun_fold *fold_of(lun_fold_kind kind, lun_dtype t)
{
    switch (t) {
    case LUN_F32: return &LUN_BY_ISA(lun_folds_f32).fold[kind];
    case LUN_F64: return &LUN_BY_ISA(lun_folds_f64).fold[kind];
    case LUN_I8: return &LUN_BY_ISA(lun_folds_i8).fold[kind];
    case LUN_U8: return &LUN_BY_ISA(lun_folds_u8).fold[kind];
    case LUN_I16: return &LUN_BY_ISA(lun_folds_i16).fold[kind];
    case LUN_I32: return &LUN_BY_ISA(lun_folds_i32).fold[kind];
    default: return &LUN_BY_ISA(lun_folds_i64).fold[kind];
    }
}

/* The type in which elements of `given` are folded when the result is to be `wanted`. */
static lun_dtype read_as(lun_dtype given, lun_dtype wanted)
{
    bool is_float = lun_dtype_is_float(given), to_float = lun_dtype_is_float(wanted);
    if (is_float != to_float) {
        return to_float ? LUN_F64 : LUN_I64;
    }
    if (is_float && wanted == LUN_F64) {
        return LUN_F64; /* sums in lanes of float32 would not have its digits */
    }
    return given == LUN_F16 || given == LUN_BF16 ? LUN_F32 : given == LUN_BOOL ? LUN_U8 : given;
}

static lun_dtype wide_of(const lun_reduction *r) { return lun_dtype_is_float(r->reads) ? LUN_F64 : LUN_I64; }

static void finish_value(const lun_reduction *r, int64_t start, int64_t n, void *a, void *b)
{
    (void)b;
    lun_reduce_store(r, 0, start, n, wide_of(r), a);
}

static void finish_mean(const lun_reduction *r, int64_t start, int64_t n, void *a_, void *b)
{
    double *a = a_;
    for (int64_t i = 0; i < n; i++) {
        a[i] /= (double)r->folded.numel;
    }
    finish_value(r, start, n, a, b);
}

static void finish_var(const lun_reduction *r, int64_t start, int64_t n, void *a, void *b_)
{
    double *b = b_, left = (double)r->folded.numel - r->correction;
    (void)a;
    for (int64_t i = 0; i < n; i++) {
        b[i] /= left > 0 ? left : 0;
    }
    lun_reduce_store(r, 0, start, n, LUN_F64, b);
}

static void finish_std(const lun_reduction *r, int64_t start, int64_t n, void *a, void *b_)
{
    double *b = b_, left = (double)r->folded.numel - r->correction;
    (void)a;
    for (int64_t i = 0; i < n; i++) {
        b[i] = sqrt(b[i] / (left > 0 ? left : 0));
    }
    lun_reduce_store(r, 0, start, n, LUN_F64, b);
}

static void finish_places(const lun_reduction *r, int64_t start, int64_t n, void *a, void *b)
{
    (void)a;
    lun_reduce_store(r, 0, start, n, LUN_I64, b);
}

static void finish_both(const lun_reduction *r, int64_t start, int64_t n, void *a, void *b)
{
    finish_value(r, start, n, a, b);
    lun_reduce_store(r, 1, start, n, LUN_I64, b);
}

static bool fold(lun_call *c, lun_fold_kind kind, lun_finish *finish, double correction)
{
    lun_dtype given = (lun_dtype)c->in[0]->dtype, wanted = (lun_dtype)c->out[0]->dtype;
    bool places = kind == LUN_FOLD_ARGMAX || kind == LUN_FOLD_ARGMIN;
    uint32_t folded;
    if (!lun_param_dims(c, 0, c->in[0]->ndim, &folded)) {
        return false;
    }
    lun_reduction r = {.x = c->in[0], .reads = read_as(given, places ? given : wanted), .finish = finish, .call = c, .correction = correction};
    r.fold = fold_of(kind, r.reads);
    return lun_reduce(&r, folded, places);
}

/* The real (0) or imaginary (1) parts of a complex tensor, as a tensor that is nobody's. */
static lun_tensor parts_of(const lun_tensor *x, int which)
{
    lun_tensor part = *x;
    part.dtype = (uint8_t)lun_dtype_real((lun_dtype)x->dtype);
    part.offset = 2 * x->offset + which;
    for (int d = 0; d < x->ndim; d++) {
        part.strides[d] *= 2;
    }
    return part;
}

/* Sums of complex numbers: of their parts, one after the other. */
static bool fold_parts(lun_call *c, lun_finish *finish)
{
    uint32_t folded;
    if (!lun_param_dims(c, 0, c->in[0]->ndim, &folded)) {
        return false;
    }
    for (int which = 0; which < 2; which++) {
        lun_tensor x = parts_of(c->in[0], which), out = parts_of(c->out[0], which), *outs[] = {&out};
        lun_call part = *c;
        part.out = outs;
        lun_reduction r = {.x = &x, .reads = (lun_dtype)x.dtype, .finish = finish, .call = &part, .spread = 2};
        r.fold = fold_of(LUN_FOLD_SUM, r.reads);
        if (!lun_reduce(&r, folded, false)) {
            return false;
        }
    }
    return true;
}

static bool fold_complex(lun_call *c)
{
    switch (c->op->id) {
    case LUN_OP_prod: return lun_cpu_complex_prod(c);
    case LUN_OP_mean: return fold_parts(c, finish_mean);
    default: return fold_parts(c, finish_value);
    }
}

bool lun_cpu_sum(lun_call *c)
{
    if (lun_dtype_is_complex((lun_dtype)c->in[0]->dtype)) {
        return fold_complex(c);
    }
    switch (c->op->id) {
    case LUN_OP_mean: return fold(c, LUN_FOLD_SUM, finish_mean, 0);
    case LUN_OP_prod: return fold(c, LUN_FOLD_PROD, finish_value, 0);
    case LUN_OP_amax: return fold(c, LUN_FOLD_MAX, finish_value, 0);
    case LUN_OP_amin: return fold(c, LUN_FOLD_MIN, finish_value, 0);
    case LUN_OP_std: return fold(c, LUN_FOLD_VAR, finish_std, lun_param_float(&c->params, 2, 1));
    case LUN_OP_var: return fold(c, LUN_FOLD_VAR, finish_var, lun_param_float(&c->params, 2, 1));
    default: return fold(c, LUN_FOLD_SUM, finish_value, 0);
    }
}

bool lun_reduce_whole(const lun_call *c, lun_reduction *r)
{
    uint32_t folded;
    if (c->op->id != LUN_OP_sum && c->op->id != LUN_OP_mean) return false;
    const lun_tensor *x = c->in[0];
    if (lun_dtype_is_complex((lun_dtype)x->dtype) || c->out[0]->numel != 1 || !lun_is_contiguous(x)) return false;
    if (!lun_param_dims(c, 0, x->ndim, &folded)) return false;
    *r = (lun_reduction){.x = x, .reads = read_as((lun_dtype)x->dtype, (lun_dtype)c->out[0]->dtype), .call = c,
                         .finish = c->op->id == LUN_OP_mean ? finish_mean : finish_value};
    r->fold = fold_of(LUN_FOLD_SUM, r->reads);
    lun_reduce_plan(r, folded, false);
    return r->direct && r->kept.numel == 1 && r->folded.n == 1;
}

bool lun_cpu_extremum(lun_call *c)
{
    bool least = c->op->id == LUN_OP_min || c->op->id == LUN_OP_argmin;
    lun_fold_kind places = least ? LUN_FOLD_ARGMIN : LUN_FOLD_ARGMAX;
    if (c->op->id == LUN_OP_argmax || c->op->id == LUN_OP_argmin) {
        return fold(c, places, finish_places, 0);
    }
    if (c->n_out > 1) {
        return fold(c, places, finish_both, 0);
    }
    return fold(c, least ? LUN_FOLD_MIN : LUN_FOLD_MAX, finish_value, 0);
}

/* Of elements read as bool, which are 0 or 1: the largest, or the smallest. */
bool lun_cpu_any_all(lun_call *c)
{
    uint32_t folded;
    if (!lun_param_named_dims(c, 0, c->in[0]->ndim, &folded)) {
        return false;
    }
    lun_reduction r = {.x = c->in[0], .reads = LUN_BOOL, .finish = finish_value, .call = c};
    r.fold = fold_of(c->op->id == LUN_OP_any ? LUN_FOLD_MAX : LUN_FOLD_MIN, LUN_U8);
    return lun_reduce(&r, folded, false);
}
