/* infer.h - result shapes and dtypes that more than one row uses, and the helpers to write new ones
 *
 * An infer function sees inputs (dims, dtypes) and attributes, never data, and sets call->n_out and out_spec[], or out[0] for views,
 * call->bound for index arguments, call->draws for random ops. False after lun_fail.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_INFER_H
#define LUN_CORE_INFER_H
#include "core/apply.h"
#include "core/error.h"

bool lun_infer_same(lun_call *c);      /* one result like in[0] */
bool lun_infer_broadcast(lun_call *c); /* one result: broadcast of all inputs, dtype of in[0], or of in[1] where that is a wide number */
bool lun_composed(lun_call *c, lun_tensor *x); /* a composed row's only result; false when it is NULL */
/* Sets result k. */
void lun_result(lun_call *c, int k, lun_dtype dtype, int ndim, const int64_t *dims);
void lun_result_like(lun_call *c, int k, const lun_tensor *x);
bool lun_result_view(lun_call *c, int ndim, const int64_t *dims, const int64_t *strides, int64_t offset); /* of in[0], the only result */
/* Attribute k as a 0-based dim of a tensor with ndim dims; -1 after lun_fail. */
int lun_param_dim(const lun_call *c, int k, int ndim);
/* Attribute k as a set of dims: mask bit d; all dims when absent. False after lun_fail (doubles are errors). */
bool lun_param_dims(const lun_call *c, int k, int ndim, uint32_t *mask);
/* The same where a list without dims names none, as for any, all and squeeze. */
bool lun_param_named_dims(const lun_call *c, int k, int ndim, uint32_t *mask);
#endif
