/* rule.h - how the numbers of a tensor are made: a scheme with its parameters.
 *
 * In architecture files a rule is written normal(std), uniform(bound) on (-bound, bound), trunc_normal(std, low, high),
 * zeros, ones, constant(value), and the formulas inv_freq(theta), sinusoid_halves, sinusoid_pairs, positions,
 * row_norms, log_steps, window_offsets, scaled_normal(times), and rand, which is
 * uniform on (0, 1); every parameter is an expression. */
#ifndef SRV_MODEL_RULE_H
#define SRV_MODEL_RULE_H

#include "model/expr.h"

enum srv_rule_scheme {
    SRV_RULE_NORMAL,          /* p: mean, std */
    SRV_RULE_UNIFORM,         /* p: low, high */
    SRV_RULE_TRUNC_NORMAL,    /* p: mean, std, low, high; bounds are values, not multiples of std */
    SRV_RULE_ZEROS,           /* */
    SRV_RULE_ONES,            /* */
    SRV_RULE_CONSTANT,        /* p: value */
    SRV_RULE_INV_FREQ,        /* p: theta; element i of n is theta^(-i/n) */
    SRV_RULE_SINUSOID_HALVES, /* row t: sines, then cosines, of t * 10000^(-j/(width/2 - 1)) */
    SRV_RULE_SINUSOID_PAIRS,  /* row t: sine and cosine in turn of t * 10000^(-2j/width) */
    SRV_RULE_POSITIONS,       /* element i of the last dimension is i */
    SRV_RULE_ROW_NORMS,       /* the norms of the rows of another model's tensor: not made here */
    SRV_RULE_LOG_STEPS,       /* element i of the last dimension is log(i + 1) */
    SRV_RULE_WINDOW_OFFSETS,  /* of w * w places in a window, element i of w^4: where the offset of place i / w^2 from
                                place i % w^2 stands in a table of (2w - 1)^2, as Swin transformers look it up */
    SRV_RULE_SCALED_NORMAL,   /* p: times; torch.randn(...) * times, which rounds twice */
    SRV_RULE_COUNT
};

#define SRV_RULE_PARAMS 4
#define SRV_NO_ROW UINT64_MAX

struct srv_rule {
    enum srv_rule_scheme scheme;
    double p[SRV_RULE_PARAMS];
    uint64_t zero_row; /* this row is set to zero afterwards; SRV_NO_ROW: none */
};

const char *srv_rule_name(enum srv_rule_scheme scheme);
/* How many of p the scheme uses. */
unsigned srv_rule_n_params(enum srv_rule_scheme scheme);
struct srv_shape;
/* nn.init.xavier_uniform_ of a tensor of two and more dimensions. */
struct srv_rule srv_rule_xavier(const struct srv_shape *shape);
bool srv_rule_equal(const struct srv_rule *a, const struct srv_rule *b);

/* The parameters of GET /init that the rule stands for: "scheme=normal&std=0.02", to be followed by shape, dtype, seed,
 * layout=oi and stream=. Returns the length; "" where no scheme of /init makes these numbers. */
#define SRV_RULE_QUERY_MAX 192 /* four numbers, their names and a row */
size_t srv_rule_query(const struct srv_rule *rule, char out[SRV_RULE_QUERY_MAX]);

/* A rule as an architecture file writes it. */
struct srv_rule_expr {
    enum srv_rule_scheme scheme;
    unsigned n;
    struct srv_expr arg[3];
    bool given;
};

bool srv_rule_compile(struct srv_arena *arena, const char *text, const struct srv_scope *scope,
                      struct srv_rule_expr *out, struct wi_error *err);
bool srv_rule_eval(const struct srv_rule_expr *rule, struct srv_env env, struct srv_rule *out, struct wi_error *err);

#endif
