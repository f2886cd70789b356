/* test_cache.c - what is kept, what goes, and that a value is made once. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "cache/cache.h"
#include "cache/siphash.h"
#include "support/test.h"
#include "support/failing_malloc.h"

/* ---- makers ---------------------------------------------------------------------------------------------------- */

/* What a test wants made, and what happened. */
struct want {
    size_t size;
    uint8_t fill;
    enum srv_code code;
    atomic_int made;
    sem_t *started, *go;     /* post when making begins, then wait; may be NULL */
    const struct want *also; /* a nested key's value goes in front */
    const char *also_key;
    bool poll; /* give up when unwanted */
    atomic_int saw_unwanted;
};

static enum srv_code fill(const struct srv_making *making, void *arg, struct srv_blob **blob);

static const struct srv_make here = {.make = fill, .in_place = true};
static const struct srv_make pooled = {.make = fill};

static enum srv_code add_nested(const struct srv_making *making, const struct want *want, struct srv_blob *blob)
{
    struct srv_job *job;
    srv_cache_get(making->cache, want->also_key, strlen(want->also_key), &pooled, (void *)(uintptr_t)want->also, &job);
    enum srv_code code = srv_job_wait(job);
    if (code == SRV_OK)
        memcpy(blob->bytes, srv_job_blob(job)->bytes, want->also->size);
    srv_job_unref(job);
    return code;
}

static enum srv_code fill(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    struct want *want = arg;
    atomic_fetch_add(&want->made, 1);
    if (want->started)
        sem_post(want->started);
    if (want->go)
        sem_wait(want->go);
    if (want->poll && srv_making_unwanted(making)) {
        atomic_fetch_add(&want->saw_unwanted, 1);
        sem_post(want->started);
        sem_wait(want->go);
        return SRV_CANCELLED;
    }
    if (want->code != SRV_OK)
        return want->code;
    struct srv_blob *made = srv_blob_new(making->budget, want->size);
    if (!made)
        return SRV_NO_MEMORY;
    memset(made->bytes, want->fill, want->size);
    enum srv_code code = want->also ? add_nested(making, want, made) : SRV_OK;
    if (code != SRV_OK) {
        srv_blob_unref(made);
        return code;
    }
    *blob = made;
    return SRV_OK;
}

static enum srv_how get(struct srv_cache *cache, const char *key, const struct srv_make *make, struct want *want,
                        struct srv_job **job)
{
    return srv_cache_get(cache, key, strlen(key), make, want, job);
}

/* Get, wait, check, let go. */
static enum srv_how touch(struct srv_cache *cache, const char *key, struct want *want)
{
    struct srv_job *job;
    enum srv_how how = get(cache, key, &here, want, &job);
    assert_int_equal(srv_job_wait(job), SRV_OK);
    assert_int_equal(srv_job_blob(job)->size, want->size);
    srv_job_unref(job);
    return how;
}

static bool is_kept(struct srv_cache *cache, const char *key)
{
    struct srv_blob *blob = srv_cache_peek(cache, key, strlen(key));
    srv_blob_unref(blob);
    return blob != NULL;
}

static struct srv_cache *open_cache(uint64_t bytes, enum srv_policy policy, struct srv_budget *budget,
                                    struct srv_pool *pool)
{
    struct srv_cache_config config = {.cache_bytes = bytes, .policy = policy, .budget = budget, .pool = pool};
    struct srv_cache *cache = srv_cache_open(&config);
    assert_non_null(cache);
    return cache;
}

/* ---- hashing --------------------------------------------------------------------------------------------------- */

TEST(test_siphash_agrees_with_openssl)
{
    uint8_t text[100], out[8];
    const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    uint8_t key_bytes[16];
    unsigned c = 1, d = 3;
    size_t out_bytes = 8, n;
    for (unsigned i = 0; i < 16; i++)
        key_bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 37 + 11);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    OSSL_PARAM params[] = {OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, &out_bytes),
                           OSSL_PARAM_uint(OSSL_MAC_PARAM_C_ROUNDS, &c), OSSL_PARAM_uint(OSSL_MAC_PARAM_D_ROUNDS, &d),
                           OSSL_PARAM_END};
    for (size_t len = 0; len <= sizeof text; len++) {
        EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
        assert_int_equal(EVP_MAC_init(ctx, key_bytes, 16, params), 1);
        assert_int_equal(EVP_MAC_update(ctx, text, len), 1);
        assert_int_equal(EVP_MAC_final(ctx, out, &n, sizeof out), 1);
        EVP_MAC_CTX_free(ctx);
        uint64_t expected = 0;
        for (unsigned i = 0; i < 8; i++)
            expected |= (uint64_t)out[i] << (8 * i);
        assert_true(srv_siphash(key, text, len) == expected);
    }
    EVP_MAC_free(mac);
}

/* ---- hits, bounds, order --------------------------------------------------------------------------------------- */

TEST(test_hit_gives_the_same_blob)
{
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, NULL, NULL);
    struct want want = {.size = 1000, .fill = 7};
    struct srv_job *a, *b, *c;
    assert_int_equal(get(cache, "k", &here, &want, &a), SRV_MISS);
    assert_int_equal(get(cache, "k", &here, &want, &b), SRV_HIT);
    assert_int_equal(get(cache, "K", &here, &want, &c), SRV_MISS);
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
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, NULL, NULL);
    struct want want = {.size = 1};
    struct srv_job *job;
    for (size_t len = 1; len <= 4; len++) {
        assert_int_equal(srv_cache_get(cache, "a\0b\0", len, &here, &want, &job), SRV_MISS);
        srv_job_unref(job);
    }
    assert_int_equal(srv_cache_get(cache, "a\0b", 3, &here, &want, &job), SRV_HIT);
    srv_job_unref(job);
    srv_cache_close(cache);
}

/* Ten entries fit; using the oldest saves it. */
TEST(test_lru_order)
{
    struct srv_cache *cache = open_cache(UINT64_C(10) * 110000, SRV_POLICY_LRU, NULL, NULL);
    struct want want = {.size = 100000};
    char key[16];
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(touch(cache, key, &want), SRV_MISS);
    }
    assert_int_equal(touch(cache, "k0", &want), SRV_HIT);
    assert_int_equal(touch(cache, "k2", &want), SRV_HIT);
    for (int i = 10; i < 13; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(touch(cache, key, &want), SRV_MISS);
    }
    static const bool kept[] = {true, false, true, false, false, true, true, true, true, true, true, true, true};
    for (int i = 0; i < 13; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(is_kept(cache, key), kept[i]);
    }
    srv_cache_close(cache);
}

/* Against a naive model: a random trace, the same victims. */
TEST(test_evict_agrees_with_a_naive_model)
{
    enum { N = 50, ROOM = 20 };
    for (int policy = SRV_POLICY_COST; policy <= SRV_POLICY_LRU; policy++) {
        struct srv_evict evict;
        struct srv_rank rank[N] = {0};
        double priority[N] = {0}, uses[N] = {0}, floor = 0, clock = 0;
        bool in[N] = {false};
        uint64_t random = 12345;
        assert_true(srv_evict_init(&evict, (enum srv_policy)policy, ROOM));
        for (int step = 0; step < 20000; step++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            size_t i = (random >> 33) % N * ((random >> 50) % N) / N;
            uint64_t cost = (i * 7919 % 50) * 1000, bytes = 100 + i * 31 % 17;
            if (!in[i] && evict.n == ROOM) {
                size_t victim = 0;
                for (size_t k = 1; k < N; k++)
                    if (in[k] && (!in[victim] || priority[k] < priority[victim]))
                        victim = k;
                struct srv_rank *gone = srv_evict_pop(&evict);
                assert_true(priority[victim] == gone->priority);
                in[gone - rank] = false;
                floor = gone->priority;
            }
            uses[i] = !in[i] ? 1 : uses[i] < SRV_USES_MAX ? uses[i] + 1 : SRV_USES_MAX;
            priority[i] = policy == SRV_POLICY_LRU ? (clock += 1)
                                                   : floor + uses[i] * (((double)cost + SRV_USE_NS) / (double)bytes);
            if (in[i])
                srv_evict_touch(&evict, &rank[i]);
            else
                srv_evict_add(&evict, &rank[i], cost, bytes);
            in[i] = true;
            if (step % 97 == 0) {
                srv_evict_remove(&evict, &rank[i]);
                in[i] = false;
            }
        }
        srv_evict_deinit(&evict);
    }
}

TEST(test_eviction_spares_readers)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 10 << 20);
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_LRU, &budget, NULL);
    struct want want = {.size = 200000, .fill = 42};
    struct srv_job *job;
    char key[16];
    get(cache, "held", &here, &want, &job);
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "k%d", i);
        touch(cache, key, &want);
    }
    assert_false(is_kept(cache, "held"));
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

/* What is too large to keep is shared while it is held, and no longer. */
TEST(test_large_values_are_shared_but_not_kept)
{
    struct srv_budget budget;
    srv_budget_init(&budget, 10 << 20);
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, &budget, NULL);
    struct want want = {.size = 300000};
    struct srv_job *a, *b;
    assert_true(srv_cache_admits(cache, 1 << 18));
    assert_false(srv_cache_admits(cache, (1 << 18) + 1));
    assert_int_equal(get(cache, "large", &here, &want, &a), SRV_MISS);
    assert_int_equal(get(cache, "large", &here, &want, &b), SRV_HIT);
    assert_false(srv_job_stored(a));
    assert_ptr_equal(srv_job_blob(a), srv_job_blob(b));
    srv_job_unref(a);
    assert_true(is_kept(cache, "large"));
    srv_job_unref(b);
    assert_false(is_kept(cache, "large"));
    assert_int_equal(srv_budget_used(&budget), 0);
    assert_int_equal(touch(cache, "large", &want), SRV_MISS);
    assert_int_equal(want.made, 2);
    srv_cache_close(cache);
}

TEST(test_no_room_at_all)
{
    struct srv_cache *cache = open_cache(0, SRV_POLICY_COST, NULL, NULL);
    struct want want = {.size = 0};
    assert_int_equal(touch(cache, "k", &want), SRV_MISS);
    assert_int_equal(touch(cache, "k", &want), SRV_MISS);
    srv_cache_close(cache);
    srv_cache_close(NULL);
}

/* ---- cost against plain LRU ------------------------------------------------------------------------------------ */

struct kind {
    uint64_t size, cost_ns;
};

/* Bodies as weightd makes them, in bytes and nanoseconds: zeros, uniform, normal (four), JSON, a framework's stream,
 * orthogonal 256 x 256 and 512 x 512. */
static const struct kind kinds[] = {
    {4 << 20, 400000}, {1 << 20, 150000},  {1 << 18, 100000},  {1 << 20, 400000},  {4 << 20, 1600000},
    {1 << 19, 400000}, {1 << 20, 4000000}, {1 << 20, 1600000}, {1 << 18, 1500000}, {1 << 20, 12000000},
};

static const struct kind *kind_of(size_t key)
{
    return &kinds[key * 2654435761u % (sizeof kinds / sizeof kinds[0])];
}

static double uniform(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (double)(*random >> 11) * 0x1p-53;
}

/* Total nanoseconds spent on misses over a Zipf-like trace of which every `drift` steps all keys change rank. */
static double replay(enum srv_policy policy, uint64_t room, unsigned drift)
{
    enum { KEYS = 4000, STEPS = 200000 };
    static struct srv_rank rank[KEYS];
    static bool in[KEYS];
    static double cumulated[KEYS];
    struct srv_evict evict;
    uint64_t used = 0, random = 99;
    double total = 0, sum = 0;
    memset(in, 0, sizeof in);
    for (int i = 0; i < KEYS; i++)
        cumulated[i] = sum += 1.0 / (1 + i * 0.75);
    assert_true(srv_evict_init(&evict, policy, KEYS));
    for (int step = 0; step < STEPS; step++) {
        double u = uniform(&random) * sum;
        size_t lo = 0, hi = KEYS - 1;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (cumulated[mid] < u)
                lo = mid + 1;
            else
                hi = mid;
        }
        size_t key = (lo + (size_t)step / drift) % KEYS;
        const struct kind *kind = kind_of(key);
        if (in[key]) {
            srv_evict_touch(&evict, &rank[key]);
            continue;
        }
        total += (double)kind->cost_ns;
        while (used + kind->size > room) {
            size_t victim = (size_t)(srv_evict_pop(&evict) - rank);
            in[victim] = false;
            used -= kind_of(victim)->size;
        }
        srv_evict_add(&evict, &rank[key], kind->cost_ns, kind->size);
        in[key] = true;
        used += kind->size;
    }
    srv_evict_deinit(&evict);
    return total;
}

TEST(test_cost_policy_beats_lru)
{
    static const unsigned drifts[] = {1000000, 1000, 50};
    for (int i = 0; i < 3; i++) {
        for (uint64_t room = 16 << 20; room <= 1 << 30; room *= 4) {
            double lru = replay(SRV_POLICY_LRU, room, drifts[i]), cost = replay(SRV_POLICY_COST, room, drifts[i]);
            print_message("drift %7u, %4u MiB: compute time LRU %6.1f s, cost-aware %6.1f s, ratio %.2f\n", drifts[i],
                          (unsigned)(room >> 20), lru * 1e-9, cost * 1e-9, lru / cost);
            assert_true(cost < lru * (room < 256 << 20 ? 0.9 : 0.7));
        }
    }
}

/* ---- single flight --------------------------------------------------------------------------------------------- */

struct client {
    struct srv_cache *cache;
    struct want *want;
    pthread_barrier_t *gate;
    struct srv_blob *blob;
    enum srv_how how;
};

static void *ask(void *arg)
{
    struct client *client = arg;
    struct srv_job *job;
    pthread_barrier_wait(client->gate);
    client->how = get(client->cache, "same", &pooled, client->want, &job);
    if (srv_job_wait(job) == SRV_OK)
        client->blob = srv_blob_ref(srv_job_blob(job));
    srv_job_unref(job);
    return NULL;
}

enum { CLIENTS = 64 };

static void ask_all(struct srv_cache *cache, struct want *want, struct client clients[CLIENTS])
{
    pthread_t threads[CLIENTS];
    pthread_barrier_t gate;
    pthread_barrier_init(&gate, NULL, CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.cache = cache, .want = want, .gate = &gate};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &clients[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&gate);
}

TEST(test_many_at_once_compute_once)
{
    struct srv_pool *pool = srv_pool_open(4, 100);
    struct client clients[CLIENTS];
    for (int round = 0; round < 20; round++) {
        struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, NULL, pool);
        struct want want = {.size = 5000};
        int how[3] = {0};
        ask_all(cache, &want, clients);
        assert_int_equal(want.made, 1);
        for (int i = 0; i < CLIENTS; i++) {
            assert_ptr_equal(clients[i].blob, clients[0].blob);
            how[clients[i].how]++;
            srv_blob_unref(clients[i].blob);
        }
        assert_int_equal(how[SRV_MISS], 1);
        srv_cache_close(cache);
    }
    srv_pool_close(pool);
}

TEST(test_failure_reaches_everybody)
{
    struct srv_pool *pool = srv_pool_open(2, 100);
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, NULL, pool);
    struct client clients[CLIENTS];
    struct want bad = {.code = SRV_NO_MEMORY}, good = {.size = 10};
    ask_all(cache, &bad, clients);
    for (int i = 0; i < CLIENTS; i++)
        assert_null(clients[i].blob);
    ask_all(cache, &good, clients); /* a failure is not remembered */
    for (int i = 0; i < CLIENTS; i++) {
        assert_non_null(clients[i].blob);
        srv_blob_unref(clients[i].blob);
    }
    srv_cache_close(cache);
    srv_pool_close(pool);
}

/* ---- a pool with one thread, held up --------------------------------------------------------------------------- */

struct held {
    struct srv_budget budget;
    struct srv_pool *pool;
    struct srv_cache *cache;
    sem_t started, go;
    struct want want; /* what holds the thread up */
    struct srv_job *job;
};

static void hold(struct held *held, size_t queue_max)
{
    memset(held, 0, sizeof *held);
    srv_budget_init(&held->budget, 10 << 20);
    sem_init(&held->started, 0, 0);
    sem_init(&held->go, 0, 0);
    held->pool = srv_pool_open(1, queue_max);
    held->cache = open_cache(1 << 20, SRV_POLICY_COST, &held->budget, held->pool);
    held->want = (struct want){.size = 10, .started = &held->started, .go = &held->go};
    assert_int_equal(get(held->cache, "hold", &pooled, &held->want, &held->job), SRV_MISS);
    sem_wait(&held->started);
}

static void let_go(struct held *held)
{
    srv_job_unref(held->job);
    srv_cache_close(held->cache);
    srv_pool_close(held->pool);
    assert_int_equal(srv_budget_used(&held->budget), 0);
    sem_destroy(&held->started);
    sem_destroy(&held->go);
}

static void count_call(void *arg)
{
    sem_post(arg);
}

TEST(test_full_queue_is_a_failure_not_a_wait)
{
    struct held held;
    struct want want = {.size = 10};
    struct srv_job *a, *b, *c;
    hold(&held, 1);
    assert_int_equal(get(held.cache, "a", &pooled, &want, &a), SRV_MISS);
    assert_int_equal(get(held.cache, "b", &pooled, &want, &b), SRV_MISS);
    assert_int_equal(srv_job_code(a), SRV_PENDING);
    assert_int_equal(srv_job_code(b), SRV_QUEUE_FULL);
    assert_null(srv_job_blob(b));
    assert_int_equal(get(held.cache, "a", &pooled, &want, &c), SRV_COLLAPSED);
    sem_post(&held.go);
    assert_int_equal(srv_job_wait(a), SRV_OK);
    assert_int_equal(want.made, 1);
    srv_job_unref(a);
    srv_job_unref(b);
    srv_job_unref(c);
    let_go(&held);
}

TEST(test_work_nobody_wants_is_not_done)
{
    struct held held;
    struct want want = {.size = 10};
    struct srv_job *a, *b;
    hold(&held, 1);
    get(held.cache, "a", &pooled, &want, &a);
    get(held.cache, "a", &pooled, &want, &b);
    srv_job_unref(a);
    assert_int_equal(srv_job_code(b), SRV_PENDING);
    srv_job_unref(b);
    get(held.cache, "b", &pooled, &want, &b); /* its place in the queue is free again */
    assert_int_equal(srv_job_code(b), SRV_PENDING);
    sem_post(&held.go);
    assert_int_equal(srv_job_wait(b), SRV_OK);
    assert_int_equal(want.made, 1);
    assert_false(is_kept(held.cache, "a"));
    struct srv_cache_stats stats;
    srv_cache_stats(held.cache, &stats);
    assert_int_equal(stats.cancelled, 1);
    srv_job_unref(b);
    let_go(&held);
}

/* A running maker learns that all have left; who comes back before it has learnt, or after, gets the value. */
TEST(test_running_work_can_be_given_up_and_taken_up)
{
    enum { NEVER, BEFORE, AFTER };
    for (int comes_back = NEVER; comes_back <= AFTER; comes_back++) {
        struct held held;
        hold(&held, 1);
        held.want.poll = true;
        srv_job_unref(held.job);
        held.job = NULL;
        if (comes_back == BEFORE)
            assert_int_equal(get(held.cache, "hold", &pooled, &held.want, &held.job), SRV_COLLAPSED);
        sem_post(&held.go);
        if (comes_back != BEFORE)
            sem_wait(&held.started); /* it has seen that nobody is there */
        if (comes_back == AFTER)
            assert_int_equal(get(held.cache, "hold", &pooled, &held.want, &held.job), SRV_COLLAPSED);
        sem_post(&held.go);
        sem_post(&held.go);
        if (comes_back != NEVER)
            assert_int_equal(srv_job_wait(held.job), SRV_OK);
        let_go(&held);
        assert_int_equal(held.want.saw_unwanted, comes_back != BEFORE);
        assert_int_equal(held.want.made, comes_back == AFTER ? 2 : 1);
    }
}

TEST(test_waiters_are_called_once_or_forgotten)
{
    struct held held;
    sem_t called;
    int n;
    struct srv_waiter a = {.call = count_call, .arg = &called}, b = a, c = a, d = a;
    sem_init(&called, 0, 0);
    hold(&held, 1);
    assert_true(srv_job_notify(held.job, &a));
    assert_true(srv_job_notify(held.job, &b));
    assert_true(srv_job_notify(held.job, &c));
    assert_true(srv_job_forget(held.job, &b));
    assert_false(srv_job_forget(held.job, &b));
    sem_post(&held.go);
    sem_wait(&called);
    sem_wait(&called);
    assert_false(srv_job_forget(held.job, &a));
    assert_false(srv_job_forget(held.job, &c));
    assert_false(srv_job_notify(held.job, &d));
    let_go(&held);
    sem_getvalue(&called, &n);
    assert_int_equal(n, 0);
    sem_destroy(&called);
}

static void *stop(void *arg)
{
    srv_cache_stop(arg);
    return NULL;
}

TEST(test_stop_ends_what_has_not_started)
{
    struct held held;
    struct want want = {.size = 10};
    struct srv_job *a, *b, *c;
    pthread_t thread;
    hold(&held, 5);
    get(held.cache, "a", &pooled, &want, &a);
    pthread_create(&thread, NULL, stop, held.cache);
    assert_int_equal(srv_job_wait(a), SRV_STOPPING);
    pthread_join(thread, NULL);
    get(held.cache, "b", &pooled, &want, &b);
    assert_int_equal(srv_job_code(b), SRV_STOPPING);
    assert_int_equal(srv_job_code(held.job), SRV_PENDING);
    sem_post(&held.go);
    assert_int_equal(srv_job_wait(held.job), SRV_OK);
    assert_int_equal(get(held.cache, "hold", &pooled, &want, &c), SRV_HIT);
    assert_int_equal(want.made, 0);
    srv_job_unref(c);
    srv_job_unref(a);
    srv_job_unref(b);
    let_go(&held);
}

/* ---- nested keys ----------------------------------------------------------------------------------------------- */

struct pair {
    struct srv_cache *cache;
    const struct srv_make *make;
    struct want *outer;
    const char *key;
};

static void *ask_nested(void *arg)
{
    struct pair *pair = arg;
    struct srv_job *job;
    get(pair->cache, pair->key, pair->make, pair->outer, &job);
    enum srv_code code = srv_job_wait(job);
    srv_job_unref(job);
    return code == SRV_OK ? pair : NULL;
}

/* Bodies that need one matrix: on one thread and on many, the matrix is made once, and nothing waits for ever. */
TEST(test_nested_keys)
{
    enum { N = 16 };
    for (unsigned n_threads = 1; n_threads <= 4; n_threads++) {
        for (int round = 0; round < 30; round++) {
            struct srv_pool *pool = srv_pool_open(n_threads, 100);
            struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, NULL, pool);
            struct want matrix = {.size = 100, .fill = 9};
            struct want middle = {.size = 150, .fill = 8, .also = &matrix, .also_key = "matrix"};
            struct want body = {.size = 200, .fill = 1, .also = &middle, .also_key = "middle"};
            char keys[N][16];
            struct pair pairs[N];
            pthread_t threads[N];
            for (int i = 0; i < N; i++) {
                snprintf(keys[i], sizeof keys[i], "body%d", i);
                pairs[i] = (struct pair){cache, &pooled, i % 4 == 3 ? &middle : &body, i % 4 == 3 ? "middle" : keys[i]};
                pthread_create(&threads[i], NULL, ask_nested, &pairs[i]);
            }
            for (int i = 0; i < N; i++) {
                void *ok;
                pthread_join(threads[i], &ok);
                assert_non_null(ok);
            }
            assert_int_equal(matrix.made, 1);
            assert_int_equal(middle.made, 1);
            assert_int_equal(body.made, 12);
            struct srv_job *job;
            assert_int_equal(get(cache, "body0", &pooled, &body, &job), SRV_HIT);
            assert_int_equal(srv_job_blob(job)->bytes[99], 9);
            assert_int_equal(srv_job_blob(job)->bytes[149], 8);
            assert_int_equal(srv_job_blob(job)->bytes[199], 1);
            srv_job_unref(job);
            srv_cache_close(cache);
            srv_pool_close(pool);
        }
    }
}

static sem_t copy_begun, copy_may_end;

static void *copy_slowly(const void *arg)
{
    sem_post(&copy_begun);
    sem_wait(&copy_may_end);
    struct want *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    return memcpy(copy, arg, sizeof *copy);
}

/* Somebody is about to have the matrix made; the pool's only thread needs it now, and must not wait for that. */
TEST(test_nested_key_on_its_way)
{
    static const struct srv_make slow = {.make = fill, .copy = copy_slowly, .drop = free};
    struct srv_pool *pool = srv_pool_open(1, 100);
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, NULL, pool);
    struct want matrix = {.size = 100, .fill = 9},
                body = {.size = 200, .fill = 1, .also = &matrix, .also_key = "matrix"};
    struct pair pair = {cache, &slow, &matrix, "matrix"};
    pthread_t thread;
    sem_init(&copy_begun, 0, 0);
    sem_init(&copy_may_end, 0, 0);
    pthread_create(&thread, NULL, ask_nested, &pair);
    sem_wait(&copy_begun);
    struct srv_job *job;
    get(cache, "body", &pooled, &body, &job);
    assert_int_equal(srv_job_wait(job), SRV_OK);
    srv_job_unref(job);
    sem_post(&copy_may_end);
    void *ok;
    pthread_join(thread, &ok);
    assert_non_null(ok);
    assert_int_equal(matrix.made, 1);
    srv_cache_close(cache);
    srv_pool_close(pool);
    sem_destroy(&copy_begun);
    sem_destroy(&copy_may_end);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static void *copy_want(const void *arg)
{
    struct want *copy = malloc(sizeof *copy);
    if (copy)
        memcpy(copy, arg, sizeof *copy);
    return copy;
}

static const struct srv_make copied = {.make = fill, .copy = copy_want, .drop = free};

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
        unsigned id = (unsigned)(uniform(&random) * uniform(&random) * 300);
        struct want want = {.size = (size_t)id * id * 7, .fill = (uint8_t)id};
        struct srv_job *job;
        snprintf(key, sizeof key, "%u", id);
        get(load->cache, key, id % 3 ? &copied : &here, &want, &job);
        bool leaves = uniform(&random) < 0.1;
        if (!leaves && srv_job_wait(job) == SRV_OK) {
            const struct srv_blob *blob = srv_job_blob(job);
            if (blob->size != want.size || (blob->size && blob->bytes[blob->size - 1] != (uint8_t)id))
                atomic_store(load->wrong, true);
        } else if (!leaves) {
            load->n_failed++;
        }
        size_t place = (size_t)(uniform(&random) * 8);
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
    struct srv_cache_config config = {.cache_bytes = 4 << 20, .budget = &budget, .pool = pool, .slot_bytes = 500};
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
    struct srv_cache *cache = open_cache(1 << 20, SRV_POLICY_COST, &budget, NULL);
    struct want want = {.size = 30000};
    struct srv_job *a, *b;
    get(cache, "a", &here, &want, &a);
    get(cache, "b", &here, &want, &b);
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
        get(cache, i % 2 ? "a" : "b", &copied, &body, &job);
        ok = srv_job_wait(job) == SRV_OK && ok;
        assert_true(srv_job_code(job) == SRV_OK || srv_job_code(job) == SRV_NO_MEMORY);
        srv_job_unref(job);
    }
    srv_cache_close(cache);
    srv_pool_close(pool);
    assert_int_equal(srv_budget_used(&budget), 0);
    return ok;
}

/* Each allocation fails in its turn: an error, never a crash, a leak or somebody left waiting. */
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
        cmocka_unit_test(test_siphash_agrees_with_openssl),
        cmocka_unit_test(test_hit_gives_the_same_blob),
        cmocka_unit_test(test_keys_may_hold_any_byte),
        cmocka_unit_test(test_lru_order),
        cmocka_unit_test(test_evict_agrees_with_a_naive_model),
        cmocka_unit_test(test_eviction_spares_readers),
        cmocka_unit_test(test_large_values_are_shared_but_not_kept),
        cmocka_unit_test(test_no_room_at_all),
        cmocka_unit_test(test_cost_policy_beats_lru),
        cmocka_unit_test(test_many_at_once_compute_once),
        cmocka_unit_test(test_failure_reaches_everybody),
        cmocka_unit_test(test_full_queue_is_a_failure_not_a_wait),
        cmocka_unit_test(test_work_nobody_wants_is_not_done),
        cmocka_unit_test(test_running_work_can_be_given_up_and_taken_up),
        cmocka_unit_test(test_waiters_are_called_once_or_forgotten),
        cmocka_unit_test(test_stop_ends_what_has_not_started),
        cmocka_unit_test(test_nested_keys),
        cmocka_unit_test(test_nested_key_on_its_way),
        cmocka_unit_test(test_memory_stays_bounded_under_random_load),
        cmocka_unit_test(test_budget_refuses),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
