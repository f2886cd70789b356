/* half.h - one f32 to f16 or bf16, branch-free so that a loop over it is vectorized. Internal to lib/dist.
 *
 * Rounds to nearest, ties to even; overflow gives infinity; a NaN stays a (quiet) NaN of the same sign and leading
 * payload bits. */
#ifndef WI_HALF_H
#define WI_HALF_H

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

static inline uint16_t wi_bf16_round(float x)
{
    uint32_t bits = wi_f32_bits(x);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t nan = bits >> 16 | 0x40;
    return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded);
}

static inline uint16_t wi_f16_round(float x)
{
    uint32_t bits = wi_f32_bits(x), magnitude = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
    /* Exponent bias 127 -> 15, then half a unit less one, plus the last kept bit: nearest even by carry. */
    uint32_t normal = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
    /* Below 2^-14 the unit is 2^-24, that of floats near 0.5: the addition rounds. */
    uint32_t subnormal = wi_f32_bits(wi_f32_of_bits(magnitude) + 0.5f) - 0x3f000000;
    uint32_t nan = 0x7e00 | (magnitude >> 13 & 0x3ff);
    uint32_t half = magnitude < 0x38800000 ? subnormal : normal;
    half = magnitude >= 0x47800000 ? 0x7c00 : half;
    half = magnitude > 0x7f800000 ? nan : half;
    return (uint16_t)(half | sign);
}

#endif
