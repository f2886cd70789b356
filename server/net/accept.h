/* accept.h - accept connections on a thread of its own and hand them to libmicrohttpd.
 *
 * No more than --max-connections are open at once; further clients wait in the kernel's backlog.
 *
 * Threads: begun and ended are called by the daemon's threads, everything else by the main thread. */
#ifndef SRV_NET_ACCEPT_H
#define SRV_NET_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lock.h"
#include "base/socket.h"

struct srv_http;

DECLARE_LOCK(accept_lock);

struct srv_accept {
    pthread_mutex_t lock;
    pthread_t thread;
    struct srv_listener listener;
    int stop_fd;                              /* readable: the thread shall end; -1: it is not running */
    int *handed_over GUARDED_BY(accept_lock); /* descriptors that the daemon has not begun with yet */
    size_t n_handed_over GUARDED_BY(accept_lock);
};

/* Start to accept from listening sockets, which are taken if this succeeds. False: no memory, or no thread. */
bool srv_accept_start(struct srv_http *http, const struct srv_listener *listener);
/* Accept what has come in already, then no more; close the listening sockets. A second call does nothing. */
void srv_accept_stop(struct srv_http *http);
/* To be called after the last connection has ended. */
void srv_accept_free(struct srv_http *http);

/* The daemon has begun with a connection. */
void srv_accept_begun(struct srv_http *http, int fd);
/* A connection has ended. */
void srv_accept_ended(struct srv_http *http);

#endif
