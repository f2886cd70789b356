/* see daemon.h */
#include "net/daemon.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/socket.h"
#include "config.h"
#include "net/net_private.h"
#include "net/target_table.h"
#include "ops/counters.h"
#include "server.h"

#define CROWD 256 /* connections */

static struct MHD_Daemon *start_daemon(struct srv_http *http)
{
    const struct srv_config *config = http->srv->config;
    const bool has_tls = config->tls_cert;
    const unsigned most = ((unsigned)config->max_connections + 2) * http->threads; /* row limit: never reached */
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_USE_NO_LISTEN_SOCKET | (has_tls ? MHD_USE_TLS : 0);
    const struct MHD_OptionItem more[] = {
        {has_tls ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, 0, srv_tls_callback()},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)srv_tls_priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, NULL, NULL, srv_connection_request, http, MHD_OPTION_THREAD_POOL_SIZE,
                            http->threads > 1 ? http->threads : 0, MHD_OPTION_CONNECTION_LIMIT, most,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)config->header_bytes + SRV_BESIDE_HEADER_BYTES,
                            MHD_OPTION_URI_LOG_CALLBACK, srv_connection_target, http, MHD_OPTION_NOTIFY_COMPLETED,
                            srv_connection_completed, http, MHD_OPTION_NOTIFY_CONNECTION, srv_connection_notify, http,
                            MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

static void free_http(struct srv_http *http)
{
    srv_linger_close(&http->linger);
    srv_wait_close(http);
    srv_accept_free(http);
    srv_tls_free(http);
    srv_target_table_close(http->targets);
    pthread_mutex_destroy(&http->accept.lock);
    pthread_mutex_destroy(&http->wait.lock);
    pthread_mutex_destroy(&http->timeout.lock);
    pthread_mutex_destroy(&http->tls.lock);
    pthread_mutex_destroy(&http->linger.lock);
    free(http);
}

struct srv_http *srv_http_open(struct srv_server *srv, struct srv_listener *listener, unsigned threads, char *error,
                               size_t cap)
{
    struct srv_http *http = calloc(1, sizeof *http);
    snprintf(error, cap, "libmicrohttpd could not start");
    if (!http) {
        srv_listen_close(listener);
        return NULL;
    }
    http->srv = srv;
    http->threads = threads;
    http->any_host = srv_config_any_host(srv->config);
    http->targets = srv_prepared_open();
    http->accept.stop_fd = -1;
    pthread_mutex_init(&http->accept.lock, NULL);
    pthread_mutex_init(&http->wait.lock, NULL);
    pthread_mutex_init(&http->timeout.lock, NULL);
    pthread_mutex_init(&http->tls.lock, NULL);
    pthread_mutex_init(&http->linger.lock, NULL);
    if (srv_wait_open(http, srv->config->tls_cert) && http->targets && srv_tls_load(http, error, cap))
        http->daemon = start_daemon(http);
    if (http->daemon && srv_accept_start(http, listener))
        return http;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    srv_listen_close(listener);
    free_http(http);
    return NULL;
}

bool srv_http_reload(struct srv_http *http, char *error, size_t cap)
{
    return srv_tls_load(http, error, cap);
}

/* The memory of a crowd's connections stays with the allocator unless it is told to give it back. */
static void give_back_memory(struct srv_http *http)
{
    const unsigned now = srv_metrics_connections_now(http->srv->metrics);
    const bool is_leaving = now < http->connections_seen;
    http->connections_seen = now;
    const unsigned crowd = atomic_load(&http->crowd);
    if (crowd < CROWD || now > crowd / 4 || is_leaving)
        return;
    atomic_store(&http->crowd, now);
    malloc_trim(0);
}

void srv_http_tick(struct srv_http *http)
{
    give_back_memory(http);
    srv_wait_scan(http);
    srv_timeout_scan(http);
    srv_linger_scan(&http->linger);
}

void srv_http_quiesce(struct srv_http *http)
{
    srv_accept_stop(http);
}

void srv_http_close(struct srv_http *http)
{
    if (!http)
        return;
    srv_http_quiesce(http);
    srv_wait_stop(http);
    MHD_stop_daemon(http->daemon);
    free_http(http);
}

const char *srv_http_library(void)
{
    return MHD_get_version();
}
