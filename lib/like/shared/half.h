/* half.h - rounding f32 values to the f16 or bf16 grid, for arithmetic in those types. */
#ifndef WI_LIKE_SHARED_HALF_H
#define WI_LIKE_SHARED_HALF_H

#include "dist/half.h"
#include "wi.h"

static inline float wi_bf16_value(uint16_t bits)
{
    return wi_f32_of_bits((uint32_t)bits << 16);
}

static inline float wi_f16_value(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7fff;
    float normal = wi_f32_of_bits((rest << 13) + 0x38000000), subnormal = (float)(int32_t)rest * 0x1p-24f;
    float magnitude = rest < 0x400 ? subnormal : rest < 0x7c00 ? normal : wi_f32_of_bits(0x7f800000 | rest << 13);
    return wi_f32_of_bits(wi_f32_bits(magnitude) | sign);
}

/* x rounded to the type's grid. */
static inline float wi_round_half(enum wi_dtype_id dtype, float x)
{
    return dtype == WI_F16 ? wi_f16_value((uint16_t)wi_f16_round(x)) : wi_bf16_value((uint16_t)wi_bf16_round(x));
}

static inline uint16_t wi_half_bits(enum wi_dtype_id dtype, float x)
{
    return (uint16_t)(dtype == WI_F16 ? wi_f16_round(x) : wi_bf16_round(x));
}

#endif
