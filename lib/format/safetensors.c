/* safetensors: one tensor in the Hugging Face file format.
 *
 * Source: the format description of the safetensors project: u64 little-endian length of a JSON header, the header
 *         padded
 * with blanks to a multiple of 8, then the data. __metadata__ holds the canonical request, from which the file can
 * be made again. */
#include <string.h>

#include "format/rows.h"

enum { LENGTH_BYTES = 8, ALIGN = 8 };
#define METADATA "__metadata__"

static enum wi_status check(const struct wi_plan *plan, struct wi_error *err)
{
    if (strcmp(plan->req.name, METADATA) == 0)
        return wi_fail(err, WI_E_PARAM_VALUE, "name", METADATA " is not a tensor's name in safetensors");
    return WI_OK;
}

static void put_length(struct wi_text *t, uint64_t length)
{
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        wi_text_char(t, (char)(length >> (8 * i) & 0xff));
}

static void header(const struct wi_plan *plan, struct wi_text *t)
{
    const struct wi_tensor *tensor = &plan->part.tensor;
    char request[WI_CANONICAL_MAX];
    wi_plan_canonical(plan, WI_CANONICAL_FILE, request);
    put_length(t, (uint64_t)plan->header_bytes - LENGTH_BYTES);
    wi_text_str(t, "{\"" METADATA "\":{\"request\":");
    wi_text_json(t, request);
    wi_text_str(t, tensor->exactness == WI_EXACT ? ",\"exactness\":\"exact\"" : ",\"exactness\":\"approximate\"");
    wi_text_str(t, "},");
    wi_text_json(t, plan->req.name);
    wi_text_str(t, ":{\"dtype\":\"");
    wi_text_str(t, tensor->dtype->safetensors);
    wi_text_str(t, "\",\"shape\":[");
    wi_text_list(t, plan->part.out_shape, tensor->rank, ",");
    wi_text_str(t, "],\"data_offsets\":[0,");
    wi_text_u64(t, plan->part.out_elems * tensor->dtype->bytes);
    wi_text_str(t, "]}}");
    wi_text_fill(t, ' ', (ALIGN - t->len % ALIGN) % ALIGN);
}

const struct wi_format_row wi_format_safetensors = {
    .info = {.name = "safetensors",
             .media_type = "application/vnd.safetensors",
             .accept = "application/vnd.safetensors application/x-safetensors",
             .extension = "safetensors",
             .summary = "one tensor (name=, default tensor) in the Hugging Face format; the request is in its metadata",
             .params = WI_P_BIT(WI_P_NAME)},
    .check = check,
    .header = header,
};
