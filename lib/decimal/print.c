/* see decimal.h: digits laid out as text */
#include "decimal.h"

#include "decimal/shortest.h"

#include <string.h>

static const char pairs[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static inline void put_pair(char *out, uint32_t below_100)
{
    memcpy(out, pairs + 2 * below_100, 2);
}

static inline void put_four(char *out, uint32_t below_10000)
{
    put_pair(out, below_10000 / 100);
    put_pair(out + 2, below_10000 % 100);
}

static int count_digits(uint64_t v)
{
    static const uint64_t ten_to[20] = {
        0, /* zero has one digit too */
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000,
        100000000000,
        1000000000000,
        10000000000000,
        100000000000000,
        1000000000000000,
        10000000000000000,
        100000000000000000,
        1000000000000000000,
        10000000000000000000u,
    };
    int bits = 64 - __builtin_clzll(v | 1);
    int guess = (bits * 1233) >> 12; /* floor(bits * log10(2)): the count, or one less */
    return guess + (v >= ten_to[guess]);
}

/* v has exactly n digits. */
static inline void put_digits(char *out, uint64_t v, int n)
{
    char *p = out + n;
    while (v >= 100000000) {
        uint32_t low = (uint32_t)(v % 100000000);
        v /= 100000000;
        p -= 8;
        put_four(p, low / 10000);
        put_four(p + 4, low % 10000);
    }
    uint32_t rest = (uint32_t)v;
    while (rest >= 100) {
        p -= 2;
        put_pair(p, rest % 100);
        rest /= 100;
    }
    if (rest >= 10)
        put_pair(p - 2, rest);
    else
        p[-1] = (char)('0' + rest);
}

/* d.ddde-xx: at least two exponent digits, no point behind a lone digit. */
static size_t put_scientific(struct wi_digits d, int n, char *out)
{
    int exponent = n - 1 + d.exponent;
    put_digits(out + 1, d.digits, n);
    out[0] = out[1];
    out[1] = '.';
    char *p = out + (n > 1 ? n + 1 : 1);
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    uint32_t size = (uint32_t)(exponent < 0 ? -exponent : exponent);
    if (size >= 100) {
        *p++ = (char)('0' + size / 100);
        size %= 100;
    }
    put_pair(p, size);
    return (size_t)(p + 2 - out);
}

static size_t put_number(struct wi_digits d, char *out)
{
    int n = count_digits(d.digits);
    int point = n + d.exponent; /* digits before the point; not above 0: zeros behind it */
    if (point <= -4 || point > 16)
        return put_scientific(d, n, out);
    if (point <= 0) {
        memcpy(out, "0.000", 5);
        put_digits(out + 2 - point, d.digits, n);
        return (size_t)(2 - point + n);
    }
    if (point < n) {
        put_digits(out + 1, d.digits, n);
        memmove(out, out + 1, (size_t)point);
        out[point] = '.';
        return (size_t)n + 1;
    }
    put_digits(out, d.digits, n);
    memset(out + n, '0', (size_t)(point - n));
    memcpy(out + point, ".0", 2);
    return (size_t)point + 2;
}

static inline size_t put_zero(char *out)
{
    memcpy(out, "0.0", 3);
    return 3;
}

/* bits right-aligned, sign bit on top of the layout. */
static inline size_t narrow(uint32_t bits, struct wi_layout layout, char *out)
{
    int sign_at = layout.fraction_bits + layout.exponent_bits;
    uint32_t negative = bits >> sign_at, rest = bits & ((UINT32_C(1) << sign_at) - 1);
    out[0] = '-';
    out += negative;
    return negative + (rest == 0 ? put_zero(out) : put_number(wi_shortest_narrow(rest, layout), out));
}

size_t wi_decimal_f64(double value, char *out)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t negative = bits >> 63, rest = bits & ~(UINT64_C(1) << 63);
    out[0] = '-';
    out += negative;
    return (size_t)negative + (rest == 0 ? put_zero(out) : put_number(wi_shortest_f64(rest), out));
}

size_t wi_decimal_f32(float value, char *out)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return narrow(bits, (struct wi_layout){23, 8}, out);
}

size_t wi_decimal_f16(uint16_t bits, char *out)
{
    return narrow(bits, (struct wi_layout){10, 5}, out);
}

size_t wi_decimal_bf16(uint16_t bits, char *out)
{
    return narrow(bits, (struct wi_layout){7, 8}, out);
}

size_t wi_decimal_u64(uint64_t value, char *out)
{
    int n = count_digits(value);
    put_digits(out, value, n);
    return (size_t)n;
}
