/* like=jax and like=jax-legacy: jax.nn.initializers.X(...)(jax.random.key(seed), shape, dtype) on the CPU.
 *
 * jax: jax_threefry_partitionable, the default since 0.5.0; jax-legacy: the older default, or that flag off. f64 means
 * JAX_ENABLE_X64=1, which also lets the upper half of the seed into the key. Elements are computed where they are asked
 * for: nothing is kept, but for the orthogonal ones. */
#include <string.h>

#include "fmath/fmath.h"
#include "like/shared/half.h"
#include "like/jax/engine.h"
#include "like/table.h"
#include "like/shared/qr.h"
#include "like/row.h"
#include "scheme/rows.h"

enum { CHUNK = 512 };

/* A number as the dtype holds it. */
static double in_dtype(enum wi_dtype_id dtype, double x)
{
    if (dtype == WI_F64)
        return x;
    return (double)(dtype == WI_F32 ? (float)x : wi_round_half(dtype, (float)x));
}

static struct wi_jax stream_of(const struct wi_tensor *tensor)
{
    uint64_t seed = tensor->value[WI_P_SEED].uint;
    struct wi_jax j = {{0, (uint32_t)seed}, tensor->like == &wi_like_jax.info, tensor->n_elems};
    if (tensor->dtype->id == WI_F64)
        j.key[0] = (uint32_t)(seed >> 32);
    return j;
}

/* ---- drawing: tensor->draw.kind says what, b is the factor that is multiplied on afterwards, in the dtype ---- */

static void draw_f64(const struct wi_jax *j, const struct wi_tensor *tensor, uint64_t first, size_t n, double *out)
{
    if (tensor->draw.kind == WI_DRAW_UNIFORM)
        wi_jax_uniform_f64(j, tensor->draw.a == 0 ? 0 : -1, 1, first, n, out);
    else if (tensor->draw.kind == WI_DRAW_NORMAL)
        wi_jax_normal_f64(j, first, n, out);
    else
        wi_jax_truncated_f64(j, first, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] *= tensor->draw.b;
}

static void draw_f32(const struct wi_jax *j, const struct wi_tensor *tensor, uint64_t first, size_t n, float *out)
{
    enum wi_dtype_id dtype = tensor->dtype->id;
    float factor = (float)tensor->draw.b;
    if (tensor->draw.kind == WI_DRAW_UNIFORM)
        wi_jax_uniform(j, dtype, tensor->draw.a == 0 ? 0 : -1, 1, first, n, out);
    else if (tensor->draw.kind == WI_DRAW_NORMAL)
        wi_jax_normal(j, dtype, first, n, out);
    else
        wi_jax_truncated(j, dtype, first, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] *= factor; /* rounded to 16-bit types when stored */
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
    bool is_legacy = tensor->like != &wi_like_jax.info;
    enum wi_status status = wi_like_check(tensor, WI_LAYOUT_IO, err);
    if (status == WI_OK && seed > INT64_MAX)
        return wi_refuse(err, WI_E_PARAM_VALUE, "seed", "jax.random.key takes seeds below 2**63",
                         "0 .. 9223372036854775807, decimal or 0x hex");
    if (status == WI_OK && is_legacy && tensor->n_elems > UINT32_MAX / 2)
        return wi_fail(err, WI_E_SHAPE, "shape", "like=%s is described for fewer than 2**31 elements",
                       tensor->like->name);
    return status;
}

/* Exact for the release and the CPU named here. */
static const char *note_of(const struct wi_tensor *tensor, enum wi_draw_kind kind)
{
    if (kind == WI_DRAW_UNIFORM || tensor->dtype->id == WI_BF16 ||
        (kind == WI_DRAW_NORMAL && tensor->dtype->id == WI_F16))
        return "";
    if (tensor->dtype->id == WI_F16)
        return "on CPUs without AVX512-FP16; with it XLA fuses products and sums in f16";
    return "jax 0.10; in 0.5 to 0.7 XLA compiled log otherwise and up to 0.5 % of the normals differ by some ulp";
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
    return mode == WI_MODE_FAN_GEO_AVG ? wi_pow(in * out, 0.5) : fans[mode];
}

static double root(enum wi_dtype_id dtype, double x)
{
    return in_dtype(dtype, dtype == WI_F64 ? __builtin_sqrt(x) : (double)__builtin_sqrtf((float)x));
}

/* Every step in the dtype, as jnp does it. */
static enum wi_status scaling(struct wi_tensor *tensor, double scale, unsigned mode, unsigned distribution,
                              struct wi_error *err)
{
    enum wi_dtype_id dtype = tensor->dtype->id;
    double variance = in_dtype(dtype, scale / fan(tensor, mode));
    tensor->has_std = true;
    tensor->std = __builtin_sqrt(scale / fan(tensor, mode));
    if (distribution == WI_DIST_UNIFORM)
        return drawn(tensor, WI_DRAW_UNIFORM, -1, root(dtype, in_dtype(dtype, 3 * variance)), err);
    if (distribution == WI_DIST_NORMAL)
        return drawn(tensor, WI_DRAW_NORMAL, 0, root(dtype, variance), err);
    double cut = in_dtype(dtype, WI_TRUNCATED_STD), sd = root(dtype, variance);
    sd = dtype == WI_F64 ? sd / cut : (double)((float)sd / (float)cut);
    return drawn(tensor, WI_DRAW_TRUNCATED, 0, sd, err);
}

static enum wi_status prepare_scaling(struct wi_tensor *tensor, struct wi_error *err)
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
FAMILY(glorot_normal, 1, WI_MODE_FAN_AVG, WI_DIST_TRUNCATED_NORMAL)
FAMILY(lecun_uniform, 1, WI_MODE_FAN_IN, WI_DIST_UNIFORM)
FAMILY(lecun_normal, 1, WI_MODE_FAN_IN, WI_DIST_TRUNCATED_NORMAL)
FAMILY(he_uniform, 2, WI_MODE_FAN_IN, WI_DIST_UNIFORM)
FAMILY(he_normal, 2, WI_MODE_FAN_IN, WI_DIST_TRUNCATED_NORMAL)

#define DELEGATE(id)                                                                   \
    static enum wi_status prepare_##id(struct wi_tensor *tensor, struct wi_error *err) \
    {                                                                                  \
        enum wi_status status = wi_like_check(tensor, WI_LAYOUT_IO, err);              \
        return status == WI_OK ? wi_scheme_##id.prepare(tensor, err) : status;         \
    }
DELEGATE(zeros)
DELEGATE(ones)
DELEGATE(constant)

/* ---- orthogonal ---- */

/* normal(key, (longer, shorter)), its Q with the signs of R's diagonal, transposed when there are more columns. */
static enum wi_status prepare_orthogonal(struct wi_tensor *tensor, struct wi_error *err)
{
    tensor->rows = tensor->n_elems / tensor->shape[tensor->rank - 1];
    tensor->cols = tensor->shape[tensor->rank - 1];
    uint64_t shorter = tensor->rows < tensor->cols ? tensor->rows : tensor->cols;
    enum wi_status status = check(tensor, err);
    if (status == WI_OK && tensor->dtype->id != WI_F32 && tensor->dtype->id != WI_F64)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "jax has no QR decomposition of 16-bit types", "f32, f64");
    tensor->draw = (struct wi_draw){WI_DRAW_NORMAL, 0, 1};
    tensor->has_bound = true;
    tensor->bound = wi_real(tensor, WI_P_SCALE);
    wi_like_whole(tensor, (tensor->n_elems + 2 * shorter) * sizeof(double));
    wi_like_approximate(tensor, "QR by another order of operations: equal to about 2e-6 in f32, 1e-13 in f64");
    return status;
}

static void load_normals(const struct wi_tensor *tensor, void *keep, double *matrix)
{
    fill_draw(tensor, NULL, 0, (size_t)tensor->n_elems, keep);
    for (uint64_t i = 0; i < tensor->n_elems; i++)
        matrix[i] = tensor->dtype->id == WI_F64 ? ((double *)keep)[i] : (double)((float *)keep)[i];
}

static void build_orthogonal(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    size_t rows = (size_t)tensor->rows, cols = (size_t)tensor->cols;
    size_t m = rows < cols ? cols : rows, n = rows < cols ? rows : cols;
    double *matrix = scratch, scale = wi_real(tensor, WI_P_SCALE);
    (void)exec;
    load_normals(tensor, keep, matrix);
    wi_qr_q(matrix, m, n, matrix + m * n);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) {
            double q = matrix[rows < cols ? c * n + r : r * n + c];
            if (tensor->dtype->id == WI_F64)
                ((double *)keep)[r * cols + c] = q * scale;
            else
                ((float *)keep)[r * cols + c] = (float)q * (float)scale;
        }
}

/* ---- rows ---- */

#define DOC "jax.nn.initializers, XLA's CPU backend on a CPU with FMA"
#define BEST "repeating the numbers of a JAX program without installing it"
#define PROBLEM "every tensor of one seed starts with the same numbers; give each its own seed"
#define IO WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)

/* clang-format off */
#define ROW(id, alias, min, max, takes, def, is_whole, seedfree, build_fn, fill_fn, text, shown)                    \
    static const struct wi_scheme row_##id = {                                                                      \
        .info = {.name = #id, .aliases = alias, .formula = text, .summary = text, .best_for = BEST,             \
                 .known_problem = PROBLEM, .source = DOC, .example = shown, .rank_min = min, .rank_max = max,  \
                 .params = takes, .defaults = def, .whole = is_whole, .seedless = seedfree}, \
        .prepare = prepare_##id, .build = build_fn, .fill = fill_fn}
/* clang-format on */
#define DRAWN(id, alias, min, takes, def, text) \
    ROW(id, alias, min, WI_RANK_MAX, takes, def, false, false, NULL, fill_draw, text, "shape=4,5&seed=42")
#define FIXED(id, takes, def, text, shown) ROW(id, "", 0, WI_RANK_MAX, takes, def, false, true, NULL, NULL, text, shown)
#define SCALE WI_P_BIT(WI_P_SCALE)
#define STD WI_P_BIT(WI_P_STD)

DRAWN(uniform, "", 0, SCALE, WI_DEFAULTS(WI_REAL(WI_P_SCALE, 0.01)), "uniform(scale): [0, scale)");
DRAWN(normal, "", 0, STD, WI_DEFAULTS(WI_REAL(WI_P_STD, 0.01)), "normal(stddev=std)");
#define prepare_truncated_normal prepare_truncated
DRAWN(truncated_normal, "", 0, STD, WI_DEFAULTS(WI_REAL(WI_P_STD, 0.01)),
      "truncated_normal(stddev=std), cut at +-2 of them, no correction");
#define prepare_variance_scaling prepare_scaling
DRAWN(variance_scaling, "", 2, SCALE | WI_P_BIT(WI_P_MODE) | WI_P_BIT(WI_P_DISTRIBUTION),
      WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1), WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN),
                  WI_CHOICE(WI_P_DISTRIBUTION, WI_DIST_TRUNCATED_NORMAL)),
      "variance_scaling(scale, mode, distribution)");
DRAWN(glorot_uniform, "xavier_uniform", 2, 0, WI_DEFAULTS(IO), "glorot_uniform()");
DRAWN(glorot_normal, "xavier_normal", 2, 0, WI_DEFAULTS(IO), "glorot_normal(): truncated");
DRAWN(lecun_uniform, "", 2, 0, WI_DEFAULTS(IO), "lecun_uniform()");
DRAWN(lecun_normal, "", 2, 0, WI_DEFAULTS(IO), "lecun_normal(): truncated");
DRAWN(he_uniform, "kaiming_uniform", 2, 0, WI_DEFAULTS(IO), "he_uniform()");
DRAWN(he_normal, "kaiming_normal", 2, 0, WI_DEFAULTS(IO), "he_normal(): truncated");
ROW(orthogonal, "", 2, WI_RANK_MAX, SCALE, WI_DEFAULTS(WI_REAL(WI_P_SCALE, 1)), true, false, build_orthogonal,
    wi_like_copy, "orthogonal(scale)", "shape=4,5&seed=42");
FIXED(zeros, 0, WI_DEFAULTS(IO), "zeros", "shape=4,5");
FIXED(ones, 0, WI_DEFAULTS(IO), "ones", "shape=4,5");
FIXED(constant, WI_P_BIT(WI_P_VALUE), WI_DEFAULTS(WI_REAL(WI_P_VALUE, 0)), "constant(value)", "shape=4,5&value=0.5");

#define ROWS                                                                                                          \
    &row_uniform, &row_normal, &row_truncated_normal, &row_variance_scaling, &row_glorot_uniform, &row_glorot_normal, \
        &row_lecun_uniform, &row_lecun_normal, &row_he_uniform, &row_he_normal, &row_orthogonal, &row_zeros,          \
        &row_ones, &row_constant

WI_LIKE_TABLE(jax, "jax", "jax.nn.initializers with jax.random.key(seed); threefry as of 0.5.0", ROWS);
WI_LIKE_TABLE(jax_legacy, "jax-legacy", "the same with jax_threefry_partitionable off, the default before 0.5.0", ROWS);
