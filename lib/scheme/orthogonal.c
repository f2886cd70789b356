/* Schemes made of a Haar-distributed orthogonal matrix (ortho/ortho.h). wi_build computes the whole matrix, in f64
 * for f64 tensors and in f32 for the others; reading copies from it. */
#include <string.h>

#include "ortho/ortho.h"
#include "scheme/scheme.h"

enum { ROWS, COLS, CENTRE }; /* indices of tensor->aux: the matrix, and its tap */

static size_t work_elem_bytes(const struct wi_tensor *tensor)
{
    return tensor->dtype->id == WI_F64 ? 8 : 4;
}

/* Draw number c * 2^32 + r must exist for every column c and row r: at most 2^27 columns of 2^31 rows. */
static bool too_large(uint64_t rows, uint64_t cols)
{
    uint64_t longer = rows > cols ? rows : cols, shorter = rows > cols ? cols : rows;
    return longer > INT32_MAX || shorter > (1 << 27);
}

static enum wi_status plan_matrix(struct wi_tensor *tensor, uint64_t rows, uint64_t cols, struct wi_error *err)
{
    if (tensor->n_elems && too_large(rows, cols))
        return wi_fail(err, WI_E_SHAPE, "shape", "an orthogonal matrix of %u x %u is too large", rows, cols);
    tensor->aux[ROWS] = rows;
    tensor->aux[COLS] = cols;
    tensor->keep_bytes = rows * cols * work_elem_bytes(tensor);
    if (tensor->keep_bytes)
        tensor->scratch_bytes = wi_ortho_scratch(rows, cols, work_elem_bytes(tensor), WI_BUILD_WIDTH);
    double gain = wi_real(tensor, WI_P_GAIN);
    tensor->has_bound = true; /* no entry of an orthogonal matrix is beyond 1 */
    tensor->bound = gain;
    tensor->has_std = true;
    tensor->std = gain / __builtin_sqrt((double)(rows > cols ? rows : cols));
    tensor->draw = (struct wi_draw){WI_DRAW_UNIFORM, -gain, gain};
    return WI_OK;
}

static enum wi_status prepare_orthogonal(struct wi_tensor *tensor, struct wi_error *err)
{
    uint64_t first = tensor->shape[0], last = tensor->shape[tensor->rank - 1];
    unsigned layout = wi_choice(tensor, WI_P_LAYOUT);
    if (layout == WI_LAYOUT_HWCM)
        return wi_refuse(err, WI_E_UNSUPPORTED, "layout", "a depthwise kernel is one matrix for each channel, not one",
                         "io, oi, iohw, hwoi");
    if (layout == WI_LAYOUT_OI || layout == WI_LAYOUT_IOHW) /* channels first */
        return plan_matrix(tensor, first, wi_per(tensor->n_elems, first), err);
    return plan_matrix(tensor, wi_per(tensor->n_elems, last), last, err);
}

static void build(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    double gain = wi_real(tensor, WI_P_GAIN);
    if (tensor->dtype->id == WI_F64)
        wi_ortho_f64(&tensor->key, tensor->aux[ROWS], tensor->aux[COLS], gain, keep, scratch, exec);
    else
        wi_ortho_f32(&tensor->key, tensor->aux[ROWS], tensor->aux[COLS], gain, keep, scratch, exec);
}

/* n elements of the matrix from index `first` on. */
static void emit_matrix(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    if (tensor->dtype->id == WI_F64)
        memcpy(out, (const double *)keep + first, n * sizeof(double));
    else
        wi_emit_f32(tensor, (const float *)keep + first, n, out);
}

static void fill_orthogonal(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    emit_matrix(tensor, keep, first, n, out);
}

static enum wi_status prepare_delta(struct wi_tensor *tensor, struct wi_error *err)
{
    if (wi_plain_layout(tensor, err) != WI_OK)
        return WI_E_UNSUPPORTED;
    bool oi = wi_choice(tensor, WI_P_LAYOUT) == WI_LAYOUT_OI;
    uint64_t in = oi ? tensor->shape[1] : tensor->shape[tensor->rank - 2];
    uint64_t out = oi ? tensor->shape[0] : tensor->shape[tensor->rank - 1];
    if (in > out)
        return wi_fail(err, WI_E_SHAPE, "shape",
                       "delta_orthogonal needs at least as many output as input channels, "
                       "not %u in and %u out",
                       in, out);
    tensor->aux[CENTRE] = 0;
    for (unsigned d = oi ? 2 : 0; d < (oi ? tensor->rank : tensor->rank - 2); d++)
        tensor->aux[CENTRE] = tensor->aux[CENTRE] * tensor->shape[d] + (tensor->shape[d] - 1) / 2;
    enum wi_status status = oi ? plan_matrix(tensor, out, in, err) : plan_matrix(tensor, in, out, err);
    tensor->std /= __builtin_sqrt((double)wi_per(tensor->n_elems, in * out)); /* the other taps are zeros */
    return status;
}

/* The matrix at the centre tap (index tensor->aux[CENTRE] of the spatial positions), zeros elsewhere. */
static void fill_delta(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    uint64_t matrix = tensor->aux[ROWS] * tensor->aux[COLS], taps = tensor->n_elems / matrix;
    size_t bytes = tensor->dtype->bytes;
    wi_emit_constant(tensor, 0, n, out);
    if (wi_choice(tensor, WI_P_LAYOUT) == WI_LAYOUT_OI) { /* every taps-th element, from the centre on */
        uint64_t m = first > tensor->aux[CENTRE] ? (first - tensor->aux[CENTRE] + taps - 1) / taps : 0;
        for (; m < matrix && m * taps + tensor->aux[CENTRE] < first + n; m++)
            emit_matrix(tensor, keep, m, 1, (uint8_t *)out + (m * taps + tensor->aux[CENTRE] - first) * bytes);
        return;
    }
    uint64_t base = tensor->aux[CENTRE] * matrix;
    uint64_t from = first > base ? first : base, to = first + n < base + matrix ? first + n : base + matrix;
    if (from < to)
        emit_matrix(tensor, keep, from - base, (size_t)(to - from), (uint8_t *)out + (from - first) * bytes);
}

#define PARAMS WI_P_BIT(WI_P_GAIN)
#define DEFAULTS WI_DEFAULTS(WI_REAL(WI_P_GAIN, 1))

const struct wi_scheme wi_scheme_orthogonal = {
    .info = {.name = "orthogonal",
             .aliases = "",
             .formula = "W'W = gain^2 I (rows >= columns) or W W' = gain^2 I, Haar-distributed",
             .summary = "orthonormal columns or rows times gain; layout io, hwoi: columns = last dimension; oi, iohw: "
                        "rows = first one",
             .best_for = "recurrent networks and very deep stacks: it keeps every signal's length exactly",
             .known_problem = "costs n^3 operations, and the whole matrix is computed at once",
             .source = "Saxe et al. 2013, Exact solutions to the nonlinear dynamics of learning; Stewart 1980; "
                       "Mezzadri 2007",
             .example = "shape=256,128&seed=7",
             .rank_min = 2,
             .rank_max = WI_RANK_MAX,
             .params = PARAMS,
             .defaults = DEFAULTS,
             .whole = true},
    .prepare = prepare_orthogonal,
    .build = build,
    .fill = fill_orthogonal,
};

const struct wi_scheme wi_scheme_delta_orthogonal = {
    .info = {.name = "delta_orthogonal",
             .aliases = "",
             .formula = "W[centre] = an orthogonal (in, out) matrix times gain, 0 at the other taps",
             .summary = "a convolution that acts as an orthogonal matrix on the channels at its centre tap",
             .best_for = "very deep plain convolutional networks",
             .known_problem = "needs out >= in; the other taps start at 0",
             .source = "Xiao et al. 2018, Dynamical Isometry and a Mean Field Theory of CNNs, algorithm 2",
             .example = "shape=3,3,16,32&seed=7",
             .rank_min = 3,
             .rank_max = 5,
             .params = PARAMS,
             .defaults = DEFAULTS,
             .whole = true},
    .prepare = prepare_delta,
    .build = build,
    .fill = fill_delta,
};
