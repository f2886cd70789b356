/* The schemas, headers and errors of the OpenAPI document: see openapi.h. */
#include <stdio.h>
#include <string.h>

#include "resource/openapi.h"
#include "http/problem.h"
#include "wi.h"

/* ---- objects --------------------------------------------------------------------------------------------------- */

/* A member of an answer. type is a JSON type, "T[]" for a list of T, or the name of another schema with a capital. */
struct member {
    const char *object, *name, *type;
    bool always;
    const char *description;
};

static const struct member members[] = {
    {"Problem", "type", "string", true, "/problems/SLUG: what the kind of error means"},
    {"Problem", "title", "string", true, "the kind of error in words"},
    {"Problem", "status", "integer", true, "the HTTP status"},
    {"Problem", "detail", "string", true, "one sentence about this request"},
    {"Problem", "instance", "string", false, "the request target"},
    {"Problem", "param", "string", false, "the parameter at fault"},
    {"Problem", "allowed", "string", false, "what would be accepted"},
    {"Problem", "nearest", "string", false, "the nearest valid name"},
    {"Problem", "example", "string", true, "a URL of this server that works"},
    {"Tensor", "name", "string", true, "name=, else tensor"},
    {"Tensor", "shape", "integer[]", true, "the dimensions of what is sent"},
    {"Tensor", "datatype", "string", true, "as in the Open Inference Protocol: FP32, FP64, FP16, BF16"},
    {"Tensor", "parameters", "object", true, "the canonical request; whether the numbers are exact"},
    {"Tensor", "data", "array", true, "nested lists of numbers, one flat list with flat=1"},
    {"Scheme", "name", "string", true, "as scheme= takes it"},
    {"Scheme", "aliases", "string", true, "further names, blank-separated"},
    {"Scheme", "formula", "string", true, "the distribution of an element"},
    {"Scheme", "summary", "string", true, "what it is"},
    {"Scheme", "best_for", "string", true, "where it is the right choice"},
    {"Scheme", "known_problem", "string", true, "where it is not"},
    {"Scheme", "source", "string", true, "where it was published"},
    {"Scheme", "rank_min", "integer", true, "fewest dimensions"},
    {"Scheme", "rank_max", "integer", true, "most dimensions"},
    {"Scheme", "random_access", "boolean", true, "any part costs only its own length"},
    {"Scheme", "random", "boolean", true, "the numbers depend on seed and stream"},
    {"Scheme", "parameters", "SchemeParameter[]", true, "what it takes beyond the common parameters"},
    {"Scheme", "example", "string", true, "a request that works"},
    {"SchemeParameter", "name", "string", true, "name of the query parameter"},
    {"SchemeParameter", "type", "string", true, "choice, uint, real, bool, name, shape or slice"},
    {"SchemeParameter", "help", "string", true, "what it does"},
    {"SchemeParameter", "minimum", "number", false, "least value"},
    {"SchemeParameter", "exclusive_minimum", "number", false, "every value is greater"},
    {"SchemeParameter", "maximum", "number", false, "greatest value"},
    {"SchemeParameter", "choices", "string[]", false, "the values of a choice"},
    {"SchemeParameter", "default", "any", false, "the value when it is not given"},
    {"Schemes", "alg", "integer", true, "version of the numbers"},
    {"Schemes", "schemes", "Scheme[]", true, "the native schemes"},
    {"Schemes", "common_parameters", "SchemeParameter[]", true, "what every scheme takes"},
    {"Schemes", "dtypes", "object[]", true, "element types with their names elsewhere"},
    {"Schemes", "formats", "object[]", true, "wire formats with media type and extension"},
    {"Schemes", "like", "object[]", true, "frameworks whose numbers can be had, with their schemes"},
    {"Recommendation", "activation", "string", true, "the activation asked for"},
    {"Recommendation", "scheme", "string", true, "the scheme that suits it"},
    {"Recommendation", "reason", "string", true, "why"},
    {"Recommendation", "source", "string", true, "who says so"},
    {"Recommendation", "formula", "string", true, "the scheme's formula"},
    {"Recommendation", "gain", "number", false, "torch's calculate_gain, where it defines one"},
    {"Recommendation", "url", "string", true, "a request that follows the advice"},
    {"Recommendations", "recommendations", "Recommendation[]", true, "one for every activation"},
    {"Version", "name", "string", true, "weightd"},
    {"Version", "version", "string", true, "of the program"},
    {"Version", "alg", "integer", true, "version of the numbers"},
    {"Version", "instructions", "string", true, "instruction level in use; it never changes the numbers"},
    {"Version", "compiler", "string", true, "that built it"},
    {"Version", "libmicrohttpd", "string", true, "version in use"},
    {"Version", "jansson", "string", true, "version in use"},
};

static json_t *type_schema(const char *type)
{
    size_t len = strlen(type);
    if (len > 2 && !strcmp(type + len - 2, "[]")) {
        char item[32];
        snprintf(item, sizeof item, "%.*s", (int)(len - 2), type);
        return json_pack("{s:s, s:o}", "type", "array", "items", type_schema(item));
    }
    if (*type >= 'A' && *type <= 'Z')
        return srv_openapi_ref("schemas", type);
    return strcmp(type, "any") ? json_pack("{s:s}", "type", type) : json_object();
}

static json_t *object_schema(const char *object)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct member *m = &members[i];
        if (strcmp(m->object, object))
            continue;
        json_t *schema = type_schema(m->type);
        json_object_set_new(schema, "description", json_string(m->description));
        json_object_set_new(properties, m->name, schema);
        if (m->always)
            json_array_append_new(required, json_string(m->name));
    }
    return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required", required);
}

static const char *slug_at(unsigned i)
{
    const struct srv_problem *problem = srv_problem_at(i);
    return problem ? problem->slug : NULL;
}

/* Every kind of error with its status and meaning. */
static json_t *slug_schema(void)
{
    json_t *schema = srv_openapi_enum(slug_at), *meanings = json_object();
    const struct srv_problem *problem;
    for (size_t i = 0; (problem = srv_problem_at(i)); i++)
        json_object_set_new(meanings, problem->slug, json_sprintf("%d: %s", problem->status, problem->meaning));
    json_object_set_new(schema, "x-weightd-meaning", meanings);
    return schema;
}

json_t *srv_openapi_schemas(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!json_object_get(all, members[i].object))
            json_object_set_new(all, members[i].object, object_schema(members[i].object));
    json_object_set_new(all, "Slug", slug_schema());
    return all;
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *type, *description;
} headers[] = {
    {"ETag", "string", "strong; follows from the canonical request alone"},
    {"Content-Location", "string", "the canonical request: every parameter that matters, one spelling each"},
    {"Content-Disposition", "string", "a file name to save the body under"},
    {"Cache-Control", "string", "public, immutable: the bytes of a URL never change"},
    {"Cache-Status", "string", "RFC 9211: hit, stored, collapsed or streamed"},
    {"Accept-Ranges", "string", "bytes"},
    {"Content-Range", "string", "the part that is sent, of a 206 with one part"},
    {"Vary", "string", "Accept, only when Accept decided the format"},
    {"X-Tensor-Shape", "string", "dimensions of what is sent, comma-separated; empty for a scalar"},
    {"X-Tensor-Dtype", "string", "element type"},
    {"X-Tensor-Scheme", "string", "the scheme, by its name"},
    {"X-Tensor-Layout", "string", "io or oi: which dimensions are fan_in and fan_out"},
    {"X-Tensor-Fan-In", "number", "fan_in of the whole tensor"},
    {"X-Tensor-Fan-Out", "number", "fan_out of the whole tensor"},
    {"X-Tensor-Std", "number", "standard deviation that the formula gives, where it gives one"},
    {"X-Tensor-Bound", "number", "bound of the uniform distribution, where there is one"},
    {"X-Tensor-Alg", "integer", "version of the numbers"},
    {"X-Tensor-Exactness", "string", "exact or approximate: the framework's own bits, or close to them"},
    {"X-Tensor-Exactness-Note", "string", "for which version of the framework, or why not exact"},
};
#define N_HEADERS (sizeof headers / sizeof *headers)

json_t *srv_openapi_headers(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < N_HEADERS; i++)
        json_object_set_new(
            all, headers[i].name,
            json_pack("{s:s, s:{s:s}}", "description", headers[i].description, "schema", "type", headers[i].type));
    return all;
}

json_t *srv_openapi_tensor_headers(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < N_HEADERS; i++)
        json_object_set_new(all, headers[i].name, srv_openapi_ref("headers", headers[i].name));
    return all;
}

/* ---- errors ---------------------------------------------------------------------------------------------------- */

/* One response per status, which names the kinds of errors that have it. */
json_t *srv_openapi_problems(void)
{
    json_t *all = json_object();
    const struct srv_problem *problem;
    for (size_t i = 0; (problem = srv_problem_at(i)); i++) {
        char key[32];
        snprintf(key, sizeof key, "Problem%d", problem->status);
        json_t *response = json_object_get(all, key);
        if (response) {
            const char *before = json_string_value(json_object_get(response, "description"));
            json_object_set_new(response, "description", json_sprintf("%s, %s", before, problem->slug));
            continue;
        }
        json_object_set_new(all, key,
                            json_pack("{s:s, s:{s:{s:o}}}", "description", problem->slug, "content",
                                      "application/problem+json", "schema", srv_openapi_ref("schemas", "Problem")));
    }
    return all;
}
