/* detection.h - rules named by the rows of core/ops/detection.def
 *
 * Read next: core/ops/detection.c, core/ops/detection_regions.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_OPS_DETECTION_H
#define LUN_CORE_OPS_DETECTION_H
#include "core/apply.h"
struct lun_node;

bool lun_compose_box_area(lun_call *c);
bool lun_compose_box_iou(lun_call *c);
bool lun_compose_box_convert(lun_call *c);
bool lun_compose_clip_boxes(lun_call *c);
bool lun_compose_remove_small_boxes(lun_call *c);
bool lun_compose_nms(lun_call *c);
bool lun_infer_nms_keep(lun_call *c);
/* detection_regions.c */
bool lun_compose_roi_align(lun_call *c);
bool lun_infer_roi_cells(lun_call *c);
void lun_vjp_roi_cells(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_infer_roi_cells_gradient(lun_call *c);
void lun_vjp_roi_cells_gradient(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
bool lun_compose_roi_pool(lun_call *c);
bool lun_infer_roi_largest(lun_call *c);
#endif
