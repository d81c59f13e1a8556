/* scatter.cu - scatter, scatter_add, scatter_fold: one element for each element of an index tensor
 *
 * Elements that can meet lie on one line of the index tensor along dim. Where lines are short or many, a thread goes along
 * each; else every element gets its place in `out` as a key and goes the way of slices of one element
 * (kernels/cuda/segments.h, place.cu).
 * Holds: what comes to one place is folded in the order of the index tensor. Read next: kernels/cuda/place.h.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/place.h"

#include "core/op_id.h"
#include "core/shape.h"

#include <limits>
#include <string.h>
#include <type_traits>

/* The lines of an index tensor: dims without `dim`, innermost first; strides in elements of the index (which the source is
 * laid out as) and of out. */
struct lines {
    int ndim;
    int64_t dims[LUN_MAX_DIMS], near[LUN_MAX_DIMS], far[LUN_MAX_DIMS];
    int64_t count, length, step, along; /* lines; their elements; from one to the next in the index; in out */
};

static lines lines_of(const lun_tensor *out, const lun_tensor *index, int dim)
{
    lines l{};
    int64_t strides[LUN_MAX_DIMS];
    lun_shape_strides(index->ndim, index->dims, strides);
    l.length = index->ndim ? index->dims[dim] : 1;
    l.count = index->numel / l.length;
    l.step = index->ndim ? strides[dim] : 1;
    l.along = out->ndim ? out->strides[dim] : 1;
    for (int d = index->ndim - 1; d >= 0; d--) {
        if (d == dim) continue;
        l.dims[l.ndim] = index->dims[d];
        l.near[l.ndim] = strides[d];
        l.far[l.ndim++] = out->strides[d];
    }
    return l;
}

static __device__ void line_at(const lines &l, int64_t line, int64_t *near_at, int64_t *far_at)
{
    *near_at = *far_at = 0;
    for (int d = 0; d < l.ndim; d++) {
        int64_t q = lun_divide(line, l.dims[d]), r = line - q * l.dims[d];
        *near_at += r * l.near[d];
        *far_at += r * l.far[d];
        line = q;
    }
}

/* What a fold leaves as it is; computed on the host. */
template <class W, class Fold> static W neutral(void)
{
    if constexpr (std::is_same_v<Fold, lun_fold_sum>) return W{};
    else if constexpr (std::is_same_v<Fold, lun_fold_prod>) {
        W one{};
        if constexpr (std::is_arithmetic_v<W>) one = 1;
        else if constexpr (std::is_same_v<W, lun_truth>) one.bit = 1;
        else one.re = 1;
        return one;
    } else if constexpr (!std::is_arithmetic_v<W>) return W{std::is_same_v<Fold, lun_fold_min>};
    else {
        W most = std::numeric_limits<W>::is_integer ? std::numeric_limits<W>::max() : std::numeric_limits<W>::infinity();
        W least = std::numeric_limits<W>::is_integer ? std::numeric_limits<W>::lowest() : -std::numeric_limits<W>::infinity();
        return std::is_same_v<Fold, lun_fold_max> ? least : most;
    }
}

/* A thread for each line. Without keep the places are first set to `start`. */
template <class T, class Fold>
static __global__ void fold_lines(T *out, const T *source, const int64_t *index, lines l, bool keep, lun_wide<T> start)
{
    using W = lun_wide<T>;
    for (int64_t t = lun_thread<int64_t>(); t < l.count; t += lun_threads<int64_t>()) {
        int64_t near_at, far_at;
        line_at(l, t, &near_at, &far_at);
        for (int64_t k = 0; k < l.length && !keep; k++)
            out[far_at + index[near_at + k * l.step] * l.along] = lun_store<T>(start);
        for (int64_t k = 0; k < l.length; k++) {
            int64_t at = near_at + k * l.step;
            T *to = out + far_at + index[at] * l.along;
            *to = lun_store<T>(Fold::template of<W>(lun_load(*to), lun_load(source[at])));
        }
    }
}

template <class T> static __global__ void put_lines(T *out, const T *source, const int64_t *index, lines l)
{
    for (int64_t t = lun_thread<int64_t>(); t < l.count; t += lun_threads<int64_t>()) {
        int64_t near_at, far_at;
        line_at(l, t, &near_at, &far_at);
        for (int64_t k = 0, at = near_at; k < l.length; k++, at += l.step) out[far_at + index[at] * l.along] = source[at];
    }
}

/* Each element's place in out. */
static __global__ void find_places(int64_t *places, const int64_t *index, lines l)
{
    const int64_t all = l.count * l.length;
    for (int64_t t = lun_thread<int64_t>(); t < all; t += lun_threads<int64_t>()) {
        int64_t near_at, far_at, k = lun_divide(t, l.count);
        line_at(l, t - k * l.count, &near_at, &far_at);
        places[near_at + k * l.step] = far_at + index[near_at + k * l.step] * l.along;
    }
}

enum { SHORT_LINE = 16, MANY_LINES = 65536 };

/* What to fold onto where: one call of the three rows. */
struct scattering {
    const lun_tensor *out, *index, *source;
    lun_tensor part; /* of the source: what the index tensor covers */
    lines l;
    bool keep;
};

static bool by_lines(const scattering &s)
{
    return s.l.length <= SHORT_LINE || s.l.count >= MANY_LINES || !lun_cuda_sortable(s.index->numel, s.out->numel);
}

/* The place of each element in out; NULL after lun_fail. */
static const int64_t *places_of(const scattering &s)
{
    int64_t *places = lun_cuda_room<int64_t>(s.out, s.index->numel);
    bool ok = places && lun_cuda_over("scatter", find_places, s.index->numel, places, lun_at<int64_t>(s.index), s.l);
    return ok ? places : NULL;
}

template <class T, class Fold> static bool fold_onto(const scattering &s)
{
    const T *source = lun_at<T>(s.source);
    if (by_lines(s))
        return lun_cuda_over("scatter", fold_lines<T, Fold>, s.l.count, lun_at<T>(s.out), source, lun_at<int64_t>(s.index),
                             s.l, s.keep, neutral<lun_wide<T>, Fold>());
    const int64_t *places = places_of(s);
    const lun_slices slices = {1, 1, s.index->numel, s.out->numel, 1, s.keep, false};
    return places && lun_cuda_fold_sorted<T, Fold>(s.out, lun_at<T>(s.out), source, places, slices);
}

static bool put_onto(const scattering &s)
{
    const lun_slices slices = {1, 1, s.index->numel, s.out->numel, 1, true, false};
    if (!by_lines(s)) {
        const int64_t *places = places_of(s);
        return places &&
               lun_cuda_put_slices(s.out, (lun_dtype)s.out->dtype, lun_data(s.out), lun_data(s.source), places, slices);
    }
    return lun_by_size((lun_dtype)s.out->dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        return lun_cuda_over("scatter", put_lines<T>, s.l.count, lun_at<T>(s.out), lun_at<T>(s.source),
                             lun_at<int64_t>(s.index), s.l);
    });
}

/* The source laid out as the index tensor that covers it; a single element is spread out. */
static bool open_source(scattering *s, const lun_tensor *source)
{
    const lun_tensor *index = s->index;
    lun_dtype as = (lun_dtype)s->out->dtype;
    if (source->numel == 1 || !source->ndim) {
        lun_tensor *spread = lun_tensor_empty(as, index->ndim, index->dims, lun_tensor_device(index));
        s->source = spread;
        return spread && lun_cuda_assign(spread, source);
    }
    s->part = *source;
    memcpy(s->part.dims, index->dims, (size_t)index->ndim * sizeof *index->dims);
    s->part.ndim = index->ndim;
    s->part.numel = index->numel;
    return (s->source = lun_cuda_dense(&s->part, as)) != NULL;
}

/* out = x, and what there is to fold onto it. *nothing: the index is empty. False after lun_fail. */
static bool begin(const lun_call *c, bool keep, scattering *s, bool *nothing)
{
    s->out = c->out[0];
    s->index = c->in[1];
    *nothing = !s->index->numel;
    if (!lun_cuda_assign(s->out, c->in[0])) return false;
    if (*nothing) return true;
    int64_t dim = lun_param_int(&c->params, 0, 0);
    dim += dim < 0 ? (s->index->ndim ? s->index->ndim : 1) : 0;
    s->l = lines_of(s->out, s->index, (int)dim);
    s->keep = keep;
    return open_source(s, c->in[2]);
}

static bool fold_by_name(const scattering &s, const char *name)
{
    lun_dtype t = (lun_dtype)s.out->dtype;
    if (!strcmp(name, "sum") || !strcmp(name, "add"))
        return lun_by_any(t, [&](auto tag) { return fold_onto<typename decltype(tag)::type, lun_fold_sum>(s); });
    if (!strcmp(name, "prod") || !strcmp(name, "multiply"))
        return lun_by_any(t, [&](auto tag) { return fold_onto<typename decltype(tag)::type, lun_fold_prod>(s); });
    if (!strcmp(name, "amax"))
        return lun_by_number(t, [&](auto tag) { return fold_onto<typename decltype(tag)::type, lun_fold_max>(s); });
    return lun_by_number(t, [&](auto tag) { return fold_onto<typename decltype(tag)::type, lun_fold_min>(s); });
}

extern "C" bool lun_cuda_scatter_fold(lun_call *c)
{
    scattering s;
    bool nothing, keep = c->op->id == LUN_OP_scatter || lun_param_bool(&c->params, 2, true);
    return begin(c, keep, &s, &nothing) && (nothing || fold_by_name(s, lun_param_string(&c->params, 1, "sum")));
}

extern "C" bool lun_cuda_scatter(lun_call *c)
{
    scattering s;
    bool nothing;
    if (lun_param_given(&c->params, 1)) return lun_cuda_scatter_fold(c);
    return begin(c, true, &s, &nothing) && (nothing || put_onto(s));
}

extern "C" bool lun_cuda_scatter_add(lun_call *c)
{
    scattering s;
    bool nothing;
    return begin(c, true, &s, &nothing) && (nothing || fold_by_name(s, "sum"));
}
