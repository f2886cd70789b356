/* /metrics of the real server: the exposition format is kept, and the counters count what happened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

TEST_SERVER_GROUP(NULL)

static char text[200000];

static void scrape(void)
{
    struct test_answer answer;
    test_get(server, "/metrics", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(test_field(&answer, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_true(answer.length < sizeof text);
    memcpy(text, answer.body, answer.length + 1);
    test_answer_free(&answer);
}

/* The value of a series as it is written; 0 if there is none. */
static double value(const char *series)
{
    char line[256];
    snprintf(line, sizeof line, "\n%s ", series);
    const char *at = strstr(text, line);
    return at ? strtod(at + strlen(line), NULL) : 0;
}

static void ask(const char *method, const char *target)
{
    struct test_answer answer;
    test_request(server, method, target, NULL, &answer);
    test_answer_free(&answer);
}

/* Every sample is preceded by the HELP and TYPE of its family; no series comes twice. */
TEST(test_format)
{
    static char seen[2000][160];
    size_t n_seen = 0;
    char family[128] = "", *rest;
    ask("GET", "/init?scheme=zeros&shape=3");
    ask("GET", "/nothing");
    scrape();
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (!strncmp(line, "# HELP ", 7)) {
            assert_int_equal(sscanf(line + 7, "%127s", family), 1);
            continue;
        }
        if (!strncmp(line, "# TYPE ", 7)) {
            assert_int_equal(strncmp(line + 7, family, strlen(family)), 0);
            continue;
        }
        assert_int_equal(strncmp(line, family, strlen(family)), 0);
        char *blank = strrchr(line, ' ');
        assert_non_null(blank);
        char *end;
        strtod(blank + 1, &end);
        assert_int_equal(*end, '\0');
        *blank = '\0';
        for (size_t i = 0; i < n_seen; i++)
            assert_string_not_equal(seen[i], line);
        snprintf(seen[n_seen++], sizeof *seen, "%s", line);
        assert_true(n_seen < 2000);
    }
    assert_true(n_seen > 50);
}

#define COUNT "weightd_http_request_duration_seconds_count"

TEST(test_requests_are_counted)
{
    scrape();
    double ok = value(COUNT "{route=\"/livez\",status=\"200\"}"),
           wrong = value(COUNT "{route=\"/livez\",status=\"405\"}");
    double none = value(COUNT "{route=\"none\",status=\"404\"}"),
           refused = value("weightd_http_refused_total{reason=\"not-implemented\"}");
    for (int i = 0; i < 5; i++)
        ask("GET", "/livez");
    ask("POST", "/livez");
    ask("GET", "/nothing-here");
    ask("BREW", "/livez");
    scrape();
    assert_true(value(COUNT "{route=\"/livez\",status=\"200\"}") == ok + 5);
    assert_true(value(COUNT "{route=\"/livez\",status=\"405\"}") == wrong + 1);
    assert_true(value(COUNT "{route=\"none\",status=\"404\"}") == none + 1);
    assert_true(value("weightd_http_refused_total{reason=\"not-implemented\"}") == refused + 1);
    assert_true(value("weightd_http_request_duration_seconds_bucket{route=\"/livez\",status=\"200\",le=\"+Inf\"}") ==
                ok + 5);
    assert_true(value("weightd_http_requests_in_flight") == 1);
}

TEST(test_cache_and_bytes_are_counted)
{
    scrape();
    double made = value("weightd_generated_total{scheme=\"normal\"}"),
           took = value("weightd_generation_seconds_total{scheme=\"normal\"}");
    double hits = value("weightd_cache_hits_total"), misses = value("weightd_cache_misses_total");
    double bytes = value("weightd_http_body_bytes_total");
    for (int i = 0; i < 10; i++)
        ask("GET", "/init?scheme=normal&shape=1000&format=raw&seed=4242");
    ask("HEAD", "/init?scheme=normal&shape=1000&format=raw&seed=4242");
    scrape();
    assert_true(value("weightd_cache_hits_total") == hits + 9);
    assert_true(value("weightd_cache_misses_total") == misses + 1);
    assert_true(value("weightd_generated_total{scheme=\"normal\"}") == made + 1);
    assert_true(value("weightd_generation_seconds_total{scheme=\"normal\"}") > took);
    double sent = value("weightd_http_body_bytes_total") - bytes;
    assert_true(sent > 40000 && sent < 80000); /* ten bodies and the first /metrics */
}

/* The first hit prepares a response. It is counted, once, and charged, so that nothing appears to be in flight. */
TEST(test_prepared_responses_are_counted)
{
    static const char target[] = "/init?scheme=normal&shape=10&format=raw&seed=777";
    double bytes[4];
    for (size_t i = 0; i < 4; i++) {
        ask("GET", target);
        scrape();
        bytes[i] = value("weightd_cache_bytes");
        assert_true(value("weightd_work_bytes") == 0);
    }
    print_message("a prepared response takes %.0f bytes\n", bytes[1] - bytes[0]);
    assert_true(bytes[1] - bytes[0] > 1000 && bytes[1] - bytes[0] < 6000);
    assert_true(bytes[2] == bytes[1] && bytes[3] == bytes[1]);
}

/* Requests that a library drops without a word are no longer in flight either: a chunk whose first line does not
 * end. */
TEST(test_dropped_requests_are_over)
{
    static char request[40000], out[4096];
    size_t n = (size_t)sprintf(request, "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;");
    memset(request + n, 'a', sizeof request - n);
    test_raw(server, request, sizeof request, 200, out, sizeof out, NULL);
    test_calm_down(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_requests_are_counted),
        cmocka_unit_test(test_cache_and_bytes_are_counted),
        cmocka_unit_test(test_prepared_responses_are_counted),
        cmocka_unit_test(test_dropped_requests_are_over),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
