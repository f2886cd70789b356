/* model.h - a model: the manual of this room.
 *
 * A model is made from a preset, a config.json, a manifest or a stack of layers, and is a table of tensors from then
 * on:
 *
 *     struct srv_catalog *catalog = srv_catalog_open(NULL, &err);          once
 *     struct srv_setting wider = {"hidden_size", "128"};
 *     struct srv_model *m = srv_model_preset(catalog, "tiny-llama", &wider, 1, SRV_DTYPE_BF16, &err);
 *     m->table                                                             its tensors: table.h
 *     srv_lines_header(&m->table, SRV_ALL_SHARDS)                          the header of its file: lines.h
 *     srv_rule_query(&m->table.rule[row->rule], text)                      a tensor as a request of /init: rule.h
 *     srv_model_free(m);
 *
 * Names: srv_catalog_* is what there is, srv_model_* makes one, srv_table_*, srv_shard* and srv_lines_* read it.
 * Errors: struct wi_error; param is the config field or the tensor at fault (its first 23 bytes), text names it in
 * full.
 * Bounds: SRV_TABLE_TENSORS tensors; SRV_MODEL_BYTES of a config or manifest; work is bounded by both.
 * Memory: what a model holds is in srv_model_memory and freed by srv_model_free. The catalog must outlive its models.
 * Threads: a model is read-only, but for srv_shards_deal, which sets the shards of its rows.
 * The room knows nothing of HTTP: it includes base, wi.h and jansson (through json.h). */
#ifndef SRV_MODEL_MODEL_H
#define SRV_MODEL_MODEL_H

#include "model/build.h"
#include "model/calls.h"
#include "model/catalog.h"
#include "model/lines.h"
#include "model/plan.h"

#define SRV_MODEL_BYTES (32u << 20) /* of a config or manifest */

struct srv_model {
    struct srv_table table;
    const struct srv_arch *arch;       /* NULL: of a manifest */
    struct srv_filled filled, adapter; /* the values of its fields; those of the adapter, if it is one */
    enum srv_dtype dtype;              /* of its float tensors; SRV_DTYPE_FLOAT: as the manifest says */
    struct srv_calls calls;            /* of a stack: init= */
    struct srv_arch *own_arch;         /* of a stack: made for it */
    json_t *config;                    /* config.json, without dtype; NULL: there is none */
    struct srv_arena arena;
};

/* A preset with fields changed. dtype: of the float tensors. NULL with an error. */
struct srv_model *srv_model_preset(const struct srv_catalog *catalog, const char *name,
                                   const struct srv_setting *settings, unsigned n_settings, enum srv_dtype dtype,
                                   struct wi_error *err);

/* The text of a config.json; its model_type chooses the architecture. */
struct srv_model *srv_model_config(const struct srv_catalog *catalog, const char *text, size_t len,
                                   const struct srv_setting *settings, unsigned n_settings, enum srv_dtype dtype,
                                   struct wi_error *err);

/* An adapter_config.json of peft (LoRA), and the config.json of the model it belongs to. */
struct srv_model *srv_model_adapter(const struct srv_catalog *catalog, const char *text, size_t len, const char *base,
                                    size_t base_len, enum srv_dtype dtype, struct wi_error *err);

/* A manifest: the header of a safetensors file (with or without the 8 bytes of its length), an index with shapes
 * ({"weight_map": {name: file}, "shapes": {name: [..]}, "dtypes": {name: "BF16"}}), or a list [{"name", "shape",
 * "dtype", "scheme", "mean", "std", "low", "high", "value"}]. Rules that it does not give come from guess.h, with the
 * initializer_range and model_type of config (a config.json as an object, or NULL). dtype: SRV_DTYPE_FLOAT leaves the
 * float tensors as the manifest has them. */
struct srv_model *srv_model_manifest(const char *text, size_t len, const json_t *config, enum srv_dtype dtype,
                                     struct wi_error *err);

/* "linear:784,256;relu;linear:256,10": an nn.Sequential of torch's modules, with the names and rules that torch
 * gives. init: what is called on its tensors afterwards (calls.h); NULL: nothing. */
struct srv_model *srv_model_stack(const char *text, size_t len, const char *init, size_t init_len, enum srv_dtype dtype,
                                  struct wi_error *err);
struct srv_model *srv_model_layers(const char *text, size_t len, enum srv_dtype dtype, struct wi_error *err);
/* The same of {"layers": [...], "init": "..."}: layers as text or as objects, stacks within stacks (stack.h). */
struct srv_model *srv_model_sent_stack(const json_t *sent, enum srv_dtype dtype, struct wi_error *err);

/* What was sent: a config.json, a stack or a manifest, told apart by its members. dtype SRV_DTYPE_FLOAT: as it says itself; f32
 * for a config that does not. Settings are for configs. */
struct srv_model *srv_model_any(const struct srv_catalog *catalog, const char *text, size_t len,
                                const struct srv_setting *settings, unsigned n_settings, enum srv_dtype dtype,
                                struct wi_error *err);

/* The model as model.to(dtype) leaves it: made in f32, converted. False with an error; then it can only be freed. */
bool srv_model_cast(struct srv_model *model, enum srv_dtype dtype, struct wi_error *err);

/* The order in which torch draws the model (plan.h); rows are those of its table. False for a manifest, which has
 * none. */
bool srv_model_plan(const struct srv_model *model, struct srv_plan *plan, struct wi_error *err);

/* Is an error of this room one of memory, which may not come again? */
bool srv_model_lacks_memory(const struct wi_error *err);

void srv_model_free(struct srv_model *model);
size_t srv_model_memory(const struct srv_model *model); /* bytes, about */

/* config.json: keys sorted, indented by 2, newline at the end; for the caller to free. NULL: there is none, or no
 * memory. */
char *srv_model_config_text(const struct srv_model *model);

#endif
