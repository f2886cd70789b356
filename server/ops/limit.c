/* see limit.h */
#include "ops/limit.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/lock.h"

#define SETS 4096 /* a power of two */
#define WAYS 4
#define LOCKS 64
#define NOT_COUNTED UINT32_MAX
#define SECOND UINT64_C(1000000000)

struct entry {
    uint64_t key[2];
    uint64_t full_ns; /* when the bucket will be full again: the only state a token bucket needs */
    uint32_t connections;
    bool used;
};

DECLARE_LOCK(limit_lock);

struct srv_limit {
    struct srv_limit_config config;
    uint64_t secret; /* so that nobody can choose addresses of one set */
    pthread_mutex_t locks[LOCKS];
    struct entry sets[SETS][WAYS] GUARDED_BY(limit_lock); /* set i: lock i % LOCKS */
};

struct srv_limit *srv_limit_open(const struct srv_limit_config *config)
{
    struct srv_limit *limit = calloc(1, sizeof *limit);
    if (!limit || getrandom(&limit->secret, sizeof limit->secret, 0) != sizeof limit->secret) {
        free(limit);
        return NULL;
    }
    limit->config = *config;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&limit->locks[i], NULL);
    return limit;
}

void srv_limit_close(struct srv_limit *limit)
{
    if (!limit)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&limit->locks[i]);
    free(limit);
}

/* False: no TCP address. */
static bool key_of(const struct sockaddr *address, uint64_t key[2])
{
    key[0] = key[1] = 0;
    if (address && address->sa_family == AF_INET) {
        memcpy(key, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        key[1] = 4;
        return true;
    }
    if (!address || address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        memcpy(key, (const uint8_t *)v6 + 12, 4);
        key[1] = 4;
    } else {
        memcpy(key, v6, 8);
        key[1] = 6;
    }
    return true;
}

static size_t set_of(const struct srv_limit *limit, const uint64_t key[2])
{
    uint64_t h = (key[0] ^ limit->secret) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 32 ^ key[1]) * 0xc4ceb9fe1a85ec53u;
    return (h ^ h >> 33) % SETS;
}

/* The entry of an address: its own, else a free one, else the one whose bucket was filled longest ago and that has no
 * connections if there is such a one, else any. Under the set's lock. */
static struct entry *entry_of(struct srv_limit *limit, size_t set, const uint64_t key[2])
{
    struct entry *ways = limit->sets[set], *best = NULL;
    for (size_t i = 0; i < WAYS; i++)
        if (ways[i].used && ways[i].key[0] == key[0] && ways[i].key[1] == key[1])
            return &ways[i];
    for (size_t i = 0; i < WAYS; i++) {
        if (!ways[i].used) {
            ways[i] = (struct entry){.key = {key[0], key[1]}, .used = true};
            return &ways[i];
        }
        if (!ways[i].connections && (!best || ways[i].full_ns < best->full_ns))
            best = &ways[i];
    }
    if (!best)
        return &ways[key[0] % WAYS]; /* shared with another address: its connections must stay counted */
    *best = (struct entry){.key = {key[0], key[1]}, .full_ns = best->full_ns, .used = true};
    return best;
}

uint32_t srv_limit_connect(struct srv_limit *limit, const struct sockaddr *address)
{
    uint64_t key[2];
    if (!limit->config.connections || !key_of(address, key))
        return NOT_COUNTED;
    size_t set = set_of(limit, key);
    limit_lock_take(&limit->locks[set % LOCKS]);
    struct entry *entry = entry_of(limit, set, key);
    bool allowed = entry->connections < limit->config.connections;
    entry->connections += allowed;
    uint32_t ticket = (uint32_t)(set * WAYS) + (uint32_t)(entry - limit->sets[set]) + 1;
    limit_lock_give(&limit->locks[set % LOCKS]);
    return allowed ? ticket : 0;
}

void srv_limit_disconnect(struct srv_limit *limit, uint32_t ticket)
{
    if (ticket == 0 || ticket == NOT_COUNTED)
        return;
    size_t set = (ticket - 1) / WAYS;
    limit_lock_take(&limit->locks[set % LOCKS]);
    limit->sets[set][(ticket - 1) % WAYS].connections--; /* entries with connections stay where they are */
    limit_lock_give(&limit->locks[set % LOCKS]);
}

unsigned srv_limit_request(struct srv_limit *limit, const struct sockaddr *address, uint64_t now_ns)
{
    uint64_t key[2], wait = 0;
    if (!limit->config.rate || !key_of(address, key))
        return 0;
    /* One request takes 1 / rate seconds to be gained back; the bucket is empty when burst of those are owed. */
    const uint64_t one = SECOND / limit->config.rate, most = one * limit->config.burst;
    size_t set = set_of(limit, key);
    limit_lock_take(&limit->locks[set % LOCKS]);
    struct entry *entry = entry_of(limit, set, key);
    uint64_t full = entry->full_ns > now_ns ? entry->full_ns : now_ns;
    if (full + one - now_ns > most)
        wait = full + one - now_ns - most;
    else
        entry->full_ns = full + one;
    limit_lock_give(&limit->locks[set % LOCKS]);
    return (unsigned)((wait + SECOND - 1) / SECOND);
}
