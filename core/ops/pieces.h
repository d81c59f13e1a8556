/* pieces.h - rules named by the rows of core/ops/pieces.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_PIECES_H
#define LUN_CORE_OPS_PIECES_H
#include "core/apply.h"

/* pieces.c */
bool lun_compose_split(lun_call *c);
bool lun_compose_chunk(lun_call *c);
bool lun_compose_tensor_split(lun_call *c);
bool lun_compose_named_split(lun_call *c); /* hsplit, vsplit, dsplit */
bool lun_compose_unbind(lun_call *c);
/* pieces_join.c */
bool lun_compose_atleast(lun_call *c);     /* atleast_1d, _2d, _3d */
bool lun_compose_hstack(lun_call *c);
bool lun_compose_vstack(lun_call *c);
bool lun_compose_dstack(lun_call *c);
bool lun_compose_column_stack(lun_call *c);
bool lun_compose_block_diag(lun_call *c);
bool lun_compose_meshgrid(lun_call *c);
bool lun_compose_cartesian_prod(lun_call *c);
bool lun_compose_combinations(lun_call *c);
bool lun_compose_broadcast_tensors(lun_call *c);
#endif
