/* timeout.h - shut down connections that take too long.
 *
 * A request must be there within --timeout of its first line, and a first line within --timeout of the connection's
 * last answer. An answer must be taken at SLOWEST bytes a second or more, measured by what the client has
 * acknowledged. A connection that waits for a job has all the time in the world.
 *
 * Threads: add and remove are called by the daemon's threads, scan by the main thread. */
#ifndef SRV_NET_TIMEOUT_H
#define SRV_NET_TIMEOUT_H

#include <stdint.h>
#include <sys/queue.h>

#include "base/lock.h"

struct srv_http;
struct srv_connection;

DECLARE_LOCK(timeout_lock);

/* All open connections. */
struct srv_timeout {
    pthread_mutex_t lock;
    LIST_HEAD(, srv_connection) connections GUARDED_BY(timeout_lock);
};

/* The part of a connection that belongs to its timeout. */
struct srv_progress {
    LIST_ENTRY(srv_connection) link GUARDED_BY(timeout_lock);
    uint64_t measured_ns GUARDED_BY(timeout_lock); /* when the client's progress was measured last */
    uint64_t acked GUARDED_BY(timeout_lock);       /* bytes that the client had acknowledged by then */
};

void srv_timeout_add(struct srv_connection *c);
void srv_timeout_remove(struct srv_connection *c);
/* Look at all connections. To be called several times a second. */
void srv_timeout_scan(struct srv_http *http);

#endif
