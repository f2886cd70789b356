/* /plot/grid: what 50 layers leave of activations and gradients, for every scheme and activation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/layers.h"
#include "plot/svg.h"

static const char *const schemes[] = {"zeros",     "random",        "xavier_uniform", "xavier_normal", "he_uniform",
                                      "he_normal", "lecun_uniform", "lecun_normal",   "orthogonal",    "sparse"};
enum { SCHEMES = sizeof schemes / sizeof *schemes, ACTIVATIONS = WI_SOFTMAX, SEEDS = 3, BATCH = 32 };

struct found {
    /* Medians of three seeds, as powers of ten: of the last layer's activations, of the input's gradients. -INFINITY: exactly
     * 0, dead. */
    double activations[SCHEMES][ACTIVATIONS], gradients[SCHEMES][ACTIVATIONS];
};

/* ---- studying ---------------------------------------------------------------------------------------------------- */

/* The weights of all layers of one network, which every activation shares. */
struct stack {
    const double *weights;
    size_t square; /* width * width */
};

static bool take(void *ctx, unsigned layer, double *out)
{
    const struct stack *stack = ctx;
    memcpy(out, stack->weights + (layer - 1) * stack->square, stack->square * sizeof *out);
    return true;
}

struct row {
    const struct srv_plot_ask *ask; /* of the grid */
    const double *weights, *inputs, *outputs;
    char *memory; /* of ACTIVATIONS sweeps */
    size_t sweep_bytes;
    double (*activations)[SEEDS], (*gradients)[SEEDS]; /* of each activation */
    unsigned seed;
};

static struct wi_sweep sweep_of(const struct srv_plot_ask *ask, unsigned activation, struct stack *stack)
{
    return (struct wi_sweep){.activation = {(enum wi_nonlinearity_id)activation, 0.01},
                             .depth = ask->number[SRV_PLOT_DEPTH],
                             .width = ask->number[SRV_PLOT_WIDTH],
                             .batch = BATCH,
                             .weight_variance = -1,
                             .weights = take,
                             .ctx = stack};
}

static void cell(void *arg, size_t activation)
{
    const struct row *row = arg;
    const size_t width = row->ask->number[SRV_PLOT_WIDTH];
    struct stack stack = {row->weights, width * width};
    const struct wi_sweep sweep = sweep_of(row->ask, (unsigned)activation, &stack);
    struct wi_sweep_result result;
    wi_sweep_run(&sweep, row->inputs, row->outputs, row->memory + activation * row->sweep_bytes, NULL, &result);
    const double up = result.activations.rms[sweep.depth], down = result.gradients.rms[0];
    row->activations[activation][row->seed] = up > 0 ? wi_log10(up) : -INFINITY;
    row->gradients[activation][row->seed] = down > 0 ? wi_log10(down) : -INFINITY;
}

static double median(const double x[SEEDS])
{
    return fmax(fmin(x[0], x[1]), fmin(fmax(x[0], x[1]), x[2]));
}

static enum srv_code make_weights(const struct srv_making *making, const struct srv_plot_ask *ask, double *out)
{
    struct srv_layers layers = {.ask = ask, .making = making, .code = SRV_OK};
    const size_t width = ask->number[SRV_PLOT_WIDTH];
    for (unsigned l = 1; l <= ask->number[SRV_PLOT_DEPTH]; l++)
        if (!srv_layers_weights(&layers, l, out + (l - 1) * width * width))
            return layers.code;
    return SRV_OK;
}

/* One scheme: three networks, each with every activation. */
static enum srv_code study_scheme(const struct srv_making *making, const struct srv_plot_ask *ask, unsigned scheme,
                                  double *room, struct found *f)
{
    const size_t width = ask->number[SRV_PLOT_WIDTH], n = width * BATCH, depth = ask->number[SRV_PLOT_DEPTH];
    double activations[ACTIVATIONS][SEEDS], gradients[ACTIVATIONS][SEEDS];
    struct row row = {.ask = ask, .weights = room, .inputs = room + depth * width * width};
    struct srv_plot_ask own = *ask;
    double *const inputs = room + depth * width * width, *const outputs = inputs + n;
    const struct wi_sweep sweep = sweep_of(ask, 0, NULL);
    row.outputs = outputs;
    row.memory = (char *)(outputs + n);
    row.sweep_bytes = wi_sweep_bytes(&sweep);
    row.activations = activations;
    row.gradients = gradients;
    snprintf(own.request.scheme, sizeof own.request.scheme, "%s", schemes[scheme]);
    for (row.seed = 0; row.seed < SEEDS; row.seed++) {
        own.request.value[WI_P_SEED].uint = ask->request.value[WI_P_SEED].uint + row.seed;
        srv_layers_draw(&own, "sweep.input", n, inputs);
        srv_layers_draw(&own, "sweep.output", n, outputs);
        if (scheme)
            own.request.given |= WI_P_BIT(WI_P_SEED); /* zeros take none */
        else
            own.request.given &= ~WI_P_BIT(WI_P_SEED);
        const enum srv_code code = make_weights(making, &own, room);
        if (code != SRV_OK)
            return code;
        wi_exec_run(making->exec, ACTIVATIONS, cell, &row);
    }
    for (unsigned a = 0; a < ACTIVATIONS; a++) {
        f->activations[scheme][a] = median(activations[a]);
        f->gradients[scheme][a] = median(gradients[a]);
    }
    return SRV_OK;
}

static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    const size_t width = ask->number[SRV_PLOT_WIDTH], depth = ask->number[SRV_PLOT_DEPTH];
    const struct wi_sweep sweep = sweep_of(ask, 0, NULL);
    const size_t doubles = depth * width * width + 2 * width * BATCH;
    struct srv_blob *room =
        srv_blob_new(making->budget, doubles * sizeof(double) + ACTIVATIONS * wi_sweep_bytes(&sweep));
    enum srv_code code = room ? SRV_OK : SRV_NO_MEMORY;
    for (unsigned s = 0; s < SCHEMES && code == SRV_OK; s++)
        code = study_scheme(making, ask, s, (double *)(void *)room->bytes, found);
    srv_blob_unref(room);
    return code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void matrix(struct srv_text *out, const char *name, const double values[SCHEMES][ACTIVATIONS])
{
    srv_text_format(out, "\"%s\":[", name);
    for (unsigned s = 0; s < SCHEMES; s++) {
        srv_text_put(out, s ? "],\n   [" : "\n   [");
        for (unsigned a = 0; a < ACTIVATIONS; a++) {
            srv_text_put(out, a ? "," : "");
            srv_plot_real(out, values[s][a]);
        }
    }
    srv_text_put(out, "]]");
}

static void json(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    srv_text_format(out, "{\"depth\":%u,\"width\":%u,\"batch\":%d,\"seeds\":[", ask->number[SRV_PLOT_DEPTH],
                    ask->number[SRV_PLOT_WIDTH], BATCH);
    for (unsigned i = 0; i < SEEDS; i++)
        srv_text_format(out, "%s%llu", i ? "," : "", (unsigned long long)(ask->request.value[WI_P_SEED].uint + i));
    srv_text_put(out, "],\n \"schemes\":[");
    for (unsigned s = 0; s < SCHEMES; s++)
        srv_text_format(out, "%s\"%s\"", s ? "," : "", schemes[s]);
    srv_text_put(out, "],\n \"activations\":[");
    for (unsigned a = 0; a < ACTIVATIONS; a++)
        srv_text_format(out, "%s\"%s\"", a ? "," : "", wi_nonlinearity_at(a)->name);
    srv_text_put(out, "],\n \"log10\":{");
    matrix(out, "activations", f->activations);
    srv_text_put(out, ",\n  ");
    matrix(out, "gradients", f->gradients);
    srv_text_put(out, "}}\n");
}

static void csv(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    (void)ask;
    srv_text_put(out, "scheme,activation,log10_activations,log10_gradients\n");
    for (unsigned s = 0; s < SCHEMES; s++)
        for (unsigned a = 0; a < ACTIVATIONS; a++) {
            srv_text_format(out, "%s,%s", schemes[s], wi_nonlinearity_at(a)->name);
            srv_plot_cell(out, f->activations[s][a]);
            srv_plot_cell(out, f->gradients[s][a]);
            srv_text_put(out, "\n");
        }
}

/* ---- the picture ------------------------------------------------------------------------------------------------- */

#define TOP 64
#define LEFT 112
#define WIDTH_MIN 640 /* cells hold numbers that are read */

/* Seven steps a side: blue vanishes, red explodes. They jump over tones on which text falls below 4.5:1. */
static const char blues[][8] = {"#f6f8fa", "#dbe9fb", "#bcd7f7", "#9cc4f2", "#7fb1ec", "#1f5fae", "#0b3d7c"};
static const char reds[][8] = {"#f6f8fa", "#fde4d8", "#fbccb6", "#f8b394", "#f49a72", "#b03a10", "#7d2506"};
static const double steps[] = {0.5, 1, 2, 4, 8, 16};

/* The worse of activations and gradients. */
static double worse(double a, double b)
{
    return fabs(a) > fabs(b) ? a : b;
}

static void cell_svg(struct srv_text *out, double x, double y, double width, double value)
{
    unsigned step = 0;
    while (step < sizeof steps / sizeof *steps && fabs(value) >= steps[step])
        step++;
    const char *colour = isinf(value) ? "#30363d" : value < 0 ? blues[step] : reds[step];
    const bool is_dark = isinf(value) || step >= 5;
    char text[32] = "dead";
    if (!isinf(value))
        snprintf(text, sizeof text, "%s%.*f", value <= -0.05 ? "\xe2\x88\x92" : "", fabs(value) < 9.95 ? 1 : 0,
                 fabs(value));
    srv_text_format(out, "<rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"24\" fill=\"%s\"/>\n", x, y, width - 2,
                    colour);
    srv_text_format(out, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\" font-size=\"11\" fill=\"%s\">%s</text>\n",
                    x + width / 2 - 1, y + 16, is_dark ? "#ffffff" : "#1b1f24", text);
}

static void describe(const struct found *f, char *out, size_t cap)
{
    unsigned dead = 0, kept = 0;
    for (unsigned s = 0; s < SCHEMES; s++)
        for (unsigned a = 0; a < ACTIVATIONS; a++) {
            const double value = worse(f->activations[s][a], f->gradients[s][a]);
            dead += isinf(value) != 0;
            kept += fabs(value) < 1;
        }
    snprintf(
        out, cap,
        "Powers of ten by which activations grow upwards or gradients downwards, the worse of both, for %d schemes and "
        "%d activations: %u pairs keep both within one power, in %u one is exactly 0.",
        SCHEMES, ACTIVATIONS, kept, dead);
}

static void svg(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct found *f = found;
    struct srv_svg s = {.out = NULL};
    char title[120], description[320];
    snprintf(title, sizeof title, "What %u layers of %u units leave, as powers of ten", ask->number[SRV_PLOT_DEPTH],
             ask->number[SRV_PLOT_WIDTH]);
    describe(f, description, sizeof description);
    srv_svg_begin_bare(&s, out, ask, title, description, WIDTH_MIN, TOP + 26 * SCHEMES + 8);
    const double width = (s.width - LEFT - 8) / ACTIVATIONS;
    for (unsigned a = 0; a < ACTIVATIONS; a++)
        srv_svg_words(&s, SRV_INK_TEXT, LEFT + width * (a + 0.5), a % 2 ? 38 : 56, "middle",
                      wi_nonlinearity_at(a)->name);
    for (unsigned i = 0; i < SCHEMES; i++) {
        srv_svg_words(&s, SRV_INK_TEXT, LEFT - 8, TOP + 26 * i + 17, "end", schemes[i]);
        for (unsigned a = 0; a < ACTIVATIONS; a++)
            cell_svg(out, LEFT + width * a, TOP + 26 * i, width, worse(f->activations[i][a], f->gradients[i][a]));
    }
    srv_svg_words(&s, SRV_INK_SOFT, LEFT, 18, "start",
                  "the worse of activations and gradients; blue vanishes, red explodes");
    srv_svg_end(&s);
}

const struct srv_plot srv_plot_grid = {
    .name = "grid",
    .summary = "what depth leaves of activations and gradients, for every scheme and activation",
    .takes = SRV_PLOT_BIT(SRV_PLOT_DEPTH) | SRV_PLOT_BIT(SRV_PLOT_WIDTH),
    .width = 64,
    .width_max = 128,
    .work_max = 1 << 20, /* five times the default's: seconds */
    .every_scheme = true,
    .found_bytes = sizeof(struct found),
    .study = study,
    .write = {[SRV_PLOT_SVG] = svg, [SRV_PLOT_JSON] = json, [SRV_PLOT_CSV] = csv},
};
