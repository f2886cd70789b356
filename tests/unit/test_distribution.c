/* The distribution of the draws: moments, tails and distance from the exact distribution function. The numbers are
 * always the same, so nothing here can fail by chance; each limit is shown to be narrow enough to see a constant that
 * is 1 % off. The large version of this is `make stats`. */
#include "draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/statistics.h"

enum { N = 1 << 21, CELLS = 1 << 16 };

static const double half_range = 8, limit = 4;

struct summary {
    struct moments moments;
    struct histogram histogram;
    double tail[7]; /* how many |x| > index */
};

static void count_tails(struct summary *s, double x)
{
    for (int z = 1; z < 7; z++)
        s->tail[z] += fabs(x) > z;
}

static struct summary summary_of(const struct wi_draw *draw, int f64)
{
    static uint32_t count[CELLS];
    static float x[N];
    static double x8[N];
    const struct wi_key key = {f64 ? 12 : 11, wi_stream_id("distribution", 12), WI_DOMAIN_VALUE};
    struct summary s = {.histogram = {-half_range, 2 * half_range / CELLS, CELLS, count}};
    memset(count, 0, sizeof count);
    if (f64) {
        wi_draw_f64(draw, &key, 0, N, x8);
        moments_add_f64(&s.moments, x8, N);
        histogram_add_f64(&s.histogram, x8, N);
    } else {
        wi_draw_f32(draw, &key, 0, N, x);
        moments_add_f32(&s.moments, x, N);
        histogram_add_f32(&s.histogram, x, N);
    }
    for (size_t i = 0; i < N; i++)
        count_tails(&s, f64 ? x8[i] : (double)x[i]);
    return s;
}

/* The largest of all the deviates, in standard errors. */
static double worst(const struct summary *s, enum wi_draw_kind kind)
{
    double result = 0;
    for (int power = 1; power <= 4; power++)
        result = fmax(result, fabs(moments_deviate(&s->moments, kind, power)));
    struct fit fit = histogram_fit(&s->histogram, kind);
    result = fmax(result, fmax(fit.ks, fit.ad));
    result = fmax(result, fabs(histogram_chi2(&s->histogram, kind, 1)));
    for (int z = 1; z < 7; z++) {
        double expected = N * 2 * cdf_between(kind, z, INFINITY), sigma = sqrt(expected + 1);
        result = fmax(result, fabs(s->tail[z] - expected) / sigma);
    }
    return result;
}

static void check(enum wi_draw_kind kind, double a, double b)
{
    for (int f64 = 0; f64 < 2; f64++) {
        struct wi_draw right = {kind, a, b}, wide = {kind, a * 1.01, b * 1.01}, shifted = {kind, a + 0.01, b};
        if (kind == WI_DRAW_UNIFORM)
            shifted.b += 0.01;
        struct summary s = summary_of(&right, f64);
        double value = worst(&s, kind);
        print_message("kind %d f%d: largest deviate %.2f\n", kind, f64 ? 64 : 32, value);
        assert_true(value < limit);
        s = summary_of(&wide, f64);
        assert_true(worst(&s, kind) > 2 * limit);
        s = summary_of(&shifted, f64);
        assert_true(worst(&s, kind) > 2 * limit);
    }
}

TEST(test_uniform)
{
    check(WI_DRAW_UNIFORM, -1, 1);
}

TEST(test_normal)
{
    check(WI_DRAW_NORMAL, 0, 1);
}

TEST(test_truncated)
{
    check(WI_DRAW_TRUNCATED, 0, 1);
    assert_true(fabs(sqrt(expected_moment(WI_DRAW_TRUNCATED, 2)) - WI_TRUNCATED_STD) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_uniform), cmocka_unit_test(test_normal),
                                       cmocka_unit_test(test_truncated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
