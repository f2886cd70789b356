/* compare.h - exact comparison of a decimal with a binary number, where a 128-bit product is too short to decide.
 *
 * Returns the sign of  digit[0..n-1] * 10^exponent10  -  significand * 2^exponent2.
 * Range  : 1 <= n <= 400, digits 0..9 (values, not characters); -723 <= exponent10 <= 308; 0 < significand < 2^54; the
 *          two numbers agree to at least one part in 2^40 and lie below 10^309. Integers on the stack, 480 bytes. */
#ifndef WI_DECIMAL_COMPARE_H
#define WI_DECIMAL_COMPARE_H

#include <stdint.h>

int wi_decimal_compare(const unsigned char *digit, int n, int exponent10, uint64_t significand, int exponent2);

#endif
