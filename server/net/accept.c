/* Connections come in here, on a thread of its own, and go to the daemon of the moment. See net_private.h.
 *
 * Two faults of libmicrohttpd 0.9.75 are kept away from. No daemon has the listening socket: MHD_quiesce_daemon and the
 * daemon's own thread would both take it out of the epoll set, and end the process when they do so at the same time. And
 * no daemon reaches its limit of connections: it then leaves a lock locked. What is open is counted here, with what the
 * library has not begun with yet; while that is as much as may be, others wait to be accepted. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "net/net_private.h"
#include "base/socket.h"
#include "server.h"

#define FULL_MS 10 /* how often to look whether there is room again */

/* Until descriptors or memory may be there again. */
static void pause_briefly(void)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&tick, NULL);
}

/* Under the lock: a connection is not coming any more. False: none was with that descriptor. */
static bool strike(struct srv_accept *accept, int fd, unsigned *generation)
{
    size_t i = 0;
    while (i < accept->n_coming && accept->coming[i].fd != fd)
        i++;
    if (i == accept->n_coming)
        return false;
    *generation = accept->coming[i].generation;
    accept->coming[i] = accept->coming[--accept->n_coming];
    return true;
}

unsigned srv_accept_come(struct srv_http *http, int fd)
{
    unsigned generation = atomic_load(&http->generation);
    pthread_mutex_lock(&http->accept.lock);
    strike(&http->accept, fd, &generation);
    pthread_mutex_unlock(&http->accept.lock);
    return generation;
}

void srv_accept_gone(struct srv_http *http)
{
    srv_metrics_connection(http->srv->metrics, -1);
}

/* Under the lock: strike one that never came, if there is such a one. */
static void strike_lost(struct srv_http *http, int fd)
{
    unsigned generation;
    if (strike(&http->accept, fd, &generation))
        srv_accept_gone(http);
}

/* Under the lock: strike those that the library has closed without a word, for want of memory. */
static void strike_the_lost(struct srv_http *http)
{
    for (size_t i = http->accept.n_coming; i-- > 0;) {
        struct stat file;
        const int fd = http->accept.coming[i].fd;
        if (fstat(fd, &file) || !S_ISSOCK(file.st_mode))
            strike_lost(http, fd);
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
    pthread_mutex_lock(&http->accept.lock);
    strike_the_lost(http);
    pthread_mutex_unlock(&http->accept.lock);
    return has_most(http);
}

/* Counted from here on: whoever asks how many there are on a connection of its own finds those that came before. The library
 * closes what it cannot take. */
static void hand_over(struct srv_http *http, int fd, const struct sockaddr *address, socklen_t len)
{
    struct srv_accept *accept = &http->accept;
    pthread_mutex_lock(&accept->lock);
    strike_lost(http, fd); /* who had the number before */
    srv_metrics_connection(http->srv->metrics, 1);
    accept->coming[accept->n_coming++] = (struct srv_coming){fd, atomic_load(&http->generation)};
    if (MHD_add_connection(http->daemon, fd, address, len) != MHD_YES)
        strike_lost(http, fd);
    pthread_mutex_unlock(&accept->lock);
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
    http->accept.coming = calloc(http->srv->config->max_connections, sizeof *http->accept.coming);
    if (http->accept.end_fd >= 0 && http->accept.coming &&
        pthread_create(&http->accept.thread, NULL, accept_all, http) == 0)
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

void srv_accept_free(struct srv_http *http)
{
    free(http->accept.coming);
}
