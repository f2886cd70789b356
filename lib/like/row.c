/* see row.h */
#include "like/row.h"

#include <string.h>

#include "fmath/fma.h"
#include "like/shared/half.h"

enum wi_status wi_like_check(const struct wi_tensor *tensor, enum wi_layout layout, struct wi_error *err)
{
    const char *name = tensor->like->name;
    if (tensor->key.stream != wi_stream_id("", 0)) {
        wi_fail(err, WI_E_UNSUPPORTED, "stream", "like=%s has one sequence per seed; stream= is for native numbers",
                name);
        wi_error_allow(err, "the empty name");
        return WI_E_UNSUPPORTED;
    }
    if (wi_choice(tensor, WI_P_LAYOUT) != (unsigned)layout) {
        const char *its = wi_param_row(WI_P_LAYOUT)->choice(layout);
        wi_fail(err, WI_E_UNSUPPORTED, "layout", "like=%s counts fans in layout=%s", name, its);
        wi_error_allow(err, its);
        return WI_E_UNSUPPORTED;
    }
    return WI_OK;
}

void wi_like_whole(struct wi_tensor *tensor, uint64_t scratch_bytes)
{
    tensor->keep_bytes = tensor->n_elems * tensor->dtype->bytes;
    tensor->scratch_bytes = scratch_bytes;
}

void wi_like_copy(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    size_t width = tensor->dtype->bytes;
    if (n)
        memcpy(out, (const uint8_t *)keep + first * width, n * width);
}

/* x cut to f32 with the last bit set if anything was cut off: rounding that to f16 rounds x. */
static float odd_f32(double x)
{
    float near = (float)x;
    double error = x - (double)near;
    uint32_t bits = wi_u32_of(near);
    if (error == 0 || bits & 1 || !(error == error))
        return near;
    return wi_f32_of((error > 0) == (near > 0) ? bits + 1 : bits - 1);
}

void wi_like_store_f64(const struct wi_tensor *tensor, const double *in, size_t n, void *out)
{
    if (tensor->dtype->id == WI_F64)
        memcpy(out, in, n * sizeof *in);
    else if (tensor->dtype->id == WI_F32)
        for (size_t i = 0; i < n; i++)
            ((float *)out)[i] = (float)in[i];
    else
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = wi_half_bits(tensor->dtype->id, odd_f32(in[i]));
}

void wi_like_approximate(struct wi_tensor *tensor, const char *note)
{
    tensor->exactness = WI_APPROXIMATE;
    tensor->exactness_note = note;
}
