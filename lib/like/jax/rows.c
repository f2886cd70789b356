/* like=jax and like=jax-legacy: jax.nn.initializers.X(...)(jax.random.key(seed), shape, dtype) on the CPU.
 *
 * jax: with jax_threefry_partitionable, the default since 0.5.0. jax-legacy: without that flag. f64 means
 * JAX_ENABLE_X64=1, which also puts the upper half of the seed into the key. All rows but orthogonal are random
 * access. */
#include <string.h>

#include "fmath/f64.h"
#include "base/element.h"
#include "like/jax/engine.h"
#include "like/row.h"
#include "scheme/rows.h"

enum { CHUNK = 512 };

/* The differences between releases of jax. */
struct rules {
    bool partitionable; /* jax_threefry_partitionable */
    bool factor_first;  /* normals are (sqrt 2 * std) * erfinv, not (sqrt 2 * erfinv) * std */
    bool empty_fans;    /* fans of 0 are answered; else they are divided by */
    double log1p_least; /* see struct wi_jax */
    /* The releases for which the numbers are exact, and what jax.jit gives; "" where there is nothing to say. */
    struct notes {
        const char *truncated, *normal_f32, *normal_f16, *normal_f64;
    } notes;
};

static const struct rules *rules_of(const struct wi_tensor *tensor)
{
    return wi_like_of(tensor)->variant;
}

static struct wi_jax stream_of(const struct wi_tensor *tensor)
{
    const struct rules *rules = rules_of(tensor);
    uint64_t seed = tensor->value[WI_P_SEED].uint;
    uint32_t high = tensor->dtype->id == WI_F64 ? (uint32_t)(seed >> 32) : 0;
    struct wi_jax j = {{high, (uint32_t)seed}, rules->partitionable, tensor->n_elems, rules->log1p_least};
    for (unsigned i = 0; i < tensor->past.n; i++) {
        const struct wi_past_item *step = &tensor->past.item[i];
        if (step->kind == WI_PAST_SPLIT)
            wi_jax_split(&j, (uint32_t)step->n, (uint32_t)step->i);
        else
            wi_jax_fold_in(&j, (uint32_t)step->n);
    }
    return j;
}

/* XLA flushes subnormal results and arguments to zero. f16 is computed in f32, where its subnormals are normal. */
static double flushed(enum wi_dtype_id dtype, double x)
{
    double least = dtype == WI_F64 ? 0x1p-1022 : dtype == WI_F16 ? 0 : 0x1p-126;
    return x < least && x > -least ? x * 0 : x;
}

/* A number of the program becomes f16 in one rounding, bf16 by way of f32. */
static double in_dtype(enum wi_dtype_id dtype, double x)
{
    return flushed(dtype, wi_in_dtype(dtype, dtype == WI_F16 ? (double)wi_odd_f32(x) : x));
}

/* ---- drawing: tensor->draw.kind is the distribution, draw.b a factor that is applied last, in the dtype ---- */

static void draw_f64(const struct wi_jax *j, const struct wi_tensor *tensor, uint64_t first, size_t n, double *out)
{
    double factor = tensor->draw.b;
    if (tensor->draw.kind == WI_DRAW_UNIFORM) {
        wi_jax_uniform_f64(j, tensor->draw.a == 0 ? 0 : -1, 1, first, n, out);
    } else if (tensor->draw.kind == WI_DRAW_TRUNCATED) {
        wi_jax_truncated_f64(j, first, n, out);
    } else if (rules_of(tensor)->factor_first) {
        wi_jax_scaled_erfinv_f64(j, flushed(WI_F64, WI_JAX_SQRT2 * factor), first, n, out);
        factor = 1;
    } else {
        wi_jax_normal_f64(j, first, n, out);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = flushed(WI_F64, out[i] * factor);
}

static void draw_f32(const struct wi_jax *j, const struct wi_tensor *tensor, uint64_t first, size_t n, float *out)
{
    enum wi_dtype_id dtype = tensor->dtype->id;
    float factor = (float)tensor->draw.b;
    if (tensor->draw.kind == WI_DRAW_UNIFORM) {
        wi_jax_uniform(j, dtype, tensor->draw.a == 0 ? 0 : -1, 1, first, n, out);
    } else if (tensor->draw.kind == WI_DRAW_TRUNCATED) {
        wi_jax_truncated(j, dtype, first, n, out);
    } else if (rules_of(tensor)->factor_first) {
        factor = (float)in_dtype(dtype, (double)(wi_jax_sqrt2(dtype) * factor));
        wi_jax_scaled_erfinv(j, dtype, factor, first, n, out);
        factor = 1;
    } else {
        wi_jax_normal(j, dtype, first, n, out);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (float)flushed(dtype, (double)(out[i] * factor)); /* rounded to 16-bit types when stored */
}

static void fill_draw(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    struct wi_jax j = stream_of(tensor);
    float chunk[CHUNK];
    uint8_t *to = out;
    (void)keep;
    for (size_t k; n; n -= k, first += k, to += k * tensor->dtype->bytes) {
        k = n < CHUNK ? n : CHUNK;
        if (tensor->dtype->id == WI_F64) {
            draw_f64(&j, tensor, first, k, (double *)to);
        } else if (tensor->dtype->id == WI_F32) {
            draw_f32(&j, tensor, first, k, (float *)to);
        } else {
            draw_f32(&j, tensor, first, k, chunk);
            for (size_t i = 0; i < k; i++)
                ((uint16_t *)to)[i] = wi_half_bits(tensor->dtype->id, chunk[i]);
        }
    }
}

/* ---- preparing ---- */

static enum wi_status check(const struct wi_tensor *tensor, struct wi_error *err)
{
    uint64_t seed = tensor->value[WI_P_SEED].uint;
    enum wi_status status = wi_like_check(tensor, err);
    if (status == WI_OK && seed > INT64_MAX && tensor->seed.form != WI_SEED_NEGATIVE)
        return wi_refuse(err, WI_E_PARAM_VALUE, "seed", "jax.random.key takes seeds below 2**63",
                         "0 .. 9223372036854775807, decimal or 0x hex");
    if (status == WI_OK && !rules_of(tensor)->partitionable && tensor->n_elems > UINT32_MAX / 2)
        return wi_fail(err, WI_E_SHAPE, "shape", "like=%s is described for fewer than 2**31 elements",
                       tensor->like->name);
    return status;
}

/* What XLA does to uniforms and in bf16 is the same in every release and under jax.jit. */
static const char *note_of(const struct wi_tensor *tensor, enum wi_draw_kind kind)
{
    const struct notes *notes = &rules_of(tensor)->notes;
    enum wi_dtype_id dtype = tensor->dtype->id;
    if (kind == WI_DRAW_UNIFORM || dtype == WI_BF16)
        return "";
    if (kind == WI_DRAW_NORMAL)
        return dtype == WI_F64 ? notes->normal_f64 : dtype == WI_F16 ? notes->normal_f16 : notes->normal_f32;
    return dtype == WI_F16 ? "on CPUs without AVX512-FP16; with it XLA fuses products and sums in f16"
                           : notes->truncated;
}

static enum wi_status drawn(struct wi_tensor *tensor, enum wi_draw_kind kind, double low, double factor,
                            struct wi_error *err)
{
    tensor->exactness_note = note_of(tensor, kind);
    factor = in_dtype(tensor->dtype->id, factor);
    tensor->draw = (struct wi_draw){kind, low, factor};
    return check(tensor, err);
}

static enum wi_status prepare_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    return drawn(tensor, WI_DRAW_UNIFORM, 0, wi_real(tensor, WI_P_SCALE), err);
}

static enum wi_status prepare_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    tensor->has_std = true;
    tensor->std = wi_real(tensor, WI_P_STD);
    return drawn(tensor, WI_DRAW_NORMAL, 0, tensor->std, err);
}

static enum wi_status prepare_truncated(struct wi_tensor *tensor, struct wi_error *err)
{
    return drawn(tensor, WI_DRAW_TRUNCATED, 0, wi_real(tensor, WI_P_STD), err);
}

static double fan(const struct wi_tensor *tensor, unsigned mode)
{
    double in = tensor->fan_in, out = tensor->fan_out;
    const double fans[] = {[WI_MODE_FAN_IN] = in, [WI_MODE_FAN_OUT] = out, [WI_MODE_FAN_AVG] = (in + out) / 2};
    return mode == WI_MODE_FAN_GEO_AVG ? wi_pow_f64(in * out, 0.5) : fans[mode];
}

static double root(enum wi_dtype_id dtype, double x)
{
    return in_dtype(dtype, dtype == WI_F64 ? __builtin_sqrt(x) : (double)__builtin_sqrtf((float)x));
}

/* Every step is rounded to the dtype, as jnp does. */
static enum wi_status prepare_scaling(struct wi_tensor *tensor, struct wi_error *err)
{
    const struct wi_family family = wi_like_family(tensor);
    if (family.scale < 0)
        return wi_fail(err, WI_E_PARAM_VALUE, "scale", "jax makes NaN of a negative variance");
    if (tensor->n_elems == 0 && !rules_of(tensor)->empty_fans)
        return wi_fail(err, WI_E_SHAPE, "shape", "jax divides by the fans before 0.11.1, and they are 0");
    enum wi_dtype_id dtype = tensor->dtype->id;
    double variance = in_dtype(dtype, family.scale / fan(tensor, family.mode));
    tensor->has_std = true;
    tensor->std = __builtin_sqrt(family.scale / fan(tensor, family.mode));
    if (family.distribution == WI_DIST_UNIFORM)
        return drawn(tensor, WI_DRAW_UNIFORM, -1, root(dtype, in_dtype(dtype, 3 * variance)), err);
    if (family.distribution == WI_DIST_NORMAL)
        return drawn(tensor, WI_DRAW_NORMAL, 0, root(dtype, variance), err);
    double cut = in_dtype(dtype, WI_TRUNCATED_STD), sd = root(dtype, variance);
    sd = dtype == WI_F64 ? sd / cut : (double)((float)sd / (float)cut);
    return drawn(tensor, WI_DRAW_TRUNCATED, 0, sd, err);
}

/* ---- orthogonal ---- */

static uint64_t columns(const struct wi_tensor *tensor)
{
    return tensor->shape[tensor->rank - 1];
}

/* jax draws the normals as (longer, shorter), which is the order of the tall matrix. */
static enum wi_status prepare_orthogonal(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = check(tensor, err);
    bool narrow = tensor->dtype->id != WI_F32 && tensor->dtype->id != WI_F64;
    if (status == WI_OK && narrow && tensor->n_elems > 0)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "jax has no QR decomposition of 16-bit types", "f32, f64");
    tensor->draw = (struct wi_draw){WI_DRAW_NORMAL, 0, 1};
    tensor->has_bound = true;
    tensor->bound = wi_real(tensor, WI_P_SCALE);
    wi_like_whole(tensor, wi_like_matrix_bytes(tensor, columns(tensor)));
    wi_like_approximate(tensor, "QR by another order of operations: equal to about 2e-6 in f32, 1e-13 in f64");
    return status;
}

static void build_orthogonal(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct wi_like_matrix m = wi_like_matrix(tensor, columns(tensor), scratch);
    (void)exec;
    fill_draw(tensor, NULL, 0, (size_t)tensor->n_elems, keep);
    for (uint64_t i = 0; i < tensor->n_elems; i++)
        m.tall[i] = wi_load(tensor->dtype->id, keep, (size_t)i);
    wi_like_matrix_keep(tensor, &m, wi_real(tensor, WI_P_SCALE), false, keep);
}

/* ---- rows ---- */

#define WI_LIKE_SOURCE "jax.nn.initializers, XLA's CPU backend on a CPU with FMA"
#define WI_LIKE_BEST "repeating the numbers of a JAX program without installing it"
#define IO WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)
#define EXAMPLE "shape=4,5&seed=42"

/* A random access row. */
#define DRAWN(id, alias, min, takes, def, text, ...)                                                                   \
    WI_LIKE_ROW(row_##id, id, alias, min, WI_RANK_MAX, (takes) | WI_P_BIT(WI_P_KEY), def, text, EXAMPLE, false, false, \
                .fill = fill_draw, __VA_ARGS__)
#define FAMILY(id, alias, text, ...)                                                              \
    DRAWN(id, alias, 2, 0, WI_DEFAULTS(IO), text, .prepare = prepare_scaling, .any_layout = true, \
          .family = &(const struct wi_family)__VA_ARGS__)
#define NATIVE(id, takes, def, text, shown, prepare_fn) \
    WI_LIKE_NATIVE(row_##id, id, "", 0, WI_RANK_MAX, takes, def, text, shown, prepare_fn)
#define SCALE WI_P_BIT(WI_P_SCALE)
#define STD WI_P_BIT(WI_P_STD)

DRAWN(uniform, "", 0, SCALE, WI_DEFAULTS(WI_REAL(WI_P_SCALE, 0.01)), "uniform(scale): [0, scale)",
      .prepare = prepare_uniform, .free_gain = true);
DRAWN(normal, "", 0, STD, WI_DEFAULTS(WI_REAL(WI_P_STD, 0.01)), "normal(stddev=std)", .prepare = prepare_normal);
DRAWN(truncated_normal, "", 0, STD, WI_DEFAULTS(WI_REAL(WI_P_STD, 0.01)),
      "truncated_normal(stddev=std), cut at +-2 of them, no correction", .prepare = prepare_truncated);
DRAWN(variance_scaling, "", 2, SCALE | WI_LIKE_BITS2(WI_P_MODE, WI_P_DISTRIBUTION),
      WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1), WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN),
                  WI_CHOICE(WI_P_DISTRIBUTION, WI_DIST_TRUNCATED_NORMAL)),
      "variance_scaling(scale, mode, distribution)", .prepare = prepare_scaling, .any_layout = true, .free_gain = true);
FAMILY(glorot_uniform, "xavier_uniform", "glorot_uniform()", {1, WI_MODE_FAN_AVG, WI_DIST_UNIFORM});
FAMILY(glorot_normal, "xavier_normal", "glorot_normal(): truncated", {1, WI_MODE_FAN_AVG, WI_DIST_TRUNCATED_NORMAL});
FAMILY(lecun_uniform, "", "lecun_uniform()", {1, WI_MODE_FAN_IN, WI_DIST_UNIFORM});
FAMILY(lecun_normal, "", "lecun_normal(): truncated", {1, WI_MODE_FAN_IN, WI_DIST_TRUNCATED_NORMAL});
FAMILY(he_uniform, "kaiming_uniform", "he_uniform()", {2, WI_MODE_FAN_IN, WI_DIST_UNIFORM});
FAMILY(he_normal, "kaiming_normal", "he_normal(): truncated", {2, WI_MODE_FAN_IN, WI_DIST_TRUNCATED_NORMAL});
WI_LIKE_DRAWN(row_orthogonal, orthogonal, "", 2, WI_RANK_MAX, SCALE | WI_P_BIT(WI_P_KEY),
              WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1)), "orthogonal(scale)", EXAMPLE, .prepare = prepare_orthogonal,
              .build = build_orthogonal, .free_gain = true);
NATIVE(zeros, 0, WI_DEFAULTS(IO), "zeros", "shape=4,5", wi_like_prepare_native);
NATIVE(ones, 0, WI_DEFAULTS(IO), "ones", "shape=4,5", wi_like_prepare_native);
NATIVE(constant, WI_P_BIT(WI_P_VALUE), WI_DEFAULTS(WI_REAL(WI_P_VALUE, 0)), "constant(value)", "shape=4,5&value=0.5",
       wi_like_prepare_native_f16);

#define ROWS(row)                                                                                                  \
    row(row_uniform) row(row_normal) row(row_truncated_normal) row(row_variance_scaling) row(row_glorot_uniform)   \
        row(row_glorot_normal) row(row_lecun_uniform) row(row_lecun_normal) row(row_he_uniform) row(row_he_normal) \
            row(row_orthogonal) row(row_zeros) row(row_ones) row(row_constant)

#define RELEASE(id, name, text, ...)                    \
    static const struct rules id##_rules = __VA_ARGS__; \
    WI_LIKE_TABLE(id, name, text, WI_LAYOUT_IO, 1u << WI_SEED_NEGATIVE, &id##_rules, ROWS)

/* jax.jit multiplies the constants of a normal first, as 0.12 does without it; but its f64 logarithm is the
 * release's. */
#define OLDER_LOG \
    "jax 0.9 to 0.11.0; in 0.5 to 0.7 XLA compiled log otherwise and up to 0.5 % of the normals differ by some ulp"
#define JIT_IS_JAX "under jax.jit the numbers are those of like=jax"
#define JIT_IS_OTHER "under jax.jit up to half of the numbers differ by an ulp or two"

RELEASE(jax, "jax", "jax.nn.initializers with jax.random.key(seed); jax 0.12",
        {.partitionable = true,
         .factor_first = true,
         .empty_fans = true,
         .log1p_least = WI_JAX_LOG1P_LEAST_0_11,
         .notes = {"", "", "", ""}});
RELEASE(jax_0_11, "jax@0.11", "jax.nn.initializers with jax.random.key(seed); jax 0.11.1 and 0.11.2",
        {.partitionable = true,
         .empty_fans = true,
         .log1p_least = WI_JAX_LOG1P_LEAST_0_11,
         .notes = {"", JIT_IS_JAX, JIT_IS_JAX, JIT_IS_JAX}});
RELEASE(jax_0_10, "jax@0.10", "jax.nn.initializers with jax.random.key(seed); jax 0.5.0 to 0.11.0",
        {.partitionable = true,
         .log1p_least = WI_JAX_LOG1P_LEAST,
         .notes = {OLDER_LOG, OLDER_LOG "; " JIT_IS_JAX, JIT_IS_JAX, OLDER_LOG "; " JIT_IS_OTHER}});
RELEASE(jax_legacy, "jax-legacy", "jax@0.10 with jax_threefry_partitionable off, the default before 0.5.0",
        {.partitionable = false,
         .log1p_least = WI_JAX_LOG1P_LEAST,
         .notes = {OLDER_LOG, OLDER_LOG "; " JIT_IS_OTHER, JIT_IS_OTHER, OLDER_LOG "; " JIT_IS_OTHER}});
