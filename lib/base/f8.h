/* f8.h - the types of one byte: from f32, and back.
 *
 *     f8_e4m3    4 bits of exponent, 3 of fraction; largest 448; no infinity, one NaN of each sign (float8_e4m3fn)
 *     f8_e5m2    5 bits of exponent, 2 of fraction; largest 57344; infinity and NaN as in f16
 *
 * Rounding is to nearest, ties to even, without branches, as in half.h. What is too large becomes infinity in e5m2 and
 * NaN in e4m3. */
#ifndef WI_BASE_F8_H
#define WI_BASE_F8_H

#include "base/bits.h"
#include "base/half.h"

/* fraction: its bits. smallest_normal and overflow: of the type, as f32 bits. The result may pass the largest finite
 * value: it then is the next number that the type would have. */
static inline uint32_t wi_f8_magnitude(float x, unsigned fraction, int32_t smallest_normal, int32_t overflow)
{
    const unsigned dropped = 23 - fraction;
    int32_t a = (int32_t)(wi_u32_of(x) & 0x7fffffff);
    a = a < overflow ? a : overflow;
    int32_t power = (a > smallest_normal ? a : smallest_normal) & 0x7f800000;
    int32_t high = power + (int32_t)(dropped << 23);
    uint32_t significand = wi_u32_of(wi_f32_of((uint32_t)a) + wi_f32_of((uint32_t)high)) - (uint32_t)high;
    return significand + ((uint32_t)(power - smallest_normal) >> dropped);
}

static inline uint8_t wi_f8_e4m3_round(float x)
{
    const uint32_t bits = wi_u32_of(x);
    uint32_t magnitude = wi_f8_magnitude(x, 3, 0x3c800000 /* 2^-6 */, 0x44000000 /* 512 */);
    return (uint8_t)((magnitude < 0x7f ? magnitude : 0x7f) | (bits >> 24 & 0x80));
}

static inline uint8_t wi_f8_e5m2_round(float x)
{
    const uint32_t bits = wi_u32_of(x);
    uint32_t magnitude = wi_f8_magnitude(x, 2, 0x38800000 /* 2^-14 */, 0x47800000 /* 2^16 */);
    uint32_t nan = (bits & 0x7fffffff) > 0x7f800000 ? 0x7e : 0;
    return (uint8_t)(magnitude | nan | (bits >> 24 & 0x80));
}

static inline float wi_f8_e4m3_value(uint8_t byte)
{
    const uint32_t sign = (uint32_t)(byte & 0x80) << 24, rest = byte & 0x7f;
    float normal = wi_f32_of((rest << 20) + 0x3c000000), subnormal = (float)(int32_t)rest * 0x1p-9f;
    float magnitude = rest < 8 ? subnormal : rest < 0x7f ? normal : wi_f32_of(0x7fc00000);
    return wi_f32_of(wi_u32_of(magnitude) | sign);
}

/* The upper half of an f16. */
static inline float wi_f8_e5m2_value(uint8_t byte)
{
    return wi_f16_value((uint16_t)(byte << 8));
}

static inline uint8_t wi_f8_bits(enum wi_dtype_id dtype, float x)
{
    return dtype == WI_F8_E4M3 ? wi_f8_e4m3_round(x) : wi_f8_e5m2_round(x);
}

static inline float wi_f8_value(enum wi_dtype_id dtype, uint8_t byte)
{
    return dtype == WI_F8_E4M3 ? wi_f8_e4m3_value(byte) : wi_f8_e5m2_value(byte);
}

static inline int wi_is_f8(enum wi_dtype_id dtype)
{
    return dtype == WI_F8_E4M3 || dtype == WI_F8_E5M2;
}

#endif
