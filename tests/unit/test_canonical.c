/* The canonical request: many spellings have one text, the text parses to itself and to the same bytes, and it fits. */
#include "support/test.h"
#include "support/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(list) (sizeof(list) / sizeof *(list))

static void canonical(const char *request, enum wi_canonical what, char out[WI_CANONICAL_MAX])
{
    struct wi_plan plan;
    struct wi_error err = {0};
    if (body_plan(&plan, request, &err) != WI_OK)
        fail_msg("%s: %s", request, err.text);
    memset(out, 0x5a, WI_CANONICAL_MAX);
    size_t len = wi_plan_canonical(&plan, what, out);
    assert_true(len < WI_CANONICAL_MAX);
    assert_int_equal(strlen(out), len);
    for (size_t i = 0; i < len; i++)
        if (!strchr("/?&=%-._~,:", out[i]) && (out[i] < '0' || out[i] > '9') && (out[i] < 'a' || out[i] > 'z') &&
            (out[i] < 'A' || out[i] > 'Z'))
            fail_msg("%s holds a character that a URL does not", out);
}

static void same(const char *a, const char *b)
{
    char one[WI_CANONICAL_MAX], two[WI_CANONICAL_MAX];
    canonical(a, WI_CANONICAL_BODY, one);
    canonical(b, WI_CANONICAL_BODY, two);
    if (strcmp(one, two) != 0)
        fail_msg("%s and %s are %s and %s", a, b, one, two);
}

static void different(const char *a, const char *b)
{
    char one[WI_CANONICAL_MAX], two[WI_CANONICAL_MAX];
    canonical(a, WI_CANONICAL_BODY, one);
    canonical(b, WI_CANONICAL_BODY, two);
    if (strcmp(one, two) == 0)
        fail_msg("%s and %s are both %s", a, b, one);
}

TEST(test_known_texts)
{
    static const struct {
        const char *request, *text;
    } cases[] = {
        {"scheme=zeros&shape=", "/init?alg=1&scheme=zeros&shape=&dtype=f32&layout=io&format=raw"},
        {"seed=7&shape=256,128&scheme=xavier_uniform",
         "/init?alg=1&scheme=xavier_uniform&shape=256,128&seed=7&dtype=f32&layout=io&mode=fan_avg&gain=1.0&format=raw"},
        {"scheme=kaiming_normal&shape=3x5&slice=1:,-2:&dtype=bfloat16&stream=a/b c&nonlinearity=leaky_relu&a=0",
         "/init?alg=1&scheme=he_normal&shape=3,5&seed=0&stream=a%2Fb%20c&dtype=bf16&layout=io&mode=fan_in"
         "&gain=1.4142135623730951&truncated=0&slice=1:3,3:5&format=raw"},
        {"scheme=uniform&shape=2&low=-1e-3&high=1e3&format=safetensors",
         "/init?alg=1&scheme=uniform&shape=2&seed=0&dtype=f32&layout=io&low=-0.001&high=1000.0&format=safetensors"
         "&name=tensor"},
        {"scheme=ones&shape=2&format=json&flat=true&name=w%26=%2b",
         "/init?alg=1&scheme=ones&shape=2&dtype=f32&layout=io&format=json&flat=1&name=w%26%3D%2B"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        char text[WI_CANONICAL_MAX];
        canonical(cases[i].request, WI_CANONICAL_BODY, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* Every text of a group is one request; no two groups are. */
TEST(test_spellings)
{
    /* clang-format off */
    static const char *const groups[][10] = {
        {"scheme=normal&shape=2,3", "shape=2,3&scheme=normal", "shape=2x3&scheme=gaussian", "scheme=random_normal&shape=02,003",
         "scheme=normal&shape=2,3&seed=0&dtype=float32&layout=io&format=raw&mean=0&std=1&truncated=false&alg=1",
         "scheme=normal&shape=2,3&seed=0x0&dtype=FP32&mean=-0&std=1.000&stream=&like=native",
         "scheme=normal&shape=2,3&slice=:,:&mean=0e5&std=10e-1", "scheme=normal&shape=2,3&slice=0:2&std=+1&alg=0x1",
         "scheme=normal&shape=2,3&slice=-2:,0:99&dtype=F32&std=.1e1"},
        {"scheme=normal&shape=2,3&seed=16", "scheme=normal&shape=2,3&seed=0x10", "scheme=normal&shape=2,3&seed=0x00010",
         "scheme=normal&shape=2,3&seed=00016"},
        {"scheme=normal&shape=2,3&seed=18446744073709551615", "scheme=normal&shape=2,3&seed=0xffffFFFFffffFFFF"},
        {"scheme=normal&shape=2,3&dtype=bf16", "scheme=normal&shape=2,3&dtype=BF16", "scheme=normal&shape=2,3&dtype=bfloat16"},
        {"scheme=normal&shape=2,3&slice=1", "scheme=normal&shape=2,3&slice=1:", "scheme=normal&shape=2,3&slice=-1",
         "scheme=normal&shape=2,3&slice=1:2,:", "scheme=normal&shape=2,3&slice=-1:,-3:3", "scheme=normal&shape=2,3&slice=1:99"},
        {"scheme=he_normal&shape=4,4", "scheme=kaiming_normal&shape=4,4", "scheme=he_normal&shape=4,4&nonlinearity=relu",
         "scheme=he_normal&shape=4,4&gain=1.4142135623730951", "scheme=he_normal&shape=4,4&nonlinearity=leaky_relu&a=0",
         "scheme=he_normal&shape=4,4&mode=fan_in&truncated=0"},
        {"scheme=he_normal&shape=4,4&gain=1", "scheme=he_normal&shape=4,4&nonlinearity=linear",
         "scheme=he_normal&shape=4,4&nonlinearity=sigmoid", "scheme=he_normal&shape=4,4&nonlinearity=conv2d",
         "scheme=he_normal&shape=4,4&nonlinearity=leaky_relu&a=-1", "scheme=he_normal&shape=4,4&nonlinearity=leaky_relu&a=1"},
        {"scheme=he_normal&shape=4,4&nonlinearity=leaky_relu", "scheme=he_normal&shape=4,4&nonlinearity=lrelu&a=0.01"},
        {"scheme=eye&shape=3,3", "scheme=identity&shape=3,3&seed=9", "scheme=eye&shape=3,3&stream=any"},
        {"scheme=constant&shape=3&value=-0.0", "scheme=constant&shape=3", "scheme=fill&shape=3&value=0&seed=1"},
        {"scheme=constant&shape=3&value=0.1", "scheme=constant&shape=3&value=0.1000000000000000055511151231257827"},
        {"scheme=normal&shape=2,3&format=json", "scheme=normal&shape=2,3&format=json&flat=0&name=tensor",
         "scheme=normal&shape=2,3&format=json&flat=false"},
        {"scheme=normal&shape=2,3&format=json&flat=1", "scheme=normal&shape=2,3&format=json&flat=true"},
        {"scheme=normal&shape=", "scheme=normal&shape=&seed=0"},
        {"scheme=normal&shape=1"},
        {"scheme=normal&shape=1,1"},
        {"scheme=normal&shape=3,2"},
        {"scheme=normal&shape=2,3&stream=a"},
        {"scheme=normal&shape=2,3&stream=A"},
        {"scheme=normal&shape=2,3&stream=%20"},
        {"scheme=normal&shape=2,3&format=npy"},
        {"scheme=normal&shape=2,3&truncated=1"},
        {"scheme=truncated_normal&shape=2,3"},
        {"scheme=xavier_uniform&shape=2,3"},
        {"scheme=xavier_uniform&shape=2,3&layout=oi"},
        {"scheme=xavier_uniform&shape=2,3&mode=fan_in"},
        {"scheme=dirac&shape=3,4,4"},
        {"scheme=dirac&shape=3,4,4&groups=2"},
        {"scheme=sparse&shape=4,4&sparsity=0.5"},
        {"scheme=sparse&shape=4,4&sparsity=0.5000000000000001"},
    };
    /* clang-format on */
    for (size_t g = 0; g < N(groups); g++) {
        for (size_t i = 1; i < N(groups[g]) && groups[g][i]; i++)
            same(groups[g][0], groups[g][i]);
        for (size_t h = 0; h < g; h++)
            different(groups[g][0], groups[h][0]);
    }
}

static void check_round_trip(const char *request)
{
    char text[WI_CANONICAL_MAX], again[WI_CANONICAL_MAX];
    canonical(request, WI_CANONICAL_BODY, text);
    canonical(text, WI_CANONICAL_BODY, again);
    assert_string_equal(text, again);
    struct wi_plan a, b;
    body_plan(&a, request, NULL);
    body_plan(&b, text, NULL);
    assert_int_equal(a.header_bytes, b.header_bytes);
    if (a.format->digest)
        return;
    size_t n, m;
    uint8_t *one = body_bytes(request, &n), *two = body_bytes(text, &m);
    if (n != m || memcmp(one, two, n) != 0)
        fail_msg("%s and its canonical text %s have different bodies", request, text);
    free(one);
    free(two);
}

/* Every scheme of every table with its example and with the extremes of its parameters. */
TEST(test_round_trips)
{
    const struct wi_like_info *like;
    const struct wi_dtype *dtype;
    const struct wi_format *format;
    static const char *const extra[] = {
        "", "&seed=0xfedcba9876543210", "&stream=layer.0/w%20%25", "&slice=-1", "&layout=oi", "&slice=0:1&stream=~"};
    unsigned n = 0;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned s = 0; s < like->n_schemes; s++)
            for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++)
                for (unsigned f = 0; (format = wi_format_at(f)); f++)
                    for (size_t e = 0; e < N(extra); e++) {
                        char request[400];
                        struct wi_plan plan;
                        snprintf(request, sizeof request, "scheme=%s&shape=3,2,4&like=%s&dtype=%s&format=%s%s",
                                 wi_like_scheme_at(like, s)->name, like->name, dtype->name, format->name, extra[e]);
                        if (body_plan(&plan, request, NULL) == WI_E_SHAPE)
                            snprintf(request, sizeof request, "scheme=%s&shape=4,3&like=%s&dtype=%s&format=%s%s",
                                     wi_like_scheme_at(like, s)->name, like->name, dtype->name, format->name, extra[e]);
                        if (body_plan(&plan, request, NULL) == WI_OK) {
                            check_round_trip(request);
                            n++;
                        }
                    }
    assert_true(n > 21 * 4 * 5 * 5);
}

static void check_tensor_text(const char *request, const char *other, bool equal)
{
    char one[WI_CANONICAL_MAX], two[WI_CANONICAL_MAX], again[WI_CANONICAL_MAX];
    canonical(request, WI_CANONICAL_TENSOR, one);
    canonical(other, WI_CANONICAL_TENSOR, two);
    if ((strcmp(one, two) == 0) != equal)
        fail_msg("%s and %s: %s and %s", request, other, one, two);
    canonical(one, WI_CANONICAL_TENSOR, again);
    assert_string_equal(one, again);
}

TEST(test_tensor_text)
{
    const char *base = "scheme=orthogonal&shape=8,8&seed=3";
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&format=npy", true);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&format=json&flat=1&name=x", true);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&slice=0:2", true);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&format=sha256&slice=0:2", true);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&dtype=f64", false);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=4", false);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&stream=a", false);
    check_tensor_text(base, "scheme=orthogonal&shape=8,8&seed=3&gain=2", false);
}

/* Every printable character alone, and all of them together, come back from stream= and name=. */
TEST(test_escapes)
{
    char all[96] = {0};
    for (int c = 0x20; c < 0x7f; c++)
        all[c - 0x20] = (char)c;
    for (int c = 0x20; c <= 0x7f; c++) {
        char one[2] = {(char)c, 0}, text[WI_CANONICAL_MAX];
        const char *name = c == 0x7f ? all : one;
        struct wi_request req;
        struct wi_plan plan, again;
        body_request(&req, "scheme=normal&shape=3&format=safetensors", NULL);
        assert_int_equal(wi_request_set(&req, "stream", name, strlen(name), NULL), WI_OK);
        assert_int_equal(wi_request_set(&req, "name", name, strlen(name), NULL), WI_OK);
        assert_int_equal(wi_plan_make(&plan, &req, NULL, NULL), WI_OK);
        wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
        assert_int_equal(body_plan(&again, text, NULL), WI_OK);
        assert_string_equal(again.req.stream, name);
        assert_string_equal(again.req.name, name);
        assert_memory_equal(&again.part.tensor.key, &plan.part.tensor.key, sizeof plan.part.tensor.key);
        assert_int_equal(again.header_bytes, plan.header_bytes);
    }
}

/* A name in UTF-8 is written byte for byte as %XX, read back as it was, and stands in the files as it is. Names that
 * Unicode calls equivalent are two names. */
TEST(test_utf8_names)
{
    static const struct {
        const char *name, *written;
    } rows[] = {
        {"\xc3\xa9", "%C3%A9"},
        {"e\xcc\x81", "e%CC%81"},
        {"\xe5\xb1\xa4.1", "%E5%B1%A4.1"},
        {"\xf0\x9f\xa7\xa0\"", "%F0%9F%A7%A0%22"},
    };
    static const char *const formats[] = {"json", "safetensors"};
    for (size_t i = 0; i < N(rows); i++)
        for (size_t f = 0; f < N(formats); f++) {
            char query[200], text[WI_CANONICAL_MAX], quoted[64], escaped[32] = {0};
            struct body body;
            snprintf(query, sizeof query, "scheme=normal&shape=3&stream=%s&name=%s&format=%s", rows[i].written,
                     rows[i].written, formats[f]);
            assert_int_equal(body_open(&body, query, NULL), WI_OK);
            assert_string_equal(body.plan.req.stream, rows[i].name);
            assert_string_equal(body.plan.req.name, rows[i].name);
            wi_plan_canonical(&body.plan, WI_CANONICAL_BODY, text);
            snprintf(quoted, sizeof quoted, "&stream=%s&", rows[i].written);
            assert_non_null(strstr(text, quoted));
            snprintf(quoted, sizeof quoted, "&name=%s", rows[i].written);
            assert_string_equal(text + strlen(text) - strlen(quoted), quoted);
            size_t n = (size_t)body.plan.total_bytes, len = 0;
            uint8_t *bytes = body_read(&body, 0, n);
            for (const char *c = rows[i].name; *c; escaped[len++] = *c++)
                if (*c == '"')
                    escaped[len++] = '\\';
            snprintf(quoted, sizeof quoted, "\"%s\"", escaped);
            assert_non_null(memmem(bytes, n, quoted, strlen(quoted)));
            free(bytes);
            body_close(&body);
        }
    struct wi_plan one, other;
    body_plan(&one, "scheme=normal&shape=3&stream=%C3%A9", NULL);
    body_plan(&other, "scheme=normal&shape=3&stream=e%CC%81", NULL);
    assert_true(one.part.tensor.key.stream != other.part.tensor.key.stream);
}

/* The longest values of every parameter at once, written by the library's own writer, fit with room to spare; and the
 * longest real request fits the file headers that carry it. */
TEST(test_longest)
{
    struct wi_plan plan;
    char text[WI_CANONICAL_MAX];
    body_plan(&plan, "scheme=normal&shape=1", NULL);
    plan.params = ~UINT64_C(0);
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        if (row->type == WI_T_REAL)
            plan.req.value[p].real = -2.2250738585072014e-308;
        if (row->type == WI_T_UINT)
            plan.req.value[p].uint = UINT64_MAX;
        if (row->type == WI_T_CHOICE)
            for (unsigned i = 0; row->choice(i); i++)
                if (strlen(row->choice(i)) > strlen(row->choice(plan.req.value[p].choice)))
                    plan.req.value[p].choice = i;
    }
    memset(plan.req.stream, '"', WI_NAME_MAX);
    memset(plan.req.name, '\\', WI_NAME_MAX);
    plan.req.stream[WI_NAME_MAX] = plan.req.name[WI_NAME_MAX] = 0;
    memset(plan.req.scheme, 's', sizeof plan.req.scheme - 1);
    plan.req.rank = plan.req.slice_rank = WI_RANK_MAX;
    for (unsigned d = 0; d < WI_RANK_MAX; d++) {
        plan.req.shape[d] = UINT64_MAX;
        plan.req.slice[d].start = plan.req.slice[d].stop = INT64_MIN;
    }
    size_t len = wi_plan_canonical(&plan, WI_CANONICAL_BODY, text);
    assert_true(len + 1 < WI_CANONICAL_MAX);
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "&name=%5C")); /* the last parameter is there, and whole */
    assert_string_equal(text + len - 3, "%5C");

    static const char *const formats[] = {"safetensors", "json"};
    for (size_t f = 0; f < N(formats); f++) {
        char quotes[WI_NAME_MAX + 1];
        struct wi_request req;
        memset(quotes, '"', sizeof quotes);
        char request[300];
        snprintf(request, sizeof request,
                 "scheme=xavier_normal&shape=128,128,128,128,128,128,128,128&seed=0xffffffffffffffff&dtype=bf16&gain="
                 "1.2345678901234567e-300&mode=fan_geo_avg&truncated=1&slice=:,:,:,:,:,:,:,1:&format=%s",
                 formats[f]);
        body_request(&req, request, NULL);
        wi_request_set(&req, "stream", quotes, WI_NAME_MAX, NULL);
        wi_request_set(&req, "name", quotes, WI_NAME_MAX, NULL);
        struct wi_error err = {0};
        if (wi_plan_make(&plan, &req, NULL, &err) != WI_OK)
            fail_msg("%s: %s", formats[f], err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_texts), cmocka_unit_test(test_spellings), cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_tensor_text), cmocka_unit_test(test_escapes),   cmocka_unit_test(test_utf8_names),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
