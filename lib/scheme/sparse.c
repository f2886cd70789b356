/* sparse.c - normal numbers with an exact number of zeros in every column.
 *
 * Source : Martens 2010, Deep learning via Hessian-free optimization; as torch.nn.init.sparse_.
 * Zeros  : k = ceil(sparsity * rows) in each column, a uniformly random subset of the rows, by Floyd's algorithm
 *          (Bentley & Floyd 1987): for j = rows-m .. rows-1: t = word(j) * (j+1) / 2^64; take t, or j if t is taken.
 *          m = min(k, rows - k): the smaller side is drawn. The word is u64 number column * rows + j of the mask
 *          domain.
 * Keep   : one bit per element, rows of ceil(cols / 64) words; a set bit is a zero. The normals are random access. */
#include <string.h>

#include "scheme/scheme.h"

enum { GROUP = 64, CHUNK = 128 };
enum { ROWS, COLS, ZEROS }; /* indices of tensor->aux: the matrix; zeros per column */

static uint64_t words_per_row(const struct wi_tensor *tensor)
{
    return (tensor->aux[COLS] + GROUP - 1) / GROUP;
}

static uint64_t ceil_of(double x)
{
    uint64_t whole = (uint64_t)x;
    return (double)whole < x ? whole + 1 : whole;
}

static enum wi_status prepare(struct wi_tensor *tensor, struct wi_error *err)
{
    tensor->aux[ROWS] = tensor->shape[0];
    tensor->aux[COLS] = tensor->shape[1];
    if (tensor->n_elems && tensor->aux[ROWS] > UINT32_MAX)
        return wi_fail(err, WI_E_SHAPE, "shape", "sparse takes at most 4294967295 rows, not %u", tensor->aux[ROWS]);
    tensor->aux[ZEROS] = ceil_of(wi_real(tensor, WI_P_SPARSITY) * (double)tensor->aux[ROWS]);
    if (tensor->aux[ZEROS] > tensor->aux[ROWS])
        tensor->aux[ZEROS] = tensor->aux[ROWS];
    if (tensor->aux[ZEROS] == tensor->aux[ROWS])
        tensor->note = WI_NOTE_ALL_ZERO;
    tensor->keep_bytes = tensor->aux[ROWS] * words_per_row(tensor) * sizeof(uint64_t);
    wi_tensor_normal(tensor, 0, wi_real(tensor, WI_P_STD));
    tensor->std *= __builtin_sqrt(1 - (double)tensor->aux[ZEROS] / (double)tensor->aux[ROWS]); /* zeros among them */
    return WI_OK;
}

/* floor(word * n / 2^64) for n <= 2^32 */
static uint64_t below(uint64_t word, uint64_t n)
{
    return ((word >> 32) * n + ((word & 0xffffffff) * n >> 32)) >> 32;
}

struct mask {
    const struct wi_tensor *tensor;
    uint64_t *bits;
    struct wi_key key;
};

/* Set the bits of a random subset of m rows of one column. */
static void take_rows(const struct mask *mask, uint64_t column, uint64_t m)
{
    uint64_t words[CHUNK], rows = mask->tensor->aux[ROWS], stride = words_per_row(mask->tensor);
    uint64_t *column_bits = mask->bits + column / GROUP, bit = UINT64_C(1) << (column % GROUP);
    for (uint64_t j = rows - m; j < rows;) {
        size_t n = rows - j < CHUNK ? (size_t)(rows - j) : CHUNK;
        wi_bits_u64(&mask->key, column * rows + j, n, words);
        for (size_t i = 0; i < n; i++, j++) {
            uint64_t *taken = column_bits + below(words[i], j + 1) * stride;
            column_bits[(*taken & bit ? j : below(words[i], j + 1)) * stride] |= bit;
        }
    }
}

/* One task is a group of 64 columns, which has words of its own. */
static void mask_group(void *arg, size_t group)
{
    const struct mask *mask = arg;
    const struct wi_tensor *tensor = mask->tensor;
    uint64_t k = tensor->aux[ZEROS], keep_k = tensor->aux[ROWS] - k, stride = words_per_row(tensor);
    uint64_t end = (group + 1) * GROUP < tensor->aux[COLS] ? (group + 1) * GROUP : tensor->aux[COLS];
    for (uint64_t r = 0; r < tensor->aux[ROWS]; r++)
        mask->bits[r * stride + group] = 0;
    for (uint64_t c = group * GROUP; c < end; c++)
        take_rows(mask, c, k <= keep_k ? k : keep_k);
    if (k > keep_k)
        for (uint64_t r = 0; r < tensor->aux[ROWS]; r++)
            mask->bits[r * stride + group] = ~mask->bits[r * stride + group];
}

static void build(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    struct mask mask = {tensor, keep, tensor->key};
    (void)scratch;
    mask.key.domain = WI_DOMAIN_MASK;
    wi_exec_run(exec, (size_t)words_per_row(tensor), mask_group, &mask);
}

static void fill(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    const uint64_t *bits = keep;
    uint64_t r = first / tensor->aux[COLS], c = first % tensor->aux[COLS], stride = words_per_row(tensor);
    wi_emit_draw(tensor, first, n, out);
    for (size_t i = 0; i < n; i++) {
        if (bits[r * stride + c / GROUP] >> (c % GROUP) & 1)
            memset((uint8_t *)out + i * tensor->dtype->bytes, 0, tensor->dtype->bytes);
        if (++c == tensor->aux[COLS]) {
            c = 0;
            r++;
        }
    }
}

const struct wi_scheme wi_scheme_sparse = {
    .info = {.name = "sparse",
             .aliases = "",
             .formula = "W ~ N(0, std^2), then ceil(sparsity * rows) random zeros in every column",
             .summary = "normal numbers with the same number of zeros in every column",
             .best_for = "wide layers in which every unit should start with few strong inputs",
             .known_problem =
                 "dense hardware gains nothing from the zeros; sparsity and std need tuning; below 10 rows "
                 "the default sparsity of 0.9 makes every element 0",
             .source = "Martens 2010, Deep learning via Hessian-free optimization",
             .example = "shape=256,128&sparsity=0.9&seed=7",
             .rank_min = 2,
             .rank_max = 2,
             .params = WI_P_BIT(WI_P_SPARSITY) | WI_P_BIT(WI_P_STD),
             .defaults = WI_DEFAULTS(WI_REAL(WI_P_SPARSITY, 0.9), WI_REAL(WI_P_STD, 0.01)),
             .whole = true},
    .prepare = prepare,
    .build = build,
    .fill = fill,
};
