/* The system calls that libmicrohttpd makes, as it should have made them: epoll_ctl, epoll_wait, recv.
 *
 * libmicrohttpd has no other way in. These symbols take the place of the C library's for the whole process. Rows
 * events, half and end of docs/LIBMICROHTTPD.md say why.
 *
 * A descriptor is all that recv is told, so a table leads from descriptors to connections. Descriptors are numbered
 * process-wide, and so is the table; an entry is written and read by the daemon's thread that serves the connection. */

/* Where the C library checks sizes, its recv is an inline function, and what takes its place would be one, too. */
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/net_private.h"

#define PAGE 1024 /* connections per page, and pages */

struct page {
    struct srv_connection *of[PAGE];
};

static _Atomic(struct page *) pages[PAGE]; /* allocated when a descriptor first needs them, and never freed */

/* The page of a descriptor, made if need be. NULL: no memory, or the number is too large. */
static struct page *page_of(int fd)
{
    if (fd < 0 || fd / PAGE >= PAGE)
        return NULL;
    struct page *there = NULL, *page = atomic_load(&pages[fd / PAGE]);
    if (page || !(page = calloc(1, sizeof *page)))
        return page;
    if (atomic_compare_exchange_strong(&pages[fd / PAGE], &there, page))
        return page;
    free(page);
    return there;
}

bool srv_calls_add(struct srv_connection *c)
{
    struct page *page = page_of(c->fd);
    if (page)
        page->of[c->fd % PAGE] = c;
    return page;
}

void srv_calls_remove(struct srv_connection *c)
{
    struct page *page = page_of(c->fd);
    if (page)
        page->of[c->fd % PAGE] = NULL;
}

static struct srv_connection *connection_at(int fd)
{
    struct page *page =
        fd >= 0 && fd / PAGE < PAGE ? atomic_load_explicit(&pages[fd / PAGE], memory_order_acquire) : NULL;
    return page ? page->of[fd % PAGE] : NULL;
}

static ssize_t from_socket(void *c, void *buf, size_t n)
{
    return recvfrom(((const struct srv_connection *)c)->fd, buf, n, 0, NULL, NULL);
}

ssize_t recv(int fd, void *buf, size_t n, int flags)
{
    struct srv_connection *c = connection_at(fd);
    if (!c)
        return recvfrom(fd, buf, n, flags, NULL, NULL);
    if (!srv_input_is_busy(c))
        return srv_input_read(c, buf, n, from_socket, c);
    errno = EAGAIN;
    return -1;
}

/* The library asks for edges for connections only. */
int epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
    struct epoll_event more = event ? *event : (struct epoll_event){0};
    if (more.events & EPOLLET) {
        struct srv_connection *c = connection_at(fd);
        more.events |= EPOLLRDHUP;
        if (c)
            c->input.epoll_fd = epoll_fd;
    }
    return (int)syscall(SYS_epoll_ctl, epoll_fd, op, fd, event ? &more : NULL);
}

/* Of all that is waited for, only a connection can be written to, or end. */
static void see_event(struct epoll_event *event)
{
    const union MHD_ConnectionInfo *info;
    if (!(event->events & (EPOLLRDHUP | EPOLLOUT)))
        return;
    info = MHD_get_connection_info(event->data.ptr, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct srv_connection *c = info ? info->socket_context : NULL;
    if (!c)
        return;
    c->input.ended |= (event->events & EPOLLRDHUP) != 0;
    if (c->input.untaken)
        event->events |= EPOLLIN;
    c->input.untaken = false;
}

/* Row events: never gives as many events as are asked for; the rest comes with the next call. */
int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    const int n = epoll_pwait(epoll_fd, events, max > 1 ? max - 1 : max, timeout_ms, NULL);
    for (int i = 0; i < n; i++)
        see_event(&events[i]);
    return n;
}
