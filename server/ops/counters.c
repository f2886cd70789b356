/* see counters.h */
#include "ops/counters.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/daemon.h"
#include "http/problem.h"
#include "ops/process.h"
#include "resource/route.h"
#include "server.h"

#define ROUTES_MAX 40
#define SCHEMES_MAX 64
#define REASONS_MAX 40

static const int statuses[] = {200, 204, 206, 304, 400, 401, 404, 405, 406, 412, 413,
                               414, 416, 429, 431, 500, 501, 503, 505, 0 /* any other */};
#define N_STATUSES (sizeof statuses / sizeof *statuses)

static const struct {
    uint64_t ns;
    const char *text; /* in seconds, as the label le */
} bounds[] = {
    {100000, "0.0001"},    {250000, "0.00025"},   {500000, "0.0005"},   {1000000, "0.001"},   {2500000, "0.0025"},
    {5000000, "0.005"},    {10000000, "0.01"},    {25000000, "0.025"},  {50000000, "0.05"},   {100000000, "0.1"},
    {250000000, "0.25"},   {500000000, "0.5"},    {1000000000, "1"},    {2500000000, "2.5"},  {10000000000, "10"},
    {UINT64_MAX, "+Inf"},
};
#define N_BOUNDS (sizeof bounds / sizeof *bounds)

struct histogram {
    _Atomic uint64_t count[N_BOUNDS]; /* per bucket, not cumulative */
    _Atomic uint64_t sum_ns;
};

struct srv_metrics {
    struct histogram requests[ROUTES_MAX][N_STATUSES]; /* the last route: none */
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t refused[REASONS_MAX];
    _Atomic uint64_t made[SCHEMES_MAX], made_ns[SCHEMES_MAX];
    _Atomic uint64_t timeouts, connections_refused;
    atomic_int connections, in_flight;
};

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

static uint64_t get(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void srv_metrics_request(struct srv_metrics *metrics, size_t route, int status, uint64_t ns, uint64_t body_bytes)
{
    size_t s = 0, b = 0;
    while (statuses[s] && statuses[s] != status)
        s++;
    while (ns > bounds[b].ns)
        b++;
    struct histogram *h = &metrics->requests[route < ROUTES_MAX - 1 ? route : ROUTES_MAX - 1][s];
    add(&h->count[b], 1);
    add(&h->sum_ns, ns);
    add(&metrics->bytes_out, body_bytes);
}

void srv_metrics_refused(struct srv_metrics *metrics, const char *slug)
{
    for (size_t i = 0; i < REASONS_MAX && srv_problem_at(i); i++)
        if (!strcmp(srv_problem_at(i)->slug, slug))
            add(&metrics->refused[i], 1);
}

void srv_metrics_made(struct srv_metrics *metrics, const char *scheme, size_t scheme_len, uint64_t ns)
{
    const struct wi_scheme_info *info = wi_scheme_find(scheme, scheme_len);
    unsigned i = 0;
    while (i < SCHEMES_MAX - 1 && wi_scheme_at(i) && wi_scheme_at(i) != info)
        i++;
    if (!wi_scheme_at(i))
        i = SCHEMES_MAX - 1;
    add(&metrics->made[i], 1);
    add(&metrics->made_ns[i], ns);
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

/* ---- text ------------------------------------------------------------------------------------------------------ */

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP weightd_%s %s\n# TYPE weightd_%s %s\n", name, help, name, type);
}

static void single(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    head(out, name, type, help);
    fprintf(out, "weightd_%s %llu\n", name, (unsigned long long)value);
}

static const char *route_name(size_t i)
{
    return i < ROUTES_MAX - 1 && srv_route_at(i) ? srv_route_at(i)->path : "none";
}

static void print_histogram(FILE *out, const char *route, int status, const struct histogram *h)
{
    static const char name[] = "weightd_http_request_duration_seconds";
    char labels[128], code[16] = "other";
    uint64_t cumulative = 0;
    if (status)
        snprintf(code, sizeof code, "%d", status);
    snprintf(labels, sizeof labels, "route=\"%.64s\",status=\"%s\"", route, code);
    for (size_t b = 0; b < N_BOUNDS; b++)
        cumulative += get(&h->count[b]);
    if (!cumulative)
        return;
    cumulative = 0;
    for (size_t b = 0; b < N_BOUNDS; b++) {
        cumulative += get(&h->count[b]);
        fprintf(out, "%s_bucket{%s,le=\"%s\"} %llu\n", name, labels, bounds[b].text, (unsigned long long)cumulative);
    }
    fprintf(out, "%s_sum{%s} %.9f\n%s_count{%s} %llu\n", name, labels, (double)get(&h->sum_ns) / 1e9, name, labels,
            (unsigned long long)cumulative);
}

static void print_http(FILE *out, const struct srv_metrics *metrics)
{
    head(out, "http_request_duration_seconds", "histogram", "From a request's first line to its answer's last byte.");
    for (size_t r = 0; r < ROUTES_MAX; r++)
        for (size_t s = 0; s < N_STATUSES; s++)
            print_histogram(out, route_name(r), statuses[s], &metrics->requests[r][s]);
    single(out, "http_requests_in_flight", "gauge", "Requests begun and not yet answered.",
           srv_metrics_in_flight_now(metrics));
    single(out, "http_connections", "gauge", "Open connections.", srv_metrics_connections_now(metrics));
    single(out, "http_connections_refused_total", "counter", "Connections refused because their address had too many.",
           get(&metrics->connections_refused));
    single(out, "http_timeouts_total", "counter", "Connections closed because a request or an answer took too long.",
           get(&metrics->timeouts));
    single(out, "http_body_bytes_total", "counter", "Bytes of bodies that were sent.", get(&metrics->bytes_out));
    head(out, "http_refused_total", "counter", "Requests refused before they were routed, by reason.");
    for (size_t i = 0; i < REASONS_MAX && srv_problem_at(i); i++)
        if (get(&metrics->refused[i]))
            fprintf(out, "weightd_http_refused_total{reason=\"%s\"} %llu\n", srv_problem_at(i)->slug,
                    (unsigned long long)get(&metrics->refused[i]));
}

/* The name of a place in made[], NULL for those that are not used. */
static const char *scheme_name(unsigned i)
{
    const struct wi_scheme_info *info = i < SCHEMES_MAX - 1 ? wi_scheme_at(i) : NULL;
    return info ? info->name : i == SCHEMES_MAX - 1 ? "other" : NULL;
}

static void print_made(FILE *out, const struct srv_metrics *metrics)
{
    head(out, "generated_total", "counter", "Values computed for the cache, by scheme.");
    for (unsigned i = 0; i < SCHEMES_MAX; i++)
        if (scheme_name(i) && get(&metrics->made[i]))
            fprintf(out, "weightd_generated_total{scheme=\"%s\"} %llu\n", scheme_name(i),
                    (unsigned long long)get(&metrics->made[i]));
    head(out, "generation_seconds_total", "counter", "Processor time spent on them.");
    for (unsigned i = 0; i < SCHEMES_MAX; i++)
        if (scheme_name(i) && get(&metrics->made[i]))
            fprintf(out, "weightd_generation_seconds_total{scheme=\"%s\"} %.9f\n", scheme_name(i),
                    (double)get(&metrics->made_ns[i]) / 1e9);
}

struct cache_row {
    const char *name, *type, *help;
    size_t offset;
};
#define ROW(name, type, field, help) {name, type, help, offsetof(struct srv_cache_stats, field)}
static const struct cache_row cache_rows[] = {
    ROW("cache_hits_total", "counter", hits, "Bodies that were in memory."),
    ROW("cache_misses_total", "counter", misses, "Bodies that were not."),
    ROW("cache_collapsed_total", "counter", collapsed, "Requests that joined a computation begun by another."),
    ROW("cache_evictions_total", "counter", evictions, "Bodies that made room for others."),
    ROW("cache_bytes", "gauge", bytes, "Bytes kept in memory."),
    ROW("cache_entries", "gauge", entries, "Bodies kept in memory."),
    ROW("computed_total", "counter", made, "Values computed."),
    ROW("computations_pending", "gauge", pending, "Computations that wait or run."),
    ROW("computations_queued", "gauge", queued, "Tasks that wait for a thread."),
    ROW("computations_cancelled_total", "counter", cancelled, "Computations nobody wanted any more."),
    ROW("computations_refused_total", "counter", refused, "Computations refused because too many waited."),
    ROW("computations_failed_total", "counter", failed, "Computations that failed for want of memory."),
    ROW("work_bytes", "gauge", in_flight_bytes, "Bytes of bodies being computed, or sent though no longer kept."),
    ROW("disk_hits_total", "counter", disk_hits, "Bodies that were found on disk."),
    ROW("disk_misses_total", "counter", disk_misses, "Bodies that were not."),
    ROW("disk_writes_total", "counter", disk_writes, "Bodies written to disk."),
    ROW("disk_errors_total", "counter", disk_errors, "Files that were damaged or could not be written."),
    ROW("disk_evictions_total", "counter", disk_evictions, "Files removed to make room."),
    ROW("disk_bytes", "gauge", disk_bytes, "Bytes kept on disk."),
    ROW("disk_entries", "gauge", disk_entries, "Bodies kept on disk."),
};

static void print_cache(FILE *out, struct srv_cache *cache)
{
    struct srv_cache_stats stats = {0};
    srv_cache_stats(cache, &stats);
    for (size_t i = 0; i < sizeof cache_rows / sizeof *cache_rows; i++) {
        const struct cache_row *row = &cache_rows[i];
        single(out, row->name, row->type, row->help, *(const uint64_t *)(const void *)((const char *)&stats + row->offset));
    }
    head(out, "compute_seconds_total", "counter", "Processor time spent on values computed.");
    fprintf(out, "weightd_compute_seconds_total %.9f\n", (double)stats.make_ns / 1e9);
}

char *srv_metrics_text(struct srv_server *srv, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    head(out, "build_info", "gauge", "What is running.");
    fprintf(out, "weightd_build_info{version=\"%s\",alg=\"%d\",instructions=\"%s\",libmicrohttpd=\"%s\"} 1\n",
            WEIGHTD_VERSION, WI_ALG, wi_isa_name(wi_isa_level()), srv_http_library());
    single(out, "draining", "gauge", "1 once the server was told to stop.", atomic_load(&srv->draining));
    print_http(out, srv->metrics);
    print_made(out, srv->metrics);
    print_cache(out, srv->cache);
    srv_process_print(out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
