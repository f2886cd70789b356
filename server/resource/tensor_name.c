/* see tensor_name.h */
#include "resource/tensor_name.h"

#include <stdio.h>

const char *srv_shape_text(const struct wi_plan *plan, const char *separator, char text[SRV_SHAPE_CAP])
{
    size_t len = (size_t)snprintf(text, SRV_SHAPE_CAP, "%s", plan->part.tensor.rank ? "" : "scalar");
    for (unsigned i = 0; i < plan->part.tensor.rank; i++)
        len += (size_t)snprintf(text + len, SRV_SHAPE_CAP - len, "%s%llu", i ? separator : "",
                                (unsigned long long)plan->part.out_shape[i]);
    return text;
}

/* The whole tensor's dimensions; of a slice, its bounds behind them: 64x64-slice0_16x5_9. */
static size_t put_dimensions(const struct wi_plan *plan, char *out, size_t cap)
{
    const struct wi_tensor *tensor = &plan->part.tensor;
    size_t len = (size_t)snprintf(out, cap, "%s", tensor->rank ? "" : "scalar");
    for (unsigned i = 0; i < tensor->rank; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%llu", i ? "x" : "", (unsigned long long)tensor->shape[i]);
    for (unsigned i = 0; i < tensor->rank && plan->params & WI_P_BIT(WI_P_SLICE); i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%llu_%llu", i ? "x" : "-slice",
                                (unsigned long long)plan->part.start[i],
                                (unsigned long long)(plan->part.start[i] + plan->part.out_shape[i]));
    return len;
}

static size_t stem(const struct wi_plan *plan, char name[SRV_NAME_CAP])
{
    size_t len = (size_t)snprintf(name, SRV_NAME_CAP, "%s-", plan->part.tensor.scheme->name);
    len += put_dimensions(plan, name + len, SRV_NAME_CAP - len);
    len += (size_t)snprintf(name + len, SRV_NAME_CAP - len, "-%s-seed%llu%s", plan->part.tensor.dtype->name,
                            (unsigned long long)plan->req.value[WI_P_SEED].uint,
                            plan->part.column_major ? "-fortran" : "");
    return len;
}

static size_t extend(char name[SRV_NAME_CAP], size_t len, const struct wi_format *format)
{
    return len + (size_t)snprintf(name + len, SRV_NAME_CAP - len, ".%s", format->extension);
}

size_t srv_file_name(const struct wi_plan *plan, char name[SRV_NAME_CAP])
{
    return extend(name, stem(plan, name), plan->file);
}

size_t srv_answer_name(const struct wi_plan *plan, char name[SRV_NAME_CAP])
{
    bool plain = plan->format->digest && !plan->format->names_file && plan->file == wi_format_file_at(0);
    size_t len = plain ? stem(plan, name) : srv_file_name(plan, name);
    return plan->format->digest ? extend(name, len, plan->format) : len;
}
