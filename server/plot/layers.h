/* layers.h - the weights of the network that a picture shows, layer by layer. */
#ifndef SRV_PLOT_LAYERS_H
#define SRV_PLOT_LAYERS_H

#include "plot/plot.h"
#include "plot/values.h"

struct srv_layers {
    const struct srv_plot_ask *ask;
    const struct srv_making *making;
    struct srv_values values;
    enum srv_code code; /* why srv_layers_weights said false */
};

/* Weights of layer 1, 2, ... as libwi's study.h asks for them: ctx is a struct srv_layers. What is laid out (out, in) is
 * read as (in, out). False where nobody wants the picture any more, or memory ran out. */
bool srv_layers_weights(void *ctx, unsigned layer, double *out);

/* The inputs of a network, or what comes back from above it: n native normals of that stream, whatever the weights are. */
void srv_layers_draw(const struct srv_plot_ask *ask, const char *stream, size_t n, double *out);

/* Which seeds the layers have, for descriptions: a sentence with a blank before it, "" where streams tell layers apart. */
void srv_layers_describe(const struct srv_plot_ask *ask, char *out, size_t cap);

/* The variance that theory is of: that of weights whose mean is 0. -1: there is none. */
double srv_layers_variance(const struct wi_tensor *tensor);

#endif
