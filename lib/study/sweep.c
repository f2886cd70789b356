/* Signals in depth, forward and back, beside what mean-field theory says. See study.h. */
#include <string.h>

#include "fmath/f64.h"
#include "study.h"
#include "study/product.h"

#define ROWS 16 /* inputs of a task */
#define FLAT 1e-3

struct run {
    const struct wi_sweep *sweep;
    const struct wi_exec *exec;
    size_t n;                       /* batch * width */
    double *signal, *next, *slopes; /* n, n, depth * n numbers */
    double *matrix, *transposed;    /* width * width numbers */
    const double *from, *by;        /* of the product that runs */
    double *to;
};

static size_t square_of(const struct wi_sweep *s)
{
    return (size_t)s->width * s->width;
}

size_t wi_sweep_bytes(const struct wi_sweep *s)
{
    const size_t n = (size_t)s->batch * s->width;
    return ((s->depth + 2) * n + 2 * square_of(s)) * sizeof(double);
}

/* ---- products ---------------------------------------------------------------------------------------------------- */

static void product_task(void *arg, size_t i)
{
    const struct run *r = arg;
    const size_t width = r->sweep->width, first = i * ROWS, left = r->sweep->batch - first;
    wi_product(r->from + first * width, r->by, left < ROWS ? left : ROWS, width, r->to + first * width);
}

static void product(struct run *r, const double *from, const double *by, double *to)
{
    r->from = from;
    r->by = by;
    r->to = to;
    wi_exec_run(r->exec, (r->sweep->batch + ROWS - 1) / ROWS, product_task, r);
}

static void transpose(const struct run *r)
{
    const size_t n = r->sweep->width;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            r->transposed[j * n + i] = r->matrix[i * n + j];
}

/* ---- readings ---------------------------------------------------------------------------------------------------- */

static bool is_finite(double x)
{
    return x - x == 0;
}

static double largest_of(const double *x, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = wi_abs_f64(x[i]) > largest ? wi_abs_f64(x[i]) : largest;
    return largest;
}

/* Squares of sums between these keep their digits. */
#define SQUARE_MIN 1e-280
#define SQUARE_MAX 1e300

static double rms(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    if (sum != sum || (sum > SQUARE_MIN && sum < SQUARE_MAX))
        return __builtin_sqrt(sum / (double)n);
    const double largest = largest_of(x, n);
    if (largest == 0 || !is_finite(largest))
        return largest;
    sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] / largest) * (x[i] / largest);
    return largest * __builtin_sqrt(sum / (double)n);
}

/* Of rows 2k and 2k + 1. Scaled by the largest number, so that squares of small signals do not vanish. */
static double mean_cosine(const double *h, size_t batch, size_t width)
{
    double sum = 0;
    const double largest = largest_of(h, batch * width);
    for (size_t pair = 0; pair < batch / 2; pair++) {
        const double *x = h + 2 * pair * width, *y = x + width;
        double xx = 0, xy = 0, yy = 0;
        for (size_t i = 0; i < width; i++) {
            const double a = x[i] / largest, b = y[i] / largest;
            xx += a * a;
            xy += a * b;
            yy += b * b;
        }
        sum += xy / __builtin_sqrt(xx * yy);
    }
    return sum / (double)(batch / 2);
}

static double flat_share(const double *slope, size_t n)
{
    size_t flat = 0;
    for (size_t i = 0; i < n; i++)
        flat += wi_abs_f64(slope[i]) < FLAT;
    return (double)flat / (double)n;
}

/* ---- theory ------------------------------------------------------------------------------------------------------ */

#define UNKNOWN __builtin_nan("")

static void no_theory(struct wi_sweep_line *line, unsigned depth)
{
    for (unsigned l = 0; l <= depth; l++)
        line->theory[l] = line->log_sd[l] = UNKNOWN;
}

static void theory(const struct wi_sweep *s, struct wi_sweep_result *out)
{
    struct wi_sweep_line *h = &out->activations, *g = &out->gradients;
    double chi[WI_SWEEP_DEPTH_MAX], chance[WI_SWEEP_DEPTH_MAX];
    double square = 1, variance = 0;
    const double gain = s->width * s->weight_variance;
    h->theory[0] = 1;
    h->log_sd[0] = 0;
    for (unsigned l = 1; l <= s->depth; l++) {
        struct wi_expectation e;
        wi_expect(&s->activation, gain * square, &e);
        if (e.square > SQUARE_MIN && e.square < SQUARE_MAX)
            out->stable = out->stable && e.elasticity <= 1 + 1e-9;
        const double own = e.square > 0 ? (e.fourth / (e.square * e.square) - 1) / s->width : 0;
        variance = e.elasticity * e.elasticity * variance + own;
        square = e.square;
        h->theory[l] = __builtin_sqrt(square);
        h->log_sd[l] = 0.5 * __builtin_sqrt(variance);
        chi[l - 1] = gain * e.slope_square;
        chance[l - 1] =
            e.slope_square > 0 ? (3 * e.slope_fourth / (e.slope_square * e.slope_square) - 1) / s->width : 0;
    }
    g->theory[s->depth] = 1;
    g->log_sd[s->depth] = 0;
    variance = 0;
    square = 1;
    for (unsigned l = s->depth; l > 0; l--) {
        square *= chi[l - 1];
        variance += chance[l - 1];
        g->theory[l - 1] = __builtin_sqrt(square);
        g->log_sd[l - 1] = 0.5 * __builtin_sqrt(variance);
    }
    for (unsigned l = 0; l <= s->depth && !out->stable; l++)
        h->log_sd[l] = g->log_sd[l] = UNKNOWN;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void read_signal(const struct run *r, unsigned layer, struct wi_sweep_result *out)
{
    out->activations.rms[layer] = rms(r->signal, r->n);
    out->cosine[layer] = mean_cosine(r->signal, r->sweep->batch, r->sweep->width);
}

/* Up to the layer whose signal overflows: what is above it is not known. */
static bool forward(struct run *r, struct wi_sweep_result *out)
{
    const struct wi_sweep *s = r->sweep;
    read_signal(r, 0, out);
    out->flat[0] = UNKNOWN;
    for (unsigned l = 1; l <= s->depth; l++) {
        double *slope = r->slopes + (l - 1) * r->n;
        out->activations.rms[l] = out->cosine[l] = out->flat[l] = UNKNOWN;
        if (!is_finite(out->activations.rms[l - 1]))
            continue;
        if (!s->weights(s->ctx, l, r->matrix))
            return false;
        product(r, r->signal, r->matrix, r->next);
        wi_activate(&s->activation, r->next, r->n, r->signal, slope);
        read_signal(r, l, out);
        out->flat[l] = flat_share(slope, r->n);
    }
    return true;
}

static bool backward(struct run *r, const double *outputs, struct wi_sweep_result *out)
{
    const struct wi_sweep *s = r->sweep;
    memcpy(r->signal, outputs, r->n * sizeof *outputs);
    out->gradients.rms[s->depth] = rms(r->signal, r->n);
    for (unsigned l = s->depth; l > 0; l--) {
        const double *slope = r->slopes + (l - 1) * r->n;
        out->gradients.rms[l - 1] = UNKNOWN;
        if (!is_finite(out->gradients.rms[l]) || !is_finite(out->activations.rms[s->depth]))
            continue;
        if (!s->weights(s->ctx, l, r->matrix))
            return false;
        transpose(r);
        for (size_t i = 0; i < r->n; i++)
            r->next[i] = r->signal[i] * slope[i];
        product(r, r->next, r->transposed, r->signal);
        out->gradients.rms[l - 1] = rms(r->signal, r->n);
    }
    return true;
}

bool wi_sweep_run(const struct wi_sweep *s, const double *inputs, const double *outputs, void *memory,
                  const struct wi_exec *exec, struct wi_sweep_result *out)
{
    struct run r = {.sweep = s, .exec = exec, .n = (size_t)s->batch * s->width};
    r.signal = memory;
    r.next = r.signal + r.n;
    r.slopes = r.next + r.n;
    r.matrix = r.slopes + s->depth * r.n;
    r.transposed = r.matrix + square_of(s);
    out->stable = true;
    if (s->weight_variance >= 0) {
        theory(s, out);
    } else {
        no_theory(&out->activations, s->depth);
        no_theory(&out->gradients, s->depth);
    }
    memcpy(r.signal, inputs, r.n * sizeof *inputs);
    return forward(&r, out) && backward(&r, outputs, out);
}
