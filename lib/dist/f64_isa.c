/* see kernel.h; the numbers: docs/ALGORITHM.md */
#include "dist/affine.h"
#include "dist/poly.h"
#include "isa.h"

enum { HALF = WI_GROUP / 2 };

void WI_ISA_NAME(wi_uniform_f64)(const uint32_t *words, size_t groups, const struct wi_affine_f64 *to, double *out)
{
    const struct wi_affine_f64 by = *to;
    for (size_t g = 0; g < groups; g++, words += 2 * WI_GROUP, out += WI_GROUP) {
        double j[WI_GROUP];
        for (int i = 0; i < WI_GROUP; i += WI_LANES64)
            wi_store_f64(j + i, wi_f64_from_i64((wi_i64v)((wi_load_u64(words + 2 * i) & ~(uint64_t)0x7ff) | 0x400)));
        for (int i = 0; i < WI_GROUP; i++)
            out[i] = wi_clamped_f64(j[i], &by);
    }
}

/* -2 log(u), u = (w >> 1 | 1) 2^-63, with full relative precision at both ends of (0, 1). */
WI_INLINE wi_f64v minus_2_log(wi_u64v w)
{
    static const double P[8] = {0x1.555555555554fp-1, 0x1.999999999c179p-2, 0x1.24924921e4535p-2, 0x1.c71c748fbae43p-3,
                                0x1.745c4adbb356fp-3, 0x1.3b35c0faf57a2p-3, 0x1.0dcb8ebc41e66p-3, 0x1.1b81dec219a44p-3};
    const uint64_t two_thirds = 0x3fe5555555555555; /* bits of the double below 2/3 */
    wi_u64v k = w >> 1 | 1;
    wi_f64v real = wi_f64_from_i64((wi_i64v)k);
    wi_u64v scaled = (wi_u64v)real - two_thirds;
    wi_f64v e = (wi_f64v)(scaled >> 52 | 0x4330000000000000u); /* 2^52 + exponent */
    wi_f64v m = (wi_f64v)((scaled & 0xfffffffffffffu) + two_thirds) - 1.0;
    /* Above 2/3, 1 - u = (2^63 - k) 2^-63 is known better than the rounded k says. */
    wi_f64v near_1 = wi_f64_from_i64((wi_i64v)(k | 0x8000000000000000u)) * 0x1p-63;
    m = wi_select_f64(real >= 0x1.5555555555555p62, near_1, m);
    wi_f64v f = m / (m + 2.0), f2 = f * f;
    wi_f64v log_1m = (f + f) + f * (f2 * WI_HORNER7(f2, P));
    wi_f64v minus_log = ((0x1p52 + 63.0) - e) * 0x1.62e42fefa39efp-1 - log_1m;
    return minus_log + minus_log;
}

/* A point (x, y) of the unit circle: octant from the two high bits, the angle within it from the others. */
WI_INLINE void circle(wi_u64v w, wi_f64v *x, wi_f64v *y)
{
    static const double S[7] = {0x1.921fb54442d18p-1,   -0x1.4abbce625be09p-4, 0x1.466bc67754ffbp-9,
                                -0x1.32d2ccdfe8d18p-15, 0x1.50782d5e8b0e5p-22, -0x1.e2fe7671bc94fp-30,
                                0x1.e357bc603d464p-38};
    static const double C[7] = {0x1.3bd3cc9be45dep-2,   -0x1.03c1f081b5a66p-6, 0x1.55d3c7e3c301bp-12,
                                -0x1.e1f5067b5447ep-19, 0x1.a6d1e6f94bb4cp-26, -0x1.f9c878245b0e3p-34,
                                0x1.b15c7ce779a01p-42};
    wi_f64v t = wi_f64_from_i64((wi_i64v)(w << 2 | 2)) * 0x1p-63;
    wi_f64v t2 = t * t;
    wi_u64v sine = (wi_u64v)(t * WI_HORNER6(t2, S));
    wi_u64v cosine = (wi_u64v)(1.0 - t2 * WI_HORNER6(t2, C)) ^ (w & 0x8000000000000000u);
    wi_u64v swap = (sine ^ cosine) & ((wi_u64v){0} - (w >> 62 & 1));
    *x = (wi_f64v)(cosine ^ swap);
    *y = (wi_f64v)(sine ^ swap);
}

WI_INLINE void square_roots(double x[HALF])
{
    for (int i = 0; i < HALF; i++)
        x[i] = __builtin_sqrt(x[i]);
}

/* Box and Muller, A note on the generation of random normal deviates (1958). */
void WI_ISA_NAME(wi_normal_f64)(const uint32_t *words, size_t groups, const struct wi_affine_f64 *to, double *out)
{
    const struct wi_affine_f64 by = *to;
    for (size_t g = 0; g < groups; g++, words += 2 * WI_GROUP, out += WI_GROUP) {
        double radius[HALF];
        for (int i = 0; i < HALF; i += WI_LANES64)
            wi_store_f64(radius + i, minus_2_log(wi_load_u64(words + 2 * i)));
        square_roots(radius);
        for (int i = 0; i < HALF; i += WI_LANES64) {
            wi_f64v x, y, r = wi_load_f64(radius + i);
            circle(wi_load_u64(words + 2 * (HALF + i)), &x, &y);
            wi_store_f64(out + i, wi_affine_f64(r * x, &by));
            wi_store_f64(out + HALF + i, wi_affine_f64(r * y, &by));
        }
    }
}

/* The quantile of the normal conditioned to [-2, 2] at (1 + u) / 2, u = k 2^-63, with the sign of the high bit. */
WI_INLINE wi_f64v truncated(wi_u64v w)
{
    static const double N[11] = {0x1.f42acec5e7b12p-21, 0x1.23a1789cd5819p-12, 0x1.2786b36a26891p-6,
                                 0x1.a432ea835b630p-2,  0x1.f6701fbd3270dp+1,  0x1.10243a69f303dp+4,
                                 0x1.0e7d15a830239p+5,  0x1.d84deaa1c04ffp+4,  0x1.3f5c14229a8ebp+3,
                                 0x1.e27d7093792bap-1,  0x1.67c67ec7d6cd5p-9};
    /* clang-format off */
    static const double D[11] = {0x1.ab20d15a8c8b7p-22, 0x1.51385b7ccb0ffp-13, 0x1.b40435f841ab4p-7,
                                 0x1.89702bad11ca9p-2,  0x1.2f738d9a5e188p+2,  0x1.b68c92dd7ee78p+4,
                                 0x1.331eb50fc2fafp+6,  0x1.9cda4bdc35dcfp+6,  0x1.f68107e4344bfp+5,
                                 0x1.e1ea747fa5b93p+3,  1.0};
    /* clang-format on */
    const double unit = 0x1.e8b4307d3627ap-64; /* M 2^-63, M = erf(sqrt 2) */
    wi_u64v k = (w & 0x7fffffffffffffffu) | 1;
    wi_f64v v = wi_f64_from_i64((wi_i64v)k) * unit;
    /* y = 1 - M u from the exact 2^63 - k, s = 1 - (M u)^2. */
    wi_f64v y = 0x1.74bcf82c9d860p-5 - wi_f64_from_i64((wi_i64v)(k | 0x8000000000000000u)) * unit;
    wi_f64v s = y * (2.0 - y);
    wi_f64v z = v * (0x1.40d931ff62706p+0 + (1.0 - s) * (WI_HORNER10(s, N) / WI_HORNER10(s, D)));
    return (wi_f64v)((wi_u64v)z ^ (w & 0x8000000000000000u));
}

void WI_ISA_NAME(wi_truncated_f64)(const uint32_t *words, size_t groups, const struct wi_affine_f64 *to, double *out)
{
    const struct wi_affine_f64 by = *to;
    for (size_t g = 0; g < groups; g++, words += 2 * WI_GROUP, out += WI_GROUP) {
        double z[WI_GROUP];
        for (int i = 0; i < WI_GROUP; i += WI_LANES64)
            wi_store_f64(z + i, truncated(wi_load_u64(words + 2 * i)));
        for (int i = 0; i < WI_GROUP; i++)
            out[i] = wi_clamped_f64(z[i], &by);
    }
}
