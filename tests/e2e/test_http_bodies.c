/* Bodies over the wire: prepared answers, parts, conditions, many clients, clients that leave, the end of the server. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define TENSOR "/init?scheme=xavier_uniform&shape=64,64&seed=7&format=raw"
#define NEGOTIATED "/init?scheme=xavier_uniform&shape=4,4&seed=7"
#define LARGE "/init?scheme=normal&shape=1024,1024,48&format=raw&seed=7" /* 192 MiB: more than the cache admits */

TEST_SERVER_GROUP("--log", "json")

static double metric(const char *name)
{
    return test_metric(server, name);
}

/* A prepared answer differs from the first one in Cache-Status and Date only. */
TEST(test_prepared_answers_are_the_same)
{
    /* clang-format off */
    static const char *const fields[] = {"Content-Type", "Content-Length", "ETag", "Cache-Control", "Content-Location",
                                         "X-Tensor-Shape", "Access-Control-Allow-Origin", "Vary"};
    /* clang-format on */
    static const char *const targets[] = {TENSOR, NEGOTIATED};
    for (size_t t = 0; t < 2; t++) {
        struct test_answer first, next;
        test_get(server, targets[t], &first);
        assert_string_equal(test_field(&first, "Cache-Status"), "weightd; fwd=uri-miss; stored");
        for (int i = 0; i < 4; i++) {
            test_get(server, targets[t], &next);
            assert_int_equal(next.status, 200);
            assert_string_equal(test_field(&next, "Cache-Status"), "weightd; hit");
            assert_int_equal(next.length, first.length);
            assert_memory_equal(next.body, first.body, first.length);
            for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
                char want[512];
                const char *value = test_field(&first, fields[f]);
                snprintf(want, sizeof want, "%s", value ? value : "(absent)");
                value = test_field(&next, fields[f]);
                assert_string_equal(value ? value : "(absent)", want);
            }
            test_answer_free(&next);
        }
        test_answer_free(&first);
    }
}

/* A prepared answer is not sent to requests for a part, another format or another coding. */
TEST(test_prepared_answers_do_not_hide_others)
{
    struct test_answer whole, answer;
    char etag[128], condition[192];
    for (int i = 0; i < 3; i++) {
        test_get(server, TENSOR, &whole);
        if (i < 2)
            test_answer_free(&whole);
    }
    snprintf(etag, sizeof etag, "%s", test_field(&whole, "ETag"));
    snprintf(condition, sizeof condition, "If-None-Match: %s", etag);

    test_request(server, "GET", TENSOR, (const char *[]){condition, NULL}, &answer);
    assert_int_equal(answer.status, 304);
    assert_string_equal(test_field(&answer, "ETag"), etag);
    assert_non_null(test_field(&answer, "Date"));
    assert_non_null(test_field(&answer, "Cache-Control"));
    assert_null(test_field(&answer, "Content-Type"));
    assert_string_equal(test_field(&answer, "Content-Length"), "16384");
    test_answer_free(&answer);

    test_request(server, "GET", TENSOR, (const char *[]){"If-None-Match: \"other\"", NULL}, &answer);
    assert_int_equal(answer.status, 200);
    test_answer_free(&answer);

    test_request(server, "GET", TENSOR, (const char *[]){"If-Match: \"other\"", NULL}, &answer);
    assert_int_equal(answer.status, 412);
    test_answer_free(&answer);

    test_request(server, "HEAD", TENSOR, NULL, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(test_field(&answer, "Content-Length"), "16384");
    assert_int_equal(answer.length, 0);
    test_answer_free(&answer);

    test_request(server, "GET", TENSOR, (const char *[]){"Range: bytes=100-199", NULL}, &answer);
    assert_int_equal(answer.status, 206);
    assert_string_equal(test_field(&answer, "Content-Range"), "bytes 100-199/16384");
    assert_int_equal(answer.length, 100);
    assert_memory_equal(answer.body, whole.body + 100, 100);
    test_answer_free(&answer);

    test_request(server, "POST", TENSOR, NULL, &answer);
    assert_int_equal(answer.status, 405);
    test_answer_free(&answer);

    struct test_answer json;
    test_request(server, "GET", NEGOTIATED, (const char *[]){"Accept: application/json", NULL}, &json);
    assert_int_equal(json.status, 200);
    assert_string_equal(test_field(&json, "Content-Type"), "application/json");
    test_answer_free(&json);
    test_answer_free(&whole);
}

/* Ranges of a streamed body equal the same bytes of the whole. */
TEST(test_ranges_of_a_stream)
{
    static const struct {
        const char *range;
        size_t first, length;
    } rows[] = {
        {"Range: bytes=0-0", 0, 1},
        {"Range: bytes=201326591-", 201326591, 1},
        {"Range: bytes=-7", 201326585, 7},
        {"Range: bytes=262140-262150", 262140, 11},
        {"Range: bytes=100000001-100999999", 100000001, 999999},
    };
    struct test_answer whole;
    test_get(server, LARGE, &whole);
    assert_int_equal(whole.status, 200);
    assert_int_equal(whole.length, 201326592);
    assert_null(test_field(&whole, "Transfer-Encoding"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_answer part;
        test_request(server, "GET", LARGE, (const char *[]){rows[i].range, NULL}, &part);
        assert_int_equal(part.status, 206);
        assert_int_equal(part.length, rows[i].length);
        assert_memory_equal(part.body, whole.body + rows[i].first, rows[i].length);
        test_answer_free(&part);
    }
    struct test_answer multi;
    test_request(server, "GET", LARGE, (const char *[]){"Range: bytes=0-9,1000-1009,-10", NULL}, &multi);
    assert_int_equal(multi.status, 206);
    assert_int_equal(strncmp(test_field(&multi, "Content-Type"), "multipart/byteranges; boundary=", 31), 0);
    assert_non_null(memmem(multi.body, multi.length, whole.body + 1000, 10));
    assert_non_null(memmem(multi.body, multi.length, whole.body + whole.length - 10, 10));
    test_answer_free(&multi);
    test_answer_free(&whole);
}

/* HEAD, 304, 412 and 416 take no time, even for a tensor of a terabyte or a matrix that takes minutes to compute. */
TEST(test_no_body_costs_nothing)
{
    static const char target[] = "/init?scheme=orthogonal&shape=8192,8192&format=raw";
    struct test_answer answer;
    double made = metric("weightd_computed_total");
    test_request(server, "HEAD", target, NULL, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(test_field(&answer, "Content-Length"), "268435456");
    test_answer_free(&answer);
    test_request(server, "GET", target, (const char *[]){"If-None-Match: *", NULL}, &answer);
    assert_int_equal(answer.status, 304);
    test_answer_free(&answer);
    test_request(server, "GET", target, (const char *[]){"If-Match: \"x\"", NULL}, &answer);
    assert_int_equal(answer.status, 412);
    test_answer_free(&answer);
    test_request(server, "GET", target, (const char *[]){"Range: bytes=268435456-", NULL}, &answer);
    assert_int_equal(answer.status, 416);
    assert_string_equal(test_field(&answer, "Content-Range"), "bytes */268435456");
    test_answer_free(&answer);
    assert_true(metric("weightd_computed_total") == made);
}

#define CLIENTS 64
#define MATRIX "/init?scheme=orthogonal&shape=1000,1000&format=raw&seed="
static const char flight[] = MATRIX "99";

static void *one_client(void *arg)
{
    struct test_answer *answer = arg;
    test_get(server, flight, answer);
    return NULL;
}

TEST(test_many_clients_one_computation)
{
    pthread_t threads[CLIENTS];
    struct test_answer answers[CLIENTS];
    double before = metric("weightd_computed_total");
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, one_client, &answers[i]), 0);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(answers[i].status, 200);
        assert_int_equal(answers[i].length, 4000000);
        assert_memory_equal(answers[i].body, answers[0].body, 4000000);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        test_answer_free(&answers[i]);
    assert_true(metric("weightd_computed_total") - before <= 2); /* the matrix, and its bytes */
}

/* Send a request and close, at once or after a part of the answer. */
TEST(test_clients_that_leave)
{
    for (int i = 0; i < 60; i++) {
        char request[256], bytes[1000];
        const char *target = i % 3 ? LARGE : MATRIX;
        int n = snprintf(request, sizeof request, "GET %s%d HTTP/1.1\r\nHost: a\r\n\r\n", target, i),
            fd = test_connect(server);
        assert_int_equal(send(fd, request, (size_t)(i % 5 ? n : n / 2), MSG_NOSIGNAL), i % 5 ? n : n / 2);
        if (i % 2)
            assert_true(recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) <= (ssize_t)sizeof bytes);
        close(fd);
    }
    struct test_answer answer;
    test_get(server, "/livez", &answer);
    assert_int_equal(answer.status, 200);
    test_answer_free(&answer);
    /* The request for /metrics is in flight itself; the one before it may be counted a moment longer. */
    int tries = 0;
    while (tries < 1000 && (metric("weightd_http_requests_in_flight") != 1 || metric("weightd_work_bytes") > 0)) {
        usleep(20000);
        tries++;
    }
    assert_true(tries < 1000);
}

/* A job without waiters is not run. */
TEST(test_work_nobody_waits_for_is_given_up)
{
    int fds[20];
    double before = metric("weightd_computed_total"), cancelled = metric("weightd_computations_cancelled_total");
    for (int i = 0; i < 20; i++) {
        char request[256];
        int n = snprintf(request, sizeof request,
                         "GET /init?scheme=orthogonal&shape=2000,2000&seed=%d HTTP/1.1\r\nHost: a\r\n\r\n", 500 + i);
        fds[i] = test_connect(server);
        assert_int_equal(send(fds[i], request, (size_t)n, MSG_NOSIGNAL), n);
    }
    for (int i = 0; i < 1000 && metric("weightd_computations_pending") < 15; i++)
        usleep(10000);
    for (int i = 0; i < 20; i++)
        test_reset(fds[i]);
    for (int i = 0; i < 1000 && metric("weightd_computations_pending") > 0; i++)
        usleep(20000);
    assert_true(metric("weightd_computations_pending") == 0);
    assert_true(metric("weightd_computations_cancelled_total") - cancelled >= 10);
    assert_true(metric("weightd_computed_total") - before < 20);
}

/* A small request is answered while a large one is being sent to a client that does not read. */
TEST(test_slow_reader_stalls_nobody)
{
    int fds[8];
    char request[256];
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", LARGE);
    for (size_t i = 0; i < 8; i++) {
        fds[i] = test_connect(server);
        assert_int_equal(send(fds[i], request, (size_t)n, MSG_NOSIGNAL), n);
    }
    usleep(100000);
    for (int i = 0; i < 50; i++) {
        struct test_answer answer;
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        test_get(server, "/livez", &answer);
        clock_gettime(CLOCK_MONOTONIC, &after);
        assert_int_equal(answer.status, 200);
        assert_true((double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9 < 5);
        test_answer_free(&answer);
    }
    for (size_t i = 0; i < 8; i++)
        close(fds[i]);
}

struct download {
    struct test_server *from;
    struct test_answer answer;
};

static void *download(void *arg)
{
    struct download *d = arg;
    test_get(d->from, LARGE, &d->answer);
    return NULL;
}

/* SIGTERM while answers are sent: they are sent to the end, new connections are refused, the exit code is 0. */
TEST(test_drain)
{
    struct test_server *own = test_server_start(NULL);
    pthread_t threads[4];
    struct download downloads[4];
    for (size_t i = 0; i < 4; i++) {
        downloads[i].from = own;
        assert_int_equal(pthread_create(&threads[i], NULL, download, &downloads[i]), 0);
    }
    usleep(150000);
    kill(own->pid, SIGTERM);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(downloads[i].answer.status, 200);
        assert_int_equal(downloads[i].answer.length, 201326592);
        test_answer_free(&downloads[i].answer);
    }
    assert_int_equal(test_server_wait(own), 0);
}

/* The same while a client waits for a job. */
static void *ask_for_matrix(void *arg)
{
    struct download *d = arg;
    test_get(d->from, "/init?scheme=orthogonal&shape=3000,3000&format=raw", &d->answer);
    return NULL;
}

TEST(test_drain_while_computing)
{
    struct test_server *own = test_server_start(NULL);
    struct download d = {.from = own};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_for_matrix, &d), 0);
    usleep(100000);
    kill(own->pid, SIGTERM);
    pthread_join(thread, NULL);
    assert_int_equal(d.answer.status, 200);
    assert_int_equal(d.answer.length, 36000000);
    assert_string_equal(test_field(&d.answer, "Connection"), "close");
    test_answer_free(&d.answer);
    assert_int_equal(test_server_wait(own), 0);
}

/* The client that waited for a job has reset its connection: the server does not wait for the job when it stops. */
TEST(test_stop_while_computing_for_nobody)
{
    struct test_server *own = test_server_start((const char *[]){"--threads", "1", NULL});
    int fd = test_ask(own, "/init?scheme=orthogonal&shape=6000,6000&format=raw", "");
    for (int i = 0; i < 500 && test_metric(own, "weightd_computations_pending") < 1; i++)
        usleep(10000);
    test_reset(fd);
    for (int i = 0; i < 500 && test_metric(own, "weightd_http_requests_in_flight") > 1; i++)
        usleep(10000);
    assert_true(test_metric(own, "weightd_computations_pending") >= 1);
    double begin = test_seconds();
    assert_int_equal(kill(own->pid, SIGTERM), 0);
    assert_int_equal(test_server_wait(own), 0);
    assert_true(test_seconds() - begin < 2);
}

TEST(test_get_command_equals_the_server)
{
    struct test_answer answer;
    char *out = malloc(100000);
    test_get(server, "/init?scheme=orthogonal&shape=50,40&format=json", &answer);
    assert_int_equal(
        test_run((const char *[]){"get", "/init?scheme=orthogonal&shape=50,40&format=json", NULL}, out, 100000), 0);
    assert_int_equal(strlen(out), answer.length);
    assert_memory_equal(out, answer.body, answer.length);
    assert_int_equal(
        test_run((const char *[]){"get", "/init?scheme=orthogonal&shape=50,40&format=json", "--threads", "4", NULL},
                 out, 100000),
        0);
    assert_memory_equal(out, answer.body, answer.length);
    test_answer_free(&answer);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prepared_answers_are_the_same),
        cmocka_unit_test(test_prepared_answers_do_not_hide_others),
        cmocka_unit_test(test_ranges_of_a_stream),
        cmocka_unit_test(test_no_body_costs_nothing),
        cmocka_unit_test(test_many_clients_one_computation),
        cmocka_unit_test(test_clients_that_leave),
        cmocka_unit_test(test_work_nobody_waits_for_is_given_up),
        cmocka_unit_test(test_slow_reader_stalls_nobody),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_drain_while_computing),
        cmocka_unit_test(test_stop_while_computing_for_nobody),
        cmocka_unit_test(test_get_command_equals_the_server),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
