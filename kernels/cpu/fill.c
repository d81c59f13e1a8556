/* fill.c - constants, ranges and other tensors made from numbers alone
 *
 * Whole-number ranges are computed in int64, all others in double, then converted: lun.arange(0, 1, 0.1) has no error that adds up.
 * Read next: kernels/cpu/copy.h, kernels/cpu/random.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/op_id.h"
#include "core/ops/shape.h"
#include "core/ops/whole_range.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/copy.h"
#include "kernels/threads.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 1024, WIDEST = 16 };
static const double ns_per_byte = 0.05;

typedef struct job {
    lun_iter it;
    int64_t piece;
    bool flat;
    _Alignas(64) char block[BLOCK * WIDEST]; /* full of the value */
    void (*make)(const struct job *, int64_t from, int64_t n, void *numbers); /* numbers: int64 or double */
    bool whole;
    int64_t count, whole_start, whole_step, whole_stop;
    double start, stop, step;
} job;

static void fill_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    const lun_operand *o = &j->it.operand[0];
    int64_t from = piece * j->piece, end = from + j->piece;
    end = end < j->it.numel ? end : j->it.numel;
    for (int64_t n; from < end; from += n) {
        n = end - from < BLOCK ? end - from : BLOCK;
        if (j->flat) {
            memcpy(o->data + from * o->size, j->block, (size_t)(n * o->size));
        } else {
            lun_scatter(&j->it, 0, from, n, j->block);
        }
    }
}

static void make_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    const lun_operand *o = &j->it.operand[0];
    _Alignas(64) char numbers[BLOCK * 8];
    int64_t from = piece * j->piece, end = from + j->piece;
    end = end < j->it.numel ? end : j->it.numel;
    for (int64_t n; from < end; from += n) {
        n = end - from < BLOCK ? end - from : BLOCK;
        j->make(j, from, n, numbers);
        lun_convert(n, o->dtype, o->data + from * o->size, j->whole ? LUN_I64 : LUN_F64, numbers);
    }
}

static void begin(job *j, const lun_tensor *to)
{
    lun_iter_begin(&j->it, to->ndim, to->dims);
    lun_iter_add(&j->it, to);
    lun_iter_merge(&j->it);
    j->flat = lun_operand_flat(&j->it, 0);
}

static bool go(job *j, lun_piece *body, double cost)
{
    j->piece = lun_piece_size(j->it.numel, cost);
    return lun_parallel((j->it.numel + j->piece - 1) / j->piece, body, j, cost * (double)j->it.numel) || lun_fail_interrupted();
}

bool lun_fill_tensor(const lun_tensor *to, const void *value)
{
    job j;
    begin(&j, to);
    int64_t size = j.it.operand[0].size, n = j.it.numel < BLOCK ? j.it.numel : BLOCK;
    for (int64_t i = 0; i < n; i++) {
        memcpy(j.block + i * size, value, (size_t)size);
    }
    return go(&j, fill_piece, j.flat ? ns_per_byte * (double)size : 1);
}

bool lun_fill_zero(const lun_tensor *to)
{
    static const char nothing[WIDEST];
    return lun_fill_tensor(to, nothing);
}

bool lun_cpu_empty(lun_call *c)
{
    (void)c;
    return true;
}

/* The attribute as one element of the dtype given. */
static void value_of(const lun_params *p, int k, lun_dtype dtype, void *value)
{
    int64_t whole = lun_param_int(p, k, 0);
    double real = lun_param_float(p, k, 0);
    lun_c128 pair = lun_param_complex(p, k, 0);
    bool is_real = k < p->count && p->attr[k].kind == LUN_ATTR_FLOAT;
    if (k < p->count && p->attr[k].kind == LUN_ATTR_COMPLEX) {
        lun_convert(1, dtype, value, LUN_C128, &pair);
    } else if (is_real) {
        lun_convert(1, dtype, value, LUN_F64, &real);
    } else {
        lun_convert(1, dtype, value, LUN_I64, &whole);
    }
}

bool lun_cpu_fill(lun_call *c)
{
    _Alignas(16) char value[WIDEST] = {0};
    const int64_t one = 1;
    lun_dtype dtype = (lun_dtype)c->out[0]->dtype;
    switch (c->op->id) {
    case LUN_OP_zeros:
    case LUN_OP_zeros_like:
        break;
    case LUN_OP_ones:
    case LUN_OP_ones_like:
        lun_convert(1, dtype, value, LUN_I64, &one);
        break;
    default: /* the value is the first attribute, after the size where there is one */
        value_of(&c->params, c->op->id == LUN_OP_full ? 1 : 0, dtype, value);
    }
    return lun_fill_tensor(c->out[0], value);
}

bool lun_cpu_eye(lun_call *c)
{
    lun_tensor *out = c->out[0];
    _Alignas(16) char one[WIDEST] = {0};
    const int64_t unit = 1;
    int64_t size = (int64_t)lun_dtype_size((lun_dtype)out->dtype);
    lun_convert(1, (lun_dtype)out->dtype, one, LUN_I64, &unit);
    if (!lun_fill_zero(out)) {
        return false;
    }
    char *to = lun_data(out);
    for (int64_t i = 0; i < out->dims[0] && i < out->dims[1]; i++) {
        memcpy(to + i * (out->dims[1] + 1) * size, one, (size_t)size);
    }
    return true;
}

static void make_whole_range(const job *j, int64_t from, int64_t n, void *numbers)
{
    int64_t *to = numbers;
    for (int64_t i = 0; i < n; i++) {
        to[i] = j->whole_start + (from + i) * j->whole_step;
    }
}

static void make_real_range(const job *j, int64_t from, int64_t n, void *numbers)
{
    double *to = numbers;
    for (int64_t i = 0; i < n; i++) {
        to[i] = j->start + (double)(from + i) * j->step;
    }
}

static void make_whole_linspace(const job *j, int64_t from, int64_t n, void *numbers)
{
    int64_t *to = numbers;
    for (int64_t i = 0; i < n; i++) {
        to[i] = lun_range_whole(j->whole_start, j->whole_stop, from + i, j->count - 1);
    }
}

/* From both ends, so that the last is `stop` exactly. */
static void make_linspace(const job *j, int64_t from, int64_t n, void *numbers)
{
    double *to = numbers;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = from + i;
        to[i] = k < j->count / 2 ? j->start + (double)k * j->step : j->stop - (double)(j->count - 1 - k) * j->step;
    }
}

bool lun_cpu_range(lun_call *c)
{
    const lun_params *p = &c->params;
    bool one_number = !lun_param_given(p, 1); /* arange(n) */
    job j;
    begin(&j, c->out[0]);
    j.whole = lun_dtype_is_int((lun_dtype)c->out[0]->dtype);
    j.whole_start = one_number ? 0 : lun_param_int(p, 0, 0);
    j.whole_step = lun_param_int(p, 2, 1);
    j.start = one_number ? 0 : lun_param_float(p, 0, 0);
    j.step = lun_param_float(p, 2, 1);
    j.make = j.whole ? make_whole_range : make_real_range;
    return go(&j, make_piece, 1);
}

/* Both parts of complex numbers, from both ends too. */
static bool complex_linspace(lun_call *c)
{
    lun_c128 a = lun_param_complex(&c->params, 0, 0), b = lun_param_complex(&c->params, 1, 0);
    int64_t n = c->out[0]->numel;
    double gaps = n > 1 ? (double)(n - 1) : 1;
    for (int64_t k = 0; k < n; k++) {
        bool front = k < n / 2 || n == 1;
        double t = front ? (double)k : (double)(k - (n - 1)), re = (b.re - a.re) / gaps * t, im = (b.im - a.im) / gaps * t;
        lun_set_complex(c->out[0], k, (lun_c128){(front ? a.re : b.re) + re, (front ? a.im : b.im) + im});
    }
    return true;
}

bool lun_cpu_linspace(lun_call *c)
{
    if (lun_dtype_is_complex((lun_dtype)c->out[0]->dtype)) {
        return complex_linspace(c);
    }
    job j;
    begin(&j, c->out[0]);
    j.whole = false;
    j.count = c->out[0]->numel;
    j.start = lun_param_float(&c->params, 0, 0);
    j.stop = lun_param_float(&c->params, 1, 0);
    if (lun_dtype_is_int((lun_dtype)c->out[0]->dtype)) { /* between whole ends */
        j.start = trunc(j.start);
        j.stop = trunc(j.stop);
    }
    j.step = j.count > 1 ? (j.stop - j.start) / (double)(j.count - 1) : 0;
    if (j.count == 1) {
        j.stop = j.start;
    }
    j.make = make_linspace;
    j.whole_start = lun_param_int(&c->params, 0, 0);
    j.whole_stop = lun_param_int(&c->params, 1, 0);
    if (c->out[0]->dtype == LUN_I64 && lun_range_is_wide(j.whole_start, j.whole_stop, j.count - 1)) {
        j.whole = true;
        j.make = make_whole_linspace;
    }
    return go(&j, make_piece, 1);
}

bool lun_cpu_slice_gradient(lun_call *c)
{
    lun_tensor region, whole;
    if (!lun_fill_zero(c->out[0])) {
        return false;
    }
    return !lun_slice_region(c, &region, &whole) || lun_copy_tensor(&region, &whole);
}
