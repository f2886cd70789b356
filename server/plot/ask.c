/* see ask.h */
#include "plot/ask.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "plot/plot.h"

static const char *const themes[] = {"auto", "light", "dark", "page", NULL};
static const char *const sizes[] = {"m", "s", "l", NULL};

/* clang-format off */
static const struct {
    const char *name;
    unsigned min, max, initially;
    const char *const *choices; /* instead of min and max */
} rows[SRV_PLOT_PARAMS] = {
    [SRV_PLOT_ACTIVATION] = {"activation", 0, 0, WI_RELU, NULL},
    [SRV_PLOT_DEPTH] = {"depth", 1, WI_SWEEP_DEPTH_MAX, 50, NULL},
    [SRV_PLOT_WIDTH] = {"width", 2, WI_SWEEP_WIDTH_MAX, 128, NULL},
    [SRV_PLOT_BATCH] = {"batch", 2, WI_SWEEP_BATCH_MAX, 64, NULL},
    [SRV_PLOT_BINS] = {"bins", 8, 128, 64, NULL},
    [SRV_PLOT_VS] = {"vs", 0, 0, 0, NULL},
    [SRV_PLOT_THEME] = {"theme", 0, 0, SRV_THEME_AUTO, themes},
    [SRV_PLOT_SIZE] = {"size", 0, 0, SRV_SIZE_M, sizes},
};
/* clang-format on */

static enum srv_plot_param find(const struct srv_param *param)
{
    unsigned i = 0;
    while (i < SRV_PLOT_PARAMS &&
           (strlen(rows[i].name) != param->key_len || memcmp(rows[i].name, param->key, param->key_len) != 0))
        i++;
    return (enum srv_plot_param)i;
}

static bool takes(const struct srv_plot *plot, enum srv_plot_param p)
{
    return p == SRV_PLOT_THEME || p == SRV_PLOT_SIZE || plot->takes & SRV_PLOT_BIT(p);
}

/* What a picture has without the parameter, and at most. */
static unsigned initially(const struct srv_plot *plot, enum srv_plot_param p)
{
    return p == SRV_PLOT_ACTIVATION && takes(plot, p) ? plot->activation
           : p == SRV_PLOT_WIDTH && plot->width       ? plot->width
                                                      : rows[p].initially;
}

static unsigned most(const struct srv_plot *plot, enum srv_plot_param p)
{
    return p == SRV_PLOT_WIDTH && plot->width_max ? plot->width_max : rows[p].max;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static const char *activation_at(unsigned i)
{
    return i < WI_SOFTMAX ? wi_nonlinearity_at(i)->name : NULL;
}

static bool read_activation(const struct srv_param *param, unsigned *out, struct wi_error *err)
{
    const struct wi_nonlinearity *found = wi_nonlinearity_find(param->form, param->value_len);
    for (unsigned i = 0; i < WI_SOFTMAX; i++)
        if (found == wi_nonlinearity_at(i)) {
            *out = i;
            return true;
        }
    wi_fail(err, WI_E_PARAM_VALUE, "activation",
            found ? "%s is for outputs: no layer follows it" : "there is no activation '%q'", param->form);
    wi_error_near(err, wi_nearest(param->form, param->value_len, activation_at));
    return false;
}

static bool read_choice(const struct srv_param *param, enum srv_plot_param p, unsigned *out, struct wi_error *err)
{
    char list[64] = "";
    size_t len = 0;
    for (unsigned i = 0; rows[p].choices[i]; i++) {
        if (strcmp(rows[p].choices[i], param->value) == 0) {
            *out = i;
            return true;
        }
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", rows[p].choices[i]);
    }
    wi_fail(err, WI_E_PARAM_VALUE, rows[p].name, "%s=%q: one of %s", rows[p].name, param->value, list);
    wi_error_allow(err, list);
    return false;
}

static bool read_number(const struct srv_param *param, enum srv_plot_param p, unsigned max, unsigned *out,
                        struct wi_error *err)
{
    uint64_t number = 0;
    const bool good =
        wi_decimal_parse_u64(param->value, param->value_len, &number) && number >= rows[p].min && number <= max;
    if (!good)
        wi_fail(err, WI_E_PARAM_VALUE, rows[p].name, "%s=%q: not a whole number from %u to %u", rows[p].name,
                param->value, (uint64_t)rows[p].min, (uint64_t)max);
    *out = (unsigned)number;
    return good;
}

/* "torch,jax": a set, so its order does not matter. */
static bool read_vs(const struct srv_plot_ask *ask, const struct srv_param *param, unsigned *out, struct wi_error *err)
{
    const char *(*const name_at)(unsigned) = wi_param_row(WI_P_LIKE)->choice;
    for (const char *at = param->value; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        const size_t len = strcspn(at, ",");
        unsigned i = 0;
        while (name_at(i) && (strlen(name_at(i)) != len || memcmp(name_at(i), at, len) != 0))
            i++;
        if (!name_at(i) || *out >> i & 1 || strlen(param->value) != param->value_len) {
            wi_fail(err, WI_E_PARAM_VALUE, "vs",
                    name_at(i) ? "vs=%q names one twice" : "vs=%q: not names of like=, with commas between",
                    param->value);
            wi_error_near(err, wi_nearest(at, len, name_at));
            return false;
        }
        *out |= 1u << i;
    }
    if (__builtin_popcount(*out) <= SRV_PLOT_VS_MAX)
        return true;
    wi_fail(err, WI_E_PARAM_VALUE, "vs", "vs=%q: a %s takes %u at most", param->value, ask->plot->name,
            SRV_PLOT_VS_MAX);
    return false;
}

static bool read_own(struct srv_plot_ask *ask, const struct srv_param *param, enum srv_plot_param p,
                     struct wi_error *err)
{
    const bool good = p == SRV_PLOT_ACTIVATION ? read_activation(param, &ask->number[p], err)
                      : p == SRV_PLOT_VS       ? read_vs(ask, param, &ask->number[p], err)
                      : rows[p].choices        ? read_choice(param, p, &ask->number[p], err)
                                               : read_number(param, p, most(ask->plot, p), &ask->number[p], err);
    /* A default says what leaving it out says. */
    if (good && !takes(ask->plot, p) && ask->number[p] != rows[p].initially) {
        wi_fail(err, WI_E_PARAM_UNKNOWN, rows[p].name, "a %s takes no %s", ask->plot->name, rows[p].name);
        return false;
    }
    return good;
}

/* What a layer of a network has no say in, "" where it has. The first layer's canonical text is the picture's, so nothing may
 * be taken that says nothing of that layer and something of another. */
static const char *not_of_layers(const struct srv_plot *plot, enum wi_param p)
{
    if (plot->has_shape)
        return "";
    if (p == WI_P_SHAPE)
        return plot->rows ? "its layers have shapes of their own" : "its layers are width x width";
    if (p == WI_P_SLICE)
        return "it shows whole layers";
    return plot->rows && (p == WI_P_FAN_IN || p == WI_P_FAN_OUT) ? "its layers have fans of their own" : "";
}

static bool is_taken(const struct srv_plot *plot, enum wi_param p, struct wi_error *err)
{
    const char *why = p == WI_P_COUNT ? "" : not_of_layers(plot, p);
    const bool is_idle = p == WI_P_FORMAT || p == WI_P_STREAM;
    if (plot->every_scheme && p != WI_P_COUNT && p != WI_P_SHAPE && p != WI_P_SEED && !is_idle)
        wi_fail(err, WI_E_PARAM_UNKNOWN, wi_param_row(p)->name,
                "a %s is of every scheme: of a tensor it takes seed only", plot->name);
    else if (*why)
        wi_fail(err, WI_E_PARAM_UNKNOWN, wi_param_row(p)->name, "a %s takes no %s: %s", plot->name,
                wi_param_row(p)->name, why);
    return err->code == WI_OK;
}

/* Parameters of files, which pictures have no part of: taken where they say what leaving them out says. */
static bool is_of_files(enum wi_param p)
{
    return p != WI_P_COUNT && SRV_PLOT_OF_FILES >> p & 1;
}

/* Is the value that was just read the one that is taken without the parameter? */
static bool is_default(const struct wi_request *request, enum wi_param p)
{
    return p == WI_P_STREAM ? !*request->stream
           : p == WI_P_NAME ? !strcmp(request->name, "tensor")
                            : request->value[p].choice == 0;
}

static bool read_of_tensor(struct srv_plot_ask *ask, const struct srv_param *param, struct wi_error *err)
{
    const enum wi_param p = wi_param_find(param->key, param->key_len);
    const bool is_name = p != WI_P_COUNT && wi_param_row(p)->type == WI_T_NAME;
    const bool untaken = is_of_files(p) || (p == WI_P_STREAM && !ask->plot->has_shape);
    if (!is_taken(ask->plot, p, err))
        return false;
    if (untaken && !param->has_value)
        return true;
    if (wi_request_set_n(&ask->request, param->key, param->key_len,
                         !param->has_value ? ""
                         : is_name         ? param->form
                                           : param->value,
                         param->has_value ? param->value_len : 0, err) != WI_OK)
        return false;
    if (!untaken)
        return true;
    ask->request.given &= ~WI_P_BIT(p);
    if (!is_default(&ask->request, p))
        wi_fail(err, WI_E_PARAM_UNKNOWN, wi_param_row(p)->name, "a %s takes no %s", ask->plot->name,
                wi_param_row(p)->name);
    return err->code == WI_OK;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static bool check_work(const struct srv_plot_ask *ask, struct wi_error *err)
{
    const uint64_t width = ask->number[SRV_PLOT_WIDTH];
    const bool has_batch = takes(ask->plot, SRV_PLOT_BATCH);
    const uint64_t work = ask->number[SRV_PLOT_DEPTH] * width * width * (has_batch ? ask->number[SRV_PLOT_BATCH] : 1);
    if (!ask->plot->work_max || work <= ask->plot->work_max)
        return true;
    wi_fail(err, WI_E_TOO_LARGE, "width", "depth * width * width%s is more than %u: take fewer of one of them",
            has_batch ? " * batch" : "", ask->plot->work_max);
    return false;
}

static void set_defaults(struct srv_plot_ask *ask)
{
    for (unsigned p = 0; p < SRV_PLOT_PARAMS; p++)
        ask->number[p] = initially(ask->plot, (enum srv_plot_param)p);
}

/* Frameworks have no streams: layer l has the seed + l - 1. */
static bool check_seeds(const struct srv_plot_ask *ask, unsigned layers, struct wi_error *err)
{
    const struct wi_request *request = &ask->request;
    const uint64_t most = UINT64_MAX - (layers - 1);
    if (request->value[WI_P_LIKE].choice == 0 || !(request->given & WI_P_BIT(WI_P_SEED)) ||
        (request->seed.form == WI_SEED_PLAIN && request->value[WI_P_SEED].uint <= most))
        return true;
    wi_fail(err, WI_E_PARAM_VALUE, "seed", "a %s with like= adds 1 to the seed in each layer: one number from 0 to %u",
            ask->plot->name, most);
    return false;
}

/* The plan of the first layer; the last must have one, too. */
static bool plan_layers(struct srv_plot_ask *ask, struct wi_error *err)
{
    const struct srv_plot *plot = ask->plot;
    const unsigned width = ask->number[SRV_PLOT_WIDTH],
                   layers = plot->layers ? plot->layers : ask->number[SRV_PLOT_DEPTH];
    const unsigned n_rows = plot->rows ? plot->rows : width, n_cols = plot->cols ? plot->cols : width;
    struct wi_plan last;
    bool out_first;
    return check_seeds(ask, layers, err) && srv_plot_layer(ask, 1, n_rows, n_cols, &ask->plan, &out_first, err) &&
           srv_plot_layer(ask, layers, plot->rows ? n_cols : n_rows, plot->rows ? 1 : n_cols, &last, &out_first, err);
}

bool srv_plot_take(struct srv_plot_ask *ask, const struct wi_request *request, const struct srv_plot_network *network,
                   struct wi_error *err)
{
    set_defaults(ask);
    ask->request = *request;
    ask->request.given &= ~(SRV_PLOT_OF_FILES | (network ? SRV_PLOT_OF_ONE : 0));
    if (!network)
        return wi_plan_make(&ask->plan, &ask->request, NULL, err) == WI_OK;
    *ask->request.stream = '\0';
    ask->number[SRV_PLOT_ACTIVATION] = network->activation;
    ask->number[SRV_PLOT_DEPTH] = network->depth;
    ask->number[SRV_PLOT_WIDTH] = network->width;
    ask->number[SRV_PLOT_BATCH] = network->batch;
    return check_work(ask, err) && plan_layers(ask, err);
}

bool srv_plot_read(struct srv_plot_ask *ask, const struct srv_request *req, const struct wi_limits *limits,
                   struct wi_error *err)
{
    unsigned given = 0;
    wi_request_init(&ask->request);
    set_defaults(ask);
    for (size_t i = 0; i < req->n_params; i++) {
        const enum srv_plot_param p = find(&req->params[i]);
        if (p < SRV_PLOT_PARAMS && given & SRV_PLOT_BIT(p)) {
            wi_fail(err, WI_E_PARAM_REPEATED, rows[p].name, "%s is given more than once", rows[p].name);
            return false;
        }
        given |= p < SRV_PLOT_PARAMS ? SRV_PLOT_BIT(p) : 0;
        if (p < SRV_PLOT_PARAMS ? !read_own(ask, &req->params[i], p, err) : !read_of_tensor(ask, &req->params[i], err))
            return false;
    }
    if (!check_work(ask, err))
        return false;
    if (ask->plot->every_scheme)
        wi_request_set(&ask->request, "scheme", "he_normal", 9, err); /* any: each gets its turn */
    if (ask->plot->has_shape)
        return wi_plan_make(&ask->plan, &ask->request, limits, err) == WI_OK && srv_plot_check_vs(ask, limits, err);
    return plan_layers(ask, err);
}

static bool is_out_first(const struct wi_plan *plan)
{
    const unsigned layout = plan->req.value[WI_P_LAYOUT].choice;
    return layout == WI_LAYOUT_OI || layout == WI_LAYOUT_HWOI;
}

static bool set_number(struct wi_request *request, const char *name, const char *format, unsigned a, unsigned b,
                       struct wi_error *err)
{
    char text[32];
    const int len = snprintf(text, sizeof text, format, a, b);
    return wi_request_set(request, name, text, (size_t)len, err) == WI_OK;
}

bool srv_plot_layer(const struct srv_plot_ask *ask, unsigned layer, unsigned n_in, unsigned n_out, struct wi_plan *plan,
                    bool *out_first, struct wi_error *err)
{
    struct wi_request request = ask->request;
    const bool native = request.value[WI_P_LIKE].choice == 0;
    if (native && !set_number(&request, "stream", "layer.%u.weight", layer - 1, 0, err))
        return false;
    if (!native) {
        request.value[WI_P_SEED].uint += layer - 1;
        request.given |= WI_P_BIT(WI_P_SEED);
    }
    const struct wi_request without = request;
    if (!set_number(&request, "shape", "%u,%u", n_in, n_out, err) || wi_plan_make(plan, &request, NULL, err) != WI_OK)
        return false;
    *out_first = is_out_first(plan);
    if (!*out_first || n_in == n_out)
        return true;
    request = without;
    return set_number(&request, "shape", "%u,%u", n_out, n_in, err) && wi_plan_make(plan, &request, NULL, err) == WI_OK;
}

static int put_vs(char *out, size_t cap, unsigned set)
{
    int len = snprintf(out, cap, "&vs=");
    const char *between = "";
    for (unsigned i = 0; set >> i; i++)
        if (set >> i & 1) {
            len += snprintf(out + len, cap - (size_t)len, "%s%s", between, wi_param_row(WI_P_LIKE)->choice(i));
            between = ",";
        }
    return len;
}

size_t srv_plot_target(const struct srv_plot_ask *ask, char out[SRV_PLOT_TARGET_MAX])
{
    char tensor[WI_CANONICAL_MAX];
    wi_plan_canonical(&ask->plan, WI_CANONICAL_BODY, tensor);
    const char *query = strchr(tensor, '?');
    int len = snprintf(out, SRV_PLOT_TARGET_MAX, "/plot/%s.%s?%s", ask->plot->name, ask->format->name,
                       query ? query + 1 : tensor);
    /* Weights without chance: what goes through them has it. */
    if (!ask->plot->has_shape && !(ask->plan.params & WI_P_BIT(WI_P_SEED)))
        len += snprintf(out + len, SRV_PLOT_TARGET_MAX - (size_t)len, "&seed=%llu",
                        (unsigned long long)ask->request.value[WI_P_SEED].uint);
    for (unsigned p = 0; p < SRV_PLOT_PARAMS; p++) {
        const unsigned number = ask->number[p];
        if (!takes(ask->plot, (enum srv_plot_param)p))
            continue;
        if (p == SRV_PLOT_VS) {
            len += put_vs(out + len, SRV_PLOT_TARGET_MAX - (size_t)len, number);
            continue;
        }
        const char *word = p == SRV_PLOT_ACTIVATION ? activation_at(number)
                           : rows[p].choices        ? rows[p].choices[number]
                                                    : NULL;
        len += word ? snprintf(out + len, SRV_PLOT_TARGET_MAX - (size_t)len, "&%s=%s", rows[p].name, word)
                    : snprintf(out + len, SRV_PLOT_TARGET_MAX - (size_t)len, "&%s=%u", rows[p].name, number);
    }
    return (size_t)len;
}
