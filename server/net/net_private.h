/* net_private.h - what daemon.c, response.c and wait.c share. Not for other files. */
#ifndef SRV_NET_NET_PRIVATE_H
#define SRV_NET_NET_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "cache/cache.h"
#include "base/clock.h"
#include "http/guard.h"
#include "http/message.h"

struct srv_exchange;

/* Connections that are suspended, until a job is done or something can be read. */
struct srv_waiting {
    pthread_mutex_t lock;
    struct srv_exchange *first;
    bool over;     /* nobody may begin to wait */
    unsigned owed; /* answers that say so, and are not sent yet */

    /* tls.c */
    pthread_t thread;
    int epoll_fd; /* of those that wait for something to read; -1 without TLS */
    int end_fd;   /* readable: the thread shall end */
};

/* All open connections. */
struct srv_timeout {
    pthread_mutex_t lock;
    struct srv_exchange *first;
    uint64_t next_ns; /* when to look for the left over again */
};

/* A connection on its way to a daemon. */
struct srv_coming {
    int fd;
    unsigned generation; /* of that daemon */
};

/* New connections. */
struct srv_accept {
    pthread_mutex_t lock;
    pthread_t thread;
    int listen_fd;             /* -1: none are taken */
    int end_fd;                /* readable: the thread shall end */
    struct srv_coming *coming; /* handed over, and not begun with yet; under the lock */
    size_t n_coming;
};

#define SRV_OLD_MAX 4
#define SRV_BESIDE_HEADER_BYTES \
    4096 /* the library's memory per connection beside the request header: its table of fields
                                        and parameters, the answer's header. It zeroes all of it for every request. */

struct srv_http {
    struct srv_server *srv;
    struct srv_target_table *front;
    struct MHD_Daemon *daemon;           /* for new connections; changes under accept.lock */
    struct MHD_Daemon *old[SRV_OLD_MAX]; /* of certificates that were replaced: they take no more connections */
    uint64_t old_since_ns[SRV_OLD_MAX];
    atomic_uint generation; /* of the daemon, changes with it; connections of an older one end after their answer */
    unsigned threads;
    char *cert, *key; /* PEM, NULL without TLS; the daemons read them once */
    bool old_library; /* before 1.0 */
    struct srv_accept accept;
    struct srv_waiting waiting;
    struct srv_timeout watch;
};

/* What a connection is about, for timeout.c. */
enum srv_stage { SRV_STAGE_IDLE, SRV_STAGE_READING, SRV_STAGE_WAITING, SRV_STAGE_SENDING };

enum srv_phase {
    SRV_PHASE_HEADER,   /* the target is known; the header has not been looked at */
    SRV_PHASE_ACCEPTED, /* the header is good; content, if any, is being dropped */
    SRV_PHASE_WAITING,  /* suspended until the job of `reply` is done */
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
    unsigned seen;        /* request fields that matter and are present (guard.h) */
    size_t header_memory; /* of the library's, that the header takes */
    const char
        *fields[SRV_FIELD_COUNT]; /* of the request: the library's, or in `joined`; valid as long as the request */
    struct srv_joined *joined;    /* owned: values of repeated fields */
    bool begun;                   /* counted as in flight */
    uint64_t content_read;
    uint64_t started_ns;
    struct srv_reply *reply; /* owned, while waiting */
    struct srv_job *job;     /* of the reply, that is waited for */

    const char *method; /* the library's, as long as the request */
    int status;
    size_t route;
    uint64_t length;          /* of the body that is sent */
    const char *cache_status; /* for the log: static; NULL if none */
    struct srv_blob *held;    /* what a prepared response is sending */

    /* wait.c: under waiting.lock */
    struct srv_waiter waiter;
    struct srv_exchange *next, *prev;
    bool suspended, client_left, owed;
    bool for_input; /* in waiting.epoll_fd */

    bool asked; /* there was a request */

    /* timeout.c: links and measurements under watch.lock */
    _Atomic enum srv_stage stage;
    _Atomic uint64_t since_ns; /* of the stage */
    int fd;
    uint64_t looked_ns, taken;
    struct srv_exchange *watched_next, *watched_prev;

    unsigned generation;
    uint32_t ticket; /* of limit.h */
};

/* fields.c: keep the request fields that the guard has seen; the values of a repeated field are joined with ", ". A field that
 * there is no memory to join has its first value only. */
void srv_fields_keep(struct srv_exchange *x, const struct srv_guard *guard);
void srv_fields_free(struct srv_exchange *x);
/* The request of an exchange, as handlers see it; valid as long as the request. */
struct srv_request srv_fields_request(const struct srv_exchange *x);

/* http/negotiate.c: take connections from a listening socket, which is taken if this succeeds; false: no memory. */
bool srv_accept_begin(struct srv_http *http, int listen_fd);
/* After the last connection. */
void srv_accept_free(struct srv_http *http);
/* Take no more, close the socket. Again: nothing happens. */
void srv_accept_end(struct srv_http *http);
/* A connection that was handed over is there, or has ended. Returns the generation of the daemon that has it. */
unsigned srv_accept_come(struct srv_http *http, int fd);
void srv_accept_gone(struct srv_http *http);

/* inspect.c: refuse what is doubtful, on the library's first call. */
enum MHD_Result srv_inspect(struct srv_exchange *x, const char *version);
/* Is the library in use one before 1.0? */
bool srv_inspect_old_library(void);

/* answer.c */
enum MHD_Result srv_answer(struct srv_exchange *x);
enum MHD_Result srv_answer_resumed(struct srv_exchange *x);
/* Refuse with a problem, and close the connection. */
enum MHD_Result srv_answer_refuse(struct srv_exchange *x, const char *slug, const char *detail);

/* admit.c: false: *reply says why not. */
bool srv_admit(struct srv_exchange *x, const struct srv_request *req, struct srv_reply *reply);

/* tls.c: let no handshake keep a thread busy, and lose nothing that came with a new key. With TLS that takes a
 * thread of its own; false: no memory. At the end no connection may be waiting any more. */
bool srv_tls_begin(struct srv_http *http);
void srv_tls_end(struct srv_http *http);
/* To be called for every new connection. */
void srv_tls_watch(struct srv_exchange *x);

/* timeout.c */
void srv_timeout_add(struct srv_exchange *x);
void srv_timeout_remove(struct srv_exchange *x);
void srv_timeout_look(struct srv_http *http);
static inline void srv_timeout_stage(struct srv_exchange *x, enum srv_stage stage, uint64_t now_ns)
{
    atomic_store_explicit(&x->since_ns, now_ns, memory_order_relaxed);
    atomic_store_explicit(&x->stage, stage, memory_order_release);
}

/* response.c: the response object for a reply. The body moves into it. NULL: no memory. */
struct MHD_Response *srv_response_take(struct srv_reply *reply);

/* A response that may be queued many times, for bytes that outlive every use of it; and the 304 in its place. */
struct MHD_Response *srv_response_of_memory(const struct srv_reply *reply, const uint8_t *bytes, size_t n);
struct MHD_Response *srv_response_not_modified(const struct srv_reply *reply);

/* prepared.c: the table of targets, before the first daemon. NULL: no memory. */
struct srv_target_table *srv_prepared_open(void);
/* Prepare the answer that is about to be given (its reply is complete), if it may be given again. */
void srv_prepared_keep(struct srv_exchange *x, const struct srv_reply *reply);
/* Answer with what was prepared; false: nothing was. */
bool srv_prepared_answer(struct srv_exchange *x, enum MHD_Result *result);

/* wait.c: suspend until x->reply's job is done; then the request handler is called again. False: not any more, the server
 * is about to stop. */
bool srv_wait_begin(struct srv_exchange *x);
/* Suspend a connection until there is something to read, or it has ended. */
void srv_wait_for_input(struct srv_exchange *x);
/* Resume those that have something to read. */
void srv_wait_wake(struct srv_http *http);
/* After the resumption: true if the job is done, false if the wait was broken off. */
bool srv_wait_end(struct srv_exchange *x);
/* Let go those whose clients have left. */
void srv_wait_look(struct srv_http *http);
/* The request has been answered, or will not be. */
void srv_wait_settle(struct srv_exchange *x);
/* Break off all waits, let none begin, and give the answers a moment to be sent. */
void srv_wait_break(struct srv_http *http);

#endif
