/* The canonical text of a plan: see wi_plan_canonical in wi.h. */
#include "request/param.h"
#include "wi.h"

size_t wi_plan_canonical(const struct wi_plan *plan, enum wi_canonical what, char out[WI_CANONICAL_MAX])
{
    uint64_t params = plan->params;
    if (what == WI_CANONICAL_TENSOR)
        params &= wi_params_common() | plan->part.tensor.scheme->params;
    if (what == WI_CANONICAL_TENSOR)
        params &= ~(WI_P_BIT(WI_P_SLICE) | WI_P_BIT(WI_P_FORMAT));
    struct wi_text t = wi_text_in(out, WI_CANONICAL_MAX);
    wi_text_str(&t, "/init");
    for (unsigned i = 0, n = 0; i < WI_P_COUNT; i++) {
        if (!(params & WI_P_BIT(i)))
            continue;
        wi_text_char(&t, n++ ? '&' : '?');
        wi_text_str(&t, wi_param_row((enum wi_param)i)->name);
        wi_text_char(&t, '=');
        wi_param_write(&t, &plan->req, (enum wi_param)i);
    }
    return wi_text_end(&t);
}
