/* drawn.h - the numbers that torch gives a model: where in its generator each tensor is drawn.
 *
 *     struct srv_drawn drawn;
 *     srv_drawn_make(&drawn, model, torch, SRV_DTYPE_FLOAT, &err);       once for a model: seeds are no part of it
 *     struct wi_replay *keep = wi_replay_init(memory, torch, seed, 4);   the generator of a seed: the library's replay.h
 *     srv_drawn_part(&drawn, &model->table, row, &part);                 a tensor of a file, read with that keep
 *
 * Refused, by the tensor's name: numbers of a formula that torch computes in an order of its own, truncated normals
 * whose bounds reject some draw (then the number of draws depends on the seed), and what an adapter keeps of its base,
 * which was drawn before.
 * Memory: srv_drawn_free. Threads: read-only once made. */
#ifndef SRV_MODEL_DRAWN_H
#define SRV_MODEL_DRAWN_H

#include "model/model.h"
#include "replay.h"

struct srv_drawn {
    const struct wi_like_info *torch; /* the release */
    struct wi_replay_draw *draw;      /* those that live */
    uint32_t *of_state;               /* which of them each row of the table's `state` keeps, or SRV_NO_TENSOR */
    uint32_t n_draws;
    const char *near; /* what is not torch's bit for bit: static text; NULL: everything is */
};

/* torch: a row of wi_like_at. made_in: the dtype in which the model is made, and from which it is converted to its own;
 * SRV_DTYPE_FLOAT: its own. False with an error; it must be freed in any case. */
bool srv_drawn_make(struct srv_drawn *drawn, const struct srv_model *model, const struct wi_like_info *torch,
                    enum srv_dtype made_in, struct wi_error *err);
void srv_drawn_free(struct srv_drawn *drawn);

/* Part: of row `row` of the table's `file`, as srv_part_of gives it. Changed where the tensor is drawn: true. */
bool srv_drawn_part(const struct srv_drawn *drawn, const struct srv_table *table, uint32_t row, struct wi_part *part);

/* The request of /init that has the row's bytes, with its terminator; "" where none has them: pieces and padded rows,
 * what is drawn in another type, and fewer than 16 normals after an odd number of them. Returns the length. */
#define SRV_DRAWN_URL_MAX 512
size_t srv_drawn_url(const struct srv_drawn *drawn, const struct srv_table *table, uint32_t row, uint64_t seed,
                     char out[SRV_DRAWN_URL_MAX]);

/* What a draw depends on, for digests. */
#define SRV_DRAW_NUMBERS 8
void srv_draw_numbers(const struct wi_replay_draw *draw, uint64_t out[SRV_DRAW_NUMBERS]);

#endif
