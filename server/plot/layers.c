/* see layers.h */
#include "plot/layers.h"

#include <stdio.h>
#include <string.h>

enum srv_code srv_layers_read(const struct srv_layers *l, unsigned layer, unsigned n_in, unsigned n_out, double *out)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    struct srv_values values;
    bool out_first;
    if (!srv_plot_layer(l->ask, layer, n_in, n_out, &plan, &out_first, &err))
        return SRV_NO_MEMORY;
    enum srv_code code = srv_values_init(&values, l->making, &plan);
    for (unsigned o = 0; out_first && code == SRV_OK && o < n_out; o++) {
        double row[WI_SWEEP_WIDTH_MAX];
        code = srv_values_read(&values, (uint64_t)o * n_in, n_in, row);
        for (unsigned i = 0; i < n_in; i++)
            out[(size_t)i * n_out + o] = row[i];
    }
    if (!out_first && code == SRV_OK)
        code = srv_values_read(&values, 0, (size_t)n_in * n_out, out);
    srv_values_deinit(&values);
    return code;
}

bool srv_layers_weights(void *ctx, unsigned layer, double *out)
{
    struct srv_layers *l = ctx;
    const unsigned width = l->ask->number[SRV_PLOT_WIDTH];
    l->code = srv_making_unwanted(l->making) ? SRV_CANCELLED : srv_layers_read(l, layer, width, width, out);
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
