/* The parameters of the OpenAPI document: see openapi.h. */
#include <string.h>

#include "resource/openapi.h"
#include "wi.h"

#define SHAPE_PATTERN "[0-9]+([,x][0-9]+){0,7}"
#define SLICE_ITEM "(-?[0-9]+|(-?[0-9]+)?:(-?[0-9]+)?)"

json_t *srv_openapi_ref(const char *kind, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

json_t *srv_openapi_enum(const char *(*at)(unsigned i))
{
    json_t *list = json_array();
    const char *name;
    for (unsigned i = 0; (name = at(i)); i++)
        json_array_append_new(list, json_string(name));
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

static bool listed(const json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (!strcmp(json_string_value(item), name)) return true;
    return false;
}

/* Add the names of a blank-separated text that are not there yet. */
static void add_names(json_t *list, const char *names)
{
    for (const char *at = names + strspn(names, " "); *at; at += strspn(at, " ")) {
        char name[64];
        size_t len = strcspn(at, " "), n = len < sizeof name ? len : sizeof name - 1;
        memcpy(name, at, n);
        name[n] = '\0';
        if (!listed(list, name))
            json_array_append_new(list, json_string(name));
        at += len;
    }
}

/* Every name of every scheme: the native ones first, aliases last. */
static json_t *scheme_schema(void)
{
    json_t *list = json_array();
    const struct wi_like_info *like;
    for (unsigned t = 0; (like = wi_like_at(t)); t++)
        for (unsigned i = 0; i < like->n_schemes; i++)
            add_names(list, like->scheme_at(i)->name);
    for (unsigned t = 0; (like = wi_like_at(t)); t++)
        for (unsigned i = 0; i < like->n_schemes; i++)
            add_names(list, like->scheme_at(i)->aliases);
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *activation_schema(void)
{
    json_t *list = json_array();
    const struct wi_nonlinearity *n;
    for (unsigned i = 0; (n = wi_nonlinearity_at(i)); i++)
        add_names(list, n->name);
    for (unsigned i = 0; (n = wi_nonlinearity_at(i)); i++)
        add_names(list, n->aliases);
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

/* ---- schemas of values ----------------------------------------------------------------------------------------- */

/* jansson's integers end at 2^63 - 1: a larger maximum is told by the format alone. */
static json_t *uint_schema(const struct wi_param_row *row)
{
    json_t *decimal = json_pack("{s:s, s:s, s:i}", "type", "integer", "format", "uint64", "minimum", 0);
    if (row->uint_max <= INT64_MAX)
        json_object_set_new(decimal, "maximum", json_integer((json_int_t)row->uint_max));
    return json_pack("{s:[o, {s:s, s:s}]}", "oneOf", decimal, "type", "string", "pattern", "^0[xX][0-9a-fA-F]{1,16}$");
}

static json_t *real_schema(const struct wi_param_row *row)
{
    return json_pack("{s:s, s:s, s:f, s:f}", "type", "number", "format", "double",
                     row->open_min ? "exclusiveMinimum" : "minimum", row->min, "maximum", row->max);
}

static json_t *bool_schema(void)
{
    return json_pack("{s:s, s:[s, s, s, s]}", "type", "string", "enum", "0", "1", "false", "true");
}

static json_t *value_schema(enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    switch (p == WI_P_SCHEME ? WI_T_CHOICE : row->type) {
    case WI_T_CHOICE:
        return p == WI_P_SCHEME ? scheme_schema() : srv_openapi_enum(row->choice);
    case WI_T_UINT:
        return uint_schema(row);
    case WI_T_REAL:
        return real_schema(row);
    case WI_T_BOOL:
        return bool_schema();
    case WI_T_NAME:
        return json_pack("{s:s, s:s, s:i}", "type", "string", "pattern", "^[ -~]*$", "maxLength", WI_NAME_MAX);
    case WI_T_SHAPE:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", "^(" SHAPE_PATTERN ")?$");
    case WI_T_SLICE:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", "^" SLICE_ITEM "(," SLICE_ITEM "){0,7}$");
    }
    return NULL;
}

static json_t *default_value(enum wi_param p, union wi_value value)
{
    const struct wi_param_row *row = wi_param_row(p);
    switch (row->type) {
    case WI_T_CHOICE:
    case WI_T_BOOL:
        return json_string(row->choice(value.choice));
    case WI_T_UINT:
        return json_integer((json_int_t)value.uint);
    case WI_T_REAL:
        return json_real(value.real);
    default:
        return json_string(p == WI_P_NAME ? "tensor" : "");
    }
}

/* ---- parameters ------------------------------------------------------------------------------------------------ */

/* A common parameter has one default; another one is listed with the native schemes that take it and their defaults. */
static void describe_defaults(json_t *parameter, json_t *schema, enum wi_param p)
{
    const struct wi_scheme_info *scheme;
    json_t *takers = json_object();
    union wi_value value;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++)
        if (scheme->params & WI_P_BIT(p))
            json_object_set_new(takers, scheme->name,
                                wi_scheme_default(scheme, p, &value) ? default_value(p, value) : json_null());
    if (json_object_size(takers))
        json_object_set(parameter, "x-weightd-schemes", takers);
    else if (wi_scheme_default(wi_scheme_at(0), p, &value))
        json_object_set_new(schema, "default", default_value(p, value));
    json_decref(takers);
}

static json_t *parameter_json(enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    bool required = p == WI_P_SCHEME || p == WI_P_SHAPE;
    json_t *schema = value_schema(p);
    json_t *parameter = json_pack("{s:s, s:s, s:s, s:b}", "name", row->name, "in", "query", "description", row->help,
                                  "required", required);
    describe_defaults(parameter, schema, p);
    if (row->type == WI_T_SHAPE)
        json_object_set_new(parameter, "allowEmptyValue", json_true());
    json_object_set_new(parameter, "schema", schema);
    return parameter;
}

static json_t *path_parameter(const char *name, const char *description, json_t *schema)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", name, "in", "path", "description", description, "required", 1,
                     "schema", schema);
}

static const char *extension_at(unsigned i)
{
    const struct wi_format *format = wi_format_at(i);
    return format ? format->extension : NULL;
}

/* 256x128.npy */
static json_t *file_schema(void)
{
    char pattern[256] = "^(scalar|" SHAPE_PATTERN ")(\\.(";
    for (unsigned i = 0; extension_at(i) && strlen(pattern) < sizeof pattern - 64; i++) {
        strcat(pattern, i ? "|" : "");
        strcat(pattern, extension_at(i));
    }
    strcat(pattern, "))?$");
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

json_t *srv_openapi_params(void)
{
    json_t *all = json_object();
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        json_object_set_new(all, wi_param_row((enum wi_param)p)->name, parameter_json((enum wi_param)p));
    json_object_set_new(all, "path_scheme", path_parameter("scheme", wi_param_row(WI_P_SCHEME)->help, scheme_schema()));
    json_object_set_new(
        all, "path_shape",
        path_parameter("shape", "the shape, and a format by its extension: 256x128.npy", file_schema()));
    json_object_set_new(all, "path_name",
                        path_parameter("name", "a native scheme or an alias of one", scheme_schema()));
    json_object_set_new(
        all, "path_slug",
        path_parameter("slug", "the last segment of a problem's type", srv_openapi_ref("schemas", "Slug")));
    json_object_set_new(all, "activation",
                        json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", "activation", "in", "query", "description",
                                  "the activation that follows the layer; without it every row is answered", "required",
                                  0, "schema", activation_schema()));
    return all;
}

static json_t *tensor_params(bool query_form)
{
    json_t *list = json_array();
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (query_form || (p != WI_P_SCHEME && p != WI_P_SHAPE))
            json_array_append_new(list, srv_openapi_ref("parameters", wi_param_row((enum wi_param)p)->name));
    return list;
}

json_t *srv_openapi_params_of(const char *path)
{
    json_t *list = !strcmp(path, "/init")               ? tensor_params(true)
                   : !strcmp(path, "/{scheme}/{shape}") ? tensor_params(false)
                                                        : json_array();
    if (!strcmp(path, "/recommend")) {
        json_array_append_new(list, srv_openapi_ref("parameters", "activation"));
        json_array_append_new(list, srv_openapi_ref("parameters", wi_param_row(WI_P_A)->name));
    }
    /* One for each {name} of the path, in front. */
    size_t n = 0;
    for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
        char name[64] = "path_";
        size_t len = strcspn(at + 1, "}");
        strncat(name, at + 1, len < 48 ? len : 48);
        json_array_insert_new(list, n++, srv_openapi_ref("parameters", name));
    }
    return list;
}
