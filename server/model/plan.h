/* plan.h - the order in which torch draws a model: what torch.manual_seed(s) and the constructor do.
 *
 * A constructor makes modules one by one, each drawing its own numbers; a model of the library then walks its modules,
 * children before parents, and draws again what has a rule. So many draws fill nothing that lives, but move the
 * generator. Steps come from the same architecture file as the tensors; what the file adds for them: "model" (walked as
 * soon as it is made), "first" and "late" (made before, after those beside it), "order" (its place among them),
 * "dropped" (drawn for no tensor), "turn", "generic" (drawn before "init"). */
#ifndef SRV_MODEL_PLAN_H
#define SRV_MODEL_PLAN_H

#include "model/build.h"

#define SRV_NO_TENSOR UINT32_MAX

struct srv_step {
    struct srv_rule rule; /* NORMAL, UNIFORM, TRUNC_NORMAL draw; ZEROS, ONES, CONSTANT fill; others are computed */
    uint32_t to;          /* row of the state_dict that keeps the numbers; SRV_NO_TENSOR: nothing does */
    uint32_t was;      /* of draws that fill nothing: the row they were drawn for; SRV_NO_TENSOR: one that was tied */
    uint64_t n, first; /* elements, and where in the tensor they begin */
    uint64_t at;       /* draws: 32-bit words of the generator used before */
    uint32_t before;   /* the step before that lives on the same row; SRV_NO_TENSOR: there is none */
};

/* Numbers that are copied when the model is made: row `to` has those of row `from`. */
struct srv_copy {
    uint32_t from, to;
};

struct srv_plan {
    struct srv_step *step;
    struct srv_copy *copy;
    uint32_t *lives; /* of each row, the last step that lives on it */
    uint32_t n, room, n_copies, copies_room;
    uint64_t words; /* that the whole construction uses, in f32 */
    bool spare;     /* a second normal is left in the generator */
};

/* The plan of a walk; consumes nothing of the log but its `done` marks. False with an error. */
bool srv_plan_make(struct srv_plan *plan, const struct srv_table *table, const struct srv_log *log,
                   struct wi_error *err);
/* The rule is applied to a row of the state_dict once more: what was drawn or filled there before lives no longer.
 * False: no memory. */
bool srv_plan_again(struct srv_plan *plan, const struct srv_table *table, uint32_t state, const struct srv_rule *rule);
/* The plan is whole: nothing is applied to it any more. */
void srv_plan_settle(struct srv_plan *plan);
void srv_plan_free(struct srv_plan *plan);

#endif
