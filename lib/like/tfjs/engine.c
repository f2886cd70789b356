/* see engine.h */
#include "like/tfjs/engine.h"

#include "decimal.h"
#include "fmath/fma.h"

/* ---- Alea ---- */

static double mash(double *state, const char *text, size_t len)
{
    double n = *state;
    for (size_t i = 0; i < len; i++) {
        n += (double)(unsigned char)text[i];
        double h = 0.02519603282416938 * n;
        n = (double)(uint32_t)(uint64_t)h;
        h = (h - n) * n;
        n = (double)(uint32_t)(uint64_t)h;
        h -= n;
        n += h * 4294967296.0;
    }
    *state = n;
    return (double)(uint32_t)(uint64_t)n * 2.3283064365386963e-10;
}

static double less(double s, double by)
{
    s -= by;
    return s < 0 ? s + 1 : s;
}

void wi_tfjs_seed(struct wi_tfjs *t, uint64_t seed)
{
    char digits[20];
    size_t len = wi_decimal_u64(seed, digits);
    double state = 4022871197.0;
    t->s0 = mash(&state, " ", 1);
    t->s1 = mash(&state, " ", 1);
    t->s2 = mash(&state, " ", 1);
    t->s0 = less(t->s0, mash(&state, digits, len));
    t->s1 = less(t->s1, mash(&state, digits, len));
    t->s2 = less(t->s2, mash(&state, digits, len));
    t->carry = 1;
    t->has_spare = false;
}

double wi_tfjs_next(struct wi_tfjs *t)
{
    double x = 2091639 * t->s0 + t->carry * 2.3283064365386963e-10;
    t->s0 = t->s1;
    t->s1 = t->s2;
    t->carry = (double)(int32_t)x;
    t->s2 = x - t->carry;
    return t->s2;
}

/* ---- samplers ---- */

void wi_tfjs_uniform(struct wi_tfjs *t, double low, double high, size_t n, float *out)
{
    double range = high - low;
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(low + range * wi_tfjs_next(t));
}

/* fdlibm's log of 0 < x < 1. */
static double js_log(double x)
{
    const double ln2_hi = 0x1.62e42feep-1, ln2_lo = 0x1.a39ef35793c76p-33;
    uint64_t bits = wi_u64_of(x);
    int32_t k = (int32_t)(bits >> 52) - 1023, high = (int32_t)(bits >> 32 & 0xfffff);
    int32_t carry = (high + 0x95f64) & 0x100000;
    k += carry >> 20;
    double f = wi_f64_of((uint64_t)(uint32_t)(high | (carry ^ 0x3ff00000)) << 32 | (bits & 0xffffffff)) - 1.0, dk = k;
    if ((0xfffff & (2 + high)) < 3) { /* |f| < 2^-20 */
        double r = f * f * (0.5 - 0.33333333333333333 * f);
        if (f == 0)
            return dk * ln2_hi + dk * ln2_lo;
        return k == 0 ? f - r : dk * ln2_hi - ((r - dk * ln2_lo) - f);
    }
    double s = f / (2.0 + f), z = s * s, w = z * z;
    double t1 = w * (0x1.999999997fa04p-2 + w * (0x1.c71c51d8e78afp-3 + w * 0x1.39a09d078c69fp-3));
    double t2 =
        z * (0x1.5555555555593p-1 + w * (0x1.2492494229359p-2 + w * (0x1.7466496cb03dep-3 + w * 0x1.2f112df3e5244p-3)));
    double r = t2 + t1;
    if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
        double half = 0.5 * f * f;
        return k == 0 ? f - (half - s * (half + r)) : dk * ln2_hi - ((half - (s * (half + r) + dk * ln2_lo)) - f);
    }
    return k == 0 ? f - s * (f - r) : dk * ln2_hi - ((s * (f - r) - dk * ln2_lo) - f);
}

static void draw_pair(struct wi_tfjs *t, double mean, double std, double *x, double *y)
{
    double v1, v2, s;
    do {
        v1 = 2 * wi_tfjs_next(t) - 1;
        v2 = 2 * wi_tfjs_next(t) - 1;
        s = v1 * v1 + v2 * v2;
    } while (s >= 1 || s == 0);
    double factor = __builtin_sqrt(-2.0 * js_log(s) / s);
    *x = mean + std * v1 * factor;
    *y = mean + std * v2 * factor;
}

void wi_tfjs_normal(struct wi_tfjs *t, double mean, double std, bool truncated, size_t n, float *out)
{
    double upper = mean + std * 2, lower = mean - std * 2;
    for (size_t i = 0; i < n; i++) {
        double x = t->spare, y;
        if (t->has_spare) {
            t->has_spare = false;
        } else {
            do
                draw_pair(t, mean, std, &x, &y);
            while (truncated && !(x <= upper && x >= lower)); /* y is dropped with x */
            t->spare = y;
            t->has_spare = !truncated || (y <= upper && y >= lower);
        }
        out[i] = (float)x;
    }
}
