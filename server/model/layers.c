/* see model.h: a stack of torch's modules, written as text, becomes an architecture of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/builtin.h"
#include "model/model.h"
#include "model/near.h"

#define LAYERS_MAX 1000
#define LAYER_BYTES 200
#define TEXT_MAX (LAYERS_MAX * (LAYER_BYTES + 48) + 256)

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

static bool is_argument(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '=' ||
           c == '.' || c == ',';
}

/* ---- what layers hand on ----------------------------------------------------------------------------------------- */

/* The last layer that says how wide its output is, and over which shapes: "" of features, "2d" of channels. */
struct chain {
    const char *over; /* NULL: not known any more */
    uint64_t width;
    unsigned layer;
};

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

/* The first two arguments, if they are plain numbers. */
static bool widths(const char *args, size_t len, uint64_t out[2])
{
    const char *end = args + len;
    for (int i = 0; i < 2; i++) {
        const char *comma = memchr(args, ',', (size_t)(end - args));
        size_t n = (size_t)((comma ? comma : end) - args);
        if (!wi_decimal_parse_u64(args, n, &out[i]) || (i == 0 && !comma))
            return false;
        args += n + 1;
    }
    return true;
}

/* Does the layer take what the one before it gives, as far as both say? False with an error. */
static bool chains(struct chain *chain, unsigned index, const char *kind, const json_t *items, const char *args,
                   size_t args_len, struct wi_error *err)
{
    const size_t len = strcspn(kind, "(");
    const char *over = shapes_over(kind, len);
    uint64_t width[2];
    if (!over) {
        chain->over = keeps_width(kind, len, items) ? chain->over : NULL;
        return true;
    }
    if (!widths(args, args_len, width)) {
        chain->over = NULL;
        return true;
    }
    bool same = chain->over && *over == *chain->over;
    if (same && width[0] != chain->width) {
        wi_fail(err, WI_E_PARAM_VALUE, "layers", "layer %u takes %u, but layer %u gives %u", (uint64_t)index, width[0],
                (uint64_t)chain->layer, chain->width);
        return false;
    }
    *chain = (struct chain){over, width[1], index};
    return true;
}

/* ---- the stack as an architecture -------------------------------------------------------------------------------- */

/* One layer as an item: {"name": "3", "is": "Linear(784, 256)"}. 0: the layer is bad. */
static size_t item(const json_t *kinds, unsigned index, const char *text, size_t len, char *out, size_t room,
                   struct chain *chain, struct wi_error *err)
{
    const char *colon = memchr(text, ':', len);
    size_t name_len = colon ? (size_t)(colon - text) : len, args = colon ? len - name_len - 1 : 0;
    const char *kind = len <= LAYER_BYTES ? find_module(kinds, text, name_len) : NULL;
    bool good = kind != NULL;
    for (size_t i = 0; i < args && good; i++)
        good = is_argument(colon[1 + i]);
    if (!good) {
        char shown[65] = "";
        memcpy(shown, text, len < 64 ? len : 64);
        wi_fail(err, WI_E_PARAM_VALUE, "layers",
                kind ? "layer %u, %q: arguments are numbers, and name=number"
                     : "layer %u, %q: torch has no such module, or it is not known here",
                (uint64_t)index, shown);
        wi_error_allow(err,
                       "linear:in,out; conv2d:in,out,kernel; embedding:rows,width; batchnorm2d:n; layernorm:n; "
                       "lstm:in,hidden; gru:in,hidden; multihead_attention:width,heads; "
                       "transformer_encoder_layer:width,heads; relu; gelu; tanh; flatten; dropout; maxpool2d:k; ...");
        if (!kind)
            suggest_module(kinds, text, name_len, err);
        return 0;
    }
    if (!chains(chain, index, kind, json_object_get(kinds, kind), colon ? colon + 1 : "", args, err))
        return 0;
    int n = snprintf(out, room, "%s{\"name\": \"%u\", \"is\": \"%.*s(%.*s)\"}", index ? ",\n" : "", index,
                     (int)strcspn(kind, "("), kind, (int)args, colon ? colon + 1 : "");
    if (args == 0) /* "Name()" is not of the form: no parentheses without arguments */
        n = snprintf(out, room, "%s{\"name\": \"%u\", \"is\": \"%.*s\"}", index ? ",\n" : "", index,
                     (int)strcspn(kind, "("), kind);
    return (size_t)n;
}

/* The stack as the text of an architecture file. 0: an error. */
static size_t as_file(const json_t *kinds, const char *text, size_t len, char *out, struct wi_error *err)
{
    size_t used = (size_t)snprintf(out, TEXT_MAX, "{\"arch\": \"layers\", \"items\": [");
    struct chain chain = {0};
    unsigned n = 0;
    for (const char *at = text, *end = text + len; at <= end; n++) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        size_t length = (size_t)((semicolon ? semicolon : end) - at);
        if (n == LAYERS_MAX) {
            wi_fail(err, WI_E_TOO_LARGE, "layers", "more than %u layers", (uint64_t)LAYERS_MAX);
            return 0;
        }
        size_t more = item(kinds, n, at, length, out + used, TEXT_MAX - used, &chain, err);
        if (!more)
            return 0;
        used += more;
        at += length + 1;
    }
    return used + (size_t)snprintf(out + used, TEXT_MAX - used, "]}");
}

/* "layers, items[3].is: what" becomes "layer 3: what". */
static void name_layer(const struct wi_error *part, struct wi_error *err)
{
    const char *index = strstr(part->text, "items["), *what = strstr(part->text, ": ");
    if (index && what)
        wi_fail(err, part->code, "layers", "layer %u: %s", (uint64_t)strtoul(index + 6, NULL, 10), what + 2);
    else
        wi_fail(err, part->code, "layers", "%s", part->text);
    wi_error_allow(err, part->allowed);
}

/* The stack's rows, and what init= calls on them. */
static bool build_stack(struct srv_model *m, const char *init, size_t init_len, struct wi_error *err)
{
    struct srv_log log = {0};
    bool good = srv_build_fill(&m->arena, m->arch, NULL, NULL, 0, &m->filled, err) &&
                srv_build(&m->table, &m->filled, NULL, m->dtype, &log, err) &&
                srv_calls_make(&m->calls, init, init_len, &m->table, &log, err);
    free(log.event);
    return good;
}

static bool build(struct srv_model *m, const char *text, size_t len, const char *init, size_t init_len,
                  struct wi_error *err)
{
    const struct srv_builtin *torch = srv_builtin_find("torch");
    size_t torch_len = (size_t)(torch->end - torch->text);
    json_t *kinds = srv_model_json(torch->text, torch_len, "torch.json", torch_len, 100000, err);
    char *file = malloc(TEXT_MAX);
    struct wi_error part = {0};
    size_t used = kinds && file ? as_file(kinds, text, len, file, err) : 0;
    if (used && !(m->own_arch = srv_arch_load("layers", file, used, torch->text, torch_len, &part)))
        name_layer(&part, err);
    free(file);
    json_decref(kinds);
    m->arch = m->own_arch;
    return m->arch && build_stack(m, init, init_len, err);
}

struct srv_model *srv_model_layers(const char *text, size_t len, enum srv_dtype dtype, struct wi_error *err)
{
    return srv_model_stack(text, len, NULL, 0, dtype, err);
}

struct srv_model *srv_model_stack(const char *text, size_t len, const char *init, size_t init_len, enum srv_dtype dtype,
                                  struct wi_error *err)
{
    struct srv_model *m = calloc(1, sizeof *m);
    if (m) {
        m->dtype = dtype;
        if (build(m, text, len, init, init_len, err))
            return m;
    }
    wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    srv_model_free(m);
    return NULL;
}
