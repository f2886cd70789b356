/* Requirements of RFC 9110, 9111 and 9112, on real answers and connections: validators, conditions, parts, negotiation,
 * caching fields, and requests in unusual but correct form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

TEST_SERVER_GROUP("--max-bytes", "64M", "--log", "off")

/* Every kind of resource and error, cached or streamed. */
static const struct {
    const char *target, *field; /* a request field, or NULL */
    int status;
} rows[] = {
    {"/init?scheme=normal&shape=64,64&seed=7&format=raw", NULL, 200},
    {"/init?scheme=normal&shape=64,64&seed=7&format=npy", NULL, 200},
    {"/init?scheme=normal&shape=64,64&seed=7&format=safetensors", NULL, 200},
    {"/init?scheme=normal&shape=64,64&seed=7&format=json", NULL, 200},
    {"/init?scheme=normal&shape=64,64&seed=7&format=sha256", NULL, 200},
    {"/init?scheme=normal&shape=64,64&seed=8&format=json", "Accept-Encoding: gzip", 200},
    {"/init?scheme=normal&shape=64,64&seed=7", NULL, 200},
    {"/init?scheme=normal&shape=64,64&seed=7", "Accept: application/json", 200},
    {"/init?scheme=normal&shape=64,64&seed=7", "Accept: image/png", 406},
    {"/init?scheme=zeros&shape=1024,1024,15&format=raw", NULL, 200},
    {"/orthogonal/64x64.json", NULL, 200},
    {"/init?scheme=normal", NULL, 400},
    {"/init?scheme=normal&shape=99999,99999", NULL, 413},
    {"/schemes", NULL, 200},
    {"/schemes", "Accept-Encoding: gzip", 200},
    {"/schemes/orthogonal", NULL, 200},
    {"/schemes/nothing", NULL, 404},
    {"/recommend?activation=relu", NULL, 200},
    {"/openapi.json", NULL, 200},
    {"/version", NULL, 200},
    {"/metrics", NULL, 200},
    {"/livez", NULL, 200},
    {"/", NULL, 200},
    {"/nothing/here/at/all", NULL, 404},
    {"/%zz", NULL, 400},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static void get(size_t row, const char *method, const char *more, struct test_answer *answer)
{
    const char *fields[3] = {NULL};
    size_t n = 0;
    if (rows[row].field)
        fields[n++] = rows[row].field;
    if (more)
        fields[n++] = more;
    test_request(server, method, rows[row].target, fields, answer);
}

/* Copy the value of a field, "" if absent. */
static const char *field(const struct test_answer *answer, const char *name, char copy[1024])
{
    const char *value = test_field(answer, name);
    snprintf(copy, 1024, "%s", value ? value : "");
    return copy;
}

static void same_field(const struct test_answer *a, const struct test_answer *b, const char *name, const char *where)
{
    char one[1024], other[1024];
    if (strcmp(field(a, name, one), field(b, name, other)))
        fail_msg("%s: %s is \"%s\" and \"%s\"", where, name, one, other);
}

TEST(test_every_answer)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        struct test_answer answer;
        char value[1024];
        struct tm tm;
        get(i, "GET", NULL, &answer);
        if (answer.status != rows[i].status)
            fail_msg("%s: %d", rows[i].target, answer.status);
        const char *end = strptime(field(&answer, "Date", value), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_true(end && !*end);
        assert_int_equal(strtoull(field(&answer, "Content-Length", value), NULL, 10), answer.length);
        assert_true(*field(&answer, "Content-Type", value));
        assert_true(*field(&answer, "Cache-Control", value));
        if (answer.status == 200 && strcmp(value, "no-store")) /* a cacheable answer has a validator */
            assert_true(*field(&answer, "ETag", value) == '"');
        field(&answer, "Cache-Control", value);
        if (answer.status >= 400) {
            assert_string_equal(value, "no-store");
            assert_string_equal(field(&answer, "Content-Type", value), "application/problem+json");
            assert_false(*field(&answer, "ETag", value));
        }
        assert_null(test_field(&answer, "Transfer-Encoding"));
        assert_null(test_field(&answer, "Connection"));
        assert_null(test_field(&answer, "Set-Cookie"));
        test_answer_free(&answer);
    }
}

/* HEAD has the fields of GET, except Date and fields that describe a computation. */
TEST(test_head_is_get_without_the_body)
{
    /* clang-format off */
    static const char *const names[] = {"Content-Type", "Cache-Control", "ETag", "Vary", "Accept-Ranges", "Content-Location",
                                        "Content-Disposition", "X-Tensor-Shape", "Access-Control-Allow-Origin", "Allow",
                                        "Content-Encoding"};
    /* clang-format on */
    for (size_t i = 0; i < N_ROWS; i++) {
        struct test_answer whole, head;
        get(i, "GET", NULL, &whole);
        get(i, "HEAD", NULL, &head);
        assert_int_equal(head.status, whole.status);
        assert_int_equal(head.length, 0);
        for (size_t f = 0; f < sizeof names / sizeof *names; f++)
            same_field(&whole, &head, names[f], rows[i].target);
        if (strcmp(rows[i].target, "/metrics"))
            same_field(&whole, &head, "Content-Length", rows[i].target);
        test_answer_free(&whole);
        test_answer_free(&head);
    }
}

/* The header without the fields that differ from answer to answer. */
static void timeless(const struct test_answer *answer, char copy[8192])
{
    size_t n = 0;
    for (const char *line = answer->head, *next; *line; line = next) {
        next = strchr(line, '\n');
        next = next ? next + 1 : line + strlen(line);
        if (!strncasecmp(line, "Date:", 5) || !strncasecmp(line, "Cache-Status:", 13))
            continue;
        assert_true(n + (size_t)(next - line) < 8192);
        memcpy(copy + n, line, (size_t)(next - line));
        n += (size_t)(next - line);
    }
    copy[n] = '\0';
}

/* The same request gets the same answer, byte for byte, whether it is computed, cached or prepared. */
TEST(test_answers_repeat)
{
    /* clang-format off */
    static const char *const more[] = {NULL, "If-None-Match: \"x\"", "If-None-Match: *", "If-Match: \"x\"", "Range: bytes=0-9",
                                       "Origin: https://a.example", "Want-Repr-Digest: sha-256=1", "Accept: */*",
                                       "Accept-Encoding: gzip", "Accept: application/json", "Connection: close"};
    /* clang-format on */
    enum { FIRST, LAST = 3, N_MORE = sizeof more / sizeof *more };
    static char heads[N_ROWS][N_MORE][8192];
    static struct test_answer bodies[N_ROWS][N_MORE];
    for (int round = FIRST; round <= LAST; round++) {
        for (size_t i = 0; i < N_ROWS; i++) {
            bool repeats = strcmp(rows[i].target, "/metrics") &&
                           !strstr(rows[i].target, "1024,15"); /* and the rest is sent soon */
            for (size_t m = 0; repeats && m < N_MORE; m++) {
                struct test_answer answer, *first = &bodies[i][m];
                char head[8192];
                get(i, "GET", more[m], &answer);
                timeless(&answer, head);
                if (round == FIRST) {
                    strcpy(heads[i][m], head);
                    *first = answer;
                    continue;
                }
                if (strcmp(head, heads[i][m]) || answer.length != first->length ||
                    (answer.length && memcmp(answer.body, first->body, answer.length)))
                    fail_msg("%s, %s, time %d: %s not %s", rows[i].target, more[m] ? more[m] : "", round, head,
                             heads[i][m]);
                test_answer_free(&answer);
                if (round == LAST)
                    test_answer_free(first);
            }
        }
    }
}

/* Each format and coding of a tensor and each coding of a document is a representation with a strong validator of its
 * own. */
TEST(test_validators_differ)
{
    char etags[N_ROWS][1024];
    static const size_t tested[] = {0, 1, 2, 3, 4, 5, 13, 14}; /* of rows */
    for (size_t i = 0; i < sizeof tested / sizeof *tested; i++) {
        struct test_answer answer;
        get(tested[i], "GET", NULL, &answer);
        field(&answer, "ETag", etags[i]);
        assert_true(etags[i][0] == '"' && etags[i][strlen(etags[i]) - 1] == '"' && strlen(etags[i]) > 10);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(etags[i], etags[j]);
        test_answer_free(&answer);
    }
    struct test_answer plain;
    test_get(server, rows[5].target, &plain);
    assert_string_not_equal(test_field(&plain, "ETag"), etags[5]);
    test_answer_free(&plain);
}

TEST(test_conditions)
{
    static const char *const kept[] = {"ETag", "Cache-Control", "Vary", "Content-Location",
                                       "Access-Control-Allow-Origin"};
    static const char *const forms[] = {"If-None-Match: %s", "If-None-Match: W/%s", "If-None-Match: \"a\", %s , \"b\"",
                                        "If-None-Match: \"a,b\",, W/\"c\",%s"};
    for (size_t i = 0; i < N_ROWS; i++) {
        struct test_answer whole, answer;
        char etag[1024], more[1100];
        get(i, "GET", NULL, &whole);
        field(&whole, "ETag", etag);
        for (size_t f = 0; *etag && f < sizeof forms / sizeof *forms; f++) {
            snprintf(more, sizeof more, forms[f], etag);
            get(i, f % 2 ? "HEAD" : "GET", more, &answer);
            if (answer.status != 304)
                fail_msg("%s with %s: %d", rows[i].target, more, answer.status);
            assert_int_equal(answer.length, 0);
            assert_non_null(test_field(&answer, "Date"));
            assert_null(test_field(&answer, "Content-Type"));
            assert_null(test_field(&answer, "Content-Encoding"));
            const char *length = test_field(&answer, "Content-Length");
            if (length && strtoull(length, NULL, 10) != whole.length)
                fail_msg("%s: a 304 that says %s of %zu bytes", rows[i].target, length, whole.length);
            for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
                same_field(&whole, &answer, kept[k], rows[i].target);
            test_answer_free(&answer);
        }
        if (*etag) {
            get(i, "GET", "If-None-Match: \"other\"", &answer);
            assert_int_equal(answer.status, 200);
            assert_int_equal(answer.length, whole.length);
            assert_memory_equal(answer.body, whole.body, whole.length);
            test_answer_free(&answer);
            get(i, "GET", "If-Match: \"other\"", &answer);
            assert_int_equal(answer.status, 412);
            assert_string_equal(test_field(&answer, "Cache-Control"), "no-store");
            test_answer_free(&answer);
        }
        test_answer_free(&whole);
    }
}

/* A tensor's date is that of the algorithm's version; it confirms a copy where the request has no entity tag. */
TEST(test_modification_dates)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        struct test_answer whole, answer;
        char date[1024], more[1100];
        bool is_tensor = rows[i].status == 200 && (strstr(rows[i].target, "/init") || strstr(rows[i].target, "x64"));
        get(i, "GET", NULL, &whole);
        assert_string_equal(field(&whole, "Last-Modified", date), is_tensor ? "Thu, 01 Jan 2026 00:00:00 GMT" : "");
        get(i, "HEAD", NULL, &answer);
        same_field(&whole, &answer, "Last-Modified", rows[i].target);
        test_answer_free(&answer);
        static const char *const forms[] = {"If-Modified-Since: %s",
                                            "If-Modified-Since: Wed, 31 Dec 2025 23:59:59 GMT"};
        for (size_t f = 0; is_tensor && f < 2; f++) {
            snprintf(more, sizeof more, forms[f], date);
            for (unsigned time = 0; time < 2; time++) {
                get(i, "GET", more, &answer);
                assert_int_equal(answer.status, f ? 200 : 304);
                same_field(&whole, &answer, "ETag", rows[i].target);
                test_answer_free(&answer);
            }
        }
        test_answer_free(&whole);
    }
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* Compare each part of a multipart/byteranges body with its place in the whole; returns the number of parts. */
static unsigned check_parts(const struct test_answer *answer, const struct test_answer *whole)
{
    char boundary[128], type[1024];
    unsigned n = 0;
    assert_int_equal(sscanf(field(answer, "Content-Type", type), "multipart/byteranges; boundary=%70s", boundary + 2),
                     1);
    memcpy(boundary, "--", 2);
    const uint8_t *at = answer->body, *end = at + answer->length;
    while ((at = memmem(at, (size_t)(end - at), boundary, strlen(boundary)))) {
        unsigned long long first, last, size;
        at += strlen(boundary);
        if (!memcmp(at, "--\r\n", 4)) {
            assert_ptr_equal(at + 4, end);
            return n;
        }
        const uint8_t *body = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        assert_non_null(body);
        assert_non_null(memmem(at, (size_t)(body - at), "\r\nContent-Type: ", 16));
        const char *range = strstr((const char *)at, "Content-Range: bytes ");
        assert_non_null(range);
        assert_int_equal(sscanf(range, "Content-Range: bytes %llu-%llu/%llu", &first, &last, &size), 3);
        assert_int_equal(size, whole->length);
        assert_true(first <= last && last < size);
        assert_memory_equal(body + 4, whole->body + first, last - first + 1);
        at = body + 4 + (last - first + 1);
        assert_memory_equal(at, "\r\n", 2);
        n++;
    }
    fail_msg("no last boundary");
    return 0;
}

TEST(test_parts)
{
    static const struct {
        const char *range;
        int status;
        unsigned parts;
        unsigned long long first, length;
    } ranges[] = {
        {"bytes=0-0", 206, 1, 0, 1},
        {"bytes=100-199", 206, 1, 100, 100},
        {"bytes=100-", 206, 1, 100, 0},
        {"bytes=-1", 206, 1, 0, 1},
        {"bytes=-99999999999", 206, 1, 0, 0},
        {"bytes=0-18446744073709551615", 206, 1, 0, 0},
        {"bytes=0-9,2000-2029", 206, 2, 0, 0},
        {"bytes=0-9,20-29", 206, 1, 0, 30}, /* the parts are near each other, so they are sent as one */
        {"bytes=0-9, -7 ,3000-3009", 206, 3, 0, 0},
        {"bytes=18446744073709551615-", 416, 0, 0, 0},
        {"bytes=99999999999999999999999-", 416, 0, 0, 0},
        {"bytes=-0", 416, 0, 0, 0},
        {"bytes=9-1", 200, 0, 0, 0},
        {"bytes=a-b", 200, 0, 0, 0},
        {"bytes=", 200, 0, 0, 0},
        {"lines=0-9", 200, 0, 0, 0},
    };
    static const char *const kept[] = {"ETag",          "Cache-Control",    "Vary",
                                       "Accept-Ranges", "Content-Location", "X-Tensor-Shape"};
    static const size_t tested[] = {0, 1, 3, 6, 7, 10, 13}; /* of rows */
    for (size_t t = 0; t < sizeof tested / sizeof *tested; t++) {
        struct test_answer whole, answer;
        char more[128], value[1024];
        assert_int_equal(rows[tested[t]].status, 200);
        get(tested[t], "GET", NULL, &whole);
        assert_string_equal(field(&whole, "Accept-Ranges", value), "bytes");
        for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
            unsigned long long first, last, size;
            snprintf(more, sizeof more, "Range: %s", ranges[r].range);
            get(tested[t], "GET", more, &answer);
            if (answer.status != ranges[r].status)
                fail_msg("%s of %s: %d", more, rows[tested[t]].target, answer.status);
            for (size_t k = 0; answer.status == 206 && k < sizeof kept / sizeof *kept; k++)
                same_field(&whole, &answer, kept[k], more);
            field(&answer, "Content-Range", value);
            if (answer.status == 416) {
                assert_int_equal(sscanf(value, "bytes */%llu", &size), 1);
                assert_int_equal(size, whole.length);
            } else if (ranges[r].parts == 1) {
                assert_int_equal(sscanf(value, "bytes %llu-%llu/%llu", &first, &last, &size), 3);
                assert_int_equal(size, whole.length);
                assert_int_equal(last - first + 1, answer.length);
                assert_memory_equal(answer.body, whole.body + first, answer.length);
                assert_true(!ranges[r].length || ranges[r].length == answer.length);
                assert_true(!ranges[r].first || ranges[r].first == first);
            } else {
                assert_string_equal(value, "");
                assert_true(ranges[r].parts == 0 || check_parts(&answer, &whole) == ranges[r].parts);
            }
            test_answer_free(&answer);
        }
        test_answer_free(&whole);
    }
}

TEST(test_if_range)
{
    struct test_answer answer;
    char etag[1024], condition[1100];
    get(0, "GET", NULL, &answer);
    field(&answer, "ETag", etag);
    test_answer_free(&answer);
    const struct {
        const char *form;
        int status;
        /* clang-format off */
    } forms[] = {{"If-Range: %s", 206}, {"If-Range: W/%s", 200}, {"If-Range: \"other\"", 200},
                 /* clang-format on */
                 {"If-Range: Sat, 01 Jan 2000 00:00:00 GMT", 200},
                 {"If-Range: Thu, 01 Jan 2026 00:00:00 GMT", 206}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        snprintf(condition, sizeof condition, forms[i].form, etag);
        test_request(server, "GET", rows[0].target, ARGS("Range: bytes=0-9", condition), &answer);
        assert_int_equal(answer.status, forms[i].status);
        test_answer_free(&answer);
    }
}

/* Vary names Accept exactly if Accept was read, whatever the status. */
TEST(test_vary)
{
    static const char *const conditions[] = {NULL, "Range: bytes=0-9", "If-None-Match: *", "Range: bytes=999999999-",
                                             "If-Match: \"x\""};
    for (size_t i = 0; i < 9; i++) {
        for (size_t c = 0; c < sizeof conditions / sizeof *conditions; c++) {
            struct test_answer answer;
            char vary[1024];
            get(i, "GET", conditions[c], &answer);
            field(&answer, "Vary", vary);
            bool negotiated = !strstr(rows[i].target, "format="), accept = false;
            for (char *name = strtok(vary, ", "); name; name = strtok(NULL, ", "))
                accept |= !strcasecmp(name, "Accept");
            if (accept != negotiated)
                fail_msg("%s %s: Vary is %s", rows[i].target, conditions[c] ? conditions[c] : "", vary);
            test_answer_free(&answer);
        }
    }
}

/* ---- connections
 * --------------------------------------------------------------------------------------------------- */

/* Send the text in one piece; returns the status numbers of the answers: "200 404". closed: the server closed the
 * connection. */
static void converse(const char *bytes, char statuses[64], bool *closed)
{
    static char out[256 * 1024];
    size_t n = test_raw(server, bytes, strlen(bytes), 300, out, sizeof out, closed), used = 0;
    statuses[0] = '\0';
    for (char *at = out; at < out + n;) {
        char *end = strstr(at, "\r\n\r\n"), *length = strcasestr(at, "\r\nContent-Length:");
        if (strncmp(at, "HTTP/1.1 ", 9) || !end || used > 50) {
            snprintf(statuses + used, 64 - used, "?");
            return;
        }
        used += (size_t)snprintf(statuses + used, 64 - used, "%s%.3s", used ? " " : "", at + 9);
        at = end + 4 + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
}

#define GET "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /livez HTTP/1.1\r\nHost: a\r\n"

TEST(test_connections)
{
    static const struct {
        const char *what, *bytes, *statuses;
        bool closed, or_400; /* or_400: libmicrohttpd 1.0 may answer 400 and close */
                             /* clang-format off */
    } talks[] = {
                             /* clang-format on */
        {"two in one piece", GET GET, "200 200", false},
        {"ten in one piece", GET GET GET GET GET GET GET GET GET GET, "200 200 200 200 200 200 200 200 200 200", false},
        {"a tensor among them", GET "GET /orthogonal/50x50 HTTP/1.1\r\nHost: a\r\n\r\n" GET, "200 200 200", false},
        {"an error among them", GET "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" GET, "200 404 200", false},
        {"close after the first", "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET, "200", true},
        {"content of known length", POST "Content-Length: 5\r\n\r\nGET /" GET, "405 200", false},
        {"chunks", POST "Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n3\r\nabc\r\n0\r\n\r\n", "405", true},
        {"chunk extension", POST "Transfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\n\r\n", "405", true, true},
        {"chunks and trailers", POST "Transfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n", "405", true},
        {"chunks are the last", POST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET, "405", true},
        {"line feed behind a chunk size", POST "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n" GET, "!200", true},
        {"line feed in a chunk extension", POST "Transfer-Encoding: chunked\r\n\r\n1;a\nx\r\n0\r\n\r\n" GET, "!200",
         true},
        {"line feed behind a chunk", POST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n" GET, "!200", true},
        {"expectation", POST "Content-Length: 1\r\nExpect: 100-continue\r\n\r\nx" GET, "405 200", false},
        {"expectation without content", "GET /livez HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n" GET, "200 200",
         false},
        {"expectation of nothing", POST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n" GET, "405 200", false},
        {"HTTP/1.0", "GET /livez HTTP/1.0\r\n\r\n" GET, "200", true},
        {"HTTP/1.0 keeping alive", "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET, "200 200", false},
        {"absolute form", "GET http://b.c:80/livez HTTP/1.1\r\nHost: a\r\n\r\n" GET, "200 200", false},
        {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" GET, "204 200", false},
        {"a bad one ends it", "GET /livez HTTP/1.1\r\n\r\n" GET, "400", true},
        {"bad chunk size", POST "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n" GET, "!200", true},
        {"negative chunk size", POST "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n" GET, "!200", true},
        {"huge chunk size", POST "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n" GET, "!200",
         true},
        {"chunk longer than said", POST "Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n" GET, "!200", true},
        {"line feeds alone", "GET /livez HTTP/1.1\nHost: a\n\n" GET, "200 200", false, true},
        {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" GET, "!200", true},
        {"TRACE", "TRACE /livez HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n", "405", false},
        {"not HTTP at all", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n\r\n", "!200", true},
        {"HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", true},
        {"HTTP/0.9", "GET /livez\r\n\r\n" GET, "!200", true},
    };
    unsigned failed = 0;
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        char statuses[64], seen[64] = "";
        bool closed, not = talks[i].statuses[0] == '!';
        size_t used = 0;
        converse(talks[i].bytes, statuses, &closed);
        for (char *s = strtok(statuses, " "); s; s = strtok(NULL, " ")) /* interim answers do not count */
            if (strcmp(s, "100"))
                used += (size_t)snprintf(seen + used, sizeof seen - used, "%s%s", used ? " " : "", s);
        bool good = not ? !strstr(seen, talks[i].statuses + 1) : !strcmp(seen, talks[i].statuses);
        print_message("%s: %s%s\n", talks[i].what, seen, closed ? ", closed" : "");
        if (talks[i].or_400 && closed && !strcmp(seen, "400"))
            continue;
        if (!good || closed != talks[i].closed) {
            print_error("%s: %s%s, not as it should be\n", talks[i].what, seen, closed ? ", closed" : "");
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_answer),
        cmocka_unit_test(test_head_is_get_without_the_body),
        cmocka_unit_test(test_answers_repeat),
        cmocka_unit_test(test_validators_differ),
        cmocka_unit_test(test_conditions), cmocka_unit_test(test_modification_dates),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_if_range),
        cmocka_unit_test(test_vary),
        cmocka_unit_test(test_connections),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, start, stop);
}
