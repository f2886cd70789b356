/* Content codings and digests: gzip for text, Repr-Digest and Content-Digest on request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "digest.h"
#include "support/server.h"

#define JSON_TARGET "/normal/100x100.json?seed=4"

static struct test_server *server;

static int start(void **state)
{
    (void)state;
    server = test_server_start(NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_server_stop(server);
    return 0;
}

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

static void test_json_is_compressed_on_request(void **state)
{
    (void)state;
    static const char *const gzip[] = {"Accept-Encoding: gzip", NULL}, *const refused[] = {"Accept-Encoding: gzip;q=0", NULL},
                      *const ranged[] = {"Accept-Encoding: gzip", "Range: bytes=0-9", NULL};
    struct test_answer packed = ask("GET", JSON_TARGET, gzip), plain = ask("GET", JSON_TARGET, NULL),
                       again = ask("GET", JSON_TARGET, gzip), no = ask("GET", JSON_TARGET, refused),
                       head = ask("HEAD", JSON_TARGET, gzip), part = ask("GET", JSON_TARGET, ranged);
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
    assert_null(test_field(&head, "Content-Encoding"));
    assert_int_equal(part.status, 206);
    assert_null(test_field(&part, "Content-Encoding"));
    assert_memory_equal(part.body, plain.body, 10);

    char condition[100];
    snprintf(condition, sizeof condition, "If-None-Match: %s", test_field(&packed, "ETag"));
    struct test_answer same = ask("GET", JSON_TARGET, (const char *[]){gzip[0], condition, NULL}),
                       differs = ask("GET", JSON_TARGET, (const char *[]){condition, NULL});
    assert_int_equal(same.status, 304);
    assert_int_equal(differs.status, 200);
    struct test_answer *all[] = {&packed, &plain, &again, &no, &head, &part, &same, &differs};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        test_answer_free(all[i]);
}

static void test_binary_is_never_compressed(void **state)
{
    (void)state;
    struct test_answer a = ask("GET", "/zeros/1000.npy", (const char *[]){"Accept-Encoding: gzip", NULL});
    assert_null(test_field(&a, "Content-Encoding"));
    assert_int_equal(a.length, 4128);
    test_answer_free(&a);
}

static void test_documents_are_compressed(void **state)
{
    (void)state;
    struct test_answer packed = ask("GET", "/schemes", (const char *[]){"Accept-Encoding: br, gzip", NULL}),
                       plain = ask("GET", "/schemes", NULL);
    assert_string_equal(test_field(&packed, "Content-Encoding"), "gzip");
    assert_gunzips_to(&packed, &plain);
    test_answer_free(&packed);
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

/* Cached, computed as a whole, streamed, compressed, and a part: the digest is that of the whole representation. */
static void test_digests_on_request(void **state)
{
    (void)state;
    static const char *const targets[] = {"/uniform/333.npy", "/orthogonal/300x200", "/normal/20000000", JSON_TARGET};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct test_answer whole = ask("GET", targets[i], (const char *[]){"Want-Repr-Digest: sha-512=3, sha-256=10",
                                                                            "Want-Content-Digest: sha-256=1", NULL});
        struct test_answer part = ask("GET", targets[i], (const char *[]){"Want-Repr-Digest: sha-256", "Range: bytes=3-9", NULL});
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
        cmocka_unit_test(test_binary_is_never_compressed),
        cmocka_unit_test(test_documents_are_compressed),
        cmocka_unit_test(test_digests_on_request),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
