/* Between the thread that accepts and libmicrohttpd: connections that the library takes and then closes without a call,
 * and connections while the certificate is replaced. */
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

/* Replaces the library's function: loses the first `to_lose` connections, as if memory were short. */
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

/* Replaces the library's function: holds up its first caller, the beginning of a connection. */
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

/* Send a request on a connection of its own. Returns the status, 0 when the server closed, -1 when nothing came. */
static int ask(uint16_t port)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
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
    struct srv_listener listener;
    assert_true(srv_listen("127.0.0.1", &port, &listener, error, sizeof error));
    to_lose = MOST;
    struct srv_http *http = srv_http_open(&srv, &listener, 2, error, sizeof error);
    assert_non_null(http);
    for (unsigned i = 0; i < MOST; i++)
        assert_int_equal(ask(port), 0);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ask(port), 200);
    srv_http_close(http);
    assert_int_equal(srv_metrics_connections_now(srv.metrics), 0);
    srv_close(&srv);
}

/* ---- certificates ------------------------------------------------------------------------------------------------ */

struct tls_server {
    char dir[32], cert[64], key[64];
    struct srv_config config;
    struct srv_server srv;
    struct srv_http *http;
    uint16_t port;
};

static void open_tls(struct tls_server *server)
{
    char error[256];
    *server = (struct tls_server){.dir = "/tmp/weightd-accept-XXXXXX"};
    assert_non_null(mkdtemp(server->dir));
    snprintf(server->cert, sizeof server->cert, "%s/cert.pem", server->dir);
    snprintf(server->key, sizeof server->key, "%s/key.pem", server->dir);
    test_make_certificate(server->cert, server->key, 1);
    char *args[] = {"weightd", "--tls-cert", server->cert, "--tls-key", server->key, "--log", "off"};
    assert_true(srv_config_read(&server->config, 7, args, nothing, error, sizeof error));
    assert_true(srv_open(&server->srv, &server->config, 1, error, sizeof error));
    struct srv_listener listener;
    assert_true(srv_listen("127.0.0.1", &server->port, &listener, error, sizeof error));
    server->http = srv_http_open(&server->srv, &listener, 1, error, sizeof error);
    assert_non_null(server->http);
}

static void close_tls(struct tls_server *server)
{
    srv_http_close(server->http);
    srv_close(&server->srv);
    unlink(server->cert);
    unlink(server->key);
    rmdir(server->dir);
}

static void load_certificate(struct tls_server *server, long serial)
{
    char error[256];
    test_make_certificate(server->cert, server->key, serial);
    assert_true(srv_http_reload(server->http, error, sizeof error));
}

static SSL *shake_hands(SSL_CTX *context, int fd)
{
    assert_true(fd >= 0);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    return ssl;
}

static long serial_of(const SSL *ssl)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    assert_non_null(cert);
    long serial = ASN1_INTEGER_get(X509_get0_serialNumber(cert));
    X509_free(cert);
    return serial;
}

static void hang_up(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

static void assert_new_connections_show(const struct tls_server *server, SSL_CTX *context, long serial)
{
    SSL *ssl = shake_hands(context, srv_connect("127.0.0.1", server->port, 5));
    assert_int_equal(serial_of(ssl), serial);
    hang_up(ssl);
}

static void assert_answered_and_open(SSL *ssl)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[1024] = "";
    assert_int_equal(SSL_write(ssl, request, sizeof request - 1), sizeof request - 1);
    for (int got = 0; !strstr(answer, "\r\n\r\nok\n");) {
        int n = SSL_read(ssl, answer + got, (int)sizeof answer - 1 - got);
        assert_true(n > 0);
        got += n;
    }
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
    assert_null(strstr(answer, "Connection: close"));
}

/* New certificates are for new connections. Connections that are open, or about to begin, go on. */
TEST(test_connections_outlive_their_certificate)
{
    struct tls_server server;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    open_tls(&server);
    sem_init(&begun, 0, 0);
    sem_init(&may_go_on, 0, 0);
    hold = true;
    int fd = srv_connect("127.0.0.1", server.port, 5);
    sem_wait(&begun);
    assert_int_equal(srv_metrics_connections_now(server.srv.metrics), 1); /* counted before the daemon begins with it */
    load_certificate(&server, 2);
    sem_post(&may_go_on);
    SSL *ssl = shake_hands(context, fd);
    assert_int_equal(serial_of(ssl), 2);
    for (long serial = 3; serial < 10; serial++) {
        assert_answered_and_open(ssl);
        load_certificate(&server, serial);
        assert_new_connections_show(&server, context, serial);
    }
    assert_answered_and_open(ssl);
    hang_up(ssl);
    SSL_CTX_free(context);
    close_tls(&server);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A key that does not belong to the certificate, a file that is no key, no file: nothing changes. */
TEST(test_a_bad_certificate_changes_nothing)
{
    char error[256], other[80];
    struct tls_server server;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    open_tls(&server);
    SSL *ssl = shake_hands(context, srv_connect("127.0.0.1", server.port, 5));
    snprintf(other, sizeof other, "%s/other.pem", server.dir);
    test_make_certificate(other, server.key, 2);
    assert_false(srv_http_reload(server.http, error, sizeof error));
    assert_non_null(strstr(error, server.key));
    write_text(server.key, "no key\n");
    assert_false(srv_http_reload(server.http, error, sizeof error));
    unlink(server.key);
    assert_false(srv_http_reload(server.http, error, sizeof error));
    assert_new_connections_show(&server, context, 1);
    assert_answered_and_open(ssl);
    hang_up(ssl);
    load_certificate(&server, 3);
    assert_new_connections_show(&server, context, 3);
    SSL_CTX_free(context);
    unlink(other);
    close_tls(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost_connections_do_not_count),
        cmocka_unit_test(test_connections_outlive_their_certificate),
        cmocka_unit_test(test_a_bad_certificate_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
