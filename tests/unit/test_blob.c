/* test_blob.c - blobs, the budget and digests. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "cache/blob.h"
#include "support/test.h"
#include "support/failing_malloc.h"

TEST(test_budget_is_a_bound)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 100);
    assert_true(srv_budget_reserve(&budget, 60));
    assert_false(srv_budget_reserve(&budget, 41));
    assert_false(srv_budget_reserve(&budget, UINT64_MAX));
    assert_true(srv_budget_reserve(&budget, 40));
    assert_int_equal(srv_budget_used(&budget), 100);
    srv_budget_release(&budget, 100);
    assert_int_equal(srv_budget_used(&budget), 0);
    assert_true(srv_budget_reserve(NULL, UINT64_MAX));
}

TEST(test_blob_is_aligned_and_charged)
{
    static const size_t sizes[] = {0, 1, 63, 64, 4096, SRV_BLOB_MMAP_BYTES - 1, SRV_BLOB_MMAP_BYTES, 5000001};
    struct srv_budget budget;
    srv_budget_init(&budget, 16 << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct srv_blob *blob = srv_blob_new(&budget, sizes[i]);
        assert_non_null(blob);
        assert_int_equal((uintptr_t)blob->bytes % 64, 0);
        assert_int_equal(blob->size, sizes[i]);
        assert_int_equal(srv_budget_used(&budget), srv_blob_charge(sizes[i]));
        assert_true(srv_blob_charge(sizes[i]) >= sizes[i] + sizeof *blob);
        memset(blob->bytes, 0xab, blob->size);
        srv_blob_unref(srv_blob_ref(blob));
        assert_int_equal(srv_budget_used(&budget), srv_blob_charge(sizes[i]));
        srv_blob_unref(blob);
        assert_int_equal(srv_budget_used(&budget), 0);
    }
    srv_blob_unref(NULL);
}

TEST(test_blob_refused_beyond_budget_and_memory)
{
    struct srv_budget budget;
    srv_budget_init(&budget, srv_blob_charge(1000));
    struct srv_blob *blob = srv_blob_new(&budget, 1000);
    assert_non_null(blob);
    assert_null(srv_blob_new(&budget, 0));
    srv_blob_unref(blob);
    assert_null(srv_blob_new(&budget, SIZE_MAX));
    srv_budget_init(&budget, 1 << 20);
    failing_malloc_at(1);
    assert_null(srv_blob_new(&budget, 100));
    assert_true(failing_malloc_failed());
    assert_int_equal(srv_budget_used(&budget), 0);
}

TEST(test_heap_serves_when_no_mapping_can_be_had)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 1 << 20);
    failing_malloc_at(1);
    struct srv_blob *blob = srv_blob_new(&budget, SRV_BLOB_MMAP_BYTES);
    assert_true(failing_malloc_failed());
    assert_non_null(blob);
    assert_int_equal((uintptr_t)blob->bytes % 64, 0);
    memset(blob->bytes, 1, blob->size);
    srv_blob_unref(blob);
    assert_int_equal(srv_budget_used(&budget), 0);
}

static unsigned freed;

static void count_freed(struct srv_attachment *attachment)
{
    (void)attachment;
    freed++;
}

TEST(test_an_attachment_dies_with_the_blob)
{
    struct srv_attachment first = {.free = count_freed}, second = {.free = count_freed};
    struct srv_blob *blob = srv_blob_new(NULL, 10);
    assert_ptr_equal(srv_blob_attach(blob, &first), &first);
    assert_ptr_equal(srv_blob_attach(blob, &second), &first);
    srv_blob_unref(srv_blob_ref(blob));
    assert_int_equal(freed, 0);
    srv_blob_unref(blob);
    assert_int_equal(freed, 1);
}

static void *digest(void *arg)
{
    uint8_t sha[SRV_SHA256_BYTES];
    char hex[SRV_SHA256_HEX];
    srv_blob_sha256(arg, sha);
    srv_hex(sha, sizeof sha, hex);
    /* FIPS 180-4, one million times "a". */
    return strcmp(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0 ? arg : NULL;
}

TEST(test_sha256_is_computed_once)
{
    struct srv_blob *blob = srv_blob_new(NULL, 1000000);
    uint8_t sha[SRV_SHA256_BYTES], again[SRV_SHA256_BYTES];
    pthread_t threads[4];
    memset(blob->bytes, 'a', blob->size);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, digest, blob);
    for (int i = 0; i < 4; i++) {
        void *ok;
        pthread_join(threads[i], &ok);
        assert_non_null(ok);
    }
    srv_sha256(blob->bytes, blob->size, sha);
    memset(again, 0, sizeof again);
    srv_blob_sha256_set(blob, again); /* too late */
    srv_blob_sha256(blob, again);
    assert_memory_equal(sha, again, sizeof sha);
    srv_blob_unref(blob);
}

TEST(test_a_digest_that_is_set_is_not_computed)
{
    static const uint8_t told[SRV_SHA256_BYTES] = {1, 2, 3};
    uint8_t sha[SRV_SHA256_BYTES];
    struct srv_blob *blob = srv_blob_new(NULL, 0);
    srv_blob_sha256_set(blob, told);
    srv_blob_sha256(blob, sha);
    assert_memory_equal(sha, told, sizeof sha);
    srv_blob_unref(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget_is_a_bound),
        cmocka_unit_test(test_blob_is_aligned_and_charged),
        cmocka_unit_test(test_blob_refused_beyond_budget_and_memory),
        cmocka_unit_test(test_heap_serves_when_no_mapping_can_be_had),
        cmocka_unit_test(test_an_attachment_dies_with_the_blob),
        cmocka_unit_test(test_sha256_is_computed_once),
        cmocka_unit_test(test_a_digest_that_is_set_is_not_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
