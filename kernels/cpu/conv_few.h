/* conv_few.h - padded copies of images, for convolution without unfolding. Read next: kernels/cpu/conv_few.c. SPDX-License-Identifier: MIT */
#ifndef LUN_KERNELS_CPU_CONV_FEW_H
#define LUN_KERNELS_CPU_CONV_FEW_H
#include "kernels/cpu/conv.h"

typedef struct lun_padded {
    const lun_conv *v;
    int64_t size[LUN_SPACE], plane; /* of one channel with its border */
    char *images;                   /* 256 bytes more than all planes */
} lun_padded;

/* The sizes, and in *bytes what `images` must have; false when it would be mostly border, or too much to say. */
bool lun_padded_sizes(lun_padded *p, const lun_conv *v, size_t *bytes);
/* Copies the images into their planes. False when interrupted. */
bool lun_padded_fill(lun_padded *p);
/* Where the first element that output row r reads lies in a plane. */
int64_t lun_padded_row(const lun_padded *p, int64_t r);
/* Where element e of a window (of k) lies from its first element. */
int64_t lun_padded_offset(const lun_padded *p, int64_t e);
#endif
