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

#define PORT_TRIES 16 /* to find a port that is free on both families */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Copy an address without the brackets around it. False: it is too long to be one. */
static bool without_brackets(const char *text, char out[INET6_ADDRSTRLEN])
{
    const size_t len = strlen(text);
    const bool has_brackets = len > 2 && *text == '[' && text[len - 1] == ']' && strchr(text, ':');
    return snprintf(out, INET6_ADDRSTRLEN, "%.*s", (int)(has_brackets ? len - 2 : len), text + has_brackets) <
           INET6_ADDRSTRLEN;
}

/* Returns the length of the address; 0: the text is no address. */
static socklen_t parse(const char *text, uint16_t port, union address *address)
{
    char bare[INET6_ADDRSTRLEN];
    memset(address, 0, sizeof *address);
    if (!without_brackets(text, bare))
        return 0;
    if (inet_pton(AF_INET, bare, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        return sizeof address->v4;
    }
    if (inet_pton(AF_INET6, bare, &address->v6.sin6_addr) != 1)
        return 0;
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    return sizeof address->v6;
}

bool srv_listen_address(const char *text)
{
    union address address;
    return !strcmp(text, "localhost") || parse(text, 0, &address);
}

bool srv_listen_is_loopback(const char *text)
{
    union address address;
    if (!strcmp(text, "localhost"))
        return true;
    if (!parse(text, 0, &address))
        return false;
    return address.any.sa_family == AF_INET ? ntohl(address.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
                                            : IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr);
}

static uint16_t port_of(int fd)
{
    union address address;
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len))
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* Listen on a numeric address. -1: errno and *error say why. */
static int listen_numeric(const char *text, uint16_t *port, char *error, size_t cap)
{
    union address address;
    socklen_t len = parse(text, *port, &address);
    const int on = 1, off = 0, unsent = UNSENT_BYTES;
    int fd = len ? socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd < 0) {
        const int failure = errno;
        snprintf(error, cap, "cannot open a socket for %s: %s", text, len ? strerror(failure) : "no numeric address");
        errno = failure;
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent); /* connections inherit it */
    if (address.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, &address.any, len) || listen(fd, SRV_BACKLOG)) {
        const int failure = errno;
        snprintf(error, cap, "cannot listen on %s port %u: %s%s", text, *port, strerror(failure),
                 failure == EADDRINUSE ? "; choose another with --port (0 picks a free one)" : "");
        close(fd);
        errno = failure;
        return -1;
    }
    *port = port_of(fd);
    return fd;
}

/* Did it fail because this machine, or container, has no IPv6? */
static bool has_no_ipv6(int failure)
{
    return failure == EAFNOSUPPORT || failure == EADDRNOTAVAIL;
}

static bool listen_localhost(uint16_t *port, struct srv_listener *listener, char *error, size_t cap)
{
    uint16_t got = 0;
    for (unsigned tries = *port ? 1 : PORT_TRIES; tries-- > 0;) {
        got = *port;
        listener->fd[0] = listen_numeric("127.0.0.1", &got, error, cap);
        if (listener->fd[0] < 0)
            return false;
        listener->fd[1] = listen_numeric("::1", &got, error, cap);
        if (listener->fd[1] >= 0 || has_no_ipv6(errno))
            break;
        close(listener->fd[0]); /* the port is free on one family only */
        listener->fd[0] = -1;
    }
    *port = got;
    return listener->fd[0] >= 0;
}

bool srv_listen(const char *text, uint16_t *port, struct srv_listener *listener, char *error, size_t cap)
{
    listener->fd[0] = listener->fd[1] = -1;
    if (!strcmp(text, "localhost"))
        return listen_localhost(port, listener, error, cap);
    listener->fd[0] = listen_numeric(text, port, error, cap);
    if (listener->fd[0] < 0 && errno == EAFNOSUPPORT && (!strcmp(text, "::") || !strcmp(text, "[::]")))
        listener->fd[0] = listen_numeric("0.0.0.0", port, error, cap);
    return listener->fd[0] >= 0;
}

void srv_listen_close(struct srv_listener *listener)
{
    for (size_t i = 0; i < SRV_LISTENERS; i++) {
        if (listener->fd[i] >= 0)
            close(listener->fd[i]);
        listener->fd[i] = -1;
    }
}

void srv_listen_url(const char *scheme, const char *address, uint16_t port, char *out, size_t cap)
{
    bool v6 = strchr(address, ':') && *address != '[';
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
    static const char *const any[] = {"0.0.0.0", "::", "[::]", "localhost"}; /* of "::", too: there may be no ::1 */
    const char *host = text;
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        host = strcmp(text, any[i]) ? host : "127.0.0.1";
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
