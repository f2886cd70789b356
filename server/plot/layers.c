/* see layers.h */
#include "plot/layers.h"

#include <stdio.h>
#include <string.h>

/* Weights that are laid out (out, in) are read as (in, out). */
static void transpose(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double other = x[i * n + j];
            x[i * n + j] = x[j * n + i];
            x[j * n + i] = other;
        }
}

bool srv_layers_weights(void *ctx, unsigned layer, double *out)
{
    struct srv_layers *l = ctx;
    struct wi_plan plan;
    struct wi_error err = {0};
    const unsigned width = l->ask->number[SRV_PLOT_WIDTH];
    if (srv_making_unwanted(l->making)) {
        l->code = SRV_CANCELLED;
        return false;
    }
    if (!srv_plot_layer(l->ask, layer, width, width, &plan, &err)) {
        l->code = SRV_NO_MEMORY;
        return false;
    }
    l->code = srv_values_init(&l->values, l->making, &plan);
    if (l->code == SRV_OK)
        l->code = srv_values_read(&l->values, 0, (size_t)width * width, out);
    if (l->code == SRV_OK && plan.req.value[WI_P_LAYOUT].choice == WI_LAYOUT_OI)
        transpose(out, width);
    srv_values_deinit(&l->values);
    return l->code == SRV_OK;
}

void srv_layers_draw(const struct srv_plot_ask *ask, const char *stream, size_t n, double *out)
{
    const struct wi_draw normal = {WI_DRAW_NORMAL, 0, 1};
    const struct wi_key key = {ask->request.value[WI_P_SEED].uint, wi_stream_id(stream, strlen(stream))};
    wi_draw_f64(&normal, &key, 0, n, out);
}

void srv_layers_describe(const struct srv_plot_ask *ask, char *out, size_t cap)
{
    *out = '\0';
    if (ask->request.value[WI_P_LIKE].choice && ask->plan.params & WI_P_BIT(WI_P_SEED))
        snprintf(out, cap, " Layer 1 has seed %llu, each further layer one more.",
                 (unsigned long long)ask->request.value[WI_P_SEED].uint);
}

double srv_layers_variance(const struct wi_tensor *tensor)
{
    struct wi_density d;
    wi_density_of(tensor, &d);
    const bool centred = d.kind == WI_DENSITY_NONE
                             ? tensor->like != wi_like_at(0) && !(tensor->given & WI_P_BIT(WI_P_MEAN))
                             : d.low == -d.high && d.mean == 0;
    return tensor->has_std && centred ? tensor->std * tensor->std : -1;
}
