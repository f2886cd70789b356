/* see quant.h */
#include "model/quant.h"

#include <string.h>

#define BLOCK 32

/* ---- one element ------------------------------------------------------------------------------------------------- */

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/* bits >> shift, rounded to nearest, ties to even; 0 < shift < 32. */
static uint32_t shift_to_even(uint32_t bits, unsigned shift)
{
    uint32_t half = UINT32_C(1) << (shift - 1), odd = (bits >> shift) & 1;
    return (bits + half - 1 + odd) >> shift;
}

static uint16_t half_of(float x)
{
    uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x7f800000)
        return (uint16_t)(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
    if (magnitude >= 0x477ff000) /* rounds to 65536 or more */
        return (uint16_t)(sign | 0x7c00);
    if (magnitude >= 0x38800000) /* 2^-14: a normal number; its exponent is smaller by 112 */
        return (uint16_t)(sign | shift_to_even(magnitude - (112u << 23), 13));
    unsigned exponent = magnitude >> 23;
    if (exponent < 102) /* below half of 2^-24 */
        return (uint16_t)sign;
    return (uint16_t)(sign | shift_to_even((magnitude & 0x7fffff) | 0x800000, 126 - exponent));
}

static uint16_t brain_of(float x)
{
    uint32_t bits = bits_of(x);
    return (uint16_t)shift_to_even(bits, 16);
}

float srv_half_value(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;
    if (exponent == 31)
        return float_of(sign | 0x7f800000 | fraction << 13);
    if (exponent)
        return float_of(sign | (exponent + 112) << 23 | fraction << 13);
    float x = (float)fraction * 0x1p-24f;
    return sign ? -x : x;
}

static void put16(unsigned char *out, uint16_t value)
{
    out[0] = (unsigned char)value;
    out[1] = (unsigned char)(value >> 8);
}

/* ---- rows of elements and of blocks ------------------------------------------------------------------------------ */

static void encode_f32(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = bits_of(x[i]);
        put16(out + 4 * i, (uint16_t)bits);
        put16(out + 4 * i + 2, (uint16_t)(bits >> 16));
    }
}

static void encode_f16(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++)
        put16(out + 2 * i, half_of(x[i]));
}

static void encode_bf16(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++)
        put16(out + 2 * i, brain_of(x[i]));
}

static float magnitude_of(float x)
{
    return float_of(bits_of(x) & 0x7fffffff);
}

/* Half away from zero. 0 where 1 / d is infinite, for a scale below 2^-128: what llama.cpp gives there. */
static int round_away(float x)
{
    if (!(x > -128.0f && x < 128.0f))
        return 0;
    int whole = (int)x;
    float rest = x - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

static void encode_q8_0(const float *x, size_t n, unsigned char *out)
{
    for (; n; n -= BLOCK, x += BLOCK, out += 34) {
        float most = 0;
        for (unsigned j = 0; j < BLOCK; j++)
            most = magnitude_of(x[j]) > most ? magnitude_of(x[j]) : most;
        float d = most / 127.0f, inverse = d != 0 ? 1.0f / d : 0.0f;
        put16(out, half_of(d));
        for (unsigned j = 0; j < BLOCK; j++)
            out[2 + j] = (unsigned char)round_away(x[j] * inverse);
    }
}

static unsigned nibble(float scaled)
{
    float q = scaled + 8.5f;
    return q >= 15.0f ? 15 : q > 0.0f ? (unsigned)q : 0;
}

static void encode_q4_0(const float *x, size_t n, unsigned char *out)
{
    for (; n; n -= BLOCK, x += BLOCK, out += 18) {
        float most = 0, signed_most = 0;
        for (unsigned j = 0; j < BLOCK; j++)
            if (magnitude_of(x[j]) > most) {
                most = magnitude_of(x[j]);
                signed_most = x[j];
            }
        float d = signed_most / -8.0f, inverse = d != 0 ? 1.0f / d : 0.0f;
        put16(out, half_of(d));
        for (unsigned j = 0; j < BLOCK / 2; j++)
            out[2 + j] = (unsigned char)(nibble(x[j] * inverse) | nibble(x[j + BLOCK / 2] * inverse) << 4);
    }
}

const struct srv_gguf_type_row srv_gguf_types[SRV_GGUF_TYPES] = {
    [SRV_GGUF_F32] = {"f32", 0, 0, 1, 4, encode_f32},         [SRV_GGUF_F16] = {"f16", 1, 1, 1, 2, encode_f16},
    [SRV_GGUF_BF16] = {"bf16", 30, 32, 1, 2, encode_bf16},    [SRV_GGUF_Q8_0] = {"q8_0", 8, 7, BLOCK, 34, encode_q8_0},
    [SRV_GGUF_Q4_0] = {"q4_0", 2, 2, BLOCK, 18, encode_q4_0},
};
