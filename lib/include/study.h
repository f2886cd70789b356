/* study.h - what an initialization does, as numbers: activations, moments, exact densities, signals in depth.
 *
 * Everything is f64, + - * / sqrt and the functions of lib/fmath in a fixed order, so the numbers are the same on every
 * platform, as the tensors are. Nothing is allocated: callers lend memory.
 *
 * Sources: Glorot & Bengio 2010, He et al. 2015 (variance in depth); Poole et al. 2016 and Schoenholz et al. 2017 (mean
 * field: the maps of variance and gradient); Hanin & Rolnick 2018 (chance at finite width).
 * Threads: pure over their arguments. */
#ifndef WI_STUDY_H
#define WI_STUDY_H

#include "exec.h"
#include "tables.h"
#include "tensor.h"

WI_API_BEGIN

/* ---- activations ------------------------------------------------------------------------------------------------- */

struct wi_activation {
    enum wi_nonlinearity_id id; /* any but WI_SOFTMAX, which no layer follows */
    double a;                   /* slope of leaky_relu on the negative side */
};

/* phi(z) and its derivative, of n numbers; in 0 and at kinks the derivative from the left. Accurate relative to the
 * result also near 0, since signals that vanish live there. Of NAN both are NAN. phi or slope may be z. */
void wi_activate(const struct wi_activation *activation, const double *z, size_t n, double *phi, double *slope);

/* Expectations over z ~ N(0, variance), by 800 nodes (i + 1/2) / 50, none of which is 0. */
struct wi_expectation {
    double square, fourth;             /* E phi^2, E phi^4 */
    double slope_square, slope_fourth; /* E phi'^2, E phi'^4 */
    double elasticity;                 /* d log E phi^2 / d log variance = E z phi phi' / E phi^2 */
};
void wi_expect(const struct wi_activation *activation, double variance, struct wi_expectation *out);

/* Of x > 0, within two units of the last place. */
double wi_log10(double x);

/* ---- moments and histograms -------------------------------------------------------------------------------------- */

/* Begin with zeros, add numbers in any pieces, then read the moments. */
struct wi_moments {
    uint64_t n, zeros, not_finite; /* numbers that are not finite are counted, and left out of the rest */
    double least, largest;
    double shift, sum[4]; /* of powers of (x - shift), the first number */
};
void wi_moments_add(struct wi_moments *moments, const double *x, size_t n);
double wi_moments_mean(const struct wi_moments *moments);
double wi_moments_std(const struct wi_moments *moments); /* divided by n */
double wi_moments_skewness(const struct wi_moments *moments);
double wi_moments_kurtosis(const struct wi_moments *moments); /* 3 for a normal; 0 where the std is 0 */

/* Count x into n_bins equal bins of [low, high]; the last has its upper end. Numbers outside are not counted. */
void wi_histogram_add(double low, double high, uint64_t *bins, size_t n_bins, const double *x, size_t n);

/* The distribution that a tensor's numbers have, from its plan, before they are rounded to its type. */
enum wi_density_kind {
    WI_DENSITY_NONE,    /* not known: matrices with a pattern, of frameworks orthogonal and sparse ones, too */
    WI_DENSITY_POINT,   /* constants: all at `low` */
    WI_DENSITY_UNIFORM, /* low .. high */
    WI_DENSITY_NORMAL,  /* mean, std, cut to low .. high */
    WI_DENSITY_HAAR     /* an entry of an orthogonal matrix of `size`: (1 - (x / std)^2)^((size - 3) / 2); high = std */
};
struct wi_density {
    enum wi_density_kind kind;
    double mean, std, low, high, size;
    double zeros; /* the share that is exactly 0 beside it, 0 .. 1: sparse */
};
void wi_density_of(const struct wi_tensor *tensor, struct wi_density *out);
/* What the mean is by the formula, the zeros beside the density not counted. NAN: not known. */
double wi_density_mean(const struct wi_density *density);
/* The range that a histogram shows: the bounds, or 4.25 std on each side. False: there is nothing to show. */
bool wi_density_range(const struct wi_density *density, double *low, double *high);
/* The share of numbers in [low, high), the zeros beside the density not counted. -1: it is not known. */
double wi_density_share(const struct wi_density *density, double low, double high);

/* ---- signals in depth -------------------------------------------------------------------------------------------- */

#define WI_SWEEP_DEPTH_MAX 200
#define WI_SWEEP_WIDTH_MAX 512
#define WI_SWEEP_BATCH_MAX 256
#define WI_SWEEP_WORK_MAX (UINT64_C(1) << 31) /* depth * width * width * batch, for who answers strangers */

/* Layers without bias: z_l = h_{l-1} W_l, h_l = phi(z_l), with inputs h_0 from N(0, 1); and back from g_depth of
 * N(0, 1): g_{l-1} = (g_l phi'(z_l)) W_l^T. */
struct wi_sweep {
    struct wi_activation activation;
    unsigned depth, width, batch; /* from 1, 2 and 2 to the limits above */
    double weight_variance;       /* of the theory; negative: there is none, as for weights with another mean than 0 */
    /* Layer l = 1 .. depth: width * width weights, (in, out), row by row. Called twice a layer at most. False: stop. */
    bool (*weights)(void *ctx, unsigned layer, double *out);
    void *ctx;
};

/* What a line has at layer 0 .. depth. */
struct wi_sweep_line {
    /* Not finite from the layer on where numbers overflow, to the end: of activations the last layer, of gradients the first.
     * Where activations overflow, gradients have their own beginning alone. */
    double rms[WI_SWEEP_DEPTH_MAX + 1];
    double theory[WI_SWEEP_DEPTH_MAX + 1]; /* rms at infinite width; NAN: no theory */
    /* Standard deviation of log rms over seeds at this width; NAN where chance is amplified (stable false). */
    double log_sd[WI_SWEEP_DEPTH_MAX + 1];
};
struct wi_sweep_result {
    struct wi_sweep_line activations, gradients;
    double cosine[WI_SWEEP_DEPTH_MAX + 1]; /* mean cosine of the angle between two inputs; NAN: a signal is 0 */
    double flat[WI_SWEEP_DEPTH_MAX + 1];   /* share of units with |phi'| < 1/1000: dead or saturated; [0] is NAN */
    bool stable;                           /* no elasticity above 1: chance is not amplified */
};

/* Bytes of memory that wi_sweep_run needs, 64-byte aligned. */
size_t wi_sweep_bytes(const struct wi_sweep *sweep);
/* inputs, outputs: batch * width numbers, h_0 and g_depth. False: weights() said so. */
bool wi_sweep_run(const struct wi_sweep *sweep, const double *inputs, const double *outputs, void *memory,
                  const struct wi_exec *exec, struct wi_sweep_result *out);

WI_API_END

#endif
