/* GET /: the page for people. See page.h. */
#include "page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "cache/cache.h"
#include "http/target.h"
#include "plot/plot.h"
#include "resource/file.h"
#include "resource/resource.h"
#include "resource/tensor_body.h"
#include "server.h"

/* Nothing is inline, nothing is elsewhere. */
#define POLICY                                                                                                  \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action " \
    "'self'; "                                                                                                  \
    "base-uri 'none'; frame-ancestors 'none'"

#define ORIGIN_MAX 280
#define WAITED_BYTES_MAX (4 * 1024 * 1024)  /* of a tensor whose SHA-256 and histogram are made for a page */
#define WAITED_WORK_MAX (UINT64_C(1) << 28) /* products of a sweep whose words are: about 50 ms */

static const struct srv_part_row parts[] = {{"css", srv_part_css},
                                            {"js", srv_part_js},
                                            {"check", srv_part_check},
                                            {"reader", srv_part_reader},
                                            {"tensor fields", srv_part_tensor_fields},
                                            {"scheme fields", srv_part_scheme_fields},
                                            {"file fields", srv_part_file_fields},
                                            {"network fields", srv_part_network_fields},
                                            {"trouble", srv_part_trouble},
                                            {"was", srv_part_was},
                                            {"more", srv_part_more},
                                            {"origin", srv_part_origin},
                                            {"request", srv_part_request},
                                            {"download", srv_part_download},
                                            {"query", srv_part_query},
                                            {"link", srv_part_link},
                                            {"heading", srv_part_heading},
                                            {"status", srv_part_status},
                                            {"facts", srv_part_facts},
                                            {"fans", srv_part_fans},
                                            {"icon", srv_part_icon},
                                            {"copy", srv_part_copy},
                                            {"copied", srv_part_copied},
                                            {"choose", srv_part_choose},
                                            {"notes table", srv_part_notes_table},
                                            {"schemes", srv_part_schemes},
                                            {"limits", srv_part_limits},
                                            {"version", srv_part_version},
                                            {"depth", srv_part_depth},
                                            {"points", srv_part_points},
                                            {"picture ", .write_named = srv_part_picture},
                                            {.name = NULL}};

void srv_page_write(struct srv_text *out, const struct srv_page *page)
{
    srv_page_fill(out, &srv_file_page, parts, page);
}

/* ---- what the page is made from -------------------------------------------------------------------------------- */

/* The origin that was asked, for URLs that are copied. A host may have characters that mean something to a shell: then
 * it is not repeated. */
static void write_origin(const struct srv_request *req, char origin[ORIGIN_MAX])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
    size_t len = 0;
    const char *host = req->target ? srv_target_authority(req->target, strlen(req->target), &len) : NULL;
    if (!host) {
        host = srv_request_field(req, SRV_FIELD_HOST);
        len = host ? strcspn(host, " \t") : 0;
    }
    if (!host || len == 0 || len > ORIGIN_MAX - 16 || strspn(host, plain) < len) {
        host = "127.0.0.1:8080";
        len = strlen(host);
    }
    snprintf(origin, ORIGIN_MAX, "%s://%.*s", req->secure ? "https" : "http", (int)len, host);
}

/* Is the tensor small enough for numbers and pictures that the page waits for? */
static bool is_small(const struct wi_plan *plan)
{
    return srv_tensor_bytes(plan) <= WAITED_BYTES_MAX &&
           plan->part.tensor.keep_bytes + plan->part.tensor.scratch_bytes <= WAITED_BYTES_MAX;
}

/* Is the job done? Then the page goes on, with it or, where too much waits, without; short memory is an error, as a page that
 * lacks a part for it would be kept by caches. False: the request is routed again when the job is done. */
static bool is_done(struct srv_job *job, struct srv_reply *reply)
{
    const enum srv_code code = job ? srv_job_code(job) : SRV_NO_MEMORY;
    if (code == SRV_NO_MEMORY)
        reply->lost = true;
    if (code != SRV_PENDING)
        return true;
    reply->job = job;
    reply->again = true;
    return false;
}

/* What the page says of the tensor's body. */
struct body {
    char sha256[SRV_SHA256_HEX], *histogram, *sweep;
    struct srv_measured measured;
    bool has_measured;
};

/* The SHA-256 of the tensor's body. */
static bool find_digest(struct srv_server *srv, const struct wi_plan *plan, struct srv_reply *reply, char *hex)
{
    char canonical[WI_CANONICAL_MAX];
    *hex = '\0';
    if (plan->format->digest)
        return true;
    wi_plan_canonical(plan, WI_CANONICAL_BODY, canonical);
    srv_tensor_digest(srv, plan, canonical, reply);
    struct srv_job *job = reply->digest;
    reply->digest = NULL;
    if (!is_done(job, reply))
        return false;
    if (job && srv_job_code(job) == SRV_OK)
        srv_hex(srv_job_blob(job)->bytes, SRV_SHA256_BYTES, hex);
    srv_job_unref(job);
    return true;
}

static bool find_histogram(struct srv_server *srv, const struct wi_request *request, struct srv_reply *reply,
                           struct body *body)
{
    struct srv_job *job = srv_plot_job(srv, "histogram.svg", SRV_THEME_PAGE, request, NULL);
    if (!is_done(job, reply))
        return false;
    if (job && srv_job_code(job) == SRV_OK) {
        body->histogram = strndup((const char *)srv_job_blob(job)->bytes, srv_job_blob(job)->size);
        reply->lost |= !body->histogram;
    }
    srv_job_unref(job);
    return true;
}

static bool find_measured(struct srv_server *srv, const struct wi_request *request, struct srv_reply *reply,
                          struct body *body)
{
    struct srv_job *job = srv_plot_job(srv, "histogram.json", SRV_THEME_AUTO, request, NULL);
    if (!is_done(job, reply))
        return false;
    if (job && srv_job_code(job) == SRV_OK) {
        bool lost = false;
        body->has_measured =
            srv_measured_read((const char *)srv_job_blob(job)->bytes, srv_job_blob(job)->size, &body->measured, &lost);
        reply->lost |= lost;
    }
    srv_job_unref(job);
    return true;
}

/* The words of a picture: what stands in its <desc>. Malloc'd; NULL: it has none, or (lost) no memory. */
static char *words_of(const struct srv_blob *blob, bool *lost)
{
    const char *const bytes = (const char *)blob->bytes;
    const char *begin = memmem(bytes, blob->size, "<desc", 5);
    const char *end = begin ? memmem(begin, blob->size - (size_t)(begin - bytes), "</desc>", 7) : NULL;
    begin = end ? memchr(begin, '>', (size_t)(end - begin)) : NULL;
    char *words = begin ? strndup(begin + 1, (size_t)(end - begin) - 1) : NULL;
    *lost = begin && !words;
    return words;
}

/* What the picture of the network shows, in words, unless it is too much work for a page to wait for. */
static bool find_sweep(struct srv_server *srv, const struct srv_page_state *state, struct srv_reply *reply,
                       struct body *body)
{
    const struct srv_plot_network network = srv_page_network(state);
    const uint64_t work = (uint64_t)network.depth * network.width * network.width * network.batch;
    if (state->depth_err.code != WI_OK || work > WAITED_WORK_MAX)
        return true;
    struct srv_job *job = srv_plot_job(srv, "sweep.svg", SRV_THEME_AUTO, &state->request, &network);
    if (!is_done(job, reply))
        return false;
    if (job && srv_job_code(job) == SRV_OK) {
        bool lost = false;
        body->sweep = words_of(srv_job_blob(job), &lost);
        reply->lost |= lost;
    }
    srv_job_unref(job);
    return true;
}

/* False: a job of the reply makes what is missing, and the request is routed again. */
static bool find_body(struct srv_server *srv, const struct srv_page_state *state, struct srv_reply *reply,
                      struct body *body)
{
    return (!is_small(&state->plan) ||
            (find_digest(srv, &state->plan, reply, body->sha256) && find_histogram(srv, &state->request, reply, body) &&
             find_measured(srv, &state->request, reply, body))) &&
           find_sweep(srv, state, reply, body);
}

static void answer(const struct srv_page *page, struct srv_reply *reply)
{
    struct srv_text text = {0};
    size_t len;
    srv_page_write(&text, page);
    char *bytes = srv_text_take(&text, &len);
    const bool good = page->state->err.code == WI_OK;
    srv_reply_text_take(reply, good ? 200 : 400, srv_file_page.type, bytes, len);
    reply->caching = good ? srv_file_page.caching : SRV_NO_STORE;
    srv_reply_header(reply, "Content-Security-Policy", "%s", POLICY);
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    srv_reply_header(reply, "Referrer-Policy", "no-referrer");
}

void srv_handle_home(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    char origin[ORIGIN_MAX];
    struct body body = {0};
    const struct wi_limits limits = {srv->config->max_bytes, srv->config->work_bytes};
    struct srv_page_state *state = malloc(sizeof *state);
    if (!state) {
        reply->lost = true;
        return;
    }
    if (!srv_page_read(state, req, &limits) || find_body(srv, state, reply, &body)) {
        const struct srv_page page = {state,
                                      srv->config,
                                      origin,
                                      body.sha256,
                                      body.histogram ? body.histogram : "",
                                      body.has_measured ? &body.measured : NULL,
                                      body.sweep ? body.sweep : ""};
        write_origin(req, origin);
        answer(&page, reply);
    }
    free(body.histogram);
    free(body.sweep);
    free(state);
}

/* ---- its parameters, for api/openapi.json ------------------------------------------------------------------------ */

static const struct srv_query_row rows[] = {{"activation", NULL}, {"depth", NULL}, {"width", NULL}, {"batch", NULL}};
const struct srv_query srv_home_query = {rows, sizeof rows / sizeof *rows, NULL};
