/* Limits and access: slow clients, connections and requests per address, tokens, origins. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define LARGE "/init?scheme=normal&shape=1024,1024,48&format=raw&seed=7"

/* Send one more of `bytes` every 100 ms. Returns the seconds until the server closes; -1: it does not within ten. */
static double closed_after(const struct test_server *server, const char *start, const char *bytes)
{
    int fd = test_connect(server);
    double begin = test_seconds();
    assert_true(send(fd, start, strlen(start), MSG_NOSIGNAL) >= 0);
    for (int i = 0; i < 100; i++) {
        char byte;
        usleep(100000);
        if (recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || (*bytes && send(fd, bytes++, 1, MSG_NOSIGNAL) < 0)) {
            close(fd);
            return test_seconds() - begin;
        }
    }
    close(fd);
    return -1;
}

/* An idle connection and a slow request are closed in time; a quick one is not. */
TEST(test_slow_requests)
{
    static const char header[] =
        "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct test_server *server = test_server_start(ARGS("--timeout", "1s"));
    double idle = closed_after(server, "", "");
    double half = closed_after(server, "GET /livez HTTP/1.1\r\nHost:", "");
    double line = closed_after(server, "GET /", header);
    double fields = closed_after(server, "GET /livez HTTP/1.1\r\nHost: a\r\n", header);
    double content = closed_after(server, "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", header);
    print_message("closed after %.1f %.1f %.1f %.1f %.1f s\n", idle, half, line, fields, content);
    assert_true(idle > 0.9 && idle < 8);
    assert_true(half > 0.9 && half < 8);
    assert_true(line > 0.9 && line < 8);
    assert_true(fields > 0.9 && fields < 8);
    assert_true(content > 0.9 && content < 8);
    assert_int_equal(test_status(server, "/livez", NULL), 200);
    test_server_stop(server);
}

static unsigned connections(const struct test_server *server)
{
    struct test_answer answer;
    test_get(server, "/metrics", &answer);
    assert_int_equal(answer.status, 200);
    unsigned n = (unsigned)strtoul(strstr((const char *)answer.body, "\nweightd_http_connections ") + 26, NULL, 10);
    test_answer_free(&answer);
    return n;
}

/* Read `at_once` bytes every 50 ms for up to `most` seconds. True: the server is still sending then. */
static bool can_read_at(const struct test_server *server, size_t at_once, double most)
{
    char request[256], bytes[65536];
    int fd = test_connect(server), small = 4096;
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", LARGE);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    double begin = test_seconds();
    bool open = true;
    while (open && test_seconds() - begin < most) {
        usleep(50000);
        open = recv(fd, bytes, at_once, 0) > 0 && connections(server) >= 2;
    }
    close(fd);
    return open;
}

TEST(test_slow_reader)
{
    struct test_server *server = test_server_start(ARGS("--timeout", "1s"));
    assert_true(can_read_at(server, 65536, 5));
    usleep(100000);
    assert_false(can_read_at(server, 20, 9));
    test_server_stop(server);
}

TEST(test_connections_per_address)
{
    struct test_server *server = test_server_start(ARGS("--max-connections-per-address", "3"));
    struct pollfd clients[4];
    for (size_t i = 0; i < 4; i++)
        clients[i] = (struct pollfd){.fd = test_connect(server), .events = POLLIN};
    assert_int_equal(poll(clients, 4, 10000),
                     1); /* one is closed at once: the last, if one thread begins with all of them */
    usleep(100000);
    assert_int_equal(poll(clients, 4, 0), 1);
    for (size_t i = 0; i < 4; i++)
        close(clients[i].fd);
    int status = 0;
    for (int i = 0; i < 100 && status != 200; i++) {
        usleep(20000);
        status = test_status(server, "/livez", NULL);
    }
    assert_int_equal(status, 200);
    test_server_stop(server);
}

TEST(test_rate_limit)
{
    struct test_server *server = test_server_start(ARGS("--rate-limit", "1", "--rate-burst", "5"));
    struct test_answer answer;
    for (int i = 0; i < 5; i++)
        assert_int_equal(test_status(server, "/version", NULL), 200);
    test_get(server, "/version", &answer);
    assert_int_equal(answer.status, 429);
    assert_string_equal(test_field(&answer, "Retry-After"), "1");
    assert_string_equal(test_field(&answer, "RateLimit-Policy"), "\"default\";q=5;w=5");
    assert_string_equal(test_field(&answer, "RateLimit"), "\"default\";r=0;t=1");
    assert_string_equal(test_field(&answer, "Content-Type"), "application/problem+json");
    assert_string_equal(test_field(&answer, "Access-Control-Allow-Origin"), "*");
    test_answer_free(&answer);
    for (int i = 0; i < 20; i++)
        assert_int_equal(test_status(server, "/readyz", NULL), 200); /* probes are not counted */
    usleep(1100000);
    assert_int_equal(test_status(server, "/version", NULL), 200);
    test_server_stop(server);
}

/* The first line and fields of what is answered to a header whose content does not come. */
static void ask_short(const struct test_server *server, const char *fields, char *out, size_t cap)
{
    char request[400];
    const int fd = test_connect(server);
    const int n = snprintf(request, sizeof request,
                           "POST /model HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n%s\r\n", fields);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    const ssize_t got = recv(fd, out, cap - 1, 0);
    assert_true(got > 0);
    out[got] = '\0';
    close(fd);
}

/* Content is read, and memory taken for it, only from who may ask. */
TEST(test_tokens_before_content)
{
    char dir[] = "/tmp/weightd-token-XXXXXX", path[64], out[8192];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/tokens", dir);
    test_write_file(path, "first-token\n");
    struct test_server *server = test_server_start(ARGS("--token-file", path));
    static const char *const without[] = {"", "Authorization: Bearer second-token\r\n", "Expect: 100-continue\r\n"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        ask_short(server, without[i], out, sizeof out);
        if (strncmp(out, "HTTP/1.1 401 ", 13))
            fail_msg("%s: %s", without[i], out);
        assert_non_null(strstr(out, "\r\nWWW-Authenticate: Bearer realm="));
        assert_non_null(strstr(out, "\r\nConnection: close\r\n"));
    }
    ask_short(server, "Expect: 100-continue\r\nAuthorization: Bearer first-token\r\n", out, sizeof out);
    assert_memory_equal(out, "HTTP/1.1 100 ", 13);
    test_server_stop(server);
    unlink(path);
    rmdir(dir);
}

TEST(test_tokens)
{
    char dir[] = "/tmp/weightd-token-XXXXXX", path[64], out[1024];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/tokens", dir);
    test_write_file(path, "# who may ask\n\nfirst-token\n"
                          "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\n"); /* "secret" */
    struct test_server *server = test_server_start(ARGS("--token-file", path));
    struct test_answer answer;
    test_get(server, "/version", &answer);
    assert_int_equal(answer.status, 401);
    assert_string_equal(test_field(&answer, "WWW-Authenticate"), "Bearer realm=\"weightd\"");
    test_answer_free(&answer);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer first-token"), 200);
    assert_int_equal(test_status(server, "/version", "Authorization: bearer secret"), 200);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer first-toke"), 401);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer first-tokens"), 401);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer "), 401);
    assert_int_equal(test_status(server, "/version", "Authorization: Basic first-token"), 401);
    assert_int_equal(test_status(server, "/readyz", NULL), 200);
    test_request(server, "GET", "/init?scheme=zeros&shape=3", ARGS("Authorization: Bearer secret"), &answer);
    assert_string_equal(test_field(&answer, "Cache-Control"), "private, max-age=31536000, immutable");
    test_answer_free(&answer);
    for (int i = 0; i < 4;
         i++) /* the answer was prepared for a client with a token: it is refused to others all the same */
        test_status(server, "/init?scheme=zeros&shape=3", "Authorization: Bearer secret");
    assert_int_equal(test_status(server, "/init?scheme=zeros&shape=3", NULL), 401);

    test_write_file(path, "second-token\n");
    kill(server->pid, SIGHUP);
    for (int i = 0; i < 200 && test_status(server, "/version", "Authorization: Bearer second-token") != 200; i++)
        usleep(20000);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer second-token"), 200);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer first-token"), 401);
    test_write_file(path, "bad token\n"); /* a file that cannot be read changes nothing */
    kill(server->pid, SIGHUP);
    usleep(300000);
    assert_int_equal(test_status(server, "/version", "Authorization: Bearer second-token"), 200);
    test_server_stop(server);

    assert_int_equal(test_run(ARGS("--port", "0", "--token-file", path), out, sizeof out), 1);
    assert_non_null(strstr(out, "line 1"));
    unlink(path);
    assert_int_equal(test_run(ARGS("--port", "0", "--token-file", path), out, sizeof out), 1);
    assert_non_null(strstr(out, path));
    rmdir(dir);
}

static void check_origin(const struct test_server *server, const char *header, const char *allowed)
{
    struct test_answer answer;
    for (int i = 0; i < 4; i++) { /* prepared answers, too */
        test_request(server, "GET", "/init?scheme=zeros&shape=7&format=raw", header ? ARGS(header) : NULL, &answer);
        assert_int_equal(answer.status, 200);
        const char *value = test_field(&answer, "Access-Control-Allow-Origin");
        assert_string_equal(value ? value : "(absent)", allowed ? allowed : "(absent)");
        test_answer_free(&answer);
    }
}

/* The wildcard is for tensors, not for what is the operator's. */
static void check_metrics_origin(const char *origins, const char *allowed)
{
    struct test_server *server = test_server_start(ARGS("--cors-origins", origins));
    struct test_answer answer;
    test_request(server, "GET", "/metrics", ARGS("Origin: https://a.example"), &answer);
    assert_int_equal(answer.status, 200);
    const char *value = test_field(&answer, "Access-Control-Allow-Origin");
    assert_string_equal(value ? value : "(absent)", allowed ? allowed : "(absent)");
    test_answer_free(&answer);
    test_server_stop(server);
}

/* A file with tokens that everybody can read is said, at the start and on SIGHUP; others are not. */
TEST(test_exposed_tokens)
{
    char dir[] = "/tmp/weightd-token-XXXXXX", path[64], log[64], text[4096];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/tokens", dir);
    snprintf(log, sizeof log, "%s/log", dir);
    test_write_file(path, "token\n");
    for (int exposed = 0; exposed < 2; exposed++) {
        unlink(log);
        assert_int_equal(chmod(path, exposed ? 0644 : 0600), 0);
        struct test_server *server = test_server_start(ARGS("--token-file", path, "--log-file", log));
        assert_int_equal(chmod(path, 0644), 0);
        kill(server->pid, SIGHUP);
        usleep(600000);
        test_server_stop(server);
        FILE *file = fopen(log, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        const char *first = strstr(text, "everybody on this machine can read");
        assert_non_null(first);
        assert_int_equal(strstr(first + 1, "everybody on this machine can read") != NULL, exposed);
    }
    unlink(log);
    unlink(path);
    rmdir(dir);
}

TEST(test_origins)
{
    struct test_server *list = test_server_start(ARGS("--cors-origins", "https://a.example, https://b.example"));
    struct test_server *none = test_server_start(ARGS("--cors-origins", "none"));
    struct test_answer answer;
    check_origin(list, "Origin: https://a.example", "https://a.example");
    check_origin(list, "Origin: https://b.example", "https://b.example");
    check_origin(list, "Origin: https://a.exampl", NULL);
    check_origin(list, NULL, NULL);
    check_origin(none, "Origin: https://a.example", NULL);
    check_metrics_origin("*", NULL);
    check_metrics_origin("https://a.example", "https://a.example");
    test_get(list, "/init?scheme=zeros&shape=7&format=raw", &answer);
    assert_string_equal(test_field(&answer, "Vary"), "Origin");
    test_answer_free(&answer);
    test_request(list, "OPTIONS", "/init", ARGS("Origin: https://a.example", "Access-Control-Request-Method: GET"),
                 &answer);
    assert_int_equal(answer.status, 204);
    assert_string_equal(test_field(&answer, "Access-Control-Allow-Methods"), "GET, HEAD");
    test_answer_free(&answer);
    test_server_stop(list);
    test_server_stop(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_requests),           cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_connections_per_address), cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_tokens_before_content),   cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_exposed_tokens),          cmocka_unit_test(test_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
