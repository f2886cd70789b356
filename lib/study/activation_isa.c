/* activation_isa.c - activations with their derivatives, once per instruction level: see study.h.
 *
 * exp(z) - 1 is taken where it is small from the identity 2 sinh(z/2) exp(z/2), by a series below 1/2, so that signals of
 * 1e-60 keep their digits. */
#include "fmath/f64.h"
#include "study.h"
#include "study/activation.h"
#include "study/elementary.h"

static double exp_f64(double z)
{
    return WI_ISA_NAME(wi_elementary).exp(z);
}

/* exp(z) - 1 for z <= 0 and small positive z. |z| < 1/2: the Taylor series, to the last place. */
static double expm1_f64(double z)
{
    if (!(wi_abs_f64(z) < 0.5))
        return exp_f64(z) - 1;
    double term = z, sum = z;
    for (int k = 2; k <= 17; k++) {
        term = term * z / k;
        sum += term;
    }
    return sum;
}

/* exp(-|z|) is in (0, 1]: nothing overflows. */
static double logistic(double z)
{
    double e = exp_f64(-wi_abs_f64(z));
    return (z < 0 ? e : 1) / (1 + e);
}

static double softplus(double z)
{
    return WI_ISA_NAME(wi_elementary).log1p(exp_f64(-wi_abs_f64(z))) + (z > 0 ? z : 0);
}

static double tanh_f64(double z)
{
    double t = -expm1_f64(-2 * wi_abs_f64(z)); /* 1 - exp(-2|z|) */
    return wi_copysign_f64(t / (2 - t), z);
}

/* ---- one function each: phi, and phi' to *slope ------------------------------------------------------------------ */

static double linear(double z, double a, double *slope)
{
    (void)a;
    *slope = 1;
    return z;
}

static double sigmoid(double z, double a, double *slope)
{
    (void)a;
    double e = exp_f64(-wi_abs_f64(z));
    *slope = e / ((1 + e) * (1 + e));
    return (z < 0 ? e : 1) / (1 + e);
}

static double hyperbolic(double z, double a, double *slope)
{
    (void)a;
    double t = tanh_f64(z), e = exp_f64(-2 * wi_abs_f64(z));
    *slope = 4 * e / ((1 + e) * (1 + e));
    return t;
}

static double relu(double z, double a, double *slope)
{
    (void)a;
    *slope = z > 0;
    return z > 0 ? z : 0;
}

static double leaky_relu(double z, double a, double *slope)
{
    *slope = z > 0 ? 1 : a;
    return z > 0 ? z : a * z;
}

/* Klambauer et al. 2017: the fixed point of mean 0 and variance 1. */
#define SELU_SCALE 1.0507009873554805
#define SELU_ALPHA 1.6732632423543772

static double selu(double z, double a, double *slope)
{
    (void)a;
    double e = z > 0 ? 0 : expm1_f64(z);
    *slope = SELU_SCALE * (z > 0 ? 1 : SELU_ALPHA * (e + 1));
    return SELU_SCALE * (z > 0 ? z : SELU_ALPHA * e);
}

static double elu(double z, double a, double *slope)
{
    (void)a;
    double e = z > 0 ? 0 : expm1_f64(z);
    *slope = z > 0 ? 1 : e + 1;
    return z > 0 ? z : e;
}

#define SQRT_HALF 0.70710678118654752
#define DENSITY 0.39894228040143268 /* 1 / sqrt(2 pi) */

static double gelu(double z, double a, double *slope)
{
    (void)a;
    double below = 0.5 * (1 + WI_ISA_NAME(wi_elementary).erf(z * SQRT_HALF));
    *slope = below + z * DENSITY * exp_f64(-0.5 * z * z);
    return z * below;
}

static double silu(double z, double a, double *slope)
{
    (void)a;
    double s = logistic(z);
    *slope = s * (1 + z * (1 - s));
    return z * s;
}

static double mish(double z, double a, double *slope)
{
    (void)a;
    double t = tanh_f64(softplus(z));
    *slope = t + z * (1 - t) * (1 + t) * logistic(z);
    return z * t;
}

static double soft(double z, double a, double *slope)
{
    (void)a;
    *slope = logistic(z);
    return softplus(z);
}

static double (*const rows[WI_NONLINEARITY_COUNT])(double z, double a, double *slope) = {
    [WI_LINEAR] = linear,
    [WI_SIGMOID] = sigmoid,
    [WI_TANH] = hyperbolic,
    [WI_RELU] = relu,
    [WI_LEAKY_RELU] = leaky_relu,
    [WI_SELU] = selu,
    [WI_GELU] = gelu,
    [WI_SILU] = silu,
    [WI_ELU] = elu,
    [WI_MISH] = mish,
    [WI_SOFTPLUS] = soft,
};

void WI_ISA_NAME(wi_activate_all)(const struct wi_activation *activation, const double *z, size_t n, double *phi,
                                  double *slope)
{
    double (*const at)(double, double, double *) = rows[activation->id];
    for (size_t i = 0; i < n; i++) {
        const double x = z[i];
        double derivative, value = at(x, activation->a, &derivative);
        phi[i] = x == x ? value : x;
        slope[i] = x == x ? derivative : x;
    }
}
