/* state.h - the state of the page: its query, which is that of /init and four parameters more.
 *
 *     /?scheme=he_normal&shape=256,128&seed=7&activation=relu#depth
 *
 * A form sends every field, so the empty value of a parameter other than shape means that it is not given;
 * /init refuses it. A form was made for one scheme of one framework, which it sends as was=LIKE,SCHEME: when another one was
 * chosen in it, parameters that this one does not take are left out, and a scheme that the framework does not have becomes
 * one that it has. Without was= they are errors, as for /init. A scheme without a shape gets the shape, and what else is
 * missing, from its own example. What is still missing then is he_normal, 256,128 and seed 7.
 * Ownership: the texts are borrowed from the request and from constant tables. */
#ifndef SRV_PAGE_STATE_H
#define SRV_PAGE_STATE_H

#include "http/message.h"
#include "plot/plot.h"
#include "base/text.h"

/* Parameters of the page beyond a tensor's: what of a network the tensor is a layer of. */
enum srv_page_param { SRV_PAGE_ACTIVATION, SRV_PAGE_DEPTH, SRV_PAGE_WIDTH, SRV_PAGE_BATCH, SRV_PAGE_PARAMS };
struct srv_page_row {
    const char *name, *label;
    unsigned min, max, initially; /* activation: of its table */
};
extern const struct srv_page_row srv_page_rows[SRV_PAGE_PARAMS];

struct srv_value {
    const char *text;
    size_t len;
    bool given; /* by the request; false with a text: filled in */
};

struct srv_page_state {
    struct srv_value tensor[WI_P_COUNT]; /* as it is asked for, even where it is wrong */
    struct srv_value own[SRV_PAGE_PARAMS];
    struct srv_value was;                /* what the form was made for */
    const struct wi_like_info *like;     /* native where like= is unknown */
    const struct wi_scheme_info *scheme; /* NULL: unknown */
    struct wi_request request;           /* of the tensor; complete where has_plan */
    struct wi_plan plan;                 /* of the tensor, where err.code is WI_OK or err is of the own parameters */
    bool has_plan;
    const struct wi_nonlinearity *activation;
    unsigned number[SRV_PAGE_PARAMS]; /* index of the activation; depth, width, batch */
    struct wi_error err;              /* the first */
    struct wi_error depth_err;        /* why there is no picture of the network */
};

/* Read the query. False: state->err says what is wrong with it. */
bool srv_page_read(struct srv_page_state *state, const struct srv_request *req, const struct wi_limits *limits);

/* What a form for this state sends as was=; "" where the scheme is unknown. */
#define SRV_PAGE_WAS_CAP 80
void srv_page_was(const struct srv_page_state *state, char out[SRV_PAGE_WAS_CAP]);

/* May a layer follow with this activation? All of wi_nonlinearity_at but softmax, which is for outputs. */
bool srv_page_activates(const struct wi_nonlinearity *activation);

/* The plan of the tensor, which has one, with another layout, whatever its size. False: err says why there is none. */
bool srv_page_plan_as(const struct srv_page_state *state, enum wi_layout layout, struct wi_plan *plan,
                      struct wi_error *err);

/* The network of which the tensor's scheme fills the layers. */
struct srv_plot_network srv_page_network(const struct srv_page_state *state);

/* Add the query of the tensor: what differs from the defaults, joined by `between` ("&amp;" in HTML). `less`: WI_P_BITs
 * that are left out. */
void srv_page_query(struct srv_text *text, const struct srv_page_state *state, uint64_t less, const char *between);
/* The query of the page in this state: as above, and the network's parameters that are not the defaults. */
void srv_page_link_query(struct srv_text *text, const struct srv_page_state *state, const char *between);
/* What of it a link to another scheme keeps: shape and seed that were given, and the network; each behind `between`. */
void srv_page_kept_query(struct srv_text *text, const struct srv_page_state *state, const char *between);
/* The queries of pictures: of the tensor, and of a network of such layers. */
void srv_page_picture_query(struct srv_text *text, const struct srv_page_state *state, const char *between);
void srv_page_sweep_query(struct srv_text *text, const struct srv_page_state *state, const char *between);

#endif
