/* see arch.h: the tree of an architecture, from JSON. */
#include <stdio.h>
#include <string.h>

#include "model/arch_private.h"

/* ---- texts, expressions, names ----------------------------------------------------------------------------------- */

/* The member as text; NULL when it is missing. */
static const char *text_member(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

/* An optional member that is an expression, or a plain number or truth. */
static bool expr_member(struct srv_loader *l, const json_t *object, const char *member, struct srv_expr *out)
{
    const json_t *value = json_object_get(object, member);
    if (!value)
        return true;
    if (!json_is_string(value))
        return srv_loader_fail(l, "an expression must be a text");
    size_t left = srv_loader_enter(l, member, -1);
    bool good = srv_loader_expr(l, json_string_value(value), json_string_length(value), out);
    if (good)
        srv_loader_leave(l, left);
    return good;
}

static bool rule_text(struct srv_loader *l, const char *text, struct srv_rule_expr *out)
{
    struct wi_error part = {0};
    return srv_rule_compile(&l->arch->arena, text, &l->scope, out, &part) || srv_loader_pass(l, &part);
}

static bool rule_member(struct srv_loader *l, const json_t *object, const char *member, struct srv_rule_expr *out)
{
    const json_t *value = json_object_get(object, member);
    if (!value)
        return true;
    size_t left = srv_loader_enter(l, member, -1);
    if (!json_is_string(value))
        return srv_loader_fail(l, "a rule must be a text");
    bool good = rule_text(l, json_string_value(value), out);
    if (good)
        srv_loader_leave(l, left);
    return good;
}

#define PATTERN_PARTS 5

/* "layers.{i}.x": parts end where a hole begins; the last one has none. */
static bool pattern_text(struct srv_loader *l, const char *text, struct srv_pattern *out)
{
    struct srv_pattern_part *part = srv_arena_alloc(&l->arch->arena, PATTERN_PARTS * sizeof *part);
    if (!part)
        return srv_loader_fail(l, "no memory");
    out->part = part;
    for (const char *at = text;; part++) {
        const char *hole = strchr(at, '{'), *end = hole ? strchr(hole, '}') : NULL;
        size_t len = hole ? (size_t)(hole - at) : strlen(at);
        if (out->n == PATTERN_PARTS || (hole && !end) || len > WI_NAME_MAX)
            return srv_loader_fail(l, "a name with a { that has no }, with too many of them, or too long");
        part->len = (uint32_t)len;
        if (!(part->text = srv_arena_text(&l->arch->arena, at, len)))
            return srv_loader_fail(l, "no memory");
        out->n++;
        if (!hole)
            return true;
        if (!srv_loader_expr(l, hole + 1, (size_t)(end - hole - 1), &part->hole))
            return false;
        at = end + 1;
    }
}

static bool pattern_member(struct srv_loader *l, const json_t *object, const char *member, struct srv_pattern *out)
{
    const json_t *value = json_object_get(object, member);
    return !json_is_string(value) || pattern_text(l, json_string_value(value), out);
}

/* "i < expression" makes the local i. */
static bool loop_member(struct srv_loader *l, const json_t *object, struct srv_loop *out)
{
    const char *text = text_member(object, "for"), *less = text ? strstr(text, " < ") : NULL;
    if (!text)
        return true;
    if (!less || less == text || l->scope.n_locals == SRV_LOCALS_MAX)
        return srv_loader_fail(l, "\"for\" must be: name < expression");
    const char *name = srv_arena_text(&l->arch->arena, text, (size_t)(less - text));
    if (!name)
        return srv_loader_fail(l, "no memory");
    if (!srv_loader_expr(l, less + 3, strlen(less + 3), &out->count))
        return false;
    out->local = l->scope.n_locals;
    l->scope.locals[l->scope.n_locals++] = name;
    return true;
}

/* "a, b, c"; "" is a scalar. */
static bool shape_member(struct srv_loader *l, const json_t *object, struct srv_expr *shape, unsigned *rank)
{
    const char *text = text_member(object, "shape");
    if (!text)
        return srv_loader_fail(l, "a tensor needs \"shape\", a text of expressions with commas between");
    size_t left = srv_loader_enter(l, "shape", -1);
    for (const char *at = text, *end = text + strlen(text); at < end; at++) {
        while (*at == ' ')
            at++;
        const char *comma = srv_args_comma(at, end);
        if (*rank == WI_RANK_MAX)
            return srv_loader_fail(l, "more than 8 dimensions");
        if (!srv_loader_expr(l, at, (size_t)(comma - at), &shape[(*rank)++]))
            return false;
        at = comma;
    }
    srv_loader_leave(l, left);
    return true;
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

static bool splits(struct srv_loader *l, const json_t *array, struct srv_tensor_spec *out)
{
    size_t n = json_array_size(array);
    struct srv_split *split = srv_arena_alloc(&l->arch->arena, (n + 1) * sizeof *split);
    if (!split)
        return srv_loader_fail(l, "no memory");
    for (size_t i = 0; i < n; i++) {
        const json_t *object = json_array_get(array, i);
        size_t left = srv_loader_enter(l, "split", (int)i);
        unsigned locals = l->scope.n_locals;
        if (!loop_member(l, object, &split[i].loop) || !pattern_member(l, object, "name", &split[i].name) ||
            !shape_member(l, object, split[i].shape, &split[i].rank) ||
            !expr_member(l, object, "first", &split[i].first) || !expr_member(l, object, "step", &split[i].step))
            return false;
        if (!split[i].name.n || !split[i].loop.count.op || !split[i].first.op || !split[i].step.op)
            return srv_loader_fail(l, "needs \"for\", \"name\", \"shape\", \"first\", \"step\"");
        l->scope.n_locals = locals;
        srv_loader_leave(l, left);
    }
    out->split = split;
    out->n_split = (unsigned)n;
    return true;
}

/* The file's rule for this tensor of this kind: "init": {"Linear.weight": "normal(0.02)"}. */
static bool rule_of_file(struct srv_loader *l, const char *table, const char *tensor, struct srv_rule_expr *out)
{
    char key[128];
    snprintf(key, sizeof key, "%s.%s", l->kind, tensor);
    const char *text = text_member(json_object_get(l->root, table), key);
    if (!text || out->given)
        return true;
    char place[sizeof l->place];
    memcpy(place, l->place, sizeof place);
    srv_loader_leave(l, 0);
    srv_loader_enter(l, table, -1);
    srv_loader_enter(l, key, -1);
    if (!rule_text(l, text, out))
        return false;
    memcpy(l->place, place, sizeof place);
    return true;
}

static bool tensor_spec(struct srv_loader *l, const json_t *object, const char *name,
                        const struct srv_tensor_spec **out)
{
    struct srv_tensor_spec *spec = srv_arena_alloc(&l->arch->arena, sizeof *spec);
    const char *dtype = text_member(object, "dtype");
    if (!spec)
        return srv_loader_fail(l, "no memory");
    spec->dtype = SRV_DTYPE_FLOAT;
    if (dtype && !srv_dtype_find(dtype, strlen(dtype), &spec->dtype))
        return srv_loader_fail(l, "an unknown dtype");
    spec->buffer = json_is_true(json_object_get(object, "buffer"));
    spec->saved = !json_is_false(json_object_get(object, "saved"));
    spec->late = json_is_true(json_object_get(object, "late"));
    if (!shape_member(l, object, spec->shape, &spec->rank) || !rule_member(l, object, "made", &spec->made) ||
        !rule_member(l, object, "init", &spec->init) || !expr_member(l, object, "zero_row", &spec->zero_row))
        return false;
    if (!rule_of_file(l, "init", name, &spec->init) || !rule_of_file(l, "generic", name, &spec->generic))
        return false;
    if (!spec->made.given && !spec->init.given)
        return srv_loader_fail(l, "a tensor needs \"init\" or \"made\": how its numbers are made");
    *out = spec;
    return splits(l, json_object_get(object, "split"), spec);
}

/* Numbers that are drawn once the module around them is made, and dropped. */
static bool dropped_spec(struct srv_loader *l, const json_t *object, const struct srv_tensor_spec **out)
{
    struct srv_tensor_spec *spec = srv_arena_alloc(&l->arch->arena, sizeof *spec);
    if (!spec)
        return srv_loader_fail(l, "no memory");
    *out = spec;
    return shape_member(l, object, spec->shape, &spec->rank) && rule_member(l, object, "dropped", &spec->made);
}

/* ---- modules ----------------------------------------------------------------------------------------------------- */

/* "init": {"weight": rule} and "tie": {"weight": name} of an item. */
static bool overrides(struct srv_loader *l, const json_t *object, struct srv_arch_item *item)
{
    const json_t *maps[2] = {json_object_get(object, "init"), json_object_get(object, "tie")};
    size_t n = json_object_size(maps[0]) + json_object_size(maps[1]);
    struct srv_override *override = srv_arena_alloc(&l->arch->arena, (n + 1) * sizeof *override);
    if (!override)
        return srv_loader_fail(l, "no memory");
    item->override = override;
    for (unsigned m = 0; m < 2; m++) {
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)maps[m], key, value)
        {
            const char *text = json_string_value(value);
            struct srv_override *o = &override[item->n_override++];
            if (!text)
                return srv_loader_fail(l, "\"init\" and \"tie\" hold texts");
            if (!(o->tensor = srv_arena_text(&l->arch->arena, key, strlen(key))))
                return srv_loader_fail(l, "no memory");
            if (m == 1 && !(o->tie = srv_arena_text(&l->arch->arena, text, strlen(text))))
                return srv_loader_fail(l, "no memory");
            if (m == 0 && !rule_text(l, text, &o->rule))
                return false;
        }
    }
    return true;
}

static bool only_known_members(struct srv_loader *l, const json_t *object)
{
    static const char *const known[] = {"name",   "saved",  "is",     "for",   "if",     "items",    "init",
                                        "tie",    "tied",   "tensor", "shape", "made",   "zero_row", "dtype",
                                        "buffer", "split",  "note",   "late",  "model",  "resets",   "first",
                                        "turn",   "copies", "xavier", "order", "dropped"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcmp(known[i], key) == 0;
        if (!found) {
            srv_loader_enter(l, key, -1);
            return srv_loader_fail(l, "an unknown member");
        }
    }
    return json_is_object(object) || srv_loader_fail(l, "must be an object");
}

static bool compile_item(struct srv_loader *l, const json_t *object, struct srv_arch_item *item)
{
    const char *tensor = text_member(object, "tensor"), *is = text_member(object, "is");
    const json_t *items = json_object_get(object, "items");
    if (!only_known_members(l, object) || !loop_member(l, object, &item->loop) ||
        !expr_member(l, object, "if", &item->cond) || !expr_member(l, object, "tied", &item->tied) ||
        !expr_member(l, object, "order", &item->order) || !pattern_member(l, object, "saved", &item->saved))
        return false;
    item->model = json_is_true(json_object_get(object, "model"));
    item->resets = json_is_true(json_object_get(object, "resets"));
    item->first = json_is_true(json_object_get(object, "first"));
    item->copies = json_is_true(json_object_get(object, "copies"));
    item->xavier = json_is_true(json_object_get(object, "xavier"));
    item->turn = (unsigned)(json_integer_value(json_object_get(object, "turn")) & 255);
    if (tensor)
        return pattern_text(l, tensor, &item->name) && tensor_spec(l, object, tensor, &item->tensor);
    if (json_object_get(object, "dropped"))
        return dropped_spec(l, object, &item->dropped);
    if (!pattern_member(l, object, "name", &item->name) || !overrides(l, object, item))
        return false;
    if (is)
        return srv_instance_compile(l, is, item);
    if (!json_is_array(items))
        return srv_loader_fail(l, "an item needs \"tensor\", \"is\" or \"items\"");
    return srv_items_compile(l, items, &item->items, &item->n_items);
}

bool srv_items_compile(struct srv_loader *l, const json_t *array, const struct srv_arch_item **items, unsigned *n_items)
{
    size_t n = json_array_size(array);
    struct srv_arch_item *list = srv_arena_alloc(&l->arch->arena, (n + 1) * sizeof *list);
    if (!list)
        return srv_loader_fail(l, "no memory");
    if (!json_is_array(array))
        return srv_loader_fail(l, "\"items\" must be an array");
    if (++l->deep > SRV_KINDS_DEEP)
        return srv_loader_fail(l, "modules within modules, too deep: does a kind contain itself?");
    for (size_t i = 0; i < n; i++) {
        size_t left = srv_loader_enter(l, "items", (int)i);
        unsigned locals = l->scope.n_locals;
        if (!compile_item(l, json_array_get(array, i), &list[i]))
            return false;
        l->scope.n_locals = locals;
        srv_loader_leave(l, left);
    }
    l->deep--;
    *items = list;
    *n_items = (unsigned)n;
    return true;
}
