/* /plot/spectrum: by how much a network stretches the directions of its input, after 1, 5, 20 and 50 layers. */
#include "spectrum.h"

#include <math.h>
#include <stdio.h>

#include "plot/layers.h"
#include "plot/svg.h"

static const unsigned depths[] = {1, 5, 20, 50};
enum { DEPTHS = sizeof depths / sizeof *depths };

struct found {
    double values[DEPTHS * WI_SPECTRUM_WIDTH_MAX]; /* width of each depth */
};

static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    struct found *f = found;
    struct srv_layers layers = {.ask = ask, .making = making, .code = SRV_OK};
    const struct wi_spectrum spectrum = {
        .activation = {(enum wi_nonlinearity_id)ask->number[SRV_PLOT_ACTIVATION], 0.01},
        .width = ask->number[SRV_PLOT_WIDTH],
        .n_depths = DEPTHS,
        .depths = depths,
        .weights = srv_layers_weights,
        .ctx = &layers};
    double input[WI_SPECTRUM_WIDTH_MAX];
    struct srv_blob *memory = srv_blob_new(making->budget, wi_spectrum_bytes(&spectrum));
    if (!memory)
        return SRV_NO_MEMORY;
    srv_layers_draw(ask, "sweep.input", spectrum.width, input);
    wi_spectrum_run(&spectrum, input, memory->bytes, f->values);
    srv_blob_unref(memory);
    return layers.code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void json(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const unsigned width = ask->number[SRV_PLOT_WIDTH];
    srv_text_put(out, "{");
    srv_plot_request(out, &ask->plan);
    srv_text_format(out, ",\"activation\":\"%s\",\"width\":%u,\n \"layers\":[",
                    wi_nonlinearity_at(ask->number[SRV_PLOT_ACTIVATION])->name, width);
    for (unsigned d = 0; d < DEPTHS; d++)
        srv_text_format(out, "%s%u", d ? "," : "", depths[d]);
    srv_text_put(out, "],\n \"singular_values\":[\n");
    for (unsigned d = 0; d < DEPTHS; d++) {
        srv_text_put(out, d ? ",\n  [" : "  [");
        for (unsigned i = 0; i < width; i++) {
            srv_text_put(out, i ? "," : "");
            srv_plot_real(out, f->values[d * width + i]);
        }
        srv_text_put(out, "]");
    }
    srv_text_put(out, "],\n \"floor\":1e-14}\n");
}

static void csv(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const unsigned width = ask->number[SRV_PLOT_WIDTH];
    srv_text_put(out, "index,after_1,after_5,after_20,after_50\n");
    for (unsigned i = 0; i < width; i++) {
        srv_text_format(out, "%u", i);
        for (unsigned d = 0; d < DEPTHS; d++)
            srv_plot_cell(out, f->values[d * width + i]);
        srv_text_put(out, "\n");
    }
}

/* ---- the picture ------------------------------------------------------------------------------------------------- */

struct curve {
    double x[WI_SPECTRUM_WIDTH_MAX], y[WI_SPECTRUM_WIDTH_MAX];
};

/* Powers of ten of one depth; what is rounding interrupts the line. */
static void prepare(struct curve *curve, const double *values, unsigned width, struct srv_axis *y)
{
    for (unsigned i = 0; i < width; i++) {
        const bool there = values[i] > 0 && isfinite(values[i]) && values[i] > WI_SPECTRUM_FLOOR * values[0];
        curve->x[i] = i + 1;
        curve->y[i] = there ? wi_log10(values[i]) : NAN;
        if (there) {
            y->low = fmin(y->low, curve->y[i]);
            y->high = fmax(y->high, curve->y[i]);
        }
    }
}

static void describe(const struct srv_plot_ask *ask, const struct found *f, char *out, size_t cap)
{
    const unsigned width = ask->number[SRV_PLOT_WIDTH];
    const double *last = f->values + (DEPTHS - 1) * width;
    size_t len;
    if (last[0] == 0)
        len = (size_t)snprintf(out, cap, "After 50 layers nothing of the input is left: every singular value is 0.");
    else if (!isfinite(last[0]))
        len = (size_t)snprintf(out, cap, "Within 50 layers numbers overflow: singular values exceed any number.");
    else
        len = (size_t)snprintf(out, cap,
                               "Singular values of the Jacobian: after 1 layer from %.3g to %.3g, after 50 layers ",
                               f->values[0], f->values[width - 1]);
    if (isfinite(last[0]) && last[0] != 0)
        len += (size_t)(last[width - 1] > WI_SPECTRUM_FLOOR * last[0]
                            ? snprintf(out + len, cap - len, "from %.3g to %.3g.", last[0], last[width - 1])
                            : snprintf(out + len, cap - len,
                                       "the largest is %.3g and the smallest is lost in rounding, below 1e-14 of it.",
                                       last[0]));
    srv_layers_describe(ask, out + len, cap - len);
}

static void svg(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    static const struct {
        enum srv_ink ink;
        enum srv_stroke stroke;
        const char *words;
    } looks[DEPTHS] = {{SRV_INK_SOFT, SRV_SOLID, "1 layer"},
                       {SRV_INK_THIRD, SRV_DASHED, "5"},
                       {SRV_INK_FIRST, SRV_DOTTED, "20"},
                       {SRV_INK_SECOND, SRV_SOLID, "50"}};
    const struct found *f = found;
    const unsigned width = ask->number[SRV_PLOT_WIDTH];
    struct curve curves[DEPTHS];
    struct srv_svg s = {.x = {.low = 1, .high = width}, .y = {.low = -0.5, .high = 0.5}, .keys = DEPTHS};
    char title[160], description[400];
    for (unsigned d = 0; d < DEPTHS; d++)
        prepare(&curves[d], f->values + d * width, width, &s.y);
    const double room = (s.y.high - s.y.low) * 0.06;
    s.y.low -= room;
    s.y.high += room;
    snprintf(title, sizeof title, "What %s and %s stretch, %u units", ask->plan.part.tensor.scheme->name,
             wi_nonlinearity_at(ask->number[SRV_PLOT_ACTIVATION])->name, width);
    describe(ask, f, description, sizeof description);
    srv_svg_begin(&s, out, ask, title, description);
    srv_svg_ticks_y(&s, 6, true, "");
    srv_svg_ticks_x(&s, ask->number[SRV_PLOT_SIZE] == SRV_SIZE_S ? 4 : 8, "singular value, by size");
    for (unsigned d = 0; d < DEPTHS; d++) {
        srv_svg_line(&s, looks[d].ink, looks[d].stroke, curves[d].x, curves[d].y, width);
        srv_svg_key(&s, d, looks[d].ink, looks[d].stroke, looks[d].words);
    }
    srv_svg_end(&s);
}

const struct srv_plot srv_plot_spectrum = {
    .name = "spectrum",
    .summary = "singular values of the Jacobian after 1, 5, 20 and 50 layers",
    .takes = SRV_PLOT_BIT(SRV_PLOT_ACTIVATION) | SRV_PLOT_BIT(SRV_PLOT_WIDTH),
    .activation = WI_LINEAR,
    .width = 64,
    .width_max = WI_SPECTRUM_WIDTH_MAX,
    .layers = 50,
    .found_bytes = sizeof(struct found),
    .study = study,
    .write = {[SRV_PLOT_SVG] = svg, [SRV_PLOT_JSON] = json, [SRV_PLOT_CSV] = csv},
};
