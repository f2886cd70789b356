/* Rate limit and token. See net_private.h. */
#include <string.h>

#include "base/clock.h"
#include "config.h"
#include "http/guard.h"
#include "net/net_private.h"
#include "ops/limit.h"
#include "ops/counters.h"
#include "http/problem.h"
#include "resource/route.h"
#include "server.h"
#include "ops/token.h"

static void too_many(const struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply,
                     unsigned seconds)
{
    uint64_t burst = srv->config->rate_burst, rate = srv->config->rate_limit;
    srv_reply_header(reply, "Retry-After", "%u", seconds);
    srv_reply_header(reply, "RateLimit-Policy", "\"default\";q=%llu;w=%llu", (unsigned long long)burst,
                     (unsigned long long)((burst + rate - 1) / rate));
    srv_reply_header(reply, "RateLimit", "\"default\";r=0;t=%u", seconds);
    srv_problem_reply(reply, req, "too-many-requests", NULL);
    srv_metrics_refused(srv->metrics, srv_problem_index("too-many-requests"));
}

static void unauthorized(const struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    srv_reply_header(reply, "WWW-Authenticate", "Bearer realm=\"weightd\"");
    srv_problem_reply(reply, req, "unauthorized", NULL);
    srv_metrics_refused(srv->metrics, srv_problem_index("unauthorized"));
}

/* A preflight cannot carry a token. */
static bool has_token(const struct srv_server *srv, const struct srv_request *req)
{
    return !srv->tokens || !strcmp(req->method, "OPTIONS") ||
           srv_tokens_allow(srv->tokens, srv_request_field(req, SRV_FIELD_AUTHORIZATION));
}

bool srv_admit_content(const struct srv_connection *c)
{
    const struct srv_request req = srv_fields_request(c);
    return srv_route_is_open(c->exchange.target) || has_token(c->http->srv, &req);
}

bool srv_admit(struct srv_connection *c, const struct srv_request *req, struct srv_reply *reply)
{
    struct srv_server *srv = c->http->srv;
    if ((!srv->config->rate_limit && !srv->tokens) || srv_route_is_open(c->exchange.target))
        return true;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    unsigned seconds = srv_limit_request(srv->limit, info ? info->client_addr : NULL, srv_now_ns());
    if (seconds) {
        too_many(srv, req, reply, seconds);
        return false;
    }
    if (has_token(srv, req))
        return true;
    unauthorized(srv, req, reply);
    return false;
}
