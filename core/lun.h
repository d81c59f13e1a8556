/* lun.h - the core, in reading order
 *
 * Tensors are handles over shared storage; functions borrow arguments and return scoped results; errors travel as NULL; every op is
 * a row of core/ops.def and passes core/apply.c. Read next: the headers below, top to bottom. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_LUN_H
#define LUN_CORE_LUN_H
#include "core/dtype.h"
#include "core/error.h"
#include "core/shape.h"
#include "core/storage.h"
#include "core/alloc.h"
#include "core/tensor.h"
#include "core/scope.h"
#include "core/op.h"
#include "core/apply.h"
#include "core/hook.h"
#include "core/context.h"
#include "core/tape.h"
#include "core/backward.h"
#include "core/functional.h"
#include "core/infer.h"
#include "core/random.h"
#endif
