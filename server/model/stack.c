/* see stack.h */
#include "model/stack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/args.h"
#include "model/build.h"
#include "model/near.h"

/* ---- modules ------------------------------------------------------------------------------------------------------ */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool srv_same_module(const char *text, size_t len, const char *kind)
{
    size_t i = 0;
    for (; *kind && *kind != '('; kind++, i++) {
        while (i < len && text[i] == '_')
            i++;
        if (i == len || lower(text[i]) != lower(*kind))
            return false;
    }
    return i == len;
}

/* torch's name of a module: of the kind's signature in torch.json. NULL: there is none. */
static const char *find_module(const json_t *kinds, const char *text, size_t len)
{
    const char *signature;
    json_t *items;
    json_object_foreach((json_t *)kinds, signature, items)
    {
        if (srv_same_module(text, len, signature))
            return signature;
    }
    return NULL;
}

/* Modules of torch that are not made, and why. */
static const char *refused_because(const char *text, size_t len)
{
    static const struct {
        const char *begins, *why;
    } rows[] = {
        {"lazy", "a lazy module has no shape until data passes through it"},
        {"weightnorm", "the norms of rows are sums in an order of torch's own"},
        {"spectralnorm", "it iterates on the matrix in an order of torch's own"},
        {"orthogonal", "a decomposition in an order of LAPACK's own"},
        {"parameter", "a Parameter is sent, as {\"name\", \"parameter\": shape, \"from\": \"randn\"}"},
    };
    char plain[24] = "";
    for (size_t i = 0, n = 0; i < len && n + 1 < sizeof plain; i++)
        if (text[i] != '_')
            plain[n++] = lower(text[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strncmp(plain, rows[i].begins, strlen(rows[i].begins)) == 0)
            return rows[i].why;
    return NULL;
}

/* The module whose name is near what was written, in small letters. */
static void suggest_module(const json_t *kinds, const char *text, size_t len, struct wi_error *err)
{
    enum { NAMES = 128, LONGEST = 32 };
    char room[NAMES][LONGEST], written[LONGEST] = "";
    const char *names[NAMES], *signature;
    unsigned n = 0;
    json_t *items;
    json_object_foreach((json_t *)kinds, signature, items)
    {
        size_t own = strcspn(signature, "(");
        if (n == NAMES || own >= LONGEST)
            continue;
        for (size_t i = 0; i <= own; i++)
            room[n][i] = i < own ? lower(signature[i]) : 0;
        names[n] = room[n];
        n++;
    }
    for (size_t i = 0; i < len && i + 1 < LONGEST; i++)
        written[i] = lower(text[i]);
    srv_near(err, written, names, n);
}

/* ---- what layers hand on ----------------------------------------------------------------------------------------- */

/* "Linear" is "", "Conv2d" and "ConvTranspose2d" are "2d"; NULL: other modules. */
static const char *shapes_over(const char *kind, size_t len)
{
    if (len == 6 && memcmp(kind, "Linear", 6) == 0)
        return "";
    return len >= 6 && memcmp(kind, "Conv", 4) == 0 && kind[len - 1] == 'd' ? kind + len - 2 : NULL;
}

/* Does the module leave the width as it is? Activations and dropouts have no tensors; norms have one of that width. */
static bool keeps_width(const char *kind, size_t len, const json_t *items)
{
    static const char *const changing[] = {"Flatten", "Unflatten"}, *const norms[] = {"Norm", "PReLU"};
    bool changes = false, norm = false;
    for (size_t i = 0; i < 2; i++) {
        changes |= strlen(changing[i]) == len && memcmp(kind, changing[i], len) == 0;
        norm |= memmem(kind, len, norms[i], strlen(norms[i])) != NULL;
    }
    return !changes && (norm || json_array_size(items) == 0);
}

/* Which of the two widths an argument is: 0, 1, or 2 for neither. */
static unsigned width_named(const char *key, size_t len)
{
    static const char *const names[2][3] = {{"in", "in_features", "in_channels"},
                                            {"out", "out_features", "out_channels"}};
    for (unsigned i = 0; i < 6; i++)
        if (strlen(names[i / 3][i % 3]) == len && memcmp(names[i / 3][i % 3], key, len) == 0)
            return i / 3;
    return 2;
}

/* The first two arguments, if they are plain numbers. */
static bool widths(const char *args, size_t len, uint64_t out[2])
{
    const char *end = args + len;
    unsigned found = 0;
    for (unsigned i = 0; args < end; i++) {
        const char *comma = srv_args_comma(args, end), *equals = memchr(args, '=', (size_t)(comma - args));
        const unsigned which = equals ? width_named(args, (size_t)(equals - args)) : i;
        const char *value = equals ? equals + 1 : args;
        if (which < 2 && wi_decimal_parse_u64(value, (size_t)(comma - value), &out[which]))
            found |= 1u << which;
        for (args = comma; args < end && (*args == ',' || *args == ' ');)
            args++;
    }
    return found == 3;
}

/* Does the layer take what the one before it gives, as far as both say? False with an error. */
static bool chains(struct srv_stack *s, const char *place, const char *kind, const json_t *items, const char *args,
                   size_t args_len)
{
    const size_t len = strcspn(kind, "(");
    const char *over = shapes_over(kind, len);
    struct srv_chain *chain = &s->chain;
    uint64_t width[2];
    if (!over || !widths(args, args_len, width)) {
        chain->over = !over && keeps_width(kind, len, items) ? chain->over : NULL;
        return true;
    }
    bool same = chain->over && *over == *chain->over;
    if (same && width[0] != chain->width) {
        wi_fail(s->err, WI_E_PARAM_VALUE, "layers", "layer %s takes %u, but layer %s gives %u", place, width[0],
                chain->place, chain->width);
        return false;
    }
    *chain = (struct srv_chain){.over = over, .width = width[1]};
    snprintf(chain->place, sizeof chain->place, "%s", place);
    return true;
}

/* ---- arguments ---------------------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool in_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* "3x5": a number for each side. */
static bool is_sides(const char *text, size_t len)
{
    bool sides = false;
    for (size_t i = 0; i < len; i++) {
        bool cross = text[i] == 'x' && i > 0 && i + 1 < len && is_digit(text[i - 1]) && is_digit(text[i + 1]);
        if (!cross && !is_digit(text[i]))
            return false;
        sides |= cross;
    }
    return sides;
}

static bool is_word(const char *text, size_t len)
{
    static const char *const values[] = {"true", "false", "null", "True", "False", "None"};
    bool word = len > 0 && !is_digit(text[0]);
    for (size_t i = 0; i < len; i++)
        word = word && in_word(text[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        word = word && !(strlen(values[i]) == len && memcmp(values[i], text, len) == 0);
    return word;
}

/* A number, or a list of them: what an expression can be made of without names. */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]) && !memchr("[],.-+e ", text[i], 9))
            return false;
    return len > 0;
}

/* The value of an argument, as expressions write it. */
static bool add_value(struct srv_stack *s, const char *text, size_t len)
{
    static const struct {
        const char *python, *ours;
    } same[] = {{"True", "true"}, {"False", "false"}, {"None", "null"},
                {"true", "true"}, {"false", "false"}, {"null", "null"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (strlen(same[i].python) == len && memcmp(same[i].python, text, len) == 0)
            return srv_stack_add(s, "%s", same[i].ours);
    if (is_word(text, len))
        return srv_stack_add(s, "'%.*s'", (int)len, text);
    if (!is_sides(text, len))
        return is_plain(text, len) && srv_stack_add(s, "%.*s", (int)len, text);
    bool good = srv_stack_add(s, "[");
    for (size_t i = 0; i < len && good; i++)
        good = srv_stack_add(s, "%c", text[i] == 'x' ? ',' : text[i]);
    return good && srv_stack_add(s, "]");
}

/* "784,bias=false" as the arguments of a kind; false: something in it is no argument. */
static bool add_arguments(struct srv_stack *s, const char *text, size_t len)
{
    const char *end = text + len;
    for (const char *at = text; at < end;) {
        const char *comma = srv_args_comma(at, end), *value = at;
        while (value < comma && in_word(*value))
            value++;
        bool named = value > at && value < comma && *value == '=';
        if (named && !srv_stack_add(s, "%.*s=", (int)(value - at), at))
            return false;
        at = named ? value + 1 : at;
        if (!add_value(s, at, (size_t)(comma - at)) || (comma < end && !srv_stack_add(s, ", ")))
            return false;
        at = comma + 1;
        if (at == end)
            return false; /* a comma with nothing behind it */
    }
    return true;
}

/* ---- the text ----------------------------------------------------------------------------------------------------- */

bool srv_stack_add(struct srv_stack *s, const char *format, ...)
{
    va_list args;
    for (;;) {
        va_start(args, format);
        int n = vsnprintf(s->text ? s->text + s->len : NULL, s->room - s->len, format, args);
        va_end(args);
        if (n >= 0 && (size_t)n < s->room - s->len) {
            s->len += (size_t)n;
            return true;
        }
        size_t room = 2 * s->room + 4096;
        char *grown = n >= 0 ? realloc(s->text, room) : NULL;
        if (!grown) {
            wi_fail(s->err, WI_E_TOO_LARGE, "", "no memory");
            return false;
        }
        s->text = grown;
        s->room = room;
    }
}

bool srv_stack_fail(struct srv_stack *s, const char *place, const char *shown, size_t len, const char *why)
{
    char text[65] = "";
    memcpy(text, shown, len < 64 ? len : 64);
    wi_fail(s->err, WI_E_PARAM_VALUE, "layers", "layer %s, %q: %s", place, text, why);
    wi_error_allow(s->err,
                   "linear:in,out; conv2d:in,out,kernel; embedding:rows,width; batchnorm2d:n; layernorm:n; "
                   "lstm:in,hidden; gru:in,hidden; multihead_attention:width,heads; "
                   "transformer_encoder_layer:width,heads; relu; gelu; tanh; flatten; dropout; maxpool2d:k; ...");
    return false;
}

bool srv_stack_too_many(struct srv_stack *s)
{
    wi_fail(s->err, WI_E_TOO_LARGE, "layers", "more than %u layers", (uint64_t)SRV_LAYERS_MAX);
    return false;
}

bool srv_stack_module(struct srv_stack *s, const char *place, const char *name, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t name_len = colon ? (size_t)(colon - text) : len, args = colon ? len - name_len - 1 : 0;
    const char *kind = find_module(s->kinds, text, name_len);
    if (++s->n > SRV_LAYERS_MAX)
        return srv_stack_too_many(s);
    if (len > SRV_LAYER_BYTES)
        return srv_stack_fail(s, place, text, len, "longer than 400 characters");
    if (!kind) {
        const char *why = refused_because(text, name_len);
        srv_stack_fail(s, place, text, len, why ? why : "torch has no such module, or it is not known here");
        suggest_module(s->kinds, text, name_len, s->err);
        return false;
    }
    if (!srv_stack_add(s, "{\"name\": \"%s\", \"is\": \"%.*s%s", name, (int)strcspn(kind, "("), kind, args ? "(" : ""))
        return false;
    size_t from = s->len;
    if (!add_arguments(s, colon ? colon + 1 : "", args))
        return s->err->code == WI_OK &&
               srv_stack_fail(s, place, text, len,
                              "arguments are numbers, true, false, null, sides as 3x5, and name=value");
    return chains(s, place, kind, json_object_get(s->kinds, kind), s->text + from, s->len - from) &&
           srv_stack_add(s, "%s\"", args ? ")" : "");
}
