/* stack.h - the writer of an architecture file out of layers: what layers= (layers.c) and a POST (sent_stack.c) share.
 *
 * A layer is written as a member of "items", without its last brace, so that a reader may add members. Names are
 * checked against torch.json, arguments are rewritten as expressions without names of their own, and the widths of
 * layers that follow each other must agree. Errors name the layer by its place, "3", or "3.0" within a nested stack.
 * Memory: text is for the caller to free. */
#ifndef SRV_MODEL_STACK_H
#define SRV_MODEL_STACK_H

#include "model/json.h"

#define SRV_LAYERS_MAX 1000
#define SRV_LAYER_BYTES 400 /* of one layer's text */
#define SRV_PLACE_MAX 48

/* The last layer that says how wide its output is, and over which shapes: "" of features, "2d" of channels. */
struct srv_chain {
    const char *over; /* NULL: not known any more */
    uint64_t width;
    char place[SRV_PLACE_MAX];
};

struct srv_stack {
    const json_t *kinds; /* torch.json */
    char *text;
    size_t len, room;
    unsigned n; /* layers so far */
    struct srv_chain chain;
    struct wi_error *err;
};

/* Append. False: no memory. */
bool srv_stack_add(struct srv_stack *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One layer, "linear:784,256,bias=false": {"name": NAME, "is": "Linear(784, 256, bias=false)" */
bool srv_stack_module(struct srv_stack *s, const char *place, const char *name, const char *text, size_t len);

/* "layer PLACE, SHOWN: WHY". Always false. */
bool srv_stack_fail(struct srv_stack *s, const char *place, const char *shown, size_t len, const char *why);

/* More layers than SRV_LAYERS_MAX. Always false. */
bool srv_stack_too_many(struct srv_stack *s);

/* The items of {"layers": [...], "init": "..."}, by srv_stack_module. */
bool srv_stack_sent(struct srv_stack *s, const json_t *layers);

#endif
