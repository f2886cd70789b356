/* What GnuTLS reads, and when there is nothing. See net_private.h.
 *
 * With epoll the library (0.9.75, 1.0.1) tries a handshake again and again while the client is silent: one connection takes
 * a whole processor. So GnuTLS reads through here, and a connection that has nothing to read is suspended until it has.
 * From the first request on the library waits as it should, but for one case: GnuTLS, which reads a record at a time, ends
 * with a new key of the client's as if there were nothing more; the library then waits for the next edge of epoll's, and a
 * request that came together with the key stays where it is. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_private.h"

static ssize_t read_socket(gnutls_transport_ptr_t ptr, void *buf, size_t n)
{
    struct srv_exchange *x = ptr;
    ssize_t got = recv(x->fd, buf, n, 0);
    if (got < 0 && errno == EAGAIN && !x->asked) {
        srv_wait_for_input(x);
        errno = EAGAIN;
    }
    return got;
}

/* GnuTLS wants this of whoever replaces its reading; sessions that do not block do not use it. */
static int await_socket(gnutls_transport_ptr_t ptr, unsigned ms)
{
    const struct srv_exchange *x = ptr;
    struct pollfd polled = {.fd = x->fd, .events = POLLIN};
    return poll(&polled, 1, ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int)ms);
}

/* To set the lowest amount of bytes to wake for makes the kernel look whether there are as many: an edge, if there are. */
static int on_key(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                  const gnutls_datum_t *message)
{
    const struct srv_exchange *x = gnutls_transport_get_ptr(session);
    const int least = 1;
    (void)type;
    (void)when;
    (void)incoming;
    (void)message;
    setsockopt(x->fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
    return 0;
}

void srv_tls_watch(struct srv_exchange *x)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (x->http->waiting.epoll_fd < 0 || !info || !info->tls_session)
        return;
    gnutls_session_t session = info->tls_session;
    gnutls_transport_set_ptr2(session, x, gnutls_transport_get_ptr(session)); /* written as before */
    gnutls_transport_set_pull_function(session, read_socket);
    gnutls_transport_set_pull_timeout_function(session, await_socket);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_KEY_UPDATE, GNUTLS_HOOK_POST, on_key);
}

static void *wake_all(void *arg)
{
    struct srv_http *http = arg;
    struct pollfd polls[] = {{.fd = http->waiting.epoll_fd, .events = POLLIN},
                             {.fd = http->waiting.end_fd, .events = POLLIN}};
    while (poll(polls, 2, -1) < 0 || !polls[1].revents)
        srv_wait_wake(http);
    return NULL;
}

static void close_both(struct srv_waiting *waiting)
{
    if (waiting->epoll_fd >= 0)
        close(waiting->epoll_fd);
    if (waiting->end_fd >= 0)
        close(waiting->end_fd);
    waiting->epoll_fd = waiting->end_fd = -1;
}

bool srv_tls_begin(struct srv_http *http)
{
    struct srv_waiting *waiting = &http->waiting;
    waiting->epoll_fd = waiting->end_fd = -1;
    if (!http->cert)
        return true;
    waiting->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    waiting->end_fd = eventfd(0, EFD_CLOEXEC);
    if (waiting->epoll_fd >= 0 && waiting->end_fd >= 0 && !pthread_create(&waiting->thread, NULL, wake_all, http))
        return true;
    close_both(waiting);
    return false;
}

void srv_tls_end(struct srv_http *http)
{
    if (http->waiting.end_fd < 0)
        return;
    eventfd_write(http->waiting.end_fd, 1);
    pthread_join(http->waiting.thread, NULL);
    close_both(&http->waiting);
}
