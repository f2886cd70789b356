/* safetensors: one tensor in the Hugging Face file format.
 *
 * Source: the format description of the safetensors project: u64 little-endian length of a JSON header that is padded
 * with blanks to a multiple of 8, then the data. The canonical request goes into __metadata__, so a file tells where it
 * came from. */
#include <string.h>

#include "format/format.h"

enum { LENGTH_BYTES = 8, ALIGN = 8 };
#define METADATA "__metadata__"

static enum wi_status frame(struct wi_plan *plan, struct wi_error *err)
{
    if (strcmp(plan->req.name, METADATA) == 0)
        return wi_fail(err, WI_E_PARAM_VALUE, "name", METADATA " is not a tensor's name in safetensors");
    char request[WI_CANONICAL_MAX];
    wi_plan_canonical(plan, WI_CANONICAL_BODY, request);
    struct wi_text t = wi_frame_begin(plan);
    wi_text_fill(&t, 0, LENGTH_BYTES);
    wi_text_str(&t, "{\"" METADATA "\":{\"request\":");
    wi_text_json(&t, request);
    wi_text_str(&t, plan->tensor.exactness == WI_EXACT ? ",\"exactness\":\"exact\"" : ",\"exactness\":\"approximate\"");
    wi_text_str(&t, "},");
    wi_text_json(&t, plan->req.name);
    wi_text_str(&t, ":{\"dtype\":\"");
    wi_text_str(&t, plan->tensor.dtype->safetensors);
    wi_text_str(&t, "\",\"shape\":[");
    wi_text_list(&t, plan->out_shape, plan->tensor.rank, ",");
    wi_text_str(&t, "],\"data_offsets\":[0,");
    wi_text_u64(&t, plan->out_elems * plan->tensor.dtype->bytes);
    wi_text_str(&t, "]}}");
    wi_text_fill(&t, ' ', (ALIGN - t.len % ALIGN) % ALIGN);
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        plan->prefix[i] = (uint8_t)((uint64_t)(t.len - LENGTH_BYTES) >> (8 * i));
    plan->cell_bytes = plan->tensor.dtype->bytes;
    return wi_frame_end(plan, &t, err);
}

const struct wi_format_row wi_format_safetensors = {
    .info = {"safetensors", "application/vnd.safetensors", "application/vnd.safetensors application/x-safetensors",
             "safetensors",
             "one tensor (name=, default tensor) in the Hugging Face format; the request is in its metadata",
             WI_P_BIT(WI_P_NAME), false},
    .frame = frame,
};
