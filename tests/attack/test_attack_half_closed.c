/* Clients that close their sending side when they have asked, as `socat` and `nc -N` do. Each gets its whole answer
 * (RFC 9112 section 9.6), whatever it costs to make, and the connection ends right after it. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

TEST_SERVER_GROUP("--log", "off", "--queue", "1000")

/* Every way in which a body is made. */
static const struct {
    const char *target; /* with the seed */
    const char *header;
} kinds[] = {
    {"/init?scheme=normal&shape=1000000&seed=%u&format=raw", ""},
    {"/init?scheme=normal&shape=8,8&seed=%u&format=npy", "Connection: close\r\n"},
    {"/init?scheme=normal&shape=200,200&seed=%u&format=json", "Accept-Encoding: gzip\r\n"},
    {"/init?scheme=uniform&shape=200,200&seed=%u&format=json", "Connection: close\r\n"},
    {"/orthogonal/200x200.npy?seed=%u", ""},
    {"/orthogonal/150x150.json?seed=%u", "Accept-Encoding: gzip\r\nConnection: close\r\n"},
    {"/sparse/500x300.bin?seed=%u", ""},
    {"/init?scheme=normal&shape=4000000&seed=%u&format=raw", "Range: bytes=1000000-5999999\r\n"},
};

#define N_KINDS (sizeof kinds / sizeof *kinds)
#define MOST_CLIENTS 3 /* that wait for one body */

static int ask_half_closed(unsigned kind, unsigned seed)
{
    char target[128];
    snprintf(target, sizeof target, kinds[kind].target, seed);
    const int fd = test_ask(server, target, kinds[kind].header);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    return fd;
}

/* The whole answer, and the end of the connection within the time: returns how long that took. */
static double take(int fd, unsigned kind, unsigned seed)
{
    uint64_t length;
    char more;
    const int status = test_drop_answer(fd, &length);
    const double answered = test_seconds();
    if ((status != 200 && status != 206) || length < 256)
        fail_msg("kind %u, seed %u: status %d, %llu bytes", kind, seed, status, (unsigned long long)length);
    assert_int_equal(recv(fd, &more, 1, 0), 0);
    close(fd);
    return test_seconds() - answered;
}

/* One to MOST_CLIENTS clients ask for each body, which nobody has asked for before. */
static void ask_for_all(unsigned rounds, unsigned first_seed)
{
    double slowest = 0;
    for (unsigned i = 0; i < rounds; i++) {
        const unsigned kind = i % N_KINDS, clients = 1 + i / N_KINDS % MOST_CLIENTS, seed = first_seed + i;
        int fds[MOST_CLIENTS];
        for (unsigned k = 0; k < clients; k++)
            fds[k] = ask_half_closed(kind, seed);
        for (unsigned k = 0; k < clients; k++) {
            const double ended = take(fds[k], kind, seed);
            slowest = ended > slowest ? ended : slowest;
        }
    }
    print_message("the slowest end came %.3f s after its answer\n", slowest);
    assert_true(slowest < (test_is_sanitized() ? 5 : 0.9));
}

TEST(test_all_kinds_of_bodies)
{
    ask_for_all(test_scale(48, 1000), 1);
}

/* Other clients keep the server busy, with work and with cached answers. For a process of its own, until it is
 * killed: it must not assert. */
static void keep_busy(uint16_t port, unsigned first_seed)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned i = 0;; i++) {
        char request[128];
        uint64_t length;
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int n = snprintf(request, sizeof request,
                               "GET /orthogonal/250x250.npy?seed=%u HTTP/1.1\r\nHost: a\r\n\r\n", first_seed + i / 4);
        if (!connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) &&
            send(fd, request, (size_t)n, MSG_NOSIGNAL) == n)
            test_drop_answer(fd, &length);
        close(fd);
    }
}

TEST(test_under_load)
{
    pid_t busy[4];
    for (unsigned i = 0; i < 4; i++)
        if ((busy[i] = fork()) == 0)
            keep_busy(server->port, 1000000 * (i + 1));
    ask_for_all(test_scale(24, 1000), 100000);
    for (unsigned i = 0; i < 4; i++) {
        kill(busy[i], SIGKILL);
        assert_int_equal(waitpid(busy[i], NULL, 0), busy[i]);
    }
}

/* A request and the end of what the client says in one segment, on a connection that has had an answer before. */
TEST(test_end_in_the_same_segment)
{
    static const char request[] = "GET /init?scheme=normal&shape=8,8&seed=5&format=raw HTTP/1.1\r\nHost: a\r\n\r\n";
    double slowest = 0;
    uint64_t length;
    for (unsigned i = 0; i < test_scale(300, 10000); i++) {
        const int fd = test_ask(server, "/livez", "");
        assert_int_equal(test_drop_answer(fd, &length), 200);
        assert_int_equal(send(fd, request, sizeof request - 1, MSG_MORE | MSG_NOSIGNAL), sizeof request - 1);
        shutdown(fd, SHUT_WR);
        const double ended = take(fd, 0, i);
        slowest = ended > slowest ? ended : slowest;
    }
    print_message("the slowest end came %.3f s after its answer\n", slowest);
    assert_true(slowest < (test_is_sanitized() ? 5 : 0.9));
}

/* A client that sends a part of a request and the end is let go at once. */
TEST(test_end_in_the_middle_of_a_request)
{
    static const char request[] = "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc";
    for (size_t n = 0; n < sizeof request; n++) {
        char out[16];
        const double begin = test_seconds();
        const int fd = test_connect(server);
        assert_int_equal(send(fd, request, n, MSG_MORE | MSG_NOSIGNAL), n);
        shutdown(fd, SHUT_WR);
        while (recv(fd, out, sizeof out, 0) > 0)
            ;
        close(fd);
        assert_true(test_seconds() - begin < (test_is_sanitized() ? 5 : 0.9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds_of_bodies),
        cmocka_unit_test(test_under_load),
        cmocka_unit_test(test_end_in_the_same_segment),
        cmocka_unit_test(test_end_in_the_middle_of_a_request),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
