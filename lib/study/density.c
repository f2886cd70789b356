/* Exact distributions of tensors. See study.h. */
#include <string.h>

#include "study.h"
#include "study/elementary.h"
#include "tensor.h"

#define REACH 4.25                  /* standard deviations that a histogram shows of a normal */
#define NODES 64                    /* of an integral over a bin */
#define DENSITY 0.39894228040143268 /* 1 / sqrt(2 pi) */

static bool is_scheme(const struct wi_tensor *tensor, const char *name)
{
    return strcmp(tensor->scheme->name, name) == 0;
}

static const double none = -1; /* of shares */

/* P(low <= x < high) of the normal that is not cut. */
static double normal_share(const struct wi_density *d, double low, double high)
{
    const double scale = 0.70710678118654752 / d->std;
    const struct wi_elementary *f = wi_elementary();
    return 0.5 * (f->erf((high - d->mean) * scale) - f->erf((low - d->mean) * scale));
}

/* Of frameworks: numbers that are drawn one by one have the distribution of the draw, which rows made by a native row need not
 * have. */
static bool is_known(const struct wi_tensor *tensor)
{
    const bool native = tensor->like == wi_like_at(0);
    if (tensor->n_elems == 0 || tensor->zero_elems || is_scheme(tensor, "delta_orthogonal"))
        return false;
    if (native || tensor->scheme->seedless)
        return tensor->has_std;
    return !is_scheme(tensor, "orthogonal") && !is_scheme(tensor, "sparse");
}

static void cut_normal(double mean, double std, double low, double high, struct wi_density *out)
{
    *out = (struct wi_density){WI_DENSITY_NORMAL, mean, std, low, high};
    /* Shares of a tail so far out have no digits. */
    if (!(std > 0 ? normal_share(out, low, high) > 1e-9 : low <= high))
        out->kind = WI_DENSITY_NONE;
}

/* Of the draw that rows of all frameworks have in common. */
static void of_draw(const struct wi_tensor *tensor, struct wi_density *out)
{
    const struct wi_draw *draw = &tensor->draw;
    const double reach = draw->kind == WI_DRAW_TRUNCATED ? 2 : 1e9; /* of standard deviations */
    double a = draw->a, b = draw->b;
    if (draw->kind > WI_DRAW_UNIFORM) {
        cut_normal(a, b, a - reach * b, a + reach * b, out);
        return;
    }
    if (draw->kind == WI_DRAW_CONSTANT)
        out->mean = b = a;
    else if (strncmp(tensor->like->name, "jax", 3) == 0) /* b is a factor of what is drawn from 0 or -1 to 1 */
        a *= b;
    out->kind = draw->kind == WI_DRAW_CONSTANT ? WI_DENSITY_POINT : WI_DENSITY_UNIFORM;
    out->low = a < b ? a : b;
    out->high = a < b ? b : a;
}

void wi_density_of(const struct wi_tensor *tensor, struct wi_density *out)
{
    const struct wi_bounded *bounded = &tensor->bounded;
    const union wi_value *v = tensor->value;
    *out = (struct wi_density){.kind = WI_DENSITY_NONE};
    if (!is_known(tensor))
        return;
    if (is_scheme(tensor, "orthogonal")) {
        const double ratio = tensor->bound / tensor->std;
        out->kind = WI_DENSITY_HAAR;
        out->std = out->high = tensor->bound;
        out->low = -tensor->bound;
        out->size = ratio * ratio;
    } else if (bounded->std > 0) {
        cut_normal(bounded->mean, bounded->std, bounded->low, bounded->high, out);
    } else if (is_scheme(tensor, "trunc_normal")) {
        cut_normal(v[WI_P_MEAN].real, v[WI_P_STD].real, v[WI_P_LOW].real, v[WI_P_HIGH].real, out);
    } else {
        of_draw(tensor, out);
    }
    if (is_scheme(tensor, "sparse")) { /* its std counts the zeros */
        const double std = tensor->draw.b, share = tensor->std / std;
        out->zeros = std > 0 ? 1 - share * share : 1;
    }
}

double wi_density_mean(const struct wi_density *d)
{
    const struct wi_elementary *f = wi_elementary();
    switch (d->kind) {
    case WI_DENSITY_NONE:
        return __builtin_nan("");
    case WI_DENSITY_NORMAL:
        break;
    default:
        return d->low / 2 + d->high / 2;
    }
    if (!(d->std > 0))
        return d->mean;
    const double a = (d->low - d->mean) / d->std, b = (d->high - d->mean) / d->std;
    return d->mean +
           d->std * DENSITY * (f->exp(-0.5 * a * a) - f->exp(-0.5 * b * b)) / normal_share(d, d->low, d->high);
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
