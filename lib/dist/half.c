/* Conversions between f32 and the 16-bit types: see draw.h. */
#include "base/half.h"
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
    return wi_bf16_value(bits);
}

float wi_f32_from_f16(uint16_t bits)
{
    return wi_f16_value(bits);
}
