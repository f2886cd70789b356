/* see model_body.h: the bytes of a file that is laid out. */
#include "resource/model_body.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cache/cache.h"
#include "cache/fill.h"
#include "http/conditions.h"
#include "http/finish.h"
#include "http/problem.h"
#include "resource/tensor_body.h"
#include "server.h"

#define DIGEST_CHUNK (256 * 1024)
#define KEY_MAX 128

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* A matrix that is being built, or was. */
struct built {
    uint64_t part;
    struct srv_job *job;
    bool used; /* since bytes were last read */
};

/* A file with a seed, read at any offset. It holds the matrices of the parts that are being read. */
struct reader {
    struct srv_job *job; /* srv_model_file_get's, done */
    const struct srv_model_file *file;
    struct srv_cache *cache;
    uint64_t seed;
    struct wi_body body;
    struct built *built;
    size_t n_built, room;
    struct wi_replay *replay; /* of like=: the generator of the seed; NULL: the parts are weightd's own */
    atomic_bool was_read;     /* since reader_prepare was last called */
};

static const struct wi_part *part_at(const void *ctx, uint64_t i, struct wi_part *room)
{
    const struct reader *r = ctx;
    const struct srv_model_file *file = r->file;
    if (file->format->part)
        file->format->part(file->checkpoint, &file->layout, i, r->seed, room);
    else
        srv_part_of(&file->checkpoint->parts, &file->checkpoint->table, file->layout.rows[i], r->seed, room);
    return room;
}

#define CURSORS 4 /* of like=: where readings that may go on at once stand */

/* job: a reference is taken. False: no memory; the reader must be freed all the same. */
static bool reader_init(struct reader *r, struct srv_cache *cache, struct srv_job *job, uint64_t seed)
{
    const struct srv_model_file *file = srv_model_file_of(job);
    const struct srv_file_layout *layout = &file->layout;
    *r = (struct reader){.job = srv_job_ref(job), .file = file, .cache = cache, .seed = seed};
    r->body =
        (struct wi_body){.header = (const uint8_t *)layout->text,
                         .header_bytes = layout->text_len,
                         .n_parts = layout->n_parts,
                         .ends = layout->ends,
                         .part = part_at,
                         .ctx = r,
                         .suffix = "",
                         .total_bytes = layout->text_len + (layout->n_parts ? layout->ends[layout->n_parts - 1] : 0)};
    const struct wi_like_info *torch = file->checkpoint->parts.drawn.torch;
    void *memory = torch && layout->n_parts ? malloc(wi_replay_bytes(CURSORS)) : NULL;
    if (memory)
        r->replay = wi_replay_init(memory, torch, seed, CURSORS);
    return memory || !torch || !layout->n_parts;
}

static void reader_deinit(struct reader *r)
{
    for (size_t i = 0; i < r->n_built; i++)
        srv_job_unref(r->built[i].job);
    free(r->built);
    free(r->replay);
    srv_job_unref(r->job);
}

static const void *matrix_of(void *ctx, uint64_t part)
{
    const struct reader *r = ctx;
    if (r->replay)
        return r->replay;
    for (size_t i = 0; i < r->n_built; i++)
        if (r->built[i].part == part && srv_job_code(r->built[i].job) == SRV_OK)
            return srv_job_blob(r->built[i].job)->bytes;
    return NULL;
}

/* The part that holds byte `at` behind the header. */
static uint64_t part_holding(const struct wi_body *body, uint64_t at)
{
    uint64_t low = 0, high = body->n_parts - 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (body->ends[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Bytes of one part by the format's own read, and the zeros behind them. 0: its matrix is not there yet. */
static size_t read_part(struct reader *r, uint64_t at, uint8_t *buf, size_t cap)
{
    const struct srv_model_file *file = r->file;
    const uint64_t i = part_holding(&r->body, at), begin = i ? r->body.ends[i - 1] : 0, left = r->body.ends[i] - at;
    const void *matrix = matrix_of(r, i);
    struct wi_part room;
    if (!matrix && part_at(r, i, &room)->tensor.keep_bytes)
        return 0;
    const size_t want = left < cap ? (size_t)left : cap;
    const size_t n = file->format->read(file->checkpoint, &file->layout, i, r->seed, matrix, at - begin, buf, want);
    memset(buf + n, 0, want - n);
    return want;
}

static size_t reader_read(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    struct reader *r = ctx;
    const uint64_t header = r->body.header_bytes;
    atomic_store_explicit(&r->was_read, true, memory_order_relaxed);
    if (!r->file->format->read)
        return wi_body_read(&r->body, matrix_of, r, offset, buf, cap);
    size_t done = 0;
    while (done < cap && offset + done < r->body.total_bytes) {
        const uint64_t at = offset + done;
        size_t n = header > at && header - at < cap - done ? (size_t)(header - at) : cap - done;
        if (at < header)
            memcpy(buf + done, r->body.header + at, n);
        else
            n = read_part(r, at - header, buf + done, cap - done);
        if (!n)
            break;
        done += n;
    }
    return done;
}

/* ---- matrices that must be built --------------------------------------------------------------------------------- */

/* Several ranges are prepared before any is read, each anew whenever a job is done. So a matrix goes when bytes were read and
 * it was not used for them, nor is by what is prepared now. */
static void drop_unused(struct reader *r)
{
    size_t kept = 0;
    if (!atomic_exchange_explicit(&r->was_read, false, memory_order_relaxed))
        return;
    for (size_t i = 0; i < r->n_built; i++) {
        if (r->built[i].used)
            r->built[kept++] = (struct built){r->built[i].part, r->built[i].job, false};
        else
            srv_job_unref(r->built[i].job);
    }
    r->n_built = kept;
}

/* Note that the matrices of [offset, offset + n) are used. */
static void use(struct reader *r, uint64_t offset, uint64_t n)
{
    const uint64_t *ends = r->body.ends;
    for (size_t i = 0; i < r->n_built; i++) {
        const uint64_t part = r->built[i].part, header = r->body.header_bytes;
        uint64_t begin = header + (part ? ends[part - 1] : 0), end = header + ends[part];
        r->built[i].used |= end > offset && begin < offset + n;
    }
}

static struct srv_job *find_job(const struct reader *r, uint64_t part)
{
    for (size_t i = 0; i < r->n_built; i++)
        if (r->built[i].part == part)
            return r->built[i].job;
    return NULL;
}

/* Begin to build the matrix of a part. NULL: no memory. */
static struct srv_job *begin(struct reader *r, uint64_t part)
{
    struct wi_plan plan;
    if (r->n_built == r->room) {
        size_t room = r->room ? 2 * r->room : 4;
        struct built *built = realloc(r->built, room * sizeof *built);
        if (!built)
            return NULL;
        r->built = built;
        r->room = room;
    }
    srv_part_plan(&r->file->checkpoint->parts, &r->file->checkpoint->table, r->file->layout.rows[part], r->seed, &plan);
    struct built *new = &r->built[r->n_built++];
    new->part = part;
    new->used = true;
    srv_tensor_keep(r->cache, &plan, &new->job);
    return new->job;
}

/* See srv_reader.prepare: the matrices of [offset, offset + n) are built one after the other. */
static bool reader_prepare(void *ctx, uint64_t offset, uint64_t n, struct srv_job **job)
{
    struct reader *r = ctx;
    *job = NULL;
    drop_unused(r);
    use(r, offset, n);
    for (;;) {
        const uint64_t part = wi_body_waits_for(&r->body, matrix_of, r, offset, n);
        if (part == r->body.n_parts)
            return true;
        struct srv_job *found = find_job(r, part);
        if (!found && !(found = begin(r, part)))
            return false;
        const enum srv_code code = srv_job_code(found);
        if (code != SRV_OK && code != SRV_PENDING)
            return false;
        if (code == SRV_PENDING) {
            *job = srv_job_ref(found);
            return true;
        }
    }
}

/* The same, waiting. Not for network threads. */
static enum srv_code reader_wait(struct reader *r, uint64_t offset, uint64_t n)
{
    struct srv_job *job;
    while (reader_prepare(r, offset, n, &job)) {
        if (!job)
            return SRV_OK;
        enum srv_code code = srv_job_wait(job);
        srv_job_unref(job);
        if (code != SRV_OK)
            return code;
    }
    return SRV_NO_MEMORY;
}

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
static enum srv_code fill(const struct srv_making *making, struct reader *r, uint64_t offset, uint8_t *buf, size_t n)
{
    enum srv_code code = srv_making_unwanted(making) ? SRV_CANCELLED : reader_wait(r, offset, n);
    if (code == SRV_OK && !srv_fill(making->exec, reader_read, r, offset, buf, n))
        code = SRV_NO_MEMORY;
    return code;
}

static enum srv_code make_body(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct arg *a = arg;
    struct reader r;
    const bool ready = reader_init(&r, making->cache, a->file, a->seed);
    struct srv_blob *body = ready ? srv_blob_new(making->budget, r.body.total_bytes) : NULL;
    enum srv_code code = body ? SRV_OK : SRV_NO_MEMORY;
    for (uint64_t at = 0; code == SRV_OK && at < r.body.total_bytes;) {
        uint64_t left = r.body.total_bytes - at;
        size_t n = left < 16 * DIGEST_CHUNK ? (size_t)left : 16 * DIGEST_CHUNK;
        code = fill(making, &r, at, body->bytes + at, n);
        at += n;
    }
    reader_deinit(&r);
    if (code == SRV_OK)
        *blob = body;
    else
        srv_blob_unref(body);
    return code;
}

static enum srv_code digest_all(const struct srv_making *making, struct reader *r, uint8_t *chunk,
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
    struct reader r;
    if (!chunk)
        return SRV_NO_MEMORY;
    const bool ready = reader_init(&r, making->cache, a->file, a->seed);
    enum srv_code code = ready ? digest_all(making, &r, chunk->bytes, out) : SRV_NO_MEMORY;
    reader_deinit(&r);
    srv_blob_unref(chunk);
    return code;
}

static enum srv_code give_bytes(const struct srv_making *making, const void *bytes, size_t size, struct srv_blob **blob)
{
    *blob = srv_blob_new(making->budget, size);
    if (*blob)
        memcpy((*blob)->bytes, bytes, size);
    return *blob ? SRV_OK : SRV_NO_MEMORY;
}

static enum srv_code make_sha256(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    uint8_t digest[SRV_SHA256_BYTES];
    enum srv_code code = digest_file(making, arg, digest);
    return code == SRV_OK ? give_bytes(making, digest, sizeof digest, blob) : code;
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
        code = give_bytes(making, hex, sizeof hex, blob);
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
    return reader_read(ctx, offset, buf, cap);
}

static void stream_free(void *ctx)
{
    reader_deinit(ctx);
    free(ctx);
}

static void give_stream(struct srv_server *srv, const struct srv_request *req, struct srv_job *job, uint64_t seed,
                        struct srv_reply *reply)
{
    struct reader *r = malloc(sizeof *r);
    if (!r) {
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
        return;
    }
    if (!reader_init(r, srv->cache, job, seed)) {
        stream_free(r);
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
        return;
    }
    reply->kind = SRV_BODY_STREAM;
    reply->stream = (struct srv_reader){stream_read, stream_free, r, reader_prepare};
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
    if (what == BODY && (ranged || !srv_cache_admits(srv->cache, file->bytes))) {
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
