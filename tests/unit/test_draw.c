/* Draws: known answers, accuracy, ranges, instruction levels, bounds, types. Their distribution:
 * test_distribution.c. */
#include "draw.h"
#include "dist/kernel.h"
#include "isa.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/exact.h"
#include "support/lines.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const kind_names[WI_DRAW_KIND_COUNT] = {"constant", "uniform", "normal", "truncated"};

/* The four types behind one interface. */
static void draw_f32(const struct wi_draw *d, const struct wi_key *k, uint64_t first, size_t n, void *out)
{
    wi_draw_f32(d, k, first, n, out);
}
static void draw_f64(const struct wi_draw *d, const struct wi_key *k, uint64_t first, size_t n, void *out)
{
    wi_draw_f64(d, k, first, n, out);
}
static void draw_f16(const struct wi_draw *d, const struct wi_key *k, uint64_t first, size_t n, void *out)
{
    wi_draw_f16(d, k, first, n, out);
}
static void draw_bf16(const struct wi_draw *d, const struct wi_key *k, uint64_t first, size_t n, void *out)
{
    wi_draw_bf16(d, k, first, n, out);
}

static const struct type {
    const char *name;
    size_t bytes;
    void (*draw)(const struct wi_draw *, const struct wi_key *, uint64_t first, size_t n, void *out);
} types[] = {{"f32", 4, draw_f32}, {"f64", 8, draw_f64}, {"f16", 2, draw_f16}, {"bf16", 2, draw_bf16}};

static uint64_t element_bits(const struct type *type, const void *p)
{
    uint64_t x8 = 0;
    uint32_t x4 = 0;
    uint16_t x2 = 0;
    memcpy(&x8, p, type->bytes == 8 ? 8 : 0);
    memcpy(&x4, p, type->bytes == 4 ? 4 : 0);
    memcpy(&x2, p, type->bytes == 2 ? 2 : 0);
    return type->bytes == 8 ? x8 : type->bytes == 4 ? x4 : x2;
}

/* kind a b type seed stream domain first elements... */
static void check_known(const struct line *line, void *context)
{
    struct wi_draw draw = {WI_DRAW_CONSTANT, strtod(line->field[1], NULL), strtod(line->field[2], NULL)};
    struct wi_key key = {strtoull(line->field[4], NULL, 16), strtoull(line->field[5], NULL, 16),
                         (uint32_t)strtoul(line->field[6], NULL, 10)};
    const struct type *type = types;
    unsigned n = line->n - 8;
    double out[LINES_FIELDS];
    (void)context;
    while (strcmp(kind_names[draw.kind], line->field[0]) != 0)
        draw.kind++;
    while (strcmp(type->name, line->field[3]) != 0)
        type++;
    type->draw(&draw, &key, strtoull(line->field[7], NULL, 0), n, out);
    for (unsigned i = 0; i < n; i++) {
        uint64_t bits = element_bits(type, (char *)out + i * type->bytes);
        if (bits != strtoull(line->field[8 + i], NULL, 16))
            fail_msg("%s:%u: element %u is %llx", line->path, line->number, i, (unsigned long long)bits);
    }
}

TEST(test_known_answers)
{
    for (int level = 0; level < WI_ISA_COUNT; level++) {
        wi_isa_limit((enum wi_isa)level);
        assert_int_equal(lines_read("tests/vectors/draw.txt", check_known, NULL), 48);
    }
}

static const struct wi_draw draws[] = {{WI_DRAW_CONSTANT, 0.1, 0},   {WI_DRAW_UNIFORM, -1, 1},
                                       {WI_DRAW_UNIFORM, 0.25, 1e6}, {WI_DRAW_NORMAL, 0, 1},
                                       {WI_DRAW_NORMAL, 1e-3, 0.02}, {WI_DRAW_NORMAL, 0, 1e-7},
                                       {WI_DRAW_TRUNCATED, 0, 1},    {WI_DRAW_TRUNCATED, -3, 1e4}};

/* Any slice, at any level, is that part of the whole at the base level; nothing beyond it is written. */
static void check_slices(const struct type *type, const struct wi_draw *draw, uint64_t start)
{
    enum { N = 1400 };
    static unsigned char whole[8 * N], part[8 * N + 1];
    const struct wi_key key = {77, wi_stream_id("w", 1), WI_DOMAIN_VALUE};
    wi_isa_limit(WI_ISA_BASE);
    type->draw(draw, &key, start, N, whole);
    for (int level = 0; level < WI_ISA_COUNT; level++) {
        wi_isa_limit((enum wi_isa)level);
        for (size_t from = 0, n = 1; from < N; from += n, n = n * 2 + 1) {
            size_t bytes = (n < N - from ? n : N - from) * type->bytes;
            memset(part, 0xab, sizeof part);
            type->draw(draw, &key, start + from, bytes / type->bytes, part);
            assert_memory_equal(part, whole + from * type->bytes, bytes);
            assert_int_equal(part[bytes], 0xab);
        }
        type->draw(draw, &key, start, N, part);
        assert_memory_equal(part, whole, N * type->bytes);
    }
}

TEST(test_any_slice_any_level)
{
    static const uint64_t starts[] = {
        0, 1, 63, 1000, 987654321, (1ull << 40) + 31, (1ull << 58) - 77, (1ull << 59) - 1400};
    for (size_t s = 0; s < COUNT(starts); s++)
        for (size_t t = 0; t < COUNT(types); t++)
            for (size_t d = 0; d < COUNT(draws); d++)
                check_slices(&types[t], &draws[d], starts[s]);
}

/* f16 and bf16 are the rounded f32 draw. */
TEST(test_half_is_rounded_f32)
{
    enum { N = 3000 };
    static float single[N];
    static uint16_t half[N], expected[N];
    const struct wi_key key = {5, 6, WI_DOMAIN_VALUE};
    wi_isa_limit(WI_ISA_AVX512);
    for (size_t d = 0; d < COUNT(draws); d++) {
        wi_draw_f32(&draws[d], &key, 11, N, single);
        wi_f16_from_f32(single, N, expected);
        wi_draw_f16(&draws[d], &key, 11, N, half);
        assert_memory_equal(half, expected, sizeof half);
        wi_bf16_from_f32(single, N, expected);
        wi_draw_bf16(&draws[d], &key, 11, N, half);
        assert_memory_equal(half, expected, sizeof half);
    }
}

struct error {
    double max, sum2;
};

static void error_add(struct error *e, double ulps)
{
    e->max = fmax(e->max, ulps);
    e->sum2 += ulps * ulps;
}

enum { ACCURACY_N = 1 << 17 };

static void words_of(unsigned bits, const struct wi_key *key, uint64_t *words)
{
    static uint32_t narrow[ACCURACY_N];
    if (bits == 64) {
        wi_bits_u64(key, 0, ACCURACY_N, words);
        return;
    }
    wi_bits_u32(key, 0, ACCURACY_N, narrow);
    for (size_t i = 0; i < ACCURACY_N; i++)
        words[i] = narrow[i];
}

static double *standard_draw(unsigned bits, enum wi_draw_kind kind, const struct wi_key *key)
{
    static double wide[ACCURACY_N];
    static float narrow[ACCURACY_N];
    const struct wi_draw draw = {kind, 0, 1};
    if (bits == 64) {
        wi_draw_f64(&draw, key, 0, ACCURACY_N, wide);
        return wide;
    }
    wi_draw_f32(&draw, key, 0, ACCURACY_N, narrow);
    for (size_t i = 0; i < ACCURACY_N; i++)
        wide[i] = (double)narrow[i];
    return wide;
}

/* The limits are a little above what docs/ALGORITHM.md states from larger runs. */
static void check_accuracy(unsigned bits, double normal_max, double normal_rms, double truncated_max,
                           double truncated_rms)
{
    static uint64_t words[ACCURACY_N];
    const struct wi_key key = {2024, bits, WI_DOMAIN_VALUE};
    const int precision = bits == 32 ? 24 : 53;
    struct error normal = {0}, truncated = {0};
    words_of(bits, &key, words);
    const double *x = standard_draw(bits, WI_DRAW_NORMAL, &key);
    for (size_t i = 0; i < ACCURACY_N; i++) {
        size_t pair = (i & ~(size_t)63) + i % 32;
        long double radius = exact_radius(bits, words[pair]);
        long double z = radius * exact_circle(bits, words[pair + 32], i / 32 % 2);
        error_add(&normal, exact_ulps(x[i], z, radius, precision));
    }
    x = standard_draw(bits, WI_DRAW_TRUNCATED, &key);
    for (size_t i = 0; i < ACCURACY_N; i++) {
        long double z = exact_truncated(bits, words[i]);
        error_add(&truncated, exact_ulps(x[i], z, z, precision));
    }
    print_message("f%u: normal max %.2f rms %.2f ulp of the radius, truncated max %.3f rms %.3f ulp\n", bits,
                  normal.max, sqrt(normal.sum2 / ACCURACY_N), truncated.max, sqrt(truncated.sum2 / ACCURACY_N));
    assert_true(normal.max < normal_max && sqrt(normal.sum2 / ACCURACY_N) < normal_rms);
    assert_true(truncated.max < truncated_max && sqrt(truncated.sum2 / ACCURACY_N) < truncated_rms);
}

TEST(test_accuracy)
{
    check_accuracy(32, 3.0, 0.45, 0.53, 0.30);
    check_accuracy(64, 3.0, 0.45, 4.0, 0.85);
}

/* Scale, then shift, each rounded: never fused, at any level. */
TEST(test_product_and_sum_are_rounded)
{
    enum { N = 4096 };
    static float z[N], x[N];
    static double z8[N], x8[N];
    const struct wi_key key = {31, 41, WI_DOMAIN_VALUE};
    const struct wi_draw standard = {WI_DRAW_NORMAL, 0, 1}, draw = {WI_DRAW_NORMAL, -0.7, 1.1};
    for (int level = 0; level < WI_ISA_COUNT; level++) {
        int fused = 0, fused8 = 0;
        wi_isa_limit((enum wi_isa)level);
        wi_draw_f32(&standard, &key, 0, N, z);
        wi_draw_f32(&draw, &key, 0, N, x);
        wi_draw_f64(&standard, &key, 0, N, z8);
        wi_draw_f64(&draw, &key, 0, N, x8);
        for (int i = 0; i < N; i++) {
            volatile float product = z[i] * 1.1f, sum = product + -0.7f;
            volatile double product8 = z8[i] * 1.1, sum8 = product8 + -0.7;
            assert_true(x[i] == sum && x8[i] == sum8);
            fused += fmaf(z[i], 1.1f, -0.7f) != sum;
            fused8 += fma(z8[i], 1.1, -0.7) != sum8;
        }
        assert_true(fused > N / 100 && fused8 > N / 100); /* the check can tell */
    }
}

/* Never outside of the bounds as rounded in the type, whatever the rounding of the steps. */
static void check_bounds(const struct wi_draw *draw, double lo, double hi)
{
    enum { N = 100000 };
    static float x[N];
    static double x8[N];
    const struct wi_key key = {8, 9, WI_DOMAIN_VALUE};
    wi_draw_f32(draw, &key, 0, N, x);
    wi_draw_f64(draw, &key, 0, N, x8);
    for (int i = 0; i < N; i++) {
        assert_true(x[i] >= (float)lo && x[i] <= (float)hi);
        assert_true(x8[i] >= lo && x8[i] <= hi);
    }
}

TEST(test_bounds)
{
    static const double pairs[][2] = {{-1, 1},           {0, 1},         {0.1, 0.3},    {5, 5},
                                      {-1e-40, 1e-40},   {1e6, 1e6 + 1}, {-3e38, 3e38}, {16777216, 16777217},
                                      {-0.1, 0.70000001}};
    wi_isa_limit(WI_ISA_AVX512);
    for (size_t p = 0; p < COUNT(pairs); p++) {
        double a = pairs[p][0], b = pairs[p][1];
        check_bounds(&(struct wi_draw){WI_DRAW_UNIFORM, a, b}, a, b);
        check_bounds(&(struct wi_draw){WI_DRAW_TRUNCATED, a, fabs(b)}, a - 2 * fabs(b), a + 2 * fabs(b));
    }
    check_bounds(&(struct wi_draw){WI_DRAW_UNIFORM, -1.7e308, 1.7e308}, -1.7e308, 1.7e308);
}

/* With c = 0 the ends are open, 0 does not occur and no value is off the grid. */
TEST(test_uniform_grid)
{
    enum { N = 100000 };
    static float x[N];
    const struct wi_key key = {10, 11, WI_DOMAIN_VALUE};
    wi_draw_f32(&(struct wi_draw){WI_DRAW_UNIFORM, -1, 1}, &key, 0, N, x);
    for (int i = 0; i < N; i++) {
        double j = (double)x[i] * 0x1p24;
        assert_true(fabs(j) < 0x1p24 && fmod(fabs(j), 2) == 1);
    }
}

/* The smallest and the largest u, which no ordinary draw meets: words of all zeros and of all ones. */
TEST(test_extreme_words)
{
    uint32_t zeros[2 * WI_GROUP] = {0}, ones[2 * WI_GROUP];
    float x[WI_GROUP];
    double x8[WI_GROUP];
    memset(ones, 0xff, sizeof ones);
    for (int level = 0; level < WI_ISA_COUNT; level++) {
        wi_isa_limit((enum wi_isa)level);
        const struct wi_kernels *kernels = wi_kernels();
        kernels->f32[WI_DRAW_NORMAL](zeros, 1, &(struct wi_affine_f32){.scale = 1}, x);
        kernels->f64[WI_DRAW_NORMAL](zeros, 1, &(struct wi_affine_f64){.scale = 1}, x8);
        assert_true((double)x[0] <= WI_NORMAL_MAX_F32 && (double)x[0] > WI_NORMAL_MAX_F32 - 1e-3);
        assert_true(x8[0] <= WI_NORMAL_MAX_F64 && x8[0] > WI_NORMAL_MAX_F64 - 1e-3);
        assert_true(exact_ulps((long double)x[0], exact_radius(32, 0), 6, 24) < 3);
        assert_true(exact_ulps(x8[0], exact_radius(64, 0), 9, 53) < 3);
        kernels->f32[WI_DRAW_NORMAL](ones, 1, &(struct wi_affine_f32){.scale = 1}, x);
        kernels->f64[WI_DRAW_NORMAL](ones, 1, &(struct wi_affine_f64){.scale = 1}, x8);
        long double r = exact_radius(32, UINT32_MAX), r8 = exact_radius(64, UINT64_MAX);
        assert_true(exact_ulps((long double)x[32], r * exact_circle(32, UINT32_MAX, 1), r, 24) < 3);
        assert_true(exact_ulps(x8[32], r8 * exact_circle(64, UINT64_MAX, 1), r8, 53) < 3);
        kernels->f32[WI_DRAW_TRUNCATED](zeros, 1, &(struct wi_affine_f32){.scale = 1, .lo = -2, .hi = 2}, x);
        kernels->f64[WI_DRAW_TRUNCATED](ones, 1, &(struct wi_affine_f64){.scale = 1, .lo = -2, .hi = 2}, x8);
        assert_true(exact_ulps((long double)x[0], exact_truncated(32, 0), exact_truncated(32, 0), 24) < 1);
        assert_true(x8[0] >= -2 && x8[0] < -2 + 1e-14);
    }
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),       cmocka_unit_test(test_any_slice_any_level),
        cmocka_unit_test(test_half_is_rounded_f32), cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_product_and_sum_are_rounded), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_uniform_grid),        cmocka_unit_test(test_extreme_words),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
