/* checkpoint.h - a model whose files are served: its table, what is drawn, and its shards, in one block of memory.
 *
 * The block holds no pointer out of itself, but to the program's constants: a cache may keep it as a value and free it
 * whole. Seeds are no part of it: one checkpoint serves all.
 * Threads: read-only. */
#ifndef SRV_MODEL_CHECKPOINT_H
#define SRV_MODEL_CHECKPOINT_H

#include "model/model.h"
#include "model/part.h"

struct srv_checkpoint {
    struct srv_table table;
    struct srv_parts parts;
    const char *arch;     /* the architecture's name; "" of a manifest */
    const char *config;   /* config.json; "": there is none */
    const char *releases; /* of the model's library that draw the same numbers; "": not known, or none is needed */
    enum srv_dtype dtype;
    uint32_t n_shards;
    size_t bytes; /* of the block */
};

/* The block that a model needs, its shards dealt and its parts made. */
size_t srv_checkpoint_bytes(const struct srv_model *model, const struct srv_parts *parts, const char *config);

/* Write it to `room`, which is aligned to 64 bytes. Copies; model, parts and config stay the caller's. */
const struct srv_checkpoint *srv_checkpoint_pack(const struct srv_model *model, const struct srv_parts *parts,
                                                 const char *config, uint32_t n_shards, void *room);

#endif
