/* test_job.c - jobs: equal requests share one computation; its result, failure or end reaches every waiter. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "support/test.h"
#include "support/want.h"

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
    client->how = want_get(client->cache, "same", &want_pooled, client->want, &job);
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
        struct srv_cache *cache = want_open_cache(1 << 20, NULL, pool);
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
    struct srv_cache *cache = want_open_cache(1 << 20, NULL, pool);
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
    held->cache = want_open_cache(1 << 20, &held->budget, held->pool);
    held->want = (struct want){.size = 10, .started = &held->started, .go = &held->go};
    assert_int_equal(want_get(held->cache, "hold", &want_pooled, &held->want, &held->job), SRV_MISS);
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
    assert_int_equal(want_get(held.cache, "a", &want_pooled, &want, &a), SRV_MISS);
    assert_int_equal(want_get(held.cache, "b", &want_pooled, &want, &b), SRV_MISS);
    assert_int_equal(srv_job_code(a), SRV_PENDING);
    assert_int_equal(srv_job_code(b), SRV_QUEUE_FULL);
    assert_null(srv_job_blob(b));
    assert_int_equal(want_get(held.cache, "a", &want_pooled, &want, &c), SRV_COLLAPSED);
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
    want_get(held.cache, "a", &want_pooled, &want, &a);
    want_get(held.cache, "a", &want_pooled, &want, &b);
    srv_job_unref(a);
    assert_int_equal(srv_job_code(b), SRV_PENDING);
    srv_job_unref(b);
    want_get(held.cache, "b", &want_pooled, &want, &b); /* its place in the queue is free again */
    assert_int_equal(srv_job_code(b), SRV_PENDING);
    sem_post(&held.go);
    assert_int_equal(srv_job_wait(b), SRV_OK);
    assert_int_equal(want.made, 1);
    assert_false(want_is_kept(held.cache, "a"));
    struct srv_cache_stats stats;
    srv_cache_stats(held.cache, &stats);
    assert_int_equal(stats.cancelled, 1);
    srv_job_unref(b);
    let_go(&held);
}

/* A running maker learns that all clients have left. A client that comes back, before the maker has learnt it or after,
 * gets the value. */
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
            assert_int_equal(want_get(held.cache, "hold", &want_pooled, &held.want, &held.job), SRV_COLLAPSED);
        sem_post(&held.go);
        if (comes_back != BEFORE)
            sem_wait(&held.started); /* the maker has seen that no client is left */
        if (comes_back == AFTER)
            assert_int_equal(want_get(held.cache, "hold", &want_pooled, &held.want, &held.job), SRV_COLLAPSED);
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
    want_get(held.cache, "a", &want_pooled, &want, &a);
    pthread_create(&thread, NULL, stop, held.cache);
    assert_int_equal(srv_job_wait(a), SRV_STOPPING);
    pthread_join(thread, NULL);
    want_get(held.cache, "b", &want_pooled, &want, &b);
    assert_int_equal(srv_job_code(b), SRV_STOPPING);
    assert_int_equal(srv_job_code(held.job), SRV_PENDING);
    sem_post(&held.go);
    assert_int_equal(srv_job_wait(held.job), SRV_OK);
    assert_int_equal(want_get(held.cache, "hold", &want_pooled, &want, &c), SRV_HIT);
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
    want_get(pair->cache, pair->key, pair->make, pair->outer, &job);
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
            struct srv_cache *cache = want_open_cache(1 << 20, NULL, pool);
            struct want matrix = {.size = 100, .fill = 9};
            struct want middle = {.size = 150, .fill = 8, .also = &matrix, .also_key = "matrix"};
            struct want body = {.size = 200, .fill = 1, .also = &middle, .also_key = "middle"};
            char keys[N][16];
            struct pair pairs[N];
            pthread_t threads[N];
            for (int i = 0; i < N; i++) {
                snprintf(keys[i], sizeof keys[i], "body%d", i);
                pairs[i] =
                    (struct pair){cache, &want_pooled, i % 4 == 3 ? &middle : &body, i % 4 == 3 ? "middle" : keys[i]};
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
            assert_int_equal(want_get(cache, "body0", &want_pooled, &body, &job), SRV_HIT);
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

/* One client has begun to ask for the matrix. The pool's only thread needs it now and must not wait for that client. */
TEST(test_nested_key_on_its_way)
{
    static const struct srv_make slow = {.make = want_make, .copy = copy_slowly, .drop = free};
    struct srv_pool *pool = srv_pool_open(1, 100);
    struct srv_cache *cache = want_open_cache(1 << 20, NULL, pool);
    struct want matrix = {.size = 100, .fill = 9},
                body = {.size = 200, .fill = 1, .also = &matrix, .also_key = "matrix"};
    struct pair pair = {cache, &slow, &matrix, "matrix"};
    pthread_t thread;
    sem_init(&copy_begun, 0, 0);
    sem_init(&copy_may_end, 0, 0);
    pthread_create(&thread, NULL, ask_nested, &pair);
    sem_wait(&copy_begun);
    struct srv_job *job;
    want_get(cache, "body", &want_pooled, &body, &job);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_at_once_compute_once),
        cmocka_unit_test(test_failure_reaches_everybody),
        cmocka_unit_test(test_full_queue_is_a_failure_not_a_wait),
        cmocka_unit_test(test_work_nobody_wants_is_not_done),
        cmocka_unit_test(test_running_work_can_be_given_up_and_taken_up),
        cmocka_unit_test(test_waiters_are_called_once_or_forgotten),
        cmocka_unit_test(test_stop_ends_what_has_not_started),
        cmocka_unit_test(test_nested_keys),
        cmocka_unit_test(test_nested_key_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
