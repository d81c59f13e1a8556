/* loss_terms.cu - label_weights, one_hot, label_counts, and the terms of binary_cross_entropy
 *
 * Read next: kernels/cuda/loss.h, kernels/cpu/loss.c, kernels/cpu/loss_terms.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/flag.h"
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/loss.h"

#include <math.h>

enum { THREADS = 256 };

template <class W> static __global__ void weigh_labels(void *to, int type, lun_lines l, lun_labels<W> j)
{
    int64_t all = l.outer * l.n * l.inner;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < all; i += (int64_t)gridDim.x * blockDim.x) {
        int64_t line = i / l.inner, k = line % l.n, label = j.label[line / l.n * l.inner + i % l.inner];
        double v = 0;
        if (label != j.skip) {
            if (j.smoothing > 0) v = j.smoothing / (double)j.classes * j.weight_of(k);
            if (k == label) v += (1 - j.smoothing) * j.weight_of(k);
        }
        lun_put(to, type, i, v);
    }
}

extern "C" bool lun_cuda_label_weights(lun_call *c)
{
    lun_tensor *out = c->out[0], *labels = lun_plain(c->in[0], LUN_I64), *weight = lun_plain(c->in[1], LUN_F64);
    if (!labels || !weight) return false;
    lun_labels<double> j = lun_labels_of<double>(c, labels, weight);
    j.smoothing = lun_param_float(&c->params, 2, 0);
    return lun_cuda_launch("label_weights", weigh_labels<double>, lun_blocks(out->numel, THREADS), THREADS, 0,
                           (void *)lun_data(out), (int)out->dtype, lun_class_lines(out), j);
}

static __global__ void mark_classes(const int64_t *labels, int64_t *to, int64_t n, int64_t classes)
{
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += (int64_t)gridDim.x * blockDim.x)
        to[i] = labels[i / classes] == i % classes;
}

extern "C" bool lun_cuda_one_hot(lun_call *c)
{
    lun_tensor *out = c->out[0], *labels = lun_plain(c->in[0], LUN_I64);
    return labels && lun_cuda_launch("one_hot", mark_classes, lun_blocks(out->numel, THREADS), THREADS, 0,
                                     lun_at<int64_t>(labels), lun_at<int64_t>(out), out->numel, c->bound);
}

/* -(t max(log x, -100) + (1 - t) max(log(1 - x), -100)); NaN stays */
template <class T> static __global__ void binary_terms(const T *x, const T *t, void *to, int type, int64_t n)
{
    using W = lun_wide<T>;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += (int64_t)gridDim.x * blockDim.x) {
        W v = lun_load(x[i]), target = lun_load(t[i]), yes = log(v), no = log1p(-v);
        yes = yes < -100 ? -100 : yes;
        no = no < -100 ? -100 : no;
        lun_put(to, type, i, (double)((target - 1) * no - target * yes));
    }
}

extern "C" bool lun_cuda_binary_terms(lun_call *c)
{
    lun_tensor *out = c->out[0];
    lun_dtype type = (lun_dtype)c->in[0]->dtype;
    if (c->in[1]->dtype != type) type = c->in[1]->dtype == LUN_F64 || type == LUN_F64 ? LUN_F64 : LUN_F32;
    lun_tensor *x = lun_plain(c->in[0], type), *t = lun_plain(c->in[1], type);
    return x && t && lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("binary_terms", binary_terms<T>, lun_blocks(out->numel, THREADS), THREADS, 0, lun_at<T>(x),
                               lun_at<T>(t), (void *)lun_data(out), (int)out->dtype, out->numel);
    });
}

/* A thread counts a row. */
template <class T> static __global__ void count_labels(const int64_t *labels, T *to, int64_t rows, int64_t classes, lun_flag flag)
{
    for (int64_t row = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; row < rows; row += (int64_t)gridDim.x * blockDim.x) {
        T *counts = to + row * classes;
        for (int64_t k = 0; k < classes; k++) counts[k] = lun_store<T>((lun_wide<T>)0);
        bool ended = false; /* what stands behind counts for nothing, but is a label */
        for (int64_t k = 0; k < classes; k++) {
            int64_t label = labels[row * classes + k];
            ended = ended || label == -1;
            if (label == -1) continue;
            if (label < 1 || label > classes) lun_flag_raise(flag, LUN_FLAG_ROW_LABEL, row * classes + k, label, classes);
            else if (!ended) counts[label - 1] = lun_store<T>((lun_wide<T>)(lun_load(counts[label - 1]) + 1));
        }
    }
}

extern "C" bool lun_cuda_label_counts(lun_call *c)
{
    lun_tensor *out = c->out[0], *labels = lun_plain(c->in[0], LUN_I64);
    if (!labels) return false;
    int64_t classes = labels->dims[labels->ndim - 1], rows = labels->numel / classes;
    return lun_by_real((lun_dtype)out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_launch("label_counts", count_labels<T>, lun_blocks(rows, THREADS), THREADS, 0, lun_at<int64_t>(labels),
                               lun_at<T>(out), rows, classes, lun_cuda_flag(c));
    });
}
