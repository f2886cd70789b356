/* A request that two parsers could read differently never gets a 2xx, and its connection is closed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/server.h"

TEST_SERVER_GROUP(NULL)

struct row {
    const char *what;
    int status; /* 0: any refusal */
    const char *request;
    size_t length; /* length of a request with a NUL, else 0 */
};
#define R(text) text, sizeof text - 1
#define SMUGGLED "GET /version HTTP/1.1\r\nHost: a\r\n\r\n"

/* clang-format off */
static const struct row rows[] = {
    {"no Host", 400, R("GET /livez HTTP/1.1\r\n\r\n")},
    {"two Hosts", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")},
    {"empty Host", 400, R("GET /livez HTTP/1.1\r\nHost:\r\n\r\n")},
    {"Host with user", 400, R("GET /livez HTTP/1.1\r\nHost: user@a\r\n\r\n")},
    {"Host with path", 400, R("GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n")},
    {"Host with bad port", 400, R("GET /livez HTTP/1.1\r\nHost: a:8x\r\n\r\n")},
    {"Host list", 400, R("GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n")},
    {"length and coding", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED)},
    {"two lengths", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 35\r\n\r\n" SMUGGLED)},
    {"length list", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n")},
    {"signed length", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n12345")},
    {"negative length", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")},
    {"hex length", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n12345")},
    {"huge length", 0, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n")},
    {"too much content", 413, R("GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")},
    {"too much content, not taken", 405, R("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")},
    {"two codings", 400, R("POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
    {"coding list", 501, R("POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
    {"odd coding", 501, R("POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")},
    {"empty coding", 501, R("POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n")},
    {"identity", 501, R("POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n")},
    {"coding in HTTP/1.0", 400, R("POST /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
    {"blank before colon", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n")},
    {"blank in name", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n")},
    {"empty name", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n")},
    {"empty name before a request", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\n:\r\n" SMUGGLED)},
    {"folded line", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n")},
    {"folded Host", 400, R("GET /livez HTTP/1.1\r\nHos: a\r\n t\r\n\r\n")},
    {"folded first line", 400, R("GET /livez HTTP/1.1\r\n Host: a\r\n\r\n")},
    {"folded last line", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\n \r\n\r\n")},
    {"bare carriage return", 400, R("GET /livez HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n")},
    {"control in name", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX\1A: b\r\n\r\n")},
    {"control in value", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\1c\r\n\r\n")},
    {"NUL in value", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n")},
    {"DEL in value", 400, R("GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\177c\r\n\r\n")},
    {"NUL in target", 0, R("GET /livez\0x HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"control in target", 400, R("GET /livez\1 HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"blank in target", 400, R("GET /livez x HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"high byte in target", 400, R("GET /livez\xff HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"fragment", 400, R("GET /livez#a HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"no slash", 400, R("GET livez HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"HTTP/2.0", 505, R("GET /livez HTTP/2.0\r\nHost: a\r\n\r\n")},
    {"HTTP/3.9", 505, R("GET /livez HTTP/3.9\r\nHost: a\r\n\r\n")},
    {"no HTTP", 0, R("GET /livez FTP/1.1\r\nHost: a\r\n\r\n")},
    {"no version", 0, R("GET /livez\r\nHost: a\r\n\r\n")},
    {"line without colon", 0, R("GET /livez HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n")},
    {"lower-case method", 501, R("get /livez HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"odd method", 400, R("G(T /livez HTTP/1.1\r\nHost: a\r\n\r\n")},
};
/* clang-format on */

TEST(test_refused)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[8192];
        bool closed;
        size_t n = test_raw(server, rows[i].request, rows[i].length, 2000, out, sizeof out, &closed);
        int status = n > 12 ? atoi(out + 9) : 0;
        print_message("%s: %d%s\n", rows[i].what, status, closed ? ", closed" : "");
        if (!rows[i].status)
            assert_true(status == 0 || status >= 400);
        else if (rows[i].status != 501 || status != 400) /* libmicrohttpd 1.0 says 400 to a coding it does not know */
            assert_int_equal(status, rows[i].status);
        assert_true(closed);
        assert_null(strstr(out, "\"version\"")); /* the smuggled request is never answered */
    }
}

/* Each part of a request at its limit, and beyond it. */
TEST(test_oversized)
{
    static const struct {
        const char *before, *after;
        size_t n;
        int status;
    } big[] = {
        {"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: ", "\r\n\r\n", 8192 - 58, 200},
        {"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: ", "\r\n\r\n", 8192 - 57, 431},
        {"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ", "\r\n\r\n", 11000, 431},
        {"GET /", " HTTP/1.1\r\nHost: a\r\n\r\n", 9000, 414},
        {"GET /", " HTTP/1.1\r\nHost: a\r\n\r\n", 40000, 414},
        {"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ", "\r\n\r\n", 40000, 431},
    };
    for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
        char *request = malloc(50000), out[4096];
        bool closed;
        int n = snprintf(request, 50000, "%s", big[i].before);
        memset(request + n, 'a', big[i].n);
        strcpy(request + (size_t)n + big[i].n, big[i].after);
        test_raw(server, request, strlen(request), 2000, out, sizeof out, &closed);
        free(request);
        assert_int_equal(atoi(out + 9), big[i].status);
        assert_true(closed);
    }
}

TEST(test_many_fields)
{
    char request[4096] = "GET /livez HTTP/1.1\r\nHost: a\r\n", out[4096];
    size_t n = strlen(request);
    for (int i = 0; i < 120; i++)
        n += (size_t)snprintf(request + n, sizeof request - n, "X-%d: 1\r\n", i);
    n += (size_t)snprintf(request + n, sizeof request - n, "\r\n");
    test_raw(server, request, n, 2000, out, sizeof out, NULL);
    assert_int_equal(atoi(out + 9), 431);
}

/* Many small fields: the library keeps a record of each in memory that must also hold the answer's header. The request
 * is answered all the same. */
TEST(test_many_pieces)
{
    static const char field[] = "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
    static const char rest[] = " HTTP/1.1\r\nHost: a\r\n\r\n", end[] = "\r\n";
    char named[2048] = "GET /init?scheme=normal&shape=4,4&format=json&stream=";
    for (int i = 0; i < 500; i++)
        strcat(named, i == 250 ? "&name=%20" : "%20");
    strcat(named, " HTTP/1.1\r\nHost: a\r\n");
    const struct {
        const char *before, *piece, *after;
        size_t n;
        int status;
    } many[] = {
        {"GET /livez?", "&", rest, 4000, 200},
        {"GET /init?scheme=ones&shape=4", "&a", rest, 200, 414},
        {"GET /init?scheme=ones&shape=4", "&a=b", rest, 1900, 414},
        {"GET /livez HTTP/1.1\r\nHost: a\r\n", field, end, 60, 200},
        {"GET /livez HTTP/1.1\r\nHost: a\r\n", field, end, 75, 431},
        {"GET /livez HTTP/1.1\r\nHost: a\r\n", field, end, 95, 431},
        {named, field, end, 45, 200}, /* the answer repeats both names */
        {named, field, end, 59, 431},
        {"GET /livez HTTP/1.1\r\nHost: a\r\nCookie: z=z", "; a=b", "\r\n\r\n", 100, 200},
        {"GET /livez HTTP/1.1\r\nHost: a\r\nCookie: z=z", "; a=b", "\r\n\r\n", 140, 431},
        {"GET /livez HTTP/1.1\r\nHost: a\r\nCookie: z=z", "; a=b", "\r\n\r\n", 1000, 431},
    };
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        char request[16384], out[8192];
        size_t n = (size_t)snprintf(request, sizeof request, "%s", many[i].before);
        for (size_t k = 0; k < many[i].n; k++)
            n += (size_t)snprintf(request + n, sizeof request - n, "%s", many[i].piece);
        n += (size_t)snprintf(request + n, sizeof request - n, "%s", many[i].after);
        test_raw(server, request, n, 1000, out, sizeof out, NULL);
        if (strncmp(out, "HTTP/1.1 ", 9) || atoi(out + 9) != many[i].status)
            fail_msg("row %zu: %.40s", i, out);
    }
}

/* Unusual but correct requests are answered. */
TEST(test_accepted)
{
    static const char *const good[] = {
        "GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "GET /livez HTTP/1.1\r\nhOsT: a.b-c.d:65535\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost:a\r\nX-Empty:\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a \t\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\nX-A: \tb c\t\xe9\t\r\n\r\n",
        "GET /livez HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        "GET /livez? HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /live%7a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET HTTP://a/livez HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost:    a\r\nCookie: a=b; c\r\nAccept:\r\n\r\n",
        "GET /livez HTTP/1.0\r\n\r\n",
        "\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char out[4096];
        test_raw(server, good[i], strlen(good[i]), 300, out, sizeof out, NULL);
        if (strncmp(out, "HTTP/1.1 200 OK\r\n", 17) != 0)
            fail_msg("%s -> %s", good[i], out);
    }
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_oversized),
        cmocka_unit_test(test_many_fields),
        cmocka_unit_test(test_many_pieces),
        cmocka_unit_test(test_accepted),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, start, stop);
}
