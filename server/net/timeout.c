/* Connections that take too long. See net_private.h.
 *
 * A request must be there within `timeout` of its first line, and a first line within `timeout` of the connection's being
 * idle; an answer must be taken at SLOWEST bytes a second or more, measured by what the client has acknowledged. Such a
 * connection is shut down; the library then sees it end. The library's own timeout is not used: it counts from the last
 * time it could write, and with the large send buffers of today that is long ago for a client that reads all the time. */
#include <linux/tcp.h> /* the whole of tcp_info; glibc has less */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "config.h"
#include "net/daemon.h"
#include "net/net_private.h"
#include "ops/counters.h"
#include "server.h"

#define SLOWEST 1024
#define POLLED 64                /* per call of poll: bounds the stack */
#define LEFT_OVER_NS 1000000000u /* how old a connection is that may be one, and how often they are looked for */

void srv_timeout_add(struct srv_exchange *x)
{
    struct srv_timeout *watch = &x->http->watch;
    pthread_mutex_lock(&watch->lock);
    x->watched_prev = NULL;
    x->watched_next = watch->first;
    if (x->watched_next)
        x->watched_next->watched_prev = x;
    watch->first = x;
    pthread_mutex_unlock(&watch->lock);
}

void srv_timeout_remove(struct srv_exchange *x)
{
    struct srv_timeout *watch = &x->http->watch;
    pthread_mutex_lock(&watch->lock);
    if (x->watched_prev)
        x->watched_prev->watched_next = x->watched_next;
    else
        watch->first = x->watched_next;
    if (x->watched_next)
        x->watched_next->watched_prev = x->watched_prev;
    pthread_mutex_unlock(&watch->lock);
}

static uint64_t bytes_taken(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ? 0 : info.tcpi_bytes_acked;
}

/* Does the kernel hold bytes that the client has not taken? */
static bool has_unsent(int fd)
{
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

/* Has the client taken less in the last period than it must? Looks once per period. */
static bool takes_too_slowly(struct srv_exchange *x, uint64_t now, uint64_t since, uint64_t period)
{
    if (x->looked_ns < since) {
        x->looked_ns = now;
        x->taken = bytes_taken(x->fd);
        return false;
    }
    if (now - x->looked_ns < period)
        return false;
    uint64_t taken = bytes_taken(x->fd), least = SLOWEST * (period / 1000000000u);
    bool slow = taken - x->taken < least && has_unsent(x->fd); /* else it is the server that is slow */
    x->looked_ns = now;
    x->taken = taken;
    return slow;
}

/* The stage, and since when it or a later one has lasted; in this order, lest a new stage be taken for as old as the last
 * one. */
static enum srv_stage stage_of(const struct srv_exchange *x, uint64_t *since)
{
    enum srv_stage stage = atomic_load_explicit(&x->stage, memory_order_acquire);
    *since = atomic_load_explicit(&x->since_ns, memory_order_relaxed);
    return stage;
}

static bool is_late(struct srv_exchange *x, uint64_t now, uint64_t period)
{
    uint64_t since;
    enum srv_stage stage = stage_of(x, &since);
    uint64_t age = now > since ? now - since : 0;
    switch (stage) {
    case SRV_STAGE_IDLE:
    case SRV_STAGE_READING:
        return age > period;
    case SRV_STAGE_SENDING:
        return takes_too_slowly(x, now, since, period);
    default:
        return false;
    }
}

/* Has the client closed, and nothing come of it for a while? libmicrohttpd 0.9.75 takes a read that fills less than its
 * buffer for the last of its epoll event; an end that came with the same event is then never seen. */
static bool is_left_over(const struct srv_exchange *x, uint64_t now)
{
    uint64_t since;
    enum srv_stage stage = stage_of(x, &since);
    return (stage == SRV_STAGE_IDLE || stage == SRV_STAGE_READING) && now > since + LEFT_OVER_NS;
}

/* Make the library read the end of those of up to POLLED connections whose clients have closed, from first on; returns
 * where to go on. Under the lock. Only the side that is read is shut, which is an edge for epoll: what came before the
 * end, and a busy server has not come to, is still read and answered. */
static struct srv_exchange *end_the_left_over(struct srv_exchange *first, uint64_t now)
{
    struct pollfd polls[POLLED];
    struct srv_exchange *x = first;
    nfds_t n = 0;
    for (; x && n < POLLED; x = x->watched_next)
        if (is_left_over(x, now))
            polls[n++] = (struct pollfd){.fd = x->fd, .events = POLLRDHUP};
    if (n == 0 || poll(polls, n, 0) <= 0)
        return x;
    for (nfds_t i = 0; i < n; i++)
        if (polls[i].revents & (POLLRDHUP | POLLHUP | POLLERR))
            shutdown(polls[i].fd, SHUT_RD);
    return x;
}

static void look_for_the_left_over(struct srv_http *http, uint64_t now)
{
    if (now < http->watch.next_ns)
        return;
    http->watch.next_ns = now + LEFT_OVER_NS;
    pthread_mutex_lock(&http->watch.lock);
    for (struct srv_exchange *x = http->watch.first; x;)
        x = end_the_left_over(x, now);
    pthread_mutex_unlock(&http->watch.lock);
}

void srv_timeout_look(struct srv_http *http)
{
    const uint64_t period = http->srv->config->timeout * 1000000u, now = srv_now_ns();
    const struct linger at_once = {.l_onoff = 1}; /* what is queued for such a client must not linger in the kernel */
    look_for_the_left_over(http, now);
    if (!period)
        return;
    pthread_mutex_lock(&http->watch.lock);
    for (struct srv_exchange *x = http->watch.first; x; x = x->watched_next) {
        if (!is_late(x, now, period))
            continue;
        setsockopt(x->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        shutdown(x->fd, SHUT_RDWR);
        srv_metrics_timeout(http->srv->metrics);
        atomic_store_explicit(&x->stage, SRV_STAGE_WAITING, memory_order_relaxed); /* not again */
    }
    pthread_mutex_unlock(&http->watch.lock);
}
