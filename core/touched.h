/* touched.h - gradients of tables that are zero but for some rows
 *
 * The gradient of an embedding is an ordinary dense tensor over a storage that also knows which of its rows were written. Whoever does
 * not ask computes with it as with any other; who asks (an SGD step, the sum of two such gradients, Adagrad, SparseAdam) leaves the other
 * rows out. When its last handle goes, those rows are cleared and the memory waits for the next gradient of that size.
 * Holds: the rows are believed only while the storage's version is the one that they were noted at, so any other write, through whatever
 * view, makes the gradient an ordinary one. Memory that waits counts as in use; lun_memory_empty_cache and a lack of memory free it.
 * Read next: core/touched.c, core/ops/embedding.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_TOUCHED_H
#define LUN_CORE_TOUCHED_H
#include "core/tensor.h"

/* Zeros [rows, n] on the CPU that can know their rows; scoped. `declared`: the user asked for a sparse gradient. */
lun_tensor *lun_touched_zeros(int64_t rows, int64_t n, lun_dtype dtype, bool declared);
/* The `count` rows (from 0, -1 for none) were written too, and all rows that were not noted are zero as of now. */
void lun_touched_note(lun_tensor *x, const int64_t *rows, int64_t count);
/* The rows, each once; NULL when they are not known. */
const int64_t *lun_touched_rows(const lun_tensor *x, int64_t *count);
/* The same as positions from 1, an int64 tensor [count], scoped; LUN_NONE when they are not known. */
lun_tensor *lun_touched_positions(const lun_tensor *x);
/* What was written since the rows were noted left all others zero. */
void lun_touched_still(lun_tensor *x);
/* Was a sparse gradient asked for? */
bool lun_touched_declared(const lun_tensor *x);
/* x += y in y's rows alone; false when y's rows are not known, or x is of another kind. *sum is x, or NULL after lun_fail. */
bool lun_touched_add(lun_tensor *x, lun_tensor *y, lun_tensor **sum);
/* Frees memory that waits. */
void lun_touched_empty(void);
#endif
