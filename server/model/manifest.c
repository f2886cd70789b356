/* see model.h: models of which only names, shapes and dtypes are given. */
#include <stdlib.h>
#include <string.h>

#include "model/guess.h"
#include "model/json_parts.h"
#include "model/model.h"

#define MANIFEST "the manifest"
#define VALUES 2000000        /* about nine a tensor: 220,000 tensors */
#define LONG_BYTES (1u << 20) /* a header of more is read in parts: all its values at once take ten times its length */

/* A tensor as the manifest has it. */
struct entry {
    const char *name;
    size_t len;
    const json_t *object; /* of a list: with scheme and parameters */
    struct srv_shape shape;
    enum srv_dtype dtype;
    uint64_t begin, end; /* of a safetensors header */
    bool has_offsets;
};

struct reader {
    struct srv_model *model;
    struct srv_guess guess;
    enum srv_dtype dtype; /* of float tensors; SRV_DTYPE_FLOAT: as given */
    uint64_t *spans;      /* begin and end of each tensor, for the check of overlaps */
    uint32_t n_spans;
    struct wi_error *err;
};

static bool fail(const struct reader *r, const struct entry *e, enum wi_status code, const char *what)
{
    wi_fail(r->err, code, e->name, "tensor %q: %s", e->name, what);
    return false;
}

/* ---- one tensor -------------------------------------------------------------------------------------------------- */

static bool read_shape(const struct reader *r, struct entry *e, const json_t *shape)
{
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > WI_RANK_MAX)
        return fail(r, e, WI_E_SHAPE, "\"shape\" must be a list of at most 8 whole numbers");
    e->shape.rank = (uint32_t)rank;
    for (size_t i = 0; i < rank; i++) {
        const json_t *dim = json_array_get(shape, i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return fail(r, e, WI_E_SHAPE, "a dimension must be a whole number of at least 0");
        e->shape.dim[i] = (uint64_t)json_integer_value(dim);
    }
    return true;
}

static bool read_dtype(const struct reader *r, struct entry *e, const json_t *dtype)
{
    static const struct {
        const char *name;
        enum srv_dtype dtype;
    } torch[] = {{"float32", SRV_DTYPE_F32}, {"float16", SRV_DTYPE_F16}, {"bfloat16", SRV_DTYPE_BF16},
                 {"float64", SRV_DTYPE_F64}, {"int64", SRV_DTYPE_I64},   {"int32", SRV_DTYPE_I32},
                 {"uint8", SRV_DTYPE_U8},    {"int8", SRV_DTYPE_I8},     {"bool", SRV_DTYPE_BOOL}};
    const char *text = json_string_value(dtype);
    if (text && srv_dtype_find(text, strlen(text), &e->dtype))
        return true;
    for (size_t i = 0; text && i < sizeof torch / sizeof *torch; i++)
        if (strcmp(text, torch[i].name) == 0) {
            e->dtype = torch[i].dtype;
            return true;
        }
    wi_fail(r->err, WI_E_PARAM_VALUE, e->name, "tensor %q: an unknown \"dtype\"", e->name);
    wi_error_allow(r->err,
                   "F32, F16, BF16, F64, F8_E4M3, F8_E5M2, F8_E8M0, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, C64");
    return false;
}

static bool number(const struct reader *r, const struct entry *e, const char *member, double *out)
{
    const json_t *value = json_object_get(e->object, member);
    if (!value)
        return true;
    *out = json_number_value(value);
    return json_is_number(value) || fail(r, e, WI_E_PARAM_VALUE, "a parameter must be a number");
}

/* "scheme" of a list's element; false in *given when there is none. */
static bool given_rule(const struct reader *r, const struct entry *e, struct srv_rule *out, bool *given)
{
    const json_t *scheme = e->object ? json_object_get(e->object, "scheme") : NULL;
    const char *name = json_string_value(scheme);
    *given = scheme != NULL;
    if (!scheme)
        return true;
    static const enum srv_rule_scheme known[] = {SRV_RULE_NORMAL,   SRV_RULE_UNIFORM, SRV_RULE_TRUNC_NORMAL,
                                                 SRV_RULE_ZEROS,    SRV_RULE_ONES,    SRV_RULE_CONSTANT,
                                                 SRV_RULE_POSITIONS};
    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, srv_rule_name(known[i])) != 0)
            continue;
        *out = (struct srv_rule){.scheme = known[i], .zero_row = SRV_NO_ROW};
        switch (known[i]) {
        case SRV_RULE_NORMAL:
            out->p[1] = r->guess.std;
            return number(r, e, "mean", &out->p[0]) && number(r, e, "std", &out->p[1]) &&
                   (out->p[1] >= 0 || fail(r, e, WI_E_PARAM_VALUE, "\"std\" must not be negative"));
        case SRV_RULE_TRUNC_NORMAL:
            out->p[1] = r->guess.std;
            out->p[2] = -2;
            out->p[3] = 2;
            return number(r, e, "mean", &out->p[0]) && number(r, e, "std", &out->p[1]) &&
                   number(r, e, "low", &out->p[2]) && number(r, e, "high", &out->p[3]) &&
                   ((out->p[1] >= 0 && out->p[2] < out->p[3]) ||
                    fail(r, e, WI_E_PARAM_VALUE, "\"std\" must not be negative, and \"low\" below \"high\""));
        case SRV_RULE_UNIFORM:
            out->p[1] = 1;
            return number(r, e, "low", &out->p[0]) && number(r, e, "high", &out->p[1]) &&
                   (out->p[0] <= out->p[1] || fail(r, e, WI_E_PARAM_VALUE, "\"low\" must not be above \"high\""));
        default:
            return number(r, e, "value", &out->p[0]);
        }
    }
    fail(r, e, WI_E_PARAM_VALUE, "an unknown \"scheme\"");
    wi_error_allow(r->err, "normal, uniform, trunc_normal, zeros, ones, constant, positions");
    return false;
}

static bool check_offsets(struct reader *r, const struct entry *e, uint32_t shape)
{
    if (!e->has_offsets)
        return true;
    uint64_t bytes = r->model->table.shape[shape].n_elems * srv_dtype_bytes(e->dtype);
    r->spans[2 * r->n_spans] = e->begin;
    r->spans[2 * r->n_spans++ + 1] = e->end;
    return (e->begin <= e->end && e->end - e->begin == bytes) ||
           fail(r, e, WI_E_PARAM_CONFLICT, "\"data_offsets\" are not as far apart as its shape and dtype say");
}

static bool add(struct reader *r, struct entry *e)
{
    struct srv_table *t = &r->model->table;
    struct srv_file_row row = {.group = SRV_NEW_GROUP};
    struct srv_state_row state = {.tie = SRV_NO_TIE, .saved = true};
    struct srv_rule rule;
    bool given;
    if (!srv_table_shape(t, &e->shape, e->name, &row.shape, r->err) || !check_offsets(r, e, row.shape) ||
        !given_rule(r, e, &rule, &given))
        return false;
    bool plain_float = srv_dtype_is_float(e->dtype) && srv_dtype_bytes(e->dtype) > 1;
    if (r->dtype != SRV_DTYPE_FLOAT && plain_float)
        e->dtype = r->dtype;
    state.dtype = row.dtype = (uint16_t)e->dtype;
    if (!given)
        rule = srv_guess_rule(&r->guess, e->name, e->len, &e->shape, e->dtype);
    if (!srv_table_rule(t, &rule, &row.rule, r->err))
        return false;
    state.shape = row.shape;
    state.rule = row.rule;
    state.buffer = !srv_dtype_is_float(e->dtype);
    return srv_table_add_state(t, e->name, e->len, state, r->err) &&
           srv_table_add_file(t, e->name, e->len, row, r->err);
}

/* ---- the three forms --------------------------------------------------------------------------------------------- */

static bool read_header_entry(struct reader *r, const char *name, const json_t *object)
{
    struct entry e = {.name = name, .len = strlen(name)};
    const json_t *offsets = json_object_get(object, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    e.has_offsets = offsets != NULL;
    e.begin = (uint64_t)json_integer_value(begin);
    e.end = (uint64_t)json_integer_value(end);
    bool bad = offsets && (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
                           json_integer_value(begin) < 0 || json_integer_value(end) < 0);
    if (bad)
        return fail(r, &e, WI_E_PARAM_VALUE, "\"data_offsets\" must be two whole numbers");
    return read_shape(r, &e, json_object_get(object, "shape")) && read_dtype(r, &e, json_object_get(object, "dtype")) &&
           add(r, &e);
}

static int by_begin(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

/* Tensors of a file must lie end to end. */
static bool check_spans(struct reader *r)
{
    uint64_t end = 0;
    qsort(r->spans, r->n_spans, 2 * sizeof *r->spans, by_begin);
    for (uint32_t i = 0; i < r->n_spans; i++) {
        if (r->spans[2 * i] != end) {
            wi_fail(r->err, WI_E_PARAM_CONFLICT, "data_offsets",
                    r->spans[2 * i] < end ? "two tensors overlap at byte %u" : "no tensor holds byte %u",
                    r->spans[2 * i] < end ? r->spans[2 * i] : end);
            return false;
        }
        end = r->spans[2 * i + 1];
    }
    return true;
}

static void guess_names(struct reader *r, const json_t *header)
{
    const char *name;
    json_t *object;
    json_object_foreach((json_t *)header, name, object) srv_guess_name(&r->guess, name, strlen(name));
}

static bool read_entries(struct reader *r, const json_t *header)
{
    const char *name;
    json_t *object;
    json_object_foreach((json_t *)header, name, object)
    {
        if (strcmp(name, "__metadata__") != 0 && !read_header_entry(r, name, object))
            return false;
    }
    return true;
}

static bool make_spans(struct reader *r, size_t n)
{
    r->spans = calloc(n + 1, 2 * sizeof *r->spans);
    if (!r->spans)
        wi_fail(r->err, WI_E_TOO_LARGE, "", "no memory");
    return r->spans;
}

static bool read_header(struct reader *r, const json_t *document)
{
    guess_names(r, document);
    return make_spans(r, json_object_size(document)) && read_entries(r, document) && check_spans(r);
}

/* The names of a long header, part by part. False: it is another form, or faulty, which reading it whole tells. */
static bool guess_parts(struct reader *r, const char *text, size_t len, size_t *n)
{
    struct srv_json_parts parts = srv_json_parts_of(text, len);
    unsigned metadata = 0;
    bool header = true;
    for (json_t *part; header && (part = srv_json_parts_next(&parts)); json_decref(part)) {
        guess_names(r, part);
        metadata += json_object_get(part, "__metadata__") != NULL;
        header = !json_object_get(part, "weight_map") && metadata < 2;
        *n += json_object_size(part);
    }
    srv_json_parts_free(&parts);
    return header && parts.good;
}

static bool read_parts(struct reader *r, const char *text, size_t len)
{
    size_t n = 0;
    if (!guess_parts(r, text, len, &n) || !make_spans(r, n))
        return false;
    struct srv_json_parts parts = srv_json_parts_of(text, len);
    bool good = true;
    for (json_t *part; good && (part = srv_json_parts_next(&parts)); json_decref(part))
        good = read_entries(r, part);
    srv_json_parts_free(&parts);
    return good && parts.good && check_spans(r);
}

/* {"weight_map": {name: file}, "shapes": {name: [..]}, "dtypes": {name: ".."}}; "dtypes" may be missing: F32. */
static bool read_index(struct reader *r, const json_t *document)
{
    const json_t *map = json_object_get(document, "weight_map"), *shapes = json_object_get(document, "shapes");
    const json_t *dtypes = json_object_get(document, "dtypes");
    const char *name;
    json_t *file;
    if (!json_is_object(shapes)) {
        wi_fail(r->err, WI_E_PARAM_MISSING, "shapes",
                "an index alone has no shapes: add \"shapes\": {name: [..]} and perhaps \"dtypes\": {name: \"BF16\"}");
        return false;
    }
    json_object_foreach((json_t *)map, name, file) srv_guess_name(&r->guess, name, strlen(name));
    json_object_foreach((json_t *)map, name, file)
    {
        struct entry e = {.name = name, .len = strlen(name), .dtype = SRV_DTYPE_F32};
        const json_t *dtype = dtypes ? json_object_get(dtypes, name) : NULL;
        if (!read_shape(r, &e, json_object_get(shapes, name)) || (dtype && !read_dtype(r, &e, dtype)) || !add(r, &e))
            return false;
    }
    return true;
}

static bool read_list(struct reader *r, const json_t *document)
{
    size_t n = json_array_size(document);
    for (size_t i = 0; i < n; i++) {
        const json_t *name = json_object_get(json_array_get(document, i), "name");
        if (json_is_string(name))
            srv_guess_name(&r->guess, json_string_value(name), json_string_length(name));
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *object = json_array_get(document, i), *name = json_object_get(object, "name");
        const json_t *dtype = json_object_get(object, "dtype");
        struct entry e = {.name = json_string_value(name), .object = object, .dtype = SRV_DTYPE_F32};
        if (!e.name) {
            wi_fail(r->err, WI_E_PARAM_MISSING, "name", "element %u of the list needs \"name\", a text", (uint64_t)i);
            return false;
        }
        e.len = json_string_length(name);
        if (!read_shape(r, &e, json_object_get(object, "shape")) || (dtype && !read_dtype(r, &e, dtype)) || !add(r, &e))
            return false;
    }
    return true;
}

/* The JSON of a safetensors file's beginning: behind 8 bytes of its length, if they are there. */
static bool skip_length(const char **text, size_t *len, struct wi_error *err)
{
    uint64_t length = 0;
    if (*len < 9 || (*text)[8] != '{' || (*text)[0] == '{' || (*text)[0] == '[')
        return true;
    for (unsigned i = 0; i < 8; i++)
        length |= (uint64_t)(unsigned char)(*text)[i] << (8 * i);
    if (length > *len - 8) {
        wi_fail(err, WI_E_PARAM_VALUE, "", "the header says it has %u bytes, more than were sent", length);
        return false;
    }
    *text += 8;
    *len = length;
    return true;
}

static bool read_document(struct reader *r, const json_t *document)
{
    if (json_is_array(document))
        return read_list(r, document);
    if (!json_is_object(document)) {
        wi_fail(r->err, WI_E_PARAM_VALUE, "", "a manifest is an object or a list");
        return false;
    }
    if (json_object_get(document, "weight_map"))
        return read_index(r, document);
    return read_header(r, document);
}

/* The table by a way of reading; NULL with an error. */
static struct srv_model *make(const char *text, size_t len, const json_t *config, enum srv_dtype dtype,
                              bool (*read)(struct reader *, const char *, size_t), struct wi_error *err)
{
    struct srv_model *m = calloc(1, sizeof *m);
    struct reader r = {.model = m, .guess = srv_guess_begin(config), .dtype = dtype, .err = err};
    const bool good = m && read(&r, text, len) && srv_table_finish(&m->table, err);
    free(r.spans);
    if (good) {
        m->dtype = dtype;
        return m;
    }
    wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    srv_model_free(m);
    return NULL;
}

static bool read_whole(struct reader *r, const char *text, size_t len)
{
    json_t *document = srv_model_json(text, len, MANIFEST, SRV_MODEL_BYTES, VALUES, r->err);
    const bool good = document && read_document(r, document);
    json_decref(document);
    return good;
}

struct srv_model *srv_model_manifest(const char *text, size_t len, const json_t *config, enum srv_dtype dtype,
                                     struct wi_error *err)
{
    struct wi_error unsaid = {0};
    struct srv_model *m = NULL;
    if (!skip_length(&text, &len, err) || !srv_model_json_fits(text, len, MANIFEST, SRV_MODEL_BYTES, VALUES, err))
        return NULL;
    if (len > LONG_BYTES)
        m = make(text, len, config, dtype, read_parts, &unsaid);
    return m ? m : make(text, len, config, dtype, read_whole, err);
}
