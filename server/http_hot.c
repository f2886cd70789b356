/* Answers that were given before: prepared once, sent many times. See http_mhd.h.
 *
 * A body in the cache carries, in its http slot, the response that sends it and the 304 that confirms it, headers and all.
 * The table of targets (front.h) leads to the body without reading the request again. The prepared response does not
 * hold the body: an exchange that sends it does, until it is sent. */
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "front.h"
#include "config.h"
#include "guard.h"
#include "http_mhd.h"
#include "metrics.h"
#include "precondition.h"
#include "srv.h"

struct prepared {
    struct MHD_Response *whole, *not_modified;
    uint64_t signature; /* of the header fields */
    char etag[64];
};

static void free_prepared(void *slot)
{
    struct prepared *prepared = slot;
    if (!prepared)
        return;
    if (prepared->whole)
        MHD_destroy_response(prepared->whole);
    if (prepared->not_modified)
        MHD_destroy_response(prepared->not_modified);
    free(prepared);
}

void srv_hot_init(void)
{
    srv_blob_http_free_set(free_prepared);
}

static uint64_t mix(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return (h ^ 0xff) * 0x100000001b3u;
}

/* Two targets may lead to one body with different fields (Vary, for one). */
static uint64_t signature_of(const struct srv_reply *reply)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < reply->n_headers; i++)
        h = mix(mix(h, reply->headers[i].name), reply->headers[i].value);
    return h;
}

static struct prepared *prepare(struct srv_blob *blob, const struct srv_reply *reply)
{
    const char *etag = srv_reply_get(reply, "ETag");
    struct prepared *prepared = calloc(1, sizeof *prepared);
    if (!prepared || !etag || strlen(etag) >= sizeof prepared->etag) {
        free(prepared);
        return NULL;
    }
    strcpy(prepared->etag, etag);
    prepared->signature = signature_of(reply);
    prepared->whole = srv_response_of_memory(reply, blob->bytes, blob->size);
    prepared->not_modified = srv_response_not_modified(reply);
    if (prepared->whole && prepared->not_modified)
        return prepared;
    free_prepared(prepared);
    return NULL;
}

/* What a request may have without another answer than one that has it not: a token was looked at before, and an origin
 * makes no difference where all are welcome. */
static unsigned neutral(const struct srv_exchange *x)
{
    const char *origins = x->http->srv->config->cors_origins;
    return SRV_SEEN_AUTHORIZATION | (!strcmp(origins, "*") || !strcmp(origins, "none") ? SRV_SEEN_ORIGIN : 0u);
}

void srv_hot_keep(struct srv_exchange *x, const struct srv_reply *reply)
{
    struct srv_blob *blob = reply->kind == SRV_BODY_JOB ? srv_job_blob(reply->job) : reply->blob;
    if (!blob || reply->status != 200 || x->head || (x->seen & ~neutral(x)))
        return;
    struct prepared *mine = prepare(blob, reply);
    if (!mine)
        return;
    const struct prepared *there = srv_blob_http_set(blob, mine);
    uint64_t signature = mine->signature;
    if (there != mine)
        free_prepared(mine);
    if (there && there->signature == signature)
        srv_front_put(x->http->front, x->target, x->target_len, reply->hit_key, strlen(reply->hit_key), signature, x->route);
}

/* The prepared answer for what the request asks, NULL if it asks for something else. */
static struct MHD_Response *choose(struct srv_exchange *x, const struct prepared *prepared)
{
    x->status = 200;
    if (!(x->seen & SRV_SEEN_IF_NONE_MATCH))
        return prepared->whole;
    const char *field = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "If-None-Match");
    x->status = 304;
    return field && !strcmp(field, prepared->etag) ? prepared->not_modified : NULL;
}

bool srv_hot_answer(struct srv_exchange *x, enum MHD_Result *result)
{
    struct srv *srv = x->http->srv;
    struct srv_front_hit hit;
    if ((x->seen & ~(neutral(x) | SRV_SEEN_IF_NONE_MATCH)) || strcmp(x->method, "GET") ||
        srv->config->rate_limit || srv->tokens || !srv_front_find(x->http->front, x->target, x->target_len, &hit))
        return false;
    struct srv_blob *blob = srv_cache_peek(srv->cache, hit.key, hit.key_len);
    const struct prepared *prepared = blob ? atomic_load(&blob->http) : NULL;
    struct MHD_Response *response = prepared && prepared->signature == hit.signature ? choose(x, prepared) : NULL;
    if (!response) {
        srv_blob_unref(blob);
        return false;
    }
    x->held = blob;
    x->phase = SRV_PHASE_ANSWERED;
    srv_watch_stage(x, SRV_STAGE_SENDING);
    x->head = false;
    x->route = hit.route;
    x->length = x->status == 304 ? 0 : blob->size;
    x->cache_status = "weightd; hit";
    *result = MHD_queue_response(x->connection, (unsigned)x->status, response);
    return true;
}
