/* see decimal.h: text to the nearest binary number
 *
 * The first 19 digits times a 128-bit power of ten give an interval around the value, of relative width about 2^-58. If
 * both ends round to the same double, that double is the result. Otherwise the interval contains the midpoint of two
 * doubles, and an exact comparison with the midpoint decides. No floating-point arithmetic is used. */
#include "decimal.h"

#include "decimal/compare.h"
#include "decimal/power.h"

#include <string.h>

#define TEXT_MAX 400
#define LEAD_MAX 19         /* 10^19 < 2^64 */
#define EXPONENT_FAR 100000 /* written exponents stop growing here: no 400 digits can bring such a number back */
#define INFINITY_BITS (UINT64_C(0x7ff) << 52)

/* 0.ddd... * 10^point, first and last digit not zero; no digits: zero. */
struct number {
    unsigned char digit[TEXT_MAX];
    int n, point;
    bool negative;
};

/* product * 2^exponent */
struct wide {
    struct wi_u128 product;
    int exponent;
};

/* The double at or below a number, and the same rounded to nearest even. */
struct rounded {
    uint64_t below, nearest;
};

struct reader {
    const char *at, *end;
};

static bool is_digit(struct reader r)
{
    return r.at < r.end && *r.at >= '0' && *r.at <= '9';
}

static bool accept(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* True for a minus. */
static bool accept_sign(struct reader *r)
{
    bool minus = accept(r, '-');
    if (!minus)
        accept(r, '+');
    return minus;
}

/* Read digits and drop leading zeros. x->point grows by the digits before the point and falls by the zeros dropped
 * behind it. Returns how many digits were read. */
static int read_digits(struct reader *r, struct number *x, bool behind_point)
{
    const char *start = r->at;
    for (; is_digit(*r); r->at++) {
        unsigned char d = (unsigned char)(*r->at - '0');
        if (x->n > 0 || d > 0)
            x->digit[x->n++] = d;
        if (behind_point ? x->n == 0 : x->n > 0)
            x->point += behind_point ? -1 : 1;
    }
    return (int)(r->at - start);
}

static bool read_exponent(struct reader *r, int *exponent)
{
    bool negative = accept_sign(r);
    if (!is_digit(*r))
        return false;
    int e = 0;
    for (; is_digit(*r); r->at++)
        e = e < EXPONENT_FAR ? e * 10 + (*r->at - '0') : EXPONENT_FAR;
    *exponent = negative ? -e : e;
    return true;
}

static bool read_number(struct reader *r, struct number *x)
{
    x->n = 0;
    x->point = 0;
    x->negative = accept_sign(r);
    int digits = read_digits(r, x, false);
    if (accept(r, '.'))
        digits += read_digits(r, x, true);
    int exponent = 0;
    if (digits == 0 || ((accept(r, 'e') || accept(r, 'E')) && !read_exponent(r, &exponent)))
        return false;
    while (x->n > 0 && x->digit[x->n - 1] == 0)
        x->n--;
    x->point += exponent;
    return r->at == r->end;
}

static struct rounded round_wide(struct wide w)
{
    if (w.product.hi >> 63 == 0) {
        w.product.hi = w.product.hi << 1 | w.product.lo >> 63;
        w.product.lo <<= 1;
        w.exponent--;
    }
    int lead = w.exponent + 127; /* exponent of the top bit */
    if (lead > 1023)
        return (struct rounded){INFINITY_BITS, INFINITY_BITS};
    if (lead < -1075)
        return (struct rounded){0, 0};
    int kept = lead >= -1022 ? 53 : lead + 1075; /* 0 when only half of the smallest subnormal is there */
    uint64_t significand = kept > 0 ? w.product.hi >> (64 - kept) : 0;
    uint64_t half = w.product.hi >> (63 - kept) & 1;
    uint64_t rest = (w.product.hi & ((UINT64_C(1) << (63 - kept)) - 1)) | w.product.lo;
    uint64_t below = significand + (lead >= -1022 ? (uint64_t)(lead + 1022) << 52 : 0);
    return (struct rounded){below, below + (half & ((rest != 0) | (significand & 1)))};
}

static struct wide add(struct wide w, uint64_t hi, uint64_t lo)
{
    w.product.lo += lo;
    hi += w.product.lo < lo; /* hi is small: no carry out */
    w.product.hi += hi;
    if (w.product.hi < hi) {
        w.product.lo = w.product.lo >> 1 | w.product.hi << 63;
        w.product.hi = w.product.hi >> 1 | UINT64_C(1) << 63;
        w.exponent++;
    }
    return w;
}

/* x is close to the midpoint of the double `below` and the next one. Returns the nearer of the two. */
static uint64_t round_exactly(const struct number *x, uint64_t below)
{
    uint64_t field = below >> 52, fraction = below & ((UINT64_C(1) << 52) - 1);
    uint64_t significand = field > 0 ? fraction | UINT64_C(1) << 52 : fraction;
    int exponent = (field > 0 ? (int)field : 1) - 1075;
    int order = wi_decimal_compare(x->digit, x->n, x->point - x->n, 2 * significand + 1, exponent - 1);
    return below + (order > 0 || (order == 0 && (below & 1) != 0));
}

/* The magnitude's bits; x is not zero and -323 <= point <= 309. */
static uint64_t to_bits(const struct number *x)
{
    int lead_n = x->n < LEAD_MAX ? x->n : LEAD_MAX;
    uint64_t lead = 0;
    for (int i = 0; i < lead_n; i++)
        lead = lead * 10 + x->digit[i];
    int ten = x->point - lead_n, shift = __builtin_clzll(lead);
    struct wi_u128 power = wi_pow10_128(ten);
    struct wi_u128 high = wi_mul64(power.hi, lead << shift), low = wi_mul64(power.lo, lead << shift);
    struct wide w = {high, wi_pow10_log2(ten) - shift - 63};
    w = add(w, 0, low.hi);
    w.product.lo |= low.lo != 0;

    bool cut = x->n > lead_n, exact = ten >= 0 && ten <= 55;
    struct rounded least = round_wide(w);
    if (exact && !cut)
        return least.nearest;
    /* One unit of the power and the dropped words come to less than 3; one unit of the digits to 2^shift * power. */
    struct rounded most = round_wide(add(w, cut ? UINT64_C(1) << shift : 0, 3));
    return least.nearest == most.nearest ? least.nearest : round_exactly(x, least.below);
}

bool wi_decimal_parse(const char *text, size_t len, double *out)
{
    struct number x;
    if (len == 0 || len > TEXT_MAX || !read_number(&(struct reader){text, text + len}, &x))
        return false;
    /* 10^309 is beyond the largest double, 10^-324 below half of the smallest. */
    uint64_t bits = 0;
    if (x.n > 0 && x.point > 309)
        return false;
    if (x.n > 0 && x.point >= -323)
        bits = to_bits(&x);
    if (bits >= INFINITY_BITS)
        return false;
    bits |= (uint64_t)x.negative << 63;
    memcpy(out, &bits, sizeof bits);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

bool wi_decimal_parse_u64(const char *text, size_t len, uint64_t *out)
{
    bool hex = len > 2 && text[0] == '0' && text[1] == 'x';
    uint64_t base = hex ? 16 : 10, value = 0;
    size_t i = hex ? 2 : 0;
    if (len == 0)
        return false;
    for (; i < len; i++) {
        uint64_t d = (uint64_t)hex_digit(text[i]);
        if (d >= base || value > (UINT64_MAX - d) / base)
            return false;
        value = value * base + d;
    }
    *out = value;
    return true;
}
