/* lib/fmath against known answers (tests/vectors/fmath.txt): every function bit for bit, and both forms of fma. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmath/f32.h"
#include "fmath/f64.h"
#include "support/test.h"

#define VECTORS "tests/vectors/fmath.txt"

struct row {
    char name[8];
    uint64_t field[4];
    int fields;
};

static double d(uint64_t bits)
{
    return wi_f64_of(bits);
}

static float f(uint64_t bits)
{
    return wi_f32_of((uint32_t)bits);
}

struct unary64 {
    const char *name;
    double (*call)(double);
};

struct unary32 {
    const char *name;
    float (*call)(float);
};

static const struct unary64 unary64s[] = {{"log", wi_log_f64}, {"log1p", wi_log1p_f64}, {"exp", wi_exp_f64},
                                          {"sin", wi_sin_f64}, {"cos", wi_cos_f64},     {"erf", wi_erf_f64}};
static const struct unary32 unary32s[] = {{"logf", wi_log_f32}, {"log1pf", wi_log1p_f32}, {"expf", wi_exp_f32},
                                          {"sinf", wi_sin_f32}, {"cosf", wi_cos_f32},     {"erff", wi_erf_f32}};

static int is_named(const struct row *row, const char *name)
{
    return strcmp(row->name, name) == 0;
}

static uint64_t evaluate(const struct row *row)
{
    const uint64_t *x = row->field;
    for (size_t i = 0; i < sizeof unary64s / sizeof *unary64s; i++)
        if (is_named(row, unary64s[i].name))
            return wi_u64_of(unary64s[i].call(d(x[0])));
    for (size_t i = 0; i < sizeof unary32s / sizeof *unary32s; i++)
        if (is_named(row, unary32s[i].name))
            return wi_u32_of(unary32s[i].call(f(x[0])));
    if (is_named(row, "pow"))
        return wi_u64_of(wi_pow_f64(d(x[0]), d(x[1])));
    if (is_named(row, "fma")) {
        assert_int_equal(wi_u64_of(wi_fma(d(x[0]), d(x[1]), d(x[2]))), x[3]);
        return wi_u64_of(wi_fma_soft(d(x[0]), d(x[1]), d(x[2])));
    }
    assert_string_equal(row->name, "fmaf");
    assert_int_equal(wi_u32_of(wi_fmaf(f(x[0]), f(x[1]), f(x[2]))), x[3]);
    return wi_u32_of(wi_fmaf_soft(f(x[0]), f(x[1]), f(x[2])));
}

static int read_row(FILE *file, struct row *row)
{
    char line[128];
    do {
        if (!fgets(line, sizeof line, file))
            return 0;
    } while (line[0] == '#');
    char *at = strchr(line, ' ');
    assert_non_null(at);
    assert_in_range((size_t)(at - line), 1, sizeof row->name - 1);
    memset(row, 0, sizeof *row);
    memcpy(row->name, line, (size_t)(at - line));
    for (; *at == ' ' && row->fields < 4; row->fields++)
        row->field[row->fields] = strtoull(at, &at, 16);
    return 1;
}

TEST(test_known_answers)
{
    FILE *file = fopen(VECTORS, "r");
    assert_non_null(file);
    struct row row;
    int rows = 0;
    for (; read_row(file, &row); rows++) {
        uint64_t got = evaluate(&row);
        if (got != row.field[row.fields - 1])
            fail_msg("%s(%llx): %llx", row.name, (unsigned long long)row.field[0], (unsigned long long)got);
    }
    fclose(file);
    assert_true(rows > 900);
}

TEST(test_not_a_number)
{
    assert_true(wi_log_f64(-1.0) != wi_log_f64(-1.0));
    assert_true(wi_log1p_f64(-1.5) != wi_log1p_f64(-1.5));
    assert_true(wi_log_f32(-1.0f) != wi_log_f32(-1.0f));
    assert_true(wi_log1p_f32(-1.5f) != wi_log1p_f32(-1.5f));
    double nan = wi_f64_of(UINT64_C(0x7ff8000000000000));
    assert_true(wi_exp_f64(nan) != wi_exp_f64(nan));
    assert_true(wi_erf_f64(nan) != wi_erf_f64(nan));
    assert_true(wi_fma_soft(1.0, nan, 1.0) != wi_fma_soft(1.0, nan, 1.0));
    assert_true(wi_fma_soft(1.0, 1.0, nan) != wi_fma_soft(1.0, 1.0, nan));
}

/* With c = -RN(a*b) the result is the rounding error of the product, an exact number: scaling all three by powers of
 * two must scale it, and the scaled call takes the integer path. */
TEST(test_fma_gives_the_product_error)
{
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double a = d(seed >> 12 | UINT64_C(0x3ff0000000000000));
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double b = d(seed >> 12 | UINT64_C(0x3ff0000000000000));
        double p = a * b, error = wi_fma_soft(a, b, -p);
        assert_true(error == wi_fma(a, b, -p));
        assert_true(wi_fma_soft(a * 0x1p-440, b * 0x1p-460, -p * 0x1p-900) == error * 0x1p-900);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_not_a_number),
        cmocka_unit_test(test_fma_gives_the_product_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
