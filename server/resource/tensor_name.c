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

static size_t stem(const struct wi_plan *plan, char name[SRV_NAME_CAP])
{
    char shape[SRV_SHAPE_CAP];
    return (size_t)snprintf(name, SRV_NAME_CAP, "%s-%s-seed%llu%s", plan->part.tensor.scheme->name,
                            srv_shape_text(plan, "x", shape), (unsigned long long)plan->req.value[WI_P_SEED].uint,
                            plan->part.column_major ? "-fortran" : "");
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
