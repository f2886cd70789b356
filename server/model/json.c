/* see json.h */
#include "model/json.h"

#include <string.h>

/* Depth and number of values, counted before anything is allocated. */
static bool within_bounds(const char *text, size_t len, const char *what, size_t max_values, struct wi_error *err)
{
    size_t values = 1, depth = 0, deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',' || c == '[' || c == '{') {
            values++;
            depth += c != ',';
            deepest = depth > deepest ? depth : deepest;
        } else if (c == ']' || c == '}') {
            depth -= depth > 0;
        }
    }
    if (deepest > SRV_MODEL_JSON_DEPTH)
        wi_fail(err, WI_E_PARAM_VALUE, "", "%q is nested deeper than %u levels", what, (uint64_t)SRV_MODEL_JSON_DEPTH);
    else if (values > max_values)
        wi_fail(err, WI_E_TOO_LARGE, "", "%q has more than %u values", what, (uint64_t)max_values);
    return deepest <= SRV_MODEL_JSON_DEPTH && values <= max_values;
}

bool srv_model_json_fits(const char *text, size_t len, const char *what, size_t max_bytes, size_t max_values,
                         struct wi_error *err)
{
    if (len <= max_bytes)
        return within_bounds(text, len, what, max_values, err);
    wi_fail(err, WI_E_TOO_LARGE, "", "%q is longer than %u bytes", what, (uint64_t)max_bytes);
    return false;
}

json_t *srv_model_json(const char *text, size_t len, const char *what, size_t max_bytes, size_t max_values,
                       struct wi_error *err)
{
    if (!srv_model_json_fits(text, len, what, max_bytes, max_values, err))
        return NULL;
    json_error_t at;
    json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
    if (!document)
        wi_fail(err, WI_E_PARAM_VALUE, "", "%q, line %u, column %u: %q", what, (uint64_t)(at.line > 0 ? at.line : 0),
                (uint64_t)(at.column > 0 ? at.column : 0), at.text);
    return document;
}

json_t *srv_model_json_at(const json_t *object, const char *path)
{
    const char *dot = strchr(path, '.');
    if (!dot)
        return json_object_get(object, path);
    char first[64];
    size_t len = (size_t)(dot - path);
    if (len >= sizeof first)
        return NULL;
    memcpy(first, path, len);
    first[len] = 0;
    return srv_model_json_at(json_object_get(object, first), dot + 1);
}
