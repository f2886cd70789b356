/* The OpenAPI document as a whole: see openapi.h. */
#include "resource/openapi.h"

#include <stdio.h>
#include <string.h>

#include "resource/resource.h"
#include "http/json.h"
#include "http/problem.h"
#include "resource/route.h"
#include "wi.h"

/* What a path of the route table is for. */
struct operation {
    const char *path, *id, *tag, *summary;
    const char *media_type, *schema; /* of its 200; tensors: NULL */
    int errors[8];                   /* statuses it answers beside those any request can get */
};

#define JSON "application/json"
#define TEXT "text/plain"

static const struct operation operations[] = {
    {"/", "home", "about", "A page for people", "text/html", NULL, {0}},
    {"/init", "init", "tensors", "A tensor", NULL, NULL, {400, 406, 412, 413, 416, 503}},
    {"/schemes", "schemes", "tables", "Every scheme, parameter, dtype and format", JSON, "Schemes", {0}},
    {"/schemes/{name}", "scheme", "tables", "One scheme", JSON, "Scheme", {404}},
    {"/recommend", "recommend", "tables", "The scheme that suits an activation", JSON, "Recommendation", {400}},
    {"/openapi.json", "openapi", "about", "This document", JSON, NULL, {0}},
    {"/livez", "livez", "operation", "200 while the process can answer at all", TEXT, NULL, {0}},
    {"/readyz", "readyz", "operation", "200, or 503 while the server drains", TEXT, NULL, {0}},
    {"/healthz", "healthz", "operation", "The same as /readyz", TEXT, NULL, {0}},
    {"/version", "version", "about", "Versions of the program, the numbers and the libraries", JSON, "Version", {0}},
    {"/metrics", "metrics", "operation", "Counters in Prometheus' text format", TEXT, NULL, {0}},
    {"/robots.txt", "robots", "about", "Crawlers: there is no end of tensors", TEXT, NULL, {0}},
    {"/problems/{slug}", "problem", "about", "What a kind of error means", TEXT, NULL, {404}},
    {"/{scheme}/{shape}",
     "short",
     "tensors",
     "A tensor, in a form that can be typed from memory",
     NULL,
     NULL,
     {400, 404, 406, 412, 413, 416, 503}},
};

static const struct operation *operation_of(const char *path)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(operations[i].path, path))
            return &operations[i];
    return NULL;
}

/* ---- responses ------------------------------------------------------------------------------------------------- */

/* The media types of the formats. */
static json_t *tensor_content(void)
{
    json_t *content = json_object();
    const struct wi_format *format;
    for (unsigned i = 0; (format = wi_format_at(i)); i++) {
        bool json = !strcmp(format->media_type, JSON);
        json_t *schema = json ? srv_openapi_ref("schemas", "Tensor")
                              : json_pack("{s:s, s:s}", "type", "string", "contentMediaType", format->media_type);
        json_object_set_new(content, format->media_type,
                            json_pack("{s:o, s:s}", "schema", schema, "x-weightd-format", format->name));
    }
    return content;
}

static json_t *answer_content(const struct operation *operation)
{
    json_t *schema = operation->schema                      ? srv_openapi_ref("schemas", operation->schema)
                     : !strcmp(operation->media_type, JSON) ? json_pack("{s:s}", "type", "object")
                                                            : json_pack("{s:s}", "type", "string");
    if (operation->schema && !strcmp(operation->schema, "Recommendation"))
        schema = json_pack("{s:[o, o]}", "oneOf", schema, srv_openapi_ref("schemas", "Recommendations"));
    return json_pack("{s:{s:o}}", operation->media_type, "schema", schema);
}

static void add_tensor_responses(json_t *responses)
{
    json_object_set_new(responses, "200",
                        json_pack("{s:s, s:o, s:o}", "description", "the tensor", "headers",
                                  srv_openapi_tensor_headers(), "content", tensor_content()));
    json_object_set_new(responses, "206",
                        json_pack("{s:s, s:o, s:o}", "description", "the parts that Range names", "headers",
                                  srv_openapi_tensor_headers(), "content", tensor_content()));
    json_object_set_new(responses, "304", json_pack("{s:s}", "description", "what If-None-Match names is the tensor"));
}

static json_t *responses_json(const struct operation *operation, bool head)
{
    json_t *responses = json_object();
    if (!operation->media_type)
        add_tensor_responses(responses);
    else
        json_object_set_new(
            responses, "200",
            json_pack("{s:s, s:o}", "description", operation->summary, "content", answer_content(operation)));
    for (size_t i = 0; operation->errors[i]; i++) {
        char status[16], name[32];
        snprintf(status, sizeof status, "%d", operation->errors[i]);
        snprintf(name, sizeof name, "Problem%s", status);
        json_object_set_new(responses, status, srv_openapi_ref("responses", name));
    }
    json_object_set_new(responses, "default", srv_openapi_ref("responses", "Problem"));
    const char *key;
    json_t *response;
    if (head)
        json_object_foreach(responses, key, response) json_object_del(response, "content");
    return responses;
}

/* ---- paths ----------------------------------------------------------------------------------------------------- */

static json_t *operation_json(const struct operation *operation, bool head)
{
    json_t *params = srv_openapi_params_of(operation->path);
    json_t *json = json_pack("{s:o, s:[s], s:o}", "operationId",
                             json_sprintf("%s%s", head ? "head_" : "", operation->id), "tags", operation->tag,
                             "summary", json_sprintf("%s%s", operation->summary, head ? ": the header alone" : ""));
    if (json_array_size(params))
        json_object_set(json, "parameters", params);
    json_decref(params);
    json_object_set_new(json, "responses", responses_json(operation, head));
    return json;
}

static json_t *paths_json(void)
{
    json_t *paths = json_object();
    const struct srv_route *route;
    for (size_t i = 0; (route = srv_route_at(i)); i++) {
        const struct operation *operation = operation_of(route->path);
        if (operation)
            json_object_set_new(paths, route->path,
                                json_pack("{s:o, s:o}", "get", operation_json(operation, false), "head",
                                          operation_json(operation, true)));
    }
    return paths;
}

/* ---- document -------------------------------------------------------------------------------------------------- */

static json_t *info_json(void)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "title", "weightd", "version", WEIGHTD_VERSION, "summary",
        "Initialized tensors over HTTP: the same URL gives the same bytes on every machine, for ever", "description",
        "Unknown or repeated parameters, bad values and parameters that the scheme does not take are errors, "
        "never ignored. HEAD, ranges and conditional requests work on every tensor. Errors are "
        "application/problem+json and name what is allowed.",
        "license", "name", "MIT", "identifier", "MIT");
}

static json_t *problem_responses(void)
{
    json_t *all = srv_openapi_problems();
    json_object_set_new(all, "Problem",
                        json_pack("{s:s, s:{s:{s:o}}}", "description", "an error that any request can meet", "content",
                                  "application/problem+json", "schema", srv_openapi_ref("schemas", "Problem")));
    return all;
}

json_t *srv_openapi(void)
{
    return json_pack("{s:s, s:o, s:[{s:s}], s:o, s:{s:o, s:o, s:o, s:o}}", "openapi", "3.1.0", "info", info_json(),
                     "servers", "url", "/", "paths", paths_json(), "components", "parameters", srv_openapi_params(),
                     "headers", srv_openapi_headers(), "schemas", srv_openapi_schemas(), "responses",
                     problem_responses());
}

void srv_handle_openapi(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    (void)req;
    srv_json_reply_take(reply, 200, JSON, srv_openapi());
    srv_reply_header(reply, "Cache-Control", "public, max-age=3600");
}
