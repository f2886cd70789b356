/* server.h - the real weightd, started by a test on a free port, and a client for it.
 *
 *     struct test_server *s = test_server_start((const char *[]){"--max-bytes", "1M", NULL});
 *     struct test_answer a;
 *     test_get(s, "/version", &a);   assert_int_equal(a.status, 200);   test_answer_free(&a);
 *     test_server_stop(s);           (asserts that SIGTERM ends it with exit code 0)
 *
 * The program is build/weightd, or what WEIGHTD names; it runs in a temporary folder of its own, removed afterwards. */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "support/test.h"

struct test_server {
    pid_t pid;
    uint16_t port;
    char dir[64]; /* the temporary folder; standard error goes to dir/stderr */
    char url[64]; /* http://127.0.0.1:PORT */
};

/* Arguments of the program, or fields of a request: ARGS("--log", "off"). */
#define ARGS(...) ((const char *[]){__VA_ARGS__, NULL})

/* Start weightd with args (NULL-terminated; NULL: none) and wait until it serves; fails if it does not. */
struct test_server *test_server_start(const char *const *args);
/* Send SIGTERM and assert that the server ends with exit code 0. Frees the server. */
void test_server_stop(struct test_server *server);
/* Wait for the end of a server that was told to stop. Returns its exit code, -1 for death by a signal. Frees the
 * server. */
int test_server_wait(struct test_server *server);

/* One server for a group of tests: declares `server`, which `start` starts and `stop` stops.
 *
 *     TEST_SERVER_GROUP("--log", "off")     (or NULL: no arguments)
 *     cmocka_run_group_tests(tests, start, stop) */
#define TEST_SERVER_GROUP(...)                         \
    static struct test_server *server;                 \
    static SETUP(start)                                \
    {                                                  \
        server = test_server_start(ARGS(__VA_ARGS__)); \
        return 0;                                      \
    }                                                  \
    static TEARDOWN(stop)                              \
    {                                                  \
        test_server_stop(server);                      \
        return 0;                                      \
    }

/* Run weightd with these arguments to its end: the exit code; out (may be NULL) gets up to cap - 1 bytes of standard
 * output and error, NUL-terminated. */
int test_run(const char *const *args, char *out, size_t cap);

struct test_answer {
    int status; /* 0: no answer */
    char *head; /* status line and fields as they came */
    uint8_t *body;
    size_t length;
};

/* One request with libcurl. headers: NULL-terminated list of "Name: value", or NULL. target is sent as it is. */
void test_request(const struct test_server *server, const char *method, const char *target, const char *const *headers,
                  struct test_answer *answer);
/* The same with n bytes of content. */
void test_send(const struct test_server *server, const char *method, const char *target, const char *const *headers,
               const void *content, size_t n, struct test_answer *answer);
void test_get(const struct test_server *server, const char *target, struct test_answer *answer);
/* The status of GET target, with one request field or NULL. */
int test_status(const struct test_server *server, const char *target, const char *header);
void test_answer_free(struct test_answer *answer);
/* The value of a response field, copied to a static buffer; NULL if absent. Case of the name does not matter. */
const char *test_field(const struct test_answer *answer, const char *name);
bool test_body_has(const struct test_answer *answer, const char *text);

/* Replace a file's content by text. */
void test_write_file(const char *path, const char *text);

/* A TCP connection to the server, with timeouts of five seconds. The caller closes it. */
int test_connect(const struct test_server *server);
/* Send bytes as they are and read until the server closes or `cap` - 1 bytes came or nothing comes for wait_ms; returns
 * how many, NUL-terminated. Opens and closes a connection of its own. *closed (may be NULL): did the server close? */
size_t test_raw(const struct test_server *server, const char *bytes, size_t n, int wait_ms, char *out, size_t cap,
                bool *closed);

#endif
