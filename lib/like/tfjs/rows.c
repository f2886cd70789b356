/* like=tfjs: tf.initializers.X({..., seed}).apply(shape) of TensorFlow.js 4, layers API, in f32.
 *
 * tfjs replaces 0 in minval, maxval and stddev by its defaults -0.05, 0.05 and 0.05, and so do low=0, high=0 and std=0
 * here. The "normal" distribution of its variance-scaling family is a truncated one whose variance is not corrected. */
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
    enum wi_status status = wi_like_check(tensor, err);
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

static enum wi_status prepare_scaling(struct wi_tensor *tensor, struct wi_error *err)
{
    const struct wi_family family = wi_like_family(tensor);
    if (family.mode == WI_MODE_FAN_GEO_AVG)
        return wi_refuse(err, WI_E_UNSUPPORTED, "mode", "TensorFlow.js has fanIn, fanOut and fanAvg",
                         "fan_in, fan_out, fan_avg");
    if (family.distribution == WI_DIST_TRUNCATED_NORMAL)
        return wi_refuse(err, WI_E_UNSUPPORTED, "distribution",
                         "TensorFlow.js has normal (which it truncates) and uniform", "normal, uniform");
    double variance = family.scale / fan(tensor, family.mode), limit = __builtin_sqrt(3 * variance);
    if (family.distribution == WI_DIST_UNIFORM)
        return drawn(tensor, WI_DRAW_UNIFORM, -limit, limit, err);
    return drawn(tensor, WI_DRAW_TRUNCATED, 0, __builtin_sqrt(variance), err);
}

static enum wi_status prepare_native(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = check(tensor, err);
    return status == WI_OK ? wi_like_prepare_native(tensor, err) : status;
}

/* ---- rows ---- */

#define WI_LIKE_SOURCE "tf.initializers of TensorFlow.js 4"
#define WI_LIKE_BEST "repeating the numbers of a TensorFlow.js program without running it"
#define IO WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)

#define DRAWN(id, alias, takes, def, text, ...)                                                               \
    WI_LIKE_DRAWN(row_##id, id, alias, 0, WI_RANK_MAX, takes, def, text, "shape=4,5&seed=42", .build = build, \
                  __VA_ARGS__)
#define FAMILY(id, alias, text, ...)                                       \
    DRAWN(id, alias, 0, WI_DEFAULTS(IO), text, .prepare = prepare_scaling, \
          .family = &(const struct wi_family)__VA_ARGS__)
#define NATIVE(id, takes, def, text, shown) \
    WI_LIKE_NATIVE(row_##id, id, "", 0, WI_RANK_MAX, takes, def, text, shown, prepare_native)

DRAWN(uniform, "random_uniform", WI_LIKE_BITS2(WI_P_LOW, WI_P_HIGH),
      WI_DEFAULTS(WI_REAL(WI_P_LOW, -0.05), WI_REAL(WI_P_HIGH, 0.05)), "randomUniform({minval: low, maxval: high})",
      .prepare = prepare_uniform);
DRAWN(normal, "random_normal", WI_LIKE_BITS2(WI_P_MEAN, WI_P_STD),
      WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 0.05)), "randomNormal({mean, stddev: std})",
      .prepare = prepare_normal);
DRAWN(truncated_normal, "", WI_LIKE_BITS2(WI_P_MEAN, WI_P_STD),
      WI_DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 0.05)), "truncatedNormal({mean, stddev: std})",
      .prepare = prepare_truncated_normal);
DRAWN(variance_scaling, "", WI_LIKE_BITS2(WI_P_SCALE, WI_P_MODE) | WI_P_BIT(WI_P_DISTRIBUTION),
      WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1), WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN),
                  WI_CHOICE(WI_P_DISTRIBUTION, WI_DIST_NORMAL)),
      "varianceScaling({scale, mode, distribution})", .prepare = prepare_scaling);
FAMILY(glorot_uniform, "xavier_uniform", "glorotUniform({})", {1, WI_MODE_FAN_AVG, WI_DIST_UNIFORM});
FAMILY(glorot_normal, "xavier_normal", "glorotNormal({}): truncated, not corrected",
       {1, WI_MODE_FAN_AVG, WI_DIST_NORMAL});
FAMILY(lecun_uniform, "", "leCunUniform({})", {1, WI_MODE_FAN_IN, WI_DIST_UNIFORM});
FAMILY(lecun_normal, "", "leCunNormal({}): truncated, not corrected", {1, WI_MODE_FAN_IN, WI_DIST_NORMAL});
FAMILY(he_uniform, "", "heUniform({})", {2, WI_MODE_FAN_IN, WI_DIST_UNIFORM});
FAMILY(he_normal, "", "heNormal({}): truncated, not corrected", {2, WI_MODE_FAN_IN, WI_DIST_NORMAL});
NATIVE(zeros, 0, WI_DEFAULTS(IO), "zeros()", "shape=4,5");
NATIVE(ones, 0, WI_DEFAULTS(IO), "ones()", "shape=4,5");
NATIVE(constant, WI_P_BIT(WI_P_VALUE), WI_DEFAULTS(WI_REAL(WI_P_VALUE, 0)), "constant({value})", "shape=4,5&value=0.5");

#define ROWS(row)                                                                                                  \
    row(row_uniform) row(row_normal) row(row_truncated_normal) row(row_variance_scaling) row(row_glorot_uniform)   \
        row(row_glorot_normal) row(row_lecun_uniform) row(row_lecun_normal) row(row_he_uniform) row(row_he_normal) \
            row(row_zeros) row(row_ones) row(row_constant)

WI_LIKE_TABLE(tfjs, "tfjs", "tf.initializers of TensorFlow.js 4 with a seed", WI_LAYOUT_IO, 0, NULL, ROWS);
