/* see fit.h */
#include "fit.h"

#include "config.h"

#define MIB (UINT64_C(1) << 20)
#define CACHE_SHARE 5 /* the cache has a fifth, as in the defaults: 256 MiB beside 1 GiB */

static uint64_t in_mib(uint64_t bytes)
{
    return bytes < MIB ? MIB : bytes / MIB * MIB;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void srv_fit(struct srv_config *config, uint64_t limit)
{
    const bool cache_given = srv_config_is_given(config, "cache-bytes");
    const bool work_given = srv_config_is_given(config, "work-bytes");
    /* In little memory the rest is little, too: few connections, few threads. */
    const uint64_t room = limit - less(limit / 2, SRV_FIT_REST_BYTES);
    if (!cache_given)
        config->cache_bytes = less(config->cache_bytes, in_mib(room / CACHE_SHARE));
    const uint64_t left = room > config->cache_bytes ? room - config->cache_bytes : 0;
    if (!work_given)
        config->work_bytes = less(config->work_bytes, in_mib(left));
}
