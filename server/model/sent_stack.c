/* see stack.h: layers that were sent as JSON. A layer is
 *     "linear:784,256"                                        as layers= has it
 *     {"module": "Linear", "in_features": 784, "out_features": 256, "bias": false, "name": "head"}
 *     {"module": "Conv2d", "args": [3, 16, [1, 7]], "padding": "same"}
 *     {"module": "Linear", "args": [6, 12], "bias": false, "tie": {"weight": "0.weight"}}      one Parameter, twice
 *     {"name": "scale", "parameter": [3, 5], "from": "randn", "times": 0.02}                  nn.Parameter
 *     ["linear:784,256", "relu"], or {"name": "encoder", "layers": [...]}                      a stack within the stack
 * and is named by its place where it has no name. */
#include <stdio.h>
#include <string.h>

#include "model/stack.h"

#define DEEP_MAX 8 /* stacks within stacks */

static bool is_name(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && len < 64 && text[len] == 0;
}

/* ---- arguments ---------------------------------------------------------------------------------------------------- */

/* A layer as text, "Linear:784,bias=false". */
struct line {
    char text[SRV_LAYER_BYTES + 2];
    size_t len;
};

static void put(struct line *l, const char *text, size_t len)
{
    size_t left = sizeof l->text - 1 - l->len, n = len < left ? len : left;
    memcpy(l->text + l->len, text, n); /* what is cut off is longer than a layer may be */
    l->len += n;
    l->text[l->len] = 0;
}

static void put_text(struct line *l, const char *text)
{
    put(l, text, strlen(text));
}

static void put_whole(struct line *l, json_int_t value)
{
    char digits[32];
    put(l, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value));
}

static bool put_list(struct line *l, const json_t *list)
{
    size_t i;
    json_t *value;
    put_text(l, "[");
    json_array_foreach((json_t *)list, i, value)
    {
        if (!json_is_integer(value))
            return false;
        put_text(l, i ? "," : "");
        put_whole(l, json_integer_value(value));
    }
    put_text(l, "]");
    return json_array_size(list) > 0;
}

static bool put_value(struct line *l, const json_t *value)
{
    char digits[WI_DECIMAL_F64_MAX + 1];
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        put_whole(l, json_integer_value(value));
        return true;
    case JSON_REAL:
        put(l, digits, wi_decimal_f64(json_real_value(value), digits));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        put_text(l, json_is_true(value) ? "true" : "false");
        return true;
    case JSON_NULL:
        put_text(l, "null");
        return true;
    case JSON_STRING:
        put_text(l, json_string_value(value));
        return is_name(json_string_value(value));
    case JSON_ARRAY:
        return put_list(l, value);
    default:
        return false;
    }
}

static bool field_fails(struct srv_stack *s, const char *place, const char *field, const char *what)
{
    wi_fail(s->err, WI_E_PARAM_VALUE, "layers", "layer %s, %q: %s", place, field, what);
    wi_error_allow(s->err, "\"linear:784,256\", {\"module\": \"Linear\", \"in_features\": 784, \"out_features\": 256}, "
                           "{\"name\": \"encoder\", \"layers\": [...]}");
    return false;
}

static bool put_arguments(struct srv_stack *s, const char *place, const json_t *object, struct line *l)
{
    const json_t *args = json_object_get(object, "args");
    const char *key, *before = ":";
    size_t i;
    json_t *value;
    if (args && !json_is_array(args))
        return field_fails(s, place, "args", "must be an array of arguments");
    json_array_foreach((json_t *)args, i, value)
    {
        put_text(l, before);
        before = ",";
        if (!put_value(l, value))
            return field_fails(s, place, "args", "must hold numbers, truths, null, words and lists of whole numbers");
    }
    json_object_foreach((json_t *)object, key, value)
    {
        if (strcmp(key, "module") == 0 || strcmp(key, "name") == 0 || strcmp(key, "args") == 0 ||
            strcmp(key, "tie") == 0)
            continue;
        if (!is_name(key))
            return field_fails(s, place, key, "is no name of an argument");
        put_text(l, before);
        before = ",";
        put_text(l, key);
        put_text(l, "=");
        if (!put_value(l, value))
            return field_fails(s, place, key, "must be a number, a truth, null, a word or a list of whole numbers");
    }
    return true;
}

/* ---- layers ------------------------------------------------------------------------------------------------------- */

static bool is_path(const char *text)
{
    size_t len = text ? strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.") : 0;
    return len > 0 && len <= WI_NAME_MAX && text[len] == 0;
}

/* "tie": {"weight": "0.weight"} */
static bool add_tie(struct srv_stack *s, const char *place, const json_t *tie)
{
    const char *key, *before = ", \"tie\": {";
    json_t *value;
    if (tie && (!json_is_object(tie) || json_object_size(tie) == 0))
        return field_fails(s, place, "tie", "must be {\"weight\": name of an earlier tensor}");
    json_object_foreach((json_t *)tie, key, value)
    {
        if (!is_name(key) || !is_path(json_string_value(value)))
            return field_fails(s, place, "tie", "must be {\"weight\": name of an earlier tensor}");
        if (!srv_stack_add(s, "%s\"%s\": \"%s\"", before, key, json_string_value(value)))
            return false;
        before = ", ";
    }
    return !tie || srv_stack_add(s, "}");
}

static bool add_layers(struct srv_stack *s, const char *place, unsigned deep, const json_t *layers);

static bool add_module(struct srv_stack *s, const char *place, const char *name, const json_t *object)
{
    const char *module = json_string_value(json_object_get(object, "module"));
    struct line line = {.len = 0};
    if (!module || !is_name(module))
        return field_fails(s, place, "module", "must be the name of a module of torch, or \"layers\" must be given");
    put_text(&line, module);
    return put_arguments(s, place, object, &line) && srv_stack_module(s, place, name, line.text, line.len) &&
           add_tie(s, place, json_object_get(object, "tie")) && srv_stack_add(s, "}");
}

/* {"name": "b", "parameter": [3, 5], "from": "randn", "times": 0.02}: nn.Parameter(torch.randn(3, 5) * 0.02) */
static bool add_parameter(struct srv_stack *s, const char *place, const char *name, const json_t *object)
{
    static const struct {
        const char *from, *rule;
    } rows[] = {{"randn", "normal(1)"}, {"rand", "rand"}, {"zeros", "zeros"}, {"ones", "ones"}};
    const json_t *shape = json_object_get(object, "parameter"), *times = json_object_get(object, "times");
    const char *from = json_string_value(json_object_get(object, "from")), *rule = NULL;
    const double by = json_number_value(times);
    struct line sizes = {.len = 0};
    char scaled[WI_DECIMAL_F64_MAX + 32];
    for (size_t i = 0; i < sizeof rows / sizeof *rows && from; i++)
        if (strcmp(rows[i].from, from) == 0)
            rule = rows[i].rule;
    if (!name)
        return field_fails(s, place, "name", "is required beside \"parameter\"");
    if (json_object_size(object) != (times ? 4u : 3u) || !rule)
        return field_fails(s, place, "from",
                           "must be randn, rand, zeros or ones, with nothing beside it but \"times\"");
    if (times && (!json_is_number(times) || !(by > 0) || strcmp(from, "randn") != 0))
        return field_fails(s, place, "times", "must be a number above 0, and is for randn");
    if (!json_is_array(shape) || !put_list(&sizes, shape) || sizes.len > SRV_LAYER_BYTES)
        return field_fails(s, place, "parameter", "must be the shape, a list of whole numbers");
    if (times) {
        size_t len = (size_t)snprintf(scaled, sizeof scaled, "scaled_normal(");
        len += wi_decimal_f64(by, scaled + len);
        snprintf(scaled + len, sizeof scaled - len, ")");
        rule = scaled;
    }
    if (++s->n > SRV_LAYERS_MAX)
        return srv_stack_too_many(s);
    return srv_stack_add(s, "{\"tensor\": \"%s\", \"shape\": \"%.*s\", \"made\": \"%s\"}", name, (int)sizes.len - 2,
                         sizes.text + 1, rule);
}

static bool add_stack(struct srv_stack *s, const char *place, const char *name, unsigned deep, const json_t *layers)
{
    if (deep == DEEP_MAX)
        return field_fails(s, place, "layers", "is nested deeper than 8 stacks");
    return srv_stack_add(s, "{\"name\": \"%s\", \"items\": [", name) && add_layers(s, place, deep + 1, layers) &&
           srv_stack_add(s, "]}");
}

static bool add_layer(struct srv_stack *s, const char *place, size_t index, unsigned deep, const json_t *layer)
{
    char own[24];
    const json_t *name = json_object_get(layer, "name"), *inner = json_object_get(layer, "layers");
    snprintf(own, sizeof own, "%zu", index);
    if (json_is_string(layer))
        return srv_stack_module(s, place, own, json_string_value(layer), json_string_length(layer)) &&
               srv_stack_add(s, "}");
    if (json_is_array(layer))
        return add_stack(s, place, own, deep, layer);
    if (!json_is_object(layer))
        return field_fails(s, place, "", "a layer is a text, an object with \"module\", or an array of layers");
    if (name && (!json_is_string(name) || !is_name(json_string_value(name))))
        return field_fails(s, place, "name", "must be letters, digits and _, 63 at most");
    if (json_object_get(layer, "parameter"))
        return add_parameter(s, place, json_string_value(name), layer);
    const char *called = name ? json_string_value(name) : own;
    if (!inner)
        return add_module(s, place, called, layer);
    if (!json_is_array(inner) || json_object_size(layer) > (name ? 2u : 1u))
        return field_fails(s, place, "layers", "must be an array of layers, with nothing beside it but \"name\"");
    return add_stack(s, place, called, deep, inner);
}

static bool add_layers(struct srv_stack *s, const char *place, unsigned deep, const json_t *layers)
{
    size_t i;
    json_t *layer;
    json_array_foreach((json_t *)layers, i, layer)
    {
        char inner[SRV_PLACE_MAX];
        if (i == SRV_LAYERS_MAX)
            return srv_stack_too_many(s);
        snprintf(inner, sizeof inner, "%s%s%zu", place, *place ? "." : "", i);
        if ((i && !srv_stack_add(s, ",\n")) || !add_layer(s, inner, i, deep, layer))
            return false;
    }
    return true;
}

bool srv_stack_sent(struct srv_stack *s, const json_t *layers)
{
    if (json_is_array(layers) && json_array_size(layers))
        return add_layers(s, "", 0, layers);
    wi_fail(s->err, WI_E_PARAM_VALUE, "layers", "\"layers\" must be an array of at least one layer");
    return false;
}
