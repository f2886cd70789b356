/* Singular values of Jacobians, and the experiment of equal units, against what is known of them. */
#include <spectrum.h>
#include <symmetry.h>
#include <wi.h>

#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Make the first n values of a scheme, in f64. */
static void make(const char *scheme, unsigned rows, unsigned cols, const char *more, double *out)
{
    static char memory[1 << 20];
    struct wi_sizes sizes;
    char query[256];
    snprintf(query, sizeof query, "scheme=%s&shape=%u,%u&dtype=f64&format=raw%s", scheme, rows, cols, more);
    assert_int_equal(wi_get(query, memory, sizeof memory, &sizes, NULL), WI_OK);
    memcpy(out, memory, (size_t)sizes.body_bytes);
}

/* ---- singular values --------------------------------------------------------------------------------------------- */

TEST(test_singular_values_that_are_known)
{
    double diagonal[9] = {0, -3, 0, 2, 0, 0, 0, 0, 5}, values[8], zeros[4] = {0};
    wi_singular_values(diagonal, 3, values);
    assert_true(fabs(values[0] - 5) < 1e-15 && fabs(values[1] - 3) < 1e-15 && fabs(values[2] - 2) < 1e-15);
    double shear[4] = {1, 1, 0, 1}; /* the golden ratio and its inverse */
    wi_singular_values(shear, 2, values);
    assert_true(fabs(values[0] - 1.618033988749895) < 1e-15 && fabs(values[1] - 0.618033988749895) < 1e-15);
    double small[4] = {1e-200, 1e-200, 0, 1e-200};
    wi_singular_values(small, 2, values);
    assert_true(fabs(values[0] / 1.618033988749895e-200 - 1) < 1e-14);
    wi_singular_values(zeros, 2, values);
    assert_true(values[0] == 0 && values[1] == 0);
    double broken[4] = {1, INFINITY, 0, 1};
    wi_singular_values(broken, 2, values);
    assert_true(isnan(values[0]) && isnan(values[1]));
    double ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}; /* of rank 1 */
    wi_singular_values(ones, 3, values);
    assert_true(fabs(values[0] - 3) < 1e-14 && values[1] < 1e-14 && values[2] < 1e-14);
}

/* The sum of squares is that of the elements, and the product is the determinant, by elimination. */
TEST(test_singular_values_of_random_matrices)
{
    enum { N = 37 };
    static double matrix[N * N], copy[N * N], values[N];
    double squares = 0, sum = 0, log_product = 0, log_determinant = 0;
    make("normal&std=1", N, N, "&seed=5", matrix);
    memcpy(copy, matrix, sizeof copy);
    for (unsigned i = 0; i < N * N; i++)
        squares += matrix[i] * matrix[i];
    wi_singular_values(matrix, N, values);
    for (unsigned i = 0; i < N; i++) {
        assert_true(i == 0 || values[i] <= values[i - 1]);
        sum += values[i] * values[i];
        log_product += log(values[i]);
    }
    assert_true(fabs(sum / squares - 1) < 1e-13);
    for (unsigned k = 0; k < N; k++) {
        unsigned pivot = k;
        for (unsigned i = k; i < N; i++)
            pivot = fabs(copy[i * N + k]) > fabs(copy[pivot * N + k]) ? i : pivot;
        for (unsigned j = 0; j < N; j++) {
            const double value = copy[k * N + j];
            copy[k * N + j] = copy[pivot * N + j];
            copy[pivot * N + j] = value;
        }
        log_determinant += log(fabs(copy[k * N + k]));
        for (unsigned i = k + 1; i < N; i++)
            for (unsigned j = N; j-- > k;)
                copy[i * N + j] -= copy[i * N + k] / copy[k * N + k] * copy[k * N + j];
    }
    assert_true(fabs(log_product - log_determinant) < 1e-11);
}

struct maker {
    const char *scheme;
    unsigned width;
};

static bool weights(void *ctx, unsigned layer, double *out)
{
    const struct maker *maker = ctx;
    char more[48];
    snprintf(more, sizeof more, "&seed=7&stream=layer.%u.weight", layer - 1);
    make(maker->scheme, maker->width, maker->width, more, out);
    return true;
}

static void spectrum(const char *scheme, enum wi_nonlinearity_id id, unsigned width, double *values)
{
    static const unsigned depths[] = {1, 5, 20, 50};
    struct maker maker = {scheme, width};
    const struct wi_spectrum s = {{id, 0.01}, width, 4, depths, weights, &maker};
    double input[WI_SPECTRUM_WIDTH_MAX];
    const struct wi_draw normal = {WI_DRAW_NORMAL, 0, 1};
    wi_draw_f64(&normal, &(struct wi_key){7, wi_stream_id("sweep.input", 11), WI_DOMAIN_VALUE}, 0, width, input);
    void *memory = malloc(wi_spectrum_bytes(&s));
    assert_non_null(memory);
    assert_true(wi_spectrum_run(&s, input, memory, values));
    free(memory);
}

TEST(test_orthogonal_keeps_every_direction)
{
    static double values[4 * 128];
    spectrum("orthogonal", WI_LINEAR, 64, values);
    for (unsigned i = 0; i < 4 * 64; i++)
        if (fabs(values[i] - 1) > 1e-6)
            fail_msg("singular value %u is %.17g", i, values[i]);
    spectrum("lecun_normal", WI_LINEAR, 64, values); /* the same std */
    assert_true(values[0] > 1.7 && values[0] < 2.2); /* Marchenko and Pastur: 2 */
    assert_true(values[3 * 64] / values[4 * 64 - 1] > 1e10);
    spectrum("he_normal", WI_RELU, 32, values); /* about half of the units are off */
    assert_true(values[0] > 1 && values[31] < 1e-14 * values[0]);
}

/* ---- equal units ------------------------------------------------------------------------------------------------- */

static void learn(const char *scheme, enum wi_nonlinearity_id id, struct wi_symmetry *out)
{
    const struct wi_activation activation = {id, 0.01};
    double first[16], second[8];
    const bool is_random = strncmp(scheme, "zeros", 5) != 0 && strncmp(scheme, "constant", 8) != 0;
    make(scheme, 2, 8, is_random ? "&seed=7&stream=layer.0.weight" : "", first);
    make(scheme, 8, 1, is_random ? "&seed=7&stream=layer.1.weight" : "", second);
    wi_symmetry_run(&activation, first, second, out);
}

TEST(test_equal_units_stay_equal)
{
    static struct wi_symmetry s;
    for (unsigned id = 0; id < WI_SOFTMAX; id++) {
        learn("zeros", (enum wi_nonlinearity_id)id, &s);
        assert_int_equal(s.distinct, 1);
        learn("constant&value=0.5", (enum wi_nonlinearity_id)id, &s);
        assert_int_equal(s.distinct, 1);
        learn("xavier_normal", (enum wi_nonlinearity_id)id, &s);
        assert_int_equal(s.distinct, 8);
    }
    learn("zeros", WI_TANH, &s);
    assert_true(s.first_gradient == 0);
    assert_true(fabs(s.loss[WI_SYMMETRY_POINTS - 1] - 0.6931471805599453) < 1e-12);
    learn("zeros", WI_SIGMOID, &s); /* they move, but as one */
    assert_true(s.first_gradient == 0 || s.loss[0] > s.loss[WI_SYMMETRY_POINTS - 1] - 1e-9);
    learn("xavier_normal", WI_TANH, &s);
    assert_true(s.loss[WI_SYMMETRY_POINTS - 1] < 0.02);
    assert_true(s.first_gradient > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_singular_values_that_are_known),
        cmocka_unit_test(test_singular_values_of_random_matrices),
        cmocka_unit_test(test_orthogonal_keeps_every_direction),
        cmocka_unit_test(test_equal_units_stay_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
