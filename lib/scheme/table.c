/* The native schemes, and finding a row in any framework's table. See scheme.h and wi.h. */
#include "like/table.h"
#include "base/names.h"
#include "scheme/rows.h"
#include "scheme/scheme.h"

#define WI_ROW(name) &wi_scheme_##name,
static const struct wi_scheme *const native_rows[] = {WI_NATIVE_ROWS(WI_ROW)};
enum { N_NATIVE = sizeof native_rows / sizeof *native_rows };

const struct wi_scheme_info *wi_scheme_at(unsigned i)
{
    return i < N_NATIVE ? &native_rows[i]->info : NULL;
}

const struct wi_like wi_like_native = {
    {"native", "libwi's own numbers: random access, the same on every machine", N_NATIVE, wi_scheme_at},
    native_rows,
};

const struct wi_like_info *wi_like_at(unsigned i)
{
    const struct wi_like *like = wi_like_table(i);
    return like ? &like->info : NULL;
}

const struct wi_scheme *wi_like_scheme(const struct wi_like_info *like, const char *name, size_t len)
{
    const struct wi_like *table = (const struct wi_like *)like;
    for (unsigned i = 0; i < like->n_schemes; i++) {
        const struct wi_scheme_info *info = &table->rows[i]->info;
        if (wi_named(info->name, info->aliases, name, len))
            return table->rows[i];
    }
    return NULL;
}

const struct wi_scheme_info *wi_scheme_find(const char *name, size_t len)
{
    return wi_like_scheme_find(&wi_like_native.info, name, len);
}

const struct wi_scheme_info *wi_like_scheme_find(const struct wi_like_info *like, const char *name, size_t len)
{
    const struct wi_scheme *scheme = wi_like_scheme(like, name, len);
    return scheme ? &scheme->info : NULL;
}

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
