/* see tensor_body.h */
#include "resource/tensor_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "cache/fill.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "http/coding.h"
#include "http/problem.h"
#include "http/finish.h"
#include "resource/tensor_name.h"
#include "server.h"

/* Bodies up to this size take less time than handing them to another thread. */
#define IN_PLACE_BYTES (16 * 1024)
#define DIGEST_CHUNK (256 * 1024)
#define DERIVED_KEY_MAX (WI_CANONICAL_MAX + 16)

uint64_t srv_tensor_bytes(const struct wi_plan *plan)
{
    char name[SRV_NAME_CAP];
    if (!plan->format->digest)
        return plan->total_bytes;
    return 2 * SRV_SHA256_BYTES + (plan->format->names_file ? 2 + srv_file_name(plan, name) : 0) + 1;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* A plan's body, and the matrix it needs, if it needs one. */
struct reader {
    struct wi_body body;
    struct srv_job *keep; /* done, NULL: none is needed */
    uint8_t header[WI_HEADER_MAX];
};

static void reader_init(struct reader *reader, const struct wi_plan *plan, struct srv_job *keep)
{
    wi_plan_body(plan, reader->header, &reader->body);
    reader->keep = keep;
}

static size_t reader_read(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    const struct reader *reader = ctx;
    void *keep = reader->keep ? srv_job_blob(reader->keep)->bytes : NULL;
    return wi_body_read(&reader->body, wi_keep_only, keep, offset, buf, cap);
}

/* ---- making ---------------------------------------------------------------------------------------------------- */

static void *copy_plan(const void *plan)
{
    struct wi_plan *copy = malloc(sizeof *copy);
    if (copy)
        memcpy(copy, plan, sizeof *copy);
    return copy;
}

static const char *scheme_of(const void *plan)
{
    return ((const struct wi_plan *)plan)->part.tensor.scheme->name;
}

static enum srv_code make_keep(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct wi_plan *plan = arg;
    struct srv_blob *keep = srv_blob_new(making->budget, plan->part.tensor.keep_bytes);
    struct srv_blob *scratch = keep ? srv_blob_new(making->budget, plan->part.tensor.scratch_bytes) : NULL;
    if (!scratch) {
        srv_blob_unref(keep);
        return SRV_NO_MEMORY;
    }
    wi_build(&plan->part.tensor, keep->bytes, scratch->bytes, making->exec);
    srv_blob_unref(scratch);
    *blob = keep;
    return SRV_OK;
}

static const struct srv_make keep_make = {make_keep, copy_plan, free, false, scheme_of};

enum srv_how srv_tensor_keep(struct srv_cache *cache, const struct wi_plan *plan, struct srv_job **job)
{
    char key[WI_CANONICAL_MAX];
    size_t len = wi_plan_canonical(plan, WI_CANONICAL_TENSOR, key);
    return srv_cache_get(cache, key, len, &keep_make, (void *)(uintptr_t)plan, job);
}

/* The matrix a reader needs, if it needs one. Blocks while it is computed. */
static enum srv_code wait_for_keep(const struct srv_making *making, const struct wi_plan *plan, struct srv_job **job)
{
    if (plan->part.tensor.keep_bytes == 0)
        return SRV_OK;
    srv_tensor_keep(making->cache, plan, job);
    return srv_job_wait(*job);
}

static enum srv_code make_body(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct wi_plan *plan = arg;
    struct srv_job *keep = NULL;
    enum srv_code code = wait_for_keep(making, plan, &keep);
    struct srv_blob *body = code == SRV_OK ? srv_blob_new(making->budget, plan->total_bytes) : NULL;
    if (code == SRV_OK && !body)
        code = SRV_NO_MEMORY;
    if (code == SRV_OK) {
        struct reader reader;
        reader_init(&reader, plan, keep);
        srv_fill(making->exec, reader_read, &reader, 0, body->bytes, body->size);
        *blob = body;
    }
    srv_job_unref(keep);
    return code;
}

static enum srv_code digest_chunks(const struct srv_making *making, struct reader *reader, uint8_t *chunk,
                                   uint8_t digest[SRV_SHA256_BYTES])
{
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    for (uint64_t at = 0; at < reader->body.total_bytes;) {
        if (srv_making_unwanted(making))
            return SRV_CANCELLED;
        uint64_t left = reader->body.total_bytes - at;
        size_t n = left < DIGEST_CHUNK ? (size_t)left : DIGEST_CHUNK;
        srv_fill(making->exec, reader_read, reader, at, chunk, n);
        srv_sha256_add(&sha, chunk, n);
        at += n;
    }
    srv_sha256_end(&sha, digest);
    return SRV_OK;
}

/* SHA-256 of the plan's bytes, which need not be in memory at once. */
static enum srv_code digest_plan(const struct srv_making *making, const struct wi_plan *plan,
                                 uint8_t digest[SRV_SHA256_BYTES])
{
    struct srv_job *keep = NULL;
    struct srv_blob *chunk = srv_blob_new(making->budget, DIGEST_CHUNK);
    enum srv_code code = chunk ? wait_for_keep(making, plan, &keep) : SRV_NO_MEMORY;
    if (code == SRV_OK) {
        struct reader reader;
        reader_init(&reader, plan, keep);
        code = digest_chunks(making, &reader, chunk->bytes, digest);
    }
    srv_job_unref(keep);
    srv_blob_unref(chunk);
    return code;
}

/* The body of format=sha256 and sha256sum. */
static enum srv_code make_digest(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct wi_plan *plan = arg;
    uint8_t digest[SRV_SHA256_BYTES];
    char hex[SRV_SHA256_HEX], name[SRV_NAME_CAP], text[sizeof hex + sizeof name + 3];
    enum srv_code code = digest_plan(making, plan, digest);
    srv_hex(digest, sizeof digest, hex);
    srv_file_name(plan, name);
    int len = snprintf(text, sizeof text, "%s%s%s\n", hex, plan->format->names_file ? "  " : "",
                       plan->format->names_file ? name : "");
    return code == SRV_OK ? srv_making_give(making, text, (size_t)len, blob) : code;
}

static const struct srv_make body_make = {make_body, copy_plan, free, false, scheme_of};
static const struct srv_make body_make_in_place = {make_body, copy_plan, free, true, scheme_of};
static const struct srv_make digest_make = {make_digest, copy_plan, free, false, scheme_of};

static const struct srv_make *make_of(const struct wi_plan *plan)
{
    if (plan->format->digest)
        return &digest_make;
    return plan->part.tensor.keep_bytes == 0 && plan->total_bytes <= IN_PLACE_BYTES ? &body_make_in_place : &body_make;
}

/* ---- what follows from a body ----------------------------------------------------------------------------------- */

static enum srv_code make_sha256(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    uint8_t digest[SRV_SHA256_BYTES];
    enum srv_code code = digest_plan(making, arg, digest);
    return code == SRV_OK ? srv_making_give(making, digest, sizeof digest, blob) : code;
}

static enum srv_code compress(const struct srv_making *making, const struct srv_blob *body, struct srv_blob **blob)
{
    size_t cap = srv_gzip_bound(body->size);
    struct srv_blob *room = srv_blob_new(making->budget, cap);
    size_t len = room ? srv_gzip(body->bytes, body->size, room->bytes, cap) : 0;
    enum srv_code code = len ? srv_making_give(making, room->bytes, len, blob) : SRV_NO_MEMORY;
    srv_blob_unref(room);
    return code;
}

static enum srv_code make_gzip(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct wi_plan *plan = arg;
    char canonical[WI_CANONICAL_MAX];
    struct srv_job *body;
    size_t len = wi_plan_canonical(plan, WI_CANONICAL_BODY, canonical);
    srv_cache_get(making->cache, canonical, len, make_of(plan), arg, &body);
    enum srv_code code = srv_job_wait(body);
    if (code == SRV_OK)
        code = compress(making, srv_job_blob(body), blob);
    srv_job_unref(body);
    if (code == SRV_OK) { /* known for Repr-Digest without holding up a network thread */
        uint8_t digest[SRV_SHA256_BYTES];
        srv_blob_sha256(*blob, digest);
    }
    return code;
}

enum derived { DERIVED_SHA256, DERIVED_GZIP };

static const struct {
    const char *suffix; /* behind the canonical text, which has no '#' */
    struct srv_make make;
} derived[] = {
    [DERIVED_SHA256] = {"#sha256", {make_sha256, copy_plan, free, false, scheme_of}},
    [DERIVED_GZIP] = {"#gzip", {make_gzip, copy_plan, free, false, scheme_of}},
};

static size_t derived_key(const char *canonical, enum derived what, char key[DERIVED_KEY_MAX])
{
    return (size_t)snprintf(key, DERIVED_KEY_MAX, "%s%s", canonical, derived[what].suffix);
}

uint64_t srv_tensor_gzip_bytes(struct srv_server *srv, const char *canonical)
{
    char key[DERIVED_KEY_MAX];
    struct srv_blob *blob = srv_cache_peek(srv->cache, key, derived_key(canonical, DERIVED_GZIP, key));
    uint64_t bytes = blob ? blob->size : SRV_LENGTH_UNKNOWN;
    srv_blob_unref(blob);
    return bytes;
}

static enum srv_how get_derived(struct srv_server *srv, const struct wi_plan *plan, const char *canonical,
                                enum derived what, struct srv_job **job)
{
    char key[DERIVED_KEY_MAX];
    size_t len = derived_key(canonical, what, key);
    return srv_cache_get(srv->cache, key, len, &derived[what].make, (void *)(uintptr_t)plan, job);
}

void srv_tensor_gzip(struct srv_server *srv, const struct wi_plan *plan, const char *canonical, struct srv_reply *reply)
{
    reply->kind = SRV_BODY_JOB;
    reply->length = SRV_LENGTH_UNKNOWN;
    reply->outcome = get_derived(srv, plan, canonical, DERIVED_GZIP, &reply->job);
}

void srv_tensor_digest(struct srv_server *srv, const struct wi_plan *plan, const char *canonical,
                       struct srv_reply *reply)
{
    get_derived(srv, plan, canonical, DERIVED_SHA256, &reply->digest);
}

/* ---- streaming ------------------------------------------------------------------------------------------------- */

struct tensor_stream {
    struct wi_plan plan;
    struct reader reader; /* its matrix is done before the first read: it is the reply's job */
};

static size_t stream_read(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    return reader_read(&((struct tensor_stream *)ctx)->reader, offset, buf, cap);
}

static void stream_free(void *ctx)
{
    struct tensor_stream *stream = ctx;
    srv_job_unref(stream->reader.keep);
    free(stream);
}

static void give_stream(struct srv_server *srv, const struct srv_request *req, const struct wi_plan *plan,
                        struct srv_reply *reply)
{
    struct tensor_stream *stream = malloc(sizeof *stream);
    if (!stream) {
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
        return;
    }
    struct srv_job *keep = NULL;
    if (plan->part.tensor.keep_bytes)
        srv_tensor_keep(srv->cache, plan, &keep);
    stream->plan = *plan;
    reader_init(&stream->reader, &stream->plan, keep);
    reply->kind = SRV_BODY_STREAM;
    reply->stream = (struct srv_reader){stream_read, stream_free, stream};
    reply->job = keep ? srv_job_ref(keep) : NULL;
    reply->cache_status = SRV_STATUS_STREAMED;
}

/* ---- where a body comes from ----------------------------------------------------------------------------------- */

static void give_cached(struct srv_server *srv, const struct wi_plan *plan, const char *canonical,
                        struct srv_reply *reply)
{
    reply->outcome =
        srv_cache_get(srv->cache, canonical, strlen(canonical), make_of(plan), (void *)(uintptr_t)plan, &reply->job);
    reply->kind = SRV_BODY_JOB;
    if (reply->outcome == SRV_HIT)
        srv_reply_memo(reply, canonical);
}

/* A part of a body that is there already. */
static bool give_part(struct srv_server *srv, const char *canonical, struct srv_reply *reply)
{
    reply->blob = srv_cache_peek(srv->cache, canonical, strlen(canonical));
    if (!reply->blob)
        return false;
    reply->kind = SRV_BODY_BLOB;
    reply->cache_status = SRV_STATUS_HIT;
    return true;
}

void srv_tensor_body(struct srv_server *srv, const struct srv_request *req, const struct wi_plan *plan,
                     const char *canonical, bool ranged, struct srv_reply *reply)
{
    bool digest = plan->format->digest;
    if (ranged && !digest && give_part(srv, canonical, reply))
        return;
    if (digest || (!ranged && srv_cache_admits(srv->cache, plan->total_bytes)))
        give_cached(srv, plan, canonical, reply);
    else
        give_stream(srv, req, plan, reply);
}
