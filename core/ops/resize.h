/* resize.h - the options of resize, for rule and kernel. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_RESIZE_H
#define LUN_CORE_OPS_RESIZE_H
#include "core/ops/window.h"

typedef enum { LUN_RESIZE_NEAREST, LUN_RESIZE_NEAREST_EXACT, LUN_RESIZE_LINEAR, LUN_RESIZE_CUBIC, LUN_RESIZE_AREA } lun_resize_mode;

typedef struct lun_resize_options {
    lun_resize_mode mode;
    bool align, antialias;
    double scale[LUN_SPACE]; /* factors that positions are computed with; 0: from the sizes */
} lun_resize_options;

/* Attributes of resize with n spatial dims. */
void lun_resize_read(const lun_params *p, int n, lun_resize_options *o);
#endif
