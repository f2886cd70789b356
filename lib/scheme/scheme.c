/* Parameters of rows: see scheme.h and tables.h. */
#include "scheme/scheme.h"

const struct wi_scheme *wi_scheme_of(const struct wi_tensor *tensor)
{
    return (const struct wi_scheme *)tensor->scheme;
}

uint64_t wi_params_common(void)
{
    uint64_t params = 0;
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        params |= wi_param_row((enum wi_param)p)->common ? WI_P_BIT(p) : 0;
    return params;
}

bool wi_scheme_default(const struct wi_scheme_info *scheme, enum wi_param p, union wi_value *value)
{
    for (const struct wi_scheme_default *d = scheme->defaults; d->param != WI_P_COUNT; d++)
        if (d->param == p) {
            *value = d->value;
            return true;
        }
    *value = (union wi_value){.uint = wi_param_row(p)->uint_min};
    return wi_param_row(p)->has_default;
}
