/* pool.h - a fixed number of threads that compute, so that no network thread does.
 *
 * There are two queues: tasks, and helpers of computations that have begun. The queue of tasks is bounded: when it is
 * full, the client is told to come back. Helpers go first, so that a computation that has begun is finished soon.
 *
 * Memory : the caller owns a task, which is linked in place: submitting it allocates nothing.
 * Threads: every function may be called from any thread. Tasks run without a lock held. */
#ifndef SRV_CACHE_POOL_H
#define SRV_CACHE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "exec.h"

struct srv_pool;

/* A unit of work. It must stay where it is until run is called or the task is cancelled; run may free it. */
struct srv_task {
    void (*run)(struct srv_task *task);
    TAILQ_ENTRY(srv_task) link; /* pool.c's */
    bool queued;                /* pool.c's */
};

/* Start n_threads (>= 1) threads; at most queue_max tasks wait. NULL: no memory or no threads. */
struct srv_pool *srv_pool_open(unsigned n_threads, size_t queue_max);
/* Refuse new tasks, run the tasks that wait, join the threads, free. NULL is fine. Cancelled tasks are not waited
 * for. */
void srv_pool_close(struct srv_pool *pool);

/* Queue a task. False: the queue is full or the pool is closing, and the task is not queued. */
bool srv_pool_submit(struct srv_pool *pool, struct srv_task *task);
/* Take a task back. True: it has not run and will not. False: it runs, or has run. */
bool srv_pool_cancel(struct srv_pool *pool, struct srv_task *task);
/* How many tasks wait. */
size_t srv_pool_queued(struct srv_pool *pool);
/* Is the calling thread one of a pool's? A thread of a pool must not wait for the pool. */
bool srv_pool_is_worker(void);

/* The pool as libwi sees it (exec.h). The caller of a parallel loop takes part in it and waits only for helpers that
 * have begun, so that no thread, of the pool or not, can deadlock. Width: min(threads, WI_BUILD_WIDTH). */
const struct wi_exec *srv_pool_exec(struct srv_pool *pool);

/* Nanoseconds of processor time that the calling thread and its helpers have spent. */
uint64_t srv_pool_cpu_ns(void);

#endif
