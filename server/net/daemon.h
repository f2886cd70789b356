/* daemon.h - the socket side of weightd, on libmicrohttpd. No file outside net/ knows that library; net/answer.c lists
 * the steps from a request to its answer.
 *
 * Network threads never wait for a job and never compute for long: a connection whose answer must be computed is
 * suspended until the job is done. Bodies always have an exact Content-Length.
 *
 * Threads: one accepts, one waits for input during handshakes if there is TLS, and as many as the caller says serve the
 * connections; handlers run on those. The functions below are called by one thread. */
#ifndef SRV_NET_DAEMON_H
#define SRV_NET_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct srv_server;
struct srv_http;

/* Serve on listening sockets, which are taken whatever comes out. NULL: *error says why. */
struct srv_listener;
struct srv_http *srv_http_open(struct srv_server *srv, struct srv_listener *listener, unsigned threads, char *error,
                               size_t cap);

/* Take no more connections; open connections close after their next answer (srv->draining). */
void srv_http_quiesce(struct srv_http *http);
/* Read the certificate again, for new connections; open connections keep theirs. True also without TLS. False: *error
 * says why, and nothing has changed. */
bool srv_http_reload(struct srv_http *http, char *error, size_t cap);
/* To be called several times a second: lets clients go that have closed while they waited, so that a job that nobody
 * waits for is given up; closes connections that take too long. */
void srv_http_tick(struct srv_http *http);
/* Answer requests that wait for a job with 503, close every connection, free. */
void srv_http_close(struct srv_http *http);

/* Do --tls-cert and --tls-key of the configuration hold a certificate and its key, if they are given? False: *error
 * names the option, the file and the reason. */
struct srv_config;
bool srv_http_certificate_good(const struct srv_config *config, char *error, size_t cap);

/* The version of libmicrohttpd in use. */
const char *srv_http_library(void);

#endif
