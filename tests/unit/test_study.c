/* What an initialization does, against what is known of it: theory that is exact, chance that stays in its band, and numbers
 * that every instruction level agrees on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study.h"
#include "support/body.h"
#include "support/test.h"
#include "wi.h"

static struct wi_activation of(enum wi_nonlinearity_id id)
{
    return (struct wi_activation){id, 0.01};
}

/* ---- activations --------------------------------------------------------------------------------------------------- */

/* phi' is the slope of phi; odd functions are odd, and small signals keep their digits. */
TEST(test_slopes)
{
    for (unsigned id = 0; id < WI_SOFTMAX; id++) {
        const struct wi_activation a = of((enum wi_nonlinearity_id)id);
        for (double z = -20.05; z < 20; z += 0.1) {
            const double h = 1e-6, at[3] = {z - h, z, z + h};
            double phi[3], slope[3];
            wi_activate(&a, at, 3, phi, slope);
            if (fabs((phi[2] - phi[0]) / (2 * h) - slope[1]) > 1e-8)
                fail_msg("%s at %g: %.17g, not %.17g", wi_nonlinearity_at(id)->name, z, slope[1],
                         (phi[2] - phi[0]) / (2 * h));
        }
    }
    const double tiny[2] = {1e-60, -1e-60};
    double phi[2], slope[2];
    const struct wi_activation tanh_ = of(WI_TANH), elu = of(WI_ELU);
    wi_activate(&tanh_, tiny, 2, phi, slope);
    assert_true(phi[0] == 1e-60 && phi[1] == -1e-60 && slope[0] == 1);
    wi_activate(&elu, tiny, 2, phi, slope);
    assert_true(phi[1] == -1e-60);
}

/* What is not a number stays none, at every instruction level. */
TEST(test_no_number)
{
    const enum wi_isa best = wi_isa_level();
    for (int level = WI_ISA_BASE; level <= (int)best; level++) {
        wi_isa_limit((enum wi_isa)level);
        for (unsigned id = 0; id < WI_SOFTMAX; id++) {
            const struct wi_activation a = of((enum wi_nonlinearity_id)id);
            const double z[2] = {NAN, 1};
            double phi[2], slope[2];
            wi_activate(&a, z, 2, phi, slope);
            assert_true(isnan(phi[0]) && isnan(slope[0]) && isfinite(phi[1]) && isfinite(slope[1]));
        }
    }
    wi_isa_limit(best);
}

/* At variance 1 the expectations are the gains of the table. */
TEST(test_expectations)
{
    for (unsigned id = 0; id < WI_SOFTMAX; id++) {
        const struct wi_activation a = of((enum wi_nonlinearity_id)id);
        const struct wi_nonlinearity *row = wi_nonlinearity_at(id);
        struct wi_expectation e;
        wi_expect(&a, 1, &e);
        if (fabs(1 / sqrt(e.square) / row->forward_gain - 1) > 2e-5 ||
            fabs(1 / sqrt(e.slope_square) / row->backward_gain - 1) > 2e-5 ||
            fabs(e.elasticity / row->elasticity - 1) > 2e-5)
            fail_msg("%s: %.9g %.9g %.9g", row->name, 1 / sqrt(e.square), 1 / sqrt(e.slope_square), e.elasticity);
    }
    struct wi_expectation relu;
    const struct wi_activation a = of(WI_RELU);
    wi_expect(&a, 1, &relu);
    assert_true(relu.slope_square == 0.5 || fabs(relu.slope_square - 0.5) < 1e-14); /* no node at the kink */
}

/* ---- densities and histograms ---------------------------------------------------------------------------------------- */

static void plan(const char *query, struct wi_plan *out)
{
    struct wi_error err = {0};
    if (body_plan(out, query, &err) != WI_OK)
        fail_msg("%s: %s", query, err.text);
}

static double *numbers(const char *query, struct wi_plan *p)
{
    plan(query, p);
    struct wi_body body;
    static uint8_t header[WI_HEADER_MAX];
    const struct wi_tensor *t = &p->part.tensor;
    void *keep = NULL, *scratch = NULL;
    if (t->keep_bytes) {
        keep = aligned_alloc(64, (t->keep_bytes + 63) & ~(size_t)63);
        scratch = aligned_alloc(64, (t->scratch_bytes + 64 + 63) & ~(size_t)63);
        wi_build(t, keep, scratch, NULL);
    }
    double *out = malloc(t->n_elems * sizeof *out);
    wi_plan_body(p, header, &body);
    assert_int_equal(wi_body_read(&body, wi_keep_only, keep, 0, (uint8_t *)out, t->n_elems * sizeof *out),
                     t->n_elems * sizeof *out);
    free(keep);
    free(scratch);
    return out;
}

/* Counts of a histogram are as far from the exact shares as chance allows. */
TEST(test_histograms_fit_their_densities)
{
    static const char *const queries[] = {
        "scheme=he_normal&shape=256,128&seed=7",
        "scheme=xavier_uniform&shape=300,100",
        "scheme=truncated_normal&shape=50000&std=0.3",
        "scheme=truncated_normal&shape=50000&low=0.5&high=3",
        "scheme=uniform&shape=50000&low=1&high=5",
        "scheme=normal&shape=50000&mean=-3&std=0.01",
        "scheme=orthogonal&shape=200,150",
        "scheme=orthogonal&shape=6,5000&gain=3",
        "scheme=sparse&shape=1000,50",
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char query[200];
        struct wi_plan p;
        struct wi_density d;
        double low, high, chi2 = 0, all = 0;
        uint64_t bins[40] = {0};
        snprintf(query, sizeof query, "%s&dtype=f64&format=raw", queries[i]);
        double *x = numbers(query, &p);
        const size_t n = p.part.tensor.n_elems;
        wi_density_of(&p.part.tensor, &d);
        assert_true(wi_density_range(&d, &low, &high));
        wi_histogram_add(low, high, bins, 40, x, n);
        unsigned degrees = 0;
        for (unsigned b = 0; b < 40; b++) {
            const double from = low + b * (high - low) / 40, to = low + (b + 1) * (high - low) / 40;
            const double share = wi_density_share(&d, from, to) * (1 - d.zeros) + (from <= 0 && 0 < to ? d.zeros : 0);
            const double expected = share * (double)n, off = (double)bins[b] - expected;
            all += share;
            if (expected > 5) {
                chi2 += off * off / expected;
                degrees++;
            }
        }
        /* Orthogonal entries depend on each other a little; sparse zeros are exactly as many. */
        if (!(chi2 < degrees + 4.5 * sqrt(2.0 * degrees)) || fabs(all - 1) > 2e-4)
            fail_msg("%s: chi square %g of %u degrees, %g of all", queries[i], chi2, degrees, all);
        free(x);
    }
}

TEST(test_moments)
{
    struct wi_moments m = {0};
    const double a[] = {1e9 + 1, 1e9 + 2}, b[] = {1e9 + 3, 1e9 + 4, INFINITY, NAN};
    wi_moments_add(&m, a, 2);
    wi_moments_add(&m, b, 4);
    assert_true(m.n == 4 && m.not_finite == 2 && m.least == 1e9 + 1 && m.largest == 1e9 + 4 && m.zeros == 0);
    assert_true(wi_moments_mean(&m) == 1e9 + 2.5 && fabs(wi_moments_std(&m) - sqrt(1.25)) < 1e-12);
    assert_true(fabs(wi_moments_skewness(&m)) < 1e-12 && fabs(wi_moments_kurtosis(&m) - 1.64) < 1e-12);
    struct wi_moments none = {0};
    assert_true(wi_moments_std(&none) == 0 && wi_moments_kurtosis(&none) == 0);
}

/* ---- depth ----------------------------------------------------------------------------------------------------------- */

struct layers {
    const char *query; /* with a %u for the layer and a %u for the seed */
    unsigned seed;
};

static bool weights(void *ctx, unsigned layer, double *out)
{
    const struct layers *l = ctx;
    char query[300];
    struct wi_plan p;
    snprintf(query, sizeof query, "%s&seed=%u&stream=layer.%u.weight&dtype=f64&format=raw", l->query, l->seed, layer);
    double *x = numbers(query, &p);
    memcpy(out, x, p.part.tensor.n_elems * sizeof *out);
    free(x);
    return true;
}

static double variance_of(const char *query)
{
    struct wi_plan p;
    plan(query, &p);
    return p.part.tensor.std * p.part.tensor.std;
}

static void sweep(const char *query, enum wi_nonlinearity_id id, unsigned seed, unsigned depth, unsigned width,
                  struct wi_sweep_result *out)
{
    struct layers l = {query, seed};
    const struct wi_sweep s = {of(id), depth, width, 64, variance_of(query), weights, &l};
    char text[200];
    struct wi_plan p;
    snprintf(text, sizeof text, "scheme=normal&shape=64,%u&seed=%u&stream=sweep.input&dtype=f64&format=raw", width,
             seed);
    double *in = numbers(text, &p);
    snprintf(text, sizeof text, "scheme=normal&shape=64,%u&seed=%u&stream=sweep.output&dtype=f64&format=raw", width,
             seed);
    double *back = numbers(text, &p);
    void *memory = aligned_alloc(64, (wi_sweep_bytes(&s) + 63) & ~(size_t)63);
    assert_true(wi_sweep_run(&s, in, back, memory, NULL, out));
    free(memory);
    free(in);
    free(back);
}

static struct wi_sweep_result r;

TEST(test_what_is_exact_in_depth)
{
    /* He keeps the variance of gradients under ReLU exactly, and that of activations. */
    sweep("scheme=he_normal&shape=64,64", WI_RELU, 1, 50, 64, &r);
    assert_true(r.stable);
    for (unsigned l = 0; l <= 50; l++)
        assert_true(fabs(r.activations.theory[l] - 1) < 1e-9);
    for (unsigned l = 0; l <= 50; l++)
        assert_true(fabs(r.gradients.theory[l] - 1) < 1e-9);
    assert_true(r.cosine[50] > 0.9 && fabs(r.cosine[0]) < 0.1 && r.flat[1] > 0.4 && r.flat[1] < 0.6);
    /* An orthogonal matrix keeps every length. */
    sweep("scheme=orthogonal&shape=64,64", WI_LINEAR, 1, 50, 64, &r);
    for (unsigned l = 0; l <= 50; l++) {
        assert_true(fabs(r.activations.rms[l] / r.activations.rms[0] - 1) < 1e-9);
        assert_true(fabs(r.gradients.rms[l] / r.gradients.rms[50] - 1) < 1e-9);
    }
    /* Zeros: nothing comes through, forward or back. */
    sweep("scheme=zeros&shape=16,16", WI_TANH, 1, 3, 16, &r);
    assert_true(r.activations.rms[1] == 0 && r.gradients.rms[2] == 0 && isnan(r.cosine[1]));
    assert_true(r.activations.theory[3] == 0);
    /* What leaves the range of numbers says so. */
    sweep("scheme=normal&std=100000&shape=64,64", WI_LINEAR, 1, 200, 64, &r);
    assert_true(!isfinite(r.activations.rms[200]));
    /* And never comes back, whatever follows. */
    for (unsigned id = WI_RELU; id < WI_SOFTMAX; id++) {
        unsigned above = 0;
        sweep("scheme=normal&std=1000000&shape=64,64", (enum wi_nonlinearity_id)id, 1, 200, 64, &r);
        while (isfinite(r.activations.rms[above]))
            above++;
        assert_true(above > 40 && above < 50); /* 6.7 to 6.9 powers of ten a layer */
        for (unsigned l = above; l <= 200; l++)
            assert_true(!isfinite(r.activations.rms[l]));
        for (unsigned l = 0; l < 200; l++)
            assert_true(!isfinite(r.gradients.rms[l]));
        assert_true(isfinite(r.gradients.rms[200]) != 0);
    }
    /* Squares leave the range of numbers before their roots do. */
    sweep("scheme=normal&std=0.001&shape=64,64", WI_LINEAR, 1, 100, 64, &r);
    assert_true(r.activations.rms[100] > 1e-220 && r.activations.rms[100] < 1e-200 && r.stable);
    assert_true(fabs(r.activations.rms[100] / r.gradients.rms[0] - 1) < 0.9);
    /* Chance that is amplified has no band. */
    sweep("scheme=he_normal&shape=64,64", WI_GELU, 1, 20, 64, &r);
    assert_true(!r.stable && isnan(r.activations.log_sd[5]) && r.activations.theory[20] < 0.5);
}

/* 88 to 100 % of 100 seeds lie within two standard deviations of chance of the theory. */
TEST(test_bands)
{
    static const struct {
        const char *query;
        enum wi_nonlinearity_id id;
    } pairs[] = {{"scheme=he_normal&shape=64,64", WI_RELU},
                 {"scheme=xavier_uniform&shape=64,64", WI_TANH},
                 {"scheme=lecun_normal&shape=64,64", WI_SELU}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        unsigned inside = 0, back = 0;
        for (unsigned seed = 0; seed < 100; seed++) {
            sweep(pairs[i].query, pairs[i].id, seed, 20, 64, &r);
            const double sd = r.activations.log_sd[20], v = 4 * sd * sd;
            inside += fabs(log(r.activations.rms[20] / r.activations.theory[20]) + v / 4) <= 2 * sd;
            back += fabs(log(r.gradients.rms[0] / r.gradients.theory[0])) <= 2 * r.gradients.log_sd[0];
        }
        if (inside < 88 || back < 88)
            fail_msg("%s: %u forward, %u back of 100", pairs[i].query, inside, back);
    }
}

/* The same bits from every instruction level and however many threads. */
TEST(test_levels_agree)
{
    static struct wi_sweep_result first;
    const enum wi_isa best = wi_isa_level();
    sweep("scheme=he_normal&shape=50,50", WI_GELU, 3, 10, 50, &first);
    for (int level = WI_ISA_BASE; level <= (int)best; level++) {
        wi_isa_limit((enum wi_isa)level);
        sweep("scheme=he_normal&shape=50,50", WI_GELU, 3, 10, 50, &r);
        assert_memory_equal(r.activations.rms, first.activations.rms, 11 * sizeof(double));
        assert_memory_equal(r.gradients.rms, first.gradients.rms, 11 * sizeof(double));
    }
    wi_isa_limit(best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slopes),       cmocka_unit_test(test_no_number),
        cmocka_unit_test(test_expectations), cmocka_unit_test(test_histograms_fit_their_densities),
        cmocka_unit_test(test_moments),      cmocka_unit_test(test_what_is_exact_in_depth),
        cmocka_unit_test(test_bands),        cmocka_unit_test(test_levels_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
