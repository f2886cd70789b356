/* Singular values of Jacobians: see spectrum.h. */
#include "spectrum.h"

#include "fmath/f64.h"
#include "study/product.h"

#define SWEEPS_MAX 40
#define ROUNDING 1e-15 /* two columns are orthogonal when the cosine between them is below */
#define LANES 8

/* ---- one-sided Jacobi -------------------------------------------------------------------------------------------- */

/* Sums in LANES parts, element i in part i mod LANES, so that vectors of any width add in the same order. */
struct sums {
    double xx, xy, yy;
};

static double total(const double part[LANES])
{
    double sum = 0;
    for (unsigned i = 0; i < LANES; i++)
        sum += part[i];
    return sum;
}

static struct sums products(const double *x, const double *y, size_t n)
{
    double xx[LANES] = {0}, xy[LANES] = {0}, yy[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (unsigned k = 0; k < LANES; k++) {
            xx[k] += x[i + k] * x[i + k];
            xy[k] += x[i + k] * y[i + k];
            yy[k] += y[i + k] * y[i + k];
        }
    for (unsigned k = 0; i + k < n; k++) {
        xx[k] += x[i + k] * x[i + k];
        xy[k] += x[i + k] * y[i + k];
        yy[k] += y[i + k] * y[i + k];
    }
    return (struct sums){total(xx), total(xy), total(yy)};
}

/* Turn x and y in their plane until they are orthogonal. True: they were not. */
static bool rotate(double *x, double *y, size_t n, double noise)
{
    const struct sums sums = products(x, y, n);
    if (!(wi_abs_f64(sums.xy) > ROUNDING * __builtin_sqrt(sums.xx) * __builtin_sqrt(sums.yy)) ||
        (sums.xx < noise && sums.yy < noise))
        return false;
    const double zeta = (sums.yy - sums.xx) / (2 * sums.xy);
    const double t = wi_copysign_f64(1 / (wi_abs_f64(zeta) + __builtin_sqrt(1 + zeta * zeta)), zeta);
    const double c = 1 / __builtin_sqrt(1 + t * t), s = c * t;
    for (size_t i = 0; i < n; i++) {
        const double a = x[i], b = y[i];
        x[i] = c * a - s * b;
        y[i] = s * a + c * b;
    }
    return true;
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        const double size = wi_abs_f64(x[i]);
        if (!(size <= 1.7976931348623157e308))
            return __builtin_nan("");
        most = size > most ? size : most;
    }
    return most;
}

/* The rows of the matrix are turned: its singular values are those of its transpose. */
static void orthogonalize(double *matrix, size_t n)
{
    bool turned = true;
    for (unsigned sweep = 0; sweep < SWEEPS_MAX && turned; sweep++) {
        double most = 0;
        turned = false;
        for (size_t p = 0; p < n; p++) {
            const double square = products(matrix + p * n, matrix + p * n, n).xx;
            most = square > most ? square : most;
        }
        const double noise = most * (WI_SPECTRUM_FLOOR / 100) * (WI_SPECTRUM_FLOOR / 100);
        for (size_t p = 0; p + 1 < n; p++)
            for (size_t q = p + 1; q < n; q++)
                turned |= rotate(matrix + p * n, matrix + q * n, n, noise);
    }
}

static void sort_down(double *values, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const double value = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] < value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

void wi_singular_values(double *matrix, size_t n, double *values)
{
    const double most = largest(matrix, n * n);
    for (size_t i = 0; i < n; i++)
        values[i] = most;
    if (!(most > 0)) /* zeros, or not finite */
        return;
    for (size_t i = 0; i < n * n; i++) /* so that squares neither vanish nor overflow */
        matrix[i] /= most;
    orthogonalize(matrix, n);
    for (size_t p = 0; p < n; p++)
        values[p] = most * __builtin_sqrt(products(matrix + p * n, matrix + p * n, n).xx);
    sort_down(values, n);
}

/* ---- the Jacobian ------------------------------------------------------------------------------------------------ */

size_t wi_spectrum_bytes(const struct wi_spectrum *s)
{
    return (3 * (size_t)s->width * s->width + 3 * (size_t)s->width) * sizeof(double);
}

/* next[i][o] = sum over k of jacobian[i][k] * weights[k][o], times slope[o]. */
static void extend(const double *jacobian, const double *weights, const double *slope, size_t n, double *next)
{
    wi_product(jacobian, weights, n, n, next);
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; o < n; o++)
            next[i * n + o] *= slope[o];
}

bool wi_spectrum_run(const struct wi_spectrum *s, const double *input, void *memory, double *values)
{
    const size_t n = s->width;
    double *weights = memory, *jacobian = weights + n * n, *next = jacobian + n * n;
    double *h = next + n * n, *z = h + n, *slope = z + n;
    unsigned done = 0;
    for (size_t i = 0; i < n; i++) {
        h[i] = input[i];
        for (size_t j = 0; j < n; j++)
            jacobian[i * n + j] = i == j;
    }
    for (unsigned layer = 1; done < s->n_depths; layer++) {
        if (!s->weights(s->ctx, layer, weights))
            return false;
        wi_product(h, weights, 1, n, z);
        wi_activate(&s->activation, z, n, h, slope);
        extend(jacobian, weights, slope, n, next);
        double *const before = jacobian;
        jacobian = next;
        next = before;
        if (layer != s->depths[done])
            continue;
        for (size_t i = 0; i < n * n; i++)
            next[i] = jacobian[i];
        wi_singular_values(next, n, values + n * done++);
    }
    return true;
}
