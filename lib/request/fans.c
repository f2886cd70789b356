/* see fans.h */
#include "request/fans.h"

/* The product of all dimensions but two. */
static double receptive_field(const struct wi_tensor *tensor, unsigned in, unsigned out)
{
    uint64_t product = 1;
    for (unsigned d = 0; d < tensor->rank; d++)
        product *= d == in || d == out ? 1 : tensor->shape[d];
    return (double)product;
}

enum wi_status wi_fans_measure(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_tensor *tensor = &plan->part.tensor;
    unsigned rank = tensor->rank;
    (void)err;
    if (rank < 2) {
        tensor->fan_in = tensor->fan_out = rank ? (double)tensor->shape[0] : 1;
        return WI_OK;
    }
    bool oi = plan->req.value[WI_P_LAYOUT].choice == WI_LAYOUT_OI;
    unsigned in = oi ? 1 : rank - 2, out = oi ? 0 : rank - 1;
    double receptive = receptive_field(tensor, in, out);
    tensor->fan_in = (double)tensor->shape[in] * receptive;
    tensor->fan_out = (double)tensor->shape[out] * receptive;
    return WI_OK;
}
