/* For whom the server answers: a page whose own name leads to this machine must not read it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

/* The status of a request for that host; the second time a prepared answer could be given. */
static int status_for(const struct test_server *server, const char *target, const char *host)
{
    char request[512], out[4096];
    int status = 0;
    for (int i = 0; i < 2; i++) {
        const int n =
            snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, host);
        test_raw(server, request, (size_t)n, 3000, out, sizeof out, NULL);
        assert_true(i == 0 || status == atoi(out + 9));
        status = atoi(out + 9);
        assert_true(status != 421 || strstr(out, "\"type\": \"/problems/misdirected\""));
    }
    return status;
}

#define TENSOR "/init?scheme=normal&shape=8&seed=3&format=raw"

static void check(const struct test_server *server, const char *host, int status)
{
    const int got = status_for(server, TENSOR, host);
    if (got != status)
        fail_msg("Host: %s: %d", host, got);
}

static const char *const own[] = {"127.0.0.1", "127.0.0.1:8080", "10.1.2.3:80", "[::1]",         "[::1]:8080",
                                  "localhost", "LOCALHOST:1",    "localhost.",  "a.localhost:80"};
static const char *const others[] = {"evil.example",
                                     "1.evil.example:8080",
                                     "127.0.0.1.evil.example",
                                     "localhost.evil.example",
                                     "evillocalhost",
                                     "256.1.1.1",
                                     "127.1"};

TEST(test_loopback)
{
    struct test_server *server = test_server_start(ARGS("--host", "tensors.example, b.example"));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        check(server, own[i], 200);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check(server, others[i], 421);
    check(server, "tensors.example", 200);
    check(server, "B.example:80", 200);
    check(server, "c.b.example", 421);
    assert_int_equal(status_for(server, "http://evil.example" TENSOR, "localhost"), 421);
    assert_int_equal(status_for(server, "http://b.example" TENSOR, "evil.example"), 200);
    assert_int_equal(status_for(server, "/metrics", "evil.example"), 421);
    assert_int_equal(status_for(server, "/livez", "evil.example"), 421);
    char out[1024];
    static const char old[] = "GET /livez HTTP/1.0\r\n\r\n";
    test_raw(server, old, sizeof old - 1, 3000, out, sizeof out, NULL);
    assert_int_equal(atoi(out + 9), 200);
    test_server_stop(server);
}

TEST(test_any)
{
    struct test_server *server = test_server_start(ARGS("--host", "*"));
    check(server, "evil.example", 200);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
