/* Normals conditioned to an interval: see draw.h; every step: docs/ALGORITHM.md, section 5.1.
 *
 * Source: the quantile function is Wichura 1988, algorithm AS 241. The masses of the tails are the series of the normal
 * distribution function and, from 2 on, Laplace's continued fraction. */
#include <stdbool.h>
#include <string.h>

#include "base/bits.h"
#include "draw.h"

enum { CHUNK = 256, SERIES_TERMS = 40, FRACTION_TERMS = 100, EXP_TERMS = 20 };

/* ---- masses ----------------------------------------------------------------------------------------------------- */

/* exp(-t), 0 <= t < 700. */
static double exp_minus(double t)
{
    int64_t k = (int64_t)(t * 0x1.71547652b82fep+0 + 0.5);
    double r = (t - (double)k * 0x1.62e42feep-1) - (double)k * 0x1.a39ef35793c76p-33, y = 1;
    for (int n = EXP_TERMS; n > 0; n--)
        y = 1 - r * y / n;
    return y * wi_f64_of((uint64_t)(1023 - k) << 52);
}

static double density(double x)
{
    return exp_minus(x * x / 2) * 0x1.9884533d43651p-2;
}

/* The mass between 0 and x, 0 <= x < 2. */
static double near_mass(double x)
{
    double term = x, sum = x;
    for (int n = 1; n <= SERIES_TERMS; n++) {
        term = term * (x * x) / (2 * n + 1);
        sum = sum + term;
    }
    return density(x) * sum;
}

/* The mass above x >= 2; beyond WI_BOUNDED_REACH it is nothing. */
static double far_mass(double x)
{
    double fraction = 0;
    if (x > WI_BOUNDED_REACH)
        return 0;
    for (int n = FRACTION_TERMS; n > 0; n--)
        fraction = n / (x + fraction);
    return density(x) / (x + fraction);
}

/* The mass between 0 and x >= 0, and above x. */
static double inner(double x)
{
    return x < 2 ? near_mass(x) : 0.5 - far_mass(x);
}

static double outer(double x)
{
    return x < 2 ? 0.5 - near_mass(x) : far_mass(x);
}

static double above(double x)
{
    return x >= 0 ? outer(x) : 0.5 + inner(-x);
}

static double from_middle(double x)
{
    return x >= 0 ? inner(x) : -inner(-x);
}

static double between(double a, double b)
{
    if (a >= 0)
        return outer(a) - outer(b);
    return b <= 0 ? outer(-b) - outer(-a) : inner(b) + inner(-a);
}

void wi_bounded_make(struct wi_bounded *bounded, double mean, double std, double low, double high)
{
    double a = (low - mean) / std, b = (high - mean) / std;
    *bounded = (struct wi_bounded){.mean = mean,
                                   .std = std,
                                   .low = low,
                                   .high = high,
                                   .below = above(-a),
                                   .above = above(b),
                                   .mass = between(a, b),
                                   .centre = (from_middle(a) + from_middle(b)) * 0.5};
}

/* The variance of the standard normal between a and b; its terms cancel where the interval is narrow or far out. */
bool wi_bounded_std(const struct wi_bounded *bounded, double *std)
{
    double a = (bounded->low - bounded->mean) / bounded->std, b = (bounded->high - bounded->mean) / bounded->std;
    double at_a = a > -WI_BOUNDED_REACH ? density(a) : 0, at_b = b < WI_BOUNDED_REACH ? density(b) : 0;
    double a_term = at_a > 0 ? a * at_a : 0, b_term = at_b > 0 ? b * at_b : 0;
    double mean = (at_a - at_b) / bounded->mass, variance = 1 + (a_term - b_term) / bounded->mass - mean * mean;
    *std = bounded->std * __builtin_sqrt(variance > 0 ? variance : 0);
    return variance > 1e-4 && mean * mean < 100;
}

/* ---- the quantile function -------------------------------------------------------------------------------------- */

static double quotient(double x, const double numerator[8], const double denominator[8])
{
    double n = numerator[7], d = denominator[7];
    for (int i = 6; i >= 0; i--) {
        n = n * x + numerator[i];
        d = d * x + denominator[i];
    }
    return n / d;
}

/* log p of a normal number 0 < p < 1, as the radius of a normal has it. */
static double minus_log(double p)
{
    static const double P[8] = {0x1.555555555554fp-1, 0x1.999999999c179p-2, 0x1.24924921e4535p-2, 0x1.c71c748fbae43p-3,
                                0x1.745c4adbb356fp-3, 0x1.3b35c0faf57a2p-3, 0x1.0dcb8ebc41e66p-3, 0x1.1b81dec219a44p-3};
    const uint64_t two_thirds = 0x3fe5555555555555;
    uint64_t scaled = wi_u64_of(p) - two_thirds;
    int64_t e = (int64_t)(scaled >> 52) - (scaled >> 63 ? 4096 : 0);
    double m = wi_f64_of((scaled & 0xfffffffffffff) + two_thirds) - 1, f = m / (m + 2), f2 = f * f, h = P[7];
    for (int i = 6; i >= 0; i--)
        h = h * f2 + P[i];
    double l = (f + f) + f * (f2 * h);
    return (double)-e * 0x1.62e42fefa39efp-1 - l;
}

/* x with a mass of p above it, p < 0.075. */
static double tail(double p)
{
    static const double C[8] = {0x1.6c665fde9526ap+0, 0x1.2857748cab19bp+2, 0x1.713f71462256ap+2,
                                0x1.d2ecb1a3d02c4p+1, 0x1.453cc085375b2p+0, 0x1.ef2abb9b85c37p-3,
                                0x1.744eb6c45ec67p-6, 0x1.9615ac0b7ace9p-11};
    static const double D[8] = {0x1.0000000000000p+0,  0x1.06cefbb46a449p+1, 0x1.ad278e6526633p+0,
                                0x1.61292f23385c9p-1,  0x1.2f5123394f040p-3, 0x1.f207a7eab17bfp-7,
                                0x1.1f18cbfdf2728p-11, 0x1.20d3f686439e4p-30};
    static const double E[8] = {0x1.aa1b1c13ee526p+2,  0x1.5daea6e875003p+2, 0x1.c8ea6461fa445p+0,
                                0x1.2fad9315255cfp-2,  0x1.b2b41193b4ee7p-6, 0x1.45c1908425345p-10,
                                0x1.c6ec6cc59e02ap-16, 0x1.afb74d693bf93p-23};
    static const double F[8] = {0x1.0000000000000p+0,  0x1.331d34fc7d77fp-1,  0x1.186eb183443fbp-3,
                                0x1.e76f93215462ap-7,  0x1.9c8bc979dc5d7p-11, 0x1.35c2c496374bfp-16,
                                0x1.31446f740b9e0p-23, 0x1.269bff1f8c190p-49};
    double r = __builtin_sqrt(minus_log(p));
    return r <= 5 ? quotient(r - 1.6, C, D) : quotient(r - 5, E, F);
}

/* The standard value at v, -1 <= v <= 1, of the way through the mass; u and rest are the parts of it below and
 * above. */
static double value_at(const struct wi_bounded *b, double v, double u, double rest)
{
    static const double A[8] = {0x1.b18d91e9eef75p+1,  0x1.0a4888b1a436ep+7,  0x1.ece5d2213c0ccp+10,
                                0x1.ad1d8cd4ee71dp+13, 0x1.66c3e869b752ap+15, 0x1.06c1c55b78f20p+16,
                                0x1.052d26b2e45e4p+15, 0x1.39a296f7d925ep+11};
    static const double B[8] = {0x1.0000000000000p+0,  0x1.5281b386e1ab5p+5,  0x1.5797efdc8b3f7p+9,
                                0x1.512322e75c89fp+12, 0x1.4b772d5d65266p+14, 0x1.3317caa64f4bep+15,
                                0x1.c0e457cb1ae76p+14, 0x1.46a7eca984b69p+12};
    double q = b->centre + v * (b->mass * 0.5);
    if (q >= -0.425 && q <= 0.425)
        return q * quotient(0.180625 - q * q, A, B);
    return q < 0 ? -tail(b->below + u * b->mass) : tail(b->above + rest * b->mass);
}

/* ---- elements --------------------------------------------------------------------------------------------------- */

void wi_bounded_f32(const struct wi_bounded *bounded, const struct wi_key *key, uint64_t first, size_t n, float *out)
{
    float scale = (float)bounded->std, shift = (float)bounded->mean, low = (float)bounded->low,
          high = (float)bounded->high;
    uint32_t words[CHUNK];
    for (size_t k; n; n -= k, first += k, out += k) {
        k = n < CHUNK ? n : CHUNK;
        wi_bits_u32(key, first, k, words);
        for (size_t i = 0; i < k; i++) {
            int64_t j = (int32_t)(words[i] | 1), half = INT64_C(0x80000000);
            float z = (float)value_at(bounded, (double)j * 0x1p-31, (double)(half + j) * 0x1p-32,
                                      (double)(half - j) * 0x1p-32);
            float x = z * scale + shift;
            x = x < low ? low : x;
            out[i] = x > high ? high : x;
        }
    }
}

void wi_bounded_f64(const struct wi_bounded *bounded, const struct wi_key *key, uint64_t first, size_t n, double *out)
{
    uint64_t words[CHUNK];
    for (size_t take; n; n -= take, first += take, out += take) {
        take = n < CHUNK ? n : CHUNK;
        wi_bits_u64(key, first, take, words);
        for (size_t i = 0; i < take; i++) {
            const uint64_t half = UINT64_C(1) << 63;
            uint64_t k = (words[i] & (half - 1)) | 1, more = half + k, less = half - k;
            bool negative = words[i] & half;
            double v = (double)(int64_t)k * 0x1p-63;
            double z = value_at(bounded, negative ? -v : v, (double)(negative ? less : more) * 0x1p-64,
                                (double)(negative ? more : less) * 0x1p-64);
            double x = z * bounded->std + bounded->mean;
            x = x < bounded->low ? bounded->low : x;
            out[i] = x > bounded->high ? bounded->high : x;
        }
    }
}
