/* fft.c - the kernels fft_c2c, fft_r2c and fft_c2r: rows brought into buffers, transformed, scaled, laid down
 *
 * A tensor is seen as [outer, n, inner]; a row is one position of outer and inner. Up to LUN_FFT_LANES neighbouring rows go through a
 * buffer together; a long row goes alone. A row is cut off or filled up with zeros to the length asked for.
 * Holds: who reads complex parts of the zeroth (and of an even length's middle) coefficient as a real row's does not look at their
 * imaginary parts. Read next: kernels/cpu/fft.h, core/ops/fft.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/fft.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/op_id.h"
#include "kernels/cpu/frame.h"
#include "kernels/cpu/kernels.h"
#include "kernels/threads.h"

typedef enum { COMPLEX, TO_REAL, FROM_REAL } kind;

typedef struct job {
    kind kind;
    bool wide, inverse, packed; /* packed: an even real row as a complex one of half the length */
    const lun_fft_plan *plan;
    int64_t n;                  /* of the transform */
    int64_t given, made;        /* positions of a row: in the input, in the result */
    int64_t rows, inner;
    const void *in;
    void *out;
    double scale;
    int64_t lanes, blocks, share; /* rows together; such blocks; blocks of a piece */
    char *room;                 /* buffers of the pieces */
    int64_t room_bytes;
    bool stopped;
} job;

typedef struct block { int64_t first, lanes; void *re, *im, *rest; } block;

#define AT(j, row, length, k) (((row) / (j)->inner * (length) + (k)) * (j)->inner + (row) % (j)->inner)

/* For T: load, store, and their real forms. `re` and `im` are exchanged by the caller for the inverse. */
#define ROWS(T, id)                                                                                                     \
    static void load_##id(const job *j, const block *b, T *re, T *im)                                                   \
    {                                                                                                                   \
        const T *x = j->in;                                                                                             \
        bool real = j->kind == FROM_REAL;                                                                               \
        int64_t n = j->given < j->n ? j->given : j->n;                                                                  \
        for (int64_t k = 0; k < j->n; k++)                                                                              \
            for (int64_t l = 0; l < b->lanes; l++) {                                                                    \
                int64_t at = AT(j, b->first + l, j->given, k);                                                          \
                re[k * b->lanes + l] = k >= n ? 0 : real ? x[at] : x[2 * at];                                           \
                im[k * b->lanes + l] = k >= n || real ? 0 : x[2 * at + 1];                                              \
            }                                                                                                           \
    }                                                                                                                   \
    static void store_##id(const job *j, const block *b, const T *re, const T *im)                                      \
    {                                                                                                                   \
        T *y = j->out, f = (T)j->scale;                                                                                 \
        for (int64_t k = 0; k < j->made; k++)                                                                           \
            for (int64_t l = 0; l < b->lanes; l++) {                                                                    \
                int64_t at = AT(j, b->first + l, j->made, k);                                                           \
                if (j->kind == TO_REAL) {                                                                               \
                    y[at] = f * re[k * b->lanes + l];                                                                   \
                } else {                                                                                                \
                    y[2 * at] = f * re[k * b->lanes + l];                                                               \
                    y[2 * at + 1] = f * im[k * b->lanes + l];                                                           \
                }                                                                                                       \
            }                                                                                                           \
    }                                                                                                                   \
    /* pairs of neighbours as complex numbers */                                                                        \
    static void load_packed_##id(const job *j, const block *b, T *re, T *im)                                            \
    {                                                                                                                   \
        const T *x = j->in;                                                                                             \
        for (int64_t k = 0; k < j->n / 2; k++)                                                                          \
            for (int64_t l = 0; l < b->lanes; l++) {                                                                    \
                re[k * b->lanes + l] = 2 * k < j->given ? x[AT(j, b->first + l, j->given, 2 * k)] : 0;                  \
                im[k * b->lanes + l] = 2 * k + 1 < j->given ? x[AT(j, b->first + l, j->given, 2 * k + 1)] : 0;          \
            }                                                                                                           \
    }                                                                                                                   \
    /* X_k = (Z_k + Z*_-k) / 2 + w^k (Z_k - Z*_-k) / 2i */                                                              \
    static void unpack_##id(const job *j, const block *b, const T *re, const T *im)                                     \
    {                                                                                                                   \
        int64_t h = j->n / 2;                                                                                           \
        const T *w = j->plan->half;                                                                                     \
        T *y = j->out, f = (T)(0.5 * j->scale);                                                                         \
        for (int64_t k = 0; k <= h; k++)                                                                                \
            for (int64_t l = 0; l < b->lanes; l++) {                                                                    \
                int64_t p = (k % h) * b->lanes + l, q = ((h - k) % h) * b->lanes + l, at = AT(j, b->first + l, j->made, k); \
                T er = re[p] + re[q], ei = im[p] - im[q], dr = im[p] + im[q], di = re[q] - re[p];                       \
                T c = w[2 * k], d = w[2 * k + 1];                                                                       \
                y[2 * at] = f * (er + c * dr - d * di);                                                                 \
                y[2 * at + 1] = f * (ei + c * di + d * dr);                                                             \
            }                                                                                                           \
    }                                                                                                                   \
    /* coefficient k of a real row of n points */                                                                       \
    static inline void coefficient_##id(const job *j, int64_t row, int64_t k, T *re, T *im)                             \
    {                                                                                                                   \
        const T *x = j->in;                                                                                             \
        bool mirror = 2 * k > j->n;                                                                                     \
        int64_t c = mirror ? j->n - k : k, at = AT(j, row, j->given, c);                                                \
        *re = c < j->given ? x[2 * at] : 0;                                                                             \
        *im = c >= j->given || c == 0 || 2 * c == j->n ? 0 : mirror ? -x[2 * at + 1] : x[2 * at + 1];                   \
    }                                                                                                                   \
    static void load_hermitian_##id(const job *j, const block *b, T *re, T *im)                                         \
    {                                                                                                                   \
        for (int64_t k = 0; k < j->n; k++)                                                                              \
            for (int64_t l = 0; l < b->lanes; l++)                                                                      \
                coefficient_##id(j, b->first + l, k, &re[k * b->lanes + l], &im[k * b->lanes + l]);                     \
    }                                                                                                                   \
    /* Z_k = (X_k + X_(k+h)) + i w^-k (X_k - X_(k+h)): its inverse has the even points as real, the odd as imaginary parts */ \
    static void load_folded_##id(const job *j, const block *b, T *re, T *im)                                            \
    {                                                                                                                   \
        int64_t h = j->n / 2;                                                                                           \
        const T *w = j->plan->half;                                                                                     \
        for (int64_t k = 0; k < h; k++)                                                                                 \
            for (int64_t l = 0; l < b->lanes; l++) {                                                                    \
                T ar, ai, br, bi;                                                                                       \
                coefficient_##id(j, b->first + l, k, &ar, &ai);                                                         \
                coefficient_##id(j, b->first + l, k + h, &br, &bi);                                                     \
                T dr = ar - br, di = ai - bi, c = w[2 * k], d = -w[2 * k + 1];                                          \
                T or_ = dr * c - di * d, oi = dr * d + di * c;                                                          \
                re[k * b->lanes + l] = ar + br - oi;                                                                    \
                im[k * b->lanes + l] = ai + bi + or_;                                                                   \
            }                                                                                                           \
    }                                                                                                                   \
    static void store_pairs_##id(const job *j, const block *b, const T *re, const T *im)                                \
    {                                                                                                                   \
        T *y = j->out, f = (T)j->scale;                                                                                 \
        for (int64_t k = 0; k < j->n / 2; k++)                                                                          \
            for (int64_t l = 0; l < b->lanes; l++) {                                                                    \
                y[AT(j, b->first + l, j->made, 2 * k)] = f * re[k * b->lanes + l];                                      \
                y[AT(j, b->first + l, j->made, 2 * k + 1)] = f * im[k * b->lanes + l];                                  \
            }                                                                                                           \
    }                                                                                                                   \
    static bool block_##id(const job *j, const block *b)                                                                \
    {                                                                                                                   \
        bool real_in = j->kind == FROM_REAL, swap = j->inverse && !real_in;                                             \
        if (!j->packed && j->kind == TO_REAL) load_hermitian_##id(j, b, b->re, b->im);                                  \
        else if (!j->packed) load_##id(j, b, b->re, b->im);                                                             \
        else if (real_in) load_packed_##id(j, b, b->re, b->im);                                                         \
        else load_folded_##id(j, b, b->re, b->im);                                                                      \
        if (!LUN_BY_ISA(lun_fft_##id).run(j->plan, swap ? b->im : b->re, swap ? b->re : b->im, b->lanes, b->rest)) return false; \
        if (!j->packed) store_##id(j, b, b->re, b->im);                                                                 \
        else if (real_in) unpack_##id(j, b, b->re, b->im);                                                              \
        else store_pairs_##id(j, b, b->re, b->im);                                                                      \
        return true;                                                                                                    \
    }
ROWS(float, f32)
ROWS(double, f64)

static void piece(int64_t p, void *argument)
{
    job *j = argument;
    size_t size = j->wide ? sizeof(double) : sizeof(float);
    char *room = j->room + p * j->room_bytes;
    for (int64_t at = p * j->share; at < (p + 1) * j->share && at < j->blocks; at++) {
        block b = {.first = at * j->lanes};
        b.lanes = j->rows - b.first < j->lanes ? j->rows - b.first : j->lanes;
        size_t part = (size_t)(j->plan->n * b.lanes) * size;
        b.re = room;
        b.im = room + part;
        b.rest = room + 2 * part;
        if (!(j->wide ? block_f64(j, &b) : block_f32(j, &b))) __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
    }
}

enum { MOST_PIECES = 16 };

static bool run(job *j)
{
    int64_t size = j->wide ? (int64_t)sizeof(double) : (int64_t)sizeof(float), n = j->plan->n;
    bool alone = lun_fft_long(j->plan) || (j->rows < 4 && n >= 1024 && !j->plan->smooth);
    j->lanes = alone ? 1 : j->rows < LUN_FFT_LANES ? j->rows : LUN_FFT_LANES;
    j->blocks = (j->rows + j->lanes - 1) / j->lanes;
    int64_t pieces = j->blocks < MOST_PIECES ? j->blocks : MOST_PIECES;
    if (alone && n >= 65536) pieces = 1; /* such a row keeps all threads busy by itself */
    j->share = (j->blocks + pieces - 1) / pieces;
    pieces = (j->blocks + j->share - 1) / j->share;
    j->room_bytes = ((2 * n * j->lanes + lun_fft_scratch(j->plan, j->lanes)) * size + 63) / 64 * 64;
    j->room = lun_data_get((size_t)(pieces * j->room_bytes));
    if (!j->room) return false;
    double work = 10.0 * (double)j->rows * (double)j->n;
    bool done = true;
    if (pieces == 1 && alone)
        for (int64_t row = 0; done && row < j->rows; row++) {
            block b = {row, 1, j->room, j->room + n * size, j->room + 2 * n * size};
            done = j->wide ? block_f64(j, &b) : block_f32(j, &b);
        }
    else done = lun_parallel(pieces, piece, j, work) && !j->stopped;
    lun_data_put(j->room, (size_t)(pieces * j->room_bytes));
    return done;
}

static void describe(job *j, const lun_call *c, const lun_frame *f)
{
    const lun_tensor *x = c->in[0], *y = c->out[0];
    int64_t dim = lun_param_int(&c->params, 1, 0), outer = 1;
    dim += dim < 0 ? x->ndim : 0;
    j->inner = 1;
    for (int d = 0; d < x->ndim; d++) {
        outer *= d < dim ? x->dims[d] : 1;
        j->inner *= d > dim ? x->dims[d] : 1;
    }
    j->rows = outer * j->inner;
    j->given = x->dims[dim];
    j->made = y->dims[dim];
    j->in = f->in[0].data;
    j->out = f->out[0].data;
}

bool lun_cpu_fft(lun_call *c)
{
    lun_frame f;
    job j = {.n = lun_param_int(&c->params, 0, 1), .inverse = lun_param_bool(&c->params, 2, false), .scale = lun_param_float(&c->params, 3, 1)};
    j.kind = c->op->id == LUN_OP_fft_r2c ? FROM_REAL : c->op->id == LUN_OP_fft_c2r ? TO_REAL : COMPLEX;
    if (j.kind == TO_REAL) j.inverse = true;
    j.packed = j.kind != COMPLEX && j.n % 2 == 0;
    if (!lun_frame_open(&f, c)) return false;
    j.wide = lun_dtype_real(f.type) == LUN_F64;
    describe(&j, c, &f);
    lun_fft_plan *plan = lun_fft_plan_of(j.packed ? j.n / 2 : j.n, j.wide, j.packed);
    j.plan = plan;
    bool done = plan && run(&j);
    lun_fft_release(plan);
    return lun_frame_close(&f, done);
}
