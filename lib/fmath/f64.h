/* f64.h - log, log1p, exp, pow, sin, cos and erf of f64, with the same bits on every machine. f32.h has those of f32.
 *
 * Each function returns what glibc returns on an x86-64 CPU with FMA, bit for bit, so that the numbers of a framework
 * that calls libm can be repeated anywhere. The order of the operations, and which products are fused, are part of the
 * definition: they are gcc's choices when it compiled glibc for CPUs with FMA.
 *
 * Source : log, exp, pow, sin, cos and the f32 forms of log, exp, sin, cos: the algorithms of glibc 2.28 and later.
 *          log1p, erf and their f32 forms: the fdlibm algorithms, which newer releases of glibc replace one by one;
 *          log1p is the variant built for FMA. `make check-libm` compares with glibc 2.36, where
 *          tests/vectors/fmath.txt comes from.
 * Domains: all values, except wi_sin_f64 and wi_cos_f64: |x| < 1e8; wi_sin_f32 and wi_cos_f32: |x| < 120; wi_pow_f64: x
 *          normal and positive, the result normal.
 * Errors : none. Infinities and NaN are C's; errno and the exception flags are not touched. Threads: pure. */
#ifndef WI_FMATH_F64_H
#define WI_FMATH_F64_H

#include "fmath/fma.h"
#include "fmath/tables.h"

#define WI_SIGN_F64 UINT64_C(0x8000000000000000)

static inline double wi_abs_f64(double x)
{
    return wi_f64_of(wi_u64_of(x) & ~WI_SIGN_F64);
}

static inline double wi_copysign_f64(double magnitude, double sign)
{
    return wi_f64_of((wi_u64_of(magnitude) & ~WI_SIGN_F64) | (wi_u64_of(sign) & WI_SIGN_F64));
}

/* ---- log ---- */

/* Whether x is in the interval around 1 that has its own polynomial. */
static inline int wi_log_is_near_one(double x)
{
    return wi_u64_of(x) - UINT64_C(0x3fee000000000000) < UINT64_C(0x0003090000000000);
}

/* A polynomial in r = x - 1. Its first terms are sums of two doubles. */
static inline double wi_log_near_one(double x)
{
    const double b0 = -0.5;
    double r = x - 1.0, r2 = r * r, r3 = r * r2;
    double s = wi_fma_moderate(r, -0x1.ffffffffffdcbp-3, 0x1.5555555555577p-2);
    double q = wi_fma_moderate(r, 0x1.24924a344de3p-3, -0x1.55555556745a7p-3);
    double p = wi_fma_moderate(r, -0x1.999eb43b068ffp-4, 0x1.c7184282ad6cap-4);
    s = wi_fma_moderate(r2, 0x1.999999995dd0cp-3, s);
    q = wi_fma_moderate(r2, -0x1.fffffa4423d65p-4, q);
    p = wi_fma_moderate(r2, 0x1.78182f7afd085p-4, p);
    p = wi_fma_moderate(r3, -0x1.5521375d145cdp-4, p);
    p = wi_fma_moderate(wi_fma_moderate(p, r3, q), r3, s);
    double rhi = wi_fma_moderate(-0x1p27, r, wi_fma_moderate(r, 0x1p27, r)), rlo = r - rhi;
    double square = rhi * rhi, hi = wi_fma_moderate(square, b0, r);
    double lo = wi_fma_moderate(b0 * rlo, rhi + r, wi_fma_moderate(square, b0, r - hi));
    return hi + wi_fma_moderate(p, r3, lo);
}

/* Outside of that interval, for normal x > 0. */
static inline double wi_log_by_table(double x)
{
    uint64_t ix = wi_u64_of(x), t = ix - UINT64_C(0x3fe6000000000000);
    const struct wi_log_entry *entry = &wi_log_table[t >> 45 & 127];
    double k = (double)(int32_t)((t ^ WI_SIGN_F64) >> 52) - 2048.0;
    double z = wi_f64_of(ix - (t & UINT64_C(0xfff) << 52));
    double r = wi_fma_moderate(z, entry->invc, -1.0), r2 = r * r;
    double w = wi_fma_moderate(k, 0x1.62e42fefa38p-1, entry->logc), hi = w + r;
    double lo = wi_fma_moderate(k, 0x1.ef35793c7673p-45, w - hi + r);
    lo = wi_fma_moderate(r2, -0x1.0000000000001p-1, lo);
    double p1 = wi_fma_moderate(r, -0x1.fffffffeb459p-3, 0x1.555555551305bp-2);
    double p2 = wi_fma_moderate(r, -0x1.55575e506c89fp-3, 0x1.999b324f10111p-3);
    return wi_fma_moderate(r * r2, wi_fma_moderate(p2, r2, p1), lo) + hi;
}

static inline double wi_log_f64(double x)
{
    uint64_t ix = wi_u64_of(x);
    if (wi_log_is_near_one(x))
        return x == 1.0 ? 0.0 : wi_log_near_one(x);
    if (ix - UINT64_C(0x0010000000000000) < UINT64_C(0x7fe0000000000000))
        return wi_log_by_table(x);
    if (x == 0)
        return wi_f64_of(UINT64_C(0xfff0000000000000));
    if (ix == UINT64_C(0x7ff0000000000000))
        return x;
    if (ix >> 52 != 0)
        return wi_f64_of(UINT64_C(0x7ff8000000000000)); /* negative or NaN */
    return wi_log_by_table(wi_f64_of(wi_u64_of(x * 0x1p52) - (UINT64_C(52) << 52)));
}

/* ---- log1p ---- */

/* log(1 + f) + k log 2 + c, where half = f*f/2, rounded as (0.5*f)*f. */
static inline double wi_log1p_end(double f, double half, double k, double c)
{
    double s = f / (2.0 + f), z = s * s, z2 = z * z, z4 = z2 * z2, z6 = z2 * z4;
    double r2 = wi_fma(0x1.2492494229359p-2, z, 0x1.999999997fa04p-2);
    double r3 = wi_fma(0x1.7466496cb03dep-3, z, 0x1.c71c51d8e78afp-3);
    double r4 = wi_fma(0x1.2f112df3e5244p-3, z, 0x1.39a09d078c69fp-3);
    double r = wi_fma(z6, r4, wi_fma(z4, r3, wi_fma(z, 0x1.5555555555593p-1, z2 * r2)));
    double t = (r + half) * s;
    if (k == 0)
        return f - (half - t);
    return wi_fma(k, 0x1.62e42feep-1, -((half - (wi_fma(k, 0x1.a39ef35793c76p-33, c) + t)) - f));
}

/* The same for |f| < 2^-20, by two terms. */
static inline double wi_log1p_short(double f, double half, double k, double c)
{
    if (f == 0 && k == 0)
        return 0.0;
    double carry = wi_fma(k, 0x1.a39ef35793c76p-33, c);
    if (f == 0)
        return wi_fma(k, 0x1.62e42feep-1, carry);
    double r = wi_fma(-0x1.5555555555555p-1, f, 1.0) * half;
    return k == 0 ? f - r : wi_fma(k, 0x1.62e42feep-1, -((r - carry) - f));
}

/* 1 + x = 2^k (1 + f), sqrt(2)/2 < 1 + f < sqrt(2); c corrects the rounding of 1 + x. */
static inline double wi_log1p_reduced(double x)
{
    int is_huge = x >= 0x1p53;
    double u = is_huge ? x : 1.0 + x;
    uint64_t bits = wi_u64_of(u);
    int k = (int)(bits >> 52) - 1023;
    double c = is_huge ? 0.0 : (k > 0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;
    uint64_t high = bits >> 32 & 0xfffff, low = bits & 0xffffffff;
    uint64_t distance = high;
    if (high < 0x6a09e) {
        u = wi_f64_of((high | 0x3ff00000) << 32 | low);
    } else {
        k++;
        u = wi_f64_of((high | 0x3fe00000) << 32 | low);
        distance = (0x100000 - high) >> 2;
    }
    double f = u - 1.0, half = 0.5 * f * f;
    return distance == 0 ? wi_log1p_short(f, half, k, c) : wi_log1p_end(f, half, k, c);
}

static inline double wi_log1p_f64(double x)
{
    uint32_t high = (uint32_t)(wi_u64_of(x) >> 32), magnitude = high & 0x7fffffff;
    if (!(x > -1.0))
        return x == -1.0 ? wi_f64_of(UINT64_C(0xfff0000000000000)) : wi_f64_of(UINT64_C(0x7ff8000000000000));
    if (magnitude >= 0x7ff00000)
        return x;
    if (magnitude < 0x3e200000) /* |x| < 2^-29 */
        return magnitude < 0x3c900000 ? x : wi_fma(-(x * x), 0.5, x);
    if (high < 0x3fda827a || (high >= 0x80000000 && high <= 0xbfd2bec3))
        return wi_log1p_end(x, 0.5 * x * x, 0, 0);
    return wi_log1p_reduced(x);
}

/* ---- exp ---- */

static inline double wi_exp_scaled(double tmp, uint64_t scale_bits, uint64_t index)
{
    if ((index & 0x80000000) == 0) { /* the scale may have overflowed */
        double scale = wi_f64_of(scale_bits - (UINT64_C(1009) << 52));
        return 0x1p1009 * wi_fma(scale, tmp, scale);
    }
    double scale = wi_f64_of(scale_bits + (UINT64_C(1022) << 52)); /* the result may be subnormal */
    double part = scale * tmp, y = scale + part;
    if (y < 1.0) { /* round once, at the position of the subnormal's last bit */
        double hi = 1.0 + y, lo = scale - y + part;
        lo = 1.0 - hi + y + lo;
        y = hi + lo - 1.0;
    }
    return 0x1p-1022 * y;
}

/* exp(x + tail) for 2^-54 <= |x| and a tail much smaller than x. */
static inline double wi_exp_with_tail(double x, double tail, int has_tail)
{
    unsigned top = wi_u64_of(x) >> 52 & 0x7ff;
    double shifted = wi_fma(x, 0x1.71547652b82fep+7, 0x1.8p52);
    uint64_t index = wi_u64_of(shifted);
    double k = shifted - 0x1.8p52;
    double r = wi_fma(k, -0x1.cf79abc9e3b3ap-47, wi_fma(k, -0x1.62e42fefap-8, x));
    if (has_tail)
        r += tail;
    const struct wi_exp_entry *entry = &wi_exp_table[index & 127];
    uint64_t scale_bits = entry->scale + (index << 45);
    double r2 = r * r;
    double p1 = wi_fma(0x1.555555555543cp-3, r, 0x1.ffffffffffdbdp-2);
    double p2 = wi_fma(r, 0x1.1111167a4d017p-7, 0x1.55555cf172b91p-5);
    double tmp = wi_fma(r2 * r2, p2, wi_fma(p1, r2, r + wi_f64_of(entry->tail)));
    if (top >= 0x408) /* |x| >= 512 */
        return wi_exp_scaled(tmp, scale_bits, index);
    double scale = wi_f64_of(scale_bits);
    return wi_fma(scale, tmp, scale);
}

static inline double wi_exp_f64(double x)
{
    unsigned top = wi_u64_of(x) >> 52 & 0x7ff;
    if (top < 0x3c9)
        return 1.0 + x;
    if (top >= 0x409) { /* |x| >= 1024, or not a number */
        if (top == 0x7ff)
            return x < 0 ? 0.0 : 1.0 + x;
        return wi_u64_of(x) >> 63 ? 0.0 : wi_f64_of(UINT64_C(0x7ff0000000000000));
    }
    return wi_exp_with_tail(x, 0.0, 0);
}

/* ---- pow ---- */

/* x > 0 normal; the result normal. */
static inline double wi_pow_f64(double x, double y)
{
    uint64_t ix = wi_u64_of(x), t = ix - UINT64_C(0x3fe6955500000000);
    const struct wi_pow_log_entry *entry = &wi_pow_log_table[t >> 45 & 127];
    double k = (double)(int32_t)((t ^ WI_SIGN_F64) >> 52) - 2048.0;
    double z = wi_f64_of(ix - (t & UINT64_C(0xfff) << 52));
    double r = wi_fma(z, entry->invc, -1.0);
    double t1 = wi_fma(k, 0x1.62e42fefa38p-1, entry->logc), t2 = t1 + r;
    double lo1 = wi_fma(k, 0x1.ef35793c7673p-45, entry->logctail), lo2 = t1 - t2 + r;
    double ar = -0.5 * r, ar2 = r * ar, ar3 = r * ar2, high = t2 + ar2;
    double lo3 = wi_fma(ar, r, -ar2), lo4 = t2 - high + ar2;
    double p3 = wi_fma(r, 0x1.0002b8b263fc3p+0, -0x1.2495b9b4845e9p+0);
    double p2 = wi_fma(r, -0x1.555555529a47ap-1, 0x1.999999959554ep-1);
    double p1 = wi_fma(r, 0x1.0000000000006p-1, -0x1.555555555556p-1);
    double lo = wi_fma(ar3, wi_fma(ar2, wi_fma(p3, ar2, p2), p1), lo1 + lo2 + lo3 + lo4);
    double log_hi = high + lo, log_lo = high - log_hi + lo;
    double e_hi = y * log_hi, e_lo = wi_fma(y, log_lo, wi_fma(log_hi, y, -e_hi));
    if ((wi_u64_of(e_hi) >> 52 & 0x7ff) < 0x3c9)
        return 1.0 + e_hi;
    return wi_exp_with_tail(e_hi, e_lo, 1);
}

/* ---- sin and cos ---- */

#define WI_PI_2_HI 0x1.921fb54442d18p+0
#define WI_PI_2_LO 0x1.1a62633145c07p-54

/* Find the table angle nearest to *x in [0, 0.86). Returns its row {sin, tail, cos, tail}; *x becomes the distance. */
static inline const double *wi_sincos_row(double *x)
{
    double shifted = *x + 0x1.8p45;
    *x -= shifted - 0x1.8p45;
    return &wi_sincos_table[(wi_u64_of(shifted) & 0x7f) * 4];
}

static inline double wi_sin_poly(double xx)
{
    return wi_fma(0x1.11110e829872fp-7, xx, -0x1.5555555555515p-3);
}

/* 1 - cos x = xx * this */
static inline double wi_versine_poly(double xx)
{
    return wi_fma(wi_fma(0x1.6c16bedd9e239p-10, xx, -0x1.5555555555535p-5), xx, 0.5);
}

/* sin(x + dx) for 0.126 <= |x| < 0.86 */
static inline double wi_sin_by_table(double x, double dx)
{
    double y = wi_abs_f64(x);
    if (x <= 0)
        dx = -dx;
    const double *row = wi_sincos_row(&y);
    double yy = y * y;
    double s = y + wi_fma(y * yy, wi_sin_poly(yy), dx);
    double c = wi_fma(y, dx, yy * wi_versine_poly(yy));
    double lost = wi_fma(s, row[2], wi_fma(-c, row[0], wi_fma(row[3], s, row[1])));
    return wi_copysign_f64(row[0] + lost, x);
}

/* cos(x + dx) for |x| < 0.86 */
static inline double wi_cos_by_table(double x, double dx)
{
    double y = wi_abs_f64(x);
    if (x < 0)
        dx = -dx;
    const double *row = wi_sincos_row(&y);
    y += dx;
    double yy = y * y;
    double s = wi_fma(y * yy, wi_sin_poly(yy), y);
    double c = yy * wi_versine_poly(yy);
    double lost = wi_fma(-s, row[0], wi_fma(-c, row[2], wi_fma(-s, row[1], row[3])));
    return row[2] + lost;
}

/* sin(x + dx) for |x| < 0.86 */
static inline double wi_sin_reduced(double x, double dx)
{
    if (wi_abs_f64(x) >= 0x1.020c49ba5e354p-3)
        return wi_sin_by_table(x, dx);
    double xx = x * x;
    double p = wi_fma(-0x1.addffc2fcdf59p-26, xx, 0x1.71de27b9a7ed9p-19);
    p = wi_fma(wi_fma(wi_fma(p, xx, -0x1.a01a019db08b8p-13), xx, 0x1.1111111110ecep-7), xx, -0x1.5555555555555p-3);
    return x + wi_fma(xx, wi_fma(p, x, -(0.5 * dx)), dx);
}

/* sin(x + quadrant * pi/2) for 2.4 < |x| < 1e8, reduced by a four-part pi/2. */
static inline double wi_sin_quadrant(double x, unsigned quadrant)
{
    double shifted = wi_fma(x, 0x1.45f306dc9c883p-1, 0x1.8p52), n = shifted - 0x1.8p52;
    quadrant += (unsigned)(wi_u64_of(shifted) & 3);
    double y = wi_fma(-n, -0x1.dde973cp-27, wi_fma(-n, 0x1.921fb58p+0, x));
    double t = wi_fma(-n, -0x1.cb3b398p-55, y);
    double lost = wi_fma(-n, -0x1.cb3b398p-55, y - t);
    double a = wi_fma(-n, -0x1.d747f23e32ed7p-83, t);
    double da = lost + wi_fma(-n, -0x1.d747f23e32ed7p-83, t - a);
    double result = quadrant & 1 ? wi_cos_by_table(a, da) : wi_sin_reduced(a, da);
    return quadrant & 2 ? -result : result;
}

static inline double wi_sin_f64(double x)
{
    uint32_t magnitude = (uint32_t)(wi_u64_of(x) >> 32) & 0x7fffffff;
    if (magnitude < 0x3e500000)
        return x;
    if (magnitude < 0x3feb6000)
        return wi_sin_reduced(x, 0.0);
    if (magnitude > 0x400368fc)
        return wi_sin_quadrant(x, 0);
    return wi_copysign_f64(wi_cos_by_table(WI_PI_2_HI - wi_abs_f64(x), WI_PI_2_LO), x);
}

static inline double wi_cos_f64(double x)
{
    uint32_t magnitude = (uint32_t)(wi_u64_of(x) >> 32) & 0x7fffffff;
    if (magnitude < 0x3e400000)
        return 1.0;
    if (magnitude < 0x3feb6000)
        return wi_cos_by_table(x, 0.0);
    if (magnitude > 0x400368fc)
        return wi_sin_quadrant(x, 1);
    double y = WI_PI_2_HI - wi_abs_f64(x), a = y + WI_PI_2_LO;
    return wi_sin_reduced(a, y - a + WI_PI_2_LO);
}

/* ---- erf ---- */

static inline double wi_erf_tiny(double x, int is_subnormal)
{
    if (is_subnormal) /* scaled, so that the product does not lose bits */
        return 0.0625 * (16.0 * x + 0x1.06eba8214db69p+1 * x);
    return x + 0x1.06eba8214db69p-3 * x;
}

static inline double wi_erf_small(double x) /* 2^-28 <= |x| < 0.84375 */
{
    double z = x * x, z2 = z * z, z4 = z2 * z2;
    double num = (z * -0x1.7a291236668e4p-8 - 0x1.d2a51dbd7194fp-6) * z2 +
                 (z * -0x1.4cd7d691cb913p-2 + 0x1.06eba8214db68p-3) + z4 * -0x1.8ead6120016acp-16;
    double den = (z * 0x1.4d022c4d36b0fp-8 + 0x1.0a54c5536cebap-4) * z2 + (z * 0x1.97779cddadc09p-2 + 1.0) +
                 (z * -0x1.09c4342a26120p-18 + 0x1.15dc9221c1a10p-13) * z4;
    return x + x * (num / den);
}

static inline double wi_erf_near_one(double magnitude) /* 0.84375 <= |x| < 1.25 */
{
    double s = magnitude - 1.0, s2 = s * s, s4 = s2 * s2, s6 = s2 * s4;
    double num = (s * 0x1.45fca805120e4p-2 - 0x1.7d240fbb8c3f1p-2) * s2 +
                 (s * 0x1.a8d00ad92b34dp-2 - 0x1.359b8bef77538p-9) +
                 (s * 0x1.22a36599795ebp-5 - 0x1.c63983d3e28ecp-4) * s4 + s6 * -0x1.1bf380a96073fp-9;
    double den = (s * 0x1.2635cd99fe9a7p-4 + 0x1.14af092eb6f33p-1) * s2 + (s * 0x1.b3e6618eee323p-4 + 1.0) +
                 (s * 0x1.bedc26b51dd1cp-7 + 0x1.02660e763351fp-3) * s4 + s6 * 0x1.88b545735151dp-7;
    return 0x1.b0ac16p-1 + num / den;
}

/* log(x exp(x^2) erfc(x)) + 0.5625 as a function of s = 1/x^2 */
static inline double wi_erfc_mid(double s) /* 1.25 <= x < 1/0.35 */
{
    double s2 = s * s, s4 = s2 * s2, s6 = s4 * s2;
    double num = (s * -0x1.f300ae4cba38dp+5 - 0x1.51e0441b0e726p+3) * s2 +
                 (s * -0x1.63416e4ba736p-1 - 0x1.43412600d6435p-7) +
                 (s * -0x1.7135cebccabb2p+7 - 0x1.44cb184282266p+7) * s4 +
                 (s * -0x1.3a0efc69ac25cp+3 - 0x1.4526557e4d2f2p+6) * s6;
    double den = (s * 0x1.b290dd58a1a71p+8 + 0x1.1350c526ae721p+7) * s2 + (s * 0x1.3a6b9bd707687p+4 + 1.0) +
                 (s * 0x1.ad02157700314p+8 + 0x1.42b1921ec2868p+9) * s4 +
                 (s * 0x1.a47ef8e484a93p+2 + 0x1.b28a3ee48ae2cp+6) * s6 + s4 * s4 * -0x1.eeff2ee749a62p-5;
    return num / den;
}

static inline double wi_erfc_far(double s) /* 1/0.35 <= x < 6 */
{
    double s2 = s * s, s4 = s2 * s2, s6 = s4 * s2;
    double num = (s * -0x1.4145d43c5ed98p+7 - 0x1.1c209555f995ap+4) * s2 +
                 (s * -0x1.993ba70c285dep-1 - 0x1.4341239e86f4ap-7) +
                 (s * -0x1.004616a2e5992p+10 - 0x1.3ec881375f228p+9) * s4 + s6 * -0x1.e384e9bdc383fp+8;
    double den = (s * 0x1.802eb189d5118p+10 + 0x1.45cae221b9f0ap+8) * s2 + (s * 0x1.e568b261d519p+4 + 1.0) +
                 (s * 0x1.3f219cedf3be6p+11 + 0x1.8ffb7688c246ap+11) * s4 +
                 (s * -0x1.670e242712d62p+4 + 0x1.da874e79fe763p+8) * s6;
    return num / den;
}

static inline double wi_erf_f64(double x)
{
    uint32_t magnitude = (uint32_t)(wi_u64_of(x) >> 32) & 0x7fffffff;
    double y = wi_abs_f64(x);
    if (magnitude < 0x3feb0000)
        return magnitude < 0x3e300000 ? wi_erf_tiny(x, magnitude < 0x00800000) : wi_erf_small(x);
    if (magnitude < 0x3ff40000)
        return wi_copysign_f64(wi_erf_near_one(y), x);
    if (magnitude >= 0x40180000)
        return x == x ? wi_copysign_f64(1.0, x) : x;
    double s = 1.0 / (x * x);
    double log_part = magnitude < 0x4006db6e ? wi_erfc_mid(s) : wi_erfc_far(s);
    double z = wi_f64_of(wi_u64_of(y) & UINT64_C(0xffffffff00000000));
    double r = wi_exp_f64((z - y) * (z + y) + log_part) * wi_exp_f64(-z * z - 0.5625);
    return wi_copysign_f64(1.0 - r / y, x);
}

#endif
