/* see statistics.h */
#include "support/statistics.h"

#include <math.h>

static const double truncated_mass = 0.95449973610364158560; /* erf(sqrt 2) */

static double normal_upper(double x)
{
    return 0.5 * erfc(x / sqrt(2));
}

double cdf(enum wi_draw_kind kind, double x)
{
    return cdf_between(kind, -INFINITY, x);
}

static double clamp(double x, double bound)
{
    return x < -bound ? -bound : x > bound ? bound : x;
}

double cdf_between(enum wi_draw_kind kind, double lo, double hi)
{
    if (kind == WI_DRAW_UNIFORM)
        return (clamp(hi, 1) - clamp(lo, 1)) / 2;
    if (kind == WI_DRAW_TRUNCATED)
        lo = clamp(lo, 2), hi = clamp(hi, 2);
    double mass = lo > 0 ? normal_upper(lo) - normal_upper(hi) : normal_upper(-hi) - normal_upper(-lo);
    return kind == WI_DRAW_TRUNCATED ? mass / truncated_mass : mass;
}

double deviate(double p)
{
    double lo = -40, hi = 40;
    if (p <= 0)
        return hi;
    for (int i = 0; i < 60; i++) {
        double x = (lo + hi) / 2;
        *(normal_upper(x) > p ? &lo : &hi) = x;
    }
    return lo;
}

/* Kolmogorov 1933, with Stephens' correction for finite n. */
double kolmogorov_p(double d, double n)
{
    double x = d * (sqrt(n) + 0.12 + 0.11 / sqrt(n)), sum = 0;
    if (x < 0.2)
        return 1;
    for (int k = 1; k < 50; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
    return sum < 1 ? sum : 1;
}

/* Marsaglia and Marsaglia, Evaluating the Anderson-Darling distribution, 2004: the limit distribution. */
double anderson_p(double z)
{
    if (z < 0.01)
        return 1;
    if (z < 2) {
        double s = .00168691 * z - .0116720;
        s = (((s * z + .0347962) * z - .0649821) * z + .247105) * z + 2.00012;
        return 1 - exp(-1.2337141 / z) / sqrt(z) * s;
    }
    double s = ((((-.0003146 * z + .008056) * z - .082433) * z + .43424) * z - 2.30695) * z + 1.0776;
    return -expm1(-exp(s));
}

double expected_moment(enum wi_draw_kind kind, int power)
{
    if (power % 2)
        return 0;
    if (kind == WI_DRAW_UNIFORM)
        return 1.0 / (power + 1);
    double moment = 1; /* by parts: E x^k = (k-1) E x^(k-2) - boundary term */
    const double boundary = 4 * exp(-2) / sqrt(2 * acos(-1)) / truncated_mass / 2;
    for (int k = 2; k <= power; k += 2)
        moment = (k - 1) * moment - (kind == WI_DRAW_TRUNCATED ? boundary * pow(2, k - 1) : 0);
    return moment;
}

#define MOMENTS_ADD(name, type)                                                                                 \
    void name(struct moments *m, const type *x, size_t n)                                                      \
    {                                                                                                          \
        double s1 = 0, s2 = 0, s3 = 0, s4 = 0;                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                       \
            double v = (double)x[i], v2 = v * v;                                                               \
            s1 += v, s2 += v2, s3 += v2 * v, s4 += v2 * v2;                                                     \
        }                                                                                                      \
        m->n += (double)n, m->sum += s1, m->sum2 += s2, m->sum3 += s3, m->sum4 += s4;                           \
    }
MOMENTS_ADD(moments_add_f32, float)
MOMENTS_ADD(moments_add_f64, double)

double moments_deviate(const struct moments *m, enum wi_draw_kind kind, int power)
{
    const double sums[] = {m->n, m->sum, m->sum2, m->sum3, m->sum4};
    double mean = expected_moment(kind, power);
    double variance = expected_moment(kind, 2 * power) - mean * mean;
    return (sums[power] / m->n - mean) / sqrt(variance / m->n);
}

#define HISTOGRAM_ADD(name, type)                                                                               \
    void name(struct histogram *h, const type *x, size_t n)                                                    \
    {                                                                                                          \
        double last = (double)(h->cells - 1), scale = 1 / h->width;                                             \
        for (size_t i = 0; i < n; i++) {                                                                       \
            double cell = ((double)x[i] - h->lo) * scale;                                                      \
            h->count[(size_t)(cell < 0 ? 0 : cell > last ? last : cell)]++;                                     \
        }                                                                                                      \
    }
HISTOGRAM_ADD(histogram_add_f32, float)
HISTOGRAM_ADD(histogram_add_f64, double)

static double edge(const struct histogram *h, size_t cell)
{
    if (cell == 0)
        return -INFINITY;
    return cell == h->cells ? INFINITY : h->lo + (double)cell * h->width;
}

/* Both at the edges of the cells, which are narrow: A^2 = n * integral of (Fn - F)^2 / (F (1 - F)) dF. */
struct fit histogram_fit(const struct histogram *h, enum wi_draw_kind kind)
{
    double n = 0, seen = 0, f = 0, d = 0, a2 = 0, before = 0;
    for (size_t c = 0; c < h->cells; c++)
        n += h->count[c];
    for (size_t c = 0; c + 1 < h->cells; c++) {
        double mass = cdf_between(kind, edge(h, c), edge(h, c + 1));
        f += mass;
        seen += h->count[c];
        double gap = seen / n - f, middle = f - mass / 2;
        d = fmax(d, fabs(gap));
        if (middle > 0 && middle < 1)
            a2 += n * (gap * gap + gap * before + before * before) / 3 / (middle * (1 - middle)) * mass;
        before = gap;
    }
    return (struct fit){deviate(kolmogorov_p(d, n)), deviate(anderson_p(a2))};
}

double histogram_chi2(const struct histogram *h, enum wi_draw_kind kind, size_t merge)
{
    double n = 0, chi2 = 0, degrees = -1, expected = 0, seen = 0, left = 1;
    for (size_t c = 0; c < h->cells; c++)
        n += h->count[c];
    for (size_t c = 0; c < h->cells; c++) {
        seen += h->count[c];
        if ((c + 1) % merge != 0 && c + 1 < h->cells)
            continue;
        expected = n * cdf_between(kind, edge(h, c + 1 - (c % merge + 1)), edge(h, c + 1)) + expected;
        /* Close a group when it and what remains both expect enough. */
        if (c + 1 < h->cells && (expected < 10 || n * left - expected < 10))
            continue;
        chi2 += expected > 0 ? (seen - expected) * (seen - expected) / expected : 0;
        degrees += 1;
        left -= expected / n;
        expected = seen = 0;
    }
    return (chi2 - degrees) / sqrt(2 * degrees);
}
