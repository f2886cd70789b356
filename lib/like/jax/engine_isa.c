/* see engine.h */
#include "like/jax/engine.h"

#include "fmath/f32.h"
#include "fmath/f64.h"

static inline uint32_t rotl(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static inline void four_rounds(uint32_t *x0, uint32_t *x1, int a, int b, int c, int d)
{
    const int turns[4] = {a, b, c, d};
    for (int i = 0; i < 4; i++) {
        *x0 += *x1;
        *x1 = rotl(*x1, turns[i]) ^ *x0;
    }
}

void WI_ISA_NAME(wi_threefry)(const uint32_t key[2], size_t n, uint32_t *restrict out0, uint32_t *restrict out1)
{
    const uint32_t k0 = key[0], k1 = key[1], k2 = k0 ^ k1 ^ 0x1bd11bda;
    for (size_t i = 0; i < n; i++) {
        uint32_t x0 = out0[i] + k0, x1 = out1[i] + k1;
        four_rounds(&x0, &x1, 13, 15, 26, 6);
        x0 += k1;
        x1 += k2 + 1;
        four_rounds(&x0, &x1, 17, 29, 16, 24);
        x0 += k2;
        x1 += k0 + 2;
        four_rounds(&x0, &x1, 13, 15, 26, 6);
        x0 += k0;
        x1 += k1 + 3;
        four_rounds(&x0, &x1, 17, 29, 16, 24);
        x0 += k1;
        x1 += k2 + 4;
        four_rounds(&x0, &x1, 13, 15, 26, 6);
        out0[i] = x0 + k2;
        out1[i] = x1 + k0 + 5;
    }
}

void WI_ISA_NAME(wi_jax_scale_f32)(const uint32_t *restrict bits, float low, float span, size_t n, float *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        float u = wi_f32_of(bits[i] >> 9 | 0x3f800000) - 1.0f, x = wi_fmaf(u, span, low);
        out[i] = x > low ? x : low;
    }
}

/* mask ? a : b, for masks of all ones or all zeros */
static inline float choose(uint32_t mask, float a, float b)
{
    return wi_f32_of((wi_u32_of(a) & mask) | (wi_u32_of(b) & ~mask));
}

/* Cephes' log for normal x > 0, its polynomial in three interleaved parts. */
static inline float log_lane(float x)
{
    uint32_t bits = wi_u32_of(x);
    float e = (float)(int32_t)((bits >> 23) - 126), m = wi_f32_of((bits & 0x007fffff) | 0x3f000000);
    uint32_t low = wi_u32_of(m) < 0x3f3504f3 ? UINT32_MAX : 0;
    e = e + (float)(int32_t)low;
    float t = (m - 1.0f) + wi_f32_of(wi_u32_of(m) & low), t2 = t * t, t3 = t2 * t;
    float y = wi_fmaf(wi_fmaf(t, 7.0376836292e-2f, -1.1514610310e-1f), t, 1.1676998740e-1f);
    float y1 = wi_fmaf(wi_fmaf(t, -1.2420140846e-1f, 1.4249322787e-1f), t, -1.6668057665e-1f);
    float y2 = wi_fmaf(wi_fmaf(t, 2.0000714765e-1f, -2.4999993993e-1f), t, 3.3333331174e-1f);
    y = wi_fmaf(wi_fmaf(wi_fmaf(y, t3, y1), t3, y2), t3, e * -2.12194440e-4f);
    t = wi_fmaf(-0.5f, t2, t) + y;
    return wi_fmaf(0.693359375f, e, t);
}

/* log(1 + x) for -1 < x <= 0 */
static inline float log1p_lane(float x)
{
    float den = x + 15.062909083469192043167f;
    float num = wi_fmaf(4.5270000862445199635215e-5f, x, 4.9854102823193375972212e-1f);
    den = wi_fmaf(den, x, 83.047565967967209469434f);
    den = wi_fmaf(den, x, 221.76239823732856465394f);
    den = wi_fmaf(den, x, 309.09872225312059774938f);
    den = wi_fmaf(den, x, 216.42788614495947685003f);
    den = wi_fmaf(den, x, 60.118660497603843919306f);
    num = wi_fmaf(num, x, 6.5787325942061044846969f);
    num = wi_fmaf(num, x, 29.911919328553073277375f);
    num = wi_fmaf(num, x, 60.949667980987787057556f);
    num = wi_fmaf(num, x, 57.112963590585538103336f);
    num = wi_fmaf(num, x, 20.039553499201281259648f);
    float x2 = x * x, small = x + wi_fmaf(-0.5f, x2, x * x2 * (num / den));
    uint32_t is_small = x > -0.41421356237309504880f ? UINT32_MAX : 0;
    return choose(is_small, small, log_lane(x + 1.0f));
}

static inline float erfinv_lane(float u)
{
    static const float near[9] = {2.81022636e-08f, 3.43273939e-07f, -3.5233877e-06f, -4.39150654e-06f, 0.00021858087f,
                                  -0.00125372503f, -0.00417768164f, 0.246640727f,    1.50140941f};
    static const float far[9] = {-0.000200214257f, 0.000100950558f, 0.00134934322f, -0.00367342844f, 0.00573950773f,
                                 -0.0076224613f,   0.00943887047f,  1.00167406f,    2.83297682f};
    float w = -log1p_lane(-(u * u));
    uint32_t is_near = w < 5.0f ? UINT32_MAX : 0;
    float t = choose(is_near, w - 2.5f, __builtin_sqrtf(w) - 3.0f), p = choose(is_near, near[0], far[0]);
    for (int i = 1; i < 9; i++)
        p = wi_fmaf(p, t, choose(is_near, near[i], far[i]));
    return p * u;
}

void WI_ISA_NAME(wi_jax_probit_f32)(float *x, float factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = factor * erfinv_lane(x[i]);
}

/* ---- f64 ---- */

static inline double log1p_f64(double x, double least) /* -1 < x <= 0; a quotient for x > least */
{
    if (!(x > least))
        return wi_log_f64(x + 1.0);
    double den = x + 15.062909083469192043167;
    double num = wi_fma(4.5270000862445199635215e-5, x, 4.9854102823193375972212e-1);
    den = wi_fma(den, x, 83.047565967967209469434);
    den = wi_fma(den, x, 221.76239823732856465394);
    den = wi_fma(den, x, 309.09872225312059774938);
    den = wi_fma(den, x, 216.42788614495947685003);
    den = wi_fma(den, x, 60.118660497603843919306);
    num = wi_fma(num, x, 6.5787325942061044846969);
    num = wi_fma(num, x, 29.911919328553073277375);
    num = wi_fma(num, x, 60.949667980987787057556);
    num = wi_fma(num, x, 57.112963590585538103336);
    num = wi_fma(num, x, 20.039553499201281259648);
    double x2 = x * x;
    return x + wi_fma(-0.5, x2, x * x2 * (num / den));
}

static inline double horner(const double *c, int terms, double t)
{
    double p = c[0];
    for (int i = 1; i < terms; i++)
        p = wi_fma(p, t, c[i]);
    return p;
}

static inline double erfinv_f64(double u, double least)
{
    static const double near[23] = {
        -3.64441206401782e-21,   -1.6850591381820166e-19, 1.28584807152564e-18,    1.1157877678025181e-17,
        -1.333171662854621e-16,  2.0972767875968562e-17,  6.637638134358324e-15,   -4.054566272975207e-14,
        -8.151934197605472e-14,  2.6335093153082323e-12,  -1.2975133253453532e-11, -5.415412054294628e-11,
        1.0512122733215323e-09,  -4.112633980346984e-09,  -2.9070369957882005e-08, 4.2347877827932404e-07,
        -1.3654692000834679e-06, -1.3882523362786469e-05, 0.00018673420803405714,  -0.000740702534166267,
        -0.006033670871430149,   0.24015818242558962,     1.6536545626831027,
    };
    static const double middle[19] = {
        2.2137376921775787e-09,  9.075656193888539e-08,  -2.7517406297064545e-07, 1.8239629214389228e-08,
        1.5027403968909828e-06,  -4.013867526981546e-06, 2.9234449089955446e-06,  1.2475304481671779e-05,
        -4.7318229009055734e-05, 6.828485145957318e-05,  2.4031110387097894e-05,  -0.0003550375203628475,
        0.0009532893797373805,   -0.0016882755560235047, 0.002491442096107851,    -0.003751208507569241,
        0.005370914553590064,    1.0052589676941592,     3.0838856104922208,
    };
    static const double far[17] = {
        -2.7109920616438573e-11, -2.555641816996525e-10,  1.5076572693500548e-09,  -3.789465440126737e-09,
        7.61570120807834e-09,    -1.496002662714924e-08,  2.914795345090108e-08,   -6.771199775845234e-08,
        2.2900482228026655e-07,  -9.9298272942317e-07,    4.526062597223154e-06,   -1.968177810553167e-05,
        7.599527703001776e-05,   -0.00021503011930044477, -0.00013871931833623122, 1.0103004648645344,
        4.849906401408584,
    };
    double w = -log1p_f64(-(u * u), least);
    if (w < 6.25)
        return horner(near, 23, w - 3.125) * u;
    double root = __builtin_sqrt(w);
    return (w < 16.0 ? horner(middle, 19, root - 3.25) : horner(far, 17, root - 5.0)) * u;
}

void WI_ISA_NAME(wi_jax_probit_f64)(double *x, double factor, double least, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = factor * erfinv_f64(x[i], least);
}
