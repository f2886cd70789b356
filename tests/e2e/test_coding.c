/* Content codings and digests: gzip for text, Repr-Digest and Content-Digest on request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/sha256.h"
#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define JSON_TARGET "/normal/100x100.json?seed=4"

TEST_SERVER_GROUP(NULL)

static struct test_answer ask(const char *method, const char *target, const char *const *headers)
{
    struct test_answer answer;
    test_request(server, method, target, headers, &answer);
    return answer;
}

static void assert_gunzips_to(const struct test_answer *packed, const struct test_answer *plain)
{
    z_stream z = {.next_in = packed->body, .avail_in = (uInt)packed->length};
    uint8_t *out = malloc(plain->length + 1);
    z.next_out = out;
    z.avail_out = (uInt)plain->length + 1;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, plain->length);
    assert_memory_equal(out, plain->body, plain->length);
    inflateEnd(&z);
    free(out);
}

TEST(test_json_is_compressed_on_request)
{
    static const char *const gzip[] = {"Accept-Encoding: gzip", NULL},
                             *const refused[] = {"Accept-Encoding: gzip;q=0", NULL},
                             *const ranged[] = {"Accept-Encoding: gzip", "Range: bytes=0-9", NULL};
    struct test_answer packed = ask("GET", JSON_TARGET, gzip), plain = ask("GET", JSON_TARGET, NULL),
                       again = ask("GET", JSON_TARGET, gzip), no = ask("GET", JSON_TARGET, refused),
                       part = ask("GET", JSON_TARGET, ranged);
    assert_string_equal(test_field(&packed, "Content-Encoding"), "gzip");
    assert_string_equal(test_field(&packed, "Vary"), "Accept-Encoding");
    assert_string_equal(test_field(&plain, "Vary"), "Accept-Encoding");
    assert_true(packed.length < plain.length / 2);
    assert_gunzips_to(&packed, &plain);
    assert_string_equal(test_field(&again, "Cache-Status"), "weightd; hit");
    assert_int_equal(again.length, packed.length);
    assert_non_null(strstr(test_field(&packed, "ETag"), "-gzip\""));
    assert_null(strstr(test_field(&plain, "ETag"), "-gzip"));
    assert_null(test_field(&no, "Content-Encoding"));
    assert_int_equal(part.status, 206);
    assert_null(test_field(&part, "Content-Encoding"));
    assert_memory_equal(part.body, plain.body, 10);

    char condition[100];
    snprintf(condition, sizeof condition, "If-None-Match: %s", test_field(&packed, "ETag"));
    struct test_answer same = ask("GET", JSON_TARGET, (const char *[]){gzip[0], condition, NULL}),
                       differs = ask("GET", JSON_TARGET, (const char *[]){condition, NULL});
    assert_int_equal(same.status, 304);
    assert_int_equal(differs.status, 200);
    struct test_answer *all[] = {&packed, &plain, &again, &no, &part, &same, &differs};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        test_answer_free(all[i]);
}

/* HEAD describes the body that GET would send, and conditions refer to that body, even if it was never made.
 * Content-Length is sent once the compressed length is known; without it the library must close the connection. */
TEST(test_head_and_conditions_before_the_body)
{
    static const char target[] = "/orthogonal/90x90.json?seed=77", gzip[] = "Accept-Encoding: gzip";
    char plain_tag[100], gzip_tag[100], is_plain[140], is_gzip[140], must_be_gzip[140];
    double made = test_metric(server, "weightd_computed_total");
    struct test_answer plain = ask("HEAD", target, NULL),
                       packed = ask("HEAD", target, (const char *[]){gzip, "Range: bytes=0-9", NULL});
    snprintf(plain_tag, sizeof plain_tag, "%s", test_field(&plain, "ETag"));
    snprintf(gzip_tag, sizeof gzip_tag, "%s", test_field(&packed, "ETag"));
    snprintf(is_plain, sizeof is_plain, "If-None-Match: %s", plain_tag);
    snprintf(is_gzip, sizeof is_gzip, "If-None-Match: %s", gzip_tag);
    snprintf(must_be_gzip, sizeof must_be_gzip, "If-Match: %s", gzip_tag);
    assert_non_null(test_field(&plain, "Content-Length"));
    assert_null(test_field(&plain, "Content-Encoding"));
    assert_null(test_field(&packed, "Content-Length"));
    assert_null(test_field(&packed, "Transfer-Encoding"));
    const char *connection = test_field(&packed, "Connection"); /* libmicrohttpd 1.0 does not have to close it */
    assert_true(!connection || !strcmp(connection, "close"));
    assert_string_equal(test_field(&packed, "Content-Encoding"), "gzip");
    assert_string_equal(test_field(&packed, "Vary"), "Accept-Encoding");
    assert_string_not_equal(plain_tag, gzip_tag);
    const struct {
        const char *method, *accept, *condition;
        int status;
    } rows[] = {
        {"HEAD", gzip, is_gzip, 304},      {"GET", gzip, is_gzip, 304},
        {"HEAD", gzip, is_plain, 200},     {"HEAD", NULL, is_plain, 304},
        {"GET", NULL, is_plain, 304},      {"HEAD", NULL, is_gzip, 200},
        {"HEAD", gzip, must_be_gzip, 200}, {"HEAD", NULL, must_be_gzip, 412},
        {"GET", NULL, must_be_gzip, 412},  {"HEAD", "Accept-Encoding: gzip;q=0", is_gzip, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *fields[] = {rows[i].condition, rows[i].accept, NULL};
        struct test_answer a = ask(rows[i].method, target, fields);
        assert_int_equal(a.status, rows[i].status);
        assert_string_equal(test_field(&a, "ETag"), rows[i].accept == gzip ? gzip_tag : plain_tag);
        assert_string_equal(test_field(&a, "Vary"), "Accept-Encoding");
        test_answer_free(&a);
    }
    assert_true(test_metric(server, "weightd_computed_total") == made);

    struct test_answer whole = ask("GET", target, (const char *[]){gzip, NULL}),
                       head = ask("HEAD", target, (const char *[]){gzip, NULL}),
                       same = ask("GET", target, (const char *[]){gzip, is_gzip, NULL});
    assert_string_equal(test_field(&whole, "ETag"), gzip_tag);
    assert_int_equal(strtoull(test_field(&head, "Content-Length"), NULL, 10), whole.length);
    assert_null(test_field(&head, "Connection"));
    assert_int_equal(same.status, 304);
    struct test_answer *all[] = {&plain, &packed, &whole, &head, &same};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        test_answer_free(all[i]);
}

TEST(test_binary_is_never_compressed)
{
    struct test_answer a = ask("GET", "/zeros/1000.npy", (const char *[]){"Accept-Encoding: gzip", NULL});
    assert_null(test_field(&a, "Content-Encoding"));
    assert_int_equal(a.length, 4128);
    test_answer_free(&a);
}

TEST(test_documents_are_compressed)
{
    struct test_answer packed = ask("GET", "/schemes", (const char *[]){"Accept-Encoding: br, gzip", NULL}),
                       head = ask("HEAD", "/schemes", (const char *[]){"Accept-Encoding: br, gzip", NULL}),
                       plain = ask("GET", "/schemes", NULL);
    assert_string_equal(test_field(&packed, "Content-Encoding"), "gzip");
    assert_gunzips_to(&packed, &plain);
    assert_string_equal(test_field(&head, "Content-Encoding"), "gzip");
    assert_int_equal(strtoull(test_field(&head, "Content-Length"), NULL, 10), packed.length);
    test_answer_free(&packed);
    test_answer_free(&head);
    test_answer_free(&plain);
}

static void assert_digest(const struct test_answer *answer, const char *field, const void *bytes, size_t len)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char text[SRV_BASE64_CAP(SRV_SHA256_BYTES)], expected[80];
    srv_sha256(bytes, len, sha256);
    srv_base64(sha256, sizeof sha256, text);
    snprintf(expected, sizeof expected, "sha-256=:%s:", text);
    assert_non_null(test_field(answer, field));
    assert_string_equal(test_field(answer, field), expected);
}

/* Repr-Digest is the digest of the whole representation: cached, computed as a whole, streamed, compressed, and of a
 * part. */
TEST(test_digests_on_request)
{
    static const char *const targets[] = {"/uniform/333.npy", "/orthogonal/300x200", "/normal/20000000", JSON_TARGET};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct test_answer whole =
            ask("GET", targets[i],
                (const char *[]){"Want-Repr-Digest: sha-512=3, sha-256=10", "Want-Content-Digest: sha-256=1", NULL});
        struct test_answer part =
            ask("GET", targets[i], (const char *[]){"Want-Repr-Digest: sha-256", "Range: bytes=3-9", NULL});
        struct test_answer without = ask("GET", targets[i], (const char *[]){"Want-Repr-Digest: sha-256=0", NULL});
        assert_int_equal(whole.status, 200);
        assert_digest(&whole, "Repr-Digest", whole.body, whole.length);
        assert_digest(&whole, "Content-Digest", whole.body, whole.length);
        assert_int_equal(part.status, 206);
        assert_digest(&part, "Repr-Digest", whole.body, whole.length);
        assert_null(test_field(&without, "Repr-Digest"));
        test_answer_free(&whole);
        test_answer_free(&part);
        test_answer_free(&without);
    }
    struct test_answer packed =
        ask("GET", JSON_TARGET, (const char *[]){"Accept-Encoding: gzip", "Want-Repr-Digest: sha-256=1", NULL});
    assert_string_equal(test_field(&packed, "Content-Encoding"), "gzip");
    assert_digest(&packed, "Repr-Digest", packed.body, packed.length);
    test_answer_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_is_compressed_on_request),
        cmocka_unit_test(test_head_and_conditions_before_the_body),
        cmocka_unit_test(test_binary_is_never_compressed),
        cmocka_unit_test(test_documents_are_compressed),
        cmocka_unit_test(test_digests_on_request),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
