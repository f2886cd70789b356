/* cache.h - what was computed before, and what is being computed now.
 *
 *     struct srv_job *job;
 *     enum srv_how how = srv_cache_get(cache, key, key_len, &make, &plan, &job);   (never NULL)
 *     reply->kind = SRV_BODY_JOB;  reply->job = job;                               (net/daemon.c waits and takes the blob)
 *
 * A key names a value for ever (it is the canonical request: equal keys, equal bytes), so nothing is ever invalidated.
 * Keys are compared whole. The value of a key that is neither here nor on disk is made once, however many ask: the
 * first becomes the owner, the others share its job (single flight).
 *
 * Bytes  : entries, keys and blobs are all counted, and their sum stays within cache_bytes. What is larger than
 *          admit_bytes is made and shared as long as somebody holds it, but not kept.
 * Evicted: first what costs least to make again per byte and use (GreedyDual-Size-Frequency, evict.h), by measured
 *          processor time.
 * Threads: all functions may be called from any thread. One mutex, held for a look-up or a few pointer changes: never
 *          while something is computed, read, freed or called. */
#ifndef SRV_CACHE_CACHE_H
#define SRV_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/blob.h"
#include "cache/disk.h"
#include "cache/evict.h"
#include "exec.h"
#include "cache/pool.h"

struct srv_cache;
struct srv_job;
struct srv_disk;

/* ---- jobs: a value that is there or is being computed ---------------------------------------------------------- */

enum srv_code {
    SRV_OK,         /* the blob is there */
    SRV_PENDING,    /* not yet */
    SRV_NO_MEMORY,  /* the budget or the system has none: 503, Retry-After */
    SRV_QUEUE_FULL, /* too much to compute already: 503, Retry-After */
    SRV_CANCELLED,  /* nobody wanted it any more */
    SRV_STOPPING    /* the server is going down: 503 */
};

/* How a value was obtained, for Cache-Status (RFC 9211). */
enum srv_how {
    SRV_HIT,      /* it was in memory */
    SRV_MISS,     /* this request started the computation (or the look on disk) */
    SRV_COLLAPSED /* another request had started it */
};

/* Somebody who wants to know when a job is done. Owned by the caller, linked in place: must stay where it is until
 * `call` was called or srv_job_forget returned. */
struct srv_waiter {
    void (*call)(void *arg);
    void *arg;
    struct srv_waiter *next, *prev; /* the cache's */
    bool queued;                    /* the cache's */
};

/* Each handle (from srv_cache_get or srv_job_ref) says: I want this. When the last one is dropped, a job that has not
 * started is cancelled; one that runs is told through srv_making_unwanted. NULL is fine for unref. */
struct srv_job *srv_job_ref(struct srv_job *job);
void srv_job_unref(struct srv_job *job);

/* SRV_PENDING until done, then what came out; never changes afterwards. */
enum srv_code srv_job_code(const struct srv_job *job);
bool srv_job_ready(const struct srv_job *job);
/* The value, borrowed from the job (ref it to keep it longer); NULL unless the code is SRV_OK. */
struct srv_blob *srv_job_blob(const struct srv_job *job);
/* Is it kept in the cache (Cache-Status: stored)? False while pending. */
bool srv_job_stored(const struct srv_job *job);
/* Did it come from the disk tier? */
bool srv_job_from_disk(const struct srv_job *job);

/* Have waiter->call(waiter->arg) called once when the job is done, from any thread, without a lock held. False: it is
 * done already and nothing will be called. The caller holds a handle until then. */
bool srv_job_notify(struct srv_job *job, struct srv_waiter *waiter);
/* Take that back. True: it was not called and will not be. False: it was called and has returned. Not from within
 * `call` itself. */
bool srv_job_forget(struct srv_job *job, struct srv_waiter *waiter);
/* Block until done; returns the code. From a pool thread a job that only waits in the queue is run right here. Not for
 * network threads. */
enum srv_code srv_job_wait(struct srv_job *job);

/* ---- making values --------------------------------------------------------------------------------------------- */

/* What a maker may use while it runs. */
struct srv_making {
    struct srv_cache *cache;    /* for nested keys: srv_cache_get + srv_job_wait */
    struct srv_budget *budget;  /* for srv_blob_new: the result, and scratch memory too */
    const struct wi_exec *exec; /* NULL when run in place */
    struct srv_job *job;
};
/* Has everybody left? A long maker may ask now and then, and give up with SRV_CANCELLED. If somebody comes back in the
 * meantime it is started anew. */
bool srv_making_unwanted(const struct srv_making *making);

/* How a missing value is made. A static const table of functions; what differs from request to request is `arg`. */
struct srv_make {
    /* Return SRV_OK with a filled blob (its reference is taken), or the reason why not. May use nested keys; a key must
     * not need itself. */
    enum srv_code (*make)(const struct srv_making *making, void *arg, struct srv_blob **blob);
    /* Called only if the work goes to a pool thread: a copy of arg that outlives the call to srv_cache_get (NULL: no
     * memory), and how to free it, called once. Both NULL: arg itself lives until the job is done. */
    void *(*copy)(const void *arg);
    void (*drop)(void *arg);
    /* The work is tiny (less than it takes to hand it to a thread): make it here and now, on the calling thread, and
     * never look on disk. */
    bool in_place;
    /* What the value is counted under, see `made` of srv_cache_config. NULL: it is not counted. */
    const char *(*label)(const void *arg);
    /* The value is good for this process alone: it is neither looked for on disk nor written there. */
    bool memory_only;
};

/* ---- the cache ------------------------------------------------------------------------------------------------- */

struct srv_cache_config {
    uint64_t cache_bytes;      /* 0: keep nothing (single flight still works) */
    uint64_t admit_bytes;      /* largest blob that is kept; 0: cache_bytes / 4 */
    uint64_t slot_bytes;       /* what the http layer hangs on each kept blob, counted with it */
    struct srv_budget *budget; /* borrowed; lent to makers; NULL: no limit */
    struct srv_pool *pool;     /* borrowed; NULL: everything is made on the calling thread */
    struct srv_disk *store;    /* borrowed; the disk tier (disk.h), NULL: none */
    /* Called for each value that was made and has a label, with the processor time it took; from any thread, no lock held.
     * NULL: not called. */
    void (*made)(void *arg, const char *label, uint64_t cost_ns);
    void *made_arg;
};

/* NULL: no memory. */
struct srv_cache *srv_cache_open(const struct srv_cache_config *config);
/* From now on nothing new is made: misses, and jobs that have not started, end with SRV_STOPPING. Hits still work. */
void srv_cache_stop(struct srv_cache *cache);
/* Stop, wait for what runs, free. All handles must have been dropped. NULL is fine. */
void srv_cache_close(struct srv_cache *cache);

/* The value of a key (1..SRV_KEY_MAX bytes, borrowed for the call), or the job that makes it. *job is never NULL: a
 * failure to begin (no memory, queue full, stopping) is a job that is done with that code. Drop it with
 * srv_job_unref. */
enum srv_how srv_cache_get(struct srv_cache *cache, const void *key, size_t key_len, const struct srv_make *make,
                           void *arg, struct srv_job **job);
/* The value if it is in memory now, with a reference for the caller; else NULL. Counts a hit, never a miss. */
struct srv_blob *srv_cache_peek(struct srv_cache *cache, const void *key, size_t key_len);
/* The same for who asks often and keeps the key's hash, which differs from cache to cache. */
uint64_t srv_cache_hash(const struct srv_cache *cache, const void *key, size_t key_len);
struct srv_blob *srv_cache_peek_hashed(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len);
/* Would a blob of that size be kept? What would not be is better streamed. */
bool srv_cache_admits(const struct srv_cache *cache, uint64_t size);

/* Counters since the start, and levels now. */
struct srv_cache_stats {
    uint64_t hits, misses, collapsed, evictions, cancelled, refused, failed;
    uint64_t made, make_ns;   /* values computed, and processor time spent on it */
    uint64_t bytes, entries;  /* kept now */
    uint64_t pending;         /* jobs queued or running now */
    uint64_t in_flight_bytes; /* charged to the budget beyond what is kept: being computed, or held by clients */
    uint64_t queued;          /* tasks waiting for a thread */
    struct srv_disk_stats disk;
};
void srv_cache_stats(struct srv_cache *cache, struct srv_cache_stats *stats);

#endif
