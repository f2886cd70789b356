/* Tensors without elements: every scheme gives one in every format; frameworks give what they give. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/test.h"

#define N(list) (sizeof(list) / sizeof *(list))
enum { REQUEST_MAX = 300 };

static const char *const shapes[] = {"0",
                                     "0,5",
                                     "5,0",
                                     "0,0",
                                     "0,3,2",
                                     "3,0,2",
                                     "3,2,0",
                                     "3,3,0,2",
                                     "3,3,2,0",
                                     "0,3,2,2",
                                     "0,0,0,0,0",
                                     "2,3,4,0,5",
                                     "144115188075855872,0"};

static unsigned rank_of(const char *shape)
{
    unsigned rank = 1;
    for (; *shape; shape++)
        rank += *shape == ',';
    return rank;
}

/* The body is what stands around the elements, the same at any offset, and its canonical text leads to it. */
static void check_body(const char *request, const char *shape)
{
    struct body body;
    struct wi_error err = {0};
    char text[WI_CANONICAL_MAX], again[WI_CANONICAL_MAX], in_text[64];
    if (body_open(&body, request, &err) != WI_OK)
        fail_msg("%s: %s", request, err.text);
    const struct wi_plan *plan = &body.plan;
    size_t n = (size_t)plan->total_bytes;
    assert_int_equal(plan->part.out_elems, 0);
    assert_int_equal(plan->part.tensor.keep_bytes, 0);
    assert_int_equal(n, plan->header_bytes + strlen(plan->suffix));
    assert_true(!plan->part.tensor.has_std || plan->part.tensor.std - plan->part.tensor.std == 0);
    assert_true(!plan->part.tensor.has_bound || plan->part.tensor.bound - plan->part.tensor.bound == 0);
    uint8_t *whole = body_read(&body, 0, n), more[8];
    assert_non_null(whole);
    for (size_t at = 0; at <= n; at++) {
        size_t got = body_read_plan(plan, body.keep, at, more, sizeof more);
        assert_int_equal(got, n - at < sizeof more ? n - at : sizeof more);
        assert_memory_equal(more, whole + at, got);
    }
    wi_plan_canonical(plan, WI_CANONICAL_BODY, text);
    snprintf(in_text, sizeof in_text, "&shape=%s&", shape);
    assert_non_null(strstr(text, in_text));
    struct wi_plan same;
    assert_int_equal(body_plan(&same, text, NULL), WI_OK);
    wi_plan_canonical(&same, WI_CANONICAL_BODY, again);
    assert_string_equal(text, again);
    free(whole);
    body_close(&body);
}

TEST(test_every_scheme_and_format)
{
    const struct wi_scheme_info *scheme;
    const struct wi_format *format;
    const struct wi_dtype *dtype;
    for (unsigned s = 0; (scheme = wi_scheme_at(s)); s++)
        for (size_t h = 0; h < N(shapes); h++) {
            unsigned rank = rank_of(shapes[h]), checked = 0;
            /* delta_orthogonal wants no more inputs than outputs, of whatever number. */
            bool narrow = strcmp(scheme->name, "delta_orthogonal") == 0;
            if (rank < scheme->rank_min || rank > scheme->rank_max)
                continue;
            for (unsigned f = 0; (format = wi_format_at(f)); f++)
                for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++)
                    for (int oi = 0; oi < 2; oi++) {
                        char request[REQUEST_MAX];
                        struct wi_plan plan;
                        snprintf(request, sizeof request, "scheme=%s&shape=%s&seed=3&dtype=%s&format=%s&layout=%s",
                                 scheme->name, shapes[h], dtype->name, format->name, oi ? "oi" : "io");
                        enum wi_status status = body_plan(&plan, request, NULL);
                        if (status == WI_E_UNSUPPORTED || (narrow && status == WI_E_SHAPE))
                            continue;
                        check_body(request, shapes[h]);
                        checked++;
                    }
            assert_true(checked > 0 || narrow);
        }
}

static void check_text(const char *request, const char *beginning, const char *end)
{
    size_t n;
    uint8_t *bytes = body_bytes(request, &n);
    for (bool padded = strstr(request, "safetensors"); padded && n && bytes[n - 1] == ' ';)
        n--;
    assert_true(n >= strlen(beginning) + strlen(end));
    assert_memory_equal(bytes, beginning, strlen(beginning));
    assert_memory_equal(bytes + n - strlen(end), end, strlen(end));
    free(bytes);
}

TEST(test_bytes)
{
    check_text("scheme=normal&shape=0,5", "", "");
    check_text("scheme=normal&shape=0,5&format=npy", "\x93NUMPY\x01",
               "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }"
               "                                                          \n");
    check_text("scheme=normal&shape=0&format=json", "{\"name\":\"tensor\",\"shape\":[0],", "\"data\":[\n]}\n");
    check_text("scheme=normal&shape=2,0,3&format=json", "{\"name\":\"tensor\",\"shape\":[2,0,3],", "\"data\":[\n]}\n");
    check_text("scheme=normal&shape=2,0&format=json&flat=1", "", "\"data\":[\n]}\n");
    check_text("scheme=normal&shape=2,0&format=safetensors&dtype=bf16", "",
               "\"tensor\":{\"dtype\":\"BF16\",\"shape\":[2,0],\"data_offsets\":[0,0]}}");
    check_text("scheme=normal&shape=2,0&format=npy&order=F", "\x93NUMPY\x01", "\n");
}

TEST(test_slices)
{
    static const struct {
        const char *query;
        uint64_t rows, cols; /* of the answer */
        bool whole;
    } rows[] = {
        {"shape=0,5&slice=:", 0, 5, true},      {"shape=0,5&slice=0:0", 0, 5, true},
        {"shape=0,5&slice=0:", 0, 5, true},     {"shape=0,5&slice=:0", 0, 5, true},
        {"shape=0,5&slice=:7", 0, 5, true},     {"shape=0,5&slice=:-1", 0, 5, true},
        {"shape=0,5&slice=:,1:3", 0, 2, false}, {"shape=5,0&slice=2", 1, 0, false},
        {"shape=5,0&slice=-2:,:", 2, 0, false},
    };
    static const char *const bad[] = {
        "shape=0,5&slice=0",    "shape=0,5&slice=-1", "shape=0,5&slice=1:", "shape=0,5&slice=-1:",
        "shape=0,5&slice=:,5:", "shape=5,0&slice=5:", "shape=5,0&slice=2:2"};
    for (size_t i = 0; i < N(rows); i++) {
        char request[REQUEST_MAX];
        struct wi_plan plan;
        snprintf(request, sizeof request, "scheme=normal&%s", rows[i].query);
        assert_int_equal(body_plan(&plan, request, NULL), WI_OK);
        assert_int_equal(plan.part.out_shape[0], rows[i].rows);
        assert_int_equal(plan.part.out_shape[1], rows[i].cols);
        assert_int_equal(!(plan.params & WI_P_BIT(WI_P_SLICE)), rows[i].whole);
        char text[WI_CANONICAL_MAX], again[WI_CANONICAL_MAX];
        wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
        assert_int_equal(body_plan(&plan, text, NULL), WI_OK);
        wi_plan_canonical(&plan, WI_CANONICAL_BODY, again);
        assert_string_equal(text, again);
    }
    for (size_t i = 0; i < N(bad); i++) {
        char request[REQUEST_MAX];
        struct wi_plan plan;
        snprintf(request, sizeof request, "scheme=normal&%s", bad[i]);
        assert_int_equal(body_plan(&plan, request, NULL), WI_E_PARAM_VALUE);
    }
}

TEST(test_sizes)
{
    struct wi_plan plan;
    /* What the other dimensions span is bounded as without the 0. */
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=0,144115188075855872", NULL), WI_OK);
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=0,144115188075855873", NULL), WI_E_SHAPE);
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=144115188075855872,0,2", NULL), WI_E_SHAPE);
    assert_int_equal(body_plan(&plan, "scheme=normal&shape=18446744073709551615,18446744073709551615,0", NULL),
                     WI_E_SHAPE);
    /* A value that does not fit its type is in no element. */
    assert_int_equal(body_plan(&plan, "scheme=constant&shape=0&value=1e39", NULL), WI_OK);
    assert_int_equal(body_plan(&plan, "scheme=constant&shape=1&value=1e39", NULL), WI_E_PARAM_VALUE);
    assert_int_equal(body_plan(&plan, "scheme=uniform&shape=0&low=1&high=0", NULL), WI_E_PARAM_CONFLICT);
    assert_int_equal(body_plan(&plan, "scheme=he_normal&shape=0,5", NULL), WI_OK);
    assert_true(plan.part.tensor.fan_in == 0 && plan.part.tensor.fan_out == 5);
    body_plan(&plan, "scheme=he_normal&shape=5,0", NULL);
    assert_true(plan.part.tensor.fan_in == 5 && plan.part.tensor.fan_out == 0);
    body_plan(&plan, "scheme=he_normal&shape=0,4,5", NULL);
    assert_true(plan.part.tensor.fan_in == 0 && plan.part.tensor.fan_out == 0);
}

/* What NumPy 1.24, torch 1.13 and 2.15, jax 0.10.2 and 0.12 did; jax 0.11.2 by its source, TensorFlow.js by its own. */
TEST(test_frameworks)
{
    static const struct {
        const char *likes, *schemes, *shapes;
        bool answers;
    } rows[] = {
        {"torch torch@2.12 torch@2.1 torch@2.0 torch@1.13", "uniform normal trunc_normal zeros ones constant",
         "0 0,5 5,0 0,0 5,0,3", true},
        {"torch torch@2.1 torch@1.13", "kaiming_uniform kaiming_normal orthogonal", "0,5 5,0 0,0 5,0,3 0,5,3 5,4,0",
         true},
        {"torch torch@1.13", "xavier_uniform xavier_normal", "0,5 5,0 5,0,3 0,5,3", true},
        {"torch torch@1.13", "xavier_uniform xavier_normal", "0,0 5,4,0 0,0,3", false},
        {"torch torch@1.13", "sparse eye embedding_default", "0,5 5,0 0,0", true},
        {"torch torch@1.13", "dirac", "5,0,3 0,5,3 0,0,3 0,5,0", true},
        {"torch torch@1.13", "dirac", "5,4,0 5,4,0,3", false},
        {"torch torch@1.13", "linear_default", "0,5 5,0 0,0 5,0,3 0,5,3", true},
        {"torch torch@1.13", "linear_default&part=bias", "0,5 0,0 0,5,3", true},
        {"torch torch@1.13", "linear_default&part=bias", "5,0,3 4,0,2,2", false},
        {"torch torch@1.13", "trunc_normal&low=8&high=9", "0,5", true},
        {"torch torch@1.13", "constant&value=1e39 normal&std=-1 uniform&low=2 trunc_normal&std=0", "0,5", false},
        {"numpy numpy-generator", "zeros ones constant random uniform normal standard_normal random_sample",
         "0 0,5 5,0 0,0,3", true},
        {"numpy numpy-generator", "eye orthogonal", "0,5 5,0 0,0", true},
        {"numpy numpy-generator", "he_normal lecun_normal xavier_normal", "5,0", true},
        {"numpy numpy-generator", "he_normal lecun_normal xavier_normal", "0,5 0,0 0,4,5", false},
        {"numpy numpy-generator", "xavier_uniform", "0,5 5,0", true},
        {"numpy numpy-generator", "xavier_uniform", "0,0 0,4,5", false},
        {"jax jax@0.11 jax@0.10 jax-legacy", "uniform normal truncated_normal zeros constant", "0 0,5 5,0 0,0,3", true},
        {"jax jax@0.11 jax@0.10 jax-legacy", "orthogonal", "0,5 5,0 0,0 5,0,3", true},
        {"jax jax@0.11", "glorot_uniform he_normal variance_scaling&mode=fan_geo_avg", "0,5 5,0 0,0 5,0,3 0,5,3", true},
        {"jax@0.10 jax-legacy", "glorot_uniform he_normal variance_scaling&mode=fan_geo_avg", "0,5 5,0 0,0 5,0,3 0,5,3",
         false},
        {"tfjs", "uniform zeros glorot_uniform he_normal", "0,5 5,0 0,0", true},
    };
    for (size_t i = 0; i < N(rows); i++) {
        char likes[100], schemes[200], dims[100], *like, *scheme, *shape, *in, *mid, *out;
        strcpy(likes, rows[i].likes);
        for (like = strtok_r(likes, " ", &out); like; like = strtok_r(NULL, " ", &out)) {
            strcpy(schemes, rows[i].schemes);
            for (scheme = strtok_r(schemes, " ", &mid); scheme; scheme = strtok_r(NULL, " ", &mid)) {
                strcpy(dims, rows[i].shapes);
                for (shape = strtok_r(dims, " ", &in); shape; shape = strtok_r(NULL, " ", &in)) {
                    char request[REQUEST_MAX];
                    struct wi_error err = {0};
                    struct wi_plan plan;
                    snprintf(request, sizeof request, "like=%s&scheme=%s&shape=%s&seed=3", like, scheme, shape);
                    enum wi_status status = body_request(&(struct wi_request){0}, request, NULL);
                    if (status == WI_OK)
                        status = body_plan(&plan, request, &err);
                    if ((status == WI_OK) != rows[i].answers)
                        fail_msg("%s: %s", request, err.text);
                    if (status == WI_OK)
                        assert_int_equal(plan.total_bytes, 0);
                }
            }
        }
    }
    /* A Linear without inputs has a bias, of zeros. */
    size_t n;
    double *bias = body_values("like=torch&scheme=linear_default&part=bias&shape=5,0&seed=3", &n);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_true(bias[i] == 0);
    free(bias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scheme_and_format),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_frameworks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
