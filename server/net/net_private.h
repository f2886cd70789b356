/* net_private.h - what the files of net/ share: the server side of libmicrohttpd, a connection, the exchange on it.
 *
 * A connection lives as long as its socket. It has one exchange, a request with its answer, which is reset when the
 * next request begins. Fields belong to the daemon's thread that serves the connection, but where something else is
 * said.
 *
 * docs/LIBMICROHTTPD.md lists the faults of the library that this code works around; comments name the row. */
#ifndef SRV_NET_NET_PRIVATE_H
#define SRV_NET_NET_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "cache/cache.h"
#include "http/guard.h"
#include "http/message.h"
#include "net/accept.h"
#include "net/linger.h"
#include "net/input.h"
#include "net/timeout.h"
#include "net/tls.h"
#include "net/wait.h"

/* Memory of the library per connection: --header-bytes and so much more, for its request and the answer's header.
 * The library zeroes all of it for every request. */
#define SRV_BESIDE_HEADER_BYTES 4096

struct srv_http {
    struct srv_server *srv;
    struct MHD_Daemon *daemon;
    struct srv_target_table *targets; /* prepared.c */
    unsigned threads;
    bool any_host;             /* a request for any host is answered */
    unsigned connections_seen; /* the main thread's */
    atomic_uint crowd;         /* the most connections since memory was given back */
    struct srv_accept accept;
    struct srv_wait wait;
    struct srv_timeout timeout;
    struct srv_tls tls;
    struct srv_linger linger;
};

/* What a connection is doing. */
enum srv_state {
    SRV_IDLE,    /* no request has begun */
    SRV_READING, /* the first line is there */
    SRV_WAITING, /* suspended until a job is done */
    SRV_SENDING  /* the answer is queued */
};

/* A request and its answer. Zero but for the first two fields when the first line is there. */
struct srv_exchange {
    uint64_t started_ns; /* 0: the connection has had no request yet */
    size_t route;        /* SRV_ROUTE_NONE: of no resource */

    /* Of the request, in the connection's input, valid as long as the exchange: */
    const char *method, *target; /* "-" and "": there are none */
    size_t target_len;
    unsigned seen;                       /* request fields that matter and are present (guard.h) */
    const char *fields[SRV_FIELD_COUNT]; /* or in `joined` */
    struct srv_joined *joined;           /* owned: values of repeated fields */
    uint64_t content_read, content_max;  /* max: of what a resource reads; 0: none does, and all is dropped */
    uint8_t *content;                    /* owned: what is kept, as charged to the server's budget */
    size_t content_cap;
    bool content_lost; /* there was no memory for it */
    bool is_judged;    /* the library has called once */
    bool is_short;     /* answered before its content has come, and for another reason than the content's */

    struct srv_reply *reply; /* owned, while its jobs are waited for */
    bool unsent;             /* counted in srv_wait.unsent */

    int status;               /* 0: not answered */
    uint64_t length;          /* of the body that is sent */
    const char *cache_status; /* for the log: static; NULL: none */
    struct srv_blob *held;    /* reference: the body that a prepared response sends */
};

struct srv_connection {
    struct srv_http *http;
    struct MHD_Connection *mhd;
    int fd;
    uint32_t ticket;                     /* of ops/limit.h */
    struct srv_certificate *certificate; /* reference; NULL: no TLS */

    _Atomic enum srv_state state; /* set by srv_state_set, read by any thread */
    _Atomic uint64_t since_ns;    /* when the state was set */
    struct srv_waiting waiting;
    struct srv_progress progress;
    struct srv_input input; /* input.c */

    struct srv_exchange exchange;
};

/* The time is written first: a reader who takes the state before the time never finds a new state as old as the
 * last. */
static inline void srv_state_set(struct srv_connection *c, enum srv_state state, uint64_t now_ns)
{
    atomic_store_explicit(&c->since_ns, now_ns, memory_order_relaxed);
    atomic_store_explicit(&c->state, state, memory_order_release);
}

static inline enum srv_state srv_state(const struct srv_connection *c)
{
    return atomic_load_explicit(&c->state, memory_order_acquire);
}

/* ---- connection.c: the calls of libmicrohttpd ------------------------------------------------------------------- */

/* MHD_OPTION_NOTIFY_CONNECTION; cls is the srv_http. */
void srv_connection_notify(void *cls, struct MHD_Connection *mhd, void **context,
                           enum MHD_ConnectionNotificationCode code);
/* A request begins: its first byte is there. */
void srv_exchange_begin(struct srv_connection *c);
/* MHD_OPTION_URI_LOG_CALLBACK: the first line of the library's request. */
void *srv_connection_target(void *cls, const char *target, struct MHD_Connection *mhd);
/* MHD_AccessHandlerCallback. */
enum MHD_Result srv_connection_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                       const char *version, const char *content, size_t *content_bytes, void **context);
/* MHD_OPTION_NOTIFY_COMPLETED. */
void srv_connection_completed(void *cls, struct MHD_Connection *mhd, void **context,
                              enum MHD_RequestTerminationCode code);

/* ---- calls.c: the system calls of libmicrohttpd ------------------------------------------------------------------- */

/* From now on the library reads this connection's socket through input.h. False: no memory, or too large a
 * descriptor. */
bool srv_calls_add(struct srv_connection *c);
void srv_calls_remove(struct srv_connection *c);

/* ---- one step of a request each, in order (answer.c) ------------------------------------------------------------ */

/* fields.c: keep the fields of a request; the values of a repeated field are joined with ", ". A field that there is
 * no memory to join has its first value only. */
void srv_fields_keep(struct srv_connection *c, const struct srv_parse *parsed);
void srv_fields_free(struct srv_exchange *x);
/* The request as handlers see it; valid as long as the exchange. */
struct srv_request srv_fields_request(const struct srv_connection *c);

/* answer.c: answer, or suspend the connection until the answer's jobs are done. */
enum MHD_Result srv_answer(struct srv_connection *c);
/* The same after the connection was resumed. */
enum MHD_Result srv_answer_resumed(struct srv_connection *c);
/* Refuse with a problem, and close the connection. */
enum MHD_Result srv_answer_refuse(struct srv_connection *c, const char *slug, const char *detail);

/* content.c: a piece of content, kept if exchange.content_max says so; give it up. */
void srv_content_take(struct srv_connection *c, const char *piece, size_t n);
void srv_content_free(struct srv_connection *c);

/* admit.c: rate limit and token. False: *reply is the refusal. */
bool srv_admit(struct srv_connection *c, const struct srv_request *req, struct srv_reply *reply);

/* Would the token do? Asked before content is read and charged to the budget: whoever has none holds no memory. */
bool srv_admit_content(const struct srv_connection *c);

/* prepared.c: the table of targets, to be made before the daemon. NULL: no memory. */
struct srv_target_table *srv_prepared_open(void);
/* Prepare the answer that is about to be given (its reply is complete), if it may be given again. */
void srv_prepared_keep(struct srv_connection *c, const struct srv_reply *reply);
/* Send a prepared answer. False: there is none. */
bool srv_prepared_answer(struct srv_connection *c, enum MHD_Result *result);

/* response.c: the response object of a reply, to be queued once, on this connection. The body moves into it; a body
 * that must wait for a job between its pieces suspends the connection. NULL: no memory. */
struct MHD_Response *srv_response_take(struct srv_connection *c, struct srv_reply *reply);
/* A response that may be queued many times, for bytes that outlive every use of it. NULL: no memory. */
struct MHD_Response *srv_response_of_memory(const struct srv_reply *reply, const uint8_t *bytes, size_t n);
/* The memory of such a response. */
size_t srv_response_bytes(const struct srv_reply *reply);
/* The 304 in its place. NULL: no memory. */
struct MHD_Response *srv_response_not_modified(const struct srv_reply *reply);

#endif
