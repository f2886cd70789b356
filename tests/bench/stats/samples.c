/* see samples.h */
#include "bench/stats/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/report.h"
#include "support/statistics.h"

enum { CHUNK = 1 << 16, LAGS = 12 };

static const size_t lags[LAGS] = {1, 2, 3, 15, 16, 31, 32, 33, 64, 256, 1024, 4096};

/* Sums over the chunks; one of the two arrays is used. */
struct sums {
    unsigned bits;
    float *x4;
    double *x8;
    struct moments moments;
    struct histogram histogram;
    double lag[LAGS], lag_squares[LAGS]; /* sums of products of x, of x^2 - E x^2 */
    double products[LAGS];               /* how many */
};

/* The cells: 2^-16 standard deviations or less, aligned with the integers. */
static struct histogram histogram_for(enum wi_draw_kind kind)
{
    double bound = kind == WI_DRAW_NORMAL ? 8 : kind == WI_DRAW_TRUNCATED ? 2 : 1;
    double width = kind == WI_DRAW_NORMAL ? 0x1p-16 : 0x1p-17;
    size_t cells = (size_t)(2 * bound / width);
    struct histogram h = {-bound, width, cells, calloc(cells, sizeof(uint32_t))};
    if (!h.count)
        exit(2);
    return h;
}

static double products(const struct sums *s, size_t lag)
{
    return s->bits == 32 ? products_sum_f32(s->x4, s->x4 + lag, CHUNK - lag)
                         : products_sum_f64(s->x8, s->x8 + lag, CHUNK - lag);
}

static void add_chunk(struct sums *s, double variance)
{
    if (s->bits == 32) {
        moments_add_f32(&s->moments, s->x4, CHUNK);
        histogram_add_f32(&s->histogram, s->x4, CHUNK);
    } else {
        moments_add_f64(&s->moments, s->x8, CHUNK);
        histogram_add_f64(&s->histogram, s->x8, CHUNK);
    }
    for (int l = 0; l < LAGS; l++) {
        s->lag[l] += products(s, lags[l]);
        s->products[l] += (double)((CHUNK - lags[l]) / 8 * 8);
    }
    for (size_t i = 0; i < CHUNK; i++)
        if (s->bits == 32)
            s->x4[i] = (float)((double)s->x4[i] * (double)s->x4[i] - variance);
        else
            s->x8[i] = s->x8[i] * s->x8[i] - variance;
    for (int l = 0; l < LAGS; l++)
        s->lag_squares[l] += products(s, lags[l]);
}

static void report_tails(const struct sums *s, enum wi_draw_kind kind, const char *group)
{
    char name[40];
    for (double x = 0.5; x < 7; x += 0.5) {
        double mass = 2 * cdf_between(kind, x, INFINITY), expected = s->moments.n * mass;
        if (expected < 10)
            break;
        snprintf(name, sizeof name, "|x| > %.1f", x);
        report(group, name, (histogram_beyond(&s->histogram, x) - expected) / sqrt(expected * (1 - mass)));
    }
}

static void report_lags(const struct sums *s, enum wi_draw_kind kind, const char *group)
{
    char name[40];
    double m2 = expected_moment(kind, 2), square_variance = expected_moment(kind, 4) - m2 * m2;
    for (int l = 0; l < LAGS; l++) {
        snprintf(name, sizeof name, "lag %zu", lags[l]);
        report(group, name, s->lag[l] / (m2 * sqrt(s->products[l])));
        snprintf(name, sizeof name, "lag %zu, squares", lags[l]);
        report(group, name, s->lag_squares[l] / (square_variance * sqrt(s->products[l])));
    }
}

static void report_all(const struct sums *s, enum wi_draw_kind kind, const char *group)
{
    static const char *const moment_names[] = {"", "mean", "variance", "third moment", "fourth moment"};
    struct fit fit = histogram_fit(&s->histogram, kind);
    char name[40];
    report(group, "Kolmogorov-Smirnov", fit.ks);
    report(group, "Anderson-Darling", fit.ad);
    for (int power = 1; power <= 4; power++)
        report(group, moment_names[power], moments_deviate(&s->moments, kind, power));
    int finest = kind == WI_DRAW_NORMAL ? 16 : 17;
    for (int width = finest; width >= 6; width -= 2) {
        snprintf(name, sizeof name, "chi-square, cells 2^-%d", width);
        report(group, name, histogram_chi2(&s->histogram, kind, (size_t)1 << (finest - width)));
    }
    report_tails(s, kind, group);
    report_lags(s, kind, group);
}

static const char *kind_name(enum wi_draw_kind kind)
{
    return kind == WI_DRAW_UNIFORM ? "uniform" : kind == WI_DRAW_NORMAL ? "normal" : "truncated normal";
}

void stats_samples(enum wi_draw_kind kind, unsigned bits, uint64_t seed, uint64_t n)
{
    static float x4[CHUNK];
    static double x8[CHUNK];
    const struct wi_draw draw = {kind, kind == WI_DRAW_UNIFORM ? -1 : 0, 1};
    struct sums s = {.bits = bits, .x4 = x4, .x8 = x8, .histogram = histogram_for(kind)};
    char group[40];
    snprintf(group, sizeof group, "%s f%u", kind_name(kind), bits);
    const struct wi_key key = {seed, wi_stream_id(group, strlen(group)), WI_DOMAIN_VALUE};
    for (uint64_t first = 0; first < n; first += CHUNK) {
        if (bits == 32)
            wi_draw_f32(&draw, &key, first, CHUNK, x4);
        else
            wi_draw_f64(&draw, &key, first, CHUNK, x8);
        add_chunk(&s, expected_moment(kind, 2));
    }
    report_all(&s, kind, group);
    free(s.histogram.count);
}

/* Codes in the order of their values: -infinity .. -0, 0 .. infinity. */
static uint16_t code_at(unsigned rank, uint16_t infinity)
{
    return (uint16_t)(rank <= infinity ? 0x8000 + infinity - rank : rank - infinity - 1);
}

static double halves_chi2(const uint32_t count[65536], uint64_t n, enum wi_draw_kind kind, uint16_t infinity,
                          float (*widen)(uint16_t))
{
    struct chi2 chi2 = {.n = (double)n, .min_width = 0x1p-16};
    double low = -INFINITY;
    for (unsigned rank = 1; rank <= 2u * infinity; rank++) { /* the finite ones */
        uint16_t code = code_at(rank, infinity), above = code_at(rank + 1, infinity);
        double high = rank == 2u * infinity ? INFINITY : ((double)widen(code) + (double)widen(above)) / 2;
        chi2_add(&chi2, cdf_between(kind, low, high), high - low, count[code]);
        low = high;
    }
    return chi2_deviate(&chi2);
}

void stats_halves(enum wi_draw_kind kind, uint64_t seed, uint64_t n)
{
    static uint32_t count16[65536], count_b[65536];
    static uint16_t x[CHUNK];
    const struct wi_draw draw = {kind, kind == WI_DRAW_UNIFORM ? -1 : 0, 1};
    const char *name = kind_name(kind);
    const struct wi_key key = {seed, wi_stream_id(name, strlen(name)), WI_DOMAIN_VALUE};
    uint64_t drawn = 0;
    for (int i = 0; i < 65536; i++)
        count16[i] = count_b[i] = 0;
    for (; drawn < n; drawn += CHUNK) {
        wi_draw_f16(&draw, &key, drawn, CHUNK, x);
        for (size_t i = 0; i < CHUNK; i++)
            count16[x[i]]++;
        wi_draw_bf16(&draw, &key, drawn, CHUNK, x);
        for (size_t i = 0; i < CHUNK; i++)
            count_b[x[i]]++;
    }
    report(kind_name(kind), "f16, chi-square of values", halves_chi2(count16, drawn, kind, 0x7c00, wi_f32_from_f16));
    report(kind_name(kind), "bf16, chi-square of values", halves_chi2(count_b, drawn, kind, 0x7f80, wi_f32_from_bf16));
}
