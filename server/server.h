/* server.h - the parts that requests share: cache, pool, counters, log, limits, tokens. serve.c and main.c open one
 * struct srv_server and pass it to every function that needs it.
 *
 * Threads: the parts guard themselves. config never changes; draining is atomic. */
#ifndef SRV_SERVER_H
#define SRV_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "cache/cache.h"
#include "config.h"
#include "hub/folder.h"
#include "base/log.h"
#include "ops/counters.h"
#include "cache/pool.h"

struct srv_catalog; /* model/catalog.h */

/* Values of the cache that belong to a model are labelled with this and the name of the preset; "" for what is none. */
#define SRV_MODEL_LABEL "model/"

struct srv_server {
    const struct srv_config *config;
    struct srv_budget budget; /* cache_bytes + work_bytes: all bodies in memory, and prepared responses */
    struct srv_pool *pool;    /* NULL when `get` computes on its only thread */
    struct srv_disk *disk;    /* the disk tier; NULL without --cache-dir, and for `get` */
    struct srv_cache *cache;
    struct srv_catalog *catalog; /* the architectures and presets of models */
    struct srv_hub_shelf shelf;  /* the repositories of --models */
    struct srv_metrics *metrics;
    struct srv_log *log;
    struct srv_limit *limit;
    struct srv_tokens *tokens; /* NULL: everybody may ask */
    const char
        *http_library;    /* version of libmicrohttpd, which only net/ knows; "none" until main.c or serve.c sets it */
    atomic_bool draining; /* SIGTERM came: /readyz says 503, connections close after their answer */
};

/* Open every part. config is borrowed and must outlive srv. n_threads: threads of the compute pool; 0: no pool. False:
 * *error says why, and nothing is left open. */
bool srv_open(struct srv_server *srv, const struct srv_config *config, unsigned n_threads, char *error, size_t cap);
void srv_close(struct srv_server *srv);

/* Read the repositories of --models, and serve them from now on; the log says what was refused. False: those before
 * stay. */
bool srv_load_models(struct srv_server *srv, char *error, size_t cap);

#endif
