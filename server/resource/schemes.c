/* GET /schemes and /schemes/{name}: the library's tables as JSON. */
#include <stdio.h>
#include <string.h>

#include "resource/resource.h"
#include "http/json.h"
#include "http/problem.h"

/* ---- values ---------------------------------------------------------------------------------------------------- */

static json_t *choices_json(const struct wi_param_row *row)
{
    json_t *list = json_array();
    const char *name;
    for (unsigned i = 0; (name = row->choice(i)); i++)
        json_array_append_new(list, json_string(name));
    return list;
}

static json_t *value_json(enum wi_param p, union wi_value value)
{
    const struct wi_param_row *row = wi_param_row(p);
    switch (row->type) {
    case WI_T_CHOICE:
        return json_string(row->choice(value.choice));
    case WI_T_BOOL:
        return json_integer(value.choice);
    case WI_T_REAL:
        return srv_json_real(value.real);
    case WI_T_UINT:
        return json_integer((json_int_t)value.uint);
    default:
        return json_string("");
    }
}

/* A parameter with the default that the scheme gives it. */
static json_t *param_json(const struct wi_scheme_info *scheme, enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    json_t *object =
        json_pack("{s:s, s:s, s:s}", "name", row->name, "type", wi_param_type_name(row->type), "help", row->help);
    union wi_value value;
    if (row->type == WI_T_REAL) {
        json_object_set_new(object, row->open_min ? "exclusive_minimum" : "minimum", srv_json_real(row->min));
        json_object_set_new(object, "maximum", srv_json_real(row->max));
    }
    if (row->choice)
        json_object_set_new(object, "choices", choices_json(row));
    if (row->type != WI_T_NAME && wi_scheme_default(scheme, p, &value))
        json_object_set_new(object, "default", value_json(p, value));
    return object;
}

static json_t *params_json(const struct wi_scheme_info *scheme, uint64_t params)
{
    json_t *list = json_array();
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (params & WI_P_BIT(p) && p != WI_P_SCHEME)
            json_array_append_new(list, param_json(scheme, (enum wi_param)p));
    return list;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static json_t *example_json(const struct wi_like_info *like, const struct wi_scheme_info *scheme)
{
    bool native = like == wi_like_at(0);
    return json_sprintf("/init?%s%s%sscheme=%s&%s", native ? "" : "like=", native ? "" : like->name, native ? "" : "&",
                        scheme->name, scheme->example);
}

static json_t *scheme_json(const struct wi_like_info *like, const struct wi_scheme_info *scheme)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", scheme->name, "aliases", scheme->aliases,
                               "formula", scheme->formula, "summary", scheme->summary, "best_for", scheme->best_for,
                               "known_problem", scheme->known_problem, "source", scheme->source);
    json_object_set_new(object, "rank_min", json_integer(scheme->rank_min));
    json_object_set_new(object, "rank_max", json_integer(scheme->rank_max));
    json_object_set_new(object, "random_access", json_boolean(!scheme->whole));
    json_object_set_new(object, "random", json_boolean(!scheme->seedless));
    json_object_set_new(object, "parameters", params_json(scheme, scheme->params));
    json_object_set_new(object, "example", example_json(like, scheme));
    return object;
}

static json_t *table_json(const struct wi_like_info *like)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < like->n_schemes; i++)
        json_array_append_new(list, scheme_json(like, wi_like_scheme_at(like, i)));
    return list;
}

static json_t *dtypes_json(void)
{
    json_t *list = json_array();
    const struct wi_dtype *d;
    for (unsigned i = 0; (d = wi_dtype_at(i)); i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s?}", "name", d->name, "numpy", d->numpy_name, "bytes",
                                              (int)d->bytes, "npy_descr", d->npy_descr));
    return list;
}

static json_t *formats_json(void)
{
    json_t *list = json_array();
    const struct wi_format *f;
    for (unsigned i = 0; (f = wi_format_at(i)); i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", f->name, "media_type", f->media_type,
                                              "extension", f->extension, "summary", f->summary));
    return list;
}

static json_t *likes_json(void)
{
    json_t *list = json_array();
    const struct wi_like_info *like;
    for (unsigned i = 1; (like = wi_like_at(i)); i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", like->name, "summary", like->summary,
                                              "schemes", table_json(like)));
    return list;
}

/* ---- handlers -------------------------------------------------------------------------------------------------- */

void srv_handle_schemes(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    (void)req;
    const struct wi_scheme_info *any = wi_scheme_at(0);
    json_t *doc = json_object();
    json_object_set_new(doc, "alg", json_integer(WI_ALG));
    json_object_set_new(doc, "schemes", table_json(wi_like_at(0)));
    json_object_set_new(doc, "common_parameters", params_json(any, wi_params_common()));
    json_object_set_new(doc, "dtypes", dtypes_json());
    json_object_set_new(doc, "formats", formats_json());
    json_object_set_new(doc, "like", likes_json());
    srv_json_reply_take(reply, 200, "application/json", doc);
    reply->caching = SRV_CACHE_HOUR;
}

static const char *scheme_name_at(unsigned i)
{
    const struct wi_scheme_info *scheme = wi_scheme_at(i);
    return scheme ? scheme->name : NULL;
}

void srv_handle_scheme(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    (void)srv;
    const char *name = req->args[0];
    const struct wi_scheme_info *scheme = wi_scheme_find(name, strlen(name));
    if (!scheme) {
        struct wi_error err = {0};
        wi_fail(&err, WI_E_PARAM_UNKNOWN, "name", "there is no scheme '%s'", name);
        wi_error_near(&err, wi_nearest(name, strlen(name), scheme_name_at));
        char example[64];
        snprintf(example, sizeof example, "/schemes/%s", *err.nearest ? err.nearest : wi_scheme_at(0)->name);
        srv_problem_repaired(reply, req, "not-found", &err, example);
        return;
    }
    srv_json_reply_take(reply, 200, "application/json", scheme_json(wi_like_at(0), scheme));
    reply->caching = SRV_CACHE_HOUR;
}
