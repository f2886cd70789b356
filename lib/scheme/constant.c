/* Schemes in which every element has the same value. */
#include "scheme/scheme.h"

static enum wi_status prepare_zeros(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    wi_tensor_constant(tensor, 0);
    return WI_OK;
}

static enum wi_status prepare_ones(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    wi_tensor_constant(tensor, 1);
    return WI_OK;
}

static enum wi_status prepare_constant(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    wi_tensor_constant(tensor, wi_real(tensor, WI_P_VALUE));
    return WI_OK;
}

const struct wi_scheme wi_scheme_zeros = {
    .info = {.name = "zeros",
             .aliases = "zero",
             .formula = "W = 0",
             .summary = "every element is 0",
             .best_for = "biases, and the last layer of a residual branch",
             .known_problem = "as weights of a hidden layer it never breaks symmetry: all units of a layer compute and "
                              "learn the same thing",
             .source = "textbook; Goodfellow et al. 2016, Deep Learning, 8.4",
             .example = "shape=128",
             .rank_max = WI_RANK_MAX,
             .defaults = WI_NO_DEFAULTS,
             .seedless = true},
    .prepare = prepare_zeros,
};

const struct wi_scheme wi_scheme_ones = {
    .info = {.name = "ones",
             .aliases = "one",
             .formula = "W = 1",
             .summary = "every element is 1",
             .best_for = "scales of normalization layers",
             .known_problem = "as weights of a hidden layer it never breaks symmetry",
             .source = "textbook",
             .example = "shape=128",
             .rank_max = WI_RANK_MAX,
             .defaults = WI_NO_DEFAULTS,
             .seedless = true},
    .prepare = prepare_ones,
};

const struct wi_scheme wi_scheme_constant = {
    .info = {.name = "constant",
             .aliases = "const fill",
             .formula = "W = value",
             .summary = "every element is value",
             .best_for = "biases that should start away from 0, such as an LSTM's forget gate",
             .known_problem = "as weights of a hidden layer it never breaks symmetry",
             .source = "textbook",
             .example = "shape=128&value=0.5",
             .rank_max = WI_RANK_MAX,
             .params = WI_P_BIT(WI_P_VALUE),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_VALUE, 0)),
             .seedless = true},
    .prepare = prepare_constant,
};
