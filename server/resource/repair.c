/* see repair.h */
#include "resource/repair.h"

#include <stdio.h>
#include <string.h>

#define PIECES_MAX (SRV_PARAMS_MAX + 6) /* those of the query, of the path, and what is added */
#define ROOM_BYTES 2048                 /* of values that are replaced */
#define STEPS_MAX 24
#define DEFAULT_SHAPE "256,128"

/* A parameter as it will be sent. */
struct piece {
    const char *key, *value;
    bool gone, in_path, is_ours;
    unsigned tried; /* ways of mending it, by index */
};

struct repair {
    struct piece pieces[PIECES_MAX];
    size_t n;
    char room[ROOM_BYTES];
    size_t used;
    struct wi_error err; /* of the last step */
};

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

static const char *keep(struct repair *r, const char *text, size_t len)
{
    if (len >= sizeof r->room - r->used)
        return NULL;
    char *copy = r->room + r->used;
    memcpy(copy, text, len);
    copy[len] = '\0';
    r->used += len + 1;
    return copy;
}

static struct piece *add(struct repair *r, const char *key, const char *value)
{
    if (!value || r->n == PIECES_MAX)
        return NULL;
    r->pieces[r->n] = (struct piece){.key = key, .value = value};
    return &r->pieces[r->n++];
}

static struct piece *find(struct repair *r, const char *key)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->pieces[i].gone && !strcmp(r->pieces[i].key, key))
            return &r->pieces[i];
    return NULL;
}

static const char *format_of(const char *extension)
{
    const struct wi_format *format;
    for (unsigned i = 0; (format = wi_format_at(i)); i++)
        if (!strcmp(format->extension, extension))
            return format->name;
    return extension;
}

static void add_path(struct repair *r, const struct srv_request *req)
{
    const char *shape = req->args[1], *dot = strchr(shape, '.');
    size_t len = dot ? (size_t)(dot - shape) : strlen(shape);
    bool is_scalar = len == 6 && !strncmp(shape, "scalar", len);
    struct piece *pieces[] = {add(r, "scheme", req->args[0]), add(r, "shape", keep(r, shape, is_scalar ? 0 : len)),
                              dot ? add(r, "format", format_of(dot + 1)) : NULL};
    for (size_t i = 0; i < 3; i++)
        if (pieces[i])
            pieces[i]->in_path = true;
}

static void collect(struct repair *r, const struct srv_request *req, const char *format)
{
    if (req->n_args == 2)
        add_path(r, req);
    for (size_t i = 0; i < req->n_params; i++) {
        const struct srv_param *p = &req->params[i];
        enum wi_param known = wi_param_find(p->key, p->key_len);
        bool is_name = known != WI_P_COUNT && wi_param_row(known)->type == WI_T_NAME;
        add(r, p->key, is_name ? p->form : p->value);
    }
    if (format && !find(r, "format"))
        add(r, "format", format);
}

/* ---- trying ------------------------------------------------------------------------------------------------------ */

/* Do the pieces make a plan? If not, r->err says why not, and *fault is the piece at fault, NULL: none of them. */
static bool works(struct repair *r, const struct wi_limits *limits, struct piece **fault)
{
    struct wi_request request;
    struct wi_plan plan;
    r->err = (struct wi_error){0};
    wi_request_init(&request);
    for (size_t i = 0; i < r->n; i++) {
        const struct piece *p = &r->pieces[i];
        *fault = &r->pieces[i];
        if (!p->gone && wi_request_set(&request, p->key, p->value, strlen(p->value), &r->err) != WI_OK)
            return false;
    }
    bool good = wi_plan_make(&plan, &request, limits, &r->err) == WI_OK;
    *fault = find(r, r->err.param);
    return good;
}

/* ---- mending ----------------------------------------------------------------------------------------------------- */

static const struct wi_scheme_info *scheme_of(struct repair *r)
{
    const struct piece *like = find(r, "like"), *scheme = find(r, "scheme");
    const struct wi_like_info *table = wi_like_at(0), *other;
    for (unsigned i = 1; like && (other = wi_like_at(i)); i++)
        if (!strcmp(other->name, like->value))
            table = other;
    const struct wi_scheme_info *info =
        scheme ? wi_like_scheme_find(table, scheme->value, strlen(scheme->value)) : NULL;
    return info ? info : table == wi_like_at(0) ? wi_scheme_find("xavier_uniform", 14) : wi_like_scheme_at(table, 0);
}

static const char *by_nearest(struct repair *r, const struct piece *p)
{
    (void)p;
    return *r->err.nearest ? keep(r, r->err.nearest, strlen(r->err.nearest)) : NULL;
}

/* The first of the choices that are allowed. */
static const char *by_choice(struct repair *r, const struct piece *p)
{
    enum wi_param known = wi_param_find(p->key, strlen(p->key));
    bool has_choices = known != WI_P_COUNT && wi_param_row(known)->choice;
    return has_choices ? keep(r, r->err.allowed, strcspn(r->err.allowed, ", ")) : NULL;
}

/* The value in the scheme's own example. */
static const char *by_example(struct repair *r, const struct piece *p)
{
    const struct wi_scheme_info *scheme = scheme_of(r);
    if (!strcmp(p->key, "scheme"))
        return scheme->name;
    const size_t len = strlen(p->key);
    for (const char *at = scheme->example, *next; *at; at = next + (*next == '&')) {
        next = at + strcspn(at, "&");
        if (!strncmp(at, p->key, len) && at[len] == '=')
            return keep(r, at + len + 1, (size_t)(next - at) - len - 1);
    }
    return strcmp(p->key, "shape") ? NULL : DEFAULT_SHAPE;
}

static const char *by_one(struct repair *r, const struct piece *p)
{
    (void)r;
    enum wi_param known = wi_param_find(p->key, strlen(p->key));
    enum wi_param_type type = known == WI_P_COUNT ? WI_T_NAME : wi_param_row(known)->type;
    return type == WI_T_REAL || type == WI_T_UINT ? "1" : NULL;
}

/* Give the piece another value; without one it goes. */
static void replace(struct repair *r, struct piece *p)
{
    static const char *(*const ways[])(struct repair * r, const struct piece *p) = {by_nearest, by_choice, by_example,
                                                                                    by_one};
    while (p->tried < sizeof ways / sizeof *ways) {
        const char *value = ways[p->tried++](r, p);
        if (value && strcmp(value, p->value)) {
            p->value = value;
            return;
        }
    }
    p->gone = true;
}

/* A name that is no parameter becomes the nearest one, unless that was given as well. */
static void rename_piece(struct repair *r, struct piece *p)
{
    const char *key = *r->err.nearest && !find(r, r->err.nearest) ? by_nearest(r, p) : NULL;
    p->gone = !key;
    p->key = key ? key : p->key;
}

/* A second shape= is more dimensions of the first. */
static void join(struct repair *r, struct piece *p)
{
    struct piece *first = find(r, p->key);
    const char *value = first && first != p ? by_nearest(r, p) : NULL;
    if (value)
        first->value = value;
    p->gone = true;
}

/* A part of the tensor: of each dimension the first index. */
static bool slice(struct repair *r)
{
    const struct piece *shape = find(r, "shape");
    char text[4 * WI_RANK_MAX + 1] = "";
    if (!shape || !*shape->value || find(r, "slice"))
        return false;
    size_t len = (size_t)snprintf(text, sizeof text, "0:1");
    for (const char *at = shape->value; (at = strpbrk(at, ",x")) && len + 4 < sizeof text; at++)
        len += (size_t)snprintf(text + len, sizeof text - len, ",0:1");
    struct piece *part = add(r, "slice", keep(r, text, len));
    if (part)
        part->is_ours = true;
    return part;
}

static bool add_missing(struct repair *r)
{
    const char *key = !strcmp(r->err.param, "scheme") ? "scheme" : !strcmp(r->err.param, "shape") ? "shape" : NULL;
    const struct piece blank = {.key = key};
    return key && add(r, key, by_example(r, &blank));
}

/* What is too large as a body is asked for in part; what is too large to be made becomes another shape. */
static void shrink(struct repair *r, struct piece *shape)
{
    struct piece *part = find(r, "slice");
    if (!shape->tried && slice(r))
        return;
    if (part && part->is_ours)
        part->gone = true;
    replace(r, shape);
}

/* Two bounds the wrong way round change places; any other contradiction ends when one of the two goes. */
static void settle(struct repair *r, struct piece *p)
{
    struct piece *low = find(r, "low"), *high = find(r, "high");
    if (p != low || !high || p->tried++) {
        p->gone = true;
        return;
    }
    const char *value = low->value;
    low->value = high->value;
    high->value = value;
}

/* Mend what r->err says. False: that is beyond this. */
static bool mend(struct repair *r, struct piece *p)
{
    if (r->err.code == WI_E_PARAM_MISSING)
        return add_missing(r);
    if (!p)
        return false;
    const bool is_known = wi_param_find(p->key, strlen(p->key)) != WI_P_COUNT;
    if (r->err.code == WI_E_PARAM_UNKNOWN && !is_known)
        rename_piece(r, p);
    else if (r->err.code == WI_E_PARAM_REPEATED)
        join(r, p);
    else if (r->err.code == WI_E_PARAM_UNUSED)
        p->gone = true;
    else if (r->err.code == WI_E_PARAM_CONFLICT)
        settle(r, p);
    else if (r->err.code == WI_E_TOO_LARGE && !strcmp(p->key, "shape"))
        shrink(r, p);
    else
        replace(r, p);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

struct target {
    char *out;
    size_t cap, len;
};

static void put_plain(struct target *t, const char *text)
{
    for (; *text && t->len < t->cap; text++)
        t->out[t->len++] = *text;
}

static void put_escaped(struct target *t, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~,:@";
    for (; *text; text++) {
        char escape[4] = {*text, '\0'};
        if (!strchr(plain, *text))
            snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*text);
        put_plain(t, escape);
    }
}

static void put_path(struct target *t, const struct repair *r, bool is_short)
{
    const char *separator = "/";
    if (!is_short) {
        put_plain(t, "/init");
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct piece *p = &r->pieces[i];
        if (!p->in_path || p->gone)
            continue;
        put_plain(t, strcmp(p->key, "format") ? separator : ".");
        put_escaped(t, strcmp(p->key, "shape") || *p->value ? p->value : "scalar");
    }
}

static bool write_target(const struct repair *r, bool is_short, char *out, size_t cap)
{
    struct target t = {out, cap, 0};
    const char *separator = "?";
    put_path(&t, r, is_short);
    for (size_t i = 0; i < r->n; i++) {
        const struct piece *p = &r->pieces[i];
        if (p->gone || (is_short && p->in_path))
            continue;
        put_plain(&t, separator);
        put_escaped(&t, p->key);
        put_plain(&t, "=");
        put_escaped(&t, p->value);
        separator = "&";
    }
    if (t.len == cap)
        return false;
    out[t.len] = '\0';
    return true;
}

bool srv_repair(const struct srv_request *req, const struct wi_limits *limits, const char *format, char *out,
                size_t cap)
{
    struct repair r = {.n = 0};
    struct piece *fault = NULL;
    collect(&r, req, format);
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        if (works(&r, limits, &fault))
            return write_target(&r, req->n_args == 2, out, cap);
        if (!mend(&r, fault))
            return false;
    }
    return false;
}
