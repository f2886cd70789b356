/* see probe.h */
#include "probe.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/socket.h"
#include "cache/disk_dir.h"
#include "config.h"
#include "net/daemon.h"
#include "ops/token.h"

static bool probe_bind(const struct srv_config *config, char *error, size_t cap)
{
    uint16_t port = 0; /* of all ports one that is free */
    char why[200];
    struct srv_listener listener;
    bool good = srv_listen(config->bind, &port, &listener, why, sizeof why);
    if (!good)
        snprintf(error, cap, "--bind %s: %s", config->bind, why);
    srv_listen_close(&listener);
    return good;
}

static bool probe_log(const struct srv_config *config, char *error, size_t cap)
{
    if (!config->log_file || srv_log_can_open(config->log_file))
        return true;
    snprintf(error, cap, "--log-file %s: %s", config->log_file, strerror(errno));
    return false;
}

static bool probe_cache(const struct srv_config *config, char *error, size_t cap)
{
    if (!config->cache_dir || srv_disk_dir_can_write(config->cache_dir))
        return true;
    snprintf(error, cap, "--cache-dir %s: %s", config->cache_dir, strerror(errno));
    return false;
}

static bool probe_tokens(const struct srv_config *config, char *error, size_t cap)
{
    char why[200] = "out of memory";
    struct srv_tokens *tokens = srv_tokens_open();
    bool good = tokens && (!config->token_file || srv_tokens_load(tokens, config->token_file, why, sizeof why));
    srv_tokens_close(tokens);
    if (!good)
        snprintf(error, cap, "--token-file %s: %s", config->token_file ? config->token_file : "", why);
    return good;
}

bool srv_probe(const struct srv_config *config, char *error, size_t cap)
{
    static bool (*const probes[])(const struct srv_config *config, char *error, size_t cap) = {
        probe_bind, probe_log, probe_cache, probe_tokens, srv_http_certificate_good,
    };
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (!probes[i](config, error, cap))
            return false;
    return true;
}
