/* see arch.h: the kinds of an architecture and of torch.json, compiled when they are first used. */
#include <string.h>

#include "model/arch_private.h"

/* "Linear(in|in_features, out|out_features, bias=true)": a parameter may have a second name. */
static bool signature(struct srv_loader *l, const char *text, struct srv_kind *kind)
{
    struct wi_error part = {0};
    struct srv_args args;
    if (!srv_args_split(text, &args, &part))
        return srv_loader_pass(l, &part);
    for (unsigned i = 0; i < args.n; i++) {
        bool has_default = args.arg[i].key != NULL;
        const char *name = has_default ? args.arg[i].key : args.arg[i].text;
        size_t len = has_default ? args.arg[i].key_len : args.arg[i].len;
        if (has_default && !srv_loader_expr(l, args.arg[i].text, args.arg[i].len, &kind->fallback[i]))
            return false;
        const char *bar = memchr(name, '|', len);
        size_t own = bar ? (size_t)(bar - name) : len;
        kind->param[i] = srv_arena_text(&l->arch->arena, name, own);
        kind->also[i] = bar ? srv_arena_text(&l->arch->arena, bar + 1, len - own - 1) : kind->param[i];
        if (!kind->param[i] || !kind->also[i])
            return srv_loader_fail(l, "no memory");
        l->scope.locals[l->scope.n_locals++] = kind->param[i];
        kind->n_params++;
    }
    return true;
}

static bool compile_kind(struct srv_loader *l, const char *text, const json_t *items, struct srv_kind *kind)
{
    struct srv_scope scope = l->scope;
    const char *outer = l->kind;
    char place[sizeof l->place];
    memcpy(place, l->place, sizeof place);
    srv_loader_leave(l, 0);
    srv_loader_enter(l, kind->torch ? "torch.json" : "kinds", -1);
    srv_loader_enter(l, kind->name, -1);
    l->scope.n_locals = 0;
    l->kind = kind->name;
    if (!signature(l, text, kind) || !srv_items_compile(l, items, &kind->items, &kind->n_items))
        return false;
    l->scope = scope;
    l->kind = outer;
    memcpy(l->place, place, sizeof place);
    return true;
}

static const json_t *find_kind(const json_t *kinds, const char *name, size_t len, const char **text)
{
    json_t *items;
    json_object_foreach((json_t *)kinds, *text, items)
    {
        if (strncmp(*text, name, len) == 0 && ((*text)[len] == '(' || (*text)[len] == 0))
            return items;
    }
    return NULL;
}

const struct srv_kind *srv_kind_get(struct srv_loader *l, const char *name, size_t len)
{
    for (const struct srv_kind *kind = l->arch->kinds; kind; kind = kind->next)
        if (strlen(kind->name) == len && memcmp(kind->name, name, len) == 0)
            return kind;
    const char *text = NULL;
    const json_t *items = find_kind(json_object_get(l->root, "kinds"), name, len, &text);
    bool torch = !items && (items = find_kind(l->torch, name, len, &text));
    struct srv_kind *kind = srv_arena_alloc(&l->arch->arena, sizeof *kind);
    if (!items || !kind || !(kind->name = srv_arena_text(&l->arch->arena, name, len))) {
        srv_loader_fail(l, items ? "no memory" : "there is no such kind, here or in torch.json");
        return NULL;
    }
    kind->torch = torch;
    if (!compile_kind(l, text, items, kind))
        return NULL;
    kind->next = l->arch->kinds;
    l->arch->kinds = kind;
    return kind;
}
