/* measure.h - what conditions and displays ask of a tensor: zeros nan inf nonfinite min max absmax mean std norm, once per version
 *
 * Read next: debugger/measure.c, core/summary.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_MEASURE_H
#define LUN_DEBUGGER_MEASURE_H
#include "core/tensor.h"

enum { LUN_MEASURE_TEXT = 160 };

/* The number called `name`, or -1; `texts` are dtype, device and shape. */
int lun_measure_find(const char *name, bool text);
const char *lun_measure_name(int k, bool text); /* NULL after the last */
/* The k-th number of x: fractions for zeros nan inf nonfinite; infinities count in min, max, absmax and norm, NaN nowhere else.
 * NaN of an empty tensor; false after lun_fail (a device). Kept until x changes. */
bool lun_measure(int k, const lun_tensor *x, double *out);
/* "float32", "cpu", "8,1" into `out` (LUN_MEASURE_TEXT bytes). */
void lun_measure_text(int k, const lun_tensor *x, char *out);
/* Forgets what is kept of tensors that only this cache holds; of all. */
void lun_measure_forget(bool all);
#endif
