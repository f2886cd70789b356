/* The canonical text of a plan: see wi_plan_canonical in wi.h. */
#include "request/param.h"
#include "wi.h"

/* The order of the text. ETags and cache keys follow from it: a new parameter may go anywhere, no other may move. */
static const enum wi_param order[] = {
    WI_P_ALG,       WI_P_SCHEME,   WI_P_SHAPE,   WI_P_SEED,         WI_P_STREAM,  WI_P_DTYPE,  WI_P_LAYOUT,
    WI_P_LIKE,      WI_P_MODE,     WI_P_GAIN,    WI_P_NONLINEARITY, WI_P_A,       WI_P_SCALE,  WI_P_DISTRIBUTION,
    WI_P_TRUNCATED, WI_P_MEAN,     WI_P_STD,     WI_P_LOW,          WI_P_HIGH,    WI_P_CUT,    WI_P_VALUE,
    WI_P_BASE,      WI_P_SPARSITY, WI_P_GROUPS,  WI_P_FAN_IN,       WI_P_FAN_OUT, WI_P_BITGEN, WI_P_PART,
    WI_P_AFTER,     WI_P_KEY,      WI_P_PADDING, WI_P_SLICE,        WI_P_FORMAT,  WI_P_OF,     WI_P_ORDER,
    WI_P_FLAT,      WI_P_NAME,
};
_Static_assert(sizeof order / sizeof *order == WI_P_COUNT, "every parameter has its place");

/* The request of the file whose digest the plan is. */
static struct wi_request request_of_file(const struct wi_plan *plan)
{
    struct wi_request req = plan->req;
    req.value[WI_P_FORMAT].choice = 0;
    while (wi_format_at(req.value[WI_P_FORMAT].choice) != plan->file)
        req.value[WI_P_FORMAT].choice++;
    return req;
}

static size_t write(uint64_t params, const struct wi_request *req, char out[WI_CANONICAL_MAX])
{
    struct wi_text t = wi_text_in(out, WI_CANONICAL_MAX);
    wi_text_str(&t, "/init");
    const char *separator = "?";
    for (size_t i = 0; i < WI_P_COUNT; i++) {
        if (!(params & WI_P_BIT(order[i])))
            continue;
        wi_text_str(&t, separator);
        wi_text_str(&t, wi_param_row(order[i])->name);
        wi_text_char(&t, '=');
        wi_param_write(&t, req, order[i]);
        separator = "&";
    }
    return wi_text_end(&t);
}

size_t wi_plan_canonical(const struct wi_plan *plan, enum wi_canonical what, char out[WI_CANONICAL_MAX])
{
    uint64_t params = plan->params;
    if (what == WI_CANONICAL_TENSOR) {
        params &= wi_params_common() | plan->part.tensor.scheme->params;
        params &= ~(WI_P_BIT(WI_P_SLICE) | WI_P_BIT(WI_P_FORMAT));
    }
    if (what != WI_CANONICAL_FILE || plan->file == plan->format)
        return write(params, &plan->req, out);
    const struct wi_request req = request_of_file(plan);
    return write(params & ~WI_P_BIT(WI_P_OF), &req, out);
}
