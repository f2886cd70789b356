/* Probes and version. See resource.h. */
#include <stdatomic.h>

#include "resource/resource.h"
#include "http/json.h"
#include "server.h"

static void plain(struct srv_reply *reply, int status, const char *text)
{
    srv_reply_text(reply, status, "text/plain; charset=utf-8", text);
    reply->caching = SRV_NO_STORE;
}

void srv_handle_livez(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    (void)req;
    plain(reply, 200, "ok\n");
}

void srv_handle_readyz(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)req;
    if (!atomic_load(&srv->draining)) {
        plain(reply, 200, "ok\n");
        return;
    }
    plain(reply, 503, "draining\n");
    srv_reply_header(reply, "Retry-After", "1");
}

void srv_handle_version(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)req;
    json_t *doc = json_object();
    json_object_set_new(doc, "name", json_string("weightd"));
    json_object_set_new(doc, "version", json_string(WEIGHTD_VERSION));
    json_object_set_new(doc, "alg", json_integer(WI_ALG));
    json_object_set_new(doc, "instructions", json_string(wi_isa_name(wi_isa_level())));
    json_object_set_new(doc, "compiler", json_string(__VERSION__));
    json_object_set_new(doc, "libmicrohttpd", json_string(srv->http_library));
    json_object_set_new(doc, "jansson", json_string(JANSSON_VERSION));
    srv_json_reply_take(reply, 200, "application/json", doc);
    reply->caching = SRV_NO_STORE;
}
