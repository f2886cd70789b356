/* see query.h */
#include "resource/query.h"

#include <stdio.h>
#include <string.h>

static size_t find(const struct srv_query *query, const struct srv_param *param)
{
    size_t i = 0;
    while (i < query->n && (strlen(query->rows[i].name) != param->key_len ||
                            memcmp(query->rows[i].name, param->key, param->key_len) != 0))
        i++;
    return i;
}

/* The names with `between` them, and `last` before the last one: "a, b and c". */
static void join(const struct srv_query *query, const char *between, const char *last, char *out, size_t cap)
{
    size_t len = 0;
    *out = '\0';
    for (size_t i = 0; i < query->n && len < cap; i++) {
        const char *before = i == 0 ? "" : i + 1 == query->n ? last : between;
        len += (size_t)snprintf(out + len, cap - len, "%s%s", before, query->rows[i].name);
    }
}

static void unknown(const struct srv_query *query, const struct srv_request *req, const struct srv_param *param,
                    struct wi_error *err)
{
    char names[sizeof err->text / 2], allowed[sizeof err->allowed];
    join(query, ", ", " and ", names, sizeof names);
    join(query, ", ", ", ", allowed, sizeof allowed);
    wi_fail(err, WI_E_PARAM_UNKNOWN, param->key, "%s takes %s only", req->path, names);
    wi_error_near(err, wi_nearest(param->key, param->key_len, query->name_at));
    wi_error_allow(err, allowed);
}

bool srv_query_read(const struct srv_query *query, const struct srv_request *req, void *into, struct wi_error *err)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < req->n_params; i++) {
        const size_t k = find(query, &req->params[i]);
        if (k == query->n) {
            unknown(query, req, &req->params[i], err);
            return false;
        }
        const struct srv_query_row *row = &query->rows[k];
        if (seen >> k & 1)
            wi_fail(err, WI_E_PARAM_REPEATED, row->name, "%s is given more than once", row->name);
        seen |= UINT64_C(1) << k;
        /* A repeated value is read, too: its reader says in the error what is allowed. */
        if (!row->read(into, &req->params[i], err) || err->code != WI_OK)
            return false;
    }
    return true;
}
