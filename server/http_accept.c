/* Connections come in here, on a thread of its own, and go to the daemon of the moment. See http_mhd.h.
 *
 * Two faults of libmicrohttpd 0.9.75 are kept away from. No daemon has the listening socket: MHD_quiesce_daemon and the
 * daemon's own thread would both take it out of the epoll set, and end the process when they do so at the same time. And
 * no daemon reaches its limit of connections: it then leaves a lock locked. What is open is counted here; while it is
 * as much as may be, others wait to be accepted. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "http_mhd.h"
#include "listen.h"
#include "srv.h"

#define FULL_MS 10 /* how often to look whether there is room again */

/* Until descriptors or memory may be there again. */
static void pause_briefly(void)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&tick, NULL);
}

void srv_accept_gone(struct srv_http *http)
{
    srv_metrics_connection(http->srv->metrics, -1);
}

static bool is_full(const struct srv_http *http)
{
    return srv_metrics_connections_now(http->srv->metrics) >= http->srv->config->max_connections;
}

/* The library closes what it cannot take. */
static void hand_over(struct srv_http *http, int fd, const struct sockaddr *address, socklen_t len)
{
    srv_metrics_connection(http->srv->metrics, 1);
    pthread_mutex_lock(&http->accept.lock);
    enum MHD_Result taken = MHD_add_connection(http->daemon, fd, address, len);
    pthread_mutex_unlock(&http->accept.lock);
    if (taken != MHD_YES)
        srv_accept_gone(http);
}

/* False: none is waiting, or none can be taken. */
static bool accept_one(struct srv_http *http)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    struct sockaddr *any = (struct sockaddr *)(void *)&address;
    int fd = accept4(http->accept.listen_fd, any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        hand_over(http, fd, any, len);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        pause_briefly();
    return fd >= 0;
}

static void *accept_all(void *arg)
{
    struct srv_http *http = arg;
    struct pollfd polls[] = {{.events = POLLIN}, {.fd = http->accept.end_fd, .events = POLLIN}};
    do {
        bool full = is_full(http);
        polls[0].fd = full ? -1 : http->accept.listen_fd;
        if (poll(polls, 2, full ? FULL_MS : -1) > 0 && polls[0].revents)
            accept_one(http);
    } while (!polls[1].revents);
    for (int i = 0; i < SRV_BACKLOG && !is_full(http) && accept_one(http); i++) /* whose clients think they have it */
        ;
    close(http->accept.listen_fd); /* here: the sooner, the fewer come in between */
    return NULL;
}

bool srv_accept_begin(struct srv_http *http, int listen_fd)
{
    http->accept.listen_fd = listen_fd;
    http->accept.end_fd = eventfd(0, EFD_CLOEXEC);
    if (http->accept.end_fd >= 0 && pthread_create(&http->accept.thread, NULL, accept_all, http) == 0)
        return true;
    if (http->accept.end_fd >= 0)
        close(http->accept.end_fd);
    http->accept.listen_fd = -1;
    return false;
}

void srv_accept_end(struct srv_http *http)
{
    if (http->accept.listen_fd < 0)
        return;
    eventfd_write(http->accept.end_fd, 1);
    pthread_join(http->accept.thread, NULL);
    close(http->accept.end_fd);
    http->accept.listen_fd = -1;
}
