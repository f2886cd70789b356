/* model_ask.h - which model is asked for: a preset, a stack of layers, or what was sent; and with which parameters.
 *
 * Parameters of every model: seed, dtype (of float tensors; also q8_0 and q4_0 of a GGUF file), shard (bytes of data
 * per file), init (the scheme of the matrices), like (torch: the numbers that torch gives the model), drawn (like: the
 * dtype in which torch makes it), alg. Every other parameter is a field of the model's configuration, and changes it.
 * A struct srv_model_ask is a plain value: it may be copied. */
#ifndef SRV_RESOURCE_MODEL_ASK_H
#define SRV_RESOURCE_MODEL_ASK_H

#include "base/sha256.h"
#include "http/message.h"
#include "model/model.h"
#include "model/quant.h"
#include "resource/query.h"

#define SRV_ASK_TEXT_MAX 8000
#define SRV_ASK_QUERY_MAX (3 * SRV_ASK_TEXT_MAX + 256)
#define SRV_SHARD_BYTES UINT64_C(5000000000) /* as on the hub */

struct srv_model_ask {
    uint64_t seed, shard_bytes;
    enum srv_dtype dtype;         /* of float tensors; SRV_DTYPE_FLOAT: as what was sent says, f32 where it does not */
    enum srv_gguf_type quantized; /* q8_0, q4_0: of the matrices of a GGUF file, and dtype is f32; else SRV_GGUF_F32 */
    enum srv_dtype drawn;         /* like: the type in which the model is made, before it is converted to dtype */
    const struct wi_like_info *like; /* the framework whose numbers it gets; NULL: weightd's own */
    bool negative;                   /* the seed was written with a minus */
    char name[64];                   /* of the preset; "": none */
    bool is_stack;                   /* the setting "layers" is a stack, no field of a configuration */
    const uint8_t *content;          /* a config.json or a manifest, borrowed; NULL: none */
    size_t content_len;
    uint8_t content_sha256[SRV_SHA256_BYTES];
    char init[32]; /* a scheme of /init; "": the model's own rules */
    unsigned n_settings;
    uint16_t field[SRV_PARAMS_MAX],
        value[SRV_PARAMS_MAX]; /* of each setting: where they begin in text, sorted by field */
    uint16_t text_len;
    char text[SRV_ASK_TEXT_MAX];
};

/* seed 0, f32, shards of 5 GB, no settings. False: the name is too long for a preset's. */
bool srv_model_ask_init(struct srv_model_ask *ask, const char *name, size_t len, struct wi_error *err);

/* The parameters of every model. */
extern const struct srv_query srv_model_query, srv_sent_query; /* of /models; of /model */

/* A model that is no preset: a stack (content NULL), or what was sent, which is borrowed. */
void srv_model_ask_sent(struct srv_model_ask *ask, const uint8_t *content, size_t len);

/* Hold the parameters against each other. False with an error. */
bool srv_model_ask_check(const struct srv_model_ask *ask, struct wi_error *err);

/* One parameter, as in a query. False with an error. */
bool srv_model_ask_set(struct srv_model_ask *ask, const char *key, const char *value, size_t value_len,
                       struct wi_error *err);

/* Every parameter of the request but those that `skip` names, separated by blanks; NULL: all. */
bool srv_model_ask_read(struct srv_model_ask *ask, const struct srv_request *req, const char *skip,
                        struct wi_error *err);

/* The parameters in a fixed order, one spelling each, with a terminator. seeded false: without the seed. */
size_t srv_model_ask_query(const struct srv_model_ask *ask, bool seeded, char out[SRV_ASK_QUERY_MAX]);

/* The settings as model.h takes them; they point into ask. */
void srv_model_ask_settings(const struct srv_model_ask *ask, struct srv_setting out[SRV_PARAMS_MAX]);

#endif
