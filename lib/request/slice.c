/* see slice.h */
#include "request/slice.h"

#include "base/fail.h"

/* A bound as an index 0 .. dim; false when it lies outside. */
static bool place(int64_t bound, uint64_t dim, uint64_t *out)
{
    if (bound >= 0) {
        *out = (uint64_t)bound;
        return *out <= dim;
    }
    uint64_t back = (uint64_t)0 - (uint64_t)bound;
    *out = dim - back;
    return back <= dim;
}

static enum wi_status resolve_dim(struct wi_plan *plan, unsigned d, struct wi_slice_dim *s, struct wi_error *err)
{
    uint64_t dim = plan->part.tensor.shape[d], start = 0, stop = dim;
    bool nothing_there = dim == 0 && !s->index; /* a dimension without elements is taken whole */
    if (s->has_start && (!place(s->start, dim, &start) || (start == dim && !nothing_there)))
        return wi_fail(err, WI_E_PARAM_VALUE, "slice", "slice starts outside dimension %u, which has %u elements",
                       (uint64_t)d, dim);
    if (s->index)
        stop = start + 1;
    else if (s->has_stop && !place(s->stop, dim, &stop))
        stop = s->stop < 0 ? 0 : dim;
    if (stop <= start && !nothing_there)
        return wi_fail(err, WI_E_PARAM_VALUE, "slice", "slice of dimension %u is empty", (uint64_t)d);
    plan->part.start[d] = start;
    plan->part.out_shape[d] = stop - start;
    *s = (struct wi_slice_dim){.start = (int64_t)start, .stop = (int64_t)stop, .has_start = true, .has_stop = true};
    return WI_OK;
}

enum wi_status wi_slice_resolve(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_request *req = &plan->req;
    if (req->slice_rank > plan->part.tensor.rank)
        return wi_fail(err, WI_E_PARAM_VALUE, "slice", "slice has %u dimensions, the tensor %u",
                       (uint64_t)req->slice_rank, (uint64_t)plan->part.tensor.rank);
    bool whole = true;
    plan->part.out_elems = 1;
    for (unsigned d = 0; d < plan->part.tensor.rank; d++) {
        if (d >= req->slice_rank)
            req->slice[d] = (struct wi_slice_dim){0};
        enum wi_status status = resolve_dim(plan, d, &req->slice[d], err);
        if (status != WI_OK)
            return status;
        plan->part.out_elems *= plan->part.out_shape[d];
        whole = whole && plan->part.out_shape[d] == plan->part.tensor.shape[d];
    }
    req->slice_rank = plan->part.tensor.rank;
    if (whole)
        plan->params &= ~WI_P_BIT(WI_P_SLICE);
    return WI_OK;
}

uint64_t wi_slice_locate(const struct wi_part *part, uint64_t i, uint64_t *run)
{
    uint64_t whole = 0, stride = 1, block = 1;
    bool contiguous = true;
    *run = part->tensor.rank ? 0 : 1;
    for (unsigned d = part->tensor.rank; d-- > 0;) {
        uint64_t at = i / block % part->out_shape[d];
        whole += (part->start[d] + at) * stride;
        stride *= part->tensor.shape[d];
        block *= part->out_shape[d];
        if (contiguous) /* from i to the end of this block is one run, if all dimensions inside are whole */
            *run = block - i % block;
        contiguous = contiguous && part->out_shape[d] == part->tensor.shape[d];
    }
    return whole;
}

uint64_t wi_slice_locate_by_columns(const struct wi_part *part, uint64_t i)
{
    uint64_t at[WI_RANK_MAX], whole = 0;
    for (unsigned d = 0; d < part->tensor.rank; d++) {
        at[d] = part->start[d] + i % part->out_shape[d];
        i /= part->out_shape[d];
    }
    for (unsigned d = 0; d < part->tensor.rank; d++)
        whole = whole * part->tensor.shape[d] + at[d];
    return whole;
}
