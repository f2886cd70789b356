/* power.h - powers of ten as 128-bit significands, for products with wi_mul64.
 *
 * 10^e = s * 2^(wi_pow10_log2(e) - 127) with 2^127 <= s < 2^128. wi_pow10_128 gives floor(s); it is s itself for
 * 0 <= e <= 55 and below it elsewhere. e in [-364, 335]. wi_pow10_64 gives floor(s / 2^64), e in [-60, 60].
 *
 * How: e = 28 j + i. A coarse table holds 10^(28 j) to 192 bits, a fine one 10^i (i < 28) exactly in 64. Their product
 *      is
 * below the true value by less than one unit of its last word, too little to change the bits that are kept:
 * tests/unit/test_decimal.c proves it for every e by exact integer arithmetic. */
#ifndef WI_DECIMAL_POWER_H
#define WI_DECIMAL_POWER_H

#include <stdint.h>

#include "base/wide.h"

#define WI_POW10_STEP 28
#define WI_POW10_FIRST (-364)

extern const uint64_t wi_pow10_coarse[25][3]; /* most significant word first */
extern const uint64_t wi_pow10_fine[WI_POW10_STEP];

/* floor(log2(10^e)), |e| <= 1233. Negative values are shifted arithmetically by every compiler in use (and by C23). */
static inline int wi_pow10_log2(int e)
{
    return (e * 1741647) >> 19;
}

static inline struct wi_u128 wi_pow10_128(int e)
{
    unsigned at = (unsigned)(e - WI_POW10_FIRST);
    const uint64_t *coarse = wi_pow10_coarse[at / WI_POW10_STEP];
    uint64_t fine = wi_pow10_fine[at % WI_POW10_STEP];
    struct wi_u128 a = wi_mul64(coarse[0], fine), b = wi_mul64(coarse[1], fine), c = wi_mul64(coarse[2], fine);
    uint64_t third = b.lo + c.hi;
    uint64_t carry = third < b.lo;
    uint64_t second = a.lo + b.hi;
    uint64_t first = a.hi + (second < a.lo);
    second += carry;
    first += second < carry;
    unsigned shift = first >> 63 ? 0 : 1;
    return (struct wi_u128){first << shift | second >> 63 >> (1 - shift), second << shift | third >> 63 >> (1 - shift)};
}

static inline uint64_t wi_pow10_64(int e)
{
    unsigned at = (unsigned)(e - WI_POW10_FIRST);
    const uint64_t *coarse = wi_pow10_coarse[at / WI_POW10_STEP];
    uint64_t fine = wi_pow10_fine[at % WI_POW10_STEP];
    struct wi_u128 a = wi_mul64(coarse[0], fine);
    uint64_t second = a.lo + wi_mul64(coarse[1], fine).hi;
    uint64_t first = a.hi + (second < a.lo);
    return first >> 63 ? first : first << 1 | second >> 63;
}

#endif
