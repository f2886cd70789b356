/* see fields.h */
#include "model/fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/near.h"

static const char *const type_names[] = {
    [SRV_FIELD_UINT] = "uint", [SRV_FIELD_REAL] = "real", [SRV_FIELD_BOOL] = "bool",
    [SRV_FIELD_TEXT] = "text", [SRV_FIELD_LIST] = "list", [SRV_FIELD_NAMES] = "names",
};

/* ---- the text of a field ----------------------------------------------------------------------------------------- */

static bool bad_field(struct wi_error *err, const char *text)
{
    wi_fail(err, WI_E_PARAM_VALUE, "", "%q is not of the form TYPE RANGE = DEFAULT", text);
    return false;
}

static bool read_type(const char **at, struct srv_arch_field *out)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        size_t len = strlen(type_names[i]);
        if (strncmp(*at, type_names[i], len) != 0)
            continue;
        *at += len;
        out->type = (enum srv_field_type)i;
        out->nullable = **at == '?';
        *at += out->nullable;
        return **at == ' ';
    }
    return false;
}

/* "1..", "0..1" or nothing */
static bool read_range(const char *from, const char *to, struct srv_arch_field *out)
{
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    out->min = 0;
    out->max = out->type == SRV_FIELD_REAL ? INFINITY : (double)SRV_FIELD_UINT_MAX;
    if (from == to)
        return true;
    const char *dots = strstr(from, "..");
    return dots && dots < to && wi_decimal_parse(from, (size_t)(dots - from), &out->min) &&
           (dots + 2 == to || wi_decimal_parse(dots + 2, (size_t)(to - dots - 2), &out->max));
}

bool srv_field_compile(struct srv_arena *arena, const char *name, const char *text, const struct srv_scope *scope,
                       struct srv_arch_field *out, struct wi_error *err)
{
    *out = (struct srv_arch_field){.name = name};
    const char *at = text, *equals = strstr(text, " = "), *count = strstr(text, " of ");
    if (!equals || !read_type(&at, out))
        return bad_field(err, text);
    if (out->type == SRV_FIELD_TEXT && equals > at)
        out->choices = srv_arena_text(arena, at + 1, (size_t)(equals - at - 1));
    else if (!read_range(at, equals, out))
        return bad_field(err, text);
    if (count && !(out->count_of = srv_arena_text(arena, count + 4, strlen(count + 4))))
        return bad_field(err, text);
    equals += 3;
    return srv_expr_compile(arena, equals, count ? (size_t)(count - equals) : strlen(equals), scope, &out->fallback,
                            err);
}

/* ---- the value of a field ---------------------------------------------------------------------------------------- */

struct reader {
    struct srv_arena *arena;
    const struct srv_arch_field *field;
    struct wi_error *err;
};

static bool bad_value(const struct reader *r, const char *what)
{
    char text[96];
    wi_fail(r->err, WI_E_PARAM_VALUE, r->field->name, "%s: %s", r->field->name, what);
    if (r->field->choices)
        wi_error_allow(r->err, r->field->choices);
    else if (r->field->type == SRV_FIELD_UINT || r->field->type == SRV_FIELD_REAL || r->field->type == SRV_FIELD_LIST) {
        snprintf(text, sizeof text, "%s from %.17g to %.17g",
                 r->field->type == SRV_FIELD_REAL ? "numbers" : "whole numbers", r->field->min, r->field->max);
        wi_error_allow(r->err, text);
    }
    return false;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, text, len) == 0 && (at[len] == 0 || at[len] == '|'))
            return true;
    return !choices;
}

/* A value that has its type: is it in the field's bounds? */
static bool within(const struct reader *r, struct srv_value value)
{
    const struct srv_arch_field *f = r->field;
    if (value.type == SRV_VALUE_INT && ((double)value.i < f->min || (double)value.i > f->max))
        return bad_value(r, "out of range");
    if (value.type == SRV_VALUE_REAL && !(value.real >= f->min && value.real <= f->max && isfinite(value.real)))
        return bad_value(r, "out of range");
    if (value.type == SRV_VALUE_TEXT && f->type == SRV_FIELD_TEXT && !is_choice(f->choices, value.text))
        return bad_value(r, "unknown");
    return true;
}

static bool whole_from_json(const struct reader *r, const json_t *json, struct srv_value *out)
{
    *out = (struct srv_value){.type = SRV_VALUE_INT};
    if (json_is_real(json)) { /* 4096.0, as some tools write */
        double value = json_real_value(json);
        if (!(value >= 0 && value <= (double)SRV_FIELD_UINT_MAX && value == floor(value)))
            return bad_value(r, "must be a whole number");
        out->i = (int64_t)value;
    } else if (json_is_integer(json)) {
        out->i = json_integer_value(json);
    } else {
        return bad_value(r, "must be a whole number");
    }
    return within(r, *out);
}

static bool text_from(const struct reader *r, const char *text, size_t len, struct srv_value *out)
{
    *out = (struct srv_value){.type = SRV_VALUE_TEXT, .text = srv_arena_text(r->arena, text, len)};
    if (!out->text)
        return bad_value(r, "no memory");
    return within(r, *out);
}

static bool list_from_json(const struct reader *r, const json_t *json, struct srv_value *out)
{
    size_t n = json_array_size(json);
    if (!json_is_array(json) || n > SRV_FIELD_LIST_MAX)
        return bad_value(r, "must be a list of at most 4096 elements");
    struct srv_value *list = srv_arena_alloc(r->arena, n * sizeof *list + 1);
    if (!list)
        return bad_value(r, "no memory");
    for (size_t i = 0; i < n; i++) {
        const json_t *element = json_array_get(json, i);
        bool good = r->field->type == SRV_FIELD_LIST
                        ? whole_from_json(r, element, &list[i])
                        : (json_is_string(element) || bad_value(r, "must be a list of texts")) &&
                              text_from(r, json_string_value(element), json_string_length(element), &list[i]);
        if (!good)
            return false;
    }
    *out = (struct srv_value){.type = SRV_VALUE_LIST, .n = (uint32_t)n, .list = list};
    return true;
}

static bool from_json(const struct reader *r, const json_t *json, struct srv_value *out)
{
    switch (r->field->type) {
    case SRV_FIELD_UINT:
        return whole_from_json(r, json, out);
    case SRV_FIELD_REAL:
        *out = (struct srv_value){.type = SRV_VALUE_REAL, .real = json_number_value(json)};
        return json_is_number(json) ? within(r, *out) : bad_value(r, "must be a number");
    case SRV_FIELD_BOOL:
        *out = (struct srv_value){.type = SRV_VALUE_INT, .i = json_is_true(json)};
        return json_is_boolean(json) || bad_value(r, "must be true or false");
    case SRV_FIELD_TEXT:
        if (json_is_boolean(json)) /* peft: init_lora_weights is true or a text */
            return text_from(r, json_is_true(json) ? "true" : "false", json_is_true(json) ? 4 : 5, out);
        return json_is_string(json) ? text_from(r, json_string_value(json), json_string_length(json), out)
                                    : bad_value(r, "must be a text");
    default:
        return list_from_json(r, json, out);
    }
}

/* The text of an override: numbers, true, false, null, names, and lists as 1,2,3. */
static bool from_text(const struct reader *r, const char *text, struct srv_value *out)
{
    size_t len = strlen(text);
    enum srv_field_type type = r->field->type;
    if (type == SRV_FIELD_TEXT)
        return text_from(r, text, len, out);
    if (type == SRV_FIELD_LIST || type == SRV_FIELD_NAMES) {
        json_t *list = json_array();
        for (const char *at = text, *end = text + len; list && at < end;) {
            const char *comma = srv_args_comma(at, end);
            double value = 0;
            bool number = wi_decimal_parse(at, (size_t)(comma - at), &value);
            json_array_append_new(list, type == SRV_FIELD_LIST && number ? json_real(value)
                                                                         : json_stringn(at, (size_t)(comma - at)));
            at = comma + (comma < end);
        }
        bool good = list ? list_from_json(r, list, out) : bad_value(r, "no memory");
        json_decref(list);
        return good;
    }
    bool truth = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    double number = 0;
    if (type == SRV_FIELD_BOOL) {
        *out = (struct srv_value){.type = SRV_VALUE_INT, .i = truth};
        return truth || strcmp(text, "false") == 0 || strcmp(text, "0") == 0 || bad_value(r, "must be true or false");
    }
    if (!wi_decimal_parse(text, len, &number))
        return bad_value(r, "must be a number");
    json_t *json = json_real(number);
    bool good = json ? from_json(r, json, out) : bad_value(r, "no memory");
    json_decref(json);
    return good;
}

/* The default, checked like a value that was sent: it may be derived from such values. */
static bool fall_back(const struct reader *r, const struct srv_value *fields, const json_t *config,
                      struct srv_value *out)
{
    const struct srv_arch_field *f = r->field;
    const json_t *counted = f->count_of && config ? srv_model_json_at(config, f->count_of) : NULL;
    if (json_is_object(counted)) {
        *out = (struct srv_value){.type = SRV_VALUE_INT, .i = (int64_t)json_object_size(counted)};
        return within(r, *out);
    }
    if (!srv_expr_eval(&f->fallback, (struct srv_env){fields, NULL}, out, r->err))
        return false;
    if (out->type == SRV_VALUE_NULL && !f->nullable)
        return bad_value(r, "is needed");
    if (f->type == SRV_FIELD_REAL && out->type == SRV_VALUE_INT)
        *out = (struct srv_value){.type = SRV_VALUE_REAL, .real = (double)out->i};
    return within(r, *out);
}

static bool read_field(const struct reader *r, const struct srv_value *fields, const json_t *config,
                       const struct srv_setting *settings, unsigned n_settings, struct srv_value *out)
{
    const char *text = NULL;
    for (unsigned i = 0; i < n_settings; i++)
        if (strcmp(settings[i].name, r->field->name) == 0)
            text = settings[i].value;
    const json_t *json = config ? srv_model_json_at(config, r->field->name) : NULL;
    if (text && strcmp(text, "null") != 0)
        return from_text(r, text, out);
    if (!text && json && !json_is_null(json))
        return from_json(r, json, out);
    if (r->field->nullable && (text || json)) {
        *out = (struct srv_value){.type = SRV_VALUE_NULL};
        return true;
    }
    return fall_back(r, fields, config, out);
}

static bool known_settings(const struct srv_arch_field *fields, unsigned n_fields, const struct srv_setting *settings,
                           unsigned n_settings, struct wi_error *err)
{
    const char *names[SRV_ARCH_FIELDS_MAX + 1] = {0};
    for (unsigned i = 0; i < n_fields && i < SRV_ARCH_FIELDS_MAX; i++)
        names[i] = fields[i].name;
    for (unsigned s = 0; s < n_settings; s++) {
        unsigned i = 0;
        while (i < n_fields && strcmp(fields[i].name, settings[s].name) != 0)
            i++;
        if (i < n_fields)
            continue;
        wi_fail(err, WI_E_PARAM_UNKNOWN, settings[s].name, "the architecture has no field %q", settings[s].name);
        srv_near(err, settings[s].name, names, n_fields);
        return false;
    }
    return true;
}

bool srv_fields_read(struct srv_arena *arena, const struct srv_arch_field *fields, unsigned n_fields,
                     const json_t *config, const struct srv_setting *settings, unsigned n_settings,
                     struct srv_value *out, struct wi_error *err)
{
    if (!known_settings(fields, n_fields, settings, n_settings, err))
        return false;
    for (unsigned i = 0; i < n_fields; i++) {
        const struct reader r = {arena, &fields[i], err};
        if (!read_field(&r, out, config, settings, n_settings, &out[i]))
            return false;
    }
    return true;
}
