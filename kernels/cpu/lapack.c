/* lapack.c - finding LAPACK in OpenBLAS, and running batches of matrices
 *
 * Holds: small matrices share a piece of about 50 us; the pieces depend on the sizes only. Scratch memory is taken by the caller
 * before the threads start, one slot for each of them, and a piece claims whichever slot is free.
 * Read next: kernels/cpu/factor.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/lapack.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/shape.h"
#include "kernels/cpu/gemm.h"
#include "kernels/threads.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static lun_lapack routines[4]; /* a column of the table for each of F32, F64, C64, C128 */

static bool find(const char *prefix, const char *name, void *slot)
{
    char symbol[24];
    snprintf(symbol, sizeof symbol, "%s%s_", prefix, name);
    return lun_blas_symbol(symbol, slot);
}

bool lun_lapack_start(void)
{
    static const char *const prefix[4] = {"s", "d", "c", "z"};
    if (!lun_blas_there()) return true; /* lun_lapack_takes refuses */
    for (int t = 0; t < 4; t++) {
#define X(name, ...) \
    if (!find(prefix[t], #name, &routines[t].name)) return false;
        LUN_LAPACK(X)
        if (t < 2) {
            LUN_LAPACK_REAL(X)
        }
#undef X
#define X(name, fortran, ...) \
    if (!find(prefix[t], #fortran, &routines[t].name)) return false;
        if (t >= 2) {
            LUN_LAPACK_COMPLEX(X)
        }
#undef X
    }
    return true;
}

const lun_lapack *lun_lapack_for(lun_dtype type)
{
    return &routines[(lun_dtype_is_complex(type) ? 2 : 0) + (lun_dtype_real(type) == LUN_F64)];
}

bool lun_lapack_takes(const lun_tensor *x)
{
    int64_t r = x->dims[x->ndim - 2], c = x->dims[x->ndim - 1];
    int64_t elements;
    if (!lun_blas_there()) return lun_fail(LUN_E_FILE, "apt install libopenblas0", "linear algebra needs OpenBLAS, which was not found"), false;
    if (!__builtin_mul_overflow(r, c, &elements) && elements < INT_MAX / 8) return true;
    return lun_fail(LUN_E_SHAPE, "work on parts of it", "a matrix of %lld x %lld is too large for LAPACK", (long long)r, (long long)c), false;
}

int lun_lapack_asked(lun_dtype type, const void *work)
{
    double size = lun_float_at(type, work, 0);
    return (int)(size * (lun_dtype_real(type) == LUN_F64 ? 1 : 1.000001)) + 1; /* a float may have rounded it down */
}

void *lun_scratch(char **at, size_t bytes)
{
    void *here = *at;
    *at += lun_scratch_size(bytes);
    return here;
}

static int claim(lun_batch *b)
{
    for (int k = 0;; k = (k + 1) % b->slots)
        if (!__atomic_exchange_n(&b->taken[k], 1, __ATOMIC_ACQUIRE)) return k;
}

static void piece(int64_t p, void *argument)
{
    lun_batch *b = argument;
    int64_t first = p * b->per_piece, last = first + b->per_piece;
    int slot = claim(b);
    for (int64_t i = first; i < last && i < b->count; i++) b->one(i, b->memory + (size_t)slot * b->slot, b->job);
    __atomic_store_n(&b->taken[slot], 0, __ATOMIC_RELEASE);
}

bool lun_batch_run(lun_batch *b)
{
    unsigned char taken[LUN_THREADS_MAX] = {0};
    double ns = b->flops / 2 + 500;
    if (!b->count) return true;
    b->per_piece = ns > 50000 ? 1 : (int64_t)(50000 / ns) + 1;
    int64_t pieces = (b->count + b->per_piece - 1) / b->per_piece;
    b->slots = pieces < lun_threads() ? (int)pieces : lun_threads();
    b->taken = taken;
    b->slot = lun_scratch_size(b->scratch);
    size_t bytes;
    if (!lun_mul_sizes(b->slot, (size_t)b->slots, &bytes)) return lun_fail(LUN_E_MEMORY, NULL, "a size is too large"), false;
    b->memory = bytes ? lun_data_get(bytes) : NULL;
    if (bytes && !b->memory) return false;
    bool done = lun_parallel(pieces, piece, b, ns * (double)b->count);
    lun_data_put(b->memory, bytes);
    return done;
}

bool lun_lapack_run(lun_frame *f, const lun_tensor *x, size_t scratch, double flops, void (*one)(int64_t, char *, void *), void *job)
{
    lun_batch b = {.count = lun_shape_numel(x->ndim - 2, x->dims), .scratch = scratch, .flops = flops, .one = one, .job = job};
    return lun_frame_close(f, lun_batch_run(&b));
}

/* Square tiles that stay in the first cache. */
#define TRANSPOSE(T)                                                                                                     \
    static void transpose_##T(int64_t r, int64_t c, const T *restrict from, int64_t from_ld, T *restrict to, int64_t to_ld) \
    {                                                                                                                    \
        enum { TILE = 16 };                                                                                              \
        for (int64_t i0 = 0; i0 < r; i0 += TILE)                                                                         \
            for (int64_t k0 = 0; k0 < c; k0 += TILE) {                                                                   \
                int64_t i1 = i0 + TILE < r ? i0 + TILE : r, k1 = k0 + TILE < c ? k0 + TILE : c;                          \
                for (int64_t k = k0; k < k1; k++)                                                                        \
                    for (int64_t i = i0; i < i1; i++) to[k * to_ld + i] = from[i * from_ld + k];                         \
            }                                                                                                            \
    }                                                                                                                    \
    static void transpose_square_##T(int64_t n, T *a)                                                                    \
    {                                                                                                                    \
        enum { TILE = 16 };                                                                                              \
        for (int64_t i0 = 0; i0 < n; i0 += TILE)                                                                         \
            for (int64_t k0 = i0; k0 < n; k0 += TILE) {                                                                  \
                int64_t i1 = i0 + TILE < n ? i0 + TILE : n, k1 = k0 + TILE < n ? k0 + TILE : n;                          \
                for (int64_t i = i0; i < i1; i++)                                                                        \
                    for (int64_t k = k0 > i ? k0 : i + 1; k < k1; k++) {                                                 \
                        T keep = a[i * n + k];                                                                           \
                        a[i * n + k] = a[k * n + i];                                                                     \
                        a[k * n + i] = keep;                                                                             \
                    }                                                                                                    \
            }                                                                                                            \
    }
typedef struct { uint64_t low, high; } wide;
TRANSPOSE(uint32_t)
TRANSPOSE(uint64_t)
TRANSPOSE(wide)

void lun_transpose_matrix(size_t size, int64_t r, int64_t c, const void *from, int64_t from_ld, void *to, int64_t to_ld)
{
    if (size == 4) transpose_uint32_t(r, c, from, from_ld, to, to_ld);
    else if (size == 8) transpose_uint64_t(r, c, from, from_ld, to, to_ld);
    else transpose_wide(r, c, from, from_ld, to, to_ld);
}

void lun_transpose_square(size_t size, int64_t n, void *a)
{
    if (size == 4) transpose_square_uint32_t(n, a);
    else if (size == 8) transpose_square_uint64_t(n, a);
    else transpose_square_wide(n, a);
}

bool lun_all_finite(lun_dtype type, const void *data, size_t n)
{
    double test = 0; /* 0 times anything finite is 0 */
    if (lun_dtype_is_complex(type)) n *= 2;
    if (lun_dtype_real(type) == LUN_F64)
        for (size_t i = 0; i < n; i++) test += ((const double *)data)[i] * 0;
    else
        for (size_t i = 0; i < n; i++) test += (double)(((const float *)data)[i] * 0);
    return test == 0;
}

double lun_float_at(lun_dtype type, const void *data, int64_t i)
{
    if (lun_dtype_is_complex(type)) i *= 2;
    return lun_dtype_real(type) == LUN_F64 ? ((const double *)data)[i] : (double)((const float *)data)[i];
}

void lun_float_put(lun_dtype type, void *data, int64_t i, double value)
{
    bool complex = lun_dtype_is_complex(type);
    if (complex) i *= 2;
    for (int part = 0; part <= complex; part++)
        if (lun_dtype_real(type) == LUN_F64) ((double *)data)[i + part] = part ? 0 : value;
        else ((float *)data)[i + part] = part ? 0 : (float)value;
}
