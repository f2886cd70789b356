/* see route.h */
#include "resource/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/finish.h"
#include "http/grammar.h"
#include "http/problem.h"

#define ALLOW "GET, HEAD, OPTIONS"

/* Does the path of a row match the target? Fills req->args with the segments at its {parameters}. */
static bool matches(const char *pattern, const struct srv_target *target, struct srv_request *req)
{
    size_t n = 0;
    req->n_args = 0;
    if (!strcmp(pattern, "/"))
        return target->n_segments == 0;
    while (*pattern) {
        size_t len = strcspn(++pattern, "/");
        if (n == target->n_segments)
            return false;
        const char *segment = target->segments[n++];
        if (*pattern == '{') {
            if (req->n_args == SRV_ARGS_MAX || !*segment)
                return false;
            req->args[req->n_args++] = segment;
        } else if (strlen(segment) != len || memcmp(segment, pattern, len)) {
            return false;
        }
        pattern += len;
    }
    return n == target->n_segments;
}

static const char *literal_path(unsigned i)
{
    const struct srv_route *route = srv_route_at(i);
    return route ? route->path : NULL;
}

static void not_found(const struct srv_request *req, struct srv_reply *reply)
{
    struct wi_error err = {0};
    const char *near = wi_nearest(req->path, strlen(req->path), literal_path);
    snprintf(err.text, sizeof err.text, "Nothing lives at this path.");
    snprintf(err.nearest, sizeof err.nearest, "%s", near ? near : "");
    size_t used = 0;
    for (size_t i = 0; srv_route_at(i) && used < sizeof err.allowed; i++)
        used += (size_t)snprintf(err.allowed + used, sizeof err.allowed - used, "%s%s", i ? ", " : "",
                                 srv_route_at(i)->path);
    srv_problem_explain(reply, req, "not-found", &err);
}

static void answer_options(struct srv_reply *reply)
{
    reply->status = 204;
    srv_reply_header(reply, "Allow", ALLOW);
}

bool srv_route_is_open(const char *target)
{
    const size_t len = strcspn(target, "?");
    const struct srv_route *route;
    for (size_t i = 0; (route = srv_route_at(i)); i++)
        if (route->open && strlen(route->path) == len && !memcmp(route->path, target, len))
            return true;
    return false;
}

size_t srv_route(struct srv_server *srv, struct srv_request *req, const struct srv_target *target,
                 struct srv_reply *reply)
{
    size_t i = 0;
    req->path = target->path;
    req->params = target->params;
    req->n_params = target->n_params;
    while (srv_route_at(i) && (target->asterisk || !matches(srv_route_at(i)->path, target, req)))
        i++;
    const struct srv_route *route = srv_route_at(i);
    bool options = !strcmp(req->method, "OPTIONS");
    if (!srv_method_known(req->method)) {
        srv_problem_reply(reply, req, "not-implemented", NULL);
    } else if (options && (route || target->asterisk)) {
        answer_options(reply);
    } else if (target->asterisk) {
        srv_problem_reply(reply, req, "bad-request", "The target * is for OPTIONS only.");
    } else if (!route) {
        not_found(req, reply);
    } else if (strcmp(req->method, "GET") && strcmp(req->method, "HEAD")) {
        srv_reply_header(reply, "Allow", ALLOW);
        srv_problem_reply(reply, req, "method-not-allowed", NULL);
    } else {
        reply->is_document = true;
        if (route->file)
            srv_file_reply(route->file, reply);
        else
            route->handler(srv, req, reply);
    }
    return route ? i : SRV_ROUTE_NONE;
}

size_t srv_route_raw(struct srv_server *srv, struct srv_request *req, char *storage, struct srv_reply *reply)
{
    struct srv_target target;
    struct wi_error err = {0};
    int status = srv_target_parse(&target, req->target, strlen(req->target), storage, &err);
    if (status == 200) {
        size_t route = srv_route(srv, req, &target, reply);
        req->params = NULL; /* they lie in target */
        req->n_params = 0;
        return route;
    }
    srv_problem_explain(reply, req, status == 414 ? "uri-too-long" : *err.param ? "param-value" : "bad-request", &err);
    return SRV_ROUTE_NONE;
}

size_t srv_answer_blocking(struct srv_server *srv, struct srv_request *req, char *storage,
                           const struct srv_rules *rules, struct srv_reply *reply)
{
    struct srv_job *job;
    const size_t route = srv_route_raw(srv, req, storage, reply);
    while ((job = srv_reply_pending(reply)))
        srv_job_wait(job);
    srv_finish(reply, req, rules);
    return route;
}
