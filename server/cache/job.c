/* see job.h and cache_private.h */
#include <stdlib.h>
#include <string.h>

#include "cache/cache_private.h"

static _Thread_local unsigned making_depth;
static _Thread_local uint64_t nested_ns; /* processor time of nested values */

/* ---- birth and references -------------------------------------------------------------------------------------- */

struct srv_job *job_failed(enum srv_code code)
{
    static struct srv_job jobs[] = {
        [SRV_NO_MEMORY] = {.code = SRV_NO_MEMORY},
        [SRV_QUEUE_FULL] = {.code = SRV_QUEUE_FULL},
        [SRV_CANCELLED] = {.code = SRV_CANCELLED},
        [SRV_STOPPING] = {.code = SRV_STOPPING},
    };
    return &jobs[code];
}

UNCHECKED struct srv_job *job_new(struct srv_cache *cache, uint64_t hash, const void *key, size_t key_len)
{
    struct srv_job *job = calloc(1, sizeof *job + key_len);
    if (!job)
        return NULL;
    atomic_init(&job->refs, 2);
    atomic_init(&job->users, 1);
    job->claimed = true;
    atomic_init(&job->code, SRV_PENDING);
    atomic_init(&job->told_unwanted, false);
    job->cache = cache;
    job->hash = hash;
    job->key_len = key_len;
    job->key = memcpy(job + 1, key, key_len);
    TAILQ_INIT(&job->waiters);
    return job;
}

UNCHECKED bool job_prepare(struct srv_job *job, const struct srv_make *make, void *arg, bool for_pool)
{
    bool copies = for_pool && make->copy;
    job->make = make;
    job->arg = copies ? make->copy(arg) : arg;
    job->arg_copied = copies && job->arg;
    job->claimed = !for_pool;
    return !copies || job->arg;
}

static void drop_arg(struct srv_job *job)
{
    if (job->arg_copied && job->make->drop)
        job->make->drop(job->arg);
}

void job_discard(struct srv_job *job)
{
    if (job)
        drop_arg(job);
    free(job);
}

static void job_free(struct srv_job *job)
{
    srv_blob_unref(job->blob);
    free(job);
}

enum srv_code srv_job_code(const struct srv_job *job)
{
    return (enum srv_code)atomic_load_explicit(&((struct srv_job *)(uintptr_t)job)->code, memory_order_acquire);
}

static bool drop_atomic(struct srv_job *job)
{
    return atomic_fetch_sub_explicit(&job->refs, 1, memory_order_acq_rel) == 1;
}

/* A look-up may still find a job that is weak or pending, so its last reference is dropped with the lock held. */
static bool must_lock(const struct srv_job *job)
{
    return srv_job_code(job) == SRV_PENDING || job->weak;
}

REQUIRES(cache_lock) static bool drop_locked(struct srv_job *job)
{
    bool last = drop_atomic(job);
    if (last && job->in_table)
        cache_table_remove_locked(job);
    return last;
}

void job_drop(struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    bool last;
    if (must_lock(job)) {
        cache_lock_take(&cache->lock);
        last = drop_locked(job);
        cache_lock_give(&cache->lock);
    } else {
        last = drop_atomic(job);
    }
    if (last)
        job_free(job);
}

struct srv_job *srv_job_ref(struct srv_job *job)
{
    if (!job->cache)
        return job;
    atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    if (srv_job_code(job) == SRV_PENDING)
        atomic_fetch_add_explicit(&job->users, 1, memory_order_relaxed);
    return job;
}

bool job_claim_locked(struct srv_job *job)
{
    if (job->claimed || srv_job_code(job) != SRV_PENDING)
        return false;
    job->claimed = true;
    atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    return true;
}

bool job_claim(struct srv_job *job)
{
    cache_lock_take(&job->cache->lock);
    bool mine = job_claim_locked(job);
    cache_lock_give(&job->cache->lock);
    return mine;
}

/* Drop a handle. True: it was the last one, the job has not begun, and the caller has claimed it. */
REQUIRES(cache_lock) static bool leave_locked(struct srv_job *job)
{
    if (srv_job_code(job) != SRV_PENDING)
        return false;
    if (atomic_fetch_sub_explicit(&job->users, 1, memory_order_relaxed) != 1 || !job_claim_locked(job))
        return false;
    cache_table_remove_locked(job); /* so that no client joins it */
    return true;
}

void srv_job_unref(struct srv_job *job)
{
    if (!job || !job->cache)
        return;
    if (srv_job_code(job) == SRV_PENDING) {
        struct srv_cache *cache = job->cache;
        cache_lock_take(&cache->lock);
        bool abandoned = leave_locked(job);
        cache_lock_give(&cache->lock);
        if (abandoned) {
            job_unqueue(job);
            job_finish(job, SRV_CANCELLED, NULL);
        }
    }
    job_drop(job);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

bool srv_job_ready(const struct srv_job *job)
{
    return srv_job_code(job) != SRV_PENDING;
}

struct srv_blob *srv_job_blob(const struct srv_job *job)
{
    return srv_job_code(job) == SRV_OK ? job->blob : NULL;
}

bool srv_job_stored(const struct srv_job *job)
{
    return srv_job_ready(job) && job->stored;
}

bool srv_job_from_disk(const struct srv_job *job)
{
    return srv_job_ready(job) && job->from_disk;
}

bool srv_making_unwanted(const struct srv_making *making)
{
    struct srv_job *job = making->job;
    bool unwanted = atomic_load_explicit(&job->users, memory_order_relaxed) == 0 ||
                    atomic_load_explicit(&job->cache->stopping, memory_order_relaxed);
    if (unwanted)
        atomic_store_explicit(&job->told_unwanted, true, memory_order_relaxed);
    return unwanted;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

bool job_inside(void)
{
    return making_depth > 0 || srv_pool_is_worker();
}

/* Drop the pool's reference. The cache may be closed as soon as no task is in the pool. */
static void task_end(struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    cache_lock_take(&cache->lock);
    bool last = drop_locked(job);
    cache_untask_locked(cache);
    cache_lock_give(&cache->lock);
    if (last)
        job_free(job);
}

static void task_run(struct srv_task *task)
{
    struct srv_job *job = (struct srv_job *)(void *)task;
    if (job_claim(job))
        job_execute(job);
    task_end(job);
}

void job_queue(struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    job->task.run = task_run;
    if (srv_pool_submit(cache->config.pool, &job->task))
        return;
    if (job_claim(job))
        job_finish(job, atomic_load(&cache->stopping) ? SRV_STOPPING : SRV_QUEUE_FULL, NULL);
    task_end(job);
}

void job_unqueue(struct srv_job *job)
{
    if (job->cache->config.pool && srv_pool_cancel(job->cache->config.pool, &job->task))
        task_end(job);
}

static void count(struct srv_cache_stats *stats, enum srv_code code)
{
    stats->cancelled += code == SRV_CANCELLED;
    stats->refused += code == SRV_QUEUE_FULL || code == SRV_STOPPING;
    stats->failed += code == SRV_NO_MEMORY;
}

void job_finish(struct srv_job *job, enum srv_code code, struct srv_blob *blob)
{
    struct srv_cache *cache = job->cache;
    struct job_list victims = LIST_HEAD_INITIALIZER(victims);
    drop_arg(job);
    job->blob = blob;
    if (code == SRV_OK)
        cache_make_room(cache, job);
    cache_lock_take(&cache->lock);
    if (code == SRV_OK) {
        cache_admit_locked(cache, job, &victims);
        job->weak = !job->stored;
    } else if (job->in_table) {
        cache_table_remove_locked(job);
    }
    count(&cache->stats, code);
    atomic_store_explicit(&job->code, code, memory_order_release);
    cache_lock_give(&cache->lock);
    cache_drop_victims(&victims);
    job_call_waiters(job);
    cache_lock_take(&cache->lock);
    bool last = drop_locked(job);
    cache_unpend_locked(cache, job);
    cache_lock_give(&cache->lock);
    if (last)
        job_free(job);
}

/* A maker has returned SRV_CANCELLED. False: a client has asked again, so it must be called again. True: no client can
 * join. */
static bool give_up(struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    cache_lock_take(&cache->lock);
    bool told = atomic_exchange_explicit(&job->told_unwanted, false, memory_order_relaxed);
    bool wanted = atomic_load_explicit(&job->users, memory_order_relaxed) > 0;
    bool done = !told || !wanted || atomic_load(&cache->stopping);
    if (done && job->in_table)
        cache_table_remove_locked(job);
    cache_lock_give(&cache->lock);
    return done;
}

enum srv_code srv_making_give(const struct srv_making *making, const void *bytes, size_t size, struct srv_blob **blob)
{
    *blob = srv_blob_new(making->budget, size);
    if (*blob)
        memcpy((*blob)->bytes, bytes, size);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

static enum srv_code make_value(struct srv_job *job, struct srv_blob **blob)
{
    struct srv_cache *cache = job->cache;
    const struct srv_make *make = job->make;
    struct srv_making making = {.cache = cache, .budget = cache->config.budget, .job = job};
    if (!make->in_place && cache->config.pool)
        making.exec = srv_pool_exec(cache->config.pool);
    enum srv_code code;
    do
        code = make->make(&making, job->arg, blob);
    while (code == SRV_CANCELLED && !give_up(job));
    if (code == SRV_CANCELLED && atomic_load(&cache->stopping))
        code = SRV_STOPPING;
    if (code != SRV_OK)
        *blob = NULL; /* the maker has kept or freed what it had begun */
    return code;
}

static bool from_disk(struct srv_job *job, struct srv_blob **blob)
{
    struct srv_cache *cache = job->cache;
    if (!cache->config.disk || job->make->in_place || job->make->memory_only)
        return false;
    *blob = srv_disk_get(cache->config.disk, job->key, job->key_len, cache->config.budget, &job->cost_ns);
    job->from_disk = *blob != NULL;
    return job->from_disk;
}

static void count_made(const struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    cache_lock_take(&cache->lock);
    cache->stats.made++;
    cache->stats.make_ns += job->cost_ns;
    cache_lock_give(&cache->lock);
    if (cache->config.made && job->make->label)
        cache->config.made(cache->config.made_arg, job->make->label(job->arg), job->cost_ns);
}

void job_execute(struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    struct srv_blob *blob = NULL;
    enum srv_code code = SRV_OK;
    uint64_t outer_ns = nested_ns, start = srv_pool_cpu_ns();
    nested_ns = 0;
    making_depth++;
    bool to_disk = false;
    if (!from_disk(job, &blob)) {
        code = make_value(job, &blob);
        job->cost_ns = srv_pool_cpu_ns() - start - nested_ns;
        count_made(job);
        to_disk = code == SRV_OK && !job->make->in_place && !job->make->memory_only && cache->config.disk;
    }
    making_depth--;
    nested_ns = outer_ns + (srv_pool_cpu_ns() - start);
    if (to_disk)
        srv_disk_put(cache->config.disk, job->key, job->key_len, blob, job->cost_ns);
    job_finish(job, code, blob);
}
