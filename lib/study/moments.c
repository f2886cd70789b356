/* Moments and counts. See study.h. */
#include "study.h"

static bool is_finite(double x)
{
    return x - x == 0;
}

void wi_moments_add(struct wi_moments *m, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_finite(x[i])) {
            m->not_finite++;
            continue;
        }
        if (m->n == 0)
            m->shift = m->least = m->largest = x[i];
        const double d = x[i] - m->shift, square = d * d;
        m->n++;
        m->zeros += x[i] == 0;
        m->least = x[i] < m->least ? x[i] : m->least;
        m->largest = x[i] > m->largest ? x[i] : m->largest;
        m->sum[0] += d;
        m->sum[1] += square;
        m->sum[2] += square * d;
        m->sum[3] += square * square;
    }
}

double wi_moments_mean(const struct wi_moments *m)
{
    return m->n ? m->shift + m->sum[0] / (double)m->n : 0;
}

/* The k-th central moment, k = 2 .. 4, from the moments about the shift. */
static double central(const struct wi_moments *m, int k)
{
    const double n = (double)m->n, d = m->sum[0] / n, s2 = m->sum[1] / n, s3 = m->sum[2] / n, s4 = m->sum[3] / n;
    const double second = s2 - d * d;
    if (k == 2)
        return second > 0 ? second : 0;
    if (k == 3)
        return s3 - 3 * d * s2 + 2 * d * d * d;
    return s4 - 4 * d * s3 + 6 * d * d * s2 - 3 * d * d * d * d;
}

double wi_moments_std(const struct wi_moments *m)
{
    return m->n ? __builtin_sqrt(central(m, 2)) : 0;
}

double wi_moments_skewness(const struct wi_moments *m)
{
    const double std = wi_moments_std(m);
    return std > 0 ? central(m, 3) / (std * std * std) : 0;
}

double wi_moments_kurtosis(const struct wi_moments *m)
{
    const double std = wi_moments_std(m);
    return std > 0 ? central(m, 4) / (std * std * std * std) : 0;
}

void wi_histogram_add(double low, double high, uint64_t *bins, size_t n_bins, const double *x, size_t n)
{
    const double per_unit = (double)n_bins / (high - low);
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= low && x[i] <= high))
            continue;
        const size_t bin = (size_t)((x[i] - low) * per_unit);
        bins[bin < n_bins ? bin : n_bins - 1]++;
    }
}
