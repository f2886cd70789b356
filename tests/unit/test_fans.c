/* Fans of kernels: in every layout, grouped, given outright; against what convolutions do, and what frameworks count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"

#define N(list) (sizeof(list) / sizeof *(list))
enum { REQUEST_MAX = 300 };

static void assert_fans(const char *query, double fan_in, double fan_out)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    if (body_plan(&plan, query, &err) != WI_OK)
        fail_msg("%s: %s", query, err.text);
    if (plan.part.tensor.fan_in != fan_in || plan.part.tensor.fan_out != fan_out)
        fail_msg("%s: %g and %g, not %g and %g", query, plan.part.tensor.fan_in, plan.part.tensor.fan_out, fan_in,
                 fan_out);
}

/* Measured with torch 2.15: of a convolution of ones over ones, an inner output is fan_in, and the gradient at an inner input is
 * fan_out. The shapes are those of the layers' weights. */
TEST(test_what_convolutions_do)
{
    static const struct {
        const char *torch_shape, *torch_layout, *keras_shape, *keras_layout;
        unsigned groups, fan_in, fan_out;
    } rows[] = {
        {"8,6,3", "oi", "3,6,8", "io", 1, 18, 24},             /* Conv1d(6, 8, 3) */
        {"8,6,3,5", "oi", "3,5,6,8", "io", 1, 90, 120},        /* Conv2d(6, 8, (3, 5)) */
        {"8,3,3,3", "oi", "3,3,3,8", "io", 2, 27, 36},         /* Conv2d(6, 8, 3, groups=2) */
        {"12,1,3,3", "oi", "3,3,1,12", "io", 6, 9, 18},        /* Conv2d(6, 12, 3, groups=6) */
        {"6,2,2,3,1", "oi", "2,3,1,2,6", "io", 2, 12, 18},     /* Conv3d(4, 6, (2, 3, 1), groups=2) */
        {"6,8,3", "iohw", "3,8,6", "hwoi", 1, 18, 24},         /* ConvTranspose1d(6, 8, 3) */
        {"6,8,3,5", "iohw", "3,5,8,6", "hwoi", 1, 90, 120},    /* ConvTranspose2d(6, 8, (3, 5)) */
        {"6,4,3,3", "iohw", "3,3,4,6", "hwoi", 2, 27, 36},     /* ConvTranspose2d(6, 8, 3, groups=2) */
        {"6,2,3,3", "iohw", "3,3,2,6", "hwoi", 6, 9, 18},      /* ConvTranspose2d(6, 12, 3, groups=6) */
        {"4,3,2,3,1", "iohw", "2,3,1,3,4", "hwoi", 2, 12, 18}, /* ConvTranspose3d(4, 6, (2, 3, 1), groups=2) */
    };
    static const char *const schemes[] = {"xavier_uniform", "glorot_uniform", "xavier_normal",
                                          "glorot_normal",  "he_normal",      "he_uniform",
                                          "lecun_normal",   "lecun_uniform",  "variance_scaling"};
    for (size_t i = 0; i < N(rows); i++)
        for (size_t s = 0; s < N(schemes); s++) {
            char query[REQUEST_MAX];
            snprintf(query, sizeof query, "scheme=%s&shape=%s&layout=%s&groups=%u", schemes[s], rows[i].torch_shape,
                     rows[i].torch_layout, rows[i].groups);
            assert_fans(query, rows[i].fan_in, rows[i].fan_out);
            snprintf(query, sizeof query, "scheme=%s&shape=%s&layout=%s&groups=%u", schemes[s], rows[i].keras_shape,
                     rows[i].keras_layout, rows[i].groups);
            assert_fans(query, rows[i].fan_in, rows[i].fan_out);
        }
    /* DepthwiseConv2D(3, depth_multiplier=2) of 6 channels is Conv2d(6, 12, 3, groups=6). */
    assert_fans("scheme=he_normal&shape=3,3,6,2&layout=hwcm", 9, 18);
    assert_fans("scheme=he_normal&shape=3,6,2&layout=hwcm", 3, 6);
}

/* What torch's _calculate_fan_in_and_fan_out (2.15) and Keras's compute_fans (3.15) say of the same weights, which know neither
 * groups nor transposed kernels: the layout of the framework, without groups. */
TEST(test_what_frameworks_count)
{
    static const struct {
        const char *query;
        unsigned fan_in, fan_out;
    } rows[] = {
        {"layout=oi&shape=8,3,3,3", 27, 72},    {"layout=oi&shape=12,1,3,3", 9, 108},
        {"layout=oi&shape=6,8,3", 24, 18},      {"layout=oi&shape=6,4,3,3", 36, 54},
        {"layout=oi&shape=6,2,3,3", 18, 54},    {"layout=oi&shape=4,3,2,3,1", 18, 24},
        {"layout=io&shape=3,3,3,8", 27, 72},    {"layout=io&shape=3,3,6,2", 54, 18},
        {"layout=io&shape=3,5,8,6", 120, 90},   {"layout=oi&shape=7,5", 5, 7},
        {"layout=io&shape=7,5", 7, 5},          {"layout=io&shape=7", 7, 7},
        {"layout=iohw&shape=7,5", 7, 5},        {"layout=hwoi&shape=7,5", 5, 7},
        {"layout=hwcm&shape=7,5", 1, 5},        {"layout=iohw&shape=7", 7, 7},
        {"layout=hwcm&shape=", 1, 1},           {"layout=hwio&shape=3,5,6,8", 90, 120},
        {"layout=oihw&shape=8,6,3,5", 90, 120},
    };
    for (size_t i = 0; i < N(rows); i++) {
        char query[REQUEST_MAX];
        snprintf(query, sizeof query, "scheme=he_normal&%s", rows[i].query);
        assert_fans(query, rows[i].fan_in, rows[i].fan_out);
    }
}

/* Fans that are given: the spread follows from them, in every mode. */
TEST(test_given)
{
    struct wi_plan plan;
    assert_fans("scheme=glorot_normal&shape=3,3,32,2&fan_in=9&fan_out=18", 9, 18);
    assert_fans("scheme=glorot_normal&shape=3,3,32,2&fan_out=18", 288, 18);
    assert_fans("scheme=glorot_normal&shape=5&fan_in=100", 100, 5);
    assert_fans("scheme=glorot_normal&shape=&fan_in=100", 100, 1);
    assert_fans("scheme=glorot_normal&shape=8,4,3,3&layout=oi&groups=2&fan_in=7", 7, 36);
    assert_fans("scheme=glorot_normal&shape=0,5&fan_in=7", 7, 5);
    static const struct {
        const char *query;
        double std;
    } rows[] = {
        {"scheme=lecun_normal&shape=10,10&fan_in=25", 0.2},
        {"scheme=lecun_normal&shape=10,10&mode=fan_out&fan_out=4", 0.5},
        {"scheme=glorot_normal&shape=10,10&fan_in=3&fan_out=5", 0.5},
        {"scheme=variance_scaling&shape=10,10&distribution=normal&mode=fan_geo_avg&fan_in=2&fan_out=8", 0.5},
        {"scheme=he_normal&shape=3,3,1,64&groups=64&mode=fan_out&gain=3", 1},
    };
    for (size_t i = 0; i < N(rows); i++) {
        assert_int_equal(body_plan(&plan, rows[i].query, NULL), WI_OK);
        assert_float_equal(plan.part.tensor.std, rows[i].std, 1e-15);
    }
    size_t n, m;
    uint8_t *given = body_bytes("scheme=he_normal&shape=10,10&fan_in=40&seed=3", &n);
    uint8_t *counted = body_bytes("scheme=he_normal&shape=10,10&fan_in=10&gain=0.7071067811865476&seed=3", &m);
    assert_int_equal(n, m);
    assert_memory_equal(given, counted, n); /* sqrt 2 / sqrt 40 = sqrt 0.5 / sqrt 10 */
    free(given);
    free(counted);
}

static void canonical(const char *query, char text[WI_CANONICAL_MAX])
{
    struct wi_plan plan;
    struct wi_error err = {0};
    if (body_plan(&plan, query, &err) != WI_OK)
        fail_msg("%s: %s", query, err.text);
    wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
}

/* What changes nothing is not in the text; what does, is, and is read back. */
TEST(test_canonical)
{
    static const struct {
        const char *query, *same;
    } rows[] = {
        {"scheme=he_normal&shape=8,4,3&layout=oi&groups=1", "scheme=he_normal&shape=8,4,3&layout=oi"},
        {"scheme=he_normal&shape=8,4,3&layout=oi&fan_in=12&fan_out=24", "scheme=he_normal&shape=8,4,3&layout=oi"},
        {"scheme=he_normal&shape=8,4,3&layout=oi&groups=2&fan_in=12",
         "scheme=he_normal&shape=8,4,3&layout=oi&groups=2"},
        {"scheme=he_normal&shape=8&fan_in=0x8", "scheme=he_normal&shape=8"},
        {"scheme=he_normal&shape=8,4,3&layout=oihw", "scheme=he_normal&shape=8,4,3&layout=oi"},
    };
    static const char *const kept[] = {
        "scheme=he_normal&shape=8,4,3&layout=iohw&groups=2",
        "scheme=he_normal&shape=8,4,3&fan_in=7",
        "scheme=he_normal&shape=8,4,3&fan_out=7",
        "scheme=he_normal&shape=8,4,3&layout=hwcm",
        "scheme=he_normal&shape=8,4,3&layout=hwoi",
        "like=jax&scheme=he_normal&shape=8,4,3&layout=hwcm",
        "like=numpy&scheme=he_normal&shape=8,4&fan_in=3",
        "scheme=he_normal&shape=8,4,3",
    };
    char one[WI_CANONICAL_MAX], other[WI_CANONICAL_MAX];
    for (size_t i = 0; i < N(rows); i++) {
        canonical(rows[i].query, one);
        canonical(rows[i].same, other);
        assert_string_equal(one, other);
    }
    for (size_t i = 0; i < N(kept); i++) {
        canonical(kept[i], one);
        canonical(one, other);
        assert_string_equal(one, other);
        for (size_t k = 0; k < i; k++) {
            canonical(kept[k], other);
            assert_string_not_equal(one, other);
        }
    }
}

TEST(test_refused)
{
    static const struct {
        const char *query, *param, *text;
        enum wi_status code;
    } rows[] = {
        {"scheme=he_normal&shape=8,4,3&layout=oi&groups=3", "groups", "8 output channels", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=8,4,3&layout=iohw&groups=3", "groups", "8 input channels", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=8,4,3&groups=2", "groups", "3 output channels", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=8&groups=2", "groups", "two dimensions", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=3,3,8,2&layout=hwcm&groups=8", "groups", "depthwise", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=8,4,3&layout=oi&groups=2&fan_out=5", "groups", "fan_out", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=8,4,3&layout=iohw&groups=2&fan_in=5", "groups", "fan_in", WI_E_PARAM_CONFLICT},
        {"scheme=he_normal&shape=8,4&fan_in=0", "fan_in", "range", WI_E_PARAM_VALUE},
        {"scheme=he_normal&shape=8,4&fan_out=144115188075855873", "fan_out", "range", WI_E_PARAM_VALUE},
        {"scheme=normal&shape=8,4&fan_in=3", "fan_in", "does not take", WI_E_PARAM_UNUSED},
        {"scheme=orthogonal&shape=8,4&groups=2", "groups", "does not take", WI_E_PARAM_UNUSED},
        {"scheme=dirac&shape=8,4,3&layout=iohw", "layout", "dirac", WI_E_UNSUPPORTED},
        {"scheme=delta_orthogonal&shape=3,4,8&layout=hwcm", "layout", "delta_orthogonal", WI_E_UNSUPPORTED},
        {"scheme=orthogonal&shape=3,4,8&layout=hwcm", "layout", "depthwise", WI_E_UNSUPPORTED},
        {"like=torch&scheme=kaiming_normal&shape=8,4,3&groups=2", "groups", "torch", WI_E_PARAM_UNUSED},
        {"like=torch&scheme=kaiming_normal&shape=8,4,3&fan_in=2", "fan_in", "torch", WI_E_PARAM_UNUSED},
        {"like=torch&scheme=kaiming_normal&shape=8,4,3&layout=iohw", "layout", "torch", WI_E_UNSUPPORTED},
        {"like=jax&scheme=he_normal&shape=8,4,3&groups=2", "groups", "jax", WI_E_PARAM_UNUSED},
        {"like=jax&scheme=normal&shape=8,4,3&layout=oi", "layout", "jax", WI_E_UNSUPPORTED},
        {"like=tfjs&scheme=he_normal&shape=8,4,3&layout=hwoi&seed=1", "layout", "tfjs", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=he_normal&shape=8,4&fan_out=3", "fan_out", "numpy", WI_E_PARAM_UNUSED},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        if (body_plan(&plan, rows[i].query, &err) != rows[i].code || strcmp(err.param, rows[i].param) != 0 ||
            !strstr(err.text, rows[i].text))
            fail_msg("%s: %d, %s: %s", rows[i].query, (int)err.code, err.param, err.text);
    }
}

/* A matrix of orthonormal rows where the channels come first, of orthonormal columns where they come last. */
TEST(test_orthogonal_layouts)
{
    static const char *const rows[][2] = {{"iohw", "oi"}, {"hwoi", "io"}};
    for (size_t i = 0; i < N(rows); i++) {
        char query[REQUEST_MAX];
        size_t n, m;
        snprintf(query, sizeof query, "scheme=orthogonal&shape=4,3,2&seed=1&layout=%s", rows[i][0]);
        uint8_t *one = body_bytes(query, &n);
        snprintf(query, sizeof query, "scheme=orthogonal&shape=4,3,2&seed=1&layout=%s", rows[i][1]);
        uint8_t *other = body_bytes(query, &m);
        assert_int_equal(n, m);
        assert_memory_equal(one, other, n);
        free(one);
        free(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_convolutions_do),
        cmocka_unit_test(test_what_frameworks_count),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_orthogonal_layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
