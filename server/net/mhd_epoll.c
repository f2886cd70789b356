/* The epoll_wait that libmicrohttpd calls.
 *
 * Its threads take so many events at a time, 128 in 0.9.75, and when there were just as many they wait for more before they
 * look at those they have: 128 requests that came together had no answer until something else happened, or until the
 * oldest connection's timeout. So this never gives as many as are asked for; the others come with the next call. */
#include <stddef.h>
#include <sys/epoll.h>

int epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
    return epoll_pwait(epoll_fd, events, max > 1 ? max - 1 : max, timeout_ms, NULL);
}
