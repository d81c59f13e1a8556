/* scatter_fold.c - elements folded onto their places: sum, product, largest, smallest
 *
 * Without include_self a place that is written to first gets the fold's neutral value.
 * Holds: f16 and bf16 are folded in float and rounded once; places are folded in the order of the index tensor, so bits do not depend
 * on threads. Read next: kernels/cpu/index.c. SPDX-License-Identifier: MIT
 */
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/index.h"
#include "kernels/cpu/kernels.h"

#include <math.h>
#include <string.h>

#define FOLD(name, T, fold)                                                                                                    \
    static void name(int64_t n, void *far, int64_t along, int64_t step, void *near, int64_t near_step, const int64_t *index) \
    {                                                                                                                          \
        T *out = far;                                                                                                          \
        const T *source = near;                                                                                                \
        for (int64_t j = 0; j < n; j++) {                                                                                      \
            T *to = &out[index[j] * along + j * step];                                                                         \
            const T a = *to, b = source[j * near_step];                                                                        \
            *to = (T)(fold);                                                                                                   \
        }                                                                                                                      \
    }
#define FOLDS(id, T, sum, product)                                                                                             \
    FOLD(sum_##id, T, sum) FOLD(prod_##id, T, product) FOLD(max_##id, T, b > a || b != b ? b : a) FOLD(min_##id, T, b < a || b != b ? b : a)
FOLDS(F32, float, a + b, a * b)
FOLDS(F64, double, a + b, a * b)
FOLDS(I8, int8_t, a + b, a * b)
FOLDS(U8, uint8_t, a + b, a * b)
FOLDS(I16, int16_t, a + b, a * b)
FOLDS(I32, int32_t, (uint32_t)a + (uint32_t)b, (uint32_t)a * (uint32_t)b)
FOLDS(I64, int64_t, (uint64_t)a + (uint64_t)b, (uint64_t)a * (uint64_t)b)
FOLDS(BOOL, uint8_t, a | b, a & b)
FOLD(sum_C64, float _Complex, a + b) FOLD(prod_C64, float _Complex, a * b)
FOLD(sum_C128, double _Complex, a + b) FOLD(prod_C128, double _Complex, a * b)

enum { FOLD_COUNT = 4 };
static const char *const names[FOLD_COUNT] = {"sum", "prod", "amax", "amin"};
#define ROW(id) [LUN_##id] = {sum_##id, prod_##id, max_##id, min_##id}
static lun_row_mover *const folds[LUN_DTYPE_COUNT][FOLD_COUNT] = {
    ROW(F32), ROW(F64), ROW(I8), ROW(U8), ROW(I16), ROW(I32), ROW(I64), ROW(BOOL),
    [LUN_C64] = {sum_C64, prod_C64, NULL, NULL}, [LUN_C128] = {sum_C128, prod_C128, NULL, NULL},
};

/* What changes nothing, per dtype. */
#define NEUTRAL(id, T, low, high) static const T neutral_##id[FOLD_COUNT] = {0, 1, low, high};
NEUTRAL(F32, float, -INFINITY, INFINITY)
NEUTRAL(F64, double, -INFINITY, INFINITY)
NEUTRAL(I8, int8_t, INT8_MIN, INT8_MAX)
NEUTRAL(U8, uint8_t, 0, UINT8_MAX)
NEUTRAL(I16, int16_t, INT16_MIN, INT16_MAX)
NEUTRAL(I32, int32_t, INT32_MIN, INT32_MAX)
NEUTRAL(I64, int64_t, INT64_MIN, INT64_MAX)
NEUTRAL(BOOL, uint8_t, 0, 1)
NEUTRAL(C64, float _Complex, 0, 0)
NEUTRAL(C128, double _Complex, 0, 0)
static const void *const neutral[LUN_DTYPE_COUNT] = {
    [LUN_F32] = neutral_F32, [LUN_F64] = neutral_F64, [LUN_I8] = neutral_I8,   [LUN_U8] = neutral_U8,     [LUN_I16] = neutral_I16,
    [LUN_I32] = neutral_I32, [LUN_I64] = neutral_I64, [LUN_BOOL] = neutral_BOOL,
    [LUN_C64] = neutral_C64, [LUN_C128] = neutral_C128,
};

/* Which fold attribute 1 names; scatter calls them add and multiply. */
static int fold_of(const lun_call *c)
{
    const char *name = lun_param_string(&c->params, 1, "sum");
    if (c->op->id == LUN_OP_scatter) return !strcmp(name, "multiply");
    int k = 0;
    while (k < FOLD_COUNT - 1 && strcmp(name, names[k])) k++;
    return k;
}

bool lun_cpu_scatter_fold(lun_call *c)
{
    lun_frame f;
    int fold = fold_of(c);
    lun_dense source;
    if (!lun_frame_open_but(&f, c, 4)) {
        return false;
    }
    lun_dtype t = lun_dtype_has_gradient((lun_dtype)c->out[0]->dtype) ? f.type : (lun_dtype)c->out[0]->dtype;
    size_t size = lun_dtype_size(t);
    bool keep = c->op->id == LUN_OP_scatter || lun_param_bool(&c->params, 2, true);
    bool done = lun_dense_read(&source, c->in[2], t); /* which may be a number of another dtype */
    memcpy(f.out[0].data, f.in[0].data, (size_t)c->out[0]->numel * size);
    if (done && c->in[1]->numel) {
        if (!keep) done = lun_scatter_rows(c, f.out[0].data, (const char *)neutral[t] + (size_t)fold * size, true, size, lun_row_putter(size));
        done = done && lun_scatter_rows(c, f.out[0].data, source.data, false, size, folds[t][fold]);
    }
    if (source.data) lun_dense_end(&source);
    return lun_frame_close(&f, done);
}
