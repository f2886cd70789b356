/* half.h - f16 and bf16: from f32, back, rounding to their grids.
 *
 * The conversions are branch-free, so that a loop over them is vectorized. They round to nearest, ties to even;
 * overflow gives infinity; a NaN stays a (quiet) NaN of the same sign and leading payload bits. */
#ifndef WI_BASE_HALF_H
#define WI_BASE_HALF_H

#include "base/bits.h"
#include "tables.h"

static inline uint32_t wi_bf16_round(float x)
{
    uint32_t bits = wi_u32_of(x);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t nan = bits >> 16 | 0x40;
    return (bits & 0x7fffffff) > 0x7f800000 ? nan : rounded;
}

static inline uint32_t wi_f16_round(float x)
{
    const int32_t smallest_normal = 0x38800000 /* 2^-14 */, overflow = 0x47800000 /* 2^16 */, infinity = 0x7f800000;
    uint32_t bits = wi_u32_of(x), sign = bits >> 16 & 0x8000;
    int32_t a = (int32_t)(bits & 0x7fffffff);
    uint32_t nan = a > infinity ? 0x200 : 0;
    a = a < overflow ? a : overflow;
    /* power is the largest power of two not above a, or the smallest normal f16. 2^13 * power + a is rounded to the
     * last place of f16; the sum minus 2^13 * power counts the significand in that place. */
    int32_t power = (a > smallest_normal ? a : smallest_normal) & infinity;
    int32_t high = power + (13 << 23);
    uint32_t significand = wi_u32_of(wi_f32_of((uint32_t)a) + wi_f32_of((uint32_t)high)) - (uint32_t)high;
    uint32_t exponent = (uint32_t)(power - smallest_normal) >> 13;
    return (significand + exponent) | nan | sign;
}

static inline float wi_bf16_value(uint16_t bits)
{
    return wi_f32_of((uint32_t)bits << 16);
}

static inline float wi_f16_value(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7fff;
    float normal = wi_f32_of((rest << 13) + 0x38000000), subnormal = (float)(int32_t)rest * 0x1p-24f;
    float magnitude = rest < 0x400 ? subnormal : rest < 0x7c00 ? normal : wi_f32_of(0x7f800000 | rest << 13);
    return wi_f32_of(wi_u32_of(magnitude) | sign);
}

/* dtype: f16 or bf16. */
static inline uint16_t wi_half_bits(enum wi_dtype_id dtype, float x)
{
    return (uint16_t)(dtype == WI_F16 ? wi_f16_round(x) : wi_bf16_round(x));
}

static inline float wi_half_value(enum wi_dtype_id dtype, uint16_t bits)
{
    return dtype == WI_F16 ? wi_f16_value(bits) : wi_bf16_value(bits);
}

/* x rounded to the grid of f16 or bf16. */
static inline float wi_round_half(enum wi_dtype_id dtype, float x)
{
    return wi_half_value(dtype, wi_half_bits(dtype, x));
}

/* x rounded to f32 with the last bit set if the result is inexact (round to odd). Rounding that to f16 or bf16 is one
 * rounding of x. |x| below half of the smallest f32 gives 0, as in both types. */
static inline float wi_odd_f32(double x)
{
    float near = (float)x;
    double error = x - (double)near;
    uint32_t bits = wi_u32_of(near);
    if (error == 0 || bits & 1 || !(error == error) || near == 0)
        return near;
    return wi_f32_of((error > 0) == (near > 0) ? bits + 1 : bits - 1);
}

#endif
