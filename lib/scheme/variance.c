/* variance.c - schemes that derive the spread from the fans: Xavier / Glorot, He / Kaiming, LeCun, variance scaling.
 *
 * All have the formulas  std = gain / sqrt(fan(mode))  and  uniform bound = gain * sqrt(3 / fan(mode)).
 * They differ in the default gain and mode:
 *
 *     Xavier   gain 1        fan_avg (the normal one of these notes: fan_in)   Glorot & Bengio 2010, eq. 12 and 16
 *     He       gain sqrt(2)  fan_in                                            He et al. 2015, eq. 10
 *     LeCun    gain 1        fan_in                                            LeCun et al. 1998, 4.6
 *     variance scaling: gain = sqrt(scale)
 *
 * The canonical request contains the gain as a number, whether gain= or nonlinearity= set it. */
#include "scheme/scheme.h"

#define FANS (WI_P_BIT(WI_P_GROUPS) | WI_P_BIT(WI_P_FAN_IN) | WI_P_BIT(WI_P_FAN_OUT))
#define FAN_PARAMS (FANS | WI_P_BIT(WI_P_MODE) | WI_P_BIT(WI_P_GAIN) | WI_P_BIT(WI_P_NONLINEARITY) | WI_P_BIT(WI_P_A))
#define NORMAL_PARAMS (FAN_PARAMS | WI_P_BIT(WI_P_TRUNCATED))

#define TORCH_SLOPE 0.01 /* the default slope of calculate_gain("leaky_relu") */

static enum wi_status resolve_gain(struct wi_tensor *tensor, struct wi_error *err)
{
    const struct wi_nonlinearity *n = wi_nonlinearity_at(wi_choice(tensor, WI_P_NONLINEARITY));
    bool has_n = tensor->params & WI_P_BIT(WI_P_NONLINEARITY);
    if (wi_given(tensor, WI_P_GAIN) && wi_given(tensor, WI_P_NONLINEARITY))
        return wi_fail(err, WI_E_PARAM_CONFLICT, "gain", "gain and nonlinearity both set the gain; give one of them");
    if (wi_given(tensor, WI_P_A) && (!wi_given(tensor, WI_P_NONLINEARITY) || !n->takes_a))
        return wi_fail(err, WI_E_PARAM_CONFLICT, "a", "a is the slope of nonlinearity=leaky_relu only");
    if (!wi_given(tensor, WI_P_GAIN) && has_n)
        tensor->value[WI_P_GAIN].real = n->gain(wi_given(tensor, WI_P_A) ? wi_real(tensor, WI_P_A) : TORCH_SLOPE);
    tensor->params |= WI_P_BIT(WI_P_GAIN);
    tensor->params &= ~(WI_P_BIT(WI_P_NONLINEARITY) | WI_P_BIT(WI_P_A));
    return WI_OK;
}

static void draw(struct wi_tensor *tensor, enum wi_distribution distribution, double gain)
{
    double fan = wi_tensor_fan(tensor);
    double std = gain / __builtin_sqrt(fan), bound = gain * __builtin_sqrt(3 / fan);
    if (distribution == WI_DIST_UNIFORM)
        wi_tensor_uniform(tensor, -bound, bound);
    else if (distribution == WI_DIST_TRUNCATED_NORMAL)
        wi_tensor_truncated(tensor, 0, std / WI_TRUNCATED_STD);
    else
        wi_tensor_normal(tensor, 0, std);
}

static enum wi_status prepare_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = resolve_gain(tensor, err);
    if (status == WI_OK)
        draw(tensor, WI_DIST_UNIFORM, wi_real(tensor, WI_P_GAIN));
    return status;
}

static enum wi_status prepare_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = resolve_gain(tensor, err);
    if (status == WI_OK)
        draw(tensor, wi_choice(tensor, WI_P_TRUNCATED) ? WI_DIST_TRUNCATED_NORMAL : WI_DIST_NORMAL,
             wi_real(tensor, WI_P_GAIN));
    return status;
}

static enum wi_status prepare_scaling(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    draw(tensor, (enum wi_distribution)wi_choice(tensor, WI_P_DISTRIBUTION),
         __builtin_sqrt(wi_real(tensor, WI_P_SCALE)));
    return WI_OK;
}

#define XAVIER_DEFAULTS(mode) \
    WI_DEFAULTS(WI_CHOICE(WI_P_MODE, mode), WI_CHOICE(WI_P_NONLINEARITY, WI_LINEAR), WI_CHOICE(WI_P_TRUNCATED, 0))
#define HE_DEFAULTS                                                                          \
    WI_DEFAULTS(WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN), WI_CHOICE(WI_P_NONLINEARITY, WI_RELU), \
                WI_CHOICE(WI_P_TRUNCATED, 0))

#define GLOROT "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
#define HE "He et al. 2015, Delving Deep into Rectifiers"
#define LECUN "LeCun et al. 1998, Efficient BackProp"

#define XAVIER_BEST "sigmoid, tanh, softmax and linear layers"
#define XAVIER_PROBLEM "with ReLU the signal loses half of its variance per layer and vanishes in deep networks"
#define HE_BEST "ReLU, leaky ReLU and their smooth relatives"
#define HE_PROBLEM "with sigmoid or tanh it saturates; with mode=fan_in gradients may grow where layers widen"
#define LECUN_BEST "SELU (self-normalizing networks), and tanh as LeCun scales it"
#define LECUN_PROBLEM "with ReLU the signal loses half of its variance per layer"

#define EXAMPLE "shape=256,128&seed=7"

/* clang-format off */
#define VARIANCE_SCHEME(id, alias, text, what, best, problem, where, takes, def, fn)                              \
    const struct wi_scheme wi_scheme_##id = {                                                                     \
        .info = {.name = #id, .aliases = alias, .formula = text, .summary = what, .best_for = best,               \
                 .known_problem = problem, .source = where, .example = EXAMPLE, .rank_max = WI_RANK_MAX,          \
                 .params = takes, .defaults = def},                                                               \
        .prepare = fn, .counts_groups = true,                                                                                            \
    }
/* clang-format on */

VARIANCE_SCHEME(
    xavier_uniform, "",
    "W ~ U(-b, b), b = sqrt(6 / (fan_in + fan_out)); in general b = gain * sqrt(3 / fan), fan = (fan_in + fan_out) / 2",
    "Xavier's uniform: b = sqrt(6 / (fan_in + fan_out))", XAVIER_BEST, XAVIER_PROBLEM, GLOROT ", eq. 16", FAN_PARAMS,
    XAVIER_DEFAULTS(WI_MODE_FAN_AVG), prepare_uniform);
VARIANCE_SCHEME(
    glorot_uniform, "",
    "W ~ U(-b, b), b = sqrt(6 / (fan_in + fan_out)); in general b = gain * sqrt(3 / fan), fan = (fan_in + fan_out) / 2",
    "the same as xavier_uniform, by its author's other name", XAVIER_BEST, XAVIER_PROBLEM, GLOROT ", eq. 16",
    FAN_PARAMS, XAVIER_DEFAULTS(WI_MODE_FAN_AVG), prepare_uniform);
VARIANCE_SCHEME(
    xavier_normal, "", "W ~ N(0, 1 / fan_in); in general std = gain / sqrt(fan), fan = fan_in",
    "the simplified Xavier normal: variance 1/fan_in; mode=fan_avg or glorot_normal for 2/(fan_in + fan_out)",
    XAVIER_BEST, XAVIER_PROBLEM, "the simplification used by Caffe and many courses of " GLOROT, NORMAL_PARAMS,
    XAVIER_DEFAULTS(WI_MODE_FAN_IN), prepare_normal);
VARIANCE_SCHEME(
    glorot_normal, "",
    "W ~ N(0, 2 / (fan_in + fan_out)); in general std = gain / sqrt(fan), fan = (fan_in + fan_out) / 2",
    "Glorot's normal: variance 2/(fan_in + fan_out), what torch, Keras and JAX call xavier or glorot normal",
    XAVIER_BEST, XAVIER_PROBLEM, GLOROT ", eq. 12", NORMAL_PARAMS, XAVIER_DEFAULTS(WI_MODE_FAN_AVG), prepare_normal);
VARIANCE_SCHEME(he_normal, "kaiming_normal",
                "W ~ N(0, 2 / fan_in); in general std = gain / sqrt(fan), gain = sqrt(2), fan = fan_in",
                "He's normal: variance 2/fan_in", HE_BEST, HE_PROBLEM, HE ", eq. 10", NORMAL_PARAMS, HE_DEFAULTS,
                prepare_normal);
VARIANCE_SCHEME(he_uniform, "kaiming_uniform",
                "W ~ U(-b, b), b = sqrt(6 / fan_in); in general b = gain * sqrt(3 / fan), gain = sqrt(2), fan = fan_in",
                "He's variance 2/fan_in with uniform numbers", HE_BEST, HE_PROBLEM, HE ", eq. 10", FAN_PARAMS,
                HE_DEFAULTS, prepare_uniform);
VARIANCE_SCHEME(lecun_normal, "", "W ~ N(0, 1 / fan_in); in general std = gain / sqrt(fan), fan = fan_in",
                "LeCun's normal: variance 1/fan_in", LECUN_BEST, LECUN_PROBLEM, LECUN ", section 4.6", NORMAL_PARAMS,
                XAVIER_DEFAULTS(WI_MODE_FAN_IN), prepare_normal);
VARIANCE_SCHEME(lecun_uniform, "",
                "W ~ U(-b, b), b = sqrt(3 / fan_in); in general b = gain * sqrt(3 / fan), fan = fan_in",
                "LeCun's variance 1/fan_in with uniform numbers", LECUN_BEST, LECUN_PROBLEM, LECUN ", section 4.6",
                FAN_PARAMS, XAVIER_DEFAULTS(WI_MODE_FAN_IN), prepare_uniform);
VARIANCE_SCHEME(
    variance_scaling, "", "variance = scale / fan(mode), normal, uniform or truncated normal",
    "the general form of JAX and Keras; the truncated normal is corrected to the variance that was asked for",
    "everything the named schemes do not cover", "nothing warns when scale or mode do not fit the activation",
    "JAX and Keras initializers; " HE, FANS | WI_P_BIT(WI_P_SCALE) | WI_P_BIT(WI_P_MODE) | WI_P_BIT(WI_P_DISTRIBUTION),
    WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1), WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN),
                WI_CHOICE(WI_P_DISTRIBUTION, WI_DIST_TRUNCATED_NORMAL)),
    prepare_scaling);
