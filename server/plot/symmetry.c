/* /plot/symmetry: eight hidden units learn exclusive-or, and go together for ever where they begin equal. */
#include "symmetry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/layers.h"
#include "plot/svg.h"

enum { UNITS = WI_SYMMETRY_UNITS, POINTS = WI_SYMMETRY_POINTS };

static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    const struct wi_activation activation = {(enum wi_nonlinearity_id)ask->number[SRV_PLOT_ACTIVATION], 0.01};
    const struct srv_layers layers = {.ask = ask, .making = making};
    double first[2 * UNITS], second[UNITS];
    enum srv_code code = srv_layers_read(&layers, 1, 2, UNITS, first);
    if (code == SRV_OK)
        code = srv_layers_read(&layers, 2, UNITS, 1, second);
    if (code == SRV_OK)
        wi_symmetry_run(&activation, first, second, found);
    return code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void json(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct wi_symmetry *f = found;
    srv_text_put(out, "{");
    srv_plot_request(out, &ask->plan);
    srv_text_format(out, ",\"activation\":\"%s\",\"units\":%d,\"distinct\":%u,\"steps\":%d,\n",
                    wi_nonlinearity_at(ask->number[SRV_PLOT_ACTIVATION])->name, UNITS, f->distinct, WI_SYMMETRY_STEPS);
    srv_plot_put(out, " \"loss\":", f->loss[POINTS - 1]);
    srv_plot_put(out, ",\"first_gradient\":", f->first_gradient);
    srv_text_put(out, ",\n ");
    srv_plot_list(out, "losses", f->loss, POINTS);
    srv_text_put(out, ",\n \"paths\":[");
    for (unsigned u = 0; u < UNITS; u++) {
        srv_text_put(out, u ? "],\n  [" : "\n  [");
        for (unsigned i = 0; i < POINTS; i++) {
            srv_plot_put(out, i ? ",[" : "[", f->path[u][i][0]);
            srv_plot_put(out, ",", f->path[u][i][1]);
            srv_text_put(out, "]");
        }
    }
    srv_text_put(out, "]]}\n");
}

static void csv(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct wi_symmetry *f = found;
    (void)ask;
    srv_text_put(out, "step,loss,unit,x,y\n");
    for (unsigned i = 0; i < POINTS; i++)
        for (unsigned u = 0; u < UNITS; u++) {
            srv_text_format(out, "%u,", i * (WI_SYMMETRY_STEPS / (POINTS - 1)));
            srv_plot_real(out, f->loss[i]);
            srv_text_format(out, ",%u,", u);
            srv_plot_real(out, f->path[u][i][0]);
            srv_text_put(out, ",");
            srv_plot_real(out, f->path[u][i][1]);
            srv_text_put(out, "\n");
        }
}

/* ---- the picture ------------------------------------------------------------------------------------------------- */

static void widen(struct srv_axis *axis, double value)
{
    if (isfinite(value)) {
        axis->low = fmin(axis->low, value * 1.08);
        axis->high = fmax(axis->high, value * 1.08);
    }
}

static void svg(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    const struct wi_symmetry *f = found;
    struct srv_svg s = {.x = {.low = -1, .high = 1}, .y = {.low = -1, .high = 1}};
    char title[160], description[400], loss[32] = "overflow";
    if (isfinite(f->loss[POINTS - 1]))
        snprintf(loss, sizeof loss, f->loss[POINTS - 1] < 1e6 ? "%.2f" : "%.3g", f->loss[POINTS - 1]);
    snprintf(title, sizeof title, "%u of 8 units differ: %s and %s", f->distinct, ask->plan.part.tensor.scheme->name,
             wi_nonlinearity_at(ask->number[SRV_PLOT_ACTIVATION])->name);
    const int len = snprintf(
        description, sizeof description,
        "The two incoming weights of each of 8 hidden units while they learn exclusive-or in %d steps. At the end %u "
        "of them differ, the loss is %s, and %s.",
        WI_SYMMETRY_STEPS, f->distinct, loss,
        f->first_gradient == 0 ? "the first gradient of every weight was 0" : "the first gradient was not 0");
    srv_layers_describe(ask, description + len, sizeof description - (size_t)len);
    for (unsigned u = 0; u < UNITS; u++)
        for (unsigned i = 0; i < POINTS; i++) {
            widen(&s.x, f->path[u][i][0]);
            widen(&s.y, f->path[u][i][1]);
        }
    srv_svg_begin(&s, out, ask, title, description);
    srv_svg_ticks_y(&s, 5, false, "weight of the second input");
    srv_svg_ticks_x(&s, 6, "weight of the first input; large dots: the end");
    for (unsigned u = 0; u < UNITS; u++) {
        double x[POINTS], y[POINTS];
        for (unsigned i = 0; i < POINTS; i++) {
            x[i] = f->path[u][i][0];
            y[i] = f->path[u][i][1];
        }
        srv_svg_line(&s, SRV_INK_FIRST, SRV_SOLID, x, y, POINTS);
        srv_svg_dot(&s, SRV_INK_SOFT, x[0], y[0], 3);
        srv_svg_dot(&s, SRV_INK_SECOND, x[POINTS - 1], y[POINTS - 1], 5);
    }
    srv_svg_end(&s);
}

const struct srv_plot srv_plot_symmetry = {
    .name = "symmetry",
    .summary = "paths of the weights of eight hidden units that learn exclusive-or",
    .takes = SRV_PLOT_BIT(SRV_PLOT_ACTIVATION),
    .activation = WI_TANH,
    .rows = 2,
    .cols = UNITS,
    .layers = 2,
    .found_bytes = sizeof(struct wi_symmetry),
    .study = study,
    .write = {[SRV_PLOT_SVG] = svg, [SRV_PLOT_JSON] = json, [SRV_PLOT_CSV] = csv},
};
