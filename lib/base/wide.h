/* wide.h - 128-bit unsigned numbers as two words, for compilers without such a type too. */
#ifndef WI_BASE_WIDE_H
#define WI_BASE_WIDE_H

#include <stdint.h>

struct wi_u128 {
    uint64_t hi, lo;
};

/* a * b without a 128-bit type. */
static inline struct wi_u128 wi_mul_words(uint64_t a, uint64_t b)
{
    uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
    uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32), mid = a0 * b1 + (cross & 0xffffffff);
    return (struct wi_u128){a1 * b1 + (cross >> 32) + (mid >> 32), mid << 32 | (low & 0xffffffff)};
}

static inline struct wi_u128 wi_mul64(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 p = (unsigned __int128)a * b;
    return (struct wi_u128){(uint64_t)(p >> 64), (uint64_t)p};
#else
    return wi_mul_words(a, b);
#endif
}

static inline struct wi_u128 wi_add128(struct wi_u128 x, struct wi_u128 y)
{
    uint64_t lo = x.lo + y.lo;
    return (struct wi_u128){x.hi + y.hi + (lo < x.lo), lo};
}

#endif
