/* see healthcheck.h */
#include "ops/healthcheck.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/socket.h"

#define SECONDS 2
#define ANSWER_CAP 16 /* "HTTP/1.1 200 OK" */

/* What has been read of an answer; len < 0: errno says why nothing was. */
struct answer {
    char text[ANSWER_CAP];
    int len;
};

static bool judge(const struct answer *answer, char *why, size_t cap)
{
    static const char version[] = "HTTP/1.1 ";
    const char *status = answer->text + sizeof version - 1;
    if (answer->len < 0 && errno)
        snprintf(why, cap, "no answer: %s", errno == EAGAIN ? "timed out" : strerror(errno));
    else if (answer->len <= 0)
        snprintf(why, cap, "the connection was closed without an answer");
    else if (strncmp(answer->text, version, sizeof version - 1))
        snprintf(why, cap, "the answer is not HTTP/1.1");
    else if (strncmp(status, "200", 3))
        snprintf(why, cap, "the status is %.3s, not 200", status);
    else
        return true;
    return false;
}

static bool ask_plain(int fd, const char *request, int length, char *why, size_t cap)
{
    struct answer answer = {.len = -1};
    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) == length)
        answer.len = (int)recv(fd, answer.text, sizeof answer.text - 1, MSG_WAITALL);
    return judge(&answer, why, cap);
}

static bool ask_tls(int fd, const char *request, int length, char *why, size_t cap)
{
    struct answer answer = {.len = -1};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = context ? SSL_new(context) : NULL;
    errno = 0;
    bool good = ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1;
    if (!good)
        snprintf(why, cap, "no TLS handshake");
    if (good && SSL_write(ssl, request, length) == length)
        answer.len = SSL_read(ssl, answer.text, sizeof answer.text - 1);
    good = good && judge(&answer, why, cap);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return good;
}

bool srv_healthcheck(const char *address, uint16_t port, bool tls, const char *path, char *why, size_t cap)
{
    char request[256], reason[160], url[128];
    int fd = srv_connect(address, port, SECONDS);
    int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    snprintf(reason, sizeof reason, "%s", errno == EINPROGRESS ? "timed out" : strerror(errno));
    bool good = fd >= 0 && (tls ? ask_tls : ask_plain)(fd, request, length, reason, sizeof reason);
    srv_listen_url(tls ? "https" : "http", address, port, url, sizeof url);
    if (!good)
        snprintf(why, cap, "%s%s: %s", url, path, reason);
    if (fd >= 0)
        close(fd);
    return good;
}
