/* map_plan.cu - how an elementwise kernel is told about the tensors of a call
 *
 * Read next: kernels/cuda/map.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/map.h"

static int64_t whole_number(int64_t v, lun_dtype t)
{
    switch (t) {
    case LUN_I8: return (int8_t)v;
    case LUN_U8: return (uint8_t)v;
    case LUN_I16: return (int16_t)v;
    case LUN_I32: return (int32_t)v;
    case LUN_BOOL: return v != 0;
    default: return v;
    }
}

lun_map_number lun_map_number_of(const lun_tensor *x, lun_dtype t)
{
    lun_map_number n = {};
    bool whole = !lun_dtype_has_gradient((lun_dtype)x->dtype);
    lun_c128 z = lun_get_complex(x, 0);
    switch (lun_lane_of(t)) {
    case LUN_LANE_F32: n.f32 = whole ? (float)lun_get_integer(x, 0) : (float)z.re; break;
    case LUN_LANE_F64: n.f64 = whole ? (double)lun_get_integer(x, 0) : z.re; break;
    case LUN_LANE_I32: n.i32 = (int32_t)whole_number(lun_get_integer(x, 0), t); break;
    case LUN_LANE_I64: n.i64 = lun_get_integer(x, 0); break;
    case LUN_LANE_C64: n.c64[0] = (float)z.re, n.c64[1] = (float)z.im; break;
    default: n.c128[0] = z.re, n.c128[1] = z.im;
    }
    return n;
}

void lun_map_divisor(int64_t d, uint32_t *times, uint32_t *shift)
{
    *shift = 0;
    while (((int64_t)1 << *shift) < d) ++*shift;
    *times = (uint32_t)((((uint64_t)1 << 32) * (((uint64_t)1 << *shift) - (uint64_t)d)) / (uint64_t)d + 1);
}

/* Side by side, and may groups of `width` be read in one access? */
static bool in_rows(const lun_map_operand *o, int ndim, int64_t size, int width)
{
    int64_t bytes = size * width;
    bool fit = o->strides[0] == size && (uintptr_t)o->data % (uintptr_t)bytes == 0;
    for (int d = 1; d < ndim && fit; d++) fit = o->strides[d] % bytes == 0;
    return fit;
}

static bool is_flat(lun_map_plan *p, int count)
{
    bool flat = p->ndim == 1 && p->operand[0].form == LUN_MAP_ROW, first = true;
    p->from = p->operand[0].dtype;
    for (int k = 1; k < count && flat; k++) {
        const lun_map_operand *o = &p->operand[k];
        if (o->form == LUN_MAP_NUMBER) continue;
        flat = o->form == LUN_MAP_ROW && (first || o->dtype == p->from);
        p->from = o->dtype;
        first = false;
    }
    return flat;
}

void lun_map_plan_iter(lun_map_plan *p, lun_iter *it, int width)
{
    lun_iter_merge(it);
    p->n = it->numel;
    p->ndim = it->ndim;
    p->narrow = it->numel <= 0x7fffffff;
    for (int d = 0; d < it->ndim; d++) {
        p->dims[d] = it->dims[it->ndim - 1 - d];
        if (p->narrow) lun_map_divisor(p->dims[d], &p->times[d], &p->shift[d]);
    }
    p->per = p->ndim == 1 || p->dims[0] % width == 0 ? width : 1;
    for (int k = 0; k < it->count; k++) {
        lun_map_operand *o = &p->operand[k];
        for (int d = 0; d < it->ndim; d++) o->strides[d] = it->operand[k].strides[it->ndim - 1 - d];
        o->data = it->operand[k].data;
        o->dtype = (uint8_t)it->operand[k].dtype;
        if (o->form != LUN_MAP_NUMBER) o->form = in_rows(o, p->ndim, it->operand[k].size, width) ? LUN_MAP_ROW : LUN_MAP_STEPS;
    }
    p->flat = is_flat(p, it->count);
}

bool lun_map_plan_of(lun_map_plan *p, const lun_tensor *out, int count, lun_tensor *const *in, const lun_dtype *reads, int width)
{
    static const int64_t none[LUN_MAX_DIMS] = {0};
    lun_iter it;
    lun_iter_begin(&it, out->ndim, out->dims);
    lun_iter_add(&it, out);
    p->operand[0].form = LUN_MAP_STEPS;
    for (int k = 0; k < count; k++) {
        lun_tensor *x = lun_is_none(in[k]) ? in[0] : in[k]; /* an absent input is never read */
        lun_map_operand *o = &p->operand[k + 1];
        o->form = lun_map_is_number(x) ? LUN_MAP_NUMBER : LUN_MAP_STEPS;
        if (o->form == LUN_MAP_NUMBER) {
            o->number = lun_map_number_of(x, reads[k]);
            lun_iter_add_memory(&it, NULL, reads[k], none);
            continue;
        }
        if (lun_lane_of((lun_dtype)x->dtype) != lun_lane_of(reads[k])) x = lun_to_dtype(x, reads[k]);
        if (!x) return false;
        lun_iter_add(&it, x);
    }
    p->bits = 8 * (int)lun_dtype_size((lun_dtype)out->dtype);
    lun_map_plan_iter(p, &it, width);
    return true;
}

bool lun_map_run(const char *what, lun_map_kernels kernels, const lun_map_plan *p)
{
    const bool flat = p->flat && kernels.flat;
    const int64_t rest = p->n % p->per, groups = p->n / p->per + (flat ? rest : rest > 0); /* per is the width of a flat plan */
    return lun_cuda_launch(what, flat ? kernels.flat : kernels.any, lun_blocks(groups, LUN_MAP_THREADS), LUN_MAP_THREADS, 0, *p);
}
