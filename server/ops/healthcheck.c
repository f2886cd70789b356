/* see healthcheck.h */
#include "ops/healthcheck.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/socket.h"

static bool is_good(const char *answer, int n)
{
    return n > 12 && !strncmp(answer, "HTTP/1.1 200", 12);
}

static bool ask_plain(int fd, const char *request, int length)
{
    char answer[16] = "";
    return send(fd, request, (size_t)length, MSG_NOSIGNAL) == length &&
           is_good(answer, (int)recv(fd, answer, sizeof answer - 1, MSG_WAITALL));
}

static bool ask_tls(int fd, const char *request, int length)
{
    char answer[16] = "";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = context ? SSL_new(context) : NULL;
    bool good = ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1 && SSL_write(ssl, request, length) == length &&
                is_good(answer, SSL_read(ssl, answer, sizeof answer - 1));
    SSL_free(ssl);
    SSL_CTX_free(context);
    return good;
}

bool srv_healthcheck(const char *address, uint16_t port, bool tls, const char *path)
{
    char request[256];
    int fd = srv_connect(address, port, 2);
    int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    bool good = fd >= 0 && (tls ? ask_tls : ask_plain)(fd, request, length);
    if (fd >= 0)
        close(fd);
    return good;
}
