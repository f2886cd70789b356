/* Pictures over HTTP: conditions, compression, policy, and what is wrong with a request. */
#include <stdio.h>
#include <string.h>

#include "support/server.h"
#include "support/test.h"

TEST_SERVER_GROUP("--threads", "2")

#define SWEEP "/plot/sweep.svg?scheme=he_normal&activation=tanh&depth=5&width=16&batch=4"

static struct test_answer ask(const char *method, const char *target, const char *field)
{
    struct test_answer answer;
    test_request(server, method, target, (const char *[]){field, NULL}, &answer);
    return answer;
}

TEST(test_a_picture_is_a_document)
{
    char field[128];
    struct test_answer picture = ask("GET", SWEEP, NULL), other;
    assert_int_equal(picture.status, 200);
    assert_string_equal(test_field(&picture, "Content-Type"), "image/svg+xml");
    assert_string_equal(test_field(&picture, "Cache-Control"), "public, max-age=3600");
    assert_non_null(strstr(test_field(&picture, "Content-Security-Policy"), "default-src 'none'; style-src 'sha256-"));
    assert_string_equal(test_field(&picture, "Cross-Origin-Resource-Policy"), "cross-origin");
    snprintf(field, sizeof field, "If-None-Match: %s", test_field(&picture, "ETag"));
    other = ask("GET", SWEEP, field);
    assert_int_equal(other.status, 304);
    test_answer_free(&other);
    other = ask("HEAD", SWEEP, NULL);
    assert_int_equal(other.status, 200);
    assert_int_equal(other.length, 0);
    assert_string_equal(test_field(&other, "ETag"), field + strlen("If-None-Match: "));
    test_answer_free(&other);
    /* A default that is written out is the same picture. */
    other = ask("GET", SWEEP "&theme=auto&size=m&format=raw&stream=&bins=64", NULL);
    assert_int_equal(other.length, picture.length);
    assert_memory_equal(other.body, picture.body, picture.length);
    test_answer_free(&other);
    other = ask("GET", SWEEP, "Accept-Encoding: gzip");
    assert_string_equal(test_field(&other, "Content-Encoding"), "gzip");
    assert_true(other.length < 5000);
    test_answer_free(&other);
    test_answer_free(&picture);
}

TEST(test_a_style_of_the_reader_has_no_hash)
{
    struct test_answer picture = ask("GET", SWEEP "&theme=page", NULL);
    assert_string_equal(test_field(&picture, "Content-Security-Policy"), "default-src 'none'");
    assert_false(test_body_has(&picture, "<style"));
    test_answer_free(&picture);
}

TEST(test_what_is_wrong)
{
    static const struct {
        int status;
        const char *target, *said;
    } rows[] = {
        {400, "/plot/sweep.svg?scheme=he_normal&activation=%3Cscript%3E", "\"param\": \"activation\""},
        {400, "/plot/sweep.svg?scheme=he_normal&activation=softmax", "no layer follows it"},
        {400, "/plot/sweep.svg?scheme=he_normal&depth=201", "from 1 to 200"},
        {400, "/plot/sweep.svg?scheme=he_normal&depth=1&depth=1", "more than once"},
        {400, "/plot/sweep.svg?scheme=he_normal&shape=3,3", "takes no shape"},
        {400, "/plot/sweep.svg?scheme=he_normal&stream=a", "takes no stream"},
        {400, "/plot/sweep.svg?scheme=nosuch", "\"param\": \"scheme\""},
        {400, "/plot/histogram.svg?scheme=he_normal&shape=3,3&depth=5", "takes no depth"},
        {400, "/plot/histogram.json?scheme=he_normal", "shape is required"},
        {400, "/plot/histogram.json?scheme=he_normal&shape=3,3&bins=7", "from 8 to 128"},
        {400, "/plot/histogram.json?scheme=he_normal&shape=3,3&format=npy", "takes no format"},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3", "vs is required"},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3&seed=1&vs=tourch", "\"nearest\": \"torch\""},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3&seed=1&vs=torch,torch", "one twice"},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3&seed=1&vs=torch,", "not names"},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3&seed=1&vs=numpy,torch,jax,tfjs,jax-legacy",
         "takes 4 at most"},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3&like=jax&vs=jax", "itself is of"},
        {400, "/plot/versus.svg?scheme=sparse&shape=3,3&vs=jax", "\"allowed\": \"torch, torch@"},
        {400, "/plot/versus.svg?scheme=he_normal&shape=3,3&vs=tfjs", "no seed"},
        {400, "/plot/histogram.svg?scheme=he_normal&shape=3,3&vs=torch", "takes no vs"},
        {404, "/plot/histogram.png?scheme=he_normal&shape=3,3", "histogram.svg"},
        {404, "/plot/..svg?scheme=he_normal&shape=3,3", "sweep.json"},
        {413, "/plot/sweep.json?scheme=he_normal&width=512&depth=200&batch=256", "2147483648"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer answer = ask("GET", rows[i].target, NULL);
        if (answer.status != rows[i].status || !test_body_has(&answer, rows[i].said))
            fail_msg("%s: %d %.*s", rows[i].target, answer.status, (int)answer.length, (const char *)answer.body);
        test_answer_free(&answer);
    }
}

/* Only the first numbers of a huge tensor are read. */
TEST(test_a_huge_tensor)
{
    struct test_answer answer = ask("GET", "/plot/heat.png?scheme=normal&shape=10000,10000", NULL);
    assert_int_equal(answer.status, 200);
    test_answer_free(&answer);
    answer = ask("GET", "/plot/histogram.json?scheme=uniform&shape=10000,2000&low=0&high=1", NULL);
    assert_true(test_body_has(&answer, "\"elements\":20000000,\"read\":16777216"));
    test_answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_picture_is_a_document),
        cmocka_unit_test(test_a_style_of_the_reader_has_no_hash),
        cmocka_unit_test(test_what_is_wrong),
        cmocka_unit_test(test_a_huge_tensor),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
