/* pool.c - see pool.h. */
#include "cache/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "wi.h"
#include "base/lock.h"
#include "base/thread.h"

DECLARE_LOCK(pool_lock);

TAILQ_HEAD(task_list, srv_task);

struct srv_pool {
    pthread_mutex_t lock;
    pthread_cond_t work;   /* a task waits, or the pool is closing */
    pthread_cond_t helped; /* a batch's last helper has returned */
    struct task_list tasks GUARDED_BY(pool_lock), helpers GUARDED_BY(pool_lock);
    size_t n_tasks GUARDED_BY(pool_lock), max_tasks;
    bool closing GUARDED_BY(pool_lock);
    unsigned n_threads;
    struct wi_exec exec;
    pthread_t threads[];
};

static _Thread_local bool worker;
static _Thread_local uint64_t helpers_ns;

/* ---- queues ---------------------------------------------------------------------------------------------------- */

static void push(struct task_list *list, struct srv_task *task)
{
    TAILQ_INSERT_TAIL(list, task, link);
    task->queued = true;
}

static void pull(struct task_list *list, struct srv_task *task)
{
    TAILQ_REMOVE(list, task, link);
    task->queued = false;
}

/* Take the task that runs next. NULL: none waits. */
REQUIRES(pool_lock) static struct srv_task *take_locked(struct srv_pool *pool)
{
    struct srv_task *helper = TAILQ_FIRST(&pool->helpers), *task = TAILQ_FIRST(&pool->tasks);
    if (helper) {
        pull(&pool->helpers, helper);
        return helper;
    }
    if (task) {
        pull(&pool->tasks, task);
        pool->n_tasks--;
    }
    return task;
}

/* ---- threads --------------------------------------------------------------------------------------------------- */

static void *work(void *arg)
{
    struct srv_pool *pool = arg;
    worker = true;
    pool_lock_take(&pool->lock);
    for (;;) {
        struct srv_task *task = take_locked(pool);
        if (task) {
            pool_lock_give(&pool->lock);
            task->run(task);
            pool_lock_take(&pool->lock);
        } else if (pool->closing) {
            break;
        } else {
            pthread_cond_wait(&pool->work, &pool->lock);
        }
    }
    pool_lock_give(&pool->lock);
    return NULL;
}

static void parallel(void *ctx, size_t n, void (*task)(void *arg, size_t i), void *arg);

UNCHECKED struct srv_pool *srv_pool_open(unsigned n_threads, size_t queue_max)
{
    struct srv_pool *pool = calloc(1, sizeof *pool + n_threads * sizeof pool->threads[0]);
    if (!pool)
        return NULL;
    TAILQ_INIT(&pool->tasks);
    TAILQ_INIT(&pool->helpers);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->helped, NULL);
    pool->max_tasks = queue_max;
    pool->exec = (struct wi_exec){.parallel = parallel, .ctx = pool};
    pool->exec.width = n_threads < WI_BUILD_WIDTH ? n_threads : WI_BUILD_WIDTH;
    while (pool->n_threads < n_threads && srv_thread_start(&pool->threads[pool->n_threads], "compute", work, pool))
        pool->n_threads++;
    if (pool->n_threads == n_threads)
        return pool;
    srv_pool_close(pool);
    return NULL;
}

void srv_pool_close(struct srv_pool *pool)
{
    if (!pool)
        return;
    pool_lock_take(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pool_lock_give(&pool->lock);
    for (unsigned i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->helped);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

bool srv_pool_submit(struct srv_pool *pool, struct srv_task *task)
{
    pool_lock_take(&pool->lock);
    bool ok = !pool->closing && pool->n_tasks < pool->max_tasks;
    if (ok) {
        push(&pool->tasks, task);
        pool->n_tasks++;
        pthread_cond_signal(&pool->work);
    }
    pool_lock_give(&pool->lock);
    return ok;
}

bool srv_pool_cancel(struct srv_pool *pool, struct srv_task *task)
{
    pool_lock_take(&pool->lock);
    bool waiting = task->queued;
    if (waiting) {
        pull(&pool->tasks, task);
        pool->n_tasks--;
    }
    pool_lock_give(&pool->lock);
    return waiting;
}

size_t srv_pool_queued(struct srv_pool *pool)
{
    pool_lock_take(&pool->lock);
    size_t n = pool->n_tasks;
    pool_lock_give(&pool->lock);
    return n;
}

bool srv_pool_is_worker(void)
{
    return worker;
}

uint64_t srv_pool_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec + helpers_ns;
}

/* ---- parallel loops -------------------------------------------------------------------------------------------- */

struct batch;
struct helper {
    struct srv_task task; /* first: run gets a pointer to it */
    struct batch *batch;
};

/* A parallel loop, on the stack of its caller. */
struct batch {
    struct srv_pool *pool;
    void (*task)(void *arg, size_t i);
    void *arg;
    size_t n;
    _Atomic size_t next;     /* the first index that no thread has taken */
    _Atomic uint64_t cpu_ns; /* spent by helpers */
    unsigned out;            /* helpers that wait or run; under the pool's lock */
    struct helper helpers[WI_BUILD_WIDTH];
};

static void batch_work(struct batch *batch)
{
    size_t i;
    while ((i = atomic_fetch_add_explicit(&batch->next, 1, memory_order_relaxed)) < batch->n)
        batch->task(batch->arg, i);
}

static void help(struct srv_task *task)
{
    struct batch *batch = ((struct helper *)(void *)task)->batch;
    struct srv_pool *pool = batch->pool;
    uint64_t start = srv_pool_cpu_ns();
    batch_work(batch);
    atomic_fetch_add_explicit(&batch->cpu_ns, srv_pool_cpu_ns() - start, memory_order_relaxed);
    /* The batch is gone as soon as `out` is 0 and the lock is free. */
    pool_lock_take(&pool->lock);
    if (--batch->out == 0)
        pthread_cond_broadcast(&pool->helped);
    pool_lock_give(&pool->lock);
}

static void call_helpers(struct batch *batch, unsigned n)
{
    struct srv_pool *pool = batch->pool;
    pool_lock_take(&pool->lock);
    for (unsigned i = 0; i < n; i++) {
        batch->helpers[i] = (struct helper){.task.run = help, .batch = batch};
        push(&pool->helpers, &batch->helpers[i].task);
        pthread_cond_signal(&pool->work);
    }
    batch->out = n;
    pool_lock_give(&pool->lock);
}

static void dismiss_helpers(struct batch *batch, unsigned n)
{
    struct srv_pool *pool = batch->pool;
    pool_lock_take(&pool->lock);
    for (unsigned i = 0; i < n; i++) {
        if (batch->helpers[i].task.queued) {
            pull(&pool->helpers, &batch->helpers[i].task);
            batch->out--;
        }
    }
    while (batch->out > 0)
        pthread_cond_wait(&pool->helped, &pool->lock);
    pool_lock_give(&pool->lock);
}

static void parallel(void *ctx, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    struct srv_pool *pool = ctx;
    struct batch batch = {.pool = pool, .task = task, .arg = arg, .n = n};
    size_t others = n > 0 ? n - 1 : 0;
    unsigned n_helpers = others < pool->exec.width - 1 ? (unsigned)others : pool->exec.width - 1;
    call_helpers(&batch, n_helpers);
    batch_work(&batch);
    dismiss_helpers(&batch, n_helpers);
    helpers_ns += atomic_load_explicit(&batch.cpu_ns, memory_order_relaxed);
}

const struct wi_exec *srv_pool_exec(struct srv_pool *pool)
{
    return &pool->exec;
}
