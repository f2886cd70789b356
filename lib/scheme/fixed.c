/* Schemes with a given spread instead of one derived from the fans: normal, uniform, truncated normal. */
#include "scheme/scheme.h"

#define NORMAL_PARAMS (WI_P_BIT(WI_P_MEAN) | WI_P_BIT(WI_P_STD) | WI_P_BIT(WI_P_TRUNCATED))

static enum wi_status prepare_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    double mean = wi_real(tensor, WI_P_MEAN), std = wi_real(tensor, WI_P_STD);
    (void)err;
    if (wi_choice(tensor, WI_P_TRUNCATED))
        wi_tensor_truncated(tensor, mean, std / WI_TRUNCATED_STD);
    else
        wi_tensor_normal(tensor, mean, std);
    return WI_OK;
}

static enum wi_status prepare_truncated(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    wi_tensor_truncated(tensor, wi_real(tensor, WI_P_MEAN), wi_real(tensor, WI_P_STD));
    return WI_OK;
}

static enum wi_status prepare_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    double low = wi_real(tensor, WI_P_LOW), high = wi_real(tensor, WI_P_HIGH);
    if (low > high)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "low", "low=%r is above high=%r", low, high);
    wi_tensor_uniform(tensor, low, high);
    return WI_OK;
}

const struct wi_scheme wi_scheme_random = {
    .info = {.name = "random",
             .aliases = "small_random",
             .formula = "W ~ N(mean, std^2), std = 0.01",
             .summary = "small random numbers: a standard normal times 0.01",
             .best_for = "shallow networks, and as the simplest thing that breaks symmetry",
             .known_problem = "the scale ignores the layer's width: in deep networks signals and gradients vanish",
             .source = "textbook; LeCun et al. 1998, Efficient BackProp",
             .example = "shape=256,128&seed=7",
             .rank_max = WI_RANK_MAX,
             .params = NORMAL_PARAMS,
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 0.01), WI_CHOICE(WI_P_TRUNCATED, 0))},
    .prepare = prepare_normal,
};

const struct wi_scheme wi_scheme_normal = {
    .info = {.name = "normal",
             .aliases = "gaussian random_normal",
             .formula = "W ~ N(mean, std^2)",
             .summary = "normal numbers of a given mean and standard deviation",
             .best_for = "when the paper says so: embeddings N(0, 1), transformers N(0, 0.02^2)",
             .known_problem = "a fixed std fits one width only; elsewhere signals explode or vanish with depth",
             .source = "textbook",
             .example = "shape=256,128&std=0.02&seed=7",
             .rank_max = WI_RANK_MAX,
             .params = NORMAL_PARAMS,
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1), WI_CHOICE(WI_P_TRUNCATED, 0))},
    .prepare = prepare_normal,
};

const struct wi_scheme wi_scheme_truncated_normal = {
    .info = {.name = "truncated_normal",
             .aliases = "trunc_normal",
             .formula = "W ~ N(mean, std^2) conditioned to mean - 2 std <= W <= mean + 2 std",
             .summary =
                 "a normal cut at two standard deviations; std is that of the normal before the cut, the result's "
                 "is 0.8796 of it",
             .best_for = "vision transformers and everything that must not contain outliers",
             .known_problem = "the variance is 0.7737 of what std suggests; normal with truncated=1 corrects for it",
             .source = "textbook; Dosovitskiy et al. 2020, An Image is Worth 16x16 Words",
             .example = "shape=256,128&std=0.02&seed=7",
             .rank_max = WI_RANK_MAX,
             .params = WI_P_BIT(WI_P_MEAN) | WI_P_BIT(WI_P_STD),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1))},
    .prepare = prepare_truncated,
};

const struct wi_scheme wi_scheme_uniform = {
    .info = {.name = "uniform",
             .aliases = "random_uniform",
             .formula = "W ~ U(low, high)",
             .summary = "uniform numbers between two bounds",
             .best_for = "when the paper says so: dummy weights of inference engines U(-0.001, 0.001)",
             .known_problem = "fixed bounds fit one width only; elsewhere signals explode or vanish with depth",
             .source = "textbook",
             .example = "shape=256,128&low=-0.05&high=0.05&seed=7",
             .rank_max = WI_RANK_MAX,
             .params = WI_P_BIT(WI_P_LOW) | WI_P_BIT(WI_P_HIGH),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_LOW, 0), WI_REAL(WI_P_HIGH, 1))},
    .prepare = prepare_uniform,
};
