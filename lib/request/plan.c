/* Turning a request into a plan: every check of the parameters against each other. See the plan section of wi.h. */
#include <string.h>

#include "base/checked.h"
#include "base/element.h"
#include "format/format.h"
#include "like/table.h"
#include "request/fans.h"
#include "request/frame.h"
#include "request/param.h"
#include "request/seed.h"
#include "scheme/scheme.h"
#include "request/slice.h"
#include "request/unknown.h"

/* Element indices stay below the counters' range with room to spare. */
#define ELEMS_MAX (UINT64_C(1) << 57)

typedef enum wi_status step(struct wi_plan *plan, struct wi_error *err);

static bool is_native(const struct wi_plan *plan)
{
    return plan->part.tensor.like == wi_like_at(0);
}

static enum wi_status missing(enum wi_param p, struct wi_error *err)
{
    const char *name = wi_param_row(p)->name;
    return wi_fail(err, WI_E_PARAM_MISSING, name, "%s is required: %s", name, wi_param_row(p)->help);
}

static enum wi_status find_scheme(struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_request *req = &plan->req;
    plan->part.tensor.like = wi_like_at(req->given & WI_P_BIT(WI_P_LIKE) ? req->value[WI_P_LIKE].choice : 0);
    if (!(req->given & WI_P_BIT(WI_P_SCHEME)))
        return missing(WI_P_SCHEME, err);
    const struct wi_scheme *scheme = wi_like_scheme(plan->part.tensor.like, req->scheme, strlen(req->scheme));
    if (!scheme)
        return wi_unknown_scheme(plan->part.tensor.like, req->scheme, err);
    plan->part.tensor.scheme = &scheme->info;
    strcpy(plan->req.scheme, scheme->info.name);
    return req->given & WI_P_BIT(WI_P_SHAPE) ? WI_OK : missing(WI_P_SHAPE, err);
}

/* Seeds that are no unsigned 64-bit integer are for frameworks that take them. */
static enum wi_status check_seed(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_request *req = &plan->req;
    const struct wi_like *like = wi_like_of(&plan->part.tensor);
    char text[WI_SEED_TEXT];
    if (req->seed.form == WI_SEED_PLAIN || like->seeds & 1u << req->seed.form)
        return WI_OK;
    struct wi_text t = wi_text_in(text, sizeof text);
    wi_seed_write(&t, &req->seed, req->value[WI_P_SEED].uint);
    wi_text_end(&t);
    return wi_fail(err, WI_E_PARAM_VALUE, "seed", "seed='%q': not an unsigned 64-bit integer", text);
}

static enum wi_status unused(const struct wi_plan *plan, enum wi_param p, uint64_t taken, struct wi_error *err)
{
    const char *name = wi_param_row(p)->name, *like = plan->part.tensor.like->name;
    bool is_fan = p == WI_P_GROUPS || p == WI_P_FAN_IN || p == WI_P_FAN_OUT;
    enum wi_status status = is_fan && !is_native(plan)
                                ? wi_fail(err, WI_E_PARAM_UNUSED, name,
                                          "like=%s counts the fans of scheme=%s from the shape, and takes no %s", like,
                                          plan->part.tensor.scheme->name, name)
                                : wi_fail(err, WI_E_PARAM_UNUSED, name, "scheme=%s with format=%s does not take %s",
                                          plan->part.tensor.scheme->name, plan->format->name, name);
    char buf[400];
    struct wi_text t = wi_text_in(buf, sizeof buf);
    for (unsigned i = 0; i < WI_P_COUNT; i++)
        if (taken & WI_P_BIT(i)) {
            wi_text_str(&t, t.len ? ", " : "");
            wi_text_str(&t, wi_param_row((enum wi_param)i)->name);
        }
    wi_text_end(&t);
    wi_error_allow(err, buf);
    return status;
}

/* A gain or scale of 0 or less is only for rows that say so. */
static enum wi_status check_open_bounds(const struct wi_plan *plan, struct wi_error *err)
{
    for (unsigned i = 0; i < WI_P_COUNT; i++) {
        const struct wi_param_row *row = wi_param_row((enum wi_param)i);
        double value = plan->req.value[i].real;
        if (row->open_min && (plan->req.given & WI_P_BIT(i)) && (value <= row->min || value > row->max) &&
            !wi_scheme_of(&plan->part.tensor)->free_gain)
            return wi_fail(err, WI_E_PARAM_VALUE, row->name, "%s=%r: out of range", row->name, value);
    }
    return WI_OK;
}

/* The value of a parameter that is not taken says no more than leaving it out: forget it. */
static bool leave_out_idle(struct wi_request *req, enum wi_param p)
{
    const struct wi_param_row *row = wi_param_row(p);
    const bool is_idle = row->type == WI_T_NAME   ? strcmp(req->name, WI_NAME_DEFAULT) == 0
                         : row->type == WI_T_UINT ? req->value[p].uint == row->uint_min
                                                  : req->value[p].choice == 0;
    if (!row->has_idle || !is_idle)
        return false;
    req->value[p] = (union wi_value){.uint = 0};
    req->given &= ~WI_P_BIT(p);
    return true;
}

/* Fill in defaults; refuse what neither the scheme nor the format takes. */
static enum wi_status resolve_params(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_request *req = &plan->req;
    uint64_t taken = wi_params_common() | plan->part.tensor.scheme->params | plan->format->params | plan->file->params;
    for (unsigned i = 0; i < WI_P_COUNT; i++) {
        enum wi_param p = (enum wi_param)i;
        const bool stray = (req->given & WI_P_BIT(p)) && !(taken & WI_P_BIT(p));
        if (stray && !leave_out_idle(req, p))
            return unused(plan, p, taken, err);
        const bool given = req->given & WI_P_BIT(p);
        if (given || !(taken & WI_P_BIT(p)) || p == WI_P_SLICE)
            plan->params |= given ? WI_P_BIT(p) : 0;
        else if (wi_scheme_default(plan->part.tensor.scheme, p, &req->value[p]))
            plan->params |= WI_P_BIT(p);
    }
    enum wi_status status = check_open_bounds(plan, err);
    if (status != WI_OK)
        return status;
    if (plan->params & WI_P_BIT(WI_P_NAME) && !(req->given & WI_P_BIT(WI_P_NAME)))
        strcpy(req->name, WI_NAME_DEFAULT);
    plan->part.tensor.dtype = wi_dtype_at(req->value[WI_P_DTYPE].choice);
    return WI_OK;
}

/* Frameworks draw in no type of one byte. */
static enum wi_status check_dtype(struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_tensor *tensor = &plan->part.tensor;
    if (is_native(plan) || tensor->dtype->bytes > 1)
        return WI_OK;
    enum wi_status status =
        wi_fail(err, WI_E_UNSUPPORTED, "dtype", "like=%s draws no dtype=%s", tensor->like->name, tensor->dtype->name);
    wi_error_allow(err, "f32, f64, f16, bf16");
    return status;
}

/* The shapes of the scheme. */
static void allow_dimensions(const struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_scheme_info *scheme = plan->part.tensor.scheme;
    char buf[100];
    struct wi_text t = wi_text_in(buf, sizeof buf);
    wi_text_u64(&t, scheme->rank_min);
    if (scheme->rank_max != scheme->rank_min) {
        wi_text_str(&t, " to ");
        wi_text_u64(&t, scheme->rank_max);
    }
    wi_text_str(&t, " dimensions, as in ");
    wi_text_str(&t, scheme->example);
    wi_text_end(&t);
    wi_error_allow(err, buf);
}

/* "at most 17 bytes" */
static void allow_most(uint64_t most, const char *unit, struct wi_error *err)
{
    char buf[64];
    struct wi_text t = wi_text_in(buf, sizeof buf);
    wi_text_str(&t, "at most ");
    wi_text_u64(&t, most);
    wi_text_str(&t, unit);
    wi_text_end(&t);
    wi_error_allow(err, buf);
}

static enum wi_status measure_shape(struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_scheme_info *scheme = plan->part.tensor.scheme;
    plan->part.tensor.rank = plan->req.rank;
    if (plan->part.tensor.rank < scheme->rank_min || plan->part.tensor.rank > scheme->rank_max) {
        bool exact = scheme->rank_min == scheme->rank_max;
        wi_fail(err, WI_E_SHAPE, "shape",
                exact ? "scheme=%s takes %u dimensions" : "scheme=%s takes %u to %u dimensions", scheme->name,
                (uint64_t)scheme->rank_min, (uint64_t)scheme->rank_max);
        return WI_E_SHAPE;
    }
    /* A dimension of 0 hides no overflow: the product of the other dimensions must fit, too. */
    uint64_t span = 1;
    bool empty = false;
    for (unsigned d = 0; d < plan->part.tensor.rank; d++) {
        uint64_t dim = plan->req.shape[d];
        plan->part.tensor.shape[d] = dim;
        empty = empty || dim == 0;
        if (!wi_mul(span, dim ? dim : 1, &span) || span > ELEMS_MAX) {
            wi_fail(err, WI_E_SHAPE, "shape", "more than %u elements", ELEMS_MAX);
            allow_most(ELEMS_MAX, " elements", err);
            return WI_E_SHAPE;
        }
    }
    plan->part.tensor.n_elems = empty ? 0 : span;
    return WI_OK;
}

static bool is_finite(double x)
{
    return x - x == 0;
}

/* An empty tensor needs no matrix; formulas divide by its fans of 0. */
static void leave_out_what_is_not_there(struct wi_tensor *tensor)
{
    if (tensor->n_elems == 0)
        tensor->keep_bytes = tensor->scratch_bytes = 0;
    tensor->has_std = tensor->has_std && is_finite(tensor->std);
    tensor->has_bound = tensor->has_bound && is_finite(tensor->bound);
}

static enum wi_status prepare_scheme(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_tensor *tensor = &plan->part.tensor;
    memcpy(tensor->value, plan->req.value, sizeof tensor->value);
    tensor->given = plan->req.given;
    tensor->torch_name = plan->req.torch_name;
    tensor->seed = plan->req.seed;
    tensor->past = plan->req.past;
    if (is_native(plan) && tensor->value[WI_P_VALUE].real == 0)
        tensor->value[WI_P_VALUE].real = 0; /* not -0: one spelling of one request */
    uint64_t format_only = plan->params & ~(wi_params_common() | tensor->scheme->params);
    tensor->params = plan->params & ~format_only;
    tensor->key = (struct wi_key){plan->req.value[WI_P_SEED].uint,
                                  wi_stream_id(plan->req.stream, strlen(plan->req.stream)), WI_DOMAIN_VALUE};
    tensor->exactness_note = tensor->note = "";
    enum wi_status status = wi_scheme_of(tensor)->prepare(tensor, err);
    /* Rounding to f16 or bf16 may pass the bound, but not the rounded bound. */
    double rounded = wi_in_dtype(tensor->dtype->id, tensor->bound);
    if (tensor->dtype->bytes <= 2 && rounded > tensor->bound && rounded <= tensor->dtype->max)
        tensor->bound = rounded;
    leave_out_what_is_not_there(tensor);
    /* The scheme may have brought several spellings of one request to one. */
    memcpy(plan->req.value, tensor->value, sizeof tensor->value);
    plan->params = format_only | tensor->params;
    return status;
}

/* A native body never holds an infinity: the largest value a draw can give must fit the dtype. Frameworks let their
 * numbers overflow, and like= does as they do. */
static enum wi_status check_range(struct wi_plan *plan, struct wi_error *err)
{
    if (!is_native(plan) || plan->part.tensor.n_elems == 0)
        return WI_OK;
    const struct wi_draw *draw = &plan->part.tensor.draw;
    double a = draw->a < 0 ? -draw->a : draw->a, b = draw->b < 0 ? -draw->b : draw->b;
    double normal_max = plan->part.tensor.dtype->id == WI_F64 ? WI_NORMAL_MAX_F64 : WI_NORMAL_MAX_F32;
    const double reach[WI_DRAW_KIND_COUNT] = {
        [WI_DRAW_CONSTANT] = a,
        [WI_DRAW_UNIFORM] = a > b ? a : b,
        [WI_DRAW_NORMAL] = a + normal_max * b,
        [WI_DRAW_TRUNCATED] = a + 2 * b,
    };
    if (reach[draw->kind] <= plan->part.tensor.dtype->max)
        return WI_OK;
    enum wi_status status = wi_fail(err, WI_E_PARAM_VALUE, "dtype",
                                    "values up to %r do not fit dtype=%s, whose largest is "
                                    "%r",
                                    reach[draw->kind], plan->part.tensor.dtype->name, plan->part.tensor.dtype->max);
    wi_error_allow(err, reach[draw->kind] <= wi_dtype_at(WI_F32)->max ? "f32, f64, bf16" : "f64");
    return status;
}

static enum wi_status find_zero_row(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_tensor *tensor = &plan->part.tensor;
    const uint64_t row = plan->req.value[WI_P_PADDING].uint;
    if (!(plan->params & WI_P_BIT(WI_P_PADDING)))
        return WI_OK;
    if (tensor->rank == 0 || row >= tensor->shape[0]) {
        wi_fail(err, WI_E_PARAM_CONFLICT, "padding", "padding=%u: the first dimension has %u rows", row,
                tensor->rank ? tensor->shape[0] : 0);
        allow_most(tensor->rank ? tensor->shape[0] - 1 : 0, "", err);
        return WI_E_PARAM_CONFLICT;
    }
    tensor->zero_elems = tensor->n_elems / tensor->shape[0];
    tensor->zero_first = row * tensor->zero_elems;
    return WI_OK;
}

/* Requests that differ in what does not matter are one request. */
static enum wi_status drop_what_does_not_matter(struct wi_plan *plan, struct wi_error *err)
{
    (void)err;
    wi_frame_order(plan);
    if (!plan->part.column_major)
        plan->params &= ~WI_P_BIT(WI_P_ORDER);
    if (plan->file == wi_format_file_at(0))
        plan->params &= ~WI_P_BIT(WI_P_OF);
    if (plan->part.tensor.scheme->seedless)
        plan->params &= ~(WI_P_BIT(WI_P_SEED) | WI_P_BIT(WI_P_STREAM));
    if (!plan->req.stream[0])
        plan->params &= ~WI_P_BIT(WI_P_STREAM);
    if (is_native(plan))
        plan->params &= ~WI_P_BIT(WI_P_LIKE);
    return WI_OK;
}

static enum wi_status check_limits(const struct wi_plan *plan, const struct wi_limits *limits, struct wi_error *err)
{
    if (!limits)
        return WI_OK;
    /* Errors that a slice would not mend come first. */
    uint64_t work = plan->part.tensor.keep_bytes + plan->part.tensor.scratch_bytes;
    if (work < plan->part.tensor.keep_bytes || work > limits->work_bytes) {
        wi_fail(err, WI_E_TOO_LARGE, "shape",
                "scheme=%s computes this tensor as a whole in %u bytes of memory, the "
                "limit is %u",
                plan->part.tensor.scheme->name, work, limits->work_bytes);
        allow_most(limits->work_bytes, " bytes of memory", err);
        return WI_E_TOO_LARGE;
    }
    if (plan->total_bytes > limits->body_bytes) {
        wi_fail(err, WI_E_TOO_LARGE, "shape",
                "the answer has %u bytes, the limit is %u; ask for a part with slice=", plan->total_bytes,
                limits->body_bytes);
        allow_most(limits->body_bytes, " bytes", err);
        return WI_E_TOO_LARGE;
    }
    return WI_OK;
}

enum wi_status wi_plan_make(struct wi_plan *plan, const struct wi_request *req, const struct wi_limits *limits,
                            struct wi_error *err)
{
    static step *const steps[] = {
        find_scheme,
        check_seed,
        resolve_params,
        check_dtype,
        measure_shape,
        wi_fans_measure,
        prepare_scheme,
        check_range,
        find_zero_row,
        wi_slice_resolve,
        drop_what_does_not_matter,
        wi_frame_measure,
    };
    err = wi_error_fresh(err);
    memset(plan, 0, sizeof *plan);
    plan->req = *req;
    plan->params = WI_P_BIT(WI_P_SCHEME) | WI_P_BIT(WI_P_SHAPE);
    enum wi_status status = wi_frame_choose(plan, err);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == WI_OK; i++)
        status = steps[i](plan, err);
    if (status == WI_OK)
        status = check_limits(plan, limits, err);
    if (status == WI_E_SHAPE)
        allow_dimensions(plan, err);
    if (status != WI_OK && err)
        wi_param_allow(err, wi_param_find(err->param, strlen(err->param)));
    return status;
}

static const struct wi_part *part_of_plan(const void *plan, uint64_t i, struct wi_part *room)
{
    (void)i;
    (void)room;
    return &((const struct wi_plan *)plan)->part;
}

void wi_plan_body(const struct wi_plan *plan, void *header, struct wi_body *body)
{
    struct wi_text t = wi_text_in(header, plan->header_bytes);
    if (wi_format_of(plan)->header)
        wi_format_of(plan)->header(plan, &t);
    *body = (struct wi_body){.header = header,
                             .header_bytes = plan->header_bytes,
                             .n_parts = 1,
                             .part = part_of_plan,
                             .ctx = plan,
                             .suffix = plan->suffix,
                             .total_bytes = plan->total_bytes};
}
