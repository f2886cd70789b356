/* Print, as JSON for tools/openapi.py, the tables of api/openapi.json that /schemes does not have. */
#include <stdio.h>
#include <string.h>

#include "http/json.h"
#include "http/problem.h"
#include "model/file.h"
#include "plot/plot.h"
#include "resource/route.h"
#include "wi.h"

/* ---- parameters ---------------------------------------------------------------------------------------------------- */

static json_t *choices(const char *(*at)(unsigned i))
{
    json_t *list = json_array();
    const char *name;
    for (unsigned i = 0; at && (name = at(i)); i++)
        json_array_append_new(list, json_string(name));
    return list;
}

static json_t *value_json(enum wi_param p, union wi_value value)
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

/* The native schemes that take the parameter and no other does, with their defaults; null: it is required. */
static json_t *takers(enum wi_param p)
{
    json_t *all = json_object();
    const struct wi_scheme_info *scheme;
    union wi_value value;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++)
        if (scheme->params & WI_P_BIT(p))
            json_object_set_new(all, scheme->name,
                                wi_scheme_default(scheme, p, &value) ? value_json(p, value) : json_null());
    return all;
}

/* Has every scheme of every framework this default? Only then is it the schema's: clients send that. */
static bool is_common_default(enum wi_param p, union wi_value value)
{
    const struct wi_like_info *like;
    union wi_value own;
    for (unsigned t = 0; (like = wi_like_at(t)); t++)
        for (unsigned i = 0; i < like->n_schemes; i++)
            if (!wi_scheme_default(wi_like_scheme_at(like, i), p, &own) || own.uint != value.uint)
                return false;
    return true;
}

static json_t *params(void)
{
    static const char *const types[] = {
        [WI_T_CHOICE] = "choice", [WI_T_UINT] = "uint",   [WI_T_REAL] = "real",   [WI_T_BOOL] = "bool",
        [WI_T_NAME] = "name",     [WI_T_SHAPE] = "shape", [WI_T_SLICE] = "slice", [WI_T_PAST] = "past",
    };
    json_t *all = json_array();
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)p);
        union wi_value value;
        json_t *param = json_pack("{s:s, s:s, s:s, s:f, s:f, s:b, s:o, s:o, s:o, s:o}", "name", row->name, "type",
                                  types[row->type], "help", row->help, "min", row->min, "max", row->max, "open_min",
                                  row->open_min, "uint_min", json_sprintf("%llu", (unsigned long long)row->uint_min),
                                  "uint_max", json_sprintf("%llu", (unsigned long long)row->uint_max), "choices",
                                  choices(row->choice), "schemes", takers((enum wi_param)p));
        if (wi_scheme_default(wi_scheme_at(0), (enum wi_param)p, &value)) {
            const bool common = is_common_default((enum wi_param)p, value);
            json_object_set_new(param, common ? "default" : "native_default", value_json((enum wi_param)p, value));
        }
        json_array_append_new(all, param);
    }
    return all;
}

/* ---- names --------------------------------------------------------------------------------------------------------- */

static json_t *named(const char *name, const char *aliases)
{
    return json_pack("{s:s, s:s}", "name", name, "aliases", aliases);
}

/* The schemes of every framework, the native ones first. */
static json_t *schemes(void)
{
    json_t *all = json_array();
    const struct wi_like_info *like;
    for (unsigned t = 0; (like = wi_like_at(t)); t++) {
        json_t *list = json_array();
        for (unsigned i = 0; i < like->n_schemes; i++)
            json_array_append_new(list, named(wi_like_scheme_at(like, i)->name, wi_like_scheme_at(like, i)->aliases));
        json_array_append_new(all, list);
    }
    return all;
}

static json_t *activations(void)
{
    json_t *all = json_array();
    const struct wi_nonlinearity *n;
    for (unsigned i = 0; (n = wi_nonlinearity_at(i)); i++)
        json_array_append_new(all, named(n->name, n->aliases));
    return all;
}

static json_t *formats(void)
{
    json_t *all = json_array();
    const struct wi_format *f;
    for (unsigned i = 0; (f = wi_format_at(i)); i++)
        json_array_append_new(all,
                              json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", f->name, "media_type", f->media_type,
                                        "extension", f->extension, "digest", f->digest, "text", f->text || f->digest));
    return all;
}

/* ---- the server's --------------------------------------------------------------------------------------------------- */

static json_t *problems(void)
{
    json_t *all = json_array();
    const struct srv_problem *p;
    for (size_t i = 0; (p = srv_problem_at(i)); i++)
        json_array_append_new(
            all, json_pack("{s:s, s:i, s:s}", "slug", p->slug, "status", p->status, "meaning", p->meaning));
    return all;
}

static json_t *query_names(const struct srv_query *query)
{
    json_t *all = json_array();
    for (size_t i = 0; query && i < query->n; i++)
        json_array_append_new(all, json_string(query->rows[i].name));
    return all;
}

static json_t *routes(void)
{
    json_t *all = json_array();
    const struct srv_route *r;
    for (size_t i = 0; (r = srv_route_at(i)); i++)
        if (r->id)
            json_array_append_new(
                all, json_pack("{s:s, s:s, s:s?, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:o, s:b, s:b}", "path",
                               r->path, "id", r->id, "methods", r->methods, "tag", r->tag, "summary", r->summary,
                               "type", r->file ? r->file->type : r->type, "schema", r->schema, "statuses", r->statuses,
                               "plain", r->plain, "example", r->example, "query", query_names(r->query), "takes_tensor",
                               r->takes_tensor, "open", r->open));
    return all;
}

/* The formats of models that stand alone. */
static json_t *model_formats(void)
{
    json_t *all = json_array();
    const struct srv_file_format *format;
    for (unsigned i = 0; (format = srv_file_format_at(i)); i++)
        if (format->alone)
            json_array_append_new(all, json_string(format->name));
    return all;
}

/* sweep.svg and all others */
static json_t *pictures(void)
{
    json_t *all = json_array();
    for (unsigned i = 0; srv_plot_at(i); i++)
        for (unsigned f = 0; f < SRV_PLOT_FORMATS; f++)
            if (srv_plot_at(i)->write[f])
                json_array_append_new(all, json_sprintf("%s.%s", srv_plot_at(i)->name, srv_plot_formats[f].name));
    return all;
}

int main(void)
{
    json_t *doc = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", WEIGHTD_VERSION,
                            "name_max", WI_NAME_MAX, "params", params(), "schemes", schemes(), "activations",
                            activations(), "formats", formats(), "model_formats", model_formats(), "pictures",
                            pictures(), "problems", problems(), "routes", routes());
    int failed = !doc || json_dumpf(doc, stdout, JSON_INDENT(1)) || putchar('\n') < 0;
    json_decref(doc);
    return failed;
}
