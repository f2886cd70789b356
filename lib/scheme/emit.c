/* Writing elements in the plan's dtype, and the draws most schemes are made of: see scheme.h. */
#include <string.h>

#include "scheme/scheme.h"

double wi_real(const struct wi_plan *plan, enum wi_param p)
{
    return plan->req.value[p].real;
}

unsigned wi_choice(const struct wi_plan *plan, enum wi_param p)
{
    return plan->req.value[p].choice;
}

bool wi_given(const struct wi_plan *plan, enum wi_param p)
{
    return plan->req.given & WI_P_BIT(p);
}

void wi_plan_normal(struct wi_plan *plan, double mean, double std)
{
    plan->draw = (struct wi_draw){WI_DRAW_NORMAL, mean, std};
    plan->has_std = true;
    plan->std = std;
}

void wi_plan_truncated(struct wi_plan *plan, double mean, double std_of_parent)
{
    plan->draw = (struct wi_draw){WI_DRAW_TRUNCATED, mean, std_of_parent};
    plan->has_std = true;
    plan->std = std_of_parent * WI_TRUNCATED_STD;
    plan->has_bound = mean == 0;
    plan->bound = 2 * std_of_parent;
}

void wi_plan_uniform(struct wi_plan *plan, double low, double high)
{
    plan->draw = (struct wi_draw){WI_DRAW_UNIFORM, low, high};
    plan->has_std = true;
    plan->std = (high / 2 - low / 2) * 0.57735026918962576; /* half the width over sqrt(3) */
    plan->has_bound = low == -high;
    plan->bound = high;
}

void wi_plan_constant(struct wi_plan *plan, double value)
{
    plan->draw = (struct wi_draw){WI_DRAW_CONSTANT, value, 0};
    plan->has_std = true;
    plan->std = 0;
}

static void emit(enum wi_dtype_id dtype, const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n,
                 void *out)
{
    switch (dtype) {
    case WI_F32:
        wi_draw_f32(draw, key, first, n, out);
        break;
    case WI_F64:
        wi_draw_f64(draw, key, first, n, out);
        break;
    case WI_F16:
        wi_draw_f16(draw, key, first, n, out);
        break;
    default:
        wi_draw_bf16(draw, key, first, n, out);
    }
}

void wi_emit_draw(const struct wi_plan *plan, uint64_t first, size_t n, void *out)
{
    emit(plan->dtype->id, &plan->draw, &plan->key, first, n, out);
}

void wi_emit_constant(const struct wi_plan *plan, double value, size_t n, void *out)
{
    struct wi_draw constant = {WI_DRAW_CONSTANT, value, 0};
    emit(plan->dtype->id, &constant, &plan->key, 0, n, out);
}

void wi_emit_f32(const struct wi_plan *plan, const float *in, size_t n, void *out)
{
    if (plan->dtype->id == WI_F32)
        memcpy(out, in, n * sizeof *in);
    else if (plan->dtype->id == WI_F16)
        wi_f16_from_f32(in, n, out);
    else
        wi_bf16_from_f32(in, n, out);
}

double wi_plan_fan(const struct wi_plan *plan)
{
    double in = plan->fan_in, out = plan->fan_out;
    switch (wi_choice(plan, WI_P_MODE)) {
    case WI_MODE_FAN_IN:
        return in;
    case WI_MODE_FAN_OUT:
        return out;
    case WI_MODE_FAN_AVG:
        return (in + out) / 2;
    default:
        return __builtin_sqrt(in) * __builtin_sqrt(out);
    }
}
