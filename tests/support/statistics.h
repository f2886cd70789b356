/* statistics.h - distribution functions and tests of fit. Results are in standard errors: 0 expected, normal about it.
 * Formulas: see the functions in statistics.c. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "draw.h"

/* P(X <= x) of the standard draw of a kind: uniform on [-1, 1], normal, normal conditioned to [-2, 2]. */
double cdf(enum wi_draw_kind kind, double x);

/* P(lo < X <= hi), without cancellation in the upper tail. */
double cdf_between(enum wi_draw_kind kind, double lo, double hi);

/* The standard normal deviate with the upper tail probability p, positive when p is small. */
double deviate(double p);

/* Upper tail probability of Kolmogorov and Smirnov's largest distance d between distribution functions, n samples. */
double kolmogorov_p(double d, double n);

/* The same of Anderson and Darling's A^2, n large. */
double anderson_p(double a2);

/* Moments of n samples against the standard draw's. */
struct moments {
    double n, sum, sum2, sum3, sum4;
};
void moments_add_f32(struct moments *m, const float *x, size_t n);
void moments_add_f64(struct moments *m, const double *x, size_t n);
/* Of the power 1 .. 4: (mean of x^power - expected) / its standard error. */
double moments_deviate(const struct moments *m, enum wi_draw_kind kind, int power);

/* E x^power of the standard draw, power <= 8. */
double expected_moment(enum wi_draw_kind kind, int power);

/* Counts in equal cells over [lo, lo + cells * width), what lies outside in the first or last. */
struct histogram {
    double lo, width;
    size_t cells;
    uint32_t *count;
};
void histogram_add_f32(struct histogram *h, const float *x, size_t n);
void histogram_add_f64(struct histogram *h, const double *x, size_t n);

struct fit {
    double ks, ad; /* deviates of the p values */
};
struct fit histogram_fit(const struct histogram *h, enum wi_draw_kind kind);

/* Chi-square over cells `merge` times as wide as the histogram's, then as struct chi2. */
double histogram_chi2(const struct histogram *h, enum wi_draw_kind kind, size_t merge);

/* How many samples are at or beyond x > 0 on either side; x is a multiple of the width. */
double histogram_beyond(const struct histogram *h, double x);

/* Chi-square, cell by cell in order; neighbours are joined until a group expects 10 samples and has min_width, and what
 * follows it expects 10 too. The result is (chi^2 - degrees) / sqrt(2 degrees). Start with n and min_width, else 0. */
struct chi2 {
    double n, min_width;
    double closed, mass, width, seen, sum, degrees;
};
void chi2_add(struct chi2 *c, double mass, double width, double seen);
double chi2_deviate(struct chi2 *c);

/* Sum of x[i] y[i] over the first n - n % 8. */
double products_sum_f32(const float *x, const float *y, size_t n);
double products_sum_f64(const double *x, const double *y, size_t n);

/* n independent deviates as one: their sum of squares, their largest. */
double deviates_sum2(const double *z, size_t n);
double deviates_largest(const double *z, size_t n);

#endif
