/* http/finish.h: the header that follows from the fields of a reply, and what becomes of a reply that cannot be sent as
 * it is. Also http/fields.h's lists and http/coding.h's bound. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/blob.h"
#include "cache/cache.h"
#include "http/coding.h"
#include "http/finish.h"
#include "support/test.h"

static const struct srv_rules open_rules = {.header_room = SIZE_MAX};

static struct srv_request get(const char *const *fields)
{
    return (struct srv_request){.method = "GET", .target = "/x", .fields = fields};
}

static const char *header(const struct srv_reply *reply, const char *name)
{
    const char *value = srv_reply_get(reply, name);
    return value ? value : "";
}

TEST(test_header_follows_from_the_fields)
{
    static const struct {
        enum srv_caching caching;
        bool is_private;
        unsigned vary;
        const char *etag, *status, *control, *vary_text;
    } rows[] = {
        {SRV_CACHING_UNSAID, false, 0, "", NULL, "", ""},
        {SRV_NO_STORE, true, SRV_BIT(SRV_FIELD_ORIGIN), "", NULL, "no-store", "Origin"},
        {SRV_CACHE_HOUR, false, SRV_BIT(SRV_FIELD_ACCEPT), "\"a\"", NULL, "public, max-age=3600", "Accept"},
        {SRV_CACHE_DAY, true, SRV_BIT(SRV_FIELD_ACCEPT_ENCODING), "\"b\"", SRV_STATUS_HIT, "private, max-age=86400",
         "Accept-Encoding"},
        {SRV_CACHE_FOREVER, true,
         SRV_BIT(SRV_FIELD_ORIGIN) | SRV_BIT(SRV_FIELD_ACCEPT) | SRV_BIT(SRV_FIELD_ACCEPT_ENCODING), "\"c\"",
         SRV_STATUS_STREAMED, "private, max-age=31536000, immutable", "Accept, Accept-Encoding, Origin"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct srv_request req = get(NULL);
        const struct srv_rules rules = {.is_private = rows[i].is_private, .header_room = SIZE_MAX};
        struct srv_reply reply;
        srv_reply_init(&reply);
        reply.caching = rows[i].caching;
        reply.vary = rows[i].vary;
        reply.cache_status = rows[i].status;
        snprintf(reply.etag, sizeof reply.etag, "%s", rows[i].etag);
        srv_finish(&reply, &req, &rules);
        assert_string_equal(header(&reply, "Cache-Control"), rows[i].control);
        assert_string_equal(header(&reply, "Vary"), rows[i].vary_text);
        assert_string_equal(header(&reply, "ETag"), rows[i].etag);
        assert_string_equal(header(&reply, "Cache-Status"), rows[i].status ? rows[i].status : "");
        srv_reply_deinit(&reply);
    }
}

TEST(test_dates_are_written)
{
    const struct srv_request req = get(NULL);
    struct srv_reply reply;
    srv_reply_init(&reply);
    srv_finish(&reply, &req, &open_rules);
    assert_null(srv_reply_get(&reply, "Last-Modified"));
    srv_reply_deinit(&reply);
    srv_reply_init(&reply);
    reply.modified = 784111777;
    srv_finish(&reply, &req, &open_rules);
    assert_string_equal(header(&reply, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    srv_reply_deinit(&reply);
}

/* A reply with a text that compresses well. */
static void long_text(struct srv_reply *reply, enum srv_caching caching)
{
    char text[2001];
    memset(text, 'x', 2000);
    text[2000] = '\0';
    srv_reply_init(reply);
    srv_reply_text(reply, 200, "text/plain", text);
    reply->caching = caching;
}

TEST(test_texts)
{
    static const struct {
        const char *method, *encoding, *condition;
        bool is_document;
        enum srv_caching caching;
        int status;
        bool gzip, tagged, body;
    } rows[] = {
        {"GET", NULL, NULL, true, SRV_CACHE_HOUR, 200, false, true, true},
        {"GET", "gzip", NULL, true, SRV_CACHE_HOUR, 200, true, true, true},
        {"GET", "gzip;q=0", NULL, true, SRV_CACHE_HOUR, 200, false, true, true},
        {"GET", "gzip", NULL, true, SRV_NO_STORE, 200, true, false, true},
        {"GET", "gzip", NULL, false, SRV_NO_STORE, 200, false, false, true},
        {"GET", "gzip", "*", true, SRV_CACHE_HOUR, 304, false, true, false},
        {"GET", "gzip", "*", true, SRV_NO_STORE, 200, true, false, true},
        {"HEAD", "gzip", NULL, true, SRV_CACHE_HOUR, 200, true, true, false},
        {"HEAD", NULL, NULL, true, SRV_NO_STORE, 200, false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *fields[SRV_FIELD_COUNT] = {
            [SRV_FIELD_ACCEPT_ENCODING] = rows[i].encoding, [SRV_FIELD_IF_NONE_MATCH] = rows[i].condition};
        struct srv_request req = get(fields);
        struct srv_reply reply;
        req.method = rows[i].method;
        long_text(&reply, rows[i].caching);
        reply.is_document = rows[i].is_document;
        srv_finish(&reply, &req, &open_rules);
        if (reply.status != rows[i].status || reply.gzip != rows[i].gzip || !reply.etag[0] == rows[i].tagged ||
            (reply.kind == SRV_BODY_TEXT) != rows[i].body)
            fail_msg("row %zu: %d, gzip %d, etag %s", i, reply.status, reply.gzip, reply.etag);
        assert_string_equal(header(&reply, "Content-Encoding"), rows[i].gzip ? "gzip" : "");
        assert_string_equal(header(&reply, "Vary"), rows[i].is_document ? "Accept-Encoding" : "");
        if (rows[i].gzip)
            assert_true(reply.length < 200);
        srv_reply_deinit(&reply);
    }
}

static void assert_busy(const struct srv_reply *reply)
{
    assert_int_equal(reply->status, 503);
    assert_string_equal(header(reply, "Retry-After"), "1");
    assert_string_equal(header(reply, "Cache-Control"), "no-store");
    assert_string_equal(header(reply, "Content-Type"), "application/problem+json");
    assert_string_equal(header(reply, "X-Of-The-Body"), "");
}

TEST(test_lost)
{
    const struct srv_request req = get(NULL);
    struct srv_reply reply;
    long_text(&reply, SRV_CACHE_HOUR);
    srv_reply_header(&reply, "X-Of-The-Body", "1");
    reply.lost = true;
    srv_finish(&reply, &req, &open_rules);
    assert_busy(&reply);
    assert_string_equal(header(&reply, "ETag"), "");
    srv_reply_deinit(&reply);
}

static size_t read_zeros(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    (void)ctx;
    (void)offset;
    memset(buf, 0, cap);
    return cap;
}

/* Reading a body takes memory for a block of it. */
TEST(test_budget)
{
    static const uint64_t limits[] = {1024, 1 << 20};
    for (size_t i = 0; i < 2; i++) {
        const struct srv_request req = get(NULL);
        struct srv_budget budget;
        struct srv_reply reply;
        srv_budget_init(&budget, limits[i]);
        srv_reply_init(&reply);
        srv_reply_header(&reply, "X-Of-The-Body", "1");
        reply.kind = SRV_BODY_STREAM;
        reply.stream = (struct srv_reader){.read = read_zeros};
        reply.length = 1 << 30;
        srv_finish(&reply, &req, &(struct srv_rules){.budget = &budget, .header_room = SIZE_MAX});
        if (i == 0)
            assert_busy(&reply);
        else
            assert_true(reply.status == 200 && srv_budget_used(&budget) >= SRV_BLOCK_BYTES);
        srv_reply_deinit(&reply);
        assert_int_equal(srv_budget_used(&budget), 0);
    }
}

TEST(test_header_room)
{
    const struct srv_request req = get(NULL);
    const struct srv_rules rules = {.header_room = 200};
    struct srv_reply reply;
    long_text(&reply, SRV_CACHE_HOUR);
    reply.is_document = true;
    srv_reply_header(&reply, "X-Of-The-Body", "%0250d", 1);
    srv_finish(&reply, &req, &rules);
    assert_int_equal(reply.status, 431);
    assert_string_equal(header(&reply, "X-Of-The-Body"), "");
    assert_string_equal(header(&reply, "Cache-Control"), "no-store");
    assert_string_equal(header(&reply, "Vary"), "Accept-Encoding");
    srv_reply_deinit(&reply);
}

/* A value of three bytes, or the failure that arg points to. */
static enum srv_code make(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    enum srv_code code = *(const enum srv_code *)arg;
    *blob = code == SRV_OK ? srv_blob_new(making->budget, 32) : NULL;
    if (*blob)
        memset((*blob)->bytes, 'b', 32);
    return code;
}

TEST(test_jobs)
{
    static const struct {
        enum srv_code body, digest; /* SRV_PENDING: there is no digest */
        bool gzip;
        int status;
        const char *repr;
    } rows[] = {
        {SRV_OK, SRV_PENDING, false, 200, ""},
        {SRV_OK, SRV_OK, false, 200, "sha-256=:YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=:"},
        {SRV_OK, SRV_PENDING, true, 200, "sha-256=:vbM5dovF5P7L5VpEIFaRmysyWQfUm8vzv43hN4GZaoM=:"},
        {SRV_OK, SRV_NO_MEMORY, false, 503, ""},
        {SRV_NO_MEMORY, SRV_PENDING, false, 503, ""},
        {SRV_NO_MEMORY, SRV_OK, false, 503, ""},
        {SRV_NO_MEMORY, SRV_PENDING, true, 503, ""},
    };
    static const struct srv_make making = {.make = make, .in_place = true};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *fields[SRV_FIELD_COUNT] = {[SRV_FIELD_WANT_REPR_DIGEST] = "sha-256=1"};
        const struct srv_request req = get(fields);
        const struct srv_cache_config config = {.cache_bytes = 1 << 20};
        struct srv_cache *cache = srv_cache_open(&config);
        enum srv_code codes[] = {rows[i].body, rows[i].digest};
        struct srv_reply reply;
        assert_non_null(cache);
        for (unsigned again = 0; again < 2; again++) {
            srv_reply_init(&reply);
            reply.kind = SRV_BODY_JOB;
            reply.length = SRV_LENGTH_UNKNOWN;
            reply.gzip = rows[i].gzip;
            reply.outcome = srv_cache_get(cache, "body", 4, &making, &codes[0], &reply.job);
            if (rows[i].digest != SRV_PENDING)
                srv_cache_get(cache, "digest", 6, &making, &codes[1], &reply.digest);
            assert_null(srv_reply_pending(&reply));
            srv_finish(&reply, &req, &open_rules);
            assert_int_equal(reply.status, rows[i].status);
            assert_string_equal(header(&reply, "Repr-Digest"), rows[i].repr);
            assert_string_equal(header(&reply, "Content-Digest"), "");
            if (rows[i].status == 200) {
                assert_int_equal(reply.length, 32);
                assert_string_equal(header(&reply, "Cache-Status"),
                                    again ? "weightd; hit" : "weightd; fwd=uri-miss; stored");
            } else {
                assert_busy(&reply);
                assert_string_equal(header(&reply, "Cache-Status"), "");
                assert_string_equal(header(&reply, "Content-Encoding"), "");
            }
            srv_reply_deinit(&reply);
        }
        srv_cache_close(cache);
    }
}

TEST(test_lists)
{
    static const struct {
        const char *field, *items; /* "|" behind each */
    } rows[] = {
        {"", ""},
        {" ,\t, ", ""},
        {"a", "a|"},
        {" a , b,c ", "a|b|c|"},
        {"a b,,c", "a b|c|"},
        {"a;v=\"x,y\", b", "a;v=\"x,y\"|b|"},
        {"\"\\\",\", b", "\"\\\",\"|b|"},
        {"\"open, b", "\"open, b|"},
        {"a\\,b", "a\\|b|"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *field = rows[i].field;
        char items[64] = "";
        struct srv_item item;
        while (srv_list_next(&field, &item))
            snprintf(items + strlen(items), sizeof items - strlen(items), "%.*s|", (int)item.len, item.text);
        assert_string_equal(items, rows[i].items);
        assert_int_equal(*field, '\0');
    }
}

/* Bytes that do not compress, of every size up to a few blocks of deflate. */
TEST(test_gzip_bound)
{
    enum { MOST = 200000 };
    uint8_t *bytes = malloc(MOST), *out = malloc(srv_gzip_bound(MOST));
    uint32_t x = 1;
    assert_non_null(bytes);
    assert_non_null(out);
    for (size_t i = 0; i < MOST; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(x >> 24);
    }
    for (size_t n = 0; n < MOST; n += 1 + n / 3) {
        size_t len = srv_gzip(bytes, n, out, srv_gzip_bound(n));
        assert_true(len >= 18 && len <= srv_gzip_bound(n));
    }
    free(bytes);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_follows_from_the_fields),
        cmocka_unit_test(test_dates_are_written),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_header_room),
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_gzip_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
