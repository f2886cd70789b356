/* see study.h */
#include "identity/study.h"

#include "match.h"
#include "spectrum.h"
#include "study.h"
#include "support/body.h"
#include "support/sha256.h"
#include "symmetry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 12, WIDTH = 29, BATCH = 18, CELLS = DEPTH + 1, TEXT_CAP = 256 };
static const enum wi_nonlinearity_id n_activations = WI_SOFTMAX; /* the last is no activation of a layer */

/* ---- digests ----------------------------------------------------------------------------------------------------- */

struct line {
    struct sha256 sha;
    size_t n;
};

static struct line begin(void)
{
    struct line line = {.n = 0};
    sha256_begin(&line.sha);
    return line;
}

/* As 8 bytes, little-endian. */
static void add(struct line *line, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        uint8_t bytes[8];
        if (x[i] == x[i])
            memcpy(&bits, &x[i], sizeof bits);
        else
            bits = UINT64_C(0x7ff8) << 48;
        for (unsigned b = 0; b < 8; b++)
            bytes[b] = (uint8_t)(bits >> (8 * b));
        sha256_add(&line->sha, bytes, sizeof bytes);
    }
    line->n += n;
}

static void add_one(struct line *line, double x)
{
    add(line, &x, 1);
}

static void end(struct line *line, const char *name, const char *of)
{
    char hex[SHA256_HEX_CAP];
    sha256_end(&line->sha, hex);
    printf("%s %zu %s %s\n", hex, line->n, name, of);
}

static void *room(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fputs("identity: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

/* ---- activations ------------------------------------------------------------------------------------------------- */

/* From 1e-300 to 1e3 on both sides, and 0. */
static size_t points(double z[512])
{
    size_t n = 0;
    z[n++] = 0;
    for (double size = 1000; size > 1e-3 && n < 300; size *= 0.91)
        for (int sign = -1; sign < 2; sign += 2)
            z[n++] = sign * size;
    for (double size = 1e-3; size > 1e-300 && n < 510; size *= 1e-4)
        for (int sign = -1; sign < 2; sign += 2)
            z[n++] = sign * size;
    return n;
}

static void activations(void)
{
    double z[512], phi[512], slope[512];
    const size_t n = points(z);
    for (unsigned a = 0; a < n_activations; a++) {
        const struct wi_activation activation = {(enum wi_nonlinearity_id)a, 0.01};
        struct line line = begin();
        wi_activate(&activation, z, n, phi, slope);
        add(&line, phi, n);
        add(&line, slope, n);
        for (double variance = 1e-60; variance < 1e4; variance = variance < 1e-3 ? variance * 1e12 : variance * 3) {
            struct wi_expectation e;
            wi_expect(&activation, variance, &e);
            const double all[] = {e.square, e.fourth, e.slope_square, e.slope_fourth, e.elasticity};
            add(&line, all, sizeof all / sizeof *all);
        }
        end(&line, "activation", wi_nonlinearity_at(a)->name);
    }
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

static void densities(void)
{
    static const char *const queries[] = {"scheme=normal&std=0.5&mean=0.25", "scheme=truncated_normal&std=2",
                                          "scheme=uniform&low=-1&high=3",    "scheme=orthogonal",
                                          "scheme=sparse&sparsity=0.4",      "scheme=constant&value=2",
                                          "like=jax&scheme=he_normal",       "scheme=he_normal&dtype=bf16"};
    for (size_t q = 0; q < sizeof queries / sizeof *queries; q++) {
        char request[TEXT_CAP];
        struct wi_plan plan;
        struct wi_density d;
        struct wi_moments moments = {0};
        uint64_t bins[37] = {0};
        size_t n;
        struct line line = begin();
        snprintf(request, sizeof request, "/init?%s&shape=40,30", queries[q]);
        double *values = body_values(request, &n), low = -1, high = 1;
        body_plan(&plan, request, NULL);
        wi_density_of(&plan.part.tensor, &d);
        wi_density_range(&d, &low, &high);
        for (unsigned i = 0; i < 37; i++)
            add_one(&line, wi_density_share(&d, low + (high - low) * i / 37, low + (high - low) * (i + 1) / 37));
        wi_moments_add(&moments, values, n / 3);
        wi_moments_add(&moments, values + n / 3, n - n / 3);
        wi_histogram_add(low, high, bins, 37, values, n);
        add_one(&line, wi_moments_mean(&moments));
        add_one(&line, wi_moments_std(&moments));
        add_one(&line, wi_moments_skewness(&moments));
        add_one(&line, wi_moments_kurtosis(&moments));
        for (unsigned i = 0; i < 37; i++)
            add_one(&line, (double)bins[i]);
        end(&line, "density", queries[q]);
        free(values);
    }
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static void fill(const char *query, unsigned layer, unsigned rows, unsigned cols, double *out)
{
    char request[TEXT_CAP];
    size_t n;
    snprintf(request, sizeof request, "/init?%s&shape=%u,%u&dtype=f64&stream=layer.%u.weight", query, rows, cols,
             layer);
    double *values = body_values(request, &n);
    memcpy(out, values, n * sizeof *out);
    free(values);
}

static bool weights(void *ctx, unsigned layer, double *out)
{
    fill(ctx, layer, WIDTH, WIDTH, out);
    return true;
}

static const char *const schemes[] = {"scheme=he_normal&seed=7", "scheme=xavier_uniform&seed=7",
                                      "scheme=orthogonal&seed=7", "scheme=normal&std=0.001&seed=7",
                                      "scheme=sparse&std=3&seed=7"};

static void sweeps(const struct wi_exec *exec)
{
    double inputs[BATCH * WIDTH], outputs[BATCH * WIDTH];
    static struct wi_sweep_result r;
    fill("scheme=normal&seed=1", 0, BATCH, WIDTH, inputs);
    fill("scheme=normal&seed=2", 0, BATCH, WIDTH, outputs);
    for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++) {
        struct line line = begin();
        for (unsigned a = 0; a < n_activations; a++) {
            const struct wi_sweep sweep = {.activation = {(enum wi_nonlinearity_id)a, 0.01},
                                           .depth = DEPTH,
                                           .width = WIDTH,
                                           .batch = BATCH,
                                           .weight_variance = 2.0 / WIDTH,
                                           .weights = weights,
                                           .ctx = (void *)(uintptr_t)schemes[s]};
            void *memory = room(wi_sweep_bytes(&sweep));
            wi_sweep_run(&sweep, inputs, outputs, memory, exec, &r);
            const struct wi_sweep_line *const lines[] = {&r.activations, &r.gradients};
            for (unsigned i = 0; i < 2; i++) {
                add(&line, lines[i]->rms, CELLS);
                add(&line, lines[i]->theory, CELLS);
                add(&line, lines[i]->log_sd, CELLS);
            }
            add(&line, r.cosine, CELLS);
            add(&line, r.flat, CELLS);
            for (unsigned l = 0; l < CELLS; l++)
                add_one(&line, r.gradients.rms[l] > 0 ? wi_log10(r.gradients.rms[l]) : 0);
            free(memory);
        }
        end(&line, "sweep", schemes[s]);
    }
}

static void spectra(void)
{
    static const unsigned depths[] = {1, 3, DEPTH};
    static double input[WIDTH], values[3 * WIDTH];
    fill("scheme=normal&seed=1", 0, 1, WIDTH, input);
    for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++) {
        struct line line = begin();
        for (unsigned a = 0; a < n_activations; a++) {
            const struct wi_spectrum spectrum = {.activation = {(enum wi_nonlinearity_id)a, 0.01},
                                                 .width = WIDTH,
                                                 .n_depths = 3,
                                                 .depths = depths,
                                                 .weights = weights,
                                                 .ctx = (void *)(uintptr_t)schemes[s]};
            void *memory = room(wi_spectrum_bytes(&spectrum));
            wi_spectrum_run(&spectrum, input, memory, values);
            add(&line, values, 3 * WIDTH);
            free(memory);
        }
        end(&line, "spectrum", schemes[s]);
    }
}

static void symmetries(void)
{
    static struct wi_symmetry r;
    double first[2 * WI_SYMMETRY_UNITS], second[WI_SYMMETRY_UNITS];
    for (unsigned a = 0; a < n_activations; a++) {
        const struct wi_activation activation = {(enum wi_nonlinearity_id)a, 0.01};
        struct line line = begin();
        for (unsigned equal = 0; equal < 2; equal++) {
            fill("scheme=xavier_normal&seed=7", 0, 2, WI_SYMMETRY_UNITS, first);
            fill("scheme=xavier_normal&seed=7", 1, WI_SYMMETRY_UNITS, 1, second);
            for (unsigned u = 0; u < WI_SYMMETRY_UNITS && equal; u++)
                first[u] = first[WI_SYMMETRY_UNITS + u] = second[u] = 0.5;
            wi_symmetry_run(&activation, first, second, &r);
            add(&line, &r.path[0][0][0], sizeof r.path / sizeof(double));
            add(&line, r.loss, WI_SYMMETRY_POINTS);
            add_one(&line, r.first_gradient);
            add_one(&line, r.distinct);
        }
        end(&line, "symmetry", wi_nonlinearity_at(a)->name);
    }
}

/* ---- which scheme is this? --------------------------------------------------------------------------------------- */

static void add_match(struct line *line, const struct wi_match *match)
{
    sha256_add(&line->sha, match->query, strlen(match->query) + 1);
    add_one(line, match->std);
    add_one(line, match->off_by_sd);
}

static void matches(void)
{
    static const struct wi_measured measured[] = {{2, {256, 128}, 0.08851, 0.3692},
                                                  {2, {512, 512}, 0.0255, 0.0442},
                                                  {4, {3, 3, 64, 128}, 0.0589, 0},
                                                  {2, {768, 3072}, 0.02, 0.0451},
                                                  {1, {7}, 0.3, 0.4}};
    static struct wi_match out[WI_MATCH_MAX];
    struct line line = begin();
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        struct wi_match closest;
        const unsigned n = wi_match(&measured[i], out);
        for (unsigned k = 0; k < n; k++)
            add_match(&line, &out[k]);
        wi_match_closest(&measured[i], &closest);
        closest.off_by_sd = 0;
        add_match(&line, &closest);
    }
    end(&line, "match", "five layers");
}

void study_all(const struct wi_exec *exec)
{
    puts("# Digests of numbers that lib/study finds: SHA-256, numbers, of what.");
    activations();
    densities();
    sweeps(exec);
    spectra();
    symmetries();
    matches();
}
