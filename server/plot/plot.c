/* GET /plot/{name}.{format}: a picture, or its numbers. See plot.h. */
#include "plot/plot.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "http/problem.h"
#include "plot/svg.h"
#include "resource/resource.h"
#include "server.h"

const struct srv_plot_format srv_plot_formats[SRV_PLOT_FORMATS] = {[SRV_PLOT_SVG] = {"svg", "image/svg+xml"},
                                                                   [SRV_PLOT_JSON] = {"json", "application/json"},
                                                                   [SRV_PLOT_CSV] = {"csv", "text/csv; charset=utf-8"},
                                                                   [SRV_PLOT_PNG] = {"png", "image/png"}};

static const struct srv_plot *const plots[] = {&srv_plot_histogram, &srv_plot_heat, &srv_plot_sweep, &srv_plot_spectrum,
                                               &srv_plot_symmetry,  &srv_plot_grid, &srv_plot_versus};

const struct srv_plot *srv_plot_at(unsigned i)
{
    return i < sizeof plots / sizeof *plots ? plots[i] : NULL;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

void srv_plot_real(struct srv_text *out, double value)
{
    if (isfinite(value))
        srv_text_format(out, "%.6g", value == 0 ? 0 : value);
    else
        srv_text_put(out, "null");
}

void srv_plot_put(struct srv_text *out, const char *before, double value)
{
    srv_text_put(out, before);
    srv_plot_real(out, value);
}

void srv_plot_cell(struct srv_text *out, double value)
{
    srv_text_put(out, ",");
    if (isfinite(value))
        srv_plot_real(out, value);
}

void srv_plot_request(struct srv_text *out, const struct wi_plan *plan)
{
    char canonical[WI_CANONICAL_MAX];
    wi_plan_canonical(plan, WI_CANONICAL_BODY, canonical);
    srv_text_format(out, "\"request\":\"%s\"", canonical);
}

void srv_plot_list(struct srv_text *out, const char *name, const double *values, size_t n)
{
    srv_text_format(out, "\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        srv_text_put(out, i ? "," : "");
        srv_plot_real(out, values[i]);
    }
    srv_text_put(out, "]");
}

void srv_plot_room(double *low, double *high)
{
    if (*high - *low > SRV_PLOT_SPAN_MIN)
        return;
    const double size = fabs(*low), room = size > SRV_PLOT_SPAN_MIN ? fmin(size / 2, 5e305) : 0.5;
    *low = fmax(*low - room, -DBL_MAX);
    *high = fmin(*high + room, DBL_MAX);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static enum srv_code make(const struct srv_making *making, void *arg, struct srv_blob **blob)
{
    const struct srv_plot_ask *ask = arg;
    struct srv_text text = {0};
    void *found = calloc(1, ask->plot->found_bytes);
    enum srv_code code = found ? ask->plot->study(making, ask, found) : SRV_NO_MEMORY;
    if (code == SRV_OK)
        ask->plot->write[ask->format - srv_plot_formats](&text, ask, found);
    free(found);
    size_t len = 0;
    char *bytes = srv_text_take(&text, &len);
    if (code == SRV_OK)
        code = bytes ? srv_making_give(making, bytes, len, blob) : SRV_NO_MEMORY;
    free(bytes);
    return code;
}

static void *copy_ask(const void *ask)
{
    struct srv_plot_ask *copy = malloc(sizeof *copy);
    if (copy)
        memcpy(copy, ask, sizeof *copy);
    return copy;
}

static const char *label_of(const void *ask)
{
    return ((const struct srv_plot_ask *)ask)->plan.part.tensor.scheme->name;
}

/* Another version of the program may draw otherwise, so a picture is not kept beyond this process. */
static const struct srv_make plot_make = {
    .make = make, .copy = copy_ask, .drop = free, .label = label_of, .memory_only = true};

/* ---- answering --------------------------------------------------------------------------------------------------- */

/* "sweep.svg" */
static bool find(const char *name, struct srv_plot_ask *ask)
{
    const char *dot = strrchr(name, '.');
    const size_t len = dot ? (size_t)(dot - name) : 0;
    for (unsigned i = 0; dot && srv_plot_at(i); i++) {
        const struct srv_plot *plot = srv_plot_at(i);
        if (strlen(plot->name) != len || memcmp(plot->name, name, len) != 0)
            continue;
        for (unsigned f = 0; f < SRV_PLOT_FORMATS; f++)
            if (plot->write[f] && strcmp(srv_plot_formats[f].name, dot + 1) == 0) {
                ask->plot = plot;
                ask->format = &srv_plot_formats[f];
                return true;
            }
    }
    return false;
}

static void reply_nothing(const struct srv_request *req, struct srv_reply *reply)
{
    char list[400];
    size_t len = 0;
    for (unsigned i = 0; srv_plot_at(i); i++)
        for (unsigned f = 0; f < SRV_PLOT_FORMATS; f++)
            if (srv_plot_at(i)->write[f])
                len += (size_t)snprintf(list + len, sizeof list - len, "%s%s.%s", len ? ", " : "There are ",
                                        srv_plot_at(i)->name, srv_plot_formats[f].name);
    snprintf(list + len, sizeof list - len, ".");
    srv_problem_reply(reply, req, "not-found", list);
}

static void reply_picture(const struct srv_plot_ask *ask, const struct srv_blob *blob, struct srv_reply *reply)
{
    char hash[SRV_SVG_HASH_MAX], *bytes = malloc(blob->size + 1);
    if (bytes) {
        memcpy(bytes, blob->bytes, blob->size);
        bytes[blob->size] = '\0';
    }
    srv_reply_text_take(reply, 200, ask->format->media_type, bytes, blob->size);
    reply->caching = SRV_CACHE_HOUR;
    srv_svg_style_hash((enum srv_plot_theme)ask->number[SRV_PLOT_THEME], hash);
    if (ask->format == &srv_plot_formats[SRV_PLOT_SVG])
        srv_reply_header(reply, "Content-Security-Policy", "default-src 'none'%s%s%s", *hash ? "; style-src '" : "",
                         hash, *hash ? "'" : "");
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    srv_reply_header(reply, "Cross-Origin-Resource-Policy", "cross-origin");
}

static struct srv_job *job_of(struct srv_server *srv, const struct srv_plot_ask *ask)
{
    char target[SRV_PLOT_TARGET_MAX];
    struct srv_job *job;
    srv_cache_get(srv->cache, target, srv_plot_target(ask, target), &plot_make, (void *)(uintptr_t)ask, &job);
    return job;
}

struct srv_job *srv_plot_job(struct srv_server *srv, const char *name, enum srv_plot_theme theme,
                             const struct wi_request *request, const struct srv_plot_network *network)
{
    struct srv_job *job = NULL;
    struct wi_error err = {0};
    struct srv_plot_ask *ask = calloc(1, sizeof *ask);
    if (ask && find(name, ask) && srv_plot_take(ask, request, network, &err)) {
        ask->number[SRV_PLOT_THEME] = theme;
        job = job_of(srv, ask);
    }
    free(ask);
    return job;
}

static void give(struct srv_server *srv, const struct srv_request *req, const struct srv_plot_ask *ask,
                 struct srv_reply *reply)
{
    struct srv_job *job = job_of(srv, ask);
    const enum srv_code code = srv_job_code(job);
    if (code == SRV_PENDING) {
        reply->job = job;
        reply->again = true;
        return;
    }
    if (code == SRV_OK)
        reply_picture(ask, srv_job_blob(job), reply);
    else
        srv_problem_busy(reply, req, code == SRV_NO_MEMORY ? SRV_NO_MEMORY_TEXT : "Too much waits to be computed.");
    srv_job_unref(job);
}

void srv_handle_plot(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    const struct wi_limits limits = {srv->config->max_bytes, srv->config->work_bytes};
    struct wi_error err = {0};
    struct srv_plot_ask *ask = calloc(1, sizeof *ask);
    if (!ask) {
        reply->lost = true;
        return;
    }
    if (!find(req->args[0], ask)) {
        reply_nothing(req, reply);
    } else if (!srv_plot_read(ask, req, &limits, &err)) {
        char example[128];
        snprintf(example, sizeof example, "/plot/%s.%s?%sseed=7", ask->plot->name, ask->format->name,
                 ask->plot->every_scheme                        ? ""
                 : ask->plot->takes & SRV_PLOT_BIT(SRV_PLOT_VS) ? "scheme=he_normal&shape=512,512&vs=torch,jax,tfjs&"
                 : ask->plot->has_shape                         ? "scheme=he_normal&shape=256,128&"
                                                                : "scheme=he_normal&activation=relu&");
        srv_problem_repaired(reply, req, wi_status_slug(err.code), &err, example);
    } else {
        give(srv, req, ask, reply);
    }
    free(ask);
}

/* ---- its parameters, for api/openapi.json ------------------------------------------------------------------------ */

static const struct srv_query_row rows[] = {{"activation", NULL}, {"depth", NULL}, {"width", NULL}, {"batch", NULL},
                                            {"bins", NULL},       {"vs", NULL},    {"theme", NULL}, {"size", NULL}};
const struct srv_query srv_plot_query = {rows, sizeof rows / sizeof *rows, NULL};
