/* GET /init and its short form /{scheme}/{shape}.{ext}: a tensor.
 *
 * parameters -> plan -> canonical text -> entity tag -> conditions -> job that makes the body. The bytes follow from
 * the canonical text, so the digest of the text is a strong entity tag, and nothing is computed before the conditions
 * hold. */
#include <stdio.h>
#include <string.h>

#include "http/negotiate.h"
#include "cache/cache.h"
#include "http/coding.h"
#include "http/fields.h"
#include "resource/repair.h"
#include "resource/resource.h"
#include "http/conditions.h"
#include "http/problem.h"
#include "server.h"
#include "resource/tensor_body.h"
#include "resource/tensor_name.h"

struct asked {
    struct wi_request request;
    struct wi_error err;
    struct wi_plan plan;
    char canonical[WI_CANONICAL_MAX];
    bool negotiated; /* Accept decides on the format */
    bool gzip;       /* the body is sent compressed */
};

static bool set(struct asked *asked, const char *key, const char *value, size_t len)
{
    return wi_request_set(&asked->request, key, value, len, &asked->err) == WI_OK;
}

/* Does the parameter say once more what the path says? Clients made of a description send all they know. */
static bool repeats_path(const struct wi_request *request, uint64_t in_path, enum wi_param param,
                         const struct srv_param *p)
{
    struct wi_request said;
    if (param == WI_P_COUNT || !(in_path & WI_P_BIT(param)))
        return false;
    wi_request_init(&said);
    return wi_request_set_n(&said, p->key, p->key_len, p->has_value ? p->value : "", p->has_value ? p->value_len : 0,
                            NULL) == WI_OK &&
           wi_request_agrees(&said, request, param);
}

bool srv_tensor_request(const struct srv_request *req, struct wi_request *request, struct wi_error *err)
{
    uint64_t in_path = request->given; /* what the path says and the query has not repeated */
    for (size_t i = 0; i < req->n_params; i++) {
        const struct srv_param *p = &req->params[i];
        enum wi_param known = wi_param_find(p->key, p->key_len);
        if (repeats_path(request, in_path, known, p)) {
            in_path &= ~WI_P_BIT(known); /* once */
            continue;
        }
        bool is_name = known != WI_P_COUNT && wi_param_row(known)->type == WI_T_NAME;
        /* Every builder of queries sends the blank of a name as a plus sign. */
        const char *value = is_name ? p->form : p->value;
        if (wi_request_set_n(request, p->key, p->key_len, p->has_value ? value : "", p->has_value ? p->value_len : 0,
                             err) != WI_OK)
            return false;
    }
    return true;
}

/* ---- errors ---------------------------------------------------------------------------------------------------- */

static struct wi_limits limits_of(const struct srv_server *srv)
{
    return (struct wi_limits){srv->config->max_bytes, srv->config->work_bytes};
}

const char *srv_tensor_example(struct srv_server *srv, const struct srv_request *req, const char *format,
                               char target[SRV_EXAMPLE_MAX])
{
    const struct wi_limits limits = limits_of(srv);
    return srv_repair(req, &limits, format, target, SRV_EXAMPLE_MAX) ? target : NULL;
}

static void refuse(struct srv_server *srv, const struct srv_request *req, const struct wi_error *err,
                   struct srv_reply *reply)
{
    char target[SRV_EXAMPLE_MAX];
    srv_problem_repaired(reply, req, wi_status_slug(err->code), err, srv_tensor_example(srv, req, NULL, target));
}

/* ---- format ---------------------------------------------------------------------------------------------------- */

/* The quality of a format under Accept: that of its media type, or of another of its types that Accept names. */
static unsigned quality(const char *accept, const struct wi_format *format)
{
    unsigned best = srv_negotiate_type(accept, format->media_type);
    for (const char *at = format->accept; *at; at += strspn(at, " ")) {
        char type[64];
        size_t n = strcspn(at, " ");
        snprintf(type, sizeof type, "%.*s", (int)n, at);
        unsigned q = strcasestr(accept, type) ? srv_negotiate_type(accept, type) : 0;
        best = q > best ? q : best;
        at += n;
    }
    return best;
}

/* Choose among the formats by Accept. False: none of them is acceptable. */
static bool negotiate(struct asked *asked, const struct srv_request *req)
{
    const char *accept = srv_request_field(req, SRV_FIELD_ACCEPT);
    asked->negotiated = !(asked->request.given & WI_P_BIT(WI_P_FORMAT));
    if (!accept || !asked->negotiated)
        return true;
    const struct wi_format *best = NULL, *format;
    unsigned best_q = 0;
    for (unsigned i = 0; (format = wi_format_at(i)); i++) {
        unsigned q = quality(accept, format);
        if (q > best_q) {
            best = format;
            best_q = q;
        }
    }
    if (!best)
        return false;
    return set(asked, "format", best->name, strlen(best->name));
}

static void not_acceptable(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    char target[SRV_EXAMPLE_MAX];
    struct wi_error err = {.param = "format", .text = "none of the formats has a media type that Accept allows"};
    const struct wi_format *format;
    for (unsigned i = 0; (format = wi_format_at(i)); i++) {
        size_t len = strlen(err.allowed);
        snprintf(err.allowed + len, sizeof err.allowed - len, "%s%s (%s)", i ? ", " : "", format->name,
                 format->media_type);
    }
    const char *example = srv_tensor_example(srv, req, wi_format_at(0)->name, target);
    srv_problem_repaired(reply, req, "not-acceptable", &err, example);
    reply->vary |= SRV_BIT(SRV_FIELD_ACCEPT);
}

/* ---- headers --------------------------------------------------------------------------------------------------- */

static void header_real(struct srv_reply *reply, const char *name, double v)
{
    char text[WI_DECIMAL_F64_MAX];
    srv_reply_header(reply, name, "%.*s", (int)wi_decimal_f64(v, text), text);
}

/* Exactness; for like= also what the numbers are compared with: call, releases and kind of build. */
static void describe_exactness(const struct wi_plan *plan, struct srv_reply *reply)
{
    srv_reply_header(reply, "X-Tensor-Exactness", "%s",
                     plan->part.tensor.exactness == WI_EXACT ? "exact" : "approximate");
    if (plan->part.tensor.like != wi_like_at(0))
        srv_reply_header(reply, "X-Tensor-Exactness-Note", "%s: %s, on Linux x86-64 with FMA%s%s",
                         plan->part.tensor.like->name, plan->part.tensor.like->summary,
                         plan->part.tensor.exactness_note[0] ? "; " : "", plan->part.tensor.exactness_note);
}

static void describe_tensor(const struct wi_plan *plan, struct srv_reply *reply)
{
    char shape[SRV_SHAPE_CAP];
    srv_reply_header(reply, "X-Tensor-Shape", "%s", srv_shape_text(plan, ",", shape));
    srv_reply_header(reply, "X-Tensor-Dtype", "%s", plan->part.tensor.dtype->name);
    srv_reply_header(reply, "X-Tensor-Scheme", "%s", plan->part.tensor.scheme->name);
    srv_reply_header(reply, "X-Tensor-Layout", "%s",
                     wi_param_row(WI_P_LAYOUT)->choice(plan->req.value[WI_P_LAYOUT].choice));
    srv_reply_header(reply, "X-Tensor-Fan-In", "%.0f", plan->part.tensor.fan_in);
    srv_reply_header(reply, "X-Tensor-Fan-Out", "%.0f", plan->part.tensor.fan_out);
    if (plan->part.tensor.has_std)
        header_real(reply, "X-Tensor-Std", plan->part.tensor.std);
    if (plan->part.tensor.has_bound)
        header_real(reply, "X-Tensor-Bound", plan->part.tensor.bound);
    if (plan->part.column_major)
        srv_reply_header(reply, "X-Tensor-Order", "F");
    srv_reply_header(reply, "X-Tensor-Alg", "%d", WI_ALG);
    if (plan->part.tensor.note[0])
        srv_reply_header(reply, "X-Tensor-Note", "%s", plan->part.tensor.note);
    describe_exactness(plan, reply);
}

static void name_file(const struct wi_plan *plan, struct srv_reply *reply)
{
    char name[SRV_NAME_CAP];
    srv_answer_name(plan, name);
    srv_reply_header(reply, "Content-Disposition", "%s; filename=\"%s\"",
                     plan->format->text || plan->format->digest ? "inline" : "attachment", name);
}

static void describe(const struct asked *asked, struct srv_reply *reply)
{
    srv_etag_set(reply, asked->canonical, strlen(asked->canonical), asked->gzip ? "-gzip" : "");
    reply->length = srv_tensor_bytes(&asked->plan);
    reply->modified = WI_ALG_TIME;
    reply->caching = SRV_CACHE_FOREVER;
    reply->gzip = asked->gzip;
    reply->vary |= (asked->negotiated ? SRV_BIT(SRV_FIELD_ACCEPT) : 0) |
                   (asked->plan.format->text ? SRV_BIT(SRV_FIELD_ACCEPT_ENCODING) : 0);
    srv_reply_header(reply, "Content-Type", "%s", asked->plan.format->media_type);
    srv_reply_header(reply, "Content-Location", "%s", asked->canonical);
    srv_reply_header(reply, "X-Content-Type-Options", "nosniff");
    name_file(&asked->plan, reply);
    describe_tensor(&asked->plan, reply);
}

/* ---- body ------------------------------------------------------------------------------------------------------ */

static bool wants_digest(const struct srv_request *req)
{
    return srv_digest_wanted(srv_request_field(req, SRV_FIELD_WANT_REPR_DIGEST)) ||
           srv_digest_wanted(srv_request_field(req, SRV_FIELD_WANT_CONTENT_DIGEST));
}

static void give_body(struct srv_server *srv, const struct srv_request *req, const struct asked *asked,
                      struct srv_reply *reply)
{
    if (asked->gzip) { /* its blob has the digest */
        srv_tensor_gzip(srv, &asked->plan, asked->canonical, reply);
        return;
    }
    if (wants_digest(req) && !asked->plan.format->digest)
        srv_tensor_digest(srv, &asked->plan, asked->canonical, reply);
    srv_tensor_body(srv, req, &asked->plan, asked->canonical, reply->status == 206, reply);
}

/* ---- handlers -------------------------------------------------------------------------------------------------- */

static void answer(struct srv_server *srv, const struct srv_request *req, struct asked *asked, struct srv_reply *reply)
{
    const struct wi_limits limits = limits_of(srv);
    if (!negotiate(asked, req)) {
        not_acceptable(srv, req, reply);
        return;
    }
    if (wi_plan_make(&asked->plan, &asked->request, &limits, &asked->err) != WI_OK) {
        refuse(srv, req, &asked->err, reply);
        return;
    }
    wi_plan_canonical(&asked->plan, WI_CANONICAL_BODY, asked->canonical);
    asked->gzip =
        asked->plan.format->text && srv_cache_admits(srv->cache, asked->plan.total_bytes) && srv_gzip_wanted(req);
    describe(asked, reply);
    if (srv_precondition(req, reply))
        give_body(srv, req, asked, reply);
    else if (asked->gzip && reply->status < 400) /* HEAD and 304 do not compress to learn a length */
        reply->length = srv_tensor_gzip_bytes(srv, asked->canonical);
}

void srv_handle_init(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct asked asked = {0};
    if (srv_tensor_request(req, &asked.request, &asked.err))
        answer(srv, req, &asked, reply);
    else
        refuse(srv, req, &asked.err, reply);
}

/* The format of that extension or name. */
static const struct wi_format *find_format(const char *name, size_t len)
{
    const struct wi_format *format;
    for (unsigned i = 0; (format = wi_format_at(i)); i++)
        if ((strlen(format->extension) == len && !memcmp(format->extension, name, len)) ||
            (strlen(format->name) == len && !memcmp(format->name, name, len)))
            return format;
    return NULL;
}

static bool set_format(struct asked *asked, const char *param, const char *extension, size_t len)
{
    const struct wi_format *format = find_format(extension, len);
    return set(asked, param, format ? format->name : extension, format ? strlen(format->name) : len);
}

/* The format from the extension of "256x128.npy", without the dot; of "256x128.npy.sha256sum" that of the digest, and
 * of the file whose digest it is. */
static bool set_extension(struct asked *asked, const char *extension)
{
    size_t first = strcspn(extension, ".");
    const struct wi_format *last =
        extension[first] ? find_format(extension + first + 1, strlen(extension + first + 1)) : NULL;
    if (last && last->digest)
        return set(asked, "format", last->name, strlen(last->name)) && set_format(asked, "of", extension, first);
    return set_format(asked, "format", extension, strlen(extension));
}

/* A scheme that is unknown is told before anything else of a short form: its path may be no tensor's at all. */
static bool knows_scheme(const struct srv_request *req, const char *scheme, struct wi_error *err)
{
    struct wi_request request;
    struct wi_plan plan;
    struct wi_error found = {0};
    wi_request_init(&request);
    for (size_t i = 0; i < req->n_params; i++)
        if (wi_param_find(req->params[i].key, req->params[i].key_len) == WI_P_LIKE)
            wi_request_set(&request, "like", req->params[i].value, req->params[i].value_len, NULL);
    if (wi_request_set(&request, "scheme", scheme, strlen(scheme), &found) == WI_OK)
        wi_plan_make(&plan, &request, NULL, &found);
    if (strcmp(found.param, "scheme") != 0)
        return true;
    *err = found;
    return false;
}

void srv_handle_short(struct srv_server *srv, const struct srv_request *req, struct srv_reply *reply)
{
    struct asked asked = {0};
    const char *scheme = req->args[0], *shape = req->args[1], *dot = strchr(shape, '.');
    if (strcmp(shape, "scalar") == 0 || strncmp(shape, "scalar.", 7) == 0)
        shape += 6;
    size_t shape_len = dot ? (size_t)(dot - shape) : strlen(shape);
    if (knows_scheme(req, scheme, &asked.err) && set(&asked, "scheme", scheme, strlen(scheme)) &&
        set(&asked, "shape", shape, shape_len) && (!dot || set_extension(&asked, dot + 1)) &&
        srv_tensor_request(req, &asked.request, &asked.err))
        answer(srv, req, &asked, reply);
    else
        refuse(srv, req, &asked.err, reply);
}
