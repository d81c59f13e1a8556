/* fft.c - plans and passes against sums written out, in both types, one row and several side by side
 *
 * Read next: kernels/cpu/fft.h, t/lua/complex.lua (the rows made of it). SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/fft.h"
#include "kernels/start.h"
#include "t/tap.h"

#include <math.h>
#include <stdlib.h>

static double noise(void) { return (double)rand() / RAND_MAX - 0.5; }

/* The largest error of a transform of n points in `lanes` rows, relative to the largest result. */
static double error_of(int64_t n, int64_t lanes, bool wide)
{
    lun_fft_plan *p = lun_fft_plan_of(n, wide, false);
    if (!p) return INFINITY;
    size_t all = (size_t)(n * lanes), size = wide ? sizeof(double) : sizeof(float), rest = (size_t)lun_fft_scratch(p, lanes);
    double *re = malloc(all * sizeof *re), *im = malloc(all * sizeof *im), worst = 0, largest = 0;
    char *work = malloc((2 * all + rest) * size);
    for (size_t i = 0; i < all; i++) {
        re[i] = noise(), im[i] = noise();
        if (wide) ((double *)(void *)work)[i] = re[i], ((double *)(void *)work)[all + i] = im[i];
        else ((float *)(void *)work)[i] = (float)re[i], ((float *)(void *)work)[all + i] = (float)im[i];
    }
    const lun_fft_loops *loops = wide ? &LUN_BY_ISA(lun_fft_f64) : &LUN_BY_ISA(lun_fft_f32);
    bool done = loops->run(p, work, work + all * size, lanes, work + 2 * all * size);
    for (int64_t k = 0; k < n; k += n > 600 ? n / 60 : 1)
        for (int64_t l = 0; l < lanes; l++) {
            double a = 0, b = 0;
            for (int64_t j = 0; j < n; j++) {
                double angle = -6.283185307179586 * (double)(j * k % n) / (double)n, c = cos(angle), s = sin(angle);
                a += re[j * lanes + l] * c - im[j * lanes + l] * s;
                b += re[j * lanes + l] * s + im[j * lanes + l] * c;
            }
            size_t at = (size_t)(k * lanes + l);
            double x = wide ? ((double *)(void *)work)[at] : (double)((float *)(void *)work)[at];
            double y = wide ? ((double *)(void *)work)[all + at] : (double)((float *)(void *)work)[all + at];
            worst = fmax(worst, hypot(x - a, y - b));
            largest = fmax(largest, hypot(a, b));
        }
    free(re), free(im), free(work);
    lun_fft_release(p);
    return done && largest > 0 ? worst / largest : INFINITY;
}

int main(void)
{
    static const int64_t lengths[] = {1,  2,  3,  4,  5,  6,  7,   8,   9,   10,  11,  13,  15,  16,  25,   31,   32,   37,
                                      49, 60, 64, 97, 100, 121, 143, 210, 243, 256, 331, 512, 625, 1024, 1331, 4096, 4099, 8192};
    if (!ok(lun_start(), "start")) return done_testing();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        double narrow = 0, wide = 0;
        for (int64_t lanes = 1; lanes <= 16; lanes += lanes == 1 ? 2 : 13) {
            narrow = fmax(narrow, error_of(lengths[i], lanes, false));
            wide = fmax(wide, error_of(lengths[i], lanes, true));
        }
        ok(narrow < 2e-6, "float, %lld points (%.1e)", (long long)lengths[i], narrow);
        ok(wide < 2e-14, "double, %lld points (%.1e)", (long long)lengths[i], wide);
    }
    for (int64_t n = 2000; n < 2100; n++) lun_fft_release(lun_fft_plan_of(n, false, true));
    ok(error_of(2048, 1, true) < 1e-14, "after a hundred other plans");
    ok(!lun_fft_plan_of((int64_t)1 << 40, false, false), "a length beyond what can be is refused");
    return done_testing();
}
