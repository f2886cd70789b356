/* http/guard.h: header fields, row by row. The same against the real server: tests/e2e/test_http_guard.c. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "http/grammar.h"
#include "http/guard.h"
#include "http/problem.h"
#include "support/test.h"

/* lines: "Name: value", separated by "|". */
static const char *verdict(const char *method, const char *version, const char *lines, struct srv_guard *guard)
{
    const char *detail;
    *guard = (struct srv_guard){0};
    while (*lines) {
        size_t len = strcspn(lines, "|"), name = 0;
        while (name < len && lines[name] != ':')
            name++;
        size_t value = name + 1 < len && lines[name + 1] == ' ' ? name + 2 : name + 1;
        srv_guard_field(guard, lines, name, lines + (value < len ? value : len), value < len ? len - value : 0);
        lines += len + (lines[len] == '|');
    }
    return srv_guard_verdict(guard, method, version, &detail);
}

TEST(test_verdicts)
{
    static const struct {
        const char *method, *version, *lines, *slug;
    } rows[] = {
        {"GET", "HTTP/1.1", "Host: a", NULL},
        {"GET", "HTTP/1.0", "", NULL},
        {"GET", "HTTP/1.9", "Host: a", NULL},
        {"GET", "HTTP/1.1", "host: a.b:80|X-Y: z", NULL},
        {"GET", "HTTP/1.1", "Host: [::1]|X-Empty:", NULL},
        {"GET", "HTTP/1.1", "Host: [::1]:8080", NULL},
        {"GET", "HTTP/1.1", "Host: a:", NULL},
        {"GET", "HTTP/1.1", "Host: a \t", NULL},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: 65536", NULL},
        {"POST", "HTTP/1.1", "Host: a|Transfer-Encoding: CHUNKED", NULL},
        {"GET", "HTTP/1.1", "", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|Host: a", "bad-request"},
        {"GET", "HTTP/1.0", "Host: a|Host: b", "bad-request"},
        {"GET", "HTTP/1.1", "Host:", "bad-request"},
        {"GET", "HTTP/1.1", "Host: \t ", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a b", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a/b", "bad-request"},
        {"GET", "HTTP/1.1", "Host: u@a", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a:8o", "bad-request"},
        {"GET", "HTTP/1.1", "Host: [::1", "bad-request"},
        {"GET", "HTTP/1.1", "Host: []", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|X Y: z", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|X-Y : z", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|: z", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|X: a\x01", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|X: a\x7f", "bad-request"},
        {"GET", "HTTP/1.1", "Host: a|X: a\rb", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: 1|Content-Length: 1", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length:", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: 1a", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: -1", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: 9999999999999999999", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: 65537", "content-too-large"},
        {"POST", "HTTP/1.1", "Host: a|Content-Length: 1|Transfer-Encoding: chunked", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Transfer-Encoding: chunked|Transfer-Encoding: chunked", "bad-request"},
        {"POST", "HTTP/1.0", "Transfer-Encoding: chunked", "bad-request"},
        {"POST", "HTTP/1.1", "Host: a|Transfer-Encoding: gzip", "not-implemented"},
        {"POST", "HTTP/1.1", "Host: a|Transfer-Encoding: chunked, chunked", "not-implemented"},
        {"POST", "HTTP/1.1", "Host: a|Transfer-Encoding:", "not-implemented"},
        {"GET", "HTTP/2.0", "Host: a", "http-version"},
        {"GET", "HTTP/1.10", "Host: a", "http-version"},
        {"GET", "", "Host: a", "http-version"},
        {"get", "HTTP/1.1", "Host: a", "not-implemented"},
        {"CONNECT", "HTTP/1.1", "Host: a", "not-implemented"},
        {"G T", "HTTP/1.1", "Host: a", "bad-request"},
        {"", "HTTP/1.1", "Host: a", "bad-request"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_guard guard;
        const char *slug = verdict(rows[i].method, rows[i].version, rows[i].lines, &guard);
        if (strcmp(slug ? slug : "", rows[i].slug ? rows[i].slug : "") != 0)
            fail_msg("%s %s %s: %s", rows[i].method, rows[i].version, rows[i].lines, slug ? slug : "accepted");
        assert_true(!slug || srv_problem_find(slug)); /* every verdict is a problem of the table */
    }
}

TEST(test_marks)
{
    static const struct {
        const char *line;
        unsigned seen;
    } rows[] = {
        {"Accept: */*", 0},
        {"Accept: text/html", SRV_BIT(SRV_FIELD_ACCEPT)},
        {"Accept:", SRV_BIT(SRV_FIELD_ACCEPT)},
        {"ACCEPT-encoding: gzip", SRV_BIT(SRV_FIELD_ACCEPT_ENCODING)},
        {"Range: bytes=0-", SRV_BIT(SRV_FIELD_RANGE)},
        {"If-None-Match: *", SRV_BIT(SRV_FIELD_IF_NONE_MATCH)},
        {"If-Match: *", SRV_BIT(SRV_FIELD_IF_MATCH)},
        {"If-Range: x", SRV_BIT(SRV_FIELD_IF_RANGE)},
        {"If-Modified-Since: x", SRV_BIT(SRV_FIELD_IF_MODIFIED_SINCE)},
        {"Want-Repr-Digest: sha-256=1", SRV_BIT(SRV_FIELD_WANT_REPR_DIGEST)},
        {"Origin: https://a", SRV_BIT(SRV_FIELD_ORIGIN)},
        {"Authorization: Bearer x", SRV_BIT(SRV_FIELD_AUTHORIZATION)},
        {"Transfer-Encoding: chunked", SRV_BIT(SRV_FIELD_TRANSFER_ENCODING)},
        {"User-Agent: x", 0},
        {"Expect: 100-continue", 0},
        {"X-Request-Id: 7", 0},
        {"Rang: x", 0},
        {"Ranges: x", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_guard guard;
        verdict("GET", "HTTP/1.1", rows[i].line, &guard);
        if (guard.seen != rows[i].seen)
            fail_msg("%s: %u", rows[i].line, guard.seen);
    }
}

/* The guard keeps the first value of a field, and notes that there are others. */
TEST(test_values)
{
    struct srv_guard guard;
    verdict("GET", "HTTP/1.1", "Host: a|accept: x/y|ACCEPT: */*|If-Match: m|Other: o|Other: p", &guard);
    assert_memory_equal(guard.field[SRV_FIELD_ACCEPT], "x/y|", 4);
    assert_memory_equal(guard.field[SRV_FIELD_IF_MATCH], "m|", 2);
    assert_null(guard.field[SRV_FIELD_RANGE]);
    assert_int_equal(guard.repeated, SRV_BIT(SRV_FIELD_ACCEPT));
    for (unsigned i = 0; i < SRV_FIELD_COUNT; i++)
        assert_int_equal(srv_field_find(srv_field_name(i), strlen(srv_field_name(i))), i);
}

TEST(test_number_of_fields)
{
    const char *detail;
    struct srv_guard guard = {0};
    srv_guard_field(&guard, "Host", 4, "a", 1);
    for (unsigned i = 1; i < SRV_FIELDS_MAX; i++)
        srv_guard_field(&guard, "X", 1, "y", 1);
    assert_null(srv_guard_verdict(&guard, "GET", "HTTP/1.1", &detail));
    srv_guard_field(&guard, "X", 1, "y", 1);
    assert_string_equal(srv_guard_verdict(&guard, "GET", "HTTP/1.1", &detail), "header-too-large");
}

/* Each byte as a name, a value and a host, compared with the grammar. */
TEST(test_every_byte)
{
    for (int i = 0; i < 256; i++) {
        const char c = (char)i;
        bool alnum = i < 128 && isalnum(i);
        struct srv_guard guard = {0};
        srv_guard_field(&guard, &c, 1, &c, 1);
        assert_int_equal(guard.bad_name, !(alnum || (i && strchr("!#$%&'*+-.^_`|~", i))));
        assert_int_equal(guard.bad_value, !(i == '\t' || (i >= ' ' && i != 0x7f)));
        assert_int_equal(srv_is_host(&c, 1), alnum || (i && strchr("-._~%", i)));
    }
}

/* A NUL anywhere in a field. */
TEST(test_nul)
{
    const char *detail;
    struct srv_guard guard = {0};
    srv_guard_field(&guard, "Host", 4, "a\0b", 3);
    assert_string_equal(srv_guard_verdict(&guard, "GET", "HTTP/1.1", &detail), "bad-request");
    guard = (struct srv_guard){0};
    srv_guard_field(&guard, "Host", 4, "a", 1);
    srv_guard_field(&guard, "X\0Y", 3, "a", 1);
    assert_string_equal(srv_guard_verdict(&guard, "GET", "HTTP/1.1", &detail), "bad-request");
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_number_of_fields),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_nul),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
