/* see want.h */
#include "support/test.h"
#include "support/want.h"

#include <stdlib.h>
#include <string.h>

static void *copy_want(const void *arg)
{
    struct want *copy = malloc(sizeof *copy);
    if (copy)
        memcpy(copy, arg, sizeof *copy);
    return copy;
}

const struct srv_make want_here = {.make = want_make, .in_place = true};
const struct srv_make want_pooled = {.make = want_make};
const struct srv_make want_copied = {.make = want_make, .copy = copy_want, .drop = free};

static enum srv_code add_nested(const struct srv_making *making, const struct want *want, struct srv_blob *blob)
{
    struct srv_job *job;
    srv_cache_get(making->cache, want->also_key, strlen(want->also_key), &want_pooled, (void *)(uintptr_t)want->also,
                  &job);
    enum srv_code code = srv_job_wait(job);
    if (code == SRV_OK)
        memcpy(blob->bytes, srv_job_blob(job)->bytes, want->also->size);
    srv_job_unref(job);
    return code;
}

enum srv_code want_make(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    struct want *want = arg;
    const uint64_t start = srv_pool_cpu_ns();
    atomic_fetch_add(&want->made, 1);
    if (want->started)
        sem_post(want->started);
    if (want->go)
        sem_wait(want->go);
    if (want->poll && srv_making_unwanted(making)) {
        atomic_fetch_add(&want->saw_unwanted, 1);
        sem_post(want->started);
        sem_wait(want->go);
        return SRV_CANCELLED;
    }
    if (want->code != SRV_OK)
        return want->code;
    struct srv_blob *made = srv_blob_new(making->budget, want->size);
    if (!made)
        return SRV_NO_MEMORY;
    memset(made->bytes, want->fill, want->size);
    while (srv_pool_cpu_ns() - start < want->cost_ns)
        ;
    enum srv_code code = want->also ? add_nested(making, want, made) : SRV_OK;
    if (code != SRV_OK) {
        srv_blob_unref(made);
        return code;
    }
    *blob = made;
    return SRV_OK;
}

enum srv_how want_get(struct srv_cache *cache, const char *key, const struct srv_make *make, struct want *want,
                      struct srv_job **job)
{
    return srv_cache_get(cache, key, strlen(key), make, want, job);
}

enum srv_how want_touch(struct srv_cache *cache, const char *key, struct want *want)
{
    struct srv_job *job;
    enum srv_how how = want_get(cache, key, &want_here, want, &job);
    assert_int_equal(srv_job_wait(job), SRV_OK);
    assert_int_equal(srv_job_blob(job)->size, want->size);
    srv_job_unref(job);
    return how;
}

bool want_is_kept(struct srv_cache *cache, const char *key)
{
    struct srv_blob *blob = srv_cache_peek(cache, key, strlen(key));
    srv_blob_unref(blob);
    return blob != NULL;
}

struct srv_cache *want_open_cache(uint64_t bytes, struct srv_budget *budget, struct srv_pool *pool)
{
    struct srv_cache_config config = {.cache_bytes = bytes, .budget = budget, .pool = pool};
    struct srv_cache *cache = srv_cache_open(&config);
    assert_non_null(cache);
    return cache;
}

double test_uniform(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (double)(*random >> 11) * 0x1p-53;
}
