/* cache_private.h - what cache.c, job.c and job_wait.c share.
 *
 * A struct srv_job is both a job and an entry of the table. Its states change with the cache's lock held:
 *
 *     new --> queued --claim--> running --finish--> done, kept    in the table and the eviction order, until evicted
 *                |                             \--> done, weak    in the table as long as a client holds it
 *                \--claim, to cancel it-----------> done, failed  not in the table
 *
 * A job has a reference for each handle, one for the table if it is kept, one for the pool while it is queued there,
 * and one for the thread that has claimed it. One thread alone claims a job, and that thread finishes it. The cache
 * outlives its pending jobs and its tasks in the pool. */
#ifndef SRV_CACHE_CACHE_PRIVATE_H
#define SRV_CACHE_CACHE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/lock.h"
#include "cache/cache.h"
#include "cache/evict.h"

DECLARE_LOCK(cache_lock);
LIST_HEAD(job_list, srv_job);

struct srv_job {
    struct srv_task task; /* first: the pool's run function gets a pointer to it */
    _Atomic uint32_t refs;
    _Atomic uint32_t users; /* handles; counted while pending */
    _Atomic int code;       /* enum srv_code; once it is not SRV_PENDING, the fields below do not change */
    bool weak, stored, from_disk;
    bool claimed GUARDED_BY(cache_lock), in_table GUARDED_BY(cache_lock);
    atomic_bool told_unwanted;
    struct srv_cache *cache; /* NULL: a job of job_failed, which is never freed */
    struct srv_blob *blob;
    uint64_t cost_ns;
    const struct srv_make *make;
    void *arg;
    bool arg_copied;
    TAILQ_HEAD(, srv_waiter) waiters GUARDED_BY(cache_lock);
    struct srv_waiter *calling GUARDED_BY(cache_lock); /* the waiter that is being called */
    LIST_ENTRY(srv_job) pending;
    LIST_ENTRY(srv_job) chain; /* of its bucket; once evicted, of the victims */
    struct srv_rank rank;
    uint64_t hash;
    size_t key_len;
    const uint8_t *key; /* right behind the struct */
};

struct srv_cache {
    struct srv_cache_config config;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a call of a waiter has returned; no job is pending; no task is in the pool */
    unsigned watchers GUARDED_BY(cache_lock); /* threads that wait for `changed` */
    atomic_bool stopping;
    uint64_t sip_key[2];
    struct job_list *buckets GUARDED_BY(cache_lock);
    size_t bucket_mask;
    struct srv_evict evict GUARDED_BY(cache_lock);
    uint64_t limit; /* for entries: cache_bytes without the tables */
    uint64_t tables_bytes;
    uint64_t bytes GUARDED_BY(cache_lock);          /* of kept entries */
    uint64_t blob_bytes GUARDED_BY(cache_lock);     /* what they have charged to the budget */
    struct job_list pending GUARDED_BY(cache_lock); /* jobs that are not done */
    uint64_t n_pending GUARDED_BY(cache_lock);
    uint64_t n_tasks GUARDED_BY(cache_lock);             /* references of the pool */
    struct srv_cache_stats stats GUARDED_BY(cache_lock); /* its counters alone */
};

/* job.c */

/* A job with one handle, claimed by the caller, not in the table; NULL: no memory. */
struct srv_job *job_new(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len);
/* Say how the value of a new job is made. for_pool: the job is not claimed, and the reference of the claim becomes the
 * pool's. Any thread may claim it as soon as it is in the table, because a pool thread that needs the value must not
 * wait until another thread has queued it. False: no memory. */
bool job_prepare(struct srv_job *job, const struct srv_make *make, void *arg, bool for_pool);
/* Free a job that was never in the table. NULL is fine. */
void job_discard(struct srv_job *job);
/* The job that has failed with that code from the start. */
struct srv_job *job_failed(enum srv_code code);
/* Drop a reference that is not a handle. */
void job_drop(struct srv_job *job);
/* Claim the job, with a reference. False: another thread has. */
bool job_claim_locked(struct srv_job *job) REQUIRES(cache_lock);
bool job_claim(struct srv_job *job);
/* Queue a job in the pool. It may be done, or have failed, when this returns. */
void job_queue(struct srv_job *job);
/* Take a claimed job out of the pool's queue, if it is there, and drop the pool's reference. */
void job_unqueue(struct srv_job *job);
/* Finish a claimed job: takes the reference to blob, calls all waiters, drops the reference of the claim. */
void job_finish(struct srv_job *job, enum srv_code code, struct srv_blob *blob);
/* Make the value of a claimed job on the calling thread, and finish it. */
void job_execute(struct srv_job *job);
/* job_wait.c: call all waiters of a job that is done, without the lock. */
void job_call_waiters(struct srv_job *job);
/* Is the calling thread making a value, or a thread of the pool? */
bool job_inside(void);

/* cache.c */

/* A job is done. */
void cache_unpend_locked(struct srv_cache *cache, struct srv_job *job) REQUIRES(cache_lock);
/* A task has left the pool. */
void cache_untask_locked(struct srv_cache *cache) REQUIRES(cache_lock);
void cache_table_remove_locked(struct srv_job *job) REQUIRES(cache_lock);
/* Evict, a few entries at a time, until there is room for a job that can be kept. Its blob is set. */
void cache_make_room(struct srv_cache *cache, const struct srv_job *job);
/* Keep a job that has a value, if it fits: sets job->stored and adds the reference of the table. What must be evicted
 * (little, after cache_make_room) is added to *victims, for cache_drop_victims without the lock. */
void cache_admit_locked(struct srv_cache *cache, struct srv_job *job, struct job_list *victims) REQUIRES(cache_lock);
void cache_drop_victims(struct job_list *victims);

#endif
