/* see accept.h. Two faults of libmicrohttpd shape it (rows quiesce and limit of docs/LIBMICROHTTPD.md): the daemon
 * never has the listening socket, and never reaches its own limit of connections. */
#include "net/accept.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/socket.h"
#include "base/thread.h"
#include "config.h"
#include "net/net_private.h"
#include "server.h"

#define FULL_MS 10 /* how often to look whether there is room again */

/* Until descriptors or memory may be there again. */
static void pause_briefly(void)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&tick, NULL);
}

/* Forget fd. False: it is not pending. */
REQUIRES(accept_lock) static bool forget_locked(struct srv_accept *accept, int fd)
{
    size_t i = 0;
    while (i < accept->n_handed_over && accept->handed_over[i] != fd)
        i++;
    if (i == accept->n_handed_over)
        return false;
    accept->handed_over[i] = accept->handed_over[--accept->n_handed_over];
    return true;
}

void srv_accept_begun(struct srv_http *http, int fd)
{
    accept_lock_take(&http->accept.lock);
    forget_locked(&http->accept, fd);
    accept_lock_give(&http->accept.lock);
}

void srv_accept_ended(struct srv_http *http)
{
    srv_metrics_connection(http->srv->metrics, -1);
}

/* If fd is still pending, the daemon has closed it: its connection has ended. */
REQUIRES(accept_lock) static void end_lost_locked(struct srv_http *http, int fd)
{
    if (forget_locked(&http->accept, fd))
        srv_accept_ended(http);
}

/* Find the connections that the library has closed without a call (row lost). */
REQUIRES(accept_lock) static void end_all_lost_locked(struct srv_http *http)
{
    for (size_t i = http->accept.n_handed_over; i-- > 0;) {
        struct stat file;
        const int fd = http->accept.handed_over[i];
        if (fstat(fd, &file) || !S_ISSOCK(file.st_mode))
            end_lost_locked(http, fd);
    }
}

static bool has_most(const struct srv_http *http)
{
    return srv_metrics_connections_now(http->srv->metrics) >= http->srv->config->max_connections;
}

static bool is_full(struct srv_http *http)
{
    if (!has_most(http))
        return false;
    accept_lock_take(&http->accept.lock);
    end_all_lost_locked(http);
    accept_lock_give(&http->accept.lock);
    return has_most(http);
}

/* Count before handing over, so that /metrics sees every connection accepted before its own. The library closes a
 * connection that it cannot take. */
static void hand_over(struct srv_http *http, int fd, const struct sockaddr *address, socklen_t len)
{
    struct srv_accept *accept = &http->accept;
    accept_lock_take(&accept->lock);
    end_lost_locked(http, fd); /* an earlier connection of the same number */
    srv_metrics_connection(http->srv->metrics, 1);
    const unsigned now = srv_metrics_connections_now(http->srv->metrics);
    if (now > atomic_load(&http->crowd))
        atomic_store(&http->crowd, now);
    accept->handed_over[accept->n_handed_over++] = fd;
    if (MHD_add_connection(http->daemon, fd, address, len) != MHD_YES)
        end_lost_locked(http, fd);
    accept_lock_give(&accept->lock);
}

/* False: none is waiting, or none can be taken. */
static bool accept_one(struct srv_http *http, int listen_fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    struct sockaddr *any = (struct sockaddr *)(void *)&address;
    int fd = accept4(listen_fd, any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        hand_over(http, fd, any, len);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        pause_briefly();
    return fd >= 0;
}

static void *accept_all(void *arg)
{
    struct srv_http *http = arg;
    const int *fd = http->accept.listener.fd;
    struct pollfd polls[SRV_LISTENERS + 1] = {[SRV_LISTENERS] = {.fd = http->accept.stop_fd, .events = POLLIN}};
    do {
        const bool full = is_full(http);
        for (size_t i = 0; i < SRV_LISTENERS; i++)
            polls[i] = (struct pollfd){.fd = full ? -1 : fd[i], .events = POLLIN};
        int ready = poll(polls, SRV_LISTENERS + 1, full ? FULL_MS : -1);
        for (size_t i = 0; ready > 0 && i < SRV_LISTENERS; i++)
            if (polls[i].revents && !is_full(http))
                accept_one(http, fd[i]);
    } while (!polls[SRV_LISTENERS].revents);
    /* The clients in the backlog believe that they are connected. */
    for (size_t k = 0; k < SRV_LISTENERS; k++)
        for (int i = 0; fd[k] >= 0 && i < SRV_BACKLOG && !is_full(http) && accept_one(http, fd[k]); i++)
            ;
    srv_listen_close(&http->accept.listener); /* on this thread: the sooner, the fewer clients come in between */
    return NULL;
}

UNCHECKED bool srv_accept_start(struct srv_http *http, const struct srv_listener *listener)
{
    struct srv_accept *accept = &http->accept;
    accept->listener = *listener;
    accept->stop_fd = eventfd(0, EFD_CLOEXEC);
    accept->handed_over = calloc(http->srv->config->max_connections, sizeof *accept->handed_over);
    if (accept->stop_fd >= 0 && accept->handed_over && srv_thread_start(&accept->thread, "accept", accept_all, http))
        return true;
    if (accept->stop_fd >= 0)
        close(accept->stop_fd);
    accept->stop_fd = -1;
    return false;
}

void srv_accept_stop(struct srv_http *http)
{
    if (http->accept.stop_fd < 0)
        return;
    eventfd_write(http->accept.stop_fd, 1);
    pthread_join(http->accept.thread, NULL);
    close(http->accept.stop_fd);
    http->accept.stop_fd = -1;
}

UNCHECKED void srv_accept_free(struct srv_http *http)
{
    free(http->accept.handed_over);
}
