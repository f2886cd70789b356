/* Methods, paths, keep-alive, errors and ends of the real server. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"

TEST_SERVER_GROUP(NULL)

TEST(test_resources_answer)
{
    static const char *const paths[] = {"/",        "/livez",      "/readyz",        "/healthz",
                                        "/version", "/robots.txt", "/problems/shape"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct test_answer get, head;
        test_get(server, paths[i], &get);
        test_request(server, "HEAD", paths[i], NULL, &head);
        assert_int_equal(get.status, 200);
        assert_true(get.length > 0);
        assert_int_equal(head.status, 200);
        assert_int_equal(head.length, 0);
        assert_non_null(test_field(&get, "Cache-Control"));
        char length[32];
        snprintf(length, sizeof length, "%zu", get.length);
        assert_string_equal(test_field(&head, "Content-Length"), length);
        assert_null(test_field(&get, "Transfer-Encoding"));
        test_answer_free(&get);
        test_answer_free(&head);
    }
}

TEST(test_wrong_paths_and_methods)
{
    static const struct {
        const char *method, *target;
        int status;
        const char *slug;
    } rows[] = {
        {"GET", "/nothing", 404, "not-found"},
        {"GET", "/livez/", 404, "not-found"},
        {"GET", "//livez", 404, "not-found"},
        {"GET", "/problems/none", 404, "not-found"},
        {"POST", "/version", 405, "method-not-allowed"},
        {"DELETE", "/version", 405, "method-not-allowed"},
        {"TRACE", "/version", 405, "method-not-allowed"},
        {"get", "/version", 501, "not-implemented"},
        {"BREW", "/version", 501, "not-implemented"},
        {"CONNECT", "/version", 501, "not-implemented"},
        {"GET", "*", 400, "bad-request"},
        {"GET", "/livez%00", 400, "bad-request"},
        {"GET", "/livez%2", 400, "bad-request"},
        {"GET", "/livez#x", 400, "bad-request"},
        {"GET", "/livez?seed=%00", 400, "param-value"},
        {"GET", "/livez?seed=%g0", 400, "param-value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer answer;
        char type[64];
        test_request(server, rows[i].method, rows[i].target, NULL, &answer);
        print_message("%s %s -> %d\n", rows[i].method, rows[i].target, answer.status);
        assert_int_equal(answer.status, rows[i].status);
        assert_string_equal(test_field(&answer, "Content-Type"), "application/problem+json");
        assert_string_equal(test_field(&answer, "Cache-Control"), "no-store");
        snprintf(type, sizeof type, "\"type\": \"/problems/%s\"", rows[i].slug);
        assert_true(test_body_has(&answer, type));
        assert_true(test_body_has(&answer, "\"example\": "));
        if (rows[i].status == 405)
            assert_string_equal(test_field(&answer, "Allow"), "GET, HEAD, OPTIONS");
        test_answer_free(&answer);
    }
}

TEST(test_error_names_the_parameter)
{
    struct test_answer answer;
    test_get(server, "/livez?ok=1&seed=1%002", &answer);
    assert_int_equal(answer.status, 400);
    assert_true(test_body_has(&answer, "\"param\": \"seed\""));
    test_answer_free(&answer);
}

TEST(test_options)
{
    static const char *const targets[] = {"*", "/version"};
    for (size_t i = 0; i < 2; i++) {
        struct test_answer answer;
        test_request(server, "OPTIONS", targets[i], NULL, &answer);
        assert_int_equal(answer.status, 204);
        assert_string_equal(test_field(&answer, "Allow"), "GET, HEAD, OPTIONS");
        assert_null(test_field(&answer, "Content-Length")); /* RFC 9110 section 8.6 */
        test_answer_free(&answer);
    }
}

TEST(test_absolute_form)
{
    struct test_answer answer;
    test_get(server, "http://weights.example/livez", &answer);
    assert_int_equal(answer.status, 200);
    test_answer_free(&answer);
    test_get(server, "http://weights.example:80/init?scheme=ones",
             &answer); /* the host of the target goes before Host */
    assert_int_equal(answer.status, 400);
    assert_true(test_body_has(&answer, "\"example\": \"http://weights.example:80/init?scheme=ones"));
    test_answer_free(&answer);
    test_get(server, "http://user@weights.example/livez", &answer);
    assert_int_equal(answer.status, 400);
    test_answer_free(&answer);
}

/* Requests that are pipelined on one connection, of every kind whose answer could leave a byte too many behind. */
TEST(test_keep_alive)
{
    static const char requests[] = "HEAD /version HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345"
                                   "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    static const char *const status[] = {"200 OK", "404 ", "204 ", "405 ", "200 OK"};
    char out[8192];
    bool closed;
    test_raw(server, requests, sizeof requests - 1, 1000, out, sizeof out, &closed);
    const char *at = out;
    for (size_t i = 0; i < sizeof status / sizeof *status; i++) {
        at = strstr(at, "HTTP/1.1 ");
        assert_non_null(at);
        at += 9;
        assert_int_equal(strncmp(at, status[i], strlen(status[i])), 0);
    }
    assert_null(strstr(at, "HTTP/1.1 "));
    assert_true(closed);
}

TEST(test_http_1_0)
{
    char out[1024];
    bool closed;
    const char request[] = "GET /livez HTTP/1.0\r\n\r\n";
    test_raw(server, request, sizeof request - 1, 2000, out, sizeof out, &closed);
    assert_non_null(strstr(out, " 200 OK"));
    assert_true(closed);
}

TEST(test_several_servers_of_one_machine)
{
    struct test_server *one = test_server_start(NULL),
                       *two = test_server_start((const char *[]){"--threads", "1", NULL});
    assert_int_not_equal(one->port, two->port);
    kill(two->pid, SIGINT);
    assert_int_equal(test_server_wait(two), 0);
    test_server_stop(one);
}

TEST(test_port_in_use)
{
    char port[16], out[1024];
    snprintf(port, sizeof port, "%u", server->port);
    assert_int_equal(test_run((const char *[]){"--port", port, NULL}, out, sizeof out), 1);
    assert_non_null(strstr(out, "in use"));
    assert_non_null(strstr(out, "--port"));
}

TEST(test_healthcheck)
{
    char port[16];
    snprintf(port, sizeof port, "%u", server->port);
    assert_int_equal(test_run((const char *[]){"--healthcheck", "--port", port, NULL}, NULL, 0), 0);
    assert_int_equal(test_run((const char *[]){"--healthcheck", "--port", "1", NULL}, NULL, 0), 1);
}

TEST(test_get_command)
{
    char out[4096];
    struct test_answer answer;
    test_get(server, "/version", &answer);
    assert_int_equal(test_run((const char *[]){"get", "/version", NULL}, out, sizeof out), 0);
    assert_string_equal(out, (const char *)answer.body);
    test_answer_free(&answer);
    assert_int_equal(test_run((const char *[]){"get", "-i", "/version", NULL}, out, sizeof out), 0);
    assert_int_equal(strncmp(out, "HTTP/1.1 200 \r\n", 15), 0);
    assert_non_null(strstr(out, "\r\nContent-Type: application/json\r\n"));
    assert_int_equal(test_run((const char *[]){"get", "/nothing", NULL}, out, sizeof out), 1);
    assert_non_null(strstr(out, "not-found"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resources_answer),
        cmocka_unit_test(test_wrong_paths_and_methods),
        cmocka_unit_test(test_error_names_the_parameter),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_absolute_form),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_http_1_0),
        cmocka_unit_test(test_several_servers_of_one_machine),
        cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_healthcheck),
        cmocka_unit_test(test_get_command),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
