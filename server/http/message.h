/* message.h - what a handler is asked and what it answers, without a socket.
 *
 * Every endpoint is a function from srv_request to srv_reply; net/daemon.c is the only place that knows libmicrohttpd, and
 * `weightd get` calls the same route without it.
 *
 * Ownership: everything in srv_request is borrowed for the call. A reply owns its headers, its text and its references;
 * srv_reply_deinit releases them. */
#ifndef SRV_HTTP_MESSAGE_H
#define SRV_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/cache.h"
#include "wi.h"

struct srv_server; /* server.h: configuration, cache, pool, metrics, log */

struct srv_param {
    const char *key, *value; /* percent-decoded, NUL-terminated; may hold any byte but NUL */
    size_t key_len, value_len;
    bool has_value; /* false: "key" without "=" */
};

#define SRV_PARAMS_MAX 64
#define SRV_ARGS_MAX 8

struct srv_request {
    const char *method; /* "GET", "HEAD", "OPTIONS" */
    const char *target; /* as it came: for messages and the log */
    const char *path;   /* percent-decoded */
    bool secure;        /* it came over TLS */
    /* What stood at the {...} of the route's path, percent-decoded one by one. */
    const char *args[SRV_ARGS_MAX];
    size_t n_args;
    const struct srv_param *params; /* of the query, in their order */
    size_t n_params;
    /* The value of a request header, NULL if absent; repeated fields are joined with ", ". Lives as long as the
     * request. `ctx` is the function's own business. */
    const char *(*header)(const struct srv_request *req, const char *name);
    void *ctx;
    bool again; /* asked for the second time, because the reply to the first said so */
};

struct srv_header {
    const char *name; /* static */
    char *value;      /* owned */
};

enum srv_body_kind {
    SRV_BODY_NONE,  /* only the length is known or needed: HEAD, 304 */
    SRV_BODY_TEXT,  /* owned malloc'd bytes */
    SRV_BODY_BLOB,  /* a reference to cached bytes */
    SRV_BODY_JOB,   /* a blob that may still be in the making: wait, then take its blob */
    SRV_BODY_STREAM /* read(ctx, offset, ...) at any offset, from the thread that sends */
};

/* A body of any size, readable at any offset (so a Range is just an offset). */
struct srv_reader {
    size_t (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t cap); /* short only at the end */
    void (*free)(void *ctx);                                              /* may be NULL */
    void *ctx;
};

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
    bool lost; /* there was no memory for a part of it: the reply must not be sent as it is (srv_problem_lost) */
    enum srv_body_kind kind;
    uint64_t
        length; /* of the whole representation, whatever part of it is sent; SRV_LENGTH_UNKNOWN only of kind NONE */
    /* Status 206: the parts to send, each within the length; more than one makes multipart/byteranges (body.h). */
    struct srv_range ranges[SRV_RANGES_MAX];
    size_t n_ranges;
    char boundary[40]; /* of multipart/byteranges */
    char *part_type;   /* owned: the Content-Type of its parts */
    char *text;
    struct srv_blob *blob;
    struct srv_job *job; /* kind JOB: the body; kind STREAM: what must be done before reading, or NULL */
    uint64_t charged;    /* bytes of srv.budget taken for what is sent; given back with the body */
    struct srv_budget *budget;
    enum srv_how how; /* kind JOB: how the cache answered, for Cache-Status (finish.h) */
    struct srv_reader stream;
    /* The job is not the body but something the handler must know before it can answer: wait for it, then ask again. */
    bool again;
    /* Set by a handler whose answer is a cache hit: the key under which srv_cache_peek finds the body. It promises that
     * the same target, asked without ranges and conditions, gets this very answer as long as the body is there. */
    char *hit_key; /* owned, NUL-terminated */
};

typedef void srv_handler(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply);

void srv_reply_init(struct srv_reply *reply);
void srv_reply_deinit(struct srv_reply *reply);

/* Take bytes from the budget for as long as the reply has its body. False: it has not got them. */
bool srv_reply_charge(struct srv_reply *reply, struct srv_budget *budget, uint64_t bytes);

/* Promise what hit_key says. */
void srv_reply_hit(struct srv_reply *reply, const char *key);

/* Release the body, keep status, headers and length: what HEAD and 304 need. */
void srv_reply_drop_body(struct srv_reply *reply);
/* Back to an empty reply; only headers whose names are in the NULL-terminated list `keep` (may be NULL) stay. `lost` does
 * too, unless the list is NULL. */
void srv_reply_reset(struct srv_reply *reply, const char *const *keep);

/* Add a header; name is static, the value is formatted. A header added again replaces the first. */
void srv_reply_header(struct srv_reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of an added header, NULL if absent. */
const char *srv_reply_get(const struct srv_reply *reply, const char *name);
void srv_reply_remove(struct srv_reply *reply, const char *name);

/* Answer with a text body. `text` is malloc'd and taken; NULL (out of memory) makes the reply `lost`. */
void srv_reply_text_take(struct srv_reply *reply, int status, const char *content_type, char *text, size_t len);
/* The same for a static text, which is copied. */
void srv_reply_text(struct srv_reply *reply, int status, const char *content_type, const char *text);

#endif
