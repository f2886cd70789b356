/* see frame.h */
#include "request/frame.h"

#include "base/fail.h"
#include <string.h>

#include "base/checked.h"
#include "format/format.h"

enum wi_status wi_frame_choose(struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_request *req = &plan->req;
    plan->format = wi_format_at(req->given & WI_P_BIT(WI_P_FORMAT) ? req->value[WI_P_FORMAT].choice : 0);
    plan->file = plan->format;
    if (plan->format->digest)
        plan->file = wi_format_file_at(req->given & WI_P_BIT(WI_P_OF) ? req->value[WI_P_OF].choice : 0);
    if (req->value[WI_P_OF].choice != 0 && !plan->format->digest)
        return wi_refuse(err, WI_E_PARAM_UNUSED, "of",
                         "of= names the file whose digest format=sha256 or sha256sum gives",
                         "format=sha256, format=sha256sum");
    if (req->value[WI_P_ORDER].choice == WI_ORDER_C || plan->file->params & WI_P_BIT(WI_P_ORDER))
        return WI_OK;
    wi_fail(err, WI_E_PARAM_UNUSED, "order", "format=%s has its elements by rows: order= is for raw and npy",
            plan->file->name);
    wi_error_allow(err, "format=raw, format=npy");
    return WI_E_PARAM_UNUSED;
}

/* Do the elements of the part have another order by columns than by rows? */
static bool orders_differ(const struct wi_part *part)
{
    unsigned longer_than_1 = 0;
    for (unsigned d = 0; d < part->tensor.rank; d++)
        longer_than_1 += part->out_shape[d] > 1;
    return longer_than_1 > 1 && part->out_elems > 0;
}

void wi_frame_order(struct wi_plan *plan)
{
    plan->part.column_major = (plan->params & WI_P_BIT(WI_P_ORDER)) &&
                              plan->req.value[WI_P_ORDER].choice == WI_ORDER_F && orders_differ(&plan->part);
}

enum wi_status wi_frame_measure(struct wi_plan *plan, struct wi_error *err)
{
    const struct wi_format_row *file = wi_format_of(plan);
    struct wi_part *part = &plan->part;
    enum wi_status status = file->check ? file->check(plan, err) : WI_OK;
    if (status != WI_OK)
        return status;
    part->encode = file->encode;
    part->cell_bytes = file->cell_bytes ? file->cell_bytes(plan) : part->tensor.dtype->bytes;
    plan->suffix = file->suffix ? file->suffix(plan) : "";
    struct wi_text measured = wi_text_measure();
    if (file->header)
        file->header(plan, &measured);
    if (measured.len > WI_HEADER_MAX || part->cell_bytes > WI_CELL_MAX)
        return wi_fail(err, WI_E_TOO_LARGE, "name", "the header of the file is longer than %u bytes",
                       (uint64_t)WI_HEADER_MAX);
    plan->header_bytes = (uint32_t)measured.len;
    uint64_t cells;
    if (!wi_mul(part->out_elems, part->cell_bytes, &cells) || cells > UINT64_MAX / 2)
        return wi_fail(err, WI_E_TOO_LARGE, "shape", "the body is larger than %u bytes", UINT64_MAX / 2);
    plan->total_bytes = plan->header_bytes + cells + strlen(plan->suffix);
    return WI_OK;
}
