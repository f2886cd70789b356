/* see drawn.h */
#include "model/drawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No normal of torch is farther from its mean: the least u of the scalar path is 2^-53, and sqrt(106 ln 2) is 8.58. */
#define NORMAL_MAX 8.6

struct maker {
    struct srv_drawn *drawn;
    const struct srv_model *model;
    const struct wi_like_info *torch;
    enum srv_dtype made_in;
    struct wi_replay_mark mark;
    struct wi_error *err;
};

void srv_drawn_free(struct srv_drawn *drawn)
{
    free(drawn->draw);
    free(drawn->of_state);
    *drawn = (struct srv_drawn){0};
}

static bool refuse(struct maker *m, enum wi_status code, uint32_t state, const char *why)
{
    const struct srv_table *table = &m->model->table;
    char name[WI_NAME_MAX + 1] = "";
    if (state != SRV_NO_TENSOR)
        memcpy(name, table->names + table->state[state].name, table->state[state].name_len);
    wi_fail(m->err, code, name, "%s: tensor %s", why, name); /* a name is printable ASCII (table.h) */
    return false;
}

/* Types that torch draws in, and libwi's name for them. */
static bool drawn_type(enum srv_dtype dtype, enum wi_dtype_id *out)
{
    static const struct {
        enum srv_dtype dtype;
        enum wi_dtype_id id;
    } types[] = {{SRV_DTYPE_F32, WI_F32}, {SRV_DTYPE_F64, WI_F64}, {SRV_DTYPE_F16, WI_F16}, {SRV_DTYPE_BF16, WI_BF16}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].dtype == dtype) {
            *out = types[i].id;
            return true;
        }
    return false;
}

/* A tensor of the model's type is drawn in the type in which the model is made. */
static enum srv_dtype type_of(const struct maker *m, uint32_t state)
{
    enum srv_dtype own = state == SRV_NO_TENSOR ? m->model->dtype : (enum srv_dtype)m->model->table.state[state].dtype;
    return own == m->model->dtype && m->made_in != SRV_DTYPE_FLOAT ? m->made_in : own;
}

static bool place(struct maker *m, const struct srv_step *step, struct wi_replay_draw *draw)
{
    const struct srv_rule *rule = &step->rule;
    uint32_t state = step->to != SRV_NO_TENSOR ? step->to : step->was;
    *draw = (struct wi_replay_draw){.a = rule->p[0], .b = rule->p[1], .n = step->n};
    if (rule->scheme == SRV_RULE_SCALED_NORMAL)
        *draw = (struct wi_replay_draw){.a = 0, .b = 1, .n = step->n, .times = rule->p[0]};
    draw->kind = rule->scheme == SRV_RULE_UNIFORM ? WI_DRAW_UNIFORM : WI_DRAW_NORMAL;
    if (!drawn_type(type_of(m, state), &draw->dtype))
        return refuse(m, WI_E_UNSUPPORTED, state, "torch draws f32, f64, f16 and bf16 only");
    double reach = NORMAL_MAX * rule->p[1];
    if (rule->scheme == SRV_RULE_TRUNC_NORMAL && (rule->p[0] - reach < rule->p[2] || rule->p[0] + reach > rule->p[3]))
        return refuse(
            m, WI_E_UNSUPPORTED, state,
            "torch draws a truncated normal again until all its numbers are within their bounds, which takes a "
            "number of draws that depends on the seed");
    if (!wi_replay_place(m->torch, draw, &m->mark))
        return refuse(m, WI_E_TOO_LARGE, state, "the model takes more words of the generator than 64 bits count");
    return true;
}

static bool keep(struct maker *m, const struct srv_step *step, const struct wi_replay_draw *draw)
{
    const struct srv_table *table = &m->model->table;
    const struct srv_shape *shape = &table->shape[table->state[step->to].shape];
    enum srv_dtype kept = (enum srv_dtype)table->state[step->to].dtype;
    uint32_t *of = &m->drawn->of_state[step->to];
    enum wi_dtype_id type;
    if (!drawn_type(kept, &type) || (type != draw->dtype && (draw->dtype != WI_F32 || type == WI_F64)))
        return refuse(m, WI_E_UNSUPPORTED, step->to,
                      "what is drawn in f32 can be kept in f32, f16 and bf16, the rest as drawn");
    if (*of == SRV_NO_TENSOR)
        *of = m->drawn->n_draws++;
    m->drawn->draw[*of] = *draw;
    if (step->rule.zero_row != SRV_NO_ROW) {
        m->drawn->draw[*of].n_zeros = shape->n_elems / shape->dim[0];
        m->drawn->draw[*of].zero = step->rule.zero_row * m->drawn->draw[*of].n_zeros;
    }
    return true;
}

static bool add_step(struct maker *m, const struct srv_step *step)
{
    struct wi_replay_draw draw;
    switch (step->rule.scheme) {
    case SRV_RULE_NORMAL:
    case SRV_RULE_UNIFORM:
    case SRV_RULE_TRUNC_NORMAL:
    case SRV_RULE_SCALED_NORMAL:
        return place(m, step, &draw) && (step->to == SRV_NO_TENSOR || keep(m, step, &draw));
    case SRV_RULE_ROW_NORMS:
        return refuse(m, WI_E_UNSUPPORTED, step->to, "torch sums the squares of a row in an order of its own");
    case SRV_RULE_SINUSOID_HALVES:
        m->drawn->near = "4 to 6 % of the sinusoids differ in the last bit";
        return true;
    default:
        return true;
    }
}

/* An adapter keeps tensors of the model it was put on, which was drawn before. */
static bool has_no_base(struct maker *m)
{
    for (uint32_t i = 0; i < m->model->table.n_state; i++)
        if (m->model->table.state[i].base)
            return refuse(m, WI_E_UNSUPPORTED, i, "the base of an adapter is drawn before it, from another seed");
    return true;
}

bool srv_drawn_make(struct srv_drawn *drawn, const struct srv_model *model, const struct wi_like_info *torch,
                    enum srv_dtype made_in, struct wi_error *err)
{
    struct srv_plan plan = {0};
    struct maker m = {drawn, model, torch, made_in, WI_REPLAY_START, err};
    uint32_t n = model->table.n_state;
    *drawn = (struct srv_drawn){.torch = torch,
                                .draw = calloc(n + 1, sizeof *drawn->draw),
                                .of_state = malloc((n + 1) * sizeof *drawn->of_state)};
    bool good = drawn->draw && drawn->of_state;
    if (!good)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    for (uint32_t i = 0; good && i < n; i++)
        drawn->of_state[i] = SRV_NO_TENSOR;
    good = good && has_no_base(&m) && srv_model_plan(model, &plan, err);
    for (uint32_t i = 0; good && i < plan.n; i++)
        good = add_step(&m, &plan.step[i]);
    for (uint32_t i = 0; good && i < plan.n_copies; i++)
        if (drawn->of_state[plan.copy[i].to] == SRV_NO_TENSOR)
            drawn->of_state[plan.copy[i].to] = drawn->of_state[plan.copy[i].from];
    srv_plan_free(&plan);
    return good;
}

bool srv_drawn_part(const struct srv_drawn *drawn, const struct srv_table *table, uint32_t row, struct wi_part *part)
{
    const struct srv_file_row *file = &table->file[row];
    uint32_t draw = drawn->of_state[file->state];
    if (draw == SRV_NO_TENSOR)
        return false;
    wi_replay_tensor(&drawn->draw[draw], file->first, &part->tensor);
    return true;
}

static bool is_one_request(const struct wi_replay_draw *draw, const struct srv_table *table,
                           const struct srv_file_row *row)
{
    enum wi_dtype_id kept;
    return drawn_type((enum srv_dtype)row->dtype, &kept) && kept == draw->dtype && draw->n_zeros == 0 &&
           draw->times == 0 && draw->mark.spare == WI_REPLAY_NONE && row->first == 0 &&
           draw->n == table->shape[row->shape].n_elems;
}

size_t srv_drawn_url(const struct srv_drawn *drawn, const struct srv_table *table, uint32_t row, uint64_t seed,
                     char out[SRV_DRAWN_URL_MAX])
{
    const struct srv_file_row *file = &table->file[row];
    const struct srv_shape *shape = &table->shape[file->shape];
    const struct wi_replay_draw *draw = &drawn->draw[drawn->of_state[file->state]];
    const bool normal = draw->kind == WI_DRAW_NORMAL;
    *out = 0;
    if (!is_one_request(draw, table, file))
        return 0;
    int len = sprintf(out, "/init?like=%s&scheme=%s&shape=", drawn->torch->name, normal ? "normal" : "uniform");
    for (uint32_t i = 0; i < shape->rank; i++)
        len += sprintf(out + len, "%s%llu", i ? "," : "", (unsigned long long)shape->dim[i]);
    len += sprintf(out + len, "&seed=%llu&dtype=%s&%s=", (unsigned long long)seed, wi_dtype_at(draw->dtype)->name,
                   normal ? "mean" : "low");
    len += (int)wi_decimal_f64(draw->a, out + len);
    len += sprintf(out + len, "&%s=", normal ? "std" : "high");
    len += (int)wi_decimal_f64(draw->b, out + len);
    if (draw->mark.words)
        len += sprintf(out + len, "&after=words:%llu", (unsigned long long)draw->mark.words);
    return (size_t)(len + sprintf(out + len, "&format=raw"));
}

void srv_draw_numbers(const struct wi_replay_draw *draw, uint64_t out[SRV_DRAW_NUMBERS])
{
    memcpy(&out[0], &draw->a, sizeof draw->a);
    memcpy(&out[1], &draw->b, sizeof draw->b);
    out[2] = (uint64_t)draw->kind << 8 | draw->dtype;
    out[3] = draw->n;
    out[4] = draw->zero;
    out[5] = draw->n_zeros;
    out[6] = draw->mark.words;
    out[7] = draw->mark.spare;
    if (draw->times != 0) /* no row of such a draw is set to zero */
        memcpy(&out[4], &draw->times, sizeof draw->times);
}
