/* solver.cu - cuSOLVER: handles, work space, and its functions over batches
 *
 * Functions whose name has an X take any element type and 64-bit sizes; of others there is one for each type.
 * Holds: one handle per stream; nothing of it is recorded in graphs; declarations are those of cuSOLVER 11 and 12 (CUDA 12 and
 * 13; cusolverDn.h). On the host device, where
 * only tests name a library (kernels/cuda/library.c), each call sees the device's memory.
 * Read next: kernels/cuda/solver.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/solver.h"
#include "kernels/cuda/blas.h"
#include "kernels/cuda/dense.h"
#include "kernels/cuda/library.h"
#include "kernels/cuda/state.h"

#include <limits.h>
#include <mutex>

typedef void *handle;
typedef void *settings; /* cusolverDnParams_t, gesvdjInfo_t */
enum { NO_VECTORS = 0, VECTORS = 1 }; /* cusolverEigMode_t */
enum { TYPES = 4 };                   /* float, double, complex of either */

typedef int q_size_function(handle, int m, int n, int k, const void *a, int lda, const void *tau, int *lwork);
typedef int q_function(handle, int m, int n, int k, void *a, int lda, const void *tau, void *work, int lwork, int *info);
typedef int small_size_function(handle, int vectors, int m, int n, const void *a, int lda, const void *s, const void *u,
                                int ldu, const void *v, int ldv, int *lwork, settings, int count);
typedef int small_function(handle, int vectors, int m, int n, void *a, int lda, void *s, void *u, int ldu, void *v, int ldv,
                           void *work, int lwork, int *info, settings, int count);

static struct {
    int (*create)(handle *);
    int (*set_stream)(handle, cudaStream_t);
    int (*create_settings)(settings *), (*create_jacobi)(settings *);
    int (*qr_size)(handle, settings, int64_t m, int64_t n, int type, const void *a, int64_t lda, int tau_type, const void *tau,
                   int compute, size_t *device, size_t *host);
    int (*qr)(handle, settings, int64_t m, int64_t n, int type, void *a, int64_t lda, int tau_type, void *tau, int compute,
              void *work, size_t device, void *host_work, size_t host, int *info);
    q_size_function *form_q_size[TYPES];
    q_function *form_q[TYPES];
    int (*symmetric_size)(handle, settings, int vectors, int triangle, int64_t n, int type, const void *a, int64_t lda,
                          int value_type, const void *values, int compute, size_t *device, size_t *host);
    int (*symmetric)(handle, settings, int vectors, int triangle, int64_t n, int type, void *a, int64_t lda, int value_type,
                     void *values, int compute, void *work, size_t device, void *host_work, size_t host, int *info);
    int (*symmetric_batch_size)(handle, settings, int vectors, int triangle, int64_t n, int type, const void *a, int64_t lda,
                                int value_type, const void *values, int compute, size_t *device, size_t *host, int64_t count);
    int (*symmetric_batch)(handle, settings, int vectors, int triangle, int64_t n, int type, void *a, int64_t lda,
        int value_type, void *values, int compute, void *work, size_t device, void *host_work, size_t host, int *info,
        int64_t count);
    int (*svd_size)(handle, settings, signed char u_kind, signed char v_kind, int64_t m, int64_t n, int type, const void *a,
        int64_t lda, int value_type, const void *s, int u_type, const void *u, int64_t ldu, int v_type, const void *vh,
        int64_t ldvh, int compute, size_t *device, size_t *host);
    int (*svd)(handle, settings, signed char u_kind, signed char v_kind, int64_t m, int64_t n, int type, void *a, int64_t lda,
        int value_type, void *s, int u_type, void *u, int64_t ldu, int v_type, void *vh, int64_t ldvh, int compute, void *work,
        size_t device, void *host_work, size_t host, int *info);
    small_size_function *svd_small_size[TYPES];
    small_function *svd_small[TYPES];
    int (*eig_size)(handle, settings, int left, int right, int64_t n, int type, const void *a, int64_t lda, int value_type,
        const void *values, int left_type, const void *vl, int64_t ldvl, int right_type, const void *vr, int64_t ldvr,
        int compute, size_t *device, size_t *host);
    int (*eig)(handle, settings, int left, int right, int64_t n, int type, void *a, int64_t lda, int value_type, void *values,
        int left_type, void *vl, int64_t ldvl, int right_type, void *vr, int64_t ldvr, int compute, void *work, size_t device,
        void *host_work, size_t host, int *info);
} solver;
static bool has[LUN_SOLVER_EIG + 1], has_batch;

static bool look_up(int n, const lun_symbol *symbols) { return lun_library_symbols(LUN_CUSOLVER, n, symbols); }
#define LOOK_UP(list) look_up((int)(sizeof(list) / sizeof *(list)), list)

static void find_functions(void)
{
    const lun_symbol start[] = {
        {"cusolverDnCreate", &solver.create}, {"cusolverDnSetStream", &solver.set_stream},
        {"cusolverDnCreateParams", &solver.create_settings},
    };
    const lun_symbol qr[] = {
        {"cusolverDnXgeqrf_bufferSize", &solver.qr_size}, {"cusolverDnXgeqrf", &solver.qr},
        {"cusolverDnSorgqr_bufferSize", &solver.form_q_size[0]}, {"cusolverDnSorgqr", &solver.form_q[0]},
        {"cusolverDnDorgqr_bufferSize", &solver.form_q_size[1]}, {"cusolverDnDorgqr", &solver.form_q[1]},
        {"cusolverDnCungqr_bufferSize", &solver.form_q_size[2]}, {"cusolverDnCungqr", &solver.form_q[2]},
        {"cusolverDnZungqr_bufferSize", &solver.form_q_size[3]}, {"cusolverDnZungqr", &solver.form_q[3]},
    };
    const lun_symbol symmetric[] = {
        {"cusolverDnXsyevd_bufferSize", &solver.symmetric_size}, {"cusolverDnXsyevd", &solver.symmetric},
    };
    const lun_symbol batch[] = {
        {"cusolverDnXsyevBatched_bufferSize", &solver.symmetric_batch_size}, {"cusolverDnXsyevBatched", &solver.symmetric_batch},
    };
    const lun_symbol svd[] = {
        {"cusolverDnXgesvd_bufferSize", &solver.svd_size}, {"cusolverDnXgesvd", &solver.svd},
        {"cusolverDnCreateGesvdjInfo", &solver.create_jacobi},
        {"cusolverDnSgesvdjBatched_bufferSize", &solver.svd_small_size[0]}, {"cusolverDnSgesvdjBatched", &solver.svd_small[0]},
        {"cusolverDnDgesvdjBatched_bufferSize", &solver.svd_small_size[1]}, {"cusolverDnDgesvdjBatched", &solver.svd_small[1]},
        {"cusolverDnCgesvdjBatched_bufferSize", &solver.svd_small_size[2]}, {"cusolverDnCgesvdjBatched", &solver.svd_small[2]},
        {"cusolverDnZgesvdjBatched_bufferSize", &solver.svd_small_size[3]}, {"cusolverDnZgesvdjBatched", &solver.svd_small[3]},
    };
    const lun_symbol eig[] = {{"cusolverDnXgeev_bufferSize", &solver.eig_size}, {"cusolverDnXgeev", &solver.eig}};
    if (!LOOK_UP(start)) return;
    has[LUN_SOLVER_QR] = LOOK_UP(qr);
    has[LUN_SOLVER_SYMMETRIC] = LOOK_UP(symmetric);
    has[LUN_SOLVER_SVD] = LOOK_UP(svd);
    has[LUN_SOLVER_EIG] = LOOK_UP(eig);
    has_batch = LOOK_UP(batch);
}

bool lun_solver_there(lun_solver_part part)
{
    static std::once_flag once;
    std::call_once(once, find_functions);
    return has[part];
}

bool lun_solver_takes(lun_solver_part part, const lun_tensor *x)
{
    const int64_t m = x->dims[x->ndim - 2], n = x->dims[x->ndim - 1];
    return x->numel && m < INT_MAX / n && lun_solver_there(part);
}

/* ---- calls ---- */

static bool check(int status, const char *what)
{
    if (!status) return true;
    lun_fail(LUN_E_DEVICE, "x:cpu() moves it to the CPU", "cuSOLVER could not %s: status %d", what, status);
    return false;
}

/* What the library reads and writes on the device, it reads and writes here. */
template <class... P, class... A> static bool call(const char *what, int (*f)(P...), A... arguments)
{
#ifdef LUN_CUDA_HOST
    cudaStreamSynchronize(lun_cuda_stream());
    lun_host_memory_open();
    const int status = f(P(arguments)...);
    lun_host_memory_close();
    return check(status, what);
#else
    return check(f(P(arguments)...), what);
#endif
}

struct place { cudaStream_t stream; int device; handle solver; settings general, jacobi; };
enum { PLACES = 64 };
static place places[PLACES];
static int place_count;
static std::mutex lock; /* guards places; a place is used by the thread whose stream it is */

static bool open_place(place *p)
{
    return check(solver.create(&p->solver), "start") && check(solver.set_stream(p->solver, p->stream), "start") &&
           check(solver.create_settings(&p->general), "start") &&
           (!has[LUN_SOLVER_SVD] || check(solver.create_jacobi(&p->jacobi), "start"));
}

static const place *here(void)
{
    place p{};
    p.stream = lun_cuda_stream();
    if (!lun_cuda_graph_allows(lun_cuda_here(), "a decomposition")) return NULL; /* some of the library's functions wait */
    if (!lun_cuda_check(cudaGetDevice(&p.device), "start cuSOLVER")) return NULL;
    std::lock_guard<std::mutex> guard(lock);
    for (int i = 0; i < place_count; i++)
        if (places[i].stream == p.stream && places[i].device == p.device) return &places[i];
    if (place_count == PLACES) return lun_fail(LUN_E_DEVICE, NULL, "more than %d streams use cuSOLVER", PLACES),
        (const place *)NULL;
    if (!open_place(&p)) return NULL;
    places[place_count] = p;
    return &places[place_count++];
}

/* Work space on both sides, for calls that follow one another. */
struct room {
    size_t on_device = 0, on_host = 0;
    void *device = NULL, *host = NULL;
    int *info = NULL;

    bool get(const lun_tensor *like)
    {
        int64_t bytes = (int64_t)on_host;
        device = lun_cuda_scratch(like, on_device);
        info = lun_cuda_room<int>(like, 1); /* for functions whose info says nothing that is not known */
        if (!device || !info) return false;
        if (!bytes) return true;
        lun_tensor *memory = lun_tensor_empty(LUN_U8, 1, &bytes, lun_device{LUN_CPU, 0});
        host = memory ? lun_data(memory) : NULL;
        return host != NULL;
    }
};

struct types {
    int element, real, at; /* cudaDataType; which function */
    size_t size, part;
    explicit types(lun_dtype t)
        : element(lun_blas_type(t)), real(lun_blas_type(lun_dtype_real(t))),
          at((lun_dtype_is_complex(t) ? 2 : 0) + (lun_dtype_real(t) == LUN_F64)), size(lun_dtype_size(t)),
              part(lun_dtype_size(lun_dtype_real(t)))
    {
    }
};
static char *matrix(const lun_matrices *a, const types &t, int64_t i) { return (char *)a->data + (size_t)(i * a->step) * t.size; }
static char *item(const void *list, int64_t i, int64_t each, size_t size) { return list
    ? (char *)const_cast<void *>(list) + (size_t)(i * each) * size : NULL; }

/* ---- QR ---- */

bool lun_solver_qr(const lun_matrices *a, void *tau)
{
    const place *p = here();
    const types t(a->type);
    const int64_t k = a->m < a->n ? a->m : a->n;
    room r;
    if (!p || !call("measure a QR", solver.qr_size, p->solver, p->general, a->m, a->n, t.element, a->data, a->m, t.element, tau,
                    t.element, &r.on_device, &r.on_host) || !r.get(a->like)) return false;
    for (int64_t i = 0; i < a->count; i++)
        if (!call("make a QR", solver.qr, p->solver, p->general, a->m, a->n, t.element, matrix(a, t, i), a->m, t.element,
                  item(tau, i, k, t.size), t.element, r.device, r.on_device, r.host, r.on_host, r.info)) return false;
    return true;
}

bool lun_solver_form_q(const lun_matrices *a, int64_t k, const void *tau, int64_t tau_step)
{
    const place *p = here();
    const types t(a->type);
    const int m = (int)a->m, n = (int)a->n;
    int lwork = 0;
    room r;
    if (!p || !call("measure a product of reflections", solver.form_q_size[t.at], p->solver, m, n, (int)k, a->data, m, tau,
                    &lwork)) return false;
    r.on_device = (size_t)lwork * t.size;
    if (!r.get(a->like)) return false;
    for (int64_t i = 0; i < a->count; i++)
        if (!call("multiply reflections", solver.form_q[t.at], p->solver, m, n, (int)k, matrix(a, t, i), m,
                  item(tau, i, tau_step, t.size), r.device, lwork, r.info)) return false;
    return true;
}

/* ---- symmetric ---- */

bool lun_solver_symmetric(const lun_matrices *a, bool vectors, bool lower, void *values, int32_t *info)
{
    static const char what[] = "find eigenvalues";
    const place *p = here();
    const types t(a->type);
    const int mode = vectors ? VECTORS : NO_VECTORS, triangle = lower ? LUN_BLAS_LOWER : LUN_BLAS_UPPER;
    room r;
    if (!p) return false;
    if (has_batch && a->count > 1 && a->step == a->n * a->n)
        return call(what, solver.symmetric_batch_size, p->solver, p->general, mode, triangle, a->n, t.element, a->data, a->n,
                    t.real, values, t.element, &r.on_device, &r.on_host, a->count) && r.get(a->like) &&
               call(what, solver.symmetric_batch, p->solver, p->general, mode, triangle, a->n, t.element, a->data, a->n, t.real,
                    values, t.element, r.device, r.on_device, r.host, r.on_host, info, a->count);
    if (!call(what, solver.symmetric_size, p->solver, p->general, mode, triangle, a->n, t.element, a->data, a->n, t.real,
              values, t.element, &r.on_device, &r.on_host) || !r.get(a->like)) return false;
    for (int64_t i = 0; i < a->count; i++)
        if (!call(what, solver.symmetric, p->solver, p->general, mode, triangle, a->n, t.element, matrix(a, t, i), a->n, t.real,
                  item(values, i, a->n, t.part), t.element, r.device, r.on_device, r.host, r.on_host, info + i)) return false;
    return true;
}

/* ---- singular values ---- */

bool lun_solver_svd(const lun_matrices *a, char kind, void *u, void *s, void *vh, int32_t *info)
{
    static const char what[] = "find singular values";
    const place *p = here();
    const types t(a->type);
    const signed char k = (signed char)kind;
    const int64_t m = a->m, n = a->n, columns = kind == 'A' ? m : n;
    room r;
    if (!p || !call(what, solver.svd_size, p->solver, p->general, k, k, m, n, t.element, a->data, m, t.real, s, t.element, u, m,
                    t.element, vh, n, t.element, &r.on_device, &r.on_host) || !r.get(a->like)) return false;
    for (int64_t i = 0; i < a->count; i++)
        if (!call(what, solver.svd, p->solver, p->general, k, k, m, n, t.element, matrix(a, t, i), m, t.real, item(s, i, n,
            t.part), t.element, item(u, i, m * columns, t.size), m, t.element, item(vh, i, n * n, t.size), n, t.element,
                r.device, r.on_device, r.host, r.on_host, info + i)) return false;
    return true;
}

bool lun_solver_svd_small(const lun_matrices *a, bool vectors, void *u, void *s, void *v, int32_t *info)
{
    static const char what[] = "find singular values";
    const place *p = here();
    const types t(a->type);
    const int m = (int)a->m, n = (int)a->n, count = (int)a->count, mode = vectors ? VECTORS : NO_VECTORS;
    int lwork = 0;
    room r;
    if (!p || !call(what, solver.svd_small_size[t.at], p->solver, mode, m, n, a->data, m, s, u, m, v, n, &lwork, p->jacobi,
                    count)) return false;
    r.on_device = (size_t)lwork * t.size;
    return r.get(a->like) && call(what, solver.svd_small[t.at], p->solver, mode, m, n, a->data, m, s, u, m, v, n, r.device,
                                  lwork, info, p->jacobi, count);
}

/* ---- any matrix ---- */

bool lun_solver_eig(const lun_matrices *a, void *values, void *vectors, int32_t *info)
{
    static const char what[] = "find eigenvalues";
    const place *p = here();
    const types t(a->type);
    const int64_t n = a->n, each = lun_dtype_is_complex(a->type) ? n : 2 * n; /* of values */
    const int right = vectors ? VECTORS : NO_VECTORS;
    void *const none = NULL;
    room r;
    if (!p || !call(what, solver.eig_size, p->solver, p->general, (int)NO_VECTORS, right, n, t.element, a->data, n, t.element,
        values, t.element, none, n, t.element, vectors, n, t.element, &r.on_device, &r.on_host) || !r.get(a->like)) return false;
    for (int64_t i = 0; i < a->count; i++)
        if (!call(what, solver.eig, p->solver, p->general, (int)NO_VECTORS, right, n, t.element, matrix(a, t, i), n, t.element,
            item(values, i, each, t.size), t.element, none, n, t.element, item(vectors, i, n * n, t.size), n, t.element,
                r.device, r.on_device, r.host, r.on_host, info + i)) return false;
    return true;
}
