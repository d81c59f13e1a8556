/* tensor.h - the handle: a shape over a storage, with its place in the autograd graph
 *
 * Ownership in one sentence: functions borrow their arguments, results belong to the thread's innermost scope (core/scope.h),
 * and lun_keep / lun_drop hold and release a reference beyond it.
 * Holds: no heap memory for shapes; strides count elements and may be 0 or (never) negative; numel is the product of dims.
 * An argument absent on purpose is LUN_NONE, never NULL (NULL means: an error happened before).
 * The struct is visible to core, kernels and formats; the public header lunette.h keeps it opaque.
 * Read next: core/op.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_TENSOR_H
#define LUN_CORE_TENSOR_H
#include "core/shape.h"
#include "core/storage.h"

struct lun_node;
struct lun_grad_hook;

enum lun_tensor_flags {
    LUN_REQUIRES_GRAD = 1, /* a leaf that wants a gradient (results of recorded ops have a node instead) */
    LUN_NUMBER = 2,        /* a wrapped Lua number: weak in dtype promotion */
    LUN_ZERO_BASED = 4,    /* integers read from a file; refused where an index is expected */
    LUN_VIEW = 8,          /* made by a view op: `base` is what it looks into (core/views.h) */
    LUN_RETAIN_GRAD = 16,  /* a non-leaf that keeps its gradient */
    LUN_VIEW_PIECE = 32,   /* one of several views that one call gave out */
    LUN_VIEW_UNRECORDED = 64 /* taken inside no_grad: a constant of the graph */
};

typedef struct lun_tensor {
    int refs;
    uint8_t dtype, ndim;
    uint16_t flags;
    int32_t output; /* which output of `node` this is */
    int64_t offset, numel;
    int64_t dims[LUN_MAX_DIMS], strides[LUN_MAX_DIMS];
    lun_storage *storage;
    uint32_t view_version;          /* VIEW: the storage's version when its node was made */
    struct lun_tensor *base;        /* VIEW: the tensor at the root of the chain of views; one reference */
    struct lun_node *node;          /* the recorded op that made it; NULL for leaves. Of a view: see lun_view_refresh */
    struct lun_tensor *grad;        /* leaves: the accumulated gradient */
    struct lun_grad_hook *hooks;    /* leaves: called on the gradient before it is accumulated */
} lun_tensor;

/* An argument that is absent on purpose: no bias, gradient not wanted. */
extern lun_tensor lun_none_tensor;
#define LUN_NONE (&lun_none_tensor)

/* Makers: all return a scoped tensor, or NULL after lun_fail. */
lun_tensor *lun_tensor_empty(lun_dtype dtype, int ndim, const int64_t *dims, lun_device device); /* contents undefined */
lun_tensor *lun_tensor_on(lun_storage *s, lun_dtype dtype, int ndim, const int64_t *dims);  /* contiguous, takes over one reference of s */
/* A handle on the same storage with another shape; no graph. Reach is checked: every element lies inside the storage. */
lun_tensor *lun_tensor_as(lun_tensor *x, int ndim, const int64_t *dims, const int64_t *strides, int64_t offset);
lun_tensor *lun_tensor_alias(lun_tensor *x); /* same shape, same storage, no graph: what detach gives */
lun_tensor *lun_tensor_number(double value, lun_dtype dtype); /* 0-d, LUN_NUMBER set */
lun_tensor *lun_tensor_integer(int64_t value);                /* 0-d int64, LUN_NUMBER set */
lun_tensor *lun_tensor_complex(lun_c128 value);               /* 0-d complex128, LUN_NUMBER set */
lun_tensor *lun_tensor_copy_of(const void *data, lun_dtype dtype, int ndim, const int64_t *dims); /* copies host memory */

lun_tensor *lun_keep(lun_tensor *x); /* one more reference; returns x; NULL and LUN_NONE pass through */
void lun_drop(lun_tensor *x);        /* one less; NULL and LUN_NONE are fine */

bool lun_is_contiguous(const lun_tensor *x);
static inline lun_device lun_tensor_device(const lun_tensor *x) { return x->storage->device; }
static inline size_t lun_tensor_bytes(const lun_tensor *x) { return (size_t)x->numel * lun_dtype_size((lun_dtype)x->dtype); }
/* First element: in host memory of a CPU tensor; of one on a device it is an address for kernels alone. */
static inline void *lun_data(const lun_tensor *x)
{
    return (char *)lun_storage_data(x->storage) + (size_t)x->offset * lun_dtype_size((lun_dtype)x->dtype);
}
static inline bool lun_is_none(const lun_tensor *x) { return x == LUN_NONE; }
/* Does a gradient flow through x? */
bool lun_view_requires_grad(const lun_tensor *x);
static inline bool lun_requires_grad(const lun_tensor *x)
{
    return x->node || ((x->flags & (LUN_REQUIRES_GRAD | LUN_VIEW)) && lun_view_requires_grad(x));
}
/* May two tensors share an element? (same storage and overlapping extents; may say yes too often, never no wrongly) */
bool lun_may_overlap(const lun_tensor *a, const lun_tensor *b);
/* May x address some element twice (an expanded dim, windows that overlap)? Then nothing may be written through it. */
bool lun_self_overlaps(const lun_tensor *x);

/* Element k (row-major order) of a tensor of any dtype, converted; for item, small loops. On a device each waits for all work before it:
 * who reads many brings the tensor to the host first (core/device.h). Of a complex element the real
 * part is given; what is stored from a real number has the imaginary part 0. */
double lun_get_double(const lun_tensor *x, int64_t k);
int64_t lun_get_integer(const lun_tensor *x, int64_t k);
void lun_set_double(lun_tensor *x, int64_t k, double value);
void lun_set_integer(lun_tensor *x, int64_t k, int64_t value);
lun_c128 lun_get_complex(const lun_tensor *x, int64_t k);
void lun_set_complex(lun_tensor *x, int64_t k, lun_c128 value); /* a real dtype takes the real part */
/* "f32[2,3]" into buffer of at least LUN_SHAPE_TEXT bytes. */
char *lun_tensor_text(const lun_tensor *x, char *buffer);
#endif
