/* f32 to f16 and bf16 against a reference that rounds by the definition, and back. */
#include "draw.h"
#include "isa.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A binary format: significand bits after the point, smallest normal exponent, largest exponent. */
static const struct format {
    int fraction, min_exponent, max_exponent;
    void (*round)(const float *, size_t, uint16_t *);
    float (*widen)(uint16_t);
} f16 = {10, -14, 15, wi_f16_from_f32, wi_f32_from_f16}, bf16 = {7, -126, 127, wi_bf16_from_f32, wi_f32_from_bf16};

static float f32_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The nearest multiple of the unit at x's exponent, by nearbyint, encoded field by field. x is not NaN. */
static uint16_t reference(const struct format *f, float x)
{
    unsigned sign = signbit(x) ? 0x8000 : 0, infinity = (unsigned)(f->max_exponent - f->min_exponent + 2)
                                                        << f->fraction;
    double a = fabs((double)x);
    int exponent;
    if (isinf(x))
        return (uint16_t)(sign | infinity);
    frexp(a, &exponent);
    exponent = a == 0 || exponent - 1 < f->min_exponent ? f->min_exponent : exponent - 1;
    double units = nearbyint(ldexp(a, f->fraction - exponent));
    if (ldexp(units, exponent - f->fraction) >= ldexp(1, f->max_exponent + 1))
        return (uint16_t)(sign | infinity);
    /* A carry into the next power of two is a carry in the encoding too. */
    unsigned encoded = (unsigned)units + ((unsigned)(exponent - f->min_exponent) << f->fraction);
    return (uint16_t)(sign | encoded);
}

enum { BATCH = 1003 };

static void check_batch(const struct format *f, const float *x, size_t n)
{
    uint16_t out[BATCH];
    f->round(x, n, out);
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) {
            float back = f->widen(out[i]);
            assert_true(isnan(back) && !signbit(back) == !signbit(x[i]));
        } else if (out[i] != reference(f, x[i])) {
            fail_msg("%a (%08x) gives %04x, not %04x", (double)x[i], bits_of(x[i]), out[i], reference(f, x[i]));
        }
    }
}

/* Every 251st f32 of all 2^32, in batches that exercise the vector body and the tail. */
static void check_sample(const struct format *f)
{
    float x[BATCH];
    size_t n = 0;
    for (uint64_t bits = 0; bits < (1ull << 32); bits += 251) {
        x[n++] = f32_of((uint32_t)bits);
        if (n == BATCH) {
            check_batch(f, x, n);
            n = 0;
        }
    }
    check_batch(f, x, n);
}

/* Every value of the format, the point midway to the next one, and the neighbours of both in f32. */
static void check_all_values_and_ties(const struct format *f)
{
    float x[7];
    for (uint32_t h = 0; h < 0x10000; h++) {
        float low = f->widen((uint16_t)h), high = f->widen((uint16_t)(h + 1));
        if (isnan(low) || isinf(low))
            continue;
        /* Past the largest finite value comes the next power of two. */
        double next = isinf(high) ? copysign(ldexp(1, f->max_exponent + 1), (double)low) : (double)high;
        float tie = (h & 0x7fff) == 0x7fff ? low : (float)(((double)low + next) / 2);
        uint32_t at = bits_of(low), middle = bits_of(tie);
        uint32_t around[] = {at, at + 1, at - 1, middle, middle + 1, middle - 1, at ^ 0x80000000};
        for (int i = 0; i < 7; i++)
            x[i] = f32_of(around[i]);
        check_batch(f, x, 7);
        uint16_t same;
        f->round(&low, 1, &same);
        assert_int_equal(same, h);
    }
}

static void check_format(const struct format *f)
{
    for (int level = 0; level < WI_ISA_COUNT; level++) {
        wi_isa_limit((enum wi_isa)level);
        check_all_values_and_ties(f);
    }
    check_sample(f);
}

TEST(test_f16)
{
    check_format(&f16);
}

TEST(test_bf16)
{
    check_format(&bf16);
}

/* value, f16, bf16: zeros, subnormals, ties, overflow, infinities. */
TEST(test_known_values)
{
    static const struct {
        float x;
        unsigned f16, bf16;
        /* clang-format off */
    } known[] = {
        /* clang-format on */
        {0.0f, 0x0000, 0x0000},        {-0.0f, 0x8000, 0x8000},         {1.0f, 0x3c00, 0x3f80},
        {-2.5f, 0xc100, 0xc020},       {65504.0f, 0x7bff, 0x4780},      {65519.996f, 0x7bff, 0x4780},
        {65520.0f, 0x7c00, 0x4780},    {3.4028235e38f, 0x7c00, 0x7f80}, {0x1p-24f, 0x0001, 0x3380},
        {0x1p-25f, 0x0000, 0x3300},    {0x1.8p-24f, 0x0002, 0x33c0},    {0x1.ffcp-15f, 0x0400, 0x3880},
        {INFINITY, 0x7c00, 0x7f80},    {-INFINITY, 0xfc00, 0xff80},     {1.00390625f, 0x3c04, 0x3f80},
        {1.01171875f, 0x3c0c, 0x3f82},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint16_t half, brain;
        wi_f16_from_f32(&known[i].x, 1, &half);
        wi_bf16_from_f32(&known[i].x, 1, &brain);
        assert_int_equal(half, known[i].f16);
        assert_int_equal(brain, known[i].bf16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_f16), cmocka_unit_test(test_bf16),
                                       cmocka_unit_test(test_known_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
