/* A body that is not there yet: the connection waits for a job between two pieces, and holds up nobody. A real server
 * on a real socket, whose /livez answers with a body of the test's. */
#include <dlfcn.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/socket.h"
#include "cache/blob.h"
#include "config.h"
#include "http/body.h"
#include "http/finish.h"
#include "net/daemon.h"
#include "net/net_private.h"
#include "server.h"
#include "support/test.h"

#define PIECE SRV_BLOCK_BYTES /* bytes that need one job, and are read in one go */
#define PIECES 3

/* ---- the body: piece i has the byte 'a' + i, and needs job i
 * ------------------------------------------------------- */

struct source {
    struct srv_cache *cache;
    sem_t go[PIECES];     /* lets job i end */
    enum srv_code code;   /* what jobs come to */
    atomic_bool unwanted; /* a job saw that nobody waits any more */
    atomic_int freed;
};

struct piece {
    struct source *source;
    unsigned i;
};

static struct source source;
static struct piece pieces[PIECES];

static enum srv_code make_piece(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct piece *piece = arg;
    while (sem_trywait(&piece->source->go[piece->i])) {
        const struct timespec tick = {.tv_nsec = 1000000};
        if (srv_making_unwanted(making)) {
            atomic_store(&piece->source->unwanted, true);
            return SRV_CANCELLED;
        }
        nanosleep(&tick, NULL);
    }
    *blob = piece->source->code == SRV_OK ? srv_blob_new(making->budget, 1) : NULL;
    return piece->source->code;
}

static void *same(const void *arg)
{
    return (void *)(uintptr_t)arg;
}

static void nothing_to_drop(void *arg)
{
    (void)arg;
}

/* One job after the other, as a reader may not know what else is missing. */
static bool prepare(void *ctx, uint64_t offset, uint64_t n, struct srv_job **job)
{
    static const struct srv_make make = {.make = make_piece, .copy = same, .drop = nothing_to_drop};
    struct source *from = ctx;
    *job = NULL;
    for (uint64_t i = offset / PIECE; i <= (offset + n - 1) / PIECE; i++) {
        srv_cache_get(from->cache, &i, sizeof i, &make, &pieces[i], job);
        if (srv_job_code(*job) != SRV_OK)
            return true;
        srv_job_unref(*job);
        *job = NULL;
    }
    return true;
}

static size_t read_pieces(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    (void)ctx;
    for (size_t i = 0; i < cap; i++)
        buf[i] = (uint8_t)('a' + (offset + i) / PIECE);
    return cap;
}

static void free_source(void *ctx)
{
    struct source *from = ctx;
    atomic_fetch_add(&from->freed, 1);
}

static void body_reply(struct srv_reply *reply)
{
    srv_reply_init(reply);
    reply->kind = SRV_BODY_STREAM;
    reply->length = PIECE * PIECES;
    reply->stream = (struct srv_reader){.read = read_pieces, .prepare = prepare, .free = free_source, .ctx = &source};
}

/* In place of the library's: answers to /livez?body have the body. */
enum MHD_Result MHD_queue_response(struct MHD_Connection *mhd, unsigned status, struct MHD_Response *response)
{
    enum MHD_Result (*queue)(struct MHD_Connection *, unsigned, struct MHD_Response *);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct srv_connection *c = info->socket_context;
    struct srv_reply reply;
    *(void **)&queue = dlsym(RTLD_NEXT, "MHD_queue_response");
    assert_non_null(queue);
    if (strcmp(c->exchange.target, "/livez?body"))
        return queue(mhd, status, response);
    body_reply(&reply);
    struct MHD_Response *other = srv_response_take(c, &reply);
    enum MHD_Result result = queue(mhd, status, other);
    MHD_destroy_response(other);
    return result;
}

/* ---- the server and its clients
 * ------------------------------------------------------------------------------------ */

static struct srv_config config;
static struct srv_server srv;
static struct srv_http *http;
static uint16_t port;

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

/* One network thread, so that a connection that held it up would hold up all others. */
static SETUP(open_server)
{
    char error[256], *args[] = {"weightd", "--log", "off", "--timeout", "1s"};
    port = 0;
    assert_true(srv_config_read(&config, 5, args, no_environment, error, sizeof error));
    assert_true(srv_open(&srv, &config, 1, error, sizeof error));
    memset(&source, 0, sizeof source);
    source.cache = srv.cache;
    for (unsigned i = 0; i < PIECES; i++) {
        pieces[i] = (struct piece){&source, i};
        sem_init(&source.go[i], 0, 0);
    }
    struct srv_listener listener;
    assert_true(srv_listen("127.0.0.1", &port, &listener, error, sizeof error));
    http = srv_http_open(&srv, &listener, 1, error, sizeof error);
    assert_non_null(http);
    return 0;
}

static TEARDOWN(close_server)
{
    srv_http_close(http);
    assert_int_equal(srv_metrics_connections_now(srv.metrics), 0);
    assert_int_equal(srv_metrics_in_flight_now(srv.metrics), 0);
    srv_close(&srv);
    return 0;
}

static int ask(const char *target)
{
    char request[128];
    int fd = srv_connect("127.0.0.1", port, 10),
        n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
    assert_true(fd >= 0);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    return fd;
}

static void read_header(int fd)
{
    char tail[5] = "";
    while (strcmp(tail, "\r\n\r\n")) {
        memmove(tail, tail + 1, 3);
        assert_int_equal(recv(fd, tail + 3, 1, 0), 1);
    }
}

static void read_piece(int fd, unsigned i)
{
    static char bytes[PIECE];
    assert_int_equal(recv(fd, bytes, PIECE, MSG_WAITALL), PIECE);
    for (size_t at = 0; at < PIECE; at++)
        assert_int_equal(bytes[at], 'a' + i);
}

/* Nothing comes for a while. */
static bool is_silent(int fd, int ms)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN | POLLRDHUP};
    return poll(&polled, 1, ms) == 0;
}

static bool is_cut(int fd)
{
    char byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

static void assert_others_are_answered(void)
{
    char answer[12];
    int fd = ask("/livez");
    assert_int_equal(recv(fd, answer, sizeof answer, MSG_WAITALL), sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
    close(fd);
}

static void tick_for(int ms)
{
    const struct timespec tick = {.tv_nsec = 50000000};
    for (; ms > 0; ms -= 50) {
        srv_http_tick(http);
        nanosleep(&tick, NULL);
    }
}

/* ---- tests
 * ---------------------------------------------------------------------------------------------------------- */

TEST(test_pieces_come_when_they_are_done)
{
    static const char next[] = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    int fd = ask("/livez?body");
    read_header(fd);
    for (unsigned i = 0; i < PIECES; i++) {
        assert_true(is_silent(fd, 100));
        assert_others_are_answered();
        sem_post(&source.go[i]);
        read_piece(fd, i);
    }
    assert_true(is_silent(fd, 100));
    assert_int_equal(send(fd, next, sizeof next - 1, MSG_NOSIGNAL), sizeof next - 1);
    read_header(fd);
    close(fd);
    assert_int_equal(atomic_load(&source.freed), 1);
}

/* Waiting is no slowness of the client's. */
TEST(test_a_wait_is_no_timeout)
{
    int fd = ask("/livez?body");
    read_header(fd);
    tick_for(2500); /* --timeout is 1s */
    for (unsigned i = 0; i < PIECES; i++)
        sem_post(&source.go[i]);
    for (unsigned i = 0; i < PIECES; i++)
        read_piece(fd, i);
    close(fd);
}

TEST(test_a_failed_job_cuts_the_connection)
{
    source.code = SRV_NO_MEMORY;
    int fd = ask("/livez?body");
    read_header(fd);
    sem_post(&source.go[0]);
    assert_true(is_cut(fd));
    close(fd);
    assert_others_are_answered();
}

/* A reset: an orderly end may be that of the sending side alone. */
TEST(test_a_client_that_closes_is_let_go)
{
    int fd = ask("/livez?body");
    read_header(fd);
    assert_true(is_silent(fd, 100));
    const struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
    for (int i = 0; i < 100 && !(atomic_load(&source.unwanted) && atomic_load(&source.freed)); i++)
        tick_for(50);
    assert_true(atomic_load(&source.unwanted));
    assert_int_equal(atomic_load(&source.freed), 1);
}

/* The server stops at once, although the job is not done. */
TEST(test_a_stop_breaks_the_wait)
{
    int fd = ask("/livez?body");
    read_header(fd);
    assert_true(is_silent(fd, 100));
    srv_http_close(http);
    http = NULL;
    assert_true(is_cut(fd));
    close(fd);
    assert_int_equal(atomic_load(&source.freed), 1);
}

/* What weightd get does: wait on this thread. Two ranges, the second of which needs other jobs than the first. */
TEST(test_waiting_for_parts_of_a_body)
{
    struct srv_reply reply;
    struct srv_job *job;
    body_reply(&reply);
    reply.n_ranges = 2;
    strcpy(reply.boundary, "boundary");
    reply.ranges[0] = (struct srv_range){10, 20};
    reply.ranges[1] = (struct srv_range){2 * PIECE, 30};
    const uint64_t length = srv_body_length(&reply);
    assert_true(srv_body_prepare(&reply, 0, 20, &job)); /* the text before the first part needs nothing */
    assert_null(job);
    sem_post(&source.go[0]);
    sem_post(&source.go[2]);
    assert_true(srv_body_wait(&reply, 0, (size_t)length));
    srv_reply_deinit(&reply);

    body_reply(&reply);
    source.code = SRV_NO_MEMORY;
    sem_post(&source.go[1]);
    assert_true(srv_body_wait(&reply, 0, PIECE));
    assert_false(srv_body_wait(&reply, 0, PIECE + 1));
    srv_reply_deinit(&reply);
}

#define TEST_WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, open_server, close_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH_SERVER(test_pieces_come_when_they_are_done),   TEST_WITH_SERVER(test_a_wait_is_no_timeout),
        TEST_WITH_SERVER(test_a_failed_job_cuts_the_connection), TEST_WITH_SERVER(test_a_client_that_closes_is_let_go),
        TEST_WITH_SERVER(test_a_stop_breaks_the_wait),           TEST_WITH_SERVER(test_waiting_for_parts_of_a_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
