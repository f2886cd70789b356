/* The formats: see format.h. */
#include "format/format.h"

static const struct wi_format_row *const rows[] = {
    &wi_format_raw, &wi_format_npy, &wi_format_safetensors, &wi_format_json, &wi_format_sha256,
};

const struct wi_format *wi_format_at(unsigned i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i]->info : NULL;
}

const struct wi_format_row *wi_format_of(const struct wi_plan *plan)
{
    return (const struct wi_format_row *)plan->format;
}

struct wi_text wi_frame_begin(struct wi_plan *plan)
{
    return wi_text_in(plan->prefix, sizeof plan->prefix);
}

enum wi_status wi_frame_end(struct wi_plan *plan, const struct wi_text *t, struct wi_error *err)
{
    if (t->overflow)
        return wi_fail(err, WI_E_TOO_LARGE, "name", "the header of the file is longer than %u bytes",
                       (uint64_t)WI_PREFIX_MAX);
    plan->prefix_bytes = (uint32_t)t->len;
    return WI_OK;
}
