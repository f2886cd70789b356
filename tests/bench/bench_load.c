/* Load for a server on 127.0.0.1: bench_load PORT TARGET CONNECTIONS SECONDS [FIELD]
 *
 * Every connection asks for the target again as soon as it has the answer, with FIELD in the header if given. Prints
 * answers per second and the 50th and 99th percentile of their latency in milliseconds.
 *
 * An answer is known by the first one: same status, same size. Nothing else of it is read, so that this costs less than
 * the server does: wrk and h2load parse every field, and have their core full while the server still idles. Bytes are
 * taken as wrk takes them, 8 KiB at a time. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define STATUS_BYTES 12 /* "HTTP/1.1 200" */

struct connection {
    int fd;
    size_t got; /* bytes of the answer */
    uint64_t asked_ns;
};

struct load {
    char request[8192];
    size_t request_len;
    char status[STATUS_BYTES];
    size_t answer_bytes; /* 0: not known yet */
    struct connection connections[CONNECTIONS_MAX];
    uint32_t *latencies; /* in units of 100 ns */
    size_t n, cap;
};

static char buffer[8192 + 1]; /* and a NUL */

static void fail(const char *what)
{
    fprintf(stderr, "bench_load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int connect_to(unsigned port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        fail("connect");
    return fd;
}

static void ask(const struct load *load, struct connection *c)
{
    c->got = 0;
    c->asked_ns = now_ns();
    if (send(c->fd, load->request, load->request_len, MSG_NOSIGNAL) != (ssize_t)load->request_len)
        fail("send");
}

static size_t receive(const struct connection *c, int flags)
{
    ssize_t n = recv(c->fd, buffer, sizeof buffer - 1, flags);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        fail("the server closed a connection");
    return (size_t)n;
}

/* The size of the whole answer, from its header, which the buffer begins with. */
static size_t answer_bytes(void)
{
    const char *end = strstr(buffer, "\r\n\r\n"), *length = strcasestr(buffer, "\r\nContent-Length:");
    bool has_body = memcmp(buffer + STATUS_BYTES - 3, "304", 3);
    if (!end || (has_body && (!length || length > end)))
        fail("an answer without a size in its first bytes");
    return (size_t)(end + 4 - buffer) + (has_body ? strtoull(length + 17, NULL, 10) : 0);
}

/* One answer after another until two have the same size: the first may be the one that fills a cache and says so. */
static void learn(struct load *load, struct connection *c)
{
    size_t last = 0;
    do {
        last = load->answer_bytes;
        ask(load, c);
        c->got = receive(c, 0);
        buffer[c->got] = '\0';
        memcpy(load->status, buffer, STATUS_BYTES);
        load->answer_bytes = answer_bytes();
        while (c->got < load->answer_bytes)
            c->got += receive(c, 0);
    } while (load->answer_bytes != last);
}

static void answered(struct load *load, const struct connection *c)
{
    if (load->n == load->cap) {
        load->cap = load->cap ? 2 * load->cap : 1 << 16;
        load->latencies = realloc(load->latencies, load->cap * sizeof *load->latencies);
        if (!load->latencies)
            fail("memory");
    }
    load->latencies[load->n++] = (uint32_t)((now_ns() - c->asked_ns) / 100);
}

/* Read all bytes that are there: a client does not take turns with others after every piece. */
static void take(struct load *load, struct connection *c)
{
    size_t n;
    do {
        n = receive(c, MSG_DONTWAIT);
        if (c->got == 0 && n && (n < STATUS_BYTES || memcmp(buffer, load->status, STATUS_BYTES)))
            fail("another status than before");
        c->got += n;
    } while (n == sizeof buffer - 1 && c->got < load->answer_bytes);
    if (c->got > load->answer_bytes)
        fail("a longer answer than before");
    if (c->got < load->answer_bytes)
        return;
    answered(load, c);
    ask(load, c);
}

static void run(struct load *load, unsigned n, int poll_fd, uint64_t end_ns)
{
    struct epoll_event events[64];
    for (unsigned i = 0; i < n; i++)
        ask(load, &load->connections[i]);
    while (now_ns() < end_ns) {
        int ready = epoll_wait(poll_fd, events, sizeof events / sizeof *events, 100);
        for (int i = 0; i < ready; i++)
            take(load, events[i].data.ptr);
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const struct load *load, unsigned percent)
{
    return (double)load->latencies[load->n * percent / 100] * 1e-4;
}

int main(int argc, char **argv)
{
    static struct load load;
    if (argc < 5 || argc > 6) {
        fprintf(stderr, "usage: bench_load PORT TARGET CONNECTIONS SECONDS [FIELD]\n");
        return 2;
    }
    unsigned port = (unsigned)atoi(argv[1]), n = (unsigned)atoi(argv[3]);
    int len = snprintf(load.request, sizeof load.request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s\r\n", argv[2],
                       port, argc > 5 ? argv[5] : "", argc > 5 ? "\r\n" : "");
    int poll_fd = epoll_create1(0);
    if (n < 1 || n > CONNECTIONS_MAX || len < 0 || (size_t)len >= sizeof load.request || poll_fd < 0)
        fail("arguments");
    load.request_len = (size_t)len;
    for (unsigned i = 0; i < n; i++) {
        struct connection *c = &load.connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        c->fd = connect_to(port);
        if (i == 0)
            learn(&load, c);
        if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event))
            fail("epoll_ctl");
    }
    uint64_t started = now_ns();
    run(&load, n, poll_fd, started + (uint64_t)(atof(argv[4]) * 1e9));
    double seconds = (double)(now_ns() - started) * 1e-9;
    if (!load.n)
        fail("no answer in time");
    qsort(load.latencies, load.n, sizeof *load.latencies, compare);
    printf("%.1f %.4f %.4f\n", (double)load.n / seconds, percentile(&load, 50), percentile(&load, 99));
    free(load.latencies);
    return 0;
}
