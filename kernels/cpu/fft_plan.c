/* fft_plan.c - plans: factors, twiddles, chirps; a small cache of them
 *
 * Holds: angles are reduced to an eighth of a turn before sin and cos, so every factor is right to the last bit or so; the cache holds
 * at most CACHED plans and MOST bytes that nobody uses. Read next: kernels/cpu/fft.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/fft.h"

#include "core/alloc.h"
#include "core/error.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { CACHED = 48 };
static const size_t most_cached = (size_t)256 << 20;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static lun_fft_plan *plans; /* each with a list of its own users */
static uint64_t clock_of_uses;

/* exp(-2 pi i k / n) */
static void root_of_one(int64_t k, int64_t n, double *re, double *im)
{
    const double turn = 6.283185307179586476925;
    k %= n;
    bool below = 2 * k > n; /* conjugate of the other half */
    if (below) k = n - k;
    bool left = 4 * k > n;  /* mirror of the right half */
    int64_t twice = left ? n - 2 * k : 2 * k; /* half turns of n: angle = pi twice / n */
    bool steep = 4 * twice > n;
    double a = steep ? turn / 4 * (double)(n - 2 * twice) / (double)n : turn / 2 * (double)twice / (double)n;
    double c = steep ? sin(a) : cos(a), s = steep ? cos(a) : sin(a);
    *re = left ? -c : c;
    *im = below ? s : -s;
}

static void put(const lun_fft_plan *p, void *table, size_t at, int64_t k, int64_t n)
{
    double re, im;
    root_of_one(k, n, &re, &im);
    if (p->wide) ((double *)table)[2 * at] = re, ((double *)table)[2 * at + 1] = im;
    else ((float *)table)[2 * at] = (float)re, ((float *)table)[2 * at + 1] = (float)im;
}

static size_t cell(const lun_fft_plan *p) { return p->wide ? 2 * sizeof(double) : 2 * sizeof(float); }

/* The radices of n; false when a prime factor is too large. */
static bool factor(int64_t n, int *stages, int *radix)
{
    *stages = 0;
    for (int k = 4; n > 1 && k <= LUN_FFT_LARGEST_RADIX + 3; k++) {
        int r = k == 4 ? 4 : k - 3; /* 4, 2, 3, 5, 6 ... */
        while (n % r == 0 && *stages < LUN_FFT_STAGES) {
            radix[(*stages)++] = r;
            n /= r;
        }
    }
    return n == 1;
}

static bool make_smooth(lun_fft_plan *p)
{
    size_t count = 0;
    int64_t left = p->n;
    for (int k = 0; k < p->stages; k++) {
        int r = p->radix[k];
        p->twiddle_at[k] = count;
        count += (size_t)(left / r) * (size_t)(r - 1);
        left /= r;
        p->root_at[k] = count;
        count += r > 5 ? (size_t)r : 0;
    }
    p->twiddle_bytes = (count + 1) * cell(p);
    if (!(p->twiddles = lun_data_get(p->twiddle_bytes))) return false;
    left = p->n;
    for (int k = 0; k < p->stages; k++) {
        int r = p->radix[k];
        for (int64_t i = 0; i < left / r; i++)
            for (int j = 1; j < r; j++) put(p, p->twiddles, p->twiddle_at[k] + (size_t)(i * (r - 1) + j - 1), i * j, left);
        for (int j = 0; r > 5 && j < r; j++) put(p, p->twiddles, p->root_at[k] + (size_t)j, j, r);
        left /= r;
    }
    return true;
}

static int64_t smooth_length(int64_t least)
{
    for (int64_t n = least;; n++) {
        int64_t left = n;
        while (left % 2 == 0) left /= 2;
        while (left % 3 == 0) left /= 3;
        while (left % 5 == 0) left /= 5;
        if (left == 1) return n;
    }
}

static lun_fft_plan *plan_of(int64_t n, bool wide, bool halves);

/* The factor of n next to its root. */
static bool make_matrix(lun_fft_plan *p)
{
    int64_t best = 1;
    for (int64_t d = 1; d * d <= p->n; d++)
        if (p->n % d == 0) best = d;
    if (best < 8) return true;
    p->rows = plan_of(best, p->wide, false);
    p->columns = p->rows ? plan_of(p->n / best, p->wide, false) : NULL;
    p->turns = p->columns ? lun_data_get((size_t)p->n * cell(p)) : NULL;
    if (!p->turns) return false;
    for (int64_t k = 0; k < p->columns->n; k++)
        for (int64_t j = 0; j < best; j++) put(p, p->turns, (size_t)(k * best + j), k * j, p->n);
    return true;
}

static bool make_bluestein(lun_fft_plan *p)
{
    int64_t n = p->n, m = smooth_length(2 * n - 1);
    if (!(p->smooth = plan_of(m, p->wide, false))) return false;
    size_t room = (size_t)lun_fft_scratch(p->smooth, 1) * cell(p) / 2, all = (size_t)m * cell(p);
    p->chirp = lun_data_get((size_t)n * cell(p));
    p->spectrum = p->chirp ? lun_data_get(all) : NULL;
    char *parts = p->spectrum ? lun_data_get(all + room) : NULL;
    if (!parts) return false;
    memset(parts, 0, all);
    for (int64_t j = 0; j < n; j++) put(p, p->chirp, (size_t)j, (int64_t)((uint64_t)j * (uint64_t)j % (uint64_t)(2 * n)), 2 * n);
    void *re = parts, *im = parts + all / 2;
    for (int64_t j = 0; j < n; j++)
        for (int side = 0; side < 2; side++) {
            int64_t at = side && j ? m - j : j;
            if (p->wide) ((double *)re)[at] = ((double *)p->chirp)[2 * j], ((double *)im)[at] = -((double *)p->chirp)[2 * j + 1];
            else ((float *)re)[at] = ((float *)p->chirp)[2 * j], ((float *)im)[at] = -((float *)p->chirp)[2 * j + 1];
        }
    const lun_fft_loops *loops = p->wide ? &LUN_BY_ISA(lun_fft_f64) : &LUN_BY_ISA(lun_fft_f32);
    bool done = loops->run(p->smooth, re, im, 1, parts + all);
    for (int64_t k = 0; k < m; k++) {
        double *wide = p->spectrum;
        float *narrow = p->spectrum;
        if (p->wide) wide[2 * k] = ((double *)re)[k] / (double)m, wide[2 * k + 1] = ((double *)im)[k] / (double)m;
        else narrow[2 * k] = ((float *)re)[k] / (float)m, narrow[2 * k + 1] = ((float *)im)[k] / (float)m;
    }
    lun_data_put(parts, all + room);
    return done || lun_fail_interrupted();
}

static bool make_halves(lun_fft_plan *p)
{
    if (p->half) return true;
    if (!(p->half = lun_data_get((size_t)(p->n + 1) * cell(p)))) return false;
    for (int64_t k = 0; k <= p->n; k++) put(p, p->half, (size_t)k, k, 2 * p->n);
    return true;
}

static size_t bytes_of(const lun_fft_plan *p)
{
    size_t n = (size_t)p->n * cell(p), all = p->twiddle_bytes;
    if (p->turns) all += n;
    if (p->chirp) all += n;
    if (p->spectrum) all += (size_t)p->smooth->n * cell(p);
    if (p->half) all += n + cell(p);
    return all;
}

static void drop(lun_fft_plan *p)
{
    if (!p) return;
    size_t n = (size_t)p->n * cell(p);
    if (p->twiddles) lun_data_put(p->twiddles, p->twiddle_bytes);
    if (p->turns) lun_data_put(p->turns, n);
    if (p->chirp) lun_data_put(p->chirp, n);
    if (p->spectrum) lun_data_put(p->spectrum, (size_t)p->smooth->n * cell(p));
    if (p->half) lun_data_put(p->half, n + cell(p));
    if (p->rows) p->rows->users--;
    if (p->columns) p->columns->users--;
    if (p->smooth) p->smooth->users--;
    lun_block_put(p, sizeof *p);
}

/* Forgets plans that nobody uses, the oldest first, until the rest is small. */
static void trim(void)
{
    for (;;) {
        lun_fft_plan **oldest = NULL;
        size_t bytes = 0;
        int count = 0;
        for (lun_fft_plan **at = &plans; *at; at = &(*at)->next) {
            bytes += bytes_of(*at);
            count++;
            if (!(*at)->users && (!oldest || (*at)->used < (*oldest)->used)) oldest = at;
        }
        if (!oldest || (count <= CACHED && bytes <= most_cached)) return;
        lun_fft_plan *p = *oldest;
        *oldest = p->next;
        drop(p);
    }
}

static lun_fft_plan *make(int64_t n, bool wide)
{
    lun_fft_plan *p = lun_block_get(sizeof *p);
    if (!p) return NULL;
    *p = (lun_fft_plan){.n = n, .wide = wide};
    bool smooth = factor(n, &p->stages, p->radix), made = smooth ? make_smooth(p) : make_bluestein(p);
    if (made && smooth && n >= 1024) made = make_matrix(p);
    if (made) return p;
    drop(p);
    return NULL;
}

static lun_fft_plan *plan_of(int64_t n, bool wide, bool halves)
{
    lun_fft_plan *p = plans;
    while (p && (p->n != n || p->wide != wide)) p = p->next;
    if (!p) {
        if (!(p = make(n, wide))) return NULL;
        p->next = plans;
        plans = p;
    }
    p->users++;
    p->used = ++clock_of_uses;
    if (!halves || make_halves(p)) return p;
    p->users--;
    return NULL;
}

lun_fft_plan *lun_fft_plan_of(int64_t n, bool wide, bool halves)
{
    if (n > INT32_MAX / 4)
        return lun_fail(LUN_E_SHAPE, "transform parts of it", "a transform of %lld points is too long (at most %d)", (long long)n, INT32_MAX / 4);
    pthread_mutex_lock(&lock);
    lun_fft_plan *p = plan_of(n, wide, halves);
    if (p) trim();
    pthread_mutex_unlock(&lock);
    return p;
}

void lun_fft_release(lun_fft_plan *p)
{
    if (!p) return;
    pthread_mutex_lock(&lock);
    p->users--;
    trim();
    pthread_mutex_unlock(&lock);
}

bool lun_fft_long(const lun_fft_plan *p) { return p->smooth ? lun_fft_long(p->smooth) : p->rows && p->n > LUN_FFT_WHOLE; }

int64_t lun_fft_scratch(const lun_fft_plan *p, int64_t lanes)
{
    if (p->smooth) return 2 * p->smooth->n * lanes + lun_fft_scratch(p->smooth, lanes);
    if (lanes > 1 || !p->rows) return 2 * p->n * lanes;
    int64_t longer = p->rows->n > p->columns->n ? p->rows->n : p->columns->n;
    return 2 * p->n + LUN_FFT_PIECES * 4 * LUN_FFT_LANES * longer;
}
