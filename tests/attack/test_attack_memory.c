/* Memory: whatever mix of answers is asked for, and however slowly they are read, the process stays within
 * --cache-bytes + --work-bytes + a constant per connection; requests beyond that get 503 with Retry-After. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define MIB (UINT64_C(1) << 20)
#define CONSTANT (48 * MIB)        /* program, libraries, threads, tables, heap not given back */
#define PER_CONNECTION (40 * 1024) /* libmicrohttpd's pool, the exchange, the plan being streamed */

static double mib(uint64_t bytes)
{
    return (double)bytes / (double)MIB;
}

static void check_resident(const struct test_server *server, uint64_t most)
{
    uint64_t peak = test_resident_peak(server);
    print_message("peak %.1f MiB of at most %.1f\n", mib(peak), mib(most));
    if (!test_is_sanitized())
        assert_true(peak <= most);
}

/* One download of 10 GiB (short: 512 MiB): memory is sampled all the way. */
TEST(test_a_large_download_is_flat)
{
    struct test_server *server = test_server_start(ARGS("--max-bytes", "1T", "--log", "off"));
    const uint64_t want = test_scale(512, 10240) * MIB;
    char target[128], *dropped = malloc(MIB);
    snprintf(target, sizeof target, "/init?scheme=normal&shape=%llu&format=raw", (unsigned long long)(want / 4));
    int fd = test_ask(server, target, "");
    uint64_t done = 0, first = 0, most = 0, next = 16 * MIB;
    assert_non_null(dropped);
    while (done < want) {
        ssize_t n = recv(fd, dropped, MIB, 0);
        assert_true(n > 0);
        done += (uint64_t)n;
        if (done < next)
            continue;
        uint64_t now = test_resident(server);
        first = first ? first : now;
        most = now > most ? now : most;
        next += want / 64;
    }
    print_message("resident %.1f MiB at first, %.1f at most\n", mib(first), mib(most));
    if (!test_is_sanitized())
        assert_true(most < first + MIB);
    close(fd);
    free(dropped);
    test_server_stop(server);
}

/* 8 bytes out of 512 GiB, wherever they are, cost the server less than a millisecond. */
TEST(test_a_few_bytes_of_half_a_tebibyte)
{
    struct test_server *server = test_server_start(ARGS("--max-bytes", "1T"));
    uint64_t length;
    double best = 1;
    for (unsigned i = 0; i < 50; i++) {
        char range[64];
        snprintf(range, sizeof range, "Range: bytes=%llu-%llu\r\n", (10ull << 30) * i + i, (10ull << 30) * i + i + 7);
        double begin = test_seconds();
        int fd = test_ask(server, "/init?scheme=normal&shape=131072,1048576&format=raw", range);
        assert_int_equal(test_drop_answer(fd, &length), 206);
        double took = test_seconds() - begin;
        best = took < best ? took : best;
        assert_int_equal(length, 8);
        close(fd);
    }
    print_message("8 bytes of 512 GiB: %.0f us\n", best * 1e6);
    if (!test_is_sanitized())
        assert_true(best < 0.001);
    test_server_stop(server);
}

/* Many ask for much and read nothing. */
TEST(test_readers_that_do_not_read)
{
    static const char *const targets[] = {
        "/init?scheme=normal&shape=1024,1024,1024&format=raw",    /* streamed */
        "/init?scheme=normal&shape=1024,1024,64&format=json",     /* streamed, text */
        "/init?scheme=normal&shape=1024,2048&format=raw&seed=%u", /* kept, 8 MiB, each another */
        "/openapi.json",                                          /* copied for each */
        "/orthogonal/512x512?seed=%u",
    };
    enum { READERS = 1000 };
    static int fds[READERS];
    assert_true(test_allow_descriptors(4096));
    struct test_server *server =
        test_server_start(ARGS("--max-bytes", "1T", "--cache-bytes", "32M", "--work-bytes", "64M", "--log", "off"));
    unsigned answered = 0, refused = 0;
    for (unsigned i = 0; i < READERS; i++) {
        char target[128];
        snprintf(target, sizeof target, targets[i % 5], i);
        fds[i] = test_ask(server, target, "");
        if (i % 100 == 99)
            test_alive(server, 5);
    }
    usleep(500000);
    for (unsigned i = 0; i < READERS; i++) {
        char head[16] = "";
        ssize_t n = recv(fds[i], head, 12, MSG_DONTWAIT);
        answered += n == 12 && !memcmp(head + 9, "200", 3);
        refused += n == 12 && !memcmp(head + 9, "503", 3);
        if (n == 12)
            assert_true(!memcmp(head + 9, "200", 3) || !memcmp(head + 9, "503", 3));
    }
    print_message("%u answered, %u refused\n", answered, refused);
    check_resident(server, 96 * MIB + CONSTANT + READERS * PER_CONNECTION);
    test_alive(server, 5);
    for (unsigned i = 0; i < READERS; i++)
        close(fds[i]);
    test_calm_down(server);
    test_server_stop(server);
}

/* ---- a mix ------------------------------------------------------------------------------------------------------- */

struct mix {
    struct test_server *server;
    unsigned seed;
    double until;
    atomic_uint answers, refusals, wrong;
};

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* A target; *most: its cost is about its size squared, keep it in bounds. */
static void choose(char *target, size_t cap, unsigned *seed)
{
    unsigned n = 16 + next_random(seed) % 700, which = next_random(seed) % 8, s = next_random(seed) % 50;
    /* clang-format off */
    static const char *const forms[] = {
        "/orthogonal/%ux%u.bin?seed=%u",           "/orthogonal/%ux%u.json?seed=%u", "/he_normal/%ux%u.json?seed=%u",
        "/xavier_uniform/%ux4x%u.npy?seed=%u",     "/sparse/%ux%u?seed=%u&sparsity=0.1", "/normal/%ux%ux8.sha256?seed=%u",
        "/lecun_normal/16x%ux%u.safetensors?seed=%u", "/normal/64x%ux%u?seed=%u",
    };
    /* clang-format on */
    snprintf(target, cap, forms[which], n, n, s);
}

static void *ask_a_mix(void *arg)
{
    struct mix *mix = arg;
    unsigned seed = atomic_fetch_add(&mix->answers, 0) + mix->seed;
    while (test_seconds() < mix->until) {
        char target[128];
        uint64_t length;
        choose(target, sizeof target, &seed);
        int fd = test_ask(mix->server, target, next_random(&seed) % 4 ? "" : "Accept-Encoding: gzip\r\n");
        if (next_random(&seed) % 8 == 0) { /* a reader that stops and closes */
            usleep(next_random(&seed) % 20000);
            close(fd);
            continue;
        }
        int status = test_drop_answer(fd, &length);
        atomic_fetch_add(&mix->answers, status == 200);
        atomic_fetch_add(&mix->refusals, status == 503 || status == 413);
        atomic_fetch_add(&mix->wrong, status != 200 && status != 503 && status != 413);
        close(fd);
    }
    return NULL;
}

/* Matrices, JSON, digests, compression and slow readers at once in little memory, for a while. */
TEST(test_a_mix_in_little_memory)
{
    enum { THREADS = 16 };
    pthread_t threads[THREADS];
    struct mix mixes[THREADS];
    struct test_server *server =
        test_server_start(ARGS("--cache-bytes", "16M", "--work-bytes", "32M", "--queue", "8", "--log", "off"));
    double until = test_seconds() + test_scale(3, test_soak_seconds());
    unsigned answers = 0, refusals = 0, wrong = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        mixes[i] = (struct mix){.server = server, .seed = 77 * i + 1, .until = until};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_a_mix, &mixes[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        answers += mixes[i].answers;
        refusals += mixes[i].refusals;
        wrong += mixes[i].wrong;
    }
    print_message("%u answers, %u refusals, %u broken\n", answers, refusals, wrong);
    assert_true(answers > 0);
    assert_int_equal(wrong, 0);
    check_resident(server, 48 * MIB + CONSTANT);
    test_calm_down(server);
    test_server_stop(server);
}

/* More work than may wait: 503 at once, with Retry-After; what was taken on is finished. */
TEST(test_a_full_queue)
{
    enum { CLIENTS = 40 };
    struct test_server *server = test_server_start(ARGS("--queue", "2", "--threads", "1", "--log", "off"));
    int fds[CLIENTS];
    unsigned done = 0, refused = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        char target[64];
        snprintf(target, sizeof target, "/orthogonal/400x400?seed=%u", i);
        fds[i] = test_ask(server, target, "");
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        uint64_t length;
        int status = test_drop_answer(fds[i], &length);
        assert_true(status == 200 || status == 503);
        done += status == 200;
        refused += status == 503;
        close(fds[i]);
    }
    print_message("%u done, %u refused\n", done, refused);
    assert_true(done >= 2 && refused >= 1);
    assert_true(test_metric(server, "weightd_computations_refused_total") >= refused);
    test_calm_down(server);
    test_server_stop(server);
}

/* A matrix that fits neither the work memory nor the cache is refused before anything is computed. */
TEST(test_over_the_budget)
{
    struct test_server *server = test_server_start(ARGS("--cache-bytes", "4M", "--work-bytes", "8M"));
    struct test_answer answer;
    test_get(server, "/orthogonal/4000x4000", &answer);
    assert_true(answer.status == 413 || answer.status == 503);
    print_message("status %d\n", answer.status);
    if (answer.status == 503)
        assert_non_null(test_field(&answer, "Retry-After"));
    assert_string_equal(test_field(&answer, "Content-Type"), "application/problem+json");
    test_answer_free(&answer);
    test_calm_down(server);
    check_resident(server, 12 * MIB + CONSTANT);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_large_download_is_flat),
        cmocka_unit_test(test_a_few_bytes_of_half_a_tebibyte),
        cmocka_unit_test(test_readers_that_do_not_read),
        cmocka_unit_test(test_a_mix_in_little_memory),
        cmocka_unit_test(test_a_full_queue),
        cmocka_unit_test(test_over_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
