/* Sizes and fields of structures, for languages that do not read headers: see wi.h. */
#include "wi.h"

size_t wi_sizeof(enum wi_struct which)
{
    static const size_t sizes[WI_STRUCT_COUNT] = {
        [WI_STRUCT_ERROR] = sizeof(struct wi_error),
        [WI_STRUCT_REQUEST] = sizeof(struct wi_request),
        [WI_STRUCT_PLAN] = sizeof(struct wi_plan),
        [WI_STRUCT_BODY] = sizeof(struct wi_body),
    };
    return which < WI_STRUCT_COUNT ? sizes[which] : 0;
}

const char *wi_error_text(const struct wi_error *err)
{
    return err->text;
}

const char *wi_error_param(const struct wi_error *err)
{
    return err->param;
}

const char *wi_error_allowed(const struct wi_error *err)
{
    return err->allowed;
}

const char *wi_error_nearest(const struct wi_error *err)
{
    return err->nearest;
}

uint64_t wi_plan_bytes(const struct wi_plan *plan)
{
    return plan->total_bytes;
}

const struct wi_tensor *wi_plan_tensor(const struct wi_plan *plan)
{
    return &plan->part.tensor;
}

uint64_t wi_tensor_keep_bytes(const struct wi_tensor *tensor)
{
    return tensor->keep_bytes;
}

uint64_t wi_tensor_scratch_bytes(const struct wi_tensor *tensor)
{
    return tensor->scratch_bytes;
}
