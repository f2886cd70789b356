/* The life of the process: --check-config, messages to systemd, a new log file on SIGHUP, the end on SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/socket.h"
#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define LARGE "/init?scheme=normal&shape=1024,1024,48&format=raw&seed=7"

/* A client that never reads cannot keep the server from ending. */
TEST(test_bounded_drain)
{
    struct test_server *server = test_server_start(ARGS("--drain-timeout", "1s"));
    char request[256], byte;
    int fd = test_connect(server), n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", LARGE);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK), 1);
    double begin = test_seconds();
    kill(server->pid, SIGTERM);
    assert_int_equal(test_server_wait(server), 0);
    assert_true(test_seconds() - begin > 0.9 && test_seconds() - begin < 15);
    close(fd);
}

/* During --drain-delay the server answers, but /readyz says 503. */
TEST(test_drain_delay)
{
    struct test_server *server = test_server_start(ARGS("--drain-delay", "1500ms"));
    struct test_answer answer;
    assert_int_equal(test_status(server, "/readyz", NULL), 200);
    kill(server->pid, SIGTERM);
    usleep(400000);
    test_get(server, "/readyz", &answer);
    assert_int_equal(answer.status, 503);
    assert_string_equal(test_field(&answer, "Connection"), "close");
    test_answer_free(&answer);
    assert_int_equal(test_status(server, "/livez", NULL), 200);
    assert_int_equal(test_status(server, "/init?scheme=zeros&shape=3", NULL), 200);
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
        test_status(server, "/livez?a=%22%5C", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
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

/* A path that cannot be opened again is said in the log that stays. */
TEST(test_log_file_that_stays)
{
    static const int signals[] = {SIGHUP, SIGUSR1};
    char dir[] = "/tmp/weightd-log-XXXXXX", path[64], moved[64], line[4096] = "";
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/log", dir);
    snprintf(moved, sizeof moved, "%s/log.1", dir);
    struct test_server *server = test_server_start(ARGS("--log-file", path));
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    for (int k = 0; k < 2; k++) {
        int found = 0;
        kill(server->pid, signals[k]);
        for (int i = 0; i < 500 && found <= k; i++) {
            usleep(20000);
            found = 0;
            FILE *file = fopen(moved, "r");
            while (fgets(line, sizeof line, file))
                found += strstr(line, "--log-file stays as it was") && strstr(line, "Is a directory");
            fclose(file);
        }
        assert_int_equal(found, k + 1);
    }
    test_server_stop(server);
    rmdir(path);
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

static bool listens(uint16_t port, const char *address)
{
    int fd = srv_connect(address, port, 5);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Has this machine, or container, ::1? */
static bool has_ipv6(void)
{
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

TEST(test_families)
{
    static const struct {
        const char *bind;
        bool v6;
    } rows[] = {{"127.0.0.1", false}, {"localhost", true}, {"::", true}, {"[::]", true}};
    char port[16];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_server *server = test_server_start(ARGS("--bind", rows[i].bind));
        assert_true(listens(server->port, "127.0.0.1"));
        assert_int_equal(listens(server->port, "::1"), rows[i].v6 && has_ipv6());
        snprintf(port, sizeof port, "%u", server->port);
        assert_int_equal(test_run(ARGS("--healthcheck", "-p", port, "--bind", rows[i].bind), NULL, 0), 0);
        test_server_stop(server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded_drain),
        cmocka_unit_test(test_drain_delay),
        cmocka_unit_test(test_check_config),
        cmocka_unit_test(test_log_file),
        cmocka_unit_test(test_log_file_that_stays),
        cmocka_unit_test(test_service_manager),
        cmocka_unit_test(test_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
