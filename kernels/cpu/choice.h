/* choice.h - which products and convolutions oneDNN computes, and which our own loops and OpenBLAS do
 *
 * The table is kernels/cpu/choice.def: for a kind of work, a shape's class and a number of multiplications, the faster way as it was
 * measured (`./dev bench choose` writes it). Holds: the choice depends on the shape only, so bits are stable.
 * Read next: kernels/cpu/choice.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_CHOICE_H
#define LUN_KERNELS_CPU_CHOICE_H
#include <stdbool.h>
#include <stdint.h>

/* A product of floats by how its operands lie (n: by rows, t: transposed), one of bytes, a convolution by what is computed. */
#define LUN_CHOICE_TASKS(X) X(nn) X(nt) X(tn) X(tt) X(bytes) X(forward) X(images) X(weights)
/* Products: narrow and short have fewer than 16 columns or rows, shallow a k below 16. Convolutions: what we would do ourselves (conv.h). */
#define LUN_CHOICE_CLASSES(X) X(wide) X(narrow) X(short) X(shallow) X(point) X(strided) X(rows) X(product) X(planes) X(depthwise)
/* How much of blocks of 16 channels is channels: most, little, or three channels in, which oneDNN reads as they lie. */
#define LUN_CHOICE_FILLS(X) X(full) X(part) X(colour)

#define LUN_CHOICE_NAME(name) LUN_CHOICE_##name,
typedef enum lun_choice_task { LUN_CHOICE_TASKS(LUN_CHOICE_NAME) LUN_CHOICE_TASK_COUNT } lun_choice_task;
typedef enum lun_choice_class { LUN_CHOICE_CLASSES(LUN_CHOICE_NAME) LUN_CHOICE_CLASS_COUNT } lun_choice_class;
typedef enum lun_choice_fill { LUN_CHOICE_FILLS(LUN_CHOICE_NAME) LUN_CHOICE_FILL_COUNT } lun_choice_fill;
#undef LUN_CHOICE_NAME

/* Is oneDNN the faster way, if it is there? LUNETTE_ONEDNN=off says no for all, `always` yes, `products` no for convolutions; `tell` prints
 * what was asked. */
bool lun_choice_is_onednn(lun_choice_task task, lun_choice_class class, lun_choice_fill fill, double multiplications);
bool lun_choice_is_off(void);
#endif
