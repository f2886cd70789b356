/* see socket.h */
#include "base/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Bytes that may wait in the kernel to be sent, beside those that are on their way. Without a bound, many large answers
 * at once fill send buffers of megabytes each, and a client that is barely fast enough sees some of them stall for the
 * time of a retransmission. A much smaller bound wakes the server too often. Bytes on their way are not bounded, so the
 * bound costs nothing over long distances. */
#define UNSENT_BYTES (1024 * 1024)

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Returns the length of the address; 0: the text is no address. */
static socklen_t parse(const char *text, uint16_t port, union address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        return sizeof address->v4;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) != 1)
        return 0;
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    return sizeof address->v6;
}

static uint16_t port_of(int fd)
{
    union address address;
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len))
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

int srv_listen(const char *text, uint16_t *port, char *error, size_t cap)
{
    union address address;
    socklen_t len = parse(text, *port, &address);
    const int on = 1, off = 0, unsent = UNSENT_BYTES;
    int fd = len ? socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd < 0) {
        snprintf(error, cap, "cannot open a socket for %s: %s", text, len ? strerror(errno) : "no numeric address");
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent); /* connections inherit it */
    if (address.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, &address.any, len) || listen(fd, SRV_BACKLOG)) {
        snprintf(error, cap, "cannot listen on %s port %u: %s%s", text, *port, strerror(errno),
                 errno == EADDRINUSE ? "; choose another with --port (0 picks a free one)" : "");
        close(fd);
        return -1;
    }
    *port = port_of(fd);
    return fd;
}

void srv_listen_url(const char *scheme, const char *address, uint16_t port, char *out, size_t cap)
{
    bool v6 = strchr(address, ':');
    snprintf(out, cap, "%s://%s%s%s:%u", scheme, v6 ? "[" : "", address, v6 ? "]" : "", port);
}

void srv_listen_name(const struct sockaddr *address, char *out, size_t cap)
{
    const union address *any = (const union address *)(const void *)address;
    const char *text = NULL;
    if (any && any->any.sa_family == AF_INET)
        text = inet_ntop(AF_INET, &any->v4.sin_addr, out, (socklen_t)cap);
    else if (any && any->any.sa_family == AF_INET6)
        text = inet_ntop(AF_INET6, &any->v6.sin6_addr, out, (socklen_t)cap);
    if (!text)
        snprintf(out, cap, "-");
}

int srv_connect(const char *text, uint16_t port, unsigned seconds)
{
    union address address;
    const struct timeval timeout = {.tv_sec = seconds};
    const char *host = !strcmp(text, "0.0.0.0") ? "127.0.0.1" : !strcmp(text, "::") ? "::1" : text;
    socklen_t len = parse(host, port, &address);
    int fd = len ? socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, &address.any, len) == 0)
        return fd;
    const int failure = errno;
    close(fd);
    errno = failure;
    return -1;
}
