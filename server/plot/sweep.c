/* /plot/sweep: what depth does with a signal, forward and back, beside theory and chance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/layers.h"
#include "plot/svg.h"

struct found {
    struct wi_sweep_result result;
    double weight_variance; /* negative: no theory */
};

/* ---- studying ---------------------------------------------------------------------------------------------------- */

static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    struct found *f = found;
    const unsigned *number = ask->number;
    const size_t n = (size_t)number[SRV_PLOT_BATCH] * number[SRV_PLOT_WIDTH];
    struct srv_layers layers = {.ask = ask, .making = making, .code = SRV_OK};
    const struct wi_sweep sweep = {.activation = {(enum wi_nonlinearity_id)number[SRV_PLOT_ACTIVATION], 0.01},
                                   .depth = number[SRV_PLOT_DEPTH],
                                   .width = number[SRV_PLOT_WIDTH],
                                   .batch = number[SRV_PLOT_BATCH],
                                   .weight_variance = srv_layers_variance(&ask->plan.part.tensor),
                                   .weights = srv_layers_weights,
                                   .ctx = &layers};
    struct srv_blob *memory = srv_blob_new(making->budget, wi_sweep_bytes(&sweep) + 2 * n * sizeof(double));
    f->weight_variance = sweep.weight_variance;
    if (!memory) {
        layers.code = SRV_NO_MEMORY;
    } else {
        double *inputs = (double *)memory->bytes, *outputs = inputs + n;
        srv_layers_draw(ask, "sweep.input", n, inputs);
        srv_layers_draw(ask, "sweep.output", n, outputs);
        wi_sweep_run(&sweep, inputs, outputs, outputs + n, making->exec, &f->result);
    }
    srv_blob_unref(memory);
    return layers.code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void json_line(struct srv_text *out, const char *name, const struct wi_sweep_line *line, unsigned depth)
{
    srv_text_format(out, " \"%s\":{", name);
    srv_plot_list(out, "rms", line->rms, depth + 1);
    srv_text_put(out, ",\n  ");
    srv_plot_list(out, "theory", line->theory, depth + 1);
    srv_text_put(out, ",\n  ");
    srv_plot_list(out, "log_sd", line->log_sd, depth + 1);
    srv_text_put(out, "},\n");
}

static void json(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    const unsigned depth = ask->number[SRV_PLOT_DEPTH];
    srv_text_put(out, "{");
    srv_plot_request(out, &ask->plan);
    srv_text_format(out, ",\"layers\":\"%s\",\n",
                    ask->plan.part.tensor.like == wi_like_at(0) ? "stream=layer.N.weight, N from 0"
                                                                : "seed + N, N from 0");
    srv_text_format(out, " \"activation\":\"%s\",\"depth\":%u,\"width\":%u,\"batch\":%u,\"weight_variance\":",
                    wi_nonlinearity_at(ask->number[SRV_PLOT_ACTIVATION])->name, depth, ask->number[SRV_PLOT_WIDTH],
                    ask->number[SRV_PLOT_BATCH]);
    srv_plot_real(out, f->weight_variance < 0 ? NAN : f->weight_variance);
    srv_text_format(out, ",\"stable\":%s,\n", f->result.stable ? "true" : "false");
    json_line(out, "activations", &f->result.activations, depth);
    json_line(out, "gradients", &f->result.gradients, depth);
    srv_text_put(out, " ");
    srv_plot_list(out, "cosine", f->result.cosine, depth + 1);
    srv_text_put(out, ",\n ");
    srv_plot_list(out, "flat", f->result.flat, depth + 1);
    srv_text_put(out, "}\n");
}

static void csv(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct wi_sweep_result *r = &((const struct found *)found)->result;
    srv_text_put(out, "layer,activations,activations_theory,gradients,gradients_theory,cosine,flat\n");
    for (unsigned l = 0; l <= ask->number[SRV_PLOT_DEPTH]; l++) {
        const double cells[] = {r->activations.rms[l], r->activations.theory[l],
                                r->gradients.rms[l],   r->gradients.theory[l],
                                r->cosine[l],          r->flat[l]};
        srv_text_format(out, "%u", l);
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
            srv_plot_cell(out, cells[i]);
        srv_text_put(out, "\n");
    }
}

/* ---- the picture ------------------------------------------------------------------------------------------------- */

#define POINTS (WI_SWEEP_DEPTH_MAX + 1)
#define FLOOR (-60.0) /* powers of ten that are drawn */
#define CEILING 60.0

struct curves {
    double x[POINTS], values[POINTS], theory[POINTS], low[POINTS], high[POINTS];
    unsigned n;
};

/* Two standard deviations of chance; forward they lie around exp(-v / 4) of the theory, v = (2 log_sd)^2. */
static void prepare(struct curves *c, const struct wi_sweep_line *line, unsigned depth, bool forward)
{
    c->n = depth + 1;
    for (unsigned l = 0; l <= depth; l++) {
        const double sd = line->log_sd[l] * 0.43429448190325183, shift = forward ? line->log_sd[l] * sd : 0;
        c->x[l] = l;
        c->values[l] = line->rms[l] > 0 && isfinite(line->rms[l]) ? wi_log10(line->rms[l]) : NAN;
        c->theory[l] = line->theory[l] > 0 && isfinite(line->theory[l]) ? wi_log10(line->theory[l]) : NAN;
        c->low[l] = c->theory[l] - shift - 2 * sd;
        c->high[l] = c->theory[l] - shift + 2 * sd;
    }
}

static void reach(double value, double *low, double *high)
{
    if (isfinite(value)) {
        *low = fmax(fmin(*low, value), FLOOR);
        *high = fmin(fmax(*high, value), CEILING);
    }
}

static void choose_range(struct srv_axis *y, const struct curves *a, const struct curves *g)
{
    y->low = -1;
    y->high = 1;
    for (unsigned l = 0; l < a->n; l++) {
        reach(a->values[l], &y->low, &y->high);
        reach(g->values[l], &y->low, &y->high);
        reach(a->theory[l], &y->low, &y->high);
        reach(g->theory[l], &y->low, &y->high);
    }
    const double room = (y->high - y->low) * 0.06;
    y->low -= y->low > FLOOR ? room : 0;
    y->high += y->high < CEILING ? room : 0;
}

static void limits(struct srv_svg *s)
{
    static const struct {
        double at;
        const char *words;
    } rows[] = {{-4.2144, "smallest normal f16"},
                {4.8164, "largest f16"},
                {-37.9298, "smallest normal f32"},
                {38.5318, "largest f32"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].at > s->y.low && rows[i].at < s->y.high)
            srv_svg_limit(s, rows[i].at, rows[i].words);
}

/* "1.02", "nothing" for exactly 0. */
static const char *amount(double rms, char out[32])
{
    if (rms == 0)
        return "nothing";
    if (!isfinite(rms))
        return "overflow";
    snprintf(out, 32, "%.3g", rms);
    return out;
}

static void describe(const struct srv_plot_ask *ask, const struct wi_sweep_result *r, const struct srv_axis *y,
                     char *out, size_t cap)
{
    const unsigned depth = ask->number[SRV_PLOT_DEPTH];
    const bool ends = y->low <= FLOOR || y->high >= CEILING;
    char a[32], b[32], c[32];
    size_t len = (size_t)snprintf(
        out, cap,
        "Root mean square of activations: %s before the first layer, %s after the last. Of gradients, from the "
        "last layer back to the first: %s.",
        amount(r->activations.rms[0], a), amount(r->activations.rms[depth], b), amount(r->gradients.rms[0], c));
    if (isfinite(r->activations.theory[depth]))
        len += (size_t)snprintf(out + len, cap - len, " In networks of infinite width: %s and %s.",
                                amount(r->activations.theory[depth], a), amount(r->gradients.theory[0], b));
    if (!r->stable)
        len +=
            (size_t)snprintf(out + len, cap - len, " Chance is amplified here: other seeds differ by powers of ten.");
    if (ends)
        len += (size_t)snprintf(out + len, cap - len, " Lines end at the edge of the picture, the power %d of ten.",
                                (int)(y->low <= FLOOR ? FLOOR : CEILING));
    srv_layers_describe(ask, out + len, cap - len);
}

/* A line of powers of ten has no place for 0, nor for what overflows. */
static void notes(struct srv_svg *s, const struct wi_sweep_result *r, unsigned depth)
{
    const double last = r->activations.rms[depth], first = r->gradients.rms[0];
    if (last == 0)
        srv_svg_note(s, 0, "activations are dead: exactly 0 after the last layer");
    else if (!isfinite(last))
        srv_svg_note(s, 0, "activations overflow, so gradients are not known");
    if (first == 0)
        srv_svg_note(s, 1, "gradients are dead: exactly 0 before the first layer");
    else if (isfinite(last) && !isfinite(first))
        srv_svg_note(s, 1, "gradients overflow");
}

static void svg(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct wi_sweep_result *r = &((const struct found *)found)->result;
    const unsigned depth = ask->number[SRV_PLOT_DEPTH];
    char title[160], description[800];
    struct srv_svg s = {.x = {.low = 0, .high = depth}};
    struct curves *forward = malloc(2 * sizeof *forward), *back = forward + 1;
    if (!forward) {
        out->lost = true;
        return;
    }
    prepare(forward, &r->activations, depth, true);
    prepare(back, &r->gradients, depth, false);
    choose_range(&s.y, forward, back);
    snprintf(title, sizeof title, "%s and %s in %u layers of %u units", ask->plan.part.tensor.scheme->name,
             wi_nonlinearity_at(ask->number[SRV_PLOT_ACTIVATION])->name, depth, ask->number[SRV_PLOT_WIDTH]);
    describe(ask, r, &s.y, description, sizeof description);
    srv_svg_begin(&s, out, ask, title, description);
    srv_svg_ticks_y(&s, 6, true, "");
    srv_svg_ticks_x(&s, ask->number[SRV_PLOT_SIZE] == SRV_SIZE_S ? 5 : 10, "layer");
    srv_svg_band(&s, SRV_INK_FIRST, forward->x, forward->low, forward->high, forward->n);
    srv_svg_band(&s, SRV_INK_SECOND, back->x, back->low, back->high, back->n);
    srv_svg_line(&s, SRV_INK_FIRST, SRV_DASHED, forward->x, forward->theory, forward->n);
    srv_svg_line(&s, SRV_INK_SECOND, SRV_DASHED, back->x, back->theory, back->n);
    srv_svg_line(&s, SRV_INK_FIRST, SRV_SOLID, forward->x, forward->values, forward->n);
    srv_svg_line(&s, SRV_INK_SECOND, SRV_SOLID, back->x, back->values, back->n);
    limits(&s);
    notes(&s, r, depth);
    srv_svg_key(&s, 0, SRV_INK_FIRST, SRV_SOLID, "activations");
    srv_svg_key(&s, 1, SRV_INK_SECOND, SRV_SOLID, "gradients");
    srv_svg_key(&s, 2, SRV_INK_SOFT, SRV_DASHED, "theory");
    srv_svg_end(&s);
    free(forward);
}

const struct srv_plot srv_plot_sweep = {
    .name = "sweep",
    .summary = "what depth does with activations and gradients, beside theory and chance",
    .takes = SRV_PLOT_BIT(SRV_PLOT_ACTIVATION) | SRV_PLOT_BIT(SRV_PLOT_DEPTH) | SRV_PLOT_BIT(SRV_PLOT_WIDTH) |
             SRV_PLOT_BIT(SRV_PLOT_BATCH),
    .activation = WI_RELU,
    .work_max = WI_SWEEP_WORK_MAX,
    .found_bytes = sizeof(struct found),
    .study = study,
    .write = {[SRV_PLOT_SVG] = svg, [SRV_PLOT_JSON] = json, [SRV_PLOT_CSV] = csv},
};
