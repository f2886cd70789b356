/* see exact.h */
#include "support/exact.h"

#include <math.h>

static const long double pi = 3.14159265358979323846264338327950288L;

long double exact_radius(unsigned bits, uint64_t word)
{
    const uint64_t one = (uint64_t)1 << (bits - 1);
    uint64_t k = word >> 1 | 1;
    long double unit = 1 / (long double)one;
    /* log1p where u is nearer to 1 than to 0: 1 - u is exact. */
    return sqrtl(-2 * (k > one / 2 ? log1pl(-(long double)(one - k) * unit) : logl((long double)k * unit)));
}

long double exact_circle(unsigned bits, uint64_t word, int coordinate)
{
    /* As a signed fraction of 2^(bits-1). */
    int64_t fraction = bits == 32 ? (int32_t)(uint32_t)(word << 2 | 2) : (int64_t)(word << 2 | 2);
    long double angle = (long double)fraction / ldexpl(1, (int)bits - 1) * (pi / 4);
    long double sine = sinl(angle), cosine = word >> (bits - 1) & 1 ? -cosl(angle) : cosl(angle);
    int swap = (int)(word >> (bits - 2) & 1);
    return swap == coordinate ? cosine : sine;
}

/* The x with erf(x) = p, 0 <= p < 0.96. */
static long double inverse_erf(long double p)
{
    long double low = 0, high = 1.5L, x = 0;
    for (int i = 0; i < 20; i++) {
        x = (low + high) / 2;
        *(erfl(x) < p ? &low : &high) = x;
    }
    for (int i = 0; i < 4; i++) { /* Halley */
        long double step = (erfl(x) - p) * sqrtl(pi) / 2 * expl(x * x);
        x -= step / (1 + x * step);
    }
    return x;
}

long double exact_truncated(unsigned bits, uint64_t word)
{
    const long double mass = erfl(sqrtl(2));
    if (bits == 32) {
        long double j = (int32_t)(uint32_t)(word | 1) / 0x1p31L;
        return copysignl(sqrtl(2) * inverse_erf(fabsl(j) * mass), j);
    }
    long double u = (long double)((word & INT64_MAX) | 1) / 0x1p63L;
    long double z = sqrtl(2) * inverse_erf(u * mass);
    return word >> 63 ? -z : z;
}

double exact_ulps(long double computed, long double x, long double scale, int precision)
{
    int exponent;
    frexpl(scale, &exponent);
    return (double)(fabsl(computed - x) / ldexpl(1, exponent - precision));
}
