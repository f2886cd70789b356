/* like=tfjs: tf.initializers.X({..., seed}).apply(shape) of TensorFlow.js 4, layers API, in f32.
 *
 * tfjs takes 0 for "not given" in minval, maxval and stddev, and so do low=0, high=0 and std=0 here: they are +-0.05.
 * Its "normal" distribution of the variance-scaling family is truncated without the usual correction of the variance. */
#include "like/table.h"
#include "like/tfjs/engine.h"
#include "like/row.h"
#include "scheme/rows.h"

static void build(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct wi_tfjs *t = scratch;
    const struct wi_draw *draw = &tensor->draw;
    (void)exec;
    wi_tfjs_seed(t, tensor->value[WI_P_SEED].uint);
    if (draw->kind == WI_DRAW_UNIFORM)
        wi_tfjs_uniform(t, draw->a, draw->b, (size_t)tensor->n_elems, keep);
    else
        wi_tfjs_normal(t, draw->a, draw->b, draw->kind == WI_DRAW_TRUNCATED, (size_t)tensor->n_elems, keep);
}

static enum wi_status check(const struct wi_tensor *tensor, struct wi_error *err)
{
    uint64_t seed = tensor->value[WI_P_SEED].uint;
    enum wi_status status = wi_like_check(tensor, WI_LAYOUT_IO, err);
    if (status == WI_OK && tensor->dtype->id != WI_F32)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "TensorFlow.js has no floats but float32", "f32");
    if (status == WI_OK && seed >= UINT64_C(1) << 53)
        return wi_refuse(err, WI_E_PARAM_VALUE, "seed", "a JavaScript number holds integers below 2**53",
                         "0 .. 9007199254740991, decimal or 0x hex");
    return status;
}

static enum wi_status drawn(struct wi_tensor *tensor, enum wi_draw_kind kind, double a, double b, struct wi_error *err)
{
    tensor->draw = (struct wi_draw){kind, a, b};
    wi_like_whole(tensor, sizeof(struct wi_tfjs));
    enum wi_status status = check(tensor, err);
    if (status == WI_OK && kind != WI_DRAW_UNIFORM && tensor->value[WI_P_SEED].uint == 0)
        return wi_refuse(err, WI_E_UNSUPPORTED, "seed", "TensorFlow.js takes seed 0 for no seed when it draws normals",
                         "1 .. 9007199254740991, decimal or 0x hex");
    return status;
}

static double or_default(double value, double fallback)
{
    return value == 0 ? fallback : value;
}

static enum wi_status prepare_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    double low = or_default(wi_real(tensor, WI_P_LOW), -0.05), high = or_default(wi_real(tensor, WI_P_HIGH), 0.05);
    return drawn(tensor, WI_DRAW_UNIFORM, low, high, err);
}

static enum wi_status prepare_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    return drawn(tensor, WI_DRAW_NORMAL, wi_real(tensor, WI_P_MEAN), or_default(wi_real(tensor, WI_P_STD), 0.05), err);
}

static enum wi_status prepare_truncated_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    return drawn(tensor, WI_DRAW_TRUNCATED, wi_real(tensor, WI_P_MEAN), or_default(wi_real(tensor, WI_P_STD), 0.05),
                 err);
}

/* Ranks other than 2 to 5 have fans of sqrt(elements). */
static double fan(const struct wi_tensor *tensor, unsigned mode)
{
    bool has_fans = tensor->rank >= 2 && tensor->rank <= 5;
    double root = __builtin_sqrt((double)tensor->n_elems);
    double in = has_fans ? tensor->fan_in : root, out = has_fans ? tensor->fan_out : root;
    double value = mode == WI_MODE_FAN_IN ? in : mode == WI_MODE_FAN_OUT ? out : (in + out) / 2;
    return value > 1 ? value : 1;
}

static enum wi_status scaling(struct wi_tensor *tensor, double scale, unsigned mode, unsigned distribution,
                              struct wi_error *err)
{
    if (mode == WI_MODE_FAN_GEO_AVG)
        return wi_refuse(err, WI_E_UNSUPPORTED, "mode", "TensorFlow.js has fanIn, fanOut and fanAvg",
                         "fan_in, fan_out, fan_avg");
    if (distribution == WI_DIST_TRUNCATED_NORMAL)
        return wi_refuse(err, WI_E_UNSUPPORTED, "distribution",
                         "TensorFlow.js has normal (which it truncates) and uniform", "normal, uniform");
    double variance = scale / fan(tensor, mode), limit = __builtin_sqrt(3 * variance);
    if (distribution == WI_DIST_UNIFORM)
        return drawn(tensor, WI_DRAW_UNIFORM, -limit, limit, err);
    return drawn(tensor, WI_DRAW_TRUNCATED, 0, __builtin_sqrt(variance), err);
}

static enum wi_status prepare_variance_scaling(struct wi_tensor *tensor, struct wi_error *err)
{
    return scaling(tensor, wi_real(tensor, WI_P_SCALE), wi_choice(tensor, WI_P_MODE),
                   wi_choice(tensor, WI_P_DISTRIBUTION), err);
}

#define FAMILY(name, scale, mode, distribution)                                          \
    static enum wi_status prepare_##name(struct wi_tensor *tensor, struct wi_error *err) \
    {                                                                                    \
        return scaling(tensor, scale, mode, distribution, err);                          \
    }
FAMILY(glorot_uniform, 1, WI_MODE_FAN_AVG, WI_DIST_UNIFORM)
FAMILY(glorot_normal, 1, WI_MODE_FAN_AVG, WI_DIST_NORMAL)
FAMILY(lecun_uniform, 1, WI_MODE_FAN_IN, WI_DIST_UNIFORM)
FAMILY(lecun_normal, 1, WI_MODE_FAN_IN, WI_DIST_NORMAL)
FAMILY(he_uniform, 2, WI_MODE_FAN_IN, WI_DIST_UNIFORM)
FAMILY(he_normal, 2, WI_MODE_FAN_IN, WI_DIST_NORMAL)

#define DELEGATE(id)                                                                   \
    static enum wi_status prepare_##id(struct wi_tensor *tensor, struct wi_error *err) \
    {                                                                                  \
        enum wi_status status = check(tensor, err);                                    \
        return status == WI_OK ? wi_scheme_##id.prepare(tensor, err) : status;         \
    }
DELEGATE(zeros)
DELEGATE(ones)
DELEGATE(constant)

#define IO WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)
/* clang-format off */
#define ROW(id, alias, takes, def, seedfree, build_fn, fill_fn, text, shown)                                         \
    static const struct wi_scheme row_##id = {                                                                       \
        .info = {.name = #id, .aliases = alias, .formula = text, .summary = text,                                    \
                 .best_for = "repeating the numbers of a TensorFlow.js program without running it",                  \
                 .known_problem = "every tensor of one seed starts with the same numbers; give each its own seed",   \
                 .source = "tf.initializers of TensorFlow.js 4", .example = shown, .rank_max = WI_RANK_MAX,          \
                 .params = takes, .defaults = def, .whole = !(seedfree), .seedless = seedfree},                      \
        .prepare = prepare_##id, .build = build_fn, .fill = fill_fn}
/* clang-format on */
#define DRAWN(id, alias, takes, def, text) \
    ROW(id, alias, takes, def, false, build, wi_like_copy, text, "shape=4,5&seed=42")
#define FIXED(id, takes, def, text, shown) ROW(id, "", takes, def, true, NULL, NULL, text, shown)
#define BITS2(a, b) (WI_P_BIT(a) | WI_P_BIT(b))

DRAWN(uniform, "random_uniform", BITS2(WI_P_LOW, WI_P_HIGH),
      WI_DEFAULTS(WI_REAL(WI_P_LOW, -0.05), WI_REAL(WI_P_HIGH, 0.05)), "randomUniform({minval: low, maxval: high})");
DRAWN(normal, "random_normal", BITS2(WI_P_MEAN, WI_P_STD), WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 0.05)),
      "randomNormal({mean, stddev: std})");
DRAWN(truncated_normal, "", BITS2(WI_P_MEAN, WI_P_STD), WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 0.05)),
      "truncatedNormal({mean, stddev: std})");
DRAWN(variance_scaling, "", BITS2(WI_P_SCALE, WI_P_MODE) | WI_P_BIT(WI_P_DISTRIBUTION),
      WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1), WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN),
                  WI_CHOICE(WI_P_DISTRIBUTION, WI_DIST_NORMAL)),
      "varianceScaling({scale, mode, distribution})");
DRAWN(glorot_uniform, "xavier_uniform", 0, WI_DEFAULTS(IO), "glorotUniform({})");
DRAWN(glorot_normal, "xavier_normal", 0, WI_DEFAULTS(IO), "glorotNormal({}): truncated, not corrected");
DRAWN(lecun_uniform, "", 0, WI_DEFAULTS(IO), "leCunUniform({})");
DRAWN(lecun_normal, "", 0, WI_DEFAULTS(IO), "leCunNormal({}): truncated, not corrected");
DRAWN(he_uniform, "", 0, WI_DEFAULTS(IO), "heUniform({})");
DRAWN(he_normal, "", 0, WI_DEFAULTS(IO), "heNormal({}): truncated, not corrected");
FIXED(zeros, 0, WI_DEFAULTS(IO), "zeros()", "shape=4,5");
FIXED(ones, 0, WI_DEFAULTS(IO), "ones()", "shape=4,5");
FIXED(constant, WI_P_BIT(WI_P_VALUE), WI_DEFAULTS(WI_REAL(WI_P_VALUE, 0)), "constant({value})", "shape=4,5&value=0.5");

WI_LIKE_TABLE(tfjs, "tfjs", "tf.initializers of TensorFlow.js 4 with a seed", &row_uniform, &row_normal,
              &row_truncated_normal, &row_variance_scaling, &row_glorot_uniform, &row_glorot_normal, &row_lecun_uniform,
              &row_lecun_normal, &row_he_uniform, &row_he_normal, &row_zeros, &row_ones, &row_constant);
