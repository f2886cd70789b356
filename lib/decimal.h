/* decimal.h - numbers as text, exactly, without a locale.
 *
 * Printing gives the shortest decimal that reads back to the same value (the closest one to the value where several
 * are shortest), written as Python's repr does: "0.0", "-0.0", "1.0", "0.001", "1e-05", "1.5e+20": exponent form when
 * the decimal exponent is below -4 or at least 16. Always legal JSON. Values must be finite.
 * Parsing is correctly rounded (nearest even) for any number of digits up to the length limit.
 *
 * No allocation, no libm, no locale. Threads: pure. */
#ifndef WI_DECIMAL_H
#define WI_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WI_DECIMAL_F64_MAX 24 /* longest text: -2.2250738585072014e-308 */
#define WI_DECIMAL_F32_MAX 15 /* longest f32 text, Python's repr layout with this type's own shortest digits */
#define WI_DECIMAL_F16_MAX 9
#define WI_DECIMAL_BF16_MAX 15

/* Write the text (no terminator) and return its length. */
size_t wi_decimal_f64(double value, char *out);
size_t wi_decimal_f32(float value, char *out);
size_t wi_decimal_f16(uint16_t bits, char *out);  /* shortest text that rounds to the same f16 */
size_t wi_decimal_bf16(uint16_t bits, char *out); /* shortest text that rounds to the same bf16 */
size_t wi_decimal_u64(uint64_t value, char *out); /* at most 20 characters */

/* Read all len characters: [+-]? digits [. digits]? ([eE] [+-]? digits)?, at least one digit before or after the point.
 * False when the text is anything else (blanks, hex, inf, nan), longer than 400 characters, or overflows to infinity. */
bool wi_decimal_parse(const char *text, size_t len, double *out);
/* Read all len characters as an unsigned integer, decimal or 0x hex. False on signs, blanks, overflow, emptiness. */
bool wi_decimal_parse_u64(const char *text, size_t len, uint64_t *out);

#endif
