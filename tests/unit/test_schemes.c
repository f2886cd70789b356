/* What the schemes are: their spreads against formulas written down a second time, samples against the distributions,
 * and the structured ones (sparse, eye, dirac, orthogonal) against naive loops. */
#include "support/test.h"
#include "support/body.h"
#include "support/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(list) (sizeof(list) / sizeof *(list))

static void plan_of(struct wi_plan *plan, const char *request)
{
    struct wi_error err = {0};
    if (body_plan(plan, request, &err) != WI_OK)
        fail_msg("%s: %s", request, err.text);
}

static void check_near(const char *request, const char *what, double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance * fabs(expected)))
        fail_msg("%s: %s is %.17g, not %.17g", request, what, got, expected);
}

/* ---- the formulas ---- */

enum kind { NORMAL, UNIFORM };

/* Variance = gain^2 / fan(mode) with these defaults, from the papers. */
static const struct {
    const char *name;
    enum kind kind;
    double gain2;
    const char *mode;
} family[] = {
    {"xavier_uniform", UNIFORM, 1, "fan_avg"}, {"glorot_uniform", UNIFORM, 1, "fan_avg"},
    {"xavier_normal", NORMAL, 1, "fan_in"},    {"glorot_normal", NORMAL, 1, "fan_avg"},
    {"he_normal", NORMAL, 2, "fan_in"},        {"he_uniform", UNIFORM, 2, "fan_in"},
    {"kaiming_normal", NORMAL, 2, "fan_in"},   {"kaiming_uniform", UNIFORM, 2, "fan_in"},
    {"lecun_normal", NORMAL, 1, "fan_in"},     {"lecun_uniform", UNIFORM, 1, "fan_in"},
};

/* fan_in and fan_out of either layout, counted by hand. */
static const struct {
    const char *shape;
    double io[2], oi[2];
} fans[] = {
    {"", {1, 1}, {1, 1}},
    {"48", {48, 48}, {48, 48}},
    {"48,20", {48, 20}, {20, 48}},
    {"5,48,20", {240, 100}, {960, 100}},
    {"3,5,16,32", {240, 480}, {2560, 1536}},
    {"2,3,5,8,4", {240, 120}, {480, 320}},
    {"1,1,1,1,1,1,6,7", {6, 7}, {42, 42}},
};

static double fan_of(const char *mode, const double f[2])
{
    if (strcmp(mode, "fan_in") == 0)
        return f[0];
    if (strcmp(mode, "fan_out") == 0)
        return f[1];
    return strcmp(mode, "fan_avg") == 0 ? (f[0] + f[1]) / 2 : sqrt(f[0] * f[1]);
}

static void check_spread(const char *request, enum kind kind, bool truncated, double variance)
{
    struct wi_plan plan;
    plan_of(&plan, request);
    assert_true(plan.part.tensor.has_std);
    check_near(request, "std", plan.part.tensor.std, sqrt(variance), 1e-14);
    if (plan.part.tensor.has_bound != (kind == UNIFORM || truncated))
        fail_msg("%s: has %s bound", request, plan.part.tensor.has_bound ? "a" : "no");
    if (kind == UNIFORM)
        check_near(request, "bound", plan.part.tensor.bound, sqrt(3 * variance), 1e-14);
    else if (truncated)
        check_near(request, "bound", plan.part.tensor.bound, 2 * sqrt(variance) / 0.87962566103423978, 1e-14);
}

static void check_family_row(size_t row, size_t f, const char *mode, bool oi)
{
    static const struct {
        const char *query;
        double gain2; /* 0: the scheme's own */
                      /* clang-format off */
    } gains[] = {
                      /* clang-format on */
        {"", 0},
        {"&gain=0.5", 0.25},
        {"&gain=3", 9},
        {"&nonlinearity=linear", 1},
        {"&nonlinearity=sigmoid", 1},
        {"&nonlinearity=tanh", 25.0 / 9},
        {"&nonlinearity=relu", 2},
        {"&nonlinearity=selu", 9.0 / 16},
        {"&nonlinearity=leaky_relu", 2 / 1.0001},
        {"&nonlinearity=leaky_relu&a=0.2", 2 / 1.04},
        {"&nonlinearity=leaky_relu&a=-2", 0.4},
    };
    double fan = fan_of(mode, oi ? fans[f].oi : fans[f].io);
    bool is_default = strcmp(mode, family[row].mode) == 0;
    for (size_t g = 0; g < N(gains); g++) {
        char request[300];
        double variance = (gains[g].gain2 != 0 ? gains[g].gain2 : family[row].gain2) / fan;
        int n = snprintf(request, sizeof request, "scheme=%s&shape=%s&layout=%s%s", family[row].name, fans[f].shape,
                         oi ? "oi" : "io", gains[g].query);
        if (is_default)
            check_spread(request, family[row].kind, false, variance);
        n += snprintf(request + n, sizeof request - (size_t)n, "&mode=%s", mode);
        check_spread(request, family[row].kind, false, variance);
        if (family[row].kind == NORMAL) {
            snprintf(request + n, sizeof request - (size_t)n, "&truncated=1");
            check_spread(request, NORMAL, true, variance);
        }
    }
}

static const char *const modes[] = {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"};

TEST(test_family)
{
    for (size_t f = 0; f < N(fans); f++)
        for (size_t row = 0; row < N(family); row++)
            for (size_t m = 0; m < N(modes); m++) {
                check_family_row(row, f, modes[m], false);
                check_family_row(row, f, modes[m], true);
            }
}

/* Every scheme that takes a mode is in the table above: a new one must be added to it. */
TEST(test_family_is_complete)
{
    const struct wi_scheme_info *scheme;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++) {
        bool known = strcmp(scheme->name, "variance_scaling") == 0 || !(scheme->params & WI_P_BIT(WI_P_MODE));
        for (size_t row = 0; row < N(family); row++)
            known = known || strcmp(scheme->name, family[row].name) == 0;
        if (!known)
            fail_msg("the formula of %s is not tested", scheme->name);
    }
}

TEST(test_variance_scaling)
{
    static const char *const distributions[] = {"normal", "uniform", "truncated_normal"};
    static const double scales[] = {1, 2, 0.1};
    char request[300];
    for (size_t f = 0; f < N(fans); f++)
        for (size_t m = 0; m < N(modes); m++)
            for (size_t d = 0; d < N(distributions); d++)
                for (size_t s = 0; s < N(scales); s++)
                    for (unsigned oi = 0; oi < 2; oi++) {
                        snprintf(request, sizeof request,
                                 "scheme=variance_scaling&shape=%s&layout=%s&mode=%s&distribution=%s&scale=%g",
                                 fans[f].shape, oi ? "oi" : "io", modes[m], distributions[d], scales[s]);
                        check_spread(request, d == 1 ? UNIFORM : NORMAL, d == 2,
                                     scales[s] / fan_of(modes[m], oi ? fans[f].oi : fans[f].io));
                    }
    check_spread("scheme=variance_scaling&shape=50,20", NORMAL, true, 1.0 / 50);
    check_spread("scheme=random&shape=9", NORMAL, false, 1e-4);
    check_spread("scheme=normal&shape=9", NORMAL, false, 1);
    check_spread("scheme=normal&shape=9&std=0.02&truncated=1", NORMAL, true, 4e-4);
    check_spread("scheme=uniform&shape=9&low=-0.25&high=0.25", UNIFORM, false, 0.0625 / 3);
}

/* ---- samples ---- */

struct sample {
    const char *request;
    enum wi_draw_kind kind;
    double mean, unit; /* value = mean + unit * standard draw of the kind */
};

enum { SIDE = 1024 };
#define SHAPE "&shape=1024,1024&seed=11"

static const struct sample samples[] = {
    {"scheme=random" SHAPE, WI_DRAW_NORMAL, 0, 0.01},
    {"scheme=normal&mean=3&std=0.5" SHAPE, WI_DRAW_NORMAL, 3, 0.5},
    {"scheme=normal&dtype=f64&std=2" SHAPE, WI_DRAW_NORMAL, 0, 2},
    {"scheme=normal&truncated=1&std=0.02&mean=0.1" SHAPE, WI_DRAW_TRUNCATED, 0.1, 0.02 / 0.87962566103423978},
    {"scheme=truncated_normal&std=0.02&mean=-1" SHAPE, WI_DRAW_TRUNCATED, -1, 0.02},
    {"scheme=truncated_normal&dtype=f64" SHAPE, WI_DRAW_TRUNCATED, 0, 1},
    {"scheme=uniform" SHAPE, WI_DRAW_UNIFORM, 0.5, 0.5},
    {"scheme=uniform&low=-3&high=-1&dtype=f64" SHAPE, WI_DRAW_UNIFORM, -2, 1},
    {"scheme=xavier_uniform" SHAPE, WI_DRAW_UNIFORM, 0, 0.05412658773652741}, /* sqrt(3/1024) */
    {"scheme=xavier_normal&stream=w" SHAPE, WI_DRAW_NORMAL, 0, 1.0 / 32},
    {"scheme=glorot_uniform&mode=fan_geo_avg&dtype=f64" SHAPE, WI_DRAW_UNIFORM, 0, 0.05412658773652741},
    {"scheme=glorot_normal&gain=2" SHAPE, WI_DRAW_NORMAL, 0, 1.0 / 16},
    {"scheme=he_normal" SHAPE, WI_DRAW_NORMAL, 0, 0.044194173824159216}, /* sqrt(2/1024) */
    {"scheme=he_normal&truncated=1" SHAPE, WI_DRAW_TRUNCATED, 0, 0.05024201910765925},
    {"scheme=he_uniform&layout=oi" SHAPE, WI_DRAW_UNIFORM, 0, 0.07654655446197431}, /* sqrt(6/1024) */
    {"scheme=lecun_normal" SHAPE, WI_DRAW_NORMAL, 0, 1.0 / 32},
    {"scheme=lecun_uniform" SHAPE, WI_DRAW_UNIFORM, 0, 0.05412658773652741},
    {"scheme=variance_scaling" SHAPE, WI_DRAW_TRUNCATED, 0, 0.035526472405876575}, /* 1/32 / 0.87962... */
    {"scheme=variance_scaling&distribution=uniform&scale=4" SHAPE, WI_DRAW_UNIFORM, 0, 0.10825317547305482},
    {"scheme=sparse&sparsity=0&std=0.25" SHAPE, WI_DRAW_NORMAL, 0, 0.25},
};

enum { CELLS = 1 << 14 };
#define REACH 10.0 /* of the histogram, in units of the standard draw */

/* Counts of (value - mean) / unit in equal cells over [-REACH, REACH]. */
static uint32_t *count_cells(const double *x, size_t n, double mean, double unit)
{
    uint32_t *cells = calloc(CELLS, sizeof *cells);
    for (size_t i = 0; i < n; i++)
        cells[(size_t)(((x[i] - mean) / unit + REACH) * (CELLS / (2 * REACH)))]++;
    return cells;
}

/* Tail probability of the Kolmogorov-Smirnov distance, looked at between the cells, against the distribution with
 * another mean and unit (in units of the cells'). */
static double ks_p(const uint32_t *cells, size_t n, enum wi_draw_kind kind, double mean, double unit)
{
    double d = 0, below = 0;
    for (size_t i = 0; i < CELLS; i++) {
        d = fmax(d, fabs(below / (double)n - cdf(kind, ((double)i * (2 * REACH / CELLS) - REACH - mean) / unit)));
        below += cells[i];
    }
    return kolmogorov_p(d, (double)n);
}

/* Standard deviation of a standard draw, and of the square of one over its mean: what limits follow from. */
static double unit_std(enum wi_draw_kind kind)
{
    return sqrt(expected_moment(kind, 2));
}

static void check_moments(const char *request, const double *x, size_t n, const struct sample *s)
{
    double sum = 0, sum2 = 0, std = s->unit * unit_std(s->kind), dn = (double)n;
    for (size_t i = 0; i < n; i++) {
        sum += x[i] - s->mean;
        sum2 += (x[i] - s->mean) * (x[i] - s->mean);
    }
    double kurtosis = expected_moment(s->kind, 4) / pow(unit_std(s->kind), 4);
    double mean_error = std / sqrt(dn), variance_error = sqrt((kurtosis - 1) / dn);
    assert_true(5 * mean_error < 0.01 * std && 5 * variance_error < 0.02); /* the limits see 1 % */
    if (fabs(sum / dn) > 5 * mean_error)
        fail_msg("%s: mean is off by %g", request, sum / dn);
    if (fabs(sum2 / dn / (std * std) - 1) > 5 * variance_error)
        fail_msg("%s: variance is %g of what it should be", request, sum2 / dn / (std * std));
}

static void check_sample(const struct sample *s)
{
    size_t n;
    double *x = body_values(s->request, &n), last = s->kind == WI_DRAW_NORMAL    ? 9.3456
                                                    : s->kind == WI_DRAW_UNIFORM ? 1
                                                                                 : 2;
    assert_int_equal(n, SIDE * SIDE);
    check_moments(s->request, x, n, s);
    double slack = 1e-6 * (fabs(s->mean) + s->unit);
    for (size_t i = 0; i < n; i++)
        if (fabs(x[i] - s->mean) > last * s->unit + slack)
            fail_msg("%s: element %zu, %g, is out of bounds", s->request, i, x[i]);
    uint32_t *cells = count_cells(x, n, s->mean, s->unit);
    double p = ks_p(cells, n, s->kind, 0, 1), shift = 0.01 * unit_std(s->kind);
    if (p < 1e-3)
        fail_msg("%s: KS gives p = %g", s->request, p);
    if (ks_p(cells, n, s->kind, 0, 1.01) > 1e-3 || ks_p(cells, n, s->kind, 0, 1 / 1.01) > 1e-3 ||
        ks_p(cells, n, s->kind, shift, 1) > 1e-6)
        fail_msg("%s: KS does not see a constant that is wrong by 1 %%", s->request);
    free(cells);
    free(x);
}

TEST(test_samples)
{
    for (size_t i = 0; i < N(samples); i++)
        check_sample(&samples[i]);
}

TEST(test_samples_are_complete)
{
    const struct wi_scheme_info *scheme;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++) {
        char start[60];
        bool known = scheme->seedless || strstr(scheme->name, "orthogonal");
        snprintf(start, sizeof start, "scheme=%s&", scheme->name);
        for (size_t s = 0; s < N(samples); s++)
            known = known || strncmp(samples[s].request, start, strlen(start)) == 0;
        if (!known)
            fail_msg("no sample of %s is tested", scheme->name);
    }
}

/* ---- constants and identities ---- */

TEST(test_constants)
{
    static const struct {
        const char *request;
        double value;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"scheme=zeros&shape=3,5", 0},
        {"scheme=ones&shape=3,5", 1},
        {"scheme=constant&shape=3,5", 0},
        {"scheme=constant&shape=3,5&value=-2.5", -2.5},
        {"scheme=normal&std=0&mean=0.5&shape=7", 0.5},
        {"scheme=uniform&low=0.25&high=0.25&shape=7", 0.25},
        {"scheme=random&std=0&shape=", 0},
        {"scheme=truncated_normal&std=0&mean=-1&shape=7", -1},
        {"scheme=sparse&shape=5,4&sparsity=1", 0},
    };
    const struct wi_dtype *dtype;
    for (size_t c = 0; c < N(cases); c++)
        for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++) {
            char request[200];
            size_t n;
            snprintf(request, sizeof request, "%s&dtype=%s", cases[c].request, dtype->name);
            double *x = body_values(request, &n);
            for (size_t i = 0; i < n; i++)
                if (memcmp(&x[i], &cases[c].value, sizeof *x) != 0) /* a zero is +0 */
                    fail_msg("%s: element %zu is %g", request, i, x[i]);
            free(x);
        }
}

/* ---- formulas ---- */

static double in_turn(double base, double d, double t, double c)
{
    double angle = t / pow(base, (c - fmod(c, 2)) / d);
    return fmod(c, 2) == 0 ? sin(angle) : cos(angle);
}

static double in_halves(double base, double d, double t, double c)
{
    double half = floor(d / 2), angle = t * exp(-log(base) / (half - 1) * fmod(c, half));
    return c == 2 * half ? 0 : c < half ? sin(angle) : cos(angle);
}

static double place(double base, double d, double t, double c)
{
    return c + 0 * (base + d + t);
}

static double frequency(double base, double d, double t, double c)
{
    return pow(base, -c / d) + 0 * t;
}

static double log_place(double base, double d, double t, double c)
{
    return log(c + 1) + 0 * (base + d + t);
}

TEST(test_formulas)
{
    static const struct {
        const char *request;
        double (*element)(double base, double d, double t, double c);
        double base;
        unsigned rows, cols;
    } cases[] = {
        {"scheme=sinusoidal&shape=300,64&dtype=f64", in_turn, 10000, 300, 64},
        {"scheme=sinusoidal&shape=11,7&base=30&dtype=f64", in_turn, 30, 11, 7},
        {"scheme=sinusoidal_halves&shape=1500,64&dtype=f64", in_halves, 10000, 1500, 64},
        {"scheme=sinusoidal_halves&shape=5,9&base=50&dtype=f64", in_halves, 50, 5, 9},
        {"scheme=positions&shape=3,513&dtype=f64", place, 0, 3, 513},
        {"scheme=inv_freq&shape=2,64&base=500000&dtype=f64", frequency, 500000, 2, 64},
        {"scheme=log_positions&shape=5,16&dtype=f64", log_place, 0, 5, 16},
    };
    for (size_t i = 0; i < N(cases); i++) {
        size_t n;
        double *x = body_values(cases[i].request, &n);
        assert_int_equal(n, cases[i].rows * cases[i].cols);
        for (unsigned r = 0; r < cases[i].rows; r++)
            for (unsigned c = 0; c < cases[i].cols; c++) {
                double expected = cases[i].element(cases[i].base, cases[i].cols, r, c);
                if (!(fabs(x[r * cases[i].cols + c] - expected) <= 1e-12))
                    fail_msg("%s: element %u,%u is %.17g, not %.17g", cases[i].request, r, c, x[r * cases[i].cols + c],
                             expected);
            }
        free(x);
    }
}

/* Every value of the types of one byte, the numbers half way between two, and what is next to those. */
TEST(test_f8)
{
    for (unsigned d = WI_F8_E4M3; d <= WI_F8_E5M2; d++) {
        const unsigned codes = d == WI_F8_E4M3 ? 127 : 124;
        for (unsigned code = 0; code + 1 < codes; code++) {
            const uint8_t pair[] = {(uint8_t)code, (uint8_t)(code + 1)};
            const double low = body_value(d, pair, 0), high = body_value(d, pair, 1), half = (low + high) / 2;
            const double even = code % 2 ? high : low;
            const double cases[][2] = {{low, low},
                                       {half, even},
                                       {(double)nextafterf((float)half, 0), low},
                                       {(double)nextafterf((float)half, 1e9f), high},
                                       {-half, -even},
                                       {-low, -low}};
            for (size_t i = 0; i < N(cases); i++) {
                char request[120];
                size_t n;
                snprintf(request, sizeof request, "scheme=constant&shape=3&dtype=%s&value=%.17g", wi_dtype_at(d)->name,
                         cases[i][0]);
                double *x = body_values(request, &n);
                if (n != 3 || x[2] != cases[i][1])
                    fail_msg("%s gives %.9g, not %.9g", request, x[2], cases[i][1]);
                free(x);
            }
        }
    }
}

/* padding= changes its row and nothing else, in every scheme, dtype and slice. */
TEST(test_zero_row)
{
    const struct wi_scheme_info *scheme;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++)
        for (unsigned d = 0; wi_dtype_at(d); d++) {
            char request[200];
            size_t n, m;
            const char *shape = scheme->rank_min > 2 ? "4,3,6" : scheme->rank_max == 1 ? "4" : "4,6";
            snprintf(request, sizeof request, "scheme=%s&shape=%s&dtype=%s", scheme->name, shape, wi_dtype_at(d)->name);
            double *x = body_values(request, &n);
            strcat(request, "&padding=2");
            double *y = body_values(request, &m);
            assert_int_equal(n, m);
            for (size_t k = 0; k < n; k++) {
                double expected = k / (n / 4) == 2 ? 0 : x[k];
                if (memcmp(&y[k], &expected, sizeof expected) != 0)
                    fail_msg("%s: element %zu is %g, not %g", request, k, y[k], expected);
            }
            free(x);
            free(y);
        }
}

struct dims {
    unsigned rank;
    uint64_t at[5];
};

static void check_naive(const char *scheme, const struct dims *d, bool oi, unsigned groups,
                        double (*value)(const struct dims *, bool, unsigned, const uint64_t *index))
{
    char request[200];
    int at = snprintf(request, sizeof request, "scheme=%s&layout=%s&shape=", scheme, oi ? "oi" : "io");
    for (unsigned k = 0; k < d->rank; k++)
        at += snprintf(request + at, sizeof request - (size_t)at, "%s%u", k ? "," : "", (unsigned)d->at[k]);
    if (strcmp(scheme, "dirac") == 0)
        snprintf(request + at, sizeof request - (size_t)at, "&groups=%u", groups);
    size_t n;
    double *x = body_values(request, &n);
    for (size_t i = 0; i < n; i++) {
        uint64_t index[5] = {0}, rest = i;
        for (unsigned k = d->rank; k-- > 0; rest /= d->at[k])
            index[k] = rest % d->at[k];
        double expected = value(d, oi, groups, index);
        if (memcmp(&x[i], &expected, sizeof expected) != 0)
            fail_msg("%s: element %zu is %g", request, i, x[i]);
    }
    free(x);
}

static double eye_value(const struct dims *d, bool oi, unsigned groups, const uint64_t *index)
{
    (void)d, (void)oi, (void)groups;
    return index[0] == index[1];
}

/* torch's dirac_: for each group g and each d below min(out per group, in): w[g * out per group + d, d, size / 2...] =
 * 1. */
static double dirac_value(const struct dims *d, bool oi, unsigned groups, const uint64_t *index)
{
    unsigned channel = oi ? 0 : d->rank - 2, space = oi ? 2 : 0;
    uint64_t o = oi ? index[0] : index[channel + 1], i = oi ? index[1] : index[channel];
    uint64_t outs = oi ? d->at[0] : d->at[channel + 1];
    for (unsigned k = space; k < space + d->rank - 2; k++)
        if (index[k] != d->at[k] / 2)
            return 0;
    return o % (outs / groups) == i;
}

TEST(test_identities)
{
    static const struct dims matrices[] = {{2, {1, 1}}, {2, {4, 4}}, {2, {3, 70}}, {2, {70, 3}}, {2, {65, 64}}};
    static const struct dims kernels[] = {
        {3, {3, 6, 6}},     {3, {4, 6, 12}},   {3, {12, 6, 4}},      {3, {1, 1, 1}},       {4, {3, 3, 6, 6}},
        {4, {6, 4, 12, 6}}, {4, {6, 2, 4, 5}}, {5, {3, 2, 3, 4, 6}}, {5, {6, 4, 3, 2, 6}},
    };
    for (size_t m = 0; m < N(matrices); m++)
        check_naive("eye", &matrices[m], false, 1, eye_value);
    for (size_t k = 0; k < N(kernels); k++)
        for (unsigned oi = 0; oi < 2; oi++)
            for (unsigned groups = 1; groups <= 6; groups++)
                if (kernels[k].at[oi ? 0 : kernels[k].rank - 1] % groups == 0)
                    check_naive("dirac", &kernels[k], oi, groups, dirac_value);
}

/* ---- sparse ---- */

static void check_zeros(unsigned rows, unsigned cols, const char *sparsity, const char *dtype)
{
    char request[200];
    size_t n;
    snprintf(request, sizeof request, "scheme=sparse&shape=%u,%u&sparsity=%s&std=1&seed=%u&dtype=%s", rows, cols,
             sparsity, rows + cols, dtype);
    double *x = body_values(request, &n), expected = ceil(strtod(sparsity, NULL) * rows);
    for (unsigned c = 0; c < cols; c++) {
        unsigned zeros = 0;
        for (unsigned r = 0; r < rows; r++)
            zeros += x[r * cols + c] == 0;
        if (zeros != expected)
            fail_msg("%s: column %u has %u zeros, not %g", request, c, zeros, expected);
    }
    free(x);
}

TEST(test_sparse_counts)
{
    static const char *const sparsities[] = {"0",        "1",     "0.5",  "0.1",  "0.9",
                                             "0.333333", "0.999", "1e-9", "0.07", "5e-324"};
    static const unsigned sizes[][2] = {{1, 1},   {1, 70},   {70, 1},  {2, 63},  {3, 64},    {5, 65},
                                        {10, 10}, {100, 30}, {127, 3}, {128, 2}, {300, 129}, {1000, 7}};
    for (size_t s = 0; s < N(sizes); s++)
        for (size_t p = 0; p < N(sparsities); p++) {
            check_zeros(sizes[s][0], sizes[s][1], sparsities[p], "f32");
            check_zeros(sizes[s][0], sizes[s][1], sparsities[p], "f64");
        }
}

/* Every subset of k of 6 rows is as likely, and neighbouring columns know nothing of each other. */
static void check_subsets(const char *sparsity, unsigned k)
{
    enum { ROWS = 6, COLS = 60000, SETS = 1 << ROWS };
    char request[200];
    size_t n;
    double count[SETS] = {0}, equal = 0, subsets = 0, chi2 = 0;
    snprintf(request, sizeof request, "scheme=sparse&shape=%d,%d&sparsity=%s&std=1&seed=3", ROWS, COLS, sparsity);
    double *x = body_values(request, &n);
    unsigned before = SETS;
    for (unsigned c = 0; c < COLS; c++) {
        unsigned set = 0;
        for (unsigned r = 0; r < ROWS; r++)
            set |= (unsigned)(x[r * COLS + c] == 0) << r;
        count[set]++;
        equal += set == before;
        before = set;
    }
    for (unsigned set = 0; set < SETS; set++)
        subsets += (unsigned)__builtin_popcount(set) == k;
    for (unsigned set = 0; set < SETS; set++)
        if ((unsigned)__builtin_popcount(set) == k)
            chi2 += pow(count[set] - COLS / subsets, 2) / (COLS / subsets);
    double degrees = subsets - 1, p = 1 / subsets;
    if (fabs(chi2 - degrees) > 4 * sqrt(2 * degrees))
        fail_msg("%s: chi2 is %g with %g degrees of freedom", request, chi2, degrees);
    if (fabs(equal - COLS * p) > 4 * sqrt(COLS * p * (1 - p)))
        fail_msg("%s: %g neighbours are equal, not %g", request, equal, COLS * p);
    free(x);
}

/* A zero is as likely in every row of tall columns. */
static void check_rows(const char *sparsity, double share)
{
    enum { ROWS = 500, COLS = 4000 };
    char request[200];
    size_t n;
    double chi2 = 0;
    snprintf(request, sizeof request, "scheme=sparse&shape=%d,%d&sparsity=%s&std=1&seed=4", ROWS, COLS, sparsity);
    double *x = body_values(request, &n);
    for (unsigned r = 0; r < ROWS; r++) {
        double zeros = 0;
        for (unsigned c = 0; c < COLS; c++)
            zeros += x[r * COLS + c] == 0;
        chi2 += pow(zeros - COLS * share, 2) / (COLS * share * (1 - share));
    }
    chi2 *= (ROWS - 1.0) / ROWS;
    if (fabs(chi2 - (ROWS - 1)) > 4 * sqrt(2.0 * (ROWS - 1)))
        fail_msg("%s: chi2 over the rows is %g with %d degrees of freedom", request, chi2, ROWS - 1);
    free(x);
}

/* The elements that are not zero are normal: the same normals for every sparsity. */
TEST(test_sparse)
{
    check_subsets("0.16", 1);
    check_subsets("0.33", 2);
    check_subsets("0.5", 3);
    check_subsets("0.66", 4);
    check_subsets("0.8", 5);
    check_rows("0.1", 0.1);
    check_rows("0.5", 0.5);
    check_rows("0.9", 0.9);
    size_t n, m, kept = 0;
    double *some = body_values("scheme=sparse&shape=1000,1000&sparsity=0.5&std=0.25&seed=6", &n);
    double *all = body_values("scheme=normal&shape=1000,1000&std=0.25&seed=6", &m);
    for (size_t i = 0; i < n; i++) {
        assert_true(some[i] == 0 || memcmp(&some[i], &all[i], sizeof *all) == 0);
        if (some[i] != 0)
            some[kept++] = some[i];
    }
    assert_int_equal(kept, 500000);
    uint32_t *cells = count_cells(some, kept, 0, 0.25);
    assert_true(ks_p(cells, kept, WI_DRAW_NORMAL, 0, 1) > 1e-3);
    free(cells);
    free(some);
    free(all);
}

/* ---- orthogonal ---- */

/* Largest |entry of the shorter Gram matrix - gain^2 I| of a rows x cols matrix. */
static double gram_error(const double *q, size_t rows, size_t cols, double gain)
{
    size_t n = rows < cols ? rows : cols, m = rows < cols ? cols : rows;
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < m; k++)
                sum += rows < cols ? q[i * cols + k] * q[j * cols + k] : q[k * cols + i] * q[k * cols + j];
            worst = fmax(worst, fabs(sum - (i == j ? gain * gain : 0)));
        }
    return worst;
}

static void check_orthogonal(const char *shape, const char *layout, size_t rows, size_t cols)
{
    static const struct {
        const char *dtype;
        double tolerance;
    } types[] = {{"f32", 1e-6}, {"f64", 1e-14}, {"bf16", 8e-3}, {"f16", 1e-3}};
    for (size_t t = 0; t < N(types); t++)
        for (unsigned g = 0; g < 2; g++) {
            char request[200];
            size_t n;
            double gain = g ? 1.5 : 1;
            snprintf(request, sizeof request, "scheme=orthogonal&shape=%s&layout=%s&dtype=%s&seed=2&gain=%g", shape,
                     layout, types[t].dtype, gain);
            double *q = body_values(request, &n), error;
            assert_int_equal(n, rows * cols);
            error = gram_error(q, rows, cols, gain);
            if (!(error <= types[t].tolerance * gain * gain))
                fail_msg("%s: Q'Q is off by %g", request, error);
            free(q);
        }
}

TEST(test_orthogonal)
{
    check_orthogonal("1,1", "io", 1, 1);
    check_orthogonal("50,50", "io", 50, 50);
    check_orthogonal("100,17", "io", 100, 17);
    check_orthogonal("17,100", "io", 17, 100);
    check_orthogonal("17,100", "oi", 17, 100);
    check_orthogonal("1,33", "io", 1, 33);
    check_orthogonal("33,1", "oi", 33, 1);
    check_orthogonal("3,3,8,20", "io", 72, 20);
    check_orthogonal("2,2,3,20", "io", 12, 20);
    check_orthogonal("20,8,3,3", "oi", 20, 72);
    check_orthogonal("40,3,3", "oi", 40, 9);
    check_orthogonal("200,180", "io", 200, 180);
}

/* The centre tap holds an orthogonal matrix, every other tap zeros. */
static void check_delta(const char *shape, const uint64_t *space, unsigned n_space, size_t in, size_t out, bool oi)
{
    char request[200];
    size_t n, taps = 1, centre = 0;
    snprintf(request, sizeof request, "scheme=delta_orthogonal&shape=%s&layout=%s&dtype=f64&gain=2&seed=8", shape,
             oi ? "oi" : "io");
    for (unsigned k = 0; k < n_space; k++) {
        centre = centre * space[k] + (space[k] - 1) / 2;
        taps *= space[k];
    }
    double *x = body_values(request, &n), *q = calloc(in * out, sizeof *q);
    assert_int_equal(n, taps * in * out);
    for (size_t i = 0; i < n; i++) {
        size_t tap = oi ? i % taps : i / (in * out), at = oi ? i / taps : i % (in * out);
        if (tap == centre)
            q[at] = x[i];
        else
            assert_true(x[i] == 0);
    }
    double error = gram_error(q, oi ? out : in, oi ? in : out, 2);
    if (!(error <= 4e-14))
        fail_msg("%s: Q'Q is off by %g", request, error);
    free(q);
    free(x);
}

TEST(test_delta_orthogonal)
{
    check_delta("3,4,9", (const uint64_t[]){3}, 1, 4, 9, false);
    check_delta("9,4,3", (const uint64_t[]){3}, 1, 4, 9, true);
    check_delta("2,5,8,8", (const uint64_t[]){2, 5}, 2, 8, 8, false);
    check_delta("8,8,2,5", (const uint64_t[]){2, 5}, 2, 8, 8, true);
    check_delta("3,4,3,2,7", (const uint64_t[]){3, 4, 3}, 3, 2, 7, false);
    check_delta("7,2,3,4,3", (const uint64_t[]){3, 4, 3}, 3, 2, 7, true);
    check_delta("1,1,1", (const uint64_t[]){1}, 1, 1, 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_family),
        cmocka_unit_test(test_family_is_complete),
        cmocka_unit_test(test_variance_scaling),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_samples_are_complete),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_f8),
        cmocka_unit_test(test_zero_row),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_sparse_counts),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_orthogonal),
        cmocka_unit_test(test_delta_orthogonal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
