/* format.h - how elements become bytes on the wire.
 *
 * A format is a row: its description (wi_format, in tables.h) and up to five functions. A body is
 *     header, out_elems cells of cell_bytes each, suffix
 * so that the element at a byte offset follows by division. A new format is one file and its name in rows.h. */
#ifndef WI_FORMAT_FORMAT_H
#define WI_FORMAT_FORMAT_H

#include "base/fail.h"
#include "base/text.h"
#include "wi.h"

struct wi_format_row {
    struct wi_format info;
    /* Refuse a tensor that the format cannot hold. NULL: it holds every tensor. */
    enum wi_status (*check)(const struct wi_plan *plan, struct wi_error *err);
    /* Bytes of a cell, at most WI_CELL_MAX. NULL: the bytes of an element. */
    uint32_t (*cell_bytes)(const struct wi_plan *plan);
    /* Write the header. Called first with plan->header_bytes 0 to measure it, then to write it. NULL: there is no
     * header. */
    void (*header)(const struct wi_plan *plan, struct wi_text *t);
    /* Static text after the cells. NULL: none. */
    const char *(*suffix)(const struct wi_plan *plan);
    wi_encode *encode; /* see struct wi_part */
};

/* The row of plan->file. */
const struct wi_format_row *wi_format_of(const struct wi_plan *plan);

#endif
