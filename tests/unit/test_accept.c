/* Between the thread that accepts and libmicrohttpd: connections that the library takes and then closes without a word, and
 * such as are on their way while the daemon is replaced. */
#include <errno.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <microhttpd.h>

#include "config.h"
#include "net/daemon.h"
#include "base/socket.h"
#include "server.h"
#include "support/test.h"
#include "support/cert.h"

#define MOST 3

static unsigned to_lose;

/* In place of the library's: as if it had no memory for the first `to_lose`. */
enum MHD_Result MHD_add_connection(struct MHD_Daemon *daemon, MHD_socket fd, const struct sockaddr *address,
                                   socklen_t len)
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

static sem_t begun, may_go_on;
static bool hold;

/* In place of the library's: the first that asks for anything, as all do who begin with a connection, is held up. */
const union MHD_ConnectionInfo *MHD_get_connection_info(struct MHD_Connection *connection,
                                                        enum MHD_ConnectionInfoType type, ...)
{
    const union MHD_ConnectionInfo *(*get)(struct MHD_Connection *, enum MHD_ConnectionInfoType, ...);
    if (hold) {
        hold = false;
        sem_post(&begun);
        sem_wait(&may_go_on);
    }
    *(void **)&get = dlsym(RTLD_NEXT, "MHD_get_connection_info");
    return get(connection, type);
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

TEST(test_lost_connections_do_not_count)
{
    char error[256], *args[] = {"weightd", "--max-connections", "3", "--log", "off", "--threads", "2"};
    struct srv_config config;
    struct srv_server srv;
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

/* A connection goes to the old daemon, which begins with it when it has been replaced already: it must end after its
 * answer, lest it keep the old daemon, and its certificate, alive. */
TEST(test_on_its_way_to_a_replaced_daemon)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    char dir[] = "/tmp/weightd-accept-XXXXXX", cert[64], key[64], error[256], answer[1024] = "";
    assert_non_null(mkdtemp(dir));
    snprintf(cert, sizeof cert, "%s/cert.pem", dir);
    snprintf(key, sizeof key, "%s/key.pem", dir);
    test_make_certificate(cert, key, 1);
    char *args[] = {"weightd", "--tls-cert", cert, "--tls-key", key, "--log", "off"};
    struct srv_config config;
    struct srv_server srv;
    uint16_t port = 0;
    assert_true(srv_config_read(&config, 7, args, nothing, error, sizeof error));
    assert_true(srv_open(&srv, &config, 1, error, sizeof error));
    int listen_fd = srv_listen("127.0.0.1", &port, error, sizeof error);
    struct srv_http *http = srv_http_open(&srv, listen_fd, 1, error, sizeof error);
    assert_non_null(http);
    sem_init(&begun, 0, 0);
    sem_init(&may_go_on, 0, 0);
    hold = true;
    int fd = srv_connect("127.0.0.1", port, 5);
    assert_true(fd >= 0);
    sem_wait(&begun);
    assert_int_equal(srv_metrics_connections_now(srv.metrics), 1); /* as whoever has come sees it */
    assert_true(srv_http_reload(http, error, sizeof error));
    sem_post(&may_go_on);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    assert_int_equal(SSL_write(ssl, request, sizeof request - 1), sizeof request - 1);
    assert_true(SSL_read(ssl, answer, sizeof answer - 1) > 0);
    assert_non_null(strstr(answer, "Connection: close"));
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    srv_http_close(http);
    srv_close(&srv);
    unlink(cert);
    unlink(key);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost_connections_do_not_count),
        cmocka_unit_test(test_on_its_way_to_a_replaced_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
