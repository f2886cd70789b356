/* elementary_isa.c - see elementary.h */
#include "study/elementary.h"

#include "fmath/f64.h"

static double exponential(double x)
{
    return wi_exp_f64(x);
}

static double logarithm(double x)
{
    return wi_log_f64(x);
}

static double logarithm_1p(double x)
{
    return wi_log1p_f64(x);
}

static double error_function(double x)
{
    return wi_erf_f64(x);
}

const struct wi_elementary WI_ISA_NAME(wi_elementary) = {exponential, logarithm, logarithm_1p, error_function};
