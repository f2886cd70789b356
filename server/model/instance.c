/* see arch.h: a module as an item writes it, "Linear(hidden, 4 * hidden, bias=false)". */
#include <string.h>

#include "model/arch_private.h"
#include "model/near.h"

static bool is(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && memcmp(name, text, len) == 0;
}

static int parameter(const struct srv_kind *kind, const char *name, size_t len)
{
    for (unsigned i = 0; i < kind->n_params; i++)
        if (is(kind->param[i], name, len) || is(kind->also[i], name, len))
            return (int)i;
    return -1;
}

/* An argument that the kind does not take, with the names of those that it takes. */
static bool unknown(struct srv_loader *l, const struct srv_kind *kind, const char *name, size_t len)
{
    struct wi_error part = {0};
    char shown[33] = "";
    memcpy(shown, name, len < 32 ? len : 32);
    wi_fail(&part, WI_E_PARAM_VALUE, "", "%s has no argument %q", kind->name, shown);
    srv_near(&part, shown, kind->also, kind->n_params);
    return srv_loader_pass(l, &part);
}

static bool bad_count(struct srv_loader *l, const struct srv_kind *kind, const char *missing)
{
    struct wi_error part = {0};
    if (missing)
        wi_fail(&part, WI_E_PARAM_VALUE, "", "an argument is missing: %s of %s", missing, kind->name);
    else
        wi_fail(&part, WI_E_PARAM_VALUE, "", "%s takes %u arguments at most", kind->name, (uint64_t)kind->n_params);
    return srv_loader_pass(l, &part);
}

static bool twice(struct srv_loader *l, const char *name)
{
    struct wi_error part = {0};
    wi_fail(&part, WI_E_PARAM_VALUE, "", "the argument %s is given twice", name);
    return srv_loader_pass(l, &part);
}

static bool bind(struct srv_loader *l, const struct srv_kind *kind, const struct srv_args *args, struct srv_expr *list)
{
    for (unsigned i = 0; i < args->n; i++) {
        const char *key = args->arg[i].key;
        int p = key ? parameter(kind, key, args->arg[i].key_len) : (int)i;
        if (p < 0)
            return unknown(l, kind, key, args->arg[i].key_len);
        if (p >= (int)kind->n_params)
            return bad_count(l, kind, NULL);
        if (list[p].op)
            return twice(l, kind->also[p]);
        if (!srv_loader_expr(l, args->arg[i].text, args->arg[i].len, &list[p]))
            return false;
    }
    for (unsigned p = 0; p < kind->n_params; p++)
        if (!list[p].op && !kind->fallback[p].op)
            return bad_count(l, kind, kind->also[p]);
    return true;
}

bool srv_instance_compile(struct srv_loader *l, const char *text, struct srv_arch_item *item)
{
    struct wi_error part = {0};
    struct srv_args args;
    size_t left = srv_loader_enter(l, "is", -1);
    if (!srv_args_split(text, &args, &part))
        return srv_loader_pass(l, &part);
    if (!(item->kind = srv_kind_get(l, args.name, args.name_len)))
        return false;
    struct srv_expr *list = srv_arena_alloc(&l->arch->arena, SRV_CALL_ARGS_MAX * sizeof *list);
    if (!list)
        return srv_loader_fail(l, "no memory");
    item->args = list;
    if (!bind(l, item->kind, &args, list))
        return false;
    srv_loader_leave(l, left);
    return true;
}
