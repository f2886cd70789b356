/* see arch.h: a file's fields, classes and derived values. Its tree: items.c. */
#include "model/arch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/arch_private.h"

#define FILE_BYTES (1u << 20)
#define FILE_VALUES 20000

/* ---- errors ------------------------------------------------------------------------------------------------------ */

bool srv_loader_fail(struct srv_loader *l, const char *what)
{
    wi_fail(l->err, WI_E_PARAM_VALUE, l->arch->name ? l->arch->name : "", "%s, %s: %s", l->file,
            *l->place ? l->place : "top", what);
    return false;
}

bool srv_loader_pass(struct srv_loader *l, const struct wi_error *part)
{
    wi_fail(l->err, part->code, part->param, "%s, %s: %s", l->file, *l->place ? l->place : "top", part->text);
    wi_error_allow(l->err, part->allowed);
    wi_error_near(l->err, part->nearest);
    return false;
}

bool srv_loader_expr(struct srv_loader *l, const char *text, size_t len, struct srv_expr *out)
{
    struct wi_error part = {0};
    return srv_expr_compile(&l->arch->arena, text, len, &l->scope, out, &part) || srv_loader_pass(l, &part);
}

size_t srv_loader_enter(struct srv_loader *l, const char *member, int index)
{
    size_t length = strlen(l->place), room = sizeof l->place - length;
    const char *dot = length ? "." : "";
    if (index >= 0)
        snprintf(l->place + length, room, "%s%s[%d]", dot, member, index);
    else
        snprintf(l->place + length, room, "%s%s", dot, member);
    return length;
}

void srv_loader_leave(struct srv_loader *l, size_t length)
{
    l->place[length] = 0;
}

/* ---- the parts of a file ----------------------------------------------------------------------------------------- */

/* A member that may be missing: "". */
static const char *text_of(struct srv_loader *l, const char *member)
{
    const char *text = json_string_value(json_object_get(l->root, member));
    return srv_arena_text(&l->arch->arena, text ? text : "", text ? strlen(text) : 0);
}

static bool read_name(struct srv_loader *l)
{
    const char *name = json_string_value(json_object_get(l->root, "arch"));
    if (!name || !*name || strlen(name) > 63)
        return srv_loader_fail(l, "needs a member \"arch\", the name of the architecture");
    l->arch->name = srv_arena_text(&l->arch->arena, name, strlen(name));
    l->arch->summary = text_of(l, "summary");
    l->arch->releases = text_of(l, "releases");
    l->arch->weights = text_of(l, "weights");
    return l->arch->name && l->arch->summary && l->arch->releases && l->arch->weights;
}

/* A list of texts, ended by NULL; one that is missing is empty. */
static bool read_list(struct srv_loader *l, const char *member, const char *const **out)
{
    const json_t *array = json_object_get(l->root, member);
    size_t n = json_array_size(array);
    const char **list = srv_arena_alloc(&l->arch->arena, (n + 1) * sizeof *list);
    if (!list)
        return srv_loader_fail(l, "no memory");
    for (size_t i = 0; i < n; i++) {
        const json_t *name = json_array_get(array, i);
        srv_loader_leave(l, 0);
        srv_loader_enter(l, member, (int)i);
        if (!json_is_string(name))
            return srv_loader_fail(l, "must be a text");
        if (!(list[i] = srv_arena_text(&l->arch->arena, json_string_value(name), json_string_length(name))))
            return srv_loader_fail(l, "no memory");
    }
    srv_loader_leave(l, 0);
    *out = list;
    return true;
}

static bool read_fields(struct srv_loader *l, const char **globals)
{
    const json_t *config = json_object_get(l->root, "config");
    struct srv_arch_field *fields = srv_arena_alloc(&l->arch->arena, (json_object_size(config) + 1) * sizeof *fields);
    const char *key;
    json_t *value;
    if (json_object_size(config) > SRV_ARCH_FIELDS_MAX || !fields)
        return srv_loader_fail(l, "more than 64 config fields");
    l->arch->fields = fields;
    json_object_foreach((json_t *)config, key, value)
    {
        size_t left = srv_loader_enter(l, "config", -1);
        srv_loader_enter(l, key, -1);
        struct wi_error part = {0};
        const char *name = srv_arena_text(&l->arch->arena, key, strlen(key));
        if (!name || !json_is_string(value))
            return srv_loader_fail(l, "a field is a text: TYPE RANGE = DEFAULT");
        if (!srv_field_compile(&l->arch->arena, name, json_string_value(value), &l->scope, &fields[l->arch->n_fields],
                               &part))
            return srv_loader_pass(l, &part);
        globals[l->arch->n_fields++] = name;
        l->scope.n_globals = l->scope.n_fields = l->arch->n_fields;
        srv_loader_leave(l, left);
    }
    globals[l->scope.n_globals++] = "class";
    return true;
}

static bool read_derived(struct srv_loader *l, const char **globals)
{
    const json_t *let = json_object_get(l->root, "let");
    struct srv_expr *derived = srv_arena_alloc(&l->arch->arena, (json_object_size(let) + 1) * sizeof *derived);
    const char *key;
    json_t *value;
    unsigned n = 0;
    if (json_object_size(let) > SRV_ARCH_FIELDS_MAX || !derived)
        return srv_loader_fail(l, "more than 64 derived values");
    json_object_foreach((json_t *)let, key, value)
    {
        size_t left = srv_loader_enter(l, "let", -1);
        srv_loader_enter(l, key, -1);
        struct wi_error part = {0};
        const char *name = srv_arena_text(&l->arch->arena, key, strlen(key)), *text = json_string_value(value);
        if (!name || !text)
            return srv_loader_fail(l, "a derived value is the text of an expression");
        if (!srv_expr_compile(&l->arch->arena, text, strlen(text), &l->scope, &derived[n++], &part))
            return srv_loader_pass(l, &part);
        globals[l->scope.n_globals++] = name;
        srv_loader_leave(l, left);
    }
    l->arch->derived = derived;
    l->arch->n_globals = l->scope.n_globals;
    return true;
}

static bool read_adapter(struct srv_loader *l)
{
    const json_t *adapter = json_object_get(l->root, "adapter");
    const char *linear = json_string_value(json_object_get(adapter, "linear"));
    const char *embedding = json_string_value(json_object_get(adapter, "embedding"));
    if (!adapter)
        return true;
    if (!linear || !embedding)
        return srv_loader_fail(l, "\"adapter\" needs \"linear\" and \"embedding\", names of kinds");
    l->arch->adapter = true;
    l->arch->adapt_linear = srv_kind_get(l, linear, strlen(linear));
    l->arch->adapt_embedding = srv_kind_get(l, embedding, strlen(embedding));
    return l->arch->adapt_linear && l->arch->adapt_embedding;
}

static bool only_known_members(struct srv_loader *l)
{
    static const char *const known[] = {"arch", "summary", "releases", "weights", "classes", "model_types", "config",
                                        "let",  "init",    "generic",  "kinds",   "items",   "adapter",     "gguf"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)l->root, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcmp(known[i], key) == 0;
        if (!found) {
            srv_loader_enter(l, key, -1);
            return srv_loader_fail(l, "an unknown member");
        }
    }
    return true;
}

static bool compile(struct srv_loader *l)
{
    const char **globals = srv_arena_alloc(&l->arch->arena, (2 * SRV_ARCH_FIELDS_MAX + 2) * sizeof *globals);
    if (!globals)
        return srv_loader_fail(l, "no memory");
    l->arch->globals = globals;
    l->scope.globals = globals;
    const json_t *items = json_object_get(l->root, "items");
    if (!json_is_object(l->root))
        return srv_loader_fail(l, "must be an object");
    return read_name(l) && only_known_members(l) && read_list(l, "classes", &l->arch->classes) &&
           read_list(l, "model_types", &l->arch->model_types) && read_fields(l, globals) && read_derived(l, globals) &&
           read_adapter(l) && (l->arch->adapter || srv_items_compile(l, items, &l->arch->items, &l->arch->n_items)) &&
           srv_gguf_compile(l);
}

struct srv_arch *srv_arch_load(const char *file, const char *text, size_t len, const json_t *torch,
                               struct wi_error *err)
{
    struct srv_arch *arch = calloc(1, sizeof *arch);
    json_t *root = srv_model_json(text, len, file, FILE_BYTES, FILE_VALUES, err);
    struct srv_loader l = {.arch = arch, .file = file, .root = root, .torch = torch, .kind = "", .err = err};
    bool good = arch && root && compile(&l);
    if (!good)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    json_decref(root);
    if (good)
        return arch;
    srv_arch_free(arch);
    return NULL;
}

void srv_arch_free(struct srv_arch *arch)
{
    if (arch)
        srv_arena_free(&arch->arena);
    free(arch);
}
