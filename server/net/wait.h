/* wait.h - connections that are suspended: until a job is done, or until their client sends something.
 *
 * A suspended connection takes no thread. It is resumed when what it waits for has happened, when its client has
 * gone, or when the server stops; after a job srv_wait_end tells which. libmicrohttpd then calls the request handler
 * again, or the reader of the body.
 *
 * Threads: a connection begins and ends its waits on its daemon's thread; any thread may finish a job; scan and stop
 * are the main thread's. */
#ifndef SRV_NET_WAIT_H
#define SRV_NET_WAIT_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/lock.h"
#include "cache/job.h"

struct srv_http;
struct srv_connection;

DECLARE_LOCK(wait_lock);

/* All suspended connections. */
struct srv_wait {
    pthread_mutex_t lock;
    LIST_HEAD(, srv_connection) suspended GUARDED_BY(wait_lock);
    bool stopping GUARDED_BY(wait_lock);   /* no wait may begin */
    unsigned unsent GUARDED_BY(wait_lock); /* requests whose wait was broken off, and which are not answered yet */
    /* Waits for input, with TLS only. */
    pthread_t thread;
    int input_fd; /* the epoll set of the connections; -1: there are no such waits */
    int stop_fd;  /* readable: the thread shall end */
};

/* Why a connection is suspended, or why it was resumed. */
enum srv_wait_state {
    SRV_WAIT_NONE,
    SRV_WAIT_JOB,
    SRV_WAIT_INPUT,
    SRV_WAIT_DONE,
    SRV_WAIT_CLIENT_CLOSED,
    SRV_WAIT_BROKEN /* the server stops, and the job is not done */
};

/* The part of a connection that belongs to its waits. */
struct srv_waiting {
    enum srv_wait_state state GUARDED_BY(wait_lock);
    LIST_ENTRY(srv_connection) link GUARDED_BY(wait_lock);
    bool half_closed GUARDED_BY(wait_lock); /* the client has closed its sending side, as far as is known */
    struct srv_job *job;                    /* borrowed; NULL: the connection waits for no job */
    struct srv_waiter waiter;
};

/* for_input: are there waits for input? They take a thread of their own. False: no memory, or no thread. */
bool srv_wait_open(struct srv_http *http, bool for_input);
/* After the last connection has ended. */
void srv_wait_close(struct srv_http *http);

/* Suspend a connection until the job is done. The job must live until srv_wait_end. False: the server is about to
 * stop; the connection is not suspended. */
bool srv_wait_for_job(struct srv_connection *c, struct srv_job *job);
/* After the connection was resumed, or has ended: DONE, CLIENT_CLOSED or BROKEN; NONE if it had not waited for a
 * job. */
enum srv_wait_state srv_wait_end(struct srv_connection *c);

/* Suspend a connection until there is something to read, or until it has ended. */
void srv_wait_for_input(struct srv_connection *c);

/* Resume the connections whose client has gone: it has reset the connection, or closed it and answers the kernel no
 * more. A client that has closed its sending side still waits for its answer (RFC 9112 section 9.6). */
void srv_wait_scan(struct srv_http *http);
/* Break off all waits, let none begin, and wait a moment until the requests that waited are answered. */
void srv_wait_stop(struct srv_http *http);
/* A request with exchange.unsent is answered, or will not be. */
void srv_wait_sent(struct srv_http *http);

#endif
