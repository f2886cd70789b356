/* cache.c - see cache.h: the table, which entries are kept, and getting. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cache/cache_private.h"
#include "cache/siphash.h"

/* The tables are sized for entries of so many bytes. None is smaller: struct, key, header of a blob. */
#define ENTRY_MIN_BYTES 512
#define ALLOCATOR_BYTES 16
/* Entries evicted while the lock is held once: a large value may need the room of very many small ones. */
#define EVICT_AT_ONCE 32

/* ---- table ----------------------------------------------------------------------------------------------------- */

uint64_t srv_cache_hash(const struct srv_cache *cache, const void *key, size_t key_len)
{
    return srv_siphash(cache->sip_key, key, key_len);
}

REQUIRES(cache_lock)
static struct srv_job *find_locked(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len)
{
    struct srv_job *job;
    LIST_FOREACH(job, &cache->buckets[hash & cache->bucket_mask], chain)
    if (job->hash == hash && job->key_len == key_len && memcmp(job->key, key, key_len) == 0)
        return job;
    return NULL;
}

/* A new job, as pending. */
REQUIRES(cache_lock) static void insert_locked(struct srv_cache *cache, struct srv_job *job)
{
    LIST_INSERT_HEAD(&cache->buckets[job->hash & cache->bucket_mask], job, chain);
    job->in_table = true;
    LIST_INSERT_HEAD(&cache->pending, job, pending);
    cache->n_pending++;
}

void cache_table_remove_locked(struct srv_job *job)
{
    LIST_REMOVE(job, chain);
    job->in_table = false;
}

void cache_unpend_locked(struct srv_cache *cache, struct srv_job *job)
{
    LIST_REMOVE(job, pending);
    if (--cache->n_pending == 0 && cache->watchers > 0)
        pthread_cond_broadcast(&cache->changed);
}

void cache_untask_locked(struct srv_cache *cache)
{
    if (--cache->n_tasks == 0 && cache->watchers > 0)
        pthread_cond_broadcast(&cache->changed);
}

/* ---- keeping --------------------------------------------------------------------------------------------------- */

/* What a blob and its attachment have charged. The attachment of a kept blob changes with the lock held. */
static uint64_t charged(struct srv_blob *blob)
{
    const struct srv_attachment *attachment = atomic_load_explicit(&blob->attachment, memory_order_acquire);
    return blob->charged + (attachment ? attachment->bytes : 0);
}

static uint64_t entry_bytes(const struct srv_job *job)
{
    return sizeof *job + job->key_len + ALLOCATOR_BYTES + charged(job->blob);
}

REQUIRES(cache_lock) static void count_locked(struct srv_cache *cache, struct srv_job *job)
{
    srv_evict_add(&cache->evict, &job->rank, job->cost_ns, entry_bytes(job));
    cache->bytes += entry_bytes(job);
    cache->blob_bytes += charged(job->blob);
}

/* The job is not in the eviction order any more. */
REQUIRES(cache_lock) static void uncount_locked(struct srv_cache *cache, const struct srv_job *job)
{
    cache->bytes -= entry_bytes(job);
    cache->blob_bytes -= charged(job->blob);
}

static struct srv_job *job_of(struct srv_rank *rank)
{
    return (struct srv_job *)(void *)((char *)rank - offsetof(struct srv_job, rank));
}

REQUIRES(cache_lock) static void evict_one_locked(struct srv_cache *cache, struct job_list *victims)
{
    struct srv_job *job = job_of(srv_evict_pop(&cache->evict));
    uncount_locked(cache, job);
    cache->stats.evictions++;
    cache_table_remove_locked(job);
    LIST_INSERT_HEAD(victims, job, chain);
}

bool srv_cache_admits(const struct srv_cache *cache, uint64_t size)
{
    return size <= cache->config.admit_bytes;
}

static bool keepable(const struct srv_cache *cache, const struct srv_job *job)
{
    return srv_cache_admits(cache, job->blob->size) && entry_bytes(job) <= cache->limit;
}

/* Evict until there is room for the job, but at most `most` entries. True: there is room. */
REQUIRES(cache_lock)
static bool evict_locked(struct srv_cache *cache, const struct srv_job *job, unsigned most, struct job_list *victims)
{
    uint64_t room = cache->limit - entry_bytes(job);
    while (cache->bytes > room || cache->evict.n == cache->evict.max) {
        if (most-- == 0)
            return false;
        evict_one_locked(cache, victims);
    }
    return true;
}

void cache_drop_victims(struct job_list *victims)
{
    struct srv_job *job;
    while ((job = LIST_FIRST(victims))) {
        LIST_REMOVE(job, chain);
        job_drop(job);
    }
}

void cache_make_room(struct srv_cache *cache, const struct srv_job *job)
{
    bool enough = !keepable(cache, job);
    while (!enough) {
        struct job_list victims = LIST_HEAD_INITIALIZER(victims);
        cache_lock_take(&cache->lock);
        enough = evict_locked(cache, job, EVICT_AT_ONCE, &victims);
        cache_lock_give(&cache->lock);
        cache_drop_victims(&victims);
    }
}

void cache_admit_locked(struct srv_cache *cache, struct srv_job *job, struct job_list *victims)
{
    if (!job->in_table || !keepable(cache, job) || !evict_locked(cache, job, UINT_MAX, victims))
        return;
    count_locked(cache, job);
    atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    job->stored = true;
}

/* The entry leaves the eviction order meanwhile, so that it is not evicted for its own attachment. */
REQUIRES(cache_lock)
static void attach_locked(struct srv_cache *cache, struct srv_job *job, struct srv_attachment *attachment,
                          struct job_list *victims)
{
    double uses = job->rank.uses;
    srv_evict_remove(&cache->evict, &job->rank);
    uncount_locked(cache, job);
    atomic_store_explicit(&job->blob->attachment, attachment, memory_order_release);
    evict_locked(cache, job, UINT_MAX, victims);
    count_locked(cache, job);
    while (--uses > 0)
        srv_evict_touch(&cache->evict, &job->rank);
}

struct srv_attachment *srv_cache_attach(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len,
                                        struct srv_blob *blob, struct srv_attachment *attachment)
{
    struct job_list victims = LIST_HEAD_INITIALIZER(victims);
    struct srv_attachment *now = NULL;
    cache_lock_take(&cache->lock);
    struct srv_job *job = find_locked(cache, hash, key, key_len);
    if (job && job->blob == blob && job->stored) {
        if (!atomic_load(&blob->attachment) && entry_bytes(job) + attachment->bytes <= cache->limit)
            attach_locked(cache, job, attachment, &victims);
        now = atomic_load(&blob->attachment);
    }
    cache_lock_give(&cache->lock);
    cache_drop_victims(&victims);
    return now;
}

/* ---- getting --------------------------------------------------------------------------------------------------- */

/* Another handle on a job in the table. */
REQUIRES(cache_lock) static enum srv_how join_locked(struct srv_cache *cache, struct srv_job *job)
{
    atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    if (srv_job_code(job) == SRV_PENDING) {
        atomic_fetch_add_explicit(&job->users, 1, memory_order_relaxed);
        cache->stats.collapsed++;
        return SRV_COLLAPSED;
    }
    if (job->stored)
        srv_evict_touch(&cache->evict, &job->rank);
    cache->stats.hits++;
    return SRV_HIT;
}

/* A miss: insert a new job, unless another thread was faster, and have its value made by the pool or the calling
 * thread. */
static enum srv_how get_new(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len,
                            const struct srv_make *make, void *arg, struct srv_job **out)
{
    bool pooled = cache->config.pool && !make->in_place && !job_inside();
    struct srv_job *job = job_new(cache, hash, key, key_len);
    if (job && !job_prepare(job, make, arg, pooled)) {
        job_discard(job);
        job = NULL;
    }
    cache_lock_take(&cache->lock);
    struct srv_job *found = find_locked(cache, hash, key, key_len);
    enum srv_how how = found ? join_locked(cache, found) : SRV_MISS;
    if (!found) {
        bool stopping = atomic_load(&cache->stopping);
        cache->stats.misses++;
        cache->stats.refused += stopping;
        cache->stats.failed += !job;
        *out = job_failed(stopping ? SRV_STOPPING : SRV_NO_MEMORY);
        if (job && !stopping) {
            insert_locked(cache, job);
            cache->n_tasks += pooled;
            *out = job;
        }
    }
    cache_lock_give(&cache->lock);
    if (found)
        *out = found;
    if (*out != job)
        job_discard(job);
    else if (pooled)
        job_queue(job);
    else
        job_execute(job);
    return how;
}

enum srv_how srv_cache_get(struct srv_cache *cache, const void *key, size_t key_len, const struct srv_make *make,
                           void *arg, struct srv_job **job)
{
    uint64_t hash = srv_cache_hash(cache, key, key_len);
    cache_lock_take(&cache->lock);
    struct srv_job *found = find_locked(cache, hash, key, key_len);
    enum srv_how how = found ? join_locked(cache, found) : SRV_MISS;
    cache_lock_give(&cache->lock);
    *job = found;
    return found ? how : get_new(cache, hash, key, key_len, make, arg, job);
}

struct srv_blob *srv_cache_peek_hashed(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len)
{
    struct srv_blob *blob = NULL;
    cache_lock_take(&cache->lock);
    struct srv_job *job = find_locked(cache, hash, key, key_len);
    if (job && srv_job_code(job) == SRV_OK) {
        blob = srv_blob_ref(job->blob);
        if (job->stored)
            srv_evict_touch(&cache->evict, &job->rank);
        cache->stats.hits++;
    }
    cache_lock_give(&cache->lock);
    return blob;
}

struct srv_blob *srv_cache_peek(struct srv_cache *cache, const void *key, size_t key_len)
{
    return srv_cache_peek_hashed(cache, srv_cache_hash(cache, key, key_len), key, key_len);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

UNCHECKED static bool allocate_tables(struct srv_cache *cache)
{
    size_t max = (size_t)(cache->config.cache_bytes / ENTRY_MIN_BYTES) + 1;
    size_t n_buckets = 64;
    while (n_buckets < max / 2)
        n_buckets *= 2;
    cache->bucket_mask = n_buckets - 1;
    cache->buckets = calloc(n_buckets, sizeof cache->buckets[0]);
    uint64_t all = cache->config.cache_bytes;
    cache->tables_bytes = n_buckets * sizeof cache->buckets[0] + max * sizeof cache->evict.slots[0];
    cache->limit = all > cache->tables_bytes ? all - cache->tables_bytes : 0;
    return srv_evict_init(&cache->evict, max) && cache->buckets;
}

UNCHECKED static void cache_free(struct srv_cache *cache)
{
    srv_evict_deinit(&cache->evict);
    free(cache->buckets);
    free(cache);
}

struct srv_cache *srv_cache_open(const struct srv_cache_config *config)
{
    struct srv_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->config = *config;
    if (cache->config.admit_bytes == 0)
        cache->config.admit_bytes = config->cache_bytes / 4;
    if (!allocate_tables(cache) || getrandom(cache->sip_key, sizeof cache->sip_key, 0) != sizeof cache->sip_key) {
        cache_free(cache);
        return NULL;
    }
    pthread_mutex_init(&cache->lock, NULL);
    pthread_cond_init(&cache->changed, NULL);
    atomic_init(&cache->stopping, false);
    return cache;
}

static struct srv_job *claim_any(struct srv_cache *cache)
{
    cache_lock_take(&cache->lock);
    struct srv_job *job = LIST_FIRST(&cache->pending);
    while (job && !job_claim_locked(job))
        job = LIST_NEXT(job, pending);
    cache_lock_give(&cache->lock);
    return job;
}

void srv_cache_stop(struct srv_cache *cache)
{
    struct srv_job *job;
    atomic_store(&cache->stopping, true);
    while ((job = claim_any(cache))) {
        job_unqueue(job);
        job_finish(job, SRV_STOPPING, NULL);
    }
}

void srv_cache_close(struct srv_cache *cache)
{
    if (!cache)
        return;
    srv_cache_stop(cache);
    cache_lock_take(&cache->lock);
    while (cache->n_pending > 0 || cache->n_tasks > 0) {
        cache->watchers++;
        pthread_cond_wait(&cache->changed, &cache->lock);
        cache->watchers--;
    }
    struct job_list all = LIST_HEAD_INITIALIZER(all);
    while (cache->evict.n > 0)
        evict_one_locked(cache, &all);
    cache_lock_give(&cache->lock);
    cache_drop_victims(&all);
    pthread_cond_destroy(&cache->changed);
    pthread_mutex_destroy(&cache->lock);
    cache_free(cache);
}

void srv_cache_stats(struct srv_cache *cache, struct srv_cache_stats *stats)
{
    cache_lock_take(&cache->lock);
    *stats = cache->stats;
    stats->bytes = cache->bytes + cache->tables_bytes;
    stats->entries = cache->evict.n;
    stats->pending = cache->n_pending;
    uint64_t kept = cache->blob_bytes;
    cache_lock_give(&cache->lock);
    uint64_t used = cache->config.budget ? srv_budget_used(cache->config.budget) : kept;
    stats->in_flight_bytes = used > kept ? used - kept : 0;
    stats->queued = cache->config.pool ? srv_pool_queued(cache->config.pool) : 0;
    if (cache->config.disk)
        srv_disk_stats(cache->config.disk, &stats->disk);
}
