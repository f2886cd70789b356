/* csv and tsv: the numbers alone, a line for each row, for tools that read nothing else.
 *
 * The last dimension runs along a line; all dimensions before it, flattened in row-major order, are the lines. A vector
 * is one number a line, as numpy.savetxt writes it, and so is a scalar. There is no line of names.
 *
 * Every element has a cell of one fixed width, so that the element at a byte offset follows by division: the number,
 * right-aligned behind blanks, and one byte behind it, the separator or the newline. */
#include <string.h>

#include "base/element.h"
#include "format/number.h"
#include "format/rows.h"

static uint32_t cell_bytes(const struct wi_plan *plan)
{
    return wi_number_width(plan->part.tensor.dtype->id) + 1;
}
_Static_assert(WI_DECIMAL_F64_MAX + 1 <= WI_CELL_MAX, "the widest cell");

/* Infinities and NaN, which only like= gives, as Python, R and C read them. */
static size_t print(enum wi_dtype_id dtype, double x, char *out)
{
    const char *word = x != x ? "nan" : x > 0 ? "inf" : "-inf";
    if (x - x == 0)
        return wi_number_print(dtype, x, out);
    memcpy(out, word, strlen(word));
    return strlen(word);
}

static void encode(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out, char separator)
{
    const enum wi_dtype_id dtype = part->tensor.dtype->id;
    const unsigned width = wi_number_width(dtype);
    const uint64_t columns = part->tensor.rank < 2 ? 1 : part->out_shape[part->tensor.rank - 1];
    memset(out, ' ', n * part->cell_bytes);
    for (size_t k = 0; k < n; k++, out += part->cell_bytes) {
        char number[WI_DECIMAL_F64_MAX];
        size_t len = print(dtype, wi_load(dtype, in, k), number);
        memcpy(out + width - len, number, len);
        out[width] = (first + k + 1) % columns ? (uint8_t)separator : '\n';
    }
}

static void encode_csv(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    encode(part, in, first, n, out, ',');
}

static void encode_tsv(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    encode(part, in, first, n, out, '\t');
}

#define LINES "the last dimension along a line, the others as lines, a vector one number a line; no names"

const struct wi_format_row wi_format_csv = {
    .info = {.name = "csv",
             .media_type = "text/csv; charset=utf-8",
             .accept = "text/csv",
             .extension = "csv",
             .summary = "numbers with commas between: " LINES,
             .text = true},
    .cell_bytes = cell_bytes,
    .encode = encode_csv,
};

const struct wi_format_row wi_format_tsv = {
    .info = {.name = "tsv",
             .media_type = "text/tab-separated-values; charset=utf-8",
             .accept = "text/tab-separated-values",
             .extension = "tsv",
             .summary = "the same with tabs between",
             .text = true},
    .cell_bytes = cell_bytes,
    .encode = encode_tsv,
};
