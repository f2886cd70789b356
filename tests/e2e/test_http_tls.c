/* HTTPS: answers, ranges and the health check over TLS, new certificates on SIGHUP, slow handshakes. */
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"
#include "support/cert.h"
#include "support/server.h"
#include "support/watch.h"

#define LARGE "/init?scheme=normal&shape=1024,1024,48&format=raw&seed=7"

/* The serial number of the certificate that a new connection gets. */
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
    test_write_file(key, "no key\n");
    kill(server->pid, SIGHUP);
    usleep(300000);
    assert_int_equal(test_status(server, "/livez", NULL), 200);
    assert_int_equal(serial_of(server), 4); /* a bad file changes nothing */
    test_server_stop(server);
    assert_int_equal(test_run(ARGS("--port", "0", "--tls-cert", cert, "--tls-key", key), out, sizeof out), 1);
    assert_int_equal(test_run(ARGS("--port", "0", "--tls-cert", cert), out, sizeof out), 1);
    assert_non_null(strstr(out, "--tls-key"));
    unlink(cert);
    unlink(key);
    rmdir(dir);
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

/* A client with that version at most and those ciphers of TLS 1.2: is it served? `session` (may be NULL) is resumed
 * if it holds one, and holds one afterwards; *resumed tells whether the server did. */
static bool is_served(const struct test_server *server, int version, const char *ciphers, SSL_SESSION **session,
                      bool *resumed)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    char out[1024] = "";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, version);
    assert_int_equal(SSL_CTX_set_cipher_list(context, ciphers), 1);
    SSL *ssl = SSL_new(context);
    const int fd = test_connect(server);
    SSL_set_fd(ssl, fd);
    if (session && *session)
        SSL_set_session(ssl, *session);
    const bool served = SSL_connect(ssl) == 1 && SSL_write(ssl, request, sizeof request - 1) > 0 &&
                        SSL_read(ssl, out, sizeof out - 1) > 0 && !strncmp(out, "HTTP/1.1 200", 12);
    if (session) {
        *resumed = SSL_session_reused(ssl);
        SSL_SESSION_free(*session);
        *session = SSL_get1_session(ssl);
    }
    SSL_shutdown(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return served;
}

/* TLS 1.2 and newer, with forward secrecy and authenticated encryption; sessions resume. */
TEST(test_tls_versions)
{
    struct tls tls;
    bool resumed;
    start_tls(&tls);
    assert_true(is_served(tls.server, TLS1_3_VERSION, "DEFAULT", NULL, NULL));
    assert_true(
        is_served(tls.server, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256", NULL, NULL));
    assert_true(
        is_served(tls.server, TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305", NULL, NULL));
    assert_false(is_served(tls.server, TLS1_VERSION, "ALL:@SECLEVEL=0", NULL, NULL));
    assert_false(is_served(tls.server, TLS1_1_VERSION, "ALL:@SECLEVEL=0", NULL, NULL));
    assert_false(is_served(tls.server, TLS1_2_VERSION, "AES128-GCM-SHA256:AES256-SHA", NULL, NULL));
    assert_false(is_served(tls.server, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA", NULL, NULL));
    assert_false(
        is_served(tls.server, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256", NULL, NULL));
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        SSL_SESSION *session = NULL;
        assert_true(is_served(tls.server, version, "DEFAULT", &session, &resumed));
        assert_false(resumed);
        assert_true(is_served(tls.server, version, "DEFAULT", &session, &resumed));
        assert_true(resumed);
        SSL_SESSION_free(session);
    }
    stop_tls(&tls);
}

/* Clients that are slow with their handshake, or never begin it, cost no processor time. */
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
    assert_int_equal(test_status(tls.server, "/livez", NULL), 200);
    for (size_t i = 0; i < 3; i++) {
        char byte;
        assert_true(recv(fds[i], &byte, 1, 0) <= 0);
        close(fds[i]);
    }
    stop_tls(&tls);
}

/* A request that comes in one segment with a new key is answered. */
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
        usleep(100000); /* until the server's thread waits */
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    stop_tls(&tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_versions),
        cmocka_unit_test(test_tls_handshakes_that_wait),
        cmocka_unit_test(test_tls_new_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
