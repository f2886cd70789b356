/* like=torch and like=torch@VERSION: torch.manual_seed(seed), then torch.nn.init on torch.empty(shape, dtype=dtype).
 *
 * Names are those of torch.nn.init without the underscore. linear_default is the default of nn.Linear and
 * nn.Conv1d/2d/3d: shape= is the weight's shape, part=bias gives the bias, which is drawn after the weight.
 * embedding_default is the default of nn.Embedding. The absolute bounds of trunc_normal are low= and high=. */
#include <string.h>

#include "base/element.h"
#include "fmath/f64.h"
#include "like/torch/engine.h"
#include "like/row.h"
#include "scheme/rows.h"

enum { HOW, COUNT }; /* indices of tensor->aux: how to draw; a number of elements */
enum how { UNIFORM, NORMAL, TRUNCATED, BIAS };

struct work {
    struct wi_torch t;
    double more[]; /* memory of the scheme */
};

static const struct wi_torch_rules *rules_of(const struct wi_tensor *tensor)
{
    return wi_like_of(tensor)->variant;
}

static bool is_half(const struct wi_tensor *tensor)
{
    return tensor->dtype->id == WI_F16 || tensor->dtype->id == WI_BF16;
}

/* ---- what was drawn before ---- */

/* Where the generator stands after the draws of after=. False: their words exceed 64 bits. */
static bool mark_of(const struct wi_tensor *tensor, struct wi_replay_mark *mark)
{
    *mark = (struct wi_replay_mark)WI_REPLAY_START;
    for (unsigned i = 0; i < tensor->past.n; i++) {
        const struct wi_past_item *item = &tensor->past.item[i];
        struct wi_replay_draw draw = {.kind = item->kind == WI_PAST_NORMAL ? WI_DRAW_NORMAL : WI_DRAW_UNIFORM,
                                      .n = item->n};
        draw.dtype = item->dtype == WI_DTYPE_COUNT ? tensor->dtype->id : (enum wi_dtype_id)item->dtype;
        if (item->kind == WI_PAST_WORDS)
            draw.dtype = WI_F32; /* whose uniforms take a word each */
        if (!wi_replay_place(tensor->like, &draw, mark))
            return false;
    }
    return true;
}

/* The generator as it is when the tensor is drawn. */
static void start(struct work *w, const struct wi_tensor *tensor)
{
    struct wi_replay_mark mark;
    (void)mark_of(tensor, &mark);
    wi_torch_stand(&w->t, rules_of(tensor), tensor->value[WI_P_SEED].uint, &mark);
}

/* ---- building ---- */

static void build_draw(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    const struct wi_torch_rules *rules = rules_of(tensor);
    enum wi_dtype_id dtype = tensor->dtype->id;
    double a = tensor->draw.a, b = tensor->draw.b;
    struct work *w = scratch;
    size_t n = (size_t)tensor->n_elems;
    (void)exec;
    start(w, tensor);
    if (tensor->aux[HOW] == UNIFORM)
        wi_torch_uniform(&w->t, rules, dtype, a, b, n, keep);
    else
        wi_torch_normal(&w->t, rules, dtype, a, b, n, keep);
}

static void build_truncated(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct wi_torch_trunc trunc = {wi_real(tensor, WI_P_MEAN), wi_real(tensor, WI_P_STD), wi_real(tensor, WI_P_LOW),
                                   wi_real(tensor, WI_P_HIGH)};
    struct work *w = scratch;
    (void)exec;
    start(w, tensor);
    wi_torch_trunc_normal(&w->t, rules_of(tensor), tensor->dtype->id, &trunc, (size_t)tensor->n_elems, keep, w->more);
}

/* A layer draws its bias after its weight of tensor->aux[COUNT] elements. The weight is drawn in chunks and dropped,
 * which leaves the generator in the same state. */
static void build_bias(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    enum { CHUNK = 512 };
    struct work *w = scratch;
    (void)exec;
    start(w, tensor);
    for (uint64_t left = tensor->aux[COUNT], k; left; left -= k) {
        k = left < CHUNK ? left : CHUNK;
        wi_torch_uniform(&w->t, rules_of(tensor), tensor->dtype->id, -1, 1, (size_t)k, w->more);
    }
    wi_torch_uniform(&w->t, rules_of(tensor), tensor->dtype->id, tensor->draw.a, tensor->draw.b,
                     (size_t)tensor->n_elems, keep);
}

static void build_linear(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    (tensor->aux[HOW] == BIAS ? build_bias : build_draw)(tensor, keep, scratch, exec);
}

static void build_sparse(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    uint32_t *order = (uint32_t *)w->more;
    size_t rows = (size_t)tensor->shape[0], cols = (size_t)tensor->shape[1], width = tensor->dtype->bytes;
    build_draw(tensor, keep, scratch, exec);
    for (size_t c = 0; c < cols; c++) {
        wi_torch_randperm(&w->t, (uint32_t)rows, order);
        for (size_t i = 0; i < tensor->aux[COUNT]; i++)
            memset((uint8_t *)keep + (order[i] * cols + c) * width, 0, width);
    }
}

static uint64_t columns(const struct wi_tensor *tensor)
{
    return wi_per(tensor->n_elems, tensor->shape[0]);
}

static void build_orthogonal(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct work *w = scratch;
    struct wi_like_matrix m = wi_like_matrix(tensor, columns(tensor), w->more);
    build_draw(tensor, keep, scratch, exec);
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = 0; c < m.cols; c++)
            wi_like_matrix_set(&m, r, c, wi_load(tensor->dtype->id, keep, r * m.cols + c));
    wi_like_matrix_keep(tensor, &m, wi_real(tensor, WI_P_GAIN), false, keep);
}

/* ---- preparing ---- */

static enum wi_status check(struct wi_tensor *tensor, enum how how, struct wi_error *err)
{
    enum wi_status status = wi_like_check(tensor, err);
    struct wi_replay_mark mark;
    if (status == WI_OK && !mark_of(tensor, &mark))
        status = wi_fail(err, WI_E_PARAM_VALUE, "after", "these draws take more words than 64 bits count");
    tensor->aux[HOW] = how;
    wi_like_whole(tensor, sizeof(struct work));
    return status;
}

/* Tensor.uniform_ raises for bounds and widths beyond the largest value of the type. */
static enum wi_status uniform(struct wi_tensor *tensor, double low, double high, struct wi_error *err)
{
    double max = tensor->dtype->max;
    if (low < -max || high > max || high - low > max)
        return wi_fail(err, WI_E_PARAM_VALUE, "dtype", "torch takes no uniform from %r to %r in %s", low, high,
                       tensor->dtype->name);
    if (low > high)
        return wi_fail(err, WI_E_PARAM_CONFLICT, wi_given(tensor, WI_P_GAIN) ? "gain" : "low",
                       "low=%r is above high=%r", low, high);
    wi_tensor_uniform(tensor, low, high);
    return check(tensor, UNIFORM, err);
}

static enum wi_status normal(struct wi_tensor *tensor, double mean, double std, struct wi_error *err)
{
    if (std < 0)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "gain", "torch takes no standard deviation of %r", std);
    wi_tensor_normal(tensor, mean, std);
    return check(tensor, NORMAL, err);
}

static enum wi_status prepare_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    return uniform(tensor, wi_real(tensor, WI_P_LOW), wi_real(tensor, WI_P_HIGH), err);
}

static enum wi_status prepare_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    return normal(tensor, wi_real(tensor, WI_P_MEAN), wi_real(tensor, WI_P_STD), err);
}

static enum wi_status prepare_embedding(struct wi_tensor *tensor, struct wi_error *err)
{
    return normal(tensor, 0, 1, err);
}

#define SQRT_2PI 2.5066282746310002
#define ACCEPTANCE_MIN 0.05

/* From 2.12 on torch redraws the whole tensor until every element is accepted. Refuse bounds that would take for
 * ever. */
static enum wi_status check_acceptance(const struct wi_tensor *tensor, struct wi_error *err)
{
    double mean = wi_real(tensor, WI_P_MEAN), std = wi_real(tensor, WI_P_STD);
    double low = (wi_real(tensor, WI_P_LOW) - mean) / std, high = (wi_real(tensor, WI_P_HIGH) - mean) / std;
    double share = (wi_erf_f64(high / __builtin_sqrt(2.0)) - wi_erf_f64(low / __builtin_sqrt(2.0))) / 2;
    double mode = low > 0 ? low : high < 0 ? high : 0;
    if (!rules_of(tensor)->opmath || share > 0.3 || low == high || tensor->n_elems == 0)
        return WI_OK;
    if (share * SQRT_2PI * wi_exp_f64(mode * mode / 2) / (high - low) >= ACCEPTANCE_MIN)
        return WI_OK;
    return wi_fail(err, WI_E_UNSUPPORTED, "low",
                   "torch draws the whole tensor again and again until every element is "
                   "accepted; with these bounds fewer than 1 in 20 are");
}

static enum wi_status prepare_truncated(struct wi_tensor *tensor, struct wi_error *err)
{
    double low = wi_real(tensor, WI_P_LOW), high = wi_real(tensor, WI_P_HIGH);
    const struct wi_torch_rules *rules = rules_of(tensor);
    enum wi_status status = check(tensor, TRUNCATED, err);
    if (status != WI_OK)
        return status;
    if (low > high || wi_real(tensor, WI_P_STD) == 0)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "low", "trunc_normal needs low <= high and std > 0");
    if (tensor->dtype->id == WI_F16 && rules->half == WI_TORCH_HALF_TAIL)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "erfinv of float16 came to the CPU with torch 2.1",
                         "f32, f64, bf16");
    wi_tensor_uniform(tensor, low, high);
    tensor->has_std = tensor->has_bound = false;
    tensor->scratch_bytes += wi_torch_trunc_scratch(rules, tensor->dtype->id, (size_t)tensor->n_elems);
    if (rules->mkl && tensor->dtype->id == WI_F32)
        wi_like_approximate(tensor, "erfinv is MKL's: 0.4 % of the elements differ in the last bit");
    else if (rules->mkl && tensor->dtype->id == WI_F64)
        wi_like_approximate(tensor, "erfinv is MKL's: a third of the elements differ in the last bits");
    return check_acceptance(tensor, err);
}

static double xavier_std(const struct wi_tensor *tensor)
{
    return wi_real(tensor, WI_P_GAIN) * __builtin_sqrt(2.0 / (tensor->fan_in + tensor->fan_out));
}

/* torch divides by the sum of the fans. */
static enum wi_status check_fans(const struct wi_tensor *tensor, struct wi_error *err)
{
    if (tensor->fan_in + tensor->fan_out > 0)
        return WI_OK;
    return wi_fail(err, WI_E_SHAPE, "shape", "torch divides by fan_in + fan_out, which is 0");
}

static enum wi_status prepare_xavier_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    if (check_fans(tensor, err) != WI_OK)
        return WI_E_SHAPE;
    double bound = __builtin_sqrt(3.0) * xavier_std(tensor);
    return uniform(tensor, -bound, bound, err);
}

static enum wi_status prepare_xavier_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    if (check_fans(tensor, err) != WI_OK)
        return WI_E_SHAPE;
    return normal(tensor, 0, xavier_std(tensor), err);
}

static double leaky_gain(double slope)
{
    double magnitude = slope < 0 ? -slope : slope;
    return __builtin_sqrt(2.0 / (1 + (magnitude == 0 ? 0 : wi_pow_f64(magnitude, 2.0))));
}

static enum wi_status kaiming_std(struct wi_tensor *tensor, double *std, struct wi_error *err)
{
    const struct wi_nonlinearity *n = wi_nonlinearity_at(wi_choice(tensor, WI_P_NONLINEARITY));
    unsigned mode = wi_choice(tensor, WI_P_MODE);
    if (mode != WI_MODE_FAN_IN && mode != WI_MODE_FAN_OUT)
        return wi_refuse(err, WI_E_UNSUPPORTED, "mode",
                         "torch's kaiming initializers have mode=fan_in and fan_out only", "fan_in, fan_out");
    if (wi_given(tensor, WI_P_NONLINEARITY) && !tensor->torch_name)
        return wi_refuse(
            err, WI_E_PARAM_VALUE, "nonlinearity", "torch's calculate_gain does not know that name",
            "linear, conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d, sigmoid, "
            "tanh, relu, leaky_relu, selu");
    if (wi_given(tensor, WI_P_A) && !n->takes_a)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "a", "a is the slope of nonlinearity=leaky_relu only");
    double gain = n->takes_a ? leaky_gain(wi_real(tensor, WI_P_A)) : n->gain(0);
    tensor->params &= n->takes_a ? UINT64_MAX : ~WI_P_BIT(WI_P_A);
    /* torch leaves an empty tensor alone before it counts fans. */
    *std = tensor->n_elems ? gain / __builtin_sqrt(mode == WI_MODE_FAN_IN ? tensor->fan_in : tensor->fan_out) : 0;
    return WI_OK;
}

static enum wi_status prepare_kaiming_uniform(struct wi_tensor *tensor, struct wi_error *err)
{
    double std = 0;
    enum wi_status status = kaiming_std(tensor, &std, err);
    double bound = __builtin_sqrt(3.0) * std;
    return status == WI_OK ? uniform(tensor, -bound, bound, err) : status;
}

static enum wi_status prepare_kaiming_normal(struct wi_tensor *tensor, struct wi_error *err)
{
    double std = 0;
    enum wi_status status = kaiming_std(tensor, &std, err);
    return status == WI_OK ? normal(tensor, 0, std, err) : status;
}

/* kaiming_uniform_(weight, a=sqrt(5)), then uniform_(bias, -1/sqrt(fan_in), 1/sqrt(fan_in)). Without inputs a Linear's
 * bias is 0; a convolution's is what the memory held. */
static enum wi_status prepare_linear(struct wi_tensor *tensor, struct wi_error *err)
{
    double fan_in = tensor->fan_in;
    double bound = fan_in > 0 ? __builtin_sqrt(3.0) * (leaky_gain(__builtin_sqrt(5.0)) / __builtin_sqrt(fan_in)) : 0;
    if (wi_choice(tensor, WI_P_PART) == 0)
        return uniform(tensor, -bound, bound, err);
    if (fan_in == 0 && tensor->rank > 2 && tensor->shape[0] > 0)
        return wi_fail(err, WI_E_SHAPE, "shape", "torch does not initialize the bias of a convolution without inputs");
    bound = fan_in > 0 ? 1 / __builtin_sqrt(fan_in) : 0;
    wi_tensor_uniform(tensor, -bound, bound);
    tensor->aux[COUNT] = tensor->n_elems;
    tensor->rank = 1;
    tensor->n_elems = tensor->shape[0];
    enum wi_status status = check(tensor, BIAS, err);
    tensor->scratch_bytes += 512 * sizeof(double);
    return status;
}

static enum wi_status prepare_sparse(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = normal(tensor, 0, wi_real(tensor, WI_P_STD), err);
    double zeros = wi_real(tensor, WI_P_SPARSITY) * (double)tensor->shape[0];
    if (tensor->shape[0] >= 214748364)
        return wi_fail(err, WI_E_SHAPE, "shape", "sparse takes fewer than 214748364 rows");
    tensor->aux[COUNT] = (uint64_t)zeros + ((double)(uint64_t)zeros < zeros);
    tensor->scratch_bytes += tensor->shape[0] * sizeof(uint32_t);
    tensor->has_std = false;
    if (tensor->aux[COUNT] >= tensor->shape[0])
        tensor->note = WI_NOTE_ALL_ZERO;
    return status;
}

static enum wi_status prepare_orthogonal(struct wi_tensor *tensor, struct wi_error *err)
{
    enum wi_status status = normal(tensor, 0, 1, err);
    if (status == WI_OK && is_half(tensor) && tensor->n_elems > 0)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "torch has no QR decomposition of 16-bit types", "f32, f64");
    tensor->scratch_bytes += wi_like_matrix_bytes(tensor, columns(tensor));
    tensor->has_std = false;
    tensor->has_bound = true;
    tensor->bound = wi_real(tensor, WI_P_GAIN);
    wi_like_approximate(tensor, "QR by another order of operations: equal to about 2e-6 in f32, 1e-13 in f64");
    return status;
}

/* torch rounds the number to f32 and then to the type. It raises for numbers beyond the largest value of the type;
 * newer releases do not in 16-bit tensors of one element. */
static enum wi_status prepare_constant(struct wi_tensor *tensor, struct wi_error *err)
{
    double value = wi_real(tensor, WI_P_VALUE), max = tensor->dtype->max;
    bool held = tensor->n_elems != 1 || rules_of(tensor)->fits || !is_half(tensor);
    if (held && (value > max || value < -max))
        return wi_fail(err, WI_E_PARAM_VALUE, "value", "torch cannot convert %r to %s without overflow", value,
                       tensor->dtype->name);
    return wi_like_prepare_native(tensor, err);
}

/* torch writes at the centre of the kernel, which must have one. */
static enum wi_status prepare_dirac(struct wi_tensor *tensor, struct wi_error *err)
{
    bool has_channels = tensor->shape[0] > 0 && tensor->shape[1] > 0;
    if (has_channels && tensor->n_elems == 0)
        return wi_fail(err, WI_E_SHAPE, "shape", "torch finds no centre in a kernel that has a dimension of 0");
    return wi_like_prepare_native(tensor, err);
}

static enum wi_status prepare_eye(struct wi_tensor *tensor, struct wi_error *err)
{
    if (tensor->dtype->id == WI_BF16 && rules_of(tensor)->half == WI_TORCH_HALF_TAIL)
        return wi_refuse(err, WI_E_UNSUPPORTED, "dtype", "eye of bfloat16 came after torch 2.1", "f32, f64, f16");
    return wi_like_prepare_native(tensor, err);
}

/* ---- rows ---- */

#define WI_LIKE_SOURCE "torch.nn.init of the CPU builds for Linux x86-64 on a CPU with AVX2"
#define WI_LIKE_BEST "repeating the numbers of a torch program without installing it"
#define OI WI_CHOICE(WI_P_LAYOUT, WI_LAYOUT_OI)
#define KAIMING (WI_LIKE_BITS2(WI_P_MODE, WI_P_NONLINEARITY) | WI_P_BIT(WI_P_A))

#define DRAWN(id, alias, min, max, takes, def, prepare_fn, build_fn, text, ...) \
    DRAWN_(id, alias, min, max, takes, def, prepare_fn, build_fn, text, __VA_ARGS__, )
#define DRAWN_(id, alias, min, max, takes, def, prepare_fn, build_fn, text, shown, ...)            \
    WI_LIKE_DRAWN(row_##id, id, alias, min, max, (takes) | WI_P_BIT(WI_P_AFTER), def, text, shown, \
                  .prepare = prepare_fn, .build = build_fn, __VA_ARGS__)

DRAWN(uniform, "", 0, WI_RANK_MAX, WI_LIKE_BITS2(WI_P_LOW, WI_P_HIGH),
      WI_DEFAULTS(OI, WI_REAL(WI_P_LOW, 0), WI_REAL(WI_P_HIGH, 1)), prepare_uniform, build_draw,
      "torch.nn.init.uniform_(w, low, high)", "shape=3,5&seed=0");
DRAWN(normal, "randn", 0, WI_RANK_MAX, WI_LIKE_BITS2(WI_P_MEAN, WI_P_STD),
      WI_DEFAULTS(OI, WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1)), prepare_normal, build_draw,
      "torch.nn.init.normal_(w, mean, std)", "shape=3,5&seed=0");
DRAWN(trunc_normal, "truncated_normal", 0, WI_RANK_MAX,
      WI_LIKE_BITS2(WI_P_MEAN, WI_P_STD) | WI_LIKE_BITS2(WI_P_LOW, WI_P_HIGH),
      WI_DEFAULTS(OI, WI_REAL(WI_P_MEAN, 0), WI_REAL(WI_P_STD, 1), WI_REAL(WI_P_LOW, -2), WI_REAL(WI_P_HIGH, 2)),
      prepare_truncated, build_truncated, "torch.nn.init.trunc_normal_(w, mean, std, a=low, b=high)",
      "shape=3,5&seed=0");
DRAWN(xavier_uniform, "glorot_uniform", 2, WI_RANK_MAX, WI_P_BIT(WI_P_GAIN), WI_DEFAULTS(OI, WI_REAL(WI_P_GAIN, 1)),
      prepare_xavier_uniform, build_draw, "torch.nn.init.xavier_uniform_(w, gain)", "shape=3,5&seed=0",
      .free_gain = true);
DRAWN(xavier_normal, "glorot_normal", 2, WI_RANK_MAX, WI_P_BIT(WI_P_GAIN), WI_DEFAULTS(OI, WI_REAL(WI_P_GAIN, 1)),
      prepare_xavier_normal, build_draw, "torch.nn.init.xavier_normal_(w, gain)", "shape=3,5&seed=0",
      .free_gain = true);
#define KAIMING_DEFAULTS                                                                               \
    WI_DEFAULTS(OI, WI_CHOICE(WI_P_MODE, WI_MODE_FAN_IN), WI_CHOICE(WI_P_NONLINEARITY, WI_LEAKY_RELU), \
                WI_REAL(WI_P_A, 0))
DRAWN(kaiming_uniform, "he_uniform", 2, WI_RANK_MAX, KAIMING, KAIMING_DEFAULTS, prepare_kaiming_uniform, build_draw,
      "torch.nn.init.kaiming_uniform_(w, a, mode, nonlinearity)", "shape=3,5&seed=0");
DRAWN(kaiming_normal, "he_normal", 2, WI_RANK_MAX, KAIMING, KAIMING_DEFAULTS, prepare_kaiming_normal, build_draw,
      "torch.nn.init.kaiming_normal_(w, a, mode, nonlinearity)", "shape=3,5&seed=0");
DRAWN(orthogonal, "", 2, WI_RANK_MAX, WI_P_BIT(WI_P_GAIN), WI_DEFAULTS(OI, WI_REAL(WI_P_GAIN, 1)), prepare_orthogonal,
      build_orthogonal, "torch.nn.init.orthogonal_(w, gain)", "shape=3,5&seed=42", .free_gain = true);
DRAWN(sparse, "", 2, 2, WI_LIKE_BITS2(WI_P_SPARSITY, WI_P_STD),
      WI_DEFAULTS(OI, WI_REAL(WI_P_SPARSITY, 0.9), WI_REAL(WI_P_STD, 0.01)), prepare_sparse, build_sparse,
      "torch.nn.init.sparse_(w, sparsity, std)", "shape=10,5&sparsity=0.3&seed=0");
DRAWN(linear_default, "conv_default", 2, 5, WI_P_BIT(WI_P_PART), WI_DEFAULTS(OI, WI_CHOICE(WI_P_PART, 0)),
      prepare_linear, build_linear, "weight, bias of torch.nn.Linear, Conv1d, Conv2d, Conv3d; shape is the weight's",
      "shape=3,5&part=bias&seed=0");
DRAWN(embedding_default, "", 2, 2, 0, WI_DEFAULTS(OI), prepare_embedding, build_draw,
      "weight of torch.nn.Embedding(*shape)", "shape=3,5&seed=0");

#define NATIVE(id, alias, min, max, takes, def, text, shown, prepare_fn) \
    WI_LIKE_NATIVE(row_##id, id, alias, min, max, takes, def, text, shown, prepare_fn)

NATIVE(zeros, "", 0, WI_RANK_MAX, 0, WI_DEFAULTS(OI), "torch.nn.init.zeros_(w)", "shape=3,5", wi_like_prepare_native);
NATIVE(ones, "", 0, WI_RANK_MAX, 0, WI_DEFAULTS(OI), "torch.nn.init.ones_(w)", "shape=3,5", wi_like_prepare_native);
NATIVE(constant, "", 0, WI_RANK_MAX, WI_P_BIT(WI_P_VALUE), WI_DEFAULTS(OI, WI_REAL(WI_P_VALUE, 0)),
       "torch.nn.init.constant_(w, value)", "shape=3,5&value=0.3", prepare_constant);
NATIVE(eye, "identity", 2, 2, 0, WI_DEFAULTS(OI), "torch.nn.init.eye_(w)", "shape=3,5", prepare_eye);
NATIVE(dirac, "", 3, 5, WI_P_BIT(WI_P_GROUPS), WI_DEFAULTS(OI, WI_UINT(WI_P_GROUPS, 1)),
       "torch.nn.init.dirac_(w, groups)", "shape=6,2,5,4&groups=3", prepare_dirac);

#define ROWS(row)                                                                                                    \
    row(row_uniform) row(row_normal) row(row_trunc_normal) row(row_xavier_uniform) row(row_xavier_normal)            \
        row(row_kaiming_uniform) row(row_kaiming_normal) row(row_orthogonal) row(row_sparse) row(row_linear_default) \
            row(row_embedding_default) row(row_zeros) row(row_ones) row(row_constant) row(row_eye) row(row_dirac)

#define RELEASE(id, name, releases, ...)                                                            \
    static const struct wi_torch_rules id##_rules = __VA_ARGS__;                                    \
    WI_LIKE_TABLE(id, name, "torch.manual_seed(seed), then torch.nn.init; " releases, WI_LAYOUT_OI, \
                  1u << WI_SEED_NEGATIVE, &id##_rules, ROWS)

RELEASE(torch, "torch", "releases 2.13 to 2.15", {.log1p = true, .opmath = true, .half = WI_TORCH_HALF_VECTOR});
RELEASE(torch_2_12, "torch@2.12", "release 2.12", {.log1p = true, .opmath = true, .half = WI_TORCH_HALF_SCALAR});
RELEASE(torch_2_1, "torch@2.1", "releases 2.1 to 2.11", {.log1p = true, .mkl = true, .half = WI_TORCH_HALF_EVERY});
RELEASE(torch_2_0, "torch@2.0", "release 2.0", {.log1p = true, .fits = true, .mkl = true, .half = WI_TORCH_HALF_TAIL});
RELEASE(torch_1_13, "torch@1.13", "release 1.13, built without MKL", {.fits = true, .half = WI_TORCH_HALF_TAIL});
