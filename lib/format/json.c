/* JSON: the shape and datatype fields of the Open Inference Protocol and nested lists of numbers, or one flat list.
 *
 * Every element has a cell of the same width, padded with blanks, so that the element at a byte offset follows by
 * division.
 *     openers   one byte per inner dimension: '[' for each dimension that begins here, right-aligned
 *     number    the shortest that reads back to the same value as f64 or f32, right-aligned in the width of the longest
 *     tail      ']' for each inner dimension that ends, ',' unless this is the last element, blanks, a newline if a row
 *               ends */
#include <string.h>

#include "base/element.h"
#include "format/number.h"
#include "format/rows.h"

enum { FLAT_PER_LINE = 8 };

static bool is_flat(const struct wi_tensor *tensor)
{
    return tensor->value[WI_P_FLAT].choice;
}

/* The number of dimensions inside the outermost one: 0 for a flat list and a vector. */
static unsigned inner_dims(const struct wi_tensor *tensor)
{
    return is_flat(tensor) || tensor->rank < 2 ? 0 : tensor->rank - 1;
}

static bool is_list(const struct wi_tensor *tensor)
{
    return tensor->rank > 0 || is_flat(tensor);
}

static uint32_t cell_bytes(const struct wi_plan *plan)
{
    const struct wi_tensor *tensor = &plan->part.tensor;
    return 2 * inner_dims(tensor) + wi_number_width(tensor->dtype->id) + 2;
}
_Static_assert(2 * (WI_RANK_MAX - 1) + WI_DECIMAL_F64_MAX + 2 <= WI_CELL_MAX, "the widest cell");

static void header(const struct wi_plan *plan, struct wi_text *t)
{
    const struct wi_tensor *tensor = &plan->part.tensor;
    char request[WI_CANONICAL_MAX];
    wi_plan_canonical(plan, WI_CANONICAL_FILE, request);
    wi_text_str(t, "{\"name\":");
    wi_text_json(t, plan->req.name);
    wi_text_str(t, ",\"shape\":[");
    wi_text_list(t, plan->part.out_shape, tensor->rank, ",");
    wi_text_str(t, "],\"datatype\":\"");
    wi_text_str(t, tensor->dtype->open_inference);
    wi_text_str(t, "\",\"parameters\":{\"request\":");
    wi_text_json(t, request);
    wi_text_str(t, tensor->exactness == WI_EXACT ? ",\"exactness\":\"exact\"" : ",\"exactness\":\"approximate\"");
    wi_text_str(t, "},\"data\":");
    wi_text_str(t, is_list(tensor) ? "[\n" : "\n");
}

static const char *suffix(const struct wi_plan *plan)
{
    return is_list(&plan->part.tensor) ? "]}\n" : "}\n";
}

/* Infinities and NaN, which only like= gives, are null: JSON has no numbers for them. */
static size_t print(enum wi_dtype_id dtype, const void *in, size_t i, char *out)
{
    static const char null[] = "null";
    double x = wi_load(dtype, in, i);
    if (x - x != 0) {
        memcpy(out, null, sizeof null - 1);
        return sizeof null - 1;
    }
    return wi_number_print(dtype, x, out);
}

/* How many inner dimensions have a boundary before element i. */
static unsigned boundaries(const struct wi_part *part, unsigned inner, uint64_t i)
{
    unsigned n = 0;
    uint64_t block = 1;
    while (n < inner) {
        block *= part->out_shape[part->tensor.rank - 1 - n];
        if (i % block)
            break;
        n++;
    }
    return n;
}

static void encode(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out)
{
    unsigned inner = inner_dims(&part->tensor), width = wi_number_width(part->tensor.dtype->id);
    unsigned opens = boundaries(part, inner, first);
    memset(out, ' ', n * part->cell_bytes);
    for (size_t k = 0; k < n; k++, out += part->cell_bytes) {
        uint64_t next = first + k + 1;
        unsigned closes = boundaries(part, inner, next);
        bool last = next == part->out_elems;
        bool line_ends = last || (inner ? closes > 0 : next % FLAT_PER_LINE == 0);
        memset(out + inner - opens, '[', opens);
        char number[WI_DECIMAL_F64_MAX];
        size_t len = print(part->tensor.dtype->id, in, k, number);
        memcpy(out + inner + width - len, number, len);
        uint8_t *tail = out + inner + width;
        memset(tail, ']', closes);
        if (!last)
            tail[closes] = ',';
        if (line_ends)
            tail[inner + 1] = '\n';
        opens = closes;
    }
}

const struct wi_format_row wi_format_json = {
    .info = {.name = "json",
             .media_type = "application/json",
             .accept = "application/json",
             .extension = "json",
             .summary =
                 "name, shape, datatype and data as in the Open Inference Protocol; nested lists, flat=1 for one list",
             .params = WI_P_BIT(WI_P_FLAT) | WI_P_BIT(WI_P_NAME),
             .text = true},
    .cell_bytes = cell_bytes,
    .header = header,
    .suffix = suffix,
    .encode = encode,
};
