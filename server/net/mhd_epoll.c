/* The epoll_wait that libmicrohttpd calls: never gives as many events as are asked for (row events of docs/LIBMICROHTTPD.md);
 * the rest comes with the next call.
 *
 * libmicrohttpd has no other way in. The symbol takes the place of the C library's for the whole process, and is the only one
 * that weightd exports. */
#include <stddef.h>
#include <sys/epoll.h>

int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    return epoll_pwait(epoll_fd, events, max > 1 ? max - 1 : max, timeout_ms, NULL);
}
