/* The example of an error is the request mended: whoever follows it gets an answer, and what was right is still there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/server.h"
#include "support/test.h"
#include "wi.h"

#define URL_CAP 2048

TEST_SERVER_GROUP("--log", "off", "--max-bytes", "1M", "--work-bytes", "16M")

/* Cut the example's target out of an error. */
static const char *example_of(const struct test_answer *answer, char url[URL_CAP])
{
    char *text = strndup((const char *)answer->body, answer->length);
    const char *at = text ? strstr(text, "\"example\": \"") : NULL;
    if (!at)
        fail_msg("no example: %s", text);
    snprintf(url, URL_CAP, "%s", at + strlen("\"example\": \""));
    url[strcspn(url, "\"")] = '\0';
    free(text);
    assert_int_equal(strncmp(url, server->url, strlen(server->url)), 0);
    return url + strlen(server->url);
}

/* Ask for what must be refused and follow the example. */
static const char *follow(const char *method, const char *target, char url[URL_CAP])
{
    struct test_answer answer;
    test_request(server, method, target, NULL, &answer);
    if (answer.status < 400)
        fail_msg("%s is answered with %d", target, answer.status);
    const char *example = example_of(&answer, url);
    test_answer_free(&answer);
    int status = test_status(server, example, NULL);
    if (status != 200)
        fail_msg("%s: the example %s is answered with %d", target, example, status);
    return example;
}

TEST(test_what_was_wrong_is_mended)
{
    static const char *const cases[][2] = {
        {"/init?scheme=xavier_unifrm&shape=25,12&seed=9", "/init?scheme=xavier_uniform&shape=25,12&seed=9"},
        {"/init?scheme=he&shape=4,4&dtype=f16", "/init?scheme=he_normal&shape=4,4&dtype=f16"},
        {"/init?scheme=randn&shape=4,4&gain=2", "/init?scheme=normal&shape=4,4"},
        {"/init?scheme=foo&shape=4,5&seed=3", "/init?scheme=xavier_uniform&shape=4,5&seed=3"},
        {"/init?scheme=he_normal&shape=(25,12)&seed=9", "/init?scheme=he_normal&shape=25,12&seed=9"},
        {"/init?scheme=he_normal&shape=25,+12", "/init?scheme=he_normal&shape=25,12"},
        {"/init?scheme=he_normal&shape=3&shape=4&shape=5", "/init?scheme=he_normal&shape=3,4,5"},
        {"/init?scheme=he_normal&shape=3&seed=1&seed=2", "/init?scheme=he_normal&shape=3&seed=1"},
        {"/init?scheme=he_normal", "/init?scheme=he_normal&shape=256,128"},
        {"/init?shape=3,4&seed=2", "/init?shape=3,4&seed=2&scheme=xavier_uniform"},
        {"/init", "/init?scheme=xavier_uniform&shape=256,128"},
        {"/init?sheme=he_normal&shape=3,4", "/init?scheme=he_normal&shape=3,4"},
        {"/init?scheme=he_normal&shape=3,4&sheme=he_normal&quite=other", "/init?scheme=he_normal&shape=3,4"},
        {"/init?scheme=he_normal&shape=3,4&dtype=f61&seed=1", "/init?scheme=he_normal&shape=3,4&dtype=f64&seed=1"},
        {"/init?scheme=he_normal&shape=3,4&dtype=bf16&format=npy",
         "/init?scheme=he_normal&shape=3,4&dtype=f32&format=npy"},
        {"/init?scheme=he_normal&shape=3,4&gain=2&nonlinearity=relu",
         "/init?scheme=he_normal&shape=3,4&nonlinearity=relu"},
        {"/init?scheme=he_normal&shape=3,4&gain=-2&seed=5", "/init?scheme=he_normal&shape=3,4&gain=1&seed=5"},
        {"/init?scheme=uniform&shape=3&low=5&high=-2", "/init?scheme=uniform&shape=3&low=-2&high=5"},
        {"/init?scheme=uniform&shape=3&low=5", "/init?scheme=uniform&shape=3"},
        {"/init?scheme=normal&shape=999999,99999&seed=1",
         "/init?scheme=normal&shape=999999,99999&seed=1&slice=0:1,0:1"},
        {"/init?scheme=orthogonal&shape=9999,9999&seed=1", "/init?scheme=orthogonal&shape=256,128&seed=1"},
        {"/init?scheme=orthogonal&shape=5&seed=1", "/init?scheme=orthogonal&shape=256,128&seed=1"},
        {"/init?scheme=normal&shape=3&slice=9&seed=1", "/init?scheme=normal&shape=3&seed=1"},
        {"/init?like=torch&scheme=xavier_uniform_&shape=3,4", "/init?like=torch&scheme=xavier_uniform&shape=3,4"},
        {"/init?like=trch&scheme=xavier_uniform&shape=3,4", "/init?like=torch&scheme=xavier_uniform&shape=3,4"},
        {"/init?scheme=normal&shape=3&stream=a%26b%20c&seed=x", "/init?scheme=normal&shape=3&stream=a%26b%20c&seed=7"},
        {"/he_norml/3x3.npy?sead=7", "/he_normal/3x3.npy?seed=7"},
        {"/he_normal/3x3.npz?seed=7", "/he_normal/3x3.npy?seed=7"},
        {"/he_normal/bar", "/he_normal/256,128"},
        {"/foo/bar", "/xavier_uniform/256,128"},
        {"/he_nomal/scalar.json", "/he_normal/scalar.json"},
        {"/recommend?activation=rellu", "/recommend?activation=relu"},
        {"/recommend?activation=gelu&a=1", "/recommend?activation=gelu"},
        {"/recommend?active=gelu", "/recommend?activation=relu"},
        {"/schemes/he_norml", "/schemes/he_normal"},
        {"/problems/shap", "/problems/shape"},
        {"/schemas", "/schemes"},
    };
    char url[URL_CAP];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(follow("GET", cases[i][0], url), cases[i][1]);
    assert_string_equal(follow("PUT", "/he_nrmal/3x4.npy?seed=1", url), "/he_normal/3x4.npy?seed=1");
    assert_string_equal(follow("DELETE", "/schemes", url), "/schemes");
}

/* Where a field is wrong and not the target, the example is the target. */
TEST(test_fields_that_are_wrong)
{
    static const struct {
        const char *field, *target, *example;
        int status;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"Range: bytes=999-", "/init?scheme=ones&shape=4", "/init?scheme=ones&shape=4", 416},
        {"If-Match: \"x\"", "/init?scheme=ones&shape=4", "/init?scheme=ones&shape=4", 412},
        {"Accept: image/png", "/init?scheme=ones&shape=4", "/init?scheme=ones&shape=4&format=raw", 406},
        {"Accept: image/png", "/ones/4?dtype=f16", "/ones/4?dtype=f16&format=raw", 406},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_answer answer;
        char url[URL_CAP];
        test_request(server, "GET", cases[i].target, ARGS(cases[i].field), &answer);
        assert_int_equal(answer.status, cases[i].status);
        assert_string_equal(example_of(&answer, url), cases[i].example);
        test_answer_free(&answer);
        assert_int_equal(test_status(server, cases[i].example, cases[i].status == 406 ? cases[i].field : NULL), 200);
    }
}

/* A few values that are wrong for one parameter or another. */
static const char *const values[] = {"",     "-1",  "1e999", "abc",   "0",  "%22%5C%01%E2%82%AC",  "7",
                                     "True", "1,2", "(3)",   "1:2,3", "f3", "99999999999999999999"};

static unsigned follow_all(const char *like, const struct wi_scheme_info *scheme)
{
    unsigned refused = 0;
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        for (size_t v = p % 3; v < sizeof values / sizeof *values; v += 3) {
            char target[512], url[URL_CAP];
            struct test_answer answer;
            snprintf(target, sizeof target, "/init?like=%s&scheme=%s&%s&%s=%s", like, scheme->name, scheme->example,
                     wi_param_row((enum wi_param)p)->name, values[v]);
            test_get(server, target, &answer);
            bool bad = answer.status >= 400;
            test_answer_free(&answer);
            if (!bad)
                continue;
            const char *example = follow("GET", target, url);
            refused++;
            if (p != WI_P_SCHEME && p != WI_P_LIKE && !strstr(example, scheme->name))
                fail_msg("%s: another scheme in %s", target, example);
        }
    return refused;
}

/* Whatever parameter of whatever scheme is wrong, or given twice: a third of the values each. */
TEST(test_every_parameter)
{
    const struct wi_like_info *like;
    unsigned refused = 0;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned i = 0; i < like->n_schemes; i += l ? 100 : 1)
            refused += follow_all(like->name, wi_like_scheme_at(like, i));
    print_message("%u errors were mended\n", refused);
    assert_true(refused > 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_wrong_is_mended),
        cmocka_unit_test(test_fields_that_are_wrong),
        cmocka_unit_test(test_every_parameter),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
