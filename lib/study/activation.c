/* Activations: which instruction level evaluates them, and their expectations. See study.h. */
#include "study.h"
#include "study/activation.h"
#include "study/elementary.h"

#define DENSITY 0.39894228040143268 /* 1 / sqrt(2 pi) */

void wi_activate(const struct wi_activation *activation, const double *z, size_t n, double *phi, double *slope)
{
    static wi_activate_all_fn *const fns[] = WI_ISA_FNS_TO_AVX2(wi_activate_all);
    fns[wi_isa_level()](activation, z, n, phi, slope);
}

#define NODES 800
#define PER_UNIT 50

void wi_expect(const struct wi_activation *activation, double variance, struct wi_expectation *out)
{
    const double std = __builtin_sqrt(variance);
    double product = 0;
    *out = (struct wi_expectation){0};
    for (int i = 0; i < NODES; i++) {
        const double x = (i - NODES / 2 + 0.5) / PER_UNIT, z = std * x;
        const double weight = DENSITY / PER_UNIT * wi_elementary()->exp(-0.5 * x * x);
        double phi, slope;
        wi_activate(activation, &z, 1, &phi, &slope);
        out->square += weight * (phi * phi);
        out->fourth += weight * (phi * phi) * (phi * phi);
        out->slope_square += weight * (slope * slope);
        out->slope_fourth += weight * (slope * slope) * (slope * slope);
        product += weight * (z * phi * slope);
    }
    out->elasticity = out->square > 0 ? product / out->square : 0;
}

double wi_log10(double x)
{
    return wi_elementary()->log(x) * 0.43429448190325183;
}
