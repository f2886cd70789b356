/* linger.h - sockets that are done with, but whose clients may still be sending.
 *
 * The answer is sent. Closing the socket while bytes come in would reset the connection, and the kernel of the
 * client might throw the answer away before the client has read it. So what comes is read and dropped for a moment
 * (RFC 9112 section 9.6).
 *
 * Threads: add is called by the daemon's threads, scan and close by the main thread. */
#ifndef SRV_NET_LINGER_H
#define SRV_NET_LINGER_H

#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

#define SRV_LINGER_MAX 256

DECLARE_LOCK(linger_lock);

struct srv_linger {
    pthread_mutex_t lock;
    size_t n GUARDED_BY(linger_lock);
    struct srv_lingering {
        int fd;
        uint64_t until_ns;
    } sockets[SRV_LINGER_MAX] GUARDED_BY(linger_lock);
};

/* Shut the sending side of a socket. The descriptor, which is about to be its last, is taken. When there are too
 * many, it is closed at once. */
void srv_linger_add(struct srv_linger *linger, int fd);
/* To be called several times a second: close those whose clients have closed, and those whose time is over. */
void srv_linger_scan(struct srv_linger *linger);
/* Close all. */
void srv_linger_close(struct srv_linger *linger);

#endif
