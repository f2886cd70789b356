/* The numbers that pictures are made of: those of the body, or an error, never what the memory held before. */
#include <stdio.h>

#include "plot/values.h"
#include "support/body.h"
#include "support/test.h"

static void plan(const char *query, struct wi_plan *out)
{
    struct wi_error err = {0};
    if (body_plan(out, query, &err) != WI_OK)
        fail_msg("%s: %s", query, err.text);
}

TEST(test_numbers_of_the_body)
{
    static const char *const types[] = {"f32", "f64", "f16", "bf16", "f8_e4m3", "f8_e5m2"};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        char query[64];
        struct wi_plan p;
        struct srv_values values;
        double x[24];
        snprintf(query, sizeof query, "scheme=constant&value=-1.5&shape=4,6&dtype=%s", types[t]);
        plan(query, &p);
        assert_int_equal(srv_values_init(&values, NULL, &p), SRV_OK);
        assert_int_equal(srv_values_read(&values, 0, 24, x), SRV_OK);
        for (size_t i = 0; i < 24; i++)
            assert_true(x[i] == -1.5);
        srv_values_deinit(&values);
    }
}

TEST(test_a_short_read_is_an_error)
{
    struct wi_plan p;
    struct srv_values values;
    double x[24];
    plan("scheme=he_normal&shape=4,6&slice=0:2&seed=7", &p);
    assert_int_equal(srv_values_init(&values, NULL, &p), SRV_OK);
    assert_int_equal(srv_values_read(&values, 0, 12, x), SRV_OK);
    assert_int_not_equal(srv_values_read(&values, 0, 13, x), SRV_OK);
    assert_int_not_equal(srv_values_read(&values, 0, 24, x), SRV_OK);
    assert_int_not_equal(srv_values_read(&values, 12, 1, x), SRV_OK);
    srv_values_deinit(&values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_of_the_body),
        cmocka_unit_test(test_a_short_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
