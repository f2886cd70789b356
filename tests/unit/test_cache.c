/* test_cache.c - the cache: hits, evictions, and bounds of memory. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "support/failing_malloc.h"
#include "support/test.h"
#include "support/want.h"

/* ---- hits, bounds, order --------------------------------------------------------------------------------------- */

TEST(test_hit_gives_the_same_blob)
{
    struct srv_cache *cache = want_open_cache(1 << 20, NULL, NULL);
    struct want want = {.size = 1000, .fill = 7};
    struct srv_job *a, *b, *c;
    assert_int_equal(want_get(cache, "k", &want_here, &want, &a), SRV_MISS);
    assert_int_equal(want_get(cache, "k", &want_here, &want, &b), SRV_HIT);
    assert_int_equal(want_get(cache, "K", &want_here, &want, &c), SRV_MISS);
    assert_int_equal(want.made, 2);
    assert_true(srv_job_stored(a) && !srv_job_from_disk(a));
    assert_ptr_equal(srv_job_blob(a), srv_job_blob(b));
    assert_ptr_not_equal(srv_job_blob(a), srv_job_blob(c));
    assert_int_equal(srv_job_blob(b)->bytes[999], 7);
    struct srv_cache_stats stats;
    srv_cache_stats(cache, &stats);
    assert_int_equal(stats.hits, 1);
    assert_int_equal(stats.misses, 2);
    assert_int_equal(stats.made, 2);
    assert_int_equal(stats.entries, 2);
    assert_int_equal(stats.pending, 0);
    assert_true(stats.bytes > 2 * srv_blob_charge(1000));
    srv_job_unref(srv_job_ref(a));
    srv_job_unref(a);
    srv_job_unref(b);
    srv_job_unref(c);
    srv_cache_close(cache);
}

TEST(test_keys_may_hold_any_byte)
{
    struct srv_cache *cache = want_open_cache(1 << 20, NULL, NULL);
    struct want want = {.size = 1};
    struct srv_job *job;
    for (size_t len = 1; len <= 4; len++) {
        assert_int_equal(srv_cache_get(cache, "a\0b\0", len, &want_here, &want, &job), SRV_MISS);
        srv_job_unref(job);
    }
    assert_int_equal(srv_cache_get(cache, "a\0b", 3, &want_here, &want, &job), SRV_HIT);
    srv_job_unref(job);
    srv_cache_close(cache);
}

/* Ten entries fit. Each costs more than the one before, so the oldest go first, but not those that were used again. */
TEST(test_the_cheap_and_unused_go_first)
{
    struct srv_cache *cache = want_open_cache(UINT64_C(10) * 110000, NULL, NULL);
    struct want want = {.size = 100000};
    char key[16];
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%d", i);
        want.cost_ns = 1000000 + (uint64_t)i * 200000;
        assert_int_equal(want_touch(cache, key, &want), SRV_MISS);
    }
    assert_int_equal(want_touch(cache, "k0", &want), SRV_HIT);
    assert_int_equal(want_touch(cache, "k0", &want), SRV_HIT);
    assert_int_equal(want_touch(cache, "k2", &want), SRV_HIT);
    for (int i = 10; i < 13; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(want_touch(cache, key, &want), SRV_MISS);
    }
    static const bool kept[] = {true, false, true, false, false, true, true, true, true, true, true, true, true};
    for (int i = 0; i < 13; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(want_is_kept(cache, key), kept[i]);
    }
    srv_cache_close(cache);
}

TEST(test_eviction_spares_readers)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 10 << 20);
    struct srv_cache *cache = want_open_cache(1 << 20, &budget, NULL);
    struct want want = {.size = 200000, .fill = 42};
    struct srv_job *job;
    char key[16];
    want_get(cache, "held", &want_here, &want, &job);
    want.cost_ns = 1000000;
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "k%d", i);
        want_touch(cache, key, &want);
    }
    assert_false(want_is_kept(cache, "held"));
    for (size_t i = 0; i < want.size; i++)
        assert_int_equal(srv_job_blob(job)->bytes[i], 42);
    struct srv_cache_stats stats;
    srv_cache_stats(cache, &stats);
    assert_int_equal(stats.in_flight_bytes, srv_blob_charge(want.size));
    assert_true(stats.evictions >= 16);
    srv_job_unref(job);
    srv_cache_stats(cache, &stats);
    assert_int_equal(stats.in_flight_bytes, 0);
    srv_cache_close(cache);
    assert_int_equal(srv_budget_used(&budget), 0);
}

struct thing {
    struct srv_attachment attachment;
    struct srv_budget *budget;
};

static void free_thing(struct srv_attachment *attachment)
{
    srv_budget_release(((struct thing *)attachment)->budget, attachment->bytes);
    free(attachment);
}

/* Attach so many bytes to a value of the cache. False: they were not taken, and are freed. */
static bool attach(struct srv_cache *cache, struct srv_budget *budget, const char *key, size_t bytes)
{
    uint64_t hash = srv_cache_hash(cache, key, strlen(key));
    struct srv_blob *blob = srv_cache_peek(cache, key, strlen(key));
    struct thing *thing = blob && srv_budget_reserve(budget, bytes) ? malloc(sizeof *thing) : NULL;
    bool taken = false;
    if (thing) {
        *thing = (struct thing){{free_thing, bytes}, budget};
        taken = srv_cache_attach(cache, hash, key, strlen(key), blob, &thing->attachment) == &thing->attachment;
        if (!taken)
            free_thing(&thing->attachment);
    }
    srv_blob_unref(blob);
    return taken;
}

static struct srv_cache_stats stats_of(struct srv_cache *cache)
{
    struct srv_cache_stats stats;
    srv_cache_stats(cache, &stats);
    return stats;
}

/* The whole cache is charged and counted: values, and what is attached to them. */
TEST(test_attachments_take_room)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 10 << 20);
    struct srv_cache *cache = want_open_cache(1 << 20, &budget, NULL);
    struct want want = {.size = 1000};
    char key[16];
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i);
        want_touch(cache, key, &want);
    }
    uint64_t bytes = stats_of(cache).bytes, used = srv_budget_used(&budget);
    assert_true(attach(cache, &budget, "k0", 100000));
    assert_false(attach(cache, &budget, "k0", 5)); /* one is attached */
    assert_false(attach(cache, &budget, "k1", 2 << 20));
    assert_false(attach(cache, &budget, "none", 5));
    assert_int_equal(stats_of(cache).bytes, bytes + 100000);
    assert_int_equal(srv_budget_used(&budget), used + 100000);
    assert_int_equal(stats_of(cache).in_flight_bytes, 0);
    for (int i = 1; i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i);
        attach(cache, &budget, key, 20000);
        assert_true(stats_of(cache).bytes <= 1 << 20 && srv_budget_used(&budget) <= 1 << 20);
        assert_int_equal(stats_of(cache).in_flight_bytes, 0);
        assert_true(want_is_kept(cache, key) || stats_of(cache).entries < 100);
    }
    assert_true(stats_of(cache).evictions > 30);
    srv_cache_close(cache);
    assert_int_equal(srv_budget_used(&budget), 0);
}

/* A value that was evicted and made again has another blob: what was made from the old one must not be attached to
 * it. */
TEST(test_an_attachment_is_for_one_blob)
{
    struct srv_cache *cache = want_open_cache(1 << 20, NULL, NULL);
    struct want want = {.size = 1000};
    struct srv_blob *other = srv_blob_new(NULL, 1000);
    struct thing *thing = calloc(1, sizeof *thing);
    thing->attachment.free = free_thing;
    want_touch(cache, "k", &want);
    assert_null(srv_cache_attach(cache, srv_cache_hash(cache, "k", 1), "k", 1, other, &thing->attachment));
    free_thing(&thing->attachment);
    srv_blob_unref(other);
    srv_cache_close(cache);
}

/* A value too large to keep is shared while a client holds it, and no longer. */
TEST(test_large_values_are_shared_but_not_kept)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 10 << 20);
    struct srv_cache *cache = want_open_cache(1 << 20, &budget, NULL);
    struct want want = {.size = 300000};
    struct srv_job *a, *b;
    assert_true(srv_cache_admits(cache, 1 << 18));
    assert_false(srv_cache_admits(cache, (1 << 18) + 1));
    assert_int_equal(want_get(cache, "large", &want_here, &want, &a), SRV_MISS);
    assert_int_equal(want_get(cache, "large", &want_here, &want, &b), SRV_HIT);
    assert_false(srv_job_stored(a));
    assert_ptr_equal(srv_job_blob(a), srv_job_blob(b));
    srv_job_unref(a);
    assert_true(want_is_kept(cache, "large"));
    srv_job_unref(b);
    assert_false(want_is_kept(cache, "large"));
    assert_int_equal(srv_budget_used(&budget), 0);
    assert_int_equal(want_touch(cache, "large", &want), SRV_MISS);
    assert_int_equal(want.made, 2);
    srv_cache_close(cache);
}

TEST(test_no_room_at_all)
{
    struct srv_cache *cache = want_open_cache(0, NULL, NULL);
    struct want want = {.size = 0};
    assert_int_equal(want_touch(cache, "k", &want), SRV_MISS);
    assert_int_equal(want_touch(cache, "k", &want), SRV_MISS);
    srv_cache_close(cache);
    srv_cache_close(NULL);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

struct load {
    struct srv_cache *cache;
    struct srv_budget *budget;
    uint64_t seed, limit;
    atomic_bool *wrong;
    int n_failed;
};

static void *load_randomly(void *arg)
{
    struct load *load = arg;
    struct srv_job *held[8] = {NULL};
    uint64_t random = load->seed;
    for (int step = 0; step < 3000; step++) {
        char key[16];
        unsigned id = (unsigned)(test_uniform(&random) * test_uniform(&random) * 300);
        struct want want = {.size = (size_t)id * id * 7, .fill = (uint8_t)id};
        struct srv_job *job;
        snprintf(key, sizeof key, "%u", id);
        want_get(load->cache, key, id % 3 ? &want_copied : &want_here, &want, &job);
        attach(load->cache, load->budget, key, id % 7 * 1000);
        bool leaves = test_uniform(&random) < 0.1;
        if (!leaves && srv_job_wait(job) == SRV_OK) {
            const struct srv_blob *blob = srv_job_blob(job);
            if (blob->size != want.size || (blob->size && blob->bytes[blob->size - 1] != (uint8_t)id))
                atomic_store(load->wrong, true);
        } else if (!leaves) {
            load->n_failed++;
        }
        size_t place = (size_t)(test_uniform(&random) * 8);
        srv_job_unref(held[place]);
        held[place] = job;
        struct srv_cache_stats stats;
        srv_cache_stats(load->cache, &stats);
        if (stats.bytes > load->limit || srv_budget_used(load->budget) > load->budget->limit)
            atomic_store(load->wrong, true);
    }
    for (int i = 0; i < 8; i++)
        srv_job_unref(held[i]);
    return NULL;
}

TEST(test_memory_stays_bounded_under_random_load)
{
    enum { N = 6 };
    struct srv_budget budget;
    srv_budget_init(&budget, 8 << 20);
    struct srv_pool *pool = srv_pool_open(3, 20);
    struct srv_cache_config config = {.cache_bytes = 4 << 20, .budget = &budget, .pool = pool};
    struct srv_cache *cache = srv_cache_open(&config);
    struct load loads[N];
    pthread_t threads[N];
    atomic_bool wrong = false;
    int n_failed = 0;
    for (int i = 0; i < N; i++) {
        loads[i] = (struct load){cache, &budget, (uint64_t)i * 77 + 1, 4 << 20, &wrong, 0};
        pthread_create(&threads[i], NULL, load_randomly, &loads[i]);
    }
    for (int i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        n_failed += loads[i].n_failed;
    }
    struct srv_cache_stats stats;
    srv_cache_stats(cache, &stats);
    print_message("hits %llu misses %llu collapsed %llu evictions %llu cancelled %llu failed %d\n",
                  (unsigned long long)stats.hits, (unsigned long long)stats.misses, (unsigned long long)stats.collapsed,
                  (unsigned long long)stats.evictions, (unsigned long long)stats.cancelled, n_failed);
    assert_false(wrong);
    assert_true(stats.evictions > 0 && stats.hits > 0);
    srv_cache_close(cache);
    srv_pool_close(pool);
    assert_int_equal(srv_budget_used(&budget), 0);
}

TEST(test_budget_refuses)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 50000);
    struct srv_cache *cache = want_open_cache(1 << 20, &budget, NULL);
    struct want want = {.size = 30000};
    struct srv_job *a, *b;
    want_get(cache, "a", &want_here, &want, &a);
    want_get(cache, "b", &want_here, &want, &b);
    assert_int_equal(srv_job_code(a), SRV_OK);
    assert_int_equal(srv_job_code(b), SRV_NO_MEMORY);
    srv_job_unref(a);
    srv_job_unref(b);
    struct srv_cache_stats stats;
    srv_cache_stats(cache, &stats);
    assert_int_equal(stats.failed, 1);
    srv_cache_close(cache);
}

static bool run_chaos(void)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 8 << 20);
    struct srv_pool *pool = srv_pool_open(1, 10);
    struct srv_cache_config config = {.cache_bytes = 1 << 20, .budget = &budget, .pool = pool};
    struct srv_cache *cache = pool ? srv_cache_open(&config) : NULL;
    struct want matrix = {.size = 20000, .fill = 9};
    struct want body = {.size = 22000, .fill = 1, .also = &matrix, .also_key = "matrix"};
    bool ok = cache != NULL;
    for (int i = 0; cache && i < 4; i++) {
        struct srv_job *job;
        want_get(cache, i % 2 ? "a" : "b", &want_copied, &body, &job);
        ok = srv_job_wait(job) == SRV_OK && ok;
        assert_true(srv_job_code(job) == SRV_OK || srv_job_code(job) == SRV_NO_MEMORY);
        srv_job_unref(job);
    }
    srv_cache_close(cache);
    srv_pool_close(pool);
    assert_int_equal(srv_budget_used(&budget), 0);
    return ok;
}

/* Each allocation fails in its turn: an error, never a crash, a leak or a waiter that waits for ever. */
TEST(test_every_allocation_may_fail)
{
    unsigned long n = 0;
    bool ok;
    do {
        failing_malloc_at(++n);
        ok = run_chaos();
        assert_true(ok == !failing_malloc_failed());
    } while (failing_malloc_failed());
    failing_malloc_at(0);
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hit_gives_the_same_blob),
        cmocka_unit_test(test_keys_may_hold_any_byte),
        cmocka_unit_test(test_the_cheap_and_unused_go_first),
        cmocka_unit_test(test_eviction_spares_readers),
        cmocka_unit_test(test_attachments_take_room),
        cmocka_unit_test(test_an_attachment_is_for_one_blob),
        cmocka_unit_test(test_large_values_are_shared_but_not_kept),
        cmocka_unit_test(test_no_room_at_all),
        cmocka_unit_test(test_memory_stays_bounded_under_random_load),
        cmocka_unit_test(test_budget_refuses),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
