/* /plot/versus: one name, several distributions: the numbers of a tensor beside those that frameworks give it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plot/plot.h"
#include "plot/svg.h"
#include "plot/values.h"

#define BINS_MAX 128
#define READ_MAX (UINT64_C(1) << 24) /* elements, of all tensors together: the first of larger ones */
#define TENSORS_MAX (1 + SRV_PLOT_VS_MAX)

/* One line: whose numbers, and what they are. */
struct line {
    struct wi_plan plan;
    struct wi_moments moments;
    double density[BINS_MAX]; /* the share of numbers in each bin, divided by the bin's width */
};

struct found {
    unsigned n;
    uint64_t read; /* of each tensor */
    double low, high;
    struct line line[TENSORS_MAX];
};

/* ---- studying ---------------------------------------------------------------------------------------------------- */

/* Read the numbers of a line: its moments, or with bins its density. */
static enum srv_code walk(const struct srv_making *making, const struct found *f, struct line *line, unsigned bins)
{
    uint64_t count[BINS_MAX] = {0};
    const struct srv_bins counted = {f->low, f->high, bins, count};
    struct srv_values values;
    enum srv_code code = srv_values_init(&values, making, &line->plan);
    if (code == SRV_OK)
        code = srv_values_count(&values, making, f->read, &line->moments, bins ? &counted : NULL);
    srv_values_deinit(&values);
    for (unsigned i = 0; i < bins; i++)
        line->density[i] = (double)count[i] / (double)line->moments.n / ((f->high - f->low) / bins);
    return code;
}

/* From the least to the largest number of all; some room where they are all equal. */
static void choose_range(struct found *f)
{
    f->low = INFINITY;
    f->high = -INFINITY;
    for (unsigned i = 0; i < f->n; i++)
        if (f->line[i].moments.n) {
            f->low = fmin(f->low, f->line[i].moments.least);
            f->high = fmax(f->high, f->line[i].moments.largest);
        }
    if (!(f->high >= f->low))
        f->low = f->high = 0;
    srv_plot_room(&f->low, &f->high);
}

static bool plan_lines(const struct srv_plot_ask *ask, struct found *f)
{
    struct wi_error err = {0};
    const unsigned set = ask->number[SRV_PLOT_VS];
    f->line[f->n++].plan = ask->plan;
    for (unsigned i = 0; set >> i; i++)
        if (set >> i & 1 && !srv_plot_like(ask, i, NULL, &f->line[f->n++].plan, &err))
            return false;
    const uint64_t elements = ask->plan.part.out_elems, most = READ_MAX / f->n;
    f->read = elements < most ? elements : most;
    return true;
}

static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    struct found *f = found;
    enum srv_code code = plan_lines(ask, f) ? SRV_OK : SRV_NO_MEMORY;
    for (unsigned i = 0; i < f->n && code == SRV_OK; i++)
        code = walk(making, f, &f->line[i], 0);
    choose_range(f);
    for (unsigned i = 0; i < f->n && code == SRV_OK; i++)
        code = walk(making, f, &f->line[i], ask->number[SRV_PLOT_BINS]);
    return code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static const char *name_of(const struct line *line)
{
    return line->plan.part.tensor.like->name;
}

static double largest(const struct wi_moments *m)
{
    return m->n ? fmax(fabs(m->least), fabs(m->largest)) : NAN;
}

static void json_line(struct srv_text *out, const struct line *line, unsigned bins)
{
    const struct wi_tensor *tensor = &line->plan.part.tensor;
    srv_text_format(out, "  {\"like\":\"%s\",\"scheme\":\"%s\",", name_of(line), tensor->scheme->name);
    srv_plot_request(out, &line->plan);
    srv_plot_put(out, ",\n   \"formula\":{\"std\":", tensor->has_std ? tensor->std : NAN);
    srv_plot_put(out, ",\"bound\":", tensor->has_bound ? tensor->bound : NAN);
    srv_plot_put(out, "},\n   \"values\":{\"mean\":", line->moments.n ? wi_moments_mean(&line->moments) : NAN);
    srv_plot_put(out, ",\"std\":", line->moments.n ? wi_moments_std(&line->moments) : NAN);
    srv_plot_put(out, ",\"largest\":", largest(&line->moments));
    srv_plot_put(out, ",\"kurtosis\":", line->moments.n ? wi_moments_kurtosis(&line->moments) : NAN);
    srv_text_format(out, ",\"zeros\":%llu},\n   ", (unsigned long long)line->moments.zeros);
    srv_plot_list(out, "density", line->density, bins);
    srv_text_put(out, "}");
}

static void json(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    srv_text_format(out, "{\"elements\":%llu,\"read\":%llu,", (unsigned long long)ask->plan.part.out_elems,
                    (unsigned long long)f->read);
    srv_plot_put(out, "\"bins\":{\"low\":", f->low);
    srv_plot_put(out, ",\"high\":", f->high);
    srv_text_format(out, ",\"n\":%u},\n \"tensors\":[\n", ask->number[SRV_PLOT_BINS]);
    for (unsigned i = 0; i < f->n; i++) {
        json_line(out, &f->line[i], ask->number[SRV_PLOT_BINS]);
        srv_text_put(out, i + 1 < f->n ? ",\n" : "]}\n");
    }
}

static double edge(const struct found *f, unsigned i, unsigned bins)
{
    return f->low + i * (f->high - f->low) / bins;
}

static void csv(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const unsigned bins = ask->number[SRV_PLOT_BINS];
    srv_text_put(out, "low,high");
    for (unsigned i = 0; i < f->n; i++)
        srv_text_format(out, ",%s", name_of(&f->line[i]));
    srv_text_put(out, "\n");
    for (unsigned b = 0; b < bins; b++) {
        srv_plot_real(out, edge(f, b, bins));
        srv_plot_put(out, ",", edge(f, b + 1, bins));
        for (unsigned i = 0; i < f->n; i++) {
            srv_text_put(out, ",");
            if (f->line[i].moments.n)
                srv_plot_real(out, f->line[i].density[b]);
        }
        srv_text_put(out, "\n");
    }
}

/* ---- the picture ------------------------------------------------------------------------------------------------- */

static const struct {
    enum srv_ink ink;
    enum srv_stroke stroke;
} looks[TENSORS_MAX] = {{SRV_INK_TEXT, SRV_SOLID},
                        {SRV_INK_FIRST, SRV_DASHED},
                        {SRV_INK_SECOND, SRV_DASH_DOT},
                        {SRV_INK_THIRD, SRV_DOTTED},
                        {SRV_INK_FOURTH, SRV_SOLID}};

/* A line goes along the tops of its bins, and down to 0 at both ends, so that a cut shows. */
static void steps(struct srv_svg *svg, const struct found *f, unsigned i, unsigned bins)
{
    double x[2 * BINS_MAX + 2], y[2 * BINS_MAX + 2];
    unsigned first = 0, end = bins;
    while (first < end && f->line[i].density[first] == 0)
        first++;
    while (end > first && f->line[i].density[end - 1] == 0)
        end--;
    size_t n = 0;
    for (unsigned b = first; b < end; b++)
        for (unsigned side = 0; side < 2; side++) {
            if (b == first && side == 0) {
                x[n] = edge(f, b, bins);
                y[n++] = 0;
            }
            x[n] = edge(f, b + side, bins);
            y[n++] = f->line[i].density[b];
        }
    x[n] = edge(f, end, bins);
    y[n++] = 0;
    srv_svg_line(svg, looks[i].ink, looks[i].stroke, x, y, n);
}

static void describe(const struct found *f, uint64_t elements, char *out, size_t cap)
{
    size_t len = (size_t)snprintf(out, cap,
                                  f->read < elements ? "Densities of the first %llu of %llu numbers each."
                                                     : "Densities of %llu numbers each.",
                                  (unsigned long long)f->read, (unsigned long long)elements);
    for (unsigned i = 0; i < f->n; i++) {
        const struct wi_moments *m = &f->line[i].moments;
        len +=
            (size_t)snprintf(out + len, cap - len, m->n ? " %s: standard deviation %.4g, largest %.4g." : " %s: none.",
                             name_of(&f->line[i]), wi_moments_std(m), largest(m));
    }
}

static void svg(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const unsigned bins = ask->number[SRV_PLOT_BINS];
    const bool small = ask->number[SRV_PLOT_SIZE] == SRV_SIZE_S;
    char title[160], description[480];
    double most = 0;
    for (unsigned i = 0; i < f->n; i++)
        for (unsigned b = 0; b < bins; b++)
            most = fmax(most, isfinite(f->line[i].density[b]) ? f->line[i].density[b] : 0);
    snprintf(title, sizeof title, "One name, several distributions: %s", ask->plan.part.tensor.scheme->name);
    describe(f, ask->plan.part.out_elems, description, sizeof description);
    struct srv_svg s = {.x = {.low = f->low, .high = f->high},
                        .y = {.low = 0, .high = most > 0 ? 1.05 * most : 1},
                        .keys = small ? 2 : 4};
    s.key_rows = (f->n + s.keys - 1) / s.keys;
    srv_svg_begin(&s, out, ask, title, description);
    srv_svg_ticks_y(&s, 5, false, "");
    srv_svg_ticks_x(&s, small ? 4 : 8, "value");
    for (unsigned i = 0; i < f->n; i++) {
        if (f->line[i].moments.n)
            steps(&s, f, i, bins);
        srv_svg_key(&s, i, looks[i].ink, looks[i].stroke, name_of(&f->line[i]));
    }
    srv_svg_end(&s);
}

const struct srv_plot srv_plot_versus = {
    .name = "versus",
    .summary = "the numbers that frameworks give a scheme of one name, as densities",
    .takes = SRV_PLOT_BIT(SRV_PLOT_BINS) | SRV_PLOT_BIT(SRV_PLOT_VS),
    .has_shape = true,
    .found_bytes = sizeof(struct found),
    .study = study,
    .write = {[SRV_PLOT_SVG] = svg, [SRV_PLOT_JSON] = json, [SRV_PLOT_CSV] = csv},
};
