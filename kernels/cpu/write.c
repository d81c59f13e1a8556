/* write.c - assignment: x[region] = v, x[mask] = v, x[idx] = v
 *
 * The target is the user's own tensor and may be strided; v is broadcast and converted.
 * Holds: what can be wrong with v is found out before the first element is written.
 * Read next: core/ops/index_write.c. SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"
#include "core/error.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/place.h"

#include <string.h>

/* v without leading dims of size 1 beyond ndim. */
static lun_tensor trimmed(const lun_tensor *v, int ndim)
{
    lun_tensor t = *v;
    int skip = t.ndim > ndim ? t.ndim - ndim : 0;
    t.ndim = (uint8_t)(t.ndim - skip);
    memmove(t.dims, t.dims + skip, t.ndim * sizeof *t.dims);
    memmove(t.strides, t.strides + skip, t.ndim * sizeof *t.strides);
    return t;
}

static bool is_dropped(const lun_params *p, int dim)
{
    const int64_t *dims;
    int n = lun_param_ints(p, 1, &dims);
    for (int i = 0; i < n; i++) {
        if (dims[i] == dim) {
            return true;
        }
    }
    return false;
}

bool lun_cpu_set_slice(lun_call *c)
{
    const lun_tensor *x = c->out[0];
    const int64_t *region;
    lun_tensor place = *x;
    lun_param_ints(&c->params, 0, &region);
    place.ndim = 0;
    place.numel = 1;
    for (int d = 0; d < x->ndim; d++) {
        const int64_t *r = region + 3 * d;
        place.offset += r[1] ? r[0] * x->strides[d] : 0;
        if (is_dropped(&c->params, d)) {
            continue;
        }
        place.dims[place.ndim] = r[1];
        place.strides[place.ndim++] = x->strides[d] * r[2];
        place.numel *= r[1];
    }
    lun_tensor v = trimmed(c->in[1], place.ndim);
    return place.numel == 0 || lun_copy_tensor(&place, &v);
}

/* v broadcast to (ndim, dims) and converted, in fresh memory of *bytes bytes; NULL after lun_fail. */
static void *spread(const lun_tensor *v, lun_dtype dtype, int ndim, const int64_t *dims, size_t *bytes)
{
    lun_iter it;
    int64_t strides[LUN_MAX_DIMS];
    lun_tensor t = trimmed(v, ndim);
    lun_iter_begin(&it, ndim, dims);
    *bytes = (size_t)it.numel * lun_dtype_size(dtype);
    void *data = lun_data_get(*bytes);
    if (!data) {
        return NULL;
    }
    lun_shape_strides(ndim, dims, strides);
    lun_iter_add_memory(&it, data, dtype, strides);
    lun_iter_add(&it, &t);
    lun_iter_merge(&it);
    if (lun_copy_run(&it)) {
        return data;
    }
    lun_data_put(data, *bytes);
    return NULL;
}

/* The part of x at one position of its first `lead` dims. */
static lun_tensor part_of(const lun_tensor *x, int lead, int64_t position)
{
    lun_tensor t = *x;
    for (int d = lead - 1; d >= 0; d--) {
        t.offset += position % x->dims[d] * x->strides[d];
        position /= x->dims[d];
    }
    t.ndim = (uint8_t)(x->ndim - lead);
    t.numel = 1;
    for (int d = 0; d < t.ndim; d++) {
        t.dims[d] = x->dims[lead + d];
        t.strides[d] = x->strides[lead + d];
        t.numel *= t.dims[d];
    }
    return t;
}

/* Writes `source` (contiguous, of x's dtype) into the part of x at `position`. */
static bool write_part(const lun_tensor *x, int lead, int64_t position, const char *source)
{
    lun_tensor part = part_of(x, lead, position);
    size_t size = lun_dtype_size((lun_dtype)x->dtype);
    if (lun_is_contiguous(&part)) {
        memcpy(lun_data(&part), source, (size_t)part.numel * size);
        return true;
    }
    lun_iter it;
    int64_t strides[LUN_MAX_DIMS];
    union { const char *given; void *used; } from = {source}; /* lun_copy_run only reads it */
    lun_shape_strides(part.ndim, part.dims, strides);
    lun_iter_begin(&it, part.ndim, part.dims);
    lun_iter_add(&it, &part);
    lun_iter_add_memory(&it, from.used, (lun_dtype)x->dtype, strides);
    lun_iter_merge(&it);
    return lun_copy_run(&it);
}

/* ---- x[mask] = v ---- */

static bool mask_fits(const lun_tensor *v, int ndim, const int64_t *dims)
{
    int n, skip = 0;
    int64_t both[LUN_MAX_DIMS];
    char text[LUN_SHAPE_TEXT];
    while (v->ndim - skip > ndim && v->dims[skip] == 1) {
        skip++;
    }
    if (lun_shape_broadcast(v->ndim - skip, v->dims + skip, ndim, dims, &n, both) && lun_shape_same(n, both, ndim, dims)) {
        return true;
    }
    lun_error_clear();
    lun_fail(LUN_E_SHAPE, "x:masked_fill_(mask, number) writes one value everywhere",
             "the mask chooses %lld places, which %s does not fit", (long long)dims[0], lun_tensor_text(v, text));
    return false;
}

static bool write_masked(const lun_tensor *x, const lun_tensor *mask, const uint8_t *set, int64_t count, const lun_tensor *v)
{
    int64_t dims[LUN_MAX_DIMS] = {count};
    int ndim = 1 + x->ndim - mask->ndim;
    for (int d = 1; d < ndim; d++) {
        dims[d] = x->dims[mask->ndim + d - 1];
    }
    if (!mask_fits(v, ndim, dims)) {
        return false;
    }
    size_t bytes, used = 0;
    if (!count || !x->numel) {
        return true;
    }
    char *values = spread(v, (lun_dtype)x->dtype, ndim, dims, &bytes);
    bool done = values != NULL;
    for (int64_t i = 0; done && i < mask->numel; i++) {
        if (set[i]) {
            done = write_part(x, mask->ndim, i, values + used);
            used += bytes / (size_t)count;
        }
    }
    if (values) {
        lun_data_put(values, bytes);
    }
    return done;
}

bool lun_cpu_set_mask(lun_call *c)
{
    lun_tensor *mask = c->in[1];
    lun_dense dense;
    if (!lun_dense_read(&dense, mask, LUN_BOOL)) {
        return false;
    }
    const uint8_t *set = dense.data;
    int64_t count = 0;
    for (int64_t i = 0; i < mask->numel; i++) {
        count += set[i] != 0;
    }
    bool done = write_masked(c->out[0], mask, set, count, c->in[2]);
    lun_dense_end(&dense);
    return done;
}

/* ---- x[idx] = v ---- */

bool lun_cpu_set_index(lun_call *c)
{
    const lun_tensor *x = c->out[0], *index = c->in[1], *v = c->in[2];
    int64_t dims[LUN_MAX_DIMS];
    size_t bytes;
    int ndim = index->ndim + x->ndim - 1;
    for (int d = 0; d < ndim; d++) {
        dims[d] = d < index->ndim ? index->dims[d] : x->dims[d - index->ndim + 1];
    }
    char *values = spread(v, (lun_dtype)x->dtype, ndim, dims, &bytes);
    if (!values) {
        return false;
    }
    bool done = true;
    if (lun_is_contiguous(x)) {
        done = lun_place_slices(x, 0, index, values, false, lun_slice_copier((int64_t)lun_dtype_size((lun_dtype)x->dtype)), 1);
    } else {
        const int64_t *at = lun_data(index);
        for (int64_t k = 0; done && k < index->numel; k++) {
            done = write_part(x, 1, at[k], values + (size_t)k * (bytes / (size_t)index->numel));
        }
    }
    lun_data_put(values, bytes);
    return done;
}
