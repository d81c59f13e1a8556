/* loss.h - what the kernels of losses over class numbers share
 *
 * x is outer x classes x inner; a sample is a pair (outer, inner) and its label says which class is right. Labels arrive counted
 * from 0, the ignored one as `skip`. Read next: kernels/cuda/loss.cu. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_LOSS_H
#define LUN_KERNELS_CUDA_LOSS_H
#include "kernels/cuda/row.h"

/* W: what x is computed in. */
template <class W> struct lun_labels {
    const int64_t *label;
    const W *weight;           /* of each class; NULL: all 1 */
    const double *weight_sum;  /* NULL: as many as classes */
    int64_t skip, classes;
    double smoothing;
    int reduction;             /* 0 none, 1 mean, 2 sum */

    __device__ double weight_of(int64_t k) const { return weight ? (double)weight[k] : 1.0; }
};

/* Of each sample the largest score, 0 where that is infinite, and the sum of exp(x - most): two planes of one tensor. */
template <class W> struct lun_peaks {
    W *most, *sum;
    __device__ __forceinline__ void put(int64_t sample, lun_peak<W> p) const
    {
        most[sample] = p.most;
        sum[sample] = p.sum;
    }
};
template <class W> static lun_peaks<W> lun_peaks_of(const lun_tensor *planes, int64_t samples)
{
    W *most = lun_at<W>(planes);
    return {most, most + samples};
}

/* Losses, and the weights they count with, added up. */
struct lun_tally { double loss, counted; };
struct lun_tally_join {
    __device__ lun_tally operator()(lun_tally a, lun_tally b) const { return lun_tally{a.loss + b.loss, a.counted + b.counted}; }
};

/* What the label inputs of call c say; weight: as W, or LUN_NONE. */
template <class W> static lun_labels<W> lun_labels_of(const lun_call *c, const lun_tensor *labels, const lun_tensor *weight)
{
    lun_labels<W> j{};
    j.label = lun_at<int64_t>(labels);
    j.weight = lun_given<W>(weight);
    j.classes = c->bound;
    j.skip = c->ignore >= 1 && c->ignore <= c->bound ? c->ignore - 1 : c->ignore;
    if (!c->ignore) j.skip = -1;
    return j;
}
/* x around its dim of classes. */
static inline lun_lines lun_class_lines(const lun_tensor *x) { return lun_lines_of(x, x->ndim > 1 ? 1 : 0); }
/* The dtype that halves and float32 are computed in; f64 for f64. */
static inline lun_dtype lun_wide_dtype(const lun_tensor *x) { return x->dtype == LUN_F64 ? LUN_F64 : LUN_F32; }
#endif
