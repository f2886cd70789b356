/* job.h - a value that is there or is being made.
 *
 * srv_cache_get (cache.h) returns a handle on a job. Clients that ask for the same key share one job (single flight),
 * read its code, and wait for it: blocked in srv_job_wait, or called back through srv_job_notify.
 *
 * A handle says that its holder wants the value. When the last handle is dropped, a job that has not begun is
 * cancelled; the maker of a job that has begun learns of it through srv_making_unwanted.
 *
 * Threads: all functions may be called from any thread. */
#ifndef SRV_CACHE_JOB_H
#define SRV_CACHE_JOB_H

#include <stdbool.h>
#include <sys/queue.h>

#include "cache/blob.h"
#include "exec.h"

struct srv_cache;
struct srv_job;

enum srv_code {
    SRV_OK,         /* the blob is there */
    SRV_PENDING,    /* not yet */
    SRV_NO_MEMORY,  /* the budget or the system has none: 503, Retry-After */
    SRV_QUEUE_FULL, /* too many jobs wait already: 503, Retry-After */
    SRV_CANCELLED,  /* every handle was dropped before it was made */
    SRV_STOPPING    /* the server is going down: 503 */
};

/* How a value was obtained, for Cache-Status (RFC 9211). */
enum srv_how {
    SRV_HIT,      /* it was in memory */
    SRV_MISS,     /* this request began the job */
    SRV_COLLAPSED /* another request had begun the job */
};

/* ---- handles ----------------------------------------------------------------------------------------------------- */

/* Another handle. */
struct srv_job *srv_job_ref(struct srv_job *job);
/* Drop a handle; NULL is fine. */
void srv_job_unref(struct srv_job *job);

/* SRV_PENDING until the job is done, then its result, which never changes. */
enum srv_code srv_job_code(const struct srv_job *job);
/* Is it done? */
bool srv_job_ready(const struct srv_job *job);
/* The value, borrowed from the job: take a reference to keep it longer. NULL unless the code is SRV_OK. */
struct srv_blob *srv_job_blob(const struct srv_job *job);
/* Is the value kept in the cache (Cache-Status: stored)? False while pending. */
bool srv_job_stored(const struct srv_job *job);
/* Did the value come from the disk tier? False while pending. */
bool srv_job_from_disk(const struct srv_job *job);

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* Whom to call when a job is done. The caller owns it. It must stay where it is until `call` was called or
 * srv_job_forget has returned. */
struct srv_waiter {
    void (*call)(void *arg);
    void *arg;
    TAILQ_ENTRY(srv_waiter) link; /* job.c's */
    bool queued;                  /* job.c's */
};

/* Have waiter->call(waiter->arg) called once when the job is done, from any thread, without a lock held. The caller
 * holds a handle until then. False: the job is done already, and nothing will be called. */
bool srv_job_notify(struct srv_job *job, struct srv_waiter *waiter);
/* Withdraw a waiter. True: it was not called and will not be. False: it was called, and the call has returned. Must not
 * be called from within `call`. */
bool srv_job_forget(struct srv_job *job, struct srv_waiter *waiter);
/* Block until the job is done; returns its code. A pool thread makes the value itself if no thread has begun. Not for
 * network threads. */
enum srv_code srv_job_wait(struct srv_job *job);

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* What a maker may use while it runs. */
struct srv_making {
    struct srv_cache *cache;    /* for nested keys: srv_cache_get and srv_job_wait */
    struct srv_budget *budget;  /* for srv_blob_new: the value, and scratch memory too */
    const struct wi_exec *exec; /* NULL when made in place */
    struct srv_job *job;
};
/* Were all handles dropped? A long maker asks now and then, and may return SRV_CANCELLED. It is called again if a
 * client has asked for the key in the meantime. */
bool srv_making_unwanted(const struct srv_making *making);
/* A copy of these bytes as the value: what a maker returns last. */
enum srv_code srv_making_give(const struct srv_making *making, const void *bytes, size_t size, struct srv_blob **blob);

/* How a value is made: a static const table. `arg` is what differs from request to request. */
struct srv_make {
    /* Return SRV_OK and a filled blob, whose reference is taken, or the reason why there is none: then *blob is not
     * looked at, and what was begun is the maker's to free. It may use nested keys; a key must not need itself. */
    enum srv_code (*make)(const struct srv_making *making, void *arg, struct srv_blob **blob);
    /* Copy arg for a pool thread, as arg is valid only during srv_cache_get (NULL: no memory); and free the copy,
     * called once. Both NULL: arg itself is valid until the job is done. */
    void *(*copy)(const void *arg);
    void (*drop)(void *arg);
    /* Making takes less time than handing it to a thread: the calling thread makes the value, and never looks on
     * disk. */
    bool in_place;
    /* The name that the value is counted under (`made` of srv_cache_config). NULL: it is not counted. */
    const char *(*label)(const void *arg);
    /* The value is good for this process alone: it is neither looked for on disk nor written there. */
    bool memory_only;
};

#endif
