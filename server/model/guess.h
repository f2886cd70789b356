/* guess.h - the rule of a tensor of which only name, shape and dtype are known: a table of name patterns.
 *
 * How often it is right: docs/MODELS.md, and test_model, which measures it on the built-in architectures. */
#ifndef SRV_MODEL_GUESS_H
#define SRV_MODEL_GUESS_H

#include "model/json.h"
#include "model/table.h"

/* What is known of the model besides. */
struct srv_guess {
    double std;      /* initializer_range */
    double residual; /* of projections that are scaled by depth (gpt2's c_proj); 0: the model has none */
    bool zero_norms; /* of a model_type whose norms are used as 1 + weight */
    bool fan_out;    /* running_mean, or torchvision's features.: convolutions are kaiming_normal(fan_out, relu) */
};

/* From a config.json as an object, or NULL. */
struct srv_guess srv_guess_begin(const json_t *config);
/* Take a name of the file into account; all names come before the first rule is asked for. */
void srv_guess_name(struct srv_guess *guess, const char *name, size_t len);

struct srv_rule srv_guess_rule(const struct srv_guess *guess, const char *name, size_t len,
                               const struct srv_shape *shape, enum srv_dtype dtype);

#endif
