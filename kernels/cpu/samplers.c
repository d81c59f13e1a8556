/* samplers.c - how a uniform stream becomes a number of a distribution
 *
 * Methods: inversion where the distribution function can be inverted; Marsaglia and Tsang (2000) for gamma; Hormann's transformed
 * rejection (1993) for Poisson and binomial with large means, sums of waiting times below.
 * Holds: rejection loops have a bound far beyond what chance can reach. Read next: kernels/cpu/draw.h. SPDX-License-Identifier: MIT
 */
#include "core/special.h"
#include "kernels/cpu/draw.h"

#include <math.h>

enum { TRIES = 10000 };
static const double pi = 3.14159265358979323846;

LUN_SAMPLER_PART uint32_t next(lun_stream *s)
{
    if (!s->left) {
        lun_philox_round(s->seed, s->place, s->round++, s->number);
        s->left = 4;
    }
    return s->number[4 - s->left--];
}

LUN_SAMPLER double lun_stream_uniform(lun_stream *s)
{
    uint64_t high = next(s), low = next(s);
    return ((double)((high << 32 | low) >> 12) + 0.5) * 0x1p-52;
}

LUN_SAMPLER_PART double normal(lun_stream *s)
{
    double u = lun_stream_uniform(s), v = lun_stream_uniform(s);
    return sqrt(-2 * log(u)) * cos(2 * pi * v);
}

LUN_SAMPLER double lun_sample_normal(lun_stream *s, double mean, double deviation) { return mean + deviation * normal(s); }
LUN_SAMPLER double lun_sample_log_normal(lun_stream *s, double mean, double deviation)
{
    return exp(lun_sample_normal(s, mean, deviation));
}
LUN_SAMPLER double lun_sample_bernoulli(lun_stream *s, double p, double b) { return (void)b, lun_stream_uniform(s) < p; }
LUN_SAMPLER double lun_sample_exponential(lun_stream *s, double rate, double b) { return (void)b, -log(lun_stream_uniform(s)) / rate; }
LUN_SAMPLER double lun_sample_cauchy(lun_stream *s, double median, double sigma)
{
    return median + sigma * tan(pi * (lun_stream_uniform(s) - 0.5));
}

LUN_SAMPLER double lun_sample_geometric(lun_stream *s, double p, double b)
{
    (void)b;
    double tries = ceil(log(lun_stream_uniform(s)) / log1p(-p));
    return tries < 1 ? 1 : tries;
}

LUN_SAMPLER double lun_sample_gamma(lun_stream *s, double shape, double b)
{
    (void)b;
    double scale = 1;
    if (shape == 0 || isinf(shape)) return shape;
    if (shape < 1) { /* gamma(a) = gamma(a + 1) U^(1/a) */
        scale = pow(lun_stream_uniform(s), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d), v = 1;
    for (int k = 0; k < TRIES; k++) {
        double x = normal(s), u;
        v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        u = lun_stream_uniform(s);
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) break;
    }
    return scale * d * v;
}

/* The number of arrivals within one unit of time. */
LUN_SAMPLER_PART double count_arrivals(lun_stream *s, double rate)
{
    double left = exp(-rate), product = lun_stream_uniform(s), n = 0;
    while (product > left && n < TRIES) {
        product *= lun_stream_uniform(s);
        n++;
    }
    return n;
}

LUN_SAMPLER double lun_sample_poisson(lun_stream *s, double rate, double unused)
{
    (void)unused;
    if (rate == 0 || isinf(rate)) return rate;
    if (rate < 10) return count_arrivals(s, rate);
    double log_rate = log(rate), b = 0.931 + 2.53 * sqrt(rate), a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), vr = 0.9277 - 3.6224 / (b - 2), k = floor(rate);
    for (int t = 0; t < TRIES; t++) {
        double u = lun_stream_uniform(s) - 0.5, v = lun_stream_uniform(s), us = 0.5 - fabs(u);
        k = floor((2 * a / us + b) * u + rate + 0.43);
        if (us >= 0.07 && v <= vr) break;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= k * log_rate - rate - lun_lgamma(k + 1)) break;
    }
    return k;
}

/* Successes by skipping from one to the next; p at most a half and n p small. */
LUN_SAMPLER_PART double count_successes(lun_stream *s, double n, double p)
{
    double tries = 0, successes = 0, log_rest = log1p(-p);
    for (int k = 0; k < TRIES; k++) {
        tries += ceil(log(lun_stream_uniform(s)) / log_rest);
        if (tries > n) break;
        successes++;
    }
    return successes;
}

/* log of n! / (k! (n - k)!) p^k q^(n - k), but for what does not depend on k */
LUN_SAMPLER_PART double log_chance(double k, double n, double log_odds)
{
    return k * log_odds - lun_lgamma(k + 1) - lun_lgamma(n - k + 1);
}

LUN_SAMPLER_PART double binomial_rejection(lun_stream *s, double n, double p)
{
    double spread = sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p, c = n * p + 0.5;
    double vr = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread, log_odds = log(p / (1 - p)), mode = floor((n + 1) * p), k = mode;
    double top = log_chance(mode, n, log_odds);
    for (int t = 0; t < TRIES; t++) {
        double u = lun_stream_uniform(s) - 0.5, v = lun_stream_uniform(s), us = 0.5 - fabs(u);
        k = floor((2 * a / us + b) * u + c);
        if (k < 0 || k > n) continue;
        if (us >= 0.07 && v <= vr) break;
        if (log(v * alpha / (a / (us * us) + b)) <= log_chance(k, n, log_odds) - top) break;
    }
    return k;
}

LUN_SAMPLER double lun_sample_binomial(lun_stream *s, double count, double p)
{
    double n = floor(count), low = p > 0.5 ? 1 - p : p, k;
    if (low <= 0 || n <= 0) return p > 0.5 && n > 0 ? n : 0;
    k = n * low < 10 ? count_successes(s, n, low) : binomial_rejection(s, n, low);
    return p > 0.5 ? n - k : k;
}
