/* counters.h - counters of the running server; resource/metrics.c prints them.
 *
 * Rows and columns are indices into tables: routes, statuses, problems, schemes. So there are few by design, and none
 * is of a client's making. Counting is a few relaxed atomic additions, from any thread. */
#ifndef SRV_OPS_COUNTERS_H
#define SRV_OPS_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_METRICS_ROUTES 64 /* the last: no route */
#define SRV_METRICS_PROBLEMS 40
#define SRV_METRICS_SCHEMES 64 /* the last: any other than the native ones */
#define SRV_METRICS_MODELS 512 /* the last: any other than the first presets of the catalog */
#define SRV_METRICS_STATUSES 21
#define SRV_METRICS_BOUNDS 16

extern const int srv_metrics_statuses[SRV_METRICS_STATUSES]; /* the last is 0: any other */
extern const struct srv_metrics_bound {
    uint64_t ns;
    const char *text; /* in seconds, as the label le */
} srv_metrics_bounds[SRV_METRICS_BOUNDS];

struct srv_histogram {
    _Atomic uint64_t count[SRV_METRICS_BOUNDS]; /* per bucket, not cumulative */
    _Atomic uint64_t sum_ns;
};

struct srv_metrics {
    struct srv_histogram requests[SRV_METRICS_ROUTES][SRV_METRICS_STATUSES];
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t refused[SRV_METRICS_PROBLEMS];
    _Atomic uint64_t made[SRV_METRICS_SCHEMES], made_ns[SRV_METRICS_SCHEMES];
    _Atomic uint64_t model_files[SRV_METRICS_MODELS], model_ns[SRV_METRICS_MODELS];
    _Atomic uint64_t timeouts, connections_refused;
    atomic_int connections, in_flight;
};

static inline uint64_t srv_metrics_get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct srv_metrics *srv_metrics_open(void); /* NULL: no memory */
void srv_metrics_close(struct srv_metrics *metrics);

/* A request was answered to the end: route as srv_route returns it, time from its first line to its last byte. */
void srv_metrics_request(struct srv_metrics *metrics, size_t route, int status, uint64_t ns, uint64_t body_bytes);
/* A request was refused before a handler saw it: which problem, as srv_problem_index says. */
void srv_metrics_refused(struct srv_metrics *metrics, size_t problem);
/* A value of that scheme was computed for the cache, in so much processor time. Schemes that only like= has count as
 * other. */
void srv_metrics_made(struct srv_metrics *metrics, const char *scheme, uint64_t ns);
/* A file of a model was laid out, made or digested for the cache: the preset's place in the catalog, SIZE_MAX for what
 * is none. */
void srv_metrics_model(struct srv_metrics *metrics, size_t preset, uint64_t ns);
/* Count an open connection: +1 when it opens, -1 when it closes. It counts as soon as the library has it, even if the
 * library has not served it yet. */
void srv_metrics_connection(struct srv_metrics *metrics, int change);
unsigned srv_metrics_connections_now(const struct srv_metrics *metrics);
/* A connection was closed because it took too long; one was closed because its address has too many. */
void srv_metrics_timeout(struct srv_metrics *metrics);
void srv_metrics_connection_refused(struct srv_metrics *metrics);
/* Requests begun and not yet answered: +1, -1. */
void srv_metrics_in_flight(struct srv_metrics *metrics, int change);
unsigned srv_metrics_in_flight_now(const struct srv_metrics *metrics);

#endif
