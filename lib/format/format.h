/* format.h - how elements become bytes on the wire.
 *
 * A format is a row: what people need to know (wi_format, in tables.h) and up to four functions. A body is
 *     header, out_elems cells of cell_bytes each, suffix
 * so that any byte offset is arithmetic. Adding a format is one file and one row in rows.h. */
#ifndef WI_FORMAT_FORMAT_H
#define WI_FORMAT_FORMAT_H

#include "base/text.h"
#include "wi.h"

struct wi_format_row {
    struct wi_format info;
    /* Refuse what the format cannot hold. NULL: it holds everything. */
    enum wi_status (*check)(const struct wi_plan *plan, struct wi_error *err);
    /* Bytes of a cell, at most WI_CELL_MAX. NULL: those of the element. */
    uint32_t (*cell_bytes)(const struct wi_plan *plan);
    /* Write the header. It is written twice: first to be measured, with plan->header_bytes still 0. NULL: there is none. */
    void (*header)(const struct wi_plan *plan, struct wi_text *t);
    /* What stands behind the cells, static text. NULL: nothing. */
    const char *(*suffix)(const struct wi_plan *plan);
    wi_encode *encode; /* of the parts */
};

const struct wi_format_row *wi_format_of(const struct wi_plan *plan);

#endif
