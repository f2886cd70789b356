/* cache_private.h - what cache.c and job.c share; nobody else includes it.
 *
 * One struct serves as table entry and as job. Its life, each step under the cache's lock:
 *
 *     new --> queued --claim--> running --finish--> done, kept    in the table and the eviction order, until evicted
 *                |                             \--> done, weak    in the table while somebody holds it
 *                \--claim, by who cancels---------> done, failed  not in the table
 *
 * References: the table's (kept entries only), the pool's (while queued there), the one who claimed it, each handle.
 * Claiming decides who finishes: exactly one does. The cache outlives its pending jobs and its tasks in the pool. */
#ifndef SRV_CACHE_CACHE_PRIVATE_H
#define SRV_CACHE_CACHE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/lock.h"
#include "cache/cache.h"

DECLARE_LOCK(cache_lock);

struct srv_job {
    struct srv_task task; /* first: the pool's run function gets a pointer to it */
    _Atomic uint32_t refs;
    _Atomic uint32_t users; /* handles; counted while pending only */
    _Atomic int code;       /* enum srv_code; all below is settled once it is not SRV_PENDING */
    bool weak, stored, from_disk;
    bool claimed GUARDED_BY(cache_lock), in_table GUARDED_BY(cache_lock);
    atomic_bool told_unwanted;
    struct srv_cache *cache; /* NULL: one of the jobs that were born failed, never freed */
    struct srv_blob *blob;
    uint64_t cost_ns;
    const struct srv_make *make;
    void *arg;
    bool arg_copied;
    struct srv_waiter *waiters GUARDED_BY(cache_lock), *last_waiter GUARDED_BY(cache_lock);
    struct srv_waiter *calling GUARDED_BY(cache_lock); /* the one being called now */
    struct srv_job *pending_next, *pending_prev;
    struct srv_job *chain; /* the bucket's next */
    struct srv_rank rank;
    uint64_t hash;
    size_t key_len;
    const uint8_t *key; /* right behind the struct */
};

struct srv_cache {
    struct srv_cache_config config;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a waiter's call has returned while somebody wanted to know; nothing is busy */
    unsigned watchers GUARDED_BY(cache_lock); /* threads that wait for `changed` */
    atomic_bool stopping;
    uint64_t sip_key[2];
    struct srv_job **buckets GUARDED_BY(cache_lock);
    size_t bucket_mask;
    struct srv_evict evict GUARDED_BY(cache_lock);
    uint64_t limit; /* for entries: cache_bytes without the tables */
    uint64_t tables_bytes;
    uint64_t bytes GUARDED_BY(cache_lock), blob_bytes
        GUARDED_BY(cache_lock);                     /* kept: all of it, and what of it is charged to the budget */
    struct srv_job *pending GUARDED_BY(cache_lock); /* all jobs not yet done */
    uint64_t n_pending GUARDED_BY(cache_lock);
    uint64_t n_tasks GUARDED_BY(cache_lock);             /* the pool's references */
    struct srv_cache_stats stats GUARDED_BY(cache_lock); /* the counters; levels are filled in when asked for */
};

/* job.c */

/* A job with one handle, claimed by the caller, not in the table; NULL: no memory. */
struct srv_job *job_new(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len);
/* Say how a new job's value is made. For the pool: anybody may claim it as soon as it is in the table, as a thread of the pool
 * that needs the value must not wait until another thread has queued it; the claim's reference becomes the pool's.
 * False: no memory. */
bool job_prepare(struct srv_job *job, const struct srv_make *make, void *arg, bool for_pool);
/* Free a job that was never in the table. NULL is fine. */
void job_discard(struct srv_job *job);
/* The job that was born failed with that code. */
struct srv_job *job_failed(enum srv_code code);
/* Drop a reference that is not a handle. */
void job_drop(struct srv_job *job);
/* Become the one who finishes the job, with a reference of one's own. */
bool job_claim_locked(struct srv_job *job) REQUIRES(cache_lock);
/* Give a job to the pool. It may be done, and fail, before this returns. */
void job_queue(struct srv_job *job);
/* Take a job that one has claimed out of the pool's queue, if it is there, with the pool's reference. */
void job_unqueue(struct srv_job *job);
/* Settle a claimed job: blob's reference is taken; all waiters are called; the claim's reference is dropped. */
void job_finish(struct srv_job *job, enum srv_code code, struct srv_blob *blob);
/* Make a claimed job's value here and finish it. */
void job_execute(struct srv_job *job);
/* Is the calling thread making a value (or one of the pool's)? */
bool job_inside(void);

/* cache.c */
void cache_pend_locked(struct srv_cache *cache, struct srv_job *job) REQUIRES(cache_lock);
void cache_unpend_locked(struct srv_cache *cache, struct srv_job *job) REQUIRES(cache_lock);
/* A task has left the pool. */
void cache_untask_locked(struct srv_cache *cache) REQUIRES(cache_lock);
void cache_table_remove_locked(struct srv_cache *cache, struct srv_job *job) REQUIRES(cache_lock);
/* Without the lock: evict, little by little, until the job (its blob is set) has room, if it is to be kept. */
void cache_make_room(struct srv_cache *cache, const struct srv_job *job);
/* Keep a job that came out well if it fits: sets job->stored, adds the table's reference. What had to go for it
 * (little, after cache_make_room) is chained to *victims, for cache_drop_victims after unlocking. */
void cache_admit_locked(struct srv_cache *cache, struct srv_job *job, struct srv_job **victims) REQUIRES(cache_lock);
void cache_drop_victims(struct srv_job *victims);

#endif
