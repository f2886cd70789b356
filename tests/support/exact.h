/* exact.h - what a standard draw should be, from its random words, in long double with the C library's functions.
 *
 * `bits` is the length of a word: 32 for f32, 64 for f64. Where long double is no longer than double (no target of the
 * project), the f64 errors measured with it are upper bounds. */
#ifndef EXACT_H
#define EXACT_H

#include <stdint.h>

/* Box-Muller: the radius, and the first (0) or second (1) coordinate on the unit circle. */
long double exact_radius(unsigned bits, uint64_t word);
long double exact_circle(unsigned bits, uint64_t word, int coordinate);

/* The normal of standard deviation 1 before it is conditioned to [-2, 2], by its quantile. */
long double exact_truncated(unsigned bits, uint64_t word);

/* The distance of a computed value from x in units of the last place of `scale`; precision 24 for f32, 53 for f64. */
double exact_ulps(long double computed, long double x, long double scale, int precision);

#endif
