/* Exact distributions of native tensors. See study.h. */
#include <string.h>

#include "study.h"
#include "study/elementary.h"
#include "tensor.h"

#define REACH 4.25 /* standard deviations that a histogram shows of a normal */
#define NODES 64   /* of an integral over a bin */

static bool is_scheme(const struct wi_tensor *tensor, const char *name)
{
    return strcmp(tensor->scheme->name, name) == 0;
}

static const double none = -1; /* of shares */

void wi_density_of(const struct wi_tensor *tensor, struct wi_density *out)
{
    const struct wi_draw *draw = &tensor->draw;
    *out = (struct wi_density){.kind = WI_DENSITY_NONE};
    if (tensor->like != wi_like_at(0) || !tensor->has_std || tensor->n_elems == 0 || tensor->zero_elems ||
        is_scheme(tensor, "delta_orthogonal"))
        return;
    if (is_scheme(tensor, "orthogonal")) {
        const double ratio = tensor->bound / tensor->std;
        *out = (struct wi_density){WI_DENSITY_HAAR, .std = tensor->bound, .low = -tensor->bound, .high = tensor->bound,
                                   .size = ratio * ratio};
        return;
    }
    if (tensor->bounded.std > 0) {
        const struct wi_bounded *b = &tensor->bounded;
        *out = (struct wi_density){WI_DENSITY_NORMAL, .mean = b->mean, .std = b->std, .low = b->low, .high = b->high};
        return;
    }
    const double reach = draw->kind == WI_DRAW_TRUNCATED ? 2 : 1e9; /* of standard deviations */
    switch (draw->kind) {
    case WI_DRAW_CONSTANT:
        *out = (struct wi_density){WI_DENSITY_POINT, .mean = draw->a, .low = draw->a, .high = draw->a};
        break;
    case WI_DRAW_UNIFORM:
        *out = (struct wi_density){WI_DENSITY_UNIFORM, .low = draw->a, .high = draw->b};
        break;
    default:
        *out = (struct wi_density){WI_DENSITY_NORMAL, .mean = draw->a, .std = draw->b, .low = draw->a - reach * draw->b,
                                   .high = draw->a + reach * draw->b};
    }
    if (is_scheme(tensor, "sparse")) { /* its std counts the zeros */
        const double share = tensor->std / draw->b;
        out->zeros = draw->b > 0 ? 1 - share * share : 1;
    }
}

bool wi_density_range(const struct wi_density *d, double *low, double *high)
{
    if (d->kind == WI_DENSITY_NONE || d->kind == WI_DENSITY_POINT || !(d->high > d->low))
        return false;
    const double std = d->kind == WI_DENSITY_HAAR ? d->std / __builtin_sqrt(d->size) : d->std;
    const bool bounded = d->kind == WI_DENSITY_UNIFORM;
    *low = bounded || d->low > d->mean - REACH * std ? d->low : d->mean - REACH * std;
    *high = bounded || d->high < d->mean + REACH * std ? d->high : d->mean + REACH * std;
    return *high > *low;
}

static double clip(const struct wi_density *d, double x)
{
    return x < d->low ? d->low : x > d->high ? d->high : x;
}

/* P(low <= x < high) of the normal that is not cut. From the nearer tail, so that small shares keep their digits. */
static double normal_share(const struct wi_density *d, double low, double high)
{
    const double scale = 0.70710678118654752 / d->std;
    const struct wi_elementary *f = wi_elementary();
    return 0.5 * (f->erf((high - d->mean) * scale) - f->erf((low - d->mean) * scale));
}

/* The integral of (1 - x^2)^((size - 3) / 2), by the middles of NODES parts; x in -1 .. 1. */
static double haar_integral(double size, double low, double high, int nodes)
{
    const struct wi_elementary *f = wi_elementary();
    const double step = (high - low) / nodes, power = 0.5 * (size - 3);
    double sum = 0;
    for (int i = 0; i < nodes; i++) {
        const double x = low + (i + 0.5) * step, rest = (1 - x) * (1 + x);
        sum += rest > 0 ? f->exp(power * f->log(rest)) : 0;
    }
    return sum * step;
}

static double haar_share(const struct wi_density *d, double low, double high)
{
    /* Beyond 9 standard deviations nothing is left that a picture could show. */
    const double reach = 9 / __builtin_sqrt(d->size), end = reach < 1 ? reach : 1;
    return haar_integral(d->size, low / d->std, high / d->std, NODES) / haar_integral(d->size, -end, end, 64 * NODES);
}

double wi_density_share(const struct wi_density *d, double low, double high)
{
    const double a = clip(d, low), b = clip(d, high);
    switch (d->kind) {
    case WI_DENSITY_POINT:
        return low <= d->mean && d->mean < high;
    case WI_DENSITY_UNIFORM:
        return (b - a) / (d->high - d->low);
    case WI_DENSITY_NORMAL:
        return normal_share(d, a, b) / normal_share(d, d->low, d->high);
    case WI_DENSITY_HAAR:
        return d->size < 3 ? none : haar_share(d, a, b);
    default:
        return none;
    }
}
