/* The waiters of a job; see job.h and cache_private.h. */
#include <semaphore.h>

#include "cache/cache_private.h"

bool srv_job_notify(struct srv_job *job, struct srv_waiter *waiter)
{
    waiter->queued = false;
    if (srv_job_ready(job))
        return false;
    cache_lock_take(&job->cache->lock);
    bool pending = srv_job_code(job) == SRV_PENDING;
    if (pending)
        TAILQ_INSERT_TAIL(&job->waiters, waiter, link);
    waiter->queued = pending;
    cache_lock_give(&job->cache->lock);
    return pending;
}

REQUIRES(cache_lock) static void waiter_remove_locked(struct srv_job *job, struct srv_waiter *waiter)
{
    TAILQ_REMOVE(&job->waiters, waiter, link);
    waiter->queued = false;
}

bool srv_job_forget(struct srv_job *job, struct srv_waiter *waiter)
{
    struct srv_cache *cache = job->cache;
    if (!cache)
        return false;
    cache_lock_take(&cache->lock);
    bool in_time = waiter->queued;
    if (in_time)
        waiter_remove_locked(job, waiter);
    while (job->calling == waiter) {
        cache->watchers++;
        pthread_cond_wait(&cache->changed, &cache->lock);
        cache->watchers--;
    }
    cache_lock_give(&cache->lock);
    return in_time;
}

void job_call_waiters(struct srv_job *job)
{
    struct srv_cache *cache = job->cache;
    cache_lock_take(&cache->lock);
    struct srv_waiter *waiter;
    while ((waiter = TAILQ_FIRST(&job->waiters))) {
        waiter_remove_locked(job, waiter);
        job->calling = waiter;
        cache_lock_give(&cache->lock);
        waiter->call(waiter->arg); /* may free the waiter: only its address is compared afterwards */
        cache_lock_take(&cache->lock);
        job->calling = NULL;
        if (cache->watchers > 0)
            pthread_cond_broadcast(&cache->changed);
    }
    cache_lock_give(&cache->lock);
}

static void post(void *arg)
{
    sem_post(arg);
}

enum srv_code srv_job_wait(struct srv_job *job)
{
    if (srv_job_ready(job))
        return srv_job_code(job);
    if (job_inside() && job_claim(job)) {
        job_unqueue(job);
        job_execute(job);
        return srv_job_code(job);
    }
    sem_t done;
    sem_init(&done, 0, 0);
    struct srv_waiter waiter = {.call = post, .arg = &done};
    if (srv_job_notify(job, &waiter)) {
        while (sem_wait(&done) != 0)
            ;
        srv_job_forget(job, &waiter); /* sem_post has returned: `done` may go */
    }
    sem_destroy(&done);
    return srv_job_code(job);
}
