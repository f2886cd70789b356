/* GET /plan: what a HEAD to /init says, as JSON, for both layouts. Nothing is computed, so a tensor may have any size
 * that has a plan. */
#include "http/conditions.h"
#include "http/json.h"
#include "http/problem.h"
#include "resource/resource.h"
#include "resource/tensor_body.h"

static void set_real(json_t *object, const char *name, bool known, double value)
{
    json_object_set_new(object, name, known ? srv_json_real(value) : json_null());
}

static void set_numbers(json_t *object, const struct wi_tensor *tensor)
{
    set_real(object, "fan_in", true, tensor->fan_in);
    set_real(object, "fan_out", true, tensor->fan_out);
    set_real(object, "std", tensor->has_std, tensor->std);
    set_real(object, "bound", tensor->has_bound, tensor->bound);
}

/* The same tensor in another layout; null where the scheme or the framework has none. */
static json_t *layout_json(const struct wi_request *asked, enum wi_layout layout)
{
    struct wi_request request = *asked;
    struct wi_plan plan;
    request.value[WI_P_LAYOUT].choice = layout;
    request.given |= WI_P_BIT(WI_P_LAYOUT);
    if (wi_plan_make(&plan, &request, NULL, NULL) != WI_OK)
        return json_null();
    json_t *object = json_object();
    set_numbers(object, &plan.part.tensor);
    return object;
}

static json_t *shape_json(const struct wi_tensor *tensor)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < tensor->rank; i++)
        json_array_append_new(list, json_integer((json_int_t)tensor->shape[i]));
    return list;
}

static json_t *plan_json(const struct wi_request *request, const struct wi_plan *plan)
{
    const struct wi_tensor *tensor = &plan->part.tensor;
    char canonical[WI_CANONICAL_MAX];
    struct srv_reply tag;
    srv_reply_init(&tag);
    srv_etag_set(&tag, canonical, wi_plan_canonical(plan, WI_CANONICAL_BODY, canonical), "");
    json_t *doc = json_pack("{s:s, s:s, s:I, s:I, s:s, s:o, s:s, s:s}", "request", canonical, "etag", tag.etag, "bytes",
                            (json_int_t)srv_tensor_bytes(plan), "elements", (json_int_t)tensor->n_elems, "scheme",
                            tensor->scheme->name, "shape", shape_json(tensor), "dtype", tensor->dtype->name, "layout",
                            wi_param_row(WI_P_LAYOUT)->choice(plan->req.value[WI_P_LAYOUT].choice));
    srv_reply_deinit(&tag);
    set_numbers(doc, tensor);
    json_object_set_new(
        doc, "layouts",
        json_pack("{s:o, s:o}", "io", layout_json(request, WI_LAYOUT_IO), "oi", layout_json(request, WI_LAYOUT_OI)));
    return doc;
}

void srv_handle_plan(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct wi_request request;
    struct wi_plan plan;
    struct wi_error err = {0};
    (void)srv;
    wi_request_init(&request);
    if (!srv_tensor_request(req, &request, &err) || wi_plan_make(&plan, &request, NULL, &err) != WI_OK) {
        srv_problem_repaired(reply, req, wi_status_slug(err.code), &err, "/plan?scheme=he_normal&shape=3,3,64,128");
        return;
    }
    srv_json_reply_take(reply, 200, "application/json", plan_json(&request, &plan));
    reply->caching = SRV_CACHE_HOUR;
}
