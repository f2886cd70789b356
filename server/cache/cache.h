/* cache.h - values that were made before, by key.
 *
 *     struct srv_job *job;
 *     enum srv_how how = srv_cache_get(cache, key, key_len, &make, &plan, &job);   (job is never NULL)
 *     reply->kind = SRV_BODY_JOB;  reply->job = job;                               (net/wait.c waits for it)
 *
 * A key names one value for ever: it is the canonical request, and equal canonical requests have equal bytes. Nothing
 * is ever invalidated. Keys are compared whole. A value that is neither in memory nor on disk is made once, however
 * many clients ask for it: they share one job (job.h).
 *
 * Bytes  : entries, keys, blobs and what is attached to them are counted, and their sum stays within cache_bytes. A
 *          blob that is larger than admit_bytes is not kept: clients share it as long as one of them holds it.
 * Evicted: first the entry that costs least to make again per byte and use, in processor time as measured (evict.h).
 * Threads: all functions may be called from any thread. One mutex is held for a look-up or a few pointer changes, never
 *          during a computation, I/O, a free or a call back. */
#ifndef SRV_CACHE_CACHE_H
#define SRV_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/disk.h"
#include "cache/job.h"
#include "cache/pool.h"

struct srv_cache;

struct srv_cache_config {
    uint64_t cache_bytes;      /* 0: keep nothing; clients still share jobs */
    uint64_t admit_bytes;      /* size of the largest blob that is kept; 0: cache_bytes / 4 */
    struct srv_budget *budget; /* borrowed; lent to makers; NULL: no limit */
    struct srv_pool *pool;     /* borrowed; NULL: the calling thread makes every value */
    struct srv_disk *disk;     /* borrowed; NULL: no disk tier */
    /* Called with the label of each value that was made, if it has one, and the processor time it took; from any
     * thread, without a lock held. NULL: not called. */
    void (*made)(void *arg, const char *label, uint64_t cost_ns);
    void *made_arg;
};

/* NULL: no memory or no random bytes. */
struct srv_cache *srv_cache_open(const struct srv_cache_config *config);
/* Make no more values: jobs that have not begun, and misses from now on, end with SRV_STOPPING. Hits still work. */
void srv_cache_stop(struct srv_cache *cache);
/* Stop, wait for jobs that run, free. All handles must have been dropped. NULL is fine. */
void srv_cache_close(struct srv_cache *cache);

/* *job is a handle on the job that makes, or has made, the value of a key (1 to SRV_KEY_MAX bytes, borrowed for the
 * call). It is never NULL: when a job cannot begin (no memory, queue full, stopping), *job is done with that code. */
enum srv_how srv_cache_get(struct srv_cache *cache, const void *key, size_t key_len, const struct srv_make *make,
                           void *arg, struct srv_job **job);
/* The value with a reference for the caller, if it is in memory, else NULL. Counts a hit, never a miss. */
struct srv_blob *srv_cache_peek(struct srv_cache *cache, const void *key, size_t key_len);
/* The same for a caller that keeps the hash of the key. The hash differs from cache to cache. */
uint64_t srv_cache_hash(const struct srv_cache *cache, const void *key, size_t key_len);
struct srv_blob *srv_cache_peek_hashed(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len);
/* Attach something to the blob of a key, and count it. Other entries are evicted if there is no room for it. Returns
 * what is attached now: attachment, or another one that came first. NULL: the blob is not kept (any more), or the
 * attachment is larger than the cache. The caller holds a reference to the blob, and frees an attachment that was not
 * taken. */
struct srv_attachment *srv_cache_attach(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len,
                                        struct srv_blob *blob, struct srv_attachment *attachment);
/* Would a blob of that size be kept? A body that would not is better streamed. */
bool srv_cache_admits(const struct srv_cache *cache, uint64_t size);

/* Counters since the start, and what there is now. */
struct srv_cache_stats {
    uint64_t hits, misses, collapsed, evictions, cancelled, refused, failed;
    uint64_t made, make_ns;   /* values made, and processor time spent on it */
    uint64_t bytes, entries;  /* kept now */
    uint64_t pending;         /* jobs queued or running now */
    uint64_t in_flight_bytes; /* charged to the budget beyond what is kept: being made, or held by clients */
    uint64_t queued;          /* tasks waiting for a thread */
    struct srv_disk_stats disk;
};
void srv_cache_stats(struct srv_cache *cache, struct srv_cache_stats *stats);

#endif
