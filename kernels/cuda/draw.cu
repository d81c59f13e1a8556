/* draw.cu - fills a tensor with numbers of a distribution on CUDA; the samplers are those of the CPU, from the same text
 *
 * Element e takes its numbers from a stream of its own (kernels/cpu/draw.h), so it is the same on both; functions such as log may differ
 * in the last bit. Parameters that are numbers are looked at by the host; in tensors a bad one is flagged and gives NaN.
 * Read next: kernels/cpu/samplers.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/copy.h"
#include "kernels/cuda/flag.h"
#include "kernels/cuda/samplers.h"
extern "C" {
#include "kernels/cuda/kernels.h"
#include "kernels/cuda/replay.h"
}

enum { THREADS = 128 };

static __host__ __device__ __forceinline__ bool is_valid(int id, double a, double b)
{
    switch (id) {
    case LUN_OP_normal: return b >= 0;
    case LUN_OP_log_normal_: case LUN_OP_cauchy_: return b > 0;
    case LUN_OP_exponential_: case LUN_OP_standard_gamma: return a > 0;
    case LUN_OP_geometric_: return a > 0 && a <= 1;
    case LUN_OP_poisson: return a >= 0;
    case LUN_OP_binomial: return a >= 0 && !isinf(a) && b >= 0 && b <= 1;
    default: return a >= 0 && a <= 1;
    }
}

static const char *what_is_wanted(int id)
{
    switch (id) {
    case LUN_OP_normal: return "std must not be negative";
    case LUN_OP_log_normal_: return "std must be positive";
    case LUN_OP_cauchy_: return "sigma must be positive";
    case LUN_OP_exponential_: return "lambd must be positive";
    case LUN_OP_geometric_: return "p must be above 0 and at most 1";
    case LUN_OP_poisson: return "rates must not be negative";
    case LUN_OP_binomial: return "count must not be negative, prob between 0 and 1";
    case LUN_OP_standard_gamma: return "shapes must be positive";
    default: return "p must be between 0 and 1";
    }
}

static __device__ double sample(int id, lun_stream *s, double a, double b)
{
    switch (id) {
    case LUN_OP_normal: return lun_samplers::lun_sample_normal(s, a, b);
    case LUN_OP_log_normal_: return lun_samplers::lun_sample_log_normal(s, a, b);
    case LUN_OP_cauchy_: return lun_samplers::lun_sample_cauchy(s, a, b);
    case LUN_OP_exponential_: return lun_samplers::lun_sample_exponential(s, a, b);
    case LUN_OP_geometric_: return lun_samplers::lun_sample_geometric(s, a, b);
    case LUN_OP_poisson: return lun_samplers::lun_sample_poisson(s, a, b);
    case LUN_OP_binomial: return lun_samplers::lun_sample_binomial(s, a, b);
    case LUN_OP_standard_gamma: return lun_samplers::lun_sample_gamma(s, a, b);
    default: return lun_samplers::lun_sample_bernoulli(s, a, b);
    }
}

/* operands: the result, in row-major order, and the two parameters */
__global__ void __launch_bounds__(THREADS)
draw_elements(const __grid_constant__ lun_map_plan p, int id, lun_draws draws, lun_flag flag)
{
    const lun_generator g = lun_generator_now(draws);
    int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x, at[3];
    if (i >= p.n) return;
    double a, b, made;
    lun_map_locate<3>(p, i, at);
    lun_map_load<double, 1>(p.operand[1], at[1], 1, &a);
    lun_map_load<double, 1>(p.operand[2], at[2], 1, &b);
    if (is_valid(id, a, b)) {
        lun_stream s = lun_stream_of(g, (uint64_t)i);
        made = sample(id, &s, a, b);
    } else {
        made = (double)NAN;
        lun_flag_raise(flag, LUN_FLAG_DRAW, i, __double_as_longlong(is_valid(id, a, 0.5) ? b : a), 0);
    }
    lun_map_store<double, 1>(p.operand[0], at[0], 1, &made);
}

/* The parameters are the tensors (but for a target that is only written) and then the attributes. */
static bool find_parameters(const lun_call *c, lun_tensor **parameter)
{
    int n = 0, first = (c->op->flags & LUN_OP_WRITES) ? 1 : 0;
    bool instead = c->op->id == LUN_OP_bernoulli && lun_param_given(&c->params, 0); /* a p for all */
    for (int i = first; i < c->n_in && n < 2 && !instead; i++)
        if (!lun_is_none(c->in[i])) parameter[n++] = c->in[i];
    for (int k = 0; n < 2; k++) {
        bool number = k < c->params.count && c->params.attr[k].kind != LUN_ATTR_INTS;
        parameter[n] = lun_tensor_number(number ? lun_param_float(&c->params, k, 0) : 0, LUN_F64);
        if (!parameter[n++]) return false;
    }
    return true;
}

static bool numbers_fit(const lun_call *c, lun_tensor *const *parameter)
{
    if (!lun_map_is_number(parameter[0]) || !lun_map_is_number(parameter[1])) return true;
    double a = lun_get_double(parameter[0], 0), b = lun_get_double(parameter[1], 0);
    if (is_valid(c->op->id, a, b)) return true;
    lun_fail(LUN_E_ARGUMENT, "x:clamp(least, most) keeps values in a range", "%s, got %g and %g", what_is_wanted(c->op->id), a, b);
    return false;
}

extern "C" bool lun_cuda_draw(lun_call *c)
{
    static const lun_dtype reads[] = {LUN_F64, LUN_F64};
    lun_tensor *out = c->out[0], *parameter[2];
    lun_map_plan p = {};
    bool direct = out->dtype == LUN_F64 && lun_is_contiguous(out);
    if (!find_parameters(c, parameter) || !numbers_fit(c, parameter)) return false;
    lun_tensor *drawn = direct ? out : lun_tensor_empty(LUN_F64, out->ndim, out->dims, lun_tensor_device(out));
    if (!drawn || !lun_map_plan_of(&p, drawn, 2, parameter, reads, 1)) return false;
    bool done = lun_cuda_launch(c->op->name, draw_elements, lun_blocks(p.n, THREADS), THREADS, 0, p, (int)c->op->id, lun_draws_of(c),
                                lun_cuda_flag(c));
    return done && (direct || lun_cuda_copy_tensor(out, drawn));
}
