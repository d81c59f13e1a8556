/* fft.h - discrete Fourier transforms: what is known about a length (a plan), and the job of transforming rows
 *
 * Buffers hold the real and the imaginary parts apart, as [length][lanes]: several rows side by side, so that every loop runs over
 * neighbours. A length whose prime factors are small goes through passes of radix 4, 2, 3, 5 or another small prime (Stockham's order,
 * no bit reversal); one with a large prime becomes a convolution of a smooth length (Bluestein). A long row is cut into a matrix:
 * columns, twiddles, rows. Real input of even length is a complex one of half the length.
 * Holds: transforms here are forward and not scaled; the inverse exchanges real and imaginary parts on the way in and out. Bits depend
 * on shapes only. Read next: kernels/cpu/fft.inc (passes), kernels/cpu/fft.c (plans and jobs). SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_FFT_H
#define LUN_KERNELS_CPU_FFT_H
#include "core/dtype.h"
#include "kernels/cpu/isa.h"

enum { LUN_FFT_LANES = 16, LUN_FFT_STAGES = 40, LUN_FFT_LARGEST_RADIX = 31, LUN_FFT_WHOLE = 4096, LUN_FFT_PIECES = 16 };

typedef struct lun_fft_plan {
    int64_t n;
    bool wide;                       /* double, else float */
    int stages, radix[LUN_FFT_STAGES]; /* a smooth length */
    size_t twiddle_at[LUN_FFT_STAGES]; /* where each pass's factors begin (complex numbers) */
    void *twiddles;                  /* of the passes; then roots of the generic radices */
    size_t twiddle_bytes, root_at[LUN_FFT_STAGES];
    struct lun_fft_plan *rows, *columns; /* a long length: n = rows->n * columns->n */
    void *turns;                     /* exp(-2 pi i jk / n) between the two, [columns->n][rows->n] */
    struct lun_fft_plan *smooth;     /* Bluestein: the convolution's length */
    void *chirp, *spectrum;          /* exp(-i pi j^2 / n); the transform of its conjugate, divided by the length */
    void *half;                      /* exp(-2 pi i k / 2n), k = 0..n: to unpack a real row of 2n */
    int users;
    uint64_t used;                   /* when, for the cache */
    struct lun_fft_plan *next;
} lun_fft_plan;

/* The plan of a length, from the cache or new; NULL after lun_fail. Give it back with lun_fft_release. */
lun_fft_plan *lun_fft_plan_of(int64_t n, bool wide, bool halves);
void lun_fft_release(lun_fft_plan *p);

/* Numbers of T that lun_fft_run needs as scratch for this plan and that many lanes. */
int64_t lun_fft_scratch(const lun_fft_plan *p, int64_t lanes);
/* Does a single row of this plan go by itself (cut into a matrix) rather than beside others? */
bool lun_fft_long(const lun_fft_plan *p);

/* Transforms [n][lanes] in place. */
typedef bool lun_fft_loop(const lun_fft_plan *p, void *re, void *im, int64_t lanes, void *scratch);
/* Parts of n complex numbers `from_step` apart into two arrays with steps of `to_step`, and back with a factor. */
typedef struct lun_fft_loops {
    lun_fft_loop *run;
} lun_fft_loops;
LUN_EACH_ISA(const lun_fft_loops, lun_fft_f32);
LUN_EACH_ISA(const lun_fft_loops, lun_fft_f64);
#endif
