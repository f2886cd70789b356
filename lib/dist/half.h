/* half.h - one f32 to f16 or bf16, branch-free so that a loop over it is vectorized. Internal to lib/dist.
 *
 * Rounds to nearest, ties to even; overflow gives infinity; a NaN stays a (quiet) NaN of the same sign and leading
 * payload bits. */
#ifndef WI_DIST_HALF_H
#define WI_DIST_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t wi_f32_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float wi_f32_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint32_t wi_bf16_round(float x)
{
    uint32_t bits = wi_f32_bits(x);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t nan = bits >> 16 | 0x40;
    return (bits & 0x7fffffff) > 0x7f800000 ? nan : rounded;
}

static inline uint32_t wi_f16_round(float x)
{
    const int32_t smallest_normal = 0x38800000 /* 2^-14 */, overflow = 0x47800000 /* 2^16 */, infinity = 0x7f800000;
    uint32_t bits = wi_f32_bits(x), sign = bits >> 16 & 0x8000;
    int32_t a = (int32_t)(bits & 0x7fffffff);
    uint32_t nan = a > infinity ? 0x200 : 0;
    a = a < overflow ? a : overflow;
    /* The power of two at or below a, but a normal f16. 2^13 times that has the wanted unit as its last place: the sum
     * is rounded as wanted, and what it exceeds the power by is the significand in units. */
    int32_t power = (a > smallest_normal ? a : smallest_normal) & infinity;
    int32_t high = power + (13 << 23);
    uint32_t significand = wi_f32_bits(wi_f32_of_bits((uint32_t)a) + wi_f32_of_bits((uint32_t)high)) - (uint32_t)high;
    uint32_t exponent = (uint32_t)(power - smallest_normal) >> 13;
    return (significand + exponent) | nan | sign;
}

#endif
