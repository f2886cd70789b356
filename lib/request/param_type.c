/* The types of parameters: how a value is read, written, and told of. See param.h. */
#include <string.h>

#include "base/names.h"
#include "request/param.h"
#include "request/past.h"
#include "request/seed.h"
#include "request/shape.h"
#include "request/utf8.h"

struct reading {
    struct wi_request *req;
    enum wi_param p;
    const char *value;
    size_t len;
    struct wi_error *err;
};

/* Other spellings of choices that people bring along from their framework. */
static const struct {
    enum wi_param p;
    const char *alias, *name;
    /* clang-format off */
} spellings[] = {
    /* clang-format on */
    {WI_P_DTYPE, "float32", "f32"},
    {WI_P_DTYPE, "FP32", "f32"},
    {WI_P_DTYPE, "F32", "f32"},
    {WI_P_DTYPE, "float", "f32"},
    {WI_P_DTYPE, "float64", "f64"},
    {WI_P_DTYPE, "FP64", "f64"},
    {WI_P_DTYPE, "F64", "f64"},
    {WI_P_DTYPE, "double", "f64"},
    {WI_P_DTYPE, "float16", "f16"},
    {WI_P_DTYPE, "FP16", "f16"},
    {WI_P_DTYPE, "F16", "f16"},
    {WI_P_DTYPE, "half", "f16"},
    {WI_P_DTYPE, "bfloat16", "bf16"},
    {WI_P_DTYPE, "BF16", "bf16"},
    {WI_P_DTYPE, "float8_e4m3fn", "f8_e4m3"},
    {WI_P_DTYPE, "F8_E4M3", "f8_e4m3"},
    {WI_P_DTYPE, "FP8_E4M3", "f8_e4m3"},
    {WI_P_DTYPE, "float8_e5m2", "f8_e5m2"},
    {WI_P_DTYPE, "F8_E5M2", "f8_e5m2"},
    {WI_P_DTYPE, "FP8_E5M2", "f8_e5m2"},
    {WI_P_LAYOUT, "hwio", "io"},
    {WI_P_LAYOUT, "oihw", "oi"},
    {WI_P_TRUNCATED, "false", "0"},
    {WI_P_TRUNCATED, "False", "0"},
    {WI_P_TRUNCATED, "true", "1"},
    {WI_P_TRUNCATED, "True", "1"},
    {WI_P_FLAT, "false", "0"},
    {WI_P_FLAT, "False", "0"},
    {WI_P_FLAT, "true", "1"},
    {WI_P_FLAT, "True", "1"},
    {WI_P_DISTRIBUTION, "untruncated_normal", "normal"},
};

static enum wi_status fail(const struct reading *r, const char *what)
{
    const char *param = wi_param_row(r->p)->name;
    if (r->len == 0)
        return wi_fail(r->err, WI_E_PARAM_VALUE, param, "%s= is empty: %s", param, what);
    return wi_fail(r->err, WI_E_PARAM_VALUE, param, "%s='%q': %s", param, r->value, what);
}

/* The dtype without the module that defines it: torch.float32. NumPy's float is 64 bits wide, so np.float is none of
 * ours. */
static const char *without_module(const char *name)
{
    static const char *const modules[] = {"torch.", "numpy.", "np.", "jax.numpy.", "jnp.", "tf.", "ml_dtypes."};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        size_t n = strlen(modules[i]);
        if (strncmp(name, modules[i], n) == 0 && (i == 0 || strcmp(name + n, "float") != 0))
            return name + n;
    }
    return name;
}

static enum wi_status read_choice(const struct reading *r)
{
    const struct wi_param_row *row = wi_param_row(r->p);
    const char *name = r->p == WI_P_DTYPE ? without_module(r->value) : r->value, *candidate;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (spellings[i].p == r->p && strcmp(spellings[i].alias, name) == 0)
            name = spellings[i].name;
    if (r->p == WI_P_NONLINEARITY) {
        const struct wi_nonlinearity *n = wi_nonlinearity_find(name, strlen(name));
        if (n && !n->gain)
            return fail(
                r, "torch.nn.init.calculate_gain defines no gain for it; schemes with gain= take a number instead");
        r->req->torch_name = n && (strcmp(name, n->name) == 0 || wi_named("", n->torch_names, name, strlen(name)));
        if (n)
            name = n->name;
    }
    for (unsigned i = 0; (candidate = row->choice(i)); i++)
        if (strcmp(candidate, name) == 0) {
            r->req->value[r->p].choice = i;
            return WI_OK;
        }
    if (r->len)
        wi_error_near(r->err, wi_nearest(r->value, r->len, row->choice));
    return fail(r, "no such choice");
}

static enum wi_status read_uint(const struct reading *r)
{
    uint64_t v;
    if (!wi_decimal_parse_u64(r->value, r->len, &v)) {
        if (r->p == WI_P_SEED && wi_seed_read(r->value, r->len, &r->req->seed, &r->req->value[r->p].uint))
            return WI_OK;
        return fail(r, "not an unsigned 64-bit integer");
    }
    if (v < wi_param_row(r->p)->uint_min || v > wi_param_row(r->p)->uint_max)
        return fail(r, "out of range");
    r->req->value[r->p].uint = v;
    return WI_OK;
}

static enum wi_status read_real(const struct reading *r)
{
    const struct wi_param_row *row = wi_param_row(r->p);
    double v;
    if (!wi_decimal_parse(r->value, r->len, &v))
        return fail(r, "not a finite decimal number");
    /* Bounds that only rows of like= may pass are held by the plan, which knows the row. */
    if (v > (row->open_min ? row->like_max : row->max) || v < (row->open_min ? row->like_min : row->min))
        return fail(r, "out of range");
    /* -0 and 0 give the same numbers, so they are one request; value= is the exception: it is the number itself. */
    r->req->value[r->p].real = v == 0 && r->p != WI_P_VALUE ? 0.0 : v;
    return WI_OK;
}

static char *name_field(struct wi_request *req, enum wi_param p, size_t *cap)
{
    *cap = p == WI_P_SCHEME ? sizeof req->scheme : WI_NAME_MAX + 1;
    return p == WI_P_SCHEME ? req->scheme : p == WI_P_STREAM ? req->stream : req->name;
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] > 0x7f)
            return false;
    return true;
}

static enum wi_status read_name(const struct reading *r)
{
    size_t cap;
    char *field = name_field(r->req, r->p, &cap);
    if (r->len == 0 && r->p != WI_P_STREAM)
        return fail(r, "a name is needed");
    if (r->p == WI_P_SCHEME && !is_ascii(r->value, r->len))
        return fail(r, "no such scheme");
    if (!wi_utf8_is_name(r->value, r->len))
        return fail(r, "a name is well-formed UTF-8 without control characters");
    if (r->len >= cap)
        return r->p == WI_P_SCHEME ? fail(r, "no such scheme") : fail(r, "longer than 255 bytes");
    memcpy(field, r->value, r->len);
    field[r->len] = 0;
    return WI_OK;
}

static enum wi_status read_shape(const struct reading *r)
{
    char text[WI_SHAPE_TEXT + 32], plain[WI_SHAPE_TEXT];
    const char *fault = wi_shape_read(r->req, r->value);
    if (!fault)
        return WI_OK;
    if (!wi_shape_plain(r->value, plain) || strcmp(plain, r->value) == 0)
        return fail(r, fault);
    struct wi_text t = wi_text_in(text, sizeof text);
    wi_text_str(&t, *plain ? "write " : "leave it empty for a scalar");
    wi_text_str(&t, plain);
    wi_text_end(&t);
    if (strlen(plain) < sizeof r->err->nearest)
        wi_error_near(r->err, plain);
    return fail(r, text);
}

/* One bound of a slice: an optional minus and digits. */
static bool read_bound(const char *at, size_t n, int64_t *out)
{
    bool negative = n > 0 && *at == '-';
    uint64_t v;
    if (memchr(at, 'x', n) || !wi_decimal_parse_u64(at + negative, n - negative, &v) || v > INT64_MAX)
        return false;
    *out = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool read_slice_dim(const char *at, size_t n, struct wi_slice_dim *d)
{
    const char *colon = memchr(at, ':', n);
    *d = (struct wi_slice_dim){0};
    if (!colon) {
        d->index = d->has_start = true;
        return read_bound(at, n, &d->start);
    }
    size_t before = (size_t)(colon - at), after = n - before - 1;
    d->has_start = before > 0;
    d->has_stop = after > 0;
    return (!before || read_bound(at, before, &d->start)) && (!after || read_bound(colon + 1, after, &d->stop));
}

static enum wi_status read_slice(const struct reading *r)
{
    const char *at = r->value, *end = r->value + r->len;
    unsigned rank = 0;
    for (;;) {
        size_t n = strcspn(at, ",");
        if (rank == WI_RANK_MAX)
            return fail(r, "more than 8 dimensions");
        if (!read_slice_dim(at, n, &r->req->slice[rank++]))
            return fail(r, "each dimension is start:stop, either may be left out, or one index");
        at += n;
        if (at == end)
            break;
        at++;
    }
    r->req->slice_rank = rank;
    return WI_OK;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void write_choice(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    wi_text_url(t, wi_param_row(p)->choice(req->value[p].choice));
}

static void write_uint(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    if (p == WI_P_SEED && req->seed.form != WI_SEED_PLAIN)
        wi_seed_write(t, &req->seed, req->value[p].uint);
    else
        wi_text_u64(t, req->value[p].uint);
}

static void write_real(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    wi_text_real(t, req->value[p].real);
}

static void write_name(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    wi_text_url(t, p == WI_P_SCHEME ? req->scheme : p == WI_P_STREAM ? req->stream : req->name);
}

static void write_shape(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    (void)p;
    wi_text_list(t, req->shape, req->rank, ",");
}

static void write_slice(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    (void)p;
    for (unsigned i = 0; i < req->slice_rank; i++) {
        if (i)
            wi_text_char(t, ',');
        wi_text_u64(t, (uint64_t)req->slice[i].start);
        wi_text_char(t, ':');
        wi_text_u64(t, (uint64_t)req->slice[i].stop);
    }
}

/* ---- what is allowed -------------------------------------------------------------------------------------------- */

static void allow_list(struct wi_text *t, const char *(*at)(unsigned i))
{
    const char *name;
    for (unsigned i = 0; (name = at(i)); i++) {
        if (i)
            wi_text_str(t, ", ");
        wi_text_str(t, name);
    }
}

static void allow_choice(struct wi_text *t, const struct wi_param_row *row)
{
    allow_list(t, row->choice);
}

static const char *scheme_name(unsigned i)
{
    const struct wi_scheme_info *info = wi_scheme_at(i);
    return info ? info->name : NULL;
}

static void allow_name(struct wi_text *t, const struct wi_param_row *row)
{
    if (row == wi_param_row(WI_P_SCHEME))
        allow_list(t, scheme_name);
    else
        wi_text_str(t, "UTF-8 without control characters, at most 255 bytes");
}

static void allow_shape(struct wi_text *t, const struct wi_param_row *row)
{
    (void)row;
    wi_text_str(t, "0 to 8 dimensions: 256,128 or 256x128; empty for a scalar");
}

static void allow_slice(struct wi_text *t, const struct wi_param_row *row)
{
    (void)row;
    wi_text_str(t, "start:stop per dimension, comma-separated, as NumPy with step 1: 0:16,:");
}

static enum wi_status read_past(const struct reading *r)
{
    char what[160];
    return wi_past_read(r->p, r->value, &r->req->past, what, sizeof what) ? WI_OK : fail(r, what);
}

static void write_past(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    (void)p;
    wi_past_write(t, &req->past);
}

static void allow_past(struct wi_text *t, const struct wi_param_row *row)
{
    wi_past_allow(t, row == wi_param_row(WI_P_KEY) ? WI_P_KEY : WI_P_AFTER);
}

static void allow_interval(struct wi_text *t, double least, const char *relation, const char *name, double most)
{
    wi_text_real(t, least);
    wi_text_str(t, relation);
    wi_text_str(t, name);
    wi_text_str(t, " <= ");
    wi_text_real(t, most);
}

static void allow_real(struct wi_text *t, const struct wi_param_row *row)
{
    wi_text_str(t, "a decimal number, ");
    allow_interval(t, row->min, row->open_min ? " < " : " <= ", row->name, row->max);
    if (row->open_min && (row->like_min < row->min || row->like_max > row->max)) {
        wi_text_str(t, "; with like=, where the framework takes it, ");
        allow_interval(t, row->like_min, " <= ", row->name, row->like_max);
    }
}

static void allow_uint(struct wi_text *t, const struct wi_param_row *row)
{
    wi_text_u64(t, row->uint_min);
    if (row->uint_min == row->uint_max)
        return;
    wi_text_str(t, " .. ");
    wi_text_u64(t, row->uint_max);
    wi_text_str(t, ", decimal or 0x hex");
}

/* ---- the types -------------------------------------------------------------------------------------------------- */

static const struct param_type {
    const char *name;
    enum wi_status (*read)(const struct reading *r);
    void (*write)(struct wi_text *t, const struct wi_request *req, enum wi_param p);
    void (*allow)(struct wi_text *t, const struct wi_param_row *row);
} types[] = {
    [WI_T_CHOICE] = {"choice", read_choice, write_choice, allow_choice},
    [WI_T_UINT] = {"uint", read_uint, write_uint, allow_uint},
    [WI_T_REAL] = {"real", read_real, write_real, allow_real},
    [WI_T_BOOL] = {"bool", read_choice, write_choice, allow_choice},
    [WI_T_NAME] = {"name", read_name, write_name, allow_name},
    [WI_T_SHAPE] = {"shape", read_shape, write_shape, allow_shape},
    [WI_T_SLICE] = {"slice", read_slice, write_slice, allow_slice},
    [WI_T_PAST] = {"past", read_past, write_past, allow_past},
};

const char *wi_param_type_name(enum wi_param_type type)
{
    return types[type].name;
}

enum wi_status wi_param_read(struct wi_request *req, enum wi_param p, const char *value, size_t len,
                             struct wi_error *err)
{
    const struct reading r = {req, p, value, len, err};
    return types[wi_param_row(p)->type].read(&r);
}

void wi_param_write(struct wi_text *t, const struct wi_request *req, enum wi_param p)
{
    types[wi_param_row(p)->type].write(t, req, p);
}

void wi_param_allow(struct wi_error *err, enum wi_param p)
{
    if (p == WI_P_COUNT)
        return;
    char buf[600];
    struct wi_text t = wi_text_in(buf, sizeof buf);
    types[wi_param_row(p)->type].allow(&t, wi_param_row(p));
    wi_text_end(&t);
    wi_error_allow(err, buf);
}
