/* format.h - how elements become bytes on the wire.
 *
 * A format is a row: what people need to know (wi_format, in wi.h) and two functions. A body is
 *     prefix, out_elems cells of cell_bytes each, suffix
 * so that any byte offset is arithmetic. Adding a format is one file and one row. */
#ifndef WI_FORMAT_FORMAT_H
#define WI_FORMAT_FORMAT_H

#include "base/text.h"
#include "wi.h"

struct wi_format_row {
    struct wi_format info;
    /* Set prefix, suffix and cell_bytes of a plan that is complete otherwise. */
    enum wi_status (*frame)(struct wi_plan *plan, struct wi_error *err);
    /* Elements first .. first+n-1 (native-endian) to cells. NULL: the cell is the element, little-endian. */
    void (*encode)(const struct wi_plan *plan, const void *in, uint64_t first, size_t n, uint8_t *out);
};

const struct wi_format_row *wi_format_of(const struct wi_plan *plan);

/* For frame: text that goes to the plan's prefix; frame_end checks that it fitted. */
struct wi_text wi_frame_begin(struct wi_plan *plan);
enum wi_status wi_frame_end(struct wi_plan *plan, const struct wi_text *t, struct wi_error *err);

extern const struct wi_format_row wi_format_raw, wi_format_npy, wi_format_safetensors, wi_format_json, wi_format_sha256;

#endif
