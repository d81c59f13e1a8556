/* sequence.h - rules named by the rows of core/ops/sequence.def
 *
 * Read next: core/ops/sequence.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_SEQUENCE_H
#define LUN_CORE_OPS_SEQUENCE_H
#include "core/apply.h"

bool lun_compose_pad_sequence(lun_call *c);
bool lun_compose_pack_padded(lun_call *c);
bool lun_compose_pad_packed(lun_call *c);
bool lun_compose_pack_sequence(lun_call *c);
#endif
