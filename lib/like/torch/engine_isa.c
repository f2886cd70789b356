/* see engine.h
 *
 * The f32 normal is the 8-lane kernel of ATen's AVX2 build: Cephes polynomials for log, sin and cos. Which products gcc
 * fused there is part of the numbers. */
#include "like/torch/engine.h"

#include "fmath/f32.h"
#include "fmath/f64.h"
#include "base/half.h"

#define TWO_PI 6.283185307179586

enum { PAIRS = 8 * WI_TORCH_BLOCKS };

static inline float unit_f32(uint32_t word, unsigned bits)
{
    float scale = wi_f32_of((127 - bits) << 23); /* 2^-bits */
    return (float)(int32_t)(word & ((UINT32_C(1) << bits) - 1)) * scale;
}

/* The 53 low bits of a 64-bit draw as a fraction; the first word is the high one. */
static inline double unit_f64(const uint32_t *words)
{
    double high = (double)(int32_t)(words[0] & 0x1fffff);
    double low = (double)(int32_t)(words[1] ^ 0x80000000) + 0x1p31;
    return (high * 0x1p32 + low) * 0x1p-53;
}

void WI_ISA_NAME(wi_torch_uniform_f32)(const uint32_t *restrict words, unsigned bits, const struct wi_torch_affine *map,
                                       size_t n, float *restrict out)
{
    float scale = (float)map->scale, shift = (float)map->shift;
    for (size_t i = 0; i < n; i++)
        out[i] = wi_fmaf(unit_f32(words[i], bits), scale, shift);
}

void WI_ISA_NAME(wi_torch_uniform_f64)(const uint32_t *restrict words, const struct wi_torch_affine *map, size_t n,
                                       double *restrict out)
{
    double scale = map->scale, shift = map->shift;
    for (size_t i = 0; i < n; i++)
        out[i] = wi_fma(unit_f64(words + 2 * i), scale, shift);
}

/* ---- f32 ---- */

static inline float log_lane(float u)
{
    uint32_t bits = wi_u32_of(u);
    float e = (float)(int32_t)((bits >> 23) - 126), m = wi_f32_of((bits & 0x807fffff) | 0x3f000000);
    uint32_t low = wi_u32_of(m) < 0x3f3504f3 ? UINT32_MAX : 0; /* m < 0.70710677 */
    e = e + (float)(int32_t)low;
    float x = (m - 1.0f) + wi_f32_of(wi_u32_of(m) & low), z = x * x;
    float y = wi_fmaf(7.0376836292E-2f, x, -1.1514610310E-1f);
    y = wi_fmaf(y, x, 1.1676998740E-1f);
    y = wi_fmaf(y, x, -1.2420140846E-1f);
    y = wi_fmaf(y, x, 1.4249322787E-1f);
    y = wi_fmaf(y, x, -1.6668057665E-1f);
    y = wi_fmaf(y, x, 2.0000714765E-1f);
    y = wi_fmaf(y, x, -2.4999993993E-1f);
    y = wi_fmaf(y, x, 3.3333331174E-1f) * x;
    y = wi_fmaf(y, z, e * -2.12194440e-4f);
    y = wi_fmaf(-z, 0.5f, y);
    return wi_fmaf(e, 0.693359375f, x + y);
}

/* mask ? a : b, for masks of all ones or all zeros, so that every compiler vectorizes the loop. */
static inline uint32_t choose(uint32_t mask, float a, float b)
{
    return (wi_u32_of(a) & mask) | (wi_u32_of(b) & ~mask);
}

/* sin and cos of t >= 0 */
static inline void sincos_lane(float t, float *sin, float *cos)
{
    uint32_t j = (uint32_t)((int32_t)(t * 1.27323954473516f) + 1) & ~UINT32_C(1);
    float f = (float)(int32_t)j;
    float x = wi_fmaf(f, -0.78515625f, t);
    x = wi_fmaf(f, -2.4187564849853515625e-4f, x);
    x = wi_fmaf(f, -3.77489497744594108e-8f, x);
    float z = x * x;
    float c = wi_fmaf(2.443315711809948E-5f, z, -1.388731625493765E-3f);
    c = wi_fmaf(c, z, 4.166664568298827E-2f) * z;
    c = wi_fmaf(c, z, -(z * 0.5f)) + 1.0f;
    float s = wi_fmaf(-1.9515295891E-4f, z, 8.3321608736E-3f);
    s = wi_fmaf(s, z, -1.6666654611E-1f) * z;
    s = wi_fmaf(s, x, x);
    uint32_t swapped = -(j >> 1 & 1);
    *sin = wi_f32_of(choose(swapped, c, s) ^ (j & 4) << 29);
    *cos = wi_f32_of(choose(swapped, s, c) ^ (~(j - 2) & 4) << 29);
}

void WI_ISA_NAME(wi_torch_normal_f32)(const uint32_t *restrict words, const struct wi_torch_affine *map, size_t blocks,
                                      float *restrict out)
{
    float first[PAIRS], second[PAIRS], std = (float)map->scale, mean = (float)map->shift;
    for (size_t b = 0; b < blocks; b++)
        for (size_t j = 0; j < 8; j++) {
            first[8 * b + j] = unit_f32(words[16 * b + j], 24);
            second[8 * b + j] = unit_f32(words[16 * b + j + 8], 24);
        }
    for (size_t i = 0; i < 8 * blocks; i++) {
        float sin, cos, radius = __builtin_sqrtf(-2.0f * log_lane(1.0f - first[i]));
        sincos_lane(6.2831855f * second[i], &sin, &cos);
        first[i] = wi_fmaf(radius * cos, std, mean);
        second[i] = wi_fmaf(radius * sin, std, mean);
    }
    for (size_t b = 0; b < blocks; b++)
        for (size_t j = 0; j < 8; j++) {
            out[16 * b + j] = first[8 * b + j];
            out[16 * b + j + 8] = second[8 * b + j];
        }
}

/* ---- f64 ---- */

static inline double log_f64(double x)
{
    return wi_log_is_near_one(x) ? (x == 1.0 ? 0.0 : wi_log_near_one(x)) : wi_log_by_table(x);
}

void WI_ISA_NAME(wi_torch_normal_f64)(const uint32_t *restrict words, const struct wi_torch_affine *map, size_t blocks,
                                      double *restrict out)
{
    for (; blocks; blocks--, words += 32, out += 16)
        for (size_t j = 0; j < 8; j++) {
            double radius = __builtin_sqrt(-2.0 * log_f64(1.0 - unit_f64(words + 2 * j)));
            double theta = TWO_PI * unit_f64(words + 2 * j + 16);
            out[j] = wi_fma(radius * wi_cos_f64(theta), map->scale, map->shift);
            out[j + 8] = wi_fma(radius * wi_sin_f64(theta), map->scale, map->shift);
        }
}

/* ---- f16, bf16 ---- */

/* One pair, by libm's f32 functions. `how` says which intermediate results are rounded to the 16-bit type. */
static inline void half_pair(float u1, float u2, enum wi_torch_half how, enum wi_dtype_id dtype, float std, float mean,
                             float *a, float *b)
{
    int every = how == WI_TORCH_HALF_EVERY || (how == WI_TORCH_HALF_TAIL && dtype == WI_BF16);
    int some = how != WI_TORCH_HALF_SCALAR;
#define IF(condition, x) ((condition) ? wi_round_half(dtype, (x)) : (x))
    float theta = IF(some, (float)(TWO_PI * (double)u2)), log = IF(every, wi_log_f32(IF(some, 1.0f - u1)));
    float radius = IF(some, __builtin_sqrtf(IF(every, -2.0f * log)));
    float x = IF(every, radius * IF(every, wi_cos_f32(theta))), y = IF(every, radius * IF(every, wi_sin_f32(theta)));
    *a = wi_round_half(dtype, every ? wi_round_half(dtype, x * std) + mean : wi_fmaf(x, std, mean));
    *b = wi_round_half(dtype, every ? wi_round_half(dtype, y * std) + mean : wi_fmaf(y, std, mean));
#undef IF
}

void WI_ISA_NAME(wi_torch_normal_half)(const uint32_t *restrict words, enum wi_torch_half how, enum wi_dtype_id dtype,
                                       const struct wi_torch_affine *map, size_t blocks, float *restrict out)
{
    unsigned bits = how >= WI_TORCH_HALF_SCALAR ? 24 : dtype == WI_F16 ? 11 : 8;
    if (how == WI_TORCH_HALF_VECTOR) {
        WI_ISA_NAME(wi_torch_normal_f32)(words, map, blocks, out);
        for (size_t i = 0; i < 16 * blocks; i++)
            out[i] = wi_round_half(dtype, out[i]);
        return;
    }
    for (; blocks; blocks--, words += 16, out += 16)
        for (size_t j = 0; j < 8; j++)
            half_pair(unit_f32(words[j], bits), unit_f32(words[j + 8], bits), how, dtype, (float)map->scale,
                      (float)map->shift, &out[j], &out[j + 8]);
}
