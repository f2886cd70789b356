/* see rule.h */
#include "model/rule.h"

#include <stdio.h>
#include <string.h>

#include "model/args.h"

static const struct {
    const char *name;
    unsigned args, params;
    const char *query; /* what /init calls it; NULL: /init has no such scheme */
} rows[SRV_RULE_COUNT] = {
    [SRV_RULE_NORMAL] = {"normal", 1, 2, "scheme=normal&mean=%&std=%"},
    [SRV_RULE_UNIFORM] = {"uniform", 1, 2, "scheme=uniform&low=%&high=%"},
    [SRV_RULE_TRUNC_NORMAL] = {"trunc_normal", 3, 4, "scheme=truncated_normal&mean=%&std=%&low=%&high=%"},
    [SRV_RULE_ZEROS] = {"zeros", 0, 0, "scheme=zeros"},
    [SRV_RULE_ONES] = {"ones", 0, 0, "scheme=ones"},
    [SRV_RULE_CONSTANT] = {"constant", 1, 1, "scheme=constant&value=%"},
    [SRV_RULE_INV_FREQ] = {"inv_freq", 1, 1, "scheme=inv_freq&base=%"},
    [SRV_RULE_SINUSOID_HALVES] = {"sinusoid_halves", 0, 0, "scheme=sinusoidal_halves"},
    [SRV_RULE_SINUSOID_PAIRS] = {"sinusoid_pairs", 0, 0, "scheme=sinusoidal"},
    [SRV_RULE_POSITIONS] = {"positions", 0, 0, "scheme=positions"},
    [SRV_RULE_ROW_NORMS] = {"row_norms", 0, 0, NULL},
    [SRV_RULE_LOG_STEPS] = {"log_steps", 0, 0, "scheme=log_positions"},
    [SRV_RULE_SCALED_NORMAL] = {"scaled_normal", 1, 1, "scheme=normal&std=%"},
    [SRV_RULE_WINDOW_OFFSETS] = {"window_offsets", 0, 0, "scheme=positions"},
};

const char *srv_rule_name(enum srv_rule_scheme scheme)
{
    return rows[scheme].name;
}

unsigned srv_rule_n_params(enum srv_rule_scheme scheme)
{
    return rows[scheme].params;
}

bool srv_rule_equal(const struct srv_rule *a, const struct srv_rule *b)
{
    bool equal = a->scheme == b->scheme && a->zero_row == b->zero_row;
    for (unsigned i = 0; i < rows[a->scheme].params; i++)
        equal = equal && a->p[i] == b->p[i];
    return equal;
}

/* Do the bounds of a truncated normal cut nothing that a normal draw can give? Then it is asked for as a normal, whose
 * numbers it had before /init took bounds. */
static bool cuts_nothing(const struct srv_rule *rule)
{
    const double reach = WI_NORMAL_MAX_F64 * rule->p[1];
    return rule->p[2] <= rule->p[0] - reach && rule->p[3] >= rule->p[0] + reach;
}

size_t srv_rule_query(const struct srv_rule *rule, char out[SRV_RULE_QUERY_MAX])
{
    size_t len = 0, next = 0;
    const bool normal = rule->scheme == SRV_RULE_TRUNC_NORMAL && cuts_nothing(rule);
    const char *query = rows[normal ? SRV_RULE_NORMAL : rule->scheme].query;
    for (; query && *query; query++) {
        if (*query == '%')
            len += wi_decimal_f64(rule->p[next++], out + len);
        else
            out[len++] = *query;
    }
    if (len && rule->zero_row != SRV_NO_ROW)
        len += (size_t)sprintf(out + len, "&padding=%llu", (unsigned long long)rule->zero_row);
    out[len] = 0;
    return len;
}

static bool find(const char *name, size_t len, enum srv_rule_scheme *out)
{
    for (unsigned i = 0; i < SRV_RULE_COUNT; i++)
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0) {
            *out = (enum srv_rule_scheme)i;
            return true;
        }
    return false;
}

bool srv_rule_compile(struct srv_arena *arena, const char *text, const struct srv_scope *scope,
                      struct srv_rule_expr *out, struct wi_error *err)
{
    struct srv_args args;
    *out = (struct srv_rule_expr){.given = true};
    if (!srv_args_split(text, &args, err))
        return false;
    const bool rand = args.name_len == 4 && memcmp(args.name, "rand", 4) == 0; /* uniform with no argument: on (0, 1) */
    if (!find(rand ? "uniform" : args.name, rand ? 7 : args.name_len, &out->scheme)) {
        wi_fail(err, WI_E_PARAM_VALUE, "", "there is no rule %q", text);
        wi_error_allow(err, "normal, uniform, trunc_normal, zeros, ones, constant, inv_freq, sinusoid_halves, "
                            "sinusoid_pairs, positions, row_norms, log_steps, window_offsets, scaled_normal, rand");
        return false;
    }
    out->n = rand ? 0 : rows[out->scheme].args;
    if (args.n != out->n) {
        wi_fail(err, WI_E_PARAM_VALUE, "", "the rule %s takes %u arguments", rows[out->scheme].name, (uint64_t)out->n);
        return false;
    }
    for (unsigned i = 0; i < out->n; i++)
        if (!srv_expr_compile(arena, args.arg[i].text, args.arg[i].len, scope, &out->arg[i], err))
            return false;
    return true;
}

bool srv_rule_eval(const struct srv_rule_expr *rule, struct srv_env env, struct srv_rule *out, struct wi_error *err)
{
    double x[3] = {0};
    for (unsigned i = 0; i < rule->n; i++)
        if (!srv_expr_real(&rule->arg[i], env, &x[i], err))
            return false;
    *out = (struct srv_rule){.scheme = rule->scheme, .zero_row = SRV_NO_ROW};
    switch (rule->scheme) {
    case SRV_RULE_NORMAL:
        out->p[1] = x[0];
        break;
    case SRV_RULE_UNIFORM:
        out->p[0] = rule->n ? -x[0] : 0;
        out->p[1] = rule->n ? x[0] : 1;
        break;
    case SRV_RULE_TRUNC_NORMAL:
        memcpy(out->p + 1, x, sizeof x);
        break;
    default:
        out->p[0] = x[0];
    }
    if (rule->scheme == SRV_RULE_CONSTANT && (x[0] == 0 || x[0] == 1))
        *out = (struct srv_rule){.scheme = x[0] == 0 ? SRV_RULE_ZEROS : SRV_RULE_ONES, .zero_row = SRV_NO_ROW};
    bool negative = (rule->scheme == SRV_RULE_NORMAL || rule->scheme == SRV_RULE_UNIFORM ||
                     rule->scheme == SRV_RULE_TRUNC_NORMAL) &&
                    x[0] < 0;
    if (negative)
        wi_fail(err, WI_E_PARAM_CONFLICT, rule->arg[0].field, "%q must not be negative", rule->arg[0].text);
    return !negative;
}
