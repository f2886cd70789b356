/* http/parse.h and http/chunk.h: requests as they come, whole, byte by byte, and wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/parse.h"
#include "support/test.h"

#define HEADER_MAX 1024
#define CONTENT_MAX 100

static size_t content_max(const char *method, const char *target)
{
    return !strcmp(method, "POST") && !strcmp(target, "/wanted") ? CONTENT_MAX : 0;
}

/* What is read of a request. */
struct outcome {
    enum srv_parsed is;
    struct srv_parse p;
    char *bytes; /* owned */
    size_t used; /* of all bytes, by the request */
    char content[4096];
    size_t content_len;
};

/* Content that comes in pieces of `step` bytes. */
static void read_content(struct outcome *o, const char *text, size_t n, size_t step)
{
    while (o->is == SRV_PARSE_CONTENT && o->used < n) {
        size_t used, data, some = n - o->used < step ? n - o->used : step;
        o->is = srv_parse_content(&o->p, text + o->used, some, &used, &data);
        assert_true(used <= some && data <= used && (used == some || data || o->is != SRV_PARSE_CONTENT));
        memcpy(o->content + o->content_len, text + o->used + used - data, data);
        o->content_len += data;
        o->used += used;
    }
}

/* The bytes come `step` at a time, and move whenever more have come. */
static struct outcome read_request(const char *text, size_t n, size_t step)
{
    struct outcome o = {.is = SRV_PARSE_MORE};
    size_t have = 0;
    srv_parse_begin(&o.p, HEADER_MAX, content_max);
    while (o.is == SRV_PARSE_MORE && have < n) {
        const size_t some = n - have < step ? n - have : step;
        char *moved = malloc(have + some);
        if (have)
            memcpy(moved, o.bytes, have);
        memcpy(moved + have, text + have, some);
        have += some;
        free(o.bytes);
        o.bytes = moved;
        o.is = srv_parse_header(&o.p, o.bytes, have);
    }
    o.used = o.p.end;
    if (o.is == SRV_PARSE_CONTENT)
        read_content(&o, text, n, step);
    return o;
}

static const size_t steps[] = {100000, 1, 2, 3, 7, 64};
#define N_STEPS (sizeof steps / sizeof *steps)

TEST(test_good)
{
    /* clang-format off */
    static const struct {
        const char *text, *method, *target, *version, *content;
    } rows[] = {
        {"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/a", "HTTP/1.1", ""},
        {"HEAD /a?b HTTP/1.0\r\n\r\n", "HEAD", "/a?b", "HTTP/1.0", ""},
        {"GET /a HTTP/1.1\nHost: a\n\n", "GET", "/a", "HTTP/1.1", ""},
        {"GET /a HTTP/1.1\nHost: a\r\nX: y\n\r\n", "GET", "/a", "HTTP/1.1", ""},
        {"\r\n\r\n\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/a", "HTTP/1.1", ""},
        {"GET /a HTTP/1.7\r\nHost:a\r\nX:\r\n\r\n", "GET", "/a", "HTTP/1.7", ""},
        {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5 \t\r\n\r\nabcde", "POST", "/a", "HTTP/1.1", "abcde"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST", "/a", "HTTP/1.1", ""},
        {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n", "POST", "/a", "HTTP/1.1", ""},
        {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0000A\r\n0123456789\r\n0\r\n\r\n", "POST", "/a", "HTTP/1.1", "abc0123456789"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a;b=c ; d = \"e\\\"\xe9;\"\r\nabc\r\n0;x\r\nT: 1\r\nU:\r\n\r\n", "POST", "/a", "HTTP/1.1", "abc"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t s = 0; s < N_STEPS; s++) {
            char text[512];
            const size_t n = strlen(rows[i].text);
            snprintf(text, sizeof text, "%sGET /next HTTP/1.1\r\n", rows[i].text);
            struct outcome o = read_request(text, strlen(text), steps[s]);
            if (o.is != SRV_PARSE_DONE || o.used != n)
                fail_msg("row %zu by %zu: %d, %zu of %zu bytes, %s", i, steps[s], o.is, o.used, n,
                         o.p.detail ? o.p.detail : "");
            assert_string_equal(o.p.method, rows[i].method);
            assert_string_equal(o.p.target, rows[i].target);
            assert_int_equal(o.p.target_len, strlen(rows[i].target));
            assert_string_equal(o.p.version, rows[i].version);
            assert_int_equal(o.content_len, strlen(rows[i].content));
            assert_memory_equal(o.content, rows[i].content, o.content_len);
            free(o.bytes);
        }
    }
}

/* Refused before anything more comes, however the bytes come; with what is known about the request. */
TEST(test_refused)
{
#define CHUNKED "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define R(text) text, sizeof text - 1
    /* clang-format off */
    static const struct {
        const char *text;
        size_t n;
        const char *slug, *method, *target;
    } rows[] = {
        {R(" GET"), "bad-request", "-", ""},
        {R("\x16\x03\x01"), "bad-request", "-", ""},
        {R("\r\n GET"), "bad-request", "-", ""},
        {R("GET / HTTP/1.1\rH"), "bad-request", "-", ""},
        {R("GET / HTTP/1.1\r\nHost: a\rX"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost: a\r\r\n"), "bad-request", "GET", "/"},
        {R("GET /\r\n"), "bad-request", "GET", ""},
        {R("GET\r\n"), "bad-request", "-", ""},
        {R("GET  / HTTP/1.1\r\n"), "bad-request", "GET", ""},
        {R("GET /  HTTP/1.1\r\n"), "bad-request", "GET", ""},
        {R("GET  HTTP/1.1\r\n"), "bad-request", "GET", ""},
        {R("GET / HTTP/1.1 \r\n"), "bad-request", "GET", ""},
        {R("GET / HTTP/11\r\n"), "bad-request", "GET", ""},
        {R("GET / http/1.1\r\n"), "bad-request", "GET", ""},
        {R("GET /\tHTTP/1.1\r\n"), "bad-request", "GET", ""},
        {R("GET /\0a HTTP/1.1\r\n"), "bad-request", "GET", ""},
        {R("G\0T / HTTP/1.1\r\n"), "bad-request", "-", ""},
        {R("GET / HTTP/2.0\r\n\r\n"), "http-version", "GET", "/"},
        {R("GET / HTTP/1.1\r\n Host: a\r\n"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost\r\n"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"), "bad-request", "GET", "/"},
        {R("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n"), "bad-request", "GET", "/"},
        {R("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"), "content-too-large", "POST", "/"},
        {R("POST /wanted HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), "content-too-large", "POST", "/wanted"},
        {R("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"), "bad-request", "POST", "/"},
        {R("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), "not-implemented", "POST", "/"},
        {R(CHUNKED "\r\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "x"), "bad-request", "POST", "/a"},
        {R(CHUNKED "-1\r\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "0x5\r\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5 \r"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5\r5"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;\r"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;a;\r"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;a=\r"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;a(\r"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;\0"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;a=\"b\r"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;a=\"b\"c"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5;a\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5\r\nabcdef"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5\r\nabcde\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "5\r\nabcde\rf"), "bad-request", "POST", "/a"},
        {R(CHUNKED "0\r\n\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "0\r\n T: 1"), "bad-request", "POST", "/a"},
        {R(CHUNKED "0\r\nT 1"), "bad-request", "POST", "/a"},
        {R(CHUNKED "0\r\nT: \1"), "bad-request", "POST", "/a"},
        {R(CHUNKED "0\r\nT: 1\n"), "bad-request", "POST", "/a"},
        {R(CHUNKED "FFFFFFFFFFFFFFFF"), "bad-request", "POST", "/a"},
        {R(CHUNKED "00000000000000000"), "bad-request", "POST", "/a"},
        {R(CHUNKED "10001\r\n"), "content-too-large", "POST", "/a"},
        {R("POST /wanted HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n64\r\n"), "content-too-large", "POST", "/wanted"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t s = 0; s < N_STEPS; s++) {
            struct outcome o = read_request(rows[i].text, rows[i].n, steps[s]);
            if (o.is != SRV_PARSE_REFUSED || strcmp(o.p.slug, rows[i].slug))
                fail_msg("row %zu by %zu: %d %s", i, steps[s], o.is, o.is == SRV_PARSE_REFUSED ? o.p.slug : "");
            assert_string_equal(o.p.method, rows[i].method);
            assert_string_equal(o.p.target, rows[i].target);
            free(o.bytes);
        }
    }
}

static struct outcome repeated(const char *before, const char *piece, size_t n, const char *after)
{
    static char text[200000];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", before);
    for (size_t i = 0; i < n; i++, len += strlen(piece))
        memcpy(text + len, piece, strlen(piece));
    memcpy(text + len, after, strlen(after));
    return read_request(text, len + strlen(after), 512);
}

/* Too large: as soon as that is certain. NULL: it is not. */
TEST(test_sizes)
{
    static const struct {
        const char *before, *piece, *after, *slug;
        size_t n;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", "\r\n\r\n", NULL, HEADER_MAX - 32},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", "\r\n\r\n", "header-too-large", HEADER_MAX - 31},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", "", "header-too-large", 5000},
        {"GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", "", "header-too-large", 500},
        {"GET / HTTP/1.1\r\nHost: a\r\n", "X:\r\n", "\r\n", "header-too-large", 60},
        {"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b", "; a", "\r\n\r\n", "header-too-large", 60},
        {"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b", "; a", "\r\n\r\n", NULL, 20},
        {"GET /", "a", "", "uri-too-long", 5000},
        {"", "A", "", "bad-request", 5000},
        {CHUNKED "1;a=", "b", "", "bad-request", SRV_CHUNK_LINE_MAX},
        {CHUNKED "0\r\nT:", "b", "", "bad-request", SRV_CHUNK_LINE_MAX},
        {CHUNKED "0\r\n", "T: b\r\n", "", "bad-request", SRV_CHUNK_LINE_MAX / 6 + 1},
        {CHUNKED, "1\r\na\r\n", "0\r\n\r\n", NULL, 2000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o = repeated(rows[i].before, rows[i].piece, rows[i].n, rows[i].after);
        if (rows[i].slug ? o.is != SRV_PARSE_REFUSED || strcmp(o.p.slug, rows[i].slug) : o.is != SRV_PARSE_DONE)
            fail_msg("row %zu: %d %s", i, o.is, o.is == SRV_PARSE_REFUSED ? o.p.slug : "");
        free(o.bytes);
    }
}

TEST(test_fields)
{
    static const char text[] = "GET / HTTP/1.1\nHost: a\nAccept:  x/y \t\r\nE:\nX-A: b: c\r\naccept: z\n\r\n";
    static const char *const names[] = {"Host", "Accept", "E", "X-A", "accept"};
    static const char *const values[] = {"a", "x/y", "", "b: c", "z"};
    struct outcome o = read_request(text, sizeof text - 1, 5);
    struct srv_parse_field field;
    size_t at = 0, n = 0;
    assert_int_equal(o.is, SRV_PARSE_DONE);
    for (; srv_parse_next(&o.p, &at, &field); n++) {
        assert_true(n < 5);
        assert_int_equal(field.name_len, strlen(names[n]));
        assert_memory_equal(field.name, names[n], field.name_len);
        assert_string_equal(field.value, values[n]);
        assert_int_equal(field.value_len, strlen(values[n]));
    }
    assert_int_equal(n, 5);
    assert_string_equal(o.p.guard.field[SRV_FIELD_ACCEPT], "x/y");
    assert_true(o.p.guard.repeated & SRV_BIT(SRV_FIELD_ACCEPT));
    free(o.bytes);
}

TEST(test_expects)
{
    static const struct {
        const char *text;
        bool expects;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", true},
        {"POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", false},
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\n", false},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o = read_request(rows[i].text, strlen(rows[i].text), 1000);
        assert_int_equal(o.is, SRV_PARSE_CONTENT);
        assert_int_equal(srv_parse_expects(&o.p), rows[i].expects);
        free(o.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),   cmocka_unit_test(test_refused), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_fields), cmocka_unit_test(test_expects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
