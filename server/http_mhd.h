/* http_mhd.h - what http.c, http_response.c and http_wait.c share. Not for other files. */
#ifndef SRV_HTTP_MHD_H
#define SRV_HTTP_MHD_H

#include <microhttpd.h>
#include <pthread.h>

#include "cache.h"
#include "reply.h"

struct srv_exchange;

/* Connections that are suspended until a job is done. */
struct srv_waiting {
    pthread_mutex_t lock;
    struct srv_exchange *first;
};

struct srv_http {
    struct srv *srv;
    struct srv_front *front;
    struct MHD_Daemon *daemon;
    int listen_fd;    /* -1 once quiesced */
    bool old_library; /* before 0.9.77 */
    struct srv_waiting waiting;
};

enum srv_phase {
    SRV_PHASE_HEADER,  /* the target is known; the header has not been looked at */
    SRV_PHASE_ACCEPTED, /* the header is good; content, if any, is being dropped */
    SRV_PHASE_WAITING, /* suspended until the job of `reply` is done */
    SRV_PHASE_ANSWERED
};

/* One request after the other on one connection. */
struct srv_exchange {
    struct srv_http *http;
    struct MHD_Connection *connection;
    enum srv_phase phase;
    const char *target_there; /* where libmicrohttpd has the target: to see whether a NUL cut it short */
    char *target;             /* as it came; owned, reused */
    size_t target_len, target_cap;
    bool target_lost;     /* too long, or no memory: empty */
    unsigned seen;        /* enum srv_seen */
    uint64_t content_read;
    uint64_t started_ns;
    struct srv_reply *reply; /* owned, while waiting */
    bool head;

    const char *method; /* the library's, as long as the request */
    int status;
    size_t route;
    uint64_t length;       /* of the body that is sent */
    const char *cache_status;      /* for the log: static, or cache_status_copy; NULL if none */
    char cache_status_copy[96];
    struct srv_blob *held; /* what a prepared response is sending */

    /* http_wait.c: under waiting.lock */
    struct srv_waiter waiter;
    struct srv_exchange *next, *prev;
    bool suspended, client_left;
};

/* http_response.c: the response object for a reply. The body moves into it. head: no body will be sent. NULL: no memory. */
struct MHD_Response *srv_response_take(struct srv_reply *reply, bool head);

/* A response that may be queued many times, for bytes that outlive every use of it; and the 304 in its place. */
struct MHD_Response *srv_response_of_memory(const struct srv_reply *reply, const uint8_t *bytes, size_t n);
struct MHD_Response *srv_response_not_modified(const struct srv_reply *reply);

/* http_hot.c: once, before the first daemon. */
void srv_hot_init(void);
/* Prepare the answer that is about to be given, if it may be given again. */
void srv_hot_keep(struct srv_exchange *x, const struct srv_reply *reply);
/* Answer with what was prepared; false: nothing was. */
bool srv_hot_answer(struct srv_exchange *x, enum MHD_Result *result);

/* http_wait.c: suspend until x->reply's job is done; then the request handler is called again. */
void srv_wait_begin(struct srv_exchange *x);
/* After the resumption: true if the job is done, false if the wait was broken off. */
bool srv_wait_end(struct srv_exchange *x);
/* Break off all waits. */
void srv_wait_break(struct srv_http *http);

#endif
