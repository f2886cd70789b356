/* stats_ortho [SEEDS] - is the orthogonal matrix Haar-distributed? Known laws of the orthogonal group, over SEEDS
 * matrices (default 20000) of each of several shapes, in standard errors. See report.h for the rule; exit status 0 if
 * all is well.
 *
 * Entries of a column of m: E q^2 = 1/m, E q^4 = 3/(m(m+2)), u'Qw distributed as a coordinate of a point on the sphere.
 * Pairs (Weingarten calculus; Collins and Sniady 2006): E q11^2 q22^2 = (m+1)/((m-1)m(m+2)), E q11 q12 q21 q22 =
 * -1/((m-1)m(m+2)). Traces (Diaconis and Shahshahani 1994): tr Q^j has mean 1 for even j, 0 for odd j, and variance j.
 * Eigenvalue angles: det is +-1 evenly; the rotation of O(2) is uniform, that of O(3) has the distribution function
 * (t - sin t)/pi. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ortho/ortho.h"
#include "bench/stats/report.h"
#include "support/statistics.h"

enum { SIDE = 112, DIRECTIONS = 4 };

static const double pi = 3.14159265358979323846;

/* The mean of a quantity against its expectation, with the standard error estimated from the sample. */
struct mean {
    double n, sum, sum2;
};

static void add(struct mean *m, double x)
{
    m->n++;
    m->sum += x;
    m->sum2 += x * x;
}

static double off(const struct mean *m, double expected)
{
    double mean = m->sum / m->n;
    return (mean - expected) / sqrt((m->sum2 / m->n - mean * mean) / (m->n - 1));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: x (sorted here) against a distribution function. */
static double fit(double *x, size_t n, double (*distribution)(double x, double parameter), double parameter)
{
    double d = 0;
    qsort(x, n, sizeof *x, ascending);
    for (size_t i = 0; i < n; i++) {
        double f = distribution(x[i], parameter);
        d = fmax(d, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    return deviate(kolmogorov_p(d, (double)n));
}

/* Integral of cos^power from 0 to a, by Simpson's rule. */
static double cosine_power(double a, double power)
{
    const int steps = 200;
    double sum = 1 + pow(fmax(cos(a), 0), power);
    for (int i = 1; i < steps; i++)
        sum += (i % 2 ? 4 : 2) * pow(cos(a * i / steps), power);
    return sum * a / steps / 3;
}

/* P(coordinate of a uniform point on the sphere in R^m <= x). */
static double sphere(double x, double m)
{
    double a = asin(fmin(fmax(x, -1), 1));
    return 0.5 + 0.5 * cosine_power(a, m - 2) / cosine_power(pi / 2, m - 2);
}

static double uniform_angle(double t, double unused)
{
    (void)unused;
    return (t + pi) / (2 * pi);
}

static double rotation_angle(double t, double unused)
{
    (void)unused;
    return (t - sin(t)) / pi;
}

static double normal(double x, double std)
{
    return 0.5 * erfc(-x / std / sqrt(2));
}

struct shape {
    size_t rows, cols;
    int bits;
    double fewer; /* this many times fewer matrices */
};

/* The matrix of a seed as doubles, row-major. */
static void make(const struct shape *s, uint64_t seed, double *q)
{
    static _Alignas(64) unsigned char scratch[1 << 20];
    static float f32[SIDE * SIDE];
    struct wi_key key = {seed, wi_stream_id("", 0), WI_DOMAIN_VALUE};
    if (wi_ortho_scratch(s->rows, s->cols, (size_t)s->bits / 8, 1) > sizeof scratch)
        abort();
    if (s->bits == 64) {
        wi_ortho_f64(&key, s->rows, s->cols, 1, q, scratch, NULL);
        return;
    }
    wi_ortho_f32(&key, s->rows, s->cols, 1, f32, scratch, NULL);
    for (size_t i = 0; i < s->rows * s->cols; i++)
        q[i] = (double)f32[i];
}

/* Unit vectors u and w; direction 0 is the first entry, 1 the last. */
static void direction(const struct shape *s, uint64_t number, double *u, double *w)
{
    const struct wi_draw draw = {WI_DRAW_NORMAL, 0, 1};
    const struct wi_key key = {number, 1, WI_DOMAIN_MASK};
    double uu = 0, ww = 0;
    wi_draw_f64(&draw, &key, 0, s->rows, u);
    wi_draw_f64(&draw, &key, s->rows, s->cols, w);
    if (number < 2) {
        memset(u, 0, s->rows * sizeof *u);
        memset(w, 0, s->cols * sizeof *w);
        u[number ? s->rows - 1 : 0] = w[number ? s->cols - 1 : 0] = 1;
    }
    for (size_t i = 0; i < s->rows; i++)
        uu += u[i] * u[i];
    for (size_t i = 0; i < s->cols; i++)
        ww += w[i] * w[i];
    for (size_t i = 0; i < s->rows; i++)
        u[i] /= sqrt(uu * ww);
}

static double form(const struct shape *s, const double *u, const double *q, const double *w)
{
    double sum = 0;
    for (size_t r = 0; r < s->rows; r++) {
        double row = 0;
        for (size_t c = 0; c < s->cols; c++)
            row += q[r * s->cols + c] * w[c];
        sum += u[r] * row;
    }
    return sum;
}

/* Sums over the matrices of a shape. */
struct sums {
    struct mean entry[DIRECTIONS], square[DIRECTIONS], fourth[DIRECTIONS];
    struct mean squares, cross, det, trace[5], trace2[5], trace_fourth;
    double *value[DIRECTIONS], *trace_value, *angle;
    size_t n, angles;
};

static void add_entries(struct sums *sums, const struct shape *s, const double *q)
{
    static double u[DIRECTIONS][SIDE], w[DIRECTIONS][SIDE];
    for (uint64_t d = 0; d < DIRECTIONS; d++) {
        if (sums->n == 0)
            direction(s, d, u[d], w[d]);
        double x = form(s, u[d], q, w[d]);
        add(&sums->entry[d], x);
        add(&sums->square[d], x * x);
        add(&sums->fourth[d], x * x * x * x);
        sums->value[d][sums->n] = x;
    }
    size_t last = (s->rows - 1) * s->cols;
    double a = q[0], b = q[s->cols - 1], c = q[last], d = q[last + s->cols - 1];
    add(&sums->squares, a * a * d * d);
    add(&sums->cross, a * b * c * d);
}

/* tr Q^j for j = 1 .. 4 */
static void add_traces(struct sums *sums, size_t n, const double *q)
{
    static double q2[SIDE * SIDE];
    double tr[5] = {0};
    memset(q2, 0, n * n * sizeof *q2);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                q2[i * n + j] += q[i * n + k] * q[k * n + j];
    for (size_t i = 0; i < n; i++) {
        tr[1] += q[i * n + i];
        tr[2] += q2[i * n + i];
        for (size_t j = 0; j < n; j++) {
            tr[3] += q2[i * n + j] * q[j * n + i];
            tr[4] += q2[i * n + j] * q2[j * n + i];
        }
    }
    for (int j = 1; j <= 4; j++) {
        add(&sums->trace[j], tr[j]);
        add(&sums->trace2[j], tr[j] * tr[j]);
    }
    add(&sums->trace_fourth, pow(tr[1], 4));
    sums->trace_value[sums->n] = tr[1];
}

/* By elimination with pivots; q is overwritten. */
static double determinant(size_t n, double *q)
{
    double det = 1;
    for (size_t k = 0; k < n; k++) {
        size_t p = k;
        for (size_t i = k + 1; i < n; i++)
            p = fabs(q[i * n + k]) > fabs(q[p * n + k]) ? i : p;
        for (size_t j = 0; j < n && p != k; j++) {
            double t = q[k * n + j];
            q[k * n + j] = q[p * n + j];
            q[p * n + j] = t;
        }
        det *= p != k ? -q[k * n + k] : q[k * n + k];
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = n; j-- > k;)
                q[i * n + j] -= q[i * n + k] / q[k * n + k] * q[k * n + j];
    }
    return det;
}

static void add_square(struct sums *sums, size_t n, double *q)
{
    add_traces(sums, n, q);
    double trace = 0, sine = n == 2 ? q[2] : 0;
    for (size_t i = 0; i < n; i++)
        trace += q[i * n + i];
    double cosine = q[0], det = determinant(n, q);
    add(&sums->det, det);
    if (n == 2) /* (1, 0) turned by the angle, or reflected at half of it */
        sums->angle[sums->angles++] = atan2(sine, cosine);
    if (n == 3) /* the rotation det * Q has the trace 1 + 2 cos t */
        sums->angle[sums->angles++] = acos(fmin(fmax((det * trace - 1) / 2, -1), 1));
}

static void report_square(const char *group, struct sums *sums, size_t n)
{
    char name[64];
    report(group, "det", off(&sums->det, 0));
    for (int j = 1; j <= 4; j++) {
        if ((size_t)j * 2 > n)
            break;
        double mean = j % 2 ? 0 : 1;
        snprintf(name, sizeof name, "tr Q^%d", j);
        report(group, name, off(&sums->trace[j], mean));
        snprintf(name, sizeof name, "(tr Q^%d)^2", j);
        report(group, name, off(&sums->trace2[j], mean + j));
    }
    if (n >= 4)
        report(group, "(tr Q)^4", off(&sums->trace_fourth, 3));
    if (n >= 30)
        report(group, "tr Q, KS", fit(sums->trace_value, sums->n, normal, 1));
    if (sums->angles > 0)
        report(group, "angle, KS", fit(sums->angle, sums->angles, n == 2 ? uniform_angle : rotation_angle, 0));
}

static void report_entries(const char *group, struct sums *sums, const struct shape *s)
{
    double m = (double)(s->rows > s->cols ? s->rows : s->cols);
    char name[64];
    for (int d = 0; d < DIRECTIONS; d++) {
        snprintf(name, sizeof name, "u'Qw %d", d);
        report(group, name, off(&sums->entry[d], 0));
        snprintf(name, sizeof name, "(u'Qw)^2 %d", d);
        report(group, name, off(&sums->square[d], 1 / m));
        snprintf(name, sizeof name, "(u'Qw)^4 %d", d);
        report(group, name, off(&sums->fourth[d], 3 / (m * (m + 2))));
        snprintf(name, sizeof name, "u'Qw %d, KS", d);
        report(group, name, fit(sums->value[d], sums->n, sphere, m));
    }
    report(group, "q11^2 q22^2", off(&sums->squares, (m + 1) / ((m - 1) * m * (m + 2))));
    report(group, "q11 q12 q21 q22", off(&sums->cross, -1 / ((m - 1) * m * (m + 2))));
}

static void *zeros(size_t bytes)
{
    void *p = calloc(1, bytes);
    if (!p)
        abort();
    return p;
}

static void run_shape(const struct shape *s, uint64_t seed, size_t seeds)
{
    static double q[SIDE * SIDE];
    struct sums sums = {.trace_value = zeros(seeds * sizeof(double)), .angle = zeros(seeds * sizeof(double))};
    char group[32];
    for (int d = 0; d < DIRECTIONS; d++)
        sums.value[d] = zeros(seeds * sizeof(double));
    for (; sums.n < seeds; sums.n++) {
        make(s, seed + sums.n, q);
        add_entries(&sums, s, q);
        if (s->rows == s->cols)
            add_square(&sums, s->rows, q);
    }
    snprintf(group, sizeof group, "%zu x %zu f%d", s->rows, s->cols, s->bits);
    report_entries(group, &sums, s);
    if (s->rows == s->cols)
        report_square(group, &sums, s->rows);
    for (int d = 0; d < DIRECTIONS; d++)
        free(sums.value[d]);
    free(sums.trace_value);
    free(sums.angle);
}

static void run(uint64_t seed, double seeds)
{
    static const struct shape shapes[] = {{2, 2, 64, 0.25},   {3, 3, 32, 0.25},  {6, 6, 32, 0.5}, {6, 6, 64, 0.5},
                                          {9, 4, 32, 0.5},    {4, 9, 64, 0.5},   {50, 50, 32, 4}, {49, 97, 64, 8},
                                          {100, 100, 32, 16}, {100, 100, 64, 16}};
    report_begin();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        run_shape(&shapes[i], seed, (size_t)(seeds / shapes[i].fewer));
}

int main(int argc, char **argv)
{
    double seeds = argc > 1 ? strtod(argv[1], NULL) : 20000;
    if (!(seeds >= 1000 && seeds <= 1e7)) {
        fprintf(stderr, "usage: %s [matrices, 1000 .. 1e7]\n", argv[0]);
        return 2;
    }
    printf("about %.0f matrices of each shape; columns: shape, statistic, standard errors\n", seeds);
    run(0, seeds);
    if (report_suspects() > 0) {
        printf("beyond 4: repeating with other seeds\n");
        run(1u << 30, seeds);
    }
    return report_verdict();
}
