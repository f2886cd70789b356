/* see fmath.h */
#include "fmath/fmath.h"

#include "fmath/f32.h"
#include "fmath/f64.h"

double wi_log(double x)
{
    return wi_log_f64(x);
}

double wi_log1p(double x)
{
    return wi_log1p_f64(x);
}

double wi_exp(double x)
{
    return wi_exp_f64(x);
}

double wi_pow(double x, double y)
{
    return wi_pow_f64(x, y);
}

double wi_sin(double x)
{
    return wi_sin_f64(x);
}

double wi_cos(double x)
{
    return wi_cos_f64(x);
}

double wi_erf(double x)
{
    return wi_erf_f64(x);
}

float wi_logf(float x)
{
    return wi_log_f32(x);
}

float wi_log1pf(float x)
{
    return wi_log1p_f32(x);
}

float wi_expf(float x)
{
    return wi_exp_f32(x);
}

float wi_sinf(float x)
{
    return wi_sin_f32(x);
}

float wi_cosf(float x)
{
    return wi_cos_f32(x);
}

float wi_erff(float x)
{
    return wi_erf_f32(x);
}
