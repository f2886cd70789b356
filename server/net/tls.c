/* see tls.h. Rows handshake and key of docs/LIBMICROHTTPD.md.
 *
 * A certificate is a set of GnuTLS credentials: when they are loaded, GnuTLS checks that the key belongs to the
 * certificate. Each session is given the current ones. libmicrohttpd's own credentials, one set per daemon, stay
 * empty. */
#include "net/tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "config.h"
#include "net/daemon.h"
#include "net/net_private.h"
#include "server.h"

/* ---- the certificate --------------------------------------------------------------------------------------------- */

struct srv_certificate {
    gnutls_certificate_credentials_t credentials;
    unsigned references GUARDED_BY(tls_lock);
};

static void release(struct srv_tls *tls, struct srv_certificate *certificate)
{
    if (!certificate)
        return;
    tls_lock_take(&tls->lock);
    const bool is_last = --certificate->references == 0;
    tls_lock_give(&tls->lock);
    if (!is_last)
        return;
    gnutls_certificate_free_credentials(certificate->credentials);
    free(certificate);
}

/* A reference to the certificate of the moment; NULL without TLS. */
static struct srv_certificate *take_current(struct srv_tls *tls)
{
    tls_lock_take(&tls->lock);
    struct srv_certificate *certificate = tls->current;
    if (certificate)
        certificate->references++;
    tls_lock_give(&tls->lock);
    return certificate;
}

static void replace(struct srv_tls *tls, struct srv_certificate *certificate)
{
    tls_lock_take(&tls->lock);
    struct srv_certificate *old = tls->current;
    tls->current = certificate;
    tls_lock_give(&tls->lock);
    release(tls, old);
}

/* Nobody else knows the result yet. NULL: no memory, or *code says why not. */
UNCHECKED static struct srv_certificate *read_certificate(const char *cert, const char *key, int *code)
{
    struct srv_certificate *certificate = calloc(1, sizeof *certificate);
    if (!certificate || (*code = gnutls_certificate_allocate_credentials(&certificate->credentials)) < 0) {
        free(certificate);
        return NULL;
    }
    certificate->references = 1;
    *code = gnutls_certificate_set_x509_key_file(certificate->credentials, cert, key, GNUTLS_X509_FMT_PEM);
    return certificate;
}

/* The fault that GnuTLS finds with the certificates of a file; 0: none. */
static int certificate_fault(const char *path)
{
    gnutls_datum_t text = {NULL, 0};
    gnutls_x509_crt_t *chain = NULL;
    unsigned n = 0;
    int code = gnutls_load_file(path, &text);
    if (code >= 0)
        code = gnutls_x509_crt_list_import2(&chain, &n, &text, GNUTLS_X509_FMT_PEM, 0);
    for (unsigned i = 0; code >= 0 && i < n; i++)
        gnutls_x509_crt_deinit(chain[i]);
    if (code >= 0)
        gnutls_free(chain);
    gnutls_free(text.data);
    return code < 0 ? code : 0;
}

/* Say which of the two files is at fault. */
static void explain(const char *cert, const char *key, int code, char *error, size_t cap)
{
    const int fault = certificate_fault(cert);
    if (fault)
        snprintf(error, cap, "--tls-cert %s: no certificate in PEM there: %s", cert, gnutls_strerror(fault));
    else if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        snprintf(error, cap, "--tls-key %s: not the key of --tls-cert %s", key, cert);
    else
        snprintf(error, cap, "--tls-key %s: no key in PEM without a password there: %s", key, gnutls_strerror(code));
}

bool srv_http_certificate_good(const struct srv_config *config, char *error, size_t cap)
{
    int code = GNUTLS_E_MEMORY_ERROR;
    if (!config->tls_cert)
        return true;
    struct srv_certificate *certificate = read_certificate(config->tls_cert, config->tls_key, &code);
    if (code < 0)
        explain(config->tls_cert, config->tls_key, code, error, cap);
    if (certificate)
        gnutls_certificate_free_credentials(certificate->credentials);
    free(certificate);
    return code >= 0;
}

/* ---- the protocol ------------------------------------------------------------------------------------------------ */

const char srv_tls_priorities[] =
    "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+GROUP-ALL:+COMP-NULL:+CTYPE-X509:"
    "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:"
    "+SIGN-ALL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE";

/* The key of the tickets with which clients resume their sessions. GnuTLS derives others from it, and changes them. */
struct srv_tickets {
    gnutls_datum_t key;
};

/* Without memory for them there are no tickets, and each session begins anew. */
static void make_tickets(struct srv_tls *tls)
{
    if (tls->tickets)
        return;
    tls->tickets = calloc(1, sizeof *tls->tickets);
    if (!tls->tickets || gnutls_session_ticket_key_generate(&tls->tickets->key) >= 0)
        return;
    free(tls->tickets);
    tls->tickets = NULL;
}

static void free_tickets(struct srv_tls *tls)
{
    if (!tls->tickets)
        return;
    gnutls_memset(tls->tickets->key.data, 0, tls->tickets->key.size);
    gnutls_free(tls->tickets->key.data);
    free(tls->tickets);
}

bool srv_tls_load(struct srv_http *http, char *error, size_t cap)
{
    const char *cert = http->srv->config->tls_cert, *key = http->srv->config->tls_key;
    int code = GNUTLS_E_MEMORY_ERROR;
    if (!cert)
        return true;
    struct srv_certificate *certificate = read_certificate(cert, key, &code);
    if (code >= 0) {
        make_tickets(&http->tls);
        replace(&http->tls, certificate);
        return true;
    }
    explain(cert, key, code, error, cap);
    release(&http->tls, certificate);
    return false;
}

void srv_tls_free(struct srv_http *http)
{
    replace(&http->tls, NULL);
    free_tickets(&http->tls);
}

/* Called for sessions that have no credentials of their own: for want of memory. The handshake fails. */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
                          const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **certificates,
                          unsigned *n_certificates, gnutls_privkey_t *key)
{
    (void)session, (void)authorities, (void)n_authorities, (void)algorithms, (void)n_algorithms;
    (void)certificates, (void)n_certificates, (void)key;
    return -1;
}

void *srv_tls_callback(void)
{
    return (void *)(uintptr_t)no_certificate;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Row handshake: suspends a connection that has nothing to read before its first request. After that the library
 * waits as it should. */
static ssize_t read_socket(gnutls_transport_ptr_t ptr, void *buf, size_t n)
{
    struct srv_connection *c = ptr;
    ssize_t got = recvfrom(c->fd, buf, n, 0, NULL, NULL);
    if (got < 0 && errno == EAGAIN && !c->exchange.started_ns) {
        srv_wait_for_input(c);
        errno = EAGAIN;
    }
    return got;
}

static ssize_t from_session(void *session, void *data, size_t n)
{
    unsigned char sequence_number[8];
    return gnutls_record_recv_seq(session, data, n, sequence_number);
}

/* The library's call. GnuTLS has two functions that do the same, and this symbol takes the place of one of them. */
ssize_t gnutls_record_recv(gnutls_session_t session, void *data, size_t n)
{
    struct srv_connection *c = gnutls_transport_get_ptr(session);
    return srv_input_is_busy(c) ? GNUTLS_E_AGAIN : srv_input_read(c, data, n, from_session, session);
}

/* GnuTLS asks for this function along with the one that reads; sessions that do not block do not call it. */
static int await_socket(gnutls_transport_ptr_t ptr, unsigned ms)
{
    const struct srv_connection *c = ptr;
    struct pollfd polled = {.fd = c->fd, .events = POLLIN};
    return poll(&polled, 1, ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int)ms);
}

/* Row key: the client has sent a new key. Setting the low-water mark makes the kernel look whether there are as many
 * bytes to read, which is an edge for epoll if there are. */
static int on_key(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                  const gnutls_datum_t *message)
{
    const struct srv_connection *c = gnutls_transport_get_ptr(session);
    const int least = 1;
    (void)type;
    (void)when;
    (void)incoming;
    (void)message;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
    return 0;
}

void srv_tls_attach(struct srv_connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    c->certificate = take_current(&c->http->tls);
    if (!c->certificate || !info || !info->tls_session)
        return;
    gnutls_session_t session = info->tls_session;
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, c->certificate->credentials);
    if (c->http->tls.tickets)
        gnutls_session_ticket_enable_server(session, &c->http->tls.tickets->key);
    gnutls_transport_set_ptr2(session, c, gnutls_transport_get_ptr(session)); /* writing stays as it was */
    gnutls_transport_set_pull_function(session, read_socket);
    gnutls_transport_set_pull_timeout_function(session, await_socket);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_KEY_UPDATE, GNUTLS_HOOK_POST, on_key);
}

void srv_tls_detach(struct srv_connection *c)
{
    release(&c->http->tls, c->certificate);
}
