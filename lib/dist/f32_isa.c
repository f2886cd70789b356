/* see kernel.h; the numbers: docs/ALGORITHM.md */
#include "dist/affine.h"
#include "dist/poly.h"
#include "isa.h"

enum { HALF = WI_GROUP / 2 };

void WI_ISA_NAME(wi_uniform_f32)(const uint32_t *words, size_t groups, const struct wi_affine_f32 *to, float *out)
{
    const struct wi_affine_f32 by = *to;
    for (size_t i = 0; i < groups * WI_GROUP; i++)
        out[i] = wi_clamped_f32((float)((int32_t)words[i] >> 7 | 1), &by);
}

/* -2 log(u), u = (w >> 1 | 1) 2^-31, with full relative precision at both ends of (0, 1). */
WI_INLINE wi_f32v minus_2_log(wi_u32v w)
{
    static const float G_even[4] = {0x1.ffffd6p-2f, 0x1.00144ep-2f, 0x1.5038e4p-3f, 0x1.3b0c36p-3f};
    static const float G_odd[4] = {-0x1.5554fcp-2f, -0x1.99d398p-3f, -0x1.1eaacap-3f, -0x1.1f1bb8p-3f};
    const uint32_t two_thirds = 0x3f2aaaab; /* bits of the float above 2/3 */
    wi_i32v k = (wi_i32v)(w >> 1 | 1);
    wi_u32v scaled = (wi_u32v)wi_f32_from_i32(k) - two_thirds;
    wi_i32v e = (wi_i32v)(scaled >> 23);
    wi_f32v m = (wi_f32v)((scaled & 0x7fffff) + two_thirds) - 1.0f;
    /* Above 2/3, 1 - u = (2^31 - k) 2^-31 is known better than the rounded k says. */
    wi_f32v near_1 = wi_f32_from_i32((wi_i32v)((wi_u32v)k | 0x80000000u)) * 0x1p-31f;
    m = wi_select_f32(e == 31, near_1, m);
    wi_f32v m2 = m * m;
    wi_f32v g = WI_HORNER3(m2, G_odd) * m + WI_HORNER3(m2, G_even);
    wi_f32v minus_log = wi_f32_from_i32(31 - e) * 0x1.62e43p-1f + (m2 * g - m);
    return minus_log + minus_log;
}

/* A point (x, y) of the unit circle: octant from the two high bits, the angle within it from the other thirty. */
WI_INLINE void circle(wi_u32v w, wi_f32v *x, wi_f32v *y)
{
    static const float S[4] = {0x1.921fb6p-1f, -0x1.4abbecp-4f, 0x1.466b22p-9f, -0x1.2f5a1ep-15f};
    static const float C[4] = {0x1.3bd3ccp-2f, -0x1.03c1b8p-6f, 0x1.55b7cep-12f, -0x1.d684a8p-19f};
    wi_f32v t = wi_f32_from_i32((wi_i32v)(w << 2 | 2)) * 0x1p-31f;
    wi_f32v t2 = t * t;
    wi_u32v sine = (wi_u32v)(t * WI_HORNER3(t2, S));
    wi_u32v cosine = (wi_u32v)(1.0f - t2 * WI_HORNER3(t2, C)) ^ (w & 0x80000000u);
    wi_u32v swap = (sine ^ cosine) & (wi_u32v)((wi_i32v)(w << 1) >> 31);
    *x = (wi_f32v)(cosine ^ swap);
    *y = (wi_f32v)(sine ^ swap);
}

WI_INLINE void square_roots(float x[HALF])
{
    for (int i = 0; i < HALF; i++)
        x[i] = __builtin_sqrtf(x[i]);
}

/* Box and Muller, A note on the generation of random normal deviates (1958). */
void WI_ISA_NAME(wi_normal_f32)(const uint32_t *words, size_t groups, const struct wi_affine_f32 *to, float *out)
{
    const struct wi_affine_f32 by = *to;
    for (size_t g = 0; g < groups; g++, words += WI_GROUP, out += WI_GROUP) {
        float radius[HALF];
        for (int i = 0; i < HALF; i += WI_LANES)
            wi_store_f32(radius + i, minus_2_log(wi_load_u32(words + i)));
        square_roots(radius);
        for (int i = 0; i < HALF; i += WI_LANES) {
            wi_f32v x, y, r = wi_load_f32(radius + i);
            circle(wi_load_u32(words + HALF + i), &x, &y);
            wi_store_f32(out + i, wi_affine_f32(r * x, &by));
            wi_store_f32(out + HALF + i, wi_affine_f32(r * y, &by));
        }
    }
}

/* The quantile of the normal conditioned to [-2, 2] at (1 + j 2^-31) / 2, in double: in float its rounding would be
 * visible in the frequencies. */
WI_INLINE wi_f32h truncated(wi_i32h j)
{
    static const double N[6] = {0x1.7a60c1c07d884p-8, 0x1.987a97045ef3dp-2, 0x1.1a398e7948240p+2,
                                0x1.67dce66645d86p+3, 0x1.8cc1192552372p+2, 0x1.785291b2e78bdp-2};
    static const double D[6] = {0x1.d567df441216ep-10, 0x1.4b59ef85bde35p-3, 0x1.25a0f13bed38cp+1,
                                0x1.f880bebb40937p+2,  0x1.ada64c09368cfp+2, 1.0};
    wi_f64v v = __builtin_convertvector(j, wi_f64v) * 0x1.e8b4307d3627ap-32; /* erf(sqrt 2) 2^-31 */
    wi_f64v s = 1.0 - v * v;
    wi_f64v z = v * (WI_HORNER5(s, N) / WI_HORNER5(s, D));
    return __builtin_convertvector(z, wi_f32h);
}

void WI_ISA_NAME(wi_truncated_f32)(const uint32_t *words, size_t groups, const struct wi_affine_f32 *to, float *out)
{
    const struct wi_affine_f32 by = *to;
    for (size_t g = 0; g < groups; g++, words += WI_GROUP, out += WI_GROUP) {
        float z[WI_GROUP];
        for (int i = 0; i < WI_GROUP; i += WI_LANES64)
            wi_store_f32h(z + i, truncated(wi_load_i32h(words + i) | 1));
        for (int i = 0; i < WI_GROUP; i++)
            out[i] = wi_clamped_f32(z[i], &by);
    }
}
