/* Pictures over HTTP: conditions, compression, policy, and what is wrong with a request. */
#include <stdio.h>
#include <stdlib.h>
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
    other = ask("GET", SWEEP "&theme=auto&size=m&format=raw&stream=&bins=64&order=C&flat=0&of=raw&name=tensor", NULL);
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
        {400, "/plot/sweep.svg?scheme=he_normal&slice=0:128", "a sweep takes no slice"},
        {400, "/plot/symmetry.svg?scheme=xavier_normal&slice=0:2", "a symmetry takes no slice"},
        {400, "/plot/symmetry.svg?scheme=xavier_normal&fan_in=2", "a symmetry takes no fan_in"},
        {400, "/plot/symmetry.svg?scheme=xavier_normal&fan_out=8", "a symmetry takes no fan_out"},
        {400, "/plot/symmetry.svg?scheme=xavier_normal&groups=2", "1 output channels do not divide into 2 groups"},
        {400, "/plot/symmetry.svg?scheme=xavier_normal&shape=2,8", "shapes of their own"},
        {400, "/plot/heat.png?scheme=he_normal&shape=6,4&order=F", "a heat takes no order"},
        {400, "/plot/sweep.svg?scheme=he_normal&order=F", "a sweep takes no order"},
        {400, "/plot/spectrum.svg?scheme=he_normal&order=F", "a spectrum takes no order"},
        {400, "/plot/histogram.svg?scheme=he_normal&shape=6,4&flat=1", "a histogram takes no flat"},
        {400, "/plot/histogram.svg?scheme=he_normal&shape=6,4&of=npy", "a histogram takes no of"},
        {400, "/plot/histogram.svg?scheme=he_normal&shape=6,4&name=w", "a histogram takes no name"},
        {400, "/plot/sweep.svg?scheme=he_normal&theme=foo", "theme=foo: one of auto, light, dark, page"},
        {400, "/plot/sweep.svg?scheme=kaiming_normal&like=torch&seed=18446744073709551567",
         "from 0 to 18446744073709551566"},
        {400, "/plot/spectrum.svg?scheme=normal&like=jax&seed=-1", "adds 1 to the seed in each layer"},
        {400, "/plot/sweep.svg?scheme=normal&like=numpy&seed=1,2", "adds 1 to the seed in each layer"},
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

/* Requests whose weights are the same are two pictures where what goes through them is not. */
TEST(test_inputs_have_the_seed)
{
    static const char *const pictures[] = {"/plot/sweep.json?scheme=constant&value=0.5&activation=sigmoid&depth=3",
                                           "/plot/spectrum.json?scheme=constant&activation=sigmoid&width=4&value=0.5"};
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        char target[128];
        struct test_answer plain = ask("GET", pictures[i], NULL), other;
        assert_int_equal(plain.status, 200);
        snprintf(target, sizeof target, "%s&seed=7", pictures[i]);
        other = ask("GET", target, NULL);
        assert_int_equal(other.status, 200);
        assert_true(other.length != plain.length || memcmp(other.body, plain.body, plain.length) != 0);
        test_answer_free(&other);
        snprintf(target, sizeof target, "%s&seed=0", pictures[i]);
        other = ask("GET", target, NULL);
        assert_int_equal(other.length, plain.length);
        assert_memory_equal(other.body, plain.body, plain.length);
        test_answer_free(&other);
        test_answer_free(&plain);
    }
}

/* ---- every picture ----------------------------------------------------------------------------------------------- */

/* What makes each picture small, and the parameters of its own. */
static const struct {
    const char *name, *query;
    const char *formats[4];
    const char *takes[5];
} pictures[] = {
    {"histogram", "scheme=he_normal&shape=20,10&seed=1", {"svg", "json", "csv"}, {"bins"}},
    {"heat", "scheme=he_normal&shape=20,10&seed=1", {"png"}, {NULL}},
    {"sweep",
     "scheme=he_normal&seed=1&depth=3&width=8&batch=4",
     {"svg", "json", "csv"},
     {"activation", "depth", "width", "batch"}},
    {"grid", "seed=1&depth=2&width=4", {"svg", "json", "csv"}, {"depth", "width"}},
    {"spectrum", "scheme=he_normal&seed=1&width=4", {"svg", "json", "csv"}, {"activation", "width"}},
    {"symmetry", "scheme=he_normal&seed=1", {"svg", "json", "csv"}, {"activation"}},
    {"versus", "scheme=he_normal&shape=20,10&seed=1&vs=torch", {"svg", "json", "csv"}, {"bins", "vs"}},
};
#define PICTURES (sizeof pictures / sizeof *pictures)
static const char *const own[] = {"activation", "depth", "width", "batch", "bins", "vs", "theme", "size"};

static const char *target_of(size_t i, const char *format, const char *more)
{
    static char target[1024];
    snprintf(target, sizeof target, "/plot/%s.%s?%s%s", pictures[i].name, format, pictures[i].query, more);
    return target;
}

static void check_document(const char *target, bool packs)
{
    char field[128];
    struct test_answer whole = ask("GET", target, NULL), other;
    if (whole.status != 200)
        fail_msg("%s is answered %d", target, whole.status);
    assert_int_equal(*test_field(&whole, "ETag"), '"'); /* strong */
    snprintf(field, sizeof field, "If-None-Match: %s", test_field(&whole, "ETag"));
    other = ask("GET", target, field);
    assert_int_equal(other.status, 304);
    assert_int_equal(other.length, 0);
    test_answer_free(&other);
    other = ask("HEAD", target, NULL);
    assert_int_equal(other.status, 200);
    assert_int_equal(other.length, 0);
    assert_int_equal(strtoul(test_field(&other, "Content-Length"), NULL, 10), whole.length);
    assert_string_equal(test_field(&other, "ETag"), field + strlen("If-None-Match: "));
    test_answer_free(&other);
    other = ask("GET", target, "Accept-Encoding: gzip");
    const char *coding = test_field(&other, "Content-Encoding");
    if (packs)
        assert_string_equal(coding ? coding : "none", "gzip");
    assert_true(other.length <= whole.length);
    assert_string_equal(test_field(&whole, "Cross-Origin-Resource-Policy"), "cross-origin");
    assert_string_equal(test_field(&whole, "X-Content-Type-Options"), "nosniff");
    test_answer_free(&other);
    test_answer_free(&whole);
}

TEST(test_every_picture_is_a_document)
{
    for (size_t i = 0; i < PICTURES; i++)
        for (const char *const *format = pictures[i].formats; *format; format++)
            check_document(target_of(i, *format, ""), !strcmp(*format, "svg"));
}

static void check_wrong(const char *target, const char *param)
{
    char said[64];
    struct test_answer answer = ask("GET", target, NULL);
    snprintf(said, sizeof said, "\"param\": \"%s\"", param);
    if (answer.status != 400 || !test_body_has(&answer, said) ||
        !test_body_has(&answer, "\"example\": \"http://127.0.0.1:") ||
        strcmp(test_field(&answer, "Content-Type"), "application/problem+json") != 0)
        fail_msg("%s: %d %.*s", target, answer.status, (int)answer.length, (const char *)answer.body);
    test_answer_free(&answer);
}

static bool takes(size_t i, const char *param)
{
    for (const char *const *own_param = pictures[i].takes; *own_param; own_param++)
        if (!strcmp(*own_param, param))
            return true;
    return !strcmp(param, "theme") || !strcmp(param, "size");
}

/* A value that is none, and one that another picture takes. */
TEST(test_every_wrong_parameter)
{
    static const char *const good[] = {"tanh", "7", "9", "8", "32", "torch", "dark", "s"};
    char more[64];
    for (size_t i = 0; i < PICTURES; i++)
        for (size_t p = 0; p < sizeof own / sizeof *own; p++) {
            char target[256];
            snprintf(target, sizeof target, "/plot/%s.%s?%s=-1", pictures[i].name, pictures[i].formats[0], own[p]);
            check_wrong(target, own[p]);
            snprintf(more, sizeof more, "&%s=%s", own[p], good[p]);
            if (!takes(i, own[p]))
                check_wrong(target_of(i, pictures[i].formats[0], more), own[p]);
            else if (!strstr(pictures[i].query, own[p])) {
                struct test_answer answer = ask("GET", target_of(i, pictures[i].formats[0], more), NULL);
                assert_int_equal(answer.status, 200);
                test_answer_free(&answer);
            }
        }
}

/* What is hostile comes back, if at all, as a JSON string in ASCII. */
TEST(test_hostile_values)
{
    static const char *const values[] = {"%3Cscript%3Ealert(1)%3C/script%3E",
                                         "%22%3E%3Csvg%20onload=alert(1)%3E",
                                         "%27%29%3B",
                                         "]]%3E%3C!--",
                                         "%26lt%3B",
                                         "%e2%80%ae",
                                         "%ff%fe",
                                         "%01%1b",
                                         "{{facts}}",
                                         "%25n%25s"};
    static const char *const names[] = {
        "scheme", "shape", "seed",    "dtype",      "layout", "like",  "gain",  "mode", "stream", "slice", "format",
        "std",    "name",  "no-such", "activation", "depth",  "width", "batch", "bins", "vs",     "theme", "size"};
    for (size_t i = 0; i < PICTURES; i++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
                char target[256];
                const bool of_tensor = n && n != 1 && strstr(pictures[i].query, "shape=");
                snprintf(target, sizeof target, "/plot/%s.%s?%s%s=%s", pictures[i].name, pictures[i].formats[0],
                         of_tensor ? "scheme=he_normal&shape=4,4&" : "", names[n], values[v]);
                struct test_answer answer = ask("GET", target, NULL);
                const bool is_picture = answer.status == 200; /* any text is a stream's name */
                if ((answer.status != 400 && !is_picture) || (is_picture && strcmp(names[n], "stream") != 0))
                    fail_msg("%s is answered %d", target, answer.status);
                for (size_t b = 0; b < answer.length && !is_picture; b++)
                    assert_true(answer.body[b] == '\n' || (answer.body[b] >= 0x20 && answer.body[b] < 0x7f));
                if (is_picture && (test_body_has(&answer, "alert") || test_body_has(&answer, "facts")))
                    fail_msg("%s comes back in the picture", target);
                test_answer_free(&answer);
            }
}

/* Work above the cap is refused with the cap. */
TEST(test_caps)
{
    static const struct {
        const char *target, *cap;
    } rows[] = {
        {"/plot/sweep.svg?scheme=he_normal&width=512&depth=200&batch=64", "2147483648"},
        {"/plot/sweep.svg?scheme=he_normal&width=512&depth=32&batch=257", "from 2 to 256"},
        {"/plot/grid.svg?width=128&depth=200", "1048576"},
        {"/plot/grid.svg?width=129", "from 2 to 128"},
        {"/plot/spectrum.svg?scheme=he_normal&width=129", "from 2 to 128"},
        {"/plot/histogram.svg?scheme=he_normal&shape=1000000,1000000", "bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer answer = ask("GET", rows[i].target, NULL);
        if ((answer.status != 413 && answer.status != 400) || !test_body_has(&answer, rows[i].cap))
            fail_msg("%s: %d %.*s", rows[i].target, answer.status, (int)answer.length, (const char *)answer.body);
        test_answer_free(&answer);
    }
}

/* Who asks too often, and who asks for more than there is memory, is told when to come again. */
TEST(test_busy)
{
    struct test_server *busy = test_server_start(ARGS("--rate-limit", "1", "--rate-burst", "2", "--log", "off"));
    struct test_answer answer;
    int status = 200;
    for (int i = 0; i < 20 && status == 200; i++) {
        test_request(busy, "GET", SWEEP, NULL, &answer);
        status = answer.status;
        if (status == 429)
            assert_true(strtol(test_field(&answer, "Retry-After"), NULL, 10) >= 1);
        test_answer_free(&answer);
    }
    assert_int_equal(status, 429);
    test_server_stop(busy);
    busy = test_server_start(ARGS("--work-bytes", "1M", "--cache-bytes", "1M", "--log", "off"));
    test_request(busy, "GET", "/plot/sweep.svg?scheme=he_normal&width=128", NULL, &answer);
    assert_int_equal(answer.status, 503);
    assert_true(strtol(test_field(&answer, "Retry-After"), NULL, 10) >= 1);
    test_answer_free(&answer);
    assert_int_equal(test_status(busy, SWEEP, NULL), 200);
    test_server_stop(busy);
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
        cmocka_unit_test(test_inputs_have_the_seed),
        cmocka_unit_test(test_every_picture_is_a_document),
        cmocka_unit_test(test_every_wrong_parameter),
        cmocka_unit_test(test_hostile_values),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_a_huge_tensor),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
