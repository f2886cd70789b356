/* test_pool.c - the compute threads. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cache/fill.h"
#include "cache/pool.h"
#include "support/test.h"
#include "support/failing_malloc.h"
#include "wi.h"

struct job {
    struct srv_task task;
    atomic_int ran;
    sem_t *started, *go;
};

static void run(struct srv_task *task)
{
    struct job *job = (struct job *)(void *)task;
    if (job->started)
        sem_post(job->started);
    if (job->go)
        sem_wait(job->go);
    atomic_fetch_add(&job->ran, srv_pool_is_worker() ? 1 : 100);
}

TEST(test_runs_everything_before_it_closes)
{
    enum { N = 200 };
    static struct job jobs[N];
    struct srv_pool *pool = srv_pool_open(3, N);
    for (int i = 0; i < N; i++) {
        jobs[i].task.run = run;
        assert_true(srv_pool_submit(pool, &jobs[i].task));
    }
    srv_pool_close(pool);
    for (int i = 0; i < N; i++)
        assert_int_equal(jobs[i].ran, 1);
    assert_false(srv_pool_is_worker());
    srv_pool_close(NULL);
}

TEST(test_queue_is_bounded_and_tasks_can_be_cancelled)
{
    sem_t started, go;
    sem_init(&started, 0, 0);
    sem_init(&go, 0, 0);
    struct job first = {.task.run = run, .started = &started, .go = &go};
    struct job a = {.task.run = run}, b = {.task.run = run}, c = {.task.run = run};
    struct srv_pool *pool = srv_pool_open(1, 2);
    assert_true(srv_pool_submit(pool, &first.task));
    sem_wait(&started);
    assert_true(srv_pool_submit(pool, &a.task));
    assert_true(srv_pool_submit(pool, &b.task));
    assert_false(srv_pool_submit(pool, &c.task));
    assert_int_equal(srv_pool_queued(pool), 2);
    assert_true(srv_pool_cancel(pool, &a.task));
    assert_false(srv_pool_cancel(pool, &a.task));
    assert_false(srv_pool_cancel(pool, &first.task));
    assert_true(srv_pool_submit(pool, &c.task));
    sem_post(&go);
    srv_pool_close(pool);
    assert_int_equal(first.ran, 1);
    assert_int_equal(a.ran, 0);
    assert_int_equal(b.ran, 1);
    assert_int_equal(c.ran, 1);
    sem_destroy(&started);
    sem_destroy(&go);
}

struct loop {
    const struct wi_exec *exec;
    atomic_int count[64];
};

static void count(void *arg, size_t i)
{
    atomic_fetch_add(&((struct loop *)arg)->count[i], 1);
}

static void count_nested(void *arg, size_t i)
{
    struct loop *outer = arg, inner = {.exec = outer->exec};
    wi_exec_run(inner.exec, 64, count, &inner);
    for (int k = 0; k < 64; k++)
        if (inner.count[k] == 1)
            atomic_fetch_add(&outer->count[i], 1);
}

struct loop_job {
    struct srv_task task;
    struct loop loop;
};

static void run_loop(struct srv_task *task)
{
    struct loop_job *job = (struct loop_job *)(void *)task;
    wi_exec_run(job->loop.exec, 64, count_nested, &job->loop);
}

/* Loops inside loops on every thread of a pool at once: each index runs once, no thread waits for ever. */
TEST(test_nested_loops_do_not_deadlock)
{
    static struct loop_job jobs[20];
    for (unsigned n_threads = 1; n_threads <= 9; n_threads += 2) {
        struct srv_pool *pool = srv_pool_open(n_threads, 20);
        assert_int_equal(srv_pool_exec(pool)->width, n_threads < WI_BUILD_WIDTH ? n_threads : WI_BUILD_WIDTH);
        for (int i = 0; i < 20; i++) {
            memset(&jobs[i], 0, sizeof jobs[i]);
            jobs[i].task.run = run_loop;
            jobs[i].loop.exec = srv_pool_exec(pool);
            assert_true(srv_pool_submit(pool, &jobs[i].task));
        }
        struct loop here = {.exec = srv_pool_exec(pool)};
        wi_exec_run(here.exec, 64, count_nested, &here);
        srv_pool_close(pool);
        for (int k = 0; k < 64; k++) {
            assert_int_equal(here.count[k], 64);
            for (int i = 0; i < 20; i++)
                assert_int_equal(jobs[i].loop.count[k], 64);
        }
    }
}

static size_t read_body(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    uint64_t total = *(uint64_t *)ctx;
    size_t n = offset >= total ? 0 : total - offset < cap ? (size_t)(total - offset) : cap;
    n = n > 100003 ? 100003 : n; /* short reads are allowed in the middle */
    for (size_t i = 0; i < n; i++)
        buf[i] = (uint8_t)((offset + i) * 7 >> 3);
    return n;
}

TEST(test_fill_reads_every_byte)
{
    enum { SIZE = 3000017 };
    uint64_t total = SIZE;
    uint8_t *whole = malloc(SIZE), *part = malloc(SIZE);
    struct srv_pool *pool = srv_pool_open(4, 1);
    assert_true(srv_fill(NULL, read_body, &total, 0, whole, SIZE));
    for (size_t offset = 0; offset < SIZE; offset += 777777) {
        memset(part, 0xab, SIZE);
        assert_true(srv_fill(srv_pool_exec(pool), read_body, &total, offset, part, SIZE - offset));
        assert_memory_equal(part, whole + offset, SIZE - offset);
    }
    assert_true(srv_fill(srv_pool_exec(pool), read_body, &total, 0, part, 0));
    assert_false(srv_fill(srv_pool_exec(pool), read_body, &total, 1, part, SIZE));
    assert_int_equal(part[0], whole[1]);
    srv_pool_close(pool);
    free(whole);
    free(part);
}

static void spin(void *arg, size_t i)
{
    (void)arg;
    volatile uint64_t x = i;
    for (int k = 0; k < 3000000; k++)
        x = x * 3 + 1;
}

/* A loop that was shared out costs its caller what it would have cost alone. */
TEST(test_helpers_time_counts)
{
    struct srv_pool *pool = srv_pool_open(4, 1);
    uint64_t start = srv_pool_cpu_ns();
    wi_exec_run(NULL, 16, spin, NULL);
    uint64_t alone = srv_pool_cpu_ns() - start;
    start = srv_pool_cpu_ns();
    wi_exec_run(srv_pool_exec(pool), 16, spin, NULL);
    uint64_t shared = srv_pool_cpu_ns() - start;
    srv_pool_close(pool);
    assert_true(alone > 1000000);
    assert_true(shared > alone / 3 && shared < alone * 3);
}

TEST(test_open_without_memory)
{
    failing_malloc_at(1);
    assert_null(srv_pool_open(2, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_everything_before_it_closes),
        cmocka_unit_test(test_queue_is_bounded_and_tasks_can_be_cancelled),
        cmocka_unit_test(test_nested_loops_do_not_deadlock),
        cmocka_unit_test(test_fill_reads_every_byte),
        cmocka_unit_test(test_helpers_time_counts),
        cmocka_unit_test(test_open_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
