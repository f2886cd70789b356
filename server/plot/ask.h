/* ask.h - what a picture is asked to show: a tensor or a scheme, and parameters of the picture's own.
 *
 * A value of plain data, so that another thread can have a copy. Every parameter has a default, which the canonical text
 * spells out: equal texts are equal pictures. */
#ifndef SRV_PLOT_ASK_H
#define SRV_PLOT_ASK_H

#include "http/message.h"
#include "study.h"

enum srv_plot_param {
    SRV_PLOT_ACTIVATION,
    SRV_PLOT_DEPTH,
    SRV_PLOT_WIDTH,
    SRV_PLOT_BATCH,
    SRV_PLOT_BINS,
    SRV_PLOT_VS, /* a set: bit i is wi_like_at(i) */
    SRV_PLOT_THEME,
    SRV_PLOT_SIZE,
    SRV_PLOT_PARAMS
};
#define SRV_PLOT_VS_MAX 4
#define SRV_PLOT_BIT(param) (1u << (param))

/* Parameters of a tensor that no picture shows: those of files; and those of one tensor, which layers do not have. */
#define SRV_PLOT_OF_FILES \
    (WI_P_BIT(WI_P_FORMAT) | WI_P_BIT(WI_P_OF) | WI_P_BIT(WI_P_ORDER) | WI_P_BIT(WI_P_FLAT) | WI_P_BIT(WI_P_NAME))
#define SRV_PLOT_OF_ONE (WI_P_BIT(WI_P_SHAPE) | WI_P_BIT(WI_P_STREAM) | WI_P_BIT(WI_P_PADDING) | WI_P_BIT(WI_P_SLICE))

enum srv_plot_theme { SRV_THEME_AUTO, SRV_THEME_LIGHT, SRV_THEME_DARK, SRV_THEME_PAGE };
enum srv_plot_size { SRV_SIZE_M, SRV_SIZE_S, SRV_SIZE_L };

struct srv_plot_ask {
    const struct srv_plot *plot;
    const struct srv_plot_format *format;
    struct wi_request request;        /* of the tensor; without a shape where the picture takes none */
    struct wi_plan plan;              /* of the tensor, or of a layer's weights */
    unsigned number[SRV_PLOT_PARAMS]; /* a choice: its index */
};

/* Read the query. False: *err says what is wrong. */
bool srv_plot_read(struct srv_plot_ask *ask, const struct srv_request *req, const struct wi_limits *limits,
                   struct wi_error *err);

/* What a picture that takes no shape is of. activation: of wi_nonlinearity_at. */
struct srv_plot_network {
    unsigned activation, depth, width, batch;
};

/* The same from a request of a tensor: own parameters are at their defaults. network: NULL for a picture of the tensor. False:
 * *err says why there is no such picture. */
bool srv_plot_take(struct srv_plot_ask *ask, const struct wi_request *request, const struct srv_plot_network *network,
                   struct wi_error *err);

/* The plan of the same tensor with the numbers of framework i; stream=, which frameworks do not take, is left out. False:
 * there is none, *err says why. */
bool srv_plot_like(const struct srv_plot_ask *ask, unsigned i, const struct wi_limits *limits, struct wi_plan *plan,
                   struct wi_error *err);

/* Is there such a plan for each of vs=, where the picture takes it? */
bool srv_plot_check_vs(const struct srv_plot_ask *ask, const struct wi_limits *limits, struct wi_error *err);

/* The canonical target, NUL-terminated: "/plot/sweep.svg?scheme=...&activation=relu&...". Returns its length. */
#define SRV_PLOT_TARGET_MAX (WI_CANONICAL_MAX + 256)
size_t srv_plot_target(const struct srv_plot_ask *ask, char out[SRV_PLOT_TARGET_MAX]);

/* The plan of the weights of layer 1, 2, ... of the network that a picture shows: from n_in units to n_out, of a stream of its
 * own, or with like= of a seed of its own. *out_first: they are laid out (out, in), not (in, out). False: there is none, which
 * the first or the last layer's says. */
bool srv_plot_layer(const struct srv_plot_ask *ask, unsigned layer, unsigned n_in, unsigned n_out, struct wi_plan *plan,
                    bool *out_first, struct wi_error *err);

#endif
