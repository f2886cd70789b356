/* see finish.h */
#include "http/finish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "cache/blob.h"
#include "http/body.h"
#include "http/coding.h"
#include "http/conditions.h"
#include "http/cors.h"
#include "http/date.h"
#include "http/problem.h"

#define GZIP_WORTH_BYTES 1024

/* Texts up to this size are not charged: the kernel takes them at once, however slowly the client reads, and probes
 * must be answered when memory is short. */
#define FREE_BYTES (64 * 1024)

/* ---- jobs ------------------------------------------------------------------------------------------------------ */

static const char *detail_of(enum srv_code code)
{
    return code == SRV_QUEUE_FULL  ? "Too much is waiting to be computed already."
           : code == SRV_NO_MEMORY ? SRV_NO_MEMORY_TEXT
                                   : "The server is about to stop.";
}

/* Cache-Status (RFC 9211) of a body that was made, or read from disk, for this request or for one before it. */
static const char *status_of(enum srv_how how, bool stored, bool from_disk)
{
    static const char *const made[2][2] = {
        {"weightd; fwd=uri-miss", "weightd; fwd=uri-miss; stored"},
        {"weightd; fwd=uri-miss; collapsed", "weightd; fwd=uri-miss; stored; collapsed"},
    };
    if (how == SRV_HIT)
        return SRV_STATUS_HIT;
    return from_disk ? "weightd; hit; detail=disk" : made[how == SRV_COLLAPSED][stored];
}

/* Add the digests that the request asks for (RFC 9530). */
static void add_digests(struct srv_reply *reply, const struct srv_request *req)
{
    uint8_t sha256[SRV_SHA256_BYTES];
    char text[SRV_BASE64_CAP(SRV_SHA256_BYTES)];
    if (reply->digest)
        memcpy(sha256, srv_job_blob(reply->digest)->bytes, sizeof sha256);
    else if (reply->gzip && reply->kind == SRV_BODY_JOB)
        srv_blob_sha256(srv_job_blob(reply->job), sha256);
    else
        return;
    srv_base64(sha256, SRV_SHA256_BYTES, text);
    if (srv_digest_wanted(srv_request_field(req, SRV_FIELD_WANT_REPR_DIGEST)))
        srv_reply_header(reply, "Repr-Digest", "sha-256=:%s:", text);
    if (reply->status == 200 && srv_digest_wanted(srv_request_field(req, SRV_FIELD_WANT_CONTENT_DIGEST)))
        srv_reply_header(reply, "Content-Digest", "sha-256=:%s:", text);
}

static void finish_jobs(struct srv_reply *reply, const struct srv_request *req)
{
    struct srv_job *const jobs[] = {reply->job, reply->digest};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        enum srv_code code = jobs[i] ? srv_job_code(jobs[i]) : SRV_OK;
        if (code == SRV_OK)
            continue;
        srv_problem_busy(reply, req, detail_of(code));
        return;
    }
    if (reply->kind == SRV_BODY_JOB) {
        reply->length = srv_job_blob(reply->job)->size;
        reply->cache_status = status_of(reply->outcome, srv_job_stored(reply->job), srv_job_from_disk(reply->job));
    }
    add_digests(reply, req);
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

static void compress(struct srv_reply *reply)
{
    size_t cap = srv_gzip_bound((size_t)reply->length);
    char *text = malloc(cap);
    size_t len = text ? srv_gzip(reply->text, (size_t)reply->length, (uint8_t *)text, cap) : 0;
    if (len == 0 || len >= reply->length) {
        free(text);
        return;
    }
    free(reply->text);
    reply->text = text;
    reply->length = len;
    reply->gzip = true;
}

static void finish_text(struct srv_reply *reply, const struct srv_request *req)
{
    if (reply->kind != SRV_BODY_TEXT || !reply->text)
        return;
    if (reply->is_document && reply->length >= GZIP_WORTH_BYTES) {
        reply->vary |= SRV_BIT(SRV_FIELD_ACCEPT_ENCODING);
        if (!reply->gzip && srv_gzip_wanted(req))
            compress(reply);
    }
    if (reply->status == 200 && reply->caching > SRV_NO_STORE) {
        srv_etag_set(reply, reply->text, (size_t)reply->length, "");
        srv_precondition(req, reply);
    }
    if (!strcmp(req->method, "HEAD"))
        srv_reply_drop_body(reply);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/* The memory that sending takes beside the bytes that are charged to a budget already. */
static uint64_t sending_bytes(const struct srv_reply *reply)
{
    if (reply->kind == SRV_BODY_NONE)
        return 0;
    if (srv_body_memory(reply))
        return reply->kind == SRV_BODY_TEXT && reply->length > FREE_BYTES ? reply->length : 0;
    uint64_t length = srv_body_length(reply);
    return sizeof *reply + (length < SRV_BLOCK_BYTES ? length : SRV_BLOCK_BYTES);
}

/* ---- header ---------------------------------------------------------------------------------------------------- */

static void write_caching(struct srv_reply *reply, bool is_private)
{
    static const char *const kept[] = {[SRV_CACHE_HOUR] = "max-age=3600",
                                       [SRV_CACHE_DAY] = "max-age=86400",
                                       [SRV_CACHE_FOREVER] = "max-age=31536000, immutable"};
    if (reply->caching == SRV_NO_STORE)
        srv_reply_header(reply, "Cache-Control", "no-store");
    else if (reply->caching != SRV_CACHING_UNSAID)
        srv_reply_header(reply, "Cache-Control", "%s, %s", is_private ? "private" : "public", kept[reply->caching]);
}

static void write_vary(struct srv_reply *reply)
{
    char text[64];
    size_t len = 0;
    for (unsigned i = 0; i < SRV_FIELD_COUNT; i++)
        if (reply->vary & SRV_BIT(i))
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? ", " : "", srv_field_name(i));
    if (len)
        srv_reply_header(reply, "Vary", "%s", text);
}

static void write_header(struct srv_reply *reply, const struct srv_rules *rules)
{
    write_caching(reply, rules->is_private);
    write_vary(reply);
    if (reply->gzip)
        srv_reply_header(reply, "Content-Encoding", "gzip");
    if (reply->etag[0])
        srv_reply_header(reply, "ETag", "%s", reply->etag);
    if (reply->modified) {
        char date[SRV_DATE_CAP];
        srv_date_write(reply->modified, date);
        srv_reply_header(reply, "Last-Modified", "%s", date);
    }
    if (reply->cache_status)
        srv_reply_header(reply, "Cache-Status", "%s", reply->cache_status);
}

static size_t header_bytes(const struct srv_reply *reply)
{
    size_t bytes = 0;
    for (size_t i = 0; i < reply->n_headers; i++)
        bytes += strlen(reply->headers[i].name) + strlen(reply->headers[i].value) + 4;
    return bytes;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

void srv_finish(struct srv_reply *reply, const struct srv_request *req, const struct srv_rules *rules)
{
    finish_text(reply, req);
    finish_jobs(reply, req);
    if (!srv_reply_charge(reply, rules->budget, sending_bytes(reply)))
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
    srv_problem_lost(reply, req);
    if (rules->cors_origins)
        srv_cors(rules->cors_origins, req, reply);
    write_header(reply, rules);
    if (header_bytes(reply) > rules->header_room) {
        srv_problem_reply(reply, req, "header-too-large",
                          "The request's header leaves no room for that of the answer.");
        write_header(reply, rules);
    }
    if (reply->lost) {
        srv_problem_lost(reply, req);
        write_header(reply, rules);
    }
}
