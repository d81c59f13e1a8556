/* tensor.c - making handles, keeping and dropping them, reading single elements
 *
 * Holds: a handle's reach (offset plus strides times dims) lies inside its storage; lun_tensor_as proves it for any request.
 * Read next: core/apply.c. SPDX-License-Identifier: MIT
 */
#include "core/tensor.h"

#include "core/alloc.h"
#include "core/backend.h"
#include "core/error.h"
#include "core/scope.h"
#include "core/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

lun_tensor lun_none_tensor = {.refs = 1};

static lun_tensor *handle(lun_storage *s, lun_dtype dtype, int ndim, const int64_t *dims, int64_t numel)
{
    lun_tensor *x = s ? lun_block_get(sizeof *x) : NULL;
    if (!x) {
        lun_storage_drop(s);
        return NULL;
    }
    x->refs = 1;
    x->dtype = (uint8_t)dtype;
    x->ndim = (uint8_t)ndim;
    x->flags = 0;
    x->output = 0;
    x->offset = 0;
    x->numel = numel;
    if (ndim) memcpy(x->dims, dims, (size_t)ndim * sizeof *dims);
    lun_shape_strides(ndim, dims, x->strides);
    x->storage = s;
    x->view_version = 0;
    x->base = NULL;
    x->node = NULL;
    x->grad = NULL;
    x->hooks = NULL;
    return lun_scope_add(x);
}

static bool usable(lun_dtype dtype, int ndim)
{
    if (dtype >= LUN_DTYPE_NONE) return lun_fail(LUN_E_DTYPE, "use \"float32\" or \"float64\"", "there is no dtype %d", (int)dtype), false;
    if (ndim < 0 || ndim > LUN_MAX_DIMS)
        return lun_fail(LUN_E_SHAPE, NULL, "%d dims asked for, at most %d are possible", ndim, LUN_MAX_DIMS), false;
    return true;
}

lun_tensor *lun_tensor_empty(lun_dtype dtype, int ndim, const int64_t *dims, lun_device device)
{
    int64_t n = usable(dtype, ndim) ? lun_shape_numel(ndim, dims) : -1;
    if (n < 0) return NULL;
    return handle(lun_storage_new((size_t)n * lun_dtype_size(dtype), device), dtype, ndim, dims, n);
}

lun_tensor *lun_tensor_on(lun_storage *s, lun_dtype dtype, int ndim, const int64_t *dims)
{
    int64_t n = usable(dtype, ndim) ? lun_shape_numel(ndim, dims) : -1;
    if (s && n >= 0 && (size_t)n * lun_dtype_size(dtype) > s->bytes)
        n = (lun_fail(LUN_E_SHAPE, NULL, "%lld elements do not fit in %zu bytes", (long long)n, s->bytes), -1);
    if (n < 0) {
        lun_storage_drop(s);
        return NULL;
    }
    return handle(s, dtype, ndim, dims, n);
}

/* Elements from the first to the last one reached, relative to offset; false on overflow. */
static bool reach(int ndim, const int64_t *dims, const int64_t *strides, int64_t *low, int64_t *high)
{
    *low = *high = 0;
    for (int d = 0; d < ndim; d++) {
        int64_t span;
        if (dims[d] <= 1) continue;
        if (__builtin_mul_overflow(dims[d] - 1, strides[d], &span)) return false;
        if (__builtin_add_overflow(span < 0 ? *low : *high, span, span < 0 ? low : high)) return false;
    }
    return true;
}

lun_tensor *lun_tensor_as(lun_tensor *x, int ndim, const int64_t *dims, const int64_t *strides, int64_t offset)
{
    if (!x) return NULL;
    int64_t n = usable((lun_dtype)x->dtype, ndim) ? lun_shape_numel(ndim, dims) : -1, low, high;
    if (n < 0) return NULL;
    int64_t room = (int64_t)(x->storage->bytes / lun_dtype_size((lun_dtype)x->dtype));
    if (n > 0 && (!reach(ndim, dims, strides, &low, &high) || offset < 0 || offset > room || low < -offset || high >= room - offset)) {
        char text[LUN_SHAPE_TEXT];
        return lun_fail(LUN_E_SHAPE, NULL, "a view %s at offset %lld reaches outside the %lld elements of its storage",
                        lun_shape_text(ndim, dims, text), (long long)offset, (long long)room);
    }
    lun_storage_keep(x->storage);
    lun_tensor *y = handle(x->storage, (lun_dtype)x->dtype, ndim, dims, n);
    if (!y) return NULL;
    if (ndim) memcpy(y->strides, strides, (size_t)ndim * sizeof *strides);
    y->offset = offset;
    y->flags = x->flags & LUN_ZERO_BASED;
    return y;
}

lun_tensor *lun_tensor_alias(lun_tensor *x)
{
    if (!x || lun_is_none(x)) return x;
    lun_tensor *y = lun_block_get(sizeof *y);
    if (!y) return NULL;
    *y = *x;
    y->refs = 1;
    y->flags = x->flags & (LUN_ZERO_BASED | LUN_NUMBER);
    y->base = NULL;
    y->node = NULL;
    y->grad = NULL;
    y->hooks = NULL;
    y->output = 0;
    lun_storage_keep(y->storage);
    return lun_scope_add(y);
}

lun_tensor *lun_tensor_number(double value, lun_dtype dtype)
{
    lun_tensor *x = lun_tensor_empty(dtype, 0, NULL, (lun_device){LUN_CPU, 0});
    if (!x) return NULL;
    x->flags |= LUN_NUMBER;
    lun_set_double(x, 0, value);
    return x;
}

lun_tensor *lun_tensor_integer(int64_t value)
{
    lun_tensor *x = lun_tensor_empty(LUN_I64, 0, NULL, (lun_device){LUN_CPU, 0});
    if (!x) return NULL;
    x->flags |= LUN_NUMBER;
    *(int64_t *)lun_data(x) = value;
    return x;
}

lun_tensor *lun_tensor_complex(lun_c128 value)
{
    lun_tensor *x = lun_tensor_empty(LUN_C128, 0, NULL, (lun_device){LUN_CPU, 0});
    if (!x) return NULL;
    x->flags |= LUN_NUMBER;
    *(lun_c128 *)lun_data(x) = value;
    return x;
}

lun_tensor *lun_tensor_copy_of(const void *source, lun_dtype dtype, int ndim, const int64_t *dims)
{
    lun_tensor *x = lun_tensor_empty(dtype, ndim, dims, (lun_device){LUN_CPU, 0});
    if (x && x->numel) memcpy(lun_data(x), source, lun_tensor_bytes(x));
    return x;
}

lun_tensor *lun_keep(lun_tensor *x)
{
    if (x && !lun_is_none(x)) __atomic_add_fetch(&x->refs, 1, __ATOMIC_RELAXED);
    return x;
}

void lun_drop(lun_tensor *x)
{
    if (!x || lun_is_none(x) || __atomic_sub_fetch(&x->refs, 1, __ATOMIC_ACQ_REL)) return;
    if (x->flags & LUN_RETAIN_GRAD) lun_tape_forget(x);
    if (x->flags & LUN_VIEW) lun_drop(x->base);
    lun_hooks_free(x->hooks);
    lun_drop(x->grad);
    lun_node_drop(x->node);
    lun_storage_drop(x->storage);
    lun_block_put(x, sizeof *x);
}

bool lun_is_contiguous(const lun_tensor *x)
{
    int64_t step = 1;
    for (int d = x->ndim - 1; d >= 0; d--) {
        if (x->dims[d] != 1 && x->strides[d] != step) return x->numel == 0;
        step *= x->dims[d];
    }
    return true;
}

bool lun_may_overlap(const lun_tensor *a, const lun_tensor *b)
{
    int64_t low_a, high_a, low_b, high_b;
    if (a->storage != b->storage || !a->numel || !b->numel) return false;
    if (!reach(a->ndim, a->dims, a->strides, &low_a, &high_a) || !reach(b->ndim, b->dims, b->strides, &low_b, &high_b)) return true;
    int64_t size_a = (int64_t)lun_dtype_size((lun_dtype)a->dtype), size_b = (int64_t)lun_dtype_size((lun_dtype)b->dtype);
    return (a->offset + low_a) * size_a < (b->offset + high_b + 1) * size_b &&
           (b->offset + low_b) * size_b < (a->offset + high_a + 1) * size_a;
}

/* Each dim, in order of the strides, must step over all that the smaller ones reach. Interleaved dims that meet nowhere count as
 * overlapping too; only as_strided makes those. */
bool lun_self_overlaps(const lun_tensor *x)
{
    unsigned left = 0;
    for (int d = 0; d < x->ndim; d++)
        if (x->dims[d] > 1) left |= 1U << d;
    for (int64_t reached = 0; left;) {
        int least = -1;
        for (int d = 0; d < x->ndim; d++)
            if ((left >> d & 1) && (least < 0 || x->strides[d] < x->strides[least])) least = d;
        if (x->strides[least] <= reached) return x->numel > 0;
        reached += (x->dims[least] - 1) * x->strides[least];
        left &= ~(1U << least);
    }
    return false;
}

/* Room for one element that was fetched from a device; a thread looks at one at a time. */
static __thread lun_c128 fetched;

static void *address(const lun_tensor *x, int64_t k)
{
    int64_t at = x->offset;
    for (int d = x->ndim - 1; d >= 0; d--) {
        at += k % x->dims[d] * x->strides[d];
        k /= x->dims[d];
    }
    return (char *)lun_storage_data(x->storage) + (size_t)at * lun_dtype_size((lun_dtype)x->dtype);
}

/* Where element k can be read; zeros after lun_fail. */
static const void *element(const lun_tensor *x, int64_t k)
{
    lun_device device = lun_tensor_device(x);
    void *there = address(x, k);
    if (device.type == LUN_CPU) return there;
    if (!lun_backends[device.type]->to_host(&fetched, there, lun_dtype_size((lun_dtype)x->dtype), device.index)) fetched = (lun_c128){0, 0};
    return &fetched;
}

/* Where element k can be written; `store` afterwards. */
static void *place(const lun_tensor *x, int64_t k) { return lun_tensor_device(x).type == LUN_CPU ? address(x, k) : &fetched; }

static void store(const lun_tensor *x, int64_t k)
{
    lun_device device = lun_tensor_device(x);
    if (device.type != LUN_CPU)
        lun_backends[device.type]->from_host(address(x, k), &fetched, lun_dtype_size((lun_dtype)x->dtype), device.index);
}

double lun_get_double(const lun_tensor *x, int64_t k)
{
    const void *p = element(x, k);
    switch ((lun_dtype)x->dtype) {
    case LUN_F32: return (double)*(const float *)p;
    case LUN_F64: return *(const double *)p;
    case LUN_F16: return (double)lun_f16_to_float(*(const lun_f16 *)p);
    case LUN_BF16: return (double)lun_bf16_to_float(*(const lun_bf16 *)p);
    case LUN_C64: return (double)((const lun_c64 *)p)->re;
    case LUN_C128: return ((const lun_c128 *)p)->re;
    default: return (double)lun_get_integer(x, k);
    }
}

int64_t lun_get_integer(const lun_tensor *x, int64_t k)
{
    const void *p = element(x, k);
    switch ((lun_dtype)x->dtype) {
    case LUN_I8: return *(const int8_t *)p;
    case LUN_U8: case LUN_BOOL: return *(const uint8_t *)p;
    case LUN_I16: return *(const int16_t *)p;
    case LUN_I32: return *(const int32_t *)p;
    case LUN_I64: return *(const int64_t *)p;
    default: {
        double v = lun_get_double(x, k);
        return isnan(v) ? 0 : v >= 0x1p63 ? INT64_MAX : v < -0x1p63 ? INT64_MIN : (int64_t)v;
    }
    }
}

void lun_set_double(lun_tensor *x, int64_t k, double value)
{
    void *p = place(x, k);
    switch ((lun_dtype)x->dtype) {
    case LUN_F32: *(float *)p = (float)value; break;
    case LUN_F64: *(double *)p = value; break;
    case LUN_F16: *(lun_f16 *)p = lun_f16_from_float((float)value); break;
    case LUN_BF16: *(lun_bf16 *)p = lun_bf16_from_float((float)value); break;
    case LUN_BOOL: *(uint8_t *)p = value != 0; break;
    case LUN_C64: *(lun_c64 *)p = (lun_c64){(float)value, 0}; break;
    case LUN_C128: *(lun_c128 *)p = (lun_c128){value, 0}; break;
    default: lun_set_integer(x, k, isnan(value) ? 0 : value >= 0x1p63 ? INT64_MAX : value < -0x1p63 ? INT64_MIN : (int64_t)value);
    }
    store(x, k);
}

void lun_set_integer(lun_tensor *x, int64_t k, int64_t value)
{
    void *p = place(x, k);
    switch ((lun_dtype)x->dtype) {
    case LUN_I8: *(int8_t *)p = (int8_t)value; break;
    case LUN_U8: *(uint8_t *)p = (uint8_t)value; break;
    case LUN_BOOL: *(uint8_t *)p = value != 0; break;
    case LUN_I16: *(int16_t *)p = (int16_t)value; break;
    case LUN_I32: *(int32_t *)p = (int32_t)value; break;
    case LUN_I64: *(int64_t *)p = value; break;
    default: lun_set_double(x, k, (double)value);
    }
    store(x, k);
}

lun_c128 lun_get_complex(const lun_tensor *x, int64_t k)
{
    if (x->dtype == LUN_C128) return *(const lun_c128 *)element(x, k);
    if (x->dtype != LUN_C64) return (lun_c128){lun_get_double(x, k), 0};
    const lun_c64 *p = element(x, k);
    return (lun_c128){(double)p->re, (double)p->im};
}

void lun_set_complex(lun_tensor *x, int64_t k, lun_c128 value)
{
    if (!lun_dtype_is_complex((lun_dtype)x->dtype)) {
        lun_set_double(x, k, value.re);
        return;
    }
    void *p = place(x, k);
    if (x->dtype == LUN_C128) *(lun_c128 *)p = value;
    else *(lun_c64 *)p = (lun_c64){(float)value.re, (float)value.im};
    store(x, k);
}

char *lun_tensor_text(const lun_tensor *x, char *buffer)
{
    char shape[LUN_SHAPE_TEXT];
    if (lun_is_none(x)) return strcpy(buffer, "(none)");
    snprintf(buffer, LUN_SHAPE_TEXT, "%s%s", lun_dtypes[x->dtype].abbreviation, lun_shape_text(x->ndim, x->dims, shape));
    return buffer;
}
