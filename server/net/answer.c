/* From an exchange to its answer: now, or when a job is done. See net_private.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"
#include "base/clock.h"
#include "http/cors.h"
#include "http/guard.h"
#include "net/net_private.h"
#include "ops/counters.h"
#include "http/problem.h"
#include "resource/route.h"
#include "http/finish.h"
#include "server.h"

/* The status line, and what the library adds to a header: Date, Connection, Content-Length. */
#define LIBRARY_FIELDS_BYTES 160

/* Is this the last answer of its connection, for reasons of ours? */
static bool is_last(const struct srv_exchange *x)
{
    return (x->seen & SRV_SEEN_CODING) || atomic_load_explicit(&x->http->srv->draining, memory_order_relaxed) ||
           x->generation != atomic_load_explicit(&x->http->generation, memory_order_relaxed);
}

static enum MHD_Result queue(struct srv_exchange *x, struct srv_reply *reply)
{
    if (is_last(x))
        srv_reply_header(reply, "Connection", "close");
    x->phase = SRV_PHASE_ANSWERED;
    srv_timeout_stage(x, SRV_STAGE_SENDING, srv_now_ns());
    x->status = reply->status;
    const char *cache_status = srv_reply_get(reply, "Cache-Status");
    snprintf(x->cache_status_copy, sizeof x->cache_status_copy, "%s", cache_status ? cache_status : "");
    x->cache_status = cache_status ? x->cache_status_copy : NULL;
    x->length = x->head || reply->status == 304 ? 0 : srv_body_length(reply);
    struct MHD_Response *response = srv_response_take(reply, x->head);
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Where tokens are asked for, no shared cache may hand the answer to others. */
static void make_private(struct srv_reply *reply)
{
    const char *control = srv_reply_get(reply, "Cache-Control");
    if (control && !strncmp(control, "public", 6)) {
        char rest[128];
        snprintf(rest, sizeof rest, "%s", control + 6);
        srv_reply_header(reply, "Cache-Control", "private%s", rest);
    }
}

/* Has the library memory left for the header of this answer? */
static bool has_room(const struct srv_exchange *x, const struct srv_reply *reply)
{
    size_t bytes = LIBRARY_FIELDS_BYTES;
    for (size_t i = 0; i < reply->n_headers; i++)
        bytes += strlen(reply->headers[i].name) + strlen(reply->headers[i].value) + 4;
    return x->header_memory + bytes <= (size_t)x->http->srv->config->header_bytes + SRV_BESIDE_HEADER_BYTES;
}

static enum MHD_Result finish(struct srv_exchange *x, struct srv_reply *reply, const struct srv_request *req)
{
    struct srv_server *srv = x->http->srv;
    srv_settle(reply, req);
    if (!srv_reply_charge(reply, &srv->budget, srv_response_bytes(reply, x->head)))
        srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
    srv_cors(srv->config->cors_origins, req, reply);
    if (srv->tokens)
        make_private(reply);
    if (!has_room(x, reply))
        srv_problem_reply(reply, req, "header-too-large",
                          "The request's header leaves no room for that of the answer.");
    srv_problem_lost(reply, req);
    srv_prepared_keep(x, reply);
    enum MHD_Result result = queue(x, reply);
    srv_reply_deinit(reply);
    return result;
}

enum MHD_Result srv_answer_refuse(struct srv_exchange *x, const char *slug, const char *detail)
{
    struct srv_fields fields;
    struct srv_request req = srv_fields_request(&fields, x);
    struct srv_reply reply;
    srv_reply_init(&reply);
    x->route = SRV_ROUTE_NONE;
    x->head = !strcmp(x->method, "HEAD");
    srv_problem_reply(&reply, &req, slug, detail);
    srv_reply_header(&reply, "Connection", "close");
    srv_metrics_refused(x->http->srv->metrics, srv_problem_index(slug));
    enum MHD_Result result = finish(x, &reply, &req);
    srv_fields_free(&fields);
    return result;
}

/* Can the reply not be sent yet? What it waited for may have been done in the meantime; then it is asked again all the same. */
static bool must_wait(const struct srv_reply *reply)
{
    return srv_body_pending(reply) || (reply->again && srv_job_code(reply->job) == SRV_OK);
}

/* Instead of what would have to be waited for. */
static enum MHD_Result finish_early(struct srv_exchange *x, struct srv_reply *reply, const struct srv_request *req)
{
    srv_problem_busy(reply, req, "The server is about to stop.");
    return finish(x, reply, req);
}

/* The exchange keeps the reply until its job is done. */
static enum MHD_Result wait_for(struct srv_exchange *x, struct srv_reply *reply, const struct srv_request *req)
{
    x->reply = malloc(sizeof *x->reply);
    if (!x->reply) {
        srv_reply_deinit(reply);
        return MHD_NO;
    }
    *x->reply = *reply;
    srv_timeout_stage(x, SRV_STAGE_WAITING, srv_now_ns());
    if (srv_wait_begin(x))
        return MHD_YES;
    free(x->reply);
    x->reply = NULL;
    return finish_early(x, reply, req);
}

static enum MHD_Result answer(struct srv_exchange *x, bool again)
{
    struct srv_fields fields;
    struct srv_request req = srv_fields_request(&fields, x);
    struct srv_reply reply;
    const char *fault = srv_target_fault(x->target, x->target_len);
    if (fault)
        return srv_answer_refuse(x, "bad-request", fault);
    char *storage = malloc(srv_target_storage(x->target_len));
    if (!storage)
        return MHD_NO;
    req.again = again;
    srv_reply_init(&reply);
    x->head = !strcmp(x->method, "HEAD");
    if (again || srv_admit(x, &req, &reply))
        x->route = srv_route_raw(x->http->srv, &req, storage, &reply);
    enum MHD_Result result = must_wait(&reply) ? wait_for(x, &reply, &req) : finish(x, &reply, &req);
    srv_fields_free(&fields);
    free(storage);
    return result;
}

enum MHD_Result srv_answer(struct srv_exchange *x)
{
    enum MHD_Result result;
    return !is_last(x) && srv_prepared_answer(x, &result) ? result : answer(x, false);
}

enum MHD_Result srv_answer_resumed(struct srv_exchange *x)
{
    struct srv_fields fields;
    struct srv_request req = srv_fields_request(&fields, x);
    struct srv_reply reply = *x->reply;
    bool done = srv_wait_end(x);
    free(x->reply);
    x->reply = NULL;
    if (x->client_left) {
        srv_reply_deinit(&reply);
        return MHD_NO;
    }
    if (done && reply.again && srv_job_code(reply.job) == SRV_OK) {
        enum MHD_Result result = answer(x, true);
        srv_reply_deinit(&reply); /* not before: it holds what was waited for in the cache's reach */
        return result;
    }
    enum MHD_Result result = done ? finish(x, &reply, &req) : finish_early(x, &reply, &req);
    srv_fields_free(&fields);
    return result;
}
