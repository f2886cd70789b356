/* bits.h - the bits of a floating-point number, and back. */
#ifndef WI_BASE_BITS_H
#define WI_BASE_BITS_H

#include <stdint.h>
#include <string.h>

static inline uint64_t wi_u64_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline double wi_f64_of(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static inline uint32_t wi_u32_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float wi_f32_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

#endif
