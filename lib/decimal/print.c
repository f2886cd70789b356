/* see decimal.h: lay digits out as text */
#include "decimal.h"

#include "decimal/shortest.h"

#include <string.h>

static const char pairs[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* The longest integer part in plain form. For f64 as Python's repr; shorter for the other types, to keep JSON
 * narrow. */
enum { F64_PLAIN = 16, NARROW_PLAIN = 9 };

static inline void put_pair(char *out, uint32_t below_100)
{
    memcpy(out, pairs + 2 * below_100, 2);
}

static inline void put_four(char *out, uint32_t below_10000)
{
    put_pair(out, below_10000 / 100);
    put_pair(out + 2, below_10000 % 100);
}

/* clang-format off */
static const uint64_t ten_to[20] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
    1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
    1000000000000000000, 10000000000000000000u,
};
/* clang-format on */

/* v > 0 */
static inline int count_digits(uint64_t v)
{
    int bits = 64 - __builtin_clzll(v);
    int guess = (bits * 1233) >> 12; /* floor(bits * log10(2)): the count, or one less */
    return guess + (v >= ten_to[guess]);
}

/* v below 10^width as width digits; width is 5, 9 or 17 and known at compile time. */
static inline void put_padded(char *out, uint64_t v, int width)
{
    char *p = out + width;
    for (int i = width; i > 8; i -= 8) {
        uint32_t low = (uint32_t)(v % 100000000);
        v /= 100000000;
        p -= 8;
        put_four(p, low / 10000);
        put_four(p + 4, low % 10000);
    }
    if (width == 5) {
        put_four(p - 4, (uint32_t)v % 10000);
        v = (uint32_t)v / 10000;
    }
    out[0] = (char)('0' + v);
}

/* e-xx: at least two exponent digits. */
static inline char *put_exponent(char *p, int exponent)
{
    p[0] = 'e';
    p[1] = exponent < 0 ? '-' : '+';
    uint32_t size = (uint32_t)(exponent < 0 ? -exponent : exponent);
    p += 2;
    if (size >= 100) {
        *p++ = (char)('0' + size / 100);
        size %= 100;
    }
    put_pair(p, size);
    return p + 2;
}

/* Write d, which has at most width digits; plain form has at most `plain` digits before the point. All width places are
 * written, because that is faster than a branch on the count; the caller ignores those past the returned length. */
static inline size_t put_number(struct wi_digits d, int width, int plain, char *out)
{
    int n = count_digits(d.digits);
    int point = n + d.exponent; /* digits before the point; not above 0: zeros behind it */
    uint64_t padded = d.digits * ten_to[width - n];
    if (-4 < point && point <= 0) {
        memcpy(out, "0.000", 5);
        put_padded(out + 2 - point, padded, width);
        return (size_t)(2 - point + n);
    }
    if (n <= point && point <= plain) {
        put_padded(out, padded, width);
        if (point > width)
            memset(out + width, '0', (size_t)(point - width));
        memcpy(out + point, ".0", 2);
        return (size_t)point + 2;
    }
    put_padded(out + 1, padded, width);
    out[0] = out[1];
    if (0 < point && point <= plain) {
        for (int i = 1; i < point; i++)
            out[i] = out[i + 1];
        out[point] = '.';
        return (size_t)n + 1;
    }
    out[1] = '.';
    return (size_t)(put_exponent(out + (n > 1 ? n + 1 : 1), point - 1) - out);
}

static inline size_t put_zero(char *out)
{
    memcpy(out, "0.0", 3);
    return 3;
}

/* bits: right-aligned, the sign bit above the exponent. */
static inline size_t narrow(uint32_t bits, struct wi_number_layout layout, int width, char *out)
{
    int sign_at = layout.fraction_bits + layout.exponent_bits;
    uint32_t negative = bits >> sign_at, rest = bits & ((UINT32_C(1) << sign_at) - 1);
    out[0] = '-';
    out += negative;
    return negative +
           (rest == 0 ? put_zero(out) : put_number(wi_shortest_narrow(rest, layout), width, NARROW_PLAIN, out));
}

size_t wi_decimal_f64(double value, char *out)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t negative = bits >> 63, rest = bits & ~(UINT64_C(1) << 63);
    out[0] = '-';
    out += negative;
    return (size_t)negative + (rest == 0 ? put_zero(out) : put_number(wi_shortest_f64(rest), 17, F64_PLAIN, out));
}

size_t wi_decimal_f32(float value, char *out)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return narrow(bits, (struct wi_number_layout){23, 8}, 9, out);
}

size_t wi_decimal_f16(uint16_t bits, char *out)
{
    return narrow(bits, (struct wi_number_layout){10, 5}, 5, out);
}

size_t wi_decimal_bf16(uint16_t bits, char *out)
{
    return narrow(bits, (struct wi_number_layout){7, 8}, 5, out);
}

size_t wi_decimal_u64(uint64_t value, char *out)
{
    int n = count_digits(value | 1); /* 0 has one digit; no other number's count changes */
    char *p = out + n;
    for (; p - out >= 4; value /= 10000)
        put_four(p -= 4, (uint32_t)(value % 10000));
    for (; p > out; value /= 10)
        *--p = (char)('0' + value % 10);
    return (size_t)n;
}
