/* f32.h - log, log1p, exp, sin, cos and erf of f32: see f64.h. */
#ifndef WI_FMATH_F32_H
#define WI_FMATH_F32_H

#include "fmath/fma.h"
#include "fmath/tables.h"

#define WI_SIGN_F32 UINT32_C(0x80000000)

static inline float wi_abs_f32(float x)
{
    return wi_f32_of(wi_u32_of(x) & ~WI_SIGN_F32);
}

static inline float wi_copysign_f32(float magnitude, float sign)
{
    return wi_f32_of((wi_u32_of(magnitude) & ~WI_SIGN_F32) | (wi_u32_of(sign) & WI_SIGN_F32));
}

/* ---- log ---- */

static inline float wi_log_f32(float x)
{
    uint32_t ix = wi_u32_of(x);
    if (ix - 0x00800000 >= 0x7f000000) {
        if (x == 0)
            return wi_f32_of(0xff800000);
        if (ix == 0x7f800000)
            return x;
        if (ix > 0x7f800000)
            return wi_f32_of(0x7fc00000); /* negative or NaN */
        ix = wi_u32_of(x * 0x1p23f) - (UINT32_C(23) << 23);
    }
    if (ix == 0x3f800000)
        return 0.0f;
    uint32_t t = ix - 0x3f330000;
    const struct wi_log_entry *entry = &wi_logf_table[t >> 19 & 15];
    double k = (double)(int32_t)((t ^ WI_SIGN_F32) >> 23) - 256.0;
    double z = (double)wi_f32_of(ix - (t & 0xff800000));
    double r = wi_fma_moderate(z, entry->invc, -1.0), r2 = r * r;
    double y0 = wi_fma_moderate(k, 0x1.62e42fefa39efp-1, entry->logc);
    double y = wi_fma_moderate(0x1.5575b0be00b6ap-2, r, -0x1.ffffef20a4123p-2);
    y = wi_fma_moderate(r2, -0x1.00ea348b88334p-2, y);
    return (float)wi_fma_moderate(r2, y, r + y0);
}

/* ---- log1p ---- */

static inline float wi_log1p_end_f32(float f, float half, float k, float c)
{
    float s = f / (2.0f + f), z = s * s;
    float r = z * 0x1.2f112ep-3f + 0x1.39a09ep-3f;
    r = r * z + 0x1.74664ap-3f;
    r = r * z + 0x1.c71c52p-3f;
    r = r * z + 0x1.24924ap-2f;
    r = r * z + 0x1.99999ap-2f;
    r = r * z + 0x1.555556p-1f;
    float t = (r * z + half) * s;
    if (k == 0)
        return f - (half - t);
    return k * 0x1.62e3p-1f - (half - (k * 0x1.2fefa2p-17f + c + t) - f);
}

static inline float wi_log1p_short_f32(float f, float half, float k, float c)
{
    if (f == 0)
        return k == 0 ? 0.0f : k * 0x1.2fefa2p-17f + c + k * 0x1.62e3p-1f;
    float r = (1.0f - 0x1.555556p-1f * f) * half;
    return k == 0 ? f - r : k * 0x1.62e3p-1f - (r - (k * 0x1.2fefa2p-17f + c) - f);
}

static inline float wi_log1p_reduced_f32(float x)
{
    int is_huge = wi_u32_of(x) >= 0x5a000000 && x > 0;
    float u = is_huge ? x : 1.0f + x;
    uint32_t bits = wi_u32_of(u);
    int k = (int)(bits >> 23) - 127;
    float c = is_huge ? 0.0f : (k > 0 ? 1.0f - (u - x) : x - (u - 1.0f)) / u;
    uint32_t fraction = bits & 0x7fffff, distance = fraction;
    if (fraction < 0x3504f7) {
        u = wi_f32_of(fraction | 0x3f800000);
    } else {
        k++;
        u = wi_f32_of(fraction | 0x3f000000);
        distance = (0x800000 - fraction) >> 2;
    }
    float f = u - 1.0f, half = 0.5f * f * f;
    return distance == 0 ? wi_log1p_short_f32(f, half, (float)k, c) : wi_log1p_end_f32(f, half, (float)k, c);
}

static inline float wi_log1p_f32(float x)
{
    uint32_t ix = wi_u32_of(x), magnitude = ix & 0x7fffffff;
    if (!(x > -1.0f))
        return x == -1.0f ? wi_f32_of(0xff800000) : wi_f32_of(0x7fc00000);
    if (magnitude >= 0x7f800000)
        return x;
    if (magnitude < 0x31000000) /* |x| < 2^-29 */
        return magnitude < 0x24800000 ? x : x - x * x * 0.5f;
    if (ix < 0x3ed413d7 || (ix >= WI_SIGN_F32 && ix <= 0xbe95f61f))
        return wi_log1p_end_f32(x, 0.5f * x * x, 0, 0);
    return wi_log1p_reduced_f32(x);
}

/* ---- exp ---- */

static inline float wi_exp_f32(float x)
{
    if (!(wi_abs_f32(x) < 88.0f)) {
        if (x != x || x > 0x1.62e42ep6f)
            return x + wi_f32_of(0x7f800000);
        if (x < -0x1.9fe368p6f)
            return 0.0f;
        if (x < -0x1.9d1d9ep6f)
            return 0x1p-149f;
    }
    double xd = (double)x;
    double shifted = wi_fma_moderate(0x1.71547652b82fep+5, xd, 0x1.8p52), k = shifted - 0x1.8p52;
    uint64_t index = wi_u64_of(shifted);
    double r = wi_fma_moderate(0x1.71547652b82fep+5, xd, -k), r2 = r * r;
    double p = wi_fma_moderate(0x1.c6af84b912394p-20, r, 0x1.ebfce50fac4f3p-13);
    double y = wi_fma_moderate(p, r2, wi_fma_moderate(r, 0x1.62e42ff0c52d6p-6, 1.0));
    return (float)(y * wi_f64_of(wi_expf_table[index & 31] + (index << 47)));
}

/* ---- sin and cos ---- */

static inline double wi_sin_poly_f32(double x, double x2)
{
    double x3 = x2 * x, x5 = x2 * x3;
    double tail = wi_fma_moderate(-0x1.994eb3774cf24p-13, x2, 0x1.1107605230bc4p-7);
    return wi_fma_moderate(tail, x5, wi_fma_moderate(x3, -0x1.555545995a603p-3, x));
}

static inline double wi_cos_poly_f32(double x2)
{
    double x4 = x2 * x2, x6 = x2 * x4;
    double head = wi_fma_moderate(-0x1.ffffffd0c621cp-2, x2, 1.0);
    double tail = wi_fma_moderate(0x1.99343027bf8c3p-16, x2, -0x1.6c087e89a359dp-10);
    return wi_fma_moderate(tail, x6, wi_fma_moderate(x4, 0x1.55553e1068f19p-5, head));
}

/* sin(x + quadrant * pi/2) for pi/4 <= |x| < 120 */
static inline float wi_sin_quadrant_f32(double x, unsigned quadrant)
{
    int32_t n = (int32_t)(x * 0x1.45f306dc9c883p+23) + 0x800000;
    n = (int32_t)((uint32_t)n >> 24 ^ 0x80) - 0x80; /* the shift that keeps the sign */
    double r = wi_fma_moderate(-(double)n, 0x1.921fb54442d18p+0, x), r2 = r * r;
    quadrant += (unsigned)n;
    double y = quadrant & 1 ? wi_cos_poly_f32(r2) : wi_sin_poly_f32(r, r2);
    return (float)(quadrant & 2 ? -y : y);
}

static inline float wi_sin_f32(float x)
{
    uint32_t top = wi_u32_of(x) >> 20 & 0x7ff;
    if (top < 0x398)
        return x;
    return top < 0x3f4 ? (float)wi_sin_poly_f32((double)x, (double)x * (double)x) : wi_sin_quadrant_f32((double)x, 0);
}

static inline float wi_cos_f32(float x)
{
    uint32_t top = wi_u32_of(x) >> 20 & 0x7ff;
    if (top < 0x398)
        return 1.0f;
    return top < 0x3f4 ? (float)wi_cos_poly_f32((double)x * (double)x) : wi_sin_quadrant_f32((double)x, 1);
}

/* ---- erf ---- */

static inline float wi_erf_tiny_f32(float x, int is_subnormal)
{
    if (is_subnormal) /* scaled, so that the product does not lose bits */
        return 0.0625f * (16.0f * x + 0x1.06eba8p+1f * x);
    return x + 0x1.06eba8p-3f * x;
}

static inline float wi_erf_small_f32(float x) /* 2^-28 <= |x| < 0.84375 */
{
    float z = x * x;
    float num = (((z * -0x1.8ead62p-16f - 0x1.7a2912p-8f) * z - 0x1.d2a51ep-6f) * z - 0x1.4cd7d6p-2f) * z;
    float den = (((z * -0x1.09c434p-18f + 0x1.15dc92p-13f) * z + 0x1.4d022cp-8f) * z + 0x1.0a54c6p-4f) * z;
    return x + x * ((num + 0x1.06eba8p-3f) / ((den + 0x1.97779cp-2f) * z + 1.0f));
}

static inline float wi_erf_near_one_f32(float magnitude) /* 0.84375 <= |x| < 1.25 */
{
    float s = magnitude - 1.0f;
    float num = ((s * -0x1.1bf38p-9f + 0x1.22a366p-5f) * s - 0x1.c63984p-4f) * s + 0x1.45fca8p-2f;
    num = ((num * s - 0x1.7d241p-2f) * s + 0x1.a8d00ap-2f) * s - 0x1.359b8cp-9f;
    float den = ((s * 0x1.88b546p-7f + 0x1.bedc26p-7f) * s + 0x1.02660ep-3f) * s + 0x1.2635cep-4f;
    den = ((den * s + 0x1.14af0ap-1f) * s + 0x1.b3e662p-4f) * s + 1.0f;
    return 0x1.b0ac16p-1f + num / den;
}

static inline float wi_erfc_mid_f32(float s) /* 1.25 <= x < 1/0.35 */
{
    float num = ((s * -0x1.3a0efcp+3f - 0x1.452656p+6f) * s - 0x1.7135cep+7f) * s - 0x1.44cb18p+7f;
    num = (((num * s - 0x1.f300aep+5f) * s - 0x1.51e044p+3f) * s - 0x1.63416ep-1f) * s - 0x1.434126p-7f;
    float den = ((s * -0x1.eeff2ep-5f + 0x1.a47ef8p+2f) * s + 0x1.b28a3ep+6f) * s + 0x1.ad0216p+8f;
    den = (((den * s + 0x1.42b192p+9f) * s + 0x1.b290dep+8f) * s + 0x1.1350c6p+7f) * s + 0x1.3a6b9cp+4f;
    return num / (den * s + 1.0f);
}

static inline float wi_erfc_far_f32(float s) /* 1/0.35 <= x < 6 */
{
    float num = ((s * -0x1.e384eap+8f - 0x1.004616p+10f) * s - 0x1.3ec882p+9f) * s - 0x1.4145d4p+7f;
    num = ((num * s - 0x1.1c2096p+4f) * s - 0x1.993ba8p-1f) * s - 0x1.434124p-7f;
    float den = ((s * -0x1.670e24p+4f + 0x1.da874ep+8f) * s + 0x1.3f219cp+11f) * s + 0x1.8ffb76p+11f;
    den = (((den * s + 0x1.802eb2p+10f) * s + 0x1.45cae2p+8f) * s + 0x1.e568b2p+4f) * s + 1.0f;
    return num / den;
}

static inline float wi_erf_f32(float x)
{
    uint32_t magnitude = wi_u32_of(x) & 0x7fffffff;
    float y = wi_abs_f32(x);
    if (magnitude < 0x3f580000)
        return magnitude < 0x31800000 ? wi_erf_tiny_f32(x, magnitude < 0x04000000) : wi_erf_small_f32(x);
    if (magnitude < 0x3fa00000)
        return wi_copysign_f32(wi_erf_near_one_f32(y), x);
    if (magnitude >= 0x40c00000)
        return x == x ? wi_copysign_f32(1.0f, x) : x;
    float s = 1.0f / (x * x);
    float log_part = magnitude < 0x4036db6e ? wi_erfc_mid_f32(s) : wi_erfc_far_f32(s);
    float z = wi_f32_of(magnitude & 0xfffff000);
    float r = wi_exp_f32((z - y) * (z + y) + log_part) * wi_exp_f32(-z * z - 0.5625f);
    return wi_copysign_f32(1.0f - r / y, x);
}

#endif
