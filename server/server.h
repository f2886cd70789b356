/* server.h - what the parts of the server share. Made in main.c, passed to everybody; there are no globals. */
#ifndef SRV_SERVER_H
#define SRV_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "cache/cache.h"
#include "config.h"
#include "base/log.h"
#include "ops/counters.h"
#include "cache/pool.h"

/* What net/prepared.c hangs on a body in the cache, about. */
#define SRV_SLOT_BYTES 6144

struct srv_server {
    const struct srv_config *config;
    struct srv_budget budget; /* cache_bytes + work_bytes: all bodies in memory */
    struct srv_pool *pool;    /* NULL when `get` computes on its only thread */
    struct srv_disk *store;   /* the disk tier; NULL without --cache-dir, and for `get` */
    struct srv_cache *cache;
    struct srv_metrics *metrics;
    struct srv_log *log;
    struct srv_limit *limit;
    struct srv_tokens *tokens; /* NULL: everybody may ask */
    const char *http_library;  /* version of what the sockets are served with; "none" unless somebody says */
    atomic_bool draining;      /* SIGTERM came: readiness says no, connections close after their answer */
};

/* config is borrowed and must outlive srv. n_threads: of the compute pool; 0: no pool. False: *error says why, nothing is
 * left open. */
bool srv_open(struct srv_server *srv, const struct srv_config *config, unsigned n_threads, char *error, size_t cap);
/* SIGHUP: open the log file anew and read the tokens anew. Tokens that cannot be read stay as they were, and the log says so. */
void srv_reload(struct srv_server *srv);

void srv_close(struct srv_server *srv);

#endif
