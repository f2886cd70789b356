/* Every answer on the wire is weightd's: one head, application/problem+json, counted and logged, and the client can
 * read it to the end whatever it sends meanwhile. The requests are those that the library below would answer, cut or
 * reset by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

TEST_SERVER_GROUP("--log", "text")

#define LENGTH(text) "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: " text "\r\n\r\n"
#define CHUNKED "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define NUL "\x04"                                                              /* sent as a byte of 0 */
#define DATA "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr" /* 64 bytes */

/* clang-format off */
static const struct row {
    const char *what, *before, *piece, *after; /* the piece n times */
    unsigned n;
    int status;
} rows[] = {
    {"length: a word", LENGTH("abc"), "", "", 0, 400},
    {"length: negative", LENGTH("-1"), "", "", 0, 400},
    {"length: with a plus", LENGTH("+1"), "", "a", 0, 400},
    {"length: empty", LENGTH(""), "", "", 0, 400},
    {"length: a list", LENGTH("1,1"), "", "a", 0, 400},
    {"length: hexadecimal", LENGTH("0x1"), "", "a", 0, 400},
    {"length: with a blank", LENGTH("1 1"), "", "a", 0, 400},
    {"length: 2^64", LENGTH("18446744073709551616"), "", "a", 0, 400},
    {"length: too much", "POST /model HTTP/1.1\r\nHost: a\r\nContent-Length: 40000000\r\n\r\n", DATA, "", 3125, 413},
    {"length: too much for a GET", "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n", DATA, "", 3125, 413},
    {"length: too much, and not taken", LENGTH("200000"), DATA, "", 3125, 405},
    {"length: too much, for nothing", "POST /a/b/c/d/e HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n", DATA, "", 3125, 404},
    {"length: nonsense, nothing comes", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", "", "", 0, 400},
    {"length: 10^20 - 1", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "", "", 0, 400},
    {"length: good, and blanks", "POST /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3 \t\r\n\r\n", "", "abc", 0, 405},
    {"cookies", "GET /livez HTTP/1.1\r\nHost: a\r\nCookie: x=y", "; a=b", "\r\n\r\n", 1600, 431},
    {"a field of 70 kB", "GET /livez HTTP/1.1\r\nHost: a\r\nX: ", DATA, "\r\n\r\n", 1100, 431},
    {"a target of 70 kB", "GET /", DATA, " HTTP/1.1\r\nHost: a\r\n\r\n", 1100, 414},
    {"a method of 100 kB", "", DATA, " / HTTP/1.1\r\nHost: a\r\n\r\n", 1600, 400},
    {"a method of 70 kB", "", DATA, " / HTTP/1.1\r\nHost: a\r\n\r\n", 1100, 400},
    {"HTTP/2.0", "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", "", "", 0, 505},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", "", 0, 505},
    {"no version", "GET /livez\r\nHost: a\r\n\r\n", "", "", 0, 400},
    {"another protocol", "GET /livez FTP/1.1\r\nHost: a\r\n\r\n", "", "", 0, 400},
    {"a hello of TLS", "\x16\x03\x01\x02", "", "", 0, 400},
    {"a blank before the method", " GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", "", "", 0, 400},
    {"a bare carriage return", "GET /livez HTTP/1.1\rHost: a\r\r", "", "", 0, 400},
    {"a folded line", "GET /livez HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "", "", 0, 400},
    {"a line without a colon", "GET /livez HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", "", "", 0, 400},
    {"chunk: no size", CHUNKED "x\r\n", "", "", 0, 400},
    {"chunk: size too large", CHUNKED "FFFFFFFFFFFFFFFFF\r\n", "", "", 0, 400},
    {"chunk: size too large by a digit", CHUNKED "FFFFFFFFFFFFFFFF0\r\nhello\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunk: more than is read", CHUNKED "FFFFFFFF\r\n", DATA, "", 3000, 405},
    {"chunk: 200 kB to what takes no POST", CHUNKED, "40\r\n" DATA "\r\n", "0\r\n\r\n", 3000, 405},
    {"chunk: NUL in an extension", CHUNKED "5;", "", NUL "ext\r\nhello\r\n0\r\n\r\n", 0, 400},
    {"chunk: bare semicolon", CHUNKED "5;\r\nabcde\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunk: bracket in an extension", CHUNKED "5;bad[=x\r\nhello\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunk: extension is no token", CHUNKED "5;(a)\r\nabcde\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunk: control in an extension", CHUNKED "5;a=\1\r\nabcde\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunk: carriage return in an extension", CHUNKED "5;a\rb\r\nabcde\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunk: extension of 64 kB", CHUNKED "5;a=", DATA, "\r\nabcde\r\n0\r\n\r\n", 1024, 400},
    {"chunk: 200 kB to what takes none", "GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "40\r\n" DATA "\r\n", "0\r\n\r\n", 3000, 413},
    {"chunk: good extensions", CHUNKED "5;a;b=c ; d = \"e\\\"\"\r\nabcde\r\n0\r\nT: 1\r\n\r\n", "", "", 0, 405},
    {"chunked is not the last", "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "", "", 0, 400},
    {"chunked, and blanks", "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \t\r\n\r\n0\r\n\r\n", "", "", 0, 405},
};
/* clang-format on */
#define N_ROWS (sizeof rows / sizeof *rows)

static size_t request_of(const struct row *row, char *request)
{
    size_t n = strlen(row->before);
    memcpy(request, row->before, n);
    for (unsigned i = 0; i < row->n; i++, n += strlen(row->piece))
        memcpy(request + n, row->piece, strlen(row->piece));
    memcpy(request + n, row->after, strlen(row->after));
    n += strlen(row->after);
    for (char *at = request; (at = memchr(at, *NUL, n - (size_t)(at - request)));)
        *at = '\0';
    return n;
}

/* Read to the end of the connection. -1: it was reset, or did not end. */
static ssize_t read_all(int fd, char *out, size_t cap)
{
    size_t n = 0;
    for (ssize_t got; (got = recv(fd, out + n, cap - 1 - n, 0)) != 0; n += (size_t)got)
        if (got < 0)
            return -1;
    out[n] = '\0';
    return (ssize_t)n;
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

static void ask(const struct row *row)
{
    static char request[400000], out[65536];
    const size_t n = request_of(row, request);
    const int fd = test_connect(server);
    for (size_t sent = 0; sent < n;) { /* slowly enough to be refused before the end */
        const ssize_t some = send(fd, request + sent, n - sent < 50000 ? n - sent : 50000, MSG_NOSIGNAL);
        assert_true(some > 0);
        sent += (size_t)some;
        if (sent < n)
            usleep(1000);
    }
    const ssize_t got = read_all(fd, out, sizeof out);
    close(fd);
    if (got < 0 || strncmp(out, "HTTP/1.1 ", 9) || atoi(out + 9) != row->status)
        fail_msg("%s: %s", row->what, got < 0 ? "reset, or no end" : out);
    const char *body = strstr(out, "\r\n\r\n");
    assert_non_null(body);
    if (count(out, "\r\nContent-Length: ") != 1 ||
        (size_t)atoi(strstr(out, "\r\nContent-Length: ") + 18) != strlen(body + 4))
        fail_msg("%s: not one answer: %s", row->what, out);
    assert_int_equal(count(out, "\r\nContent-Type: application/problem+json"), 1);
    if (row->status == 405)
        assert_int_equal(count(out, "\r\nAllow: GET, HEAD, OPTIONS\r\n"), 1);
    assert_non_null(strstr(body, "\"detail\""));
    assert_null(strstr(body, "<html"));
}

/* The sum of a counter over its labels. */
static double sum(const char *name)
{
    struct test_answer answer;
    double total = 0;
    test_get(server, "/metrics", &answer);
    assert_int_equal(answer.status, 200);
    const size_t len = strlen(name);
    for (const char *at = (const char *)answer.body; (at = strchr(at, '\n')); at++)
        if (!strncmp(at + 1, name, len) && at[1 + len] == '{')
            total += strtod(strstr(at, "} ") + 2, NULL);
    test_answer_free(&answer);
    return total;
}

static unsigned logged(void)
{
    static char text[200000];
    char path[128];
    usleep(700000); /* lines are written several times a second */
    snprintf(path, sizeof path, "%s/stderr", server->dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return count(text, "\n") - count(text, "\"GET /metrics\"");
}

#define COUNT "weightd_http_request_duration_seconds_count"

TEST(test_every_answer_is_ours)
{
    const double counted = sum(COUNT), refused = sum("weightd_http_refused_total");
    const unsigned lines = logged();
    unsigned n_refused = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        ask(&rows[i]);
        n_refused += rows[i].status != 405 && rows[i].status != 404;
    }
    assert_true(sum(COUNT) - counted == N_ROWS + 2); /* and two requests for /metrics */
    assert_true(sum("weightd_http_refused_total") - refused == n_refused);
    assert_int_equal(logged() - lines, N_ROWS);
    assert_true(test_metric(server, "weightd_http_requests_in_flight") == 1);
}

/* What a client sends after a request that is refused is not taken for another. */
TEST(test_nothing_follows_a_refusal)
{
    static char out[65536];
    static const char request[] =
        LENGTH("abc") "GET /version HTTP/1.1\r\nHost: a\r\n\r\n" CHUNKED "5;\r\nabcde\r\n0\r\n\r\n";
    const int fd = test_connect(server);
    assert_int_equal(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    assert_true(read_all(fd, out, sizeof out) > 0);
    close(fd);
    assert_int_equal(count(out, "\r\nContent-Type:"), 1);
}

/* Requests in one segment are answered in their order, with and without content, and so is what comes with a
 * request's end. */
TEST(test_requests_in_one_segment)
{
    static char out[65536];
    static const char requests[] = "GET /version HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde\r\n"
                                   "GET /orthogonal/30x30.json?seed=77 HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "HEAD /version HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (size_t cut = 1; cut < sizeof requests; cut += 7) {
        const int fd = test_connect(server);
        assert_int_equal(send(fd, requests, cut, MSG_NOSIGNAL), cut);
        usleep((unsigned)cut % 3 * 500);
        assert_int_equal(send(fd, requests + cut, sizeof requests - 1 - cut, MSG_NOSIGNAL), sizeof requests - 1 - cut);
        shutdown(fd, SHUT_WR);
        assert_true(read_all(fd, out, sizeof out) > 0);
        close(fd);
        if (count(out, "\r\nContent-Type:") != 5)
            fail_msg("cut at %zu: %s", cut, out);
        const char *second = strstr(out, "HTTP/1.1 405 "), *third = strstr(out, "\"shape\":[30,30]");
        assert_true(second && third > second && strstr(third, "HTTP/1.1 404 "));
    }
}

/* A client that waits for a 100 gets it, then its answer; one that does not wait gets its answer too. */
TEST(test_expectation)
{
    static char out[65536];
    static const char head[] = "POST /livez HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    static const char more[] = "abcdeGET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    int fd = test_connect(server);
    assert_int_equal(send(fd, head, sizeof head - 1, MSG_NOSIGNAL), sizeof head - 1);
    const ssize_t got = recv(fd, out, sizeof out - 1, 0);
    assert_true(got > 0);
    assert_memory_equal(out, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    assert_int_equal(send(fd, more, sizeof more - 1, MSG_NOSIGNAL), sizeof more - 1);
    assert_true(read_all(fd, out, sizeof out) > 0);
    close(fd);
    assert_memory_equal(out, "HTTP/1.1 405 ", 13);
    assert_non_null(strstr(out, "HTTP/1.1 200 OK"));
    fd = test_connect(server);
    assert_int_equal(send(fd, head, sizeof head - 1, MSG_NOSIGNAL | MSG_MORE), sizeof head - 1);
    assert_int_equal(send(fd, "abcde", 5, MSG_NOSIGNAL), 5);
    shutdown(fd, SHUT_WR);
    assert_true(read_all(fd, out, sizeof out) > 0);
    close(fd);
    assert_non_null(strstr(out, "HTTP/1.1 405 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_answer_is_ours),
        cmocka_unit_test(test_nothing_follows_a_refusal),
        cmocka_unit_test(test_requests_in_one_segment),
        cmocka_unit_test(test_expectation),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
