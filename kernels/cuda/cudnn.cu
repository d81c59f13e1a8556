/* cudnn.cu - convolution and its two gradients by cuDNN
 *
 * cuDNN is asked once for each shape which of its algorithms it expects to be fastest; the first that gives the same bits every time is
 * taken and kept with its descriptors.
 * Holds: one handle per stream; float32 is not rounded unless lun_cuda_tf32 allows it. Declarations are those of cuDNN 9 (cudnn_ops.h,
 * cudnn_cnn.h). Read next: kernels/cuda/conv.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/library.h"
#include "kernels/cuda/product.h"

extern "C" {
#include "core/ops/window.h"
#include "kernels/cuda/kernels.h"
}

#include <limits.h>
#include <mutex>
#include <string.h>

enum direction { FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT };

/* A convolution of x [images, groups in, ...] with weight [groups out, in, ...] that gives y [images, groups out, ...]; all contiguous. */
struct job {
    direction way;
    lun_dtype type;
    lun_device device;
    int64_t images, groups, in, out; /* channels of one group */
    lun_window w;
    const void *x, *weight, *y;      /* what is written is not read from here */
    const void *bias;                /* of the result's channels, or NULL */
    void *to;
};
/* ABSENT: no cuDNN, or nothing deterministic in it for this convolution. FAILED after lun_fail. */
enum answer { ABSENT, DONE, FAILED };

#ifdef LUN_CUDA_HOST
static bool present() { return false; }
static answer convolve(const job *) { return ABSENT; }
#else

typedef void *handle;
typedef void *descriptor;
/* cudnnConvolution{Fwd,BwdData,BwdFilter}AlgoPerf_t, which are alike */
struct choice {
    int algorithm, status;
    float time;
    size_t memory;
    int deterministic, math, reserved[3];
};
enum { DATA_FLOAT = 0, DATA_DOUBLE = 1, DATA_HALF = 2, DATA_BFLOAT16 = 9 };
enum { MATH_DEFAULT = 0, MATH_TENSOR = 1, MATH_FMA = 3 };
enum { FORMAT_NCHW = 0, CROSS_CORRELATION = 1, CHOICES = 8 };

typedef int ask_function(handle, descriptor, descriptor, descriptor, descriptor, int, int *, choice *);
typedef int run_function(handle, const void *, descriptor, const void *, descriptor, const void *, descriptor, int, void *, size_t, const void *,
                         descriptor, void *);
typedef int size_function(handle, descriptor, descriptor, descriptor, descriptor, int, size_t *);

static struct {
    int (*create)(handle *);
    int (*set_stream)(handle, cudaStream_t);
    int (*tensor_create)(descriptor *), (*tensor_destroy)(descriptor);
    int (*tensor_set)(descriptor, int type, int n, const int *dims, const int *strides);
    int (*filter_create)(descriptor *), (*filter_destroy)(descriptor);
    int (*filter_set)(descriptor, int type, int format, int n, const int *dims);
    int (*conv_create)(descriptor *), (*conv_destroy)(descriptor);
    int (*conv_set)(descriptor, int n, const int *pad, const int *stride, const int *dilation, int mode, int compute);
    int (*conv_set_groups)(descriptor, int), (*conv_set_math)(descriptor, int);
    int (*add)(handle, const void *, descriptor, const void *, const void *, descriptor, void *);
    ask_function *ask[3]; /* by direction */
    size_function *size[3];
    run_function *run[3];
} dnn;
static bool has_dnn;

static void find_functions(void)
{
    const lun_symbol symbols[] = {
        {"cudnnCreate", &dnn.create}, {"cudnnSetStream", &dnn.set_stream},
        {"cudnnCreateTensorDescriptor", &dnn.tensor_create}, {"cudnnDestroyTensorDescriptor", &dnn.tensor_destroy},
        {"cudnnSetTensorNdDescriptor", &dnn.tensor_set},
        {"cudnnCreateFilterDescriptor", &dnn.filter_create}, {"cudnnDestroyFilterDescriptor", &dnn.filter_destroy},
        {"cudnnSetFilterNdDescriptor", &dnn.filter_set},
        {"cudnnCreateConvolutionDescriptor", &dnn.conv_create}, {"cudnnDestroyConvolutionDescriptor", &dnn.conv_destroy},
        {"cudnnSetConvolutionNdDescriptor", &dnn.conv_set}, {"cudnnSetConvolutionGroupCount", &dnn.conv_set_groups},
        {"cudnnSetConvolutionMathType", &dnn.conv_set_math}, {"cudnnAddTensor", &dnn.add},
        {"cudnnGetConvolutionForwardAlgorithm_v7", &dnn.ask[FORWARD]},
        {"cudnnGetConvolutionBackwardDataAlgorithm_v7", &dnn.ask[INPUT_GRADIENT]},
        {"cudnnGetConvolutionBackwardFilterAlgorithm_v7", &dnn.ask[WEIGHT_GRADIENT]},
        {"cudnnGetConvolutionForwardWorkspaceSize", &dnn.size[FORWARD]},
        {"cudnnGetConvolutionBackwardDataWorkspaceSize", &dnn.size[INPUT_GRADIENT]},
        {"cudnnGetConvolutionBackwardFilterWorkspaceSize", &dnn.size[WEIGHT_GRADIENT]},
        {"cudnnConvolutionForward", &dnn.run[FORWARD]},
        {"cudnnConvolutionBackwardData", &dnn.run[INPUT_GRADIENT]},
        {"cudnnConvolutionBackwardFilter", &dnn.run[WEIGHT_GRADIENT]},
    };
    has_dnn = lun_library_symbols(LUN_CUDNN, (int)(sizeof symbols / sizeof *symbols), symbols);
}

static bool present()
{
    static std::once_flag once;
    std::call_once(once, find_functions);
    return has_dnn;
}

static bool check(int status, const char *what)
{
    if (!status) return true;
    lun_fail(LUN_E_DEVICE, "x:cpu() moves it to the CPU", "cuDNN could not %s: status %d", what, status);
    return false;
}

/* ---- handles and plans ---- */

struct place { cudaStream_t stream; int device; handle dnn; };
enum { PLACES = 64 };
static place places[PLACES];
static int place_count;
static std::mutex lock; /* guards places and plans */

static const place *here(void)
{
    place p{};
    p.stream = lun_cuda_stream();
    if (!lun_cuda_check(cudaGetDevice(&p.device), "start cuDNN")) return NULL;
    for (int i = 0; i < place_count; i++)
        if (places[i].stream == p.stream && places[i].device == p.device) return &places[i];
    if (place_count == PLACES || !check(dnn.create(&p.dnn), "start") || !check(dnn.set_stream(p.dnn, p.stream), "start")) return NULL;
    places[place_count] = p;
    return &places[place_count++];
}

struct shape { int device, direction, type, math, n, groups, biased, x[5], weight[5], y[5], pad[3], stride[3], dilation[3]; };
struct plan {
    shape key;
    bool known, possible;
    descriptor x, weight, y, conv, bias;
    choice best;
};
enum { PLANS = 256 };
static plan plans[PLANS];

static void forget(plan *p)
{
    for (descriptor d : {p->x, p->y, p->bias})
        if (d) dnn.tensor_destroy(d);
    if (p->weight) dnn.filter_destroy(p->weight);
    if (p->conv) dnn.conv_destroy(p->conv);
    *p = plan{};
}

/* ---- from a job to its shape ---- */

static int data_type(lun_dtype type)
{
    return type == LUN_F32 ? DATA_FLOAT : type == LUN_F64 ? DATA_DOUBLE : type == LUN_F16 ? DATA_HALF : type == LUN_BF16 ? DATA_BFLOAT16 : -1;
}

/* cuDNN computes the size of y itself; gradients of gradients may want another one. */
static bool usual_sizes(const job *j)
{
    for (int d = 0; d < 3; d++) {
        int64_t room = j->w.in[d] + 2 * j->w.pad[d] - j->w.dilation[d] * (j->w.kernel[d] - 1) - 1;
        if (room < 0 || room / j->w.stride[d] + 1 != j->w.out[d]) return false;
    }
    return true;
}

/* False where numbers do not fit into cuDNN's int. */
static bool shape_of(const job *j, int device, shape *s)
{
    int skip = j->w.in[0] == 1 && j->w.kernel[0] == 1 && !j->w.pad[0] ? 1 : 0; /* an image, or a signal, which is an image of one row */
    const int64_t channels = j->groups * j->in, made = j->groups * j->out, widest = INT_MAX;
    memset(s, 0, sizeof *s);
    s->device = device;
    s->direction = j->way;
    s->type = data_type(j->type);
    s->math = j->type == LUN_F16 || j->type == LUN_BF16 ? MATH_TENSOR : j->type == LUN_F32 && !lun_cuda_tf32(-1) ? MATH_FMA : MATH_DEFAULT;
    s->n = 5 - skip;
    s->groups = (int)j->groups;
    s->biased = j->bias != NULL;
    int64_t x = j->images * channels, y = j->images * made;
    for (int d = 0; d < 3; d++) x *= j->w.in[d], y *= j->w.out[d];
    if (x > widest || y > widest) return false;
    s->x[0] = s->y[0] = (int)j->images;
    s->x[1] = (int)channels;
    s->y[1] = s->weight[0] = (int)made;
    s->weight[1] = (int)j->in;
    for (int d = skip; d < 3; d++) {
        int at = d - skip;
        s->x[2 + at] = (int)j->w.in[d];
        s->y[2 + at] = (int)j->w.out[d];
        s->weight[2 + at] = (int)j->w.kernel[d];
        s->pad[at] = (int)j->w.pad[d];
        s->stride[at] = (int)j->w.stride[d];
        s->dilation[at] = (int)j->w.dilation[d];
    }
    return true;
}

static bool describe_tensor(descriptor *to, const shape *s, const int *dims)
{
    int strides[5];
    for (int d = s->n - 1, step = 1; d >= 0; step *= dims[d--]) strides[d] = step;
    return !dnn.tensor_create(to) && !dnn.tensor_set(*to, s->type, s->n, dims, strides);
}

static bool describe(plan *p)
{
    const shape *s = &p->key;
    int compute = s->type == DATA_DOUBLE ? DATA_DOUBLE : DATA_FLOAT, bias[5] = {1, s->direction == FORWARD ? s->y[1] : s->x[1], 1, 1, 1};
    return describe_tensor(&p->x, s, s->x) && describe_tensor(&p->y, s, s->y) && (!s->biased || describe_tensor(&p->bias, s, bias)) &&
           !dnn.filter_create(&p->weight) && !dnn.filter_set(p->weight, s->type, FORMAT_NCHW, s->n, s->weight) && !dnn.conv_create(&p->conv) &&
           !dnn.conv_set(p->conv, s->n - 2, s->pad, s->stride, s->dilation, CROSS_CORRELATION, compute) &&
           !dnn.conv_set_groups(p->conv, s->groups) && !dnn.conv_set_math(p->conv, s->math);
}

/* The three descriptors in the order in which the functions of a direction take them: two operands, then the result. */
static void in_order(const plan *p, descriptor to[3])
{
    const bool weight = p->key.direction == WEIGHT_GRADIENT, input = p->key.direction == INPUT_GRADIENT;
    to[0] = input ? p->weight : p->x;
    to[1] = weight || input ? p->y : p->weight;
    to[2] = weight ? p->weight : input ? p->x : p->y;
}

static bool find_best(handle h, plan *p)
{
    const size_t most = (size_t)1 << 30;
    choice choices[CHOICES];
    descriptor d[3];
    int n = 0;
    in_order(p, d);
    if (dnn.ask[p->key.direction](h, d[0], d[1], p->conv, d[2], CHOICES, &n, choices)) return false;
    for (int i = 0; i < n; i++) {
        choice *c = &choices[i];
        if (c->status || !c->deterministic) continue;
        int math = p->key.math == MATH_FMA ? MATH_FMA : c->math;
        if (dnn.conv_set_math(p->conv, math) || dnn.size[p->key.direction](h, d[0], d[1], p->conv, d[2], c->algorithm, &c->memory)) continue;
        if (c->memory > most) continue;
        p->best = *c;
        return true;
    }
    return false;
}

static plan *plan_for(handle h, const shape *s)
{
    uint64_t hash = 1469598103934665603U;
    const int *words = (const int *)s;
    for (size_t i = 0; i < sizeof *s / sizeof *words; i++) hash = (hash ^ (uint64_t)(unsigned)words[i]) * 1099511628211U;
    plan *p = &plans[(hash ^ hash >> 24) % PLANS];
    if (p->known && !memcmp(&p->key, s, sizeof *s)) return p;
    forget(p);
    p->key = *s;
    p->known = true;
    p->possible = describe(p) && find_best(h, p);
    return p;
}

static answer convolve(const job *j)
{
    static const float one32 = 1, zero32 = 0;
    static const double one64 = 1, zero64 = 0;
    shape s;
    if (!usual_sizes(j)) return ABSENT;
    std::lock_guard<std::mutex> guard(lock);
    const place *at = here();
    if (!at) return FAILED;
    if (!shape_of(j, at->device, &s)) return ABSENT;
    plan *p = plan_for(at->dnn, &s);
    if (!p->possible) return ABSENT;
    const void *one = s.type == DATA_DOUBLE ? (const void *)&one64 : &one32, *zero = s.type == DATA_DOUBLE ? (const void *)&zero64 : &zero32;
    const void *first = j->way == INPUT_GRADIENT ? j->weight : j->x, *second = j->way == FORWARD ? j->weight : j->y;
    int64_t bytes = (int64_t)p->best.memory;
    lun_tensor *work = bytes ? lun_tensor_empty(LUN_U8, 1, &bytes, j->device) : NULL;
    if (bytes && !work) return FAILED;
    descriptor d[3];
    in_order(p, d);
    if (!check(dnn.run[j->way](at->dnn, one, d[0], first, d[1], second, p->conv, p->best.algorithm, work ? lun_data(work) : NULL,
                                     p->best.memory, zero, d[2], j->to), "convolve")) return FAILED;
    if (j->bias && !check(dnn.add(at->dnn, one, p->bias, j->bias, one, d[2], j->to), "add a bias")) return FAILED;
    return DONE;
}
#endif

/* ---- the rows: by cuDNN, or by the kernel that stands in for it ---- */

static bool run(lun_call *c, direction way, lun_tensor *x, lun_tensor *w, lun_tensor *y, lun_tensor *bias, lun_kernel other)
{
    job j{};
    const int n = w->ndim - 2;
    if (!lun_dtype_is_float((lun_dtype)x->dtype) || !present()) return other(c);
    lun_window_dims(n, x->dims + x->ndim - n, j.w.in);
    lun_window_dims(n, w->dims + 2, j.w.kernel);
    if (!lun_conv_window(&c->params, n, &j.w)) return false;
    lun_window_dims(n, y->dims + y->ndim - n, j.w.out); /* for gradients of gradients the sizes are given */
    lun_tensor *given[4] = {x, w, y, bias}, *made = c->out[0];
    for (lun_tensor *&t : given)
        if (!lun_is_none(t) && t != made && !(t = lun_contiguous(t))) return false;
    j.way = way;
    j.type = (lun_dtype)x->dtype;
    j.device = lun_tensor_device(made);
    j.images = x->ndim == n + 2 ? x->dims[0] : 1;
    j.groups = lun_param_int(&c->params, 3, 1);
    j.in = w->dims[1];
    j.out = w->dims[0] / j.groups;
    j.x = lun_data(given[0]);
    j.weight = lun_data(given[1]);
    j.y = lun_data(given[2]);
    j.bias = lun_is_none(bias) ? NULL : lun_data(given[3]);
    j.to = lun_data(made);
    answer a = convolve(&j);
    return a == ABSENT ? other(c) : a == DONE;
}

extern "C" bool lun_cuda_convolution(lun_call *c) { return run(c, FORWARD, c->in[0], c->in[1], c->out[0], c->in[2], lun_cuda_conv); }

extern "C" bool lun_cuda_convolution_input_gradient(lun_call *c)
{
    return run(c, INPUT_GRADIENT, c->out[0], c->in[1], c->in[0], c->in[2], lun_cuda_conv_input_gradient);
}

extern "C" bool lun_cuda_convolution_weight_gradient(lun_call *c)
{
    return run(c, WEIGHT_GRADIENT, c->in[1], c->out[0], c->in[0], LUN_NONE, lun_cuda_conv_weight_gradient);
}
