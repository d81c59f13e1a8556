/* hollow.c - tensors without memory
 *
 * One span of address space, reserved at the first use and never committed but where somebody touches it, stands for the
 * memory of all; a hollow tensor is never larger than that span. Read next: hollow.h. SPDX-License-Identifier: MIT
 */
#include "core/hollow.h"

#include "core/error.h"

#include <pthread.h>
#include <sys/mman.h>

static char *zeros;
static size_t room;

/* As much as there is to be had: `ulimit -v` may leave little. */
static void reserve(void)
{
    for (int bits = 44; bits >= 24 && !zeros; bits -= 4) {
        void *span = mmap(NULL, (size_t)1 << bits, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (span == MAP_FAILED) continue;
        zeros = span;
        room = (size_t)1 << bits;
    }
}

void *lun_storage_hollow_data(void)
{
    lun_fail(LUN_E_VALUES, NULL, "this is a dry run on shapes: there are no elements to read");
    return zeros;
}

bool lun_needs_values(const lun_tensor *x)
{
    if (lun_is_hollow(x)) lun_storage_hollow_data();
    return !lun_is_hollow(x);
}

lun_storage *lun_storage_hollow(size_t bytes, lun_device device)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, reserve);
    if (bytes > room) return lun_fail(LUN_E_MEMORY, NULL, "%zu bytes are more than there are addresses for", bytes);
    lun_storage *s = lun_storage_new(0, (lun_device){LUN_CPU, 0});
    if (!s) return NULL;
    s->device = device;
    s->bytes = bytes;
    s->data = NULL;
    s->queued = 1;
    s->slot = LUN_HOLLOW;
    return s;
}

lun_tensor *lun_hollow_empty(lun_dtype dtype, int ndim, const int64_t *dims, lun_device device)
{
    int64_t n = lun_shape_numel(ndim, dims);
    lun_storage *s = n < 0 ? NULL : lun_storage_hollow((size_t)n * lun_dtype_size(dtype), device);
    return s ? lun_tensor_on(s, dtype, ndim, dims) : NULL;
}

lun_tensor *lun_hollow_like(const lun_tensor *x)
{
    lun_storage *s = lun_storage_hollow(x->storage->bytes, x->storage->device);
    lun_tensor *whole = s ? lun_tensor_on(s, (lun_dtype)x->dtype, 1, &(int64_t){0}) : NULL;
    lun_tensor *y = whole ? lun_tensor_as(whole, x->ndim, x->dims, x->strides, x->offset) : NULL;
    if (!y) return NULL;
    y->flags = x->flags & (LUN_ZERO_BASED | LUN_NUMBER);
    if (!x->node && !(x->flags & LUN_VIEW)) y->flags |= x->flags & LUN_REQUIRES_GRAD;
    return y;
}
