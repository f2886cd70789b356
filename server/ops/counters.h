/* counters.h - counters of the running server, and their text for Prometheus (exposition format 0.0.4).
 *
 * Labels have few values by design: route patterns, statuses, scheme names, reasons. Never a shape, a seed or a path.
 * Counting is a few relaxed atomic additions, from any thread. */
#ifndef SRV_OPS_COUNTERS_H
#define SRV_OPS_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct srv_server;
struct srv_metrics;

struct srv_metrics *srv_metrics_open(void); /* NULL: no memory */
void srv_metrics_close(struct srv_metrics *metrics);

/* A request was answered to the end: route as srv_route returns it, time from its first line to its last byte. */
void srv_metrics_request(struct srv_metrics *metrics, size_t route, int status, uint64_t ns, uint64_t body_bytes);
/* A request was refused before a handler saw it, for a reason of problem.h's table. */
void srv_metrics_refused(struct srv_metrics *metrics, const char *slug);
/* A value of that scheme was computed for the cache, in so much processor time. Schemes that only like= has count as other. */
void srv_metrics_made(struct srv_metrics *metrics, const char *scheme, size_t scheme_len, uint64_t ns);
/* Connections open now, those the library was given and has not come to among them: +1, -1. */
void srv_metrics_connection(struct srv_metrics *metrics, int change);
unsigned srv_metrics_connections_now(const struct srv_metrics *metrics);
/* A connection was closed because it took too long; one was closed because its address has too many. */
void srv_metrics_timeout(struct srv_metrics *metrics);
void srv_metrics_connection_refused(struct srv_metrics *metrics);
/* Requests begun and not yet answered: +1, -1. */
void srv_metrics_in_flight(struct srv_metrics *metrics, int change);
unsigned srv_metrics_in_flight_now(const struct srv_metrics *metrics);

/* Everything as text, malloc'd; NULL: no memory. */
char *srv_metrics_text(struct srv_server *srv, size_t *len);

#endif
