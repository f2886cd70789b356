/* see daemon.h and net_private.h */
#include "net/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache/blob.h"
#include "config.h"
#include "net/target_table.h"
#include "http/guard.h"
#include "net/net_private.h"
#include "ops/limit.h"
#include "base/socket.h"
#include "base/log.h"
#include "ops/counters.h"
#include "resource/route.h"
#include "server.h"

#define OLD_SETTLES_NS UINT64_C(2000000000)

/* ---- libmicrohttpd's calls --------------------------------------------------------------------------------------- */

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *content, size_t *content_bytes, void **con_cls)
{
    struct srv_exchange *x = *con_cls;
    (void)cls;
    (void)url;
    (void)content;
    if (!x)
        return MHD_NO;
    x->connection = connection;
    x->method = method;
    if (x->phase == SRV_PHASE_HEADER)
        return srv_inspect(x, version);
    if (*content_bytes) {
        x->content_read += *content_bytes;
        *content_bytes = 0;
        return x->content_read <= SRV_CONTENT_MAX ? MHD_YES : MHD_NO;
    }
    return x->phase == SRV_PHASE_WAITING ? srv_answer_resumed(x) : srv_answer(x);
}

/* The library would now cut the query up and make a record of each parameter. What it has no memory for it answers before it
 * has read the header, and then (0.9.75) forgets to send that: the client waits for ever. Nobody asks it for parameters, so
 * its own copy, where it works in place, loses the query. */
static void hide_query(const char *target)
{
    char *query = strchr((char *)(uintptr_t)target, '?');
    if (query && query[1])
        query[1] = '\0';
}

/* Take down the target: the library cuts it up in place afterwards. */
static bool keep_target(struct srv_exchange *x, const char *target)
{
    x->target_there = target;
    x->target_len = strlen(target);
    if (x->target_len >= x->target_cap) {
        char *larger = x->target_len <= SRV_TARGET_MAX ? realloc(x->target, x->target_len + 128) : NULL;
        if (!larger)
            return false;
        x->target = larger;
        x->target_cap = x->target_len + 128;
    }
    memcpy(x->target, target, x->target_len + 1);
    return true;
}

/* Once from the target to the end of the request, or of the connection: in rare cases the library drops a request whose
 * header or chunks are too much for its memory without a word. */
static void count_in_flight(struct srv_exchange *x, bool begun)
{
    if (x->begun != begun)
        srv_metrics_in_flight(x->http->srv->metrics, begun ? 1 : -1);
    x->begun = begun;
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct srv_exchange *x = info ? info->socket_context : NULL;
    (void)cls;
    if (!x)
        return NULL;
    count_in_flight(x, true);
    x->asked = true;
    x->started_ns = srv_now_ns();
    srv_timeout_stage(x, SRV_STAGE_READING, x->started_ns);
    x->phase = SRV_PHASE_HEADER;
    x->content_read = 0;
    x->status = 0;
    x->route = SRV_ROUTE_NONE;
    x->target_lost = !keep_target(x, target);
    hide_query(target);
    if (x->target_lost) {
        x->target_len = 0;
        if (x->target)
            *x->target = '\0';
    }
    return x;
}

/* Targets are read as they came (target.h): the library need not decode its copy. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static void log_answer(const struct srv_exchange *x, uint64_t ns, uint64_t body_bytes)
{
    char client[64];
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct srv_route *route = x->route == SRV_ROUTE_NONE ? NULL : srv_route_at(x->route);
    srv_listen_name(info ? info->client_addr : NULL, client, sizeof client);
    const struct srv_log_request request = {
        .client = client,
        .method = x->method,
        .target = x->target,
        .route = route ? route->path : NULL,
        .status = x->status,
        .body_bytes = body_bytes,
        .ns = ns,
        .cache = x->cache_status,
        .traceparent = x->fields[SRV_FIELD_TRACEPARENT],
        .request_id = x->fields[SRV_FIELD_REQUEST_ID],
    };
    srv_log_request(x->http->srv->log, &request);
}

static void record(const struct srv_exchange *x, uint64_t now_ns, enum MHD_RequestTerminationCode code)
{
    struct srv_server *srv = x->http->srv;
    uint64_t ns = now_ns - x->started_ns;
    uint64_t body_bytes = code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? x->length : 0;
    srv_metrics_request(srv->metrics, x->route, x->status, ns, body_bytes);
    if (srv_log_wants_requests(srv->log))
        log_answer(x, ns, body_bytes);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct srv_exchange *x = *con_cls;
    (void)cls;
    (void)connection;
    *con_cls = NULL;
    if (!x)
        return;
    count_in_flight(x, false);
    if (x->reply) { /* the daemon stopped right after the resumption */
        srv_wait_end(x);
        srv_reply_deinit(x->reply);
        free(x->reply);
        x->reply = NULL;
    }
    uint64_t now_ns = srv_now_ns();
    if (x->phase == SRV_PHASE_ANSWERED)
        record(x, now_ns, code);
    if (x->held)
        srv_blob_unref(x->held);
    x->held = NULL;
    srv_fields_free(x);
    srv_wait_settle(x);
    srv_timeout_stage(x, SRV_STAGE_IDLE, now_ns);
}

static struct srv_exchange *open_exchange(struct srv_http *http, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const int fd = info ? info->connect_fd : -1;
    const unsigned generation = srv_accept_come(http, fd);
    struct srv_exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->http = http;
    x->connection = connection;
    x->fd = fd;
    x->generation = generation;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    x->ticket = srv_limit_connect(http->srv->limit, info ? info->client_addr : NULL);
    if (!x->ticket) { /* the library sees it end, and closes it */
        srv_metrics_connection_refused(http->srv->metrics);
        shutdown(x->fd, SHUT_RDWR);
    }
    srv_timeout_stage(x, SRV_STAGE_IDLE, srv_now_ns());
    srv_timeout_add(x);
    srv_tls_watch(x);
    return x;
}

static void close_exchange(struct srv_exchange *x)
{
    count_in_flight(x, false);
    srv_timeout_remove(x);
    srv_limit_disconnect(x->http->srv->limit, x->ticket);
    free(x->target);
    free(x);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct srv_http *http = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = open_exchange(http, connection);
        return;
    }
    srv_accept_gone(http);
    if (*context)
        close_exchange(*context);
    *context = NULL;
}

/* ---- daemons ----------------------------------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct srv_http *http)
{
    const struct srv_config *config = http->srv->config;
    const unsigned most = ((unsigned)config->max_connections + 2) * http->threads; /* never reached: http/negotiate.c */
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_USE_NO_LISTEN_SOCKET;
    const struct MHD_OptionItem more[] = {
        /* Strict parsing is right since 1.0. Before, inspect.c sees more if less is refused behind its back. */
        {MHD_OPTION_STRICT_FOR_CLIENT, http->old_library ? 0 : 1, NULL},
        {http->cert ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, http->cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, http->key},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        flags | (http->cert ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, http, MHD_OPTION_THREAD_POOL_SIZE,
        http->threads > 1 ? http->threads : 0, MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)config->header_bytes + SRV_BESIDE_HEADER_BYTES, MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

/* A small file as text. NULL: errno says why. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t cap = 0;
    if (!file)
        return NULL;
    errno = 0;
    if (getdelim(&text, &cap, '\0', file) < 0) {
        free(text);
        text = NULL;
        errno = errno ? errno : ENODATA;
    }
    fclose(file);
    return text;
}

static bool read_certificate(struct srv_http *http, char *error, size_t cap)
{
    const struct srv_config *config = http->srv->config;
    if (!config->tls_cert && !config->tls_key)
        return true;
    if (!config->tls_cert || !config->tls_key || MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        snprintf(error, cap, "%s",
                 !config->tls_cert  ? "--tls-key needs --tls-cert"
                 : !config->tls_key ? "--tls-cert needs --tls-key"
                                    : "this libmicrohttpd has no TLS");
        return false;
    }
    char *cert = read_text(config->tls_cert), *key = cert ? read_text(config->tls_key) : NULL;
    if (!key) {
        snprintf(error, cap, "cannot read %s: %s", cert ? config->tls_key : config->tls_cert, strerror(errno));
        free(cert);
        return false;
    }
    free(http->cert);
    free(http->key);
    http->cert = cert;
    http->key = key;
    return true;
}

static void free_http(struct srv_http *http)
{
    srv_target_table_close(http->front);
    srv_accept_free(http);
    pthread_mutex_destroy(&http->waiting.lock);
    pthread_mutex_destroy(&http->watch.lock);
    pthread_mutex_destroy(&http->accept.lock);
    free(http->cert);
    free(http->key);
    free(http);
}

struct srv_http *srv_http_open(struct srv_server *srv, int listen_fd, unsigned threads, char *error, size_t cap)
{
    struct srv_http *http = calloc(1, sizeof *http);
    snprintf(error, cap, "libmicrohttpd could not start");
    if (!http) {
        close(listen_fd);
        return NULL;
    }
    http->srv = srv;
    http->old_library = srv_inspect_old_library();
    http->accept.listen_fd = http->waiting.end_fd = -1;
    http->threads = threads;
    http->front = srv_prepared_open();
    pthread_mutex_init(&http->waiting.lock, NULL);
    pthread_mutex_init(&http->watch.lock, NULL);
    pthread_mutex_init(&http->accept.lock, NULL);
    if (http->front && read_certificate(http, error, cap) && srv_tls_begin(http))
        http->daemon = start_daemon(http);
    if (http->daemon && srv_accept_begin(http, listen_fd))
        return http;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    srv_tls_end(http);
    close(listen_fd);
    free_http(http);
    return NULL;
}

static unsigned connections_of(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}

/* Stop the replaced daemons that have no connections left; `all`: the others too. One that was replaced a moment ago may
 * be taking over its last connection, which its count does not show yet. */
static void stop_old(struct srv_http *http, bool all)
{
    const uint64_t settled = srv_now_ns() - OLD_SETTLES_NS;
    for (size_t i = 0; i < SRV_OLD_MAX; i++) {
        if (!http->old[i] || (!all && (http->old_since_ns[i] > settled || connections_of(http->old[i]))))
            continue;
        MHD_stop_daemon(http->old[i]);
        http->old[i] = NULL;
    }
}

bool srv_http_reload(struct srv_http *http, char *error, size_t cap)
{
    size_t slot = 0;
    if (!http->cert || !read_certificate(http, error, cap))
        return !http->cert;
    stop_old(http, false);
    while (slot < SRV_OLD_MAX && http->old[slot])
        slot++;
    struct MHD_Daemon *next = slot < SRV_OLD_MAX ? start_daemon(http) : NULL;
    if (!next) {
        snprintf(error, cap, "%s",
                 slot < SRV_OLD_MAX ? "certificate and key cannot be used"
                                    : "connections of earlier certificates are still open");
        return false;
    }
    http->old[slot] = http->daemon;
    http->old_since_ns[slot] = srv_now_ns();
    pthread_mutex_lock(&http->accept.lock);
    http->daemon = next;
    atomic_fetch_add(&http->generation, 1);
    pthread_mutex_unlock(&http->accept.lock);
    return true;
}

void srv_http_tick(struct srv_http *http)
{
    srv_wait_look(http);
    srv_timeout_look(http);
    stop_old(http, false);
}

void srv_http_quiesce(struct srv_http *http)
{
    srv_accept_end(http);
}

void srv_http_close(struct srv_http *http)
{
    if (!http)
        return;
    srv_http_quiesce(http);
    srv_wait_break(http);
    stop_old(http, true);
    MHD_stop_daemon(http->daemon);
    srv_tls_end(http);
    free_http(http);
}

const char *srv_http_library(void)
{
    return MHD_get_version();
}
