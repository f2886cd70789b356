/* see model.h: a stack of torch's modules, written as text or sent as JSON, becomes an architecture of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/builtin.h"
#include "model/model.h"
#include "model/stack.h"

/* "linear:784,256;relu" */
static bool add_text(struct srv_stack *s, const char *text, size_t len)
{
    unsigned n = 0;
    for (const char *at = text, *end = text + len; at <= end; n++) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        size_t length = (size_t)((semicolon ? semicolon : end) - at);
        char place[SRV_PLACE_MAX];
        snprintf(place, sizeof place, "%u", n);
        if ((n && !srv_stack_add(s, ",\n")) || !srv_stack_module(s, place, place, at, length) || !srv_stack_add(s, "}"))
            return false;
        at += length + 1;
    }
    return true;
}

/* What a stack is made of: text, or the "layers" of what was sent. */
struct source {
    const char *text;
    size_t len;
    const json_t *layers;
};

/* The stack as the text of an architecture file, in s->text. */
static bool as_file(struct srv_stack *s, const struct source *from)
{
    return srv_stack_add(s, "{\"arch\": \"layers\", \"items\": [") &&
           (from->layers ? srv_stack_sent(s, from->layers) : add_text(s, from->text, from->len)) &&
           srv_stack_add(s, "]}");
}

/* "layers, items[3].items[0].is: what" becomes "layer 3.0: what". */
static void name_layer(const struct wi_error *part, struct wi_error *err)
{
    const char *at = part->text, *what = strstr(part->text, ": ");
    char place[SRV_PLACE_MAX] = "";
    for (size_t len = 0; (at = strstr(at, "items[")) && at < what && len < sizeof place; at++)
        len += (size_t)snprintf(place + len, sizeof place - len, "%s%lu", len ? "." : "", strtoul(at + 6, NULL, 10));
    if (*place && what)
        wi_fail(err, part->code, "layers", "layer %s: %s", place, what + 2);
    else
        wi_fail(err, part->code, "layers", "%s", part->text);
    wi_error_allow(err, part->allowed);
    wi_error_near(err, part->nearest);
}

/* The stack's rows, and what init= calls on them. */
static bool build_stack(struct srv_model *m, const char *init, size_t init_len, struct wi_error *err)
{
    struct srv_log log = {0};
    struct wi_error part = {0};
    bool good = srv_build_fill(&m->arena, m->arch, NULL, NULL, 0, &m->filled, &part) &&
                srv_build(&m->table, &m->filled, NULL, m->dtype, &log, &part);
    if (!good)
        wi_fail(err, part.code, "layers", *log.failed ? "layer %s: %s" : "%s%s", log.failed, part.text);
    good = good && srv_calls_make(&m->calls, init, init_len, &m->table, &log, err);
    free(log.event);
    return good;
}

static bool build(struct srv_model *m, const struct source *from, const char *init, size_t init_len,
                  struct wi_error *err)
{
    json_t *kinds = srv_builtin_json("torch", err);
    struct srv_stack stack = {.kinds = kinds, .err = err};
    struct wi_error part = {0};
    if (kinds && as_file(&stack, from) && !(m->own_arch = srv_arch_load("layers", stack.text, stack.len, kinds, &part)))
        name_layer(&part, err);
    free(stack.text);
    json_decref(kinds);
    m->arch = m->own_arch;
    return m->arch && build_stack(m, init, init_len, err);
}

static struct srv_model *make(const struct source *from, const char *init, size_t init_len, enum srv_dtype dtype,
                              struct wi_error *err)
{
    struct srv_model *m = calloc(1, sizeof *m);
    if (m) {
        m->dtype = dtype;
        if (build(m, from, init, init_len, err))
            return m;
    }
    wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    srv_model_free(m);
    return NULL;
}

struct srv_model *srv_model_layers(const char *text, size_t len, enum srv_dtype dtype, struct wi_error *err)
{
    return srv_model_stack(text, len, NULL, 0, dtype, err);
}

struct srv_model *srv_model_stack(const char *text, size_t len, const char *init, size_t init_len, enum srv_dtype dtype,
                                  struct wi_error *err)
{
    return make(&(struct source){.text = text, .len = len}, init, init_len, dtype, err);
}

struct srv_model *srv_model_sent_stack(const json_t *sent, enum srv_dtype dtype, struct wi_error *err)
{
    const json_t *init = json_object_get(sent, "init");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)sent, key, value)
    {
        if (strcmp(key, "layers") != 0 && strcmp(key, "init") != 0) {
            wi_fail(err, WI_E_PARAM_UNKNOWN, key, "a stack has no member %q", key);
            wi_error_allow(err, "layers, init");
            return NULL;
        }
    }
    if (init && !json_is_string(init)) {
        wi_fail(err, WI_E_PARAM_VALUE, "init", "\"init\" must be a text, as in weight:xavier_uniform;bias:zeros");
        return NULL;
    }
    return make(&(struct source){.layers = json_object_get(sent, "layers")}, json_string_value(init),
                json_string_length(init), dtype, err);
}
