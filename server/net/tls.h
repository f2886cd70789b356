/* tls.h - the certificate, and how GnuTLS reads.
 *
 * Every connection takes the certificate of the moment when it begins, and keeps it. So a new certificate needs no new
 * daemon, and no open connection notices it.
 *
 * Threads: load is the main thread's, attach and detach are called by the daemon's threads. */
#ifndef SRV_NET_TLS_H
#define SRV_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lock.h"

struct srv_http;
struct srv_connection;
struct srv_certificate; /* counted: one reference per connection, and one of srv_tls */

DECLARE_LOCK(tls_lock);

struct srv_tls {
    pthread_mutex_t lock;
    struct srv_tickets *tickets;                          /* owned: with what clients resume sessions; NULL: no TLS */
    struct srv_certificate *current GUARDED_BY(tls_lock); /* NULL: no TLS */
};

/* Read --tls-cert and --tls-key (both are given, or none), for connections that begin from now on. True also without
 * TLS. False: *error says why, and nothing has changed. */
bool srv_tls_load(struct srv_http *http, char *error, size_t cap);
/* After the last connection has ended. */
void srv_tls_free(struct srv_http *http);

/* For MHD_OPTION_HTTPS_PRIORITIES: TLS 1.2 and 1.3, with forward secrecy and authenticated encryption. */
extern const char srv_tls_priorities[];
/* For MHD_OPTION_HTTPS_CERT_CALLBACK: without that option, or a certificate, no daemon starts. */
void *srv_tls_callback(void);

/* A connection begins: give it its certificate, and let GnuTLS read in a way that libmicrohttpd can live with. Without
 * TLS nothing happens. */
void srv_tls_attach(struct srv_connection *c);
/* A connection has ended. */
void srv_tls_detach(struct srv_connection *c);

#endif
