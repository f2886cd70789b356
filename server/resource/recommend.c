/* GET /recommend?activation=relu: which scheme suits an activation, why, and a ready URL. */
#include <stdio.h>
#include <string.h>

#include "resource/resource.h"
#include "http/json.h"
#include "http/problem.h"
#include "resource/query.h"

#define EXAMPLE_SHAPE "shape=256,128"
#define URL_MAX 256

struct question {
    const struct wi_nonlinearity *activation;
    double a;
    bool has_a;
};

static const char *activation_at(unsigned i)
{
    const struct wi_nonlinearity *n = wi_nonlinearity_at(i);
    return n ? n->name : NULL;
}

static void allow_activations(struct wi_error *err)
{
    char list[sizeof err->allowed] = "";
    size_t len = 0;
    for (unsigned i = 0; activation_at(i) && len < sizeof list - 1; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", activation_at(i));
    wi_error_allow(err, list);
}

static bool read_activation(void *into, const struct srv_param *p, struct wi_error *err)
{
    struct question *q = into;
    char name[65];
    snprintf(name, sizeof name, "%.64s", p->has_value ? p->form : "");
    q->activation = p->has_value ? wi_nonlinearity_find(p->form, p->value_len) : NULL;
    if (q->activation)
        return true;
    wi_fail(err, WI_E_PARAM_UNKNOWN, "activation", "there is no activation '%s'", name);
    wi_error_near(err, wi_nearest(name, strlen(name), activation_at));
    allow_activations(err);
    return false;
}

static bool read_a(void *into, const struct srv_param *p, struct wi_error *err)
{
    struct question *q = into;
    const struct wi_param_row *row = wi_param_row(WI_P_A);
    q->has_a = true;
    if (p->has_value && wi_decimal_parse(p->value, p->value_len, &q->a) && q->a >= row->min && q->a <= row->max)
        return true;
    wi_fail(err, WI_E_PARAM_VALUE, "a", "the slope a is not a decimal number from %r to %r", row->min, row->max);
    return false;
}

static const struct srv_query_row query_rows[] = {{"activation", read_activation}, {"a", read_a}};
enum { N_QUERY_ROWS = sizeof query_rows / sizeof *query_rows };

static const char *query_name_at(unsigned i)
{
    return i < N_QUERY_ROWS ? query_rows[i].name : NULL;
}

const struct srv_query srv_recommend_query = {query_rows, N_QUERY_ROWS, query_name_at};

static bool check_question(const struct question *q, struct wi_error *err)
{
    if (q->has_a && q->activation && !q->activation->takes_a)
        wi_fail(err, WI_E_PARAM_CONFLICT, "a", "a is the slope of leaky_relu only");
    return err->code == WI_OK;
}

static void write_url(const struct question *q, char url[URL_MAX])
{
    const struct wi_nonlinearity *n = q->activation;
    char slope[WI_DECIMAL_F64_MAX + 1] = "";
    if (q->has_a)
        slope[wi_decimal_f64(q->a, slope)] = 0;
    snprintf(url, URL_MAX, "/init?scheme=%s&" EXAMPLE_SHAPE "%s%s%s%s", n->scheme, n->query[0] ? "&" : "", n->query,
             q->has_a ? "&a=" : "", slope);
}

/* The gain that a request for a tensor takes. */
static double gain_of(const char *url)
{
    struct wi_request request;
    struct wi_plan plan;
    wi_request_init(&request);
    for (const char *at = strchr(url, '?'); at && *at;) {
        const char *key = at + 1, *value = strchr(key, '=') + 1;
        const size_t len = strcspn(value, "&");
        wi_request_set_n(&request, key, (size_t)(value - key) - 1, value, len, NULL);
        at = value + len;
    }
    return wi_plan_make(&plan, &request, NULL, NULL) == WI_OK ? plan.req.value[WI_P_GAIN].real : 0;
}

/* What keeps the size of activations and of gradients, a request with the gain of gradients, and the picture that shows what
 * the recommendation does in depth. Not of softmax, which no layer follows. */
static void set_gains(json_t *doc, const struct question *q)
{
    const struct wi_nonlinearity *n = q->activation;
    const double slope_gain = q->has_a ? n->gain(q->a) : 0; /* of both directions */
    const double backward = q->has_a ? slope_gain : n->backward_gain;
    if (n->elasticity == 0)
        return;
    json_object_set_new(doc, "forward_gain", srv_json_real(q->has_a ? slope_gain : n->forward_gain));
    json_object_set_new(doc, "backward_gain", srv_json_real(backward));
    json_object_set_new(doc, "elasticity", srv_json_real(n->elasticity));
    json_object_set_new(doc, "gain_url", json_sprintf("/init?scheme=he_normal&" EXAMPLE_SHAPE "&gain=%.5g", backward));
    json_object_set_new(doc, "depth", json_string(n->depth_note));
    json_object_set_new(doc, "picture",
                        json_sprintf("/plot/sweep.svg?scheme=%s%s%s&activation=%s&seed=7", n->scheme,
                                     n->query[0] ? "&" : "", n->query, n->name));
    json_object_set_new(doc, "page",
                        json_sprintf("/?scheme=%s&" EXAMPLE_SHAPE "%s%s&activation=%s", n->scheme,
                                     n->query[0] ? "&" : "", n->query, n->name));
}

static json_t *answer_json(const struct question *q)
{
    const struct wi_nonlinearity *n = q->activation;
    char url[URL_MAX];
    json_t *doc =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "activation", n->name, "scheme", n->scheme, "reason", n->reason,
                  "source", n->source, "formula", wi_scheme_find(n->scheme, strlen(n->scheme))->formula);
    write_url(q, url);
    json_object_set_new(doc, "gain", srv_json_real(gain_of(url)));
    json_object_set_new(doc, "url", json_string(url));
    set_gains(doc, q);
    return doc;
}

/* The answer without an activation: a recommendation for each; the slope goes to the one that has any. */
static json_t *all_json(const struct question *q)
{
    json_t *list = json_array();
    const struct wi_nonlinearity *n;
    for (unsigned i = 0; (n = wi_nonlinearity_at(i)); i++)
        json_array_append_new(list, answer_json(&(struct question){n, q->a, q->has_a && n->takes_a}));
    return json_pack("{s:o}", "recommendations", list);
}

/* The example of an error: the activation that was meant, else any. */
static void refuse(const struct srv_request *req, const struct question *q, const struct wi_error *err,
                   struct srv_reply *reply)
{
    char example[96];
    const bool is_near = *err->nearest && !strcmp(err->param, "activation");
    const char *name = q->activation ? q->activation->name : is_near ? err->nearest : "relu";
    snprintf(example, sizeof example, "/recommend?activation=%s", name);
    srv_problem_repaired(reply, req, wi_status_slug(err->code), err, example);
}

void srv_handle_recommend(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct question q = {0};
    struct wi_error err = {0};
    (void)srv;
    if (!srv_query_read(&srv_recommend_query, req, &q, &err) || !check_question(&q, &err)) {
        refuse(req, &q, &err, reply);
        return;
    }
    srv_json_reply_take(reply, 200, "application/json", q.activation ? answer_json(&q) : all_json(&q));
    reply->caching = SRV_CACHE_HOUR;
}
