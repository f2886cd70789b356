/* http/conditions.h and http/body.h: the answer to a condition or a range, and the bytes that are then sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"
#include "http/conditions.h"
#include "http/finish.h"
#include "support/test.h"

#define LENGTH 5000

struct fake {
    const char *name[8], *value[8];
    int64_t modified; /* of the reply */
    unsigned vary;
    unsigned reads; /* calls that read the body */
};

static struct srv_request request_of(const char *method, const struct fake *fake, const char *fields[SRV_FIELD_COUNT])
{
    memset(fields, 0, SRV_FIELD_COUNT * sizeof *fields);
    for (size_t i = 0; i < 8 && fake->name[i]; i++)
        fields[srv_field_find(fake->name[i], strlen(fake->name[i]))] = fake->value[i];
    return (struct srv_request){.method = method, .target = "/x", .fields = fields};
}

static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)(offset * 31 + (offset >> 8));
}

static size_t read_pattern(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    struct fake *fake = ctx;
    size_t n = offset >= LENGTH ? 0 : LENGTH - offset < cap ? (size_t)(LENGTH - offset) : cap;
    fake->reads++;
    for (size_t i = 0; i < n; i++)
        buf[i] = byte_at(offset + i);
    return n;
}

static bool ask(struct fake *fake, const char *method, struct srv_reply *reply)
{
    const char *fields[SRV_FIELD_COUNT];
    struct srv_request req = request_of(method, fake, fields);
    srv_reply_init(reply);
    reply->length = LENGTH;
    reply->kind = SRV_BODY_STREAM;
    reply->stream = (struct srv_reader){.read = read_pattern, .ctx = fake};
    strcpy(reply->etag, "\"0123abc\"");
    srv_reply_header(reply, "Content-Type", "application/octet-stream");
    reply->caching = SRV_CACHE_HOUR;
    reply->modified = fake->modified;
    reply->vary = fake->vary;
    srv_reply_header(reply, "X-Tensor-Shape", "1250");
    return srv_precondition(&req, reply);
}

/* The same for a GET, and finish the reply. */
static void ask_and_finish(struct fake *fake, struct srv_reply *reply)
{
    const char *fields[SRV_FIELD_COUNT];
    const struct srv_request req = request_of("GET", fake, fields);
    const struct srv_rules rules = {.header_room = SIZE_MAX};
    ask(fake, "GET", reply);
    srv_finish(reply, &req, &rules);
}

TEST(test_outcomes)
{
    static const struct {
        const char *method;
        struct fake fake;
        int status;
        bool body;
    } rows[] = {
        {"GET", {.name = {NULL}}, 200, true},
        {"HEAD", {.name = {NULL}}, 200, false},
        {"HEAD", {.name = {"Range"}, .value = {"bytes=0-9"}}, 200, false},
        {"GET", {.name = {"If-None-Match"}, .value = {"\"0123abc\""}}, 304, false},
        {"HEAD", {.name = {"If-None-Match"}, .value = {"W/\"0123abc\""}}, 304, false},
        {"GET", {.name = {"If-None-Match"}, .value = {"*"}}, 304, false},
        {"GET", {.name = {"If-None-Match"}, .value = {"\"other\""}}, 200, true},
        {"GET", {.name = {"If-None-Match", "Range"}, .value = {"\"0123abc\"", "bytes=0-9"}}, 304, false},
        {"GET", {.name = {"If-Match"}, .value = {"\"0123abc\""}}, 200, true},
        {"GET", {.name = {"If-Match"}, .value = {"*"}}, 200, true},
        {"GET", {.name = {"If-Match"}, .value = {"W/\"0123abc\""}}, 412, false},
        {"GET", {.name = {"If-Match", "If-None-Match"}, .value = {"\"other\"", "\"0123abc\""}}, 412, false},
        {"GET", {.name = {"If-Match", "If-None-Match"}, .value = {"\"0123abc\"", "\"0123abc\""}}, 304, false},
        {"GET", {.name = {"If-Modified-Since"}, .value = {"Sat, 29 Oct 2044 19:43:31 GMT"}}, 200, true},
        {"GET", {.name = {"If-Unmodified-Since"}, .value = {"Sat, 29 Oct 1994 19:43:31 GMT"}}, 200, true},
        {"GET", {.name = {"Range"}, .value = {"bytes=0-9"}}, 206, true},
        {"GET", {.name = {"Range"}, .value = {"bytes=0-9,2000-2009"}}, 206, true},
        {"GET", {.name = {"Range"}, .value = {"bytes=5000-"}}, 416, false},
        {"GET", {.name = {"Range"}, .value = {"bytes=9-0"}}, 200, true},
        {"GET", {.name = {"Range", "If-Range"}, .value = {"bytes=0-9", "\"0123abc\""}}, 206, true},
        {"GET", {.name = {"Range", "If-Range"}, .value = {"bytes=0-9", "W/\"0123abc\""}}, 200, true},
        {"GET", {.name = {"Range", "If-Range"}, .value = {"bytes=0-9", "\"other\""}}, 200, true},
        {"GET", {.name = {"Range", "If-Range"}, .value = {"bytes=5000-", "\"other\""}}, 200, true},
        {"GET", {.name = {"Range", "If-Range"}, .value = {"bytes=0-9", "*"}}, 200, true},
        {"GET", {.name = {"Range", "If-Range"}, .value = {"bytes=0-9", "Sat, 29 Oct 2044 19:43:31 GMT"}}, 200, true},
        {"GET", {.name = {"If-Match", "Range"}, .value = {"\"0123abc\"", "bytes=0-9"}}, 206, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake fake = rows[i].fake;
        struct srv_reply reply;
        bool body = ask(&fake, rows[i].method, &reply);
        if (reply.status != rows[i].status || body != rows[i].body)
            fail_msg("row %zu: %d", i, reply.status);
        assert_int_equal(fake.reads, 0);
        assert_int_equal(reply.kind == SRV_BODY_STREAM, rows[i].body);
        srv_reply_deinit(&reply);
    }
}

#define DATED 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sat, 29 Oct 2044 19:43:31 GMT"

/* RFC 9110 section 13.2.2: entity tags come before dates of the same kind, and what is no date is ignored. */
TEST(test_dates)
{
    static const struct {
        const char *method, *name[3], *value[3];
        unsigned vary;
        int status;
    } rows[] = {
        {"GET", {"If-Modified-Since"}, {SAME}, 0, 304},
        {"HEAD", {"If-Modified-Since"}, {SAME}, 0, 304},
        {"GET", {"If-Modified-Since"}, {"Sunday, 06-Nov-94 08:49:37 GMT"}, 0, 304},
        {"GET", {"If-Modified-Since"}, {"Sun Nov  6 08:49:37 1994"}, 0, 304},
        {"GET", {"If-Modified-Since"}, {AFTER}, 0, 304},
        {"GET", {"If-Modified-Since"}, {BEFORE}, 0, 200},
        {"GET", {"If-Modified-Since"}, {"yesterday"}, 0, 200},
        {"GET", {"If-Modified-Since"}, {AFTER ", " AFTER}, 0, 200},
        {"GET", {"If-Modified-Since"}, {""}, 0, 200},
        {"GET", {"If-Modified-Since", "If-None-Match"}, {AFTER, "\"other\""}, 0, 200},
        {"GET", {"If-Modified-Since", "If-None-Match"}, {BEFORE, "\"0123abc\""}, 0, 304},
        {"GET", {"If-Modified-Since", "If-Match"}, {AFTER, "\"0123abc\""}, 0, 304},
        {"GET", {"If-Modified-Since", "If-Match"}, {AFTER, "\"other\""}, 0, 412},
        {"GET", {"If-Modified-Since", "Range"}, {AFTER, "bytes=0-9"}, 0, 304},
        {"GET", {"If-Modified-Since", "Range"}, {BEFORE, "bytes=0-9"}, 0, 206},
        {"GET", {"If-Unmodified-Since"}, {SAME}, 0, 200},
        {"GET", {"If-Unmodified-Since"}, {BEFORE}, 0, 412},
        {"HEAD", {"If-Unmodified-Since"}, {BEFORE}, 0, 412},
        {"GET", {"If-Unmodified-Since"}, {"yesterday"}, 0, 200},
        {"GET", {"If-Unmodified-Since", "If-Match"}, {BEFORE, "\"0123abc\""}, 0, 200},
        {"GET", {"If-Unmodified-Since", "If-Modified-Since"}, {BEFORE, AFTER}, 0, 412},
        {"GET", {"Range", "If-Range"}, {"bytes=0-9", SAME}, 0, 206},
        {"GET", {"Range", "If-Range"}, {"bytes=0-9", BEFORE}, 0, 200},
        {"GET", {"Range", "If-Range"}, {"bytes=0-9", AFTER}, 0, 200},
        {"GET", {"Range", "If-Range"}, {"bytes=0-9", SAME}, SRV_BIT(SRV_FIELD_ACCEPT_ENCODING), 200},
        {"GET", {"If-Range"}, {AFTER}, 0, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake fake = {.modified = DATED, .vary = rows[i].vary};
        struct srv_reply reply;
        memcpy(fake.name, rows[i].name, sizeof rows[i].name);
        memcpy(fake.value, rows[i].value, sizeof rows[i].value);
        ask(&fake, rows[i].method, &reply);
        if (reply.status != rows[i].status)
            fail_msg("row %zu: %d", i, reply.status);
        srv_reply_deinit(&reply);
    }
}

TEST(test_304_has_what_it_must)
{
    struct fake fake = {.name = {"If-None-Match"}, .value = {"*"}};
    struct srv_reply reply;
    ask_and_finish(&fake, &reply);
    assert_string_equal(srv_reply_get(&reply, "ETag"), "\"0123abc\"");
    assert_string_equal(srv_reply_get(&reply, "Cache-Control"), "public, max-age=3600");
    assert_null(srv_reply_get(&reply, "Content-Type"));
    assert_null(srv_reply_get(&reply, "X-Tensor-Shape"));
    assert_int_equal(reply.length, LENGTH);
    assert_int_equal(reply.kind, SRV_BODY_NONE);
    srv_reply_deinit(&reply);
}

TEST(test_416_says_the_length)
{
    struct fake fake = {.name = {"Range"}, .value = {"bytes=5000-"}};
    struct srv_reply reply;
    ask_and_finish(&fake, &reply);
    assert_string_equal(srv_reply_get(&reply, "Content-Range"), "bytes */5000");
    assert_string_equal(srv_reply_get(&reply, "Cache-Control"), "no-store");
    assert_string_equal(srv_reply_get(&reply, "Content-Type"), "application/problem+json");
    assert_null(srv_reply_get(&reply, "X-Tensor-Shape"));
    srv_reply_deinit(&reply);
}

/* Read the wire bytes in pieces of many sizes: the bytes must not depend on the size. */
static uint8_t *read_all(const struct srv_reply *reply, size_t *n)
{
    uint64_t length = srv_body_length(reply);
    uint8_t *whole = malloc((size_t)length + 1), *again = malloc((size_t)length + 1);
    assert_non_null(whole);
    assert_non_null(again);
    *n = srv_body_read(reply, 0, whole, (size_t)length + 1);
    assert_int_equal(*n, length);
    for (size_t step = 1; step < 400; step += 1 + step / 8) {
        memset(again, 0xab, (size_t)length);
        for (uint64_t offset = 0; offset < length; offset += step) {
            size_t left = (size_t)(length - offset), got = srv_body_read(reply, offset, again + offset, step);
            assert_int_equal(got, left < step ? left : step);
        }
        assert_memory_equal(whole, again, (size_t)length);
    }
    free(again);
    return whole;
}

TEST(test_single_part)
{
    struct fake fake = {.name = {"Range"}, .value = {"bytes=4000-4999"}};
    struct srv_reply reply;
    size_t n;
    ask(&fake, "GET", &reply);
    assert_string_equal(srv_reply_get(&reply, "Content-Range"), "bytes 4000-4999/5000");
    assert_string_equal(srv_reply_get(&reply, "Accept-Ranges"), "bytes");
    uint8_t *bytes = read_all(&reply, &n);
    assert_int_equal(n, 1000);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bytes[i], byte_at(4000 + i));
    free(bytes);
    srv_reply_deinit(&reply);
}

TEST(test_multipart)
{
    struct fake fake = {.name = {"Range"}, .value = {"bytes=0-9,4990-,2000-2009"}};
    static const struct srv_range parts[] = {{0, 10}, {4990, 10}, {2000, 10}};
    struct srv_reply reply;
    size_t n;
    ask(&fake, "GET", &reply);
    assert_string_equal(srv_reply_get(&reply, "Content-Type"), "multipart/byteranges; boundary=weightd-0123abc");
    assert_null(srv_reply_get(&reply, "Content-Range"));
    uint8_t *bytes = read_all(&reply, &n), *at = bytes;
    for (size_t i = 0; i < 3; i++) {
        char head[256];
        int len = sprintf(head,
                          "%s--weightd-0123abc\r\nContent-Type: application/octet-stream\r\n"
                          "Content-Range: bytes %d-%d/5000\r\n\r\n",
                          i ? "\r\n" : "", (int)parts[i].first, (int)parts[i].first + 9);
        assert_memory_equal(at, head, (size_t)len);
        at += len;
        for (size_t k = 0; k < 10; k++)
            assert_int_equal(*at++, byte_at(parts[i].first + k));
    }
    assert_int_equal(bytes + n - at, (int)strlen("\r\n--weightd-0123abc--\r\n"));
    assert_memory_equal(at, "\r\n--weightd-0123abc--\r\n", (size_t)(bytes + n - at));
    free(bytes);
    srv_reply_deinit(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_304_has_what_it_must),
        cmocka_unit_test(test_416_says_the_length),
        cmocka_unit_test(test_single_part),
        cmocka_unit_test(test_multipart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
