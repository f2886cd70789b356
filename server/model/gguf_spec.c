/* see gguf_spec.h */
#include "model/gguf_spec.h"

#include <string.h>

#include "base/error.h"

#include "model/arch_private.h"

static bool keep(struct srv_loader *l, const char *text, size_t len, const char **out)
{
    return (*out = srv_arena_text(&l->arch->arena, text, len)) || srv_loader_fail(l, "no memory");
}

static bool read_key(struct srv_loader *l, const char *name, const char *text, void *row)
{
    struct srv_gguf_key *out = row;
    static const struct {
        const char *word;
        enum srv_gguf_kind kind;
    } kinds[] = {{"u32 ", SRV_GGUF_U32}, {"f32 ", SRV_GGUF_REAL}, {"bool ", SRV_GGUF_BOOL}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, len) != 0)
            continue;
        out->kind = kinds[i].kind;
        return keep(l, name, strlen(name), &out->name) &&
               srv_loader_expr(l, text + len, strlen(text + len), &out->value);
    }
    return srv_loader_fail(l, "must begin with u32, f32 or bool");
}

static bool read_need(struct srv_loader *l, const char *name, const char *text, void *row)
{
    struct srv_gguf_need *out = row;
    return keep(l, text, strlen(text), &out->why) && srv_loader_expr(l, name, strlen(name), &out->holds);
}

static bool read_op(struct srv_loader *l, const char *text, struct srv_gguf_name *out)
{
    static const struct {
        const char *name;
        enum srv_gguf_op op;
        unsigned args;
    } ops[] = {{"halves", SRV_GGUF_HALVES, 1},     {"thirds", SRV_GGUF_THIRDS, 1}, {"transpose", SRV_GGUF_TRANSPOSE, 0},
               {"plus_one", SRV_GGUF_PLUS_ONE, 0}, {"f32", SRV_GGUF_KEEP_F32, 0},  {"stack", SRV_GGUF_STACK, 0}};
    struct wi_error part = {0};
    struct srv_args args;
    if (!srv_args_split(text, &args, &part))
        return srv_loader_pass(l, &part);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strlen(ops[i].name) == args.name_len && memcmp(ops[i].name, args.name, args.name_len) == 0 &&
            ops[i].args == args.n) {
            out->op = ops[i].op;
            return !args.n || srv_loader_expr(l, args.arg[0].text, args.arg[0].len, &out->heads);
        }
    return srv_loader_fail(l, "behind the name: halves(heads), thirds(heads), transpose, plus_one, f32 or stack");
}

static bool read_tensor(struct srv_loader *l, const char *name, const char *text, void *row)
{
    struct srv_gguf_name *out = row;
    const char *blank = strchr(text, ' ');
    size_t len = blank ? (size_t)(blank - text) : strlen(text);
    return keep(l, name, strlen(name), &out->from) && keep(l, text, len, &out->to) &&
           (!blank || read_op(l, blank + 1, out));
}

/* A list of rows of `size` bytes, each made by `read` from a member of the object gguf[member]. */
static bool read_rows(struct srv_loader *l, const json_t *gguf, const char *member, size_t size,
                      bool (*read)(struct srv_loader *, const char *, const char *, void *), const void **list,
                      unsigned *n)
{
    const json_t *object = json_object_get(gguf, member);
    unsigned char *rows = srv_arena_alloc(&l->arch->arena, (json_object_size(object) + 1) * size);
    const char *name;
    json_t *text;
    if (!rows)
        return srv_loader_fail(l, "no memory");
    json_object_foreach((json_t *)object, name, text)
    {
        size_t left = srv_loader_enter(l, name, -1);
        if (!json_is_string(text))
            return srv_loader_fail(l, "must be a text");
        if (!read(l, name, json_string_value(text), rows + size * (*n)++))
            return false;
        srv_loader_leave(l, left);
    }
    *list = rows;
    return true;
}

bool srv_gguf_compile(struct srv_loader *l)
{
    const json_t *gguf = json_object_get(l->root, "gguf");
    if (!gguf)
        return true;
    const char *name = json_string_value(json_object_get(gguf, "name"));
    const char *prefix = json_string_value(json_object_get(gguf, "prefix"));
    struct srv_gguf_spec *spec = srv_arena_alloc(&l->arch->arena, sizeof *spec);
    size_t left = srv_loader_enter(l, "gguf", -1);
    if (!name)
        return srv_loader_fail(l, "needs \"name\", what GGUF calls the architecture");
    if (!spec || !keep(l, name, strlen(name), &spec->name) ||
        !keep(l, prefix ? prefix : "", prefix ? strlen(prefix) : 0, &spec->prefix))
        return srv_loader_fail(l, "no memory");
    const void *keys = NULL, *needs = NULL, *tensors = NULL, *rope = NULL;
    if (!read_rows(l, gguf, "keys", sizeof *spec->key, read_key, &keys, &spec->n_keys) ||
        !read_rows(l, gguf, "rope", sizeof *spec->rope, read_key, &rope, &spec->n_rope) ||
        !read_rows(l, gguf, "needs", sizeof *spec->need, read_need, &needs, &spec->n_needs) ||
        !read_rows(l, gguf, "tensors", sizeof *spec->tensor, read_tensor, &tensors, &spec->n_tensors))
        return false;
    spec->key = keys;
    spec->need = needs;
    spec->tensor = tensors;
    spec->rope = rope;
    srv_loader_leave(l, left);
    l->arch->gguf = spec;
    return true;
}
