/* GET /fit: which scheme has these numbers? From a shape, a standard deviation and the largest magnitude. See match.h. */
#include "match.h"

#include <math.h>
#include <string.h>

#include "http/json.h"
#include "http/problem.h"
#include "resource/resource.h"

#define EXAMPLE "/fit?shape=768,3072&std=0.0200&max=0.0999"

struct question {
    struct wi_measured measured;
    uint64_t n_elems;
    bool has_shape, has_std;
};

static bool read_shape(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct question *q = into;
    struct wi_request request;
    struct wi_plan plan;
    wi_request_init(&request);
    if (wi_request_set_n(&request, "shape", 5, param->value, param->value_len, err) != WI_OK)
        return false;
    if (wi_request_set(&request, "scheme", "zeros", 5, err) != WI_OK ||
        wi_plan_make(&plan, &request, NULL, err) != WI_OK)
        return false;
    q->n_elems = plan.part.tensor.n_elems;
    q->measured.rank = request.rank;
    memcpy(q->measured.shape, request.shape, sizeof q->measured.shape);
    q->has_shape = true;
    return true;
}

static bool read_positive(const char *name, double *out, const struct srv_param *param, struct wi_error *err)
{
    if (wi_decimal_parse(param->value, param->value_len, out) && *out >= 1e-30 && *out <= 1e30)
        return true;
    wi_fail(err, WI_E_PARAM_VALUE, name, "%s=%q: not a number above 0", name, param->value);
    wi_error_allow(err, "a decimal number from 1e-30 to 1e30");
    return false;
}

static bool read_std(void *into, const struct srv_param *param, struct wi_error *err)
{
    struct question *q = into;
    q->has_std = read_positive("std", &q->measured.std, param, err);
    return q->has_std;
}

static bool read_max(void *into, const struct srv_param *param, struct wi_error *err)
{
    return read_positive("max", &((struct question *)into)->measured.largest, param, err);
}

static const struct srv_query_row rows[] = {{"shape", read_shape}, {"std", read_std}, {"max", read_max}};
enum { N_ROWS = sizeof rows / sizeof *rows };

static const char *name_at(unsigned i)
{
    return i < N_ROWS ? rows[i].name : NULL;
}

const struct srv_query srv_match_query = {rows, N_ROWS, name_at};

/* Every set of values has a largest magnitude of at least its root of the mean square, which is the std where the mean is
 * 0, as it is for weights. */
static bool check(const struct question *q, struct wi_error *err)
{
    const struct wi_measured *m = &q->measured;
    if (!q->has_shape)
        wi_fail(err, WI_E_PARAM_MISSING, "shape", "shape is missing: the dimensions of the tensor");
    else if (!q->has_std)
        wi_fail(err, WI_E_PARAM_MISSING, "std", "std is missing: the standard deviation of the tensor's values");
    else if (m->largest > 0 && m->largest < m->std * (1 - 1e-3))
        wi_fail(err, WI_E_PARAM_CONFLICT, "max", "max is the largest magnitude, which is never below std");
    else if (!q->n_elems)
        wi_fail(err, WI_E_SHAPE, "shape", "a tensor without elements has no standard deviation");
    return err->code == WI_OK;
}

static json_t *answer(const struct question *q)
{
    const struct wi_measured *measured = &q->measured;
    struct wi_match matches[WI_MATCH_MAX], closest;
    const unsigned n = wi_match(measured, matches);
    json_t *list = json_array();
    for (unsigned i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "request", json_sprintf("/init?%s", matches[i].query),
                                              "std", srv_json_real(matches[i].std), "off_by_sd",
                                              srv_json_real(round(matches[i].off_by_sd * 1000) / 1000)));
    wi_match_closest(measured, &closest);
    return json_pack("{s:o, s:s, s:o, s:o}", "elements", json_integer((json_int_t)q->n_elems), "kind",
                     wi_match_kind_name(wi_match_kind(measured)), "matches", list, "closest",
                     json_sprintf("/init?%s", closest.query));
}

void srv_handle_match(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct question q = {0};
    struct wi_error err = {0};
    (void)srv;
    if (!srv_query_read(&srv_match_query, req, &q, &err) || !check(&q, &err)) {
        srv_problem_repaired(reply, req, wi_status_slug(err.code), &err, EXAMPLE);
        return;
    }
    srv_json_reply_take(reply, 200, "application/json", answer(&q));
    reply->caching = SRV_CACHE_HOUR;
}
