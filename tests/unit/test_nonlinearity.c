/* Nonlinearities: torch's gains, and recommendations that work. */
#include "support/test.h"
#include "support/body.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define N(list) (sizeof(list) / sizeof *(list))

static const struct wi_nonlinearity *find(const char *name)
{
    return wi_nonlinearity_find(name, strlen(name));
}

/* What torch.nn.init.calculate_gain returns. */
TEST(test_gains)
{
    static const struct {
        const char *name;
        double a, gain;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"linear", 0, 1},
        {"conv1d", 0, 1},
        {"conv2d", 0, 1},
        {"conv3d", 0, 1},
        {"sigmoid", 0, 1},
        {"tanh", 0, 5.0 / 3},
        {"relu", 0, 1.4142135623730951},
        {"selu", 0, 0.75},
        {"leaky_relu", 0.01, 1.4141428569978354},
        {"leaky_relu", 0, 1.4142135623730951},
        {"leaky_relu", 0.2, 1.3867504905630728},
        {"leaky_relu", -1, 1},
        {"leaky_relu", 2.2360679774997896, 0.5773502691896258},
    };
    for (size_t i = 0; i < N(cases); i++) {
        const struct wi_nonlinearity *n = find(cases[i].name);
        assert_non_null(n);
        if (fabs(n->gain(cases[i].a) - cases[i].gain) > 1e-15 * cases[i].gain)
            fail_msg("%s(%g): %.17g", cases[i].name, cases[i].a, n->gain(cases[i].a));
    }
    static const char *const without[] = {"gelu", "silu", "elu", "mish", "softmax", "softplus"};
    for (size_t i = 0; i < N(without); i++)
        assert_null(find(without[i])->gain);
}

/* The activations and their derivatives, written with libm. */
static double logistic(double z)
{
    return 1 / (1 + exp(-z));
}

static double softplus(double z)
{
    return log1p(exp(-fabs(z))) + fmax(z, 0);
}

static double normal_cdf(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

#define SELU_SCALE 1.0507009873554805
#define SELU_ALPHA 1.6732632423543772

static double phi_at(enum wi_nonlinearity_id id, double z)
{
    switch (id) {
    case WI_LINEAR:
        return z;
    case WI_SIGMOID:
        return logistic(z);
    case WI_TANH:
        return tanh(z);
    case WI_RELU:
        return fmax(z, 0);
    case WI_LEAKY_RELU:
        return z > 0 ? z : 0.01 * z;
    case WI_SELU:
        return SELU_SCALE * (z > 0 ? z : SELU_ALPHA * expm1(z));
    case WI_GELU:
        return z * normal_cdf(z);
    case WI_SILU:
        return z * logistic(z);
    case WI_ELU:
        return z > 0 ? z : expm1(z);
    case WI_MISH:
        return z * tanh(softplus(z));
    default:
        return softplus(z);
    }
}

/* By differences of fourth order; no node of the integrals is so near to the kink at 0 that they span it. */
static double slope_at(enum wi_nonlinearity_id id, double z)
{
    const double h = 1e-4;
    return (8 * (phi_at(id, z + h) - phi_at(id, z - h)) - (phi_at(id, z + 2 * h) - phi_at(id, z - 2 * h))) / (12 * h);
}

struct expectations {
    double square, slope_square, product; /* E phi^2, E phi'^2, E z phi phi' for z ~ N(0, 1) */
};

static struct expectations expect(enum wi_nonlinearity_id id)
{
    struct expectations e = {0};
    const double step = 1e-3; /* nodes lie at half steps, none at 0 */
    for (int i = -12000; i < 12000; i++) {
        const double z = (i + 0.5) * step, phi = phi_at(id, z), slope = slope_at(id, z);
        const double weight = step * exp(-z * z / 2) / sqrt(2 * acos(-1));
        e.square += weight * phi * phi;
        e.slope_square += weight * slope * slope;
        e.product += weight * z * phi * slope;
    }
    return e;
}

/* The gains of the table are the integrals that they stand for. */
TEST(test_gains_of_signals)
{
    for (unsigned i = 0; i < WI_SOFTMAX; i++) {
        const struct wi_nonlinearity *n = wi_nonlinearity_at(i);
        const struct expectations e = expect((enum wi_nonlinearity_id)i);
        const double forward = 1 / sqrt(e.square), backward = 1 / sqrt(e.slope_square);
        if (fabs(forward / n->forward_gain - 1) > 1e-6 || fabs(backward / n->backward_gain - 1) > 1e-6 ||
            fabs(e.product / e.square / n->elasticity - 1) > 1e-6)
            fail_msg("%s: %.17g %.17g %.17g", n->name, forward, backward, e.product / e.square);
        assert_true(*n->depth_note);
    }
    assert_true(wi_nonlinearity_at(WI_SOFTMAX)->elasticity == 0);
}

TEST(test_asked_for)
{
    static const struct {
        const char *name, *row, *scheme;
        /* clang-format off */
    } cases[] = {
        /* clang-format on */
        {"sigmoid", "sigmoid", "xavier_uniform"},
        {"tanh", "tanh", "xavier_uniform"},
        {"relu", "relu", "he_normal"},
        {"leaky_relu", "leaky_relu", "he_normal"},
        {"selu", "selu", "lecun_normal"},
        {"gelu", "gelu", "he_normal"},
        {"silu", "silu", "he_normal"},
        {"swish", "silu", "he_normal"},
        {"elu", "elu", "he_normal"},
        {"linear", "linear", "xavier_uniform"},
        {"identity", "linear", "xavier_uniform"},
        {"softmax", "softmax", "xavier_uniform"},
        {"mish", "mish", "he_normal"},
        {"logistic", "sigmoid", "xavier_uniform"},
        {"lrelu", "leaky_relu", "he_normal"},
        {"ReLU", "relu", "he_normal"},
        {"Relu", "relu", "he_normal"},
        {"LeakyReLU", "leaky_relu", "he_normal"},
        {"Leaky ReLU", "leaky_relu", "he_normal"},
        {"leaky relu", "leaky_relu", "he_normal"},
        {"LogSoftmax", "softmax", "xavier_uniform"},
    };
    for (size_t i = 0; i < N(cases); i++) {
        const struct wi_nonlinearity *n = find(cases[i].name);
        if (!n || strcmp(n->name, cases[i].row) != 0 || strcmp(n->scheme, cases[i].scheme) != 0)
            fail_msg("%s is %s with %s", cases[i].name, n ? n->name : "unknown", n ? n->scheme : "none");
    }
    static const char *const unknown[] = {"", " ", "relu ", " relu", "rel", "relu6x", "gelu silu", "_"};
    for (size_t i = 0; i < N(unknown); i++)
        assert_null(find(unknown[i]));
}

/* Every row: its texts, its recommendation as a request, its names its own. */
TEST(test_rows)
{
    const struct wi_nonlinearity *n;
    bool gains_end = false;
    for (unsigned i = 0; (n = wi_nonlinearity_at(i)); i++) {
        struct wi_plan plan;
        struct wi_error err = {0};
        char request[300];
        assert_true(n->reason[0] && n->source[0]);
        assert_ptr_equal(find(n->name), n);
        assert_non_null(wi_scheme_find(n->scheme, strlen(n->scheme)));
        snprintf(request, sizeof request, "scheme=%s&shape=64,32%s%s", n->scheme, n->query[0] ? "&" : "", n->query);
        if (body_plan(&plan, request, &err) != WI_OK)
            fail_msg("%s: %s", request, err.text);
        if (n->takes_a) {
            strcat(request, "&a=0.2");
            assert_int_equal(body_plan(&plan, request, NULL), WI_OK);
        }
        gains_end = gains_end || !n->gain;
        assert_true(gains_end == !n->gain); /* those with a gain come first: they are the choices of nonlinearity= */
        for (const char *at = n->aliases; *at;) {
            size_t len = strcspn(at, " ");
            assert_ptr_equal(wi_nonlinearity_find(at, len), n);
            at += len;
            at += *at == ' ';
        }
    }
}

/* nonlinearity= takes every name and alias that has a gain, and nothing else. */
TEST(test_parameter)
{
    const struct wi_nonlinearity *n;
    for (unsigned i = 0; (n = wi_nonlinearity_at(i)); i++) {
        char names[200];
        snprintf(names, sizeof names, "%s %s", n->name, n->aliases);
        for (char *at = strtok(names, " "); at; at = strtok(NULL, " ")) {
            char request[200];
            struct wi_plan plan;
            snprintf(request, sizeof request, "scheme=he_normal&shape=4&nonlinearity=%s", at);
            enum wi_status status = body_plan(&plan, request, NULL);
            if (status != (n->gain ? WI_OK : WI_E_PARAM_VALUE))
                fail_msg("%s: %s", request, wi_status_slug(status));
            if (n->gain)
                assert_true(fabs(plan.part.tensor.std * 2 - n->gain(0.01)) < 1e-15);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gains), cmocka_unit_test(test_gains_of_signals), cmocka_unit_test(test_asked_for),
        cmocka_unit_test(test_rows),  cmocka_unit_test(test_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
