/* see shortest.h */
#include "decimal/shortest.h"

#include "decimal/power.h"

#include <stdbool.h>

/* significand * 2^exponent. narrow_below: a power of two; its lower neighbour is at half the distance of the upper
 * one. */
struct binary {
    uint64_t significand;
    int exponent;
    bool narrow_below;
};

/* Value and interval in quarters of 10^k, rounded to odd; the bounds are inclusive. */
struct scaled {
    uint64_t lower, value, upper;
};

static inline struct binary decode(uint64_t bits, int fraction_bits, int exponent_bits)
{
    uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    int field = (int)(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    int lowest = 2 - (1 << (exponent_bits - 1)) - fraction_bits;
    if (field == 0)
        return (struct binary){fraction, lowest, false};
    return (struct binary){fraction | UINT64_C(1) << fraction_bits, lowest + field - 1, fraction == 0 && field > 1};
}

/* floor(log10(w)), where the width w is 2^q, or 3/4 * 2^q if narrow_below; |q| <= 1500. */
static inline int width_log10(int q, bool narrow_below)
{
    return (q * 1262611 - (narrow_below ? 524031 : 0)) >> 22;
}

static inline struct wi_digits strip(uint64_t digits, int exponent)
{
    if (digits % 10 != 0)
        return (struct wi_digits){digits, exponent};
    while (digits % 10000 == 0) {
        digits /= 10000;
        exponent += 4;
    }
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (struct wi_digits){digits, exponent};
}

/* Compute both candidates and select one without a branch, because the outcome is unpredictable. */
static inline struct wi_digits choose(struct scaled v, int k)
{
    uint64_t below = v.value / 4, tens = v.value / 40;
    bool ten_low_in = v.lower <= 40 * tens, ten_high_in = 40 * tens + 40 <= v.upper;
    bool low_in = v.lower <= 4 * below, high_in = 4 * below + 4 <= v.upper;
    uint64_t middle = 4 * below + 2;
    bool nearer_up = (v.value > middle) | ((v.value == middle) & ((below & 1) != 0));
    bool up = (high_in & !low_in) | ((high_in == low_in) & nearer_up);
    bool shorter = (tens > 0) & (ten_low_in | ten_high_in);
    uint64_t mask = 0 - (uint64_t)shorter;
    return strip(((tens + ten_high_in) & mask) | ((below + up) & ~mask), k + shorter);
}

/* x * power / 2^128 rounded to odd. The power is up to one unit too large, so a fraction within that error means
 * that the result is exact; a true fraction is never that small. */
static inline uint64_t scale_128(struct wi_u128 power, uint64_t x)
{
    struct wi_u128 high = wi_mul64(power.hi, x);
    uint64_t cut = high.lo + wi_mul64(power.lo, x).hi;
    return (high.hi + (cut < high.lo)) | (cut > 1);
}

static inline uint64_t scale_64(uint64_t power, uint64_t x)
{
    struct wi_u128 p = wi_mul64(power, x);
    return p.hi | (p.lo >> 32 > 1);
}

struct wi_digits wi_shortest_f64(uint64_t bits)
{
    struct binary b = decode(bits, 52, 11);
    int k = width_log10(b.exponent, b.narrow_below);
    int shift = b.exponent + wi_pow10_log2(-k) + 1; /* 1..4 */
    struct wi_u128 power = wi_pow10_128(-k);
    power.lo++;
    power.hi += power.lo == 0;
    uint64_t quarters = 4 * b.significand, odd = b.significand & 1;
    struct scaled v = {
        scale_128(power, (quarters - (b.narrow_below ? 1 : 2)) << shift) + odd,
        scale_128(power, quarters << shift),
        scale_128(power, (quarters + 2) << shift) - odd,
    };
    return choose(v, k);
}

struct wi_digits wi_shortest_narrow(uint32_t bits, struct wi_number_layout layout)
{
    struct binary b = decode(bits, layout.fraction_bits, layout.exponent_bits);
    int k = width_log10(b.exponent, b.narrow_below);
    int shift = b.exponent + wi_pow10_log2(-k) + 1;
    uint64_t power = wi_pow10_64(-k) + 1;
    uint64_t quarters = 4 * b.significand, odd = b.significand & 1;
    struct scaled v = {
        scale_64(power, (quarters - (b.narrow_below ? 1 : 2)) << shift) + odd,
        scale_64(power, quarters << shift),
        scale_64(power, (quarters + 2) << shift) - odd,
    };
    return choose(v, k);
}
