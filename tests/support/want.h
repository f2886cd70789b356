/* want.h - values for the tests of the cache: what a test wants made, and what happened while it was made.
 *
 *     struct want want = {.size = 1000, .fill = 7};
 *     struct srv_job *job;
 *     assert_int_equal(want_get(cache, "key", &want_here, &want, &job), SRV_MISS);
 *     assert_int_equal(want.made, 1); */
#ifndef TEST_WANT_H
#define TEST_WANT_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"

struct want {
    size_t size;             /* of the value, in bytes */
    uint8_t fill;            /* each of its bytes */
    enum srv_code code;      /* other than SRV_OK: making fails with it */
    uint64_t cost_ns;        /* processor time that making spends at least */
    atomic_int made;         /* how often making began */
    sem_t *started, *go;     /* making posts the first when it begins, then waits for the second; both may be NULL */
    const struct want *also; /* a nested key's value, copied to the front of this one; may be NULL */
    const char *also_key;
    bool poll;               /* making gives up when no client wants the value any more */
    atomic_int saw_unwanted; /* how often it gave up */
};

/* Make a struct want: in the asking thread, in the pool, in the pool from a copy of the want. */
extern const struct srv_make want_here, want_pooled, want_copied;
/* The function behind all three. */
enum srv_code want_make(const struct srv_making *making, void *arg, struct srv_blob **blob);

/* srv_cache_get with a key that is text. */
enum srv_how want_get(struct srv_cache *cache, const char *key, const struct srv_make *make, struct want *want,
                      struct srv_job **job);
/* Get in the asking thread, wait, check the size, let go. */
enum srv_how want_touch(struct srv_cache *cache, const char *key, struct want *want);
bool want_is_kept(struct srv_cache *cache, const char *key);
struct srv_cache *want_open_cache(uint64_t bytes, struct srv_budget *budget, struct srv_pool *pool);

/* A number in [0, 1), from a generator whose state is *random. */
double test_uniform(uint64_t *random);

#endif
