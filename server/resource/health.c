/* Probes, version, and the page for people. See resource.h. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "resource/resource.h"
#include "http/json.h"
#include "server.h"

static void plain(struct srv_reply *reply, int status, const char *text)
{
    srv_reply_text(reply, status, "text/plain; charset=utf-8", text);
    srv_reply_header(reply, "Cache-Control", "no-store");
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
    srv_reply_header(reply, "Cache-Control", "no-store");
}

void srv_handle_robots(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    (void)req;
    /* There is no end of tensors to crawl. */
    srv_reply_text(reply, 200, "text/plain; charset=utf-8", "User-agent: *\nAllow: /$\nDisallow: /\n");
    srv_reply_header(reply, "Cache-Control", "public, max-age=86400");
}

static const char home[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>weightd</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;"
    "padding:0 1em}code,pre{font:14px/1.5 ui-monospace,monospace}pre{overflow:auto;padding:.7em;border:1px solid #8886}"
    "</style></head><body>\n<h1>weightd</h1>\n"
    "<p>Initialized tensors over HTTP. The same URL gives the same bytes, on every machine, for ever.</p>\n"
    "<pre>curl -o w.bin 'http://HOST/init?scheme=xavier_uniform&amp;shape=256,128&amp;seed=7'\n"
    "curl -O 'http://HOST/he_normal/3x3x64x128.npy?seed=7'\n"
    "curl 'http://HOST/init?scheme=orthogonal&amp;shape=4,4&amp;format=json'</pre>\n<ul>\n"
    "<li><a href=\"/init?scheme=xavier_uniform&amp;shape=4,4&amp;seed=7&amp;format=json\">a small tensor as "
    "JSON</a></li>\n"
    "<li><a href=\"/schemes\">/schemes</a>: every scheme with its formula, parameters and what it is good for</li>\n"
    "<li><a href=\"/recommend?activation=relu\">/recommend?activation=relu</a>: which scheme for which "
    "activation</li>\n"
    "<li><a href=\"/openapi.json\">/openapi.json</a>: this interface for programs</li>\n"
    "<li><a href=\"/version\">/version</a>, <a href=\"/livez\">/livez</a>, <a href=\"/readyz\">/readyz</a>, "
    "<a href=\"/metrics\">/metrics</a>: for operators</li>\n</ul>\n"
    "<p>A wrong request is answered with what is allowed and a URL that works.</p>\n</body></html>\n";

void srv_handle_home(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    (void)req;
    srv_reply_text(reply, 200, "text/html; charset=utf-8", home);
    srv_reply_header(reply, "Cache-Control", "public, max-age=3600");
    srv_reply_header(reply, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
}
