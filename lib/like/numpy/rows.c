/* like=numpy and like=numpy-generator: the numbers of NumPy after np.random.seed(seed) and from default_rng(seed).
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
 * The Generator table has the same rows with rng = np.random.default_rng(seed) in place of np.random. Numbers are drawn
 * and scaled in f64 and converted by .astype(dtype); only the Generator's random and standard_normal draw f32
 * themselves. n_in = shape[-2] * receptive field, n_out = shape[-1] * receptive field. */
#include "base/half.h"
#include "like/numpy/generator.h"
#include "like/numpy/legacy.h"
#include "like/row.h"
#include "scheme/rows.h"

enum { HOW }; /* index of tensor->aux */
enum how { UNIFORM, NORMAL, SCALED };

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

static void seed(struct work *w, const struct wi_tensor *tensor)
{
    const struct wi_seed *given = &tensor->seed;
    uint64_t low = tensor->value[WI_P_SEED].uint;
    struct wi_seedseq seq;
    w->is_generator = tensor->scheme->params & WI_P_BIT(WI_P_BITGEN);
    w->kind = (enum wi_bitgen_kind)wi_choice(tensor, WI_P_BITGEN);
    if (w->is_generator && given->n) {
        wi_seedseq_words(&seq, given->word, given->n);
        wi_bitgen_seed_from(&w->u.generator, w->kind, &seq);
    } else if (w->is_generator) {
        wi_bitgen_seed(&w->u.generator, w->kind, low);
    } else if (given->n) {
        wi_np_legacy_seed_list(&w->u.legacy, given->word, given->n);
    } else {
        wi_np_legacy_seed(&w->u.legacy, (uint32_t)low);
    }
}

static void randn(struct work *w, size_t n, double *out)
{
    if (w->is_generator)
        wi_np_standard_normal(&w->u.generator, w->kind, n, out);
    else
        wi_np_legacy_randn(&w->u.legacy, n, out);
}

/* n numbers of an item of after=, drawn and dropped. */
static void draw_item(struct work *w, enum wi_past_kind kind, bool f32, size_t n)
{
    if (f32 && kind == WI_PAST_UNIFORM)
        wi_np_random32(&w->u.generator, w->kind, n, (float *)w->chunk);
    else if (f32)
        wi_np_standard_normal32(&w->u.generator, w->kind, n, (float *)w->chunk);
    else if (kind == WI_PAST_NORMAL)
        randn(w, n, w->chunk);
    else if (w->is_generator)
        wi_np_uniform(&w->u.generator, w->kind, 0, 1, n, w->chunk);
    else
        wi_np_legacy_uniform(&w->u.legacy, 0, 1, n, w->chunk);
}

/* The generator as it is when the tensor is drawn. */
static void start(struct work *w, const struct wi_tensor *tensor)
{
    seed(w, tensor);
    for (unsigned i = 0; i < tensor->past.n; i++) {
        const struct wi_past_item *item = &tensor->past.item[i];
        for (uint64_t left = item->n, k; left; left -= k) {
            k = left < CHUNK ? left : CHUNK;
            draw_item(w, item->kind, item->dtype == WI_F32, (size_t)k);
        }
    }
}

static void draw(struct work *w, const struct wi_tensor *tensor, size_t n, double *out)
{
    double a = tensor->draw.a, b = tensor->draw.b;
    if (tensor->aux[HOW] == UNIFORM) {
        if (w->is_generator)
            wi_np_uniform(&w->u.generator, w->kind, a, b, n, out);
        else
            wi_np_legacy_uniform(&w->u.legacy, a, b, n, out);
        return;
    }
    randn(w, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] = tensor->aux[HOW] == NORMAL ? a + b * out[i] : out[i] * b;
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

/* For rows whose f32 numbers the Generator draws by samplers of f32. */
static void build_f32(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    if (tensor->dtype->id != WI_F32) {
        build(tensor, keep, scratch, exec);
        return;
    }
    start(w, tensor);
    if (tensor->aux[HOW] == UNIFORM)
        wi_np_random32(&w->u.generator, w->kind, (size_t)tensor->n_elems, keep);
    else
        wi_np_standard_normal32(&w->u.generator, w->kind, (size_t)tensor->n_elems, keep);
}

static void build_orthogonal(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    struct wi_like_matrix m = wi_like_matrix(tensor, tensor->shape[1], w->matrix);
    (void)exec;
    start(w, tensor);
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0, k; c < m.cols; c += k) {
            k = m.cols - c < CHUNK ? m.cols - c : CHUNK;
            randn(w, k, w->chunk);
            for (size_t i = 0; i < k; i++)
                wi_like_matrix_set(&m, r, c + i, w->chunk[i]);
        }
    wi_like_matrix_keep(tensor, &m, wi_real(tensor, WI_P_GAIN), true, keep);
}

/* ---- preparing ---- */

#define PAST_MAX (UINT64_C(1) << 28) /* numbers: about a second */

/* Numbers of after= are drawn in f64, by the Generator in f32 where that is said. How many words a normal takes depends
 * on the words, so they are drawn again each time. */
static enum wi_status check_past(const struct wi_tensor *tensor, struct wi_error *err)
{
    bool is_generator = tensor->scheme->params & WI_P_BIT(WI_P_BITGEN);
    uint64_t sum = 0;
    for (unsigned i = 0; i < tensor->past.n; i++) {
        const struct wi_past_item *item = &tensor->past.item[i];
        bool has_type =
            item->dtype == WI_DTYPE_COUNT || item->dtype == WI_F64 || (is_generator && item->dtype == WI_F32);
        if (item->kind == WI_PAST_WORDS || !has_type)
            return wi_refuse(err, WI_E_PARAM_VALUE, "after",
                             "NumPy draws uniform and normal numbers in f64, the Generator in f32, too",
                             is_generator ? "uniform:SHAPE, normal:SHAPE, uniform:SHAPE:f32, normal:SHAPE:f32"
                                          : "uniform:SHAPE, normal:SHAPE");
        sum += item->n < PAST_MAX ? item->n : PAST_MAX;
    }
    return sum < PAST_MAX
               ? WI_OK
               : wi_fail(err, WI_E_TOO_LARGE, "after", "more than %u numbers are to be drawn before", PAST_MAX - 1);
}

static enum wi_status check_dtype(const struct wi_tensor *tensor, struct wi_error *err)
{
    return tensor->dtype->id == WI_BF16
               ? wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "NumPy has no bfloat16", "f32, f64, f16")
               : WI_OK;
}

static enum wi_status check(struct wi_tensor *tensor, enum how how, struct wi_error *err)
{
    enum wi_status status = wi_like_check(tensor, err);
    if (status == WI_OK)
        status = check_dtype(tensor, err);
    if (status == WI_OK)
        status = check_past(tensor, err);
    if (status != WI_OK)
        return status;
    if (tensor->seed.wide && !(tensor->scheme->params & WI_P_BIT(WI_P_BITGEN)))
        return wi_refuse(err, WI_E_PARAM_VALUE, "seed", "np.random.seed takes a list of 0 to 2**32 - 1", "1,2,3");
    if (!tensor->seed.n && !(tensor->scheme->params & WI_P_BIT(WI_P_BITGEN)) &&
        tensor->value[WI_P_SEED].uint > UINT32_MAX)
        return wi_refuse(err, WI_E_PARAM_VALUE, "seed", "np.random.seed takes 0 to 2**32 - 1",
                         "0 .. 4294967295, decimal or 0x hex");
    tensor->aux[HOW] = how;
    wi_like_whole(tensor, sizeof(struct work));
    return WI_OK;
}

static enum wi_status prepare_native(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = wi_like_prepare_native_f16(tensor, err);
    return status == WI_OK ? check_dtype(tensor, err) : status;
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

/* A Python number is divided by the fans. */
static enum wi_status check_fans(double fans, struct wi_error *err)
{
    return fans > 0 ? WI_OK : wi_fail(err, WI_E_SHAPE, "shape", "Python divides by the fan, which is 0");
}

static enum wi_status prepare_xavier(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = check_fans(tensor->fan_in, err);
    return status == WI_OK ? scaled(tensor, __builtin_sqrt(1 / tensor->fan_in), err) : status;
}

static enum wi_status prepare_he(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = check_fans(tensor->fan_in, err);
    return status == WI_OK ? scaled(tensor, __builtin_sqrt(2 / tensor->fan_in), err) : status;
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
    if (low > high && tensor->scheme->params & WI_P_BIT(WI_P_BITGEN)) /* RandomState takes it */
        return wi_fail(err, WI_E_PARAM_CONFLICT, "low", "low=%r is above high=%r", low, high);
    wi_tensor_uniform(tensor, low, high);
    return check(tensor, UNIFORM, err);
}

static enum wi_status prepare_xavier_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    if (check_fans(tensor->fan_in + tensor->fan_out, err) != WI_OK)
        return WI_E_SHAPE;
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
    enum wi_status status = check(tensor, SCALED, err);
    tensor->scratch_bytes += wi_like_matrix_bytes(tensor, tensor->shape[1]);
    tensor->has_bound = true;
    tensor->bound = wi_real(tensor, WI_P_GAIN);
    wi_like_approximate(tensor, "QR by another order of operations: equal to about 1e-13");
    return status;
}

/* ---- the two tables ---- */

#define WI_LIKE_SOURCE "the seeded NumPy one-liners of the notes; numpy.random, NumPy 1.17 to 2.4"
#define WI_LIKE_BEST "repeating the numbers of a NumPy program without installing it"
#define STD WI_P_BIT(WI_P_STD)
#define N_IN WI_P_BIT(WI_P_FAN_IN)
#define N_OUT WI_P_BIT(WI_P_FAN_OUT)
#define IO WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_IO)
#define EXAMPLE "shape=4,5&seed=42"

/* NumPy draws in f64. */
#define DEFAULTS(...) WI_DEFAULTS(WI_CHOICE(WI_P_DTYPE, WI_F64), __VA_ARGS__)

#define DRAWN(t, id, alias, min, max, takes, def, text, ...) \
    WI_LIKE_DRAWN(t##_##id, id, alias, min, max, (takes) | WI_P_BIT(WI_P_AFTER), def, text, EXAMPLE, __VA_ARGS__)
#define NATIVE(t, id, alias, min, max, takes, def, text, shown) \
    WI_LIKE_NATIVE(t##_##id, id, alias, min, max, takes, def, text, shown, prepare_native)

/* np: the text of the normal draw. bits: further parameters. f32: build of random_sample and standard_normal. */
#define TABLE(t, np, bits, bitgen, f32)                                                                              \
    NATIVE(t, zeros, "", 0, WI_RANK_MAX, 0, DEFAULTS(IO), "np.zeros(shape)", "shape=3,4");                           \
    DRAWN(t, random, "", 0, WI_RANK_MAX, STD | (bits), DEFAULTS(WI_REAL(WI_P_STD, 0.01) bitgen), np "(shape) * std", \
          .prepare = prepare_random, .build = build);                                                                \
    DRAWN(t, xavier_normal, "xavier", 1, WI_RANK_MAX, N_IN | (bits), DEFAULTS(IO bitgen),                            \
          np "(shape) * np.sqrt(1 / n_in)", .prepare = prepare_xavier, .build = build);                              \
    DRAWN(t, lecun_normal, "lecun", 1, WI_RANK_MAX, N_IN | (bits), DEFAULTS(IO bitgen),                              \
          np "(shape) * np.sqrt(1 / n_in)", .prepare = prepare_xavier, .build = build);                              \
    DRAWN(t, he_normal, "he kaiming_normal", 1, WI_RANK_MAX, N_IN | (bits), DEFAULTS(IO bitgen),                     \
          np "(shape) * np.sqrt(2 / n_in)", .prepare = prepare_he, .build = build);                                  \
    DRAWN(t, xavier_uniform, "glorot_uniform", 1, WI_RANK_MAX, N_IN | N_OUT | (bits), DEFAULTS(IO bitgen),           \
          "uniform(-L, L, shape), L = np.sqrt(6 / (n_in + n_out))", .prepare = prepare_xavier_uniform,               \
          .build = build);                                                                                           \
    DRAWN(t, orthogonal, "", 2, 2, WI_P_BIT(WI_P_GAIN) | (bits), DEFAULTS(WI_REAL(WI_P_GAIN, 1) bitgen),             \
          "q, r = qr(" np "(rows, cols)); q * np.sign(np.diag(r)) * gain", .prepare = prepare_orthogonal,            \
          .free_gain = true, .build = build_orthogonal);                                                             \
    NATIVE(t, ones, "", 0, WI_RANK_MAX, 0, DEFAULTS(IO), "np.ones(shape)", "shape=3,4");                             \
    NATIVE(t, constant, "full", 0, WI_RANK_MAX, WI_P_BIT(WI_P_VALUE), DEFAULTS(WI_REAL(WI_P_VALUE, 0)),              \
           "np.full(shape, value)", "shape=3,4&value=0.5");                                                          \
    NATIVE(t, eye, "identity", 2, 2, 0, DEFAULTS(IO), "np.eye(rows, cols)", "shape=3,4");                            \
    DRAWN(t, uniform, "", 0, WI_RANK_MAX, WI_LIKE_BITS2(WI_P_LOW, WI_P_HIGH) | (bits),                               \
          DEFAULTS(WI_REAL(WI_P_LOW, 0), WI_REAL(WI_P_HIGH, 1) bitgen), "uniform(low, high, shape)",                 \
          .prepare = prepare_uniform, .build = build);                                                               \
    DRAWN(t, normal, "", 0, WI_RANK_MAX, WI_P_BIT(WI_P_MEAN) | STD | (bits),                                         \
          DEFAULTS(WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1) bitgen), "normal(mean, std, shape)",                  \
          .prepare = prepare_normal, .build = build);                                                                \
    DRAWN(t, standard_normal, "randn", 0, WI_RANK_MAX, bits, DEFAULTS(IO bitgen), np "(shape)",                      \
          .prepare = prepare_standard, .build = f32);                                                                \
    DRAWN(t, random_sample, "rand", 0, WI_RANK_MAX, bits, DEFAULTS(IO bitgen), "random(shape)",                      \
          .prepare = prepare_sample, .build = f32)

#define NO_BITGEN
#define PCG64_DEFAULT , WI_CHOICE(WI_P_BITGEN, WI_BITGEN_PCG64)

TABLE(numpy, "np.random.randn", 0, NO_BITGEN, build);
TABLE(generator, "rng.standard_normal", WI_P_BIT(WI_P_BITGEN), PCG64_DEFAULT, build_f32);

#define ROWS(t, row)                                                                                            \
    row(t##_zeros) row(t##_random) row(t##_xavier_uniform) row(t##_xavier_normal) row(t##_he_normal)            \
        row(t##_lecun_normal) row(t##_orthogonal) row(t##_ones) row(t##_constant) row(t##_eye) row(t##_uniform) \
            row(t##_normal) row(t##_standard_normal) row(t##_random_sample)
#define NUMPY_ROWS(row) ROWS(numpy, row)
#define GENERATOR_ROWS(row) ROWS(generator, row)

WI_LIKE_TABLE(numpy, "numpy", "np.random.seed(seed), then NumPy's legacy functions; f64, other dtypes by astype",
              WI_LAYOUT_IO, 1u << WI_SEED_LIST, NULL, NUMPY_ROWS);
WI_LIKE_TABLE(generator, "numpy-generator", "rng = np.random.default_rng(seed), then its methods; NumPy 1.22 and later",
              WI_LAYOUT_IO, 1u << WI_SEED_LIST | 1u << WI_SEED_LONG, NULL, GENERATOR_ROWS);
