/* like=: what real frameworks drew (tests/vectors/like), asked for by request. Every vector line is one promise of
 * docs/LIKE.md: exact ones bit for bit, the others within their tolerance. */
#include "support/test.h"
#include "support/body.h"
#include "support/lines.h"
#include "support/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned wrong;

static void check_digest(const struct line *line)
{
    size_t n;
    char digest[65];
    uint8_t *bytes = body_bytes(line->field[1], &n);
    sha256_hex(bytes, n, digest);
    free(bytes);
    if (strcmp(digest, line->field[0]) == 0)
        return;
    print_error("%s:%u: %s: sha256 %s\n", line->path, line->number, line->field[1], digest);
    wrong++;
}

static void check_values(const struct line *line)
{
    size_t n;
    double *values = body_values(line->field[1], &n), tolerance = strtod(line->field[0] + 1, NULL);
    assert_int_equal(n + 2, line->n);
    for (size_t i = 0; i < n; i++) {
        double off = values[i] - strtod(line->field[i + 2], NULL);
        if (!(off <= tolerance && off >= -tolerance)) {
            print_error("%s:%u: %s: element %zu is off by %g\n", line->path, line->number, line->field[1], i, off);
            wrong++;
        }
    }
    free(values);
}

/* Exact answers call themselves exact, and no others do. */
static void check_line(const struct line *line, void *context)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    bool is_exact = line->field[0][0] != '~';
    (void)context;
    assert_int_equal(body_plan(&plan, line->field[1], &err), WI_OK);
    assert_int_equal(plan.part.tensor.exactness, is_exact ? WI_EXACT : WI_APPROXIMATE);
    assert_true(is_exact || plan.part.tensor.exactness_note[0]);
    if (is_exact)
        check_digest(line);
    else
        check_values(line);
}

static void check_file(const char *path, unsigned least)
{
    wrong = 0;
    unsigned n = lines_read(path, check_line, NULL);
    assert_true(n >= least);
    assert_int_equal(wrong, 0);
}

TEST(test_numpy)
{
    check_file("tests/vectors/like/numpy.txt", 285);
}

TEST(test_torch)
{
    check_file("tests/vectors/like/torch.txt", 2230);
}

TEST(test_jax)
{
    check_file("tests/vectors/like/jax.txt", 880);
}

TEST(test_tfjs)
{
    check_file("tests/vectors/like/tfjs.txt", 462);
}

enum { LIKES = 16, SCHEMES = 32 };

static void note_line(const struct line *line, void *context)
{
    bool(*seen)[SCHEMES] = context;
    struct wi_plan plan;
    struct wi_error err = {0};
    unsigned l = 0, s = 0;
    assert_int_equal(body_plan(&plan, line->field[1], &err), WI_OK);
    while (wi_like_at(l) != plan.part.tensor.like)
        l++;
    while (wi_like_scheme_at(plan.part.tensor.like, s) != plan.part.tensor.scheme)
        s++;
    assert_true(l < LIKES && s < SCHEMES);
    seen[l][s] = true;
}

/* No row without a vector from the real framework. */
TEST(test_every_row_has_a_vector)
{
    bool seen[LIKES][SCHEMES] = {{false}};
    unsigned missing = 0;
    lines_read("tests/vectors/like/numpy.txt", note_line, seen);
    lines_read("tests/vectors/like/torch.txt", note_line, seen);
    lines_read("tests/vectors/like/jax.txt", note_line, seen);
    lines_read("tests/vectors/like/tfjs.txt", note_line, seen);
    for (unsigned l = 1; wi_like_at(l); l++)
        for (unsigned s = 0; s < wi_like_at(l)->n_schemes; s++)
            if (!seen[l][s]) {
                print_error("like=%s&scheme=%s has no vector\n", wi_like_at(l)->name,
                            wi_like_scheme_at(wi_like_at(l), s)->name);
                missing++;
            }
    assert_int_equal(missing, 0);
}

/* What has no random numbers is never computed whole: a slice of a tensor of any size costs its own length. */
TEST(test_fixed_rows_are_random_access)
{
    for (unsigned l = 1; wi_like_at(l); l++)
        for (unsigned s = 0; s < wi_like_at(l)->n_schemes; s++) {
            const struct wi_scheme_info *scheme = wi_like_scheme_at(wi_like_at(l), s);
            char request[200];
            struct wi_plan plan;
            struct wi_error err = {0};
            snprintf(request, sizeof request, "like=%s&scheme=%s&%s", wi_like_at(l)->name, scheme->name,
                     scheme->example);
            assert_int_equal(body_plan(&plan, request, &err), WI_OK);
            if (scheme->seedless)
                assert_int_equal(plan.part.tensor.keep_bytes, 0);
            assert_int_equal(plan.part.tensor.keep_bytes > 0, scheme->whole);
        }
}

struct refusal {
    const char *request, *param;
    enum wi_status status;
};

TEST(test_refusals)
{
    static const struct refusal refusals[] = {
        {"like=numpy&scheme=normal&shape=3&stream=w", "stream", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=normal&shape=3&layout=oi", "layout", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=normal&shape=3&dtype=bf16", "dtype", WI_E_UNSUPPORTED},
        {"like=numpy&scheme=normal&shape=3&seed=4294967296", "seed", WI_E_PARAM_VALUE},
        {"like=numpy-generator&scheme=uniform&shape=3&low=1&high=0", "low", WI_E_PARAM_CONFLICT},
        {"like=numpy&scheme=normal&shape=3&bitgen=philox", "bitgen", WI_E_PARAM_UNUSED},
        {"like=torch&scheme=normal&shape=3&layout=io", "layout", WI_E_UNSUPPORTED},
        {"like=torch&scheme=orthogonal&shape=3,3&dtype=f16", "dtype", WI_E_UNSUPPORTED},
        {"like=torch@1.13&scheme=trunc_normal&shape=3&dtype=f16", "dtype", WI_E_UNSUPPORTED},
        {"like=torch&scheme=trunc_normal&shape=3&low=2&high=1", "low", WI_E_PARAM_CONFLICT},
        {"like=torch&scheme=trunc_normal&shape=3&std=0", "low", WI_E_PARAM_CONFLICT},
        {"like=torch&scheme=trunc_normal&shape=3&low=9&high=900", "low", WI_E_UNSUPPORTED},
        {"like=torch&scheme=kaiming_normal&shape=3,3&mode=fan_avg", "mode", WI_E_UNSUPPORTED},
        {"like=torch&scheme=kaiming_normal&shape=3,3&nonlinearity=relu&a=0.1", "a", WI_E_PARAM_CONFLICT},
        {"like=torch&scheme=lecun_normal&shape=3,3", "scheme", WI_E_PARAM_UNKNOWN},
        {"like=torch&scheme=constant&shape=2&dtype=f16&value=65519", "value", WI_E_PARAM_VALUE},
        {"like=torch&scheme=constant&shape=1&value=3.4028236e38", "value", WI_E_PARAM_VALUE},
        {"like=torch@2.0&scheme=constant&shape=1&dtype=f16&value=65519", "value", WI_E_PARAM_VALUE},
        {"like=torch@2.0&scheme=constant&shape=&dtype=bf16&value=-3.39e38", "value", WI_E_PARAM_VALUE},
        {"like=torch@1.13&scheme=constant&shape=&dtype=f16&value=65505", "value", WI_E_PARAM_VALUE},
        {"like=jax&scheme=normal&shape=3&seed=0x8000000000000000", "seed", WI_E_PARAM_VALUE},
        {"like=jax&scheme=orthogonal&shape=3,3&dtype=bf16", "dtype", WI_E_UNSUPPORTED},
        {"like=tfjs&scheme=normal&shape=3&seed=0", "seed", WI_E_UNSUPPORTED},
        {"like=tfjs&scheme=uniform&shape=3&seed=0x20000000000000", "seed", WI_E_PARAM_VALUE},
        {"like=tfjs&scheme=uniform&shape=3&dtype=f64", "dtype", WI_E_UNSUPPORTED},
        {"like=tfjs&scheme=variance_scaling&shape=3,3&seed=1&distribution=truncated_normal", "distribution",
         WI_E_UNSUPPORTED},
        {"like=tfjs&scheme=variance_scaling&shape=3,3&seed=1&mode=fan_geo_avg", "mode", WI_E_UNSUPPORTED},
        {"like=jax-legacy&scheme=normal&shape=4294967296", "shape", WI_E_SHAPE},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        enum wi_status status = body_plan(&plan, refusals[i].request, &err);
        if (status != refusals[i].status || strcmp(err.param, refusals[i].param) != 0)
            fail_msg("%s: status %d, param %s: %s", refusals[i].request, (int)status, err.param, err.text);
        assert_true(err.text[0]);
    }
}

/* Every level of the CPU gives the same bits. */
TEST(test_levels)
{
    static const char *const requests[] = {
        "like=numpy&scheme=standard_normal&shape=5003&seed=5&dtype=f64",
        "like=numpy-generator&scheme=standard_normal&shape=5003&seed=5&dtype=f64",
        "like=torch&scheme=normal&shape=5003&seed=5",
        "like=torch&scheme=normal&shape=1003&seed=5&dtype=f64",
        "like=torch&scheme=uniform&shape=1003&seed=5&low=-0.3&high=0.4",
        "like=torch@2.1&scheme=normal&shape=1003&seed=5&dtype=bf16",
        "like=torch@2.12&scheme=normal&shape=1003&seed=5&dtype=f16",
        "like=torch@1.13&scheme=trunc_normal&shape=1003&seed=5",
        "like=jax&scheme=normal&shape=5003&seed=5",
        "like=jax&scheme=truncated_normal&shape=1003&seed=5&dtype=f64",
        "like=torch&scheme=orthogonal&shape=40,30&seed=5",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char first[65], other[65];
        for (int level = WI_ISA_BASE; level < WI_ISA_COUNT; level++) {
            size_t n;
            wi_isa_limit((enum wi_isa)level);
            uint8_t *bytes = body_bytes(requests[i], &n);
            sha256_hex(bytes, n, level ? other : first);
            free(bytes);
            if (level)
                assert_string_equal(other, first);
        }
        wi_isa_limit(WI_ISA_AVX512);
    }
}

static const char *promise(const struct wi_like_info *like, const struct wi_scheme_info *scheme, const char *dtype)
{
    char request[300];
    struct wi_plan plan;
    struct wi_error err = {0};
    snprintf(request, sizeof request, "like=%s&scheme=%s&%s&dtype=%s", like->name, scheme->name, scheme->example,
             dtype);
    enum wi_status status = body_plan(&plan, request, &err);
    if (status != WI_OK) {
        assert_int_equal(status, WI_E_UNSUPPORTED);
        return "refused";
    }
    return plan.part.tensor.exactness == WI_EXACT ? "exact" : "near";
}

/* docs/LIKE.md has a row for every scheme of every table, and it says what a request is told. */
TEST(test_the_documented_table)
{
    static char text[1 << 17];
    FILE *file = fopen("docs/LIKE.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const struct wi_like_info *like;
    unsigned missing = 0;
    for (unsigned l = 1; (like = wi_like_at(l)); l++)
        for (unsigned i = 0; i < like->n_schemes; i++) {
            char row[300];
            const struct wi_scheme_info *s = wi_like_scheme_at(like, i);
            snprintf(row, sizeof row, "| `%s` | `%s` | %s | %s | %s | %s |", like->name, s->name,
                     promise(like, s, "f32"), promise(like, s, "f64"), promise(like, s, "f16"),
                     promise(like, s, "bf16"));
            if (!strstr(text, row)) {
                print_error("docs/LIKE.md lacks %s\n", row);
                missing++;
            }
        }
    assert_int_equal(missing, 0);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numpy),    cmocka_unit_test(test_torch),  cmocka_unit_test(test_jax),
        cmocka_unit_test(test_tfjs),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_levels), cmocka_unit_test(test_the_documented_table),
        cmocka_unit_test(test_every_row_has_a_vector),
        cmocka_unit_test(test_fixed_rows_are_random_access),
    };
    /* clang-format on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
