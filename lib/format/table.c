/* The formats: see format.h. */
#include "format/rows.h"

#define WI_ROW(name) &wi_format_##name,
static const struct wi_format_row *const rows[] = {WI_FORMAT_ROWS(WI_ROW)};

const struct wi_format *wi_format_at(unsigned i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i]->info : NULL;
}

const struct wi_format *wi_format_file_at(unsigned i)
{
    const struct wi_format *format;
    for (unsigned f = 0; (format = wi_format_at(f)); f++)
        if (!format->digest && i-- == 0)
            return format;
    return NULL;
}

const struct wi_format_row *wi_format_of(const struct wi_plan *plan)
{
    return (const struct wi_format_row *)plan->file;
}
