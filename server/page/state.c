/* see state.h */
#include "page/state.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "study.h"

/* clang-format off */
const struct srv_page_row srv_page_rows[SRV_PAGE_PARAMS] = {
    [SRV_PAGE_ACTIVATION] = {"activation", "activation", 0, 0, WI_RELU},
    [SRV_PAGE_DEPTH] = {"depth", "layers", 1, WI_SWEEP_DEPTH_MAX, 50},
    [SRV_PAGE_WIDTH] = {"width", "units", 2, WI_SWEEP_WIDTH_MAX, 128},
    [SRV_PAGE_BATCH] = {"batch", "inputs", 2, WI_SWEEP_BATCH_MAX, 64},
};
/* clang-format on */

/* The tensor of the page without a query. */
static const struct {
    enum wi_param param;
    const char *text;
} initially[] = {{WI_P_SCHEME, "he_normal"}, {WI_P_SHAPE, "256,128"}, {WI_P_SEED, "7"}};

/* ---- what is asked for ----------------------------------------------------------------------------------------- */

static enum srv_page_param own_find(const struct srv_param *param)
{
    unsigned i = 0;
    while (i < SRV_PAGE_PARAMS && (strlen(srv_page_rows[i].name) != param->key_len ||
                                   memcmp(srv_page_rows[i].name, param->key, param->key_len) != 0))
        i++;
    return (enum srv_page_param)i;
}

static void fail_unknown(const struct srv_param *param, struct wi_error *err)
{
    struct wi_request request;
    wi_request_init(&request);
    wi_request_set_n(&request, param->key, param->key_len, "", 0, err); /* it says what there is */
}

static bool is_was(const struct srv_param *param)
{
    return param->key_len == 3 && !memcmp(param->key, "was", 3);
}

static void take(struct srv_page_state *state, const struct srv_param *param)
{
    const enum srv_page_param own = own_find(param);
    if (is_was(param)) {
        state->was = (struct srv_value){param->value, param->value_len, param->has_value};
        return;
    }
    const enum wi_param of_tensor = wi_param_find(param->key, param->key_len);
    if (own == SRV_PAGE_PARAMS && of_tensor == WI_P_COUNT) {
        fail_unknown(param, &state->err);
        return;
    }
    const bool is_own = own != SRV_PAGE_PARAMS;
    struct srv_value *value = is_own ? &state->own[own] : &state->tensor[of_tensor];
    const bool may_be_empty = !is_own && of_tensor == WI_P_SHAPE;
    const bool is_name = !is_own && wi_param_row(of_tensor)->type == WI_T_NAME;
    if (value->given)
        wi_fail(&state->err, WI_E_PARAM_REPEATED, param->key, "%s is given more than once", param->key);
    else if (param->has_value && (param->value_len || may_be_empty))
        *value = (struct srv_value){is_name || is_own ? param->form : param->value, param->value_len, true};
}

static void fill(struct srv_value *value, const char *text, size_t len)
{
    if (!value->text)
        *value = (struct srv_value){text, len, false};
}

/* What a scheme lacks, from its example, "shape=256,128&seed=7". */
static void fill_from_example(struct srv_page_state *state)
{
    for (const char *at = state->scheme->example; *at;) {
        const size_t key_len = strcspn(at, "=");
        const char *value = at + key_len + 1;
        const size_t len = strcspn(value, "&");
        const enum wi_param param = wi_param_find(at, key_len);
        if (param != WI_P_COUNT)
            fill(&state->tensor[param], value, len);
        at = value + len + (value[len] != 0);
    }
}

void srv_page_was(const struct srv_page_state *state, char out[SRV_PAGE_WAS_CAP])
{
    *out = '\0';
    if (state->scheme)
        snprintf(out, SRV_PAGE_WAS_CAP, "%s,%s", state->like->name, state->scheme->name);
}

/* The scheme of another framework that stands for one that it does not have: He's, which all have, or its first. */
static const struct wi_scheme_info *stand_in(const struct wi_like_info *like)
{
    static const char *const names[] = {"he_normal", "kaiming_normal"};
    const struct wi_scheme_info *found = NULL;
    for (size_t i = 0; !found && i < sizeof names / sizeof *names; i++)
        found = wi_like_scheme_find(like, names[i], strlen(names[i]));
    return found ? found : wi_like_scheme_at(like, 0);
}

static bool is_text(const struct srv_value *value, const char *text)
{
    return strlen(text) == value->len && !memcmp(text, value->text, value->len);
}

/* Let go of what belonged to the scheme before, if another one was chosen in its form. */
static void follow(struct srv_page_state *state)
{
    char now[SRV_PAGE_WAS_CAP];
    const size_t like_len = strlen(state->like->name);
    const bool same_like = state->was.len > like_len && !memcmp(state->was.text, state->like->name, like_len) &&
                           state->was.text[like_len] == ',';
    if (!state->was.given)
        return;
    if (!state->scheme && !same_like) {
        state->scheme = stand_in(state->like);
        state->tensor[WI_P_SCHEME] = (struct srv_value){state->scheme->name, strlen(state->scheme->name), true};
    }
    srv_page_was(state, now);
    if (!state->scheme || is_text(&state->was, now))
        return;
    for (unsigned p = 0; p < WI_P_COUNT; p++)
        if (!((state->scheme->params | wi_params_common() | SRV_PLOT_OF_FILES) >> p & 1))
            state->tensor[p] = (struct srv_value){0};
}

static void complete(struct srv_page_state *state)
{
    const struct srv_value *like = &state->tensor[WI_P_LIKE];
    const struct wi_like_info *info;
    state->like = wi_like_at(0);
    for (unsigned i = 1; like->text && (info = wi_like_at(i)); i++)
        if (strlen(info->name) == like->len && !memcmp(info->name, like->text, like->len))
            state->like = info;
    if (!state->tensor[WI_P_SCHEME].text)
        fill(&state->tensor[WI_P_SCHEME], initially[0].text, strlen(initially[0].text));
    const struct srv_value *scheme = &state->tensor[WI_P_SCHEME];
    state->scheme = wi_like_scheme_find(state->like, scheme->text, scheme->len);
    follow(state);
    if (state->scheme && scheme->given && !state->tensor[WI_P_SHAPE].text)
        fill_from_example(state);
    for (size_t i = 1; i < sizeof initially / sizeof *initially; i++)
        fill(&state->tensor[initially[i].param], initially[i].text, strlen(initially[i].text));
}

/* ---- checks ---------------------------------------------------------------------------------------------------- */

static bool plan_tensor(struct srv_page_state *state, const struct wi_limits *limits)
{
    wi_request_init(&state->request);
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct srv_value *value = &state->tensor[p];
        if (value->text &&
            wi_request_set(&state->request, wi_param_row((enum wi_param)p)->name, value->text, value->len, &state->err))
            return false;
    }
    state->has_plan = wi_plan_make(&state->plan, &state->request, limits, &state->err) == WI_OK;
    return state->has_plan;
}

bool srv_page_plan_as(const struct srv_page_state *state, enum wi_layout layout, struct wi_plan *plan,
                      struct wi_error *err)
{
    struct wi_request request = state->request;
    request.value[WI_P_LAYOUT].choice = layout;
    request.given |= WI_P_BIT(WI_P_LAYOUT);
    return wi_plan_make(plan, &request, NULL, err) == WI_OK;
}

static const char *activation_at(unsigned i)
{
    const struct wi_nonlinearity *row = wi_nonlinearity_at(i);
    return row && srv_page_activates(row) ? row->name : NULL; /* softmax is the last */
}

bool srv_page_activates(const struct wi_nonlinearity *activation)
{
    return activation != wi_nonlinearity_at(WI_SOFTMAX);
}

static void read_activation(struct srv_page_state *state)
{
    const struct srv_value *value = &state->own[SRV_PAGE_ACTIVATION];
    const struct wi_nonlinearity *found = value->given ? wi_nonlinearity_find(value->text, value->len) : NULL;
    unsigned i = srv_page_rows[SRV_PAGE_ACTIVATION].initially;
    if (found && srv_page_activates(found)) {
        for (i = 0; wi_nonlinearity_at(i) != found;)
            i++;
    } else if (found) {
        wi_fail(&state->err, WI_E_UNSUPPORTED, "activation", "softmax is for outputs: no layer follows it");
    } else if (value->given) {
        wi_fail(&state->err, WI_E_PARAM_UNKNOWN, "activation", "there is no activation %q", value->text);
        wi_error_near(&state->err, wi_nearest(value->text, value->len, activation_at));
    }
    state->number[SRV_PAGE_ACTIVATION] = i;
    state->activation = wi_nonlinearity_at(i);
}

static void read_number(struct srv_page_state *state, enum srv_page_param own)
{
    const struct srv_page_row *row = &srv_page_rows[own];
    const struct srv_value *value = &state->own[own];
    uint64_t number = row->initially;
    if (value->given &&
        (!wi_decimal_parse_u64(value->text, value->len, &number) || number < row->min || number > row->max)) {
        wi_fail(&state->err, WI_E_PARAM_VALUE, row->name, "%s=%q: not a whole number from %u to %u", row->name,
                value->text, (uint64_t)row->min, (uint64_t)row->max);
        number = row->initially;
    }
    state->number[own] = (unsigned)number;
}

struct srv_plot_network srv_page_network(const struct srv_page_state *state)
{
    const unsigned *n = state->number;
    return (struct srv_plot_network){n[SRV_PAGE_ACTIVATION], n[SRV_PAGE_DEPTH], n[SRV_PAGE_WIDTH], n[SRV_PAGE_BATCH]};
}

static void check_depth(struct srv_page_state *state)
{
    const struct srv_plot_network network = srv_page_network(state);
    struct srv_plot_ask ask = {.plot = &srv_plot_sweep};
    srv_plot_take(&ask, &state->request, &network, &state->depth_err);
}

static void check_work(struct srv_page_state *state)
{
    const uint64_t width = state->number[SRV_PAGE_WIDTH];
    if ((uint64_t)state->number[SRV_PAGE_DEPTH] * width * width * state->number[SRV_PAGE_BATCH] > WI_SWEEP_WORK_MAX)
        wi_fail(&state->err, WI_E_TOO_LARGE, "width",
                "layers * units * units * inputs is more than %u: take fewer of one of them", WI_SWEEP_WORK_MAX);
}

bool srv_page_read(struct srv_page_state *state, const struct srv_request *req, const struct wi_limits *limits)
{
    *state = (struct srv_page_state){0};
    for (size_t i = 0; i < req->n_params; i++)
        take(state, &req->params[i]);
    complete(state);
    plan_tensor(state, limits);
    read_activation(state);
    for (unsigned own = SRV_PAGE_DEPTH; own < SRV_PAGE_PARAMS; own++)
        read_number(state, (enum srv_page_param)own);
    check_work(state);
    if (state->has_plan)
        check_depth(state);
    return state->err.code == WI_OK;
}

/* ---- queries --------------------------------------------------------------------------------------------------- */

/* Is the parameter what the scheme takes without it? Parameters of the numbers that a learner should see never are. */
static bool is_default(const struct srv_page_state *state, enum wi_param p)
{
    union wi_value value;
    const struct wi_param_row *row = wi_param_row(p);
    const union wi_value *asked = &state->plan.req.value[p];
    if (p == WI_P_SEED || p == WI_P_SCHEME || p == WI_P_SHAPE || !state->has_plan)
        return false;
    if (row->type == WI_T_NAME)
        return state->tensor[p].len == 0;
    if (!row->common || !wi_scheme_default(state->plan.part.tensor.scheme, p, &value))
        return false;
    return row->type == WI_T_CHOICE ? value.choice == asked->choice
                                    : row->type == WI_T_UINT && value.uint == asked->uint;
}

void srv_page_query(struct srv_text *text, const struct srv_page_state *state, uint64_t less, const char *between)
{
    bool first = true;
    less |= state->scheme && state->scheme->seedless ? WI_P_BIT(WI_P_SEED) : 0;
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        const struct srv_value *value = &state->tensor[p];
        if (!value->text || less >> p & 1 || is_default(state, (enum wi_param)p))
            continue;
        srv_text_format(text, "%s%s=", first ? "" : between, wi_param_row((enum wi_param)p)->name);
        srv_text_url(text, value->text, value->len);
        first = false;
    }
}

static void put_network(struct srv_text *text, const struct srv_page_state *state, const char *between)
{
    for (unsigned own = SRV_PAGE_DEPTH; own < SRV_PAGE_PARAMS; own++)
        if (state->number[own] != srv_page_rows[own].initially)
            srv_text_format(text, "%s%s=%u", between, srv_page_rows[own].name, state->number[own]);
}

void srv_page_kept_query(struct srv_text *text, const struct srv_page_state *state, const char *between)
{
    static const enum wi_param kept[] = {WI_P_SHAPE, WI_P_SEED};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const struct srv_value *value = &state->tensor[kept[i]];
        if (value->given) {
            srv_text_format(text, "%s%s=", between, wi_param_row(kept[i])->name);
            srv_text_url(text, value->text, value->len);
        }
    }
    put_network(text, state, between);
}

void srv_page_link_query(struct srv_text *text, const struct srv_page_state *state, const char *between)
{
    srv_page_query(text, state, 0, between);
    if (state->activation->name != wi_nonlinearity_at(srv_page_rows[SRV_PAGE_ACTIVATION].initially)->name)
        srv_text_format(text, "%sactivation=%s", between, state->activation->name);
    put_network(text, state, between);
}

void srv_page_picture_query(struct srv_text *text, const struct srv_page_state *state, const char *between)
{
    srv_page_query(text, state, SRV_PLOT_OF_FILES, between);
}

void srv_page_sweep_query(struct srv_text *text, const struct srv_page_state *state, const char *between)
{
    srv_page_query(text, state, SRV_PLOT_OF_ONE | SRV_PLOT_OF_FILES, between);
    srv_text_format(text, "%sactivation=%s", between, state->activation->name);
    put_network(text, state, between);
}
