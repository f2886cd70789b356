/* decimal.h - numbers as text, exactly, without a locale.
 *
 * Printing gives the shortest decimal that reads back to the same value (the closest one to the value where several
 * are shortest), laid out as Python's repr: "0.0", "-0.0", "1.0", "0.001", "1e-05", "1.5e+20": exponent form when the
 * decimal exponent is below -4 or at least 16 (f64) or 9 (the narrower types). Always legal JSON. Values must be
 * finite. Parsing is correctly rounded (nearest even) for any number of digits up to the length limit.
 *
 * No allocation, no libm, no locale. Threads: pure. */
#ifndef WI_DECIMAL_H
#define WI_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"

WI_API_BEGIN

/* Longest texts. The worst case of a type is its longest significand in exponent form, -2.2250738585072014e-308 or
 * -1.17549435e-38, or a bf16 at the end of the plain range: -123400000.0 */
#define WI_DECIMAL_F64_MAX 24
#define WI_DECIMAL_F32_MAX 15
#define WI_DECIMAL_F16_MAX 11
#define WI_DECIMAL_BF16_MAX 12
#define WI_DECIMAL_U64_MAX 20

/* Write the text (no terminator) and return its length. out has room for the type's MAX characters; those past the
 * returned length may be written to. */
size_t wi_decimal_f64(double value, char *out);
size_t wi_decimal_f32(float value, char *out);
size_t wi_decimal_f16(uint16_t bits, char *out);  /* shortest text that rounds to the same f16 */
size_t wi_decimal_bf16(uint16_t bits, char *out); /* shortest text that rounds to the same bf16 */
size_t wi_decimal_u64(uint64_t value, char *out);

/* Read all len characters: [+-]? digits [. digits]? ([eE] [+-]? digits)?, at least one digit before or after the point.
 * False when the text is anything else (blanks, hex, inf, nan), longer than 400 characters, or overflows to infinity;
 * a number too small for a subnormal becomes a zero of its sign. */
bool wi_decimal_parse(const char *text, size_t len, double *out);
/* Read all len characters as an unsigned integer, decimal or hex behind 0x (lower case; digits of either case).
 * Leading zeros are allowed. False on signs, blanks, overflow, emptiness. */
bool wi_decimal_parse_u64(const char *text, size_t len, uint64_t *out);

WI_API_END

#endif
