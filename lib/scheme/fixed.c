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

#define BOUNDS (WI_P_BIT(WI_P_LOW) | WI_P_BIT(WI_P_HIGH))
#define UNBOUNDED __builtin_inf()

/* cut= becomes low= and high=. Bounds of two standard deviations are those that are not given. */
static enum wi_status resolve_bounds(struct wi_tensor *tensor, struct wi_error *err)
{
    double mean = wi_real(tensor, WI_P_MEAN), std = wi_real(tensor, WI_P_STD);
    if (wi_given(tensor, WI_P_CUT)) {
        double reach = wi_real(tensor, WI_P_CUT) * std;
        if (tensor->given & BOUNDS)
            return wi_fail(err, WI_E_PARAM_CONFLICT, "cut", "cut sets both bounds; give cut, or low and high");
        tensor->value[WI_P_LOW].real = mean - reach;
        tensor->value[WI_P_HIGH].real = mean + reach;
        tensor->params = (tensor->params | BOUNDS) & ~WI_P_BIT(WI_P_CUT);
    }
    if ((tensor->params & BOUNDS) == BOUNDS && wi_real(tensor, WI_P_LOW) == mean - 2 * std &&
        wi_real(tensor, WI_P_HIGH) == mean + 2 * std)
        tensor->params &= ~BOUNDS;
    return WI_OK;
}

static enum wi_status check_bounds(const struct wi_tensor *tensor, double low, double high, struct wi_error *err)
{
    double mean = wi_real(tensor, WI_P_MEAN), std = wi_real(tensor, WI_P_STD);
    if (low > high)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "low", "low=%r is above high=%r", low, high);
    if (low > mean + WI_BOUNDED_REACH * std)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "low", "low=%r is more than %u standard deviations above the mean",
                       low, (uint64_t)WI_BOUNDED_REACH);
    if (high < mean - WI_BOUNDED_REACH * std)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "high", "high=%r is more than %u standard deviations below the mean",
                       high, (uint64_t)WI_BOUNDED_REACH);
    return WI_OK;
}

/* The largest values that can be drawn are the bounds; without one, what the numbers reach beyond the other. */
static void bound_draw(struct wi_tensor *tensor, double low, double high)
{
    double mean = wi_real(tensor, WI_P_MEAN), reach = WI_NORMAL_MAX_F64 * wi_real(tensor, WI_P_STD);
    double least = low > -UNBOUNDED ? low : (high < mean ? high : mean) - reach;
    double most = high < UNBOUNDED ? high : (low > mean ? low : mean) + reach;
    tensor->draw = (struct wi_draw){WI_DRAW_UNIFORM, least, most};
    tensor->has_bound = low > -UNBOUNDED && high < UNBOUNDED;
    tensor->bound = -low > high ? -low : high;
    tensor->has_std = wi_bounded_std(&tensor->bounded, &tensor->std);
}

static enum wi_status prepare_truncated(struct wi_tensor *tensor, struct wi_error *err)
{
    double mean = wi_real(tensor, WI_P_MEAN), std = wi_real(tensor, WI_P_STD);
    enum wi_status status = resolve_bounds(tensor, err);
    wi_tensor_truncated(tensor, mean, std);
    if (status != WI_OK || !(tensor->params & BOUNDS))
        return status;
    double low = tensor->params & WI_P_BIT(WI_P_LOW) ? wi_real(tensor, WI_P_LOW) : -UNBOUNDED;
    double high = tensor->params & WI_P_BIT(WI_P_HIGH) ? wi_real(tensor, WI_P_HIGH) : UNBOUNDED;
    status = check_bounds(tensor, low, high, err);
    if (status != WI_OK || std == 0) /* every element is the mean, which is within the bounds */
        return status;
    wi_bounded_make(&tensor->bounded, mean, std, low, high);
    bound_draw(tensor, low, high);
    return WI_OK;
}

static void fill_truncated(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    enum { CHUNK = 256 };
    float chunk[CHUNK];
    uint8_t *to = out;
    (void)keep;
    if (tensor->bounded.std == 0) {
        wi_emit_draw(tensor, first, n, out);
    } else if (tensor->dtype->id == WI_F64) {
        wi_bounded_f64(&tensor->bounded, &tensor->key, first, n, out);
    } else {
        for (size_t k; n; n -= k, first += k, to += k * tensor->dtype->bytes) {
            k = n < CHUNK ? n : CHUNK;
            wi_bounded_f32(&tensor->bounded, &tensor->key, first, k, chunk);
            wi_emit_f32(tensor, chunk, k, to);
        }
    }
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
             .formula = "W ~ N(0, 1) * 0.01; in general N(mean, std^2), std = 0.01",
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
             .formula = "W ~ N(mean, std^2) conditioned to low <= W <= high, else to mean - 2 std <= W <= mean + 2 std",
             .summary = "a normal cut at two standard deviations, or at low and high, or at cut of them; std is that "
                        "of the normal before "
                        "the cut, at two the result's is 0.8796 of it",
             .best_for = "vision transformers and everything that must not contain outliers",
             .known_problem = "the variance is 0.7737 of what std suggests; normal with truncated=1 corrects for it",
             .source = "textbook; Dosovitskiy et al. 2020, An Image is Worth 16x16 Words",
             .example = "shape=256,128&std=0.02&seed=7",
             .rank_max = WI_RANK_MAX,
             .params = WI_P_BIT(WI_P_MEAN) | WI_P_BIT(WI_P_STD) | BOUNDS | WI_P_BIT(WI_P_CUT),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1))},
    .prepare = prepare_truncated,
    .fill = fill_truncated,
};

const struct wi_scheme wi_scheme_uniform = {
    .info = {.name = "uniform",
             .aliases = "random_uniform",
             .formula = "W ~ U(low, high), both ends possible by rounding",
             .summary = "uniform numbers between two bounds; from 0 to 1, rounding makes 1 of one number in 512 "
                        "(bf16), 4,096 (f16) or 2^24 (f32), and 0 of one in 2^24 in f16 alone",
             .best_for = "when the paper says so: dummy weights of inference engines U(-0.001, 0.001)",
             .known_problem = "fixed bounds fit one width only; elsewhere signals explode or vanish with depth",
             .source = "textbook",
             .example = "shape=256,128&low=-0.05&high=0.05&seed=7",
             .rank_max = WI_RANK_MAX,
             .params = WI_P_BIT(WI_P_LOW) | WI_P_BIT(WI_P_HIGH),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_LOW, 0), WI_REAL(WI_P_HIGH, 1))},
    .prepare = prepare_uniform,
};
