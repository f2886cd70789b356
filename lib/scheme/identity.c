/* Schemes that pass their input through: eye for matrices, dirac for convolutions. */
#include "scheme/scheme.h"

/* Indices of tensor->aux. */
enum { ROWS, COLS, ONES };   /* eye */
enum { IN, OUT, GROUP_OUT }; /* dirac: input channels of a group, output channels of all, of a group */

/* Set element `at` to 1 if it is one of the elements [first, first + n). */
static void put_one(const struct wi_tensor *tensor, uint64_t at, uint64_t first, size_t n, void *out)
{
    if (at >= first && at - first < n)
        wi_emit_constant(tensor, 1, 1, (uint8_t *)out + (at - first) * tensor->dtype->bytes);
}

static enum wi_status prepare_eye(struct wi_tensor *tensor, struct wi_error *err)
{
    (void)err;
    tensor->aux[ROWS] = tensor->shape[0];
    tensor->aux[COLS] = tensor->shape[1];
    tensor->aux[ONES] = tensor->aux[ROWS] < tensor->aux[COLS] ? tensor->aux[ROWS] : tensor->aux[COLS];
    return WI_OK;
}

static void fill_eye(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    (void)keep;
    wi_emit_constant(tensor, 0, n, out);
    uint64_t last_row = (first + n - 1) / tensor->aux[COLS];
    for (uint64_t r = first / tensor->aux[COLS]; r <= last_row && r < tensor->aux[ONES]; r++)
        put_one(tensor, r * tensor->aux[COLS] + r, first, n, out);
}

static enum wi_status prepare_dirac(struct wi_tensor *tensor, struct wi_error *err)
{
    if (wi_plain_layout(tensor, err) != WI_OK)
        return WI_E_UNSUPPORTED;
    bool oi = wi_choice(tensor, WI_P_LAYOUT) == WI_LAYOUT_OI;
    uint64_t groups = tensor->value[WI_P_GROUPS].uint;
    tensor->aux[IN] = oi ? tensor->shape[1] : tensor->shape[tensor->rank - 2];
    tensor->aux[OUT] = oi ? tensor->shape[0] : tensor->shape[tensor->rank - 1];
    if (tensor->aux[OUT] % groups)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "groups", "%u output channels do not divide into %u groups",
                       tensor->aux[OUT], groups);
    tensor->aux[GROUP_OUT] = tensor->aux[OUT] / groups;
    return WI_OK;
}

/* Index of the centre tap among the spatial positions, size / 2 in every dimension as in torch's dirac_. */
static uint64_t centre(const struct wi_tensor *tensor, unsigned first_dim, unsigned n_dims)
{
    uint64_t at = 0;
    for (unsigned d = first_dim; d < first_dim + n_dims; d++)
        at = at * tensor->shape[d] + tensor->shape[d] / 2;
    return at;
}

/* (out, in, k...): one tap per output channel. */
static void fill_dirac_oi(const struct wi_tensor *tensor, uint64_t first, size_t n, void *out)
{
    uint64_t taps = tensor->n_elems / tensor->aux[IN] / tensor->aux[OUT], filter = tensor->aux[IN] * taps;
    uint64_t mid = centre(tensor, 2, tensor->rank - 2), last = (first + n - 1) / filter;
    for (uint64_t o = first / filter; o <= last; o++) {
        uint64_t d = o % tensor->aux[GROUP_OUT];
        if (d < tensor->aux[IN])
            put_one(tensor, o * filter + d * taps + mid, first, n, out);
    }
}

/* (k..., in, out): the ones lie in the matrix of the centre tap, at out = group * count + in. */
static void fill_dirac_io(const struct wi_tensor *tensor, uint64_t first, size_t n, void *out)
{
    uint64_t base = centre(tensor, 0, tensor->rank - 2) * tensor->aux[IN] * tensor->aux[OUT];
    if (first + n <= base || first >= base + tensor->aux[IN] * tensor->aux[OUT])
        return;
    uint64_t from = first > base ? (first - base) / tensor->aux[OUT] : 0,
             last = (first + n - 1 - base) / tensor->aux[OUT];
    for (uint64_t d = from; d <= last && d < tensor->aux[IN] && d < tensor->aux[GROUP_OUT]; d++)
        for (uint64_t o = d; o < tensor->aux[OUT]; o += tensor->aux[GROUP_OUT])
            put_one(tensor, base + d * tensor->aux[OUT] + o, first, n, out);
}

static void fill_dirac(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    (void)keep;
    wi_emit_constant(tensor, 0, n, out);
    if (wi_choice(tensor, WI_P_LAYOUT) == WI_LAYOUT_OI)
        fill_dirac_oi(tensor, first, n, out);
    else
        fill_dirac_io(tensor, first, n, out);
}

const struct wi_scheme wi_scheme_eye = {
    .info = {.name = "eye",
             .aliases = "identity",
             .formula = "W[i][i] = 1, else 0",
             .summary = "the identity matrix, cut or padded with zeros when not square",
             .best_for = "recurrent ReLU networks (IRNN), and layers that should start as pass-through",
             .known_problem = "units differ only through their inputs; alone it is a poor start for wide dense layers",
             .source = "Le et al. 2015, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units",
             .example = "shape=64,64",
             .rank_min = 2,
             .rank_max = 2,
             .defaults = WI_NO_DEFAULTS,
             .seedless = true},
    .prepare = prepare_eye,
    .fill = fill_eye,
};

const struct wi_scheme wi_scheme_dirac = {
    .info = {.name = "dirac",
             .aliases = "",
             .formula = "W[o][i][centre] = 1 where i = o mod (out / groups), else 0",
             .summary = "the identity of a convolution: every output channel passes one input channel through",
             .best_for = "convolutions that should start as pass-through, in residual-free deep networks",
             .known_problem = "output channels beyond the input channels start at 0",
             .source = "torch.nn.init.dirac_; Zagoruyko & Komodakis 2017, DiracNets",
             .example = "shape=3,3,16,16",
             .rank_min = 3,
             .rank_max = 5,
             .params = WI_P_BIT(WI_P_GROUPS),
             .defaults = WI_DEFAULTS(WI_UINT(WI_P_GROUPS, 1)),
             .seedless = true},
    .prepare = prepare_dirac,
    .fill = fill_dirac,
};
