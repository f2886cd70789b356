/* /plot/heat: the first numbers of a tensor as a picture of points, blue below zero, white, red above. */
#include <math.h>
#include <stdlib.h>

#include "plot/plot.h"
#include "plot/png.h"
#include "plot/values.h"

#define SIDE 128
#define REACH 2.5 /* standard deviations to full colour */
#define WHITE 31
#define LEVELS (2 * WHITE + 1)

struct found {
    unsigned rows, cols;
    uint8_t level[SIDE * SIDE];
};

/* All dimensions but the last are rows. */
static enum srv_code study(const struct srv_making *making, const struct srv_plot_ask *ask, void *found)
{
    struct found *f = found;
    const struct wi_part *part = &ask->plan.part;
    const uint64_t cols = part->tensor.rank ? part->out_shape[part->tensor.rank - 1] : 1;
    const uint64_t rows = cols ? part->out_elems / cols : 0;
    struct srv_values *values = malloc(sizeof *values);
    double *x = malloc(SIDE * SIDE * sizeof *x);
    struct wi_moments moments = {0};
    enum srv_code code = values && x ? srv_values_init(values, making, &ask->plan) : SRV_NO_MEMORY;
    f->rows = (unsigned)(rows < SIDE ? rows : SIDE);
    f->cols = (unsigned)(cols < SIDE ? cols : SIDE);
    for (unsigned r = 0; r < f->rows && code == SRV_OK; r++)
        code = srv_values_read(values, r * cols, f->cols, x + r * f->cols);
    if (code == SRV_OK)
        wi_moments_add(&moments, x, (size_t)f->rows * f->cols);
    const double spread = wi_moments_std(&moments), full = REACH * (spread > 0 ? spread : 1);
    for (size_t i = 0; i < (size_t)f->rows * f->cols && code == SRV_OK; i++) {
        const double share = isnan(x[i]) ? 0 : fmin(fmax(x[i] / full, -1), 1);
        f->level[i] = (uint8_t)(WHITE + (share < 0 ? -floor(-share * WHITE + 0.5) : floor(share * WHITE + 0.5)));
    }
    if (values)
        srv_values_deinit(values);
    free(values);
    free(x);
    return code;
}

/* From blue (11, 98, 196) over white to red (194, 32, 12). */
static void palette(uint8_t rgb[3 * LEVELS])
{
    static const int ends[2][3] = {{11, 98, 196}, {194, 32, 12}};
    for (int i = 0; i < LEVELS; i++) {
        const int far = abs(i - WHITE), *end = ends[i > WHITE];
        for (int c = 0; c < 3; c++)
            rgb[3 * i + c] = (uint8_t)(255 + (end[c] - 255) * far / WHITE);
    }
}

static void png(struct srv_text *out, const struct srv_plot_ask *ask, const void *found)
{
    static const unsigned zoom[] = {[SRV_SIZE_M] = 2, [SRV_SIZE_S] = 1, [SRV_SIZE_L] = 3};
    const struct found *f = found;
    uint8_t rgb[3 * LEVELS];
    palette(rgb);
    /* A small matrix is enlarged, so that its points can be seen. */
    const unsigned side = f->rows > f->cols ? f->rows : f->cols, times = side && side < SIDE ? SIDE / side : 1;
    srv_png_indexed(out, f->level, f->cols, f->rows, zoom[ask->number[SRV_PLOT_SIZE]] * times, rgb, LEVELS);
}

const struct srv_plot srv_plot_heat = {
    .name = "heat",
    .summary = "the first 128 x 128 numbers as points, blue below zero and red above",
    .has_shape = true,
    .found_bytes = sizeof(struct found),
    .study = study,
    .write = {[SRV_PLOT_PNG] = png},
};
