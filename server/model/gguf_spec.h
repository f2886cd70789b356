/* gguf_spec.h - how an architecture is written as a GGUF file: the member "gguf" of its file, compiled.
 *
 *     "gguf": {
 *       "name": "llama",                                      general.architecture, and the start of the keys below
 *       "needs": {"rope_type == 'default'": "why not"},       a model for which one is false is refused with the reason
 *       "keys": {"block_count": "u32 num_hidden_layers",      TYPE EXPRESSION: u32, f32, bool; left out when null
 *                "attention.layer_norm_rms_epsilon": "f32 rms_norm_eps"},
 *       "rope": {"factor": "f32 rope_parameters.factor"},     with dim, theta, low, high and context: the frequencies of Llama
 *                                                             3.1 as a tensor of their own; factor null: there is none
 *       "prefix": "bert.",                                    taken off the names of tensors, where they have it
 *       "tensors": {"model.embed_tokens.weight": "token_embd.weight",
 *                   "model.layers.*.self_attn.q_proj.*": "blk.*.attn_q.* halves(num_attention_heads)",
 *                   "pooler.*": ""}                           left out
 *     }
 *
 * A key that begins with "tokenizer." stands as it is. In a name, a star is a piece without dots, and the last star
 * whatever is left when a name ends with it. The first pattern that fits counts. What may follow the new name:
 *     halves(heads)  rows of a head change places: the j-th of the first half and of the second become rows 2j, 2j + 1
 *     thirds(heads)  rows come by head, each with q, k and v; they become all of q, all of k, all of v
 *     transpose      the matrix [in, out] becomes [out, in]
 *     plus_one       1 is added to each element
 *     f32            stays float32, though it is a matrix
 *     stack          the second star counts the matrices that lie one after the other in one tensor */
#ifndef SRV_MODEL_GGUF_SPEC_H
#define SRV_MODEL_GGUF_SPEC_H

#include "model/expr.h"

enum srv_gguf_op {
    SRV_GGUF_COPY,
    SRV_GGUF_HALVES,
    SRV_GGUF_THIRDS,
    SRV_GGUF_TRANSPOSE,
    SRV_GGUF_PLUS_ONE,
    SRV_GGUF_KEEP_F32,
    SRV_GGUF_STACK
};

/* Types of values, by their numbers in the file. */
enum srv_gguf_kind {
    SRV_GGUF_U32 = 4,
    SRV_GGUF_I32 = 5,
    SRV_GGUF_REAL = 6,
    SRV_GGUF_BOOL = 7,
    SRV_GGUF_TEXT = 8,
    SRV_GGUF_ARRAY = 9
};

struct srv_gguf_key {
    const char *name;
    enum srv_gguf_kind kind;
    struct srv_expr value;
};

struct srv_gguf_need {
    struct srv_expr holds;
    const char *why;
};

struct srv_gguf_name {
    const char *from, *to; /* to "": left out */
    enum srv_gguf_op op;
    struct srv_expr heads; /* of halves and thirds */
};

struct srv_gguf_spec {
    const char *name, *prefix; /* prefix "": none */
    const struct srv_gguf_key *key;
    const struct srv_gguf_need *need;
    const struct srv_gguf_name *tensor;
    const struct srv_gguf_key *rope;
    unsigned n_keys, n_needs, n_tensors, n_rope;
};

#endif
