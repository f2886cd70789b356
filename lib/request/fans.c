/* see fans.h */
#include "request/fans.h"

#include "base/fail.h"
#include "scheme/scheme.h"

/* Where a layout has its channels. Dimensions are counted from the front, or as ~0, ~1, ... from the back. In a grouped
 * kernel one of the two dimensions of channels is a group's share of them. */
enum share { SHARE_IN, SHARE_OUT, DEPTHWISE };
static const struct {
    int in, out;
    enum share share;
} layouts[] = {
    [WI_LAYOUT_IO] = {~1, ~0, SHARE_IN},    [WI_LAYOUT_OI] = {1, 0, SHARE_IN},
    [WI_LAYOUT_IOHW] = {0, 1, SHARE_OUT},   [WI_LAYOUT_HWOI] = {~0, ~1, SHARE_OUT},
    [WI_LAYOUT_HWCM] = {~1, ~0, DEPTHWISE},
};

/* The product of all dimensions but two. */
static double receptive_field(const struct wi_tensor *tensor, unsigned in, unsigned out)
{
    uint64_t product = 1;
    for (unsigned d = 0; d < tensor->rank; d++)
        product *= d == in || d == out ? 1 : tensor->shape[d];
    return (double)product;
}

static enum wi_status conflict(const char *text, struct wi_error *err)
{
    return wi_fail(err, WI_E_PARAM_CONFLICT, "groups", text);
}

/* groups= divides the dimension of all channels, *channels of them. */
static enum wi_status divide(const struct wi_plan *plan, enum share share, uint64_t *channels, struct wi_error *err)
{
    uint64_t groups = plan->req.value[WI_P_GROUPS].uint;
    enum wi_param fan = share == SHARE_IN ? WI_P_FAN_OUT : WI_P_FAN_IN;
    if (plan->part.tensor.rank < 2)
        return conflict("groups= is for kernels, which have two dimensions or more", err);
    if (share == DEPTHWISE)
        return conflict("layout=hwcm is depthwise: each channel is a group of its own", err);
    if (plan->req.given & WI_P_BIT(fan))
        return wi_fail(err, WI_E_PARAM_CONFLICT, "groups", "groups and %s both set the same fan; give one of them",
                       wi_param_row(fan)->name);
    if (*channels % groups)
        return wi_fail(err, WI_E_PARAM_CONFLICT, "groups", "%u %s channels do not divide into %u groups", *channels,
                       share == SHARE_IN ? "output" : "input", groups);
    *channels /= groups;
    return WI_OK;
}

static enum wi_status count(struct wi_plan *plan, bool grouped, struct wi_error *err)
{
    struct wi_tensor *tensor = &plan->part.tensor;
    unsigned layout = plan->req.value[WI_P_LAYOUT].choice, rank = tensor->rank;
    enum share share = layouts[layout].share;
    uint64_t dims[] = {rank ? tensor->shape[0] : 1, rank ? tensor->shape[0] : 1};
    double receptive = 1;
    if (rank >= 2) {
        unsigned in = (unsigned)(layouts[layout].in < 0 ? (int)rank + layouts[layout].in : layouts[layout].in);
        unsigned out = (unsigned)(layouts[layout].out < 0 ? (int)rank + layouts[layout].out : layouts[layout].out);
        receptive = receptive_field(tensor, in, out);
        dims[0] = share == DEPTHWISE ? 1 : tensor->shape[in];
        dims[1] = tensor->shape[out];
    }
    enum wi_status status = grouped ? divide(plan, share, &dims[share == SHARE_IN], err) : WI_OK;
    tensor->fan_in = (double)dims[0] * receptive;
    tensor->fan_out = (double)dims[1] * receptive;
    return status;
}

/* A fan that is given; one that is as counted need not be. */
static void give(struct wi_plan *plan, enum wi_param p, double *fan)
{
    double given = (double)plan->req.value[p].uint;
    if (!(plan->params & WI_P_BIT(p)))
        return;
    if (given == *fan)
        plan->params &= ~WI_P_BIT(p);
    *fan = given;
}

enum wi_status wi_fans_measure(struct wi_plan *plan, struct wi_error *err)
{
    struct wi_tensor *tensor = &plan->part.tensor;
    bool counts_groups = wi_scheme_of(tensor)->counts_groups && (plan->params & WI_P_BIT(WI_P_GROUPS));
    bool grouped = counts_groups && plan->req.value[WI_P_GROUPS].uint > 1;
    enum wi_status status = count(plan, grouped, err);
    if (counts_groups && !grouped)
        plan->params &= ~WI_P_BIT(WI_P_GROUPS);
    give(plan, WI_P_FAN_IN, &tensor->fan_in);
    give(plan, WI_P_FAN_OUT, &tensor->fan_out);
    return status;
}
