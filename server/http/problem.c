/* see problem.h */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "http/json.h"
#include "http/target.h"

#define HOST_MAX 256
#define URL_MAX 1024 /* bytes of an example */
#define DEFAULT_EXAMPLE "/init?scheme=xavier_uniform&shape=256,128&seed=7"

/* clang-format off */
static const struct srv_problem problems[] = {
    {"param-unknown", 400, "Unknown parameter or name", "No parameter, scheme or choice has this name."},
    {"param-repeated", 400, "Repeated parameter", "A parameter may be given once; which of two values counts would be a guess."},
    {"param-missing", 400, "Missing parameter", "A required parameter was not given."},
    {"param-value", 400, "Bad value", "The value of a parameter cannot be read or is out of bounds."},
    {"param-unused", 400, "Parameter not taken", "The scheme or format that was asked for does not take this parameter."},
    {"param-conflict", 400, "Contradicting parameters", "Two parameters contradict each other."},
    {"shape", 400, "Shape does not fit", "The scheme cannot fill a tensor of this shape."},
    {"unsupported", 400, "Unsupported combination", "Each parameter is right, but together they cannot be served."},
    {"too-large", 413, "Answer too large", "The body would be larger than this server sends; see --max-bytes."},
    {"bad-request", 400, "Bad request", "The request is not well-formed HTTP."},
    {"unauthorized", 401, "Bearer token needed", "This server wants `Authorization: Bearer TOKEN` with a token it knows."},
    {"not-found", 404, "Not found", "Nothing lives at this path."},
    {"method-not-allowed", 405, "Method not allowed", "The resource is there but does not take this method; see Allow."},
    {"not-acceptable", 406, "Not acceptable", "None of the formats the request accepts can be served."},
    {"precondition-failed", 412, "Precondition failed", "If-Match or If-Unmodified-Since does not hold.", true},
    {"content-too-large", 413, "Request content too large", "The request brought more content than this server reads."},
    {"uri-too-long", 414, "URI too long", "The request target is longer than this server reads."},
    {"range-not-satisfiable", 416, "Range not satisfiable", "No part of the body lies in the ranges that were asked for.", true},
    {"misdirected", 421, "Misdirected request", "This server does not answer for the host that was asked; see --host."},
    {"too-many-requests", 429, "Too many requests", "This address asks more often than this server allows; wait Retry-After seconds."},
    {"header-too-large", 431, "Header too large", "The request header is larger than this server reads."},
    {"internal", 500, "Internal error", "The server failed; the request may be right."},
    {"not-implemented", 501, "Not implemented", "This server does not know the method or transfer coding."},
    {"unavailable", 503, "Service unavailable", "The server is busy or about to stop; wait Retry-After seconds."},
    {"http-version", 505, "HTTP version not supported", "This server speaks HTTP/1.1 and HTTP/1.0."},
};
/* clang-format on */
#define N_PROBLEMS (sizeof problems / sizeof *problems)

const struct srv_problem *srv_problem_at(size_t i)
{
    return i < N_PROBLEMS ? &problems[i] : NULL;
}

const struct srv_problem *srv_problem_find(const char *slug)
{
    for (size_t i = 0; i < N_PROBLEMS; i++)
        if (!strcmp(problems[i].slug, slug))
            return &problems[i];
    return NULL;
}

size_t srv_problem_index(const char *slug)
{
    return (size_t)(srv_problem_find(slug) - problems);
}

static const struct srv_param *param_of(const struct srv_request *req, const char *key)
{
    for (size_t i = 0; i < req->n_params; i++)
        if (!strcmp(req->params[i].key, key))
            return &req->params[i];
    return NULL;
}

/* The framework that the query names with like=; the native one by default, and for an unknown name. */
static const struct wi_like_info *like_of(const struct srv_request *req)
{
    const struct srv_param *param = param_of(req, "like");
    const struct wi_like_info *like;
    for (unsigned i = 1; param && (like = wi_like_at(i)); i++)
        if (!strcmp(like->name, param->value))
            return like;
    return wi_like_at(0);
}

/* The scheme that the query or the path names; NULL if it is missing or unknown. */
static const struct wi_scheme_info *scheme_of(const struct srv_request *req, const struct wi_like_info *like)
{
    const struct srv_param *param = param_of(req, "scheme");
    if (param)
        return wi_like_scheme_find(like, param->value, param->value_len);
    return req->n_args ? wi_like_scheme_find(like, req->args[0], strlen(req->args[0])) : NULL;
}

/* The host of the target or of the Host field, at most HOST_MAX bytes; NULL if both are missing. */
static const char *host_of(const struct srv_request *req, size_t *len)
{
    const char *host = req->target ? srv_target_authority(req->target, strlen(req->target), len) : NULL;
    if (!host) {
        host = srv_request_field(req, SRV_FIELD_HOST);
        *len = host ? strcspn(host, " \t") : 0; /* libmicrohttpd leaves trailing blanks */
    }
    *len = *len < HOST_MAX ? *len : HOST_MAX;
    return *len ? host : NULL;
}

/* Is the route of whole models, whose like= has examples of their own? */
static bool is_of_models(const struct srv_request *req)
{
    return req->example && strncmp(req->example, "/model", 6) == 0;
}

/* An example of the scheme that was asked for, else of the route, else of any scheme. */
static void example_of_scheme(const struct srv_request *req, char *out, size_t cap)
{
    const struct wi_like_info *like = like_of(req);
    const struct wi_scheme_info *scheme = scheme_of(req, like);
    if (!scheme && like != wi_like_at(0) && !is_of_models(req))
        scheme = wi_like_scheme_at(like, 0);
    if (scheme && like != wi_like_at(0))
        snprintf(out, cap, "/init?like=%s&scheme=%s&%s", like->name, scheme->name, scheme->example);
    else if (scheme)
        snprintf(out, cap, "/init?scheme=%s&%s", scheme->name, scheme->example);
    else
        snprintf(out, cap, "%s", req->example ? req->example : DEFAULT_EXAMPLE);
}

/* The URL of a target of this server; NULL or too long a target: of an example. */
static json_t *example(const struct srv_request *req, const char *target)
{
    char url[URL_MAX];
    size_t host_len;
    const char *host = host_of(req, &host_len);
    int n = host ? snprintf(url, sizeof url, "%s://%.*s", req->secure ? "https" : "http", (int)host_len, host) : 0;
    if (target && *target == '/' && strlen(target) < sizeof url - (size_t)n)
        snprintf(url + n, sizeof url - (size_t)n, "%s", target);
    else
        example_of_scheme(req, url + n, sizeof url - (size_t)n);
    return srv_json_ascii(url, strlen(url));
}

static void set_text(json_t *doc, const char *key, const char *text)
{
    if (*text)
        json_object_set_new(doc, key, srv_json_ascii(text, strlen(text)));
}

static void write_problem(struct srv_reply *reply, const struct srv_request *req, const struct srv_problem *problem,
                          const struct wi_error *err, const char *target)
{
    char type[64];
    snprintf(type, sizeof type, "/problems/%s", problem->slug);
    json_t *doc = json_object();
    json_object_set_new(doc, "type", json_string(type));
    json_object_set_new(doc, "title", json_string(problem->title));
    json_object_set_new(doc, "status", json_integer(problem->status));
    set_text(doc, "detail", *err->text ? err->text : problem->meaning);
    if (req->target)
        set_text(doc, "instance", req->target);
    set_text(doc, "param", err->param);
    set_text(doc, "allowed", err->allowed);
    set_text(doc, "nearest", err->nearest);
    json_object_set_new(doc, "example", example(req, target));
    srv_json_reply_take(reply, problem->status, "application/problem+json", doc);
}

void srv_problem_repaired(struct srv_reply *reply, const struct srv_request *req, const char *slug,
                          const struct wi_error *err, const char *target)
{
    /* Headers of the body that is not sent go; headers that explain the problem stay. */
    static const char *const keep[] = {"Allow",     "Retry-After",      "Content-Range", "WWW-Authenticate",
                                       "RateLimit", "RateLimit-Policy", "X-Repo-Commit", NULL};
    const struct srv_problem *problem = srv_problem_find(slug);
    if (!problem)
        problem = srv_problem_find("internal");
    srv_reply_reset(reply, keep);
    if (reply->facade)
        reply->facade->explain(reply, problem, err);
    else
        write_problem(reply, req, problem, err, problem->target_works ? req->target : target);
    reply->caching = SRV_NO_STORE;
    if (!strcmp(req->method, "HEAD"))
        srv_reply_drop_body(reply);
}

void srv_problem_explain(struct srv_reply *reply, const struct srv_request *req, const char *slug,
                         const struct wi_error *err)
{
    srv_problem_repaired(reply, req, slug, err, NULL);
}

void srv_problem_error(struct srv_reply *reply, const struct srv_request *req, const struct wi_error *err)
{
    srv_problem_explain(reply, req, wi_status_slug(err->code), err);
}

void srv_problem_reply(struct srv_reply *reply, const struct srv_request *req, const char *slug, const char *detail)
{
    struct wi_error err = {0};
    if (detail)
        snprintf(err.text, sizeof err.text, "%s", detail);
    srv_problem_explain(reply, req, slug, &err);
}

void srv_problem_busy(struct srv_reply *reply, const struct srv_request *req, const char *detail)
{
    srv_reply_header(reply, "Retry-After", "1");
    srv_problem_reply(reply, req, "unavailable", detail);
}

void srv_problem_lost(struct srv_reply *reply, const struct srv_request *req)
{
    if (!reply->lost)
        return;
    srv_reply_reset(reply, NULL);
    srv_problem_busy(reply, req, SRV_NO_MEMORY_TEXT);
}
