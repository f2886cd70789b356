/* see route.h */
#include "resource/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/finish.h"
#include "http/grammar.h"
#include "http/problem.h"
#include "resource/resource.h"

#define GET_AND_HEAD "GET, HEAD"

static bool ends_with(const char *name, size_t len, const char *ending)
{
    const size_t n = strlen(ending);
    return len >= n && !memcmp(name + len - n, ending, n);
}

static bool is_literal(const char *segment, const char *name, size_t len)
{
    return strlen(segment) == len && !memcmp(segment, name, len);
}

/* Do the segments from n on match the pattern? Fills req->args and req->tail. */
static bool matches_from(const char *pattern, const struct srv_target *target, size_t n, struct srv_request *req)
{
    while (*pattern) {
        const char *name = pattern + 1, *segment = n < target->n_segments ? target->segments[n] : NULL;
        const size_t len = strcspn(name, "/");
        pattern = name + len;
        if (*name != '{') {
            if (!segment || !is_literal(segment, name, len))
                return false;
            n++;
        } else if (ends_with(name, len, "...}")) {
            req->tail = target->segments + n;
            req->n_tail = target->n_segments - n;
            return true;
        } else if (req->n_args == SRV_ARGS_MAX) {
            return false;
        } else if (ends_with(name, len, "?}")) {
            const size_t arg = req->n_args++;
            req->args[arg] = segment;
            if (segment && *segment && matches_from(pattern, target, n + 1, req))
                return true;
            req->args[arg] = NULL;
            req->n_args = arg + 1;
        } else {
            if (!segment || !*segment)
                return false;
            req->args[req->n_args++] = segment;
            n++;
        }
    }
    return n == target->n_segments;
}

bool srv_route_matches(const char *pattern, const struct srv_target *target, struct srv_request *req)
{
    req->n_args = req->n_tail = 0;
    req->tail = NULL;
    return matches_from(strcmp(pattern, "/") ? pattern : "", target, 0, req);
}

/* The first row that matches the path; SRV_ROUTE_NONE: there is none. */
static size_t find(const struct srv_target *target, struct srv_request *req)
{
    const struct srv_route *route;
    for (size_t i = 0; !target->asterisk && (route = srv_route_at(i)); i++)
        if (srv_route_matches(route->path, target, req))
            return i;
    return SRV_ROUTE_NONE;
}

static const char *methods_of(const struct srv_route *route)
{
    return route->methods ? route->methods : GET_AND_HEAD;
}

static bool takes(const struct srv_route *route, const char *method)
{
    const char *list = methods_of(route);
    struct srv_item item;
    while (srv_list_next(&list, &item))
        if (srv_item_is(&item, method))
            return true;
    return false;
}

static const char *literal_path(unsigned i)
{
    const struct srv_route *route = srv_route_at(i);
    return route ? route->path : NULL;
}

static const char *example_of(const char *path)
{
    size_t i = 0;
    while (strcmp(srv_route_at(i)->path, path))
        i++;
    return takes(srv_route_at(i), "GET") ? srv_route_at(i)->example : NULL;
}

static void not_found(const struct srv_request *req, struct srv_reply *reply)
{
    struct wi_error err = {0};
    const char *near = wi_nearest(req->path, strlen(req->path), literal_path);
    snprintf(err.text, sizeof err.text, "Nothing lives at this path.");
    snprintf(err.nearest, sizeof err.nearest, "%s", near ? near : "");
    size_t used = 0;
    const struct srv_route *route;
    for (size_t i = 0; (route = srv_route_at(i)) && used < sizeof err.allowed; i++)
        if (route->id)
            used +=
                (size_t)snprintf(err.allowed + used, sizeof err.allowed - used, "%s%s", used ? ", " : "", route->path);
    srv_problem_repaired(reply, req, "not-found", &err, near ? example_of(near) : NULL);
}

static void allow(const struct srv_route *route, struct srv_reply *reply)
{
    srv_reply_header(reply, "Allow", "%s, OPTIONS", route ? methods_of(route) : GET_AND_HEAD);
}

static void answer_options(const struct srv_route *route, struct srv_reply *reply)
{
    reply->status = 204;
    allow(route, reply);
}

static void not_allowed(struct srv_server *srv, const struct srv_route *route, const struct srv_request *req,
                        struct srv_reply *reply)
{
    char target[SRV_EXAMPLE_MAX];
    const bool is_tensor = route->handler == srv_handle_init || route->handler == srv_handle_short;
    const char *example = takes(route, "GET") ? route->example : NULL;
    if (is_tensor)
        example = srv_tensor_example(srv, req, NULL, target);
    const struct wi_error no_more = {0};
    allow(route, reply);
    srv_problem_repaired(reply, req, "method-not-allowed", &no_more, example);
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

/* The row of a raw target that takes the method; NULL: there is none. */
static const struct srv_route *taker(const char *method, const char *target)
{
    struct srv_target parsed;
    struct srv_request req = {.method = method};
    struct wi_error err = {0};
    size_t i = SRV_ROUTE_NONE;
    char *storage = malloc(srv_target_storage(strlen(target)));
    if (storage && srv_target_parse(&parsed, target, strlen(target), storage, &err) == 200)
        i = find(&parsed, &req);
    free(storage);
    return i != SRV_ROUTE_NONE && takes(srv_route_at(i), method) ? srv_route_at(i) : NULL;
}

bool srv_route_takes(const char *method, const char *target)
{
    return taker(method, target);
}

size_t srv_route_content_max(const char *method, const char *target)
{
    const struct srv_route *route = strcmp(method, "POST") ? NULL : taker(method, target);
    return route ? route->content_bytes : 0;
}

size_t srv_route(struct srv_server *srv, struct srv_request *req, const struct srv_target *target,
                 struct srv_reply *reply)
{
    req->path = target->path;
    req->params = target->params;
    req->n_params = target->n_params;
    const size_t i = find(target, req);
    const struct srv_route *route = i == SRV_ROUTE_NONE ? NULL : srv_route_at(i);
    reply->facade = route ? route->facade : NULL;
    reply->methods = route ? route->methods : NULL;
    bool options = !strcmp(req->method, "OPTIONS");
    if (!srv_method_known(req->method)) {
        srv_problem_reply(reply, req, "not-implemented", NULL);
    } else if (options && (route || target->asterisk)) {
        answer_options(route, reply);
    } else if (target->asterisk) {
        srv_problem_reply(reply, req, "bad-request", "The target * is for OPTIONS only.");
    } else if (!route) {
        not_found(req, reply);
    } else if (!takes(route, req->method)) {
        not_allowed(srv, route, req, reply);
    } else {
        reply->is_document = true;
        req->example = route->example;
        if (route->file)
            srv_file_reply(route->file, req, reply);
        else
            route->handler(srv, req, reply);
    }
    return i;
}

size_t srv_route_raw(struct srv_server *srv, struct srv_request *req, char *storage, struct srv_reply *reply)
{
    struct srv_target target;
    struct wi_error err = {0};
    int status = srv_target_parse(&target, req->target, strlen(req->target), storage, &err);
    if (status == 200) {
        size_t route = srv_route(srv, req, &target, reply);
        req->params = NULL; /* they lie in target, as the tail does */
        req->tail = NULL;
        req->n_params = req->n_tail = 0;
        return route;
    }
    srv_problem_explain(reply, req, status == 414 ? "uri-too-long" : *err.param ? "param-value" : "bad-request", &err);
    return SRV_ROUTE_NONE;
}

bool srv_route_again(struct srv_server *srv, struct srv_request *req, char *storage, struct srv_reply *reply)
{
    if (!reply->again || srv_job_code(reply->job) != SRV_OK)
        return false;
    struct srv_reply before = *reply; /* its job lives until what it made was found again */
    srv_reply_init(reply);
    srv_route_raw(srv, req, storage, reply);
    srv_reply_deinit(&before);
    return true;
}

size_t srv_answer_blocking(struct srv_server *srv, struct srv_request *req, char *storage,
                           const struct srv_rules *rules, struct srv_reply *reply)
{
    struct srv_job *job;
    const size_t route = srv_route_raw(srv, req, storage, reply);
    do
        while ((job = srv_reply_pending(reply)))
            srv_job_wait(job);
    while (srv_route_again(srv, req, storage, reply));
    srv_finish(reply, req, rules);
    return route;
}
