/* checkpoint.h - a model whose files are served: its table, what is drawn, and its shards, for a cache to keep.
 *
 * It owns all that it points to, but for the program's constants, and nothing in it takes more memory than it needs.
 * Seeds are no part of it: one checkpoint serves all.
 * Threads: read-only once taken. */
#ifndef SRV_MODEL_CHECKPOINT_H
#define SRV_MODEL_CHECKPOINT_H

#include "base/sha256.h"
#include "model/model.h"
#include "model/part.h"

struct srv_checkpoint {
    struct srv_table table;
    struct srv_parts parts;
    char *arch;     /* the architecture's name; "" of a manifest */
    char *config;   /* config.json; "": there is none */
    char *releases; /* of the model's library that draw the same numbers; "": not known, or none is needed */
    char *weights;  /* arch.h's */
    char *init;     /* parts.init, or NULL */
    enum srv_dtype dtype;
    uint32_t n_shards;
};

/* Take table and parts, which are empty afterwards, of a model whose shards are dealt. False: no memory; the checkpoint
 * must be freed in any case, and so must model and parts. */
bool srv_checkpoint_take(struct srv_checkpoint *checkpoint, struct srv_model *model, struct srv_parts *parts,
                         uint32_t n_shards);
void srv_checkpoint_free(struct srv_checkpoint *checkpoint);

/* SHA-256 of what its rows are: their names, order, kinds and shards. */
void srv_checkpoint_digest(const struct srv_checkpoint *checkpoint, uint8_t out[SRV_SHA256_BYTES]);

/* Bytes of memory behind it. */
size_t srv_checkpoint_memory(const struct srv_checkpoint *checkpoint);

#endif
