/* fused.cu - runs a fused program: one launch, whatever its length
 *
 * The program travels with the launch. A thread makes `per` elements that follow each other; its registers lie in shared memory, 16 bytes for
 * each thread, because steps name them by number. All threads take the same step, so the choice of operation costs no divergence, and is
 * made once for four floats. A step costs about 85 instructions for these (counted in what nvcc makes for sm_90), 21 for one; an H100 has time
 * for 55 while the 8 bytes pass that a call of its own moves for an element, at least. So a large run of calls with more than three steps
 * each is left to their own kernels, until it is compiled (rtc_compile.h).
 * Holds: the functions are those of the rows (words.h). Read next: kernels/cuda/fused_program.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/fused.h"
#include "kernels/cuda/fused_body.h"
#include "kernels/cuda/rtc_compile.h"
#include "kernels/cuda/state.h"
extern "C" {
#include "kernels/cuda/kernels.h"
}

enum { SHARED_BYTES = 48 << 10, MOST_THREADS = 256, LEAST_THREADS = 64, FEW_STEPS = 3 };
static const int64_t bound_by_memory = 1 << 20; /* elements, from which on a launch is cheaper than steps */

typedef struct code { int steps, reads; lun_fused_step step[LUN_FUSED_STEPS]; } code;
static_assert(sizeof(code) + sizeof(lun_fused_plan) <= 4096, "a launch takes 4 KiB of arguments");
static_assert((int)LUN_FUSED_REGISTERS * (int)LEAST_THREADS * 8 <= (int)SHARED_BYTES, "the registers of the smallest block fit, one by one");

/* --- values in cells of four or eight bytes ----------------------------------------------------------------------------------- */

template <class T, class C> static __device__ __forceinline__ T value_of(C cell)
{
    static_assert(sizeof(T) <= sizeof(C), "the cell holds the value");
    T v;
    memcpy((void *)&v, &cell, sizeof v);
    return v;
}
template <class C, class T> static __device__ __forceinline__ C cell_of(T v)
{
    C cell = 0;
    memcpy(&cell, (const void *)&v, sizeof v);
    return cell;
}

/* f(lun_tag<lane>{}, lun_tag<element>{}); with cells of four bytes there are no wider elements. */
template <class C, class F> static __device__ __forceinline__ void by_element(int dtype, F f)
{
    using I = lun_whole<int32_t>;
    switch (dtype) {
    case LUN_F16: return f(lun_tag<float>{}, lun_tag<lun_half>{});
    case LUN_BF16: return f(lun_tag<float>{}, lun_tag<lun_bf16>{});
    case LUN_I8: return f(lun_tag<I>{}, lun_tag<int8_t>{});
    case LUN_U8: case LUN_BOOL: return f(lun_tag<I>{}, lun_tag<uint8_t>{});
    case LUN_I16: return f(lun_tag<I>{}, lun_tag<int16_t>{});
    case LUN_I32: return f(lun_tag<I>{}, lun_tag<int32_t>{});
    case LUN_F32: return f(lun_tag<float>{}, lun_tag<float>{});
    default: break;
    }
    if constexpr (sizeof(C) == 8) {
        if (dtype == LUN_F64) f(lun_tag<double>{}, lun_tag<double>{});
        else f(lun_tag<lun_whole<int64_t>>{}, lun_tag<int64_t>{});
    }
}

template <class C, int V>
static __device__ __forceinline__ lun_pack<C, V> load(const lun_fused_memory &o, const char *from, int64_t stride, int count)
{
    lun_pack<C, V> made = {};
    by_element<C>(o.dtype, [&](auto lane, auto element) {
        using W = typename decltype(lane)::type;
        using E = typename decltype(element)::type;
        W some[V];
        lun_fused_load<E, V>(o, from, stride, count, some);
#pragma unroll
        for (int j = 0; j < V; j++) made.e[j] = cell_of<C>(some[j]);
    });
    return made;
}

template <class C, int V>
static __device__ __forceinline__ void store(const lun_fused_memory &o, char *to, int64_t stride, int count, const lun_pack<C, V> &from)
{
    by_element<C>(o.dtype, [&](auto lane, auto element) {
        using W = typename decltype(lane)::type;
        using E = typename decltype(element)::type;
        W some[V];
#pragma unroll
        for (int j = 0; j < V; j++) some[j] = value_of<W>(from.e[j]);
        lun_fused_store<E, V>(o, to, stride, count, some);
    });
}

/* --- steps -------------------------------------------------------------------------------------------------------------------- */

template <class T> static __device__ __noinline__ T call_function(int what, T a, T b)
{
#define CALL_1(name) lun_rows::name(a)
#define CALL_2(name) lun_rows::name(a, b)
#define X(name, arguments) case LUN_FUNCTION_##name: return CALL_##arguments(name);
    switch (what) {
        LUN_FUNCTIONS(X)
    default: return a;
    }
#undef X
#undef CALL_1
#undef CALL_2
}
/* rounding leaves whole numbers alone */
template <class S> static __device__ __forceinline__ lun_whole<S> call_function(int what, lun_whole<S> a, lun_whole<S> b)
{
    return what == LUN_FUNCTION_fabs ? lun_rows::fabs(a) : what == LUN_FUNCTION_pow ? lun_rows::pow(a, b) : a;
}

template <class W> static __device__ __forceinline__ W as_dtype(int op, W v)
{
    if constexpr (std::is_same<W, float>::value) return op == LUN_FUSED_AS_F16 ? lun_fused_as<lun_half>(v) : lun_fused_as<lun_bf16>(v);
    else if constexpr (std::is_same<W, lun_whole<int32_t>>::value)
        return op == LUN_FUSED_AS_I8 ? lun_fused_as<int8_t>(v) : op == LUN_FUSED_AS_U8 ? lun_fused_as<uint8_t>(v) : lun_fused_as<int16_t>(v);
    else return v;
}

template <class T> static __device__ __forceinline__ T divided(T a, T b)
{
    if constexpr (std::is_floating_point<T>::value) return a / b;
    else return a; /* no formula divides whole numbers so */
}

template <class T, class C, int V>
static __device__ __forceinline__ void run_step(int op, const lun_pack<C, V> &p, const lun_pack<C, V> &q, const lun_pack<C, V> &r, lun_pack<C, V> &to)
{
#define EACH(value)                                                            \
    _Pragma("unroll") for (int j = 0; j < V; j++)                              \
    {                                                                          \
        const T a = value_of<T>(p.e[j]);                                       \
        [[maybe_unused]] const T b = value_of<T>(q.e[j]);                      \
        to.e[j] = cell_of<C>(value);                                           \
    }
#define TRUTH(cond) EACH((cond) ? T(1) : T(0))
    switch (op) {
    case LUN_TERM_NEGATE: EACH(-a) break;
    case LUN_TERM_NOT: TRUTH(a == T(0)) break;
    case LUN_TERM_OR: TRUTH(a != T(0) || b != T(0)) break;
    case LUN_TERM_AND: TRUTH(a != T(0) && b != T(0)) break;
    case LUN_TERM_EQ: TRUTH(a == b) break;
    case LUN_TERM_NE: TRUTH(a != b) break;
    case LUN_TERM_LE: TRUTH(a <= b) break;
    case LUN_TERM_GE: TRUTH(a >= b) break;
    case LUN_TERM_LT: TRUTH(a < b) break;
    case LUN_TERM_GT: TRUTH(a > b) break;
    case LUN_TERM_ADD: EACH(a + b) break;
    case LUN_TERM_SUB: EACH(a - b) break;
    case LUN_TERM_MUL: EACH(a * b) break;
    case LUN_TERM_DIV: EACH(divided(a, b)) break;
    case LUN_TERM_CHOOSE: EACH(a != T(0) ? b : value_of<T>(r.e[j])) break;
    case LUN_FUSED_TRUTH: EACH((int32_t)(a != T(0))) break;
    case LUN_FUSED_TO_F32: EACH(convert<float>::of(a)) break;
    case LUN_FUSED_TO_F64: if constexpr (sizeof(C) == 8) { EACH(convert<double>::of(a)) } break;
    case LUN_FUSED_TO_I32: EACH(convert<lun_whole<int32_t>>::of(a)) break;
    case LUN_FUSED_TO_I64: if constexpr (sizeof(C) == 8) { EACH(convert<lun_whole<int64_t>>::of(a)) } break;
    case LUN_FUSED_AS_F16: case LUN_FUSED_AS_BF16: case LUN_FUSED_AS_I8: case LUN_FUSED_AS_U8: case LUN_FUSED_AS_I16:
        EACH(as_dtype(op, a)) break;
    default: EACH(call_function(op - LUN_FUSED_FUNCTIONS, a, b)) break;
    }
#undef TRUTH
#undef EACH
}

template <class C, int V>
static __device__ __forceinline__ lun_pack<C, V> argument(const lun_fused_plan &p, const lun_pack<C, V> *own, int apart, int a)
{
    if (a < LUN_FUSED_NUMBER) return own[a * apart];
    lun_pack<C, V> all;
    const C number = (C)p.number[a - LUN_FUSED_NUMBER];
#pragma unroll
    for (int j = 0; j < V; j++) all.e[j] = number;
    return all;
}

template <class C, int V>
__global__ void __launch_bounds__(MOST_THREADS, 3) run_program(const __grid_constant__ lun_fused_plan p, const __grid_constant__ code q)
{
    using pack = lun_pack<C, V>;
    LUN_SHARED(pack, registers);
    pack *own = registers + threadIdx.x;
    const int apart = (int)blockDim.x;
    const int64_t i = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) * p.per;
    if (i >= p.n) return;
    const int count = p.n - i < p.per ? (int)(p.n - i) : p.per;
    long long at[LUN_FUSED_DIMS];
    lun_fused_place(p, i, at);
    for (int k = 0; k < q.reads; k++)
        own[p.operand[k].reg * apart] = load<C, V>(p.operand[k], lun_fused_at(p, k, at), p.strides[k * p.ndim], count);
    for (int k = 0; k < q.steps; k++) {
        const lun_fused_step s = q.step[k];
        const pack a = argument<C, V>(p, own, apart, s.a), b = argument<C, V>(p, own, apart, s.b);
        pack c = b;
        if (s.op == LUN_TERM_CHOOSE || s.op == LUN_FUSED_CHOOSE) c = argument<C, V>(p, own, apart, s.c);
        pack made;
        if (s.op == LUN_FUSED_STORE) {
            store<C, V>(p.operand[s.to], lun_fused_at(p, s.to, at), p.strides[s.to * p.ndim], count, a);
            continue;
        }
        if (s.op == LUN_FUSED_CHOOSE) {
#pragma unroll
            for (int j = 0; j < V; j++) made.e[j] = value_of<int32_t>(a.e[j]) ? b.e[j] : c.e[j];
        } else {
            switch (s.lane) {
            case LUN_LANE_F32: run_step<float>(s.op, a, b, c, made); break;
            case LUN_LANE_I32: run_step<lun_whole<int32_t>>(s.op, a, b, c, made); break;
            default:
                if constexpr (sizeof(C) == 8) {
                    if (s.lane == LUN_LANE_F64) run_step<double>(s.op, a, b, c, made);
                    else run_step<lun_whole<int64_t>>(s.op, a, b, c, made);
                }
            }
        }
        own[s.to * apart] = made;
    }
}

/* --- launches ----------------------------------------------------------------------------------------------------------------- */

/* The operand's strides over `shape`, in bytes, outermost first. */
static void strides_over(const lun_fused_operand *o, const lun_tensor *shape, int64_t *strides)
{
    const int64_t size = (int64_t)lun_dtype_size((lun_dtype)o->x->dtype);
    int64_t below = size;
    for (int d = shape->ndim - 1; d >= 0; d--) {
        int own = d - shape->ndim + o->x->ndim;
        strides[d] = o->flat ? below : own < 0 || o->x->numel == 1 || o->x->dims[own] == 1 ? 0 : o->x->strides[own] * size;
        below *= shape->dims[d];
    }
}

/* Dims that all operands walk through as through one become one; false when there is no room for so many strides. */
static bool set_dims(lun_fused_plan *p, const lun_fused *f, const lun_fused_program *g)
{
    int64_t strides[LUN_FUSED_MEMORY][LUN_MAX_DIMS], dims[LUN_MAX_DIMS];
    int n = 0, from[LUN_MAX_DIMS]; /* innermost first */
    for (int k = 0; k < g->memory; k++) strides_over(&f->operands[g->at[k].operand], f->shape, strides[k]);
    for (int d = f->shape->ndim - 1; d >= 0; d--) {
        if (f->shape->dims[d] == 1) continue;
        bool joins = n > 0;
        for (int k = 0; k < g->memory && joins; k++) joins = strides[k][d] == strides[k][from[n - 1]] * dims[n - 1];
        if (joins) dims[n - 1] *= f->shape->dims[d];
        else from[n] = d, dims[n++] = f->shape->dims[d];
    }
    if (!n) from[n] = 0, dims[n++] = 1;
    if (n * g->memory > LUN_FUSED_STRIDES) return false;
    p->n = f->shape->numel;
    p->ndim = n;
    p->narrow = p->n <= 0x7fffffff;
    for (int d = 0; d < n; d++) {
        p->dims[d] = dims[d];
        if (p->narrow) lun_map_divisor(dims[d], &p->times[d], &p->shift[d]);
        for (int k = 0; k < g->memory; k++) p->strides[k * n + d] = f->shape->ndim ? strides[k][from[d]] : 0;
    }
    return true;
}

/* Is each group of `per` elements side by side, and aligned? */
static bool in_rows(const lun_fused_plan *p, int k, int64_t size)
{
    const int64_t bytes = size * p->per;
    bool fit = p->strides[k * p->ndim] == size && (uintptr_t)p->operand[k].data % (uintptr_t)bytes == 0;
    for (int d = 1; d < p->ndim && fit; d++) fit = p->strides[k * p->ndim + d] % bytes == 0;
    return fit;
}

static void set_operands(lun_fused_plan *p, const lun_fused *f, const lun_fused_program *g, int width)
{
    p->per = p->ndim == 1 || p->dims[0] % width == 0 ? width : 1;
    for (int k = 0; k < g->memory; k++) {
        lun_fused_memory *o = &p->operand[k];
        o->data = lun_at<char>(f->operands[g->at[k].operand].x);
        o->dtype = g->at[k].dtype;
        o->reg = g->at[k].reg;
        o->form = in_rows(p, k, (int64_t)lun_dtype_size((lun_dtype)o->dtype)) ? LUN_FUSED_ROW
                  : p->strides[k * p->ndim] == 0                              ? LUN_FUSED_ONE
                                                                              : LUN_FUSED_STEPS_APART;
    }
}

static void set_numbers(lun_fused_plan *p, const lun_fused *f, const lun_fused_program *g)
{
    for (int k = 0; k < g->numbers; k++) {
        const lun_fused_number *n = &g->number[k];
        const lun_dtype t = (lun_dtype)n->dtype;
        lun_map_number v;
        if (n->source == LUN_FUSED_OPERAND) v = lun_map_number_of(f->operands[n->which].x, t);
        else if (n->source == LUN_FUSED_CONSTANT) v = lun_map_attribute(n->value, t);
        else {
            const lun_params *from = &f->parts[n->part].call->params;
            v = lun_map_attribute(n->which < from->count ? lun_param_float(from, n->which, 0) : 0, t);
        }
        memcpy(&p->number[k], v.bytes, sizeof p->number[k]);
    }
}

template <class C, int V> static bool launch(const lun_fused_plan *p, const lun_fused_program *g, const code *q)
{
    unsigned threads = MOST_THREADS;
    const size_t each = (size_t)(g->registers ? g->registers : 1) * sizeof(C) * V;
    while (threads > LEAST_THREADS && each * threads > SHARED_BYTES / 2) threads /= 2; /* two blocks at least */
    const unsigned blocks = lun_blocks((p->n + p->per - 1) / p->per, threads);
    return lun_cuda_launch("run a fused program", run_program<C, V>, blocks, threads, each * threads, *p, *q);
}

static bool interpret(lun_fused_plan *p, const lun_fused *f, const lun_fused_program *g)
{
    code q = {};
    q.steps = g->steps;
    q.reads = g->reads;
    memcpy(q.step, g->step, (size_t)g->steps * sizeof *g->step);
    const bool one = (size_t)g->registers * LEAST_THREADS * 16 > SHARED_BYTES;
    set_operands(p, f, g, one ? 1 : g->wide ? 2 : 4);
    if (g->wide) return one ? launch<uint64_t, 1>(p, g, &q) : launch<uint64_t, 2>(p, g, &q);
    return one ? launch<uint32_t, 1>(p, g, &q) : launch<uint32_t, 4>(p, g, &q);
}

static lun_fused_program *program_of(const lun_fused *f)
{
    uint64_t kept[2] = {0, 0};
    for (int i = 0; i < f->n_operands && i < 128; i++) kept[i / 64] |= (uint64_t)f->operands[i].kept << i % 64;
    lun_fused_program *g = (lun_fused_program *)*f->program;
    if (g && g->kept[0] == kept[0] && g->kept[1] == kept[1]) return g;
    g = lun_fused_program_of(f);
    if (g) *f->program = g;
    return g;
}

/* begun: the calls' beginnings were told of. */
static bool run(const lun_fused *f, bool begun, bool *done)
{
    lun_fused_plan p = {};
    lun_fused_program *g = program_of(f);
    *done = false;
    if (!g || !set_dims(&p, f, g)) return !lun_failed();
    const lun_device here = lun_tensor_device(f->shape);
    void *kernel = lun_rtc_kernel(g, here.index);
    if (lun_failed()) return false;
    if (!kernel && f->n_parts > 1 && p.n > bound_by_memory && g->steps > FEW_STEPS * g->parts) return true;
    for (int i = 0; i < f->n_parts && !begun; i++)
        if (!lun_cuda_begin(here.index, f->parts[i].call)) return false;
    set_numbers(&p, f, g);
    *done = true;
    if (!kernel) return interpret(&p, f, g);
    set_operands(&p, f, g, lun_fused_width(g));
    return lun_rtc_launch(kernel, lun_blocks((p.n + p.per - 1) / p.per, LUN_RTC_THREADS), &p);
}

extern "C" int lun_cuda_fuses(const lun_call *c) { return lun_cuda_is_blocking() ? 0 : lun_fused_inputs(c); }

extern "C" bool lun_cuda_run_fused(const lun_fused *f, bool *done) { return run(f, false, done); }

/* Where the program of such a call is kept on this thread: by its formula and the dtypes of what it takes and makes. */
static void **known(const lun_call *c, int formula)
{
    enum { KNOWN = 64, ABSENT = 255 };
    typedef struct entry { int formula; uint8_t dtypes[LUN_FUSED_INPUTS + 1]; void *program; } entry;
    static __thread entry entries[KNOWN];
    entry now = {formula, {}, NULL}, *e = &entries[(unsigned)formula % KNOWN];
    for (int k = 0; k < LUN_FUSED_INPUTS; k++) now.dtypes[k] = k < c->n_in && !lun_is_none(c->in[k]) ? c->in[k]->dtype : (uint8_t)ABSENT;
    now.dtypes[LUN_FUSED_INPUTS] = c->out[0]->dtype;
    if (e->formula != formula || memcmp(e->dtypes, now.dtypes, sizeof now.dtypes)) *e = now;
    return &e->program;
}

/* A formula kept as text is a program of one part. */
extern "C" bool lun_cuda_expression(lun_call *c)
{
    lun_fused_operand operands[LUN_FUSED_INPUTS + 1];
    lun_fused_part part = {c, lun_fused_inputs(c), {0, 0, 0, 0}, LUN_FUSED_INPUTS};
    bool done = false;
    for (int k = 0; k < LUN_FUSED_INPUTS; k++) {
        const lun_tensor *x = k < c->n_in && !lun_is_none(c->in[k]) ? c->in[k] : c->in[0];
        const bool flat = x->numel == c->out[0]->numel && lun_is_contiguous(x);
        operands[k] = lun_fused_operand{x, flat, true, false};
        part.in[k] = k;
    }
    operands[LUN_FUSED_INPUTS] = lun_fused_operand{c->out[0], false, false, true};
    const lun_fused f = {1, LUN_FUSED_INPUTS + 1, &part, operands, c->out[0], known(c, (int)lun_param_int(&c->params, 0, 0))};
    if (!run(&f, true, &done)) return false;
    if (!done) lun_fail(LUN_E_ARGUMENT, NULL, "a formula is too long to be one step, or reads an input that is not there");
    return done;
}
