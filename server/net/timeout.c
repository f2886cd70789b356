/* see timeout.h. A connection is shut down, then the library sees it end. Row progress: why not the library's own
 * timeout. */
#include "net/timeout.h"

#include <linux/tcp.h> /* the whole of tcp_info; glibc has less */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "config.h"
#include "net/net_private.h"
#include "ops/counters.h"
#include "server.h"

#define SLOWEST 1024 /* bytes a second */

void srv_timeout_add(struct srv_connection *c)
{
    struct srv_timeout *timeout = &c->http->timeout;
    timeout_lock_take(&timeout->lock);
    LIST_INSERT_HEAD(&timeout->connections, c, progress.link);
    timeout_lock_give(&timeout->lock);
}

void srv_timeout_remove(struct srv_connection *c)
{
    struct srv_timeout *timeout = &c->http->timeout;
    timeout_lock_take(&timeout->lock);
    LIST_REMOVE(c, progress.link);
    timeout_lock_give(&timeout->lock);
}

/* ---- late connections -------------------------------------------------------------------------------------------- */

static uint64_t bytes_acked(int fd)
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
REQUIRES(timeout_lock)
static bool takes_too_slowly_locked(struct srv_connection *c, uint64_t now, uint64_t since, uint64_t period)
{
    const struct srv_progress last = c->progress;
    if (last.measured_ns >= since && now - last.measured_ns < period)
        return false;
    const uint64_t acked = bytes_acked(c->fd), least = SLOWEST * (period / 1000000000u);
    c->progress.measured_ns = now;
    c->progress.acked = acked;
    if (last.measured_ns < since) /* of an earlier answer */
        return false;
    return acked - last.acked < least && has_unsent(c->fd); /* with nothing unsent it is the server that is slow */
}

/* How long the connection has been in its state, in ns. The state is read before its time: srv_state_set. */
static uint64_t age_of(const struct srv_connection *c, uint64_t now, enum srv_state *state, uint64_t *since)
{
    *state = srv_state(c);
    *since = atomic_load_explicit(&c->since_ns, memory_order_relaxed);
    return now > *since ? now - *since : 0;
}

REQUIRES(timeout_lock) static bool is_late_locked(struct srv_connection *c, uint64_t now, uint64_t period)
{
    enum srv_state state;
    uint64_t since, age = age_of(c, now, &state, &since);
    if (state == SRV_SENDING)
        return takes_too_slowly_locked(c, now, since, period);
    return state != SRV_WAITING && age > period;
}

static void close_late(struct srv_http *http, uint64_t now, uint64_t period)
{
    const struct linger at_once = {.l_onoff = 1}; /* the kernel drops the bytes that such a client has not taken */
    struct srv_connection *c;
    timeout_lock_take(&http->timeout.lock);
    LIST_FOREACH(c, &http->timeout.connections, progress.link)
    {
        if (!is_late_locked(c, now, period))
            continue;
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        shutdown(c->fd, SHUT_RDWR);
        srv_metrics_timeout(http->srv->metrics);
        atomic_store_explicit(&c->since_ns, UINT64_MAX, memory_order_relaxed); /* do not come back to it */
    }
    timeout_lock_give(&http->timeout.lock);
}

void srv_timeout_scan(struct srv_http *http)
{
    const uint64_t period = http->srv->config->timeout * 1000000u, now = srv_now_ns();
    if (period)
        close_late(http, now, period);
}
