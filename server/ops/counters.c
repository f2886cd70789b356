/* see counters.h */
#include "ops/counters.h"

#include <stdlib.h>
#include <string.h>

#include "wi.h"

const int srv_metrics_statuses[] = {200, 204, 206, 304, 400, 401, 404, 405, 406, 412, 413,
                                    414, 416, 421, 429, 431, 500, 501, 503, 505, 0 /* any other */};
_Static_assert(sizeof srv_metrics_statuses == SRV_METRICS_STATUSES * sizeof(int), "one place for each status");

const struct srv_metrics_bound srv_metrics_bounds[] = {
    {100000, "0.0001"},  {250000, "0.00025"}, {500000, "0.0005"},  {1000000, "0.001"},
    {2500000, "0.0025"}, {5000000, "0.005"},  {10000000, "0.01"},  {25000000, "0.025"},
    {50000000, "0.05"},  {100000000, "0.1"},  {250000000, "0.25"}, {500000000, "0.5"},
    {1000000000, "1"},   {2500000000, "2.5"}, {10000000000, "10"}, {UINT64_MAX, "+Inf"},
};
_Static_assert(sizeof srv_metrics_bounds == SRV_METRICS_BOUNDS * sizeof *srv_metrics_bounds,
               "one place for each bound");

struct srv_metrics *srv_metrics_open(void)
{
    return calloc(1, sizeof(struct srv_metrics));
}

void srv_metrics_close(struct srv_metrics *metrics)
{
    free(metrics);
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void srv_metrics_request(struct srv_metrics *metrics, size_t route, int status, uint64_t ns, uint64_t body_bytes)
{
    size_t s = 0, b = 0;
    while (srv_metrics_statuses[s] && srv_metrics_statuses[s] != status)
        s++;
    while (ns > srv_metrics_bounds[b].ns)
        b++;
    struct srv_histogram *h = &metrics->requests[route < SRV_METRICS_ROUTES - 1 ? route : SRV_METRICS_ROUTES - 1][s];
    add(&h->count[b], 1);
    add(&h->sum_ns, ns);
    add(&metrics->bytes_out, body_bytes);
}

void srv_metrics_refused(struct srv_metrics *metrics, size_t problem)
{
    if (problem < SRV_METRICS_PROBLEMS)
        add(&metrics->refused[problem], 1);
}

void srv_metrics_made(struct srv_metrics *metrics, const char *scheme, uint64_t ns)
{
    const struct wi_scheme_info *info = wi_scheme_find(scheme, strlen(scheme));
    unsigned i = 0;
    while (i < SRV_METRICS_SCHEMES - 1 && wi_scheme_at(i) && wi_scheme_at(i) != info)
        i++;
    if (!wi_scheme_at(i))
        i = SRV_METRICS_SCHEMES - 1;
    add(&metrics->made[i], 1);
    add(&metrics->made_ns[i], ns);
}

void srv_metrics_model(struct srv_metrics *metrics, size_t preset, uint64_t ns)
{
    const size_t i = preset < SRV_METRICS_MODELS - 1 ? preset : SRV_METRICS_MODELS - 1;
    add(&metrics->model_files[i], 1);
    add(&metrics->model_ns[i], ns);
}

void srv_metrics_connection(struct srv_metrics *metrics, int change)
{
    atomic_fetch_add_explicit(&metrics->connections, change, memory_order_relaxed);
}

void srv_metrics_timeout(struct srv_metrics *metrics)
{
    add(&metrics->timeouts, 1);
}

void srv_metrics_connection_refused(struct srv_metrics *metrics)
{
    add(&metrics->connections_refused, 1);
}

void srv_metrics_in_flight(struct srv_metrics *metrics, int change)
{
    atomic_fetch_add_explicit(&metrics->in_flight, change, memory_order_relaxed);
}

static unsigned now(const atomic_int *gauge)
{
    int value = atomic_load_explicit(gauge, memory_order_relaxed);
    return value > 0 ? (unsigned)value : 0;
}

unsigned srv_metrics_connections_now(const struct srv_metrics *metrics)
{
    return now(&metrics->connections);
}

unsigned srv_metrics_in_flight_now(const struct srv_metrics *metrics)
{
    return now(&metrics->in_flight);
}
