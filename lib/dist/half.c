/* see draw.h: the conversions */
#include "dist/half.h"

#include "draw.h"
#include "dist/kernel.h"

void wi_f16_from_f32(const float *in, size_t n, uint16_t *out)
{
    wi_kernels()->f16(in, n, out);
}

void wi_bf16_from_f32(const float *in, size_t n, uint16_t *out)
{
    wi_kernels()->bf16(in, n, out);
}

float wi_f32_from_bf16(uint16_t bits)
{
    return wi_f32_of_bits((uint32_t)bits << 16);
}

float wi_f32_from_f16(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7fff;
    if (rest >= 0x7c00) /* infinity and NaN */
        return wi_f32_of_bits(sign | 0x7f800000 | rest << 13);
    if (rest >= 0x400)
        return wi_f32_of_bits(sign | ((rest << 13) + 0x38000000));
    float magnitude = (float)rest * 0x1p-24f;
    return wi_f32_of_bits(sign | wi_f32_bits(magnitude));
}
