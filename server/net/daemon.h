/* daemon.h - the socket side of weightd, on libmicrohttpd. Nothing outside http*.c knows that library.
 *
 * From a connection to an answer: the target is taken down as it came; on libmicrohttpd's first call the header passes
 * the guard (a refusal closes the connection), on the second the route answers (so that keep-alive survives). An answer
 * that must be computed suspends the connection until its job is done: network threads never wait and never compute for
 * long. Bodies have an exact Content-Length, always.
 *
 * Threads: one that accepts, one for handshakes if there is TLS, and the daemon's own, as many as config->threads; handlers
 * run on them. */
#ifndef SRV_NET_DAEMON_H
#define SRV_NET_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct srv_server;
struct srv_http;

/* Serve on a listening socket (taken, whatever comes out). NULL: *error says why. */
struct srv_http *srv_http_open(struct srv_server *srv, int listen_fd, unsigned threads, char *error, size_t cap);

/* Take no more connections; those that are there close after their next answer. */
void srv_http_quiesce(struct srv_http *http);
/* Read the certificate again, for new connections; those that are there end after their next answer. True also when
 * there is no TLS. False: *error says why, and nothing has changed. */
bool srv_http_reload(struct srv_http *http, char *error, size_t cap);
/* To be called several times a second: clients that wait for a computation and have left are let go, so that what nobody
 * waits for any more is given up; connections that take too long are closed. */
void srv_http_tick(struct srv_http *http);
/* Answer what waits for a computation with 503, close every connection, free. */
void srv_http_close(struct srv_http *http);

/* The version of libmicrohttpd in use. */
const char *srv_http_library(void);

#endif
