/* lib/include/decimal.h: shortest printing and exact reading, against the C library's correctly rounded conversions. */
#include "decimal.h"
#include "decimal/power.h"
#include "support/test.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POISON 0x5a

static uint64_t rng_state = 20240607;

/* SplitMix64 */
static uint64_t random_bits(void)
{
    uint64_t z = rng_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Of 1 to 64 bits, each length as likely. */
static uint64_t random_length(void)
{
    uint64_t bits = random_bits();
    return bits >> random_bits() % 64;
}

static double f64_of(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static float f32_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* ---- the types under test, each seen as a set of doubles ---- */

struct type {
    const char *name;
    size_t max;
    int fraction_bits, exponent_bits;
    size_t (*print)(uint64_t bits, char *out);
    int plain; /* digits before the point, at most, outside exponent form */
};

static size_t print_f64(uint64_t bits, char *out)
{
    return wi_decimal_f64(f64_of(bits), out);
}

static size_t print_f32(uint64_t bits, char *out)
{
    return wi_decimal_f32(f32_of((uint32_t)bits), out);
}

static size_t print_f16(uint64_t bits, char *out)
{
    return wi_decimal_f16((uint16_t)bits, out);
}

static size_t print_bf16(uint64_t bits, char *out)
{
    return wi_decimal_bf16((uint16_t)bits, out);
}

static const struct type f64 = {"f64", WI_DECIMAL_F64_MAX, 52, 11, print_f64, 16};
static const struct type f32 = {"f32", WI_DECIMAL_F32_MAX, 23, 8, print_f32, 9};
static const struct type f16 = {"f16", WI_DECIMAL_F16_MAX, 10, 5, print_f16, 9};
static const struct type bf16 = {"bf16", WI_DECIMAL_BF16_MAX, 7, 8, print_bf16, 9};

static uint64_t infinity_of(const struct type *t)
{
    return ((UINT64_C(1) << t->exponent_bits) - 1) << t->fraction_bits;
}

/* The value of the bits without a sign; exact. The bits of infinity give the power of two that would come next. */
static double value_of(const struct type *t, uint64_t bits)
{
    if (t == &f64)
        return f64_of(bits);
    uint64_t one = UINT64_C(1) << t->fraction_bits, fraction = bits & (one - 1);
    int field = (int)(bits >> t->fraction_bits), lowest = 2 - (1 << (t->exponent_bits - 1)) - t->fraction_bits;
    return field == 0 ? ldexp((double)fraction, lowest) : ldexp((double)(fraction | one), lowest + field - 1);
}

/* Does the decimal text round (nearest even) to these bits? f64 asks strtod. For the narrow types the midpoints to the
 * neighbours are doubles; a text that strtod takes for a midpoint is the midpoint, as no short text lies that close. */
static bool rounds_to(const struct type *t, const char *text, uint64_t bits)
{
    double d = strtod(text, NULL);
    if (t == &f64)
        return bits_of(d) == bits;
    double low = bits == 0 ? 0 : (value_of(t, bits - 1) + value_of(t, bits)) / 2;
    double high = (value_of(t, bits) + value_of(t, bits + 1)) / 2;
    return (bits & 1) != 0 ? low < d && d < high : low <= d && d <= high;
}

/* d.dd e x, the last digit moved by delta. */
static void nudge(const char *scientific, int delta, char *out)
{
    char digits[64];
    int n = 0, exponent = atoi(strchr(scientific, 'e') + 1);
    for (const char *p = scientific; *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    digits[n] = 0;
    sprintf(out, "%llde%d", atoll(digits) + delta, exponent - (n - 1));
}

/* The shortest text by trial: per length the decimal nearest to the value (ties to even), then its two neighbours. */
static bool try_length(const struct type *t, uint64_t bits, int n, char *out)
{
    char nearest[64];
    snprintf(nearest, sizeof nearest, "%.*e", n - 1, value_of(t, bits));
    strcpy(out, nearest);
    if (rounds_to(t, out, bits))
        return true;
    for (int delta = -1; delta <= 1; delta += 2) {
        nudge(nearest, delta, out);
        if (rounds_to(t, out, bits))
            return true;
    }
    return false;
}

/* Digits without leading and trailing zeros, and the exponent of the last one. */
static int digits_of(const char *text, char *digits, int *exponent)
{
    int n = 0, behind = 0;
    bool point = false;
    const char *p = text + (*text == '-');
    for (; *p != 0 && *p != 'e'; p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        if (n > 0 || *p != '0')
            digits[n++] = *p;
        behind += point;
    }
    *exponent = (*p == 'e' ? atoi(p + 1) : 0) - behind;
    while (n > 0 && digits[n - 1] == '0') {
        n--;
        ++*exponent;
    }
    digits[n] = 0;
    return n;
}

/* Python's repr layout, written from the digits. */
static void layout(const struct type *t, const char *digits, int exponent, char *out)
{
    int n = (int)strlen(digits), point = n + exponent;
    if (n == 0)
        strcpy(out, "0.0");
    else if (point <= -4 || point > t->plain)
        sprintf(out, "%c%s%se%c%02d", digits[0], n > 1 ? "." : "", digits + 1, point < 1 ? '-' : '+', abs(point - 1));
    else if (point <= 0)
        sprintf(out, "0.%.*s%s", -point, "000", digits);
    else if (point < n)
        sprintf(out, "%.*s.%s", point, digits, digits + point);
    else
        sprintf(out, "%s%.*s.0", digits, point - n, "000000000000000");
}

static size_t print(const struct type *t, uint64_t bits, char *text)
{
    memset(text, POISON, 64);
    size_t n = t->print(bits, text);
    if (n > t->max)
        fail_msg("%s %#llx takes %zu characters", t->name, (unsigned long long)bits, n);
    for (size_t i = t->max; i < 64; i++)
        assert_int_equal(text[i], POISON);
    text[n] = 0;
    return n;
}

/* Every law for one value of either sign: length, layout, reads back, nothing shorter, nothing as short but nearer. */
static void check_shortest(const struct type *t, uint64_t bits)
{
    char text[64], digits[64], want[96], trial[64];
    int exponent, n;
    uint64_t sign = UINT64_C(1) << (t->fraction_bits + t->exponent_bits);
    print(t, bits | sign, want);
    size_t len = print(t, bits, text);
    assert_int_equal(want[0], '-');
    assert_string_equal(want + 1, text);

    n = digits_of(text, digits, &exponent);
    layout(t, digits, exponent, want);
    assert_string_equal(text, want);
    if (!rounds_to(t, text, bits))
        fail_msg("%s %#llx: %s does not read back", t->name, (unsigned long long)bits, text);
    if (n > 1 && try_length(t, bits, n - 1, trial))
        fail_msg("%s %#llx: %s is shorter than %s", t->name, (unsigned long long)bits, trial, text);
    if (n > 0) {
        char trial_digits[64];
        int trial_exponent;
        assert_true(try_length(t, bits, n, trial));
        digits_of(trial, trial_digits, &trial_exponent);
        assert_string_equal(digits, trial_digits);
        assert_int_equal(exponent, trial_exponent);
    }
    double back;
    assert_true(wi_decimal_parse(text, len, &back));
    assert_true(bits_of(back) == bits_of(strtod(text, NULL)));
}

static void check_exhaustively(const struct type *t)
{
    size_t longest = 0;
    char text[64];
    for (uint64_t bits = 0; bits < infinity_of(t); bits++) {
        check_shortest(t, bits);
        size_t n = print(t, bits, text) + 1;
        longest = n > longest ? n : longest;
    }
    assert_int_equal(longest, t->max);
}

TEST(test_f16_every_value)
{
    check_exhaustively(&f16);
}

TEST(test_bf16_every_value)
{
    check_exhaustively(&bf16);
}

/* The values around every power of two, the ends of the range, and random bits. */
static void check_sample(const struct type *t, int random)
{
    uint64_t infinity = infinity_of(t), one = UINT64_C(1) << t->fraction_bits;
    for (uint64_t power = 0; power < infinity; power += one)
        for (uint64_t near = power >= 4 ? power - 4 : 0; near <= power + 4; near++)
            check_shortest(t, near);
    for (uint64_t power = 1; power < one; power *= 2)
        for (uint64_t near = power - 1; near <= power + 1; near++)
            check_shortest(t, near);
    for (int i = 1; i <= 4; i++)
        check_shortest(t, infinity - (uint64_t)i);
    for (int i = 0; i < random; i++)
        check_shortest(t, random_bits() % infinity);
}

TEST(test_f32_sample)
{
    check_sample(&f32, 200000);
    for (int e = -45; e <= 38; e++)
        for (int d = 1; d < 100; d++) {
            char text[32];
            uint32_t bits;
            sprintf(text, "%de%d", d, e);
            float f = strtof(text, NULL);
            memcpy(&bits, &f, sizeof bits);
            for (uint32_t near = bits > 1 ? bits - 1 : 0; near <= bits + 1 && near < infinity_of(&f32); near++)
                check_shortest(&f32, near);
        }
}

TEST(test_f64_sample)
{
    check_sample(&f64, 100000);
    for (int e = -325; e <= 308; e++)
        for (int d = 1; d < 20; d++) {
            char text[32];
            sprintf(text, "%de%d", d, e);
            uint64_t bits = bits_of(strtod(text, NULL));
            for (uint64_t near = bits > 1 ? bits - 1 : 0; near <= bits + 1 && near < infinity_of(&f64); near++)
                check_shortest(&f64, near);
        }
    for (int i = 0; i < 20000; i++)
        check_shortest(&f64, bits_of((double)(random_length()) / 1000));
}

TEST(test_known_texts)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.0, "0.0"},
        {1.0, "1.0"},
        {0.1, "0.1"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
        {0.00012345678901234567, "0.00012345678901234567"},
        {123456.789, "123456.789"},
        {1e15, "1000000000000000.0"},
        {1e16, "1e+16"},
        {9999999999999998.0, "9999999999999998.0"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {1.0000000000000001e23, "1.0000000000000001e+23"},
        {9007199254740993.0, "9007199254740992.0"},
        {5e-324, "5e-324"},
        {1e-323, "1e-323"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.0 / 3, "0.6666666666666666"},
        {1e100, "1e+100"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print(&f64, bits_of(rows[i].value), text);
        assert_string_equal(text, rows[i].text);
    }
    print(&f32, 0x3dcccccd, text);
    assert_string_equal(text, "0.1");
    print(&f32, 0x4b800000, text);
    assert_string_equal(text, "16777216.0");
    print(&f32, 0x00000001, text);
    assert_string_equal(text, "1e-45");
    print(&f32, 0x7f7fffff, text);
    assert_string_equal(text, "3.4028235e+38");
    print(&f16, 0x7bff, text);
    assert_string_equal(text, "65500.0");
    print(&f16, 0x2e66, text);
    assert_string_equal(text, "0.1");
    print(&bf16, 0x3dcd, text);
    assert_string_equal(text, "0.1");
    print(&bf16, 0x8000, text);
    assert_string_equal(text, "-0.0");
}

static void check_u64(uint64_t value)
{
    char want[32], text[64];
    int len = snprintf(want, sizeof want, "%llu", (unsigned long long)value);
    memset(text, POISON, sizeof text);
    assert_int_equal(wi_decimal_u64(value, text), len);
    assert_memory_equal(text, want, (size_t)len);
    assert_int_equal(text[WI_DECIMAL_U64_MAX], POISON);
    uint64_t back = ~value;
    assert_true(wi_decimal_parse_u64(text, (size_t)len, &back));
    assert_true(back == value);
    len = snprintf(want, sizeof want, "0x%llX", (unsigned long long)value);
    assert_true(wi_decimal_parse_u64(want, (size_t)len, &back));
    assert_true(back == value);
}

TEST(test_u64)
{
    check_u64(0);
    check_u64(UINT64_MAX);
    for (uint64_t ten = 1; ten <= UINT64_C(1000000000000000000); ten *= 10)
        for (uint64_t near = ten - 1; near <= ten + 1; near++)
            check_u64(near);
    for (int i = 0; i < 20000; i++)
        check_u64(random_length());
}

TEST(test_u64_rejections)
{
    /* clang-format off */
    static const char *const bad[] = {
        "", " ", "+1", "-1", "-0", " 1", "1 ", "1.0", "1e3", "0x", "0xg", "0X1", "x1", "a", "1_000", "0x 1", "0x-1",
        "18446744073709551616", "18446744073709551620", "99999999999999999999", "184467440737095516150",
        "0x10000000000000000", "0x1ffffffffffffffff", "1,0", "\xc2\xb2", "1f", "1:", "1/",
    };
    /* clang-format on */
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {
        {"18446744073709551615", UINT64_MAX}, {"0xffffffffffffffff", UINT64_MAX},   {"0", 0}, {"0x0", 0},
        {"00000000000000000000000007", 7},    {"0x00000000000000000000000aB", 171},
    };
    uint64_t value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wi_decimal_parse_u64(bad[i], strlen(bad[i]), &value) || value != 42)
            fail_msg("accepted \"%s\"", bad[i]);
    assert_false(wi_decimal_parse_u64("1\0", 2, &value));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(wi_decimal_parse_u64(good[i].text, strlen(good[i].text), &value));
        assert_true(value == good[i].value);
    }
}

/* ---- reading ---- */

static void check_parse(const char *text)
{
    double got = 42, want = strtod(text, NULL);
    bool ok = wi_decimal_parse(text, strlen(text), &got);
    if (ok != (isfinite(want) != 0) || (ok && bits_of(got) != bits_of(want)) || (!ok && got != 42))
        fail_msg("%s: got %d %a, want %a", text, ok, got, want);
}

TEST(test_parse_forms)
{
    /* clang-format off */
    static const char *const texts[] = {
        "0", "-0", "+0", "-0.0", "0e999999", "-0e-999999999999999999999", "0.e5", ".5", "5.", "+.5e-3", "1E5",
        "1e+05", "00012.50", "0.00000e1", "1e-999999999999999999999999", "-1e-400", "1e999999999999", "-1e309",
        "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "179769313486231580793e289",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "2.4703282292062327208e-324", "4.9e-324", "5e-324",
        "7.4e-324", "7.5e-324",
        "2.2250738585072011e-308", "2.2250738585072012e-308", "2.2250738585072013e-308", "2.2250738585072014e-308",
        "9007199254740993", "9007199254740993.0000000000000000000000001",
        "9007199254740992.9999999999999999999999999", "9007199254740995", "4503599627370496.5", "4503599627370497.5",
        "6.02214076e23", "1e22", "1e23", "8.5e22", "1e308", "1e309", "0.1", "0.30000000000000004",
        "123456789012345678901234567890", "1e0000000000000000000000001", "1e-00", "3.518437208883201171875e13",
        "62.5364939768271845828",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_parse(texts[i]);
}

TEST(test_parse_rejections)
{
    /* clang-format off */
    static const char *const bad[] = {
        "", " ", ".", "+", "-", "+.", "-.", "e", "e5", ".e5", "-e5", "1e", "1e+", "1e-", "1E", "1e.5", "1e5.",
        "1.5.", "1..5", "--1", "+-1", "-+1", "++1", "1-", "1 ", " 1", "1\n", "\t1", "0x10", "0x1p3", "1p3", "inf",
        "-inf", "Infinity", "nan", "NaN", "1f", "1d0", "1,5", "1_0", "1e5e5", "1e 5", "1e+-5", "abc", "\xc2\xbd",
        "1\xff", "/", ":", "1/", "1:", "\xe2\x88\x92\x31", "1e5\xb2", "'1'", "1;", "#1", "1%",
    };
    /* clang-format on */
    double value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (wi_decimal_parse(bad[i], strlen(bad[i]), &value) || value != 42)
            fail_msg("accepted \"%s\"", bad[i]);
    assert_false(wi_decimal_parse("1\0", 2, &value));
    assert_false(wi_decimal_parse("\0", 1, &value));
}

TEST(test_parse_reads_no_further_than_told)
{
    double value;
    assert_true(wi_decimal_parse("12345", 3, &value));
    assert_true(value == 123);
    assert_true(wi_decimal_parse("1.5e99", 3, &value));
    assert_true(value == 1.5);
    assert_false(wi_decimal_parse("1e5", 2, &value));
}

TEST(test_parse_lengths)
{
    char text[512];
    double value;
    memset(text, '9', sizeof text);
    text[400] = 0;
    assert_false(wi_decimal_parse(text, 400, &value)); /* overflow */
    text[1] = '.';
    check_parse(text);
    memset(text, '0', 401);
    check_parse("0");
    assert_true(wi_decimal_parse(text, 400, &value));
    assert_true(value == 0);
    assert_false(wi_decimal_parse(text, 401, &value)); /* too long */
    memcpy(text + 396, "1e5", 4);
    check_parse(text);
    text[0] = '.'; /* 0.000...1e5 */
    check_parse(text);
    memcpy(text + 394, "1e390", 6);
    check_parse(text);
    memset(text, '0', 401);
    text[0] = '1';
    memcpy(text + 394, "e-390", 6);
    check_parse(text);
}

/* Random words over the alphabet of numbers: what a plain recogniser accepts is read as strtod does. */
static bool is_number(const char *p)
{
    int digits = 0;
    p += *p == '+' || *p == '-';
    for (; *p >= '0' && *p <= '9'; p++)
        digits++;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++)
            digits++;
    if (digits == 0)
        return false;
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        if (*p < '0' || *p > '9')
            return false;
        while (*p >= '0' && *p <= '9')
            p++;
    }
    return *p == 0;
}

TEST(test_parse_garbage)
{
    static const char alphabet[] = "0123456789012345678900..ee+-E x,\x80nif";
    for (int i = 0; i < 400000; i++) {
        char text[24];
        size_t len = random_bits() % 12;
        for (size_t k = 0; k < len; k++)
            text[k] = alphabet[random_bits() % (i % 2 != 0 ? sizeof alphabet - 1 : 28)];
        text[len] = 0;
        double value = 42;
        if (is_number(text))
            check_parse(text);
        else if (wi_decimal_parse(text, len, &value) || value != 42)
            fail_msg("accepted \"%s\"", text);
    }
}

TEST(test_parse_random_digits)
{
    char text[512];
    for (int i = 0; i < 200000; i++) {
        int n = 1 + (int)(random_bits() % (i % 16 == 0 ? 380 : 25)), at = 0;
        int point = (int)(random_bits() % (uint64_t)(n + 1));
        for (int k = 0; k <= n; k++)
            text[at++] = k == point ? '.' : (char)('0' + random_bits() % 10);
        sprintf(text + at, "e%d", (int)(random_bits() % 700) - 360 - (i % 16 == 0 ? point : 0));
        check_parse(text);
    }
}

/* The midpoint above a double has a finite decimal expansion; it, and its close neighbours, are the worst cases. */
static void check_midpoint(uint64_t bits)
{
    char text[1200], *e;
    double d = f64_of(bits), gap = f64_of(bits + 1) - d;
    if (!isfinite(gap))
        return;
    /* long double's exponents reach below the smallest double and its 64 bits hold the midpoint. */
    snprintf(text, sizeof text, "%.780Le", (long double)d + (long double)gap / 2);
    e = strchr(text, 'e');
    char exponent[16];
    strcpy(exponent, e);
    int n = (int)(e - text);
    while (n > 3 && text[n - 1] == '0')
        n--;
    if (n > 380)
        n = 380; /* cut: just below */
    strcpy(text + n, exponent);
    check_parse(text);
    sprintf(text + n, "0000000001%s", exponent);
    check_parse(text);
    text[n - 1]--; /* the last digit is a 5, or some digit of a cut expansion */
    if (text[n - 1] >= '0') {
        sprintf(text + n, "9999999999%s", exponent);
        check_parse(text);
    }
}

TEST(test_parse_midpoints)
{
    for (int i = 0; i < 40000; i++) {
        check_midpoint(random_bits() >> 1 & UINT64_C(0x7fefffffffffffff));
        uint64_t significand = random_bits() >> 11;
        check_midpoint(bits_of(ldexp((double)significand, (int)(random_bits() % 130) - 65)));
        check_midpoint(random_length() >> 11);
    }
    for (uint64_t power = 0; power < infinity_of(&f64); power += UINT64_C(1) << 52)
        for (uint64_t near = power > 0 ? power - 2 : 0; near <= power + 2; near++)
            check_midpoint(near);
}

/* ---- the table of powers, by exact integer arithmetic ---- */

#define WORDS 44

struct integer {
    uint32_t word[WORDS]; /* least significant first */
};

static void multiply(struct integer *a, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (uint64_t)a->word[i] * factor;
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    assert_true(carry == 0);
}

static int bit_length(const struct integer *a)
{
    for (int i = WORDS * 32 - 1; i >= 0; i--)
        if (a->word[i / 32] >> i % 32 & 1)
            return i + 1;
    return 0;
}

static struct wi_u128 top_128(const struct integer *a)
{
    struct wi_u128 top = {0, 0};
    int length = bit_length(a);
    for (int i = 0; i < 128; i++) {
        int at = length - 1 - i;
        uint64_t bit = at >= 0 ? a->word[at / 32] >> at % 32 & 1 : 0;
        if (i < 64)
            top.hi |= bit << (63 - i);
        else
            top.lo |= bit << (127 - i);
    }
    return top;
}

/* 2^(127 - log2) with log2 = floor(log2(10^-n)), and s * 5^n * 2^n: s <= 10^-n * 2^(127 - log2) < s + 1. */
static bool is_floor_of_inverse(struct wi_u128 s, int n)
{
    int twos = 127 - wi_pow10_log2(-n) - n;
    struct integer low = {{(uint32_t)s.lo, (uint32_t)(s.lo >> 32), (uint32_t)s.hi, (uint32_t)(s.hi >> 32)}}, high = low;
    for (int i = 0; i < 4 && ++high.word[i] == 0; i++)
        ;
    for (int i = 0; i < n; i++) {
        multiply(&low, 5);
        multiply(&high, 5);
    }
    return bit_length(&low) <= twos && bit_length(&high) > twos;
}

TEST(test_powers)
{
    struct integer five = {{1}};
    for (int e = 0; e <= 335; e++, multiply(&five, 5)) {
        struct wi_u128 want = top_128(&five), got = wi_pow10_128(e);
        assert_true(got.hi == want.hi && got.lo == want.lo);
        assert_int_equal(wi_pow10_log2(e), bit_length(&five) - 1 + e);
        if (e <= 60)
            assert_true(wi_pow10_64(e) == want.hi);
    }
    for (int n = 1; n <= 364; n++) {
        struct wi_u128 got = wi_pow10_128(-n);
        assert_true(got.hi >> 63 == 1);
        assert_true(is_floor_of_inverse(got, n));
        if (n <= 60)
            assert_true(wi_pow10_64(-n) == got.hi);
    }
}

TEST(test_multiplication_without_wide_type)
{
    for (int i = 0; i < 100000; i++) {
        uint64_t a = random_length(), b = random_bits() | (i % 3 == 0 ? UINT64_C(0xffffffff00000000) : 0);
        if (i % 5 == 0)
            a = ~a;
        struct wi_u128 x = wi_mul64(a, b), y = wi_mul_words(a, b);
        assert_true(x.hi == y.hi && x.lo == y.lo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_multiplication_without_wide_type),
        cmocka_unit_test(test_known_texts),
        cmocka_unit_test(test_f16_every_value),
        cmocka_unit_test(test_bf16_every_value),
        cmocka_unit_test(test_f32_sample),
        cmocka_unit_test(test_f64_sample),
        cmocka_unit_test(test_u64),
        cmocka_unit_test(test_u64_rejections),
        cmocka_unit_test(test_parse_forms),
        cmocka_unit_test(test_parse_rejections),
        cmocka_unit_test(test_parse_reads_no_further_than_told),
        cmocka_unit_test(test_parse_lengths),
        cmocka_unit_test(test_parse_garbage),
        cmocka_unit_test(test_parse_random_digits),
        cmocka_unit_test(test_parse_midpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
