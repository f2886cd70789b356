/* see fma.h */
#include "fmath/fma.h"

#include "base/wide.h"

/* (-1)^negative * m * 2^exponent, where m = hi * 2^64 + lo. */
struct wide {
    uint64_t hi, lo;
    int exponent;
    int negative;
};

static int exponent_field(double x)
{
    return (int)(wi_u64_of(x) >> 52 & 0x7ff);
}

static uint64_t significand(double x, int *exponent)
{
    uint64_t fraction = wi_u64_of(x) & 0xfffffffffffff;
    int field = exponent_field(x);
    *exponent = (field ? field : 1) - 1075;
    return field ? fraction | UINT64_C(1) << 52 : fraction;
}

static void shift_left(struct wide *w, int n)
{
    if (n >= 64) {
        w->hi = w->lo;
        w->lo = 0;
        n -= 64;
        w->exponent -= 64;
    }
    if (n > 0) {
        w->hi = w->hi << n | w->lo >> (64 - n);
        w->lo <<= n;
        w->exponent -= n;
    }
}

/* Shift right and set the last bit if any bit that was shifted out was set. */
static void shift_right_sticky(struct wide *w, int n)
{
    uint64_t lost = 0;
    w->exponent += n;
    if (n >= 128) {
        lost = w->hi | w->lo;
        w->hi = w->lo = 0;
    } else if (n >= 64) {
        lost = w->lo | (n > 64 ? w->hi << (128 - n) : 0);
        w->lo = n > 64 ? w->hi >> (n - 64) : w->hi;
        w->hi = 0;
    } else if (n > 0) {
        lost = w->lo << (64 - n);
        w->lo = w->lo >> n | w->hi << (64 - n);
        w->hi >>= n;
    }
    w->lo |= lost != 0;
}

static int top_bit(const struct wide *w)
{
    return w->hi ? 127 - __builtin_clzll(w->hi) : 63 - __builtin_clzll(w->lo);
}

static struct wide exact_product(double a, double b)
{
    int ea, eb;
    struct wi_u128 p = wi_mul64(significand(a, &ea), significand(b, &eb));
    return (struct wide){p.hi, p.lo, ea + eb, (int)((wi_u64_of(a) ^ wi_u64_of(b)) >> 63)};
}

static int is_below(const struct wide *x, const struct wide *y)
{
    return x->hi != y->hi ? x->hi < y->hi : x->lo < y->lo;
}

static struct wide sum_magnitudes(struct wide x, struct wide y)
{
    if (x.negative == y.negative) {
        x.lo += y.lo;
        x.hi += y.hi + (x.lo < y.lo);
        return x;
    }
    if (is_below(&x, &y)) {
        struct wide swap = x;
        x = y;
        y = swap;
    }
    x.hi -= y.hi + (x.lo < y.lo);
    x.lo -= y.lo;
    return x;
}

/* Align both so that bit 126 is the highest in use, which leaves one for the carry, then add. Bits shifted out are far
 * below the last bit of the result, unless the two nearly cancel; then no bit is shifted out. */
static struct wide exact_sum(struct wide x, struct wide y)
{
    shift_left(&x, 126 - top_bit(&x));
    shift_left(&y, 126 - top_bit(&y));
    if (x.exponent < y.exponent)
        shift_right_sticky(&x, y.exponent - x.exponent);
    else
        shift_right_sticky(&y, x.exponent - y.exponent);
    return sum_magnitudes(x, y);
}

static double round_wide(struct wide w)
{
    uint64_t sign = (uint64_t)w.negative << 63;
    int drop = top_bit(&w) - 54; /* leave 55 bits: 53 and two for rounding */
    if (w.exponent + drop < -1076)
        drop = -1076 - w.exponent; /* subnormal: the last bit kept is 2^-1074 */
    if (drop < 0)
        shift_left(&w, -drop);
    else
        shift_right_sticky(&w, drop);
    uint64_t m = w.lo >> 2, rest = w.lo & 3;
    m += rest > 2 || (rest == 2 && (m & 1));
    int exponent = w.exponent + 2; /* value = m * 2^exponent */
    if (m >> 53) {
        m >>= 1;
        exponent++;
    }
    if (exponent > 971)
        return wi_f64_of(sign | UINT64_C(0x7ff) << 52);
    uint64_t field = m >> 52 ? (uint64_t)(exponent + 1075) : 0;
    return wi_f64_of(sign | field << 52 | (m & 0xfffffffffffff));
}

/* a, b, c finite; a*b and c not zero. */
static double fma_integer(double a, double b, double c)
{
    struct wide addend = {0};
    addend.lo = significand(c, &addend.exponent);
    addend.negative = (int)(wi_u64_of(c) >> 63);
    struct wide sum = exact_sum(exact_product(a, b), addend);
    return sum.hi | sum.lo ? round_wide(sum) : 0.0;
}

static int is_moderate(double x)
{
    int field = exponent_field(x);
    return field > 623 && field < 1423; /* 2^-400 < |x| < 2^400: no overflow and no underflow */
}

double wi_fma_soft(double a, double b, double c)
{
    if (is_moderate(a) && is_moderate(b) && is_moderate(c))
        return wi_fma_soft_moderate(a, b, c);
    if (exponent_field(a) == 0x7ff || exponent_field(b) == 0x7ff || exponent_field(c) == 0x7ff)
        return exponent_field(a) == 0x7ff || exponent_field(b) == 0x7ff ? a * b + c : c + 0.0;
    if (a == 0 || b == 0)
        return a * b + c;
    return c == 0 ? a * b : fma_integer(a, b, c);
}
