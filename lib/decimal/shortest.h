/* shortest.h - the shortest decimal inside the interval that rounds to a binary floating-point value.
 *
 * Source : R. Giulietti, "The Schubfach way to render doubles", 2020. With w the width of that interval and
 *          10^k <= w < 10^(k+1), the interval holds at least one multiple of 10^k and at most one of 10^(k+1); if it
 *          holds the latter, no other is as short, else the multiple of 10^k nearest to the value is wanted.
 * Exact  : value and bounds are scaled by 10^-k and rounded to odd; the paper proves that 128 bits of 10^-k (64 for
 *          24-bit significands) decide all comparisons as exact arithmetic would.
 * Result : value = digits * 10^exponent, digits without trailing zeros; nearest to the value, ties to the even digit.
 * Range  : finite, not zero; the sign is ignored. Threads: pure. */
#ifndef WI_DECIMAL_SHORTEST_H
#define WI_DECIMAL_SHORTEST_H

#include <stdint.h>

struct wi_digits {
    uint64_t digits;
    int exponent;
};

/* An IEEE layout: so many fraction bits below an exponent field of so many bits. */
struct wi_number_layout {
    int fraction_bits, exponent_bits;
};

struct wi_digits wi_shortest_f64(uint64_t bits);
/* For types of at most 23 fraction bits and 8 exponent bits: f32, f16, bf16. bits holds the value right-aligned. */
struct wi_digits wi_shortest_narrow(uint32_t bits, struct wi_number_layout layout);

#endif
