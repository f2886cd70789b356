/* pool.h - a fixed number of threads that compute, so that no network thread does.
 *
 * Two queues: tasks (bounded: a full queue refuses, and the client is told to come back) and helpers of a computation
 * that runs already (they go first, so that what was begun is finished soon).
 *
 * Memory : tasks are owned by the caller and linked in place: submitting cannot fail for want of memory.
 * Threads: every function may be called from any thread. Task functions run without any lock held. */
#ifndef SRV_CACHE_POOL_H
#define SRV_CACHE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exec.h"

struct srv_pool;

/* A unit of work. It must stay where it is until run was called or it was cancelled; run may free it. */
struct srv_task {
    void (*run)(struct srv_task *task);
    struct srv_task *next, *prev; /* the pool's */
    bool queued;                  /* the pool's */
};

/* Start n_threads (>= 1) threads; at most queue_max tasks wait. NULL: no memory or no threads. */
struct srv_pool *srv_pool_open(unsigned n_threads, size_t queue_max);
/* Refuse new tasks, run those that wait, join the threads, free. NULL is fine. To leave sooner, cancel first. */
void srv_pool_close(struct srv_pool *pool);

/* Hand over a task: false when the queue is full or the pool is closing; it was not taken then. */
bool srv_pool_submit(struct srv_pool *pool, struct srv_task *task);
/* Take a task back: true when it had not started, and now never will. */
bool srv_pool_cancel(struct srv_pool *pool, struct srv_task *task);
/* How many tasks wait. */
size_t srv_pool_queued(struct srv_pool *pool);
/* Is the calling thread one of a pool's? (What would wait for the pool must not wait inside the pool.) */
bool srv_pool_is_worker(void);

/* The pool as the library sees it (wi.h): the caller takes part in its own parallel loop and waits only for helpers
 * that have begun, so it never deadlocks, from a pool thread or any other. Width: min(threads, WI_BUILD_WIDTH). */
const struct wi_exec *srv_pool_exec(struct srv_pool *pool);

/* Nanoseconds of processor time spent on behalf of the calling thread: its own and its helpers'. */
uint64_t srv_pool_cpu_ns(void);

/* Fill buf with the `size` bytes from `offset` of a body, pieces in parallel. `read` as in struct srv_reader: it may be
 * called from several threads at once and returns how many bytes it wrote. False when it came up short. */
bool srv_fill(const struct wi_exec *exec, size_t (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t cap),
              void *ctx, uint64_t offset, uint8_t *buf, size_t size);

#endif
