/* lock.h - locks that clang checks: -Wthread-safety finds code that uses a guarded field without its lock.
 *
 *     DECLARE_LOCK(pool_lock);
 *     struct pool {
 *         pthread_mutex_t lock;
 *         unsigned n_queued GUARDED_BY(pool_lock);
 *     };
 *     REQUIRES(pool_lock) static void push_locked(struct pool *pool)
 *
 *     pool_lock_take(&pool->lock);   push_locked(pool);   pool_lock_give(&pool->lock);
 *
 * The name stands for the lock of every object of its kind, because the attribute of a field of C cannot name another
 * field before clang 20. A function that must be called with the lock held has _locked in its name and REQUIRES in its
 * declaration. pthread_cond_wait takes &pool->lock as usual. gcc sees plain C. */
#ifndef SRV_BASE_LOCK_H
#define SRV_BASE_LOCK_H

#include <pthread.h>

#ifdef __clang__
#define SRV_TSA(x) __attribute__((x))
#else
#define SRV_TSA(x)
#endif

#define GUARDED_BY(lock) SRV_TSA(guarded_by(lock))
#define REQUIRES(lock) SRV_TSA(requires_capability(lock))
/* For functions that run before the first other thread starts, or after the last one has ended. */
#define UNCHECKED SRV_TSA(no_thread_safety_analysis)

struct SRV_TSA(capability("mutex")) srv_lock_name {
    char unused;
};

/* Declare lock##_take and lock##_give. The variable is never defined. */
#define DECLARE_LOCK(lock)                                                                              \
    extern struct srv_lock_name lock;                                                                   \
    static inline void lock##_take(pthread_mutex_t *mutex) SRV_TSA(acquire_capability(lock)) UNCHECKED; \
    static inline void lock##_give(pthread_mutex_t *mutex) SRV_TSA(release_capability(lock)) UNCHECKED; \
    static inline void lock##_take(pthread_mutex_t *mutex)                                              \
    {                                                                                                   \
        pthread_mutex_lock(mutex);                                                                      \
    }                                                                                                   \
    static inline void lock##_give(pthread_mutex_t *mutex)                                              \
    {                                                                                                   \
        pthread_mutex_unlock(mutex);                                                                    \
    }                                                                                                   \
    _Static_assert(1, "")

#endif
