/* optim_loops.c - one step of SGD and Adam over elements that lie side by side
 *
 * The order of operations is PyTorch's (torch/optim, single tensor), so that trajectories agree to the last bits.
 * Read next: kernels/cpu/optim.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/optim.h"

#include <math.h>

#define LOOPS(T, SQRT)                                                                                            \
    static void sgd_##T(int64_t n, void *const *v, const lun_step *s)                                             \
    {                                                                                                             \
        T *restrict x = v[0];                                                                                     \
        const T *restrict grad = v[1];                                                                            \
        const T rate = (T)s->rate, decay = (T)s->weight_decay;                                                    \
        for (int64_t i = 0; i < n; i++) {                                                                         \
            T g = decay != 0 ? grad[i] + decay * x[i] : grad[i];                                                  \
            x[i] -= rate * g;                                                                                     \
        }                                                                                                         \
    }                                                                                                             \
    static void sgd_momentum_##T(int64_t n, void *const *v, const lun_step *s)                                    \
    {                                                                                                             \
        T *restrict x = v[0], *restrict buffer = v[2];                                                            \
        const T *restrict grad = v[1];                                                                            \
        const T rate = (T)s->rate, decay = (T)s->weight_decay, momentum = (T)s->momentum;                         \
        const T fresh = (T)(1 - s->dampening);                                                                    \
        const bool first = s->first, nesterov = s->nesterov;                                                      \
        for (int64_t i = 0; i < n; i++) {                                                                         \
            T g = decay != 0 ? grad[i] + decay * x[i] : grad[i];                                                  \
            T b = first ? g : buffer[i] * momentum + fresh * g;                                                   \
            buffer[i] = b;                                                                                        \
            x[i] -= rate * (nesterov ? g + momentum * b : b);                                                     \
        }                                                                                                         \
    }                                                                                                             \
    static void adam_##T(int64_t n, void *const *v, const lun_step *s)                                            \
    {                                                                                                             \
        T *restrict x = v[0], *restrict mean = v[2], *restrict square = v[3];                                     \
        const T *restrict grad = v[1];                                                                            \
        const T rate = (T)s->rate, decay = (T)s->weight_decay, shrink = (T)s->shrink, eps = (T)s->eps;            \
        const T beta1 = (T)s->beta1, fresh1 = (T)(1 - s->beta1), beta2 = (T)s->beta2, fresh2 = (T)(1 - s->beta2); \
        const T scale = (T)s->scale;                                                                              \
        const bool near_old = s->beta1 > 0.5;                                                                     \
        for (int64_t i = 0; i < n; i++) {                                                                         \
            T p = x[i] * shrink;                                                                                  \
            T g = decay != 0 ? grad[i] + decay * p : grad[i];                                                     \
            T m = near_old ? mean[i] + fresh1 * (g - mean[i]) : g - (g - mean[i]) * beta1;                        \
            T q = square[i] * beta2 + fresh2 * g * g;                                                             \
            mean[i] = m;                                                                                          \
            square[i] = q;                                                                                        \
            x[i] = p - rate * m / (SQRT(q) / scale + eps);                                                        \
        }                                                                                                         \
    }
LOOPS(float, sqrtf)
LOOPS(double, sqrt)

const lun_step_table LUN_HERE(lun_step_loops) = {
    {sgd_float, sgd_double}, {sgd_momentum_float, sgd_momentum_double}, {adam_float, adam_double},
};
