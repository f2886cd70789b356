/* Prepared answers: made once, sent many times. See net_private.h.
 *
 * A body in the cache carries the response that sends it, header included, as its attachment. The table of targets
 * (target_table.h) maps the raw target to the key of the body, so that the target is not parsed again. The table also
 * holds the 304 that confirms the entity tag; a 304 needs no body. A prepared response holds no reference to its body:
 * an exchange that sends the response holds the reference until the response is sent. */
#include <stdlib.h>
#include <string.h>

#include "cache/blob.h"
#include "config.h"
#include "net/target_table.h"
#include "http/guard.h"
#include "net/net_private.h"
#include "http/finish.h"
#include "server.h"

#define MALLOC_BYTES 16 /* of an allocation, beside what was asked for */

struct prepared {
    struct srv_attachment attachment;
    struct srv_budget *budget; /* the body's */
    struct MHD_Response *response;
    uint64_t signature; /* of the header fields */
};

static void free_prepared(struct srv_attachment *attachment)
{
    struct prepared *prepared = (struct prepared *)attachment;
    if (prepared->response)
        MHD_destroy_response(prepared->response);
    srv_budget_release(prepared->budget, attachment->bytes);
    free(prepared);
}

static void free_confirmation(void *response)
{
    MHD_destroy_response(response);
}

struct srv_target_table *srv_prepared_open(void)
{
    return srv_target_table_open(free_confirmation);
}

static uint64_t mix(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return (h ^ 0xff) * 0x100000001b3u;
}

/* A hash of the header. Two targets may lead to one body with different headers (Vary, for example). */
static uint64_t signature_of(const struct srv_reply *reply)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < reply->n_headers; i++)
        h = mix(mix(h, reply->headers[i].name), reply->headers[i].value);
    return h;
}

/* The request fields that change no answer, whatever the target. Origin changes none if all origins or none are
 * allowed. */
static unsigned ignorable(const struct srv_connection *c)
{
    const char *origins = c->http->srv->config->cors_origins;
    return SRV_BIT(SRV_FIELD_AUTHORIZATION) |
           (!strcmp(origins, "*") || !strcmp(origins, "none") ? SRV_BIT(SRV_FIELD_ORIGIN) : 0u);
}

#define NEGOTIATION (SRV_BIT(SRV_FIELD_ACCEPT) | SRV_BIT(SRV_FIELD_ACCEPT_ENCODING))

/* Is every client given the same answer at any time? */
static bool is_open(const struct srv_server *srv)
{
    return !srv->config->rate_limit && !srv->tokens;
}

/* ---- preparing ------------------------------------------------------------------------------------------------- */

/* Charge and make the response for a body. NULL: no room, or no memory. */
static struct prepared *new_prepared(struct srv_blob *blob, const struct srv_reply *reply, uint64_t signature)
{
    const size_t bytes = sizeof(struct prepared) + MALLOC_BYTES + srv_response_bytes(reply);
    if (!srv_budget_reserve(blob->budget, bytes))
        return NULL;
    struct prepared *prepared = malloc(sizeof *prepared);
    if (!prepared) {
        srv_budget_release(blob->budget, bytes);
        return NULL;
    }
    *prepared = (struct prepared){.attachment = {.free = free_prepared, .bytes = bytes},
                                  .budget = blob->budget,
                                  .response = srv_response_of_memory(reply, blob->bytes, blob->size),
                                  .signature = signature};
    if (prepared->response)
        return prepared;
    free_prepared(&prepared->attachment);
    return NULL;
}

/* Attach the response of a memo to its body. False: the body has another response, or is not kept. */
static bool prepare(struct srv_cache *cache, const struct srv_target_memo *memo, struct srv_blob *blob,
                    const struct srv_reply *reply)
{
    const struct prepared *there = (struct prepared *)atomic_load(&blob->attachment);
    if (!there) {
        struct prepared *prepared = new_prepared(blob, reply, memo->signature);
        if (!prepared)
            return false;
        there = (struct prepared *)srv_cache_attach(cache, memo->key_hash, memo->key, strlen(memo->key), blob,
                                                    &prepared->attachment);
        if (there != prepared)
            free_prepared(&prepared->attachment);
    }
    return there && there->signature == memo->signature;
}

void srv_prepared_keep(struct srv_connection *c, const struct srv_reply *reply)
{
    const struct srv_exchange *x = &c->exchange;
    struct srv_target_memo entry = {
        .etag = reply->etag, .route = x->route, .ignorable = NEGOTIATION & ~reply->vary /* negotiated, but not here */};
    unsigned seen = x->seen & ~(ignorable(c) | entry.ignorable);
    if (!strcmp(x->method, "HEAD") || !reply->etag[0] || reply->caching == SRV_NO_STORE || !is_open(c->http->srv))
        return;
    if (reply->status == 200 && reply->memo_key && !seen) {
        struct srv_blob *blob = reply->kind == SRV_BODY_JOB ? srv_job_blob(reply->job) : reply->blob;
        entry.key = reply->memo_key;
        entry.key_hash = srv_cache_hash(c->http->srv->cache, entry.key, strlen(entry.key));
        entry.signature = signature_of(reply);
        if (!blob || !prepare(c->http->srv->cache, &entry, blob, reply))
            return;
    } else if (reply->status != 304 || seen != SRV_BIT(SRV_FIELD_IF_NONE_MATCH)) {
        return;
    }
    entry.confirmation = srv_response_not_modified(reply);
    if (entry.confirmation)
        srv_target_table_put(c->http->targets, x->target, &entry);
}

/* ---- answering ------------------------------------------------------------------------------------------------- */

/* A request that is looked up in the table. */
struct look {
    struct srv_connection *c;
    unsigned matters; /* fields of the request that may change the answer */
    bool answered;
    enum MHD_Result queued;
};

static void give(struct look *look, int status, uint64_t length, struct MHD_Response *response)
{
    struct srv_connection *c = look->c;
    struct srv_exchange *x = &c->exchange;
    x->status = status;
    x->length = length;
    x->cache_status = status == 200 ? SRV_STATUS_HIT : NULL;
    srv_state_set(c, SRV_SENDING, x->started_ns); /* a moment ago: saves a clock read */
    look->answered = true;
    look->queued = MHD_queue_response(c->mhd, (unsigned)status, response);
}

static void give_body(struct look *look, const struct srv_target_memo *entry)
{
    struct srv_connection *c = look->c;
    struct srv_blob *blob = srv_cache_peek_hashed(c->http->srv->cache, entry->key_hash, entry->key, strlen(entry->key));
    const struct prepared *prepared = blob ? (struct prepared *)atomic_load(&blob->attachment) : NULL;
    if (!prepared || prepared->signature != entry->signature) {
        srv_blob_unref(blob);
        return;
    }
    c->exchange.held = blob;
    give(look, 200, blob->size, prepared->response);
}

/* Called with the lock of the entry held, so that the 304 is not destroyed before it is queued. */
static void look_at(void *arg, const struct srv_target_memo *entry)
{
    struct look *look = arg;
    struct srv_exchange *x = &look->c->exchange;
    x->route = entry->route;
    if (look->matters & ~entry->ignorable)
        return;
    const char *none_match = x->fields[SRV_FIELD_IF_NONE_MATCH];
    if (!none_match) {
        if (entry->key)
            give_body(look, entry);
    } else if (!strcmp(entry->etag, none_match)) {
        give(look, 304, 0, entry->confirmation);
    }
}

bool srv_prepared_answer(struct srv_connection *c, enum MHD_Result *result)
{
    const struct srv_exchange *x = &c->exchange;
    struct look look = {.c = c, .matters = x->seen & ~(ignorable(c) | SRV_BIT(SRV_FIELD_IF_NONE_MATCH))};
    if ((look.matters & ~NEGOTIATION) || strcmp(x->method, "GET") || !is_open(c->http->srv))
        return false;
    srv_target_table_visit(c->http->targets, x->target, look_at, &look);
    *result = look.queued;
    return look.answered;
}
