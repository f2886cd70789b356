/* layers.h - the weights of the network that a picture shows, layer by layer. */
#ifndef SRV_PLOT_LAYERS_H
#define SRV_PLOT_LAYERS_H

#include "plot/plot.h"
#include "plot/values.h"

struct srv_layers {
    const struct srv_plot_ask *ask;
    const struct srv_making *making;
    enum srv_code code; /* why srv_layers_weights said false */
};

/* Weights of layer 1, 2, ... as (in, out), row by row, however they are laid out; n_in <= WI_SWEEP_WIDTH_MAX. Anything but
 * SRV_OK: memory ran out. */
enum srv_code srv_layers_read(const struct srv_layers *layers, unsigned layer, unsigned n_in, unsigned n_out,
                              double *out);

/* Those of width x width, as libwi's study.h asks for them: ctx is a struct srv_layers. False: `code` says why, as nobody wants
 * the picture any more. */
bool srv_layers_weights(void *ctx, unsigned layer, double *out);

/* The inputs of a network, or what comes back from above it: n native normals of that stream, whatever the weights are. */
void srv_layers_draw(const struct srv_plot_ask *ask, const char *stream, size_t n, double *out);

/* Which seeds the layers have, for descriptions: a sentence with a blank before it, "" where streams tell layers apart. */
void srv_layers_describe(const struct srv_plot_ask *ask, char *out, size_t cap);

/* The variance that theory is of: that of weights whose mean is 0. -1: there is none. */
double srv_layers_variance(const struct wi_tensor *tensor);

#endif
