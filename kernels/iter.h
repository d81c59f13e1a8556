/* iter.h - walking several tensors in step
 *
 * An iteration is one shape and, for each operand, the strides with which it is read in that shape (0 where broadcast). Merging
 * drops dims of size 1 and joins those that lie in memory as one, so that most walks end up one-dimensional.
 * Operand 0 is the one that is written. Elements are counted in row-major order of the merged shape ("linear" positions), and any
 * range of them can be handled on its own: that is how work is cut into pieces.
 * Holds: operands may have different dtypes; strides here are in bytes; numel >= 1.
 * Read next: kernels/iter.c, then kernels/cpu/map.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_ITER_H
#define LUN_KERNELS_ITER_H
#include "core/tensor.h"

enum { LUN_ITER_OPERANDS = 6 };

typedef struct lun_operand {
    char *data;
    lun_dtype dtype;
    int64_t size; /* bytes of an element */
    int64_t strides[LUN_MAX_DIMS];
} lun_operand;

typedef struct lun_iter {
    int ndim, count; /* ndim >= 1 after merging */
    int64_t numel;
    int64_t dims[LUN_MAX_DIMS];
    lun_operand operand[LUN_ITER_OPERANDS];
} lun_iter;

void lun_iter_begin(lun_iter *it, int ndim, const int64_t *dims);
/* Adds a tensor, broadcast to the shape of the iteration. */
void lun_iter_add(lun_iter *it, const lun_tensor *x);
/* Adds memory that is read with the given strides (in elements). */
void lun_iter_add_memory(lun_iter *it, void *data, lun_dtype dtype, const int64_t *strides);
void lun_iter_merge(lun_iter *it);

/* Do the operand's elements lie side by side in linear order? Are they all the same one? After merging only. */
bool lun_operand_flat(const lun_iter *it, int k);
bool lun_operand_single(const lun_iter *it, int k);

/* Brings `n` elements of operand k, from linear position `start` on, into `to`, side by side; and back. */
void lun_gather(const lun_iter *it, int k, int64_t start, int64_t n, void *to);
void lun_scatter(const lun_iter *it, int k, int64_t start, int64_t n, const void *from);
/* n elements of `size` bytes from one place to another; steps in bytes. */
void lun_move_run(int64_t n, int64_t size, char *to, int64_t to_step, const char *from, int64_t from_step);
/* Address of the element at a linear position. */
char *lun_operand_at(const lun_iter *it, int k, int64_t start);
/* How many elements a piece of a job has, by the cost of one (ns): depends on numel and cost only. */
int64_t lun_piece_size(int64_t numel, double cost);
#endif
