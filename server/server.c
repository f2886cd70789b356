/* see server.h */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ops/limit.h"
#include "http/json.h"
#include "cache/disk.h"
#include "model/catalog.h"
#include "ops/token.h"

static void report(void *arg, const char *text)
{
    srv_log_event(arg, "%s", text);
}

/* Open the disk tier where --cache-dir asks for one. False: no memory. */
static bool open_disk(struct srv_server *srv)
{
    const struct srv_config *config = srv->config;
    if (!config->cache_dir || config->command != SRV_SERVE)
        return true;
    const struct srv_disk_config disk = {
        .dir = config->cache_dir,
        .max_bytes = config->cache_dir_bytes,
        .min_cost_ns = SRV_DISK_MIN_COST_NS,
        .min_ns_per_byte = SRV_DISK_MIN_NS_PER_BYTE,
        .report = report,
        .report_arg = srv->log,
    };
    srv->disk = srv_disk_open(&disk);
    return srv->disk;
}

static bool open_tokens(struct srv_server *srv, char *error, size_t cap)
{
    char why[200];
    const char *path = srv->config->token_file;
    if (!path || srv->config->command != SRV_SERVE)
        return true;
    snprintf(error, cap, "out of memory");
    srv->tokens = srv_tokens_open();
    if (!srv->tokens || srv_tokens_load(srv->tokens, path, why, sizeof why))
        return srv->tokens;
    snprintf(error, cap, "--token-file %s: %s", path, why);
    return false;
}

static bool open_catalog(struct srv_server *srv, char *error, size_t cap)
{
    struct wi_error err = {0};
    srv->catalog = srv_catalog_open(srv->config->models, &err);
    if (!srv->catalog)
        snprintf(error, cap, "--models %s: %s", srv->config->models ? srv->config->models : "", err.text);
    return srv->catalog;
}

/* ---- repositories ---------------------------------------------------------------------------------------------- */

static void report_refused(void *arg, const char *path, const char *why)
{
    srv_log_event(arg, "--models: %s: %s", path, why);
}

bool srv_load_models(struct srv_server *srv, char *error, size_t cap)
{
    struct srv_hub_folder *folder = srv_hub_folder_load(srv->config->models, report_refused, srv->log, error, cap);
    if (folder)
        srv_hub_shelf_put(&srv->shelf, folder);
    return folder;
}

static bool open_models(struct srv_server *srv, char *error, size_t cap)
{
    char why[200];
    if (!srv->config->models || srv->config->command == SRV_MODELS_CHECK || srv_load_models(srv, why, sizeof why))
        return true;
    snprintf(error, cap, "--models %s: %s", srv->config->models, why);
    return false;
}

/* ---- all parts -------------------------------------------------------------------------------------------------- */

/* The label is a scheme, or SRV_MODEL_LABEL and a preset. */
static void count_made(void *arg, const char *label, uint64_t cost_ns)
{
    const struct srv_server *srv = arg;
    const size_t len = strlen(SRV_MODEL_LABEL);
    if (strncmp(label, SRV_MODEL_LABEL, len) == 0)
        srv_metrics_model(srv->metrics, srv_catalog_place(srv->catalog, label + len), cost_ns);
    else
        srv_metrics_made(srv->metrics, label, cost_ns);
}

bool srv_open(struct srv_server *srv, const struct srv_config *config, unsigned n_threads, char *error, size_t cap)
{
    memset(srv, 0, sizeof *srv);
    srv_json_init();
    srv_hub_shelf_init(&srv->shelf);
    srv->config = config;
    srv->http_library = "none";
    if (!open_catalog(srv, error, cap))
        return false;
    srv_budget_init(&srv->budget, config->cache_bytes + config->work_bytes);
    srv->pool = n_threads ? srv_pool_open(n_threads, (size_t)config->queue) : NULL;
    srv->metrics = srv_metrics_open();
    srv->log = srv_log_open((enum srv_log_format)config->log, config->log_file);
    if (!srv->log) {
        snprintf(error, cap, "--log-file %s: %s", config->log_file ? config->log_file : "", strerror(errno));
        srv_close(srv);
        return false;
    }
    if (!open_tokens(srv, error, cap) || !open_models(srv, error, cap)) {
        srv_close(srv);
        return false;
    }
    const struct srv_limit_config limit = {
        .connections = config->max_connections_per_address, .rate = config->rate_limit, .burst = config->rate_burst};
    srv->limit = srv_limit_open(&limit);
    if (srv->limit && srv->metrics && (srv->pool || !n_threads) && open_disk(srv)) {
        const struct srv_cache_config cache = {.cache_bytes = config->cache_bytes,
                                               .budget = &srv->budget,
                                               .pool = srv->pool,
                                               .disk = srv->disk,
                                               .made = count_made,
                                               .made_arg = srv};
        srv->cache = srv_cache_open(&cache);
    }
    if (srv->cache)
        return true;
    snprintf(error, cap, "no memory, no threads or no random bytes");
    srv_close(srv);
    return false;
}

void srv_close(struct srv_server *srv)
{
    srv_cache_close(srv->cache);
    srv_disk_close(srv->disk);
    srv_hub_shelf_deinit(&srv->shelf);
    srv_catalog_free(srv->catalog);
    srv_pool_close(srv->pool);
    srv_tokens_close(srv->tokens);
    srv_limit_close(srv->limit);
    srv_metrics_close(srv->metrics);
    srv_log_close(srv->log);
}
