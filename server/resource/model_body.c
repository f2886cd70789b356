/* see model_body.h: the bytes of a file that is laid out. */
#include "resource/model_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cache/cache.h"
#include "cache/fill.h"
#include "http/conditions.h"
#include "http/finish.h"
#include "http/problem.h"
#include "resource/model_reader.h"
#include "server.h"

#define DIGEST_CHUNK (256 * 1024)
#define KEY_MAX 128

/* ---- values of the cache ----------------------------------------------------------------------------------------- */

struct arg {
    struct srv_job *file;
    uint64_t seed;
};

static void *copy_arg(const void *arg)
{
    struct arg *copy = malloc(sizeof *copy);
    if (copy) {
        memcpy(copy, arg, sizeof *copy);
        srv_job_ref(copy->file);
    }
    return copy;
}

static const char *label_of(const void *arg)
{
    return srv_model_file_of(((const struct arg *)arg)->file)->label;
}

static void drop_arg(void *arg)
{
    srv_job_unref(((struct arg *)arg)->file);
    free(arg);
}

/* Bytes [offset, offset + n), in pieces that several threads make. */
static enum srv_code fill(const struct srv_making *making, struct srv_model_reader *r, uint64_t offset, uint8_t *buf,
                          size_t n)
{
    enum srv_code code = srv_making_unwanted(making) ? SRV_CANCELLED : srv_model_reader_wait(r, offset, n);
    if (code == SRV_OK && !srv_fill(making->exec, srv_model_reader_read, r, offset, buf, n))
        code = SRV_NO_MEMORY;
    return code;
}

static enum srv_code make_body(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    struct srv_model_reader r;
    const bool ready = srv_model_reader_init(&r, making->cache, a->file, a->seed);
    struct srv_blob *body = ready ? srv_blob_new(making->budget, r.body.total_bytes) : NULL;
    enum srv_code code = body ? SRV_OK : SRV_NO_MEMORY;
    for (uint64_t at = 0; code == SRV_OK && at < r.body.total_bytes;) {
        uint64_t left = r.body.total_bytes - at;
        size_t n = left < 16 * DIGEST_CHUNK ? (size_t)left : 16 * DIGEST_CHUNK;
        code = fill(making, &r, at, body->bytes + at, n);
        at += n;
    }
    srv_model_reader_deinit(&r);
    if (code == SRV_OK)
        *blob = body;
    else
        srv_blob_unref(body);
    return code;
}

static enum srv_code digest_all(const struct srv_making *making, struct srv_model_reader *r, uint8_t *chunk,
                                uint8_t out[SRV_SHA256_BYTES])
{
    struct srv_sha256 sha;
    enum srv_code code = SRV_OK;
    srv_sha256_init(&sha);
    for (uint64_t at = 0; code == SRV_OK && at < r->body.total_bytes;) {
        uint64_t left = r->body.total_bytes - at;
        size_t n = left < DIGEST_CHUNK ? (size_t)left : DIGEST_CHUNK;
        code = fill(making, r, at, chunk, n);
        srv_sha256_add(&sha, chunk, code == SRV_OK ? n : 0);
        at += n;
    }
    srv_sha256_end(&sha, out);
    return code;
}

static enum srv_code digest_file(const struct srv_making *making, const struct arg *a, uint8_t out[SRV_SHA256_BYTES])
{
    struct srv_blob *chunk = srv_blob_new(making->budget, DIGEST_CHUNK);
    struct srv_model_reader r;
    if (!chunk)
        return SRV_NO_MEMORY;
    const bool ready = srv_model_reader_init(&r, making->cache, a->file, a->seed);
    enum srv_code code = ready ? digest_all(making, &r, chunk->bytes, out) : SRV_NO_MEMORY;
    srv_model_reader_deinit(&r);
    srv_blob_unref(chunk);
    return code;
}

static enum srv_code make_sha256(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    uint8_t digest[SRV_SHA256_BYTES];
    enum srv_code code = digest_file(making, arg, digest);
    return code == SRV_OK ? srv_making_give(making, digest, sizeof digest, blob) : code;
}

enum derived { BODY, SHA256, HEX };

static enum srv_how get_derived(struct srv_cache *cache, struct srv_job *file, uint64_t seed, enum derived what,
                                struct srv_job **job);

/* The body of a file whose format is a digest. */
static enum srv_code make_hex(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    struct srv_job *job;
    char hex[SRV_SHA256_HEX];
    get_derived(making->cache, a->file, a->seed, SHA256, &job);
    enum srv_code code = srv_job_wait(job);
    if (code == SRV_OK) {
        srv_hex(srv_job_blob(job)->bytes, SRV_SHA256_BYTES, hex);
        hex[SRV_SHA256_HEX - 1] = '\n';
        code = srv_making_give(making, hex, sizeof hex, blob);
    }
    srv_job_unref(job);
    return code;
}

static const struct {
    const char *name;
    struct srv_make make;
} derived[] = {
    [BODY] = {"body", {.make = make_body, .copy = copy_arg, .drop = drop_arg, .label = label_of}},
    [SHA256] = {"sha256", {.make = make_sha256, .copy = copy_arg, .drop = drop_arg, .label = label_of}},
    [HEX] = {"hex", {.make = make_hex, .copy = copy_arg, .drop = drop_arg, .label = label_of}},
};

/* The entity tag follows from the content, so it names what follows from the content. */
static void make_key(const struct srv_model_file *file, uint64_t seed, enum derived what, char key[KEY_MAX])
{
    char etag[SRV_ETAG_CAP];
    srv_model_file_etag(file, seed, etag);
    snprintf(key, KEY_MAX, "file %s %s", etag, derived[what].name);
}

static enum srv_how get_derived(struct srv_cache *cache, struct srv_job *file, uint64_t seed, enum derived what,
                                struct srv_job **job)
{
    struct arg arg = {file, seed};
    char key[KEY_MAX];
    make_key(srv_model_file_of(file), seed, what, key);
    return srv_cache_get(cache, key, strlen(key), &derived[what].make, &arg, job);
}

enum srv_how srv_model_file_sha256(struct srv_server *srv, struct srv_job *file, uint64_t seed, struct srv_job **job)
{
    return get_derived(srv->cache, file, seed, SHA256, job);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

void srv_model_file_etag(const struct srv_model_file *file, uint64_t seed, char out[SRV_ETAG_CAP])
{
    struct {
        uint8_t identity[SRV_SHA256_BYTES];
        uint64_t alg, seed;
    } all = {.alg = WI_ALG, .seed = file->layout.n_parts ? seed : 0};
    struct srv_reply reply;
    memcpy(all.identity, file->identity, sizeof all.identity);
    srv_etag_set(&reply, &all, sizeof all, "");
    snprintf(out, SRV_ETAG_CAP, "%s", reply.etag);
}

static size_t stream_read(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    return srv_model_reader_read(ctx, offset, buf, cap);
}

static void stream_free(void *ctx)
{
    srv_model_reader_deinit(ctx);
    free(ctx);
}

static void give_stream(struct srv_server *srv, const struct srv_request *req, struct srv_job *job, uint64_t seed,
                        struct srv_reply *reply)
{
    struct srv_model_reader *r = malloc(sizeof *r);
    if (!r) {
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
        return;
    }
    if (!srv_model_reader_init(r, srv->cache, job, seed)) {
        stream_free(r);
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
        return;
    }
    reply->kind = SRV_BODY_STREAM;
    reply->stream = (struct srv_reader){stream_read, stream_free, r, srv_model_reader_prepare};
    reply->cache_status = SRV_STATUS_STREAMED;
}

/* A part of a body that is there already. */
static bool give_part(struct srv_server *srv, const char *key, struct srv_reply *reply)
{
    reply->blob = srv_cache_peek(srv->cache, key, strlen(key));
    if (!reply->blob)
        return false;
    reply->kind = SRV_BODY_BLOB;
    reply->cache_status = SRV_STATUS_HIT;
    return true;
}

static void give_body(struct srv_server *srv, const struct srv_request *req, struct srv_job *job, uint64_t seed,
                      struct srv_reply *reply)
{
    const struct srv_model_file *file = srv_model_file_of(job);
    const enum derived what = file->format->digest ? HEX : BODY;
    const bool ranged = reply->status == 206;
    char key[KEY_MAX];
    make_key(file, seed, what, key);
    if (ranged && give_part(srv, key, reply))
        return;
    if (what == BODY && (ranged || file->format->light || !srv_cache_admits(srv->cache, file->bytes))) {
        give_stream(srv, req, job, seed, reply);
        return;
    }
    reply->kind = SRV_BODY_JOB;
    reply->outcome = get_derived(srv->cache, job, seed, what, &reply->job);
    if (reply->outcome == SRV_HIT && strcmp(req->method, "POST") != 0)
        srv_reply_memo(reply, key);
}

static bool wants_digest(const struct srv_request *req)
{
    return srv_digest_wanted(srv_request_field(req, SRV_FIELD_WANT_REPR_DIGEST)) ||
           srv_digest_wanted(srv_request_field(req, SRV_FIELD_WANT_CONTENT_DIGEST));
}

bool srv_model_file_check(const struct srv_model_file *file, const struct srv_request *req, struct srv_reply *reply)
{
    if (file->err.code != WI_OK)
        srv_problem_error(reply, req, &file->err);
    else if (!file->found)
        srv_problem_reply(reply, req, "not-found", "The model has no file of this name; see \"files\" of its table.");
    return file->err.code == WI_OK && file->found;
}

void srv_model_file_reply(struct srv_server *srv, const struct srv_request *req, struct srv_job *job, uint64_t seed,
                          struct srv_reply *reply)
{
    const struct srv_model_file *file = srv_model_file_of(job);
    srv_model_file_etag(file, seed, reply->etag);
    reply->length = file->bytes;
    srv_reply_header(reply, "Content-Type", "%s", file->format->media_type);
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    /* Ranges and conditions are those of a GET; a POST has the same bytes. */
    if (strcmp(req->method, "POST") != 0 && !srv_precondition(req, reply))
        return;
    if (wants_digest(req) && !file->format->digest)
        srv_model_file_sha256(srv, job, seed, &reply->digest);
    give_body(srv, req, job, seed, reply);
}
