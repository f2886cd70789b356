/* see srv.h */
#include "srv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool srv_open(struct srv *srv, const struct srv_config *config, unsigned n_threads, char *error, size_t cap)
{
    memset(srv, 0, sizeof *srv);
    srv->config = config;
    srv_budget_init(&srv->budget, config->cache_bytes + config->work_bytes);
    srv->pool = n_threads ? srv_pool_open(n_threads, (size_t)config->queue) : NULL;
    srv->metrics = srv_metrics_open();
    srv->log = srv_log_open((enum srv_log_format)config->log, config->log_file);
    if (!srv->log) {
        snprintf(error, cap, "cannot open the log %s: %s", config->log_file ? config->log_file : "", strerror(errno));
        srv_close(srv);
        return false;
    }
    if (srv->metrics && (srv->pool || !n_threads)) {
        const struct srv_cache_config cache = {
            .cache_bytes = config->cache_bytes, .budget = &srv->budget, .pool = srv->pool};
        srv->cache = srv_cache_open(&cache);
    }
    if (srv->cache)
        return true;
    snprintf(error, cap, "no memory, or no threads");
    srv_close(srv);
    return false;
}

void srv_close(struct srv *srv)
{
    srv_cache_close(srv->cache);
    srv_pool_close(srv->pool);
    srv_metrics_close(srv->metrics);
    srv_log_close(srv->log);
}
