/* From a request to its answer: now, or when its jobs are done. See net_private.h.
 *
 * The steps of every request, in their order. A step in [] may end the request; the steps after it up to finish are
 * then left out.
 *
 *  [read]      net/input.c            srv_input_read           parse the request by http/parse.h: refuse a doubtful one
 *  content     net/content.c          srv_content_take         keep the content that a resource wants, drop any other
 *  target      net/connection.c       srv_connection_target    the library has read a request of our making
 *  [prepared]  net/prepared.c         srv_prepared_answer      send an answer that was given before; then record
 *  [admit]     net/admit.c            srv_admit                rate limit and token: 429, 401
 *  [route]     resource/route.c       srv_route_raw            parse the target, find the handler: 400, 404, 405, 414
 *  [handler]   resource/tensor.c ...  srv_handler              read the parameters, name the answer: 400, 406, 413
 *  [condition] http/conditions.c      srv_precondition         conditions and ranges: 304, 412, 416, and HEAD
 *  body        resource/tensor_body.c srv_tensor_body          find the body in the cache, or begin its job
 *  wait        net/wait.c             srv_wait_for_job         suspend the connection while srv_reply_pending has a job
 *  finish      http/finish.c          srv_finish               settle jobs, texts, memory, all header fields: 431, 503
 *  keep        net/prepared.c         srv_prepared_keep        prepare the answer for the next request of its kind
 *  send        net/response.c         srv_response_take        hand the answer to the library
 *  record      net/connection.c       srv_connection_completed count and log
 *
 * The text of a small resource is made whole by its handler, and its conditions are looked at when it is finished.
 * `weightd get` takes the steps from route to finish, all in srv_answer_blocking (resource/route.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"
#include "base/clock.h"
#include "http/guard.h"
#include "http/host.h"
#include "net/net_private.h"
#include "ops/counters.h"
#include "http/problem.h"
#include "resource/route.h"
#include "http/finish.h"
#include "server.h"

/* What the library needs beside a header's names and values: its request, the status line, and the fields that it
 * adds (Date, Connection, Content-Length). */
#define LIBRARY_BYTES 768

/* Must the connection be closed after this answer? After chunks it must (guard.h), and before content that is not read. */
static bool is_last(const struct srv_connection *c)
{
    return c->exchange.is_short || (c->exchange.seen & SRV_BIT(SRV_FIELD_TRANSFER_ENCODING)) ||
           atomic_load_explicit(&c->http->srv->draining, memory_order_relaxed);
}

static enum MHD_Result queue(struct srv_connection *c, struct srv_reply *reply)
{
    struct srv_exchange *x = &c->exchange;
    if (is_last(c))
        srv_reply_header(reply, "Connection", "close");
    srv_state_set(c, SRV_SENDING, srv_now_ns());
    x->status = reply->status;
    x->cache_status = reply->cache_status;
    x->length = reply->kind == SRV_BODY_NONE ? 0 : srv_body_length(reply);
    struct MHD_Response *response = srv_response_take(c, reply);
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(c->mhd, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* The memory that the library has left for names and values of this answer's header. */
static size_t header_room(const struct srv_connection *c)
{
    const size_t most = (size_t)c->http->srv->config->header_bytes + SRV_BESIDE_HEADER_BYTES;
    return most - LIBRARY_BYTES;
}

static enum MHD_Result finish(struct srv_connection *c, struct srv_reply *reply, const struct srv_request *req)
{
    struct srv_server *srv = c->http->srv;
    const struct srv_rules rules = {.cors_origins = srv->config->cors_origins,
                                    .is_private = srv->tokens,
                                    .budget = &srv->budget,
                                    .header_room = header_room(c)};
    srv_finish(reply, req, &rules);
    srv_prepared_keep(c, reply);
    enum MHD_Result result = queue(c, reply);
    srv_reply_deinit(reply);
    return result;
}

enum MHD_Result srv_answer_refuse(struct srv_connection *c, const char *slug, const char *detail)
{
    struct srv_request req = srv_fields_request(c);
    struct srv_reply reply;
    srv_reply_init(&reply);
    srv_problem_reply(&reply, &req, slug, detail);
    srv_reply_header(&reply, "Connection", "close");
    srv_metrics_refused(c->http->srv->metrics, srv_problem_index(slug));
    return finish(c, &reply, &req);
}

/* Give up the jobs of the reply. */
static enum MHD_Result finish_early(struct srv_connection *c, struct srv_reply *reply, const struct srv_request *req)
{
    srv_problem_busy(reply, req, "The server is about to stop.");
    return finish(c, reply, req);
}

/* The exchange keeps the reply until the job is done. */
static enum MHD_Result wait_for(struct srv_connection *c, struct srv_reply *reply, struct srv_job *job,
                                const struct srv_request *req)
{
    struct srv_exchange *x = &c->exchange;
    x->reply = malloc(sizeof *x->reply);
    if (!x->reply) {
        srv_reply_deinit(reply);
        return MHD_NO;
    }
    *x->reply = *reply;
    if (srv_wait_for_job(c, job))
        return MHD_YES;
    free(x->reply);
    x->reply = NULL;
    return finish_early(c, reply, req);
}

/* Send the reply, now or when its jobs are done. storage: of the target, see target.h. */
static enum MHD_Result complete(struct srv_connection *c, char *storage, struct srv_reply *reply,
                                struct srv_request *req)
{
    struct srv_job *job;
    while (!(job = srv_reply_pending(reply)))
        if (!srv_route_again(c->http->srv, req, storage, reply))
            return finish(c, reply, req);
    return wait_for(c, reply, job, req);
}

/* Is the request meant for this server? The authority in a target counts before Host (RFC 9112 section 3.2.2). */
static bool is_for_us(const struct srv_connection *c)
{
    const struct srv_exchange *x = &c->exchange;
    size_t len;
    if (c->http->any_host)
        return true;
    const char *authority = *x->target == '/' ? NULL : srv_target_authority(x->target, x->target_len, &len);
    if (authority)
        return srv_host_is_served(c->http->srv->config->host, authority, len);
    const char *host = x->fields[SRV_FIELD_HOST];
    return !host || srv_host_is_served(c->http->srv->config->host, host, strlen(host));
}

static void misdirected(struct srv_connection *c, const struct srv_request *req, struct srv_reply *reply)
{
    srv_problem_reply(reply, req, "misdirected", NULL);
    srv_metrics_refused(c->http->srv->metrics, srv_problem_index("misdirected"));
}

static enum MHD_Result answer(struct srv_connection *c, bool for_us)
{
    struct srv_exchange *x = &c->exchange;
    struct srv_request req = srv_fields_request(c);
    struct srv_reply reply;
    const char *fault = srv_target_fault(x->target, x->target_len);
    if (fault)
        return srv_answer_refuse(c, "bad-request", fault);
    char *storage = malloc(srv_target_storage(x->target_len));
    if (!storage)
        return MHD_NO;
    srv_reply_init(&reply);
    if (!for_us)
        misdirected(c, &req, &reply);
    else if (x->content_lost)
        srv_problem_busy(&reply, &req, SRV_NO_MEMORY_TEXT);
    else if (srv_admit(c, &req, &reply))
        x->route = srv_route_raw(c->http->srv, &req, storage, &reply);
    enum MHD_Result result = complete(c, storage, &reply, &req);
    free(storage);
    return result;
}

enum MHD_Result srv_answer(struct srv_connection *c)
{
    enum MHD_Result result;
    const bool for_us = is_for_us(c);
    return for_us && !is_last(c) && srv_prepared_answer(c, &result) ? result : answer(c, for_us);
}

/* The jobs that the connection waited for are done. */
static enum MHD_Result complete_waited(struct srv_connection *c, struct srv_reply *reply, struct srv_request *req)
{
    char *storage = malloc(srv_target_storage(c->exchange.target_len));
    if (!storage) {
        srv_reply_deinit(reply);
        return MHD_NO;
    }
    enum MHD_Result result = complete(c, storage, reply, req);
    free(storage);
    return result;
}

enum MHD_Result srv_answer_resumed(struct srv_connection *c)
{
    struct srv_request req = srv_fields_request(c);
    const enum srv_wait_state waited = srv_wait_end(c);
    struct srv_reply reply = *c->exchange.reply;
    free(c->exchange.reply);
    c->exchange.reply = NULL;
    if (waited == SRV_WAIT_DONE)
        return complete_waited(c, &reply, &req);
    if (waited == SRV_WAIT_BROKEN)
        return finish_early(c, &reply, &req);
    srv_reply_deinit(&reply); /* the client has closed */
    return MHD_NO;
}
