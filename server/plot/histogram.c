/* /plot/histogram: the numbers of a tensor beside the density that they are drawn from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plot/plot.h"
#include "plot/svg.h"
#include "plot/values.h"

#define BINS_MAX 128
#define READ_MAX (UINT64_C(1) << 24) /* elements: the first of a larger tensor */

struct found {
    uint64_t elements, read;
    struct wi_moments moments;
    struct wi_density density;
    double low, high; /* of the bins */
    uint64_t count[BINS_MAX];
    double expected[BINS_MAX]; /* -1: not known */
    double chi_square; /* of bins where more than 5 are expected; -1: not known, or of numbers that are too round */
    unsigned degrees;
    char sha256[SRV_SHA256_HEX]; /* of the body; "": not all of it was read */
};

/* The range of the density; without one that of the numbers, with some room where they are all equal. */
static void choose_range(struct found *f)
{
    if (wi_density_range(&f->density, &f->low, &f->high) && f->high - f->low > SRV_PLOT_SPAN_MIN)
        return;
    f->low = f->moments.n ? f->moments.least : 0;
    f->high = f->moments.n ? f->moments.largest : 0;
    srv_plot_room(&f->low, &f->high);
}

/* The distance between neighbours of x in each type is at most this share of x, and nowhere less than the least. */
static const struct {
    double share, least;
} spacing[WI_DTYPE_COUNT] = {
    [WI_F32] = {0x1p-23, 0x1p-149}, [WI_F64] = {0x1p-52, 0},         [WI_F16] = {0x1p-10, 0x1p-24},
    [WI_BF16] = {0x1p-7, 0x1p-133}, [WI_F8_E4M3] = {0x1p-3, 0x1p-9}, [WI_F8_E5M2] = {0x1p-2, 0x1p-16}};

/* The mean square by which rounding moves the edges of a bin, in widths of bins. */
static double roundness(enum wi_dtype_id dtype, double from, double to)
{
    const double step = fmax(spacing[dtype].share * fmax(fabs(from), fabs(to)), spacing[dtype].least) / (to - from);
    return step * step / 12;
}

/* Chi square, unless rounding of the numbers adds as much to it as chance. */
static void expect(struct found *f, enum wi_dtype_id dtype, unsigned bins)
{
    const double width = (f->high - f->low) / bins, n = (double)f->read;
    double rounding = 0;
    f->chi_square = 0;
    for (unsigned i = 0; i < bins; i++) {
        const double from = f->low + i * width, to = f->low + (i + 1) * width;
        const double share = wi_density_share(&f->density, from, to);
        const bool has_zero = from <= 0 && 0 < to;
        f->expected[i] = share < 0 ? -1 : n * (share * (1 - f->density.zeros) + (has_zero ? f->density.zeros : 0));
        if (f->expected[i] > 5) {
            const double off = (double)f->count[i] - f->expected[i];
            f->chi_square += off * off / f->expected[i];
            rounding += f->expected[i] * roundness(dtype, from, to);
            f->degrees++;
        }
    }
    f->degrees -= f->degrees > 0;
    if (f->density.kind == WI_DENSITY_NONE || rounding * rounding > 2 * f->degrees) {
        f->chi_square = -1;
        f->degrees = 0;
    }
}

static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    struct found *f = found;
    const unsigned bins = ask->number[SRV_PLOT_BINS];
    struct srv_sha256 sha;
    uint8_t digest[SRV_SHA256_BYTES];
    struct srv_values *values = malloc(sizeof *values);
    if (!values)
        return SRV_NO_MEMORY;
    f->elements = ask->plan.part.out_elems;
    f->read = f->elements < READ_MAX ? f->elements : READ_MAX;
    wi_density_of(&ask->plan.part.tensor, &f->density);
    enum srv_code code = srv_values_init(values, making, &ask->plan);
    const bool hashed = f->read == f->elements && ask->format == &srv_plot_formats[SRV_PLOT_JSON];
    if (hashed) {
        srv_sha256_init(&sha);
        values->sha = &sha;
    }
    if (code == SRV_OK)
        code = srv_values_count(values, making, f->read, &f->moments, NULL);
    values->sha = NULL;
    if (hashed) {
        srv_sha256_end(&sha, digest);
        srv_hex(digest, sizeof digest, f->sha256);
    }
    if (code == SRV_OK) {
        choose_range(f);
        code = srv_values_count(values, making, f->read, NULL, &(struct srv_bins){f->low, f->high, bins, f->count});
    }
    if (code == SRV_OK)
        expect(f, ask->plan.part.tensor.dtype->id, bins);
    srv_values_deinit(values);
    free(values);
    return code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Without numbers there are no moments of them. */
static double there(const struct wi_moments *m, double value)
{
    return m->n ? value : NAN;
}

static void json(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const struct wi_moments *m = &f->moments;
    const struct wi_tensor *tensor = &ask->plan.part.tensor;
    const unsigned bins = ask->number[SRV_PLOT_BINS];
    srv_text_put(out, "{");
    srv_plot_request(out, &ask->plan);
    srv_text_format(out, *f->sha256 ? ",\"sha256\":\"%s\"" : ",\"sha256\":null", f->sha256);
    srv_text_format(out, ",\"elements\":%llu,\"read\":%llu,\n", (unsigned long long)f->elements,
                    (unsigned long long)f->read);
    srv_plot_put(out, " \"formula\":{\"mean\":", wi_density_mean(&f->density) * (1 - f->density.zeros));
    srv_plot_put(out, ",\"std\":", tensor->has_std ? tensor->std : NAN);
    srv_plot_put(out, ",\"bound\":", tensor->has_bound ? tensor->bound : NAN);
    srv_plot_put(out, "},\n \"values\":{\"mean\":", there(m, wi_moments_mean(m)));
    srv_plot_put(out, ",\"std\":", there(m, wi_moments_std(m)));
    srv_plot_put(out, ",\"min\":", there(m, m->least));
    srv_plot_put(out, ",\"max\":", there(m, m->largest));
    srv_plot_put(out, ",\"skewness\":", there(m, wi_moments_skewness(m)));
    srv_plot_put(out, ",\"kurtosis\":", there(m, wi_moments_kurtosis(m)));
    srv_text_format(out, ",\"zeros\":%llu,\"not_finite\":%llu},\n \"fit\":{\"chi2\":", (unsigned long long)m->zeros,
                    (unsigned long long)m->not_finite);
    srv_plot_real(out, f->chi_square < 0 ? NAN : f->chi_square);
    srv_text_format(out, ",\"degrees\":%u},\n", f->degrees);
    srv_plot_put(out, " \"bins\":{\"low\":", f->low);
    srv_plot_put(out, ",\"high\":", f->high);
    srv_text_put(out, ",\"count\":[");
    for (unsigned i = 0; i < bins; i++)
        srv_text_format(out, "%s%llu", i ? "," : "", (unsigned long long)f->count[i]);
    srv_text_put(out, "],");
    double expected[BINS_MAX];
    for (unsigned i = 0; i < bins; i++)
        expected[i] = f->expected[i] < 0 ? NAN : f->expected[i];
    srv_plot_list(out, "expected", expected, bins);
    srv_text_put(out, "}}\n");
}

static void csv(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const unsigned bins = ask->number[SRV_PLOT_BINS];
    srv_text_put(out, "low,high,count,expected\n");
    for (unsigned i = 0; i < bins; i++) {
        srv_plot_real(out, f->low + i * (f->high - f->low) / bins);
        srv_plot_put(out, ",", f->low + (i + 1) * (f->high - f->low) / bins);
        srv_text_format(out, ",%llu", (unsigned long long)f->count[i]);
        srv_plot_cell(out, f->expected[i] < 0 ? NAN : f->expected[i]);
        srv_text_put(out, "\n");
    }
}

static double highest(const struct found *f, unsigned bins)
{
    double most = 1;
    for (unsigned i = 0; i < bins; i++)
        most = fmax(most, fmax((double)f->count[i], f->expected[i]));
    return most;
}

/* Expected counts of finer bins, scaled to those that are drawn, so that the line is a curve. */
static void curve(struct srv_svg *svg, const struct found *f, unsigned bins)
{
    enum { POINTS = 65 };
    double x[POINTS], y[POINTS];
    const double width = (f->high - f->low) / bins, part = (f->high - f->low) / (POINTS - 1);
    for (unsigned i = 0; i < POINTS; i++) {
        const double at = f->low + i * part, from = fmax(at - part / 2, f->low), to = fmin(at + part / 2, f->high);
        const double share = wi_density_share(&f->density, from, to);
        x[i] = at;
        y[i] = share < 0 ? NAN : share * (1 - f->density.zeros) * (double)f->read * width / (to - from);
    }
    srv_svg_line(svg, SRV_INK_SECOND, SRV_SOLID, x, y, POINTS);
}

static void describe(const struct srv_plot_ask *ask, const struct found *f, bool known, char *out, size_t cap)
{
    const struct wi_tensor *tensor = &ask->plan.part.tensor;
    const struct wi_moments *m = &f->moments;
    size_t len = 0;
    if (f->read < f->elements)
        len = (size_t)snprintf(out, cap, "The first %llu of ", (unsigned long long)f->read);
    if (m->n == 0)
        len = (size_t)snprintf(out, cap, "There are no numbers to count in this tensor");
    else
        len += (size_t)snprintf(
            out + len, cap - len, "%llu numbers from %.4g to %.4g, mean %.3g, standard deviation %.4g",
            (unsigned long long)f->elements, m->least, m->largest, wi_moments_mean(m), wi_moments_std(m));
    if (tensor->has_std && m->n)
        len += (size_t)snprintf(out + len, cap - len, "; the formula gives %.4g", tensor->std);
    if (known && f->degrees)
        snprintf(out + len, cap - len,
                 ". Counts and density differ by a chi square of %.1f with %u degrees of freedom.", f->chi_square,
                 f->degrees);
}

static void svg(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const struct wi_tensor *tensor = &ask->plan.part.tensor;
    const unsigned bins = ask->number[SRV_PLOT_BINS];
    const bool known = f->density.kind != WI_DENSITY_NONE && f->density.kind != WI_DENSITY_POINT;
    char title[160], description[480], shape[128] = "a scalar";
    double heights[BINS_MAX];
    size_t len = 0;
    for (unsigned i = 0; i < tensor->rank; i++)
        len += (size_t)snprintf(shape + len, sizeof shape - len, "%s%llu", i ? " x " : "",
                                (unsigned long long)tensor->shape[i]);
    snprintf(title, sizeof title, "The numbers of %s, %s", tensor->scheme->name, shape);
    describe(ask, f, known, description, sizeof description);
    struct srv_svg s = {.x = {.low = f->low, .high = f->high}, .y = {.low = 0, .high = 1.05 * highest(f, bins)}};
    srv_svg_begin(&s, out, ask, title, description);
    srv_svg_ticks_y(&s, 5, false, "");
    srv_svg_ticks_x(&s, ask->number[SRV_PLOT_SIZE] == SRV_SIZE_S ? 4 : 8, "value");
    for (unsigned i = 0; i < bins; i++)
        heights[i] = (double)f->count[i];
    srv_svg_bars(&s, SRV_INK_FIRST, heights, bins);
    if (known)
        curve(&s, f, bins);
    srv_svg_key(&s, 0, SRV_INK_FIRST, SRV_SOLID, "numbers");
    if (known)
        srv_svg_key(&s, 1, SRV_INK_SECOND, SRV_SOLID, "exact density");
    srv_svg_end(&s);
}

const struct srv_plot srv_plot_histogram = {
    .name = "histogram",
    .summary = "how often each value occurs, beside the exact density",
    .takes = SRV_PLOT_BIT(SRV_PLOT_BINS),
    .has_shape = true,
    .found_bytes = sizeof(struct found),
    .study = study,
    .write = {[SRV_PLOT_SVG] = svg, [SRV_PLOT_JSON] = json, [SRV_PLOT_CSV] = csv},
};
