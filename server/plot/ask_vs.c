/* vs= of a picture: the same tensor with the numbers of other frameworks. See ask.h. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "plot/plot.h"

/* Leave out what is spelled out though it is the default: another framework has defaults of its own, and the picture must not
 * depend on the spelling. */
static void drop_defaults(const struct srv_plot_ask *ask, struct wi_request *request)
{
    char whole[WI_CANONICAL_MAX], less[WI_CANONICAL_MAX];
    struct wi_plan plan;
    wi_plan_canonical(&ask->plan, WI_CANONICAL_BODY, whole);
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        struct wi_request other = *request;
        other.given &= ~WI_P_BIT(p);
        if (p == WI_P_SEED || !(request->given >> p & 1) || wi_plan_make(&plan, &other, NULL, NULL) != WI_OK)
            continue;
        wi_plan_canonical(&plan, WI_CANONICAL_BODY, less);
        if (!strcmp(whole, less))
            *request = other;
    }
}

bool srv_plot_like(const struct srv_plot_ask *ask, unsigned i, const struct wi_limits *limits, struct wi_plan *plan,
                   struct wi_error *err)
{
    struct wi_request request = ask->request;
    const char *name = wi_param_row(WI_P_LIKE)->choice(i);
    drop_defaults(ask, &request);
    request.given &= ~(WI_P_BIT(WI_P_LIKE) | (i ? WI_P_BIT(WI_P_STREAM) : 0));
    if (i)
        *request.stream = '\0';
    return wi_request_set(&request, "like", name, strlen(name), err) == WI_OK &&
           wi_plan_make(plan, &request, limits, err) == WI_OK;
}

/* Frameworks that can make the tensor, as a list. */
static void allow_vs(const struct srv_plot_ask *ask, const struct wi_limits *limits, struct wi_error *err)
{
    char list[160] = "";
    size_t len = 0;
    const char *name;
    struct wi_plan plan;
    struct wi_error ignored = {0};
    for (unsigned i = 0; (name = wi_param_row(WI_P_LIKE)->choice(i)); i++)
        if (i != ask->request.value[WI_P_LIKE].choice && len + strlen(name) + 3 < sizeof list &&
            srv_plot_like(ask, i, limits, &plan, &ignored))
            len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "", name);
    wi_error_allow(err, list);
}

bool srv_plot_check_vs(const struct srv_plot_ask *ask, const struct wi_limits *limits, struct wi_error *err)
{
    struct wi_plan plan;
    struct wi_error own = {0};
    const unsigned set = ask->number[SRV_PLOT_VS], like = ask->request.value[WI_P_LIKE].choice;
    const char *name;
    if (!(ask->plot->takes & SRV_PLOT_BIT(SRV_PLOT_VS)))
        return true;
    if (!set)
        wi_fail(err, WI_E_PARAM_MISSING, "vs", "vs is required: with whose numbers the tensor is compared");
    else if (set >> like & 1)
        wi_fail(err, WI_E_PARAM_VALUE, "vs", "vs names %s, which the tensor itself is of", wi_like_at(like)->name);
    for (unsigned i = 0; err->code == WI_OK && (name = wi_param_row(WI_P_LIKE)->choice(i)); i++)
        if (set >> i & 1 && !srv_plot_like(ask, i, limits, &plan, &own))
            wi_fail(err, own.code, "vs", "%s: %s", name, own.text);
    if (err->code == WI_OK)
        return true;
    allow_vs(ask, limits, err);
    return false;
}
