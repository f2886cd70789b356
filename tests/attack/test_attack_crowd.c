/* Crowds: thousands of idle connections, a thousand downloads at once, and clients that want a quick answer
 * meanwhile. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define CROWD_MAX 10000
#define MEMORY_LEFT (4u << 20) /* what a crowd that has gone may leave behind */

static int fds[CROWD_MAX];

static void close_all(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        close(fds[i]);
}

static void send_text(int fd, const char *text)
{
    ssize_t n = (ssize_t)strlen(text);
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

enum { ALL_ANSWERED, ONE_CUT_SHORT, ONE_LOST };

/* Connect again and again, with one request each, until the server refuses. The exit code says what became of the
 * connections. For a process of its own. */
static void come_and_go(uint16_t port)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (;;) {
        char answer[2048];
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address))
            _exit(ALL_ANSWERED);
        ssize_t n = send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
        n = n > 0 ? recv(fd, answer, sizeof answer, 0) : -1;
        if (n <= 0)
            _exit(ONE_LOST);
        if (!memmem(answer, (size_t)n, "\r\n\r\nok\n", 7))
            _exit(ONE_CUT_SHORT);
        close(fd);
    }
}

/* Connections that have had an answer and are idle. */
static void connect_all(const struct test_server *server, unsigned n)
{
    uint64_t length;
    for (unsigned i = 0; i < n; i++)
        fds[i] = test_ask(server, "/livez", "");
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(test_drop_answer(fds[i], &length), 200);
}

/* Idle connections, half of them in the middle of a request, take little memory and hold up no other client. */
TEST(test_idle_connections)
{
    const unsigned n = test_scale(1000, CROWD_MAX);
    assert_true(test_allow_descriptors(CROWD_MAX + 200));
    struct test_server *server = test_server_start(ARGS("--max-connections", "10100", "--log", "off"));
    uint64_t before = test_resident(server);
    for (unsigned i = 0; i < n; i++) {
        fds[i] = test_connect(server);
        if (i % 2)
            send_text(fds[i], "GET /livez HTTP/1.1\r\nHost: a\r\nX: ");
        if (i % 500 == 499)
            test_alive(server, 2);
    }
    assert_true(test_metric(server, "weightd_http_connections") >= n);
    uint64_t each = (test_resident(server) - before) / n;
    print_message("%u connections, %u bytes each\n", n, (unsigned)each);
    if (!test_is_sanitized())
        assert_true(each < 32 * 1024);
    for (unsigned i = 1; i < n; i += n / 10) { /* the idle connections are still served */
        uint64_t length;
        unsigned odd = i | 1;
        send_text(fds[odd], "y\r\n\r\n");
        assert_int_equal(test_drop_answer(fds[odd], &length), 200);
    }
    close_all(n);
    test_calm_down(server);
    double open = n;
    for (int i = 0; i < 1000 && (open = test_metric(server, "weightd_http_connections")) > 2; i++)
        usleep(10000);
    assert_true(open <= 2); /* that of this request, and perhaps that of the one before */
    for (int i = 0; i < 100 && test_resident(server) > before + MEMORY_LEFT; i++)
        usleep(20000); /* memory is given back several times a second */
    print_message("%.1f MiB more than before\n", ((double)test_resident(server) - (double)before) / (1 << 20));
    if (!test_is_sanitized())
        assert_true(test_resident(server) < before + MEMORY_LEFT);
    test_server_stop(server);
}

/* Requests on many connections at the same moment, around the numbers of events that the server's only thread reads at
 * a time: all are answered at once. */
TEST(test_many_at_once)
{
    static const unsigned crowds[] = {64, 127, 128, 129, 254, 255, 256, 512, 1024};
    assert_true(test_allow_descriptors(1200));
    struct test_server *server = test_server_start(ARGS("--threads", "1", "--log", "off"));
    for (size_t c = 0; c < sizeof crowds / sizeof *crowds; c++) {
        uint64_t length;
        connect_all(server, crowds[c]);
        kill(server->pid, SIGSTOP);
        for (unsigned i = 0; i < crowds[c]; i++)
            send_text(fds[i], "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
        kill(server->pid, SIGCONT);
        double begin = test_seconds();
        for (unsigned i = 0; i < crowds[c]; i++)
            assert_int_equal(test_drop_answer(fds[i], &length), 200);
        if (test_seconds() - begin > 5)
            fail_msg("%u requests at once took %.3f s", crowds[c], test_seconds() - begin);
        close_all(crowds[c]);
    }
    test_server_stop(server);
}

/* Requests that wait because the server is slow are answered, also if their client has half-closed. */
TEST(test_half_closed_at_once)
{
    const unsigned n = 1000;
    assert_true(test_allow_descriptors(1200));
    struct test_server *server = test_server_start(ARGS("--threads", "1", "--log", "off"));
    connect_all(server, n);
    kill(server->pid, SIGSTOP);
    for (unsigned i = 0; i < n; i++) {
        send_text(fds[i], "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
        shutdown(fds[i], SHUT_WR);
    }
    usleep(1300000);
    kill(server->pid, SIGCONT);
    for (unsigned i = 0; i < n; i++) {
        uint64_t length;
        assert_int_equal(test_drop_answer(fds[i], &length), 200);
    }
    close_all(n);
    test_server_stop(server);
}

/* The server stops while requests for answers that must be computed keep coming. */
TEST(test_stop_while_they_ask)
{
    const unsigned n = 1000;
    assert_true(test_allow_descriptors(1200));
    for (unsigned round = 0; round < 3; round++) {
        struct test_server *server =
            test_server_start(ARGS("--threads", "1", "--log", "off", "--drain-timeout", "0ms", "--queue", "1000"));
        connect_all(server, n);
        kill(server->pid, SIGSTOP);
        for (unsigned i = 0; i < n; i++) {
            char request[128];
            snprintf(request, sizeof request, "GET /normal/256x256?seed=%u HTTP/1.1\r\nHost: a\r\n\r\n", i);
            send_text(fds[i], request);
        }
        kill(server->pid, SIGTERM);
        kill(server->pid, SIGCONT);
        assert_int_equal(test_server_wait(server), 0);
        close_all(n);
    }
}

/* More connections than allowed: the first ones work, and the others follow when those close. */
TEST(test_too_many_connections)
{
    struct test_server *server = test_server_start(ARGS("--max-connections", "50", "--log", "off"));
    uint64_t length;
    for (unsigned i = 0; i < 300; i++)
        fds[i] = test_connect(server);
    usleep(100000);
    send_text(fds[0], "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(test_drop_answer(fds[0], &length), 200);
    send_text(fds[299], "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    struct pollfd waits = {.fd = fds[299], .events = POLLIN};
    assert_int_equal(poll(&waits, 1, 200), 0);
    for (unsigned i = 0; i < 299; i++)
        close(fds[i]);
    assert_int_equal(test_drop_answer(fds[299], &length), 200);
    close(fds[299]);
    for (int i = 0; i < 200; i++) {
        int fd = test_ask(server, "/livez", "");
        int status = test_drop_answer(fd, &length);
        close(fd);
        if (status == 200)
            break;
        usleep(10000);
    }
    test_alive(server, 2);
    test_server_stop(server);
}

/* The server stops while clients come and go: it ends in order, and answers every client that is connected. In rare
 * cases one is not, as the kernel may accept one more before the socket is closed. */
TEST(test_stop_while_they_come)
{
    const unsigned rounds = test_scale(8, 100);
    unsigned lost = 0;
    for (unsigned round = 0; round < rounds; round++) {
        struct test_server *server = test_server_start(ARGS("--threads", "4", "--log", "off"));
        const uint16_t port = server->port;
        pid_t clients = fork();
        if (clients == 0)
            come_and_go(port);
        usleep(20000 + round % 10 * 1000);
        test_server_stop(server);
        int status = -1;
        assert_int_equal(waitpid(clients, &status, 0), clients);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != ONE_CUT_SHORT);
        lost += WEXITSTATUS(status) == ONE_LOST;
    }
    assert_true(lost <= rounds / 4);
}

/* Read and drop all bytes that are there on fds[0..n). False: all of the connections have ended. */
static bool drop_what_came(unsigned n)
{
    static uint8_t buf[1 << 18];
    bool any = false;
    for (unsigned i = 0; i < n; i++) {
        ssize_t got = recv(fds[i], buf, sizeof buf, MSG_DONTWAIT);
        any |= got > 0 || (got < 0 && errno == EAGAIN);
    }
    return any;
}

/* --drain-timeout is over while answers are computed and sent, and requests keep coming: the clients that wait are
 * answered 503, and the server ends in order. */
TEST(test_stop_tells_those_who_wait)
{
    enum { DOWNLOADS = 12, ASKING = 100, WAITING = DOWNLOADS + ASKING };
    for (unsigned round = 0; round < test_scale(6, 50); round++) {
        struct test_server *server =
            test_server_start(ARGS("--threads", "1", "--log", "off", "--drain-timeout", "100ms"));
        char request[160];
        uint64_t length;
        for (unsigned i = 0; i < DOWNLOADS; i++)
            fds[i] = test_ask(server, "/init?scheme=normal&shape=1024,1024,64&format=raw", "");
        for (unsigned i = DOWNLOADS; i < WAITING; i++)
            fds[i] = test_connect(server);
        fds[WAITING] = test_ask(server, "/init?scheme=orthogonal&shape=4096,4096&format=raw", "");
        for (int i = 0; i < 500 && test_metric(server, "weightd_computations_pending") < 1; i++)
            usleep(10000);
        kill(server->pid, SIGTERM);
        double begin = test_seconds();
        for (unsigned asked = 0; drop_what_came(DOWNLOADS);) {
            unsigned due = (unsigned)((test_seconds() - begin) * 500);
            for (; asked < due && asked < ASKING; asked++) {
                snprintf(request, sizeof request, "GET /normal/10000?seed=%u HTTP/1.1\r\nHost: a\r\n\r\n", asked);
                send(fds[DOWNLOADS + asked], request, strlen(request), MSG_NOSIGNAL);
            }
            usleep(500);
        }
        assert_int_equal(test_server_wait(server), 0);
        assert_int_equal(test_drop_answer(fds[WAITING], &length), 503);
        close_all(WAITING + 1);
    }
}

/* Sum of the bytes, cheap enough for a thousand downloads at once. */
struct download {
    uint64_t done, sum;
    bool in_body;
};

static void take(struct download *d, const uint8_t *bytes, size_t n)
{
    if (!d->in_body) { /* the whole head comes in the first segment */
        const uint8_t *end = memmem(bytes, n, "\r\n\r\n", 4);
        assert_non_null(end);
        assert_memory_equal(bytes + 9, "200", 3);
        n -= (size_t)(end + 4 - bytes);
        bytes = end + 4;
        d->in_body = true;
    }
    for (size_t i = 0; i < n; i++)
        d->sum += bytes[i] * (uint64_t)(d->done + i + 1);
    d->done += n;
}

/* Read from all of fds[0..n) until each has had its bytes. */
static void download_all(unsigned n, uint64_t length, struct download *downloads)
{
    static uint8_t buf[1 << 16];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    unsigned left = n;
    for (unsigned i = 0; i < n; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event), 0);
    }
    while (left > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, 20000);
        assert_true(ready > 0);
        for (int e = 0; e < ready; e++) {
            struct download *d = &downloads[events[e].data.u32];
            ssize_t got = recv(fds[events[e].data.u32], buf, sizeof buf, 0);
            assert_true(got > 0);
            take(d, buf, (size_t)got);
            if (d->done < length)
                continue;
            epoll_ctl(epoll, EPOLL_CTL_DEL, fds[events[e].data.u32], NULL);
            left--;
        }
    }
    close(epoll);
}

/* A thousand downloads at once, cached and streamed: all get the same bytes, and other clients are answered
 * meanwhile. */
TEST(test_parallel_downloads)
{
    static const struct {
        const char *target;
        uint64_t length;
    } rows[] = {
        {"/init?scheme=normal&shape=256,512&format=raw", 512 * 1024},      /* from the cache */
        {"/init?scheme=normal&shape=256,1024&seed=3&format=raw", 1 << 20}, /* streamed: the cache admits less */
        {"/orthogonal/256x256?seed=3", 256 * 1024},
    };
    enum { CLIENTS = 1000 };
    static struct download downloads[CLIENTS];
    struct test_server *server = test_server_start(ARGS(
        "--cache-bytes", "3M", "--work-bytes", "1G", "--max-connections", "1100", "--timeout", "10m", "--log", "off"));
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double begin = test_seconds();
        memset(downloads, 0, sizeof downloads);
        for (unsigned i = 0; i < CLIENTS; i++)
            fds[i] = test_ask(server, rows[r].target, "");
        test_alive(server, 5);
        download_all(CLIENTS, rows[r].length, downloads);
        for (unsigned i = 0; i < CLIENTS; i++) {
            assert_int_equal(downloads[i].done, rows[r].length);
            assert_int_equal(downloads[i].sum, downloads[0].sum);
        }
        close_all(CLIENTS);
        print_message("%s: %.1f s\n", rows[r].target, test_seconds() - begin);
        test_calm_down(server);
    }
    test_server_stop(server);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_connections),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_half_closed_at_once),
        cmocka_unit_test(test_too_many_connections),
        cmocka_unit_test(test_stop_while_they_come),
        cmocka_unit_test(test_stop_while_they_ask),
        cmocka_unit_test(test_stop_tells_those_who_wait),
        cmocka_unit_test(test_parallel_downloads),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
