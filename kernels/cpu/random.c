/* random.c - rand, randn, uniform_, normal_, randint and randperm on the CPU
 *
 * Work is done in blocks of elements, each from its own place in the draw. Targets that are not contiguous are filled in row-major
 * order of their shape, so that a view gets the numbers a copy of it would get.
 * Read next: kernels/cpu/random.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/random.h"
#include "core/apply.h"
#include "core/error.h"
#include "core/op_id.h"
#include "core/ops/random.h"
#include "kernels/cpu/convert.h"
#include "kernels/cpu/map.h"
#include "kernels/iter.h"
#include "kernels/threads.h"

#include <math.h>

enum { BLOCK = 1024, PER_PIECE = 16 * BLOCK };

typedef struct job {
    lun_iter it;
    bool flat;
    bool is_normal, is_whole, is_mask;
    lun_generator generator;
    double a, b;         /* low and span; mean and deviation; of a mask: chance of 0, and what is not 0 */
    int64_t low;
    uint64_t span;       /* randint; 0 means 2^64 */
} job;

static void begin(job *j, const lun_call *c, const lun_tensor *target)
{
    lun_tensor parts = lun_random_parts(target), *to = &parts;
    lun_iter_begin(&j->it, to->ndim, to->dims);
    lun_iter_add(&j->it, to);
    if (lun_is_contiguous(to)) {
        lun_iter_merge(&j->it);
    }
    j->flat = lun_operand_flat(&j->it, 0);
    j->generator = c->generator;
}

static void put(const job *j, int64_t from, int64_t n, lun_dtype made_in, const void *made)
{
    const lun_operand *o = &j->it.operand[0];
    _Alignas(16) char converted[BLOCK * 8];
    if (j->flat) {
        lun_convert(n, o->dtype, o->data + from * o->size, made_in, made);
    } else {
        lun_convert(n, o->dtype, converted, made_in, made);
        lun_scatter(&j->it, 0, from, n, converted);
    }
}

static void make_mask(const job *j, int64_t from, int64_t n)
{
    const lun_random_loops *l = &LUN_BY_ISA(lun_random);
    _Alignas(64) uint32_t numbers[BLOCK];
    _Alignas(64) float made[BLOCK];
    double made_double[BLOCK];
    l->numbers(j->generator, from / 4, (n + 3) / 4, numbers);
    l->uniform(n, numbers, 0, 1, made);
    for (int64_t i = 0; i < n; i++) {
        made_double[i] = (double)made[i] < j->a ? 0.0 : j->b;
    }
    put(j, from, n, LUN_F64, made_double);
}

static void make_float(const job *j, int64_t from, int64_t n)
{
    const lun_random_loops *l = &LUN_BY_ISA(lun_random);
    _Alignas(64) uint32_t numbers[BLOCK];
    _Alignas(64) float made[BLOCK];
    l->numbers(j->generator, from / 4, (n + 3) / 4, numbers);
    if (j->is_normal) {
        l->normal((n + 1) / 2, numbers, (float)j->a, (float)j->b, made);
    } else {
        l->uniform(n, numbers, (float)j->a, (float)j->b, made);
    }
    put(j, from, n, LUN_F32, made);
}

static void make_double(const job *j, int64_t from, int64_t n)
{
    const lun_random_loops *l = &LUN_BY_ISA(lun_random);
    _Alignas(64) uint32_t numbers[2 * BLOCK];
    _Alignas(64) double made[BLOCK];
    l->numbers(j->generator, from / 2, (n + 1) / 2, numbers);
    if (j->is_normal) {
        l->normal_double((n + 1) / 2, numbers, j->a, j->b, made);
    } else {
        l->uniform_double(n, numbers, j->a, j->b, made);
    }
    put(j, from, n, LUN_F64, made);
}

static void make_integers(const job *j, int64_t from, int64_t n)
{
    const lun_random_loops *l = &LUN_BY_ISA(lun_random);
    _Alignas(64) uint32_t numbers[2 * BLOCK];
    int64_t made[BLOCK];
    bool wide = j->span == 0 || j->span > (uint64_t)UINT32_MAX + 1;
    l->numbers(j->generator, wide ? from / 2 : from / 4, wide ? (n + 1) / 2 : (n + 3) / 4, numbers);
    for (int64_t i = 0; i < n; i++) {
        uint64_t r = wide ? (uint64_t)numbers[2 * i] << 32 | numbers[2 * i + 1] : numbers[i];
        uint64_t scaled = !wide ? r * j->span >> 32 : j->span == 0 ? r : (uint64_t)((unsigned __int128)r * j->span >> 64);
        made[i] = (int64_t)((uint64_t)j->low + scaled);
    }
    put(j, from, n, LUN_I64, made);
}

static void run_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    bool wide = j->it.operand[0].dtype == LUN_F64;
    int64_t end = (piece + 1) * PER_PIECE < j->it.numel ? (piece + 1) * PER_PIECE : j->it.numel;
    for (int64_t from = piece * PER_PIECE; from < end; from += BLOCK) {
        int64_t n = end - from < BLOCK ? end - from : BLOCK;
        if (j->is_mask) {
            make_mask(j, from, n);
        } else if (j->is_whole) {
            make_integers(j, from, n);
        } else if (wide) {
            make_double(j, from, n);
        } else {
            make_float(j, from, n);
        }
    }
}

static bool go(job *j, double cost)
{
    return lun_parallel((j->it.numel + PER_PIECE - 1) / PER_PIECE, run_piece, j, cost * (double)j->it.numel) || lun_fail_interrupted();
}

bool lun_cpu_random_uniform(lun_call *c)
{
    job j = {.a = 0, .b = 1};
    begin(&j, c, c->out[0]);
    if (c->op->id == LUN_OP_uniform_) {
        j.a = lun_param_float(&c->params, 0, 0);
        j.b = lun_param_float(&c->params, 1, 1) - j.a;
    }
    return go(&j, 0.5);
}

bool lun_cpu_random_normal(lun_call *c)
{
    job j = {.a = 0, .b = lun_dtype_is_complex((lun_dtype)c->out[0]->dtype) ? sqrt(0.5) : 1, .is_normal = true};
    begin(&j, c, c->out[0]);
    if (c->op->id == LUN_OP_normal_) {
        j.a = lun_param_float(&c->params, 0, 0);
        j.b = lun_param_float(&c->params, 1, 1);
    }
    return go(&j, 2);
}

bool lun_cpu_randint(lun_call *c)
{
    job j = {.is_whole = true, .low = lun_param_int(&c->params, 0, 0)};
    begin(&j, c, c->out[0]);
    j.span = (uint64_t)lun_param_int(&c->params, 1, 1) - (uint64_t)j.low;
    return go(&j, 1);
}

/* Two results: x times the mask, and the mask, which holds 0 or 1 / (1 - p). */
bool lun_cpu_dropout_mask(lun_call *c)
{
    double p = lun_param_float(&c->params, 0, 0);
    job j = {.is_mask = true, .a = p, .b = 1 / (1 - p)};
    begin(&j, c, c->out[1]);
    lun_call product;
    lun_call_begin(&product, lun_op_at(LUN_OP_mul));
    product.in = product.few;
    product.n_in = 2;
    product.in[0] = c->in[0];
    product.in[1] = c->out[1];
    product.out[0] = c->out[0];
    product.n_out = 1;
    return go(&j, 1) && lun_cpu_formula(&product);
}

/* Fisher-Yates, one number per place: not cut into pieces, since each step needs the one before. */
bool lun_cpu_randperm(lun_call *c)
{
    enum { SOME = 256 };
    lun_tensor *out = c->out[0];
    int64_t n = out->numel;
    lun_storage *s = out->dtype == LUN_I64 ? NULL : lun_storage_new((size_t)n * 8, (lun_device){LUN_CPU, 0});
    if (out->dtype != LUN_I64 && !s) {
        return false;
    }
    int64_t *to = s ? s->data : lun_data(out);
    for (int64_t i = 0; i < n; i++) {
        to[i] = i; /* the door makes them 1-based */
    }
    uint32_t numbers[SOME];
    for (int64_t i = 0; i < n; i++) {
        if (i % SOME == 0) {
            LUN_BY_ISA(lun_random).numbers(c->generator, i / 4, SOME / 4, numbers);
        }
        int64_t left = n - i, k = i + (int64_t)((uint64_t)numbers[i % SOME] * (uint64_t)left >> 32);
        int64_t t = to[i];
        to[i] = to[k];
        to[k] = t;
    }
    if (s) {
        lun_convert(n, (lun_dtype)out->dtype, lun_data(out), LUN_I64, to);
        lun_storage_drop(s);
    }
    return true;
}
