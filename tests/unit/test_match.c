/* Which scheme is this? Every scheme that follows from the shape is named from numbers of its own values. */
#include <match.h>
#include <wi.h>

#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct wi_measured measure(const char *query)
{
    static char memory[1 << 23];
    struct wi_measured measured = {0};
    struct wi_request request;
    struct wi_plan plan;
    struct wi_sizes sizes;
    double sum = 0, squares = 0;
    wi_request_init(&request);
    assert_int_equal(wi_request_query(&request, query, NULL), WI_OK);
    assert_int_equal(wi_plan_make(&plan, &request, NULL, NULL), WI_OK);
    assert_int_equal(wi_get(query, memory, sizeof memory, &sizes, NULL), WI_OK);
    const size_t n = (size_t)plan.part.tensor.n_elems;
    const double *values = (const double *)(const void *)memory;
    measured.rank = plan.part.tensor.rank;
    memcpy(measured.shape, plan.part.tensor.shape, sizeof measured.shape);
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
        squares += values[i] * values[i];
        measured.largest = fmax(measured.largest, fabs(values[i]));
    }
    measured.std = sqrt(squares / (double)n - sum / (double)n * (sum / (double)n));
    return measured;
}

static bool names(const struct wi_measured *measured, const char *query)
{
    struct wi_match matches[WI_MATCH_MAX];
    const unsigned n = wi_match(measured, matches);
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(matches[i].query, query))
            return true;
    return false;
}

static void check(const char *scheme, const char *tail)
{
    char query[256], own[300];
    snprintf(query, sizeof query, "scheme=%s&shape=192,320%s", scheme, tail);
    snprintf(own, sizeof own, "%s&seed=11&dtype=f64&format=raw", query);
    const struct wi_measured measured = measure(own);
    if (!names(&measured, query))
        fail_msg("std %g, largest %g: %s is not named", measured.std, measured.largest, query);
}

TEST(test_every_scheme_is_named)
{
    static const char *const schemes[] = {"xavier_uniform", "xavier_normal", "he_uniform",     "he_normal",
                                          "lecun_uniform",  "lecun_normal",  "glorot_uniform", "glorot_normal"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const bool is_glorot = !strncmp(schemes[i], "glorot", 6) ||
                               !strcmp(schemes[i], "xavier_uniform"); /* its std is the same in both layouts */
        check(schemes[i], "");
        if (!is_glorot)
            check(schemes[i], "&layout=oi");
        if (strstr(schemes[i], "normal"))
            check(schemes[i], "&truncated=1");
        if (strstr(schemes[i], "normal") && !is_glorot)
            check(schemes[i], "&truncated=1&layout=oi");
    }
}

TEST(test_known_numbers)
{
    struct wi_measured he = {2, {256, 128}, 0.08851, 0.3692};
    assert_int_equal(wi_match_kind(&he), WI_MATCH_NORMAL);
    assert_true(names(&he, "scheme=he_normal&shape=256,128"));
    assert_true(names(&he, "scheme=lecun_normal&shape=256,128&layout=oi")); /* the same number, honestly */
    assert_false(names(&he, "scheme=xavier_normal&shape=256,128"));
    struct wi_measured linear = {2, {512, 512}, 0.0255, 0.0442};
    assert_int_equal(wi_match_kind(&linear), WI_MATCH_UNIFORM);
    assert_true(names(&linear, "like=torch&scheme=linear_default&shape=512,512"));
    struct wi_measured gpt = {2, {768, 3072}, 0.02, 0.0999};
    assert_true(names(&gpt, "scheme=normal&std=0.02&shape=768,3072"));
    struct wi_measured projection = {2, {3072, 768}, 0.02 / sqrt(24), 0.0204};
    struct wi_match matches[WI_MATCH_MAX];
    assert_int_equal(wi_match(&projection, matches), 1);
    assert_true(fabs(matches[0].std - 0.02 / sqrt(24)) < 1e-12);
}

TEST(test_there_is_always_a_closest)
{
    static const double largest[] = {0, 0.0123 * 1.7, 0.0123 * 2.2, 0.0123 * 4};
    for (size_t i = 0; i < 4; i++) {
        const struct wi_measured odd = {2, {300, 200}, 0.0123, largest[i]};
        struct wi_match closest, matches[WI_MATCH_MAX];
        struct wi_request request;
        struct wi_plan plan;
        assert_int_equal(wi_match(&odd, matches), 0);
        wi_match_closest(&odd, &closest);
        wi_request_init(&request);
        assert_int_equal(wi_request_query(&request, closest.query, NULL), WI_OK);
        assert_int_equal(wi_plan_make(&plan, &request, NULL, NULL), WI_OK);
        assert_true(fabs(plan.part.tensor.std - 0.0123) < 1e-12);
    }
}

TEST(test_shapes_of_all_kinds)
{
    static const struct wi_measured odd[] = {
        {0, {0}, 1, 1},
        {1, {7}, 0.3, 0.4},
        {1, {0}, 0.3, 0.4},
        {8, {2, 2, 2, 2, 2, 2, 2, 2}, 0.1, 0.3},
        {2, {UINT64_C(1) << 40, UINT64_C(1) << 16}, 1e-3, 5e-3},
        {2, {3, 4}, 1e-29, 1e29},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct wi_match matches[WI_MATCH_MAX], closest;
        const unsigned n = wi_match(&odd[i], matches);
        assert_true(n <= WI_MATCH_MAX);
        for (unsigned k = 0; k < n; k++) {
            assert_true(fabs(matches[k].off_by_sd) < 4);
            assert_true(k == 0 || fabs(matches[k].off_by_sd) >= fabs(matches[k - 1].off_by_sd));
        }
        wi_match_closest(&odd[i], &closest);
        assert_true(closest.query[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scheme_is_named),
        cmocka_unit_test(test_known_numbers),
        cmocka_unit_test(test_there_is_always_a_closest),
        cmocka_unit_test(test_shapes_of_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
