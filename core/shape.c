/* shape.c - arithmetic on dims and strides
 *
 * Holds: nothing here touches memory beyond its arguments. Read next: core/tensor.c. SPDX-License-Identifier: MIT
 */
#include "core/shape.h"

#include "core/error.h"

#include <stdio.h>
#include <string.h>

static const int64_t max_elements = (int64_t)1 << 43; /* 2^47 bytes of the largest dtype */

int64_t lun_shape_numel(int ndim, const int64_t *dims)
{
    int64_t n = 1;
    bool empty = false;
    for (int d = 0; d < ndim; d++) {
        char text[LUN_SHAPE_TEXT];
        if (dims[d] < 0)
            return lun_fail(LUN_E_SHAPE, NULL, "shape %s: size %lld is negative", lun_shape_text(ndim, dims, text),
                            (long long)dims[d]), -1;
        if (dims[d] == 0) empty = true;
        else if (__builtin_mul_overflow(n, dims[d], &n) || n > max_elements)
            return lun_fail(LUN_E_SHAPE, NULL, "shape %s is too large", lun_shape_text(ndim, dims, text)), -1;
    }
    return empty ? 0 : n;
}

void lun_shape_strides(int ndim, const int64_t *dims, int64_t *strides)
{
    int64_t step = 1;
    for (int d = ndim - 1; d >= 0; d--) {
        strides[d] = step;
        step = (int64_t)((uint64_t)step * (uint64_t)(dims[d] > 0 ? dims[d] : 1)); /* may wrap for a shape without elements only */
    }
}

bool lun_shape_same(int na, const int64_t *a, int nb, const int64_t *b)
{
    return na == nb && (na == 0 || !memcmp(a, b, (size_t)na * sizeof *a)); /* a number's dims may be NULL */
}

bool lun_shape_broadcast(int na, const int64_t *a, int nb, const int64_t *b, int *nout, int64_t *out)
{
    int n = na > nb ? na : nb;
    int64_t result[LUN_MAX_DIMS];
    for (int k = 1; k <= n; k++) { /* from the right */
        int64_t x = k <= na ? a[na - k] : 1, y = k <= nb ? b[nb - k] : 1;
        if (x != y && x != 1 && y != 1) {
            char ta[LUN_SHAPE_TEXT], tb[LUN_SHAPE_TEXT];
            bool columns = nb == 1 && na == 2 && b[0] == a[0], turned = na == 1 && nb == 2 && a[0] == b[0];
            const char *hint = columns ? "y:unsqueeze(2) gives one value to each row" : turned ? "x:unsqueeze(2) gives one value to each row" : NULL;
            lun_fail(LUN_E_SHAPE, hint, "cannot broadcast %s with %s: aligned from the right, %lld meets %lld",
                     lun_shape_text(na, a, ta), lun_shape_text(nb, b, tb), (long long)x, (long long)y);
            return false;
        }
        result[n - k] = x == 1 ? y : x;
    }
    memcpy(out, result, (size_t)n * sizeof *out);
    *nout = n;
    return true;
}

void lun_shape_broadcast_strides(int ndim, const int64_t *dims, const int64_t *strides, int nto, const int64_t *to, int64_t *out)
{
    for (int k = 0; k < nto; k++) {
        int d = k - (nto - ndim);
        out[k] = d < 0 || (dims[d] == 1 && to[k] != 1) ? 0 : strides[d];
    }
}

int lun_dim_normalize(int64_t dim, int ndim)
{
    int n = ndim ? ndim : 1;
    if (dim < -n || dim >= n) {
        lun_fail(LUN_E_INDEX, NULL, "dim %lld is out of range for a tensor with %d dim%s", (long long)(dim < 0 ? dim : dim + 1), ndim,
                 ndim == 1 ? "" : "s");
        lun_hint("use 1..%d, or -%d..-1 to count from the end", n, n);
        return -1;
    }
    return (int)(dim < 0 ? dim + n : dim);
}

/* Walks both shapes from the right, matching runs of source dims that lie in one stretch of memory with target dims. */
bool lun_shape_view_strides(int ndim, const int64_t *dims, const int64_t *strides, int nto, const int64_t *to, int64_t *out)
{
    for (int k = 0; k < nto; k++)
        if (to[k] == 0) { /* empty: any strides will do */
            lun_shape_strides(nto, to, out);
            return true;
        }
    int k = nto - 1, d = ndim - 1;
    while (d >= 0) {
        int64_t chunk = dims[d], base = strides[d];
        while (d > 0 && (dims[d - 1] == 1 || chunk == 1 || strides[d - 1] == chunk * base)) {
            if (chunk == 1) base = strides[d - 1];
            d--;
            chunk *= dims[d];
        }
        int64_t filled = 1;
        while (k >= 0 && (filled < chunk || to[k] == 1)) {
            out[k] = base * filled;
            filled *= to[k];
            k--;
        }
        if (filled != chunk) return false;
        d--;
    }
    for (; k >= 0; k--) out[k] = 1; /* leading ones */
    return true;
}

char *lun_shape_text(int ndim, const int64_t *dims, char *buffer)
{
    size_t at = 0;
    buffer[at++] = '[';
    for (int d = 0; d < ndim; d++) {
        int n = snprintf(buffer + at, LUN_SHAPE_TEXT - at, "%s%lld", d ? "," : "", (long long)dims[d]);
        at += (size_t)n;
    }
    buffer[at++] = ']';
    buffer[at] = 0;
    return buffer;
}
