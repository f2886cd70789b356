/* see calls.h */
#include "model/calls.h"

#include <stdlib.h>
#include <string.h>

#include "model/part.h"
#include "model/plan.h"

#define ITEMS_MAX 32

struct item {
    const char *text; /* "linear.weight:kaiming_normal,nonlinearity=relu" */
    size_t len, kind_len, tensor_len;
    const char *tensor, *rest; /* rest: behind the colon */
    uint32_t matches;
};

struct caller {
    struct srv_calls *calls;
    struct srv_table *table;
    const struct srv_event *event;
    struct item item[ITEMS_MAX];
    unsigned n_items;
    struct wi_error *err;
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool bad_item(struct caller *c, const struct item *item, const char *why)
{
    char shown[65] = "";
    memcpy(shown, item->text, item->len < 64 ? item->len : 64);
    wi_fail(c->err, WI_E_PARAM_VALUE, "init", "init, item %u, %q: %s", (uint64_t)(item - c->item), shown, why);
    wi_error_allow(c->err, "weight:xavier_uniform;bias:zeros, linear.weight:kaiming_normal,nonlinearity=relu");
    return false;
}

static bool read_item(struct caller *c, const char *text, size_t len)
{
    struct item *item = &c->item[c->n_items++];
    const char *colon = memchr(text, ':', len);
    *item = (struct item){.text = text, .len = len};
    if (!colon || colon == text || colon + 1 == text + len)
        return bad_item(c, item, "an item is TENSOR:SCHEME");
    const char *dot = memchr(text, '.', (size_t)(colon - text));
    item->kind_len = dot ? (size_t)(dot - text) : 0;
    item->tensor = dot ? dot + 1 : text;
    item->tensor_len = (size_t)(colon - item->tensor);
    item->rest = colon + 1;
    return true;
}

static bool read_items(struct caller *c, const char *text, size_t len)
{
    for (const char *at = text, *end = text + len; at <= end;) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        size_t n = (size_t)((semicolon ? semicolon : end) - at);
        if (c->n_items == ITEMS_MAX) {
            wi_fail(c->err, WI_E_TOO_LARGE, "init", "more than %u items", (uint64_t)ITEMS_MAX);
            return false;
        }
        if (!read_item(c, at, n))
            return false;
        at += n + 1;
    }
    return true;
}

/* ---- a scheme on a tensor ---------------------------------------------------------------------------------------- */

/* "kaiming_normal,nonlinearity=relu" as parameters of /init. */
static bool set_scheme(struct wi_request *request, const char *text, size_t len, struct wi_error *err)
{
    const char *key = "scheme";
    size_t key_len = strlen(key);
    for (const char *at = text, *end = text + len; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t n = (size_t)((comma ? comma : end) - at);
        const char *equals = at == text ? NULL : memchr(at, '=', n);
        if (at != text && !equals) {
            wi_fail(err, WI_E_PARAM_VALUE, "init", "a parameter of a scheme is name=value");
            return false;
        }
        if (equals) {
            key = at;
            key_len = (size_t)(equals - at);
        }
        const char *value = equals ? equals + 1 : at;
        if (wi_request_set_n(request, key, key_len, value, n - (size_t)(value - at), err) != WI_OK)
            return false;
        at += n + 1;
    }
    return true;
}

/* The schemes that are one draw or one value; the bounds of a truncated normal are its parameters. */
static bool as_rule(const struct wi_tensor *tensor, struct srv_rule *out, struct wi_error *err)
{
    static const char *const names[] = {"uniform",       "normal",          "trunc_normal",   "xavier_uniform",
                                        "xavier_normal", "kaiming_uniform", "kaiming_normal", "zeros",
                                        "ones",          "constant"};
    const char *name = tensor->scheme->name;
    const struct wi_draw *draw = &tensor->draw;
    bool known = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known |= strcmp(names[i], name) == 0;
    if (!known) {
        wi_fail(err, WI_E_UNSUPPORTED, "init", "%s is no single draw: init= does not repeat it", name);
        wi_error_allow(err, "uniform, normal, trunc_normal, xavier_uniform, xavier_normal, kaiming_uniform, "
                            "kaiming_normal, zeros, ones, constant");
        return false;
    }
    *out = (struct srv_rule){.p = {draw->a, draw->b}, .zero_row = SRV_NO_ROW};
    out->scheme = draw->kind == WI_DRAW_UNIFORM ? SRV_RULE_UNIFORM : SRV_RULE_NORMAL;
    if (draw->kind == WI_DRAW_CONSTANT)
        out->scheme = draw->a == 0 ? SRV_RULE_ZEROS : draw->a == 1 ? SRV_RULE_ONES : SRV_RULE_CONSTANT;
    if (strcmp(name, "trunc_normal") == 0)
        *out = (struct srv_rule){.scheme = SRV_RULE_TRUNC_NORMAL,
                                 .p = {tensor->value[WI_P_MEAN].real, tensor->value[WI_P_STD].real,
                                       tensor->value[WI_P_LOW].real, tensor->value[WI_P_HIGH].real},
                                 .zero_row = SRV_NO_ROW};
    return true;
}

static bool rule_of(struct caller *c, const struct item *item, uint32_t state, struct srv_rule *out)
{
    const struct srv_shape *shape = &c->table->shape[c->table->state[state].shape];
    struct wi_request request;
    struct wi_plan plan;
    struct wi_error part = {0};
    wi_request_init(&request);
    if (wi_request_set(&request, "like", "torch", 5, &part) == WI_OK &&
        set_scheme(&request, item->rest, item->len - (size_t)(item->rest - item->text), &part) &&
        srv_part_shape(&request, shape, &part) && wi_plan_make(&plan, &request, NULL, &part) == WI_OK &&
        as_rule(&plan.part.tensor, out, &part))
        return true;
    char name[WI_NAME_MAX + 1] = "";
    memcpy(name, c->table->names + c->table->state[state].name, c->table->state[state].name_len);
    wi_fail(c->err, part.code == WI_E_SHAPE ? WI_E_PARAM_VALUE : part.code, "init", "init, item %u, on %q: %s",
            (uint64_t)(item - c->item), name, part.text);
    wi_error_allow(c->err, part.allowed);
    wi_error_near(c->err, part.nearest);
    return false;
}

/* ---- visiting ---------------------------------------------------------------------------------------------------- */

static bool add(struct caller *c, uint32_t state, const struct srv_rule *rule)
{
    struct srv_calls *calls = c->calls;
    if (calls->n == calls->room) {
        uint32_t room = calls->room ? 2 * calls->room : 64;
        struct srv_call *grown = realloc(calls->call, room * sizeof *grown);
        if (!grown) {
            wi_fail(c->err, WI_E_TOO_LARGE, "", "no memory");
            return false;
        }
        calls->call = grown;
        calls->room = room;
    }
    calls->call[calls->n++] = (struct srv_call){state, *rule};
    return true;
}

/* The row draws by another rule from now on, and so do its pieces in files. */
static bool set_rule(struct caller *c, uint32_t state, const struct srv_rule *rule)
{
    struct srv_state_row *row = &c->table->state[state];
    if (!srv_table_rule(c->table, rule, &row->rule, c->err))
        return false;
    for (uint32_t i = row->file; i < c->table->n_file && c->table->file[i].state == state; i++)
        c->table->file[i].rule = row->rule;
    return true;
}

static bool has_name(const struct caller *c, uint32_t state, const struct item *item)
{
    const struct srv_state_row *row = &c->table->state[state];
    const char *name = c->table->names + row->name;
    size_t own = row->name_len;
    while (own > 0 && name[own - 1] != '.')
        own--;
    return row->name_len - own == item->tensor_len && memcmp(name + own, item->tensor, item->tensor_len) == 0;
}

static bool is_kind(const char *kind, const struct item *item)
{
    return item->kind_len == 0 || srv_same_module(item->text, item->kind_len, kind);
}

/* The items on the tensors of one module, whose events are [from, to). */
static bool visit(struct caller *c, const char *kind, uint32_t from, uint32_t to)
{
    struct srv_rule rule;
    for (unsigned n = 0; n < c->n_items; n++)
        for (uint32_t i = from; i < to; i = c->event[i].end ? c->event[i].end : i + 1) {
            const struct srv_event *e = &c->event[i];
            if (e->end || c->table->state[e->state].buffer || !is_kind(kind, &c->item[n]) ||
                !has_name(c, e->state, &c->item[n]))
                continue;
            c->item[n].matches++;
            if (!rule_of(c, &c->item[n], e->state, &rule) || !add(c, e->state, &rule) || !set_rule(c, e->state, &rule))
                return false;
        }
    return true;
}

static bool apply(struct caller *c, const char *kind, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i = c->event[i].end ? c->event[i].end : i + 1)
        if (c->event[i].end && !apply(c, c->event[i].kind, i + 1, c->event[i].end))
            return false;
    return visit(c, kind, from, to);
}

/* What modules draw again by themselves. */
static bool note_xavier(struct caller *c, uint32_t n)
{
    for (uint32_t m = 0; m < n; m++)
        for (uint32_t i = m + 1; c->event[m].xavier && i < c->event[m].end; i++) {
            const struct srv_shape *shape = &c->table->shape[c->table->state[c->event[i].state].shape];
            if (c->event[i].end || shape->rank < 2)
                continue;
            struct srv_rule rule = srv_rule_xavier(shape);
            if (!set_rule(c, c->event[i].state, &rule))
                return false;
        }
    return true;
}

bool srv_calls_make(struct srv_calls *calls, const char *text, size_t len, struct srv_table *table,
                    const struct srv_log *log, struct wi_error *err)
{
    struct caller c = {.calls = calls, .table = table, .event = log->event, .err = err};
    if (!note_xavier(&c, log->n))
        return false;
    if (!text)
        return true;
    if (!read_items(&c, text, len) || !apply(&c, "", 0, log->n))
        return false;
    for (unsigned i = 0; i < c.n_items; i++)
        if (!c.item[i].matches)
            return bad_item(&c, &c.item[i], "no layer has such a tensor");
    return true;
}
