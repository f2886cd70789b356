/* Limits and access: slow clients, connections and requests per address, tokens, TLS, origins, signals. */
#include <fcntl.h>
#include <poll.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"
#include "support/cert.h"
#include "support/server.h"
#include "support/watch.h"

#define ARGS(...) ((const char *[]){__VA_ARGS__, NULL})
#define LARGE "/init?scheme=normal&shape=1024,1024,48&format=raw&seed=7"

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int status_of(const struct test_server *server, const char *target, const char *header)
{
    struct test_answer answer;
    test_request(server, "GET", target, header ? ARGS(header) : NULL, &answer);
    int status = answer.status;
    test_answer_free(&answer);
    return status;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* After how many seconds the server closes, when the client sends one more of `bytes` every 100 ms; -1: not within ten. */
static double closed_after(const struct test_server *server, const char *start, const char *bytes)
{
    int fd = test_connect(server);
    double begin = seconds();
    assert_true(send(fd, start, strlen(start), MSG_NOSIGNAL) >= 0);
    for (int i = 0; i < 100; i++) {
        char byte;
        usleep(100000);
        if (recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || (*bytes && send(fd, bytes++, 1, MSG_NOSIGNAL) < 0)) {
            close(fd);
            return seconds() - begin;
        }
    }
    close(fd);
    return -1;
}

/* Whoever does nothing, or next to nothing, is closed in time; whoever is quick is not. */
TEST(test_slow_requests)
{
    static const char header[] =
        "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct test_server *server = test_server_start(ARGS("--timeout", "1s"));
    double idle = closed_after(server, "", "");
    double half = closed_after(server, "GET /livez HTTP/1.1\r\nHost:", "");
    double line = closed_after(server, "GET /", header);
    double fields = closed_after(server, "GET /livez HTTP/1.1\r\nHost: a\r\n", header);
    double content = closed_after(server, "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", header);
    print_message("closed after %.1f %.1f %.1f %.1f %.1f s\n", idle, half, line, fields, content);
    assert_true(idle > 0.9 && idle < 8);
    assert_true(half > 0.9 && half < 8);
    assert_true(line > 0.9 && line < 8);
    assert_true(fields > 0.9 && fields < 8);
    assert_true(content > 0.9 && content < 8);
    assert_int_equal(status_of(server, "/livez", NULL), 200);
    test_server_stop(server);
}

static unsigned connections(const struct test_server *server)
{
    struct test_answer answer;
    test_get(server, "/metrics", &answer);
    assert_int_equal(answer.status, 200);
    unsigned n = (unsigned)strtoul(strstr((const char *)answer.body, "\nweightd_http_connections ") + 26, NULL, 10);
    test_answer_free(&answer);
    return n;
}

/* Take `at_once` bytes every 50 ms for up to `most` seconds: is the server still sending then? */
static bool can_read_at(const struct test_server *server, size_t at_once, double most)
{
    char request[256], bytes[65536];
    int fd = test_connect(server), small = 4096;
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", LARGE);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    double begin = seconds();
    bool open = true;
    while (open && seconds() - begin < most) {
        usleep(50000);
        open = recv(fd, bytes, at_once, 0) > 0 && connections(server) >= 2;
    }
    close(fd);
    return open;
}

TEST(test_slow_reader)
{
    struct test_server *server = test_server_start(ARGS("--timeout", "1s"));
    assert_true(can_read_at(server, 65536, 5));
    usleep(100000);
    assert_false(can_read_at(server, 20, 9));
    test_server_stop(server);
}

TEST(test_connections_per_address)
{
    struct test_server *server = test_server_start(ARGS("--max-connections-per-address", "3"));
    struct pollfd clients[4];
    for (size_t i = 0; i < 4; i++)
        clients[i] = (struct pollfd){.fd = test_connect(server), .events = POLLIN};
    assert_int_equal(poll(clients, 4, 10000),
                     1); /* one is closed at once: the last, unless several threads take them */
    usleep(100000);
    assert_int_equal(poll(clients, 4, 0), 1);
    for (size_t i = 0; i < 4; i++)
        close(clients[i].fd);
    int status = 0;
    for (int i = 0; i < 100 && status != 200; i++) {
        usleep(20000);
        status = status_of(server, "/livez", NULL);
    }
    assert_int_equal(status, 200);
    test_server_stop(server);
}

TEST(test_rate_limit)
{
    struct test_server *server = test_server_start(ARGS("--rate-limit", "1", "--rate-burst", "5"));
    struct test_answer answer;
    for (int i = 0; i < 5; i++)
        assert_int_equal(status_of(server, "/version", NULL), 200);
    test_get(server, "/version", &answer);
    assert_int_equal(answer.status, 429);
    assert_string_equal(test_field(&answer, "Retry-After"), "1");
    assert_string_equal(test_field(&answer, "RateLimit-Policy"), "\"default\";q=5;w=5");
    assert_string_equal(test_field(&answer, "RateLimit"), "\"default\";r=0;t=1");
    assert_string_equal(test_field(&answer, "Content-Type"), "application/problem+json");
    assert_string_equal(test_field(&answer, "Access-Control-Allow-Origin"), "*");
    test_answer_free(&answer);
    for (int i = 0; i < 20; i++)
        assert_int_equal(status_of(server, "/readyz", NULL), 200); /* probes are not counted */
    usleep(1100000);
    assert_int_equal(status_of(server, "/version", NULL), 200);
    test_server_stop(server);
}

TEST(test_tokens)
{
    char dir[] = "/tmp/weightd-token-XXXXXX", path[64], out[1024];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/tokens", dir);
    write_file(path, "# who may ask\n\nfirst-token\n"
                     "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\n"); /* "secret" */
    struct test_server *server = test_server_start(ARGS("--token-file", path));
    struct test_answer answer;
    test_get(server, "/version", &answer);
    assert_int_equal(answer.status, 401);
    assert_string_equal(test_field(&answer, "WWW-Authenticate"), "Bearer realm=\"weightd\"");
    test_answer_free(&answer);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer first-token"), 200);
    assert_int_equal(status_of(server, "/version", "Authorization: bearer secret"), 200);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer first-toke"), 401);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer first-tokens"), 401);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer "), 401);
    assert_int_equal(status_of(server, "/version", "Authorization: Basic first-token"), 401);
    assert_int_equal(status_of(server, "/readyz", NULL), 200);
    test_request(server, "GET", "/init?scheme=zeros&shape=3", ARGS("Authorization: Bearer secret"), &answer);
    assert_string_equal(test_field(&answer, "Cache-Control"), "private, max-age=31536000, immutable");
    test_answer_free(&answer);
    for (int i = 0; i < 4; i++) /* nor when the answer was prepared for somebody who may */
        status_of(server, "/init?scheme=zeros&shape=3", "Authorization: Bearer secret");
    assert_int_equal(status_of(server, "/init?scheme=zeros&shape=3", NULL), 401);

    write_file(path, "second-token\n");
    kill(server->pid, SIGHUP);
    for (int i = 0; i < 200 && status_of(server, "/version", "Authorization: Bearer second-token") != 200; i++)
        usleep(20000);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer second-token"), 200);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer first-token"), 401);
    write_file(path, "bad token\n"); /* what cannot be read changes nothing */
    kill(server->pid, SIGHUP);
    usleep(300000);
    assert_int_equal(status_of(server, "/version", "Authorization: Bearer second-token"), 200);
    test_server_stop(server);

    assert_int_equal(test_run(ARGS("--port", "0", "--token-file", path), out, sizeof out), 1);
    assert_non_null(strstr(out, "line 1"));
    unlink(path);
    assert_int_equal(test_run(ARGS("--port", "0", "--token-file", path), out, sizeof out), 1);
    assert_non_null(strstr(out, path));
    rmdir(dir);
}

/* The serial number of the certificate the server shows now. */
static long serial_of(const struct test_server *server)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    int fd = test_connect(server);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    X509 *cert = SSL_get1_peer_certificate(ssl);
    assert_non_null(cert);
    long serial = ASN1_INTEGER_get(X509_get0_serialNumber(cert));
    X509_free(cert);
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return serial;
}

TEST(test_tls)
{
    char dir[] = "/tmp/weightd-tls-XXXXXX", cert[64], key[64], port[16], out[1024];
    assert_non_null(mkdtemp(dir));
    snprintf(cert, sizeof cert, "%s/cert.pem", dir);
    snprintf(key, sizeof key, "%s/key.pem", dir);
    test_make_certificate(cert, key, 1);
    struct test_server *server = test_server_start(ARGS("--tls-cert", cert, "--tls-key", key));
    struct test_answer answer, part;
    assert_int_equal(strncmp(server->url, "https://", 8), 0);
    test_get(server, LARGE, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.length, 201326592);
    test_request(server, "GET", LARGE, ARGS("Range: bytes=1000000-1000009"), &part);
    assert_int_equal(part.length, 10);
    assert_memory_equal(part.body, answer.body + 1000000, 10);
    test_answer_free(&answer);
    test_answer_free(&part);
    snprintf(port, sizeof port, "%u", server->port);
    assert_int_equal(test_run(ARGS("--healthcheck", "--port", port, "--tls-cert", cert, "--tls-key", key), NULL, 0), 0);

    test_get(server, "/nothing", &answer);
    assert_true(test_body_has(&answer, "\"example\": \"https://"));
    test_answer_free(&answer);

    assert_int_equal(serial_of(server), 1);
    for (long serial = 2; serial <= 4; serial++) {
        test_make_certificate(cert, key, serial);
        kill(server->pid, SIGHUP);
        for (int i = 0; i < 1000 && serial_of(server) != serial; i++)
            usleep(20000);
        assert_int_equal(serial_of(server), serial);
    }
    write_file(key, "no key\n");
    kill(server->pid, SIGHUP);
    usleep(300000);
    assert_int_equal(status_of(server, "/livez", NULL), 200);
    test_server_stop(server);
    assert_int_equal(test_run(ARGS("--port", "0", "--tls-cert", cert, "--tls-key", key), out, sizeof out), 1);
    assert_int_equal(test_run(ARGS("--port", "0", "--tls-cert", cert), out, sizeof out), 1);
    assert_non_null(strstr(out, "--tls-key"));
    unlink(cert);
    unlink(key);
    rmdir(dir);
}

static void check_origin(const struct test_server *server, const char *header, const char *allowed)
{
    struct test_answer answer;
    for (int i = 0; i < 4; i++) { /* also once the answer is prepared */
        test_request(server, "GET", "/init?scheme=zeros&shape=7&format=raw", header ? ARGS(header) : NULL, &answer);
        assert_int_equal(answer.status, 200);
        const char *value = test_field(&answer, "Access-Control-Allow-Origin");
        assert_string_equal(value ? value : "(absent)", allowed ? allowed : "(absent)");
        test_answer_free(&answer);
    }
}

struct tls {
    char dir[32], cert[64], key[64];
    struct test_server *server;
};

static void start_tls(struct tls *tls)
{
    strcpy(tls->dir, "/tmp/weightd-tls-XXXXXX");
    assert_non_null(mkdtemp(tls->dir));
    snprintf(tls->cert, sizeof tls->cert, "%s/cert.pem", tls->dir);
    snprintf(tls->key, sizeof tls->key, "%s/key.pem", tls->dir);
    test_make_certificate(tls->cert, tls->key, 1);
    tls->server = test_server_start(ARGS("--tls-cert", tls->cert, "--tls-key", tls->key, "--timeout", "3s"));
}

static void stop_tls(struct tls *tls)
{
    test_server_stop(tls->server);
    unlink(tls->cert);
    unlink(tls->key);
    rmdir(tls->dir);
}

/* Clients that are slow with their handshake, or never begin it, cost nothing. */
TEST(test_tls_handshakes_that_wait)
{
    static const char *const begun[] = {"", "\x16\x03\x01", "\x16\x03\x01\x02\x05\x01"};
    struct tls tls;
    int fds[3];
    start_tls(&tls);
    for (size_t i = 0; i < 3; i++) {
        fds[i] = test_connect(tls.server);
        assert_true(send(fds[i], begun[i], strlen(begun[i]), MSG_NOSIGNAL) >= 0);
    }
    usleep(100000);
    double before = test_processor_seconds(tls.server);
    usleep(1000000);
    double taken = test_processor_seconds(tls.server) - before;
    if (taken > 0.3)
        fail_msg("%.2f s of processor time in one second of waiting", taken);
    assert_int_equal(status_of(tls.server, "/livez", NULL), 200);
    for (size_t i = 0; i < 3; i++) {
        char byte;
        assert_true(recv(fds[i], &byte, 1, 0) <= 0);
        close(fds[i]);
    }
    stop_tls(&tls);
}

/* A request is answered, also if it comes in one segment with a new key. */
TEST(test_tls_new_keys)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    struct tls tls;
    start_tls(&tls);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    BIO *records = BIO_new(BIO_s_mem());
    int fd = test_connect(tls.server);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    SSL_set0_wbio(ssl, records);
    for (int i = 0; i < 4; i++) {
        char *bytes, answer[4096];
        if (i)
            assert_int_equal(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_write(ssl, request, sizeof request - 1), sizeof request - 1);
        long n = BIO_get_mem_data(records, &bytes);
        assert_int_equal(send(fd, bytes, (size_t)n, MSG_NOSIGNAL), n);
        assert_int_equal(BIO_reset(records), 1);
        int got = 0;
        while (got < 7 || memcmp(answer + got - 7, "\r\n\r\nok\n", 7)) {
            int more = SSL_read(ssl, answer + got, (int)sizeof answer - got);
            assert_true(more > 0);
            got += more;
        }
        assert_memory_equal(answer, "HTTP/1.1 200", 12);
        usleep(100000); /* the server's thread is to wait */
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    stop_tls(&tls);
}

TEST(test_origins)
{
    struct test_server *list = test_server_start(ARGS("--cors-origins", "https://a.example, https://b.example"));
    struct test_server *none = test_server_start(ARGS("--cors-origins", "none"));
    struct test_answer answer;
    check_origin(list, "Origin: https://a.example", "https://a.example");
    check_origin(list, "Origin: https://b.example", "https://b.example");
    check_origin(list, "Origin: https://a.exampl", NULL);
    check_origin(list, NULL, NULL);
    check_origin(none, "Origin: https://a.example", NULL);
    test_get(list, "/init?scheme=zeros&shape=7&format=raw", &answer);
    assert_string_equal(test_field(&answer, "Vary"), "Origin");
    test_answer_free(&answer);
    test_request(list, "OPTIONS", "/init", ARGS("Origin: https://a.example", "Access-Control-Request-Method: GET"),
                 &answer);
    assert_int_equal(answer.status, 204);
    assert_string_equal(test_field(&answer, "Access-Control-Allow-Methods"), "GET, HEAD");
    test_answer_free(&answer);
    test_server_stop(list);
    test_server_stop(none);
}

/* A client that never reads cannot keep the server from ending. */
TEST(test_bounded_drain)
{
    struct test_server *server = test_server_start(ARGS("--drain-timeout", "1s"));
    char request[256], byte;
    int fd = test_connect(server), n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", LARGE);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK), 1);
    double begin = seconds();
    kill(server->pid, SIGTERM);
    assert_int_equal(test_server_wait(server), 0);
    assert_true(seconds() - begin > 0.9 && seconds() - begin < 15);
    close(fd);
}

/* While the server is about to leave it answers, and says so. */
TEST(test_drain_delay)
{
    struct test_server *server = test_server_start(ARGS("--drain-delay", "1500ms"));
    struct test_answer answer;
    assert_int_equal(status_of(server, "/readyz", NULL), 200);
    kill(server->pid, SIGTERM);
    usleep(400000);
    test_get(server, "/readyz", &answer);
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_field(&answer, "Connection"), "close");
    test_answer_free(&answer);
    assert_int_equal(status_of(server, "/livez", NULL), 200);
    assert_int_equal(status_of(server, "/init?scheme=zeros&shape=3", NULL), 200);
    assert_int_equal(test_server_wait(server), 0);
}

TEST(test_check_config)
{
    char out[1024];
    assert_int_equal(test_run(ARGS("--check-config"), out, sizeof out), 0);
    assert_int_equal(test_run(ARGS("--check-config", "--token-file", "/nothing/here"), out, sizeof out), 1);
    assert_non_null(strstr(out, "/nothing/here"));
    assert_int_equal(test_run(ARGS("--check-config", "--token-file", "/dev/null"), out, sizeof out), 1);
    assert_int_equal(test_run(ARGS("--check-config", "--tls-cert", "/dev/null"), out, sizeof out), 1);
    assert_non_null(strstr(out, "--tls-key"));
    assert_int_equal(test_run(ARGS("--check-config", "--port", "x"), out, sizeof out), 1);
}

TEST(test_log_file)
{
    char dir[] = "/tmp/weightd-log-XXXXXX", path[64], moved[64], line[4096] = "";
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/log", dir);
    snprintf(moved, sizeof moved, "%s/log.1", dir);
    struct test_server *server = test_server_start(ARGS("--log", "json", "--log-file", path));
    assert_int_equal(
        status_of(server, "/livez?a=%22%5C", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        200);
    for (int i = 0; i < 100 && !strstr(line, "livez"); i++) {
        usleep(20000);
        FILE *file = fopen(path, "r");
        if (!fgets(line, sizeof line, file))
            *line = '\0';
        fclose(file);
    }
    assert_non_null(strstr(line, "\"target\":\"/livez?a=%22%5C\",\"route\":\"/livez\",\"status\":200,\"bytes\":3,"));
    assert_non_null(strstr(line, "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""));
    assert_int_equal(rename(path, moved), 0);
    kill(server->pid, SIGHUP);
    for (int i = 0; i < 1000 && access(path, F_OK); i++)
        usleep(20000);
    assert_int_equal(access(path, F_OK), 0);
    test_server_stop(server);
    unlink(path);
    unlink(moved);
    rmdir(dir);
}

TEST(test_service_manager)
{
    char dir[] = "/tmp/weightd-notify-XXXXXX", text[256];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval timeout = {.tv_sec = 10};
    assert_non_null(mkdtemp(dir));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", dir);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    setenv("WATCHDOG_USEC", "400000", 1);
    struct test_server *server = test_server_start(NULL);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    static const char *const expected[] = {"READY=1", "WATCHDOG=1", "WATCHDOG=1"};
    for (size_t i = 0; i < 3; i++) {
        ssize_t n = recv(fd, text, sizeof text - 1, 0);
        assert_true(n > 0);
        text[n] = '\0';
        assert_string_equal(text, expected[i]);
    }
    test_server_stop(server);
    do {
        ssize_t n = recv(fd, text, sizeof text - 1, 0);
        assert_true(n > 0);
        text[n] = '\0';
    } while (strcmp(text, "WATCHDOG=1") == 0);
    assert_string_equal(text, "STOPPING=1");
    close(fd);
    unlink(address.sun_path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_requests),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_connections_per_address),
        cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_handshakes_that_wait),
        cmocka_unit_test(test_tls_new_keys),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_bounded_drain),
        cmocka_unit_test(test_drain_delay),
        cmocka_unit_test(test_check_config),
        cmocka_unit_test(test_log_file),
        cmocka_unit_test(test_service_manager),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
