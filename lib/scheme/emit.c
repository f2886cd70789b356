/* Helpers of rows: the draw of a tensor, and elements written in its dtype. See scheme.h. */
#include <string.h>

#include "base/f8.h"
#include "base/fail.h"
#include "scheme/scheme.h"

double wi_real(const struct wi_tensor *tensor, enum wi_param p)
{
    return tensor->value[p].real;
}

unsigned wi_choice(const struct wi_tensor *tensor, enum wi_param p)
{
    return tensor->value[p].choice;
}

bool wi_given(const struct wi_tensor *tensor, enum wi_param p)
{
    return tensor->given & WI_P_BIT(p);
}

void wi_tensor_normal(struct wi_tensor *tensor, double mean, double std)
{
    tensor->draw = (struct wi_draw){WI_DRAW_NORMAL, mean, std};
    tensor->has_std = true;
    tensor->std = std;
}

void wi_tensor_truncated(struct wi_tensor *tensor, double mean, double std_of_parent)
{
    tensor->draw = (struct wi_draw){WI_DRAW_TRUNCATED, mean, std_of_parent};
    tensor->has_std = true;
    tensor->std = std_of_parent * WI_TRUNCATED_STD;
    tensor->has_bound = mean == 0;
    tensor->bound = 2 * std_of_parent;
}

void wi_tensor_uniform(struct wi_tensor *tensor, double low, double high)
{
    tensor->draw = (struct wi_draw){WI_DRAW_UNIFORM, low, high};
    tensor->has_std = true;
    tensor->std = (high / 2 - low / 2) * 0.57735026918962576; /* half the width over sqrt(3) */
    tensor->has_bound = low == -high;
    tensor->bound = high;
}

void wi_tensor_constant(struct wi_tensor *tensor, double value)
{
    tensor->draw = (struct wi_draw){WI_DRAW_CONSTANT, value, 0};
    tensor->has_std = true;
    tensor->std = 0;
}

static void to_f8(enum wi_dtype_id dtype, const float *restrict in, size_t n, uint8_t *restrict out)
{
    if (dtype == WI_F8_E4M3)
        for (size_t i = 0; i < n; i++)
            out[i] = wi_f8_e4m3_round(in[i]);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = wi_f8_e5m2_round(in[i]);
}

/* The f32 draw, rounded. */
static void emit_f8(enum wi_dtype_id dtype, const struct wi_draw *draw, const struct wi_key *key, uint64_t first,
                    size_t n, uint8_t *out)
{
    float block[1024];
    const size_t most = sizeof block / sizeof *block;
    while (n) {
        size_t k = n < most ? n : most;
        wi_draw_f32(draw, key, first, k, block);
        to_f8(dtype, block, k, out);
        first += k;
        n -= k;
        out += k;
    }
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
    case WI_BF16:
        wi_draw_bf16(draw, key, first, n, out);
        break;
    default:
        emit_f8(dtype, draw, key, first, n, out);
    }
}

void wi_emit_draw(const struct wi_tensor *tensor, uint64_t first, size_t n, void *out)
{
    emit(tensor->dtype->id, &tensor->draw, &tensor->key, first, n, out);
}

void wi_emit_constant(const struct wi_tensor *tensor, double value, size_t n, void *out)
{
    struct wi_draw constant = {WI_DRAW_CONSTANT, value, 0};
    emit(tensor->dtype->id, &constant, &tensor->key, 0, n, out);
}

void wi_emit_f32(const struct wi_tensor *tensor, const float *in, size_t n, void *out)
{
    if (tensor->dtype->id == WI_F32)
        memcpy(out, in, n * sizeof *in);
    else if (tensor->dtype->id == WI_F16)
        wi_f16_from_f32(in, n, out);
    else if (tensor->dtype->id == WI_BF16)
        wi_bf16_from_f32(in, n, out);
    else
        to_f8(tensor->dtype->id, in, n, out);
}

double wi_tensor_fan(const struct wi_tensor *tensor)
{
    double in = tensor->fan_in, out = tensor->fan_out;
    switch (wi_choice(tensor, WI_P_MODE)) {
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

enum wi_status wi_plain_layout(const struct wi_tensor *tensor, struct wi_error *err)
{
    unsigned layout = wi_choice(tensor, WI_P_LAYOUT);
    if (layout == WI_LAYOUT_IO || layout == WI_LAYOUT_OI)
        return WI_OK;
    wi_fail(err, WI_E_UNSUPPORTED, "layout", "scheme=%s is for layout=io and layout=oi", tensor->scheme->name);
    wi_error_allow(err, "io, oi");
    return WI_E_UNSUPPORTED;
}
