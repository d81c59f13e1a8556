/* ctc.cu - the two recursions of connectionist temporal classification, in logarithms
 *
 * A block has a sequence, a thread some of its states; steps follow each other. States, their moves and the sums are those of
 * kernels/cpu/ctc.c, computed in double.
 * Holds: a class that stands in the target more than once is written by the thread of its first place, which adds up the others
 * in order; so the gradient has the same bits every time. Read next: kernels/cpu/ctc.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/block.h"
#include "kernels/cuda/kernels.h"

#include <math.h>

enum { THREADS = 128 };

namespace {
template <class T> struct sequences {
    int64_t steps, batch, classes, longest, states, blank; /* states: room per step */
    const T *x, *g, *loss, *alpha;
    T *to, *alpha_to;
    const int64_t *targets, *lengths, *sizes;
    double *rows;    /* of each sequence: three rows of states */
    int64_t *places; /* of each sequence: the next place of each label in the target, -1: none; and is it the first? */

    __device__ int64_t label(int64_t n, int64_t state) const { return state % 2 ? targets[n * longest + state / 2] : blank; }
    /* May a way go from state k - 2 to k? */
    __device__ bool skips(int64_t n, int64_t k) const { return k >= 2 && label(n, k) != blank && label(n, k) != label(n, k - 2); }
    __device__ double chance(int64_t n, int64_t t, int64_t k) const
    {
        return (double)lun_load(x[(t * batch + n) * classes + label(n, k)]);
    }
};
}

static __device__ double log_add(double a, double b)
{
    double top = a > b ? a : b;
    if (top == -(double)INFINITY) return top;
    return top + log1p(exp((a > b ? b : a) - top));
}

template <class T> static __global__ void align(sequences<T> j)
{
    int64_t n = blockIdx.x, length = j.lengths[n], states = 2 * j.sizes[n] + 1;
    double *now = j.rows + n * 3 * j.states, *before = now + j.states;
    for (int64_t i = threadIdx.x; i < j.steps * j.states; i += blockDim.x)
        j.alpha_to[n * j.steps * j.states + i] = lun_store<T>((lun_wide<T>)0);
    for (int64_t t = 0; t < length; t++) {
        __syncthreads();
        for (int64_t k = threadIdx.x; k < states; k += blockDim.x) {
            double sum = t ? before[k] : k < 2 ? 0 : -(double)INFINITY;
            if (t && k >= 1) sum = log_add(sum, before[k - 1]);
            if (t && j.skips(n, k)) sum = log_add(sum, before[k - 2]);
            now[k] = sum + j.chance(n, t, k);
            j.alpha_to[(n * j.steps + t) * j.states + k] = lun_store<T>((lun_wide<T>)now[k]);
        }
        double *other = before;
        before = now;
        now = other;
    }
    __syncthreads();
    if (threadIdx.x) return;
    double end = states == 1 ? 0 : -(double)INFINITY; /* no step spells only the empty target */
    if (length) end = states > 1 ? log_add(before[states - 1], before[states - 2]) : before[0];
    j.to[n] = lun_store<T>((lun_wide<T>)-end);
}

/* Where each label stands next, and whether it stood before. */
template <class T> static __device__ void link_places(const sequences<T> &j, int64_t n, int64_t size)
{
    int64_t *next = j.places + n * 2 * j.longest, *first = next + j.longest;
    const int64_t *own = j.targets + n * j.longest;
    for (int64_t i = threadIdx.x; i < size; i += blockDim.x) {
        next[i] = -1;
        first[i] = 1;
        for (int64_t k = i + 1; k < size && next[i] < 0; k++)
            if (own[k] == own[i]) next[i] = k;
        for (int64_t k = 0; k < i && first[i]; k++)
            if (own[k] == own[i]) first[i] = 0;
    }
}

template <class T> static __global__ void go_back(sequences<T> j)
{
    __shared__ double room[LUN_WARP];
    int64_t n = blockIdx.x, length = j.lengths[n], size = j.sizes[n], states = 2 * size + 1;
    double *now = j.rows + n * 3 * j.states, *after = now + j.states, *share = after + j.states;
    const int64_t *next = j.places + n * 2 * j.longest, *first = next + j.longest;
    double g = (double)lun_load(j.g[n]), loss = (double)lun_load(j.loss[n]);
    bool none = loss == (double)INFINITY; /* no way at all: no gradient either, but where nobody asks for one */
    for (int64_t i = threadIdx.x; i < j.steps * j.classes; i += blockDim.x) {
        int64_t t = i / j.classes;
        double v = none && g != 0 && t < length ? (double)NAN : 0;
        j.to[(t * j.batch + n) * j.classes + i % j.classes] = lun_store<T>((lun_wide<T>)v);
    }
    if (none) return;
    link_places(j, n, size);
    for (int64_t t = length - 1; t >= 0; t--) {
        bool last = t == length - 1;
        double blanks = 0;
        __syncthreads();
        /* without the step's own chance, so that alpha + beta is the logarithm of all ways through k */
        for (int64_t k = threadIdx.x; k < states; k += blockDim.x) {
            double sum = k >= states - 2 ? 0 : -(double)INFINITY;
            if (!last) {
                sum = after[k] + j.chance(n, t + 1, k);
                if (k + 1 < states) sum = log_add(sum, after[k + 1] + j.chance(n, t + 1, k + 1));
                if (k + 2 < states && j.skips(n, k + 2)) sum = log_add(sum, after[k + 2] + j.chance(n, t + 1, k + 2));
            }
            now[k] = sum;
            double both = (double)lun_load(j.alpha[(n * j.steps + t) * j.states + k]) + sum;
            share[k] = both > -(double)INFINITY ? exp(both + loss) : 0;
            if (k % 2 == 0) blanks += share[k];
        }
        blanks = lun_block_fold(blanks, 0.0, room, lun_add_join());
        T *to = j.to + (t * j.batch + n) * j.classes;
        __syncthreads();
        if (threadIdx.x == 0) to[j.blank] = lun_store<T>((lun_wide<T>)(0 - g * blanks));
        for (int64_t i = threadIdx.x; i < size; i += blockDim.x) {
            if (!first[i]) continue;
            double sum = 0;
            for (int64_t k = i; k >= 0; k = next[k]) sum += share[2 * k + 1];
            to[j.targets[n * j.longest + i]] = lun_store<T>((lun_wide<T>)(0 - g * sum));
        }
        double *other = after;
        after = now;
        now = other;
    }
}

/* The inputs from number `at` on: x, targets, input lengths, target lengths. False after lun_fail. */
template <class T> static bool open_sequences(lun_call *c, sequences<T> *j, int at)
{
    const lun_tensor *x = c->in[at], *t = c->in[at + 1];
    lun_tensor *in[4];
    for (int i = 0; i < 4; i++)
        if (!(in[i] = lun_plain(c->in[at + i], i ? LUN_I64 : (lun_dtype)c->out[0]->dtype))) return false;
    *j = sequences<T>{};
    j->steps = x->dims[0];
    j->batch = x->dims[1];
    j->classes = x->dims[2];
    j->longest = t->dims[1];
    j->states = 2 * j->longest + 1;
    j->blank = lun_param_int(&c->params, 0, 0);
    j->x = lun_at<T>(in[0]);
    j->targets = lun_at<int64_t>(in[1]);
    j->lengths = lun_at<int64_t>(in[2]);
    j->sizes = lun_at<int64_t>(in[3]);
    j->rows = (double *)lun_scratch(c, (size_t)(3 * j->batch * j->states) * sizeof *j->rows);
    j->places = (int64_t *)lun_scratch(c, (size_t)(2 * j->batch * j->longest + 1) * sizeof *j->places);
    return j->rows && j->places;
}

extern "C" bool lun_cuda_ctc_alignment(lun_call *c)
{
    if (!c->in[0]->dims[1]) return true;
    return lun_by_float((lun_dtype)c->out[0]->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        sequences<T> j;
        if (!open_sequences(c, &j, 0)) return false;
        j.to = lun_at<T>(c->out[0]);
        j.alpha_to = lun_at<T>(c->out[1]);
        return lun_cuda_launch("ctc_loss", align<T>, lun_blocks(j.batch, 1), THREADS, 0, j);
    });
}

extern "C" bool lun_cuda_ctc_gradient(lun_call *c)
{
    lun_dtype type = (lun_dtype)c->out[0]->dtype;
    lun_tensor *g = lun_plain(c->in[0], type), *loss = lun_plain(c->in[5], type), *alpha = lun_plain(c->in[6], type);
    if (!g || !loss || !alpha) return false;
    if (!c->in[1]->dims[1]) return true;
    return lun_by_float(type, [&](auto tag) {
        using T = typename decltype(tag)::type;
        sequences<T> j;
        if (!open_sequences(c, &j, 1)) return false;
        j.g = lun_at<T>(g);
        j.loss = lun_at<T>(loss);
        j.alpha = lun_at<T>(alpha);
        j.to = lun_at<T>(c->out[0]);
        return lun_cuda_launch("ctc_loss", go_back<T>, lun_blocks(j.batch, 1), THREADS, 0, j);
    });
}
