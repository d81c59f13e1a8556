/* solver_stand_in.c - cuSOLVER's functions over LAPACK on the host, for tests: it sees whether they are called as they want to be
 *
 * Built as t/cuda/libcusolver.so.12, which only the host device loads (LUNETTE_HOST_DEVICE_LIBRARIES). What NVIDIA's manual
 * asks for is
 * checked and refused with status 3: types that belong together, leading dimensions, sizes of work space, at least as many
 * rows as
 * columns for gesvd, at most 32 for the batched Jacobi one, no left eigenvectors. Work space is written to, to its last byte.
 * Holds: vectors come with other signs than LAPACK's, since nobody may rely on these. It shows nothing of the real library's
 * numbers.
 * Read next: kernels/cuda/solver.cu. SPDX-License-Identifier: MIT
 */
#include <complex.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GOOD = 0, WRONG = 3, FAILED = 7, HOST_BYTES = 96 };
enum { R32 = 0, R64 = 1, C32 = 4, C64 = 5 }; /* cudaDataType */

#define API(name, ...) int name(__VA_ARGS__); int name(__VA_ARGS__)

/* ---- LAPACK ---- */

typedef void routine(void);

static routine *find(int type, const char *real, const char *complex_name)
{
    static void *library;
    char name[32];
    void *found;
    routine *f;
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    if (!library) library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    snprintf(name, sizeof name, "%c%s_", type == R32 ? 's' : type == R64 ? 'd' : type == C32 ? 'c' : 'z', type >= C32
             ? complex_name : real);
    found = library ? dlsym(library, name) : NULL;
    if (!found) {
        fprintf(stderr, "solver_stand_in: no %s in libopenblas.so.0\n", name);
        abort();
    }
    memcpy(&f, &found, sizeof f);
    return f;
}

static bool is_type(int t) { return t == R32 || t == R64 || t == C32 || t == C64; }
static bool is_complex(int t) { return t >= C32; }
static int real_of(int t) { return t == C32 ? R32 : t == C64 ? R64 : t; }
static size_t size_of(int t) { return t == R32 ? 4 : t == C64 ? 16 : 8; }
static char *item(void *x, int64_t i, int type) { return (char *)x + (size_t)i * size_of(type); }

/* x[i] *= -1, or i (conjugated: -i) of complex numbers. */
static void turn(void *x, int64_t i, int type, bool conjugated)
{
    if (type == R32) ((float *)x)[i] *= -1;
    else if (type == R64) ((double *)x)[i] *= -1;
    else if (type == C32) ((float complex *)x)[i] *= conjugated ? -1.0F * I : 1.0F * I;
    else ((double complex *)x)[i] *= conjugated ? -1.0 * I : 1.0 * I;
}

/* Room for any routine's work at these sizes. */
static int64_t plenty(int64_t m, int64_t n) { return 64 * (m + n + 64) + 4 * (m > n ? m * m : n * n); }

/* ---- handles and work space ---- */

struct handle { uint64_t mark; void *stream; bool has_stream; };
struct settings { uint64_t mark; };
static const uint64_t HANDLE = 0x68616e646c65, GENERAL = 0x67656e6572616c, JACOBI = 0x6a61636f6269;

static bool is_handle(const struct handle *h) { return h && h->mark == HANDLE && h->has_stream; }
static bool is_settings(const struct settings *s, uint64_t mark) { return s && s->mark == mark; }
static int make_settings(struct settings **to, uint64_t mark)
{
    *to = malloc(sizeof **to);
    if (*to) (*to)->mark = mark;
    return *to ? GOOD : FAILED;
}

API(cusolverDnCreate, struct handle **to)
{
    *to = calloc(1, sizeof **to);
    if (*to) (*to)->mark = HANDLE;
    return *to ? GOOD : FAILED;
}
API(cusolverDnSetStream, struct handle *h, void *stream)
{
    if (!h || h->mark != HANDLE) return WRONG;
    h->stream = stream;
    h->has_stream = true;
    return GOOD;
}
API(cusolverDnCreateParams, struct settings **to) { return make_settings(to, GENERAL); }
API(cusolverDnCreateGesvdjInfo, struct settings **to) { return make_settings(to, JACOBI); }

/* What a call asks for is a number of its own, so that no call gets another one's. */
static size_t device_bytes(int64_t m, int64_t n, int type,
                           int salt) { return (size_t)(m * n + m + n + salt) * size_of(type) + 8; }

static bool ask(size_t *device, size_t *host, int64_t m, int64_t n, int type, int salt)
{
    *device = device_bytes(m, n, type, salt);
    *host = HOST_BYTES;
    return true;
}
static bool has_room(void *work, size_t device, void *host_work, size_t host, int64_t m, int64_t n, int type, int salt)
{
    if (!work || device != device_bytes(m, n, type, salt) || !host_work || host != HOST_BYTES) return false;
    memset(work, 0xa5, device);
    memset(host_work, 0xa5, host);
    return true;
}

/* ---- QR ---- */

static bool good_qr(const struct handle *h, const struct settings *s, int64_t m, int64_t n, int type, int64_t lda, int tau_type,
                    int compute)
{
    return is_handle(h) && is_settings(s, GENERAL) && m > 0 && n > 0 && is_type(type) && lda >= m && tau_type == type &&
        compute == type;
}
API(cusolverDnXgeqrf_bufferSize, struct handle *h, struct settings *s, int64_t m, int64_t n, int type, const void *a,
    int64_t lda, int tau_type, const void *tau, int compute, size_t *device, size_t *host)
{
    (void)a, (void)tau;
    return good_qr(h, s, m, n, type, lda, tau_type, compute) && ask(device, host, m, n, type, 1) ? GOOD : WRONG;
}
API(cusolverDnXgeqrf, struct handle *h, struct settings *s, int64_t m, int64_t n, int type, void *a, int64_t lda, int tau_type,
    void *tau, int compute, void *work, size_t device, void *host_work, size_t host, int *info)
{
    int rows = (int)m, columns = (int)n, ld = (int)lda, lwork = (int)plenty(m, n);
    if (!good_qr(h, s, m, n, type, lda, tau_type, compute) || !has_room(work, device, host_work, host, m, n, type, 1))
        return WRONG;
    void *room = malloc((size_t)lwork * size_of(type));
    if (!room) return FAILED;
    ((void (*)(int *, int *, void *, int *, void *, void *, int *, int *))find(type, "geqrf", "geqrf"))(&rows, &columns, a, &ld,
        tau, room, &lwork, info);
    free(room);
    return GOOD;
}

static int form_q(const struct handle *h, int type, int m, int n, int k, void *a, int lda, const void *tau, void *work,
                  int lwork, int *info)
{
    int most = (int)plenty(m, n);
    if (!is_handle(h) || n < 1 || m < n || k < 0 || k > n || lda < m || lwork != m + n + k || !work) return WRONG;
    memset(work, 0xa5, (size_t)lwork * size_of(type));
    void *room = malloc((size_t)most * size_of(type));
    if (!room) return FAILED;
    ((void (*)(int *, int *, int *, void *, int *, const void *, void *, int *, int *))find(type, "orgqr", "ungqr"))(&m, &n, &k,
        a, &lda, tau, room, &most, info);
    free(room);
    return GOOD;
}
#define FORM_Q(name, type) \
    API(name##_bufferSize, struct handle *h, int m, int n, int k, const void *a, int lda, const void *tau, int *lwork) \
    { \
        (void)a, (void)tau; \
        *lwork = m + n + k; \
        return is_handle(h) && n > 0 && m >= n && k >= 0 && k <= n && lda >= m ? GOOD : WRONG; \
    } \
    API(name, struct handle *h, int m, int n, int k, void *a, int lda, const void *tau, void *work, int lwork, int *info) \
    { \
        return form_q(h, type, m, n, k, a, lda, tau, work, lwork, info); \
    }
FORM_Q(cusolverDnSorgqr, R32)
FORM_Q(cusolverDnDorgqr, R64)
FORM_Q(cusolverDnCungqr, C32)
FORM_Q(cusolverDnZungqr, C64)

/* ---- symmetric ---- */

static int one_symmetric(bool vectors, bool upper, int n, int type, void *a, int lda, void *values, int *info)
{
    const char *v = vectors ? "V" : "N", *triangle = upper ? "U" : "L";
    int lwork = (int)plenty(n, n);
    void *room = malloc((size_t)lwork * size_of(type)), *real = malloc((size_t)(3 * n + 1) * 8);
    if (!room || !real) return free(room), free(real), FAILED;
    if (is_complex(type))
        ((void (*)(const char *, const char *, int *, void *, int *, void *, void *, int *, void *, int *, size_t,
                   size_t))find(type, "", "heev"))(v, triangle, &n, a, &lda, values, room, &lwork, real, info, 1, 1);
    else
        ((void (*)(const char *, const char *, int *, void *, int *, void *, void *, int *, int *, size_t, size_t))find(type,
            "syev", ""))(v, triangle, &n, a, &lda, values, room, &lwork, info, 1, 1);
    for (int64_t c = 1; vectors && c < n; c += 2)
        for (int64_t r = 0; r < n; r++) turn(a, c * lda + r, type, false);
    free(room);
    free(real);
    return GOOD;
}
static bool good_symmetric(const struct handle *h, const struct settings *s, int vectors, int triangle, int64_t n, int type,
                           int64_t lda, int value_type, int compute)
{
    return is_handle(h) && is_settings(s, GENERAL) && (vectors == 0 || vectors == 1) && (triangle == 0 || triangle == 1) &&
        n > 0 && is_type(type) &&
           lda >= n && value_type == real_of(type) && compute == type;
}
API(cusolverDnXsyevd_bufferSize, struct handle *h, struct settings *s, int vectors, int triangle, int64_t n, int type,
    const void *a, int64_t lda, int value_type, const void *values, int compute, size_t *device, size_t *host)
{
    (void)a, (void)values;
    return good_symmetric(h, s, vectors, triangle, n, type, lda, value_type, compute) && ask(device, host, n, n, type,
                                                                                             2 + vectors) ? GOOD : WRONG;
}
API(cusolverDnXsyevd, struct handle *h, struct settings *s, int vectors, int triangle, int64_t n, int type, void *a,
    int64_t lda, int value_type, void *values, int compute, void *work, size_t device, void *host_work, size_t host, int *info)
{
    if (!good_symmetric(h, s, vectors, triangle, n, type, lda, value_type, compute) || !has_room(work, device, host_work, host,
        n, n, type, 2 + vectors)) return WRONG;
    return one_symmetric(vectors, triangle, (int)n, type, a, (int)lda, values, info);
}
API(cusolverDnXsyevBatched_bufferSize, struct handle *h, struct settings *s, int vectors, int triangle, int64_t n, int type,
    const void *a, int64_t lda, int value_type, const void *values, int compute, size_t *device, size_t *host, int64_t count)
{
    (void)a, (void)values;
    bool good = good_symmetric(h, s, vectors, triangle, n, type, lda, value_type, compute) && lda == n && count > 0;
    return good && ask(device, host, n, n * count, type, 4 + vectors) ? GOOD : WRONG;
}
API(cusolverDnXsyevBatched, struct handle *h, struct settings *s, int vectors, int triangle, int64_t n, int type, void *a,
    int64_t lda, int value_type, void *values, int compute, void *work, size_t device, void *host_work, size_t host, int *info,
        int64_t count)
{
    if (!good_symmetric(h, s, vectors, triangle, n, type, lda, value_type, compute) || count < 1 || !has_room(work, device,
        host_work, host, n, n * count, type, 4 + vectors)) return WRONG;
    int status = GOOD;
    for (int64_t i = 0; i < count && !status; i++)
        status = one_symmetric(vectors, triangle, (int)n, type, item(a, i * n * n, type), (int)lda, item(values, i * n,
            value_type), info + i);
    return status;
}

/* ---- singular values ---- */

static int one_svd(char kind, int m, int n, int type, void *a, int lda, void *s, void *u, int ldu, void *vh, int ldvh, int *info)
{
    int lwork = (int)plenty(m, n), least = m < n ? m : n;
    void *room = malloc((size_t)lwork * size_of(type)), *real = malloc((size_t)(5 * least + 1) * 8);
    if (!room || !real) return free(room), free(real), FAILED;
    if (is_complex(type))
        ((void (*)(const char *, const char *, int *, int *, void *, int *, void *, void *, int *, void *, int *, void *, int *,
            void *, int *, size_t, size_t))find(type, "", "gesvd"))(&kind, &kind, &m, &n, a, &lda, s, u, &ldu, vh, &ldvh, room,
                                                                    &lwork, real, info, 1, 1);
    else
        ((void (*)(const char *, const char *, int *, int *, void *, int *, void *, void *, int *, void *, int *, void *, int *,
            int *, size_t, size_t))find(type, "gesvd", ""))(&kind, &kind, &m, &n, a, &lda, s, u, &ldu, vh, &ldvh, room, &lwork,
                                                            info, 1, 1);
    for (int64_t k = 1; kind != 'N' && k < least; k += 2) {
        for (int64_t r = 0; r < m; r++) turn(u, k * ldu + r, type, false);
        for (int64_t c = 0; c < n; c++) turn(vh, c * ldvh + k, type, true);
    }
    free(room);
    free(real);
    return GOOD;
}
static bool good_svd(const struct handle *h, const struct settings *s, char u_kind, char v_kind, int64_t m, int64_t n, int type,
                     int64_t lda, int value_type, int u_type, int64_t ldu, int v_type, int64_t ldvh, int compute)
{
    return is_handle(h) && is_settings(s, GENERAL) && u_kind == v_kind && strchr("NSA", u_kind) && u_kind && n > 0 && m >= n &&
        is_type(type) &&
           lda >= m && value_type == real_of(type) && u_type == type && ldu >= m && v_type == type && ldvh >= n &&
               compute == type;
}
API(cusolverDnXgesvd_bufferSize, struct handle *h, struct settings *s, signed char u_kind, signed char v_kind, int64_t m,
    int64_t n, int type, const void *a, int64_t lda, int value_type, const void *values, int u_type, const void *u, int64_t ldu,
        int v_type, const void *vh, int64_t ldvh, int compute, size_t *device, size_t *host)
{
    (void)a, (void)values, (void)u, (void)vh;
    bool good = good_svd(h, s, (char)u_kind, (char)v_kind, m, n, type, lda, value_type, u_type, ldu, v_type, ldvh, compute);
    return good && ask(device, host, m, n, type, u_kind) ? GOOD : WRONG;
}
API(cusolverDnXgesvd, struct handle *h, struct settings *s, signed char u_kind, signed char v_kind, int64_t m, int64_t n,
    int type, void *a, int64_t lda, int value_type, void *values, int u_type, void *u, int64_t ldu, int v_type, void *vh,
        int64_t ldvh, int compute, void *work, size_t device, void *host_work, size_t host, int *info)
{
    if (!good_svd(h, s, (char)u_kind, (char)v_kind, m, n, type, lda, value_type, u_type, ldu, v_type, ldvh, compute) ||
        !has_room(work, device, host_work, host, m, n, type, u_kind) || (u_kind != 'N' && (!u || !vh))) return WRONG;
    return one_svd((char)u_kind, (int)m, (int)n, type, a, (int)lda, values, u, (int)ldu, vh, (int)ldvh, info);
}

/* V, where gesvd leaves its adjoint: a transposition, and the conjugate. */
static void adjoint(void *x, int n, int type)
{
    char keep[16];
    size_t size = size_of(type);
    for (int64_t c = 0; c < n; c++)
        for (int64_t r = 0; r < c; r++) {
            memcpy(keep, item(x, c * n + r, type), size);
            memcpy(item(x, c * n + r, type), item(x, r * n + c, type), size);
            memcpy(item(x, r * n + c, type), keep, size);
        }
    for (int64_t i = 0; i < (int64_t)n * n && is_complex(type); i++)
        if (type == C32) ((float complex *)x)[i] = conjf(((float complex *)x)[i]);
        else ((double complex *)x)[i] = conj(((double complex *)x)[i]);
}
static bool good_small(const struct handle *h, const struct settings *s, int vectors, int m, int n, int lda, int ldu, int ldv,
                       int count)
{
    return is_handle(h) && is_settings(s, JACOBI) && (vectors == 0 || vectors == 1) && m > 0 && n > 0 && m <= 32 && n <= 32 &&
        lda == m && ldu == m &&
           ldv == n && count > 0;
}
static int small_svd(int type, bool vectors, int m, int n, void *a, void *s, void *u, void *v, void *work, int lwork, int *info,
                     int count)
{
    int status = GOOD, least = m < n ? m : n;
    if (!work || lwork != m + n + count || (vectors && (!u || !v))) return WRONG;
    memset(work, 0xa5, (size_t)lwork * size_of(type));
    for (int64_t i = 0; i < count && !status; i++) {
        char *uu = vectors ? item(u, i * m * m, type) : NULL, *vv = vectors ? item(v, i * n * n, type) : NULL;
        status = one_svd(vectors ? 'A' : 'N', m, n, type, item(a, i * m * n, type), m, item(s, i * least, real_of(type)), uu, m,
                         vv, n, info + i);
        if (vectors) adjoint(vv, n, type);
    }
    return status;
}
#define SMALL(name, type) \
    API(name##_bufferSize, struct handle *h, int vectors, int m, int n, const void *a, int lda, const void *s, const void *u, \
        int ldu, \
        const void *v, int ldv, int *lwork, struct settings *p, int count) \
    { \
        (void)a, (void)s, (void)u, (void)v; \
        *lwork = m + n + count; \
        return good_small(h, p, vectors, m, n, lda, ldu, ldv, count) ? GOOD : WRONG; \
    } \
    API(name, struct handle *h, int vectors, int m, int n, void *a, int lda, void *s, void *u, int ldu, void *v, int ldv, \
        void *work, int lwork, \
        int *info, struct settings *p, int count) \
    { \
        if (!good_small(h, p, vectors, m, n, lda, ldu, ldv, count)) return WRONG; \
        return small_svd(type, vectors, m, n, a, s, u, v, work, lwork, info, count); \
    }
SMALL(cusolverDnSgesvdjBatched, R32)
SMALL(cusolverDnDgesvdjBatched, R64)
SMALL(cusolverDnCgesvdjBatched, C32)
SMALL(cusolverDnZgesvdjBatched, C64)

/* ---- any matrix ---- */

static bool good_eig(const struct handle *h, const struct settings *s, int left, int right, int64_t n, int type, int64_t lda,
                     int value_type, int left_type, int64_t ldvl, int right_type, int64_t ldvr, int compute)
{
    return is_handle(h) && is_settings(s, GENERAL) && !left && (right == 0 || right == 1) && n > 0 && is_type(type) &&
        lda >= n && value_type == type &&
           left_type == type && ldvl >= 1 && right_type == type && ldvr >= (right ? n : 1) && compute == type;
}
API(cusolverDnXgeev_bufferSize, struct handle *h, struct settings *s, int left, int right, int64_t n, int type, const void *a,
    int64_t lda, int value_type, const void *values, int left_type, const void *vl, int64_t ldvl, int right_type,
        const void *vr, int64_t ldvr, int compute, size_t *device, size_t *host)
{
    (void)a, (void)values, (void)vl, (void)vr;
    bool good = good_eig(h, s, left, right, n, type, lda, value_type, left_type, ldvl, right_type, ldvr, compute);
    return good && ask(device, host, n, n, type, 6 + right) ? GOOD : WRONG;
}
API(cusolverDnXgeev, struct handle *h, struct settings *s, int left, int right, int64_t n, int type, void *a, int64_t lda,
    int value_type, void *values, int left_type, void *vl, int64_t ldvl, int right_type, void *vr, int64_t ldvr, int compute,
        void *work, size_t device, void *host_work, size_t host, int *info)
{
    int rows = (int)n, ld = (int)lda, ldl = (int)ldvl, ldr = (int)ldvr, lwork = (int)plenty(n, n);
    if (!good_eig(h, s, left, right, n, type, lda, value_type, left_type, ldvl, right_type, ldvr, compute) || (right && !vr) ||
        !has_room(work, device, host_work, host, n, n, type, 6 + right)) return WRONG;
    void *room = malloc((size_t)lwork * size_of(type)), *real = malloc((size_t)(2 * n) * 8);
    const char *v = right ? "V" : "N";
    if (!room || !real) return free(room), free(real), FAILED;
    if (is_complex(type))
        ((void (*)(const char *, const char *, int *, void *, int *, void *, void *, int *, void *, int *, void *, int *,
            void *, int *, size_t, size_t)) find(type, "", "geev"))("N", v, &rows, a, &ld, values, vl, &ldl, vr, &ldr, room,
                                                                    &lwork, real, info, 1, 1);
    else
        ((void (*)(const char *, const char *, int *, void *, int *, void *, void *, void *, int *, void *, int *, void *,
            int *, int *, size_t, size_t)) find(type, "geev", ""))("N", v, &rows, a, &ld, values, item(values, n, type), vl,
                                                                   &ldl, vr, &ldr, room, &lwork, info, 1, 1);
    free(room);
    free(real);
    return GOOD;
}
