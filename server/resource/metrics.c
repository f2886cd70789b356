/* GET /metrics: the counters as text for Prometheus (exposition format 0.0.4).
 *
 * Labels have few values by design: route patterns, statuses, names of schemes and presets, reasons. Never a shape,
 * a seed or a path. */
#include <stdio.h>
#include <stdlib.h>

#include "http/problem.h"
#include "model/catalog.h"
#include "ops/counters.h"
#include "ops/process.h"
#include "resource/resource.h"
#include "resource/route.h"
#include "server.h"

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
    return i < SRV_METRICS_ROUTES - 1 && srv_route_at(i) ? srv_route_at(i)->path : "none";
}

static void print_histogram(FILE *out, const char *route, int status, const struct srv_histogram *h)
{
    static const char name[] = "weightd_http_request_duration_seconds";
    char labels[128], code[16] = "other";
    uint64_t cumulative = 0;
    if (status)
        snprintf(code, sizeof code, "%d", status);
    snprintf(labels, sizeof labels, "route=\"%.64s\",status=\"%s\"", route, code);
    for (size_t b = 0; b < SRV_METRICS_BOUNDS; b++)
        cumulative += srv_metrics_get(&h->count[b]);
    if (!cumulative)
        return;
    cumulative = 0;
    for (size_t b = 0; b < SRV_METRICS_BOUNDS; b++) {
        cumulative += srv_metrics_get(&h->count[b]);
        fprintf(out, "%s_bucket{%s,le=\"%s\"} %llu\n", name, labels, srv_metrics_bounds[b].text,
                (unsigned long long)cumulative);
    }
    fprintf(out, "%s_sum{%s} %.9f\n%s_count{%s} %llu\n", name, labels, (double)srv_metrics_get(&h->sum_ns) / 1e9, name,
            labels, (unsigned long long)cumulative);
}

static void print_http(FILE *out, const struct srv_metrics *metrics)
{
    head(out, "http_request_duration_seconds", "histogram", "From a request's first line to its answer's last byte.");
    for (size_t r = 0; r < SRV_METRICS_ROUTES; r++)
        for (size_t s = 0; s < SRV_METRICS_STATUSES; s++)
            print_histogram(out, route_name(r), srv_metrics_statuses[s], &metrics->requests[r][s]);
    single(out, "http_requests_in_flight", "gauge", "Requests begun and not yet answered.",
           srv_metrics_in_flight_now(metrics));
    single(out, "http_connections", "gauge", "Open connections.", srv_metrics_connections_now(metrics));
    single(out, "http_connections_refused_total", "counter", "Connections refused because their address had too many.",
           srv_metrics_get(&metrics->connections_refused));
    single(out, "http_timeouts_total", "counter", "Connections closed because a request or an answer took too long.",
           srv_metrics_get(&metrics->timeouts));
    single(out, "http_body_bytes_total", "counter", "Bytes of bodies that were sent.",
           srv_metrics_get(&metrics->bytes_out));
    head(out, "http_refused_total", "counter", "Requests refused before they were routed, by reason.");
    for (size_t i = 0; i < SRV_METRICS_PROBLEMS && srv_problem_at(i); i++)
        if (srv_metrics_get(&metrics->refused[i]))
            fprintf(out, "weightd_http_refused_total{reason=\"%s\"} %llu\n", srv_problem_at(i)->slug,
                    (unsigned long long)srv_metrics_get(&metrics->refused[i]));
}

/* The scheme that made[i] counts, "other" for the last place. NULL: the place is not used. */
static const char *scheme_name(unsigned i)
{
    const struct wi_scheme_info *info = i < SRV_METRICS_SCHEMES - 1 ? wi_scheme_at(i) : NULL;
    return info ? info->name : i == SRV_METRICS_SCHEMES - 1 ? "other" : NULL;
}

static void print_made(FILE *out, const struct srv_metrics *metrics)
{
    head(out, "generated_total", "counter", "Values computed for the cache, by scheme.");
    for (unsigned i = 0; i < SRV_METRICS_SCHEMES; i++)
        if (scheme_name(i) && srv_metrics_get(&metrics->made[i]))
            fprintf(out, "weightd_generated_total{scheme=\"%s\"} %llu\n", scheme_name(i),
                    (unsigned long long)srv_metrics_get(&metrics->made[i]));
    head(out, "generation_seconds_total", "counter", "Processor time spent on them.");
    for (unsigned i = 0; i < SRV_METRICS_SCHEMES; i++)
        if (scheme_name(i) && srv_metrics_get(&metrics->made[i]))
            fprintf(out, "weightd_generation_seconds_total{scheme=\"%s\"} %.9f\n", scheme_name(i),
                    (double)srv_metrics_get(&metrics->made_ns[i]) / 1e9);
}

/* The model that model_files[i] counts, "other" for the last place. NULL: the place is not used. */
static const char *model_name(const struct srv_server *srv, unsigned i)
{
    const struct srv_preset *preset = i < SRV_METRICS_MODELS - 1 ? srv_catalog_preset_at(srv->catalog, i) : NULL;
    return preset ? preset->name : i == SRV_METRICS_MODELS - 1 ? "other" : NULL;
}

static void print_models(FILE *out, const struct srv_server *srv)
{
    const struct srv_metrics *metrics = srv->metrics;
    head(out, "model_files_total", "counter", "Files of models laid out, made or digested for the cache, by preset.");
    for (unsigned i = 0; i < SRV_METRICS_MODELS; i++)
        if (model_name(srv, i) && srv_metrics_get(&metrics->model_files[i]))
            fprintf(out, "weightd_model_files_total{model=\"%s\"} %llu\n", model_name(srv, i),
                    (unsigned long long)srv_metrics_get(&metrics->model_files[i]));
    head(out, "model_seconds_total", "counter", "Processor time spent on them.");
    for (unsigned i = 0; i < SRV_METRICS_MODELS; i++)
        if (model_name(srv, i) && srv_metrics_get(&metrics->model_files[i]))
            fprintf(out, "weightd_model_seconds_total{model=\"%s\"} %.9f\n", model_name(srv, i),
                    (double)srv_metrics_get(&metrics->model_ns[i]) / 1e9);
}

struct cache_row {
    const char *name, *type, *help;
    size_t offset;
};
#define ROW(name, type, field, help)                              \
    {                                                             \
        name, type, help, offsetof(struct srv_cache_stats, field) \
    }
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
    ROW("disk_hits_total", "counter", disk.hits, "Bodies that were found on disk."),
    ROW("disk_misses_total", "counter", disk.misses, "Bodies that were not."),
    ROW("disk_writes_total", "counter", disk.writes, "Bodies written to disk."),
    ROW("disk_errors_total", "counter", disk.errors, "Files that were damaged or could not be written."),
    ROW("disk_evictions_total", "counter", disk.evictions, "Files removed to make room."),
    ROW("disk_bytes", "gauge", disk.bytes, "Bytes kept on disk."),
    ROW("disk_entries", "gauge", disk.entries, "Bodies kept on disk."),
};

static void print_cache(FILE *out, struct srv_cache *cache)
{
    struct srv_cache_stats stats = {0};
    srv_cache_stats(cache, &stats);
    for (size_t i = 0; i < sizeof cache_rows / sizeof *cache_rows; i++) {
        const struct cache_row *row = &cache_rows[i];
        single(out, row->name, row->type, row->help,
               *(const uint64_t *)(const void *)((const char *)&stats + row->offset));
    }
    head(out, "compute_seconds_total", "counter", "Processor time spent on values computed.");
    fprintf(out, "weightd_compute_seconds_total %.9f\n", (double)stats.make_ns / 1e9);
}

/* Every metric as text, malloc'd. NULL: no memory. */
static char *metrics_text(struct srv_server *srv, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    head(out, "build_info", "gauge", "What is running.");
    fprintf(out, "weightd_build_info{version=\"%s\",alg=\"%d\",instructions=\"%s\",libmicrohttpd=\"%s\"} 1\n",
            WEIGHTD_VERSION, WI_ALG, wi_isa_name(wi_isa_level()), srv->http_library);
    single(out, "draining", "gauge", "1 once the server was told to stop.", atomic_load(&srv->draining));
    print_http(out, srv->metrics);
    print_made(out, srv->metrics);
    print_models(out, srv);
    print_cache(out, srv->cache);
    single(out, "log_lines_lost_total", "counter", "Lines of the log that could not be written.",
           srv_log_lost(srv->log));
    srv_process_print(out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

void srv_handle_metrics(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)req;
    size_t len = 0;
    char *text = metrics_text(srv, &len);
    srv_reply_text_take(reply, 200, "text/plain; version=0.0.4; charset=utf-8", text, len);
    reply->caching = SRV_NO_STORE;
    reply->is_internal = true;
}
