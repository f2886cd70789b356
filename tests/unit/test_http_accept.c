/* Connections that the library takes and then closes without a word must not count for ever. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <microhttpd.h>

#include "config.h"
#include "http.h"
#include "listen.h"
#include "srv.h"

#define MOST 3

static unsigned to_lose;

/* In place of the library's: as if it had no memory for the first `to_lose`. */
enum MHD_Result MHD_add_connection(struct MHD_Daemon *daemon, MHD_socket fd, const struct sockaddr *address, socklen_t len)
{
    enum MHD_Result (*add)(struct MHD_Daemon *, MHD_socket, const struct sockaddr *, socklen_t);
    if (to_lose) {
        to_lose--;
        close(fd);
        return MHD_YES;
    }
    *(void **)&add = dlsym(RTLD_NEXT, "MHD_add_connection");
    assert_non_null(add);
    return add(daemon, fd, address, len);
}

/* What came of a request on a connection of its own: its status, 0 when the server closed, -1 when nothing came. */
static int ask(uint16_t port)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    char answer[16] = "";
    int fd = srv_connect("127.0.0.1", port, 5);
    assert_true(fd >= 0);
    ssize_t n = send(fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0 ? 0 : recv(fd, answer, 12, MSG_WAITALL);
    int status = n == 12 ? !memcmp(answer, "HTTP/1.1 200", 12) ? 200 : 1 : n < 0 && errno == EAGAIN ? -1 : 0;
    close(fd);
    return status;
}

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static void test_lost_connections_do_not_count(void **state)
{
    (void)state;
    char error[256], *args[] = {"weightd", "--max-connections", "3", "--log", "off", "--threads", "2"};
    struct srv_config config;
    struct srv srv;
    uint16_t port = 0;
    assert_true(srv_config_read(&config, 7, args, nothing, error, sizeof error));
    assert_true(srv_open(&srv, &config, 2, error, sizeof error));
    int fd = srv_listen("127.0.0.1", &port, error, sizeof error);
    assert_true(fd >= 0);
    to_lose = MOST;
    struct srv_http *http = srv_http_open(&srv, fd, 2, error, sizeof error);
    assert_non_null(http);
    for (unsigned i = 0; i < MOST; i++)
        assert_int_equal(ask(port), 0);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ask(port), 200);
    srv_http_close(http);
    assert_int_equal(srv_metrics_connections_now(srv.metrics), 0);
    srv_close(&srv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost_connections_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
