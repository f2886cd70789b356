/* Schemes whose elements follow from their place: position embeddings, and what transformers keep in buffers. In f64,
 * rounded once to the dtype. */
#include "fmath/f64.h"
#include "scheme/scheme.h"

enum { WIDTH }; /* tensor->aux: the last dimension */

/* Element c of row r of a matrix of so many columns. */
typedef double formula(const struct wi_tensor *tensor, uint64_t r, uint64_t c);

static enum wi_status prepare(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    tensor->aux[WIDTH] = tensor->rank ? tensor->shape[tensor->rank - 1] : 1;
    return WI_OK;
}

/* Elements [first, first + n) by a formula. */
static void fill(const struct wi_tensor *tensor, formula *element, uint64_t first, size_t n, uint8_t *out)
{
    const uint64_t width = tensor->aux[WIDTH];
    for (size_t i = 0; i < n; i++, out += tensor->dtype->bytes)
        wi_emit_constant(tensor, element(tensor, (first + i) / width, (first + i) % width), 1, out);
}

#define FILL(name, element)                                                                                 \
    static void name(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out) \
    {                                                                                                       \
        (void)keep;                                                                                         \
        fill(tensor, element, first, n, out);                                                               \
    }

/* ---- sines and cosines ----------------------------------------------------------------------------------------- */

static double sinusoid_in_turn(const struct wi_tensor *tensor, uint64_t r, uint64_t c)
{
    double exponent = (double)(c / 2 * 2) / (double)tensor->aux[WIDTH];
    double angle = (double)r / wi_pow_f64(wi_real(tensor, WI_P_BASE), exponent);
    return c % 2 ? wi_cos_f64(angle) : wi_sin_f64(angle);
}
FILL(fill_in_turn, sinusoid_in_turn)

static double sinusoid_in_halves(const struct wi_tensor *tensor, uint64_t r, uint64_t c)
{
    uint64_t half = tensor->aux[WIDTH] / 2;
    if (c >= 2 * half)
        return 0;
    uint64_t j = c % half;
    double step = half > 1 ? wi_log_f64(wi_real(tensor, WI_P_BASE)) / (double)(half - 1) : 0;
    double angle = (double)r * wi_exp_f64(-step * (double)j);
    return c < half ? wi_sin_f64(angle) : wi_cos_f64(angle);
}
FILL(fill_in_halves, sinusoid_in_halves)

/* Sines and cosines of whole multiples are exact enough as far as whole numbers are. */
static enum wi_status prepare_sinusoidal(struct wi_tensor *tensor, struct wi_error *err)
{
    prepare(tensor, err);
    tensor->has_bound = true;
    tensor->bound = 1;
    if (tensor->n_elems && tensor->shape[0] > UINT32_MAX)
        return wi_fail(err, WI_E_SHAPE, "shape", "more than %u positions", (uint64_t)UINT32_MAX);
    return WI_OK;
}

const struct wi_scheme wi_scheme_sinusoidal = {
    .info = {.name = "sinusoidal",
             .aliases = "sinusoid",
             .formula = "W[t, 2i] = sin(t / base^(2i/d)), W[t, 2i+1] = cos(t / base^(2i/d))",
             .summary = "position embeddings: sines and cosines of falling frequencies, in turn",
             .best_for = "positions of a transformer that are not learned",
             .known_problem = "as weights of a layer it is the same for every seed",
             .source = "Vaswani et al. 2017, Attention Is All You Need, 3.5",
             .example = "shape=512,64",
             .rank_min = 2,
             .rank_max = 2,
             .params = WI_P_BIT(WI_P_BASE),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_BASE, 10000)),
             .seedless = true},
    .prepare = prepare_sinusoidal,
    .fill = fill_in_turn,
};

const struct wi_scheme wi_scheme_sinusoidal_halves = {
    .info =
        {.name = "sinusoidal_halves",
         .aliases = "",
         .formula = "W[t, j] = sin(t * base^(-j/(d/2-1))), W[t, d/2+j] = cos(t * base^(-j/(d/2-1)))",
         .summary =
             "position embeddings: all sines, then all cosines, of falling frequencies; an odd width ends with zeros",
         .best_for = "positions of Whisper's encoder and of models made with tensor2tensor",
         .known_problem = "as weights of a layer it is the same for every seed",
         .source = "Vaswani et al. 2018, Tensor2Tensor; Radford et al. 2022, Whisper",
         .example = "shape=1500,64",
         .rank_min = 2,
         .rank_max = 2,
         .params = WI_P_BIT(WI_P_BASE),
         .defaults = WI_DEFAULTS(WI_REAL(WI_P_BASE, 10000)),
         .seedless = true},
    .prepare = prepare_sinusoidal,
    .fill = fill_in_halves,
};

/* ---- sequences in the last dimension ----------------------------------------------------------------------------- */

static double position(const struct wi_tensor *tensor, uint64_t r, uint64_t c)
{
    (void)tensor;
    (void)r;
    return (double)c;
}
FILL(fill_positions, position)

static double frequency(const struct wi_tensor *tensor, uint64_t r, uint64_t c)
{
    (void)r;
    return 1 / wi_pow_f64(wi_real(tensor, WI_P_BASE), (double)c / (double)tensor->aux[WIDTH]);
}
FILL(fill_frequencies, frequency)

static double log_position(const struct wi_tensor *tensor, uint64_t r, uint64_t c)
{
    (void)tensor;
    (void)r;
    return wi_log_f64((double)(c + 1));
}
FILL(fill_log_positions, log_position)

static enum wi_status prepare_positions(struct wi_tensor *tensor, struct wi_error *err)
{
    prepare(tensor, err);
    const uint64_t last = tensor->aux[WIDTH] - 1;
    if (tensor->n_elems && (double)last > tensor->dtype->max)
        return wi_fail(err, WI_E_SHAPE, "shape", "the last position, %u, does not fit dtype=%s", last,
                       tensor->dtype->name);
    return WI_OK;
}

const struct wi_scheme wi_scheme_positions = {
    .info = {.name = "positions",
             .aliases = "arange",
             .formula = "W[..., i] = i",
             .summary = "every element is its own place in the last dimension",
             .best_for = "position ids",
             .known_problem = "dtypes of two bytes hold whole numbers up to 2048 (f16) or 256 (bf16) only",
             .source = "textbook",
             .example = "shape=1,512",
             .rank_max = WI_RANK_MAX,
             .defaults = WI_NO_DEFAULTS,
             .seedless = true},
    .prepare = prepare_positions,
    .fill = fill_positions,
};

const struct wi_scheme wi_scheme_inv_freq = {
    .info = {.name = "inv_freq",
             .aliases = "rotary",
             .formula = "W[..., i] = base^(-i/n)",
             .summary =
                 "the frequencies of rotary position embeddings; n, the last dimension, is half the width of a head",
             .best_for = "buffers of old checkpoints",
             .known_problem = "as weights of a layer it is the same for every seed",
             .source = "Su et al. 2021, RoFormer",
             .example = "shape=64&base=10000",
             .rank_max = WI_RANK_MAX,
             .params = WI_P_BIT(WI_P_BASE),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_BASE, 10000)),
             .seedless = true},
    .prepare = prepare,
    .fill = fill_frequencies,
};

const struct wi_scheme wi_scheme_log_positions = {
    .info = {.name = "log_positions",
             .aliases = "s4d_real",
             .formula = "W[..., i] = log(i + 1)",
             .summary = "the logarithms of 1, 2, 3, ... in the last dimension",
             .best_for = "A_log of Mamba and other state space models",
             .known_problem = "as weights of a layer it is the same for every seed",
             .source = "Gu et al. 2022, On the Parameterization and Initialization of Diagonal State Space Models",
             .example = "shape=128,16",
             .rank_max = WI_RANK_MAX,
             .defaults = WI_NO_DEFAULTS,
             .seedless = true},
    .prepare = prepare,
    .fill = fill_log_positions,
};
