/* like=numpy and like=numpy-generator: what NumPy code draws after np.random.seed(seed), or from default_rng(seed).
 *
 *     zeros, ones, constant, eye             np.zeros(shape), np.ones, np.full, np.eye
 *     random                                 np.random.randn(*shape) * std                          std 0.01
 *     xavier_normal, lecun_normal            np.random.randn(*shape) * np.sqrt(1 / n_in)
 *     he_normal                              np.random.randn(*shape) * np.sqrt(2 / n_in)
 *     xavier_uniform                         np.random.uniform(-L, L, shape), L = np.sqrt(6 / (n_in + n_out))
 *     uniform, normal                        np.random.uniform(low, high, shape), normal(mean, std, shape)
 *     random_sample                          np.random.random_sample(shape); Generator: random(shape, dtype)
 *     standard_normal                        np.random.standard_normal(shape); Generator: with dtype
 *     orthogonal                             q * sign(diag(r)) * gain of the QR of randn(rows, cols)
 *
 * The Generator table has the same rows with rng = np.random.default_rng(seed) in place of np.random. Everything is
 * drawn and scaled in f64; other dtypes are .astype(dtype) of that, but for the Generator's own f32 random and
 * standard_normal. n_in = shape[-2] * receptive field, n_out = shape[-1] * receptive field. */
#include <string.h>

#include "like/table.h"
#include "like/numpy/generator.h"
#include "like/numpy/legacy.h"
#include "like/shared/qr.h"
#include "like/row.h"

enum how { CONSTANT, EYE, UNIFORM, NORMAL, SCALED, ORTHOGONAL }; /* tensor->count */

enum { CHUNK = 4096 };

struct work {
    bool is_generator;
    enum wi_bitgen_kind kind;
    union {
        struct wi_np_legacy legacy;
        struct wi_bitgen generator;
    } u;
    double chunk[CHUNK];
    double matrix[]; /* orthogonal: the matrix and the scratch of its QR */
};

/* ---- building ---- */

static void start(struct work *w, const struct wi_tensor *tensor)
{
    uint64_t seed = tensor->value[WI_P_SEED].uint;
    w->is_generator = tensor->scheme->params & WI_P_BIT(WI_P_BITGEN);
    w->kind = (enum wi_bitgen_kind)wi_choice(tensor, WI_P_BITGEN);
    if (w->is_generator)
        wi_bitgen_seed(&w->u.generator, w->kind, seed);
    else
        wi_np_legacy_seed(&w->u.legacy, (uint32_t)seed);
}

static void randn(struct work *w, size_t n, double *out)
{
    if (w->is_generator)
        wi_np_standard_normal(&w->u.generator, w->kind, n, out);
    else
        wi_np_legacy_randn(&w->u.legacy, n, out);
}

static void draw(struct work *w, const struct wi_tensor *tensor, size_t n, double *out)
{
    double a = tensor->draw.a, b = tensor->draw.b;
    if (tensor->count == UNIFORM) {
        if (w->is_generator)
            wi_np_uniform(&w->u.generator, w->kind, a, b, n, out);
        else
            wi_np_legacy_uniform(&w->u.legacy, a, b, n, out);
        return;
    }
    randn(w, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] = tensor->count == NORMAL ? a + b * out[i] : out[i] * b;
}

static void build(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    uint8_t *out = keep;
    (void)exec;
    start(w, tensor);
    for (uint64_t done = 0; done < tensor->n_elems;) {
        size_t k = tensor->n_elems - done < CHUNK ? (size_t)(tensor->n_elems - done) : CHUNK;
        draw(w, tensor, k, w->chunk);
        wi_like_store_f64(tensor, w->chunk, k, out + done * tensor->dtype->bytes);
        done += k;
    }
}

/* The Generator's own f32 samplers. */
static void build_f32(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    if (tensor->dtype->id != WI_F32) {
        build(tensor, keep, scratch, exec);
        return;
    }
    start(w, tensor);
    if (tensor->count == UNIFORM)
        wi_np_random32(&w->u.generator, w->kind, (size_t)tensor->n_elems, keep);
    else
        wi_np_standard_normal32(&w->u.generator, w->kind, (size_t)tensor->n_elems, keep);
}

static void build_constant(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    (void)scratch;
    (void)exec;
    uint64_t step = tensor->shape[tensor->rank > 1 ? 1 : 0] + 1;
    for (uint64_t i = 0; i < tensor->n_elems; i++) {
        double value = tensor->count == CONSTANT                      ? tensor->draw.a
                       : i % step == 0 && i / step < tensor->shape[0] ? 1
                                                                      : 0;
        wi_like_store_f64(tensor, &value, 1, (uint8_t *)keep + i * tensor->dtype->bytes);
    }
}

static void build_orthogonal(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    size_t rows = (size_t)tensor->shape[0], cols = (size_t)tensor->shape[1];
    size_t m = rows < cols ? cols : rows, n = rows < cols ? rows : cols;
    double gain = wi_real(tensor, WI_P_GAIN), *matrix = w->matrix;
    (void)exec;
    start(w, tensor);
    for (size_t r = 0; r < rows; r++) /* a wide matrix is transposed as it is drawn */
        for (size_t c = 0, k; c < cols; c += k) {
            k = cols - c < CHUNK ? cols - c : CHUNK;
            randn(w, k, w->chunk);
            for (size_t i = 0; i < k; i++)
                matrix[rows < cols ? (c + i) * n + r : r * n + c + i] = w->chunk[i];
        }
    wi_qr_q(matrix, m, n, matrix + m * n);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) {
            double value = matrix[rows < cols ? c * n + r : r * n + c] * gain;
            wi_like_store_f64(tensor, &value, 1, (uint8_t *)keep + (r * cols + c) * tensor->dtype->bytes);
        }
}

/* ---- preparing ---- */

static enum wi_status check(struct wi_tensor *tensor, enum how how, struct wi_error *err)
{
    enum wi_status status = wi_like_check(tensor, WI_LAYOUT_IO, err);
    if (status != WI_OK)
        return status;
    tensor->count = how;
    if (tensor->dtype->id == WI_BF16)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "NumPy has no bfloat16", "f32, f64, f16");
    bool seeded = !tensor->scheme->seedless && !(tensor->scheme->params & WI_P_BIT(WI_P_BITGEN));
    if (seeded && tensor->value[WI_P_SEED].uint > UINT32_MAX)
        return wi_refuse(err, WI_E_PARAM_VALUE, "seed", "np.random.seed takes 0 to 2**32 - 1",
                         "0 .. 4294967295, decimal or 0x hex");
    wi_like_whole(tensor, sizeof(struct work));
    return WI_OK;
}

static enum wi_status prepare_constant(struct wi_tensor *tensor, struct wi_error *err)
{
    const char *name = tensor->scheme->name;
    bool has_value = tensor->scheme->params & WI_P_BIT(WI_P_VALUE);
    wi_tensor_constant(tensor, has_value ? wi_real(tensor, WI_P_VALUE) : strcmp(name, "ones") == 0 ? 1 : 0);
    return check(tensor, CONSTANT, err);
}

static enum wi_status prepare_eye(struct wi_tensor *tensor, struct wi_error *err)
{
    return check(tensor, EYE, err);
}

static enum wi_status scaled(struct wi_tensor *tensor, double std, struct wi_error *err)
{
    wi_tensor_normal(tensor, 0, std);
    return check(tensor, SCALED, err);
}

static enum wi_status prepare_random(struct wi_tensor *tensor, struct wi_error *err)
{
    return scaled(tensor, wi_real(tensor, WI_P_STD), err);
}

static enum wi_status prepare_xavier(struct wi_tensor *tensor, struct wi_error *err)
{
    return scaled(tensor, __builtin_sqrt(1 / tensor->fan_in), err);
}

static enum wi_status prepare_he(struct wi_tensor *tensor, struct wi_error *err)
{
    return scaled(tensor, __builtin_sqrt(2 / tensor->fan_in), err);
}

static enum wi_status prepare_standard(struct wi_tensor *tensor, struct wi_error *err)
{
    return scaled(tensor, 1, err);
}

static enum wi_status prepare_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    wi_tensor_normal(tensor, wi_real(tensor, WI_P_MEAN), wi_real(tensor, WI_P_STD));
    return check(tensor, NORMAL, err);
}

static enum wi_status prepare_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    double low = wi_real(tensor, WI_P_LOW), high = wi_real(tensor, WI_P_HIGH);
    if (low > high)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "low", "low=%r is above high=%r", low, high);
    wi_tensor_uniform(tensor, low, high);
    return check(tensor, UNIFORM, err);
}

static enum wi_status prepare_xavier_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    double bound = __builtin_sqrt(6 / (tensor->fan_in + tensor->fan_out));
    wi_tensor_uniform(tensor, -bound, bound);
    return check(tensor, UNIFORM, err);
}

static enum wi_status prepare_sample(struct wi_tensor *tensor, struct wi_error *err)
{
    wi_tensor_uniform(tensor, 0, 1);
    return check(tensor, UNIFORM, err);
}

static enum wi_status prepare_orthogonal(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = check(tensor, ORTHOGONAL, err);
    uint64_t rows = tensor->shape[0], cols = tensor->shape[1], shorter = rows < cols ? rows : cols;
    tensor->scratch_bytes += (tensor->n_elems + 2 * shorter) * sizeof(double);
    tensor->has_bound = true;
    tensor->bound = wi_real(tensor, WI_P_GAIN);
    wi_like_approximate(tensor, "QR by another order of operations: equal to about 1e-13");
    return status;
}

/* ---- the two tables ---- */

#define DOC "the seeded NumPy one-liners of the notes; numpy.random, NumPy 1.17 to 2.4"
#define BEST "repeating the numbers of a NumPy program without installing it"
#define PROBLEM "every tensor of one seed starts with the same numbers; give each its own seed"
#define STD WI_P_BIT(WI_P_STD)
#define GENERATOR WI_P_BIT(WI_P_BITGEN)

/* NumPy draws in f64. */
#define DEFAULTS(...) WI_DEFAULTS(WI_CHOICE(WI_P_DTYPE, WI_F64), __VA_ARGS__)

#define ROW(table, id, alias, min, max, takes, def, seedfree, prepare_fn, build_fn, text, shown) \
    static const struct wi_scheme table##_##id = {.info = {.name = #id,                          \
                                                           .aliases = alias,                     \
                                                           .formula = text,                      \
                                                           .summary = text,                      \
                                                           .best_for = BEST,                     \
                                                           .known_problem = PROBLEM,             \
                                                           .source = DOC,                        \
                                                           .example = shown,                     \
                                                           .rank_min = min,                      \
                                                           .rank_max = max,                      \
                                                           .params = takes,                      \
                                                           .defaults = def,                      \
                                                           .whole = true,                        \
                                                           .seedless = seedfree},                \
                                                  .prepare = prepare_fn,                         \
                                                  .build = build_fn,                             \
                                                  .fill = wi_like_copy}

#define EXAMPLE "shape=4,5&seed=42"

/* np: how the generator is spelled; bits: further parameters; f32: the builder of rows with their own f32 samplers. */
#define TABLE(t, np, bits, bitgen, f32)                                                                               \
    ROW(t, zeros, "", 0, WI_RANK_MAX, 0, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)), true, prepare_constant,      \
        build_constant, "np.zeros(shape)", "shape=3,4");                                                              \
    ROW(t, random, "", 0, WI_RANK_MAX, STD | (bits), DEFAULTS(WI_REAL(WI_P_STD, 0.01) bitgen), false, prepare_random, \
        build, np "(shape) * std", EXAMPLE);                                                                          \
    ROW(t, xavier_normal, "xavier", 1, WI_RANK_MAX, bits, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO) bitgen),      \
        false, prepare_xavier, build, np "(shape) * np.sqrt(1 / n_in)", EXAMPLE);                                     \
    ROW(t, lecun_normal, "lecun", 1, WI_RANK_MAX, bits, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO) bitgen), false, \
        prepare_xavier, build, np "(shape) * np.sqrt(1 / n_in)", EXAMPLE);                                            \
    ROW(t, he_normal, "he kaiming_normal", 1, WI_RANK_MAX, bits,                                                      \
        DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO) bitgen), false, prepare_he, build,                              \
        np "(shape) * np.sqrt(2 / n_in)", EXAMPLE);                                                                   \
    ROW(t, xavier_uniform, "glorot_uniform", 1, WI_RANK_MAX, bits,                                                    \
        DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO) bitgen), false, prepare_xavier_uniform, build,                  \
        "uniform(-L, L, shape), L = np.sqrt(6 / (n_in + n_out))", EXAMPLE);                                           \
    ROW(t, orthogonal, "", 2, 2, WI_P_BIT(WI_P_GAIN) | (bits), DEFAULTS(WI_REAL(WI_P_GAIN, 1) bitgen), false,         \
        prepare_orthogonal, build_orthogonal, "q, r = qr(" np "(rows, cols)); q * np.sign(np.diag(r)) * gain",        \
        EXAMPLE);                                                                                                     \
    ROW(t, ones, "", 0, WI_RANK_MAX, 0, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)), true, prepare_constant,       \
        build_constant, "np.ones(shape)", "shape=3,4");                                                               \
    ROW(t, constant, "full", 0, WI_RANK_MAX, WI_P_BIT(WI_P_VALUE), DEFAULTS(WI_REAL(WI_P_VALUE, 0)), true,            \
        prepare_constant, build_constant, "np.full(shape, value)", "shape=3,4&value=0.5");                            \
    ROW(t, eye, "identity", 2, 2, 0, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)), true, prepare_eye,               \
        build_constant, "np.eye(rows, cols)", "shape=3,4");                                                           \
    ROW(t, uniform, "", 0, WI_RANK_MAX, WI_P_BIT(WI_P_LOW) | WI_P_BIT(WI_P_HIGH) | (bits),                            \
        DEFAULTS(WI_REAL(WI_P_LOW, 0), WI_REAL(WI_P_HIGH, 1) bitgen), false, prepare_uniform, build,                  \
        "uniform(low, high, shape)", EXAMPLE);                                                                        \
    ROW(t, normal, "", 0, WI_RANK_MAX, WI_P_BIT(WI_P_MEAN) | STD | (bits),                                            \
        DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1) bitgen), false, prepare_normal, build,                   \
        "normal(mean, std, shape)", EXAMPLE);                                                                         \
    ROW(t, standard_normal, "randn", 0, WI_RANK_MAX, bits, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO) bitgen),     \
        false, prepare_standard, f32, np "(shape)", EXAMPLE);                                                         \
    ROW(t, random_sample, "rand", 0, WI_RANK_MAX, bits, DEFAULTS(WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO) bitgen), false, \
        prepare_sample, f32, "random(shape)", EXAMPLE)

#define ROWS(t)                                                                                               \
    &t##_zeros, &t##_random, &t##_xavier_uniform, &t##_xavier_normal, &t##_he_normal, &t##_lecun_normal,      \
        &t##_orthogonal, &t##_ones, &t##_constant, &t##_eye, &t##_uniform, &t##_normal, &t##_standard_normal, \
        &t##_random_sample

#define NO_BITGEN
#define PCG64_DEFAULT , WI_CHOICE(WI_P_BITGEN, WI_BITGEN_PCG64)

TABLE(numpy, "np.random.randn", 0, NO_BITGEN, build);
TABLE(generator, "rng.standard_normal", GENERATOR, PCG64_DEFAULT, build_f32);

WI_LIKE_TABLE(numpy, "numpy", "np.random.seed(seed), then NumPy's legacy functions; f64, other dtypes by astype",
              ROWS(numpy));
WI_LIKE_TABLE(generator, "numpy-generator", "rng = np.random.default_rng(seed), then its methods; NumPy 1.22 and later",
              ROWS(generator));
