/* Normals conditioned to an interval of choice: the quantile of every word against the C library's erfc, the bounds, and the
 * scheme that draws them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"

#define N(list) (sizeof(list) / sizeof *(list))
enum { REQUEST_MAX = 300, MANY = 20000 };

static const struct wi_key key = {7, UINT64_C(0xcbf29ce484222325), WI_DOMAIN_VALUE};

static const struct {
    double mean, std, low, high;
} intervals[] = {
    {0, 1, -2, 2},
    {0, 1, -3, 3},
    {0, 1, -0.01, 0.02},
    {0, 0.02, -2, 2},
    {1, 2, 0, INFINITY},
    {0, 1, -INFINITY, 0},
    {0, 1, 5, INFINITY},
    {0, 1, 36.5, INFINITY},
    {0, 1, 10, 10.5},
    {-3, 0.5, -INFINITY, -9},
    {0, 1, -1, 8},
    {0, 1, 1.9, 2.1},
    {0, 1, -INFINITY, INFINITY},
    {1e6, 1, 999999, 1e6 + 3},
    {0, 1, 0.5, 0.5000001},
    {0, 1e-20, -1e-20, 2e-20},
    {0, 1e20, -1e19, 5e20},
    {0, 1, -37, -36},
    {0.3, 0.7, -1.5, 0.1},
};

/* The mass below z, and above: long double, each with its own relative precision. */
static long double below(long double z)
{
    return erfcl(-z * 0.70710678118654752440L) / 2;
}

static long double between(long double a, long double b)
{
    return a > 0 ? below(-a) - below(-b) : below(b) - below(a);
}

/* The share of the interval's mass below x is the share of the words below the word: u. What the rounding of x moves is allowed. */
static void check_quantile(size_t i, double x, long double u, double rounding)
{
    long double mean = intervals[i].mean, std = intervals[i].std;
    long double a = (intervals[i].low - mean) / std, b = (intervals[i].high - mean) / std, z = (x - mean) / std;
    long double mass = between(a, b), share = between(a, z) / mass;
    long double moved = (fabsl(x) + fabsl(mean)) / std * (long double)rounding;
    long double allowed = 4e-14L + moved * expl(-z * z / 2) * 0.4L / mass * 3;
    if (fabsl(share - u) > allowed)
        fail_msg("interval %zu, %.17g: below it %.17Lg, not %.17Lg, by %.3Lg of %.3Lg", i, x, share, u, share - u,
                 allowed);
    assert_true(x >= intervals[i].low && x <= intervals[i].high);
}

TEST(test_f64)
{
    double *x = malloc(MANY * sizeof *x);
    uint64_t *words = malloc(MANY * sizeof *words);
    assert_true(x && words);
    for (size_t i = 0; i < N(intervals); i++) {
        struct wi_bounded bounded;
        wi_bounded_make(&bounded, intervals[i].mean, intervals[i].std, intervals[i].low, intervals[i].high);
        wi_bits_u64(&key, 5, MANY, words);
        wi_bounded_f64(&bounded, &key, 5, MANY, x);
        for (size_t k = 0; k < MANY; k++) {
            long double v = (long double)((words[k] << 1 >> 1) | 1) * 0x1p-63L;
            check_quantile(i, x[k], (1 + (words[k] >> 63 ? -v : v)) / 2, 4.5e-16);
        }
    }
    free(x);
    free(words);
}

TEST(test_f32)
{
    float *x = malloc(MANY * sizeof *x);
    uint32_t *words = malloc(MANY * sizeof *words);
    assert_true(x && words);
    for (size_t i = 0; i < N(intervals); i++) {
        struct wi_bounded bounded;
        if (intervals[i].high - intervals[i].low < 1e-6 * fabs(intervals[i].high) || intervals[i].mean == 1e6)
            continue; /* too narrow for this type */
        wi_bounded_make(&bounded, intervals[i].mean, intervals[i].std, intervals[i].low, intervals[i].high);
        wi_bits_u32(&key, 5, MANY, words);
        wi_bounded_f32(&bounded, &key, 5, MANY, x);
        for (size_t k = 0; k < MANY; k++) {
            double value = x[k], low = (float)intervals[i].low, high = (float)intervals[i].high;
            assert_true(value >= low && value <= high);
            value = value < intervals[i].low ? intervals[i].low : value > intervals[i].high ? intervals[i].high : value;
            check_quantile(i, value, (1 + (long double)(int32_t)(words[k] | 1) * 0x1p-31L) / 2, 2.5e-7);
        }
    }
    free(x);
    free(words);
}

/* With bounds of two standard deviations each word gives what the truncated normal gives that has kernels of its own. */
TEST(test_two_standard_deviations)
{
    const struct wi_draw draw = {WI_DRAW_TRUNCATED, 0, 1};
    struct wi_bounded bounded;
    float *one = malloc(MANY * sizeof *one), *other = malloc(MANY * sizeof *other);
    double *wide = malloc(MANY * sizeof *wide), *again = malloc(MANY * sizeof *again);
    assert_true(one && other && wide && again);
    wi_bounded_make(&bounded, 0, 1, -2, 2);
    wi_draw_f32(&draw, &key, 3, MANY, one);
    wi_bounded_f32(&bounded, &key, 3, MANY, other);
    wi_draw_f64(&draw, &key, 3, MANY, wide);
    wi_bounded_f64(&bounded, &key, 3, MANY, again);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(fabsf(one[i] - other[i]) <= 2.4e-7f * fabsf(one[i]));
        assert_true(fabs(wide[i] - again[i]) <= 4e-15 * fabs(wide[i]));
    }
    free(one);
    free(other);
    free(wide);
    free(again);
}

TEST(test_standard_deviation)
{
    static const struct {
        double low, high, std;
    } rows[] = {
        {-2, 2, 0.87962566103423978}, {-3, 3, 0.98658}, {0, INFINITY, 0.60281027497},
        {-INFINITY, INFINITY, 1},     {-100, 100, 1},   {1, 3, 0.41648},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wi_bounded bounded;
        double std;
        wi_bounded_make(&bounded, 5, 2, 5 + 2 * rows[i].low, 5 + 2 * rows[i].high);
        assert_true(wi_bounded_std(&bounded, &std));
        assert_float_equal(std / 2, rows[i].std, 1e-4);
    }
    struct wi_bounded narrow;
    double std;
    wi_bounded_make(&narrow, 0, 1, 0.5, 0.5000001);
    assert_false(wi_bounded_std(&narrow, &std));
}

/* ---- the scheme ------------------------------------------------------------------------------------------------- */

static void canonical(const char *query, char text[WI_CANONICAL_MAX])
{
    struct wi_plan plan;
    struct wi_error err = {0};
    if (body_plan(&plan, query, &err) != WI_OK)
        fail_msg("%s: %s", query, err.text);
    wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
}

#define T "scheme=truncated_normal&shape=9&seed=3"

TEST(test_spellings)
{
    static const char *const same[][2] = {
        {T, T "&cut=2"},
        {T, T "&low=-2&high=2"},
        {T "&std=0.02&mean=1", T "&std=0.02&mean=1&cut=2"},
        {T "&cut=3", T "&low=-3&high=3"},
        {T "&cut=1.5&mean=2&std=4", T "&low=-4&high=8&mean=2&std=4"},
        {T "&std=0", T "&std=0&cut=7"},
    };
    static const char *const different[] = {T,          T "&low=-2",       T "&high=2", T "&cut=3",
                                            T "&low=0", T "&low=0&high=2", T "&std=2",  T "&low=-4&high=4&std=2.5"};
    char one[WI_CANONICAL_MAX], other[WI_CANONICAL_MAX];
    for (size_t i = 0; i < N(same); i++) {
        canonical(same[i][0], one);
        canonical(same[i][1], other);
        assert_string_equal(one, other);
    }
    for (size_t i = 0; i < N(different); i++) {
        canonical(different[i], one);
        canonical(one, other);
        assert_string_equal(one, other);
        for (size_t k = 0; k < i; k++) {
            canonical(different[k], other);
            assert_string_not_equal(one, other);
        }
    }
    assert_null(strstr(one, "cut="));
}

TEST(test_refused)
{
    static const struct {
        const char *query, *param;
        enum wi_status code;
    } rows[] = {
        {T "&low=1&high=0", "low", WI_E_PARAM_CONFLICT},
        {T "&cut=3&low=0", "cut", WI_E_PARAM_CONFLICT},
        {T "&cut=0", "cut", WI_E_PARAM_VALUE},
        {T "&cut=-1", "cut", WI_E_PARAM_VALUE},
        {T "&low=37.1", "low", WI_E_PARAM_CONFLICT},
        {T "&high=-37.1", "high", WI_E_PARAM_CONFLICT},
        {T "&std=0&low=1", "low", WI_E_PARAM_CONFLICT},
        {T "&std=0&high=-1", "high", WI_E_PARAM_CONFLICT},
        {T "&std=1e4&high=1e5&low=0&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {T "&std=1e4&low=0&dtype=f16", "dtype", WI_E_PARAM_VALUE},
        {"scheme=normal&shape=9&cut=3", "cut", WI_E_PARAM_UNUSED},
        {"like=torch&scheme=trunc_normal&shape=9&cut=3", "cut", WI_E_PARAM_UNUSED},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        if (body_plan(&plan, rows[i].query, &err) != rows[i].code || strcmp(err.param, rows[i].param) != 0)
            fail_msg("%s: %d, %s: %s", rows[i].query, (int)err.code, err.param, err.text);
    }
}

/* Every dtype: within the bounds, with the standard deviation that the header says, the same in pieces. */
TEST(test_elements)
{
    static const char *const bounds[] = {"low=-0.5&high=2", "cut=3", "low=0", "high=-1&std=2",
                                         "low=-2&high=2&std=0.02"};
    const struct wi_dtype *dtype;
    for (size_t b = 0; b < N(bounds); b++)
        for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++) {
            char query[REQUEST_MAX];
            struct wi_plan plan;
            size_t n;
            double sum = 0, squares = 0;
            snprintf(query, sizeof query, "scheme=truncated_normal&shape=300,200&seed=5&dtype=%s&%s", dtype->name,
                     bounds[b]);
            double *x = body_values(query, &n);
            body_plan(&plan, query, NULL);
            const struct wi_tensor *t = &plan.part.tensor;
            for (size_t i = 0; i < n; i++) {
                assert_true(x[i] >= t->bounded.low - 0.004 && x[i] <= t->bounded.high + 0.004);
                sum += x[i];
                squares += x[i] * x[i];
            }
            double mean = sum / (double)n, std = sqrt(squares / (double)n - mean * mean);
            assert_true(t->has_std);
            assert_true(fabs(std / t->std - 1) < 0.015);
            snprintf(query + strlen(query), 40, "&slice=7:9,3:");
            size_t m;
            double *part = body_values(query, &m);
            assert_int_equal(m, 2 * 197);
            for (size_t i = 0; i < m; i++)
                assert_true(part[i] == x[(7 + i / 197) * 200 + 3 + i % 197]);
            free(part);
            free(x);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_f64),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_two_standard_deviations),
        cmocka_unit_test(test_standard_deviation),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
