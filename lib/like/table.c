/* The list of frameworks, and lookup of rows: see table.h. */
#include "like/table.h"

#include "base/names.h"
#include "scheme/rows.h"

#define WI_ROW(name) &wi_scheme_##name,
static const struct wi_scheme *const native_rows[] = {WI_NATIVE_ROWS(WI_ROW)};
extern const struct wi_like wi_like_native;
const struct wi_like wi_like_native = {
    .info = {"native", "libwi's own numbers: random access, the same on every machine",
             sizeof native_rows / sizeof *native_rows},
    .rows = native_rows,
};

/* In the order of /schemes. */
#define WI_TABLES(table)                                                                                         \
    table(native) table(numpy) table(generator) table(torch) table(torch_2_12) table(torch_2_1) table(torch_2_0) \
        table(torch_1_13) table(jax) table(jax_0_11) table(jax_0_10) table(jax_legacy) table(tfjs)

#define WI_DECLARE(id) extern const struct wi_like wi_like_##id;
WI_TABLES(WI_DECLARE)

#define WI_ADDRESS(id) &wi_like_##id,
static const struct wi_like *const tables[] = {WI_TABLES(WI_ADDRESS)};

const struct wi_like_info *wi_like_at(unsigned i)
{
    return i < sizeof tables / sizeof *tables ? &tables[i]->info : NULL;
}

const struct wi_like *wi_like_of(const struct wi_tensor *tensor)
{
    return (const struct wi_like *)tensor->like;
}

const struct wi_scheme_info *wi_like_scheme_at(const struct wi_like_info *like, unsigned i)
{
    return i < like->n_schemes ? &((const struct wi_like *)like)->rows[i]->info : NULL;
}

const struct wi_scheme *wi_like_scheme(const struct wi_like_info *like, const char *name, size_t len)
{
    const struct wi_scheme_info *info;
    for (unsigned i = 0; (info = wi_like_scheme_at(like, i)); i++)
        if (wi_named(info->name, info->aliases, name, len))
            return (const struct wi_scheme *)info;
    return NULL;
}

const struct wi_scheme_info *wi_like_scheme_find(const struct wi_like_info *like, const char *name, size_t len)
{
    const struct wi_scheme *scheme = wi_like_scheme(like, name, len);
    return scheme ? &scheme->info : NULL;
}

const struct wi_scheme_info *wi_scheme_at(unsigned i)
{
    return wi_like_scheme_at(&wi_like_native.info, i);
}

const struct wi_scheme_info *wi_scheme_find(const char *name, size_t len)
{
    return wi_like_scheme_find(&wi_like_native.info, name, len);
}
