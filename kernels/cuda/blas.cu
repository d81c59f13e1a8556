/* blas.cu - products by cuBLAS, and by cuBLASLt where a bias is added on the way
 *
 * cuBLAS counts in columns: our row-major c = a b is its c' = b' a', so what it calls the first matrix is our second, and a matrix
 * whose rows lie side by side needs no transposition.
 * Holds: one handle and one workspace per stream, so that calls can be captured into graphs; sizes are 64 bit. What cuBLASLt found
 * best for a shape is kept. Read next: kernels/cuda/matmul.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/blas.h"
#include "kernels/cuda/library.h"
#include "kernels/cuda/product.h"

#include <mutex>
#include <string.h>

static bool tf32;

extern "C" bool lun_cuda_tf32(int allow)
{
    if (allow == 0 || allow == 1) __atomic_store_n(&tf32, allow == 1, __ATOMIC_RELAXED);
    return __atomic_load_n(&tf32, __ATOMIC_RELAXED);
}

#ifdef LUN_CUDA_HOST
lun_blas_answer lun_blas_product(const lun_product *) { return LUN_BLAS_ABSENT; }
lun_blas_answer lun_blas_bytes(const lun_product *) { return LUN_BLAS_ABSENT; }
lun_blas_handle lun_blas_here(void) { return NULL; }
bool lun_blas_knows(lun_dtype) { return false; }
#else

/* ---- the functions ---- */

struct lt_algorithm { uint64_t data[8]; };
struct lt_result { /* cublasLtMatmulHeuristicResult_t */
    lt_algorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};
typedef void *lt_handle;
typedef void *lt_desc;
typedef void *lt_layout;

static struct {
    int (*create)(lun_blas_handle *);
    int (*set_stream)(lun_blas_handle, cudaStream_t);
    int (*set_workspace)(lun_blas_handle, void *, size_t);
    int (*gemm)(lun_blas_handle, int, int, int64_t, int64_t, int64_t, const void *, const void *, int, int64_t, const void *, int, int64_t,
                const void *, void *, int, int64_t, int, int);
    int (*gemm_batched)(lun_blas_handle, int, int, int64_t, int64_t, int64_t, const void *, const void *, int, int64_t, long long,
                        const void *, int, int64_t, long long, const void *, void *, int, int64_t, long long, int64_t, int, int);
    /* cuBLASLt */
    int (*lt_create)(lt_handle *);
    int (*lt_desc_create)(lt_desc *, int compute, int scale);
    int (*lt_desc_set)(lt_desc, int, const void *, size_t);
    int (*lt_desc_destroy)(lt_desc);
    int (*lt_layout_create)(lt_layout *, int type, uint64_t rows, uint64_t cols, int64_t ld);
    int (*lt_layout_destroy)(lt_layout);
    int (*lt_preference_create)(void **);
    int (*lt_preference_set)(void *, int, const void *, size_t);
    int (*lt_preference_destroy)(void *);
    int (*lt_heuristic)(lt_handle, lt_desc, lt_layout, lt_layout, lt_layout, lt_layout, void *, int, lt_result *, int *);
    int (*lt_matmul)(lt_handle, lt_desc, const void *, const void *, lt_layout, const void *, lt_layout, const void *, const void *, lt_layout,
                     void *, lt_layout, const lt_algorithm *, void *, size_t, cudaStream_t);
} blas;

static bool has_blas, has_lt;

static void find_functions(void)
{
    const lun_symbol plain[] = {
        {"cublasCreate_v2", &blas.create}, {"cublasSetStream_v2", &blas.set_stream}, {"cublasSetWorkspace_v2", &blas.set_workspace},
        {"cublasGemmEx_64", &blas.gemm}, {"cublasGemmStridedBatchedEx_64", &blas.gemm_batched},
    };
    const lun_symbol lt[] = {
        {"cublasLtCreate", &blas.lt_create}, {"cublasLtMatmulDescCreate", &blas.lt_desc_create},
        {"cublasLtMatmulDescSetAttribute", &blas.lt_desc_set}, {"cublasLtMatmulDescDestroy", &blas.lt_desc_destroy},
        {"cublasLtMatrixLayoutCreate", &blas.lt_layout_create}, {"cublasLtMatrixLayoutDestroy", &blas.lt_layout_destroy},
        {"cublasLtMatmulPreferenceCreate", &blas.lt_preference_create}, {"cublasLtMatmulPreferenceSetAttribute", &blas.lt_preference_set},
        {"cublasLtMatmulPreferenceDestroy", &blas.lt_preference_destroy}, {"cublasLtMatmulAlgoGetHeuristic", &blas.lt_heuristic},
        {"cublasLtMatmul", &blas.lt_matmul},
    };
    has_blas = lun_library_symbols(LUN_CUBLAS, (int)(sizeof plain / sizeof *plain), plain);
    has_lt = has_blas && lun_library_symbols(LUN_CUBLASLT, (int)(sizeof lt / sizeof *lt), lt);
}

/* ---- handles ---- */

static const size_t WORKSPACE = (size_t)32 << 20;
struct place { cudaStream_t stream; int device; lun_blas_handle handle; lt_handle lt; void *workspace; };
enum { PLACES = 64 };
static place places[PLACES];
static int place_count;
static std::mutex lock; /* guards places, and what cuBLASLt found */

static bool open_place(place *p)
{
    if (cudaMalloc(&p->workspace, WORKSPACE) != cudaSuccess) { /* cuBLAS then takes memory of its own */
        cudaGetLastError();
        p->workspace = NULL;
    }
    if (!lun_blas_check(blas.create(&p->handle), "start cuBLAS") || !lun_blas_check(blas.set_stream(p->handle, p->stream), "start cuBLAS"))
        return false;
    if (p->workspace && !lun_blas_check(blas.set_workspace(p->handle, p->workspace, WORKSPACE), "start cuBLAS")) return false;
    if (has_lt && blas.lt_create(&p->lt)) p->lt = NULL;
    return true;
}

static place *here(void)
{
    static std::once_flag once;
    std::call_once(once, find_functions);
    if (!has_blas) return NULL;
    place p{};
    p.stream = lun_cuda_stream();
    if (!lun_cuda_check(cudaGetDevice(&p.device), "start cuBLAS")) return NULL;
    std::lock_guard<std::mutex> guard(lock);
    for (int i = 0; i < place_count; i++)
        if (places[i].stream == p.stream && places[i].device == p.device) return &places[i];
    if (place_count == PLACES || !open_place(&p)) return NULL;
    places[place_count] = p;
    return &places[place_count++];
}

lun_blas_handle lun_blas_here(void)
{
    const place *p = here();
    return p ? p->handle : NULL;
}

bool lun_blas_knows(lun_dtype type) { return lun_blas_type(type) >= 0 && here(); }

/* ---- a product as cuBLAS sees it ---- */

struct form {
    int type, compute, scale;
    int op[2];
    int64_t ld[2];
    const void *one, *zero, *minus;
};

static const double one64[2] = {1, 0}, zero64[2] = {0, 0}, minus64[2] = {-1, 0};
static const float one32[2] = {1, 0}, zero32[2] = {0, 0}, minus32[2] = {-1, 0};

/* How a matrix of `rows` x `cols` (in our sense) is told to cuBLAS. */
static void tell(const lun_factor *x, int64_t rows, int64_t cols, int *op, int64_t *ld)
{
    bool by_rows = x->col == 1 || cols == 1; /* a row's elements side by side */
    *op = by_rows ? LUN_BLAS_N : LUN_BLAS_T;
    int64_t step = by_rows ? x->row : x->col, least = by_rows ? cols : rows;
    *ld = step < least ? least : step; /* only where there is one row, whose stride does not matter */
}

static form form_of(const lun_product *p)
{
    form f{};
    f.type = lun_blas_type(p->type);
    bool wide = p->type == LUN_F64 || p->type == LUN_C128, rounds = (p->type == LUN_F32 || p->type == LUN_C64) && !p->less;
    f.compute = wide ? LUN_BLAS_COMPUTE_64 : rounds && lun_cuda_tf32(-1) ? LUN_BLAS_COMPUTE_TF32 : LUN_BLAS_COMPUTE_32;
    f.scale = lun_dtype_is_complex(p->type) ? f.type : wide ? LUN_BLAS_R64 : LUN_BLAS_R32;
    f.one = wide ? (const void *)one64 : one32;
    f.zero = wide ? (const void *)zero64 : zero32;
    f.minus = wide ? (const void *)minus64 : minus32;
    tell(&p->b, p->k, p->n, &f.op[0], &f.ld[0]);
    tell(&p->a, p->m, p->k, &f.op[1], &f.ld[1]);
    return f;
}

/* ---- with a bias: cuBLASLt ---- */

struct shape_key { int device, type, compute, op[2], alignment[4]; int64_t m, n, k, ld[3]; };
struct shape_plan {
    shape_key key;
    bool known, possible;
    lt_desc desc;
    lt_layout a, b, c;
    lt_result best;
};
enum { PLANS = 512 };
static shape_plan plans[PLANS];

static int alignment_of(const void *data)
{
    uintptr_t bits = (uintptr_t)data | 256;
    return (int)(bits & (~bits + 1));
}

static void forget(shape_plan *s)
{
    if (s->desc) blas.lt_desc_destroy(s->desc);
    for (lt_layout l : {s->a, s->b, s->c})
        if (l) blas.lt_layout_destroy(l);
    *s = shape_plan{};
}

/* CUBLASLT_MATMUL_DESC_TRANSA, _TRANSB, _EPILOGUE, _BIAS_POINTER; CUBLASLT_EPILOGUE_BIAS; CUBLASLT_MATMUL_PREF_... */
enum { DESC_A = 3, DESC_B = 4, DESC_EPILOGUE = 7, DESC_BIAS = 8, EPILOGUE_BIAS = 4, PREFER_BYTES = 1, PREFER_ALIGNMENT = 5 };

static bool find_best(place *at, shape_plan *s, const form &f, const lun_product *p)
{
    int32_t op[2] = {f.op[0], f.op[1]};
    uint32_t epilogue = EPILOGUE_BIAS;
    void *preference = NULL;
    int found = 0;
    size_t bytes = at->workspace ? WORKSPACE : 0;
    bool done = !blas.lt_desc_create(&s->desc, f.compute, f.scale) && !blas.lt_desc_set(s->desc, DESC_A, &op[0], sizeof op[0]) &&
                !blas.lt_desc_set(s->desc, DESC_B, &op[1], sizeof op[1]) &&
                !blas.lt_desc_set(s->desc, DESC_EPILOGUE, &epilogue, sizeof epilogue) &&
                !blas.lt_desc_set(s->desc, DESC_BIAS, &p->bias, sizeof p->bias) &&
                !blas.lt_layout_create(&s->a, f.type, (uint64_t)(op[0] ? p->k : p->n), (uint64_t)(op[0] ? p->n : p->k), f.ld[0]) &&
                !blas.lt_layout_create(&s->b, f.type, (uint64_t)(op[1] ? p->m : p->k), (uint64_t)(op[1] ? p->k : p->m), f.ld[1]) &&
                !blas.lt_layout_create(&s->c, f.type, (uint64_t)p->n, (uint64_t)p->m, p->c_row) && !blas.lt_preference_create(&preference) &&
                !blas.lt_preference_set(preference, PREFER_BYTES, &bytes, sizeof bytes);
    for (int i = 0; i < 4 && done; i++) {
        uint32_t alignment = (uint32_t)s->key.alignment[i < 3 ? i : 2]; /* of a, b, c, d */
        done = !blas.lt_preference_set(preference, PREFER_ALIGNMENT + i, &alignment, sizeof alignment);
    }
    done = done && !blas.lt_heuristic(at->lt, s->desc, s->a, s->b, s->c, s->c, preference, 1, &s->best, &found) && found == 1 && !s->best.state;
    if (preference) blas.lt_preference_destroy(preference);
    return done;
}

static lun_blas_answer with_bias(place *at, const form &f, const lun_product *p)
{
    if (!at->lt || p->batches != 1) return LUN_BLAS_ABSENT;
    shape_key key{};
    key = {at->device, f.type, f.compute, {f.op[0], f.op[1]},
           {alignment_of(p->b.data), alignment_of(p->a.data), alignment_of(p->c), alignment_of(p->bias)},
           p->m, p->n, p->k, {f.ld[0], f.ld[1], p->c_row}};
    uint64_t hash = 1469598103934665603U;
    for (uint64_t v : {(uint64_t)key.m, (uint64_t)key.n, (uint64_t)key.k, (uint64_t)(key.type * 4 + key.op[0] * 2 + key.op[1])})
        hash = (hash ^ v) * 1099511628211U;
    std::lock_guard<std::mutex> guard(lock);
    shape_plan *s = &plans[(hash ^ hash >> 20) % PLANS];
    if (!s->known || memcmp(&s->key, &key, sizeof key)) {
        forget(s);
        s->key = key;
        s->known = true;
        s->possible = find_best(at, s, f, p);
    }
    if (!s->possible || blas.lt_desc_set(s->desc, DESC_BIAS, &p->bias, sizeof p->bias)) return LUN_BLAS_ABSENT;
    int status = blas.lt_matmul(at->lt, s->desc, f.one, p->b.data, s->a, p->a.data, s->b, f.zero, p->c, s->c, p->c, s->c, &s->best.algorithm,
                                at->workspace, s->best.workspace, at->stream);
    return lun_blas_check(status, "multiply") ? LUN_BLAS_DONE : LUN_BLAS_FAILED;
}

lun_blas_answer lun_blas_product(const lun_product *p)
{
    if (lun_blas_type(p->type) < 0 || !p->k) return LUN_BLAS_ABSENT;
    place *at = here();
    if (!at) return lun_failed() ? LUN_BLAS_FAILED : LUN_BLAS_ABSENT;
    form f = form_of(p);
    if (p->bias) return with_bias(at, f, p);
    const void *alpha = p->less ? f.minus : f.one, *beta = p->add || p->less ? f.one : f.zero;
    int status =
        p->batches == 1
            ? blas.gemm(at->handle, f.op[0], f.op[1], p->n, p->m, p->k, alpha, p->b.data, f.type, f.ld[0], p->a.data, f.type,
                        f.ld[1], beta, p->c, f.type, p->c_row, f.compute, LUN_BLAS_ALGORITHM)
            : blas.gemm_batched(at->handle, f.op[0], f.op[1], p->n, p->m, p->k, alpha, p->b.data, f.type, f.ld[0], p->b.batch,
                                p->a.data, f.type, f.ld[1], p->a.batch, beta, p->c, f.type, p->c_row, p->c_batch, p->batches,
                                f.compute, LUN_BLAS_ALGORITHM);
    return lun_blas_check(status, "multiply") ? LUN_BLAS_DONE : LUN_BLAS_FAILED;
}

static bool lies_by_lines(const lun_factor &x, int64_t rows, int64_t cols)
{
    return x.col == 1 ? x.row >= cols : x.row == 1 && x.col >= rows;
}

/* It takes signed bytes whose addresses, sizes and leading dimensions are multiples of 4; whether a sum that is too large for an
 * int32 wraps around it does not say, so there may be none. */
lun_blas_answer lun_blas_bytes(const lun_product *p)
{
    static const int32_t one = 1, zero = 0;
    const int64_t fits = INT32_MAX / (128 * 128);
    if (p->type != LUN_I8 || !p->m || !p->n || !p->k || p->k > fits) return LUN_BLAS_ABSENT;
    if (!lies_by_lines(p->a, p->m, p->k) || !lies_by_lines(p->b, p->k, p->n)) return LUN_BLAS_ABSENT;
    int op[2];
    int64_t ld[2];
    tell(&p->b, p->k, p->n, &op[0], &ld[0]);
    tell(&p->a, p->m, p->k, &op[1], &ld[1]);
    const uint64_t all = (uint64_t)(uintptr_t)p->a.data | (uint64_t)(uintptr_t)p->b.data | (uint64_t)(uintptr_t)p->c |
                         (uint64_t)(p->m | p->n | p->k | ld[0] | ld[1]);
    if (all & 3) return LUN_BLAS_ABSENT;
    place *at = here();
    if (!at) return lun_failed() ? LUN_BLAS_FAILED : LUN_BLAS_ABSENT;
    const int status = blas.gemm(at->handle, op[0], op[1], p->n, p->m, p->k, &one, p->b.data, LUN_BLAS_I8, ld[0], p->a.data,
                                 LUN_BLAS_I8, ld[1], &zero, p->c, LUN_BLAS_I32, p->c_row, LUN_BLAS_COMPUTE_I32, LUN_BLAS_ALGORITHM);
    if (status == LUN_BLAS_NOT_SUPPORTED) return LUN_BLAS_ABSENT;
    return lun_blas_check(status, "multiply bytes") ? LUN_BLAS_DONE : LUN_BLAS_FAILED;
}
#endif

int lun_blas_type(lun_dtype type)
{
    switch (type) {
    case LUN_F32: return LUN_BLAS_R32;
    case LUN_F64: return LUN_BLAS_R64;
    case LUN_F16: return LUN_BLAS_R16;
    case LUN_BF16: return LUN_BLAS_RB16;
    case LUN_C64: return LUN_BLAS_C32;
    case LUN_C128: return LUN_BLAS_C64;
    default: return -1;
    }
}

bool lun_blas_check(int status, const char *what)
{
    if (!status) return true;
    lun_fail(LUN_E_DEVICE, "x:cpu() moves it to the CPU", "cuBLAS could not %s: status %d", what, status);
    return false;
}
