/* calls.h - init= of a stack: what model.apply does after the constructor.
 *
 *     weight:xavier_uniform;bias:zeros                         def f(m): xavier_uniform_(m.weight); zeros_(m.bias)
 *     linear.weight:kaiming_normal,nonlinearity=relu           the same where isinstance(m, nn.Linear)
 *
 * Items are [MODULE.]TENSOR:SCHEME, then parameters of the scheme as /init?like=torch takes them. Modules are visited
 * as apply visits them, children first; each runs the items in order. */
#ifndef SRV_MODEL_CALLS_H
#define SRV_MODEL_CALLS_H

#include "model/build.h"

/* A rule that is applied to a row of the state_dict. */
struct srv_call {
    uint32_t state;
    struct srv_rule rule;
};
struct srv_calls {
    struct srv_call *call; /* for the caller to free */
    uint32_t n, room;
};

/* The calls of a stack in their order; the rows of the table get their last rule. text NULL: none but those that
 * modules make themselves (nn.Transformer). False with an error that names the item. */
bool srv_calls_make(struct srv_calls *calls, const char *text, size_t len, struct srv_table *table,
                    const struct srv_log *log, struct wi_error *err);

#endif
