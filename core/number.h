/* number.h - does a number fit into a dtype? The one place that refuses those that do not
 *
 * What is written into whole numbers as it is (a fill value, a bound, a factor) must be one of them once its fraction is cut off;
 * arithmetic wraps around instead, as PyTorch has both. Holds: bool and floats take any number, uint8 whole ones from -255 on, which
 * count from 256. Read next: core/dtype.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_NUMBER_H
#define LUN_CORE_NUMBER_H
#include "core/op.h"

/* Each: false after lun_fail. */
bool lun_integer_fits(int64_t v, lun_dtype t);
bool lun_real_fits(double v, lun_dtype t);
/* Attribute k; one that is not given fits. */
bool lun_param_fits(const lun_params *p, int k, lun_dtype t);
/* The one element of x; and of a number only, where any other tensor is converted and wraps around. */
bool lun_element_fits(const lun_tensor *x, lun_dtype t);
bool lun_number_fits(const lun_tensor *x, lun_dtype t);
#endif
