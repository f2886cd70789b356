/* Clients that close: after every byte of a request, after every byte of an answer, while it is computed, in the middle of a
 * tensor. The server must not keep a descriptor, memory or work for them, nor cut short the answer of another client. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define SMALL "/init?scheme=xavier_uniform&shape=8,8&seed=7&format=raw"
#define HUGE_TENSOR "/init?scheme=normal&shape=1024,1024,1024&format=raw&seed=7"
#define MIB (UINT64_C(1) << 20)

TEST_SERVER_GROUP("--max-bytes", "1T", "--log", "off")

static void leave(int fd, unsigned i)
{
    if (i % 2)
        test_reset(fd);
    else
        close(fd);
}

struct before {
    unsigned descriptors;
    uint64_t resident;
};

/* The server's descriptors, memory and work when it is idle and warmed up by its first requests. */
static struct before look(void)
{
    test_calm_down(server);
    return (struct before){test_descriptors(server), test_resident(server)};
}

static void check_nothing_is_left(struct before before, uint64_t more_bytes)
{
    test_calm_down(server);
    for (int i = 0; i < 200 && test_descriptors(server) > before.descriptors + 1; i++)
        usleep(20000);
    assert_true(test_descriptors(server) <=
                before.descriptors + 1); /* one may be that of the request for /metrics, kept alive */
    uint64_t now = test_resident(server);
    print_message("resident %.1f MiB, before %.1f MiB\n", (double)now / (double)MIB,
                  (double)before.resident / (double)MIB);
    if (!test_is_sanitized())
        assert_true(now < before.resident + more_bytes);
    test_alive(server, 2);
}

TEST(test_at_every_byte_of_a_request)
{
    static const char *const requests[] = {
        "GET " SMALL " HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nRange: bytes=0-9\r\n\r\n",
        "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n12345678901234567890",
        "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\n0\r\nT: 1\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /orthogonal/300x300?seed=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    struct before before = look();
    for (size_t r = 0; r < sizeof requests / sizeof *requests; r++) {
        for (unsigned k = 0; k <= strlen(requests[r]); k++) {
            for (unsigned way = 0; way < 2; way++) {
                int fd = test_connect(server);
                assert_int_equal(send(fd, requests[r], k, MSG_NOSIGNAL), k);
                leave(fd, way);
            }
        }
    }
    check_nothing_is_left(before, 8 * MIB);
}

/* A request sent byte by byte, in separate segments, gets the same answer. */
TEST(test_byte_by_byte)
{
    static const char request[] = "GET " SMALL " HTTP/1.1\r\nHost: a\r\nRange: bytes=0-15\r\n\r\n";
    int fd = test_connect(server);
    uint64_t length;
    for (size_t i = 0; i < sizeof request - 1; i++) {
        assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
        usleep(500);
    }
    assert_int_equal(test_drop_answer(fd, &length), 206);
    assert_int_equal(length, 16);
    close(fd);
}

static void read_and_leave(const char *target, size_t bytes, unsigned way)
{
    char dropped[65536];
    int fd = test_ask(server, target, "");
    while (bytes > 0) {
        ssize_t got = recv(fd, dropped, bytes < sizeof dropped ? bytes : sizeof dropped, 0);
        assert_true(got > 0);
        bytes -= (size_t)got;
    }
    leave(fd, way);
}

/* After every byte of the answer to SMALL, some 1100 bytes; for larger answers, around the powers of two. */
TEST(test_at_every_byte_of_an_answer)
{
    struct before before = look();
    for (unsigned k = 0; k < 1000; k++)
        read_and_leave(SMALL, k, k);
    for (size_t k = 1024; k <= test_scale(1, 64) * MIB; k *= 2) {
        read_and_leave(HUGE_TENSOR, k - 1, 0);
        read_and_leave(HUGE_TENSOR, k, 1);
        read_and_leave("/init?scheme=normal&shape=512,512&seed=1&format=json", k / 4 % MIB + 1, 1);
    }
    check_nothing_is_left(before, 8 * MIB);
}

/* Matrices without waiters are given up, or at least thrown away; one at a time or all at once. */
TEST(test_while_computing)
{
    test_drop_answer(test_ask(server, "/orthogonal/700x700?seed=0", "Connection: close\r\n"), &(uint64_t){0});
    struct before before = look();
    const unsigned rounds = test_scale(2, 20), clients = 24;
    for (unsigned round = 0; round < rounds; round++) {
        int fds[24];
        for (unsigned i = 0; i < clients; i++) {
            char target[96];
            snprintf(target, sizeof target, "/orthogonal/700x700.%s?seed=%u", i % 3 ? "npy" : "json",
                     1 + round * 100 + i / 2);
            fds[i] = test_ask(server, target, "");
        }
        usleep(round * 30000);
        for (unsigned i = 0; i < clients; i++)
            leave(fds[i], i);
    }
    check_nothing_is_left(before, 256 * MIB); /* finished matrices are in the cache */
}

/* Several clients ask for one matrix, and the first one closes. The others get the matrix, computed once. */
TEST(test_the_first_client_leaves)
{
    for (unsigned round = 0; round < test_scale(3, 30); round++) {
        char target[96];
        int fds[6];
        uint64_t length;
        double computed = test_metric(server, "weightd_computed_total");
        for (unsigned i = 0; i < 6; i++) {
            /* Different formats share the matrix, and the formats' own bodies. */
            snprintf(target, sizeof target, "/orthogonal/500x500.%s?seed=%u", i % 2 ? "npy" : "bin", 9000 + round);
            fds[i] = test_ask(server, target, "");
            if (i == 1)
                usleep(2000);
        }
        test_reset(fds[0]);
        close(fds[1]);
        for (unsigned i = 2; i < 6; i++) {
            assert_int_equal(test_drop_answer(fds[i], &length), 200);
            assert_int_equal(length, i % 2 ? 1000128 : 1000000);
            close(fds[i]);
        }
        assert_true(test_metric(server, "weightd_computed_total") - computed <=
                    5); /* matrix, two bodies; begun anew at most once */
    }
    test_calm_down(server);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_every_byte_of_a_request),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_at_every_byte_of_an_answer),
        cmocka_unit_test(test_while_computing),
        cmocka_unit_test(test_the_first_client_leaves),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, start, stop);
}
