/* fma.h - a*b + c with one rounding (the IEEE fused multiply-add), with the same bits on every machine.
 *
 * wi_fma and wi_fmaf use the instruction if the target has it, otherwise exact arithmetic in software, for all values.
 * wi_fma_moderate is faster in software and takes arguments that are 0 or between 2^-400 and 2^400 in magnitude.
 * libm's fma is not used. Threads: pure. */
#ifndef WI_FMATH_FMA_H
#define WI_FMATH_FMA_H

#include <stdint.h>

#include "base/bits.h"

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__FP_FAST_FMA)
#define WI_HAVE_FMA 1
#else
#define WI_HAVE_FMA 0
#endif

/* x + y rounded to odd: an inexact sum becomes the neighbour with the odd last bit. Rounding that again to at least two
 * bits less equals rounding the exact sum. */
static inline double wi_add_odd(double x, double y)
{
    double sum = x + y, part = sum - x;
    double lost = (x - (sum - part)) + (y - part);
    uint64_t bits = wi_u64_of(sum), inexact = (lost < 0) | (lost > 0);
    uint64_t below = (wi_u64_of(lost) ^ wi_u64_of(sum)) >> 63; /* the exact sum is nearer to 0 than the rounded one */
    return wi_f64_of(bits + ((inexact & ~bits) & 1) * (1 - 2 * below));
}

/* The portable forms, for any arguments. */
double wi_fma_soft(double a, double b, double c);

/* The same for arguments that are 0 or between 2^-400 and 2^400 in magnitude: branch-free. Boldo and Melquiond 2008:
 * exact product and sums as pairs, the tails added with rounding to odd. */
static inline double wi_fma_soft_moderate(double a, double b, double c)
{
    double p = a * b;
    double t = a * 134217729.0, ah = t - (t - a), al = a - ah;
    double u = b * 134217729.0, bh = u - (u - b), bl = b - bh;
    double pl = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
    double s = c + pl, sp = s - c, sl = (c - (s - sp)) + (pl - sp);
    double v = p + s, vp = v - p, vl = (p - (v - vp)) + (s - vp);
    return v + wi_add_odd(sl, vl);
}

static inline float wi_fmaf_soft(float a, float b, float c)
{
    return (float)wi_add_odd((double)a * (double)b, (double)c); /* the product of two f32 is exact */
}

#if WI_HAVE_FMA
static inline double wi_fma(double a, double b, double c)
{
    return __builtin_fma(a, b, c);
}

static inline double wi_fma_moderate(double a, double b, double c)
{
    return __builtin_fma(a, b, c);
}

static inline float wi_fmaf(float a, float b, float c)
{
    return __builtin_fmaf(a, b, c);
}
#else
static inline double wi_fma(double a, double b, double c)
{
    return wi_fma_soft(a, b, c);
}

static inline double wi_fma_moderate(double a, double b, double c)
{
    return wi_fma_soft_moderate(a, b, c);
}

static inline float wi_fmaf(float a, float b, float c)
{
    return wi_fmaf_soft(a, b, c);
}
#endif

#endif
