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

#define MOMENTS_ADD(name, type)                                                       \
    void name(struct moments *m, const type *x, size_t n)                             \
    {                                                                                 \
        double s1 = 0, s2 = 0, s3 = 0, s4 = 0;                                        \
        for (size_t i = 0; i < n; i++) {                                              \
            double v = (double)x[i], v2 = v * v;                                      \
            s1 += v, s2 += v2, s3 += v2 * v, s4 += v2 * v2;                           \
        }                                                                             \
        m->n += (double)n, m->sum += s1, m->sum2 += s2, m->sum3 += s3, m->sum4 += s4; \
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

#define HISTOGRAM_ADD(name, type)                                           \
    void name(struct histogram *h, const type *x, size_t n)                 \
    {                                                                       \
        double last = (double)(h->cells - 1), scale = 1 / h->width;         \
        for (size_t i = 0; i < n; i++) {                                    \
            double cell = ((double)x[i] - h->lo) * scale;                   \
            h->count[(size_t)(cell < 0 ? 0 : cell > last ? last : cell)]++; \
        }                                                                   \
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

void chi2_add(struct chi2 *c, double mass, double width, double seen)
{
    c->mass += mass, c->width += width, c->seen += seen;
    double rest = 1 - c->closed - c->mass;
    if (c->n * c->mass < 10 || c->n * rest < 10 || c->width < c->min_width)
        return;
    c->sum += (c->seen - c->n * c->mass) * (c->seen - c->n * c->mass) / (c->n * c->mass);
    c->degrees += 1;
    c->closed += c->mass;
    c->mass = c->width = c->seen = 0;
}

double chi2_deviate(struct chi2 *c)
{
    /* The last group has no degree of freedom of its own. */
    c->sum += c->mass > 0 ? (c->seen - c->n * c->mass) * (c->seen - c->n * c->mass) / (c->n * c->mass) : 0;
    return (c->sum - c->degrees) / sqrt(2 * c->degrees);
}

double histogram_chi2(const struct histogram *h, enum wi_draw_kind kind, size_t merge)
{
    struct chi2 chi2 = {.n = 0};
    for (size_t c = 0; c < h->cells; c++)
        chi2.n += h->count[c];
    for (size_t c = 0; c < h->cells; c += merge) {
        size_t end = c + merge < h->cells ? c + merge : h->cells;
        double seen = 0;
        for (size_t i = c; i < end; i++)
            seen += h->count[i];
        chi2_add(&chi2, cdf_between(kind, edge(h, c), edge(h, end)), 0, seen);
    }
    return chi2_deviate(&chi2);
}

double histogram_beyond(const struct histogram *h, double x)
{
    double seen = 0;
    for (size_t c = 0; c < h->cells; c++) {
        double lo = h->lo + (double)c * h->width;
        if (lo >= x || lo + h->width <= -x)
            seen += h->count[c];
    }
    return seen;
}

/* clang-format off */
#define PRODUCTS_SUM(name, type)                                                                                    double name(const type *x, const type *y, size_t n)                                                            {                                                                                                                  double sum[8] = {0};                                                                                           for (size_t i = 0; i + 8 <= n; i += 8)                                                                              for (int k = 0; k < 8; k++)                                                                                         sum[k] += (double)x[i + (size_t)k] * (double)y[i + (size_t)k];                                          return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];                               }
/* clang-format on */
PRODUCTS_SUM(products_sum_f32, float)
PRODUCTS_SUM(products_sum_f64, double)

double deviates_sum2(const double *z, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += z[i] * z[i];
    return (sum - (double)n) / sqrt(2 * (double)n);
}

double deviates_largest(const double *z, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(z[i]));
    /* P(no |z| of n exceeds it), by logarithms because p is small */
    return deviate(-expm1((double)n * log1p(-2 * normal_upper(largest))));
}
