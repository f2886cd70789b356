/* see engine.h: ATen's inverse error function, without MKL. A rational approximation, then two Newton steps with libm's
 * functions of the type. Which products are fused is part of the numbers. */
#include "like/torch/engine.h"

#include "fmath/f32.h"
#include "fmath/f64.h"

static inline float horner_f32(const float *c, int degree, float z)
{
    float p = c[degree];
    while (degree--)
        p = wi_fmaf(p, z, c[degree]);
    return p;
}

static inline double horner_f64(const double *c, int degree, double z)
{
    double p = c[degree];
    while (degree--)
        p = wi_fma(p, z, c[degree]);
    return p;
}

#define CENTRE_NUM 0.886226899, -1.645349621, 0.914624893, -0.140543331
#define CENTRE_DEN 1, -2.118377725, 1.442710462, -0.329097515, 0.012229801
#define TAIL_NUM -1.970840454, -1.624906493, 3.429567803, 1.641345311
#define TAIL_DEN 1, 3.543889200, 1.637067800

static inline double erfinv_f64(double y)
{
    static const double centre_num[] = {CENTRE_NUM}, centre_den[] = {CENTRE_DEN};
    static const double tail_num[] = {TAIL_NUM}, tail_den[] = {TAIL_DEN};
    double magnitude = wi_abs_f64(y), x;
    if (magnitude >= 1.0)
        return magnitude == 1.0 ? y * wi_f64_of(UINT64_C(0x7ff0000000000000)) : wi_f64_of(UINT64_C(0x7ff8000000000000));
    if (magnitude <= 0.7) {
        double z = y * y;
        x = y * horner_f64(centre_num, 3, z) / horner_f64(centre_den, 4, z);
    } else {
        double z = __builtin_sqrt(-wi_log_f64((1.0 - magnitude) / 2.0));
        x = wi_copysign_f64(horner_f64(tail_num, 3, z), y) / horner_f64(tail_den, 2, z);
    }
    for (int i = 0; i < 2; i++)
        x = x - (wi_erf_f64(x) - y) / (0x1.20dd750429b6dp+0 * wi_exp_f64(-x * x));
    return x;
}

static inline float erfinv_f32(float y)
{
    static const float centre_num[] = {0.886226899f, -1.645349621f, 0.914624893f, -0.140543331f};
    static const float centre_den[] = {1.0f, -2.118377725f, 1.442710462f, -0.329097515f, 0.012229801f};
    static const float tail_num[] = {-1.970840454f, -1.624906493f, 3.429567803f, 1.641345311f};
    static const float tail_den[] = {1.0f, 3.543889200f, 1.637067800f};
    float magnitude = wi_abs_f32(y), x;
    if (magnitude >= 1.0f)
        return magnitude == 1.0f ? y * wi_f32_of(0x7f800000) : wi_f32_of(0x7fc00000);
    if (magnitude <= 0.7f) {
        float z = y * y;
        x = y * horner_f32(centre_num, 3, z) / horner_f32(centre_den, 4, z);
    } else {
        float z = __builtin_sqrtf(-wi_log_f32((1.0f - magnitude) / 2.0f));
        x = wi_copysign_f32(horner_f32(tail_num, 3, z), y) / horner_f32(tail_den, 2, z);
    }
    for (int i = 0; i < 2; i++)
        x = x - (wi_erf_f32(x) - y) / (2.0f / 1.7724539f * wi_exp_f32(-x * x));
    return x;
}

void WI_ISA_NAME(wi_torch_erfinv_f32)(float *x, size_t n, bool exact)
{
    for (size_t i = 0; i < n; i++)
        x[i] = exact ? (float)erfinv_f64((double)x[i]) : erfinv_f32(x[i]);
}

void WI_ISA_NAME(wi_torch_erfinv_f64)(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = erfinv_f64(x[i]);
}
