/* see part.h */
#include "model/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/cell.h"

void srv_parts_free(struct srv_parts *parts)
{
    free(parts->kind);
    free(parts->of_row);
    srv_drawn_free(&parts->drawn);
    *parts = (struct srv_parts){0};
}

size_t srv_parts_memory(const struct srv_parts *parts, const struct srv_table *table)
{
    const size_t drawn = parts->drawn.of_state ? table->n_state * sizeof *parts->drawn.of_state : 0;
    return parts->room * sizeof *parts->kind + table->n_file * sizeof *parts->of_row +
           parts->drawn.n_draws * sizeof *parts->drawn.draw + drawn;
}

/* ---- a tensor as a request --------------------------------------------------------------------------------------- */

static bool is_random(const struct srv_rule *rule)
{
    return rule->scheme == SRV_RULE_NORMAL || rule->scheme == SRV_RULE_UNIFORM ||
           rule->scheme == SRV_RULE_TRUNC_NORMAL || rule->scheme == SRV_RULE_SCALED_NORMAL;
}

/* "a=1&b=2": each a parameter. */
static bool set_all(struct wi_request *request, const char *query, struct wi_error *err)
{
    while (*query) {
        size_t key = strcspn(query, "="), value = strcspn(query + key + 1, "&");
        if (wi_request_set_n(request, query, key, query + key + 1, value, err) != WI_OK)
            return false;
        query += key + 1 + value;
        query += *query == '&';
    }
    return true;
}

bool srv_part_shape(struct wi_request *request, const struct srv_shape *shape, struct wi_error *err)
{
    char text[WI_RANK_MAX * (WI_DECIMAL_U64_MAX + 1)];
    size_t len = 0;
    for (uint32_t i = 0; i < shape->rank; i++) {
        if (i)
            text[len++] = ',';
        len += wi_decimal_u64(shape->dim[i], text + len);
    }
    return wi_request_set(request, "shape", text, len, err) == WI_OK;
}

/* What /init is asked for: the tensor of a kind, without seed and name. init: its scheme; NULL: that of the rule. */
static bool make_request(const struct srv_shape *shape, const struct srv_rule *rule, const char *init,
                         const char *dtype, struct wi_request *request, struct wi_error *err)
{
    char query[SRV_RULE_QUERY_MAX];
    wi_request_init(request);
    if (init)
        snprintf(query, sizeof query, "scheme=%.60s", init);
    else if (!srv_rule_query(rule, query)) {
        wi_fail(err, WI_E_UNSUPPORTED, "", "the rule %s is not made here", srv_rule_name(rule->scheme));
        return false;
    }
    return set_all(request, query, err) && srv_part_shape(request, shape, err) &&
           wi_request_set(request, "dtype", dtype, strlen(dtype), err) == WI_OK &&
           set_all(request, "layout=oi&format=raw", err);
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static const char seed_text[] = "&seed=0";

/* The request's text, and where seed and stream belong in it. */
static bool keep_url(struct srv_kind_part *kind, const struct wi_plan *plan, struct wi_error *err)
{
    char text[WI_CANONICAL_MAX];
    size_t len = wi_plan_canonical(plan, WI_CANONICAL_BODY, text);
    char *seed = strstr(text, seed_text);
    if (seed) {
        memmove(seed, seed + strlen(seed_text), strlen(seed + strlen(seed_text)) + 1);
        len -= strlen(seed_text);
        kind->seed_at = (uint16_t)(seed - text);
    }
    if (len >= sizeof kind->url) {
        wi_fail(err, WI_E_UNSUPPORTED, "", "its request is too long");
        return false;
    }
    memcpy(kind->url, text, len + 1);
    return true;
}

static bool plan_kind(struct srv_kind_part *kind, const struct srv_table *table, const char *init, uint64_t work_bytes,
                      struct wi_error *err)
{
    const struct srv_rule *rule = &table->rule[kind->rule];
    struct srv_cell cell = srv_cell_of((enum srv_dtype)kind->dtype, rule->scheme);
    const struct wi_limits limits = {UINT64_MAX, work_bytes};
    struct wi_request request;
    struct wi_plan plan;
    if (!cell.bytes) {
        wi_fail(err, WI_E_UNSUPPORTED, "", "%s can only be zeros", srv_dtype_name((enum srv_dtype)kind->dtype));
        return false;
    }
    kind->by_init = init && table->shape[kind->shape].rank > 1 && is_random(rule);
    if (!make_request(&table->shape[kind->shape], rule, kind->by_init ? init : NULL, cell.drawn, &request, err) ||
        wi_plan_make(&plan, &request, &limits, err) != WI_OK || !keep_url(kind, &plan, err))
        return false;
    kind->part = plan.part;
    kind->said = !cell.encode;
    if (cell.encode) {
        kind->part.encode = cell.encode;
        kind->part.cell_bytes = cell.bytes;
    }
    return true;
}

/* The error of a kind becomes that of its first tensor. */
static bool blame(const struct srv_table *table, const struct srv_file_row *row, const struct wi_error *part,
                  struct wi_error *err)
{
    char name[WI_NAME_MAX + 1] = {0};
    memcpy(name, table->names + row->name, row->name_len);
    wi_fail(err, part->code, name, "tensor %q: %s", name, part->text);
    wi_error_allow(err, part->allowed);
    wi_error_near(err, part->nearest);
    return false;
}

static uint32_t find_kind(const struct srv_parts *parts, const struct srv_file_row *row)
{
    for (uint32_t k = parts->n_kind; k > 0 && parts->n_kind - k < 64; k--) {
        const struct srv_kind_part *kind = &parts->kind[k - 1];
        if (kind->shape == row->shape && kind->rule == row->rule && kind->dtype == row->dtype)
            return k - 1;
    }
    return parts->n_kind;
}

static bool grow(struct srv_parts *parts, struct wi_error *err)
{
    if (parts->n_kind < parts->room)
        return true;
    uint32_t room = parts->room ? 2 * parts->room : 16;
    struct srv_kind_part *kind = realloc(parts->kind, room * sizeof *kind);
    if (!kind) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
        return false;
    }
    parts->kind = kind;
    parts->room = room;
    return true;
}

bool srv_parts_make(struct srv_parts *parts, const struct srv_table *table, const char *init, uint64_t work_bytes,
                    struct wi_error *err)
{
    *parts = (struct srv_parts){.init = init, .of_row = malloc((table->n_file + 1) * sizeof *parts->of_row)};
    if (!parts->of_row) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
        return false;
    }
    struct wi_error part = {0};
    for (uint32_t i = 0; i < table->n_file; i++) {
        const struct srv_file_row *row = &table->file[i];
        uint32_t k = find_kind(parts, row);
        parts->of_row[i] = table->shape[row->shape].n_elems ? k : SRV_NO_KIND;
        if (k < parts->n_kind || parts->of_row[i] == SRV_NO_KIND)
            continue;
        if (!grow(parts, err))
            return false;
        parts->kind[k] = (struct srv_kind_part){.shape = row->shape, .rule = row->rule, .dtype = row->dtype};
        if (!plan_kind(&parts->kind[k], table, init, work_bytes, &part))
            return blame(table, row, &part, err);
        parts->n_kind++;
    }
    return true;
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

void srv_part_of(const struct srv_parts *parts, const struct srv_table *table, uint32_t row, uint64_t seed,
                 struct wi_part *out)
{
    const struct srv_file_row *file = &table->file[row];
    *out = parts->kind[parts->of_row[row]].part;
    out->tensor.key.seed = seed;
    out->tensor.key.stream = wi_stream_id(table->names + file->name, file->name_len);
    if (parts->drawn.of_state)
        srv_drawn_part(&parts->drawn, table, row, out);
}

void srv_part_plan(const struct srv_parts *parts, const struct srv_table *table, uint32_t row, uint64_t seed,
                   struct wi_plan *out)
{
    const struct srv_file_row *file = &table->file[row];
    const struct srv_kind_part *kind = &parts->kind[parts->of_row[row]];
    struct srv_cell cell = srv_cell_of((enum srv_dtype)file->dtype, table->rule[file->rule].scheme);
    struct wi_request request;
    make_request(&table->shape[file->shape], &table->rule[file->rule], kind->by_init ? parts->init : NULL, cell.drawn,
                 &request, NULL);
    request.given |= WI_P_BIT(WI_P_SEED);
    request.value[WI_P_SEED].uint = seed;
    wi_request_set(&request, "stream", table->names + file->name, file->name_len, NULL);
    wi_plan_make(out, &request, NULL, NULL); /* as it went well for the kind */
}

/* A name in a query, as canonical requests spell it. */
static size_t put_name(const char *name, size_t len, char *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~,:", c);
        if (plain) {
            out[n++] = name[i];
        } else {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    return n;
}

size_t srv_part_url(const struct srv_parts *parts, const struct srv_table *table, uint32_t row, uint64_t seed,
                    char out[SRV_PART_URL_MAX])
{
    const struct srv_file_row *file = &table->file[row];
    const uint32_t k = parts->of_row[row];
    if (parts->drawn.of_state && parts->drawn.of_state[file->state] != SRV_NO_TENSOR)
        return srv_drawn_url(&parts->drawn, table, row, seed, out);
    const struct srv_kind_part *kind = k == SRV_NO_KIND ? NULL : &parts->kind[k];
    if (!kind || !kind->said)
        return 0;
    size_t len = kind->seed_at ? kind->seed_at : strlen(kind->url);
    memcpy(out, kind->url, len);
    if (kind->seed_at) {
        len += (size_t)sprintf(out + len, "&seed=%llu&stream=", (unsigned long long)seed);
        len += put_name(table->names + file->name, file->name_len, out + len);
        strcpy(out + len, kind->url + kind->seed_at);
        len += strlen(out + len);
    }
    out[len] = 0;
    return len;
}
