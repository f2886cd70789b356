/* message.h - a request and the reply to it, without a socket.
 *
 * A handler is a function from srv_request to srv_reply. It sets the status, the body or the job that makes the body,
 * and the fields of the reply that it knows; http/finish.h does the rest when the jobs are done. Only net/ knows
 * libmicrohttpd, and `weightd get` calls the same handlers without it.
 *
 * Ownership: everything in srv_request is borrowed for the call. A reply owns its headers, its text and its references;
 * srv_reply_deinit releases them.
 * Threads: a reply belongs to one thread at a time. */
#ifndef SRV_HTTP_MESSAGE_H
#define SRV_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/job.h"
#include "http/fields.h"
#include "wi.h"

struct srv_server; /* server.h: configuration, cache, pool, metrics, log */
struct srv_facade; /* problem.h: another form of errors */

struct srv_param {
    const char *key, *value; /* percent-decoded, NUL-terminated; may hold any byte but NUL */
    const char *form;        /* the value as forms send it: a + is a blank; as long as value */
    size_t key_len, value_len;
    bool has_value; /* false: "key" without "=" */
};

#define SRV_PARAMS_MAX 64
#define SRV_ARGS_MAX 8

struct srv_request {
    const char *method;  /* "GET", "HEAD", "OPTIONS" */
    const char *target;  /* raw: for messages and the log */
    const char *path;    /* percent-decoded */
    bool secure;         /* the connection has TLS */
    const char *example; /* of the route: a target that answers 200; NULL: it is not known yet, or there is none */
    /* The segments of the path that stand at the {...} of the route's path, each percent-decoded; NULL for a {...?}
     * that is not there. */
    const char *args[SRV_ARGS_MAX];
    size_t n_args;
    const char *const
        *tail; /* the segments at a {NAME...} of the route's path: all that follow, empty ones among them */
    size_t n_tail;
    const struct srv_param *params; /* of the query, in the order of the query */
    size_t n_params;
    /* SRV_FIELD_COUNT values, NULL for an absent field; the values of a repeated field are joined with ", ". NULL:
     * there are no fields. */
    const char *const *fields;
    /* What came with a POST to a route that reads content. */
    const uint8_t *content;
    size_t content_len;
};

/* The value of a request field, NULL if absent. */
static inline const char *srv_request_field(const struct srv_request *req, enum srv_field field)
{
    return req->fields ? req->fields[field] : NULL;
}

struct srv_header {
    const char *name; /* static */
    char *value;      /* owned */
};

enum srv_body_kind {
    SRV_BODY_NONE,  /* no body: HEAD, 304; the length may be that of the body of a GET */
    SRV_BODY_TEXT,  /* owned malloc'd bytes */
    SRV_BODY_BLOB,  /* a reference to cached bytes */
    SRV_BODY_JOB,   /* the blob of `job`, when the job is done */
    SRV_BODY_STREAM /* read(ctx, offset, ...) at any offset, from the thread that sends */
};

/* A body of any size, readable at any offset (so a Range is just an offset). */
struct srv_reader {
    size_t (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t cap); /* short only at the end */
    void (*free)(void *ctx);                                              /* may be NULL */
    void *ctx;
    /* What must be done before bytes [offset, offset + n) can be read. True: *job is a job to wait for, a reference for
     * the caller, who asks again when the job is done; or NULL, and the bytes can be read. False: they never can. The
     * function itself NULL: all bytes can be read. */
    bool (*prepare)(void *ctx, uint64_t offset, uint64_t n, struct srv_job **job);
};

/* How long caches may keep an answer. The same target must give the same answer for that long. */
enum srv_caching { SRV_CACHING_UNSAID, SRV_NO_STORE, SRV_CACHE_HOUR, SRV_CACHE_DAY, SRV_CACHE_FOREVER };

#define SRV_ETAG_CAP 48
#define SRV_HEADERS_MAX 40
#define SRV_RANGES_MAX 16
#define SRV_LENGTH_UNKNOWN UINT64_MAX

struct srv_range {
    uint64_t first, length;
};

struct srv_reply {
    int status;
    struct srv_header headers[SRV_HEADERS_MAX];
    size_t n_headers;
    bool lost; /* memory ran out for a part of the reply: it must not be sent as it is (srv_problem_lost) */
    const struct srv_facade *facade; /* how errors of this resource are said; NULL: as problems */
    const char *methods;             /* that the resource takes besides OPTIONS: static; NULL: GET and HEAD */

    /* Decided once, here; srv_finish writes the header fields that say so. Nobody else writes those header fields. */
    enum srv_caching caching; /* Cache-Control */
    unsigned vary;            /* Vary: the set of request fields that the answer depends on */
    bool is_document; /* a text is the answer of a handler, and may be compressed; other texts refuse a request */
    bool is_internal; /* of the operator: no page of another origin may read it unless the origin is listed */
    bool gzip;        /* Content-Encoding: the body is compressed, or is being compressed by `job` */
    char etag[SRV_ETAG_CAP];  /* ETag: strong, in quotes; "" for none */
    int64_t modified;         /* Last-Modified: seconds since 1970, before any request; 0 for none */
    const char *cache_status; /* Cache-Status: static; NULL for none */

    enum srv_body_kind kind;
    /* Of the whole representation, whatever part of it is sent. SRV_LENGTH_UNKNOWN: of kind NONE, or while `job`
     * runs. */
    uint64_t length;
    /* Status 206: the parts to send, each within the length. Two or more make multipart/byteranges (body.h). */
    struct srv_range ranges[SRV_RANGES_MAX];
    size_t n_ranges;
    char boundary[40]; /* of multipart/byteranges */
    char *part_type;   /* owned: the Content-Type of its parts */
    char *text;
    struct srv_blob *blob;
    struct srv_job *job;  /* kind JOB: makes the body; kind STREAM: must be done before the first read, or NULL */
    enum srv_how outcome; /* kind JOB: how the cache answered */
    bool again;           /* kind NONE: when `job` is done, the request is to be routed again, and this reply dropped */
    struct srv_job *digest; /* makes the SHA-256 of the body (32 bytes), for Repr-Digest; NULL: not asked for */
    uint64_t charged;       /* bytes taken from `budget` for sending; given back with the body */
    struct srv_budget *budget;
    struct srv_reader stream;
    /* Set by a handler whose answer is a cache hit: the key under which srv_cache_peek finds the body. The handler
     * promises that the same target without ranges and conditions gets this very answer as long as the body is in the
     * cache. */
    char *memo_key; /* owned, NUL-terminated */
};

typedef void srv_handler(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply);

void srv_reply_init(struct srv_reply *reply);
void srv_reply_deinit(struct srv_reply *reply);

/* The job to wait for next; NULL: the reply can be finished, because all its jobs are done or one has failed.
 * Borrowed. */
struct srv_job *srv_reply_pending(const struct srv_reply *reply);

/* Take bytes from the budget (NULL: no limit) for as long as the reply has its body. False: the budget has no room. */
bool srv_reply_charge(struct srv_reply *reply, struct srv_budget *budget, uint64_t bytes);

/* Make the promise of memo_key. */
void srv_reply_memo(struct srv_reply *reply, const char *key);

/* Release the body and the jobs; keep status, headers and length, which HEAD and 304 need. */
void srv_reply_drop_body(struct srv_reply *reply);
/* Empty the reply. The headers named in the NULL-terminated list `keep` stay, and so do etag, vary and lost. keep NULL:
 * nothing stays. facade and methods are the resource's, and always stay. */
void srv_reply_reset(struct srv_reply *reply, const char *const *keep);

/* Add a header; name is static, the value is formatted. A second header of the same name replaces the first. */
void srv_reply_header(struct srv_reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of a header, NULL if absent. */
const char *srv_reply_get(const struct srv_reply *reply, const char *name);

/* Answer with a text body. `text` is malloc'd and taken; NULL (no memory) makes the reply `lost`. */
void srv_reply_text_take(struct srv_reply *reply, int status, const char *content_type, char *text, size_t len);
/* The same for a static text, which is copied. */
void srv_reply_text(struct srv_reply *reply, int status, const char *content_type, const char *text);

#endif
