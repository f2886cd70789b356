/* The calls of libmicrohttpd for connections and requests. See net_private.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/socket.h"
#include "cache/blob.h"
#include "http/guard.h"
#include "net/net_private.h"
#include "ops/counters.h"
#include "ops/limit.h"
#include "resource/route.h"
#include "server.h"

static const struct sockaddr *client_of(const struct srv_connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/* ---- an exchange begins ------------------------------------------------------------------------------------------ */

/* Release what the exchange holds; nothing happens if there is none. A request whose client closes in the middle of
 * it is not known to the library: then the end of the connection is the end of the exchange. */
static void end_exchange(struct srv_connection *c, uint64_t now_ns)
{
    struct srv_exchange *x = &c->exchange;
    if (srv_state(c) == SRV_IDLE)
        return;
    srv_wait_end(c); /* the connection may end while it waits */
    if (x->reply)
        srv_reply_deinit(x->reply);
    free(x->reply);
    srv_blob_unref(x->held);
    srv_fields_free(x);
    srv_content_free(c);
    if (x->unsent)
        srv_wait_sent(c->http);
    srv_metrics_in_flight(c->http->srv->metrics, -1);
    srv_input_next(c);
    srv_state_set(c, SRV_IDLE, now_ns);
}

void srv_exchange_begin(struct srv_connection *c)
{
    const uint64_t now_ns = srv_now_ns();
    c->exchange = (struct srv_exchange){.started_ns = now_ns, .route = SRV_ROUTE_NONE, .method = "-", .target = ""};
    srv_metrics_in_flight(c->http->srv->metrics, 1);
    srv_state_set(c, SRV_READING, now_ns);
}

void *srv_connection_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    (void)cls, (void)target;
    return info ? info->socket_context : NULL;
}

/* NULL: the request is good, as far as it has been read. */
static const char *refusal_of(const struct srv_connection *c)
{
    return c->input.is == SRV_PARSE_REFUSED && !c->exchange.is_short ? c->input.parse.slug : NULL;
}

enum MHD_Result srv_connection_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                       const char *version, const char *content, size_t *content_bytes, void **context)
{
    struct srv_connection *c = *context;
    (void)cls, (void)mhd, (void)url, (void)method, (void)version, (void)content;
    if (!c)
        return MHD_NO;
    struct srv_exchange *x = &c->exchange;
    const char *slug = refusal_of(c);
    if (*content_bytes) { /* of the library's request: the client's is in x->content */
        *content_bytes = 0;
        return MHD_YES;
    }
    if (slug)
        return srv_answer_refuse(c, slug, c->input.parse.detail);
    if (!x->is_judged && !x->is_short) {
        x->is_judged = true;
        return MHD_YES;
    }
    return x->reply ? srv_answer_resumed(c) : srv_answer(c);
}

/* ---- an exchange ends -------------------------------------------------------------------------------------------- */

static void log_answer(const struct srv_connection *c, uint64_t ns, uint64_t body_bytes)
{
    const struct srv_exchange *x = &c->exchange;
    const struct srv_route *route = x->route == SRV_ROUTE_NONE ? NULL : srv_route_at(x->route);
    char client[64];
    srv_listen_name(client_of(c), client, sizeof client);
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
    srv_log_request(c->http->srv->log, &request);
}

static void record(const struct srv_connection *c, uint64_t now_ns, enum MHD_RequestTerminationCode code)
{
    const struct srv_exchange *x = &c->exchange;
    struct srv_server *srv = c->http->srv;
    uint64_t ns = now_ns - x->started_ns;
    uint64_t body_bytes = code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? x->length : 0;
    srv_metrics_request(srv->metrics, x->route, x->status, ns, body_bytes);
    if (srv_log_wants_requests(srv->log))
        log_answer(c, ns, body_bytes);
}

void srv_connection_completed(void *cls, struct MHD_Connection *mhd, void **context,
                              enum MHD_RequestTerminationCode code)
{
    struct srv_connection *c = *context;
    (void)cls, (void)mhd;
    *context = NULL;
    if (!c)
        return;
    const uint64_t now_ns = srv_now_ns();
    if (c->exchange.status)
        record(c, now_ns, code);
    end_exchange(c, now_ns);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* A connection from an address that has too many is shut down: the library sees it end, and closes it. */
static void take_ticket(struct srv_connection *c)
{
    struct srv_server *srv = c->http->srv;
    c->ticket = srv_limit_connect(srv->limit, client_of(c));
    if (c->ticket)
        return;
    srv_metrics_connection_refused(srv->metrics);
    shutdown(c->fd, SHUT_RDWR);
}

static struct srv_connection *open_connection(struct srv_http *http, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const int fd = info ? info->connect_fd : -1;
    srv_accept_begun(http, fd);
    struct srv_connection *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->http = http;
    c->mhd = mhd;
    c->fd = fd;
    if (!srv_calls_add(c)) {
        free(c);
        return NULL;
    }
    take_ticket(c);
    srv_state_set(c, SRV_IDLE, srv_now_ns());
    srv_timeout_add(c);
    srv_tls_attach(c);
    return c;
}

static void close_connection(struct srv_connection *c)
{
    end_exchange(c, 0);
    srv_calls_remove(c);
    srv_timeout_remove(c);
    srv_limit_disconnect(c->http->srv->limit, c->ticket);
    srv_tls_detach(c);
    srv_input_free(c);
    if (c->input.linger_fd)
        srv_linger_add(&c->http->linger, c->input.linger_fd);
    free(c);
}

void srv_connection_notify(void *cls, struct MHD_Connection *mhd, void **context,
                           enum MHD_ConnectionNotificationCode code)
{
    struct srv_http *http = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = open_connection(http, mhd);
        return;
    }
    srv_accept_ended(http);
    if (*context)
        close_connection(*context);
    *context = NULL;
}
