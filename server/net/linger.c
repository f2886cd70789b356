/* see linger.h */
#include "net/linger.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define LINGER_NS 2000000000u
#define READS 64 /* per socket and scan */

void srv_linger_add(struct srv_linger *linger, int fd)
{
    shutdown(fd, SHUT_WR);
    linger_lock_take(&linger->lock);
    const bool fits = linger->n < SRV_LINGER_MAX;
    if (fits)
        linger->sockets[linger->n++] = (struct srv_lingering){fd, srv_now_ns() + LINGER_NS};
    linger_lock_give(&linger->lock);
    if (!fits)
        close(fd);
}

/* Drop what has come. False: nothing more will come. */
static bool drain(int fd)
{
    char dropped[16 * 1024];
    for (int i = 0; i < READS; i++) {
        const ssize_t got = recvfrom(fd, dropped, sizeof dropped, MSG_DONTWAIT, NULL, NULL);
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return true;
}

void srv_linger_scan(struct srv_linger *linger)
{
    const uint64_t now = srv_now_ns();
    linger_lock_take(&linger->lock);
    for (size_t i = linger->n; i-- > 0;) {
        const struct srv_lingering socket = linger->sockets[i];
        if (drain(socket.fd) && now < socket.until_ns)
            continue;
        close(socket.fd);
        linger->sockets[i] = linger->sockets[--linger->n];
    }
    linger_lock_give(&linger->lock);
}

void srv_linger_close(struct srv_linger *linger)
{
    linger_lock_take(&linger->lock);
    while (linger->n)
        close(linger->sockets[--linger->n].fd);
    linger_lock_give(&linger->lock);
}
